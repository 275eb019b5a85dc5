"""Обмен «Справочники 1С»: goods, units, warehouses, counterparties and outlets come in for matching."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prefect import flow

from ledger.parcels import Ledger
from mappings.model import Exchange
from tasks.extract import extract
from tasks.links import open_link
from tasks.load import match_exact, match_parties, store_catalog
from tasks.outlets import read_cards, read_stops, store_outlets
from tasks.outlets_report import report_parties
from tasks.report import report_catalogs
from tasks.running import run_id

if TYPE_CHECKING:
    from mappings.catalog import OurKind, Stored

CATALOGS: Final[dict[OurKind, str]] = {
    "unit": "units",
    "warehouse": "warehouses",
    "counterparty": "counterparties",
}
"""Kind of thing → canonical table, besides goods, which take barcodes and prices along, and outlets."""


@flow(
    name="catalogs",
    flow_run_name="Справочники 1С · {link}",
    description="Читает справочники 1С для сопоставления и сопоставляет по штрихкоду и коду производителя.",
    persist_result=False,
)
def catalogs(link: str) -> dict[str, int]:
    """Read the catalogs of a link's base; returns how many rows each has."""
    opened = open_link(link)
    with Ledger(opened.database, opened.id).hold(Exchange.CATALOGS, run_id()):
        rows: dict[str, int] = {}
        stored: dict[str, Stored] = {}
        for kind, table in CATALOGS.items():
            frame = extract(opened, table)
            stored[kind], rows[kind] = store_catalog(opened, kind, frame), len(frame)
        cards = read_cards(opened, frame)
        stored["outlet"], rows["outlet"] = store_outlets(opened, cards, read_stops(opened)), len(cards.outlets)
        goods = extract(opened, "goods")
        barcodes, prices = (extract(opened, each) if opened.reads(each) else None for each in ("barcodes", "prices"))
        stored["good"] = store_catalog(opened, "good", goods, barcodes, prices)
        report_parties(opened, match_parties(opened))
        report_catalogs(opened, stored, match_exact(opened))
    return rows | {"good": len(goods)}
