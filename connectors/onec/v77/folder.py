"""The exchange folder of a 7.7 base: orders wait in it as files, and 7.7's answers come back as files.

::

    orders/    one file an order, until its answer is settled; 7.7 reads them and leaves them
    results/   *.result.xml, written by 7.7
    archive/   settled answers and their orders
    aside/     answers that cannot be read, each with a .reason.txt

Nothing is lost whichever side is down: an order stays until its answer is settled, an answer stays until the caller has
stored it and settles it. An order's file is named after its number, so that putting it again changes nothing; a file is
written under another name, flushed to disk and renamed, so that no half of it is ever seen. 7.7 has to look for a
document with the order's number before it makes one, for it may see the same file again.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from connectors.onec.v77.orders import order_xml
from connectors.onec.v77.results import MOST_BYTES, OrderResult, Unreadable, parse_result
from foundation.errors import Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from connectors.onec.v77.orders import Flavour, FolderOrder

RESULT: Final = ".result.xml"
FOLDERS: Final = ("orders", "results", "archive", "aside")

_UNSAFE: Final = re.compile(r"[^0-9A-Za-zА-Яа-яЁё-]+")
_READABLE: Final = 40


@dataclass(frozen=True, slots=True)
class Aside:
    """An answer that was put aside: where it lies now and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What a look into the folder gave: answers, what was put aside, files that may still be being written."""

    results: tuple[OrderResult, ...]
    aside: tuple[Aside, ...] = ()
    later: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order's file that has no settled answer yet, and since when it lies there (UTC)."""

    path: Path
    since: datetime


class ExchangeFolder:
    """The folder at ``path``, made where it is not there. ``flavour`` is how orders are written.

    ``patience``: how long a file that is no whole XML may still be one that is being written. ``clock`` gives the
    moment with its zone. Every method raises Unreachable where the folder cannot be reached: try the same call later.
    """

    def __init__(
        self,
        path: Path,
        *,
        flavour: Flavour = "plain",
        patience: timedelta = timedelta(minutes=5),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.path, self._flavour, self._patience, self._clock = path, flavour, patience, clock
        self._orders, self._results, self._archive, self._aside = (path / name for name in FOLDERS)
        with self._reached():
            for name in FOLDERS:
                (path / name).mkdir(parents=True, exist_ok=True)

    def put(self, order: FolderOrder) -> Path:
        """Give an order to 7.7 and return its file; one that is there already, or was settled, is left as it is.

        Raises Refused where another content lies there under the same number.
        """
        content = order_xml(order, self._flavour)
        target = self._orders / f"{file_name(order.number)}.xml"
        with self._reached():
            for known in (target, self._archive / target.name):
                if known.exists():
                    if known.read_bytes() != content:
                        raise _other_content(order.number, known)
                    return known
            _write_whole(target, content)
        return target

    def waiting(self) -> list[Waiting]:
        """Return the orders without a settled answer, the oldest first."""
        with self._reached():
            found = [Waiting(path, _changed(path)) for path in self._orders.iterdir() if path.suffix.lower() == ".xml"]
        return sorted(found, key=lambda each: (each.since, each.path.name))

    def answers(self) -> Answers:
        """Return all answers that can be read; what never will be is put aside with a reason, the rest goes on."""
        results: list[OrderResult] = []
        aside: list[Aside] = []
        later: list[Path] = []
        with self._reached():
            paths = sorted(path for path in self._results.iterdir() if path.name.lower().endswith(RESULT))
        for path in paths:
            try:
                results.append(self._read(path))
            except Unreadable as error:
                moved = None if error.unfinished and self._is_young(path) else self._put_aside(path, error.reason)
                if moved is None:
                    later.append(path)
                else:
                    aside.append(moved)
            except OSError:
                later.append(path)
        return Answers(tuple(results), tuple(aside), tuple(later))

    def settle(self, result: OrderResult) -> None:
        """Archive an answer that the caller has stored, and its order; doing so again changes nothing."""
        with self._reached():
            order = self._orders / f"{file_name(result.number)}.xml"
            if order.exists():
                order.replace(self._archive / order.name)
            if result.path.exists():
                result.path.replace(_free(self._archive / result.path.name))

    # -- how it is done ------------------------------------------------------------------------------------------------

    def _read(self, path: Path) -> OrderResult:
        with path.open("rb") as file:
            return parse_result(file.read(MOST_BYTES + 1), path)

    def _is_young(self, path: Path) -> bool:
        return self._clock() - _changed(path) < self._patience

    def _put_aside(self, path: Path, reason: str) -> Aside | None:
        """Move an answer aside; None where somebody still holds it."""
        target = _free(self._aside / path.name)
        try:
            _write_whole(target.with_name(f"{target.name}.reason.txt"), f"{reason}\r\n".encode())
            path.replace(target)
        except OSError:
            return None
        return Aside(target, reason)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unreachable(
                f"Папка обмена с 1С 7.7 недоступна: {self.path} ({error.strerror or type(error).__name__}).",
                en=f"The exchange folder of 7.7 cannot be reached: {self.path}.",
                todo="Проверьте сеть, место на диске и права на папку; обмен продолжится сам.",
                todo_en="Check the network, the room on the disk and the rights; the exchange goes on by itself.",
                path=str(self.path),
            ) from None


def file_name(number: str) -> str:
    """Return the name of an order's file: its number as far as a name may hold it, and a digest that tells it apart."""
    readable = _UNSAFE.sub("-", number).strip("-")[:_READABLE]
    return f"{readable or 'order'}-{blake2b(number.encode(), digest_size=6).hexdigest()}"


def _write_whole(target: Path, content: bytes) -> None:
    """Write a file so that it is either there whole or not at all, after a power cut too."""
    unfinished = target.with_name(f"~{target.name}.tmp")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(target)
    _flush_folder(target.parent)


def _flush_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):  # Windows keeps the order of renames by itself
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _free(target: Path) -> Path:
    """Return the path, or the first numbered one beside it that is not taken."""
    found, number = target, 1
    while found.exists():
        number += 1
        found = target.with_name(f"{target.name.removesuffix(RESULT)}.{number}{RESULT}")
    return found


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _other_content(number: str, path: Path) -> Refused:
    return Refused(
        f"Заказ «{number}» уже передан в 1С 7.7 с другим содержанием: {path.name}.",
        en=f"The order {number!r} was given to 7.7 with another content: {path.name}.",
        todo="Сверьте заказ с документом в 1С. Чтобы передать заново, отмените документ и уберите файл.",
        todo_en="Compare the order with its document; to give it anew, cancel the document, remove the file.",
        order=number,
        path=str(path),
    )
