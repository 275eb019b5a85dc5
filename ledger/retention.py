"""Forgetting: old texts and old parcels go, what may still be needed stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select

from ledger.states import UNFINISHED, ParcelState
from ledger.tables import BodyRow, MessageRow, ParcelRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import CursorResult
    from sqlalchemy.orm import Session

    from foundation.database import Database

BATCH: Final = 200
"""Parcels a transaction, so that a run that writes meanwhile hardly waits."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much went: parcels with all that belongs to them, and texts of parcels that stay."""

    parcels: int = 0
    bodies: int = 0


def forget(
    database: Database, *, older_than: datetime, bodies_older_than: datetime | None = None, keep_last: int = 1
) -> Forgotten:
    """Delete parcels that were last touched before ``older_than``, and texts before ``bodies_older_than``.

    Never a parcel that is unfinished, nor the newest ``keep_last`` (at least one) answered parcels of a link, exchange
    and direction: what the other side holds can always be shown.
    """
    bodies_before = max(older_than, bodies_older_than or older_than)
    with database.session() as session:
        protected = _newest_answered(session, max(1, keep_last))
        old = _finished_before(session, older_than) - protected
        faded = _finished_before(session, bodies_before) - protected - old
    bodies = _in_batches(database, faded, _delete_bodies)
    return Forgotten(parcels=_in_batches(database, old, _delete_parcels), bodies=bodies)


def _newest_answered(session: Session, keep_last: int) -> set[int]:
    rank = func.row_number().over(
        partition_by=(ParcelRow.link_id, ParcelRow.exchange, ParcelRow.direction), order_by=ParcelRow.id.desc()
    )
    ranked = select(ParcelRow.id, rank.label("rank")).where(ParcelRow.state == ParcelState.ANSWERED).subquery()
    return set(session.execute(select(ranked.c.id).where(ranked.c.rank <= keep_last)).scalars())


def _finished_before(session: Session, moment: datetime) -> set[int]:
    asked = select(ParcelRow.id).where(ParcelRow.updated_at < moment, ParcelRow.state.not_in(UNFINISHED))
    return set(session.execute(asked).scalars())


def _in_batches(database: Database, ids: set[int], action: Any) -> int:
    ordered, done = sorted(ids), 0
    for start in range(0, len(ordered), BATCH):
        with database.begin() as session:
            done += action(session, ordered[start : start + BATCH])
    return done


def _delete_bodies(session: Session, ids: list[int]) -> int:
    theirs = select(MessageRow.id).where(MessageRow.parcel_id.in_(ids))
    gone: CursorResult[Any] = session.execute(  # type: ignore[assignment] # a delete has a cursor
        delete(BodyRow).where(BodyRow.message_id.in_(theirs))
    )
    return gone.rowcount


def _delete_parcels(session: Session, ids: list[int]) -> int:
    """Delete parcels that still are finished: one of them may be sent again since they were chosen."""
    gone: CursorResult[Any] = session.execute(  # type: ignore[assignment] # a delete has a cursor
        delete(ParcelRow).where(ParcelRow.id.in_(ids), ParcelRow.state.not_in(UNFINISHED))
    )
    return gone.rowcount
