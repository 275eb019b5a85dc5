"""Rows 1 to 7 of the domain's edge cases: orders. Each test is named after its row in the reference."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.onec.values import EMPTY_REF
from tests.matrix import small
from tests.matrix.order_subjects import documents, lines_of
from tests.matrix.small import RETURN, ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.matrix.workbench import Bench

    Make = Callable[..., Bench]


def statuses(bench: Bench) -> dict[str, str]:
    return {row["order"]: row["status"] for row in bench.rows("statuses")}


def ordered(bench: Bench, number: str, lines: list[tuple[str, str, str]], client: str = "C-shop-1", **more: Any) -> str:
    bench.doubles.crm.add_orders(bench.user, [small.their_order(number, lines, client, **more)])
    return number


def test_row_01_a_repeated_order_is_acknowledged_again_and_not_made_again(make: Make) -> None:
    bench = make()
    for times in (1, 2, 3):
        bench.holdings.answered.discard("CRM0001")
        bench.run_whole("orders")
        assert len(documents(bench, "CRM0001")) == 1
        assert "CRM0001" in bench.holdings.answered
        told_of = [row for row in bench.rows("status-history") if row["order"] == "CRM0001"]
        assert [row["status"] for row in told_of] == ["Transfered"] * times


def test_row_02_an_order_with_an_unmatched_line_waits_as_a_whole(make: Make) -> None:
    bench = make()
    number = ordered(bench, "CRM0100", [("W3", "ea", "5"), ("W5", "ea", "1")])
    bench.run_whole("orders")
    assert documents(bench, number) == []
    assert statuses(bench)[number] == "Entered"
    assert number not in bench.holdings.answered
    assert [reason["kind"] for reason in bench.order(number).reasons] == ["good"]
    bench.match(["late"])
    bench.run_whole("orders")
    [document] = documents(bench, number)
    assert lines_of(document) == sorted([(ref("kvass"), Fraction(5)), (ref("late"), Fraction(1))])
    assert statuses(bench)[number] == "Transfered"


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"client": "C-nobody"}, "outlet"),
        ({"person_id": "160"}, "agent"),
        ({"pay_kind": "556"}, "pay_kind"),
        ({"price_type": "9"}, "price_type"),
    ],
)
def test_row_03_what_is_unknown_gets_no_default_code(make: Make, more: dict[str, str], kind: str) -> None:
    bench = make()
    number = ordered(bench, "CRM0100", [("W3", "ea", "5")], **more)
    bench.run_whole("orders")
    assert documents(bench, number) == []
    assert kind in {reason["kind"] for reason in bench.order(number).reasons}
    assert statuses(bench)[number] == "Entered"


def test_row_04_an_order_of_a_blocked_outlet_waits_although_it_was_told_as_blocked(make: Make) -> None:
    bench = make(stop_list=["Магазин shop-1"])
    bench.run_whole("outlets")
    assert [row["address"] for row in bench.rows("bans")] == [ref("shop-1")]
    bench.run_whole("orders")
    assert documents(bench, "CRM0001") == []
    assert [reason["kind"] for reason in bench.order("CRM0001").reasons] == ["blocked"]
    assert len(documents(bench, "CRM0002")) == 1


def test_row_05_a_return_is_told_by_its_kind_and_never_becomes_a_sale(make: Make) -> None:
    bench = make()
    number = ordered(bench, "CRM0100", [("W3", "ea", "5")], document_type="CustReturn")
    marked = ordered(bench, "CRM0101", [("W3", "ea", "5")], warehouse_id="1001")
    bench.run_whole("orders")
    assert [reason["kind"] for reason in bench.order(number).reasons] == ["return"]
    assert [reason["kind"] for reason in bench.order(marked).reasons] == ["warehouse"]  # a number proves no return
    assert documents(bench, number) == documents(bench, marked) == []
    taking = make(order_returns="document")
    ordered(taking, number, [("W3", "ea", "5")], document_type="CustReturn")
    taking.run_whole("orders")
    assert documents(taking, number) == []
    found = [each for each in taking.doubles.onec.store.objects(RETURN) if each["НомерВходящегоДокумента"] == number]
    assert [lines_of(each) for each in found] == [[(ref("kvass"), Fraction(5))]]


def test_row_06_a_payer_typed_into_the_comment_counts_only_where_the_link_says_so(make: Make) -> None:
    comment = (("Comment", "Комментарий", f"ю.{small.FIRMS['firm-2'][0]} срочно"),)
    for wanted, payer in ((False, "firm-1"), (True, "firm-2")):
        bench = make(order_comment_payer=wanted, order_contract="none")
        number = ordered(bench, "CRM0100", [("W3", "ea", "5")], options=comment)
        bench.run_whole("orders")
        [document] = documents(bench, number)
        assert document["Контрагент_Key"] == ref(payer)
        [status] = [row for row in bench.rows("statuses") if row["order"] == number]
        assert ("выключено" in status["comment"]) is not wanted


def test_row_07_commas_are_read_and_units_turn_quantity_and_price_exactly(make: Make) -> None:
    bench = make(order_fractions="accept")
    bench.doubles.crm.decimal_comma = True
    number = ordered(bench, "CRM0100", [("W2", "l", "37.5")])  # 30 l a keg, 10.50 a litre
    bench.run_whole("orders")
    [document] = documents(bench, number)
    [row] = document["Товары"]
    assert (row["Количество"], row["Цена"], row["СуммаСНДС"]) == (Decimal("1.25"), Decimal(315), Decimal("393.75"))
    assert row["Упаковка_Key"] == EMPTY_REF
    bench.run_whole("shipments")
    prices = {row["ware"]: row["price"] for row in bench.rows("shipments")}
    assert Decimal(prices["W2"]) == Decimal(100)  # 3000 a keg of 30 l
    waits = make()
    ordered(waits, number, [("W2", "l", "37.5")])
    waits.run_whole("orders")
    assert [reason["kind"] for reason in waits.order(number).reasons] == ["quantity"]  # no quarter of a keg by itself
