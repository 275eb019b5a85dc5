"""A unit's factor is proposed from what is told, and refused where measures disagree."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.matching.factors import proposed_factor
from mappings.matching.names import Normaliser


def factor(our_unit: str, their_unit: str, ours: str, theirs: str) -> tuple[Fraction | None, str]:
    normaliser = Normaliser()
    return proposed_factor(our_unit, their_unit, [normaliser.name(ours)], [normaliser.name(theirs)])


@pytest.mark.parametrize(
    ("our_unit", "their_unit", "ours", "theirs", "value"),
    [
        ("шт", "шт", "Пиво 0,5 л", "Пиво 0,5 л", "1"),
        ("шт", "кор", "Пиво 0,5 л", "Пиво 0,5 л 1/12", "1/12"),
        ("кор", "шт", "Пиво 0,5 л 1/20", "Пиво 0,5 л", "20"),
        ("уп", "шт", "Пиво 24х0,5л", "Пиво 0,5 л", "24"),
        ("л", "шт", "Пиво", "Пиво 0,5 л", "2"),
        ("шт", "л", "Кег 30 л", "Пиво разливное", "30"),
        ("шт", "кг", "Сыр 250 г", "Сыр", "1/4"),
        ("дал", "л", "Пиво", "Пиво", "10"),
        ("кор (20 шт)", "шт", "Пиво", "Пиво", "20"),
        ("бут", "шт", "Вода 1,5 л", "Вода 1,5 л", "1"),
        ("кор", "кор", "Пиво 0,5 л 1/12", "Пиво 0,5 л 1/24", "1/2"),
    ],
)
def test_factors(our_unit: str, their_unit: str, ours: str, theirs: str, value: str) -> None:
    found, said = factor(our_unit, their_unit, ours, theirs)
    assert found == Fraction(value), said
    assert "проверено по" in said


@pytest.mark.parametrize(
    ("our_unit", "their_unit", "ours", "theirs", "why"),
    [
        ("шт", "шт", "Пиво 0,5 л", "Пиво 1 л", "невозможный"),
        ("кор", "шт", "Пиво", "Пиво", "не сравнить"),
        ("кор", "кор", "Пиво", "Пиво", "не сказано"),
        ("кг", "л", "Масло", "Масло", "не сравнить"),
        ("попугай", "шт", "Пиво", "Пиво", "не распознана"),
        ("л", "шт", "Капля 0,05 мл", "Капля 0,05 мл", "невозможный"),
    ],
)
def test_refusals(our_unit: str, their_unit: str, ours: str, theirs: str, why: str) -> None:
    found, said = factor(our_unit, their_unit, ours, theirs)
    assert found is None
    assert why in said


def test_without_units_nothing_is_said() -> None:
    assert factor("", "шт", "Пиво", "Пиво") == (None, "")


@given(st.integers(2, 500), st.integers(1, 5000))
def test_there_and_back_is_one(count: int, size: int) -> None:
    ours, theirs = f"Вода {size} мл 1/{count}", f"Вода {size} мл"
    there, back = factor("кор", "шт", ours, theirs)[0], factor("шт", "кор", theirs, ours)[0]
    assert there is not None
    assert back is not None
    assert there * back == 1
