"""Orders in the ledger, on SQLite and PostgreSQL: what came, what waits, what a person decides, what was told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from foundation.errors import NotFound, Occupied
from ledger import order_queries
from ledger.order_values import RUSSIAN, Arrival, NewOrder, OrderState, Step
from ledger.orders import Orders, content_hash
from ledger.parcels import Ledger
from mappings.model import MICRO, Override

if TYPE_CHECKING:
    from foundation.database import Database

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class Clock:
    """A clock that moves on by a second whenever it is read."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@pytest.fixture
def orders(database: Database) -> Orders:
    return Orders(database, Ledger(database, "north").link_id, clock=Clock())


def content(*quantities: int) -> dict[str, Any]:
    lines = [
        {"line": line, "good_code": "CRM1", "their_unit": "ea", "price": MICRO, "quantity": quantity * MICRO}
        for line, quantity in enumerate(quantities, 1)
    ]
    return {"number": "", "lines": lines}


def new(number: str, *quantities: int) -> NewOrder:
    made = content(*quantities or (1,))
    return NewOrder(number, content_hash(made), made)


def came(orders: Orders, *given: NewOrder) -> dict[str, tuple[Arrival, OrderState]]:
    return orders.receive(given, 7)


def one(orders: Orders, number: str) -> Any:
    return order_queries.order(orders.database, orders.link_id, number)


def moved(orders: Orders, number: str, **values: Any) -> None:
    orders.apply([Step(one(orders, number).id, values, "moved")])


def story(orders: Orders, number: str) -> list[str]:
    return [each.event for each in order_queries.events(orders.database, one(orders, number).id)]


def test_an_order_is_stored_as_it_came(orders: Orders) -> None:
    assert came(orders, new("A", 3), new("B")) == {
        "A": (Arrival.NEW, OrderState.RECEIVED), "B": (Arrival.NEW, OrderState.RECEIVED),
    }  # fmt: skip
    record = one(orders, "A")
    assert (record.state, record.content, record.pending, record.document) == (OrderState.RECEIVED, content(3), {}, "")
    assert story(orders, "A") == ["received"]


REPEATED = [
    (OrderState.RECEIVED, OrderState.RECEIVED),
    (OrderState.PARKED, OrderState.PARKED),
    (OrderState.CREATING, OrderState.CREATING),
    (OrderState.CREATED, OrderState.CREATED),
    (OrderState.ANSWERED, OrderState.CREATED),
    (OrderState.CLOSED, OrderState.CREATED),
    (OrderState.REFUSED, OrderState.REFUSED),
    (OrderState.DELETED, OrderState.DELETED),
]


@pytest.mark.parametrize(("before", "after"), REPEATED)
def test_a_repeated_order_is_answered_again_where_it_was_answered(
    orders: Orders, before: OrderState, after: OrderState
) -> None:
    came(orders, new("A"))
    moved(orders, "A", state=before)
    assert came(orders, new("A")) == {"A": (Arrival.SAME, after)}
    assert one(orders, "A").state is after


CHANGED = [
    (OrderState.RECEIVED, "", OrderState.RECEIVED),
    (OrderState.PARKED, "", OrderState.RECEIVED),
    (OrderState.REFUSED, "", OrderState.RECEIVED),
    (OrderState.CONFLICT, "", OrderState.RECEIVED),
    (OrderState.CREATING, "", OrderState.CREATING),
    (OrderState.WRITTEN, "doc", OrderState.CHANGED),
    (OrderState.ANSWERED, "doc", OrderState.CHANGED),
    (OrderState.CLOSED, "doc", OrderState.CHANGED),
    (OrderState.CONFLICT, "doc", OrderState.CHANGED),
    (OrderState.DELETED, "doc", OrderState.DELETED),
]


@pytest.mark.parametrize(("before", "document", "after"), CHANGED)
def test_a_changed_order_takes_its_content_or_keeps_both(
    orders: Orders, before: OrderState, document: str, after: OrderState
) -> None:
    came(orders, new("A", 1))
    moved(orders, "A", state=before, document=document)
    assert came(orders, new("A", 2)) == {"A": (Arrival.CHANGED, after)}
    record = one(orders, "A")
    kept = bool(document) or before is OrderState.CREATING
    assert record.content == content(1 if kept else 2)
    assert record.pending == (content(2) if kept else {})
    assert came(orders, new("A", 2))["A"] == (Arrival.SAME, after)


