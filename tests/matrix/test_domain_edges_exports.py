"""Rows 8 to 20 of the domain's edge cases: balances, outlets, shipments. Row 17 does not apply: decision 0015."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from foundation.errors import MI1CError
from mappings.correspondences import confirm_many, history
from mappings.pairs import Pair
from tests.matrix import small
from tests.matrix.small import NOW, RECEIPT, RETURN, SALE, ref
from tests.matrix.stage import told
from tests.matrix.subjects import shipments_held, shipments_truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.matrix.workbench import Bench

    Make = Callable[..., Bench]


def stock(bench: Bench) -> dict[tuple[str, str], Decimal]:
    return {(row["warehouse"], row["ware"]): Decimal(row["quantity"]) for row in bench.rows("stock")}


def sold(bench: Bench) -> set[str]:
    return {row["number"] for row in bench.rows("shipments")}


def test_row_08_several_goods_on_one_code_are_summed_in_stock_and_keep_their_price_in_shipments(make: Make) -> None:
    bench = make()
    bench.run_whole("stock")
    assert stock(bench)["1", "W1"] == 184 + 193
    bench.run_whole("shipments")
    lines = {
        (Decimal(row["price"]), Decimal(row["quantity"])) for row in bench.rows("shipments") if row["ware"] == "W1"
    }
    assert {(Decimal(51), Decimal(1)), (Decimal("49.99"), Decimal(1))} <= lines  # two prices, two lines
    assert (Decimal("50.1"), Decimal(12)) in lines  # lager 5 and lager-old 7 of one document at one price
    assert shipments_held(bench) == shipments_truth(bench)
    bench.add(small.PRICES, small.price_list("dearer", [("lager-old", "55")], days=0))
    prices = bench.run_whole("prices").result
    assert prices["unmatched"]["разные цены одного кода"] == 2  # which one is theirs is a person's word


def test_row_09_a_good_is_mapped_anew_by_hand_and_what_was_is_kept(make: Make) -> None:
    bench = make()
    bench.run_whole("stock")
    unit = small.BASICS.units["piece"]
    with bench.opened() as link:
        pairs = [Pair("good", ref("lager-old"), "W4"), Pair("unit", unit, "ea", ref("lager-old"), 1, 1)]
        with link.database.begin() as session:
            confirm_many(session, link.id, pairs, author="Иванова")
        bench.run_whole("stock")
        assert [stock(bench)["1", ware] for ware in ("W1", "W4")] == [184, 193 + 187]
        with link.database.session() as session:
            story = history(session, link.id, "good", ref("lager-old"))
    assert {(each.their_id, each.ended_at is None) for each in story} == {("W1", False), ("W4", True)}


@pytest.mark.parametrize(
    ("rules", "added"), [({}, 0), ({"zeros": "listed"}, 2), ({"zeros": "listed", "negatives": "zero"}, 1)]
)
def test_row_10_zero_and_negative_balances_go_by_the_links_rule_and_are_counted(
    make: Make, rules: dict[str, str], added: int
) -> None:
    bench = make(**rules)
    bench.add(SALE, small.sale("over", "shop-1", [("kvass", "500", "40")], days=1))
    bench.add(RECEIPT, small.receipt("nothing", small.MAIN, [("nuts", "-187")], days=1))
    counts = bench.run_whole("stock").result
    zero = Decimal(0) if rules else None  # 1C tells no row of zero: a zero has to be listed
    assert (stock(bench).get(("1", "W4")), stock(bench).get(("1", "W3"))) == (zero, zero)
    assert counts["left_out"].get("отрицательный остаток", 0) == (0 if "negatives" in rules else 1)
    assert counts["added"] == added


def test_row_11_stock_of_a_warehouse_that_the_link_does_not_name_is_left_out_by_name(make: Make) -> None:
    bench = make(warehouses={small.MAIN: "1"})
    counts = bench.run_whole("stock").result
    assert {place for place, _ in stock(bench)} == {"1"}
    assert counts["left_out"] == {"склад не выгружается": 7}
    both = make(warehouses={small.MAIN: "1", small.CASH: "1"})
    both.run_whole("stock")
    assert stock(both)["1", "W3"] == Decimal("189.5") + Decimal("60.5")  # once each: the link says that they are one


def test_row_12_numbers_that_begin_anew_each_year_or_are_of_another_kind_do_not_clash(make: Make) -> None:
    bench = make(days=366)
    number = "ПД00-000017"
    for entity, name, days in ((SALE, "now", 1), (SALE, "last-year", 340), (RETURN, "back", 2)):
        document = small.sale(name, "shop-1", [("kvass", "1", "40")], days=days) | {"Number": number}
        bench.add(entity, document)
    bench.run_whole("shipments")
    assert {each for each in sold(bench) if each.endswith(number)} == {f"26-{number}", f"25-{number}", f"В26-{number}"}


def test_row_13_a_document_renumbered_or_redated_after_sending_leaves_nothing_of_its_old_identity(make: Make) -> None:
    bench = make()
    bench.run_whole("shipments")
    old = {f"26-{each['Number']}" for each in bench.doubles.onec.store.objects(SALE) if each["Ref_Key"] == ref("s-1")}
    assert old <= sold(bench)
    day = (NOW - timedelta(days=2)).isoformat()
    told(bench.doubles, SALE, ref("s-1"), Number="ПД00-777777", Date=day)
    bench.run_whole("shipments")
    assert not old & sold(bench)
    assert "26-ПД00-777777" in sold(bench)
    assert shipments_held(bench) == shipments_truth(bench)
    told(bench.doubles, SALE, ref("s-1"), Date=(NOW - timedelta(days=40)).isoformat())
    assert bench.run_whole("shipments").result["late"] == 1  # it left the window: told, and a wider one is offered


def test_row_14_shipments_of_the_future_go_only_where_the_link_says_so(make: Make) -> None:
    for rule, there in (("omit", False), ("send", True)):
        bench = make(shipments_future=rule)
        bench.add(SALE, small.sale("tomorrow", "shop-1", [("kvass", "1", "40")], days=-1) | {"Number": "ЗАВТРА"})
        counts = bench.run_whole("shipments").result
        assert ("26-ЗАВТРА" in sold(bench)) is there
        assert counts["left_out"].get("дата в будущем", 0) == (0 if there else 1)


def test_row_15_a_day_without_movement_is_a_fact_and_no_invented_row(make: Make) -> None:
    bench = make()
    bench.run_whole("shipments")
    days = {row["date"][:10] for row in bench.rows("shipments")}
    empty = set(bench.parcel("shipments").window["empty_days"])
    every = {(NOW.date() - timedelta(days=each)).isoformat() for each in range(15)}
    assert empty == every - days
    assert empty
    assert shipments_held(bench) == shipments_truth(bench)


def test_row_16_a_window_whose_second_part_fails_goes_again_from_its_first(make: Make) -> None:
    bench = make(cap_mib=0.0045)
    bench.run_whole("shipments")
    whole = shipments_held(bench)
    bench.doubles.crm.faults.arm("status", status=500, match="CRMDespatchEx", skip=1)
    ended = bench.run("shipments", "broken")
    assert isinstance(ended.result, MI1CError)
    assert shipments_held(bench) != whole  # the first part has deleted, the rest did not come
    bench.stage.settle()
    bench.run_whole("shipments", "broken")
    assert shipments_held(bench) == whole == shipments_truth(bench)


def test_row_18_an_expired_contract_blocks_its_outlets_where_the_link_says_so(make: Make) -> None:
    for wanted in (False, True):
        bench = make(block_expired=wanted)
        told(
            bench.doubles,
            "Catalog_ДоговорыКонтрагентов",
            ref("contract firm-1"),
            ДатаОкончанияДействия="2026-11-01T00:00:00",
        )
        bench.run_whole("outlets")
        banned = {row["address"] for row in bench.rows("bans")}
        assert banned == ({ref("shop-1"), ref("shop-2")} if wanted else set())
        bench.run_whole("orders")
        kinds = {reason["kind"] for reason in bench.order("CRM0001").reasons}
        assert kinds & {"blocked", "contract_expired"}  # in no case is an order made on a contract that has ended


def test_row_19_branches_of_one_inn_are_apart_and_an_outlet_goes_with_its_own_payer(make: Make) -> None:
    bench = make()
    inn = small.FIRMS["firm-1"][0]
    told(bench.doubles, "Catalog_Контрагенты", ref("firm-2"), ИНН=inn, КПП="520243099", Description="-")
    bench.run_whole("catalogs")
    bench.run_whole("outlets")
    rows = {row["address"]: row for row in bench.rows("outlets")}
    assert rows[ref("shop-1")]["company"] == ref("firm-1")
    assert rows[ref("shop-3")]["company"] == ref("firm-2")  # one INN, another branch: no merging by INN
    assert {row["tax_code"] for row in rows.values()} == {inn}
    assert len({(row["company"], row["address"]) for row in bench.rows("outlets")}) == len(small.OUTLETS)


def test_row_20_dictionaries_are_the_links_own(make: Make) -> None:
    bench = make(layout_values={"shipment_kind": {"return": "4"}}, statuses={"parked": "Ждёт"})
    bench.run_whole("shipments")
    kinds = {row["number"][0]: row["document_type"] for row in bench.rows("shipments")}
    assert (kinds["В"], kinds["2"]) == ("4", "CustInvoice")
    bench.run_whole("orders")
    assert {row["status"] for row in bench.rows("statuses")} == {"Transfered", "Ждёт"}
