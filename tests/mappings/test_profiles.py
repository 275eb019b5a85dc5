"""Profiles and layouts: all faults at once, with paths; what a base lacks is told with the step that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from foundation.errors import Faults
from mappings.layouts.layout import layouts, load_layout, parse_layout
from mappings.model import TABLES, Exchange
from mappings.profiles.check import check_profile
from mappings.profiles.profile import load_profile, parse_profile, profiles
from mappings.table_names import SAID

if TYPE_CHECKING:
    from pathlib import Path


class Base:
    """A base that publishes what it is told."""

    def __init__(self, sets: dict[str, dict[str, str]]) -> None:
        self.sets = sets

    def properties(self, entity: str, function: str = "") -> dict[str, str] | None:
        return self.sets.get(f"{entity}/{function}" if function else entity)


def test_every_table_has_a_name_that_an_operator_reads() -> None:
    assert set(SAID) == set(TABLES)


@pytest.mark.parametrize("name", profiles())
def test_every_profile_of_the_product_reads(name: str) -> None:
    profile = load_profile(name)
    assert profile.reading("stock").fields


@pytest.mark.parametrize("name", layouts())
def test_every_layout_of_the_product_reads(name: str) -> None:
    assert load_layout(name).scheme(Exchange.GOODS).request == "get"


def test_five_faults_are_told_at_once() -> None:
    data = {
        "name": "Плохой",
        "configurations": [],
        "entities": {
            "goods": {"entity": "Каталог", "key": ["Ref_Key"], "fields": {"our_good": "Ref_Key"}, "extra": 1},
        },
    }
    with pytest.raises(Faults) as raised:
        parse_profile(data, "плохой")
    paths = {fault.path for fault in raised.value.faults}
    assert paths == {"name", "title", "configurations", "entities.goods.entity", "entities.goods.extra"}


def test_faults_against_the_model_have_paths_too() -> None:
    data = load_profile("ut11").model_dump()
    data["entities"]["stock"]["fields"] = {"our_good": "Номенклатура_Key", "colour": "Цвет", "reserved": "{hole}"}
    with pytest.raises(Faults) as raised:
        parse_profile(data, "ut11")
    assert {fault.path for fault in raised.value.faults} == {
        "entities.stock.fields.colour",
        "entities.stock.fields.our_warehouse",
        "entities.stock.fields.quantity",
        "entities.stock",
    }


def test_a_file_that_is_no_yaml_says_the_line(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("name: x\n  bad: [", "utf-8")
    with pytest.raises(Faults, match="строка 2"):
        load_profile(path)
    with pytest.raises(Faults, match="файла нет"):
        load_profile(tmp_path / "none.yaml")
    with pytest.raises(Faults, match="Профиля «нет» нет"):
        load_profile("нет")
    with pytest.raises(Faults, match="Раскладки «нет» нет"):
        load_layout("нет")


def test_a_layouts_faults_are_told_with_paths() -> None:
    data = load_layout("monolit").model_dump(mode="json")
    data["exchanges"]["stock"]["parts"]["column"] = "Nothing"
    data["exchanges"]["goods"]["datasets"]["CRMWare"]["columns"]["WareId"] = {"type": "Text", "field": "their_good"}
    with pytest.raises(Faults) as raised:
        parse_layout(data, "monolit")
    assert {fault.path for fault in raised.value.faults} == {
        "exchanges.stock",
        "exchanges.goods.datasets.CRMWare.columns.WareId.type",
    }


def test_a_parameter_fills_a_field_and_an_empty_one_leaves_it_out() -> None:
    profile = load_profile("ut11")
    columns = {field.column: field.source for field in profile.reading("goods", {"code_field": "Код2"}).fields}
    assert columns["their_code"] == "Код2"
    assert "their_code" not in {field.column for field in profile.reading("goods").fields}
    with pytest.raises(Faults, match="не знает параметров"):
        profile.filled({"colour": "x"})


def source(profile: str, table: str, column: str, **parameters: str) -> str:
    """Return the property that a link with these parameters reads a column from, "" for none."""
    fields = load_profile(profile).reading(table, parameters).fields
    return next((field.source for field in fields if field.column == column), "")


@pytest.mark.parametrize(
    ("profile", "choice", "expected"),
    [
        ("ut11", "child_partner", "Партнер_Key"),
        ("ut11", "partner", "Партнер_Key"),
        ("ut11", "consignee", "Грузополучатель_Key"),
        ("ut11", "delivery_address", "Партнер_Key"),
        ("ut11", "contact_address", "Партнер_Key"),
        ("ut11", "Catalog_ТорговыеТочки", ""),
        ("erp2", "consignee", "Грузополучатель_Key"),
        ("bp3", "branch", "Грузополучатель_Key"),
        ("bp3", "delivery_address", "Контрагент_Key"),
        ("unf", "contact_address", "Контрагент_Key"),
        ("unf", "Catalog_ТорговыеТочки", ""),
    ],
)
def test_shipments_name_their_outlet_by_what_the_link_says_it_is(profile: str, choice: str, expected: str) -> None:
    assert source(profile, "shipments.sale", "our_outlet", outlets=choice) == expected
    own = source(profile, "shipments.sale", "our_outlet", outlets=choice, shipment_outlet="Свой_Key")
    assert own == "Свой_Key", "what the link names itself holds"


@pytest.mark.parametrize("profile", ["ut11", "bp3", "unf"])
@pytest.mark.parametrize("choice", ["delivery_address", "contact_address"])
def test_where_outlets_are_addresses_shipments_tell_partner_and_address_as_outlets_do(
    profile: str, choice: str
) -> None:
    """The identity of an address is made of both: outlets and shipments must take them from the same places."""
    assert source(profile, "shipments.sale", "address", outlets=choice) == "АдресДоставки"
    if choice == "delivery_address":
        partner = source(profile, "outlets", "our_outlet", outlets=choice)
        assert source(profile, "shipments.sale", "our_outlet", outlets=choice) == partner
    assert source("bp3", "shipments.sale", "address") == "", "read only where it is asked for"


def test_a_default_that_follows_nothing_is_told() -> None:
    def wrong(**more: object) -> list[str]:
        described = {
            "name": "x",
            "title": "X",
            "configurations": ["X"],
            "parameters": {
                "kind": {"doc": "", "default": "a", "choices": {"a": "", "b": ""}},
                "field": {"doc": "", **more},
            },
            "entities": {
                "warehouses": {
                    "entity": "Catalog_Склады",
                    "key": ["Ref_Key"],
                    "fields": {"our_warehouse": "Ref_Key", "name": "Имя", "deleted": "DeletionMark"},
                }
            },
        }
        try:
            parse_profile(described, "x")
        except Faults as faults:
            return [fault.path for fault in faults.faults]
        return []

    assert wrong(follows="kind", defaults={"b": "Поле"}) == []
    assert wrong(follows="colour") == ["parameters.field.follows"]
    assert wrong(follows="kind", defaults={"c": "Поле"}) == ["parameters.field.defaults.c"]
    assert wrong(defaults={"a": "Поле"}) == ["parameters.field.defaults.a"]


def test_a_base_is_told_everything_that_it_lacks() -> None:
    profile = parse_profile(
        {
            "name": "x",
            "title": "X",
            "configurations": ["X"],
            "entities": {
                "barcodes": {
                    "entity": "InformationRegister_Нет",
                    "key": ["A"],
                    "fields": {"barcode": "A", "our_good": "B"},
                },
                "warehouses": {
                    "entity": "Catalog_Склады",
                    "key": ["Ref_Key"],
                    "fields": {"our_warehouse": "Ref_Key", "name": "Имя", "deleted": "DeletionMark"},
                },
                "stock": {
                    "entity": "AccumulationRegister_Товары",
                    "function": "Balance",
                    "key": ["A"],
                    "fields": {"our_warehouse": "A", "our_good": "B", "quantity": "C"},
                },
            },
        },
        "x",
    )
    base = Base(
        {
            "Catalog_Склады": {"Ref_Key": "Edm.Guid", "DeletionMark": "Edm.String"},
            "AccumulationRegister_Товары": {"Recorder": "Edm.String"},
        }
    )
    faults = {fault.path: fault.said for fault in check_profile(profile, {}, base)}
    assert set(faults) == {
        "barcodes: InformationRegister_Нет",
        "warehouses: Catalog_Склады.Имя",
        "warehouses: Catalog_Склады.DeletionMark",
        "stock: AccumulationRegister_Товары/Balance",
    }
    assert "Регистры сведений → Нет" in faults["barcodes: InformationRegister_Нет"]


def chosen(value: str = "") -> dict[str, str]:
    return {"outlets": value} if value else {}


@pytest.mark.parametrize(
    ("value", "entity", "addresses"),
    [
        ("", "Catalog_Партнеры", "outlet_addresses.child_partner"),
        ("partner", "Catalog_Партнеры", "outlet_addresses.partner"),
        ("consignee", "Catalog_Контрагенты", "outlet_addresses.consignee"),
        ("delivery_address", "Document_РеализацияТоваровУслуг", ""),
        ("contact_address", "Catalog_Партнеры_КонтактнаяИнформация", ""),
        ("Catalog_ТорговыеТочки", "Catalog_ТорговыеТочки", ""),
    ],
)
def test_a_link_chooses_what_an_outlet_is(value: str, entity: str, addresses: str) -> None:
    """A word of the profile, or the name of a catalog of its own, as links named it before there were words."""
    profile = load_profile("ut11")
    assert profile.reading("outlets", chosen(value)).entity == entity
    assert profile.entity_of("outlet_addresses", chosen(value)) == addresses


def test_a_link_that_chooses_what_is_not_there_is_told_what_is() -> None:
    profile = load_profile("ut11")
    with pytest.raises(Faults, match="child_partner") as raised:
        profile.reading("outlets", {"outlets": "партнёр"})
    assert [fault.path for fault in raised.value.faults] == ["profile_parameters.outlets"]


def test_the_counterparties_are_where_the_link_says() -> None:
    profile = load_profile("ut11")
    assert profile.reading("counterparties", {"counterparties": "Catalog_Клиенты"}).entity == "Catalog_Клиенты"


def test_only_what_a_link_reads_is_checked() -> None:
    profile = load_profile("ut11")
    used = profile.used(chosen("consignee"))
    assert "outlets.consignee" in used
    assert not {"outlets.partner", "outlets.child_partner", "stock_batches", "batches"} & set(used)
    assert "batches" in profile.used({}, also={"batches"})
    faults = check_profile(profile, chosen("delivery_address"), Base({}), also={"stock_batches"})
    assert {fault.path.partition(":")[0] for fault in faults} >= {"outlets", "stock_batches"}
