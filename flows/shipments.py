"""Обмен «Отгрузки за прошедшие N дней»: sales, returns and corrections of a window go out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from prefect import flow
from pydantic import Field

from ledger.parcels import Ledger
from mappings.model import Exchange
from tasks.confirm import confirm
from tasks.exporting import begun
from tasks.links import open_link
from tasks.load import send
from tasks.running import run_id
from tasks.shipment_reading import window_of
from tasks.shipment_report import report_shipments
from tasks.shipment_translating import check_rules
from tasks.shipments import compare_shipments, extract_shipments, prepare_shipments, transform_shipments
from tasks.transform import check_warehouses

if TYPE_CHECKING:
    from tasks.shipments import Found

Days = Annotated[int, Field(ge=1, le=366, title="Дней", description="Вместо настройки связи «N дней»")]


@flow(
    name="shipments",
    flow_run_name="Отгрузки · {link}",
    description="Выгружает производителю отгрузки, возвраты и корректировки за прошедшие N дней, заменяя это окно.",
    persist_result=False,
)
def shipments(link: str, days: Days | None = None) -> dict[str, object]:
    """Run the exchange for a link; a run that begins again goes on with the parcel that it has prepared."""
    opened = open_link(link)
    ledger = Ledger(opened.database, opened.id)
    with ledger.hold(Exchange.SHIPMENTS, run_id()):
        found: Found | None = None
        parcel = begun(ledger, Exchange.SHIPMENTS)
        if parcel is None:
            check_warehouses(opened)
            check_rules(opened)
            window = window_of(opened, days)
            translation = transform_shipments(opened, window, extract_shipments(opened, window))
            found = compare_shipments(opened, window, translation)
            parcel = prepare_shipments(opened, found)
        parcel = send(opened, parcel)
        report_shipments(opened, parcel, found)
    return {"parcel": parcel.id, **parcel.counts, "confirmation": confirm(opened, parcel)}
