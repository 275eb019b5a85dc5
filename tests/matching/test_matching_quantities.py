"""Quantities have one form each, whatever the spelling."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.matching.names import Normaliser
from mappings.matching.quantities import canonical, measure, number

SPELLINGS = [
    ("0,5 л", "500мл"),
    ("0.5л", "500мл"),
    ("500 мл.", "500мл"),
    ("500ml", "500мл"),
    ("50 cl", "500мл"),
    ("2,7 л", "2700мл"),
    ("1 кг", "1000г"),
    ("1000 гр", "1000г"),
    ("0,25 кг", "250г"),
    ("12 шт", "12шт"),
    ("12 штук", "12шт"),
    ("1/12", "12уп"),
    ("12шт/уп", "12уп"),
    ("12 шт в кор", "12уп"),
    ("кор 12", "12уп"),
    ("уп. 12 шт", "12уп"),
    ("3,2%", "3.2%"),
    ("3.20 %", "3.2%"),
    ("1:10", "1:10"),
    ("1 : 10", "1:10"),
    ("500GB", "512000мб"),
    ("90 см", "900мм"),
    ("0,75 квт", "750вт"),
]


@pytest.mark.parametrize(("typed", "token"), SPELLINGS)
def test_spellings_of_a_quantity(typed: str, token: str) -> None:
    assert Normaliser().canonical(typed) == token


@pytest.mark.parametrize(
    ("typed", "tokens"),
    [
        ("ж/б 24х0,5л 4,5%", "банка 24уп 500мл 4.5%"),
        ("0,97л/12", "970мл 12уп"),
        ("1,5л*6", "1500мл 6уп"),
        ("0,33л ж/б /24", "330мл банка 24уп"),
        ("2 штуки*100 мл", "2шт 100мл"),
        ("10 л (12 кг)", "10000мл 12000г"),
        ("12 x 330 ml", "12уп 330мл"),
        ("конц. 1:200-1:500 / 5 л", "концентрат 1:200 1:500 5000мл"),
        ("кег 30 л", "кег 30000мл"),
    ],
)
def test_several_quantities(typed: str, tokens: str) -> None:
    assert Normaliser().canonical(typed) == tokens


@given(st.integers(1, 99_999))
def test_litres_and_millilitres_are_one(millilitres: int) -> None:
    litres = f"{Decimal(millilitres) / 1000}".replace(".", ",")
    assert canonical(f"{litres} л").split() == canonical(f"{millilitres} мл").split() == [f"{millilitres}мл"]


@given(st.integers(1, 99_999))
def test_kilograms_and_grams_are_one(grams: int) -> None:
    assert canonical(f"{Decimal(grams) / 1000}кг").split() == canonical(f"{grams} г").split()


@given(st.integers(2, 999))
def test_boxes_are_one(count: int) -> None:
    forms = (f"1/{count}", f"{count}шт/кор", f"уп {count} шт", f"500мл*{count}", f"500мл/{count}")
    assert {canonical(form).split()[-1] for form in forms} == {f"{count}уп"}


@given(st.decimals(0, 9999, places=3))
def test_a_number_has_one_form(value: Decimal) -> None:
    shown = number(str(value))
    assert Decimal(shown) == value
    assert number(shown) == shown
    assert number(f"{value:.3f}".replace(".", ",")) == shown


def test_a_token_is_read_back() -> None:
    found = measure("2700мл")
    assert found is not None
    assert (found.value, found.unit) == (Decimal(2700), "мл")
    assert measure("пиво") is None
    assert measure("1:10") is None
