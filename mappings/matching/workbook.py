"""Suggestions as a table for people: Excel or CSV, the sure ones first, with reasons, and what else could be meant."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final

from mappings.pair_export import FORMULA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mappings.matching.suggestion import Candidate, State, Suggestion

STATES: Final[dict[State, str]] = {
    "green": "зелёный",
    "check": "проверить",
    "conflict": "конфликт",
    "none": "нет пары",
}
"""States in the order of the table's rows."""

HEAD: Final = (
    "Состояние", "Вероятность", "Наш код", "Наше наименование", "Их код", "Их наименование", "Почему", "Коэффициент",
    "Единицы", "Примечание",
)  # fmt: skip
WIDTHS: Final = (12, 12, 14, 52, 16, 52, 60, 12, 34, 40)
COLOURS: Final[dict[State, str]] = {"green": "#DDF3DF", "check": "#FFF4CE", "conflict": "#FBE0DC", "none": "#ECECEC"}


def write_suggestions(path: Path, suggestions: Sequence[Suggestion], *, top: int) -> int:
    """Write suggestions as CSV for a name that ends so, else as Excel; return the number of rows."""
    order = {state: place for place, state in enumerate(STATES)}
    ordered = sorted(suggestions, key=lambda each: (order[each.state], -_chance(each), each.name, each.our_id))
    head = [*HEAD, *(f"Вариант {number}" for number in range(2, top + 1))]
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(head)
            writer.writerows([_harmless(cell) for cell in _row(each, top)] for each in ordered)
    else:
        _excel(path, head, ordered, top)
    return len(ordered)


def _chance(each: Suggestion) -> float:
    return each.best.probability if each.best else 0.0


def _row(each: Suggestion, top: int) -> list[Any]:
    best = each.best
    factor = f"{each.factor.numerator}/{each.factor.denominator}".removesuffix("/1") if each.factor is not None else ""
    others = [_told(candidate) for candidate in each.candidates[1:top]]
    return [
        STATES[each.state],
        best.probability if best else "",
        each.our_id,
        each.name,
        best.their_id if best else "",
        best.name if best else "",
        "; ".join(map(str, best.reasons)) if best else "",
        factor,
        each.factor_note,
        each.note,
        *others,
        *[""] * (top - 1 - len(others)),
    ]


def _told(candidate: Candidate) -> str:
    return f"{candidate.their_id} — {candidate.name} ({candidate.probability:.0%})".replace("%", " %")


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _excel(path: Path, head: Sequence[str], ordered: Sequence[Suggestion], top: int) -> None:
    import xlsxwriter

    # Rows go to the disk as they come: a hundred thousand of them need no memory.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("Подбор")
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        percent, text = book.add_format({"num_format": "0.0%"}), book.add_format({"num_format": "@"})
        marks = {state: book.add_format({"bg_color": colour}) for state, colour in COLOURS.items()}
        for column, width in enumerate((*WIDTHS, *[48] * (top - 1))):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 4)
        sheet.write_row(0, 0, head, bold)
        for place, each in enumerate(ordered, start=1):
            for column, value in _cells(each, top):
                if isinstance(value, float):
                    sheet.write_number(place, column, value, percent)
                else:
                    sheet.write_string(place, column, value, text if column else marks[each.state])
        sheet.autofilter(0, 0, len(ordered), len(head) - 1)


def _cells(each: Suggestion, top: int) -> Iterator[tuple[int, Any]]:
    return ((column, value) for column, value in enumerate(_row(each, top)) if value != "")
