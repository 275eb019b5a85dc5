"""What units and barcodes are, by what is written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.barcodes import check_digit, gtin
from mappings.same_units import OurUnit, TheirUnit, same_unit
from mappings.unit_names import agreed, meaning

PIECE = TheirUnit("ea", "шт", Fraction(1))
BOX12 = TheirUnit("box", "кор (12)", Fraction(12))
BOX20 = TheirUnit("box", "кор (20)", Fraction(20))
LITRE = TheirUnit("l", "л", Fraction(1))
KEG = TheirUnit("keg30", "кег 30 л", Fraction(30))
OUR_PIECE = OurUnit("u1", "шт", "796")


@pytest.mark.parametrize(
    ("one", "other"),
    [("шт", "ea"), ("Шт.", "pcs"), ("796", "штука"), ("л", "l"), ("литр", "112"), ("кг", "KG"), ("Кор.", "ящ")],
)
def test_different_words_for_one_unit(one: str, other: str) -> None:
    assert meaning(one) == meaning(other) is not None


@pytest.mark.parametrize(("text", "known"), [
    ("кор (20)", True), ("кег 30 л", True), ("уп (3 шт)", True), ("упак12", True), ("", False), ("связка", False),
    ("шт (3)", False), ("л 0,5", False), ("7", False),
])  # fmt: skip
def test_only_a_container_may_tell_its_contents(text: str, known: bool) -> None:
    found = meaning(text)
    assert (found is not None) is known
    assert found is None or found.container


@pytest.mark.parametrize(
    ("name", "code", "certain"),
    [("шт", "ea", True), ("шт", "00-17", True), ("", "ea", True), ("шт", "778", False), ("уп (3 шт)", "ea", False),
     ("связка", "ea", False), ("", "17", False)],
)  # fmt: skip
def test_name_and_code_must_not_contradict(name: str, code: str, certain: bool) -> None:
    assert (agreed(name, code) is not None) is certain


@pytest.mark.parametrize(
    ("ours", "base", "theirs", "expected"),
    [
        (OUR_PIECE, None, [PIECE, BOX12], ("ea", 1)),
        (OurUnit("u", "литр"), None, [LITRE, KEG], ("l", 1)),
        (OurUnit("u", "дал"), None, [LITRE, KEG], ("l", 10)),
        (OurUnit("u", "мл"), None, [LITRE], ("l", Fraction(1, 1000))),
        (OurUnit("u", "кг"), None, [TheirUnit("t", "т", Fraction(1000)), TheirUnit("g", "г", Fraction(1))],
         ("g", 1000)),
        (OurUnit("u", "кг"), None, [TheirUnit("t", "т", Fraction(5))], ("t", Fraction(1, 1000))),
        (OurUnit("u", "кг"), None, [TheirUnit("t", "т", Fraction(5)), TheirUnit("g", "г", Fraction(7))], None),
        (OurUnit("u", "туба"), None, [TheirUnit("7", "Туба.", Fraction(1)), BOX12], ("7", 1)),
        (OurUnit("u", "туба"), None, [PIECE], None),
        (OurUnit("u", ""), None, [TheirUnit("7", "", Fraction(1))], None),
        (OurUnit("u", "шт", "778"), None, [TheirUnit("7", "шт", Fraction(1))], None),
        (OUR_PIECE, None, [LITRE, KEG], None),
        (OUR_PIECE, None, [TheirUnit("ea", "уп (3 шт)", Fraction(1)), BOX12], None),
        (OUR_PIECE, None, [PIECE, TheirUnit("796", "штука", Fraction(1))], None),
        (OurUnit("p", "упак", "778"), None, [PIECE, BOX12], None),
        (OurUnit("p", "кор", base="p", factor=Fraction(12)), OurUnit("p", "кор"), [PIECE, BOX12], None),
        (OurUnit("p", "кор", base="u1"), OUR_PIECE, [PIECE, BOX12], None),
        (OurUnit("p", "кор 12", base="u1", factor=Fraction(12)), OUR_PIECE, [PIECE, BOX12], ("box", 1)),
        (OurUnit("p", "кор 12", base="u1", factor=Fraction(12)), OUR_PIECE, [PIECE, BOX20], ("ea", 12)),
        (OurUnit("p", "упак", base="u1", factor=Fraction(12)), OUR_PIECE, [PIECE, BOX12], ("ea", 12)),
        (OurUnit("p", "кор 12", base="u1", factor=Fraction(12)), OUR_PIECE, [LITRE, BOX12], None),
    ],
)  # fmt: skip
def test_a_unit_is_the_same_only_where_that_is_certain(
    ours: OurUnit, base: OurUnit | None, theirs: list[TheirUnit], expected: tuple[str, Fraction] | None
) -> None:
    assert same_unit(ours, base, theirs) == expected


# -- barcodes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4006381333931", "04006381333931"),
        (" 4006381333931 ", "04006381333931"),
        ("036000291452", "00036000291452"),
        ("0036000291452", "00036000291452"),
        ("73513537", "00000073513537"),
        ("14006381333938", "14006381333938"),
        ("4006381333932", ""),
        ("400638133393", ""),
        ("40063813339O1", ""),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", ""),
        ("", ""),
    ],
)
def test_a_barcode_has_one_form_or_none(text: str, expected: str) -> None:
    assert gtin(text) == expected


@given(st.sampled_from(["2", "02", "04"]), st.integers(0, 10**9))
def test_numbers_of_a_shops_own_identify_nothing(prefix: str, number: int) -> None:
    digits = f"{prefix}{number:010d}"[:12].ljust(12, "0")
    assert gtin(digits + str(check_digit(digits))) == ""


@given(st.integers(4_600_000, 4_699_999), st.integers(0, 99_999), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(company: int, item: int, place: int, shift: int) -> None:
    digits = f"{company}{item:05d}"
    whole = digits + str(check_digit(digits))
    wrong = whole[:place] + str((int(whole[place]) + shift) % 10) + whole[place + 1 :]
    assert gtin(whole) == "0" + whole
    assert gtin(wrong) == ""
