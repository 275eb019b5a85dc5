"""What became of an order in 1C reaches the manufacturer, line by line, once for each change."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from foundation.errors import Faults
from ledger.order_values import OrderState
from tasks.order_preview import preview_of_orders, preview_of_statuses
from tests.orders.test_orders_changed import ship

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.orders.order_help import Shop

    Make = Callable[..., Shop]


def status(shop: Shop, number: str) -> str:
    """Run the statuses and return what the manufacturer holds."""
    shop.tell()
    return str(shop.told(number)["status"])


def test_an_order_goes_all_its_way(make: Make) -> None:
    shop = make(statuses={"working": "Working", "posted": "Posted", "partly": "Partly", "shipped": "Shipped"})
    number = shop.order((0, "box", "2", "120"))
    shop.run()
    pieces = Decimal(shop.documents(number)[0]["Товары"][0]["Количество"])
    ref = shop.record(number).document
    assert shop.told(number)["status"] == "Transfered"
    with shop.link.onec() as onec:
        onec.post("Document_ЗаказКлиента", ref)
    assert status(shop, number) == "Posted"
    shop.patch("Document_ЗаказКлиента", ref, Статус="КОбеспечению")
    assert status(shop, number) == "Working"
    ship(shop, number, pieces / 2, post=False)
    assert status(shop, number) == "Working"
    ship(shop, number, pieces / 2)
    assert status(shop, number) == "Partly"
    assert "1 из 2 box" in shop.told(number)["comment"]
    ship(shop, number, pieces / 2)
    assert status(shop, number) == "Shipped"
    assert shop.record(number).state is OrderState.CLOSED
    assert shop.tell() == 0


def test_a_closed_order_that_was_never_shipped_is_cancelled(make: Make) -> None:
    shop = make()
    number = shop.order()
    shop.run()
    ref = shop.record(number).document
    shop.patch("Document_ЗаказКлиента", ref, Статус="Закрыт")
    with shop.link.onec() as onec:
        onec.post("Document_ЗаказКлиента", ref)
    assert status(shop, number) == "Cancelled"
    assert shop.record(number).state is OrderState.CLOSED


def test_what_1c_computes_of_an_order_counts(make: Make) -> None:
    shop = make(statuses={"working": "Working"}, order_posting=True)
    number = shop.order()
    shop.run()
    ref = shop.record(number).document
    tag = "StandardODATA.Document_ЗаказКлиента"
    with shop.link.onec() as onec:
        record = {"Заказ": ref, "Заказ_Type": tag, "Состояние": "ГотовКОтгрузке"}
        onec.create("InformationRegister_СостоянияЗаказовКлиентов", record)
    assert status(shop, number) == "Working"


def test_a_realization_is_shipped_when_it_says_so(make: Make) -> None:
    shop = make(order_document="realization", order_posting=True)
    number = shop.order()
    shop.run()
    assert shop.told(number)["status"] == "Transfered"
    shop.patch("Document_РеализацияТоваровУслуг", shop.record(number).document, Статус="Отгружено")
    assert status(shop, number) == "Dispatched"
    assert shop.record(number).state is OrderState.CLOSED


def test_only_changes_are_told(make: Make) -> None:
    shop = make()
    numbers = [shop.order(), shop.order((45, "ea", "1", "1"))]
    shop.run()
    assert shop.tell() == 0
    assert [shop.times_told(number) for number in numbers] == [1, 1]
    assert preview_of_statuses(shop.link) == []


def test_a_deleted_document_that_comes_back_is_told_again(make: Make) -> None:
    shop = make()
    number = shop.order()
    shop.run()
    ref = shop.record(number).document
    shop.patch("Document_ЗаказКлиента", ref, DeletionMark=True)
    assert status(shop, number) == "Cancelled"
    shop.patch("Document_ЗаказКлиента", ref, DeletionMark=False)
    assert status(shop, number) == "Transfered"
    shop.tell()
    assert shop.record(number).state is OrderState.ANSWERED


def test_a_value_that_would_end_a_parked_orders_repetition_is_refused(make: Make) -> None:
    shop = make(statuses={"parked": "Transfered"})
    shop.order((45, "ea", "1", "1"))
    with pytest.raises(Faults, match="parked"):
        shop.run()


def test_a_preview_tells_and_changes_nothing(make: Make) -> None:
    shop = make()
    good, bad, done = shop.order(), shop.order((45, "ea", "1", "1")), shop.order((1, "ea", "1", "1"))
    holdings = shop.doubles.crm.users[shop.user]
    holdings.answered.update({good, bad})
    shop.run()
    for number in (good, bad, done):
        shop.repeat(number)
    found = {each.number: each for each in preview_of_orders(shop.link)}
    assert {number: found[number].fate for number in (good, bad, done)} == {
        good: "created", bad: "parked", done: "repeated",
    }  # fmt: skip
    assert found[good].amount == 252 * 10**6
    assert found[bad].reasons[0].kind == "good"
    assert shop.documents(good) == []
    shop.patch("Document_ЗаказКлиента", shop.record(done).document, DeletionMark=True)
    (told,) = preview_of_statuses(shop.link)
    assert (told.number, told.before, told.status) == (done, "Transfered", "Cancelled")
    assert shop.record(done).state is OrderState.ANSWERED
