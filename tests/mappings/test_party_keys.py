"""INN, КПП, addresses and names in one form: what is the same is seen, what is not stays apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.codes import leaving
from mappings.same_places import filler, normal_address, normal_name
from mappings.tax_codes import WEIGHTS, inn, kpp


@pytest.mark.parametrize("told", ["7707083893", " 7707083893 ", "7830002293", "500100732259"])
def test_an_inn_whose_check_digits_agree_is_one(told: str) -> None:
    assert inn(told) == told.strip()


@pytest.mark.parametrize(
    "told", ["", "7707083890", "770708389", "500100732258", "500100732249", "0000000000", "77О7083893", "٧707083893"]
)
def test_anything_else_is_none(told: str) -> None:
    assert inn(told) == ""


@given(st.integers(1, 10**9 - 1), st.integers(0, 9))
def test_exactly_one_last_digit_fits(number: int, other: int) -> None:
    digits = f"{number:09d}"
    check = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS[2:], strict=True)) % 11 % 10
    assert inn(f"{digits}{other}") == (f"{digits}{other}" if other == check else "")


@pytest.mark.parametrize(("told", "found"), [("770701001", "770701001"), ("7707AB001", "7707AB001"), ("77070100", "")])
def test_a_kpp_has_nine_signs(told: str, found: str) -> None:
    assert kpp(told) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("603000, Нижегородская обл, г Бор, ул Мира, д 1", "Нижегородская область, г. Бор, улица Мира, дом 1"),
        ("г Бор, пр-кт Гагарина, дом 77А", "г. Бор, проспект Гагарина, д.77 а"),
        ("ул Зелёная, д 5, корп 2", "УЛ. ЗЕЛЕНАЯ, д.5, корпус 2"),
        ("п Мелехово, пер Садовый, д 1/1", "пос. Мелехово, переулок Садовый, дом 1/1"),
    ],
)
def test_one_address_written_twice_is_one(one: str, other: str) -> None:
    assert normal_address(one) == normal_address(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("г Бор, ул Советская, д 1", "г Бор, пл Советская, д 1"),
        ("г Бор, ул Мира, д 1", "г Бор, ул Мира, д 11"),
        ("г Бор, ул Мира, д 1", "г Бор, ул Мира, д 1, корп 2"),
        ("г Бор, ул Мира, д 1/1", "г Бор, ул Мира, д 11"),
    ],
)
def test_two_addresses_stay_two(one: str, other: str) -> None:
    assert normal_address(one) != normal_address(other)


@given(st.text(max_size=60))
def test_a_form_is_its_own_form(text: str) -> None:
    assert normal_address(normal_address(text)) == normal_address(text)
    assert normal_name(normal_name(text)) == normal_name(text)


@pytest.mark.parametrize("name", ["-", "", " ", "А", "я.", "---", "ххх", "111", "Не указано", "б/н"])
def test_fillers_are_seen(name: str) -> None:
    assert filler(name)


@pytest.mark.parametrize("name", ["Ромашка", "М-Н", "Лавка 7", "24"])
def test_a_short_name_is_no_filler_when_it_says_something(name: str) -> None:
    assert not filler(name)


def test_references_leave_whatever_the_codes_are() -> None:
    assert leaving([("a", "1"), ("b", "")], "ref") == {"a": "a", "b": "b"}


def test_codes_leave_where_a_catalog_has_them() -> None:
    assert leaving([("a", " 1 "), ("b", "")], "code") == {"a": "1", "b": ""}
    assert leaving([("a", ""), ("b", " ")], "code") == {"a": "a", "b": "b"}
    assert leaving([], "code") == {}
