"""Обмен «Классификатор торговых точек»: our outlets go out, and those that nothing may be sold to.

Where outlets are matched at the manufacturer, its people work from what is sent here; where they are matched at the
distributor, theirs come with the orders, and the exchange tells which of them wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prefect import flow

from ledger.parcels import Ledger
from mappings.model import Exchange
from tasks.confirm import confirm
from tasks.exporting import begun
from tasks.links import open_link
from tasks.load import send
from tasks.outlets import (
    prepare_outlets,
    read_cards,
    read_stops,
    sends,
    store_outlets,
    their_waiting,
    transform_outlets,
)
from tasks.outlets_report import report_outlets, report_waiting
from tasks.running import run_id

if TYPE_CHECKING:
    from tasks.links import Link
    from tasks.outlets import Outgoing


@flow(
    name="outlets",
    flow_run_name="Торговые точки · {link}",
    description="Выгружает производителю изменившиеся торговые точки и список тех, кому не отгружать.",
    persist_result=False,
)
def outlets(link: str, *, everything: bool = False) -> dict[str, Any]:
    """Run the exchange for a link; ``everything`` sends unchanged outlets too."""
    opened = open_link(link)
    ledger = Ledger(opened.database, opened.id)
    with ledger.hold(Exchange.OUTLETS, run_id()):
        parcel = begun(ledger, Exchange.OUTLETS)
        going: Outgoing | None = None
        if parcel is None:
            going = _going(opened, everything=everything)
            if not sends(opened):
                return _waits(opened, going)
            parcel = prepare_outlets(opened, going)
        parcel = send(opened, parcel)
        report_outlets(opened, parcel, going)
    return {"parcel": parcel.id, **parcel.counts, "confirmation": confirm(opened, parcel)}


def _going(link: Link, *, everything: bool) -> Outgoing:
    cards, stops = read_cards(link), read_stops(link)
    store_outlets(link, cards, stops)
    return transform_outlets(link, cards, stops, everything=everything)


def _waits(link: Link, going: Outgoing) -> dict[str, Any]:
    """Tell what waits to be matched here; nothing is sent."""
    theirs = their_waiting(link)
    report_waiting(link, theirs)
    return {"прочитано наших точек": going.read, "точек производителя ждут сопоставления": len(theirs)}
