"""What the pictures and the comparison of the pages are made of: figures by day and by exchange, in narrow queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, func, select

from ledger.states import ParcelState
from ledger.tables import AsideRow, HeldRow, ItemRow, MessageRow, OrderRow, ParcelRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

DAY: Final = 10
"""Characters of an ISO date."""

UNREAD: Final[tuple[int | None, int | None]] = (None, None)
"""What is known of a day in 1C that lies outside of what was read."""


@dataclass(frozen=True, slots=True)
class Share:
    """How much was matched when a parcel of balances was made, per cent of rows and of value (None = no prices)."""

    parcel: int
    at: datetime
    by_count: float
    by_value: float | None


@dataclass(frozen=True, slots=True)
class Effort:
    """What a parcel took: rows, and seconds of waiting for answers."""

    parcel: int
    exchange: str
    at: datetime
    state: str
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands and why: a kind of thing, the rule's name, the operator's sentence, how many, worth in millionths."""

    kind: str
    reason: str
    said: str
    number: int
    value: int


@dataclass(frozen=True, slots=True)
class DayTotals:
    """A day on both sides: documents and sum in millionths; ours are None for a day outside of what was read."""

    day: str
    our_documents: int | None
    our_amount: int | None
    their_documents: int
    their_amount: int

    @property
    def equal(self) -> bool:
        """Whether both sides say the same, as far as both are known."""
        return self.our_documents is None or (self.our_documents, self.our_amount) == (
            self.their_documents,
            self.their_amount,
        )


def shares(session: Session, link_id: int, *, limit: int = 60) -> list[Share]:
    """Return how the matched share grew, the oldest first: the last parcel of balances of each day."""
    row = ParcelRow
    asked = select(row.id, row.created_at, row.counts, row.totals).where(
        row.link_id == link_id, row.exchange == "stock", row.direction == "out"
    )
    found: dict[str, Share] = {}
    for id_, at, counts, totals in session.execute(asked.order_by(row.id.desc()).limit(limit * 24)):
        day = at.astimezone().date().isoformat()
        if day in found:
            continue
        if len(found) == limit:
            break
        sent, waits = int(counts.get("sent") or 0), sum((counts.get("unmatched") or {}).values())
        value, matched = Decimal(totals.get("value") or 0), Decimal(totals.get("matched_value") or 0)
        by_count = 100 * sent / (sent + waits) if sent + waits else 0.0
        found[day] = Share(id_, at, by_count, float(100 * matched / value) if value else None)
    return sorted(found.values(), key=lambda share: share.parcel)


def efforts(session: Session, link_id: int, *, each: int = 30) -> dict[str, list[Effort]]:
    """Return the last parcels of each exchange with rows and seconds, the oldest first."""
    row, message = ParcelRow, MessageRow
    number = func.row_number().over(partition_by=row.exchange, order_by=row.id.desc()).label("number")
    newest = select(row.id, row.exchange, row.created_at, row.state, row.counts, number).where(row.link_id == link_id)
    inner = newest.subquery()
    taken = select(inner).where(inner.c.number <= each)
    parcels = session.execute(taken.order_by(inner.c.id)).all()
    ids = [parcel.id for parcel in parcels]
    spent: dict[int, tuple[float, int]] = {}
    for start in range(0, len(ids), 500):
        summed = select(message.parcel_id, func.sum(message.seconds), func.sum(message.rows)).where(
            message.parcel_id.in_(ids[start : start + 500])
        )
        for id_, seconds, rows in session.execute(summed.group_by(message.parcel_id)):
            spent[id_] = (float(seconds or 0), int(rows or 0))
    found: dict[str, list[Effort]] = defaultdict(list)
    for parcel in parcels:
        seconds, rows = spent.get(parcel.id, (0.0, 0))
        sent = int(parcel.counts.get("sent") or rows)
        made = Effort(parcel.id, parcel.exchange, parcel.created_at, parcel.state, sent, seconds)
        found[parcel.exchange].append(made)
    return dict(found)


def standing(session: Session, link_id: int, parcels: Iterable[int]) -> list[Standing]:
    """Return what the given parcels do not carry, by reason, the most valuable first."""
    row = AsideRow
    asked = (
        select(row.kind, row.reason, func.min(row.said), func.count(), func.sum(row.value))
        .join(ParcelRow, ParcelRow.id == row.parcel_id)
        .where(row.parcel_id.in_(list(parcels)), ParcelRow.link_id == link_id)
        .group_by(row.kind, row.reason)
    )
    found = [
        Standing(kind, why, said, number, int(value or 0)) for kind, why, said, number, value in session.execute(asked)
    ]
    return sorted(found, key=lambda each: (-each.value, -each.number, each.reason))


def parked_orders(session: Session, link_id: int, limit: int = 2_000) -> list[Standing]:
    """Return why orders are parked: kind of reason → lines' number of reasons; each order counts once for a kind."""
    row = OrderRow
    asked = select(row.reasons, row.content).where(row.link_id == link_id, row.state == "parked").limit(limit)
    number: dict[str, int] = defaultdict(int)
    value: dict[str, int] = defaultdict(int)
    for reasons, content in session.execute(asked):
        for kind in {str(reason.get("kind", "")) for reason in reasons}:
            number[kind] += 1
            value[kind] += int(content.get("amount") or 0)
    found = [Standing("order", kind, "", number[kind], value[kind]) for kind in number]
    return sorted(found, key=lambda each: (-each.number, each.reason))


