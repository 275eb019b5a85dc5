"""How exports, confirmations and orders stand, as few queries tell it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update

from ledger import standing
from ledger.parcels import Ledger
from ledger.states import ParcelState
from ledger.tables import ConfirmationRow, OrderRow, ParcelRow
from ledger.values import NewMessage

if TYPE_CHECKING:
    from foundation.database import Database

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def parcel(ledger: Ledger, exchange: str, run: str, *, answered: bool) -> int:
    made = ledger.prepare(exchange, run, [NewMessage("S", f"<x>{run}</x>", 3)], counts={"sent": 3})
    if answered:
        (message,) = ledger.to_send(made.id)
        ledger.sending(message)
        ledger.answered(message, "<ok/>", 0.1)
        ledger.finish(made.id)
    return made.id


def ask(database: Database, ledger: Ledger, parcel_id: int, state: str, **more: Any) -> None:
    values = {"state": state, "deadline": NOW, "exchange": "stock", "said_by": "", "remark": "", "refused": [], **more}
    with database.begin() as session:
        about = {"source": "person", "run_id": "", "asked_at": NOW, "author": ""}
        own = {"parcel_id": parcel_id, "link_id": ledger.link_id}
        session.execute(insert(ConfirmationRow).values(**own, **about, **values))


def order(database: Database, ledger: Ledger, number: str, **more: Any) -> None:
    values: dict[str, Any] = {
        "state": "created",
        "document": "",
        "document_number": "",
        "amount": 0,
        "received_at": NOW,
    }
    empty = {
        "hash": "",
        "content": {},
        "pending": {},
        "written": {},
        "reasons": [],
        "message_id": 1,
        "entity": "",
        "changed_at": NOW,
    }
    with database.begin() as session:
        own = {"link_id": ledger.link_id, "number": number}
        session.execute(insert(OrderRow).values(**own, **empty, **{**values, **more}))


def test_the_newest_parcel_of_each_exchange_by_state(database: Database) -> None:
    ledger = Ledger(database, "probe")
    first = parcel(ledger, "stock", "one", answered=True)
    second = parcel(ledger, "stock", "two", answered=False)
    outlets = parcel(ledger, "outlets", "three", answered=True)
    with database.session() as session:
        newest = standing.newest(session, ledger.link_id)
        answered = standing.newest(session, ledger.link_id, ParcelState.ANSWERED)
    assert {exchange: each.id for exchange, each in newest.items()} == {"stock": second, "outlets": outlets}
    assert {exchange: each.id for exchange, each in answered.items()} == {"stock": first, "outlets": outlets}


def test_parcels_that_nobody_touched_for_long_are_unanswered(database: Database) -> None:
    ledger = Ledger(database, "probe")
    parcel(ledger, "stock", "one", answered=True)
    waiting = parcel(ledger, "shipments", "two", answered=False)
    with database.begin() as session:
        session.execute(update(ParcelRow).values(updated_at=NOW - timedelta(hours=2)))
    with database.session() as session:
        found = standing.unanswered(session, ledger.link_id, NOW - timedelta(hours=1))
        assert [each.id for each in found] == [waiting]
        assert standing.unanswered(session, ledger.link_id, NOW - timedelta(hours=3)) == []


def test_confirmations_by_state_the_newest_first(database: Database) -> None:
    ledger = Ledger(database, "probe")
    ids = [parcel(ledger, "stock", run, answered=True) for run in ("one", "two", "three")]
    ask(database, ledger, ids[0], "accepted", said_by="Кравцов", said_at=NOW)
    ask(database, ledger, ids[1], "refused", refused=[{"remark": "единица"}, {"remark": "код"}])
    ask(database, ledger, ids[2], "waiting")
    with database.session() as session:
        said = standing.confirmations(session, ledger.link_id, standing.SAID)
        waiting = standing.confirmations(session, ledger.link_id, standing.WAITING)
    assert [(each.parcel_id, each.state, each.refused) for each in said] == [
        (ids[1], "refused", 2),
        (ids[0], "accepted", 0),
    ]
    assert said[1].said_by == "Кравцов"
    assert [each.parcel_id for each in waiting] == [ids[2]]


def test_orders_are_counted_by_what_became_of_them(database: Database) -> None:
    ledger = Ledger(database, "probe")
    order(database, ledger, "М-1", document="d1", document_number="0001", amount=10_000_000)
    order(database, ledger, "М-2", document="d2", document_number="0002", amount=5_000_000)
    order(database, ledger, "М-3", state="parked", received_at=NOW - timedelta(days=2))
    order(database, ledger, "М-4", state="parked")
    with database.session() as session:
        count = standing.order_count(session, ledger.link_id)
        documents = standing.order_documents(session, ledger.link_id)
    assert count == standing.OrderCount(4, 2, 2, NOW - timedelta(days=2))
    assert documents == [("М-2", "0002", 5_000_000), ("М-1", "0001", 10_000_000)]


def test_a_link_without_orders_counts_nothing(database: Database) -> None:
    ledger = Ledger(database, "probe")
    with database.session() as session:
        assert standing.order_count(session, ledger.link_id) == standing.OrderCount()


def test_holders_are_those_of_the_link_or_of_all(database: Database) -> None:
    one, two = Ledger(database, "probe"), Ledger(database, "other")
    with one.hold("stock", "run-1"), two.hold("orders", "run-2"), database.session() as session:
        assert [row.run_id for row in standing.holders(session, one.link_id)] == ["run-1"]
        assert {row.run_id for row in standing.holders(session)} == {"run-1", "run-2"}
