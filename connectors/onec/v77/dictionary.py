"""``1Cv7.DD`` (DBF bases) and ``1Cv7.DDS`` (SQL bases): which table is which object, which column which attribute.

Descriptions are cut: of tables to 30 characters, of fields to 20 (``(P)СтранаПроисхожден``). The comment above a table
still has its full name, and it is taken from there where it begins with the cut one. A DDS can lend its names to a DBF
base of the same configuration: system tables lose their leading underscore.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from connectors.onec.v77 import words
from connectors.onec.v77.dbf import CodePage, opened
from foundation.errors import Fault, Faults, TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_BYTES: Final = 64 << 20
"""The largest real dictionary had one megabyte."""

TITLE: Final = 30
FIELD_TITLE: Final = 20
_TOLD: Final = 20
_NAME: Final = re.compile(r"_?[A-Z0-9][A-Z0-9_]{0,30}")
_COMMENT: Final = re.compile(r"#==TABLE no \d+ *: *(.+)")
_SIZES: Final = ("длина", "точность")


@dataclass(frozen=True, slots=True)
class DdField:
    """A field: ``title`` is its description, cut at 20 characters; ``type`` is the dictionary's letter."""

    name: str
    title: str
    type: str = "C"
    width: int = 0
    decimals: int = 0

    @property
    def cut(self) -> bool:
        """Whether the description fills its room, so that its end may be missing."""
        return len(self.title) >= FIELD_TITLE


@dataclass(frozen=True, slots=True)
class DdTable:
    """A table: ``title`` is its description, ``cut``: its end may be missing; ``file`` is its DBF without extension."""

    name: str
    title: str
    file: str
    fields: dict[str, DdField] = field(default_factory=dict)
    indexes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cut: bool = False

    @property
    def number(self) -> int:
        """The metadata id in the table's name, 0 for a system table."""
        found = re.fullmatch(r"[A-Z]{2}(\d{1,9})", self.name)
        return int(found[1]) if found else 0


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A base's tables by name; ``setting`` is the code page that the base was set to, ``sql``: it came from a DDS."""

    tables: dict[str, DdTable]
    setting: str = ""
    sql: bool = False


def read_dictionary(path: Path, code_page: CodePage = "cp1251") -> Dictionary:
    """Read a dictionary's file; raises NotFound, Busy, TooLarge, and Faults with every line that is wrong."""
    with opened(path) as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TooLarge(**words.no_dictionary(path.name), path=str(path), limit=MOST_BYTES)
    return parse_dictionary(content, path.name, code_page)


def parse_dictionary(content: bytes, shown: str = "1Cv7.DD", code_page: CodePage = "cp1251") -> Dictionary:
    """Return a dictionary from its bytes; ``shown`` names it in errors. Raises Faults with every line that is wrong."""
    parser = _Parser()
    for number, line in enumerate(content.decode(code_page, "replace").split("\n"), 1):
        try:
            parser.take(line)
        except _Wrong as wrong:
            parser.faults.append(Fault(f"строка {number}", wrong.said, wrong.en))
        if len(parser.faults) > _TOLD:
            break
    if not parser.header:
        parser.faults.insert(0, Fault("D=", "нет заголовка: это не словарь базы 1С 7.7", "no header line"))
    if parser.faults:
        raise Faults(**words.no_dictionary(shown), faults=parser.faults[:_TOLD], file=shown)
    setting = re.search(r"DDCP=(\w+)", parser.header)
    return Dictionary(parser.tables, setting[1] if setting else "", parser.sql)


class _Wrong(Exception):
    """A line that is not what its letter says."""

    def __init__(self, said: str, en: str) -> None:
        super().__init__(said)
        self.said, self.en = said, en


class _Parser:
    """Takes the lines one after the other."""

    def __init__(self) -> None:
        self.tables: dict[str, DdTable] = {}
        self.faults: list[Fault] = []
        self.header = ""
        self.sql = False
        self._full = ""
        self._table: DdTable | None = None

    def take(self, line: str) -> None:
        """Take a line; raises _Wrong."""
        line = line.rstrip("\r\x1a")
        if line.startswith("#") or not line.strip(" \t\0\x1a"):
            found = _COMMENT.fullmatch(line.rstrip())
            self._full = found[1] if found else self._full
            return
        letter, _, rest = line.partition("=")
        cells = [cell.strip() for cell in rest.split("|")]
        match letter:
            case "D":
                self.header, self.sql = rest, "ddsql" in rest.lower()
            case "T":
                self._open(cells)
            case "F":
                self._field(cells)
            case "I":
                self._index(cells)
            case "P":
                pass  # a stored procedure of an SQL base
            case _:
                raise _Wrong("строка словаря не понята", "not a line of a dictionary")

    def _open(self, cells: list[str]) -> None:
        name, cut, _, file, *_ = [*cells, "", "", ""]
        self._table = None
        if not _NAME.fullmatch(name) or name in self.tables:
            raise _Wrong("имя таблицы неверно или повторяется", "a table's name is wrong or there twice")
        name = name.lstrip("_")
        whole = cut and self._full.startswith(cut)
        title = self._full if whole else cut
        self._full = ""
        file = file if _NAME.fullmatch(file) and not self.sql else name
        self._table = self.tables[name] = DdTable(name, title, file, cut=not whole and len(cut) >= TITLE)

    def _field(self, cells: list[str]) -> None:
        name, title, letter, *sizes = [*cells, "", "", ""]
        if self._table is None or not _NAME.fullmatch(name) or name in self._table.fields:
            raise _Wrong("поле без таблицы, с неверным именем или повторное", "a field with no table or a wrong name")
        if not (len(letter) == 1 and letter.isupper()):
            raise _Wrong(f"поле {name}: нет типа", f"field {name} has no type")
        width, decimals = (_size(name, what, text) for what, text in zip(_SIZES, sizes, strict=False))
        self._table.fields[name] = DdField(name, title, letter, width, decimals)

    def _index(self, cells: list[str]) -> None:
        name, _, _, fields, *_ = [*cells, "", "", ""]
        if self._table is None:
            raise _Wrong("индекс без таблицы", "an index with no table")
        self._table.indexes[name] = tuple(_plain(fields))


def _size(name: str, what: str, text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 6):  # noqa: PLR2004 - no width has six digits
        raise _Wrong(f"поле {name}: {what} не число", f"field {name}: a size is no number")
    return int(text)


def _plain(fields: str) -> Iterator[str]:
    """Yield the fields of an index without what is done to them: ``CODE(UPPER)``."""
    for each in fields.split(","):
        name = each.partition("(")[0].strip()
        if name:
            yield name
