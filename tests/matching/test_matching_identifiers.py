"""Numbers of companies and places: check digits are checked, lost zeros come back."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.matching.identifiers import gln, inn, kpp
from sandbox.world.numbers import gtin as printed
from sandbox.world.numbers import inn_company, inn_person


@given(st.integers(0, 10_000))
def test_numbers_of_companies_and_people_are_right(seed: int) -> None:
    rng = Random(seed)  # noqa: S311 - a seeded world
    for number in (inn_company(rng, "77"), inn_person(rng, "50")):
        assert inn(number) == number
        assert inn(f" {number[:4]} {number[4:]} ") == number


@given(st.integers(0, 10_000), st.integers(0, 9), st.integers(1, 9))
def test_a_wrong_digit_is_seen(seed: int, place: int, more: int) -> None:
    number = inn_company(Random(seed), "77")  # noqa: S311 - a seeded world
    wrong = number[:place] + str((int(number[place]) + more) % 10) + number[place + 1 :]
    # The check digit 10 counts as 0: two different sums in eleven may then agree.
    assert inn(wrong) in {"", wrong}
    if place == 9:
        assert inn(wrong) == ""


def test_a_zero_that_excel_took_away_comes_back() -> None:
    number = inn_company(Random(5), "05")  # noqa: S311 - a seeded world
    assert number.startswith("0")
    assert inn(str(int(number))) == number
    assert inn(f"{int(number)}.0") == number


@pytest.mark.parametrize("text", ["", "0000000000", "12345", "77070838931", "abcdefghij", "٧٧٠٧٠٨٣٨٩٣"])
def test_what_is_no_inn(text: str) -> None:
    assert inn(text) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [("770701001", "770701001"), ("7707ab001", "7707AB001"), (" 77 0701001", "770701001"), ("10101001", "010101001")],
)
def test_kpp(text: str, code: str) -> None:
    assert kpp(text) == code


@pytest.mark.parametrize("text", ["", "000000000", "12345", "7707-1001", "ABCD01001"])
def test_what_is_no_kpp(text: str) -> None:
    assert kpp(text) == ""


@given(st.integers(1, 10**12 - 1))
def test_gln_has_the_check_digit_of_a_barcode(body: int) -> None:
    whole = printed(f"{body:012}")
    assert gln(whole) == whole
    assert gln(whole[:-1] + str((int(whole[-1]) + 1) % 10)) == ""


def test_what_is_no_gln() -> None:
    assert gln("46070830000") == gln("0" * 13) == gln("46070830000a8") == ""
