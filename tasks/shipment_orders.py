"""Which orders of the manufacturer the shipments come from: the ledger's own orders first, then what 1C says."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from ledger.tables import OrderRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from mappings.translate.shipment_rules import Orders
    from tasks.links import Link

CHUNK: Final = 500
"""How many references one IN takes."""

TABLE: Final = "orders_shipped"


def orders_of(link: Link, frames: Mapping[str, pd.DataFrame]) -> Orders:
    """Return the manufacturer's number and date of every order that the lines name; others are not in it."""
    wanted = sorted(
        {
            order
            for frame in frames.values()
            for column in ("our_order", "head_order")
            if column in frame
            for order in frame[column].cat.categories
        }
        - {""}
    )
    if not wanted:
        return {}
    known = _of_ledger(link, wanted)
    left = [order for order in wanted if order not in known]
    return known | (_of_base(link, left) if left and TABLE in link.profile.entities else {})


def _of_ledger(link: Link, wanted: Sequence[str]) -> Orders:
    row = OrderRow
    found: Orders = {}
    with link.database.session() as session:
        for at in range(0, len(wanted), CHUNK):
            some = row.document.in_(wanted[at : at + CHUNK])
            asked = select(row.document, row.number, row.content).where(row.link_id == link.id, some)
            for document, number, content in session.execute(asked):
                found[document] = (number, _moment(content.get("date")))
    return found


def _moment(told: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(told)).replace(tzinfo=None)
    except ValueError:
        return None


def _of_base(link: Link, wanted: Sequence[str]) -> Orders:
    """Return what orders are called that MI1C did not create, by the number that the customer gave them."""
    reading = link.reading(TABLE)
    source = next(field.source for field in reading.fields if field.column == "our_order")
    with link.onec() as onec:
        frame = onec.read_any(reading, source, wanted)
    given = frame["external_date"] if "external_date" in frame else frame["date"]
    dates = given.where(given.notna(), frame["date"])
    rows = zip(frame["our_order"].astype(object), frame["external"], dates.dt.to_pydatetime(), strict=True)
    return {order: (external, date) for order, external, date in rows if external}
