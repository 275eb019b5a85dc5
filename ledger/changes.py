"""Changes of parcels and messages within one transaction; :mod:`ledger.parcels` says when each may happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from foundation.errors import Occupied
from ledger.reading import read_parcel
from ledger.states import MessageState, ParcelState, Plan, Standing, plan
from ledger.storing import note_events, plain
from ledger.tables import MessageRow, ParcelRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ledger.values import Parcel


def insert_parcel(session: Session, head: Mapping[str, Any], state: ParcelState, now: datetime) -> int:
    """Insert a parcel and return its id; ``head`` is link_id, exchange, direction and run_id."""
    values = {**head, "state": state, "window": {}, "counts": {}, "totals": {}, "created_at": now, "updated_at": now}
    made: int = session.execute(insert(ParcelRow).values(**values).returning(ParcelRow.id)).scalar_one()
    return made


def describe(session: Session, parcel_id: int, now: datetime, **told: Mapping[str, Any] | None) -> None:
    """Merge ``counts``, ``totals`` and ``window`` into those of a parcel, by name."""
    current = read_parcel(session, parcel_id)
    values = {name: getattr(current, name) | plain(dict(added or {})) for name, added in told.items()}
    session.execute(update(ParcelRow).where(ParcelRow.id == parcel_id).values(**values, updated_at=now))


def change(session: Session, message_id: int, values: Mapping[str, Any]) -> None:
    """Change a message."""
    session.execute(update(MessageRow).where(MessageRow.id == message_id).values(**values))


def move(session: Session, parcel_id: int, state: ParcelState, now: datetime) -> None:
    """Bring a parcel to a state."""
    session.execute(update(ParcelRow).where(ParcelRow.id == parcel_id).values(state=state, updated_at=now))


def plan_of(session: Session, parcel_id: int) -> Plan:
    """Return what of a parcel is to be sent now."""
    asked = select(MessageRow.id, MessageRow.state, MessageRow.ambiguous).where(MessageRow.parcel_id == parcel_id)
    rows = session.execute(asked.order_by(MessageRow.seq))
    return plan([Standing(id_, MessageState(state), ambiguous) for id_, state, ambiguous in rows])


def reset(session: Session, parcel_id: int, now: datetime, note: str) -> None:
    """Set all messages of a parcel back to prepared; their attempts stay counted."""
    mine = MessageRow.parcel_id == parcel_id
    ids = session.execute(select(MessageRow.id).where(mine).order_by(MessageRow.seq)).scalars().all()
    values = {"state": MessageState.PREPARED, "ambiguous": False, "receipt": "", "answered_at": None, "error": ""}
    session.execute(update(MessageRow).where(mine).values(**values))
    if ids:
        note_events(session, ids, MessageState.PREPARED, now, note)


def superseded(parcel: Parcel) -> Occupied:
    """Return the error for a parcel that may not be sent any more."""
    return Occupied(
        f"Посылка {parcel.id} ({parcel.exchange}) заменена более новой и больше не отправляется.",
        en=f"Parcel {parcel.id} ({parcel.exchange}) was replaced by a newer one and is not sent any more.",
        todo="Ничего делать не нужно: новая посылка содержит более свежие данные. Чтобы обновить их, запустите обмен.",
        todo_en="Nothing has to be done: the newer parcel carries fresher data. Run the exchange to refresh it.",
        parcel=parcel.id,
        exchange=parcel.exchange,
    )
