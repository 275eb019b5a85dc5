"""How a profile describes the document of an order, and what a base lacks for it."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.errors import Faults
from foundation.settings import link_settings
from mappings.profiles.check import check_profile
from mappings.profiles.profile import load_profile, parse_profile
from sandbox.onec.configuration import load
from sandbox.running import UT11

PROFILE = load_profile("ut11")


class Published:
    """The properties of the sandbox's УТ 11, with what a test takes away."""

    def __init__(self, *gone: str) -> None:
        self._gone = gone
        self._sets = load(UT11).sets

    def properties(self, entity: str, function: str = "") -> dict[str, str] | None:
        entity = entity.removesuffix("_RowType")
        found = self._sets.get(entity)
        if entity in self._gone or function or found is None:
            return None
        types = {each.name: each.edm.replace("StandardODATA.", "") for each in found.shape.properties}
        return {name: edm for name, edm in types.items() if f"{entity}.{name}" not in self._gone}


def orders_of(*gone: str, documents: Any = None) -> list[str]:
    faults = check_profile(PROFILE, {}, Published(*gone), documents=documents)
    return [fault.path for fault in faults if fault.path.startswith("orders.")]


def test_the_sandboxs_base_has_all_that_orders_are_written_into() -> None:
    assert orders_of() == []


def test_what_is_missing_is_told_with_its_path() -> None:
    head, row = "Document_ЗаказКлиента", "Document_ЗаказКлиента_Товары"
    gone = f"{head}.НомерПоДаннымКлиента", f"{row}.Упаковка_Key", "Document_ВозвратТоваровОтКлиента"
    assert orders_of(*gone) == [
        f"orders.request: {head}.НомерПоДаннымКлиента",
        f"orders.request: {head}.Товары/Упаковка_Key",
        "orders.return: Document_ВозвратТоваровОтКлиента",
    ]
    assert orders_of(*gone, documents={"realization"}) == []
    assert orders_of(row) == [f"orders.request: {head}.Товары"]


def test_a_wrong_description_is_told_all_at_once() -> None:
    data = PROFILE.model_dump(mode="json")
    request = data["orders"]["request"]
    request["head"]["colour"] = "Цвет"
    request["required"] = ["outlet", "taste"]
    del request["lines"]["price"]
    data["orders"]["realization"]["constants"]["Статус"] = "{hole}"
    with pytest.raises(Faults) as raised:
        parse_profile(data, "ut11")
    assert [fault.path for fault in raised.value.faults] == ["orders.request"] * 3
    request["head"].pop("colour")
    request["required"] = ["outlet"]
    request["lines"]["price"] = "Цена"
    with pytest.raises(Faults, match="hole"):
        parse_profile(data, "ut11")


def test_a_links_parameters_fill_the_constants() -> None:
    document = PROFILE.orders["request"].filled(PROFILE.filled({"order_status": "КОтгрузке", "order_supply": ""}))
    assert document.constants["Статус"] == "КОтгрузке"
    assert document.line_constants == {}


def test_settings_of_orders_are_told_when_wrong() -> None:
    good = {"onec_url": "https://s/ut", "onec_user": "u", "crm_url": "https://m/x", "crm_user": "DS108"}
    assert link_settings(good).order_posting is False
    with pytest.raises(Faults) as raised:
        link_settings(good | {"order_tolerance": -1, "order_contract": "любой", "statuses": {"waiting": "W"}})
    assert {fault.path for fault in raised.value.faults} == {"order_tolerance", "order_contract", "statuses"}
