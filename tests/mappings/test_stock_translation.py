"""Stock: every row ends in one place, sums are exact, and the rules apply in their order."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.model import MICRO
from mappings.translate.stock import Named, StockRules, micro_text, translate
from mappings.translate.targets import Target, Targets, resolve
from mappings.units import Factor

if TYPE_CHECKING:
    from mappings.translate.result import Translation

DAY = date(2026, 11, 24)


def balances(*rows: tuple[str, str, str | int] | tuple[str, str, str | int, str | int]) -> pd.DataFrame:
    """Return balances from (warehouse, good, quantity[, reserved]) with decimals as text."""

    def micro(value: str | int) -> int:
        return int(Decimal(value) * MICRO)

    return pd.DataFrame(
        {
            "our_warehouse": pd.Categorical([row[0] for row in rows]),
            "our_good": pd.Categorical([row[1] for row in rows]),
            "quantity": pd.array([micro(row[2]) for row in rows], dtype="int64"),
            "reserved": pd.array([micro(row[3]) if len(row) > 3 else 0 for row in rows], dtype="int64"),
        }
    )


def sent(translation: Translation) -> dict[tuple[str, str, str], str]:
    """Return what leaves: (warehouse, good, unit) → decimal text."""
    lines = translation.tables["lines"]
    keys = zip(lines["their_warehouse"], lines["their_good"], lines["their_unit"], strict=True)
    return {key: micro_text(int(q)) for key, q in zip(keys, lines["quantity"], strict=True)}


def run(
    frame: pd.DataFrame, targets: dict[str, Target], rules: StockRules | None = None, **more: dict[str, str]
) -> Translation:
    """Translate with warehouses «main» → 1 and «van» → 2 unless told otherwise."""
    return translate(
        frame,
        warehouses=more.get("warehouses", {"main": "1", "van": "2"}),
        targets=Targets.of(targets, more.get("goods_without_unit")),
        named=lambda _: {"beer": Named("Пиво", 50 * MICRO), "chips": Named("Чипсы", 10 * MICRO)},
        rules=rules or StockRules(),
        on=DAY,
    )


BEER = {"beer": Target("B1", "ea", Factor())}


def test_ten_goods_on_one_code_are_summed_to_the_last_digit() -> None:
    frame = balances(*[("main", f"g{i}", "0.1") for i in range(10)])
    result = run(frame, {f"g{i}": Target("B1", "l", Factor()) for i in range(10)})
    assert sent(result) == {("1", "B1", "l"): "1"}
    assert result.totals == {"read": "1", "converted": "1", "sent": "1", "rounding": "0.000000000"}


def test_thirds_are_rounded_once_after_the_sum() -> None:
    frame = balances(("main", "a", 1), ("main", "b", 1), ("main", "c", 1), ("van", "a", 1))
    third = {name: Target("B1", "box", Factor(1, 3)) for name in "abc"}
    assert sent(run(frame, third)) == {("1", "B1", "box"): "1", ("2", "B1", "box"): "0.333333"}


def test_factors_of_different_denominators_meet_exactly() -> None:
    frame = balances(("main", "a", 1), ("main", "b", 1))
    mixed = {"a": Target("B1", "box", Factor(1, 12)), "b": Target("B1", "box", Factor(1, 24))}
    assert sent(run(frame, mixed)) == {("1", "B1", "box"): "0.125"}


def test_a_warehouse_the_link_does_not_name_is_left_out_by_rule() -> None:
    result = run(balances(("defect", "beer", 5), ("main", "beer", 2)), BEER)
    assert result.counts.left_out == {"склад не выгружается": 1}
    assert sent(result) == {("1", "B1", "ea"): "2"}


def test_two_warehouses_of_ours_may_be_one_of_theirs() -> None:
    frame = balances(("main", "beer", 2), ("van", "beer", 3))
    assert sent(run(frame, BEER, warehouses={"main": "1", "van": "1"})) == {("1", "B1", "ea"): "5"}


@pytest.mark.parametrize(
    ("rules", "expected", "left_out"),
    [
        (StockRules(), {("1", "B1", "ea"): "7"}, {"нулевой остаток": 1, "отрицательный остаток": 1}),
        (StockRules(zeros="send"), {("1", "B1", "ea"): "7", ("2", "B1", "ea"): "0"}, {"отрицательный остаток": 1}),
        (StockRules(negatives="send"), {("1", "B1", "ea"): "5"}, {"нулевой остаток": 1}),
        (StockRules(negatives="zero"), {("1", "B1", "ea"): "7"}, {"нулевой остаток": 1}),
    ],
)
def test_zero_and_negative_rows_end_by_the_links_rule(
    rules: StockRules, expected: dict[tuple[str, str, str], str], left_out: dict[str, int]
) -> None:
    both = BEER | {"beer2": Target("B1", "ea", Factor())}
    result = run(balances(("main", "beer", 7), ("main", "beer2", -2), ("van", "beer", 0)), both, rules)
    assert sent(result) == expected
    assert result.counts.left_out == left_out


def test_listed_zeros_give_every_matched_good_a_line_in_every_warehouse() -> None:
    frame = balances(("main", "beer", 7), ("van", "kvass", 1))
    targets = BEER | {"kvass": Target("K1", "ea", Factor())}
    result = run(frame, targets, StockRules(zeros="listed"))
    expected = {("1", "B1", "ea"): "7", ("1", "K1", "ea"): "0", ("2", "B1", "ea"): "0", ("2", "K1", "ea"): "1"}
    assert sent(result) == expected
    assert result.counts.added == 2


def test_reserved_stock_is_taken_off_where_the_link_says_so() -> None:
    frame = balances(("main", "beer", 7, 3))
    assert sent(run(frame, BEER)) == {("1", "B1", "ea"): "7"}
    assert sent(run(frame, BEER, StockRules(reserved="subtract"))) == {("1", "B1", "ea"): "4"}


def test_what_is_unmatched_is_listed_by_value_and_never_sent() -> None:
    frame = balances(("main", "beer", 1), ("main", "chips", 2), ("van", "chips", 1), ("main", "nuts", 500))
    result = run(frame, {}, goods_without_unit={"beer": "Единица «кег» не сопоставлена."})
    assert sent(result) == {}
    assert result.counts.unmatched == {"нет соответствия товара": 3, "нет соответствия единицы": 1}
    rows = result.set_aside[["our_id", "quantity", "value"]].to_dict("records")
    assert rows == [
        {"our_id": "beer", "quantity": MICRO, "value": 50 * MICRO},
        {"our_id": "chips", "quantity": 3 * MICRO, "value": 30 * MICRO},
        {"our_id": "nuts", "quantity": 500 * MICRO, "value": 0},
    ]


def test_an_empty_base_sends_nothing_and_adds_up() -> None:
    result = run(balances(), BEER)
    assert (result.counts.read, result.counts.sent, len(result.tables["heads"])) == (0, 0, 0)


def test_quantities_too_large_for_int64_products_stay_exact() -> None:
    frame = balances(("main", "beer", 8_999_999_999))
    with pytest.raises(OverflowError):
        run(frame, {"beer": Target("B1", "l", Factor(10**9))})
    targets = {"beer": Target("B1", "l", Factor(1_000_003, 7)), "beer2": Target("B1", "l", Factor(1, 1_000_003))}
    result = run(balances(("main", "beer", 8_999), ("main", "beer2", 8_999)), targets)
    exact = Fraction(8_999 * 1_000_003, 7) + Fraction(8_999, 1_000_003)
    assert int(result.tables["lines"]["quantity"].sum()) == round(exact * MICRO)


QUANTITIES = st.decimals(min_value=-10_000, max_value=10_000, places=3)
FACTORS = st.builds(Factor, st.integers(1, 50), st.sampled_from([1, 2, 3, 6, 7, 12, 20, 24, 30, 50]))
ROWS = st.lists(
    st.tuples(st.sampled_from(["main", "van", "defect"]), st.sampled_from(list("abcdefgh")), QUANTITIES), max_size=60
)


@given(ROWS, st.dictionaries(st.sampled_from(list("abcdefgh")), FACTORS), st.sampled_from(["omit", "zero", "send"]))
def test_each_line_is_the_exact_sum_rounded_once(
    rows: list[tuple[str, str, Decimal]], factors: dict[str, Factor], negatives: str
) -> None:
    """Against fractions, row by row, as a person would count."""
    targets = {good: Target("AB"[ord(good) % 2], "u", factor) for good, factor in factors.items()}
    frame = balances(*[(warehouse, good, str(quantity)) for warehouse, good, quantity in rows])
    rules = StockRules(negatives=negatives)  # type: ignore[arg-type]  # hypothesis draws the literal
    result = run(frame, targets, rules)
    expected: dict[tuple[str, str, str], Fraction] = {}
    for warehouse, good, quantity in rows:
        if warehouse == "defect" or good not in targets or quantity == 0 or (quantity < 0 and negatives == "omit"):
            continue
        amount = Fraction(max(quantity, Decimal(0)) if negatives == "zero" else quantity)
        factor = targets[good].factor
        key = ({"main": "1", "van": "2"}[warehouse], targets[good].their_good, "u")
        expected[key] = expected.get(key, Fraction(0)) + amount * Fraction(factor.numerator, factor.denominator)
    lines = {key: Fraction(value) for key, value in sent(result).items()}
    assert lines.keys() == expected.keys()
    for key, exact in expected.items():
        assert abs(lines[key] - exact) <= Fraction(1, 2 * MICRO)
    counts = result.counts
    assert counts.read == len(rows) == counts.sent + sum(counts.left_out.values()) + sum(counts.unmatched.values())


def test_a_goods_own_unit_pair_comes_before_the_general_one() -> None:
    pairs = {"beer": "B1", "keg": "B2", "gone": "B3", "bare": "B4", "new": "B5"}
    unit_of = {"beer": "piece", "keg": "piece", "gone": "piece", "bare": "pallet"}
    units = {("", "piece"): ("ea", Factor()), ("keg", "piece"): ("l", Factor(30))}
    targets = resolve(pairs, unit_of, units, {("B1", "ea"), ("B2", "l"), ("B2", "ea"), ("B4", "ea")})
    assert targets.get("beer") == Target("B1", "ea")
    assert targets.get("keg") == Target("B2", "l", Factor(30))
    assert targets.get("gone") is None
    assert "B3 не ведётся в единице ea" in targets.without_unit["gone"]
    assert set(targets.without_unit) == {"gone", "bare", "new"}


def test_a_good_that_a_person_marked_as_foreign_stays_by_its_rule() -> None:
    """It is no gap in the matching: counted as left out, listed nowhere, whatever its unit is."""
    translation = translate(
        balances(("main", "beer", 5), ("main", "chips", 7), ("other", "chips", 7)),
        warehouses={"main": "1"},
        targets=resolve({"beer": "B", "chips": ""}, {"beer": "pc"}, {("", "pc"): ("ea", Factor())}, {("B", "ea")}),
        named=lambda _: {},
        rules=StockRules(),
        on=DAY,
    )
    assert sent(translation) == {("1", "B", "ea"): "5"}
    assert translation.counts.left_out == {"товар не этого производителя": 1, "склад не выгружается": 1}
    assert translation.counts.unmatched == {}
    assert len(translation.set_aside) == 0
