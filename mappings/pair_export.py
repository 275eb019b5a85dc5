"""Correspondences as a table for people; what is exported can be imported again and changes nothing."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from mappings.pair_import import KINDS, Lookup, Wrong
from mappings.tables import CorrespondenceRow, OurItemRow, TheirItemRow
from mappings.translate.targets import NO_PAIR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from mappings.pairs import PairKind

HEAD: Final = (
    "Вид",
    "Ссылка",
    "Наш код",
    "Артикул",
    "Наименование",
    "Их код",
    "Их наименование",
    "Наша единица",
    "Единица",
    "Числитель",
    "Знаменатель",
    "Источник",
    "Автор",
    "Дата",
    "Примечание",
)
WIDTHS: Final = (10, 38, 14, 14, 50, 16, 50, 14, 10, 10, 12, 10, 16, 12, 30)
EXACT_IN_EXCEL: Final = 10**15
"""Excel keeps fifteen digits of a number."""

TITLES: Final = {kind: title for title, kind in reversed(KINDS.items()) if title and not title.isascii()}
FORMULA: Final = ("=", "+", "-", "@")


def export_file(session: Session, link_id: int, path: Path, kind: PairKind | None = None) -> int:
    """Write the pairs in force as Excel, or as CSV for a name that ends so; return the number of rows.

    ``kind``: only those pairs; goods take their units along.
    A good and its unit stand in one row; a second unit of it has a row of its own. What either side has no more is
    left out: it could not be imported.
    """
    rows = [row for row in _rows(session, link_id) if kind is None or row[0] == TITLES[kind]]
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(HEAD)
            writer.writerows([_harmless(value) for value in row] for row in rows)
    else:
        _write_excel(path, rows)
    return len(rows)


def _harmless(value: Any) -> Any:
    """Keep Excel from taking a name or a note for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _write_excel(path: Path, rows: list[tuple[Any, ...]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Соответствия")
        text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "bottom": 1})
        for column, (title, width) in enumerate(zip(HEAD, WIDTHS, strict=True)):
            sheet.set_column(column, column, width, text)
            sheet.write_string(0, column, title, head)
        number = book.add_format({"num_format": "0"})
        for place, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, int) and value < EXACT_IN_EXCEL:
                    sheet.write_number(place, column, value, number)
                else:
                    sheet.write_string(place, column, str(value), text)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows), len(HEAD) - 1)


def _rows(session: Session, link_id: int) -> Iterator[tuple[Any, ...]]:
    pair = CorrespondenceRow
    asked = (
        select(pair)
        .where(pair.link_id == link_id, pair.ended_at.is_(None))
        .order_by(pair.kind, pair.our_id, pair.scope)
    )
    pairs = session.execute(asked.execution_options(populate_existing=True)).scalars().all()
    units: dict[str, list[CorrespondenceRow]] = {}
    for each in pairs:
        if each.kind == "unit" and each.scope:
            units.setdefault(each.scope, []).append(each)
    ours = _our_names(session, link_id)
    theirs = _their_names(session, link_id)
    lookup = Lookup(session, link_id)
    for each in pairs:
        if (each.kind == "unit" and each.scope) or _gone(each, lookup):
            continue
        named = (TITLES[_kind(each)], each.our_id, *ours.get((each.kind, each.our_id), ("", "", "")))
        code = each.their_id if each.their_id != NO_PAIR else "нет пары"
        about = (*named, code, theirs.get((each.kind, each.their_id), ""))
        made = (each.source, each.author, f"{each.made_at:%d.%m.%Y}", each.note)
        if each.kind != "good":
            yield (*about, "", "", each.numerator, each.denominator, *made)
            continue
        for unit in _present(units.get(each.our_id, []), lookup.their_units[each.their_id], lookup) or [None]:
            yield (*about, *_unit(unit, lookup), *made)


def _present(units: list[CorrespondenceRow], theirs: set[str], lookup: Lookup) -> list[CorrespondenceRow | None]:
    """Return those pairs of units that both sides still have."""
    return [unit for unit in units if unit.their_id in theirs and unit.our_id in lookup.names("unit").ids]


def _gone(row: CorrespondenceRow, lookup: Lookup) -> bool:
    """Whether a side of a pair is not there any more."""
    if row.our_id not in lookup.names(_kind(row)).ids:
        return True
    return row.kind == "good" and row.their_id not in {NO_PAIR, *lookup.their_units}


def _unit(unit: CorrespondenceRow | None, lookup: Lookup) -> tuple[Any, ...]:
    """Return our unit (by name where that leads back to it), theirs, numerator and denominator."""
    if unit is None:
        return "", "", "", ""
    title = lookup.names("unit").titles.get(unit.our_id, "")
    try:
        told = title if lookup.unit(unit.scope, title) == unit.our_id else unit.our_id
    except Wrong:
        told = unit.our_id
    return told, unit.their_id, unit.numerator, unit.denominator


def _kind(row: CorrespondenceRow) -> PairKind:
    return KINDS[row.kind]


def _our_names(session: Session, link_id: int) -> dict[tuple[str, str], tuple[str, str, str]]:
    item = OurItemRow
    asked = select(item.kind, item.our_id, item.code, item.article, item.name).where(item.link_id == link_id)
    return {(kind, our_id): (code, article, name) for kind, our_id, code, article, name in session.execute(asked)}


def _their_names(session: Session, link_id: int) -> dict[tuple[str, str], str]:
    item = TheirItemRow
    asked = select(item.kind, item.their_id, item.name).where(item.link_id == link_id)
    return {(kind, their_id): name for kind, their_id, name in session.execute(asked)}
