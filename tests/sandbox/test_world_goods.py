"""The manufacturer's 1,500 goods stand among the distributor's 6,000, differently named and differently counted."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.world import build
from sandbox.world.numbers import EMPTY_REF, gtin

if TYPE_CHECKING:
    from sandbox.content import CrmGood, TruePair, World


@pytest.fixture(scope="module")
def world() -> World:
    """Return the world of seed 1 at a fixed moment."""
    return build(1, now=datetime.fromisoformat("2026-11-24"))


@pytest.fixture(scope="module")
def cards(world: World) -> dict[str, dict[str, Any]]:
    """Return the cards of goods by reference, folders left out."""
    return {row["Ref_Key"]: row for row in world.onec["Catalog_Номенклатура"] if not row["IsFolder"]}


@pytest.fixture(scope="module")
def theirs(world: World) -> dict[str, CrmGood]:
    """Return the manufacturer's goods by ware id."""
    return {good.ware_id: good for good in world.crm.goods}


@pytest.fixture(scope="module")
def pairs(world: World) -> list[TruePair]:
    """Return the true pairs of goods."""
    return [pair for pair in world.pairs if pair.kind == "good"]


def test_there_are_as_many_goods_as_promised(cards: dict[str, Any], theirs: dict[str, CrmGood], world: World) -> None:
    assert len(cards) == 6000
    assert len(theirs) == len(world.crm.goods) == 1500
    assert len({good.name for good in world.crm.goods}) == 1500


def test_about_three_per_cent_are_not_carried(theirs: dict[str, CrmGood], pairs: list[TruePair]) -> None:
    missing = set(theirs) - {pair.their_id for pair in pairs}
    assert 0.02 <= len(missing) / len(theirs) <= 0.04


def test_some_codes_have_two_to_ten_own_goods(pairs: list[TruePair]) -> None:
    several = [times for times in Counter(pair.their_id for pair in pairs).values() if times > 1]
    assert 35 <= len(several) <= 45
    assert max(several) == 10


def test_goods_on_one_code_are_told_in_one_unit(pairs: list[TruePair]) -> None:
    units: dict[str, set[str]] = {}
    for pair in pairs:
        units.setdefault(pair.their_id, set()).add(pair.their_unit)
    assert all(len(each) == 1 for each in units.values())


def test_every_pair_leads_to_cards_and_units_that_exist(
    cards: dict[str, Any], theirs: dict[str, CrmGood], pairs: list[TruePair]
) -> None:
    for pair in pairs:
        assert not cards[pair.our_id]["DeletionMark"]
        assert pair.their_unit in {unit.unit_id for unit in theirs[pair.their_id].units}


def test_every_name_differs_but_most_keep_a_word_of_the_brand(
    cards: dict[str, Any], theirs: dict[str, CrmGood], pairs: list[TruePair]
) -> None:
    names = [(cards[pair.our_id]["Description"], theirs[pair.their_id].name) for pair in pairs]
    same = [ours for ours, their_name in names if ours == their_name]
    assert len(same) < len(names) / 100
    latin = [ours for ours, _ in names if any("a" <= letter.lower() <= "z" for letter in ours)]
    assert len(latin) > 50, "look-alike letters"
    glued = [ours for ours, _ in names if " " not in ours.strip() and len(ours) > 15]
    assert len(glued) > 30, "glued words"
    assert max(len(row["Description"]) for row in cards.values()) <= 100


def test_the_base_unit_stands_first_with_factor_one(theirs: dict[str, CrmGood]) -> None:
    assert all(good.units[0].factor == 1 for good in theirs.values())
    factors = Counter(good.units[1].factor for good in theirs.values() if good.units[1].unit_id == "box")
    assert {Decimal(12), Decimal(20), Decimal(24)} <= set(factors)


def test_kegs_are_litres_there_and_pieces_here(
    cards: dict[str, Any], theirs: dict[str, CrmGood], pairs: list[TruePair], world: World
) -> None:
    names = {row["Ref_Key"]: row["Description"] for row in world.onec["Catalog_УпаковкиЕдиницыИзмерения"]}
    seen = Counter[tuple[str, int]]()
    for pair in pairs:
        if theirs[pair.their_id].units[0].unit_id == "l":
            seen[names[cards[pair.our_id]["ЕдиницаИзмерения_Key"]], pair.numerator] += 1
    assert {("шт", 30), ("шт", 50), ("кег", 30), ("л", 1)} <= set(seen)
    assert all(number == 1 for (unit, number) in seen if unit == "л")


