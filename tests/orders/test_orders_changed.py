"""A changed order: its document changes while it may, else a person decides between both contents."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from ledger.order_values import OrderState

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.running import Sandbox
    from tests.orders.order_help import Shop

    Make = Callable[..., Shop]

MORE = [(0, "ea", "30", "10.50"), (1, "ea", "2", "7")]


def changed(shop: Shop) -> str:
    """Return an order whose document is there and which has come changed."""
    number = shop.order((0, "ea", "24", "10.50"))
    shop.run()
    shop.change(number, lines=MORE)
    return number


def quantities(shop: Shop, number: str) -> list[Decimal]:
    (document,) = shop.documents(number)
    return [Decimal(row["Количество"]) for row in document["Товары"]]


@pytest.mark.parametrize("posting", [False, True], ids=["not posted", "posted"])
def test_a_change_is_carried_out_where_the_link_allows_it(make: Make, posting: bool) -> None:
    shop = make(order_updates=True, order_posting=posting)
    number = changed(shop)
    counts, error = shop.run()
    assert (error, counts.fates["updated"]) == (None, 1)
    assert quantities(shop, number) == [30, 2]
    (document,) = shop.documents(number)
    assert document["Posted"] is posting
    record = shop.record(number)
    assert (record.state, record.pending, record.amount) == (OrderState.ANSWERED, {}, 329 * 10**6)
    assert record.written["version"] == document["DataVersion"]
    assert shop.times_told(number) == 2
    shop.change(number, lines=[(0, "ea", "1", "10.50")])
    shop.run()
    assert quantities(shop, number) == [1]


def test_otherwise_it_is_a_conflict_that_keeps_both_contents(make: Make) -> None:
    shop = make()
    number = changed(shop)
    for _ in range(2):
        counts, _ = shop.run()
        assert counts.fates["conflict"] == 1
    record = shop.record(number)
    assert record.state is OrderState.CONFLICT
    assert len(record.content["lines"]) == 1
    assert len(record.pending["lines"]) == 2
    assert quantities(shop, number) == [24]
    assert "изменил заказ" in shop.told(number)["comment"]
    assert shop.told(number)["status"] == "Entered"


@pytest.mark.parametrize("keep", [False, True], ids=["apply", "keep"])
def test_a_person_decides(make: Make, keep: bool) -> None:
    shop = make()
    number = changed(shop)
    shop.run()
    shop.orders.release(number, author="Иванова", reason="согласовано", keep=keep)
    shop.run()
    assert quantities(shop, number) == ([24] if keep else [30, 2])
    record = shop.record(number)
    assert (record.state, record.pending) == (OrderState.ANSWERED, {})
    assert len(record.content["lines"]) == 2
    shop.repeat(number)
    counts, _ = shop.run()
    assert counts.fates["repeated"] == 1


def test_a_change_that_is_taken_back_leaves_the_order_as_it_was(make: Make) -> None:
    shop = make()
    number = changed(shop)
    shop.run()
    shop.change(number, lines=[(0, "ea", "24", "10.50")])
    counts, _ = shop.run()
    assert counts.fates["repeated"] == 1
    assert shop.record(number).state is OrderState.ANSWERED
    assert shop.record(number).reasons == []


def test_what_a_manager_has_put_in_is_not_written_over(make: Make) -> None:
    shop = make(order_updates=True)
    number = changed(shop)
    shop.patch("Document_ЗаказКлиента", shop.record(number).document, Комментарий="правка менеджера")
    counts, _ = shop.run()
    assert counts.fates["conflict"] == 1
    assert "touched" in shop.reasons(number)
    assert quantities(shop, number) == [24]
    shop.orders.release(number, author="Иванова", reason="менеджер согласен")
    shop.run()
    assert quantities(shop, number) == [30, 2]


def test_what_has_been_shipped_is_not_changed(make: Make) -> None:
    shop = make(order_updates=True)
    number = changed(shop)
    ship(shop, number, Decimal(4))
    counts, _ = shop.run()
    assert counts.fates["conflict"] == 1
    assert "shipped" in shop.reasons(number)
    assert quantities(shop, number) == [24]


def test_a_change_with_something_unmatched_waits_and_goes_on_by_itself(make: Make) -> None:
    from mappings.pairs import Pair
    from tests.orders.order_help import unit_pair

    shop = make(order_updates=True)
    number = shop.order((0, "ea", "24", "10.50"))
    shop.run()
    good = shop.goods[45]
    shop.change(number, lines=[(0, "ea", "24", "10.50"), (45, "ea", "1", "3")])
    counts, _ = shop.run()
    assert counts.fates["parked"] == 1
    assert "good" in shop.reasons(number)
    assert quantities(shop, number) == [24]
    shop.match(Pair("good", good.our_id, good.their_id), unit_pair(good, shop.cards))
    counts, _ = shop.run()
    assert counts.fates["updated"] == 1
    assert quantities(shop, number) == [24, 1]


@pytest.mark.parametrize("kind", ["cut_after", "cut_before", "half"])
def test_a_change_that_breaks_off_is_carried_out_once(make: Make, doubles: Sandbox, kind: str) -> None:
    shop = make(order_updates=True, order_posting=True)
    number = changed(shop)
    doubles.onec.faults.arm(kind, method="PATCH", match="/Document_ЗаказКлиента")
    counts, error = shop.run()
    assert counts.fates["unclear"] == 1
    assert error is not None
    counts, error = shop.run()
    assert (error, counts.fates["conflict"] + counts.fates["updated"]) == (None, 1)
    assert quantities(shop, number) == [30, 2]
    assert shop.record(number).state is OrderState.ANSWERED


def test_a_parked_order_that_changes_takes_its_new_content(make: Make) -> None:
    shop = make()
    number = shop.order((45, "ea", "3", "10"))
    shop.run()
    shop.change(number, lines=[(0, "ea", "3", "10")])
    counts, _ = shop.run()
    assert counts.fates["created"] == 1
    assert quantities(shop, number) == [3]


def ship(shop: Shop, number: str, quantity: Decimal, *, post: bool = True) -> str:
    """Ship so many of the first good of an order's document; returns the shipment's reference."""
    record = shop.record(number)
    tag = "StandardODATA.Document_ЗаказКлиента"
    order: dict[str, Any] = {"ЗаказКлиента": record.document, "ЗаказКлиента_Type": tag}
    row = {"Номенклатура_Key": shop.goods[0].our_id, "Количество": quantity, **order}
    with shop.link.onec() as onec:
        made = onec.create("Document_РеализацияТоваровУслуг", {**order, "Товары": [row]})
        if post:
            onec.post("Document_РеализацияТоваровУслуг", made["Ref_Key"])
    return str(made["Ref_Key"])
