"""Shipments: every line ends in one place, quantities are exact, prices are of their unit, documents keep their names."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.model import MICRO
from mappings.translate.shipments import Parties
from mappings.translate.targets import Target
from mappings.units import Factor
from tests.mappings.shipment_rows import PARTIES, TARGETS, Row, exact, hashes, run, sent


def test_a_line_of_a_sale() -> None:
    result = run(Row())
    assert sent(result) == [("26-000001", "B1", "ea", "2", "10")]
    assert sent(result, "document_type", "document_date", "outlet_code", "company_code", "their_warehouse") == [
        ("CustInvoice", "2026-11-20", "C1", "K1", "1")
    ]
    [parameters] = result.tables["parameters"].to_dict("records")
    assert (parameters["work_date"].date(), parameters["convert_clients"]) == (date(2026, 11, 10), 0)
    assert result.tables["outlets"].to_dict("records") == [
        {
            "their_outlet": "C1",
            "company_code": "K1",
            "outlet_code": "C1",
            "company_name": "ООО",
            "outlet_name": "Магазин",
            "address": "ул. Мира",
        }
    ]


def test_nothing_read_is_an_empty_window() -> None:
    result = run()
    assert sent(result) == []
    assert len(result.tables["parameters"]) == 1
    assert len(result.tables["outlets"]) == len(result.tables["documents"]) == 0
    assert (result.counts.read, result.counts.sent, result.totals["sent"]) == (0, 0, "0")


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (Row(deleted=True, posted=False), "помечен на удаление"),
        (Row(posted=False), "не проведён"),
        (Row(status="КПредоплате"), "ещё не отгружен"),
        (Row(day="2026-11-09"), "раньше окна"),
        (Row(day="2026-11-25"), "дата в будущем"),
        (Row(warehouse="defect"), "склад не выгружается"),
        (Row(quantity="0", price="0"), "нулевое количество"),
    ],
)
def test_what_a_rule_leaves_out_is_counted_under_its_name(row: Row, name: str) -> None:
    result = run(row, Row(document="d2", number="000002"))
    assert result.counts.left_out == {name: 1}
    assert sent(result) == [("26-000002", "B1", "ea", "2", "10")]
    assert len(result.set_aside) == 0


def test_today_is_no_future_and_the_first_day_is_in_the_window() -> None:
    edges = [Row(document=f"d{day}", number=day, day=f"2026-11-{day}") for day in ("10", "24", "25")]
    assert len(sent(run(*edges))) == 2
    assert len(sent(run(*edges, future="send"))) == 3


def test_the_lines_warehouse_comes_before_the_heads() -> None:
    rows = [Row(line_warehouse="van"), Row(good="keg", quantity="1"), Row(good="pack", line_warehouse="defect")]
    result = run(*rows)
    assert sent(result, "their_good", "their_warehouse") == [("B1", "2"), ("B2", "1")]
    assert result.counts.left_out == {"склад не выгружается": 1}


# -- what documents are called -----------------------------------------------------------------------------------------


def test_numbers_carry_year_and_kind() -> None:
    result = run(
        Row(day="2026-11-20"),
        Row(document="d2", number="000001", day="2026-11-11"),
        returns=[Row(document="r1")],
        fixes=[Row(document="k1", quantity="-1")],
    )
    assert result.counts.unmatched == {"номер документа повторяется": 2}
    assert [row[0] for row in sent(result)] == ["В26-000001", "К26-000001"]


def test_over_new_year_the_same_number_is_another_document() -> None:
    rows = [Row(day="2025-12-31"), Row(document="d2", day="2026-01-09")]
    window: dict[str, Any] = {"work_date": date(2025, 12, 27), "today": date(2026, 1, 10)}
    assert [row[0] for row in sent(run(*rows, **window))] == ["25-000001", "26-000001"]
    assert run(*rows, **window, year=False).counts.unmatched == {"номер документа повторяется": 2}


def test_documents_under_one_number_wait_both_and_are_named() -> None:
    result = run(Row(), Row(), returns=[Row(document="r1", good="keg")], prefixes={})
    assert sent(result) == []
    assert result.counts.unmatched == {"номер документа повторяется": 3}
    rows = result.set_aside[["kind", "our_id", "name", "reason"]].to_dict("records")
    assert {row["our_id"] for row in rows} == {"d1", "r1"}
    assert rows[0]["name"] == "000001 от 20.11.2026"


def test_a_double_that_does_not_leave_anyway_is_no_double() -> None:
    result = run(Row(), Row(document="d2", posted=False), Row(document="d3", good="nuts"))
    assert [row[0] for row in sent(result)] == ["26-000001"]


# -- outlets -----------------------------------------------------------------------------------------------------------


def test_an_unmatched_outlet_waits_or_goes_by_our_code() -> None:
    rows = [Row(outlet="new"), Row(document="d2", number="2", firm="other")]
    result = run(*rows)
    assert sent(result, "outlet_code", "company_code") == [("C1", "")]
    assert result.counts.unmatched == {"нет соответствия торговой точки": 1}
    [aside] = result.set_aside.to_dict("records")
    assert (aside["kind"], aside["our_id"], aside["name"]) == ("outlet", "new", "Новый")
    assert (aside["quantity"], aside["value"]) == (2 * MICRO, 20 * MICRO)
    ours = run(*rows, no_outlet="ours")
    assert sent(ours, "outlet_code", "company_code") == [("N-7", "F-1"), ("C1", "")]


def test_at_the_manufacturers_side_our_codes_travel() -> None:
    result = run(Row(outlet="new", firm="other"), Row(document="d2", number="2", outlet="unknown"), converts=True)
    assert sent(result, "outlet_code", "company_code") == [("N-7", "F-2"), ("unknown", "F-1")]
    assert result.tables["parameters"]["convert_clients"].tolist() == [1]
    assert result.tables["outlets"]["their_outlet"].tolist() == ["", ""]


def test_a_document_without_an_outlet_waits_on_either_side() -> None:
    for side in (True, False):
        assert run(Row(outlet=""), converts=side).counts.unmatched == {"нет соответствия торговой точки": 1}


def test_only_outlets_that_lines_name_travel_and_each_once() -> None:
    rows = [Row(), Row(document="d2", number="2"), Row(document="d3", number="3", outlet="new", good="nuts")]
    assert run(*rows, converts=True, parties=PARTIES).tables["outlets"]["outlet_code"].tolist() == ["shop"]
    assert run(Row(), parties=Parties()).counts.unmatched == {"нет соответствия торговой точки": 1}


# -- goods and orders --------------------------------------------------------------------------------------------------


def test_an_unmatched_good_waits_alone_or_with_its_document() -> None:
    rows = [Row(good="nuts", quantity="5", price="7"), Row(), Row(document="d2", number="2")]
    alone = run(*rows)
    assert [row[0] for row in sent(alone)] == ["26-000001", "26-2"]
    assert alone.counts.unmatched == {"нет соответствия товара": 1}
    [aside] = alone.set_aside.to_dict("records")
    assert (aside["name"], aside["quantity"], aside["value"]) == ("Орехи", 5 * MICRO, 35 * MICRO)
    together = run(*rows, unmatched="document")
    assert [row[0] for row in sent(together)] == ["26-2"]
    assert together.counts.unmatched == {"нет соответствия товара": 1, "документ ждёт другую строку": 1}


def test_what_waits_is_listed_by_the_sum_of_its_lines() -> None:
    result = run(
        Row(good="cheap", quantity="100", price="1"),
        Row(good="dear", quantity="1", price="500"),
        returns=[Row(document="r1", good="cheap", quantity="450", price="1")],
        without_unit={"dear": "Сопоставьте единицу."},
    )
    assert result.set_aside["our_id"].tolist() == ["cheap", "dear"]
    assert result.set_aside["value"].tolist() == [550 * MICRO, 500 * MICRO]
    assert result.set_aside["said"].tolist()[1] == "Сопоставьте единицу."
    assert result.counts.unmatched == {"нет соответствия товара": 2, "нет соответствия единицы": 1}


def test_orders_are_named_by_the_lines_own_then_the_heads() -> None:
    orders = {"o1": ("M-1", datetime(2026, 11, 18, 12, 30)), "o2": ("M-2", None)}  # noqa: DTZ001 - a wall clock
    rows = [
        Row(order="o1", head_order="o2"),
        Row(good="keg", quantity="1", head_order="o2"),
        Row(good="pack", order="x"),
    ]
    assert sent(run(*rows, orders=orders), "their_good", "order_number", "order_date") == [
        ("B1", "M-1", "2026-11-18"),
        ("B2", "M-2", ""),
        ("B3", "", ""),
    ]


def test_lines_of_one_good_merge_only_at_equal_price_after_conversion() -> None:
    rows = [Row(quantity="1"), Row(good="beer2", quantity="2"), Row(quantity="4", price="9"), Row(quantity="8")]
    result = run(*rows)
    assert sent(result) == [("26-000001", "B1", "ea", "11", "10"), ("26-000001", "B1", "ea", "4", "9")]
    assert (result.counts.sent, result.counts.lines) == (4, 2)


@pytest.mark.parametrize("apart", [{"line_warehouse": "van"}, {"order": "o1"}, {"document": "d2", "number": "2"}])
def test_lines_that_differ_in_what_is_sent_of_them_stay_apart(apart: dict[str, str]) -> None:
    assert len(sent(run(Row(), Row(**apart), orders={"o1": ("M-1", None)}))) == 2  # type: ignore[arg-type]  # texts only


def test_orders_that_nothing_is_known_of_do_not_keep_lines_apart() -> None:
    assert [row[3] for row in sent(run(Row(order="x"), Row(order="y"), Row()))] == ["6"]


def test_thirds_are_rounded_once_after_the_sum() -> None:
    third = {name: Target("B1", "box", Factor(1, 3)) for name in "abc"}
    rows = [Row(good=name, quantity="1", price="1") for name in "abc"]
    result = run(*rows, targets=third)
    assert sent(result) == [("26-000001", "B1", "box", "1", "3")]
    assert result.totals["rounding"] == "0.000000000"


# -- signs and totals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [1, -1])
def test_the_sign_of_returns_and_corrections_is_the_links(sign: int) -> None:
    signs = {"return": sign, "correction": sign}
    result = run(
        returns=[Row(document="r1", quantity="3")],
        fixes=[Row(document="k1", quantity="-2"), Row(document="k1", good="keg", quantity="5")],
        signs=signs,
    )
    assert sent(result, "document_type", "quantity") == [
        ("CustReturn", str(3 * sign)),
        ("CustFix", str(-2 * sign)),
        ("CustFix", str(150 * sign)),
    ]
    assert {row[4] for row in sent(result)} == {"10", "0.33333"}
    assert result.totals["amount_sent"] == str((30 - 20 + 50) * sign)
    documents = result.tables["documents"].set_index("document")
    assert documents.loc["r1", "amount"] == -30 * MICRO
    assert documents.loc["k1", "amount"] == 30 * MICRO


def test_totals_say_what_was_read_converted_and_sent() -> None:
    result = run(Row(good="pack", quantity="7", price="2"), Row(good="nuts", quantity="5"), Row(quantity="1"))
    assert result.totals == {
        "read": "13",
        "kept": "8",
        "converted": "1.583333",
        "sent": "1.583333",
        "rounding": "-0.000000333",
        "amount_read": "74",
        "amount_sent": "24",
    }


# -- fingerprints ------------------------------------------------------------------------------------------------------

BASE = (Row(), Row(good="keg", quantity="1"), Row(document="d2", number="2"))


def test_the_same_documents_have_the_same_hash_in_whatever_order_and_company() -> None:
    whole = hashes(run(*BASE))
    assert hashes(run(*reversed(BASE))) == whole
    assert hashes(run(BASE[2], Row(document="d0", number="0", good="pack"), *BASE[:2])).items() >= whole.items()
    assert hashes(run(*BASE, targets=dict(reversed(TARGETS.items())))) == whole


@pytest.mark.parametrize(
    "changed",
    [
        {"quantity": "3"},
        {"price": "11"},
        {"good": "pack"},
        {"day": "2026-11-21"},
        {"number": "7"},
        {"outlet": "new"},
        {"line_warehouse": "van"},
        {"order": "o1"},
    ],
)
def test_whatever_is_sent_of_a_document_changes_its_hash(changed: dict[str, str]) -> None:
    more: dict[str, Any] = {"orders": {"o1": ("M-1", None)}, "no_outlet": "ours"}
    before, after = hashes(run(Row(), **more)), hashes(run(Row(**changed), **more))  # type: ignore[arg-type]  # texts only
    assert before["d1"] != after["d1"]


def test_what_is_not_sent_does_not() -> None:
    before = hashes(run(Row()))
    assert hashes(run(Row(version="v2", status="Отгружено"), Row(good="nuts"))) == before


# -- invariants --------------------------------------------------------------------------------------------------------

GOODS = {
    "a": Target("A", "u", Factor(1, 12)),
    "b": Target("A", "u", Factor(1, 7)),
    "c": Target("B", "u", Factor(30)),
    "d": Target("C", "u"),
}
NUMBERS = st.decimals(min_value=-1000, max_value=1000, places=3)
ROWS = st.lists(
    st.builds(
        Row,
        document=st.sampled_from(["d1", "d2", "d3"]),
        good=st.sampled_from([*GOODS, "none"]),
        quantity=NUMBERS.map(str),
        price=st.decimals(min_value="0.01", max_value=999, places=2).map(str),
        line_warehouse=st.sampled_from(["", "van", "defect"]),
    ).map(lambda row: Row(**{**row.__dict__, "number": row.document, "posted": row.document != "d3"})),
    max_size=30,
)


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_quantities_are_the_exact_sums_and_every_row_is_accounted_for(rows: list[Row]) -> None:
    """Against fractions, row by row: sums by document, good and warehouse, each line rounded once."""
    result = run(*rows, targets=GOODS)
    due: dict[tuple[str, ...], Fraction] = {}
    for row in rows:
        if not row.posted or row.good not in GOODS or row.line_warehouse == "defect" or not Decimal(row.quantity):
            continue
        place = "2" if row.line_warehouse else "1"
        key = (f"26-{row.document}", GOODS[row.good].their_good, place)
        due[key] = due.get(key, Fraction(0)) + exact(row, GOODS)
    there: dict[tuple[str, ...], Fraction] = {}
    for number, good, place, quantity in sent(result, "document_number", "their_good", "their_warehouse", "quantity"):
        there[number, good, place] = there.get((number, good, place), Fraction(0)) + Fraction(quantity)
    half = Fraction(len(rows) + 1, 2 * MICRO)
    assert there.keys() == due.keys()
    assert all(abs(there[key] - whole) <= half for key, whole in due.items())
    counts = result.counts
    assert counts.read == len(rows) == counts.sent + sum(counts.left_out.values()) + sum(counts.unmatched.values())


@settings(deadline=None, max_examples=40)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(rows: list[Row], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = run(*rows, targets=GOODS), run(*shuffled, targets=GOODS)
    assert Counter(sent(one)) == Counter(sent(other))
    assert hashes(one) == hashes(other)
    assert (one.totals, one.counts.as_json()) == (other.totals, other.counts.as_json())


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_no_two_lines_could_have_been_merged(rows: list[Row]) -> None:
    lines = sent(run(*rows, targets=GOODS), "document_number", "their_good", "their_unit", "their_warehouse", "price")
    assert len(lines) == len(set(lines))
