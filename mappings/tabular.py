"""Tables that people keep: CSV in the encodings and with the separators of real life, and Excel; every cell as text."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from foundation.errors import Fault, Faults, NotFound

if TYPE_CHECKING:
    from pathlib import Path

EXCEL: Final = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
HEAD_ROWS: Final = 10
"""The head stands in one of the first rows, below a title at most."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its number as the file's program shows it, and its cells by the names that the head gave them."""

    number: int
    cells: dict[str, str]

    def get(self, name: str) -> str:
        """Return a cell, "" where the column is missing."""
        return self.cells.get(name, "")


def read_lines(path: Path, names: dict[str, str]) -> tuple[list[Line], set[str]]:
    """Return the rows below the head, blank ones left out, and the columns found.

    ``names`` maps a head's text (lower case) to a column's name; other columns are left alone. Raises NotFound when
    there is no file, Faults when it cannot be read, has no head, or has one column twice.
    """
    if not path.is_file():
        raise NotFound(
            f"Файла {path.name} нет.",
            en=f"There is no file {path.name}.",
            todo="Проверьте путь.",
            todo_en="Check the path.",
            file=path.name,
        )
    rows = _excel(path) if path.suffix.lower() in EXCEL else _csv(path)
    heads = [[names.get(" ".join(cell.lower().split()), "") for cell in row] for row in rows[:HEAD_ROWS]]
    place = next((place for place, columns in enumerate(heads) if sum(map(bool, columns)) > 1), None)
    if place is None:
        raise file_faults(path, [Fault("шапка", "в первых строках нет известных заголовков", "no known head found")])
    columns = heads[place]
    found = [name for name in columns if name]
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        faults = [Fault(f"колонка {name}", "встречается дважды", "stands twice") for name in twice]
        raise file_faults(path, faults)
    lines = [
        Line(number, {name: cell.strip() for name, cell in zip(columns, row, strict=False) if name})
        for number, row in enumerate(rows[place + 1 :], start=place + 2)
        if any(cell.strip() for cell in row)
    ]
    return lines, set(found)


def file_faults(path: Path, faults: list[Fault]) -> Faults:
    """Return the error for a file with faults."""
    return Faults(
        f"Файл {path.name} не загружен: в нём есть ошибки ({len(faults)}). Ничего не изменено.",
        faults,
        en=f"File {path.name} was not imported: it has faults ({len(faults)}). Nothing was changed.",
        todo="Исправьте перечисленное и загрузите файл снова.",
        todo_en="Correct what is listed and import the file again.",
        file=path.name,
    )


def _csv(path: Path) -> list[list[str]]:
    raw = path.read_bytes()
    if b"\0" in raw:
        raise file_faults(path, [Fault("файл", "это не CSV и не таблица Excel", "neither CSV nor an Excel table")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1251", "replace")
    first = text.lstrip().partition("\n")[0]
    separator = max(";\t,", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise file_faults(path, [Fault("файл", "не читается как CSV", "cannot be read as CSV")]) from error


def _excel(path: Path) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, IndexError) as error:
        fault = Fault("файл", "не читается как таблица Excel", "cannot be read as an Excel table")
        raise file_faults(path, [fault]) from error
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: Any) -> str:
    """Return a cell as text; Excel keeps every number as a double, so a code typed as a number loses its ".0"."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
