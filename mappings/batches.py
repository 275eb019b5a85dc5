"""Many rows at once: everything green under a filter, after a look at what it is; undone as a whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update

from foundation.errors import NotFound, Occupied
from mappings.audits import OPEN, UNDONE, draw
from mappings.correspondences import confirm_many
from mappings.decisions import Choice, Decision, made_pairs, move, pairs_of, undo_all, write
from mappings.matching_tables import AuditRow, BatchRow, DecisionRow
from mappings.worklist import Queue, blocked_by, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from mappings.audits import Lot
    from mappings.worklist import Filter, Work, WorkKind

SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """What confirming all green under a filter would do.

    ``rows``: how many; value in millionths, orders and lines that go on; ``least``: the least sure of them;
    ``claimed``: rows that others have before them and that are left out; ``shared``: targets that several take (their
    id → how many); ``first`` and ``doubtful``: the weightiest and the least sure rows, to be looked at.
    """

    rows: int
    value: int
    orders: int
    lines: int
    least: int
    claimed: int
    shared: dict[str, int]
    first: list[Work]
    doubtful: list[Work]


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it is stored; ``source`` is green or file."""

    id: int
    kind: str
    source: str
    terms: Mapping[str, Any]
    rows: int
    author: str
    made_at: datetime
    undone_at: datetime | None
    undone_by: str


def preview(session: Session, link_id: int, kind: WorkKind, wanted: Filter, *, author: str, at: datetime) -> Preview:
    """Return what :func:`confirm_green` would confirm now."""
    rows, claimed = _green(session, link_id, kind, wanted, author=author, at=at)
    value, orders, lines = blocked_by(rows)
    targets = Counter(row.their_id for row in rows)
    doubtful = sorted(rows, key=lambda row: (row.chance, row.our_id))
    return Preview(
        rows=len(rows),
        value=value,
        orders=orders,
        lines=lines,
        least=doubtful[0].chance if rows else 0,
        claimed=claimed,
        shared={their_id: number for their_id, number in targets.most_common(SHOWN) if number > 1},
        first=rows[:SHOWN],
        doubtful=doubtful[:SHOWN],
    )


def confirm_green(
    session: Session,
    link_id: int,
    kind: WorkKind,
    wanted: Filter,
    *,
    expected: int,
    author: str,
    at: datetime,
    lot: Lot | None = None,
) -> Batch:
    """Confirm all green under a filter with the units and factors proposed; draws 2 % of them for a check.

    Raises Occupied where it would be another number of rows than the operator saw.
    """
    rows, _ = _green(session, link_id, kind, wanted, author=author, at=at)
    if len(rows) != expected or not rows:
        raise Occupied(
            f"Под условия подходит уже другое число строк: {len(rows)} вместо {expected}.",
            en=f"The filter shows another number of rows by now: {len(rows)} instead of {expected}.",
            todo="Посмотрите список ещё раз и подтвердите.",
            todo_en="Look at the list once more and confirm.",
        )
    choices = [Choice("pair", row.their_id, row.their_unit, row.numerator, row.denominator) for row in rows]
    pairs = [pair for row, choice in zip(rows, choices, strict=True) for pair in pairs_of(kind, row, choice)]
    batch = new_batch(session, link_id, kind, "green", terms=terms_of(wanted), rows=len(rows), author=author, at=at)
    confirm_many(session, link_id, pairs, author=author, at=at)
    made = made_pairs(session, link_id, pairs, author=author, at=at)
    decided = [(row, choice, made) for row, choice in zip(rows, choices, strict=True)]
    write(session, link_id, kind, decided, author=author, at=at, batch=batch.id)
    move(session, link_id, kind, [(row.our_id, row.scope) for row in rows], Queue.DONE)
    draw(session, link_id, kind, rows, at=at, batch=batch.id, lot=lot)
    return batch


def _green(
    session: Session, link_id: int, kind: WorkKind, wanted: Filter, *, author: str, at: datetime
) -> tuple[list[Work], int]:
    """Return the green rows under a filter that are free, and how many others have before them.

    An outlet of theirs can be one of ours only: of several rows that want it the surest one takes it.
    """
    rows = rows_of(session, link_id, kind, replace(wanted, queue=Queue.GREEN), at=at)
    free = [row for row in rows if row.their_id and row.claimed_by in {"", author}]
    if kind == "outlet":
        surest: dict[str, Work] = {}
        for row in free:
            held = surest.get(row.their_id)
            surest[row.their_id] = row if held is None or row.chance > held.chance else held
        free = [row for row in free if surest[row.their_id] is row]
    return free, sum(bool(row.claimed_by) and row.claimed_by != author for row in rows)


def new_batch(
    session: Session,
    link_id: int,
    kind: WorkKind,
    source: str,
    *,
    terms: dict[str, Any],
    rows: int,
    author: str,
    at: datetime,
) -> Batch:
    """Write a batch down and return it."""
    values = {"kind": kind, "source": source, "terms": terms, "rows": rows, "author": author, "made_at": at}
    asked = insert(BatchRow).values(link_id=link_id, undone_at=None, undone_by="", **values).returning(BatchRow)
    return _value(session.execute(asked).scalar_one())


def terms_of(wanted: Filter) -> dict[str, Any]:
    """Return a filter as JSON, without what says nothing."""
    return {name: value for name, value in asdict(wanted).items() if value and name not in {"order", "queue"}}


def undo_batch(session: Session, link_id: int, batch_id: int, *, author: str, at: datetime) -> tuple[Batch, int]:
    """Undo a whole batch; returns it and how many rows were left alone because they were decided anew since.

    Raises NotFound where there is none, or where it was undone already.
    """
    asked = select(BatchRow).where(BatchRow.link_id == link_id, BatchRow.id == batch_id, BatchRow.undone_at.is_(None))
    found = session.execute(asked.with_for_update()).scalars().first()
    if found is None:
        raise NotFound(
            f"Пакета {batch_id} нет, или он уже отменён.",
            en=f"There is no batch {batch_id}, or it was undone already.",
            todo="Обновите список пакетов.",
            todo_en="Reload the list of batches.",
        )
    row = DecisionRow
    mine = select(row).where(row.batch_id == batch_id, row.undone_at.is_(None)).order_by(row.id)
    decisions = [
        Decision(**{name: getattr(each, name) for name in Decision.__dataclass_fields__})
        for each in session.execute(mine).scalars()
    ]
    left = undo_all(session, link_id, decisions, author=author, at=at)
    session.execute(update(BatchRow).where(BatchRow.id == batch_id).values(undone_at=at, undone_by=author))
    unseen = (AuditRow.batch_id == batch_id, AuditRow.verdict == OPEN)
    session.execute(update(AuditRow).where(*unseen).values(verdict=UNDONE))
    return _value(found), len(left)


def batches(session: Session, link_id: int, kind: WorkKind, limit: int = 20) -> list[Batch]:
    """Return the newest batches of a kind."""
    row = BatchRow
    asked = select(row).where(row.link_id == link_id, row.kind == kind).order_by(row.id.desc()).limit(limit)
    found: Sequence[BatchRow] = session.execute(asked.execution_options(populate_existing=True)).scalars().all()
    return [_value(each) for each in found]


def _value(row: BatchRow) -> Batch:
    return Batch(**{name: getattr(row, name) for name in Batch.__dataclass_fields__})
