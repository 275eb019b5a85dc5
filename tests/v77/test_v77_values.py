"""Cells as values: whatever is written comes back exactly, whatever is not a value is told by its place."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.onec.v77 import values
from connectors.onec.v77.values import Unfit
from sandbox.v77.ids import time_of_day


def cells(*texts: str, width: int = 0) -> np.ndarray[tuple[int], np.dtype[np.bytes_]]:
    """Return cells of one width, right-justified as numbers are."""
    width = width or max(map(len, texts))
    return np.array([text.rjust(width).encode("cp1251") for text in texts], f"S{width}")


@st.composite
def numbers(draw: st.DrawFn) -> tuple[int, list[Decimal]]:
    """Draw how many decimals a column has, and its numbers."""
    places = draw(st.integers(0, 8))
    whole = st.integers(-(10**14), 10**14)
    return places, [Decimal(each).scaleb(-places) for each in draw(st.lists(whole, min_size=1, max_size=20))]


@settings(deadline=None)
@given(numbers())
def test_numbers_come_back_exactly(drawn: tuple[int, list[Decimal]]) -> None:
    places, column = drawn
    made = cells(*(f"{number:.{places}f}" for number in column), width=24)
    assert values.scaled(made, places).tolist() == [int(number.scaleb(places)) for number in column]
    assert values.decimals_of(made, places) == column


@settings(deadline=None)
@given(numbers())
def test_millionths_are_exact_or_told(drawn: tuple[int, list[Decimal]]) -> None:
    places, column = drawn
    made = cells(*(f"{number:.{places}f}" for number in column), width=24)
    expected = [number * 10**6 for number in column]
    fits = [each == int(each) and abs(each) < 2**63 for each in expected]
    if all(fits):
        assert values.micro(made, places).tolist() == [int(each) for each in expected]
    else:
        with pytest.raises(Unfit) as raised:
            values.micro(made, places)
        assert (raised.value.at, raised.value.exact) == (fits.index(False), True)


@pytest.mark.parametrize(
    ("text", "places", "expected"),
    [
        ("", 3, 0),
        ("5", 3, 5000),
        ("-0.5", 1, -5),
        (".5", 1, 5),
        ("-.5", 1, -5),
        ("5.", 2, 500),
        ("+7", 0, 7),
        ("0.10", 3, 100),
        ("007", 0, 7),
        ("9223372036854775807", 0, 2**63 - 1),
        ("-9223372036854775808", 0, -(2**63)),
        ("0000000000000000000000012", 0, 12),
    ],
)
def test_other_ways_to_write_a_number_are_understood(text: str, places: int, expected: int) -> None:
    assert values.scaled(cells(text, width=30), places).tolist() == [expected]
    left = np.array([text.encode()], "S30")  # aligned to the left, the rest NUL
    assert values.scaled(left, places).tolist() == [expected]


@pytest.mark.parametrize("text", ["****", "1 2", "--5", "5-", "1e3", "1,5", "abc", "- 5", "5.5.5", "."])
def test_what_is_no_number_is_told_by_its_place(text: str) -> None:
    with pytest.raises(Unfit) as raised:
        values.scaled(cells("1.5", text, width=8), 1)
    assert (raised.value.at, raised.value.exact) == (1, False)


@pytest.mark.parametrize(("text", "places"), [("0.1234", 3), ("9223372036854775808", 0), ("99999999999999999999", 2)])
def test_what_int64_does_not_hold_is_told(text: str, places: int) -> None:
    with pytest.raises(Unfit) as raised:
        values.scaled(cells(text, width=24), places)
    assert raised.value.exact


@settings(deadline=None)
@given(st.lists(st.binary(min_size=7, max_size=7), min_size=1, max_size=20), st.integers(0, 5))
def test_any_bytes_are_a_number_or_told(raw: list[bytes], places: int) -> None:
    """The fast way and the careful way agree, whatever the bytes are."""
    made = np.array(raw, "S7")
    for at in range(len(raw)):
        one = made[at : at + 1]
        try:
            fast = values.scaled(one, places).tolist()
        except Unfit:
            continue
        text = bytes(one[0]).strip(b" \0").decode("ascii")
        assert fast == [int(Decimal(text or "0").scaleb(places))]


def test_integers_have_no_fraction() -> None:
    assert values.integers(cells("3.00", "-2.00", ""), 2).tolist() == [3, -2, 0]
    with pytest.raises(Unfit) as raised:
        values.integers(cells("3.00", "2.50"), 2)
    assert (raised.value.at, raised.value.text) == (1, "2.50")


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(0, 10**6)), min_size=1, max_size=20))
def test_products_are_exact(pairs: list[tuple[int, int]]) -> None:
    """A quantity of three digits by a factor of three: six digits, all of them kept."""
    quantities, factors = ([Decimal(pair[side]).scaleb(-3) for pair in pairs] for side in (0, 1))
    left, right = (cells(*(f"{each:.3f}" for each in column), width=16) for column in (quantities, factors))
    found = values.micro_product((left, 3), (right, 3)).tolist()
    assert found == [int(one * other * 10**6) for one, other in zip(quantities, factors, strict=True)]


@pytest.mark.parametrize(("one", "other"), [("0.0001", "0.001"), ("99999999999.0000", "99999999.000")])
def test_a_product_that_millionths_do_not_hold_is_told(one: str, other: str) -> None:
    with pytest.raises(Unfit) as raised:
        values.micro_product((cells("1.0000", one, width=20), 4), (cells("1.000", other, width=20), 3))
    assert (raised.value.at, raised.value.exact) == (1, True)


def test_millionths_of_texts() -> None:
    made = np.array([b"12.50", b"  -3   ", b"", b"0.000001"], "S23")
    assert values.micro_of_texts(made).tolist() == [12_500_000, -3_000_000, 0, 1]
    with pytest.raises(Unfit):
        values.micro_of_texts(np.array([b"12.5 rub"], "S23"))


@settings(deadline=None)
@given(st.lists(st.dates(), min_size=1, max_size=30))
def test_dates_come_back(days: list[date]) -> None:
    made = np.array([day.isoformat().replace("-", "").encode() for day in days], "S8")
    assert values.days(made).tolist() == days


@pytest.mark.parametrize("blank", [b"        ", b"00000000", b""])
def test_blank_dates_are_nat(blank: bytes) -> None:
    assert np.isnat(values.days(np.array([blank], "S8"))).all()


@pytest.mark.parametrize("text", [b"20260230", b"2026-1-1", b"abcdefgh", b"2026    ", b"20261301"])
def test_what_is_no_date_is_told_by_its_place(text: bytes) -> None:
    with pytest.raises(Unfit) as raised:
        values.days(np.array([b"20260101", text, b"20260102"], "S8"))
    assert raised.value.at == 1


@settings(deadline=None)
@given(st.lists(st.integers(0, 86_399), min_size=1, max_size=30), st.integers(0, 9_999))
def test_times_of_day_come_back(seconds: list[int], ticks: int) -> None:
    made = np.array([time_of_day(each, ticks).encode() for each in seconds], "S6")
    assert values.seconds(made).tolist() == seconds


def test_noon_is_what_a_real_base_has_for_noon() -> None:
    """``7579C0`` is 432,000,000 ten-thousandths of a second (reference onec-v77, 1.2)."""
    assert values.seconds(np.array([b"7579C0", b"      "], "S6")).tolist() == [43_200, 0]


@pytest.mark.parametrize("text", [b"ZZZZZZ", b"7579c0", b"-57"])
def test_what_is_no_time_is_told(text: bytes) -> None:
    with pytest.raises(Unfit):
        values.seconds(np.array([text], "S6"))


@settings(deadline=None)
@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0)))  # noqa: DTZ001 - wall clock
def test_moments_are_date_and_time(moment: datetime) -> None:
    day = np.array([f"{moment:%Y%m%d}".encode()], "S8")
    time = np.array([time_of_day(moment.hour * 3600 + moment.minute * 60 + moment.second).encode()], "S6")
    assert values.moments(day, time).tolist() == [moment]
    assert values.moments(day).tolist() == [moment.replace(hour=0, minute=0, second=0)]
    assert np.isnat(values.moments(np.array([b" " * 8], "S8"), time)).all()


def test_texts_keep_or_lose_their_padding() -> None:
    made = np.array(["  Квас ".encode("cp1251"), b"a\0\0"], "S8")
    assert values.texts(made, "cp1251") == ["  Квас", "a"]
    assert values.texts(made, "cp1251", strip=False) == ["  Квас  ", "a       "]


def test_exact_gives_a_decimal() -> None:
    assert values.exact(1_500_000) == Decimal("1.5")
    assert timedelta(seconds=int(values.seconds(np.array([b"7579C0"], "S6"))[0])) == timedelta(hours=12)
