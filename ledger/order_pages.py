"""Orders for the pages: lists by key without their contents, one order's story down to its shipments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from foundation.errors import NotFound
from ledger.tables import HeldOrderRow, HeldRow, OrderEventRow, OrderRow, OverrideRow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

NAMES: Final = (
    *("id", "number", "state", "reasons", "document_number", "amount"),
    *("received_at", "changed_at", "created_at", "answered_at"),
)


@dataclass(frozen=True, slots=True)
class Head:
    """An order in a list."""

    id: int
    number: str
    state: str
    reasons: list[dict[str, Any]]
    document_number: str
    amount: int
    received_at: datetime
    changed_at: datetime
    created_at: datetime | None
    answered_at: datetime | None
    client: str
    asked: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an order's story; ``author`` is empty where the program took it."""

    at: datetime
    event: str
    note: str
    author: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person decided about an order or one of its lines."""

    line: int
    action: str
    value: str
    author: str
    reason: str
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shipment:
    """A document of shipment that was made on an order, as the manufacturer holds it."""

    key: str
    number: str
    moment: str
    amount: int
    parcel: int


@dataclass(frozen=True, slots=True)
class Whole:
    """An order with everything that is known of it."""

    head: Head
    content: dict[str, Any]
    pending: dict[str, Any]
    entity: str
    document: str
    message: int
    steps: list[Step]
    rulings: list[Ruling]
    shipments: list[Shipment]


def by_state(session: Session, link_id: int) -> dict[str, int]:
    """Return how many orders are in each state."""
    row = OrderRow
    asked = select(row.state, func.count()).where(row.link_id == link_id).group_by(row.state)
    return dict(session.execute(asked).tuples().all())


def heads(
    session: Session, link_id: int, *, states: Iterable[str] = (), text: str = "", before: int = 0, limit: int = 40
) -> list[Head]:
    """Return orders, the newest first; ``text`` is a part of the number, ``before`` the id that a page is below."""
    row = OrderRow
    asked = _heads().where(row.link_id == link_id)
    if listed := list(states):
        asked = asked.where(row.state.in_(listed))
    if text:
        asked = asked.where(row.number.contains(text, autoescape=True))
    if before:
        asked = asked.where(row.id < before)
    return [_head(found) for found in session.execute(asked.order_by(row.id.desc()).limit(limit))]


def whole(session: Session, link_id: int, order_id: int) -> Whole:
    """Return one order with its story; raises NotFound."""
    row = OrderRow
    asked = _heads().where(row.link_id == link_id, row.id == order_id)
    found = session.execute(asked).first()
    if found is None:
        raise NotFound(
            "Такого заказа нет.",
            en="There is no such order.",
            todo="Найдите его по номеру в списке заказов.",
            todo_en="Find it by its number in the list of orders.",
        )
    rest = select(row.content, row.pending, row.entity, row.document, row.message_id).where(row.id == order_id)
    content, pending, entity, document, message = session.execute(rest).one()
    step = OrderEventRow
    steps = select(step.at, step.event, step.note, step.author).where(step.order_id == order_id).order_by(step.id)
    ruling = OverrideRow
    named = (ruling.line, ruling.action, ruling.value, ruling.author, ruling.reason, ruling.made_at, ruling.ended_at)
    rulings = select(*named).where(ruling.order_id == order_id).order_by(ruling.id)
    return Whole(
        head=_head(found),
        content=content,
        pending=pending,
        entity=entity,
        document=document,
        message=message,
        steps=[Step(*each) for each in session.execute(steps)],
        rulings=[Ruling(*each) for each in session.execute(rulings)],
        shipments=_shipments(session, link_id, found.number, document) if document else [],
    )


def settled_at(kind: str, key: str) -> str:
    """Return the id that the matching knows a reason by: a unit's names its good before the colon."""
    return key.rpartition(":")[0] if kind == "unit" else key


def blocking(session: Session, link_id: int, limit: int = 5_000) -> dict[tuple[str, str], tuple[int, int, int, str]]:
    """Return what parked orders wait for: (kind, key) → orders, lines, value in millionths of money, name."""
    row = OrderRow
    asked = select(row.reasons, row.content).where(row.link_id == link_id, row.state == "parked").limit(limit)
    found: dict[tuple[str, str], tuple[int, int, int, str]] = {}
    for reasons, content in session.execute(asked):
        lines = content.get("lines") or []
        worth = {each.get("line"): each.get("price", 0) * each.get("quantity", 0) // 1_000_000 for each in lines}
        seen: set[tuple[str, str]] = set()
        for reason in reasons:
            key = (str(reason.get("kind", "")), str(reason.get("key", "")))
            orders, count, value, name = found.get(key, (0, 0, 0, str(reason.get("name", ""))))
            own = [reason["line"]] if reason.get("line") else list(worth)
            count, value = count + len(own), value + sum(worth.get(line, 0) for line in own)
            found[key] = (orders + (key not in seen), count, value, name)
            seen.add(key)
    return found


def _shipments(session: Session, link_id: int, number: str, document: str) -> list[Shipment]:
    """Return the shipments that name an order; one that was accepted as a realization is its own shipment."""
    row, of = HeldRow, HeldOrderRow
    named = select(of.key).where(of.link_id == link_id, of.exchange == "shipments", of.number == number)
    keys = [document, *session.execute(named.limit(100)).scalars()]
    asked = select(row.key, row.identity, row.moment, row.amount, row.parcel_id).where(
        row.link_id == link_id, row.exchange == "shipments", row.key.in_(keys)
    )
    rows = session.execute(asked.order_by(row.moment, row.key))
    return [Shipment(key, str(identity.get("number", "")), *rest) for key, identity, *rest in rows]


def _heads() -> Any:
    row = OrderRow
    client = row.content["their_outlet"].as_string()
    return select(*(getattr(row, name) for name in NAMES), client, row.content["amount"].as_integer())


def _head(found: Any) -> Head:
    *own, client, asked = found
    known: dict[str, Any] = dict(zip(NAMES, own, strict=True))
    return Head(**known, client=client or "", asked=int(asked or 0))
