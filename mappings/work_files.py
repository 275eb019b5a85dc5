"""The work list as a file: out, edited by people, in again; a dry run says what would change and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from foundation.errors import Faults
from mappings.batches import new_batch
from mappings.decisions import Choice, write
from mappings.matching_tables import SuggestionRow
from mappings.pair_import import import_file
from mappings.proposing import sync
from mappings.tables import CorrespondenceRow, OurItemRow, TheirItemRow
from mappings.worklist import Work, one, rows_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from foundation.errors import Fault
    from mappings.worklist import Filter, WorkKind

TITLES: Final[dict[str, str]] = {"good": "товар", "unit": "единица", "counterparty": "контрагент", "outlet": "точка"}

COLUMNS: Final[tuple[tuple[str, int], ...]] = (
    ("Вид", 10),
    ("Ссылка", 38),
    ("Код 1С в базе", 14),
    ("Наименование", 52),
    ("Группа", 24),
    ("Их код", 16),
    ("Единица", 12),
    ("Коэффициент", 12),
    ("Предложено: код", 16),
    ("Предложено: наименование", 52),
    ("Предложено: единица", 12),
    ("Предложено: коэффициент", 12),
    ("Вероятность, %", 10),
    ("Стоимость остатка", 16),
    ("Ждёт заказов", 12),
    ("Примечание", 30),
)
"""Columns of the file: «Их код», «Единица» and «Коэффициент» are to be filled; the proposal stands beside them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One pair that a file makes: what it is now ("" = nothing), and what it becomes."""

    kind: str
    our_id: str
    our_name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file would do, or did: rows with a decision, pairs that stay, changes, and every fault with its row."""

    rows: int = 0
    same: int = 0
    changes: list[Change] = field(default_factory=list)
    faults: tuple[Fault, ...] = ()
    batch: int = 0


def export_work(
    session: Session, link_id: int, kind: WorkKind, wanted: Filter, path: Path, *, at: datetime, filled: bool
) -> int:
    """Write the rows under a filter as Excel; returns how many. ``filled``: the proposals are put in as decisions."""
    import xlsxwriter

    rows = rows_of(session, link_id, kind, wanted, at=at)
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Сопоставление")
        text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "bottom": 1})
        fill = book.add_format({"num_format": "@", "bg_color": "#FFF6D6"})
        for column, (title, width) in enumerate(COLUMNS):
            sheet.set_column(column, column, width, fill if title in {"Их код", "Единица", "Коэффициент"} else text)
            sheet.write_string(0, column, title, head)
        for place, row in enumerate(rows, start=1):
            for column, value in enumerate(_cells(kind, row, filled=filled)):
                if value:
                    sheet.write_string(place, column, value)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows), len(COLUMNS) - 1)
    return len(rows)


def _cells(kind: WorkKind, row: Work, *, filled: bool) -> tuple[str, ...]:
    best = row.candidates[0] if row.candidates else {}
    factor = f"{row.numerator}/{row.denominator}" if row.denominator != 1 else str(row.numerator)
    target = row.their_unit if kind == "unit" else row.their_id
    unit = row.their_unit if kind == "good" else ""
    factor = factor if (unit or kind == "unit") and target else ""
    decided = (target, unit, factor) if filled else ("", "", "")
    reference = row.scope if kind == "unit" else row.our_id
    return (
        # A unit's pair belongs to its good: the file names the good, its own code and unit.
        TITLES["good" if kind == "unit" else kind],
        reference,
        row.code,
        row.name,
        row.group_name,
        *((row.their_id, target, factor) if kind == "unit" and filled else decided),
        row.their_id,
        str(best.get("name", "")),
        row.their_unit,
        factor,
        f"{row.chance / 100:.1f}".replace(".", ",") if best else "",
        f"{row.value / 1_000_000:.2f}".replace(".", ",") if row.value else "",
        str(row.orders) if row.orders else "",
        row.note,
    )


