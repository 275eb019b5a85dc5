"""Обмен «Цены»: our prices of chosen types go out in the manufacturer's codes and units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prefect import flow

from ledger.parcels import Ledger
from mappings.model import Exchange
from tasks.confirm import confirm
from tasks.exporting import begun
from tasks.links import open_link
from tasks.load import send
from tasks.prices import prepare_prices, read_prices, transform_prices
from tasks.report import report_export
from tasks.running import run_id

if TYPE_CHECKING:
    from mappings.translate.result import Translation


@flow(
    name="prices",
    flow_run_name="Цены · {link}",
    description="Выгружает производителю цены выбранных видов в его кодах и единицах: новые и изменившиеся.",
    persist_result=False,
)
def prices(link: str, *, everything: bool = False) -> dict[str, Any]:
    """Run the exchange for a link; ``everything`` sends unchanged prices too."""
    opened = open_link(link)
    ledger = Ledger(opened.database, opened.id)
    with ledger.hold(Exchange.PRICES, run_id()):
        translation: Translation | None = None
        parcel = begun(ledger, Exchange.PRICES)
        if parcel is None:
            going = transform_prices(opened, read_prices(opened), everything=everything)
            translation = going.keyed.translation
            parcel = prepare_prices(opened, going)
        parcel = send(opened, parcel)
        report_export(opened, parcel, translation)
    return {"parcel": parcel.id, **parcel.counts, "confirmation": confirm(opened, parcel)}
