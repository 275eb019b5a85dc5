"""How the exports and orders of a link stand, in few narrow queries, for the trial, the watch and the status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from ledger.reading import as_parcel
from ledger.states import UNFINISHED, ParcelState
from ledger.tables import ConfirmationRow, LockRow, OrderRow, ParcelRow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ledger.values import Parcel

PARKED: Final = "parked"
"""The state of an order that waits for a correspondence."""

WAITING: Final = ("waiting", "overdue")
SAID: Final = ("accepted", "remarks", "refused")
"""States of a confirmation: asked and not answered, and answered."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A confirmation: what was asked of which parcel, and what was said; states in the table ``confirmation``."""

    parcel_id: int
    exchange: str
    state: str
    deadline: datetime
    said_by: str
    said_at: datetime | None
    remark: str
    refused: int


@dataclass(frozen=True, slots=True)
class OrderCount:
    """Orders of a link: how many, how many have a document in 1C, how many are parked and since when."""

    received: int = 0
    created: int = 0
    parked: int = 0
    oldest_parked: datetime | None = None


def newest(session: Session, link_id: int, *states: ParcelState) -> dict[str, Parcel]:
    """Return the newest parcel of each exchange, of all or of those in some states."""
    mine = select(func.max(ParcelRow.id)).where(ParcelRow.link_id == link_id)
    if states:
        mine = mine.where(ParcelRow.state.in_(states))
    rows = session.execute(select(ParcelRow).where(ParcelRow.id.in_(mine.group_by(ParcelRow.exchange)))).scalars()
    return {row.exchange: as_parcel(row, "") for row in rows}


def unanswered(session: Session, link_id: int, before: datetime) -> list[Parcel]:
    """Return the outgoing parcels that still have to be sent and were not touched since ``before``."""
    asked = select(ParcelRow).where(
        ParcelRow.link_id == link_id,
        ParcelRow.direction == "out",
        ParcelRow.state.in_(UNFINISHED),
        ParcelRow.updated_at < before,
    )
    return [as_parcel(row, "") for row in session.execute(asked.order_by(ParcelRow.id)).scalars()]


def confirmations(session: Session, link_id: int, states: Iterable[str]) -> list[Asked]:
    """Return the confirmations of a link in some states, the newest first."""
    asked = select(ConfirmationRow).where(ConfirmationRow.link_id == link_id, ConfirmationRow.state.in_(list(states)))
    rows = session.execute(asked.order_by(ConfirmationRow.parcel_id.desc())).scalars()
    return [_asked(row) for row in rows]


def _asked(row: ConfirmationRow) -> Asked:
    values: dict[str, Any] = {name: getattr(row, name) for name in Asked.__dataclass_fields__}
    return Asked(**{**values, "refused": len(row.refused)})


def order_count(session: Session, link_id: int) -> OrderCount:
    """Return how many orders a link has and how they stand."""
    mine = OrderRow.link_id == link_id
    total = func.count(OrderRow.id)
    received = session.execute(select(total).where(mine)).scalar_one()
    created = session.execute(select(total).where(mine, OrderRow.document != "")).scalar_one()
    parked, oldest = session.execute(
        select(total, func.min(OrderRow.received_at)).where(mine, OrderRow.state == PARKED)
    ).one()
    return OrderCount(received, created, parked, oldest)


def order_documents(session: Session, link_id: int, limit: int = 10) -> list[tuple[str, str, int]]:
    """Return the newest orders with a document in 1C: their number, our number, sum in millionths of money."""
    asked = select(OrderRow.number, OrderRow.document_number, OrderRow.amount).where(
        OrderRow.link_id == link_id, OrderRow.document != ""
    )
    return list(session.execute(asked.order_by(OrderRow.id.desc()).limit(limit)).tuples())


def holders(session: Session, link_id: int | None = None) -> list[LockRow]:
    """Return who holds the exchanges now, of one link or of all."""
    asked = select(LockRow).execution_options(populate_existing=True)
    if link_id is not None:
        asked = asked.where(LockRow.link_id == link_id)
    return list(session.execute(asked).scalars())
