"""Texts of CommerceML as values: every spelling that was seen, and nothing that only looks like a number."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.onec.files import values
from connectors.onec.files.values import Unreadable, flag, halves, is_exact, key, micro, micro_text, moment, unit_key

unhurried = settings(deadline=None)
"""A busy machine is no fault of the code."""

GUID = "6C4E0C4B-6C2C-11E7-81D6-38D547224D22"
EMPTY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", 0),
        ("0", 0),
        ("12", 12_000_000),
        ("12.5", 12_500_000),
        ("12,5", 12_500_000),
        ("1 234,56", 1_234_560_000),
        ("1\u00a0234.56", 1_234_560_000),
        ("-3,25", -3_250_000),
        ("+7", 7_000_000),
        (".5", 500_000),
        ("5.", 5_000_000),
        ("0.0000005", 1),
        ("-0.0000005", -1),
        ("0.9999995", 1_000_000),
        ("231.7400", 231_740_000),
    ],
)
def test_numbers_of_all_spellings(text: str, value: int) -> None:
    assert micro(text) == value


@pytest.mark.parametrize(
    "text", ["много", "1e5", "1,234.50", ".", "-", "--1", "12 шт", "0x10", "٣", "1" * 13, "nan", "inf", "1" * 100_000]
)
def test_what_is_no_number_is_not_made_one(text: str) -> None:
    with pytest.raises(Unreadable):
        micro(text)


@unhurried
@given(st.integers(-(10**17), 10**17))
def test_numbers_come_back_as_they_went(value: int) -> None:
    assert micro(micro_text(value)) == value
    assert "e" not in micro_text(value).lower()


@unhurried
@given(st.decimals(-(10**11), 10**11, places=9))
def test_numbers_are_rounded_as_decimals_are(value: Decimal) -> None:
    expected = int((value * 10**6).quantize(Decimal(1), ROUND_HALF_UP))
    assert micro(f"{value:f}") == expected
    assert is_exact(f"{value:f}") == (value * 10**6 == expected)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2014-06-01T0:36:33", "2014-06-01T00:36:33"),
        ("2007-10-30", "2007-10-30T00:00:00"),
        ("2007-10-16 15:51:58", "2007-10-16T15:51:58"),
        ("11.02.2021 18:45:21", "2021-02-11T18:45:21"),
        ("2021-02-12T17:03:19+03:00", "2021-02-12T17:03:19"),
        ("2021-02-12T17:03:19.250Z", "2021-02-12T17:03:19"),
        ("2021.02.12T17:03:19", "2021-02-12T17:03:19"),
    ],
)
def test_moments_of_all_spellings(text: str, value: str) -> None:
    assert moment(text) == datetime.fromisoformat(value)


@pytest.mark.parametrize("text", ["2021-13-01", "2021-02-30T10:00:00", "вчера", "2021-02-12T25:00:00", "20210212"])
def test_what_is_no_moment_is_not_made_one(text: str) -> None:
    with pytest.raises(Unreadable):
        moment(text)


def test_empty_moments() -> None:
    assert moment("") is None
    assert moment("0001-01-01T00:00:00") is None


def test_flags() -> None:
    assert [flag(text) for text in ("true", "1", "Да", "ИСТИНА")] == [True] * 4
    assert [flag(text) for text in ("", "false", "0", "нет", "Ложь")] == [False] * 5
    with pytest.raises(Unreadable):
        flag("может быть")


def test_keys() -> None:
    assert key(f" {GUID} ") == GUID.lower()
    assert key(EMPTY) == ""
    assert key(f"{GUID}#{EMPTY}") == GUID.lower()
    assert key(f"{GUID}#{GUID}") == f"{GUID}#{GUID}".lower()
    assert key("1#admin# Петров") == "1#admin# Петров"
    assert halves(key(f"{GUID}#ХАР-1")) == (GUID.lower(), "ХАР-1")
    assert halves("1#admin") == ("1#admin", "")


@unhurried
@given(st.text(max_size=60))
def test_a_key_of_a_key_is_itself(text: str) -> None:
    assert key(key(text)) == key(text)


def test_units() -> None:
    assert unit_key("796 ", "шт") == "796"
    assert unit_key("6", "м") == "006"
    assert unit_key("", " Шт ") == "шт"
    assert values.unit_name("796", "") == "шт"
    assert values.unit_name("4711", "") == "4711"


def test_whole_numbers() -> None:
    assert values.integer("12,0") == 12
    with pytest.raises(Unreadable):
        values.integer("12,5")
