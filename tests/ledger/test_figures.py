"""Figures of the pages: shares, efforts, what stands, days on both sides; orders down to their shipments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select

from foundation.errors import NotFound
from ledger import figures, order_pages
from ledger.documents import Action, Item
from ledger.parcels import Ledger
from ledger.tables import HeldOrderRow, OrderEventRow, OrderRow
from ledger.values import NewMessage
from tests.workplace.seeding import order_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foundation.database import Database

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
MONEY = 1_000_000


def send(database: Database, exchange: str, at: datetime, *, fails: bool = False, **more: Any) -> Ledger:
    ledger = Ledger(database, "probe", clock=lambda: at)
    parcel = ledger.prepare(exchange, f"{exchange} {at}", [NewMessage("S", "<x/>", 7)], **more)
    (message,) = ledger.to_send(parcel.id)
    ledger.sending(message)
    if fails:
        ledger.failed(message, "нет", ambiguous=False)
    else:
        ledger.answered(message, "<ok/>", 1.5)
        ledger.finish(parcel.id)
    return ledger


def document(key: str, day: str, amount: int, orders: str = "") -> Item:
    identity = {"number": f"N-{key}", "kind": "sale", "orders": orders}
    return Item(key, f"h{amount}", identity, day, MONEY, amount * MONEY)


def added(*items: Item) -> Sequence[tuple[Action, Item]]:
    return [(Action.ADD, item) for item in items]


def test_the_share_of_each_day_is_its_last_parcels(database: Database) -> None:
    for hour, sent in ((0, 10), (1, 60)):
        counts = {"sent": sent, "unmatched": {"no pair": 100 - sent}}
        send(
            database,
            "stock",
            AT + timedelta(hours=hour),
            counts=counts,
            totals={"value": "200", "matched_value": "150"},
        )
    ledger = send(database, "stock", AT + timedelta(days=1), counts={"sent": 3}, totals={})
    with database.session() as session:
        first, second = figures.shares(session, ledger.link_id)
    assert (first.by_count, first.by_value) == (60.0, 75.0)
    assert (second.by_count, second.by_value) == (100.0, None)


def test_efforts_are_rows_and_seconds_of_the_last_parcels(database: Database) -> None:
    for number in range(5):
        ledger = send(database, "stock", AT + timedelta(minutes=number), counts={"sent": number})
    send(database, "shipments", AT, fails=True)
    with database.session() as session:
        found = figures.efforts(session, ledger.link_id, each=3)
    assert [each.rows for each in found["stock"]] == [2, 3, 4]
    assert [each.seconds for each in found["stock"]] == [1.5, 1.5, 1.5]
    assert [(each.state, each.rows, each.seconds) for each in found["shipments"]] == [("failed", 7, 0.0)]


def test_what_stands_is_counted_by_reason(database: Database) -> None:
    import pandas as pd

    columns = ("kind", "our_id", "name", "reason", "said", "quantity", "value")
    rows = [
        ("good", "a", "A", "no pair", "Нет пары.", 1, 5),
        ("good", "b", "B", "no pair", "Нет пары.", 1, 7),
        ("unit", "c", "C", "no unit", "Нет единицы.", 1, 50),
    ]
    ledger = send(database, "stock", AT, set_aside=pd.DataFrame(rows, columns=list(columns)))
    with database.session() as session:
        found = figures.standing(session, ledger.link_id, [1])
        assert figures.standing(session, ledger.link_id + 1, [1]) == [], "another link's"
    assert [(each.reason, each.number, each.value) for each in found] == [("no unit", 1, 50), ("no pair", 2, 12)]


def test_days_stand_side_by_side(database: Database) -> None:
    days = {"2026-11-22": [1, 4, 10 * MONEY], "2026-11-23": [1, 4, 30 * MONEY]}
    old = send(
        database,
        "shipments",
        AT,
        steps=added(document("a", "2026-11-20", 5), document("b", "2026-11-22", 10), document("c", "2026-11-23", 20)),
        window={"by_day": {}},
    )
    send(
        database,
        "shipments",
        AT + timedelta(hours=1),
        fails=True,
        window={"by_day": days},
        steps=[(Action.CHANGE, document("c", "2026-11-23", 30))],
    )
    with database.session() as session:
        outside, equal, differs = figures.shipment_days(session, old.link_id, "2026-11-01")
        listed = figures.day_documents(session, old.link_id, "2026-11-23")
        assert figures.shipment_days(session, old.link_id, "2026-11-23") == [differs]
    assert (outside.our_documents, outside.their_amount, outside.equal) == (None, 5 * MONEY, True)
    assert (equal.day, equal.equal) == ("2026-11-22", True)
    assert (differs.our_amount, differs.their_amount, differs.equal) == (30 * MONEY, 20 * MONEY, False)
    assert [(each.number, each.pending, each.amount) for each in listed] == [("N-c", "change", 30 * MONEY)]


def test_orders_by_day_are_those_of_this_machines_clock(database: Database) -> None:
    ledger = Ledger(database, "probe")
    with database.begin() as session:
        for number, at in (("1", AT), ("2", AT), ("3", AT - timedelta(days=1))):
            made = number == "1"
            row = order_row(
                ledger.link_id,
                number,
                "created",
                content={"amount": 7 * MONEY},
                received_at=at,
                document="d" if made else "",
                amount=5 * MONEY if made else 0,
            )
            session.execute(insert(OrderRow).values(**row))
    with database.session() as session:
        before, day = figures.order_days(session, ledger.link_id, AT - timedelta(days=3))
        stock = figures.stock_days(session, ledger.link_id)
    assert (day.day, day.their_documents, day.our_documents) == (AT.astimezone().date().isoformat(), 2, 1)
    assert (day.their_amount, day.our_amount, day.equal) == (14 * MONEY, 5 * MONEY, False)
    assert before.their_documents == 1
    assert stock == []


def parked(session: Any, link: int, number: str, *keys: str, amount: int = 8) -> int:
    lines = [{"line": place, "price": MONEY, "quantity": 4 * MONEY} for place in (1, 2)]
    reasons = [
        {"kind": "good", "key": key, "line": place, "said": f"{key} нет", "name": key}
        for place, key in enumerate(keys, start=1)
    ]
    row = order_row(
        link,
        number,
        "parked",
        content={"lines": lines, "amount": amount * MONEY, "their_outlet": "C1"},
        reasons=reasons,
    )
    made: int = session.execute(insert(OrderRow).values(**row).returning(OrderRow.id)).scalar_one()
    return made


def test_what_blocks_counts_orders_once_and_lines_each(database: Database) -> None:
    ledger = Ledger(database, "probe")
    with database.begin() as session:
        parked(session, ledger.link_id, "1", "T1", "T2")
        parked(session, ledger.link_id, "2", "T1", "T1")
        found = order_pages.blocking(session, ledger.link_id)
        standing = figures.parked_orders(session, ledger.link_id)
        counted = order_pages.by_state(session, ledger.link_id)
    assert found["good", "T1"] == (2, 3, 12 * MONEY, "T1")
    assert found["good", "T2"] == (1, 1, 4 * MONEY, "T2")
    assert [(each.reason, each.number, each.value) for each in standing] == [("good", 2, 16 * MONEY)]
    assert counted == {"parked": 2}


def test_orders_are_listed_by_key(database: Database) -> None:
    ledger = Ledger(database, "probe")
    with database.begin() as session:
        ids = [parked(session, ledger.link_id, f"М-{n}", "T") for n in range(5)]
        first = order_pages.heads(session, ledger.link_id, states=["parked"], limit=2)
        rest = order_pages.heads(session, ledger.link_id, before=first[-1].id, limit=9)
        assert [each.id for each in (*first, *rest)] == ids[::-1]
        assert (first[0].client, first[0].asked) == ("C1", 8 * MONEY)
        assert [each.number for each in order_pages.heads(session, ledger.link_id, text="-3")] == ["М-3"]
        assert order_pages.heads(session, ledger.link_id, text="%") == []
        assert order_pages.heads(session, ledger.link_id, states=["created"]) == []


def test_an_orders_story_goes_down_to_its_shipments(database: Database) -> None:
    ledger = Ledger(database, "probe")
    with database.begin() as session:
        row = order_row(
            ledger.link_id, "М-7", "created", content={"amount": 1, "lines": []}, document="doc-7", received_at=AT
        )
        id_ = session.execute(insert(OrderRow).values(**row).returning(OrderRow.id)).scalar_one()
        session.execute(insert(OrderEventRow).values(order_id=id_, at=AT, event="received", note="", author=""))
    items = [
        document("s1", "2026-11-24", 5, "М-7,М-9"),
        document("s2", "2026-11-25", 6, "М-70"),
        document("doc-7", "2026-11-23", 9),
    ]
    send(database, "shipments", AT, steps=added(*items))
    with database.session() as session:
        found = order_pages.whole(session, ledger.link_id, id_)
        with pytest.raises(NotFound):
            order_pages.whole(session, ledger.link_id + 1, id_)
    assert [each.key for each in found.shipments] == ["doc-7", "s1"]
    assert [step.event for step in found.steps] == ["received"]
    changed = [(Action.CHANGE, document("s1", "2026-11-24", 5, "М-9")), (Action.GONE, items[2])]
    send(database, "shipments", AT + timedelta(hours=1), steps=changed)
    with database.session() as session:
        assert order_pages.whole(session, ledger.link_id, id_).shipments == []
        numbers = session.execute(select(HeldOrderRow.number, HeldOrderRow.key)).tuples().all()
    assert sorted(numbers) == [("М-70", "s2"), ("М-9", "s1")]
