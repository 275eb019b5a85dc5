"""What tests of the roll-out put into the ledger in the place of exchanges and of the manufacturer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert

from foundation.database import utc_now
from foundation.errors import NotFound
from ledger.parcels import Ledger
from ledger.tables import ConfirmationRow, OrderRow
from ledger.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.links import Link


def say(link: Link, parcel: int, state: str, **more: Any) -> None:
    """Write the manufacturer's word on a parcel down, in the place of what stood there."""
    now = utc_now()
    values = {"said_by": "Кравцов", "said_at": now, "remark": "", "refused": [], "author": "Петров", **more}
    own = {"parcel_id": parcel, "link_id": link.id, "state": state, "source": "person", "run_id": "", "asked_at": now}
    own |= {"exchange": "stock", "deadline": now + timedelta(days=3)}
    with link.database.begin() as session:
        session.execute(delete(ConfirmationRow).where(ConfirmationRow.parcel_id == parcel))
        session.execute(insert(ConfirmationRow).values(**{**own, **values}))


def order(link: Link, number: str, **more: Any) -> None:
    """Put an order into the ledger."""
    now = utc_now()
    values: dict[str, Any] = {
        "state": "created",
        "document": "",
        "document_number": "",
        "amount": 0,
        "received_at": now,
    }
    empty = {
        "hash": "",
        "content": {},
        "pending": {},
        "written": {},
        "reasons": [],
        "message_id": 1,
        "entity": "",
        "changed_at": now,
    }
    with link.database.begin() as session:
        session.execute(insert(OrderRow).values(link_id=link.id, number=number, **empty, **{**values, **more}))


def clear_orders(link: Link) -> None:
    """Take the orders of a link away."""
    with link.database.begin() as session:
        session.execute(delete(OrderRow).where(OrderRow.link_id == link.id))


class Exchanges:
    """Stands in the place of flows: each call is written down, exports leave an answered parcel."""

    def __init__(self, link: Link, *, absent: str = "") -> None:
        self.link, self.absent = link, absent
        self.ran: list[str] = []
        self.error: Exception | None = None

    def __call__(self, exchange: str) -> Callable[..., Any]:
        if exchange == self.absent:
            raise NotFound("Обмена ещё нет.", en="Not yet.", todo="Обновите МИ1С.", exchange=exchange)

        def flow(link: str) -> None:
            assert link == self.link.name
            self.ran.append(exchange)
            if self.error is not None:
                raise self.error
            if exchange in {"stock", "outlets", "statuses", "shipments"}:
                self.answered(exchange)

        return flow

    def answered(self, exchange: str) -> int:
        """Leave an answered parcel of an export; returns its number."""
        ledger = Ledger(self.link.database, self.link.id)
        run = f"fake-{len(self.ran)}"
        with ledger.hold(exchange, run):
            parcel = ledger.prepare(exchange, run, [NewMessage("S", "<x/>", 5)], counts={"sent": 5})
            (message,) = ledger.to_send(parcel.id)
            ledger.sending(message)
            ledger.answered(message, "<ok/>", 0.1)
            return ledger.finish(parcel.id).id
