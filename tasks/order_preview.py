"""What a run of orders would do, and what statuses would say: read and resolved as ever, nothing written anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.documents import compare
from ledger.order_values import OrderState
from ledger.orders import Orders
from mappings.model import Exchange
from mappings.translate.order_values import Order, Reason, read_orders
from tasks.order_jobs import decisions_of
from tasks.order_lookup import lookup_orders
from tasks.orders import loader_of, writer_of
from tasks.statuses import held_now, items_of, statuses_now

if TYPE_CHECKING:
    from ledger.order_values import Record
    from tasks.links import Link


@dataclass(frozen=True, slots=True)
class OrderPreview:
    """What would become of an order: ``fate`` as the report calls it, the document's sum, reasons, notes."""

    number: str
    fate: str
    amount: int
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusPreview:
    """A status that would be told; ``before`` is what the manufacturer holds now, "" = nothing."""

    number: str
    status: str
    comment: str
    before: str


def preview_of_orders(link: Link) -> list[OrderPreview]:
    """Get the orders and resolve them and those that wait; nothing is stored, created or answered."""
    scheme = link.layout.scheme(Exchange.ORDERS)
    with link.crm() as crm:
        came = read_orders(crm.get(scheme).tables, scheme)
    orders = Orders(link.database, link.id)
    known: dict[str, Record] = {record.number: record for page in orders.waiting() for record in page}
    asked = {number: Order.from_json(record.pending or record.content) for number, record in known.items()}
    asked |= {order.number: order for order in came.orders}
    numbers = orders.documents(list(asked))
    with link.onec() as onec:
        loader = loader_of(link, writer_of(link, onec, orders))
        decisions = {number: decisions_of(known[number]) if number in known else () for number in asked}
        loader.library.prepare([(order, decisions[number]) for number, order in asked.items()])
        fresh = [order for number, order in asked.items() if number not in numbers]
        found = lookup_orders(onec, [(order, loader.document(order)) for order in fresh], whole=False)
        made = []
        for number, order in asked.items():
            if number in numbers:
                fate = "refused" if numbers[number] is OrderState.REFUSED else "repeated"
                made.append(OrderPreview(number, fate, 0))
                continue
            outcome = loader.resolver.resolve(order, decisions[number])
            fate = "found" if number in found else "created" if outcome.draft else "parked"
            amount = outcome.draft.amount if outcome.draft else order.amount
            made.append(OrderPreview(number, fate, amount, outcome.reasons, outcome.notes))
    return made


def preview_of_statuses(link: Link) -> list[StatusPreview]:
    """Return the statuses that a run would tell now."""
    statuses = statuses_now(link)
    before = held_now(link)
    difference = compare(held_now(link, statuses.again), items_of(link, statuses))
    changed = [*difference.added, *(new for _, new in difference.changed)]
    return [
        StatusPreview(
            item.key,
            str(item.identity["status"]),
            str(item.identity["comment"]),
            str(before[item.key].identity.get("status", "")) if item.key in before else "",
        )
        for item in changed
    ]
