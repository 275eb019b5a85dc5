"""Profiles that inherit, links that override single fields, and what is said when either goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from foundation.errors import Faults
from mappings.profiles.inherit import merged, resolved
from mappings.profiles.profile import load_profile, parse_profile, profiles

if TYPE_CHECKING:
    from pathlib import Path

ONEC8 = ("ut11", "ut114", "ka2", "erp2", "unf", "bp3")


def test_a_mapping_is_merged_and_null_takes_away() -> None:
    below = {"a": {"x": 1, "y": 2}, "b": [1, 2], "c": 3}
    assert merged(below, {"a": {"y": None, "z": 4}, "b": [5]}) == {"a": {"x": 1, "z": 4}, "b": [5], "c": 3}
    assert below == {"a": {"x": 1, "y": 2}, "b": [1, 2], "c": 3}


def test_inheritance_goes_down_and_never_round() -> None:
    shelf: dict[str, Any] = {"b": {"extends": "c", "two": 2}, "c": {"three": 3}, "x": {"extends": "y"}}
    shelf["y"] = {"extends": "x"}
    assert resolved({"extends": "b", "one": 1}, shelf.__getitem__) == {"one": 1, "two": 2, "three": 3}
    with pytest.raises(Faults, match="само себя"):
        resolved({"extends": "x"}, shelf.__getitem__)


@pytest.mark.parametrize("name", ONEC8)
def test_every_configuration_of_8_describes_all_exchanges(name: str) -> None:
    profile = load_profile(name)
    assert name in profiles()
    for table in ("goods", "units", "barcodes", "warehouses", "counterparties", "outlets", "stock", "prices"):
        assert profile.parts(table), table
    assert {"sale", "return"} <= set(profile.sources("shipments"))
    assert {"request", "return"} <= set(profile.orders)
    assert "order_states.request" in profile.entities
    assert profile.parts("contracts")


@pytest.mark.parametrize("name", ONEC8)
def test_every_outlet_source_of_a_profile_can_be_read(name: str) -> None:
    profile = load_profile(name)
    for choice in profile.parameters["outlets"].choices:
        value = "Catalog_ТорговыеТочки" if choice == "catalog" else choice
        reading = profile.reading("outlets", {"outlets": value})
        assert reading.fields
        assert "{" not in reading.entity + reading.where


def test_11_4_says_vat_by_a_word_and_has_no_catalog_of_rates() -> None:
    ut114, ut11 = load_profile("ut114"), load_profile("ut11")
    assert ut114.vat["НДС20"].rate == 20
    assert "vat_rates" not in ut114.entities
    assert ut114.orders["request"].lines["vat_rate"] == "СтавкаНДС"
    assert ut114.orders["request"].external.length == 30
    assert ut114.orders["request"].head == ut11.orders["request"].head
    assert ut114.entities["goods"] == ut11.entities["goods"]


def test_a_link_overrides_single_fields() -> None:
    profile = load_profile(
        "ut11",
        {
            "goods.article": "АртикулПоставщика",
            "goods.full_name": "",
            "outlets.child_partner.address": "АдресСтрокой",
            "stock.entity": "AccumulationRegister_Остатки",
            "orders.request.head.agent": "Агент_Key",
            "orders.request.status": "МойСтатус",
        },
    )
    fields = profile.entities["goods"].fields
    assert fields["article"] == "АртикулПоставщика"
    assert "full_name" not in fields
    assert profile.entities["outlets.child_partner"].fields["address"] == "АдресСтрокой"
    assert profile.entities["stock"].entity == "AccumulationRegister_Остатки"
    assert profile.orders["request"].head["agent"] == "Агент_Key"
    assert profile.orders["request"].status == "МойСтатус"
    assert load_profile("ut11").entities["goods"].fields["article"] == "Артикул"


def test_a_wrong_override_is_told_with_its_path() -> None:
    with pytest.raises(Faults) as raised:
        load_profile("ut11", {"нет.article": "x", "goods": "y", "orders.нет.head.agent": "z"})
    assert {fault.path for fault in raised.value.faults} == {
        "profile_overrides.нет.article",
        "profile_overrides.goods",
        "profile_overrides.orders.нет.head.agent",
    }
    with pytest.raises(Faults) as raised:
        load_profile("ut11", {"goods.colour": "Цвет", "goods.name": ""})
    assert {fault.path for fault in raised.value.faults} == {
        "entities.goods.fields.colour",
        "entities.goods.fields.name",
    }


def test_a_profile_in_a_file_may_inherit_one_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("extends: ut11\nname: own\nentities: {goods: {fields: {code: КодНаш}}}\n", "utf-8")
    assert load_profile(path).entities["goods"].fields["code"] == "КодНаш"
    path.write_text("extends: nobody\nname: own\n", "utf-8")
    with pytest.raises(Faults, match="nobody"):
        load_profile(path)


def test_a_constant_and_the_parts_of_a_table() -> None:
    unf = load_profile("unf")
    assert unf.parts("units") == ["units.classifier", "units.package"]
    reading = unf.reading("units.package")
    assert reading.constants == (("denominator", "1"),)
    assert "denominator" not in {each.column for each in reading.fields}
    assert load_profile("v77-trade").reading("units").constants == ()


def test_faults_of_an_heir_have_its_own_paths() -> None:
    with pytest.raises(Faults) as raised:
        parse_profile({"extends": "ut11", "name": "x", "entities": {"stock": {"fields": {"quantity": None}}}}, "x")
    assert [fault.path for fault in raised.value.faults] == ["entities.stock.fields.quantity"]