def shipment_days(session: Session, link_id: int, since: str) -> list[DayTotals]:
    """Return the shipments by day from a date on: as the newest parcel read them in 1C, and as they are held there."""
    ours = _read_days(session, link_id)
    row = HeldRow
    held = select(row.moment, func.count(), func.sum(row.amount)).where(
        row.link_id == link_id, row.exchange == "shipments", row.moment >= since
    )
    theirs: dict[str, tuple[int, int]] = {}
    for moment, documents, amount in session.execute(held.group_by(row.moment)):
        known = theirs.get(moment[:DAY], (0, 0))
        theirs[moment[:DAY]] = (known[0] + documents, known[1] + int(amount or 0))
    days = sorted({*theirs, *(day for day in ours if day >= since)})
    return [DayTotals(day, *ours.get(day, UNREAD), *theirs.get(day, (0, 0))) for day in days]


def _read_days(session: Session, link_id: int) -> dict[str, tuple[int, int]]:
    """Return what the newest parcel of shipments found in 1C: day → documents, sum."""
    row = ParcelRow
    asked = select(row.window).where(row.link_id == link_id, row.exchange == "shipments", row.direction == "out")
    window = session.execute(asked.order_by(row.id.desc()).limit(1)).scalar() or {}
    by_day = window.get("by_day") or {}
    return {day: (int(each[0]), int(each[2])) for day, each in by_day.items()}


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a day: as it is held there, and what the newest parcel would change."""

    key: str
    number: str
    kind: str
    amount: int
    parcel: int
    pending: str = ""


def day_documents(session: Session, link_id: int, day: str, limit: int = 500) -> list[Document]:
    """Return the documents of a day that the other side holds, and those that an unanswered parcel would change."""
    row = HeldRow
    until = _next_day(day)
    asked = select(row.key, row.identity, row.amount, row.parcel_id).where(
        row.link_id == link_id, row.exchange == "shipments", row.moment >= day, row.moment < until
    )
    found = {
        key: Document(key, str(identity.get("number", "")), str(identity.get("kind", "")), amount, parcel)
        for key, identity, amount, parcel in session.execute(asked.order_by(row.key).limit(limit))
    }
    pending = select(ParcelRow.id).where(
        ParcelRow.link_id == link_id,
        ParcelRow.exchange == "shipments",
        ParcelRow.state.in_([ParcelState.PREPARED, ParcelState.SENDING, ParcelState.FAILED]),
    )
    parcel = session.execute(pending.order_by(ParcelRow.id.desc()).limit(1)).scalar_one_or_none()
    if parcel is not None:
        item = ItemRow
        steps = select(item.key, item.identity, item.amount, item.action).where(
            item.parcel_id == parcel, item.moment >= day, item.moment < until
        )
        for key, identity, amount, action in session.execute(steps.limit(limit)):
            number, kind = str(identity.get("number", "")), str(identity.get("kind", ""))
            found[key] = Document(key, number, kind, amount, parcel, action)
    return sorted(found.values(), key=lambda each: (each.number, each.key))


def _next_day(day: str) -> str:
    return (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()


def order_days(session: Session, link_id: int, since: datetime) -> list[DayTotals]:
    """Return the orders by the day they came: as the manufacturer sent them, and the documents made of them in 1C."""
    row = OrderRow
    hour = _hour(session)
    asked = select(
        hour,
        func.count(),
        func.sum(row.content["amount"].as_integer()),
        func.sum(case((row.document != "", 1), else_=0)),
        func.sum(case((row.document != "", row.amount), else_=0)),
    ).where(row.link_id == link_id, row.received_at >= since)
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for told, number, asked_for, documents, amount in session.execute(asked.group_by(hour)):
        at = datetime.strptime(told, "%Y-%m-%d %H").replace(tzinfo=UTC)
        day = found[at.astimezone().date().isoformat()]
        for place, value in enumerate((documents, amount, number, asked_for)):
            day[place] += int(value or 0)
    return [DayTotals(day, *totals) for day, totals in sorted(found.items())]


def _hour(session: Session) -> Any:
    """Return the hour in UTC in which an order came, as text: days are those of this machine's clock."""
    if session.get_bind().dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", OrderRow.received_at), "YYYY-MM-DD HH24")
    return func.strftime("%Y-%m-%d %H", OrderRow.received_at)


@dataclass(frozen=True, slots=True)
class StockDay:
    """The last parcel of balances of a day: rows read and sent, and the control totals of both sides as text."""

    day: str
    parcel: int
    state: str
    counts: dict[str, Any]
    totals: dict[str, str]


def stock_days(session: Session, link_id: int, limit: int = 30) -> list[StockDay]:
    """Return the last parcel of balances of each day, the newest first."""
    row = ParcelRow
    asked = select(row.id, row.created_at, row.state, row.counts, row.totals).where(
        row.link_id == link_id, row.exchange == "stock", row.direction == "out"
    )
    found: dict[str, StockDay] = {}
    for id_, at, state, counts, totals in session.execute(asked.order_by(row.id.desc()).limit(limit * 24)):
        day = at.astimezone().date().isoformat()
        if day not in found and len(found) < limit:
            found[day] = StockDay(day, id_, state, counts, totals)
    return list(found.values())
