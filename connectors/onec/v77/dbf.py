"""DBF files of 1C 7.7, read as they lie: blocks of records, each column a slice of bytes, nothing written or locked.

A block is a structured numpy array of fixed-width byte strings, so that a column costs no Python object a row and the
memory in use is one block, whatever the file's length. Bytes stay as they are: ids begin and end with spaces that count
(reference onec-v77, 1.2). ``connectors.onec.v77.values`` turns cells into numbers, dates, texts.

All real headers have version 0x03 and a language byte of zero, so the code page is a setting of the reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import IO, TYPE_CHECKING, Any, Final, Literal

from connectors.onec.v77 import words
from foundation.errors import BadAnswer, Busy, Fault, Faults, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np

    Block = np.ndarray[Any, Any]
    Cells = np.ndarray[Any, Any]

CodePage = Literal["cp1251", "cp866"]
"""Only code pages of one byte a character: a column is decoded whole and cut by width."""

BLOCK_BYTES: Final = 1 << 20
"""How much of a file is in memory at a time."""

_HEAD: Final = 32
_END_OF_FIELDS: Final = 0x0D
_VERSIONS: Final = {0x03, 0x83, 0xF5, 0x30, 0x31, 0x8B}
_LIVE: Final = 0x20
_DELETED: Final = 0x2A
_NAME: Final = re.compile(rb"[A-Za-z_][A-Za-z0-9_]{0,10}")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: ``type`` is DBF's letter (C N D L M …), ``offset`` counts from the record's deletion mark."""

    name: str
    type: str
    width: int
    decimals: int
    offset: int


@dataclass(frozen=True, slots=True)
class Header:
    """What the head of a file says; ``start`` is where the first record lies."""

    columns: tuple[Column, ...]
    records: int
    record_bytes: int
    start: int


class Dbf:
    """One file, open for the length of a reading; ``code_page`` is that of its texts.

    Raises NotFound, Busy (held by 1C in exclusive mode) and BadAnswer (no DBF, cut off) when it is made.
    """

    def __init__(self, path: Path, *, code_page: CodePage = "cp1251") -> None:
        self.path, self.code_page = path, code_page
        with opened(path) as file:
            self.header = read_header(file, path)
        self.columns = {column.name: column for column in self.header.columns}

    @property
    def records(self) -> int:
        """How many records the file has, those marked as deleted included."""
        return self.header.records

    def blocks(self, names: Sequence[str] | None = None, *, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
        """Yield the live records block by block, as structured arrays with the named columns (all by default).

        Raises Faults with all names that the file lacks, BadAnswer where a record is damaged or the file is cut off.
        """
        import numpy as np

        chosen = [self.columns[name] for name in self.known(names)]
        head = self.header
        dtype = np.dtype(
            {
                "names": ["\0", *(column.name for column in chosen)],
                "formats": ["u1", *(f"S{column.width}" for column in chosen)],
                "offsets": [0, *(column.offset for column in chosen)],
                "itemsize": head.record_bytes,
            }
        )
        step = max(1, block_bytes // head.record_bytes)
        with opened(self.path) as file:
            file.seek(head.start)
            for done in range(0, head.records, step):
                count = min(step, head.records - done)
                content = file.read(count * head.record_bytes)
                if len(content) < count * head.record_bytes:
                    raise BadAnswer(**words.cut_off(self.path.name), file=self.path.name)
                yield self._live(np.frombuffer(content, dtype), done)

    def known(self, names: Sequence[str] | None) -> list[str]:
        """Return the names once each, all of the file's for None; raises Faults with those that the file lacks."""
        if names is None:
            return list(self.columns)
        missing = [name for name in dict.fromkeys(names) if name not in self.columns]
        if missing:
            shown = self.path.name.upper()
            raise Faults(
                **words.other_structure(shown),
                faults=[Fault(f"{shown}.{name}", "в файле нет такого поля", "no such field") for name in missing],
            )
        return list(dict.fromkeys(names))

    def _live(self, block: Block, done: int) -> Block:
        marks = block["\0"]
        live = marks == _LIVE
        if live.all():
            return block
        damaged = ~live & (marks != _DELETED)
        if damaged.any():
            raise BadAnswer(
                **words.damaged_record(self.path.name, done + int(damaged.argmax()) + 1), file=self.path.name
            )
        kept: Block = block[live]
        return kept


def opened(path: Path) -> IO[bytes]:
    """Open a file for shared reading, with the errors of our tree: NotFound, Busy."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise NotFound(**words.no_file(str(path)), path=str(path)) from None
    except (PermissionError, IsADirectoryError):
        raise Busy(**words.held(str(path)), path=str(path)) from None
    except OSError as error:
        raise Busy(**words.unreadable(str(path), error.strerror or type(error).__name__), path=str(path)) from None


def read_header(file: IO[bytes], path: Path) -> Header:
    """Read a file's head; raises BadAnswer where it contradicts itself or the file's size."""
    head = file.read(_HEAD)
    if len(head) < _HEAD or head[0] not in _VERSIONS:
        raise BadAnswer(**words.no_dbf(path.name), file=path.name)
    records = int.from_bytes(head[4:8], "little")
    start = int.from_bytes(head[8:10], "little")
    record_bytes = int.from_bytes(head[10:12], "little")
    columns = _columns(file.read(max(0, start - _HEAD)))
    used = 1 + sum(column.width for column in columns)
    sound = columns and start > _HEAD and used <= record_bytes and len({each.name for each in columns}) == len(columns)
    if not sound:
        raise BadAnswer(**words.no_dbf(path.name), file=path.name)
    if file.seek(0, 2) < start + records * record_bytes:
        raise BadAnswer(**words.cut_off(path.name), file=path.name)
    return Header(columns, records, record_bytes, start)


def _columns(described: bytes) -> tuple[Column, ...]:
    """Return the columns that a head describes; none at all where a description is not one."""
    columns: list[Column] = []
    offset = 1
    pieces = (described[at : at + _HEAD] for at in range(0, len(described), _HEAD))
    for piece in takewhile(lambda piece: piece[0] != _END_OF_FIELDS, pieces):
        name = piece[:11].partition(b"\0")[0].rstrip()
        if len(piece) < _HEAD or not _NAME.fullmatch(name):
            return ()
        letter, width, decimals = chr(piece[11]), piece[16], piece[17]
        if letter == "C":  # strings over 255 keep the rest of their length where numbers keep decimals
            width, decimals = width | decimals << 8, 0
        if not width or decimals >= width or not letter.isascii() or not letter.isupper():
            return ()
        columns.append(Column(name.decode("ascii").upper(), letter, width, decimals, offset))
        offset += width
    return tuple(columns)
