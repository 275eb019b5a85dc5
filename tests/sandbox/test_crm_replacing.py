"""Balances and shipments: what a message drops before it is stored, and what a repeated one does."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.crm.holdings import EXACT
from sandbox.crm.service import CAP, PATH, Manufacturer
from sandbox.http import Request
from tests.sandbox.crm_client import (
    HEADERS11,
    SHIPMENT,
    WINDOW,
    calling,
    content,
    data,
    envelope,
    extdata,
    o,
    r,
    s,
    shipments,
    shipped,
    stock,
)

WARE = "4600682000001"
BATCH = "PartNumber ProductionDate:Date ExpirationDate:Date"


def quantities(double: Manufacturer, page: str = "stock", user: str = "DS108") -> list[str]:
    """Return the quantities on a page, in the order of storing."""
    return [row["quantity"] for row in double.rows(user, page)]


def test_skipdelete_0_replaces_all_balances_and_1_appends() -> None:
    double = Manufacturer([content()])
    with calling(double) as client:
        client.call(stock((WARE, "ea", "1"), (WARE, "box", "2")))
        client.call(stock((WARE, "ea", "3"), warehouse="2"))
        assert quantities(double) == ["3"]
        client.call(stock((WARE, "ea", "4"), skip=1))
        assert quantities(double) == ["3", "4"]


def test_a_repeated_replacement_holds_the_rows_once_and_a_repeated_append_twice() -> None:
    """The double appends blindly: who sends a part again without starting anew sees the rows doubled."""
    double = Manufacturer([content()])
    with calling(double) as client:
        for _ in range(2):
            client.call(stock((WARE, "ea", "1")))
        assert quantities(double) == ["1"]
        for _ in range(2):
            client.call(stock((WARE, "ea", "2"), skip=1))
        assert quantities(double) == ["1", "2", "2"]


def test_an_empty_replacement_leaves_nothing() -> None:
    double = Manufacturer([content()])
    with calling(double) as client:
        client.call(stock((WARE, "ea", "1")))
        assert client.call(stock()).error == ""
        assert quantities(double) == []
        assert client.view("messages")[-1]["dropped"] == 1


def test_users_and_schemes_do_not_touch_each_other() -> None:
    double = Manufacturer([content(), content("042")])
    batch = s("CRMWhBalanceParam", "SkipDelete:Integer") + s(
        "CRMWhBalanceParts",
        f"WareHouseId DocumentDate:Date WareId UnitId Quantity:Currency {BATCH}",
    )
    with calling(double) as client:
        client.call(stock((WARE, "ea", "1")))
        client.call(stock((WARE, "ea", "5")).replace("DS108", "042"))
        rows = o("CRMWhBalanceParts", r(1, "2026-11-23", WARE, "ea", "9", "П-1", "2026-10-01", "2027-04-01"))
        assert client.take("CRMWhBalanceExParts", batch, o("CRMWhBalanceParam", r(0)) + rows) == ""
        client.call(stock((WARE, "ea", "2")))
    assert (quantities(double), quantities(double, user="042")) == (["2"], ["5"])
    (row,) = double.rows("DS108", "stock-batches")
    assert (row["part"], row["produced"], row["expires"]) == ("П-1", "2026-10-01T00:00:00", "2027-04-01T00:00:00")


def test_a_window_drops_from_its_date_on_and_leaves_what_is_earlier() -> None:
    """The first day of the window goes, the day before it stays; a document that is not sent again is gone."""
    double = Manufacturer([content()])
    old = (
        shipped("N1", "2026-11-09", WARE, "60.10", 1),
        shipped("N2", "2026-11-10", WARE, "60.10", 2),
        shipped("N3", "2026-11-20", WARE, "60.10", 3),
    )
    with calling(double) as client:
        client.call(shipments("2026-11-01", *old))
        client.call(shipments("2026-11-10", shipped("N2", "2026-11-10", WARE, "61", 2)))
    assert [(row["number"], row["price"]) for row in double.rows("DS108", "shipments")] == [
        ("N1", "60.1"),
        ("N2", "61"),
    ]


def test_a_window_in_parts_and_what_comes_of_a_part_that_is_sent_twice() -> None:
    double = Manufacturer([content()])
    first = shipments("2026-11-01", shipped("N1", "2026-11-09", WARE, 10, 1))
    second = shipments("2026-11-01", shipped("N2", "2026-11-12", WARE, 10, 2), skip=1)
    with calling(double) as client:
        for part in (first, second, second):
            client.call(part)
        assert quantities(double, "shipments") == ["1", "2", "2"]
        for part in (first, second):
            client.call(part)
        assert quantities(double, "shipments") == ["1", "2"]


def test_rows_before_the_window_are_stored_and_remarked() -> None:
    """A row that its own window never drops would be doubled by every repeat: the double says so."""
    double = Manufacturer([content()])
    with calling(double) as client:
        client.call(shipments("2026-11-10", shipped("N1", "2026-11-09", WARE, 10, 1)))
        assert "строк раньше 10.11.2026 1" in client.view("messages")[0]["remarks"][0]
    assert quantities(double, "shipments") == ["1"]


def test_shipments_by_batch_stand_under_their_line_or_instead_of_it() -> None:
    double = Manufacturer([content()])
    window = o("CRMDespatchParam", r("2026-11-01", 0, 0))
    whole = shipped("N1", "2026-11-09", WARE, 10, 3)
    inside = o("CRMDespatchParts", r(1, "П-1", "", ""), r(2, "П-2", "", ""))
    nested = SHIPMENT.removesuffix("</d>") + s("CRMDespatchParts", f"Quantity:Currency {BATCH}") + "</d>"
    with calling(double) as client:
        rows = o("CRMDespatch", whole.removesuffix("</r>") + inside + "</r>")
        assert client.take("CRMDespatchEx", WINDOW + nested, window + rows) == ""
        assert quantities(double, "shipments") == ["3"]
        found = double.rows("DS108", "shipment-batches")
        assert [(row["number"], row["part"], row["quantity"]) for row in found] == [
            ("N1", "П-1", "1"),
            ("N1", "П-2", "2"),
        ]
        columns = (
            "CompanyId AddressId DocumentNumber DocumentDate:Date WareHouseId WareId Price:Currency Quantity:Currency"
        )
        alone = s("CRMDespatchParts", f"{columns} {BATCH}")
        rows = o("CRMDespatchParts", r("C1", "A1", "N2", "2026-11-10", 1, WARE, 10, 5, "П-3", "", ""))
        assert client.take("CRMDespatchEx", WINDOW + alone, window + rows) == ""
    assert quantities(double, "shipments") == []
    assert quantities(double, "shipment-batches") == ["5"]


def test_a_batch_without_its_line_is_refused() -> None:
    with calling(Manufacturer([content()])) as client:
        error = client.take(
            "CRMDespatchEx",
            WINDOW + s("CRMDespatchParts", f"Quantity:Currency {BATCH}"),
            o("CRMDespatchParam", r("2026-11-01", 0, 0)),
        )
    assert "CRMDespatchParts: нет столбца CompanyId" in error


money = st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**9), max_value=10**9)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(money, money), max_size=30))
def test_totals_are_exact(rows: list[tuple[Decimal, Decimal]]) -> None:
    """Sums of quantity and of price × quantity lose no digit, whatever comes together."""
    double = Manufacturer([content()], max_request_bytes=None)
    payload = shipments("2026-11-01", *(shipped("N1", "2026-11-09", WARE, price, count) for price, count in rows))
    double.handle(
        Request("POST", PATH, "", {name.lower(): text for name, text in HEADERS11.items()}, envelope(payload))
    )
    totals = double.totals("DS108")["CRMDespatchEx"]
    millionths = [(int(price * 100_000), int(count * 100_000)) for price, count in rows]
    assert totals["rows"] == len(rows)
    assert Decimal(totals["quantity"]) * 100_000 == sum(count for _, count in millionths)
    assert int(Decimal(totals["amount"]).scaleb(10, EXACT)) == sum(price * count for price, count in millionths)


def test_a_message_of_4_mib_is_handled_well_within_a_second() -> None:
    double = Manufacturer([content()])
    rows = [
        shipped(
            f"N{number // 5}", f"2026-11-{number % 28 + 1:02}", f"46006820{number % 1500:05}", f"{number % 999}.5", 7
        )
        for number in range(16_000)
    ]
    body = envelope(shipments("2026-11-01", *rows))
    assert CAP * 0.8 < len(body) < CAP
    with calling(double) as client:
        began = time.process_time()
        assert client.http.post(client.url, content=body, headers=HEADERS11).status_code == 200
        assert time.process_time() - began < 1
    assert double.totals("DS108")["CRMDespatchEx"]["rows"] == 16_000


@pytest.mark.parametrize("column", ["PayDate:Date", "Operation:Integer", "SaleChannel"])
def test_columns_of_either_dialect_may_come_or_not(column: str) -> None:
    double = Manufacturer([content()])
    schema = WINDOW + SHIPMENT.replace("</d>", s("x", column).partition(">")[2])
    row = shipped("N1", "2026-11-09", WARE, 10, 1).replace("</r>", "<f/></r>")
    with calling(double) as client:
        answered = client.call(
            extdata("CRMDespatchEx", data(schema, o("CRMDespatchParam", r("2026-11-01", 0, 1)) + o("CRMDespatch", row)))
        )
        assert answered.error == ""
        assert client.view("messages")[0]["remarks"] == []
