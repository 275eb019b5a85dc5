"""The connector against the manufacturer's double, over real sockets: all ways to sign in, both SOAPs, every fault."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from connectors.crm.xdatalink.address import ServiceAddress
from connectors.crm.xdatalink.envelope import encode
from connectors.crm.xdatalink.faults import uncertain
from connectors.crm.xdatalink.service import XDataLink
from foundation.errors import (
    AccessDenied,
    Ambiguous,
    BadAnswer,
    Busy,
    MI1CError,
    NotFound,
    Refused,
    TooLarge,
    Unreachable,
)
from mappings.model import Dataset, Kind, Scheme, WireColumn
from sandbox.content import CrmContent, CrmGood, CrmOrder, CrmOrderLine, CrmUnit
from sandbox.crm.service import PATH, Manufacturer
from sandbox.http import serving
from tests.connectors.xdatalink_help import GOODS, QUICK, STOCK, stock_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = 'П<"&роль 1'
ORDERS = Scheme(
    "CRMOrder",
    "get",
    (
        Dataset(
            "CRMOrder",
            (
                WireColumn("CRMOrderNumber", "String", "their_number", Kind.KEY),
                WireColumn("CRMOrderDate", "Date", "date", Kind.MOMENT),
                WireColumn("CRMClientId", "String", "their_client", Kind.KEY),
            ),
            (
                Dataset(
                    "CRMOrderLine",
                    (
                        WireColumn("WareId", "String", "their_good", Kind.KEY),
                        WireColumn("Quantity", "Currency", "quantity", Kind.MICRO),
                        WireColumn("Price", "Currency", "price", Kind.MICRO),
                    ),
                ),
            ),
            ("their_number",),
        ),
    ),
)


def content(orders: int = 0) -> CrmContent:
    """Return a distributor with goods in two units, and orders."""
    units = (CrmUnit("ea", "шт", Decimal(1)), CrmUnit("box", "кор", Decimal("1.333333")))
    at = datetime.fromisoformat("2026-11-23T10:30")
    return CrmContent(
        "DS108",
        goods=[CrmGood(f"46006820{number:05d}", f"Квас <{number}> & Ко", units) for number in range(200)],
        orders=[
            CrmOrder(
                f"З-{number}",
                at,
                at,
                "CL1",
                "Продукты",
                "Тверь",
                "17",
                "1",
                "CustOrder",
                "2",
                "001",
                tuple(
                    CrmOrderLine(f"46006820{line:05d}", "ea", Decimal("1.5"), Decimal("60.10"))
                    for line in range(number)
                ),
            )
            for number in range(1, orders + 1)
        ],
    )


@contextmanager
def linked(double: Manufacturer, path: str = PATH, **settings: Any) -> Iterator[XDataLink]:
    """Serve a double and call it."""
    with serving(double) as running:
        address = ServiceAddress(f"{running.url}{path}", settings.pop("user", "DS108"), **settings)
        with XDataLink(address, retry=QUICK) as service:
            yield service


def stored(double: Manufacturer) -> list[tuple[str, str, Decimal]]:
    """Return the balances that the double holds: warehouse, ware, quantity."""
    return sorted((row["warehouse"], row["ware"], Decimal(row["quantity"])) for row in double.rows("DS108"))


def sent(lines: dict[str, int]) -> list[tuple[str, str, Decimal]]:
    """Return what :func:`stock_tables` says, as :func:`stored` does."""
    table = stock_tables(lines)["CRMWhBalanceLine"]
    return sorted(
        (warehouse, ware, Decimal(micro).scaleb(-6))
        for warehouse, ware, micro in zip(
            table["their_warehouse"], table["their_good"], map(int, table["quantity"]), strict=True
        )
    )


def a_message() -> str:
    """Return a small message with balances."""
    return next(encode(STOCK, "DS108", stock_tables({"1": 2}))).body


@pytest.mark.parametrize("soap", ["1.1", "1.2"])
@pytest.mark.parametrize("auth", ["none", "basic", "ntlm", "attribute"])
@pytest.mark.parametrize("publish", [True, False])
def test_goods_come_and_balances_go(auth: Any, soap: Any, publish: bool) -> None:
    double = Manufacturer(
        [content()], auth=auth, passwords={"DS108": PASSWORD}, auth_attribute="pwd", publish_wsdl=publish
    )
    settings = {"auth": auth, "password": PASSWORD, "attribute": "pwd", "soap": soap}
    with linked(double, **settings) as service:
        table = service.get(GOODS).tables["CRMWare"]
        receipt = service.send(next(encode(STOCK, "DS108", stock_tables({"1": 3}), cap=service.address.room)).body)
        held = stored(double)
    assert len(table) == 400
    assert set(table["factor"]) == {1_000_000, 1_333_333}
    assert table["name"].iloc[0] == "Квас <0> & Ко"
    assert held == sent({"1": 3})
    assert "роль" not in receipt.text


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("details", ["nested", "flat"])
def test_orders_come_with_their_lines_in_either_dialect(details: Any, seed: int) -> None:
    """Columns are shuffled by the seed, numbers have commas, and an unknown column turns up now and then."""
    double = Manufacturer([content(orders=4)], details=details, column_order_seed=seed, decimal_comma=True)
    flat_line = Dataset("CRMOrderLine", (*ORDERS.datasets[0].details[0].columns, ORDERS.datasets[0].columns[0]))
    head = ORDERS.datasets[0]
    asked = Scheme("CRMOrder", "get", (Dataset(head.name, head.columns, (flat_line,), head.link),))
    with linked(double) as service:
        answer = service.get(asked if details == "flat" else ORDERS)
    heads, lines = answer.tables["CRMOrder"], answer.tables["CRMOrderLine"]
    assert sorted(heads["their_number"]) == ["З-1", "З-2", "З-3", "З-4"]
    owners = heads["their_number"].astype(object).iloc[lines["head"]]
    assert owners.value_counts().to_dict() == {"З-1": 1, "З-2": 2, "З-3": 3, "З-4": 4}
    assert owners.tolist() == lines["their_number"].astype(object).tolist()
    assert set(lines["quantity"]) == {1_500_000}
    assert set(lines["price"]) == {60_100_000}


def test_a_window_in_parts_arrives_whole() -> None:
    double = Manufacturer([content()], max_request_bytes=40_000)
    lines = {"1": 500, "2": 700, "4": 1}
    with linked(double, cap_bytes=40_000) as service:
        messages = list(encode(STOCK, "DS108", stock_tables(lines), cap=service.address.room))
        receipts = [service.send(message.body) for message in messages]
        held = stored(double)
    assert len(messages) > 2
    assert held == sent(lines)
    assert [receipt.bytes for receipt in receipts] == [message.wire_bytes for message in messages]


@pytest.mark.parametrize("soap", ["1.1", "1.2"])
@pytest.mark.parametrize("too_large", ["page", "fault", "404.13", "413"])
def test_a_service_with_a_smaller_cap_says_so(too_large: Any, soap: Any) -> None:
    double = Manufacturer([content()], max_request_bytes=2000, too_large=too_large)
    with linked(double, soap=soap) as service, pytest.raises(TooLarge) as caught:
        service.send(next(encode(STOCK, "DS108", stock_tables({"1": 100}))).body)
    assert not uncertain(caught.value)


@pytest.mark.parametrize(("auth", "kind"), [("basic", AccessDenied), ("ntlm", AccessDenied), ("attribute", Refused)])
def test_a_wrong_password_is_told_and_not_shown(auth: Any, kind: type[MI1CError]) -> None:
    double = Manufacturer([content()], auth=auth, passwords={"DS108": PASSWORD})
    with linked(double, auth=auth, password="wrong-word") as service, pytest.raises(kind) as caught:
        service.send(a_message())
    assert "wrong-word" not in str(caught.value)
    assert not double.rows("DS108")


def test_an_unknown_code_of_the_base_is_refused() -> None:
    with linked(Manufacturer([content()]), user="DS999") as service, pytest.raises(Refused, match="DS999"):
        service.get(GOODS)


def test_a_wrong_path_is_not_found() -> None:
    with linked(Manufacturer([content()]), path="/other.asmx") as service, pytest.raises(NotFound):
        service.get(GOODS)


def test_a_closed_port_is_unreachable() -> None:
    with serving(Manufacturer([content()])) as running:
        url = running.url + PATH
    with XDataLink(ServiceAddress(url, "DS108"), retry=QUICK) as service, pytest.raises(Unreachable):
        service.send(a_message())


STRUCK: dict[str, tuple[dict[str, Any], type[MI1CError], bool]] = {
    "cut_before": ({}, Ambiguous, False),
    "cut_after": ({}, Ambiguous, True),
    "half": ({}, Ambiguous, True),
    "html": ({}, BadAnswer, False),
    "empty": ({}, BadAnswer, False),
    "soap_fault": ({}, Refused, False),
    "extdata_error": ({}, Refused, False),
    "status": ({"status": 500}, Ambiguous, False),
}


@pytest.mark.parametrize(("kind", "settings", "error", "was_stored"), [(k, *v) for k, v in STRUCK.items()], ids=STRUCK)
def test_after_a_fault_the_same_message_sent_again_is_stored_once(
    kind: str, settings: dict[str, Any], error: type[MI1CError], was_stored: bool
) -> None:
    double = Manufacturer([content()])
    with linked(double) as service:
        double.faults.arm(kind, method="POST", **settings)
        with pytest.raises(error) as caught:
            service.send(a_message())
        assert bool(double.rows("DS108")) is was_stored
        assert uncertain(caught.value) or not was_stored
        service.send(a_message())
        assert stored(double) == sent({"1": 2})


def test_no_answer_in_time_is_ambiguous() -> None:
    double = Manufacturer([content()])
    with linked(double, timeout=0.2, wsdl="carried") as service:
        held = double.faults.arm("hold_after", method="POST")
        with pytest.raises(Ambiguous, match="время ожидания"):
            service.send(a_message())
        held.released.set()


def test_a_busy_service_is_asked_again_for_goods() -> None:
    double = Manufacturer([content()])
    with linked(double) as service:
        double.faults.arm("status", status=503, times=2)
        assert len(service.get(GOODS).tables["CRMWare"]) == 400
        double.faults.arm("cut_after", times=2, method="POST")
        assert len(service.get(GOODS).tables["CRMWare"]) == 400
        double.faults.arm("status", status=503, times=3)
        with pytest.raises(Busy):
            service.get(GOODS)
