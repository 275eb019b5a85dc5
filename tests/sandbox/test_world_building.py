"""The world is the same each time, fits the configuration that it is served by, and grows with its scale."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.running import UT11
from sandbox.world import build
from sandbox.world.numbers import EMPTY_REF

if TYPE_CHECKING:
    from sandbox.content import World

NOW = datetime.fromisoformat("2026-11-24")
STANDARD = {
    "Catalog": {"Ref_Key", "Description", "Code", "Parent_Key", "IsFolder", "DeletionMark", "Owner", "Owner_Type"},
    "Document": {"Ref_Key", "Number", "Date", "Posted", "DeletionMark"},
    "InformationRegister": set[str](),
}
PLURAL = {"Catalog": "Catalogs", "Document": "Documents", "InformationRegister": "InformationRegisters"}


@pytest.fixture(scope="module")
def world() -> World:
    """Return the world of seed 1."""
    return build(1, now=NOW)


@pytest.fixture(scope="module")
def configuration() -> dict[str, Any]:
    """Return the description of the configuration as it is on disk."""
    loaded: dict[str, Any] = json.loads(UT11.read_text(encoding="utf-8"))
    return loaded


def test_one_seed_makes_the_same_world(world: World) -> None:
    again = build(1, now=NOW)
    assert again.onec == world.onec
    assert again.crm == world.crm
    assert again.pairs == world.pairs


def test_another_seed_makes_another_world(world: World) -> None:
    other = build(2, now=NOW)
    assert other.crm.goods != world.crm.goods
    ours = {row["Ref_Key"] for row in world.onec["Catalog_Номенклатура"]}
    assert ours.isdisjoint(row["Ref_Key"] for row in other.onec["Catalog_Номенклатура"])


def test_another_day_moves_the_documents_and_changes_nothing_else(world: World) -> None:
    later = build(1, now=NOW + timedelta(days=1))
    assert later.onec["Catalog_Номенклатура"] == world.onec["Catalog_Номенклатура"]
    assert later.pairs == world.pairs
    both = zip(
        later.onec["Document_РеализацияТоваровУслуг"], world.onec["Document_РеализацияТоваровУслуг"], strict=True
    )
    assert all(
        one["Date"] - other["Date"] == timedelta(days=1) and one["Товары"] == other["Товары"] for one, other in both
    )


def test_without_a_moment_the_world_ends_at_todays_midnight() -> None:
    assert build(1).now.time() == datetime.min.time()


def _allowed(types: list[str], name: str) -> set[str]:
    references = [each for each in types if each.startswith("cfg:") and "EnumRef" not in each]
    if len(references) > 1:
        return {name, f"{name}_Type"}
    return {f"{name}_Key"} if references else {name}


def _names(described: dict[str, Any]) -> set[str]:
    return {each for name, types in _fields(described).items() for each in _allowed(types, name)}


def _fields(described: dict[str, Any]) -> dict[str, list[str]]:
    return {**described.get("Attributes", {}), **described.get("Dimensions", {}), **described.get("Resources", {})}


def test_every_property_of_the_content_stands_in_the_configuration(world: World, configuration: dict[str, Any]) -> None:
    for entity, rows in world.onec.items():
        kind, _, name = entity.partition("_")
        described = configuration[f"{PLURAL[kind]}/{name}"]
        sections = described.get("TabularSections", {})
        known = STANDARD[kind] | _names(described) | set(sections)
        used = set().union(*(row.keys() for row in rows))
        assert used <= known, entity
        for section, columns in sections.items():
            columns_known = {"LineNumber"} | {
                each for column, types in columns.items() for each in _allowed(types, column)
            }
            used = set().union(*(line.keys() for row in rows for line in row.get(section, ())))
            assert used <= columns_known, f"{entity}.{section}"


def test_every_value_has_the_type_and_the_length_of_its_attribute(world: World, configuration: dict[str, Any]) -> None:
    for entity, rows in world.onec.items():
        kind, _, name = entity.partition("_")
        described = configuration[f"{PLURAL[kind]}/{name}"]
        fields = {
            **described.get("Attributes", {}),
            **described.get("Dimensions", {}),
            **described.get("Resources", {}),
        }
        _fits(entity, fields, rows)
        for section, columns in described.get("TabularSections", {}).items():
            _fits(f"{entity}.{section}", columns, [line for row in rows for line in row.get(section, ())])


def _fits(where: str, fields: dict[str, list[str]], rows: list[dict[str, Any]]) -> None:
    for name, types in fields.items():
        values = [row[name] for row in rows if name in row]
        match types:
            case ["xs:string", length] if int(length[4:]):
                assert max((len(value) for value in values), default=0) <= int(length[4:]), f"{where}.{name}"
            case ["xs:decimal", number] if number.endswith(".0"):
                assert all(type(value) is int for value in values), f"{where}.{name}"
            case ["xs:decimal", _]:
                assert all(type(value) is Decimal for value in values), f"{where}.{name}"
            case ["xs:boolean"]:
                assert all(type(value) is bool for value in values), f"{where}.{name}"
            case [one] if one.startswith("cfg:EnumRef."):
                assert all(type(value) is str and value for value in values), f"{where}.{name}"


def test_every_enumeration_value_is_one_of_its_members(world: World, configuration: dict[str, Any]) -> None:
    checked = 0
    for entity, rows in world.onec.items():
        kind, _, name = entity.partition("_")
        described = configuration[f"{PLURAL[kind]}/{name}"]
        for attribute, types in {**described.get("Attributes", {}), **described.get("Resources", {})}.items():
            if len(types) == 1 and types[0].startswith("cfg:EnumRef."):
                members = set(configuration[f"Enums/{types[0].removeprefix('cfg:EnumRef.')}"]["EnumValues"])
                used = {row[attribute] for row in rows if attribute in row}
                assert used <= members, f"{entity}.{attribute}"
                checked += len(used)
    assert checked > 20


def test_every_reference_leads_to_something(world: World, configuration: dict[str, Any]) -> None:
    refs = {entity: {row["Ref_Key"] for row in rows if "Ref_Key" in row} for entity, rows in world.onec.items()}
    for entity in ("Document_РеализацияТоваровУслуг", "Document_ЗаказКлиента", "Document_ПриобретениеТоваровУслуг"):
        described = configuration["Documents/" + entity.partition("_")[2]]
        for fields, rows in (
            (described["Attributes"], world.onec[entity]),
            (described["TabularSections"]["Товары"], [line for row in world.onec[entity] for line in row["Товары"]]),
        ):
            for name, types in fields.items():
                target = types[0].removeprefix("cfg:CatalogRef.")
                if len(types) == 1 and f"Catalog_{target}" in refs:
                    used = {row[f"{name}_Key"] for row in rows if f"{name}_Key" in row} - {EMPTY_REF}
                    assert used <= refs[f"Catalog_{target}"], f"{entity}.{name}"


def test_movements_name_registers_sections_and_attributes_that_exist(configuration: dict[str, Any]) -> None:
    registers = {key.partition("/")[2]: value for key, value in configuration.items() if "Registers/" in key}
    seen = set()
    for key, described in configuration.items():
        for movement in described.get("Movements", ()):
            register = registers[movement["register"]]
            columns = described["TabularSections"][movement["section"]]
            assert set(movement["dimensions"]) <= set(register["Dimensions"])
            assert set(movement["resources"]) <= set(register["Resources"])
            places = [*movement["dimensions"].values(), *movement["resources"].values(), *movement.get("when", ())]
            for place in places:
                where, _, name = place.lstrip("-").partition(".")
                assert name in (columns if where == "row" else {**described["Attributes"], "Ref": []}), (
                    f"{key}: {place}"
                )
            seen.add(movement["register"])
    assert seen == {"ТоварыНаСкладах", "ТоварыКОтгрузке", "ЦеныНоменклатуры"}


def test_scale_multiplies_goods_parties_and_documents() -> None:
    world = build(1, scale=3, now=NOW)
    assert len(world.crm.goods) == 4500
    assert len({good.name for good in world.crm.goods}) == 4500
    assert sum(not row["IsFolder"] for row in world.onec["Catalog_Номенклатура"]) == 18_000
    assert len(world.onec["Catalog_Контрагенты"]) == 2700
    assert len(world.onec["Document_РеализацияТоваровУслуг"]) == 4500
    codes = [row["Code"] for row in world.onec["Catalog_УпаковкиЕдиницыИзмерения"]]
    assert len(codes) == len(set(codes))
    assert len({each.split("-")[1] for each in (order.number for order in world.crm.orders)}) == 60


def test_a_world_is_made_in_a_moment() -> None:
    began = time.process_time()
    build(4, now=NOW)
    assert time.process_time() - began < 1.5, "seconds of CPU at scale 1"
