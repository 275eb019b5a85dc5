"""What the ledger says of orders, for the command line and the pages: lists, one order's story, what blocks whom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from ledger.order_values import Event, OrderState, Record
from ledger.orders import no_order, records, records_where
from ledger.tables import OrderEventRow, OrderRow, OverrideRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from foundation.database import Database

PAGE: Final = 500


@dataclass(slots=True)
class Blocker:
    """What is missing, and how many lines in how many orders go on once it is there; value in millionths of money."""

    kind: str
    key: str
    name: str
    said: str
    todo: str
    lines: int = 0
    value: int = 0
    orders: set[str] = field(default_factory=set)


def orders(
    database: Database,
    link_id: int,
    *,
    states: Iterable[OrderState] = (),
    text: str = "",
    before: int | None = None,
    limit: int = 50,
) -> list[Record]:
    """Return orders, newest first; ``text`` is a part of the number, ``before`` the id that the next page is below."""
    row = OrderRow
    asked = records_where(row.link_id == link_id).order_by(row.id.desc()).limit(limit)
    if listed := list(states):
        asked = asked.where(row.state.in_(listed))
    if text:
        asked = asked.where(row.number.contains(text, autoescape=True))
    if before is not None:
        asked = asked.where(row.id < before)
    with database.session() as session:
        return records(session, asked)


def order(database: Database, link_id: int, number: str) -> Record:
    """Return one order; raises NotFound."""
    with database.session() as session:
        found = records(session, records_where(OrderRow.link_id == link_id, OrderRow.number == number))
    if not found:
        raise no_order(number)
    return found[0]


def events(database: Database, order_id: int) -> list[Event]:
    """Return an order's story, oldest first."""
    row = OrderEventRow
    asked = select(row.at, row.event, row.note, row.author).where(row.order_id == order_id).order_by(row.id)
    with database.session() as session:
        return [Event(*each) for each in session.execute(asked)]


def by_state(database: Database, link_id: int) -> dict[str, int]:
    """Return how many orders are in each state."""
    row = OrderRow
    asked = select(row.state, func.count()).where(row.link_id == link_id).group_by(row.state)
    with database.session() as session:
        return dict(session.execute(asked).tuples().all())


def pages(database: Database, link_id: int, states: Sequence[OrderState], size: int = PAGE) -> Iterator[list[Record]]:
    """Yield the orders of some states, oldest first, a page at a time."""
    row, last = OrderRow, 0
    while True:
        asked = records_where(row.link_id == link_id, row.state.in_(states), row.id > last)
        with database.session() as session:
            found = records(session, asked.order_by(row.id).limit(size))
        if not found:
            return
        last = found[-1].id
        yield found


def blockers(database: Database, link_id: int) -> list[Blocker]:
    """Return what parked orders wait for, what unblocks most money first."""
    found: dict[tuple[str, str], Blocker] = {}
    for page in pages(database, link_id, [OrderState.PARKED]):
        for record in page:
            worth = {line["line"]: line["price"] * line["quantity"] // 1_000_000 for line in record.content["lines"]}
            for reason in record.reasons:
                key = (reason["kind"], reason["key"])
                blocker = found.setdefault(
                    key, Blocker(*key, reason.get("name", ""), reason["said"], reason.get("todo", ""))
                )
                blocker.orders.add(record.number)
                lines = [reason["line"]] if reason.get("line") else list(worth)
                blocker.lines += len(lines)
                blocker.value += sum(worth.get(line, 0) for line in lines)
    return sorted(found.values(), key=lambda each: (-each.value, each.kind, each.key))


def ended_overrides(database: Database, order_id: int) -> list[dict[str, Any]]:
    """Return the decisions about an order that do not hold any more."""
    row = OverrideRow
    asked = select(row).where(row.order_id == order_id, row.ended_at.is_not(None)).order_by(row.id)
    names = ("line", "action", "value", "author", "reason", "made_at", "ended_at")
    with database.session() as session:
        return [{name: getattr(each, name) for name in names} for each in session.execute(asked).scalars()]


def grouped(found: Sequence[Blocker]) -> dict[str, list[Blocker]]:
    """Return blockers by kind."""
    kinds: dict[str, list[Blocker]] = defaultdict(list)
    for each in found:
        kinds[each.kind].append(each)
    return dict(kinds)
