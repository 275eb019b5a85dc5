"""Обмен «Заказы»: the manufacturer's orders come in, become documents in 1C or wait, and are answered."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from prefect import flow

from foundation.database import utc_now
from foundation.errors import Occupied
from ledger.parcels import Ledger
from mappings.model import Exchange
from tasks.confirm import confirm
from tasks.links import Link, open_link
from tasks.load import send
from tasks.order_report import report_orders
from tasks.orders import load_orders, receive_orders
from tasks.running import run_id
from tasks.statuses import NEWS, collect_statuses, note_told, prepare_statuses

if TYPE_CHECKING:
    from datetime import datetime

log = logging.getLogger(__name__)


@flow(
    name="orders",
    flow_run_name="Заказы · {link}",
    description="Получает заказы производителя, создаёт документы 1С или откладывает заказ с причинами, отвечает.",
    persist_result=False,
)
def orders(link: str) -> dict[str, object]:
    """Run the exchange for a link; what ended it early is raised after all that was done is written down and told."""
    opened, began = open_link(link), utc_now()
    with Ledger(opened.database, opened.id).hold(Exchange.ORDERS, run_id()):
        taken = receive_orders(opened)
        error = load_orders(opened, taken)
        report_orders(opened, taken)
    told = answer(opened, began)
    if error is not None:
        raise error
    return taken.counts.as_json() | {"told": told}


def answer(link: Link, began: datetime) -> int:
    """Tell the manufacturer of the orders that came; where the statuses run just now, that run does it."""
    try:
        with Ledger(link.database, link.id).hold(Exchange.STATUSES, run_id()):
            statuses = collect_statuses(link, states=NEWS, fresh=began)
            parcel = prepare_statuses(link, statuses)
            if parcel is None:
                return 0
            parcel = send(link, parcel)
            told = note_told(link, parcel)
    except Occupied:
        log.info("Статусы сейчас выгружает другой запуск: он и ответит на заказы")
        return 0
    confirm(link, parcel, suspend=False)
    return told
