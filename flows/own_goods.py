"""Обмен «Наши товары»: the distributor's own assortment goes out, for matching at the manufacturer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prefect import flow

from ledger.parcels import Ledger
from mappings.model import Exchange
from tasks.confirm import confirm
from tasks.exporting import begun
from tasks.extract import extract
from tasks.links import open_link
from tasks.load import send
from tasks.own_goods import prepare_own_goods, transform_own_goods
from tasks.report import report_export
from tasks.running import run_id

if TYPE_CHECKING:
    from mappings.translate.result import Translation


@flow(
    name="own_goods",
    flow_run_name="Наши товары · {link}",
    description="Выгружает производителю наши товары с кодами и наименованиями: новые и изменившиеся.",
    persist_result=False,
)
def own_goods(link: str, *, everything: bool = False) -> dict[str, Any]:
    """Run the exchange for a link; ``everything`` sends unchanged goods too."""
    opened = open_link(link)
    ledger = Ledger(opened.database, opened.id)
    with ledger.hold(Exchange.OWN_GOODS, run_id()):
        translation: Translation | None = None
        parcel = begun(ledger, Exchange.OWN_GOODS)
        if parcel is None:
            going = transform_own_goods(opened, extract(opened, "goods"), everything=everything)
            translation = going.translation
            parcel = prepare_own_goods(opened, going)
        parcel = send(opened, parcel)
        report_export(opened, parcel, translation)
    return {"parcel": parcel.id, **parcel.counts, "confirmation": confirm(opened, parcel)}
