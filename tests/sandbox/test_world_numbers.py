"""The numbers that have check digits are right, against numbers known from outside."""

# ruff: noqa: S311 - a seeded world, no cryptography

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from random import Random

import pytest

from sandbox.world.numbering import Numbering
from sandbox.world.numbers import gtin, hundredths, inn_company, inn_person, kpp, reference, thousandths


@pytest.mark.parametrize("whole", ["4006381333931", "5901234123457", "0012345600012", "10614141000415"])
def test_check_digits_are_those_of_gs1(whole: str) -> None:
    assert gtin(whole[:-1]) == whole


def _control(digits: str, weights: str) -> int:
    return sum(int(digit) * int(weight) for digit, weight in zip(digits, weights.split(), strict=False)) % 11 % 10


def right_inn(inn: str) -> bool:
    """Check an INN by the tax service's rule, written apart from the code under test."""
    if len(inn) == 10:
        return int(inn[9]) == _control(inn, "2 4 10 3 5 9 4 6 8")
    return (
        len(inn) == 12
        and int(inn[10]) == _control(inn, "7 2 4 10 3 5 9 4 6 8")
        and int(inn[11]) == _control(inn, "3 7 2 4 10 3 5 9 4 6 8")
    )


def test_the_rule_itself_knows_published_numbers() -> None:
    assert right_inn("7707083893")
    assert right_inn("500100732259")
    assert not right_inn("7707083894")


def test_inn_of_both_kinds_are_right() -> None:
    rng = Random(5)
    made = [inn_company(rng, "52") for _ in range(200)] + [inn_person(rng, "33") for _ in range(200)]
    assert all(right_inn(inn) for inn in made)
    assert {len(inn) for inn in made} == {10, 12}


def test_kpp_names_the_tax_office_and_the_reason() -> None:
    assert kpp("5260123456") == "526001001"
    assert kpp("5260123456", 7, branch=True) == "526043007"


def test_a_reference_is_a_lower_case_guid() -> None:
    made = reference(Random(1))
    assert [len(part) for part in made.split("-")] == [8, 4, 4, 4, 12]
    assert made == made.lower()


def test_decimals_are_exact() -> None:
    assert thousandths(100) == Decimal("0.1")
    assert hundredths(1234567) == Decimal("12345.67")


def test_numbers_of_documents_start_anew_each_year() -> None:
    numbering = Numbering()
    dates = [
        datetime.fromisoformat("2026-12-31"),
        datetime.fromisoformat("2026-12-31"),
        datetime.fromisoformat("2027-01-01"),
    ]
    made = [numbering.next("ЗаказКлиента", date) for date in dates]
    assert made == ["ПД00-000001", "ПД00-000002", "ПД00-000001"]
    assert {len(each) for each in made} == {11}
