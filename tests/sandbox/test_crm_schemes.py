"""The schemes that are written by key or as a whole list: outlets, bans, own goods, prices, debts, statuses."""

from __future__ import annotations

import pytest

from sandbox.crm.schemes import SETS
from sandbox.crm.service import Manufacturer
from tests.sandbox.crm_client import calling, content, o, order, r, s

OUTLETS = s("CRMExtClientAddressDef", "AddressId CompanyId AddressName CompanyName Location TaxCode")
STATUS = s("CRMOrderStatus", "CRMOrderNumber StatusId Comment HostName OperationTime:Date UserName")


def test_outlets_are_written_by_company_and_address() -> None:
    """The same address of two companies is two outlets: payer and outlet together are the key."""
    double = Manufacturer([content()])
    with calling(double) as client:
        for name in ("Ромашка", "Ромашка 2"):
            rows = (r("A1", "C1", name, "ООО", "Тверь", "690100"), r("A1", "C2", "Лютик", "ИП", "Тверь", "690200"))
            assert client.take("CRMExtClientAddressDef", OUTLETS, o("CRMExtClientAddressDef", *rows)) == ""
    found = {(row["company"], row["address"]): row["address_name"] for row in double.rows("DS108", "outlets")}
    assert found == {("C1", "A1"): "Ромашка 2", ("C2", "A1"): "Лютик"}
    assert double.rows("DS108", "outlets")[0]["tax_code"] == "690100"


def test_blocked_outlets_are_a_whole_list() -> None:
    """An outlet that is not in the list any more is free again: there is no other way to say so."""
    double = Manufacturer([content()])
    schema = s("CRMBanAddress", "CompanyId AddressId")
    with calling(double) as client:
        assert client.take("CRMBanAddress", schema, o("CRMBanAddress", r("C1", "A1"), r("C1", "A2"))) == ""
        assert client.take("CRMBanAddress", schema, o("CRMBanAddress", r("C1", "A2"))) == ""
        assert double.rows("DS108", "bans") == [{"company": "C1", "address": "A2"}]
        assert client.take("CRMBanAddress", schema, o("CRMBanAddress")) == ""
    assert double.rows("DS108", "bans") == []


def test_own_goods_are_written_by_code() -> None:
    double = Manufacturer([content()])
    schema = s("CRMWareSUP", "WareId WareName")
    with calling(double) as client:
        client.take("CRMWareSUP", schema, o("CRMWareSUP", r("00-01", "Вода"), r("00-02", "Сок")))
        client.take("CRMWareSUP", schema, o("CRMWareSUP", r("00-02", "Сок 0,2")))
    assert double.rows("DS108", "goods") == [{"ware": "00-01", "name": "Вода"}, {"ware": "00-02", "name": "Сок 0,2"}]
    assert double.totals("DS108")["CRMWareSUP"]["rows"] == 2


@pytest.mark.parametrize("addresses", ["PriceAddress", "CRMWarePriceAddress"])
def test_prices_are_written_by_date_type_ware_and_unit(addresses: str) -> None:
    """The price types of outlets come under either of the two names that the field has for them."""
    double = Manufacturer([content()])
    prices = s("CRMWarePrice", "PriceDate:Date PriceTypeId WareId UnitId Price:Currency")
    types = s(addresses, "AddressId CompanyId PriceTypeId")
    with calling(double) as client:
        rows = o("CRMWarePrice", r("2026-11-23", "001", "W", "ea", "60.10"), r("2026-11-23", "002", "W", "ea", "59"))
        assert client.take("CRMWarePrice", prices + types, rows + o(addresses, r("A1", "C1", "001"))) == ""
        assert client.take("CRMWarePrice", prices, o("CRMWarePrice", r("2026-11-23", "001", "W", "ea", "61,5"))) == ""
    assert [row["price"] for row in double.rows("DS108", "prices")] == ["61.5", "59"]
    assert double.rows("DS108", "price-types") == [{"address": "A1", "company": "C1", "price_type": "001"}]


def test_debts_are_replaced_whole() -> None:
    double = Manufacturer([content()])
    aggregate = s(
        "CRMSaldoAggregate", "SaldoDate:Date CompanyId AddressId mCustInvoice:Currency mTotalBalance:Currency"
    )
    documents = s("CRMSaldoDoc", "CompanyId AddressId DocumentNumber DocumentDate:Date CustInvoiceSumm:Currency")
    tare = s("CRMSaldoWare", "CompanyId AddressId WareId Quantity:Currency Summ:Currency")
    first = (
        o("CRMSaldoAggregate", r("2026-11-23T08:00:00", "C1", "A1", "10.50", "-3"))
        + o("CRMSaldoDoc", r("C1", "A1", "N1", "2026-11-01", "10.50"))
        + o("CRMSaldoWare", r("C1", "A1", "KEG", "4", "8000"))
    )
    with calling(double) as client:
        assert client.take("CRMSaldoEx", aggregate + documents + tare, first) == ""
        assert [double.rows("DS108", page)[0]["company"] for page in ("debts", "debt-documents", "debt-tare")] == [
            "C1"
        ] * 3
        assert client.take("CRMSaldoEx", documents, o("CRMSaldoDoc")) == ""
        assert [double.rows("DS108", page) for page in ("debts", "debt-documents", "debt-tare")] == [[], [], []]
        assert "Нет набора данных" in client.take("CRMSaldoEx", "", "")


def test_statuses_are_kept_with_their_history() -> None:
    double = Manufacturer([content(orders=[order("N-1")])])
    with calling(double) as client:
        for status in ("Entered", "Transfered"):
            row = r("N-1", status, "принят", "PC1", "2026-11-23T10:00:00", "Иванова")
            assert client.take("CRMOrderStatus", STATUS, o("CRMOrderStatus", row)) == ""
    assert [row["status"] for row in double.rows("DS108", "status-history")] == ["Entered", "Transfered"]
    (last,) = double.rows("DS108", "statuses")
    assert (last["order"], last["status"], last["time"], last["user"]) == (
        "N-1",
        "Transfered",
        "2026-11-23T10:00:00",
        "Иванова",
    )


def test_a_status_of_an_unknown_order_refuses_the_whole_message() -> None:
    double = Manufacturer([content(orders=[order("N-1")])])
    rows = o("CRMOrderStatus", r("N-1", "Transfered", "", "", "", ""), r("N-2", "Transfered", "", "", "", ""))
    with calling(double) as client:
        assert "строка 2: заказ «N-2» неизвестен" in client.take("CRMOrderStatus", STATUS, rows)
        assert len(client.get("CRMOrder").rows("CRMOrder")) == 1
    assert double.rows("DS108", "statuses") == []


def test_a_misspelt_column_is_seen() -> None:
    """One public client sends ``StartusId``: the double does not take that for a status."""
    with calling(Manufacturer([content(orders=[order("N-1")])])) as client:
        schema = s("CRMOrderStatus", "CRMOrderNumber StartusId")
        error = client.take("CRMOrderStatus", schema, o("CRMOrderStatus", r("N-1", "Transfered")))
    assert error == "CRMOrderStatus: нет столбца StatusId"


def test_every_scheme_of_the_table_refuses_a_message_without_its_datasets() -> None:
    """No scheme that the service names falls through or breaks on nothing."""
    with calling(Manufacturer([content()])) as client:
        errors = {scheme: client.take(scheme, "", "") for scheme in SETS}
    assert all(error.startswith("Нет набора данных") for error in errors.values()), errors
