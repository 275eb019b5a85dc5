"""Statuses of orders: how their documents stand in 1C, told to the manufacturer where it is news to him."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from prefect import task
from prefect.cache_policies import NO_CACHE

from ledger.documents import Item, compare, digest, held, steps_of
from ledger.order_queries import pages
from ledger.order_values import OrderState, Record, Step
from ledger.orders import Orders
from ledger.parcels import Ledger
from ledger.reading import parcels
from ledger.states import ParcelState
from mappings.model import Exchange
from mappings.own_units import package_factors
from mappings.translate.result import Counts
from mappings.translate.statuses import Facts, Status, check_values, status_of
from tasks.exporting import messages
from tasks.order_shipped import progress_of, shipped_of
from tasks.running import run_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    import pandas as pd

    from connectors.onec.odata import OneC
    from ledger.values import Parcel
    from mappings.profiles.orders import OrderDocument
    from mappings.units import Factor
    from tasks.links import Link

log = logging.getLogger(__name__)

OPEN: Final = tuple(state for state in OrderState if state is not OrderState.CLOSED)
"""Orders of which something may still be told."""

NEWS: Final = (*(OrderState.CREATED, OrderState.PARKED, OrderState.CONFLICT, OrderState.REFUSED, OrderState.DELETED),)
"""Orders that the exchange of orders itself answers."""

HOST: Final = "MI1C"

Kinds = dict[str, tuple[str, "OrderDocument"]]
"""Entity → how an order is taken (request, realization, return), and how that document is described."""


@dataclass(slots=True)
class Statuses:
    """What is to be told: statuses by number, those that must be told again, documents that came or went in 1C."""

    found: dict[str, Status] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)


@task(name="Собрать статусы", task_run_name="Собрать статусы", cache_policy=NO_CACHE, persist_result=False)
def collect_statuses(link: Link, *, states: Sequence[OrderState] = OPEN, fresh: datetime | None = None) -> Statuses:
    """Return the statuses of the link's orders as they stand; see :func:`statuses_now`."""
    found = statuses_now(link, states=states, fresh=fresh)
    Orders(link.database, link.id).apply(found.steps)
    log.info("Статусы: собрано %d", len(found.found))
    return found


def statuses_now(link: Link, *, states: Sequence[OrderState] = OPEN, fresh: datetime | None = None) -> Statuses:
    """Read how the documents of orders stand in 1C and return what there is to tell; changes nothing.

    ``fresh``: of documents made from that moment on nothing is asked, the ledger knows how they stand.
    """
    check_values(dictionary(link))
    made = Statuses()
    parameters = link.profile.filled(link.settings.profile_parameters)
    kinds: Kinds = {each.entity: (mode, each.filled(parameters)) for mode, each in link.profile.orders.items()}
    with link.onec() as onec:
        for records in pages(link.database, link.id, states):
            known = {record.number: _known(record, kinds, posting=link.settings.order_posting) for record in records}
            asked = [record for record in records if record.document and not _fresh(record, fresh)]
            for entity, (mode, document) in kinds.items():
                if mine := [record for record in asked if record.entity == entity]:
                    known |= _standing(link, onec, mode, document, mine)
            _tell(records, known, kinds, made)
    return made


def _fresh(record: Record, since: datetime | None) -> bool:
    """Whether a document was made so lately that nothing can have become of it yet."""
    made = record.created_at if record.state is OrderState.CREATED else None
    return since is not None and made is not None and made >= since


def _tell(records: Sequence[Record], known: Mapping[str, Facts], kinds: Kinds, made: Statuses) -> None:
    for record in records:
        told = kinds.get(record.entity)
        status = status_of(known[record.number], told[1] if told else None)
        made.found[record.number] = status
        if record.state is OrderState.CREATED:
            made.again.add(record.number)
        _follow(record, status, made.steps)


def _follow(record: Record, status: Status, steps: list[Step]) -> None:
    """Write down that a document went in 1C, or came back."""
    if not record.document:
        return
    gone = status.word == "deleted"
    if gone and record.state is not OrderState.DELETED:
        steps.append(Step(record.id, {"state": OrderState.DELETED}, "deleted", status.comment))
    elif not gone and record.state is OrderState.DELETED:
        steps.append(Step(record.id, {"state": OrderState.CREATED}, "restored", status.comment))


def _known(record: Record, kinds: Kinds, *, posting: bool) -> Facts:
    """Return what the ledger alone knows of an order."""
    told = kinds.get(record.entity)
    return Facts(
        record.number,
        record.state,
        document=record.document,
        title=told[1].title if told else "",
        document_number=record.document_number,
        reasons=record.reasons,
        lines=record.written.get("lines", ()),
        notes=record.written.get("notes", ()),
        posted=posting and record.state not in {OrderState.WRITTEN, OrderState.CONFLICT},
    )


def _standing(
    link: Link, onec: OneC, mode: str, document: OrderDocument, records: Sequence[Record]
) -> dict[str, Facts]:
    """Return how documents stand in 1C."""
    refs = [record.document for record in records]
    name = f"order_states.{mode}"
    rows: dict[str, Any] = {}
    if name in link.profile.entities:
        reading = link.reading(name)
        source = next(each.source for each in reading.fields if each.column == "our_order")
        rows = _by_ref(onec.read_any(reading, source, refs))
    posted = [ref for ref in refs if rows.get(ref, {}).get("posted")]
    shipped = shipped_of(onec, document, posted, _factors(link, document)) if posted else {}
    words = _words(link, onec, mode)
    progress: dict[str, str] = {}
    if posted and f"order_progress.{mode}" in link.profile.entities:
        progress = progress_of(onec, link.reading(f"order_progress.{mode}"), document, posted)
    found = {}
    for record in records:
        row = rows.get(record.document)
        found[record.number] = Facts(
            record.number,
            record.state,
            document=record.document,
            title=document.title,
            document_number=row["number"] if row else record.document_number,
            reasons=record.reasons,
            lines=record.written.get("lines", ()),
            notes=record.written.get("notes", ()),
            there=row is not None,
            posted=bool(row and row["posted"]),
            deleted=bool(row and row["deleted"]),
            status=words.get(status, status) if row and (status := row.get("status", "")) else "",
            progress=progress.get(record.document, ""),
            shipped=shipped.get(record.document, {}),
        )
    return found


