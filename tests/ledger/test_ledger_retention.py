"""Forgetting: what is old goes, what may be needed stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from foundation.errors import NotFound
from ledger import reading
from ledger.parcels import Ledger
from ledger.retention import Forgotten, forget
from ledger.tables import AsideRow, BodyRow, EventRow, MessageRow
from ledger.values import Aside, NewMessage

if TYPE_CHECKING:
    from foundation.database import Database
    from ledger.values import Parcel

TODAY = datetime(2026, 11, 24, tzinfo=UTC)


def days_ago(days: int) -> datetime:
    return TODAY - timedelta(days=days)


def answered(database: Database, days: int, link: str = "north") -> Parcel:
    ledger = Ledger(database, link, clock=lambda: days_ago(days))
    parcel = ledger.prepare("stock", f"{days}", [NewMessage("s", "text", 1)], set_aside=[Aside("good", "r", "t")])
    for message_id in ledger.to_send(parcel.id):
        ledger.sending(message_id)
        ledger.answered(message_id, "ok", 1)
    return ledger.finish(parcel.id)


def left(database: Database) -> list[int]:
    return sorted(parcel.id for parcel in reading.parcels(database))


def test_old_parcels_go_with_all_that_belongs_to_them(database: Database) -> None:
    answered(database, 90)
    kept = [answered(database, 40), answered(database, 10)]
    assert forget(database, older_than=days_ago(60)) == Forgotten(parcels=1, bodies=0)
    assert left(database) == [parcel.id for parcel in kept]
    with database.session() as session:
        counts = [
            session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (MessageRow, BodyRow, AsideRow, EventRow)
        ]
    assert counts == [2, 2, 2, 6]


def test_texts_may_go_earlier_than_their_parcels(database: Database) -> None:
    old, faded, fresh = answered(database, 90), answered(database, 40), answered(database, 10)
    gone = forget(database, older_than=days_ago(60), bodies_older_than=days_ago(30))
    assert gone == Forgotten(parcels=1, bodies=1)
    assert left(database) == [faded.id, fresh.id]
    assert old.id not in left(database)
    (message,) = reading.messages(database, faded.id)
    assert not message.kept
    with pytest.raises(NotFound, match="сроку хранения"):
        reading.body(database, message.id)
    with pytest.raises(NotFound, match="сроку хранения"):
        Ledger(database, "north").resend(faded, by="x")


def test_the_newest_answered_parcels_of_each_exchange_stay_however_old(database: Database) -> None:
    for days in (400, 390, 380):
        answered(database, days)
    south = answered(database, 500, "south")
    incoming = Ledger(database, "north", clock=lambda: days_ago(600)).received("stock", "r", "s", "x", 1)
    assert forget(database, older_than=days_ago(60), keep_last=2) == Forgotten(parcels=1, bodies=0)
    assert forget(database, older_than=days_ago(60), keep_last=0) == Forgotten(parcels=1, bodies=0)
    assert {south.id, incoming.parcel_id} < set(left(database))
    assert len(left(database)) == 3


def test_unfinished_parcels_stay_and_superseded_ones_go(database: Database) -> None:
    ledger = Ledger(database, "north", clock=lambda: days_ago(300))
    ledger.prepare("stock", "1", [NewMessage("s", "a", 1)])
    waiting = ledger.prepare("stock", "2", [NewMessage("s", "b", 1)])
    assert forget(database, older_than=TODAY) == Forgotten(parcels=1, bodies=0)
    assert left(database) == [waiting.id]
    assert ledger.to_send(waiting.id)


def test_many_parcels_go_in_batches(database: Database) -> None:
    for days in range(700, 480, -1):
        Ledger(database, "north", clock=partial(days_ago, days)).prepare("stock", str(days), [])
    assert forget(database, older_than=TODAY).parcels == 219
