"""What has been read of an exchange folder: plain values, which the caller stores as JSON and gives back.

The files themselves stay in ``taken``: a state that is lost is made again from them, so it is a cache, never the truth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations when it decodes
from typing import Final

import msgspec

from connectors.onec.files.entities import Section  # noqa: TC001 - as above
from foundation.errors import BadAnswer, Fault  # as above

_PORTION: Final = re.compile(r"(.*\D|)(\d*)_(\d{1,6})")
_GROUPED: Final = re.compile(r"(.+)___(.+)")


@dataclass(frozen=True, slots=True)
class Part:
    """One XML: a file, or a member of an archive. ``rows`` has the tables of each section; 0 = only deletions.

    ``timed``: ``formed`` is what the file says; else it is the time the file was written.
    """

    name: str
    formed: datetime
    encoding: str
    version: str
    sections: tuple[Section, ...]
    rows: tuple[dict[str, int], ...]
    left_out: int = 0
    faults: tuple[Fault, ...] = ()
    timed: bool = True

    @property
    def stem(self) -> str:
        """The name without folders and ending."""
        return re.split(r"[\\/]", self.name)[-1].rpartition(".")[0] or self.name

    @property
    def portion(self) -> tuple[str, int]:
        """What 1C's own names tell: ``import0_2.xml`` is portion 2 of ``import0``."""
        found = None if self.kind else _PORTION.fullmatch(self.stem)
        return (found[1] + found[2], int(found[3])) if found else (self.stem, 0)

    @property
    def kind(self) -> str:
        """The beginning of a name like ``rests___<guid>.xml``, of which an upload has several, or ""."""
        found = _GROUPED.fullmatch(self.stem)
        return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file that was read: its name in ``taken``, the name it came by, its SHA-256 and what it holds."""

    file: str
    came_as: str
    sha256: str
    parts: tuple[Part, ...]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong in the file and was passed over, with file and place."""
        return tuple(
            Fault(f"{part.name}: {each.path}", each.said, each.en) for part in self.parts for each in part.faults
        )


@dataclass(frozen=True, slots=True)
class Look:
    """A file as it was seen in the inbox: since when (seconds of the clock) it has not changed."""

    size: int
    mtime_ns: int
    since: float


@dataclass(frozen=True, slots=True)
class FolderState:
    """What was read, and how the files that wait looked last time."""

    taken: tuple[TakenFile, ...] = ()
    looks: dict[str, Look] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Return the state to be stored."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, text: bytes | str) -> FolderState:
        """Return a stored state; raises BadAnswer where it is none (then begin with ``FolderState()``)."""
        try:
            return msgspec.json.decode(text, type=cls)
        except msgspec.MsgspecError:
            raise BadAnswer(
                "Сохранённое состояние папки обмена не читается.",
                en="The stored state of the exchange folder cannot be read.",
                todo="Удалите его: состояние восстановится по папке taken.",
                todo_en="Delete it: it will be made again from the folder taken.",
            ) from None
