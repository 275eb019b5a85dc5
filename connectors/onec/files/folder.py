"""The exchange folder: files are taken when they are whole, kept, set aside with a reason; orders are written whole.

A file is taken when it did not change between two looks at least ``quiet`` seconds apart, and while any file of the
inbox still changes, none is: an upload is several files. What never comes to rest stops the others for ``patience``
seconds at most. A file is read wholly before anything of it counts, then moved to ``taken`` in one step; a crash
between the two leaves it in the inbox, a crash after leaves it in ``taken``, where it is found again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from connectors.onec.files.archive import part_names, part_stream
from connectors.onec.files.commerceml import inspect
from connectors.onec.files.disk import digest_of, reaching, safe_name, write_whole
from connectors.onec.files.plan import needless
from connectors.onec.files.state import FolderState, Look, Part, TakenFile
from connectors.onec.files.words import Unfinished
from foundation.errors import MI1CError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from connectors.onec.files.address import FolderAddress

_READ: Final = {".xml", ".zip"}
_PASSING: Final = (".", "~", "$")
"""How names of files begin that somebody is writing or editing."""


@dataclass(frozen=True, slots=True)
class Aside:
    """A file that was set aside: its name in ``aside``, and why."""

    file: str
    reason: MI1CError


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one look at the inbox came to: every file in it ends in exactly one of these."""

    taken: tuple[TakenFile, ...] = ()
    again: tuple[str, ...] = ()
    aside: tuple[Aside, ...] = ()
    waiting: dict[str, str] = field(default_factory=dict)
    passed: tuple[str, ...] = ()
    """``again``: delivered before, byte for byte. ``waiting``: name → why, in Russian. ``passed``: no XML, no ZIP."""


