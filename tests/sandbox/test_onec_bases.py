"""The same world in other books: balances agree to the last digit, and БП's account shows them as 1C does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.onec.configuration import load
from sandbox.onec.errors import Refusal
from sandbox.onec.service import OneC
from sandbox.onec.virtual import virtual_table
from sandbox.world import build
from sandbox.world.bases import BASES, configuration
from sandbox.world.bases.bp3 import GOODS_ACCOUNT

if TYPE_CHECKING:
    from decimal import Decimal

    from sandbox.content import World

STOCK = {
    "unf": ("ЗапасыНаСкладах", ("Номенклатура", "СтруктурнаяЕдиница"), "Количество"),
    "bp3": ("Хозрасчетный", ("ExtDimension1", "ExtDimension3"), "Количество"),
}
UT = ("ТоварыНаСкладах", ("Номенклатура", "Склад"), "ВНаличии")


@pytest.fixture(scope="module")
def small() -> World:
    return build(3)


@pytest.fixture(scope="module")
def bases(small: World) -> dict[str, OneC]:
    return {name: OneC(configuration(name), make(small)) for name, make in BASES.items()}


def stock(base: OneC, name: str) -> dict[tuple[str, ...], Decimal]:
    register, dimensions, resource = STOCK.get(name, UT)
    totals = base.store.balance(register, dimensions)
    return {key: sums[resource] for key, sums in totals.items() if sums[resource]}


@pytest.mark.parametrize("name", BASES)
def test_every_base_holds_the_same_stock(bases: dict[str, OneC], name: str) -> None:
    truth = stock(bases["ut11"], "ut11")
    assert len(truth) > 3000
    assert stock(bases[name], name) == truth


@pytest.mark.parametrize("name", ["unf", "bp3"])
def test_outlets_hang_under_their_payers(bases: dict[str, OneC], small: World, name: str) -> None:
    cards = {card["Ref_Key"]: card for card in bases[name].store.objects("Catalog_Контрагенты")}
    outlets = {pair.our_id for pair in small.pairs if pair.kind == "outlet"}
    payers = {pair.our_id for pair in small.pairs if pair.kind == "counterparty"}
    assert outlets <= set(cards)
    assert {cards[ref]["ГоловнойКонтрагент_Key"] for ref in outlets} <= {*cards} - outlets
    assert payers <= set(cards)


def balance(base: OneC, **arguments: str) -> list[dict[str, Any]]:
    entities = base.configuration.set("AccountingRegister_Хозрасчетный")
    source = virtual_table(base.store, entities, "Balance", arguments, inclusive=True)
    names = [each.name for each in source.shape.properties]
    return [dict(zip(names, row, strict=True)) for row in source.load()]


def test_the_balance_of_an_account_has_its_sides(bases: dict[str, OneC]) -> None:
    base = bases["bp3"]
    rows = balance(base, AccountCondition=f"'Account/Code eq ''{GOODS_ACCOUNT}'''")
    assert sum(row["КоличествоBalance"] for row in rows) == sum(stock(base, "bp3").values())
    for row in rows:
        whole = row["КоличествоBalance"]
        assert row["КоличествоBalanceDr"] - row["КоличествоBalanceCr"] == whole
        assert min(row["КоличествоBalanceDr"], row["КоличествоBalanceCr"]) == 0
        assert row["ExtDimension1_Type"].endswith("Catalog_Номенклатура")
        assert row["ExtDimension3_Type"].endswith("Catalog_Склады")
    assert any(row["КоличествоBalanceCr"] for row in rows)
    assert balance(base, AccountCondition="'Account/Code eq ''62.01'''") == []


def test_only_an_accounting_register_knows_accounts(bases: dict[str, OneC]) -> None:
    base = bases["ut11"]
    entities = base.configuration.set("AccumulationRegister_ТоварыНаСкладах")
    with pytest.raises(Refusal, match="AccountCondition"):
        virtual_table(base.store, entities, "Balance", {"AccountCondition": "'1'"}, inclusive=True)
    accounts = bases["bp3"].configuration.set("AccountingRegister_Хозрасчетный")
    with pytest.raises(Refusal):
        virtual_table(bases["bp3"].store, accounts, "Turnovers", {}, inclusive=True)


def test_a_package_of_unf_is_posted_in_the_goods_own_unit(bases: dict[str, OneC]) -> None:
    store = bases["unf"].store
    packages = {row["Ref_Key"]: row["Коэффициент"] for row in store.objects("Catalog_ЕдиницыИзмерения")}
    document = next(
        each
        for each in store.objects("Document_РасходнаяНакладная")
        if each["Posted"] and any(row["ЕдиницаИзмерения"] in packages for row in each["Запасы"])
    )
    wanted = sum(row["Количество"] * packages.get(row["ЕдиницаИзмерения"], 1) for row in document["Запасы"])
    entities = bases["unf"].configuration.sets["AccumulationRegister_ЗапасыНаСкладах"]
    written = store.registers[entities.name].records[(document["Ref_Key"], "StandardODATA.Document_РасходнаяНакладная")]
    slot = entities.register.records.slot("Количество") if entities.register else -1
    assert sum(row[slot] for row in written) == wanted


def test_a_configuration_takes_away_what_it_lays_over() -> None:
    whole, older = load(configuration("ut11")), load(configuration("ut114"))
    assert "Catalog_СтавкиНДС" in whole.sets
    assert "Catalog_СтавкиНДС" not in older.sets
    assert "Catalog_Склады" in older.sets
    with pytest.raises(KeyError):
        configuration("upp")
