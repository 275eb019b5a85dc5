"""Stock by batch: the batches of a good are its balance, whatever the factor, the signs and the rules."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.model import MICRO
from mappings.translate import stock
from mappings.translate.batches import Batch, Rules, netted, translate
from mappings.translate.stock import StockRules
from mappings.translate.targets import Target, Targets
from mappings.units import Factor

if TYPE_CHECKING:
    from mappings.translate.result import Translation

ON = date(2026, 11, 24)
OLD, FRESH = datetime(2026, 12, 1), datetime(2027, 3, 1)  # noqa: DTZ001 - 1C's dates have no zone
BATCHES = pd.DataFrame(
    {
        "batch": ["old", "fresh"],
        "batch_number": ["П-1", "П-2"],
        "made": pd.Series([None, "2026-09-01"], dtype="datetime64[s]"),
        "expires": pd.Series([OLD, FRESH], dtype="datetime64[s]"),
    }
)
TARGETS = Targets.of(
    {
        "beer": Target("100", "ea"),
        "twin": Target("100", "ea"),
        "cider": Target("200", "box", Factor(1, 12)),
        "kvass": Target("300", "l", Factor(1, 3)),
    },
    {"odd": "Сопоставьте единицу."},
)
Line = tuple[str, str, str, float]
"""Warehouse, good, batch and quantity in whole units."""


def frame(*lines: Line) -> pd.DataFrame:
    rows = [(warehouse, good, batch, round(quantity * MICRO), 0) for warehouse, good, batch, quantity in lines]
    made = pd.DataFrame(rows, columns=["our_warehouse", "our_good", "batch", "quantity", "reserved"])
    return made.astype({"our_warehouse": "category", "our_good": "category", "batch": "category"})


def by_batch(balances: pd.DataFrame, batches: pd.DataFrame = BATCHES, **rules: Any) -> Translation:
    where = {"main": "1", "shop": "2"}
    whole = Rules(where, TARGETS, StockRules(**rules))
    return translate(balances, batches=batches, rules=whole, named=lambda _: {}, on=ON)


def plain(balances: pd.DataFrame, **rules: Any) -> Translation:
    """Translate the same balances without batches."""
    names = ["our_warehouse", "our_good"]
    summed = balances.groupby(names, observed=True, as_index=False)[["quantity", "reserved"]].sum()
    where = {"main": "1", "shop": "2"}
    whole = StockRules(**rules)
    return stock.translate(summed, warehouses=where, targets=TARGETS, named=lambda _: {}, rules=whole, on=ON)


def lines(found: Translation) -> list[tuple[str, str, str, float, str]]:
    rows = found.tables["lines"]
    columns = (rows[name] for name in ("their_warehouse", "their_good", "their_unit", "batch_number"))
    sums = rows["quantity"] / MICRO
    return [
        (warehouse, good, unit, quantity, number)
        for warehouse, good, unit, number, quantity in zip(*columns, sums, strict=True)
    ]


def sums(found: Translation) -> dict[tuple[str, str, str], int]:
    summed: Counter[tuple[str, str, str]] = Counter()
    frame = found.tables["lines"]
    keys = zip(frame["their_warehouse"], frame["their_good"], frame["their_unit"], strict=True)
    for key, quantity in zip(keys, frame["quantity"], strict=True):
        summed[key] += int(quantity)
    return dict(summed)


def test_each_batch_is_a_line_with_its_number_and_dates() -> None:
    found = by_batch(frame(("main", "beer", "fresh", 5), ("main", "beer", "old", 7.5), ("main", "beer", "", 1)))
    assert lines(found) == [("1", "100", "ea", 7.5, "П-1"), ("1", "100", "ea", 5, "П-2"), ("1", "100", "ea", 1, "")]
    row = found.tables["lines"].iloc[1]
    assert (row["expires"], row["made"]) == (pd.Timestamp(FRESH), pd.Timestamp(2026, 9, 1))
    assert pd.isna(found.tables["lines"].iloc[0]["made"])
    assert set(found.tables["lines"]["date"]) == {pd.Timestamp(ON)}
    assert found.counts.sent == found.counts.read == 3


def test_the_same_batch_of_goods_on_one_code_is_summed() -> None:
    found = by_batch(frame(("main", "beer", "old", 1), ("main", "twin", "old", 2), ("shop", "twin", "old", 4)))
    assert lines(found) == [("1", "100", "ea", 3, "П-1"), ("2", "100", "ea", 4, "П-1")]


def test_a_batch_below_zero_is_taken_off_what_expires_first() -> None:
    found = by_batch(frame(("main", "beer", "old", 5), ("main", "beer", "fresh", 9), ("main", "beer", "", -7)))
    assert lines(found) == [("1", "100", "ea", 7, "П-2")]
    assert found.counts.sent == 3


def test_a_balance_below_zero_follows_the_links_rule() -> None:
    below = frame(("main", "beer", "old", 5), ("main", "beer", "fresh", -9))
    assert lines(by_batch(below)) == []
    assert by_batch(below).counts.left_out == {"отрицательный остаток": 2}
    assert lines(by_batch(below, negatives="zero")) == [("1", "100", "ea", 0, "")]
    assert lines(by_batch(below, negatives="send")) == [("1", "100", "ea", -4, "П-2")]


def test_batches_that_cancel_out_are_a_zero_balance() -> None:
    even = frame(("main", "beer", "old", 5), ("main", "beer", "fresh", -5))
    assert by_batch(even).counts.left_out == {"нулевой остаток": 2}
    assert lines(by_batch(even, zeros="send")) == [("1", "100", "ea", 0, "")]


def test_every_row_ends_somewhere() -> None:
    balances = frame(
        ("main", "beer", "old", 1), ("other", "beer", "old", 1), ("main", "odd", "old", 2), ("main", "new", "fresh", 3)
    )
    found = by_batch(balances)
    assert found.counts.left_out == {"склад не выгружается": 1}
    assert found.counts.unmatched == {"нет соответствия товара": 1, "нет соответствия единицы": 1}
    assert dict(zip(found.set_aside["our_id"], found.set_aside["quantity"], strict=True)) == {
        "new": 3 * MICRO,
        "odd": 2 * MICRO,
    }


def test_a_batch_that_the_catalog_lacks_goes_without_number_and_is_counted() -> None:
    found = by_batch(frame(("main", "beer", "lost", 1)))
    assert lines(found) == [("1", "100", "ea", 1, "")]
    assert found.totals["unknown batches"] == "1"
    assert "unknown batches" not in by_batch(frame(("main", "beer", "", 1))).totals


def test_balances_may_tell_number_and_dates_themselves() -> None:
    balances = frame(("main", "beer", "x", 1)).assign(batch_number=["Ж-9"])
    assert lines(by_batch(balances, batches=balances)) == [("1", "100", "ea", 1, "Ж-9")]


def test_listed_zeros_stand_in_every_warehouse() -> None:
    found = by_batch(frame(("main", "beer", "old", 1)), zeros="listed")
    assert found.counts.added == 5
    assert sums(found) == sums(plain(frame(("main", "beer", "old", 1)), zeros="listed"))


def test_what_is_reserved_is_taken_off_its_batch() -> None:
    balances = frame(("main", "beer", "old", 5), ("main", "beer", "fresh", 5)).assign(reserved=[2 * MICRO, 0])
    assert lines(by_batch(balances, reserved="subtract")) == [
        ("1", "100", "ea", 3, "П-1"),
        ("1", "100", "ea", 5, "П-2"),
    ]


def test_thirds_do_not_add_up_to_more_than_the_whole() -> None:
    """Three batches of one each are one of theirs in thirds: 0.333333 + 0.333334 + 0.333333."""
    found = by_batch(frame(("main", "kvass", "old", 1), ("main", "kvass", "fresh", 1), ("main", "kvass", "", 1)))
    assert sums(found) == {("1", "300", "l"): MICRO}
    assert sorted(found.tables["lines"]["quantity"]) == [333333, 333333, 333334]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["main", "shop", "other"]),
            st.sampled_from(["beer", "twin", "cider", "kvass", "odd", "new"]),
            st.sampled_from(["old", "fresh", ""]),
            st.integers(-20_000, 60_000).map(lambda thousandths: thousandths / 1000),
        ),
        unique_by=lambda line: line[:3],
    ),
    st.sampled_from(["omit", "send", "listed"]),
    st.sampled_from(["omit", "zero", "send"]),
)
def test_the_sums_are_those_of_the_stock_without_batches(balances: list[Line], zeros: str, negatives: str) -> None:
    read = frame(*balances)
    found, whole = by_batch(read, zeros=zeros, negatives=negatives), plain(read, zeros=zeros, negatives=negatives)
    assert sums(found) == sums(whole)
    assert found.totals["sent"] == whole.totals["sent"]
    assert found.counts.read == len(read)


@given(
    st.dictionaries(st.sampled_from([Batch("a"), Batch("b", None, OLD), Batch("c", None, FRESH)]), st.integers(-9, 9))
)
def test_netting_keeps_the_sum_and_one_sign(parts: dict[Batch, int]) -> None:
    found = netted(parts)
    assert sum(found.values()) == sum(parts.values())
    assert all(each > 0 for each in found.values()) or all(each < 0 for each in found.values())


@pytest.mark.parametrize("rule", ["include", "subtract"])
def test_nothing_read_is_nothing_sent(rule: str) -> None:
    found = by_batch(frame(), reserved=rule)
    assert (found.counts.read, len(found.tables["lines"]), found.totals["sent"]) == (0, 0, "0")
