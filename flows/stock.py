"""Обмен «Остатки»: the balances of our warehouses go out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect import flow

from ledger.parcels import Ledger
from mappings.model import Exchange
from tasks.confirm import confirm
from tasks.exporting import begun
from tasks.extract import extract
from tasks.links import open_link
from tasks.load import prepare_stock, send
from tasks.report import report_export
from tasks.running import run_id
from tasks.transform import by_batch, check_warehouses, transform_batches, transform_stock

if TYPE_CHECKING:
    from mappings.translate.result import Translation


@flow(
    name="stock",
    flow_run_name="Остатки · {link}",
    description="Выгружает производителю остатки выбранных складов в его кодах и единицах.",
    persist_result=False,
)
def stock(link: str) -> dict[str, object]:
    """Run the exchange for a link; a run that begins again goes on with the parcel that it has prepared."""
    opened = open_link(link)
    ledger = Ledger(opened.database, opened.id)
    with ledger.hold(Exchange.STOCK, run_id()):
        translation: Translation | None = None
        parcel = begun(ledger, Exchange.STOCK)
        if parcel is None:
            check_warehouses(opened)
            if by_batch(opened):
                balances = extract(opened, "stock_batches")
                batches = extract(opened, "batches") if opened.reads("batches") else balances
                translation = transform_batches(opened, balances, batches)
            else:
                translation = transform_stock(opened, extract(opened, "stock"))
            parcel = prepare_stock(opened, translation)
        parcel = send(opened, parcel)
        report_export(opened, parcel, translation)
    return {"parcel": parcel.id, **parcel.counts, "confirmation": confirm(opened, parcel)}