def test_a_change_that_is_taken_back_is_forgotten(orders: Orders) -> None:
    came(orders, new("A", 1))
    moved(orders, "A", state=OrderState.CONFLICT, document="doc", pending=content(2), reasons=[{"said": "x"}])
    assert came(orders, new("A", 1))["A"] == (Arrival.SAME, OrderState.CREATED)
    record = one(orders, "A")
    assert (record.pending, record.reasons) == ({}, [])


def test_what_waits_comes_in_pages_oldest_first(orders: Orders) -> None:
    came(orders, *(new(f"N{number}") for number in range(7)))
    for number, (state, document) in enumerate(
        [
            (OrderState.PARKED, ""), (OrderState.ANSWERED, "d"), (OrderState.CONFLICT, ""), (OrderState.CONFLICT, "d"),
            (OrderState.WRITTEN, "d"), (OrderState.CHANGED, "d"), (OrderState.CREATING, ""),
        ]
    ):  # fmt: skip
        moved(orders, f"N{number}", state=state, document=document)
    pages = [[record.number for record in page] for page in orders.waiting(chunk=2)]
    assert pages == [["N0", "N2"], ["N4", "N5"], ["N6"]]


def test_links_do_not_meet(orders: Orders, database: Database) -> None:
    south = Orders(database, Ledger(database, "south").link_id)
    came(orders, new("A", 1))
    assert came(south, new("A", 2)) == {"A": (Arrival.NEW, OrderState.RECEIVED)}
    assert one(orders, "A").content == content(1)
    south.apply([Step(one(orders, "A").id, {"state": OrderState.CLOSED})])
    assert one(orders, "A").state is OrderState.RECEIVED


def test_what_was_told_moves_created_orders_on(orders: Orders) -> None:
    came(orders, new("A"), new("B"), new("C"))
    moved(orders, "A", state=OrderState.CREATED)
    moved(orders, "B", state=OrderState.CREATED)
    orders.told(["A", "B", "C"], final=["B"])
    assert [one(orders, number).state for number in "ABC"] == [
        OrderState.ANSWERED, OrderState.CLOSED, OrderState.RECEIVED,
    ]  # fmt: skip
    assert all(one(orders, number).answered_at for number in "ABC")
    assert story(orders, "A") == ["received", "moved", "told"]


def test_a_decision_takes_the_place_of_the_one_before(orders: Orders) -> None:
    came(orders, new("A", 1, 2))
    moved(orders, "A", state=OrderState.PARKED)
    decide = orders.override
    decide("A", Override.LEAVE_OUT, line=2, author="Иванова", reason="нет")
    decide("A", Override.REPLACE_GOOD, line=2, value="ref", author="Петров", reason="есть замена")
    decide("A", Override.ACCEPT, value="sum", author="Петров", reason="сверено")
    decide("A", Override.ACCEPT, value="blocked", author="Петров", reason="разрешили")
    record = one(orders, "A")
    assert record.state is OrderState.RECEIVED
    assert [(each.line, each.action, each.value) for each in record.overrides] == [
        (2, Override.REPLACE_GOOD, "ref"), (0, Override.ACCEPT, "sum"), (0, Override.ACCEPT, "blocked"),
    ]  # fmt: skip
    (ended,) = order_queries.ended_overrides(orders.database, record.id)
    assert (ended["action"], ended["author"]) == ("leave_out", "Иванова")
    told = order_queries.events(orders.database, record.id)[-1]
    assert (told.author, "разрешили" in told.note) == ("Петров", True)


def test_a_decision_ends_with_the_line_it_was_about(orders: Orders) -> None:
    came(orders, new("A", 1, 2, 3))
    for line in (2, 3):
        orders.override("A", Override.LEAVE_OUT, line=line, author="x", reason="y")
    orders.override("A", Override.ACCEPT, value="sum", author="x", reason="y")
    came(orders, new("A", 1, 5, 3))
    assert [each.line for each in one(orders, "A").overrides] == [3, 0]


