"""Orders: received and stored raw, then carried on with those that waited."""

from __future__ import annotations

import gc
import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from prefect import task
from prefect.cache_policies import NO_CACHE

from foundation.database import utc_now
from foundation.errors import Ambiguous, Fault, Faults, MI1CError
from ledger.order_values import Arrival, NewOrder, OrderState
from ledger.orders import Orders
from ledger.parcels import Ledger
from mappings.model import Exchange
from mappings.their_outlets import TheirOutlet, note_outlets
from mappings.translate.order_values import ORPHAN, Came, read_orders
from mappings.translate.orders import Resolver
from tasks.order_books import Library
from tasks.order_counts import OrderCounts
from tasks.order_creating import Writer
from tasks.order_loading import Loader
from tasks.running import progress, run_id
from tasks.transform import our_warehouses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from foundation.order_settings import OrderSettings
    from mappings.profiles.orders import OrderDocument
    from mappings.translate.order_values import Order
    from tasks.links import Link

log = logging.getLogger(__name__)

CHUNK: Final = 480
"""Orders that are taken out of the ledger at once: twelve batches."""

_STANDING: Final = {
    OrderState.CREATED: "repeated",
    OrderState.ANSWERED: "repeated",
    OrderState.CLOSED: "repeated",
    OrderState.REFUSED: "refused",
    OrderState.DELETED: "deleted",
    OrderState.CONFLICT: "conflict",
}
"""Where an order ends that came again and that no run has to look at."""


@dataclass(slots=True)
class Taken:
    """What a run received: the ledger's parcel, the state of each order by number, and the counts so far."""

    parcel_id: int
    arrived: dict[str, tuple[Arrival, OrderState]]
    counts: OrderCounts = field(default_factory=OrderCounts)
    rejected: dict[str, str] = field(default_factory=dict)


@task(name="Получить заказы", task_run_name="Получить заказы", cache_policy=NO_CACHE, persist_result=False)
def receive_orders(link: Link) -> Taken:
    """Get the orders; the answer and every order of it are in the ledger before anything is done with them."""
    scheme = link.layout.scheme(Exchange.ORDERS)
    with link.crm() as crm:
        answer = crm.get(scheme)
    rows = len(answer.tables[scheme.datasets[0].name])
    message = Ledger(link.database, link.id).received(Exchange.ORDERS, run_id(), scheme.name, answer.text, rows)
    came = read_orders(answer.tables, scheme)
    del answer
    taken = store_orders(link, came, message.parcel_id, message.id)
    log.info("Заказы: получено %d", rows)
    return taken


def store_orders(link: Link, came: Came, parcel_id: int, message_id: int) -> Taken:
    """Store orders and the outlets that they name."""
    orders = Orders(link.database, link.id)
    arrived: dict[str, tuple[Arrival, OrderState]] = {}
    for at in range(0, len(came.orders), CHUNK):
        some = came.orders[at : at + CHUNK]
        new = [NewOrder(order.number, order.hash, order.as_json()) for order in some]
        arrived |= orders.receive(new, message_id)
        with link.database.begin() as session:
            note_outlets(session, link.id, outlets_named(some), utc_now())
    taken = Taken(parcel_id, arrived, OrderCounts(read=came.heads))
    taken.counts.fates["twice"] = came.repeated
    taken.counts.lost_lines = came.refused.get(ORPHAN, 0)
    taken.counts.fates["rejected"] = sum(came.refused.values()) - taken.counts.lost_lines
    for number, versions in came.torn.items():
        taken.counts.fates["rejected"] += len(versions)
        taken.rejected[number] = "Номер прислан дважды с разным содержанием. Сообщите производителю."
    return taken


def outlets_named(orders: Iterable[Order]) -> Iterable[TheirOutlet]:
    """Yield the manufacturer's outlets that orders name."""
    for order in orders:
        if order.their_outlet:
            said = (order.option(kind) for kind in ("ClientName", "ClientAddress", "ClientINN"))
            yield TheirOutlet(order.their_outlet, *said)


@task(name="Оформить заказы", task_run_name="Оформить заказы", cache_policy=NO_CACHE, persist_result=False)
def load_orders(link: Link, taken: Taken) -> MI1CError | None:
    """Carry on the orders that came and those that waited; the counts go into ``taken`` and into the ledger.

    Returns what ended the run early, for the flow to raise once everything is written down and told.
    """
    with progress("Заказы", len(taken.arrived)) as show:
        fates, error = carry_on(link, show=show)
    count(taken, fates)
    Ledger(link.database, link.id).record(taken.parcel_id, counts=taken.counts.as_json())
    log.info("Заказы: оформлено, %s", taken.counts.as_json())
    if error is None and "unclear" in fates.values():
        error = unclear([number for number, fate in fates.items() if fate == "unclear"])
    return error