class Folder:
    """One exchange folder. ``clock`` and ``sleep`` stand in for time in tests."""

    def __init__(
        self,
        address: FolderAddress,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.address = address
        self._clock, self._sleep = clock, sleep

    def take(self, state: FolderState, *, wait: bool = True) -> tuple[FolderState, Delivery]:
        """Take what has come to rest; returns the new state, to be stored, and what became of every file.

        ``wait``: files that were never seen before are looked at again after ``quiet`` seconds; without it they wait
        for the next call. Raises Unreachable where the folder is not there; a file never raises.
        """
        with reaching(self.address):
            self._make_folders()
            state = self._found_again(state)
            looks, settled = self._looked(state.looks)
            if wait and len(settled) < len(looks):
                self._sleep(self.address.quiet)
                looks, settled = self._looked(looks)
            state = replace(state, looks=looks)
            reason = self._reason_to_wait(looks, settled)
            if reason:
                return state, Delivery(waiting=dict.fromkeys(looks, reason), passed=self._passed())
            return self._take_settled(state, settled)

    def _make_folders(self) -> None:
        if not self.address.root.is_dir():
            raise FileNotFoundError(self.address.root)
        for folder in (self.address.taken, self.address.aside, self.address.written):
            folder.mkdir(parents=True, exist_ok=True)

    def _looked(self, before: dict[str, Look]) -> tuple[dict[str, Look], set[str]]:
        """Return how the files look now, and which have not changed for ``quiet`` seconds."""
        now = self._clock()
        looks, settled = {}, set()
        for path in self._incoming():
            try:
                found = path.stat()
            except FileNotFoundError:  # 1C renamed it meanwhile
                continue
            last = before.get(path.name)
            same = last is not None and (last.size, last.mtime_ns) == (found.st_size, found.st_mtime_ns)
            # A clock that was set back must not make a file wait for ever.
            since = min(last.since, now) if last is not None and same else now
            looks[path.name] = Look(found.st_size, found.st_mtime_ns, since)
            if same and now - since >= self.address.quiet:
                settled.add(path.name)
        return looks, settled

    def _incoming(self) -> list[Path]:
        return [path for path in self._files() if path.suffix.lower() in _READ]

    def _files(self) -> list[Path]:
        flag = self.address.ready
        return sorted(
            path
            for path in self.address.coming.iterdir()
            if path.is_file() and not path.name.startswith(_PASSING) and path.name != flag
        )

    def _passed(self) -> tuple[str, ...]:
        return tuple(path.name for path in self._files() if path.suffix.lower() not in _READ)

    def _reason_to_wait(self, looks: dict[str, Look], settled: set[str]) -> str:
        """Return why nothing may be taken yet, or ""."""
        if self.address.ready and looks and not (self.address.coming / self.address.ready).is_file():
            return f"1С ещё не записала файл готовности {self.address.ready}"
        moving = sorted(set(looks) - settled)
        waited = self._clock() - min((looks[name].since for name in settled), default=self._clock())
        if moving and (not settled or waited < self.address.patience):
            return f"выгрузка ещё идёт: меняется {', '.join(moving[:3])}"
        return ""

    def _take_settled(self, state: FolderState, settled: set[str]) -> tuple[FolderState, Delivery]:
        flag = self._flag()
        known = {file.sha256: file for file in state.taken}
        looks = dict(state.looks)
        taken: list[TakenFile] = []
        again: list[str] = []
        aside: list[Aside] = []
        waiting: dict[str, str] = {}
        for name in sorted(looks):
            if name not in settled:
                waiting[name] = "файл ещё меняется"
                continue
            fate = self._one(self.address.coming / name, looks[name], known)
            match fate:
                case TakenFile():
                    taken.append(fate)
                    known[fate.sha256] = fate
                case Aside():
                    aside.append(fate)
                case None:
                    again.append(name)
                case str():
                    waiting[name] = fate
                    continue
            del looks[name]
        if not waiting:
            self._drop_flag(flag)
        new = FolderState((*state.taken, *taken), looks)
        return new, Delivery(tuple(taken), tuple(again), tuple(aside), waiting, self._passed())

    def _one(self, path: Path, look: Look, known: dict[str, TakenFile]) -> TakenFile | Aside | str | None:
        """Return a file's fate: taken, aside, a reason to wait, or None for what was taken before."""
        try:
            digest = digest_of(path)
            before = known.get(digest)
            # Bytes without a time of their own may come again and mean it: A, then B, then A.
            if before and all(part.timed for part in before.parts):
                path.unlink()
                return None
            file = self._inspected(path, digest, path.name)
            if before and (self.address.taken / file.file).exists():
                path.unlink()
                return None
            now = path.stat()
            if (now.st_size, now.st_mtime_ns) != (look.size, look.mtime_ns):
                return "файл изменился, пока читался"
            path.replace(self.address.taken / file.file)
        except Unfinished as error:
            if self._clock() - look.since < self.address.patience:
                return f"{error.said} Ждём конца."
            return self._set_aside(path, error)
        except MI1CError as error:
            return self._set_aside(path, error)
        except OSError as error:  # 1C or an antivirus holds it
            return f"файл занят или недоступен ({error.strerror})"
        return file

    def _inspected(self, path: Path, digest: str, came_as: str) -> TakenFile:
        """Read a file whole; raises what :func:`inspect` and the archive raise."""
        packed = path.suffix.lower() == ".zip"
        written = datetime.fromtimestamp(int(path.stat().st_mtime))  # noqa: DTZ006 - the wall clock, as 1C's own
        parts = []
        for name in part_names(path, self.address.limits):
            with part_stream(path, name) as stream:
                found = inspect(stream, self.address.limits)
            part = Part(name if packed else came_as, found.formed or written, found.encoding, found.version,
                        found.sections, found.rows, found.left_out, found.faults,
                        timed=found.formed is not None)  # fmt: skip
            parts.append(part)
        first = min(part.formed for part in parts)
        return TakenFile(f"{first:%Y%m%dT%H%M%S}_{digest[:12]}_{safe_name(came_as)}", came_as, digest, tuple(parts))

    def _set_aside(self, path: Path, reason: MI1CError) -> Aside | str:
        stamp = datetime.fromtimestamp(self._clock())  # noqa: DTZ006 - the operator's wall clock
        name = f"{stamp:%Y%m%dT%H%M%S}_{safe_name(path.name)}"
        number = 1
        while (self.address.aside / name).exists():
            number += 1
            name = f"{stamp:%Y%m%dT%H%M%S}_{number}_{safe_name(path.name)}"
        text = f"Файл: {path.name}\r\nОтложен: {stamp:%d.%m.%Y %H:%M:%S}\r\n\r\n{reason.said}\r\n{reason.todo}\r\n"
        try:
            path.replace(self.address.aside / name)
            write_whole(self.address.aside / f"{name}.txt", text.encode("utf-8-sig"))
        except OSError as error:
            return f"{reason.said} Отложить файл не удалось ({error.strerror})."
        return Aside(name, reason)

    def _found_again(self, state: FolderState) -> FolderState:
        """Add what lies in ``taken`` and is not in the state: a run that crashed before its state was stored."""
        known = {file.file for file in state.taken}
        found = []
        for path in sorted(self.address.taken.iterdir()):
            if path.name in known or not path.is_file() or path.suffix.lower() not in _READ:
                continue
            came_as = path.name.split("_", 2)[-1]
            try:
                file = self._inspected(path, digest_of(path), came_as)
            except MI1CError as error:
                self._set_aside(path, error)
                continue
            found.append(replace(file, file=path.name))
        return replace(state, taken=(*state.taken, *found)) if found else state

    def _flag(self) -> tuple[Path, int] | None:
        path = self.address.coming / self.address.ready
        return (path, path.stat().st_mtime_ns) if self.address.ready and path.is_file() else None

    def _drop_flag(self, flag: tuple[Path, int] | None) -> None:
        """Remove the file of readiness, unless 1C has written a new one since."""
        if flag and flag[0].exists() and flag[0].stat().st_mtime_ns == flag[1]:
            flag[0].unlink()

    def tidy(self, state: FolderState, *, days: int, changes_enough: bool = False) -> tuple[FolderState, list[str]]:
        """Delete files of ``taken`` that later whole uploads replaced, older than ``days``; returns their names."""
        before = self._clock() - days * 86_400
        gone = []
        with reaching(self.address):
            for file in needless(state, changes_enough=changes_enough):
                path = self.address.taken / file.file
                if path.exists() and path.stat().st_mtime >= before:
                    continue
                path.unlink(missing_ok=True)
                gone.append(file.file)
        kept = tuple(file for file in state.taken if file.file not in gone)
        return replace(state, taken=kept), gone