def test_a_third_of_their_unit_occurs_and_every_factor_is_a_true_one(
    theirs: dict[str, CrmGood], pairs: list[TruePair]
) -> None:
    thirds = [pair for pair in pairs if pair.denominator == 3]
    assert len(thirds) >= 5
    assert all("3 шт" in theirs[pair.their_id].units[0].name for pair in thirds)
    boxes = [pair for pair in pairs if pair.their_unit == "ea" and pair.numerator > 1]
    assert boxes
    assert all(theirs[pair.their_id].units[1].factor == pair.numerator for pair in boxes)
    assert any(pair.their_unit == "box" for pair in pairs)


def test_barcodes_are_valid_unique_and_missing_on_a_third(world: World, pairs: list[TruePair]) -> None:
    records = world.onec["InformationRegister_ШтрихкодыНоменклатуры"]
    codes = [record["Штрихкод"] for record in records]
    assert len(codes) == len(set(codes))
    assert all(gtin(each[:-1]) == each for each in codes)
    having = {record["Номенклатура_Key"] for record in records}
    without = sum(pair.our_id not in having for pair in pairs) / len(pairs)
    assert 0.28 <= without <= 0.42


def test_a_barcode_that_both_sides_have_means_the_same_good(
    world: World, theirs: dict[str, CrmGood], pairs: list[TruePair]
) -> None:
    ours = {row["Штрихкод"]: row["Номенклатура_Key"] for row in world.onec["InformationRegister_ШтрихкодыНоменклатуры"]}
    truth = {(pair.our_id, pair.their_id) for pair in pairs}
    common = [(ours[good.barcode], good.ware_id) for good in theirs.values() if good.barcode in ours]
    assert len(common) > 850
    assert set(common) <= truth


def test_the_makers_code_is_filled_for_some_and_wrong_for_a_few(cards: dict[str, Any], pairs: list[TruePair]) -> None:
    truth = {pair.our_id: pair.their_id for pair in pairs}
    coded = {ref: card["КодПроизводителя"] for ref, card in cards.items() if card["КодПроизводителя"]}
    assert 0.12 <= len(coded) / len(pairs) <= 0.22
    wrong = [ref for ref, number in coded.items() if truth.get(ref) != number]
    assert 2 <= len(wrong) <= 12


def test_ware_ids_are_digits_some_with_leading_zeros_some_like_an_ean(theirs: dict[str, CrmGood]) -> None:
    assert all(each.isdigit() for each in theirs)
    assert sum(each.startswith("0") for each in theirs) > 100
    assert sum(len(each) == 13 for each in theirs) > 200


def test_goods_lie_in_folders_and_some_are_marked_for_deletion(cards: dict[str, Any], world: World) -> None:
    folders = {row["Ref_Key"]: row for row in world.onec["Catalog_Номенклатура"] if row["IsFolder"]}
    assert len(folders) > 30
    assert all(card["Parent_Key"] in folders for card in cards.values())
    assert {row["Parent_Key"] for row in folders.values()} - {EMPTY_REF} <= set(folders)
    assert 50 <= sum(card["DeletionMark"] for card in cards.values()) <= 150


def test_packages_belong_to_a_good_or_a_set_and_count_in_pieces(cards: dict[str, Any], world: World) -> None:
    units = world.onec["Catalog_УпаковкиЕдиницыИзмерения"]
    sets = {row["Ref_Key"] for row in world.onec["Catalog_НаборыУпаковок"]}
    owned = [row for row in units if row["Owner"]]
    assert len(units) - len(owned) == 5, "general units have no owner"
    assert all(row["Owner"] in (cards if row["Owner_Type"].endswith("Номенклатура") else sets) for row in owned)
    assert len({row["Code"] for row in units}) == len(units)
    assert max(len(row["Code"]) for row in units) == 4