def carry_on(link: Link, *, show: Callable[[int], None] = lambda _: None) -> tuple[dict[str, str], MI1CError | None]:
    """Carry the waiting orders of a link on; returns where each ended by number, and what ended it early."""
    orders = Orders(link.database, link.id)
    with link.onec() as onec:
        writer = writer_of(link, onec, orders)
        loader: Loader | None = None
        try:
            for records in orders.waiting(CHUNK):
                loader = loader or loader_of(link, writer)
                with _calm():
                    loader.run(records, show)
        except MI1CError as error:
            return writer.fates, error
    return writer.fates, None


@contextmanager
def _calm() -> Iterator[None]:
    """Collect garbage once a chunk, all of it: memory stays level over 10,000 orders (bench/orders.py)."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
            gc.collect()


def writer_of(link: Link, onec: Any, orders: Orders) -> Writer:
    """Return the writer of documents by the link's settings; it has as many connections as the link allows."""
    settings = link.settings
    connections = min(settings.order_connections, settings.connections)
    return Writer(onec, orders, posting=settings.order_posting, connections=connections)


def loader_of(link: Link, writer: Writer) -> Loader:
    """Return the loader of a run: the small catalogs are read, the link's rules are at hand."""
    library = Library(link, writer.onec)
    library.open()
    documents = documents_of(link)
    resolver = Resolver(
        library.books,
        terms_of(link),
        documents=documents,
        kinds=link.layout.values.get("order_kind", {}),
        warehouses=warehouses_of(link),
        on=link.now(),
    )
    return Loader(writer, library, resolver, documents, updates=link.settings.order_updates)


def terms_of(link: Link) -> OrderSettings:
    """Return the link's rules for orders: no contract, no agreement where the configuration has none."""
    wanted: dict[str, Any] = {
        name: "none"
        for name, table in (("order_contract", "contracts"), ("order_agreement", "agreements"))
        if table not in link.profile.entities
    }
    return link.settings.model_copy(update=wanted)


def documents_of(link: Link) -> dict[str, OrderDocument]:
    """Return how the link's documents for orders and returns are written; raises Faults where the profile says not."""
    parameters = link.profile.filled(link.settings.profile_parameters)
    wanted = {"order": link.settings.order_document, "return": "return"}
    found = {
        kind: document.filled(parameters)
        for kind, mode in wanted.items()
        for name, document in link.profile.orders.items()
        if name == mode
    }
    if "order" not in found:
        said = f"профиль {link.profile.name} не описывает такой документ"
        raise Faults(
            "Заказы принимать некуда.",
            [Fault("order_document", said, f"profile {link.profile.name} does not describe it")],
            en="There is no document to take orders with.",
            todo="Выберите другой документ в настройке «Каким документом принимать заказ».",
            todo_en="Choose another document for orders in the link.",
        )
    return found


def warehouses_of(link: Link) -> dict[str, list[str]]:
    """Return the manufacturer's warehouse codes → our warehouses; none where the link names none."""
    if not link.settings.warehouses:
        return {}
    with link.database.session() as session:
        ours = our_warehouses(session, link)
    found: dict[str, list[str]] = {}
    for our_id, their_id in ours.items():
        found.setdefault(their_id, []).append(our_id)
    return found


def count(taken: Taken, fates: dict[str, str]) -> None:
    """Bring the counts together: each order that came or waited ended in one place. Raises ArithmeticError."""
    counts = taken.counts
    for number, (_, state) in taken.arrived.items():
        counts.fates[fates.get(number) or _STANDING.get(state, "left")] += 1
    waited = {number: fate for number, fate in fates.items() if number not in taken.arrived}
    counts.waited = len(waited)
    counts.fates.update(waited.values())
    counts.check()


def unclear(numbers: list[str]) -> Ambiguous:
    """Return the error of a run after which it is not known whether some documents are there."""
    shown = ", ".join(numbers[:5])
    return Ambiguous(
        f"Неизвестно, созданы ли документы заказов: {len(numbers)} ({shown}).",
        en=f"It is not known whether the documents of {len(numbers)} orders are there ({shown}).",
        todo="Ничего не вводите руками: следующий запуск найдёт их в 1С по номеру или создаст.",
        todo_en="Do not enter them by hand: the next run will find them in 1C by number, or create them.",
        orders=len(numbers),
    )
