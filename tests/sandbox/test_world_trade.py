"""A month of trade: documents add up, balances are believable, and the odd ones are there too."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.world import build

if TYPE_CHECKING:
    from sandbox.content import World

NOW = datetime.fromisoformat("2026-11-24")
MOVES = (
    ("Document_ПриобретениеТоваровУслуг", "Товары", 1),
    ("Document_РеализацияТоваровУслуг", "Товары", -1),
    ("Document_ВозвратТоваровОтКлиента", "Товары", 1),
    ("Document_КорректировкаРеализации", "Расхождения", -1),
)


@pytest.fixture(scope="module")
def world() -> World:
    """Return the world of seed 3."""
    return build(3, now=NOW)


@pytest.fixture(scope="module")
def balances(world: World) -> dict[tuple[str, str], Decimal]:
    """Return what the posted documents leave, by warehouse name and good."""
    names = {row["Ref_Key"]: row["Description"] for row in world.onec["Catalog_Склады"]}
    sums: dict[tuple[str, str], Decimal] = {}
    for kind, section, sign in MOVES:
        for document in world.onec[kind]:
            if document["Posted"]:
                for row in document[section]:
                    key = names[document["Склад_Key"]], row["Номенклатура_Key"]
                    sums[key] = sums.get(key, Decimal(0)) + sign * row["Количество"]
    return sums


def _shipments(world: World) -> list[dict[str, Any]]:
    return world.onec["Document_РеализацияТоваровУслуг"]


def test_balances_are_believable(balances: dict[tuple[str, str], Decimal]) -> None:
    values = list(balances.values())
    assert 3000 < len(values) < 8000
    assert 5 <= sum(value < 0 for value in values) <= 20, "a few below zero"
    assert 60 <= sum(value == 0 for value in values) <= 300, "some sold out"
    assert min(values) >= -10
    assert max(values) < 5000


def test_all_four_warehouses_hold_something_and_the_main_one_most(balances: dict[tuple[str, str], Decimal]) -> None:
    held = Counter(warehouse for (warehouse, _), value in balances.items() if value > 0)
    assert len(held) == 4
    assert held.most_common(1)[0][0] == "Основной склад"
    assert held["Брак"] > 50


def test_goods_by_weight_and_on_tap_have_fractions_and_all_others_are_whole(
    world: World, balances: dict[tuple[str, str], Decimal]
) -> None:
    units = {row["Ref_Key"]: row["Description"] for row in world.onec["Catalog_УпаковкиЕдиницыИзмерения"]}
    unit = {
        row["Ref_Key"]: units.get(row.get("ЕдиницаИзмерения_Key", "")) for row in world.onec["Catalog_Номенклатура"]
    }
    broken = Counter(unit[good] for (_, good), value in balances.items() if value % 1)
    assert set(broken) == {"кг", "л"}
    assert min(broken.values()) > 20


def test_thirty_days_of_shipments_end_yesterday(world: World) -> None:
    dates = [document["Date"] for document in _shipments(world)]
    assert len(dates) == 1500
    assert NOW - timedelta(days=30) <= min(dates) <= max(dates) < NOW
    assert len({date.date() for date in dates}) == 30


def test_some_shipments_are_not_posted_and_some_are_marked_for_deletion(world: World) -> None:
    marked = [document for document in _shipments(world) if document["DeletionMark"]]
    drafts = [document for document in _shipments(world) if not document["Posted"] and not document["DeletionMark"]]
    assert 20 <= len(marked) <= 70
    assert 30 <= len(drafts) <= 110
    assert not any(document["Posted"] for document in marked), "1C lets no posted document be marked"


def test_returns_and_corrections_follow_the_shipment_they_name(world: World) -> None:
    shipped = {document["Ref_Key"]: document for document in _shipments(world)}
    returns = world.onec["Document_ВозвратТоваровОтКлиента"]
    corrections = world.onec["Document_КорректировкаРеализации"]
    assert (len(returns), len(corrections)) == (75, 45)
    for document in returns:
        basis = shipped[document["Товары"][0]["ДокументРеализации"]]
        assert basis["Posted"]
        assert basis["Date"] < document["Date"] < NOW
        sold: Counter[str] = Counter()
        for row in basis["Товары"]:
            sold[row["Номенклатура_Key"]] += row["Количество"]
        assert all(0 < row["Количество"] <= sold[row["Номенклатура_Key"]] for row in document["Товары"])
    for document in corrections:
        basis = shipped[document["ДокументОснование"]]
        before = sum(row["Количество"] for row in basis["Товары"])
        after = sum(row["Количество"] for row in document["Товары"])
        assert after - before == sum(row["Количество"] for row in document["Расхождения"])
    signs = {row["Количество"] > 0 for document in corrections for row in document["Расхождения"]}
    assert signs == {True, False}


def _near(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_the_sums_of_lines_and_documents_add_up(world: World) -> None:
    rates = {row["Ref_Key"]: row["Ставка"] for row in world.onec["Catalog_СтавкиНДС"]}
    included = Counter[bool]()
    for document in _shipments(world):
        included[document["ЦенаВключаетНДС"]] += 1
        for row in document["Товары"]:
            rate = rates[row["СтавкаНДС_Key"]]
            assert row["Сумма"] == _near(row["Цена"] * row["КоличествоУпаковок"])
            if document["ЦенаВключаетНДС"]:
                assert row["СуммаНДС"] == _near(row["Сумма"] * rate / (100 + rate))
                assert row["СуммаСНДС"] == row["Сумма"]
            else:
                assert row["СуммаНДС"] == _near(row["Сумма"] * rate / 100)
                assert row["СуммаСНДС"] == row["Сумма"] + row["СуммаНДС"]
        assert document["СуммаДокумента"] == sum(row["СуммаСНДС"] for row in document["Товары"])
        assert [row["LineNumber"] for row in document["Товары"]] == list(range(1, len(document["Товары"]) + 1))
    assert included[False] > 50


def test_a_good_stands_twice_in_some_document_at_two_prices(world: World) -> None:
    twice = 0
    for document in _shipments(world):
        prices: dict[str, set[Decimal]] = {}
        for row in document["Товары"]:
            prices.setdefault(row["Номенклатура_Key"], set()).add(row["СуммаСНДС"] / row["Количество"])
        twice += any(len(each) > 1 for each in prices.values())
    assert twice > 10


def test_packages_count_as_many_units_as_they_hold(world: World) -> None:
    holds = {row["Ref_Key"]: row["Числитель"] for row in world.onec["Catalog_УпаковкиЕдиницыИзмерения"]}
    packed = [row for document in _shipments(world) for row in document["Товары"] if row["Упаковка_Key"] in holds]
    assert len(packed) > 1000
    assert all(row["КоличествоУпаковок"] * holds[row["Упаковка_Key"]] == row["Количество"] for row in packed)


def test_open_orders_reserve_no_more_than_lies_in_the_main_warehouse(
    world: World, balances: dict[tuple[str, str], Decimal]
) -> None:
    waiting = [
        order for order in world.onec["Document_ЗаказКлиента"] if order["Posted"] and order["Статус"] != "Закрыт"
    ]
    assert 40 <= len(waiting) <= 60
    reserved: dict[str, Decimal] = {}
    ways = Counter[str]()
    for order in waiting:
        for row in order["Товары"]:
            ways[row["ВариантОбеспечения"]] += 1
            good = row["Номенклатура_Key"]
            reserved[good] = reserved.get(good, Decimal(0)) + row["Количество"]
    over = [good for good, quantity in reserved.items() if quantity > balances["Основной склад", good]]
    assert len(over) <= len(reserved) // 20, "hardly anything is promised that is not there"
    assert set(ways) == {"Отгрузить", "СоСклада"}


def test_shipments_on_orders_name_an_order_that_exists(world: World) -> None:
    orders = {order["Ref_Key"]: order for order in world.onec["Document_ЗаказКлиента"]}
    linked = [document for document in _shipments(world) if document.get("ЗаказКлиента")]
    assert len(linked) > 150
    for document in linked:
        order = orders[document["ЗаказКлиента"]]
        assert order["Date"] < document["Date"]
        assert (order["Статус"] == "Закрыт") is document["Posted"]
    states = {record["Заказ"] for record in world.onec["InformationRegister_СостоянияЗаказовКлиентов"]}
    assert states == {ref for ref, order in orders.items() if order["Posted"]}


def test_every_live_good_has_a_wholesale_price(world: World) -> None:
    wholesale = next(row["Ref_Key"] for row in world.onec["Catalog_ВидыЦен"] if row["Description"] == "Оптовая")
    priced = {
        row["Номенклатура_Key"]
        for document in world.onec["Document_УстановкаЦенНоменклатуры"]
        for row in document["Товары"]
        if row["ВидЦены_Key"] == wholesale and row["Цена"] > 0
    }
    live = {
        row["Ref_Key"] for row in world.onec["Catalog_Номенклатура"] if not row["IsFolder"] and not row["DeletionMark"]
    }
    assert priced == live
