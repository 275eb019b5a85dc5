"""A writer of DBF files as 1C 7.7 leaves them: version 3, language byte 0, deleted records still in place."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_LONG: Final = 255
_YEAR: Final = 100


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a file: ``kind`` is C, N, D, L or M."""

    name: str
    kind: str
    width: int
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Deleted:
    """A row that is marked as deleted in its file."""

    row: Sequence[Any]


def write_dbf(path: Path, fields: Sequence[Field], rows: Iterable[Sequence[Any] | Deleted], code_page: str) -> int:
    """Write a file and return how many records it has; a value that does not fit its field raises ValueError."""
    count = 0
    size = 1 + sum(field.width for field in fields)
    with path.open("wb") as file:
        file.write(_head(fields, 0, size))
        for row in rows:
            file.write(record(fields, row, code_page))
            count += 1
        file.write(b"\x1a")
        file.seek(0)
        file.write(_head(fields, count, size))
    return count


def _head(fields: Sequence[Field], count: int, size: int) -> bytes:
    start = 32 + 32 * len(fields) + 1
    head = struct.pack("<BBBBIHH20x", 3, 2026 % _YEAR, 11, 24, count, start, size)
    return head + b"".join(_described(field) for field in fields) + b"\r"


def _described(field: Field) -> bytes:
    width, decimals = field.width, field.decimals
    if field.kind == "C" and width > _LONG:
        width, decimals = width % 256, width // 256
    return struct.pack("<11sc4xBB14x", field.name.encode("ascii"), field.kind.encode("ascii"), width, decimals)


def record(fields: Sequence[Field], row: Sequence[Any] | Deleted, code_page: str) -> bytes:
    """Return one record with its deletion mark."""
    mark, values = (b"*", row.row) if isinstance(row, Deleted) else (b" ", row)
    cells = [cell(field, value, code_page) for field, value in zip(fields, values, strict=True)]
    return mark + b"".join(cells)


def cell(field: Field, value: Any, code_page: str) -> bytes:
    """Return a value as the field holds it: text to the left, numbers to the right, None as spaces."""
    match value:
        case None:
            content = b""
        case bytes():
            content = value
        case date():
            content = f"{value.year:04}{value.month:02}{value.day:02}".encode("ascii")
        case int() | Decimal():
            content = f"{Decimal(value):.{field.decimals}f}".rjust(field.width).encode("ascii")
        case _:
            content = str(value).encode(code_page)
    if len(content) > field.width:
        raise ValueError(f"{field.name}: {value!r} is longer than {field.width}")
    return content.ljust(field.width)
