"""Обмен «Изменения статусов заказов»: how orders stand in 1C goes out, where it has changed."""

from __future__ import annotations

from prefect import flow

from ledger.parcels import Ledger
from mappings.model import Exchange
from tasks.confirm import confirm
from tasks.exporting import begun
from tasks.links import open_link
from tasks.load import send
from tasks.report import report_export
from tasks.running import run_id
from tasks.statuses import collect_statuses, note_told, prepare_statuses


@flow(
    name="statuses",
    flow_run_name="Статусы заказов · {link}",
    description="Сообщает производителю, что стало с его заказами: отложен и почему, создан, отгружен, отменён.",
    persist_result=False,
)
def statuses(link: str) -> dict[str, object]:
    """Run the exchange for a link; a run that begins again goes on with the parcel that it has prepared."""
    opened = open_link(link)
    ledger = Ledger(opened.database, opened.id)
    with ledger.hold(Exchange.STATUSES, run_id()):
        parcel = begun(ledger, Exchange.STATUSES)
        if parcel is None:
            parcel = prepare_statuses(opened, collect_statuses(opened))
        if parcel is None:
            return {"sent": 0}
        parcel = send(opened, parcel)
        note_told(opened, parcel)
        report_export(opened, parcel, None)
    return {"parcel": parcel.id, **parcel.counts, "confirmation": confirm(opened, parcel)}
