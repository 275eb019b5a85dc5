"""Series in the world: a third of the manufacturer's goods, sums that stay, dates that make sense."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from sandbox.onec.service import OneC
from sandbox.running import UT11
from sandbox.world import build

SECTIONS = {
    "ПриобретениеТоваровУслуг": "Товары",
    "РеализацияТоваровУслуг": "Товары",
    "ВозвратТоваровОтКлиента": "Товары",
    "КорректировкаРеализации": "Расхождения",
}


@pytest.fixture(scope="module")
def onec() -> OneC:
    """Give a base with the world in it."""
    return OneC(UT11, build().onec, users={})


def balance(onec: OneC, *dimensions: str) -> dict[tuple[Any, ...], Decimal]:
    found = onec.store.balance("ТоварыНаСкладах", dimensions)
    return {key: resources["ВНаличии"] for key, resources in found.items()}


def test_the_series_of_a_good_are_its_balance(onec: OneC) -> None:
    sums: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for (good, warehouse, _), quantity in balance(onec, "Номенклатура", "Склад", "Серия").items():
        sums[good, warehouse] += quantity
    assert {key: each for key, each in sums.items() if each} == {
        key: each for key, each in balance(onec, "Номенклатура", "Склад").items() if each
    }


def test_many_goods_lie_in_two_series_and_some_below_zero(onec: OneC) -> None:
    lying: dict[tuple[Any, ...], list[Decimal]] = defaultdict(list)
    for (good, warehouse, _), quantity in balance(onec, "Номенклатура", "Склад", "Серия").items():
        lying[good, warehouse].append(quantity)
    assert sum(len(each) > 1 for each in lying.values()) > 300
    assert any(min(each) < 0 < sum(each) for each in lying.values())


def test_every_row_of_a_good_with_series_names_one(onec: OneC) -> None:
    known = {each["Ref_Key"] for each in onec.store.objects("Catalog_СерииНоменклатуры")}
    of_good: dict[str, set[str]] = defaultdict(set)
    for kind, section in SECTIONS.items():
        for document in onec.store.objects(f"Document_{kind}"):
            for row in document[section]:
                of_good[row["Номенклатура_Key"]].add(row["Серия_Key"])
    kept = [series for series in of_good.values() if series & known]
    assert len(kept) > 300
    assert all(series <= known for series in kept)


def test_sums_of_receipts_are_those_of_their_rows(onec: OneC) -> None:
    for document in onec.store.objects("Document_ПриобретениеТоваровУслуг"):
        rows = document["Товары"]
        assert sum(row["СуммаСНДС"] for row in rows) == document["СуммаДокумента"]
        assert [int(row["LineNumber"]) for row in rows] == list(range(1, len(rows) + 1))


def test_a_series_is_good_after_it_was_made() -> None:
    world = build()
    series = world.onec["Catalog_СерииНоменклатуры"]
    assert len({each["Ref_Key"] for each in series}) == len(series)
    assert all(each["ДатаПроизводства"] < world.now < each["ГоденДо"] for each in series)


def test_the_same_seed_makes_the_same_series() -> None:
    assert build(seed=3).onec["Catalog_СерииНоменклатуры"] == build(seed=3).onec["Catalog_СерииНоменклатуры"]
