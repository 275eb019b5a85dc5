"""Addresses taken apart: house, block and building exactly, the rest as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.matching.addresses import Address, parsed, same_house

ONE = [
    "443099, Самарская обл, г Самара, ул Ленинская, д. 12, корп 2",
    "Самарская область, г. Самара, Ленинская ул., дом 12 к. 2",
    "г.Самара, ул. Ленинская, 12/2",
    "Самара ул. Ленинская д 12 корпус 2",
]


@pytest.mark.parametrize("text", ONE)
def test_spellings_of_one_address(text: str) -> None:
    found = parsed(text)
    assert found.street == {"ленинская"}
    assert found.towns == {"самара"}
    assert same_house(found, parsed(ONE[0])) is True


@pytest.mark.parametrize(
    ("text", "house", "block", "building"),
    [
        ("ул. Мира, д. 12 А", "12а", "", ""),
        ("ул. Мира, д. 12-а", "12а", "", ""),
        ("ул. Мира, 12а", "12а", "", ""),
        ("ул Мира, д 5, лит. Б", "5б", "", ""),
        ("пр-кт Мира, 10 стр. 3", "10", "", "3"),
        ("ул. Мира, д 27корп 1", "27", "1", ""),
        ("ул. 8 Марта, 15/1, оф 3", "15/1", "", ""),
        ("ул. Мира, д. 21, кв.1-30", "21", "", ""),
        ("ул Садовая 7-я, д 2", "2", "", ""),
        ("с. Липки, д. 7", "7", "", ""),
        ("д. Липна, ул. Дачная, д. 1", "1", "", ""),
        ("ул. Мира", "", "", ""),
    ],
)
def test_houses(text: str, house: str, block: str, building: str) -> None:
    found = parsed(text)
    assert (found.house, found.block, found.building) == (house, block, building)


def test_a_village_and_a_house_are_told_apart() -> None:
    found = parsed("обл. Владимирская, р-н. Петушинский, д. Липна, ул. Дачная, д. 1")
    assert found.towns == {"липна"}
    assert found.regions == {"владимирская", "петушинский"}


def test_ordinals_stand_where_they_like() -> None:
    assert parsed("ул. 2-я Загородная, д. 3").street == parsed("ул Загородная 2-я, д 3").street == {"2", "загородная"}


def test_a_street_whose_name_is_a_kind_of_street() -> None:
    assert parsed("г Самара, ул Набережная, д 4").street == {"набережная"}


def test_a_city_that_is_a_region() -> None:
    assert parsed("г. Москва, ул. Тверская, д. 1").towns == parsed("Москва, Тверская, 1").towns == {"москва"}
    assert parsed("СПб, Невский пр., 5").towns == {"санкт-петербург"}


@pytest.mark.parametrize(
    ("other", "same"),
    [("д. 12", False), ("д. 12 корп. 3", False), ("д. 14 корп. 2", False), ("д. 12 к. 2", True), ("", None)],
)
def test_house_and_block_must_agree(other: str, same: bool | None) -> None:
    assert same_house(parsed("ул. Мира, д. 12 корп. 2"), parsed(f"ул. Мира, {other}")) is same


@given(st.text(max_size=80))
def test_anything_can_be_read(text: str) -> None:
    assert isinstance(parsed(text), Address)


@given(st.integers(1, 300), st.sampled_from(["", "а", "б"]), st.sampled_from(["", "2", "15"]))
def test_what_is_written_is_read(house: int, letter: str, block: str) -> None:
    tail = f", корп. {block}" if block else ""
    found = parsed(f"Иркутская обл, г Братск, ул Мира, д {house}{letter}{tail}")
    assert (found.house, found.block) == (f"{house}{letter}", block)
