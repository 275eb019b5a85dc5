"""Orders out of decoded frames, their content as JSON and its hash; documents compared with what 1C made of them."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.orders import changed_lines, content_hash
from mappings.layouts.layout import load_layout
from mappings.model import EMPTY_REF, MICRO, Exchange
from mappings.translate.order_document import differences, number
from mappings.translate.order_values import NO_NUMBER, ORPHAN, Line, Order, read_orders

SCHEME = load_layout("monolit").scheme(Exchange.ORDERS)
WHEN = datetime(2026, 11, 20, 10, 15)  # noqa: DTZ001 - the service's wall clock

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)
moments = st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001 - as above
micros = st.integers(-(10**15), 10**15)
lines = st.builds(Line, st.integers(1, 99), texts, texts, micros, micros)
orders = st.builds(
    Order, texts, moments, moments, *[texts] * 9, micros, st.lists(lines, max_size=4).map(tuple),
    st.lists(st.tuples(texts, texts, texts), max_size=3).map(tuple),
)  # fmt: skip


@given(orders)
def test_an_order_comes_back_from_the_ledger_as_it_was(order: Order) -> None:
    stored = json.loads(json.dumps(order.as_json(), ensure_ascii=False))
    assert Order.from_json(stored) == order
    assert content_hash(stored) == order.hash


@given(orders, orders)
def test_the_hash_tells_orders_apart(one: Order, other: Order) -> None:
    assert (one.hash == other.hash) is (one == other)


def frames(
    heads: list[str],
    lines_: list[tuple[int, str, int]],
    options: list[tuple[int, str, str]] = [],  # noqa: B006 - never changed
) -> dict[str, pd.DataFrame]:
    """Return decoded frames: lines are (row of their head or -1, number of the order, line)."""
    moments_ = pd.Series([pd.Timestamp(WHEN).as_unit("s")] * len(heads), dtype="datetime64[s]")
    empty = dict.fromkeys(
        ("outlet_code", "company_code", "their_outlet", "pay_kind", "their_warehouse", "warehouse_code", "agent", "price_type", "kind"),
        "",
    )  # fmt: skip
    head = pd.DataFrame({"number": heads, "date": moments_, "wanted": moments_, "amount": 5 * MICRO, **empty})
    line = pd.DataFrame(
        {
            "head": [each[0] for each in lines_],
            "number": [each[1] for each in lines_],
            "line": [each[2] for each in lines_],
            "good_code": "CRMW1",
            "their_unit": "ea",
            "price": MICRO,
            "quantity": MICRO,
        }
    )
    option = pd.DataFrame(
        {
            "head": [each[0] for each in options],
            "number": [each[1] for each in options],
            "option": "Comment",
            "option_name": "",
            "value": [each[2] for each in options],
        }
    )
    return {"CRMOrder": head, "CRMOrderLine": line, "CRMOrderOption": option}


def test_details_find_their_heads() -> None:
    came = read_orders(frames(["A", "B"], [(1, "B", 1), (0, "A", 1), (0, "A", 2)], [(1, "B", "до 12")]), SCHEME)
    assert [(order.number, len(order.lines)) for order in came.orders] == [("A", 2), ("B", 1)]
    assert [order.option("Comment") for order in came.orders] == ["", "до 12"]
    assert came.orders[0].date == WHEN
    assert (came.heads, came.repeated, came.refused, came.torn) == (2, 0, {}, {})


def test_details_that_are_tied_by_number_alone_find_theirs_too() -> None:
    came = read_orders(frames(["A", "B"], [(-1, "B", 1), (-1, "A", 1)]), SCHEME)
    assert [len(order.lines) for order in came.orders] == [1, 1]


def test_what_belongs_to_nothing_is_counted() -> None:
    came = read_orders(frames(["A", " "], [(0, "A", 1), (-1, "Z", 1), (-1, "Z", 2)]), SCHEME)
    assert [order.number for order in came.orders] == ["A"]
    assert came.refused == {NO_NUMBER: 1, ORPHAN: 2}


def test_an_order_that_comes_twice_is_one_unless_it_contradicts_itself() -> None:
    same = read_orders(frames(["A", "A"], [(0, "A", 1), (1, "A", 1)]), SCHEME)
    assert (len(same.orders), same.repeated, same.torn) == (1, 1, {})
    other = read_orders(frames(["A", "A", "B"], [(0, "A", 1), (1, "A", 2), (2, "B", 1)]), SCHEME)
    assert [order.number for order in other.orders] == ["B"]
    assert {number_: len(versions) for number_, versions in other.torn.items()} == {"A": 2}


def test_a_layout_without_a_column_leaves_it_empty() -> None:
    tables = frames(["A"], [(0, "A", 1)])
    tables["CRMOrder"] = tables["CRMOrder"].drop(columns=["kind", "wanted", "amount"])
    (order,) = read_orders(tables, SCHEME).orders
    assert (order.kind, order.wanted, order.amount) == ("", None, 0)


def test_changed_lines_are_those_that_differ() -> None:
    before = {"lines": [{"line": 1, "q": 1}, {"line": 2, "q": 1}, {"line": 3, "q": 1}]}
    after = {"lines": [{"line": 1, "q": 1}, {"line": 2, "q": 2}, {"line": 4, "q": 1}]}
    assert changed_lines(before, after) == {2, 3, 4}


SAME: list[tuple[Any, Any]] = [
    (Decimal("10.5"), 10.5), (Decimal(3), "3"), (Decimal("0.1"), 0.1), (True, True), (EMPTY_REF, EMPTY_REF.upper()),
    (WHEN, "2026-11-20T10:15:00"), ("", None), ("код", "код   "), (Decimal(24), 24),
]  # fmt: skip
OTHER: list[tuple[Any, Any]] = [
    (Decimal("10.5"), 10.4), (Decimal(1), None), (True, "true"), ("длинный текст", "длинный"), (WHEN, "2026-11-20T00:00:00"),
    (Decimal(1), "x"), (False, True), (Decimal(0), ""),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "found"), SAME)
def test_what_1c_writes_otherwise_is_the_same(sent: Any, found: Any) -> None:
    assert differences({"A": sent, "Т": []}, {"A": found, "Т": []}, "Т") == []


@pytest.mark.parametrize(("sent", "found"), OTHER)
def test_what_1c_has_made_of_it_is_seen(sent: Any, found: Any) -> None:
    (told,) = differences({"A": sent, "Т": []}, {"A": found, "Т": []}, "Т")
    assert told.startswith("A: записано")


def test_lines_are_compared_one_by_one() -> None:
    sent = {"Т": [{"К": Decimal(1)}, {"К": Decimal(2)}]}
    assert differences(sent, {"Т": [{"К": 1}, {"К": 2}]}, "Т") == []
    assert differences(sent, {"Т": [{"К": 1}, {"К": 3}]}, "Т") == ["Т[2].К: записано «2», в 1С «3»"]
    assert differences(sent, {"Т": [{"К": 1}]}, "Т") == ["строк 1 вместо 2"]
    assert len(differences(sent, {}, "Т")) == 1


@given(micros)
def test_numbers_are_written_exactly(micro: int) -> None:
    assert number(micro) * MICRO == micro
