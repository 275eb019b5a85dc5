"""The price of one of their units: VAT, packages, discounts and factors, rounded once to 5 digits."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.model import MICRO
from mappings.translate.shipment_prices import Priced, explained, prices
from mappings.translate.stock import micro_text
from mappings.units import Factor


def price(
    price: str,
    quantity: str,
    amount: str,
    *,
    vat: str = "0",
    packages: str = "",
    factor: Factor | None = None,
    included: bool = True,
    with_vat: bool = True,
) -> str:
    """Return the price of one line."""

    def micro(text: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([int(Decimal(text) * MICRO)])

    of = Priced(
        price=micro(price),
        packed=np.array([bool(packages)]),
        packages=micro(packages or "0"),
        quantity=micro(quantity),
        amount=micro(amount),
        vat=micro(vat),
        vat_included=np.array([included]),
        factors=[factor or Factor()],
        which=np.array([0]),
    )
    return micro_text(int(prices(of, with_vat=with_vat)[0]))


def test_a_price_that_gives_the_sum_is_taken_as_it_stands() -> None:
    """33.33 for 0.333 kg is a sum of 11.10, from which the price could not be told."""
    assert price("33.33", "0.333", "11.10") == "33.33"


def test_a_discount_is_in_the_price() -> None:
    assert price("100", "3", "285") == "95"
    assert price("100", "3", "0") == "0"


def test_a_price_of_a_package_becomes_one_of_their_unit() -> None:
    assert price("1200", "24", "2400", packages="2") == "100"
    assert price("1200", "24", "2400", packages="2", factor=Factor(1, 12)) == "1200"
    assert price("1200", "24", "2400", packages="2", factor=Factor(1, 24)) == "2400"
    assert price("1000", "24", "2000", packages="2") == "83.33333"


def test_a_keg_of_thirty_litres() -> None:
    assert price("3000", "2", "6000", factor=Factor(30)) == "100"
    assert price("1000", "1", "1000", factor=Factor(3)) == "333.33333"


@pytest.mark.parametrize(
    ("included", "with_vat", "expected"),
    [(True, True, "120"), (True, False, "100"), (False, True, "144"), (False, False, "120")],
)
def test_vat_is_put_on_or_taken_off_by_the_sums(included: bool, with_vat: bool, expected: str) -> None:
    amount, vat = ("240", "40") if included else ("288", "48")
    assert price("120", "2", amount, vat=vat, included=included, with_vat=with_vat) == expected


def test_without_vat_both_prices_are_the_documents() -> None:
    for with_vat in (True, False):
        assert price("33.33", "0.333", "11.10", included=False, with_vat=with_vat) == "33.33"


def test_a_correction_takes_away_at_a_price_above_zero() -> None:
    assert price("10.50", "-3", "-31.50") == "10.5"
    assert price("126", "-12", "-126", packages="-1") == "10.5"


def test_a_package_without_a_count_is_priced_by_the_sum() -> None:
    assert price("1200", "24", "2400", packages="0.000") == "100"


def test_halves_are_rounded_away_from_zero() -> None:
    assert price("0.01", "1", "0.01", factor=Factor(8)) == "0.00125"
    assert price("0.01", "1", "0.01", factor=Factor(32)) == "0.00031"
    assert price("0.05", "1", "0.05", factor=Factor(32)) == "0.00156"


def test_numbers_beyond_64_bits_on_the_way_stay_exact() -> None:
    huge = price("800000.01", "0.001", "800", factor=Factor(1, 999_983))
    assert Decimal(huge) == Decimal("800000.01") * 999_983


def test_a_sum_is_explained_up_to_half_a_kopeck() -> None:
    def one(price: str, count: str, amount: str) -> bool:
        told = (np.array([int(Decimal(text) * MICRO)]) for text in (price, count, amount))
        return bool(explained(*told)[0])

    assert one("10.05", "0.5", "5.03")
    assert one("10.05", "0.5", "5.02")
    assert not one("10.05", "0.5", "5.04")
    assert one("0", "5", "0")


MONEY = st.decimals(min_value="0.01", max_value="99999.99", places=2)
COUNTS = st.decimals(min_value="0.001", max_value="9999.999", places=3)
FACTORS = st.builds(Factor, st.integers(1, 100), st.integers(1, 100))


@settings(deadline=None)
@given(MONEY, COUNTS, FACTORS, st.sampled_from([Decimal(1), Decimal("0.93")]))
def test_the_price_is_the_exact_one_rounded_once(
    money: Decimal, count: Decimal, factor: Factor, share: Decimal
) -> None:
    amount = round(money * count * share, 2)
    found = Fraction(price(str(money), str(count), str(amount), factor=factor))
    fits = abs(money * count - amount) <= Decimal("0.005")
    whole = Fraction(money) if fits else Fraction(amount) / Fraction(count)
    assert abs(found - whole / Fraction(factor.numerator, factor.denominator)) <= Fraction(5, MICRO)


@settings(deadline=None)
@given(MONEY, COUNTS, st.integers(1, 48))
def test_price_times_quantity_is_what_was_paid(money: Decimal, count: Decimal, box: int) -> None:
    """Whatever the package and their unit: up to the rounding of the price and of 1C's sum."""
    amount = round(money * count, 2)
    told = {"packages": str(count), "factor": Factor(1, box)}
    found = Fraction(price(str(money), str(count * box), str(amount), **told))  # type: ignore[arg-type]  # as named
    assert abs(found * Fraction(count) - Fraction(amount)) <= Fraction(count) * Fraction(5, MICRO) + Fraction(1, 200)
