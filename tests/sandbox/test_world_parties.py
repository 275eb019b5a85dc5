"""900 counterparties and 1,400 outlets: legal numbers that check, one INN with many branches, addresses."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from sandbox.world import build
from sandbox.world.numbers import EMPTY_REF

if TYPE_CHECKING:
    from sandbox.content import World


@pytest.fixture(scope="module")
def world() -> World:
    """Return the world of seed 2 at a fixed moment."""
    return build(2, now=datetime.fromisoformat("2026-11-24"))


def _control(inn: str, weights: str) -> str:
    return str(sum(int(a) * int(b) for a, b in zip(inn, weights.split(), strict=False)) % 11 % 10)


def test_there_are_as_many_parties_as_promised(world: World) -> None:
    partners = world.onec["Catalog_Партнеры"]
    heads = {row["Ref_Key"] for row in partners if row["Parent_Key"] == EMPTY_REF}
    outlets = [row for row in partners if row["Parent_Key"] in heads]
    assert len(world.onec["Catalog_Контрагенты"]) == 900
    assert len(outlets) == 1400
    assert len(heads) + len(outlets) == len(partners)


def test_every_inn_has_its_check_digits(world: World) -> None:
    for row in world.onec["Catalog_Контрагенты"]:
        inn = row["ИНН"]
        if len(inn) == 12:
            assert inn[10:] == _control(inn, "7 2 4 10 3 5 9 4 6 8") + _control(inn, "3 7 2 4 10 3 5 9 4 6 8")
            assert not row["КПП"], "an entrepreneur has no KPP"
        else:
            assert inn[9] == _control(inn, "2 4 10 3 5 9 4 6 8")
            assert row["КПП"].startswith(inn[:4])
            assert len(row["КПП"]) == 9


def test_one_inn_has_several_branches_with_kpp_of_their_own(world: World) -> None:
    cards = world.onec["Catalog_Контрагенты"]
    many = {inn for inn, times in Counter(row["ИНН"] for row in cards).items() if times > 1}
    assert 3 <= len(many) <= 12
    for inn in many:
        same = [row for row in cards if row["ИНН"] == inn]
        assert len({row["КПП"] for row in same}) == len(same)
        assert len({row["ГоловнойКонтрагент_Key"] for row in same}) == 1
        assert len({row["Партнер_Key"] for row in same}) == 1


def test_a_few_chains_have_dozens_of_outlets(world: World) -> None:
    sizes = Counter(row["Parent_Key"] for row in world.onec["Catalog_Партнеры"] if row["Parent_Key"] != EMPTY_REF)
    assert sizes.most_common(1)[0][1] >= 50
    assert sum(times == 1 for times in sizes.values()) > 300


def test_every_outlet_has_an_address_and_a_name_that_fits(world: World) -> None:
    for row in world.onec["Catalog_Партнеры"]:
        assert 0 < len(row["Description"]) <= 100
        if row["Parent_Key"] == EMPTY_REF:
            continue
        address = row["КонтактнаяИнформация"][0]
        assert address["Тип"] == "Адрес"
        assert "д" in address["Представление"]
        assert len(address["Представление"]) <= 500


def test_contracts_and_agreements_lead_to_those_they_are_with(world: World) -> None:
    counterparties = {row["Ref_Key"]: row for row in world.onec["Catalog_Контрагенты"]}
    contracts = world.onec["Catalog_ДоговорыКонтрагентов"]
    assert {row["Контрагент_Key"] for row in contracts} == set(counterparties)
    assert all(counterparties[row["Контрагент_Key"]]["Партнер_Key"] == row["Партнер_Key"] for row in contracts)
    assert sum(row["Типовое"] for row in world.onec["Catalog_СоглашенияСКлиентами"]) == 1


def test_the_four_warehouses_are_pairs_with_the_ids_one_to_four(world: World) -> None:
    names = {row["Ref_Key"]: row["Description"] for row in world.onec["Catalog_Склады"] if not row.get("IsFolder")}
    pairs = {pair.their_id: names[pair.our_id] for pair in world.pairs if pair.kind == "warehouse"}
    assert set(pairs) == {"1", "2", "3", "4"}
    assert pairs["4"] == "Брак"


def test_the_manufacturer_knows_most_outlets_and_has_matched_most_of_those(world: World) -> None:
    known = {pair.their_id: pair.our_id for pair in world.pairs if pair.kind == "outlet"}
    matched = world.crm.outlet_matches
    assert 1200 <= len(known) < 1400
    assert 0.7 <= len(matched) / len(known) <= 0.9
    assert all(known[client] == address for client, (_, address) in matched.items())


def test_orders_have_three_to_eight_lines_of_goods_that_exist(world: World) -> None:
    goods = {good.ware_id: {unit.unit_id for unit in good.units} for good in world.crm.goods}
    assert world.crm.user == "DS108"
    assert len(world.crm.orders) == len({order.number for order in world.crm.orders}) == 20
    for order in world.crm.orders:
        assert 3 <= len(order.lines) <= 8
        assert all(line.unit_id in goods[line.ware_id] and line.quantity > 0 for line in order.lines)
        assert order.crm_client_id
        assert order.action_date > order.date
        assert "PaymType" in {kind for kind, _, _ in order.options}
    wares = {line.ware_id for order in world.crm.orders for line in order.lines}
    assert wares - set(world.crm.ware_matches), "some goods are unmatched at the manufacturer"
    assert {order.document_type for order in world.crm.orders} == {"CustOrder", "CustReturn"}