def test_a_person_cannot_decide_what_has_been_done(orders: Orders) -> None:
    came(orders, new("A"))
    moved(orders, "A", state=OrderState.ANSWERED, document="doc")
    with pytest.raises(Occupied):
        orders.override("A", Override.ACCEPT, value="sum", author="x", reason="y")
    with pytest.raises(Occupied):
        orders.refuse("A", author="x", reason="y")
    with pytest.raises(Occupied):
        orders.release("A", author="x", reason="y")
    with pytest.raises(NotFound):
        orders.release("Z", author="x", reason="y")
    moved(orders, "A", state=OrderState.CREATING, document="")
    with pytest.raises(Occupied):
        orders.refuse("A", author="x", reason="y")


def test_a_refused_order_says_why_and_may_be_released(orders: Orders) -> None:
    came(orders, new("A"))
    orders.refuse("A", author="Иванова", reason="стоп-лист")
    record = one(orders, "A")
    assert (record.state, record.reasons[0]["said"]) == (OrderState.REFUSED, "Отказано: стоп-лист")
    assert orders.release("A", author="Иванова", reason="сняли") is OrderState.RECEIVED
    assert one(orders, "A").reasons == []


def test_a_release_of_a_conflict_keeps_or_carries_out(orders: Orders) -> None:
    came(orders, new("A", 1), new("B", 1))
    for number in "AB":
        moved(orders, number, state=OrderState.CONFLICT, document="doc", pending=content(2))
    assert orders.release("A", author="x", reason="y", keep=True) is OrderState.CREATED
    assert orders.release("B", author="x", reason="y") is OrderState.CHANGED
    kept, carried = one(orders, "A"), one(orders, "B")
    assert (kept.content, kept.pending, kept.hash) == (content(2), {}, content_hash(content(2)))
    assert (carried.content, carried.pending) == (content(1), content(2))


def test_an_order_whose_document_was_deleted_begins_anew_when_released(orders: Orders) -> None:
    came(orders, new("A", 1))
    moved(orders, "A", state=OrderState.DELETED, document="doc", pending=content(2))
    assert orders.release("A", author="x", reason="y") is OrderState.RECEIVED
    record = one(orders, "A")
    assert (record.document, record.content, record.pending) == ("", content(2), {})


def test_lists_are_filtered_and_paged(orders: Orders) -> None:
    came(orders, *(new(f"N-{number}") for number in range(5)))
    moved(orders, "N-3", state=OrderState.PARKED)
    listed = order_queries.orders
    page = listed(orders.database, orders.link_id, limit=2)
    assert [each.number for each in page] == ["N-4", "N-3"]
    rest = listed(orders.database, orders.link_id, before=page[-1].id)
    assert [each.number for each in rest] == ["N-2", "N-1", "N-0"]
    assert [each.number for each in listed(orders.database, orders.link_id, states=[OrderState.PARKED])] == ["N-3"]
    assert [each.number for each in listed(orders.database, orders.link_id, text="-1")] == ["N-1"]
    assert listed(orders.database, orders.link_id, text="%") == []
    assert order_queries.by_state(orders.database, orders.link_id) == {"received": 4, "parked": 1}


def test_what_blocks_most_comes_first(orders: Orders) -> None:
    came(orders, new("A", 1, 2), new("B", 30))
    reason = {"kind": "good", "key": "W1", "said": "нет пары", "todo": "", "name": "Квас", "line": 2}
    whole = {"kind": "outlet", "key": "C1", "said": "нет точки", "todo": "", "name": "Уют", "line": 0}
    moved(orders, "A", state=OrderState.PARKED, reasons=[reason, whole])
    moved(orders, "B", state=OrderState.PARKED, reasons=[{**reason, "line": 1}])
    first, second = order_queries.blockers(orders.database, orders.link_id)
    assert (first.key, first.lines, first.orders, first.value) == ("W1", 2, {"A", "B"}, 32 * MICRO)
    assert (second.key, second.lines, second.orders, second.value) == ("C1", 2, {"A"}, 3 * MICRO)
    assert list(order_queries.grouped([first, second])) == ["good", "outlet"]


def test_every_state_has_a_russian_name() -> None:
    assert set(RUSSIAN) == set(OrderState)
