"""Messages of shipments: parts of a window, cards before the rows that name them, dialects that are another layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from connectors.crm.xdatalink.envelope import decode
from foundation.settings import link_settings
from mappings.layouts.layout import load_layout, parse_layout
from mappings.model import Exchange
from mappings.profiles.profile import load_profile
from tasks.links import Link
from tasks.shipments import shipment_messages
from tests.mappings.shipment_rows import Row, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from foundation.database import Database
    from mappings.layouts.layout import Layout

pytestmark = pytest.mark.filterwarnings("default")  # prefect's own warnings


def link(layout: Layout, **more: Any) -> Link:
    """Return a link that has no base and no service: messages ask neither."""
    values = {"onec_url": "http://a", "onec_user": "u", "crm_url": "http://b", "crm_user": "DS108", **more}
    return Link("l", 1, link_settings(values), load_profile("ut11"), layout, cast("Database", None))


def dialect(change: Callable[[dict[str, Any]], None]) -> Layout:
    """Return the layout with its shipments described in another way."""
    data = load_layout("monolit").model_dump(mode="json")
    change(data["exchanges"]["shipments"])
    return parse_layout(data, "dialect")


def bodies(layout: Layout, rows: list[Row], **more: Any) -> list[str]:
    return [message.text for message in shipment_messages(link(layout, **more), run(*rows, converts=True))]


def many(count: int) -> list[Row]:
    return [
        Row(document=f"d{number}", number=f"{number:06}", outlet=f"o{number % 40}", good=good)
        for number in range(count)
        for good in ("beer", "keg")
    ]


def test_one_message_has_parameters_lines_and_outlets() -> None:
    [body] = bodies(load_layout("monolit"), [Row()])
    rows = body.partition("<o>")[2]
    assert rows == (
        '<d name="CRMDespatchParam"><r><f>2026-11-10T00:00:00</f><f>0</f><f>1</f></r></d>'
        '<d name="CRMDespatch"><r><f>F-1</f><f>shop</f><f/><f/><f/><f/><f>CustInvoice</f><f>26-000001</f>'
        "<f>2026-11-20T00:00:00</f><f/><f>1</f><f>B1</f><f>ea</f><f>10</f><f>2</f></r></d>"
        '<d name="CRMClientAddress"><r><f>C1</f><f>F-1</f><f>ООО</f><f>shop</f><f>Магазин</f><f>ул. Мира</f></r></d>'
        "</o></data></scheme></extdata>"
    )


def test_parts_hold_every_line_once_and_cards_come_first() -> None:
    layout = load_layout("monolit")
    parts = bodies(layout, many(300), cap_mib=0.06)
    assert len(parts) > 3
    scheme = layout.scheme(Exchange.SHIPMENTS)
    decoded = [decode(part, scheme).tables for part in parts]
    marks = ["<f>0</f>" if part == 0 else "<f>1</f>" for part in range(len(parts))]
    for part, mark in zip(parts, marks, strict=True):
        assert f'<d name="CRMDespatchParam"><r><f>2026-11-10T00:00:00</f>{mark}<f>1</f></r></d>' in part
    numbers = [number for tables in decoded for number in tables["CRMDespatch"]["document_number"]]
    assert numbers == [f"26-{number:06}" for number in range(300) for _ in range(2)]
    cards = [len(tables["CRMClientAddress"]) for tables in decoded]
    assert cards == [40] + [0] * (len(parts) - 1)


def test_an_empty_window_is_a_message_that_deletes() -> None:
    [body] = bodies(load_layout("monolit"), [])
    assert '<d name="CRMDespatch"></d>' in body
    assert "<f>2026-11-10T00:00:00</f><f>0</f>" in body


def test_lines_may_hang_under_the_parameters() -> None:
    """One client of the service nests the rows, and calls the block of outlets by its other name."""

    def nested(shipments: dict[str, Any]) -> None:
        datasets = shipments["datasets"]
        lines, cards = datasets.pop("CRMDespatch"), datasets.pop("CRMClientAddress")
        datasets["CRMDespatchParam"]["details"] = {"CRMDespatch": lines}
        datasets["CRMExtClientAddressDef"] = cards
        shipments["parts"]["ahead"] = ["CRMExtClientAddressDef"]

    [body] = bodies(dialect(nested), [Row(), Row(good="keg")])
    inner = body.partition("<o>")[2]
    assert inner.startswith(
        '<d name="CRMDespatchParam"><r><f>2026-11-10T00:00:00</f><f>0</f><f>1</f><d name="CRMDespatch">'
    )
    assert inner.count("CustInvoice") == 2
    assert '<d name="CRMExtClientAddressDef"><r><f>C1</f>' in inner


def test_an_older_dialect_is_a_layout_with_fewer_columns() -> None:
    def older(shipments: dict[str, Any]) -> None:
        datasets = shipments["datasets"]
        del datasets["CRMDespatchParam"]["columns"]["IsSupplyConvertClients"]
        columns = datasets["CRMDespatch"]["columns"]
        del columns["UnitId"]
        columns["Operation"] = columns.pop("DocumentTypeId")

    layout = dialect(older)
    result = run(Row(), returns=[Row(document="r1")], types={"sale": "1", "return": "2", "correction": "4"})
    [message] = shipment_messages(link(layout), result)
    assert "<f>ea</f>" not in message.text
    assert message.text.count("<f>1</f></r>") == message.text.count("<f>2</f></r>") == 1
    assert message.totals == {"CRMDespatch.price": "20", "CRMDespatch.quantity": "4"}


def test_a_layout_that_puts_a_set_ahead_which_it_lacks_is_told() -> None:
    from foundation.errors import Faults

    def wrong(shipments: dict[str, Any]) -> None:
        shipments["parts"]["ahead"] = ["CRMNothing"]

    with pytest.raises(Faults, match="CRMNothing"):
        dialect(wrong)


def test_a_window_without_documents_tells_its_empty_days() -> None:
    from datetime import date

    from ledger.documents import Difference
    from tasks.shipment_reading import Window
    from tasks.shipments import Found, days_of, window_json

    window = Window(date(2026, 11, 21), date(2026, 11, 24), 3)
    empty = Found(window, run(), Difference(), [])
    days = ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]
    assert days_of(empty) == dict.fromkeys(days, (0, 0, 0))
    assert window_json(empty)["empty_days"] == days
    some = Found(window, run(Row(day="2026-11-22"), Row(day="2026-11-22", good="keg")), Difference(), [])
    assert days_of(some)["2026-11-22"] == (1, 2, 40_000_000)
    assert window_json(some)["empty_days"] == [day for day in days if day != "2026-11-22"]
