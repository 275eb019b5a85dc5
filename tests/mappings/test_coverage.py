"""How much of the stock is matched: by goods and by value, exactly, with nothing counted twice."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.model import MICRO
from mappings.translate.coverage import Coverage, coverage
from mappings.translate.targets import Target, Targets


def stock(*rows: tuple[str, str, int]) -> pd.DataFrame:
    """Return balances: warehouse, good, quantity in whole units."""
    frame = pd.DataFrame(rows, columns=["our_warehouse", "our_good", "quantity"])
    frame["quantity"] = frame["quantity"].astype("int64") * MICRO
    return frame.astype({"our_warehouse": "category", "our_good": "category"})


def weighed(frame: pd.DataFrame, matched: tuple[str, ...] = (), **more: Any) -> Coverage:
    targets = Targets.of({good: Target("T", "ea") for good in matched}, more.pop("without_unit", {}))
    prices = {good: price * MICRO for good, price in more.pop("prices", {}).items()}
    return coverage(frame, warehouses=["w"], targets=targets, prices=prices, **more)


def test_shares_by_count_and_by_value_differ() -> None:
    found = weighed(stock(("w", "a", 10), ("w", "b", 1)), ("b",), prices={"a": 1, "b": 90})
    assert (found.goods, found.matched, found.count_share, found.value_share) == (2, 1, 50.0, 90.0)
    assert (found.value, found.matched_value) == (100 * MICRO, 90 * MICRO)


def test_other_warehouses_and_what_is_not_there_do_not_count() -> None:
    found = weighed(stock(("w", "a", 1), ("x", "b", 1), ("w", "c", 0), ("w", "d", -5)), ("a",), prices={"a": 1})
    assert (found.goods, found.matched, found.value_share) == (1, 1, 100.0)


def test_a_good_without_a_unit_is_told_apart_from_one_without_a_pair() -> None:
    found = weighed(stock(("w", "a", 1), ("w", "b", 1)), without_unit={"a": "нет единицы"})
    assert (found.no_good, found.no_unit, found.count_share) == (1, 1, 0.0)


def test_goods_that_have_no_pair_on_purpose_stand_aside() -> None:
    found = weighed(stock(("w", "a", 1), ("w", "b", 9)), ("a",), prices={"a": 1, "b": 1}, foreign={"b"})
    assert (found.goods, found.foreign, found.count_share, found.value_share) == (1, 1, 100.0, 100.0)


def test_without_any_price_the_share_of_goods_stands_for_the_value() -> None:
    found = weighed(stock(("w", "a", 1), ("w", "b", 1)), ("a",))
    assert (found.unpriced, found.value_share) == (2, 50.0)


def test_nothing_at_all_is_nothing_matched() -> None:
    assert (Coverage().count_share, Coverage().value_share) == (0.0, 0.0)


@pytest.mark.parametrize(("matched", "share"), [(9999, 99.99), (99_999, 99.99), (100_000, 100.0)])
def test_a_share_is_rounded_down(matched: int, share: float) -> None:
    """99.999 % is not yet a hundred."""
    whole = 10_000 if matched == 9999 else 100_000
    assert Coverage(goods=whole, matched=matched).count_share == share


ROWS = st.lists(st.tuples(st.sampled_from(["w", "x"]), st.sampled_from("abcdef"), st.integers(-3, 50)), max_size=30)


@given(
    rows=ROWS,
    matched=st.sets(st.sampled_from("abc")),
    prices=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 99)),
)
def test_goods_and_values_add_up(rows: list[tuple[str, str, int]], matched: set[str], prices: dict[str, int]) -> None:
    found = weighed(stock(*rows), tuple(matched), prices=prices)
    assert found.goods == found.matched + found.no_good + found.no_unit
    exact: dict[str, int] = {}
    for warehouse, good, quantity in rows:
        if warehouse == "w" and quantity > 0:
            exact[good] = exact.get(good, 0) + quantity
    assert found.value == sum(quantity * prices.get(good, 0) for good, quantity in exact.items()) * MICRO
    assert 0 <= found.matched_value <= found.value
