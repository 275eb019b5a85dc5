"""Lines of orders: units through factors both ways, prices with them, sums and VAT to the kopeck."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.order_settings import OrderSettings
from mappings.model import MICRO
from mappings.translate.order_books import Books, Good, Named, Package
from mappings.translate.order_lines import (
    KOPECK,
    Arithmetic,
    Choice,
    DraftLine,
    Lane,
    Lanes,
    divided,
    draft_line,
    in_stock,
    plain,
    sums,
)
from mappings.translate.order_values import Line, Reason
from mappings.units import Factor

GOOD, OTHER, PIECE, PACK, VAT = (f"{number:08d}-0000-0000-0000-000000000000" for number in range(5))


def books(**more: Any) -> Books:
    """Return books of one good in pieces, paired with W1 of 1 ea and boxes of 12."""
    made = Books(
        goods={GOOD: Good(GOOD, "Квас 0,5", PIECE, VAT), OTHER: Good(OTHER, "Квас (промо)", PIECE, VAT)},
        paired={"W1": (GOOD,)},
        theirs={GOOD: "W1", OTHER: "W1"},
        their_names={"W1": "Квас"},
        their_units={("W1", "ea"): MICRO, ("W1", "box"): 12 * MICRO},
        packages={PIECE: Package(PIECE, "шт"), PACK: Package(PACK, "упак (12 шт)", GOOD, PIECE, 12 * MICRO, MICRO)},
        vat_rates={VAT: Named(VAT, "22%", rate=22 * MICRO)},
    )
    made.add_unit(GOOD, PIECE, "ea", Factor())
    made.add_unit(OTHER, PIECE, "ea", Factor())
    for name, value in more.items():
        setattr(made, name, value)
    return made


def lane(books_: Books, code: str = "CRMW1", unit: str = "ea", **settings: Any) -> Any:
    return Lanes(books_, OrderSettings(**settings)).find(code, unit)


def drafted(found: Any, quantity: int, price: int, *, fractions: bool = False, **how: Any) -> Any:
    assert isinstance(found, Lane)
    line = Line(1, "CRMW1", "ea", price, quantity)
    return draft_line(line, found, Arithmetic(**how), fractions=fractions)


def test_a_line_in_the_paired_unit_stays_as_it_is() -> None:
    line, notes = drafted(lane(books()), 24 * MICRO, 10_500_000)
    assert isinstance(line, DraftLine)
    assert (line.our_good, line.our_unit, line.quantity, line.price) == (GOOD, "", 24 * MICRO, 10_500_000)
    assert (line.amount, line.total, line.vat, notes) == (252_000_000, 252_000_000, 45_440_000, ())


def test_a_box_goes_through_the_manufacturers_own_factor() -> None:
    line, _ = drafted(lane(books(), unit="box"), 2 * MICRO, 126 * MICRO)
    assert (line.quantity, line.packages, line.price, line.amount) == (24 * MICRO, 24 * MICRO, 10_500_000, 252 * MICRO)
    assert line.per == (12, 1)


def test_a_box_that_is_paired_with_our_package_keeps_its_price() -> None:
    made = books()
    made.add_unit(GOOD, PACK, "box", Factor())
    line, notes = drafted(lane(made, unit="box"), 2 * MICRO, 100_010_000)
    assert (line.our_unit, line.packages, line.quantity) == (PACK, 2 * MICRO, 24 * MICRO)
    assert (line.price, line.amount, notes) == (100_010_000, 200_020_000, ())


def test_a_keg_of_ours_is_litres_of_theirs() -> None:
    made = books(their_units={("W1", "l"): MICRO, ("W1", "keg30"): 30 * MICRO})
    made.add_unit(GOOD, PIECE, "l", Factor(30, 1))
    line, _ = drafted(lane(made, unit="l"), 60 * MICRO, 90 * MICRO)
    assert (line.quantity, line.price, line.amount) == (2 * MICRO, 2700 * MICRO, 5400 * MICRO)
    line, _ = drafted(lane(made, unit="keg30"), 2 * MICRO, 2700 * MICRO)
    assert (line.quantity, line.price) == (2 * MICRO, 2700 * MICRO)
    refused = drafted(lane(made, unit="l"), 45 * MICRO, 90 * MICRO)
    assert isinstance(refused, Reason)
    assert (refused.kind, refused.line) == ("quantity", 1)
    assert "неделимая" in refused.said
    line, notes = drafted(lane(made, unit="l"), 45 * MICRO, 90 * MICRO, fractions=True)
    assert line.quantity == 1_500_000
    assert "записано 1,5" in notes[0]


def test_a_quantity_that_1c_cannot_keep_is_not_rounded_in_silence() -> None:
    made = books()
    made.add_unit(GOOD, PIECE, "ea", Factor(7, 1))
    refused = drafted(lane(made), 10 * MICRO, MICRO)
    assert isinstance(refused, Reason)
    assert "точно не записать" in refused.said
    line, notes = drafted(lane(made), 10 * MICRO, MICRO, fractions=True)
    assert line.quantity == 1_429_000
    assert notes


def test_a_divisible_unit_may_have_a_part() -> None:
    made = books(packages={PIECE: Package(PIECE, "кг")})
    line, notes = drafted(lane(made), 1_250_000, 100 * MICRO)
    assert (line.quantity, line.amount, notes) == (1_250_000, 125 * MICRO, ())


@pytest.mark.parametrize(("quantity", "price"), [(0, 1), (-MICRO, 1), (MICRO, -1)])
def test_a_line_of_nothing_is_told(quantity: int, price: int) -> None:
    assert isinstance(drafted(lane(books()), quantity, price), Reason)


def test_a_price_of_five_digits_is_rounded_and_said() -> None:
    line, notes = drafted(lane(books()), 3 * MICRO, 10_123_450)
    assert (line.price, line.amount) == (10_120_000, 30_370_000)
    assert "10,12345 округлена до 10,12" in notes[0]


REASONS: list[tuple[dict[str, Any], str, str]] = [
    ({"paired": {}}, "good", "W1"),
    ({"units": {}, "units_of": {}}, "unit", "W1:ea"),
    ({"vat_rates": {}}, "vat", GOOD),
    ({"goods": {}}, "good", GOOD),
    ({"goods": {GOOD: Good(GOOD, "Квас", PIECE, VAT, "помечен на удаление")}}, "good", GOOD),
    ({"paired": {"W1": (GOOD, OTHER)}}, "good_choice", "W1"),
]


@pytest.mark.parametrize(("more", "kind", "key"), REASONS)
def test_what_is_missing_is_a_reason_with_its_key(more: dict[str, Any], kind: str, key: str) -> None:
    found = lane(books(**more))
    assert isinstance(found, Reason)
    assert (found.kind, found.key) == (kind, key)
    assert found.said
    assert found.todo


def test_a_code_without_the_mark_is_ours() -> None:
    found = lane(books(), GOOD.upper())
    assert isinstance(found, Lane)
    assert found.good.ref == GOOD
    by_code = lane(books(goods_by_code={"00-7": GOOD}), "00-7")
    assert isinstance(by_code, Lane)
    assert isinstance(lane(books(), "00-8"), Reason)
    assert isinstance(lane(books(), ""), Reason)


def test_a_code_of_theirs_may_begin_with_the_mark_itself() -> None:
    made = books(paired={"CRM77": (GOOD,)}, their_names={"CRM77": "Квас"}, theirs={GOOD: "CRM77"})
    assert isinstance(lane(made, "CRM77"), Lane)


def test_the_choice_among_several_goods_is_the_links_rule() -> None:
    made = books(paired={"W1": (GOOD, OTHER)})
    only = lane(made)
    assert isinstance(only, Reason)
    assert len(only.choice) == 2
    preferred = lane(made, order_good_choice="preferred", preferred_goods={"W1": OTHER})
    assert isinstance(preferred, Lane)
    assert preferred.good.ref == OTHER
    assert isinstance(lane(made, order_good_choice="preferred"), Reason)
    choice = lane(made, order_good_choice="in_stock")
    assert isinstance(choice, Choice)
    line = Line(1, "CRMW1", "ea", 1, 5 * MICRO)
    free = {GOOD: 4 * MICRO, OTHER: 5 * MICRO}
    chosen = in_stock(choice, line, lambda good: free.get(good, 0))
    assert chosen is not None
    assert chosen.good.ref == OTHER
    assert in_stock(choice, line, lambda _: 4 * MICRO) is None


def test_a_person_may_put_another_good_in_the_place_of_a_lines_own() -> None:
    lanes = Lanes(books(), OrderSettings())
    found = lanes.replaced(OTHER, "CRMW1", "box")
    assert isinstance(found, Lane)
    assert (found.good.ref, found.base) == (OTHER, (12, 1))
    assert isinstance(lanes.replaced("нет такого", "CRMW1", "box"), Reason)


factors = st.builds(Factor, st.integers(1, 1000), st.integers(1, 1000))


@given(
    factor=factors,
    line_factor=st.integers(1, 500),
    pair_factor=st.integers(1, 500),
    pieces=st.integers(1, 10_000),
)
def test_a_quantity_goes_there_and_back_through_its_factors(
    factor: Factor, line_factor: int, pair_factor: int, pieces: int
) -> None:
    """What we ship of our own unit, divided by what one of theirs holds, is what was ordered."""
    made = books(
        packages={PIECE: Package(PIECE, "кг")},
        their_units={("W1", "a"): line_factor * MICRO, ("W1", "b"): pair_factor * MICRO},
    )
    made.add_unit(GOOD, PIECE, "b", factor)
    found = lane(made, unit="a")
    above, below = found.base
    assert Fraction(above, below) == Fraction(line_factor * factor.denominator, pair_factor * factor.numerator)
    quantity = pieces * below * 1000  # chosen so that it comes out even
    line, notes = draft_line(Line(1, "CRMW1", "a", MICRO, quantity), found, Arithmetic(), fractions=False)  # type: ignore[misc]  # no reason: it is even
    assert Fraction(line.quantity) * below / above == quantity
    assert not [note for note in notes if "записано" in note]


@given(quantity=st.integers(1, 10**6), price=st.integers(0, 10**9), per=st.integers(1, 100))
def test_a_price_follows_its_unit_and_the_sum_stays(quantity: int, price: int, per: int) -> None:
    """In whatever unit a line is written, price × quantity is the same to the rounding of the price."""
    made = books(their_units={("W1", "ea"): MICRO, ("W1", "box"): per * MICRO}, packages={PIECE: Package(PIECE, "кг")})
    line, _ = drafted(lane(made, unit="box"), quantity * MICRO, price * KOPECK)
    assert line.amount == quantity * price * KOPECK
    assert abs(line.price * per - price * KOPECK) <= per * KOPECK // 2
    assert line.quantity == quantity * per * MICRO


@given(price=st.integers(0, 10**11), quantity=st.integers(1, 10**10), rate=st.sampled_from([0, 10, 20, 22]))
def test_sums_are_those_of_decimal_arithmetic(price: int, quantity: int, rate: int) -> None:
    cent = Decimal("0.01")
    amount, vat, total = sums(price, quantity, rate * MICRO, vat_included=True)
    exact = (Decimal(price) * Decimal(quantity)).scaleb(-12).quantize(cent, ROUND_HALF_UP)
    assert Decimal(amount).scaleb(-6) == exact == Decimal(total).scaleb(-6)
    assert Decimal(vat).scaleb(-6) == Decimal(Fraction_round(Fraction(exact) * rate / (100 + rate))).scaleb(-2)
    amount, vat, total = sums(price, quantity, rate * MICRO, vat_included=False)
    assert total == amount + vat
    assert Decimal(vat).scaleb(-6) == Decimal(Fraction_round(Fraction(exact) * rate / 100)).scaleb(-2)


def Fraction_round(value: Fraction) -> int:  # noqa: N802 - reads as what it is
    """Return kopecks, rounded half up."""
    return int((value * 100 + Fraction(1, 2)) // 1)


@given(number=st.integers(-(10**15), 10**15), by=st.integers(1, 10**6))
def test_division_rounds_half_away_from_zero(number: int, by: int) -> None:
    exact = (Decimal(number) / Decimal(by)).quantize(Decimal(1), ROUND_HALF_UP)
    assert abs(divided(number, by) - Fraction(number, by)) <= Fraction(1, 2)
    assert divided(-number, by) == -divided(number, by)
    if abs(Fraction(number, by) - int(exact)) == Fraction(1, 2):
        assert abs(divided(number, by)) >= abs(Fraction(number, by))


@pytest.mark.parametrize(
    ("micro", "shown"), [(0, "0"), (1, "0,000001"), (2_147_963_000, "2147,963"), (-1_500_000, "-1,5"), (MICRO, "1")]
)
def test_numbers_read_as_people_write_them(micro: int, shown: str) -> None:
    assert plain(micro) == shown
