"""Lines brought to one way of counting, and targets in the manufacturer's base units: exact, or said why not."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.model import MICRO
from mappings.profiles.orders import External
from mappings.translate.base_units import in_base_units
from mappings.translate.counted import in_own_units, with_vat
from mappings.translate.targets import Target, Targets
from mappings.units import Factor

FACTORS = st.builds(Factor, st.integers(1, 10_000), st.integers(1, 10_000))


def lines(packages: list[int], units: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "our_unit": pd.Series(units, dtype="category"),
            "packages": pd.Series(packages, dtype="int64"),
            "quantity": pd.Series(packages, dtype="int64"),
        }
    )


@given(st.lists(st.tuples(st.integers(-(10**12), 10**12), st.sampled_from("abc")), min_size=1), FACTORS)
def test_quantities_are_of_the_goods_own_unit(rows: list[tuple[int, str]], factor: Factor) -> None:
    """Only the packages that have a factor are converted; each is rounded once, half away from zero."""
    frame = in_own_units(lines([row[0] for row in rows], [row[1] for row in rows]), {"a": factor})
    for (packages, unit), quantity in zip(rows, frame["quantity"].tolist(), strict=True):
        exact = Fraction(packages) * (Fraction(factor.numerator, factor.denominator) if unit == "a" else 1)
        assert abs(exact - quantity) <= Fraction(1, 2)
        assert (quantity > 0) == (exact >= Fraction(1, 2))
    assert frame["packages"].tolist() == [row[0] for row in rows]


def test_sums_hold_vat_on_every_document() -> None:
    frame = pd.DataFrame({"amount": [100, 100], "vat": [20, 20], "vat_included": [True, False]})
    assert with_vat(frame)["amount"].tolist() == [100, 120]


@given(FACTORS, st.integers(1, 10**9))
def test_base_units_carry_the_pair_on(factor: Factor, held: int) -> None:
    targets = Targets.of({"ours": Target("good", "box", factor)}, {"other": "нет"})
    found = in_base_units(targets, {("good", "ea"): MICRO, ("good", "box"): held})
    target = found.get("ours")
    assert target is not None
    assert (target.their_good, target.their_unit) == ("good", "ea")
    exact = Fraction(factor.numerator, factor.denominator) * Fraction(held, MICRO)
    assert Fraction(target.factor.numerator, target.factor.denominator) == exact
    assert found.without_unit == {"other": "нет"}


@pytest.mark.parametrize("units", [{("good", "box"): 12 * MICRO}, {("good", "ea"): MICRO}, {}])
def test_a_good_without_a_base_unit_or_a_factor_waits(units: dict[tuple[str, str], int]) -> None:
    found = in_base_units(Targets.of({"ours": Target("good", "box")}), units)
    assert found.get("ours") is None
    assert "good" in found.without_unit["ours"]


def test_a_number_in_a_comment_is_its_first_word() -> None:
    comment = External(number="Комментарий", match="begins")
    wanted = {"DS108-1", "DS108-12"}
    assert comment.number_in("DS108-1", wanted) == "DS108-1"
    assert comment.number_in("DS108-12 позвонить за час", wanted) == "DS108-12"
    assert comment.number_in("DS108-1, до обеда", wanted) == "DS108-1"
    assert comment.number_in("DS108-123", wanted) == ""
    assert comment.number_in("заказ DS108-1", wanted) == ""
    assert comment.condition("'DS108-1'") == "startswith(Комментарий, 'DS108-1')"
    own = External(number="Номер")
    assert own.number_in("DS108-1", wanted) == "DS108-1"
    assert own.number_in("DS108-1 x", wanted) == ""
    assert own.condition("'x'") == "Номер eq 'x'"