def import_work(
    session: Session, link_id: int, kind: WorkKind, path: Path, *, author: str, at: datetime, dry: bool
) -> Checked:
    """Take decisions from a file, wholly or not at all; ``dry``: nothing is kept, the same is told.

    A row without «Их код» is not decided and passed over. What is taken is one batch, which can be undone.
    """
    newest = session.execute(select(func.max(CorrespondenceRow.id))).scalar() or 0
    nested = session.begin_nested()
    try:
        taken = import_file(session, link_id, path, author=author, kind=kind, at=at, open_rows=True)
    except Faults as wrong:
        nested.rollback()
        return Checked(faults=wrong.faults)
    made = _made(session, link_id, newest)
    changes = _changes(session, link_id, made)
    if dry or not made:
        nested.rollback()
        return Checked(taken.rows, taken.same, changes)
    batch = new_batch(session, link_id, kind, "file", terms={"file": path.name}, rows=len(made), author=author, at=at)
    _write(session, link_id, made, batch.id, author=author, at=at)
    for each in ("good", "unit", "counterparty", "outlet"):
        sync(session, link_id, each)
    nested.commit()
    return Checked(taken.rows, taken.same, changes, batch=batch.id)


def _made(session: Session, link_id: int, newest: int) -> list[CorrespondenceRow]:
    row = CorrespondenceRow
    asked = select(row).where(row.link_id == link_id, row.id > newest, row.ended_at.is_(None)).order_by(row.id)
    return list(session.execute(asked.execution_options(populate_existing=True)).scalars())


def _write(
    session: Session, link_id: int, made: list[CorrespondenceRow], batch: int, *, author: str, at: datetime
) -> None:
    """Write a decision for each pair: that of a good's unit with its good where both are new."""
    ids = {(row.kind, row.our_id, row.scope): row.id for row in made}
    goods = {row.our_id for row in made if row.kind == "good"}
    for row in made:
        if row.kind == "warehouse" or (row.kind == "unit" and row.scope in goods):
            continue
        work = one(session, link_id, row.kind, row.our_id, row.scope, at=at)  # type: ignore[arg-type]  # as stored
        work = work or _bare(row)
        own = {(row.kind, row.our_id, row.scope): row.id}
        units = [id_ for (kind, _, scope), id_ in ids.items() if kind == "unit" and scope == row.our_id]
        if row.kind == "good" and units:
            own["unit", work.unit_id, row.our_id] = units[0]
        choice = Choice("pair", row.their_id)
        write(session, link_id, row.kind, [(work, choice, own)], author=author, at=at, batch=batch)  # type: ignore[arg-type]  # as stored


def _bare(row: CorrespondenceRow) -> Work:
    """Return a row for a thing that is not in the work list."""
    empty: dict[str, Any] = {
        name: 0 if column.type.python_type is int else ""
        for name in Work.__dataclass_fields__
        if (column := SuggestionRow.__table__.columns.get(name)) is not None and name != "candidates"
    }
    from mappings.worklist import Queue

    known = {"our_id": row.our_id, "scope": row.scope, "queue": Queue.CHECK, "candidates": []}
    return Work(**{**empty, **known})


def _changes(session: Session, link_id: int, made: list[CorrespondenceRow]) -> list[Change]:
    before = {row.id: _told(row) for row in _rows(session, [row.replaces for row in made if row.replaces])}
    ours = _names(session, link_id, OurItemRow, OurItemRow.our_id, {row.our_id for row in made})
    theirs = _names(session, link_id, TheirItemRow, TheirItemRow.their_id, {row.their_id for row in made})
    return [
        Change(
            row.kind,
            row.our_id,
            ours.get(row.our_id, row.our_id),
            before.get(row.replaces or 0, ""),
            " ".join(filter(None, [_told(row), theirs.get(row.their_id, "") if row.kind != "unit" else ""])),
        )
        for row in made
    ]


def _told(row: CorrespondenceRow) -> str:
    factor = (
        "" if row.kind != "unit" else f" × {row.numerator}" + (f"/{row.denominator}" if row.denominator > 1 else "")
    )
    return f"{row.their_id or 'нет пары'}{factor}"


def _rows(session: Session, ids: list[int]) -> list[CorrespondenceRow]:
    return [
        row
        for start in range(0, len(ids), 500)
        for row in session.execute(
            select(CorrespondenceRow).where(CorrespondenceRow.id.in_(ids[start : start + 500]))
        ).scalars()
    ]


def _names(session: Session, link_id: int, row: Any, key: Any, ids: set[str]) -> dict[str, str]:
    listed = sorted(ids)
    found: dict[str, str] = {}
    for start in range(0, len(listed), 500):
        asked = select(key, row.name).where(row.link_id == link_id, key.in_(listed[start : start + 500]))
        found |= dict(session.execute(asked).tuples().all())
    return found
