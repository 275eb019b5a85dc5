"""The layout kit: any layout's made-up rows come back from the codec, and the sandbox takes what it writes.

Whoever writes a layout runs ``mi1c check --layout FILE``; here every layout of the product goes through the same, and
through the manufacturer's double.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from connectors.crm.xdatalink.address import ServiceAddress
from connectors.crm.xdatalink.envelope import encode
from connectors.crm.xdatalink.service import XDataLink
from foundation.errors import Faults
from mappings.layouts.layout import layouts, load_layout, parse_layout
from mappings.model import Exchange, Part
from sandbox.content import CrmContent
from sandbox.crm.service import PATH, Manufacturer
from sandbox.http import serving
from tasks.layout_trial import made_up, try_layout, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mappings.model import Dataset, Scheme

OUR_EXPORTS = ("stock", "stock_batches", "outlets", "banned", "statuses", "shipments", "own_goods", "prices")


ORDER = {
    **dict.fromkeys(("crm_client_id", "client_name", "client_address", "person_id", "warehouse_id"), "1"),
    "date": "2026-11-20T10:15:00",
    "action_date": "2026-11-26T00:00:00",
    "pay_kind": "2",
    "price_type": "1",
    "lines": [{"ware_id": "1", "unit_id": "ea", "quantity": "1", "price": "1"}],
}


@pytest.mark.parametrize("name", layouts())
@pytest.mark.parametrize("seed", range(3))
def test_what_a_layout_writes_is_what_it_reads(name: str, seed: int) -> None:
    assert try_layout(load_layout(name), seed=seed) == []


@pytest.mark.parametrize("name", layouts())
def test_windows_of_a_layout_travel_in_parts_too(name: str) -> None:
    assert try_layout(load_layout(name), cap=6_000) == []


@pytest.mark.parametrize("name", layouts())
@pytest.mark.parametrize("exchange", OUR_EXPORTS)
def test_the_sandbox_takes_every_row_that_a_layout_writes(name: str, exchange: str) -> None:
    """Flat details, missing units and other columns are all the same to the service: it reads by its own schema."""
    layout = load_layout(name)
    scheme = layout.scheme(Exchange(exchange) if exchange in set(Exchange) else Part(exchange))
    tables = made_up(scheme, Random(7), words=words_of(layout))  # noqa: S311 - made-up rows
    carrying = [each.name for each in every(scheme) if not each.details and each.name in tables]
    wanted = max(len(tables[each]) for each in carrying)
    manufacturer = Manufacturer([CrmContent("DS108")])
    if exchange == "statuses":  # the service refuses the status of an order that it never gave out
        numbers = tables["CRMOrderStatus"]["number"]
        manufacturer.add_orders("DS108", [ORDER | {"number": number} for number in numbers])
    with serving(manufacturer) as served, XDataLink(ServiceAddress(f"{served.url}{PATH}", "DS108")) as service:
        for message in encode(scheme, "DS108", tables, cap=8_000):
            service.send(message.body)
    arrivals = manufacturer.journal.arrivals
    assert {each.outcome for each in arrivals} == {"accepted"}, [each.error for each in arrivals]
    assert sum(each.rows for each in arrivals) >= wanted > 0


def every(scheme: Scheme) -> Iterator[Dataset]:
    waiting = list(scheme.datasets)
    while waiting:
        each = waiting.pop()
        yield each
        waiting += each.details


def broken(**columns: Any) -> dict[str, Any]:
    """Return a small layout of one exchange with these columns in its lines."""
    lines = {"WareId": {"type": "String", "field": "their_good"}, **columns}
    head = {"WareHouseId": {"type": "String", "field": "their_warehouse"}}
    dataset = {"link": ["their_warehouse"], "nested": False, "columns": head, "details": {"Lines": {"columns": lines}}}
    return {
        "name": "x",
        "title": "X",
        "exchanges": {"stock": {"scheme": "S", "request": "set", "datasets": {"Heads": dataset}}},
    }


def test_a_flat_detail_that_does_not_repeat_its_key_is_a_fault() -> None:
    faults = try_layout(parse_layout(broken(), "x"))
    assert faults
    assert all(fault.path.startswith("exchanges.stock") for fault in faults)
    key = {"WareHouseId": {"type": "String", "field": "their_warehouse"}}
    assert try_layout(parse_layout(broken(**key), "x")) == []


def test_a_layout_inherits_and_takes_away() -> None:
    legacy = load_layout("monolit-legacy")
    assert legacy.unitless(Exchange.STOCK)
    assert legacy.unitless(Exchange.SHIPMENTS)
    assert not legacy.unitless(Exchange.GOODS)
    assert not load_layout("monolit").unitless(Exchange.STOCK)
    lines = legacy.exchanges[Exchange.SHIPMENTS].datasets["CRMDespatch"].columns
    assert "Operation" in lines
    assert not {"UnitId", "DocumentTypeId"} & set(lines)
    assert "IsSupplyConvertClients" not in legacy.exchanges[Exchange.SHIPMENTS].datasets["CRMDespatchParam"].columns
    assert legacy.values["shipment_kind"]["return"] == "2"
    assert legacy.values["status"] == load_layout("monolit").values["status"]


def test_a_link_puts_single_columns_in() -> None:
    put = {
        "shipments.CRMDespatch.SaleChannel": "=7",
        "shipments.CRMDespatch.AddressRegionType": "",
        "stock.CRMWhBalanceLine.Extra": "their_good",
    }
    layout = load_layout("monolit", put)
    columns = layout.exchanges[Exchange.SHIPMENTS].datasets["CRMDespatch"].columns
    assert (columns["SaleChannel"].constant, columns["SaleChannel"].field) == ("7", "")
    assert "AddressRegionType" not in columns
    lines = layout.exchanges[Exchange.STOCK].datasets["CRMWhBalance"].details["CRMWhBalanceLine"].columns
    assert lines["Extra"].field == "their_good"
    assert try_layout(layout) == []
    with pytest.raises(Faults) as raised:
        load_layout("monolit", {"shipments.Нет.X": "a", "stock": "b"})
    assert {fault.path for fault in raised.value.faults} == {"layout_columns.shipments.Нет.X", "layout_columns.stock"}


def test_a_layout_that_inherits_itself_is_refused() -> None:
    with pytest.raises(Faults, match="нет"):
        parse_layout({"extends": "nobody"}, "x")
