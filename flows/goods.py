"""Обмен «Классификатор товаров и единиц измерения»: the manufacturer's goods and units come in."""

from __future__ import annotations

from prefect import flow

from ledger.parcels import Ledger
from mappings.model import Exchange
from tasks.extract import receive_goods
from tasks.links import open_link
from tasks.load import match_exact, store_goods
from tasks.report import report_goods
from tasks.running import run_id
from tasks.transform import check_goods


@flow(
    name="goods",
    flow_run_name="Классификатор товаров · {link}",
    description="Получает товары и единицы измерения производителя и сохраняет их для сопоставления.",
    persist_result=False,
)
def goods(link: str) -> dict[str, object]:
    """Run the exchange for a link; returns the counts of rows."""
    opened = open_link(link)
    with Ledger(opened.database, opened.id).hold(Exchange.GOODS, run_id()):
        parcel_id, rows = receive_goods(opened)
        checked = check_goods(rows)
        stored = store_goods(opened, parcel_id, checked)
        match_exact(opened)
        report_goods(opened, checked, stored)
    return checked.counts.as_json()