def _factors(link: Link, document: OrderDocument) -> dict[str, Factor]:
    """Return the factors of our packages, where what ships an order counts in units of its own."""
    if document.shipments is None or not document.shipments.unit:
        return {}
    with link.database.session() as session:
        return package_factors(session, link.id)


def _words(link: Link, onec: OneC, mode: str) -> dict[str, str]:
    """Return the names of states that documents hold by reference; empty where they hold words."""
    name = f"order_words.{mode}"
    if name not in link.profile.entities:
        return {}
    frame = onec.read(link.reading(name))
    return {ref: called.strip() for ref, called in zip(frame["our_word"].tolist(), frame["name"].tolist(), strict=True)}


def _by_ref(frame: pd.DataFrame) -> dict[str, Any]:
    names = [name for name in ("our_order", "number", "posted", "deleted", "status") if name in frame]
    columns = [frame[name].tolist() for name in names]
    return {values[0]: dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)}


def dictionary(link: Link) -> dict[str, str]:
    """Return the manufacturer's values of our words: the layout's, with what the link puts in their place."""
    return {**link.layout.values.get("status", {}), **link.settings.statuses}  # noqa: PD011 - a layout is no frame


@task(name="Подготовить статусы", task_run_name="Подготовить статусы", cache_policy=NO_CACHE, persist_result=False)
def prepare_statuses(link: Link, statuses: Statuses) -> Parcel | None:
    """Write the parcel with what is news; None where there is none."""
    items = items_of(link, statuses)
    difference = compare(held_now(link, statuses.again), items)
    changed = [*difference.added, *(new for _, new in difference.changed)]
    counts = Counts(read=len(items), sent=len(changed), lines=len(changed))
    if difference.same:
        counts.left_out = {"без изменений": difference.same}
    counts.check()
    if not changed:
        log.info("Статусы: изменений нет, %d без изменений", difference.same)
        return None
    scheme = link.layout.scheme(Exchange.STATUSES)
    frames = {scheme.datasets[0].name: frame_of(changed, link.now())}
    parcel = Ledger(link.database, link.id).prepare(
        Exchange.STATUSES,
        run_id(),
        messages(link, scheme, frames),
        counts=counts.as_json(),
        totals=words_in(changed),
        steps=difference.steps(),
    )
    log.info("Статусы: посылка %d подготовлена, %d", parcel.id, len(changed))
    return parcel


def items_of(link: Link, statuses: Statuses) -> list[Item]:
    """Return statuses as the things that the manufacturer holds: by order number, hashed by value and comment."""
    values = dictionary(link)
    return [
        Item(
            status.number,
            digest(values[status.word], status.comment),
            {"word": status.word, "status": values[status.word], "comment": status.comment, "final": status.final},
        )
        for status in statuses.found.values()
    ]


def held_now(link: Link, again: Iterable[str] = ()) -> dict[str, Item]:
    """Return what the manufacturer surely holds.

    Left out are the statuses of a message without a receipt, which he may hold or not, and ``again``.
    """
    with link.database.session() as session:
        known = held(session, link.id, Exchange.STATUSES)
        newest = next(iter(parcels(link.database, link=link.name, exchange=Exchange.STATUSES, limit=1)), None)
        unsure = {*again}
        if newest is not None and newest.state is not ParcelState.ANSWERED:
            unsure |= {item.key for _, item in steps_of(session, newest.id)}
    return {number: item for number, item in known.items() if number not in unsure}


def frame_of(items: Sequence[Item], at: datetime) -> pd.DataFrame:
    """Return statuses as rows of the message."""
    import pandas as pd

    return pd.DataFrame(
        {
            "number": [item.key for item in items],
            "status": [item.identity["status"] for item in items],
            "comment": [item.identity["comment"] for item in items],
            "host": HOST,
            "at": pd.Series([pd.Timestamp(at).as_unit("s")] * len(items), dtype="datetime64[s]"),
            "author": HOST,
        }
    ).astype({"host": object, "author": object})


def words_in(items: Iterable[Item]) -> dict[str, str]:
    """Return how many statuses go by our words, for the ledger's totals."""
    found: dict[str, int] = {}
    for item in items:
        found[item.identity["word"]] = found.get(item.identity["word"], 0) + 1
    return {word: str(number) for word, number in sorted(found.items())}


@task(name="Отметить статусы", task_run_name="Отметить статусы", cache_policy=NO_CACHE, persist_result=False)
def note_told(link: Link, parcel: Parcel) -> int:
    """Write down which orders the manufacturer was told of, once the parcel is answered; returns how many."""
    if parcel.state is not ParcelState.ANSWERED:
        return 0
    with link.database.session() as session:
        items = [item for _, item in steps_of(session, parcel.id)]
    final = [item.key for item in items if item.identity.get("final")]
    Orders(link.database, link.id).told([item.key for item in items], final=final)
    return len(items)
