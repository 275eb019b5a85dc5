"""Shipments of a window: read, translated, compared with what they hold, prepared; late changes are looked for.

The flow and the preview do the same up to the parcel: :func:`find` is all that, and sends nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from prefect import task
from prefect.cache_policies import NO_CACHE

from foundation.errors import BadAnswer
from ledger import windows
from ledger.documents import Difference, Item, compare, held
from ledger.parcels import Ledger
from ledger.windows import Late, Seen
from mappings.model import Exchange
from mappings.parties import load_parties
from mappings.targets import load_named, load_targets
from mappings.translate.shipment_rules import ShipmentRules
from mappings.translate.shipments import translate
from tasks.exporting import messages
from tasks.running import progress, run_id
from tasks.shipment_orders import orders_of
from tasks.transform import our_warehouses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from connectors.onec.odata import OneC
    from ledger.values import NewMessage, Parcel
    from mappings import model
    from mappings.translate.result import Translation
    from tasks.links import Link

log = logging.getLogger(__name__)

USED: Final = frozenset(
    (
        *("document", "line", "number", "date", "version", "posted", "deleted", "status", "our_outlet", "counterparty"),
        *("our_warehouse", "line_warehouse", "our_order", "head_order", "vat_included", "our_good", "our_unit"),
        *("quantity", "packages", "price", "amount", "vat"),
    )
)
"""The columns of ``model.SHIPMENTS`` that the exchange needs; answers of 1C hold no others."""

HEADS: Final = frozenset({"document", "number", "date", "version", "posted", "deleted"})
"""What is read of documents that are only looked at for late changes."""

TOLD: Final = 20
"""How many late changes the log names one by one."""

REREAD: Final = 2_000
"""Up to this many documents are read again by their references, 40 a request; more are read with all of their days."""

KEPT: Final = 200
"""How many late changes a parcel keeps by name."""


@dataclass(frozen=True, slots=True)
class Window:
    """From the start of ``work_date`` on, by the base's calendar; ``today`` is its date now.

    ``asked`` days were wanted; the window is wider where a run before was broken off in a wider one.
    """

    work_date: date
    today: date
    asked: int

    @property
    def days(self) -> int:
        """How many days the window goes back."""
        return (self.today - self.work_date).days

    @property
    def start(self) -> datetime:
        """The first moment of the window, the base's wall clock."""
        return datetime.combine(self.work_date, datetime.min.time())


@dataclass(frozen=True, slots=True)
class Found:
    """What a window would send, what that changes at their side, and what changed outside of it."""

    window: Window
    translation: Translation
    difference: Difference
    late: list[Late]

    @property
    def wider(self) -> int:
        """How many days a window must have to mend the late changes, 0 where there are none."""
        return windows.days_for(self.late, self.window.today)


def window_of(link: Link, days: int | None) -> Window:
    """Return the window of a run: the link's days or the run's own, and never narrower than one that was broken off."""
    today, asked = link.now().date(), days or link.settings.days
    work_date = today - timedelta(days=asked)
    begun = windows.begun_window(link.database, link.name, Exchange.SHIPMENTS)
    if begun and date.fromisoformat(begun) < work_date:
        work_date = date.fromisoformat(begun)
        log.warning("Прошлая выгрузка окна с %s не закончена: это окно отправляется целиком", begun)
    return Window(work_date, today, asked)


# -- reading -----------------------------------------------------------------------------------------------------------


def sources(link: Link) -> dict[str, str]:
    """Return the kinds of documents that the link sends and its profile describes: kind → source."""
    described = link.profile.sources("shipments")
    return {kind: described[kind] for kind in link.settings.shipment_kinds if kind in described}


def _some(reading: model.Reading, columns: frozenset[str]) -> model.Reading:
    return replace(reading, fields=tuple(field for field in reading.fields if field.column in columns))


def _lines(link: Link, source: str, since: datetime | None = None) -> model.Reading:
    return _some(link.reading(source, since=("date", since) if since else None), USED)


def read_window(link: Link, window: Window, *, show: Callable[[int], None] | None = None) -> dict[str, pd.DataFrame]:
    """Return the lines of the window's documents by kind."""
    frames: dict[str, pd.DataFrame] = {}
    with link.onec() as onec:
        for kind, source in sources(link).items():
            frames[kind] = onec.read(_lines(link, source, window.start), progress=show)
    return frames


def _seen(link: Link, onec: OneC, since: str) -> dict[str, Seen]:
    """Return all documents from a date on, their heads only."""
    seen: dict[str, Seen] = {}
    for kind, source in sources(link).items():
        reading = link.reading(source, since=("date", datetime.fromisoformat(since)))
        frame = onec.read(replace(_some(reading, HEADS), section=""))
        stands = frame["posted"].to_numpy() & ~frame["deleted"].to_numpy()
        dates = frame["date"].dt.strftime("%Y-%m-%d")
        columns = (frame["document"].astype(object), frame["number"], dates, frame["version"], stands.tolist())
        seen |= {key: Seen(kind, *rest) for key, *rest in zip(*columns, strict=True)}
    return seen


# -- translating -------------------------------------------------------------------------------------------------------


def rules_of(link: Link, window: Window) -> ShipmentRules:
    """Return what the link and its layout say of shipments."""
    settings = link.settings
    return ShipmentRules(
        work_date=window.work_date,
        today=window.today,
        types=link.values("shipment_kind"),
        signs={kind: int(sign) for kind, sign in link.values("shipment_sign").items()},
        future=settings.shipments_future,
        price=settings.shipment_price,
        unmatched=settings.shipments_unmatched,
        no_outlet=settings.shipments_no_outlet,
        converts=settings.matching_side == "manufacturer",
        waiting_statuses=frozenset(settings.waiting_statuses),
        year=settings.number_year,
        prefixes=settings.number_prefixes,
    )


def translate_shipments(link: Link, frames: Mapping[str, pd.DataFrame], rules: ShipmentRules) -> Translation:
    """Translate lines with the correspondences that are in force now; orders that the ledger lacks are read from 1C."""
    orders = orders_of(link, frames)
    with link.database.session() as session:
        return translate(
            frames,
            warehouses=our_warehouses(session, link),
            targets=load_targets(session, link.id),
            parties=load_parties(
                session,
                link.id,
                _named(frames, "our_outlet"),
                _named(frames, "counterparty"),
                codes=link.settings.our_codes,
            ),
            orders=orders,
            named=partial(load_named, session, link.id),
            rules=rules,
        )


def _named(frames: Mapping[str, pd.DataFrame], column: str) -> list[str]:
    """Return the distinct keys of a column."""
    found = {name for frame in frames.values() if column in frame for name in frame[column].cat.categories}
    return sorted(found - {""})


def items_of(documents: pd.DataFrame) -> list[Item]:
    """Return translated documents as the ledger holds them."""
    identity = ("kind", "own_number", "number", "date", "version")
    columns = (documents[name].tolist() for name in ("document", "hash", "date", "quantity", "amount", *identity))
    return [
        Item(key, hash_, dict(zip(identity, rest, strict=True)), moment, quantity, amount)
        for key, hash_, moment, quantity, amount, *rest in zip(*columns, strict=True)
    ]


# -- comparing ---------------------------------------------------------------------------------------------------------


def compared(link: Link, window: Window, translation: Translation) -> tuple[Difference, list[Late]]:
    """Return what sending the window would change, and the late changes, which are no part of it.

    A document that changed late keeps its place in the ledger as they hold it, so that it is told again by every run
    until a wider window is sent.
    """
    work_date = window.work_date.isoformat()
    looked = (window.today - timedelta(days=link.settings.late_days)).isoformat()
    items = items_of(translation.tables["documents"])
    with link.database.session() as session:
        holds = held(session, link.id, Exchange.SHIPMENTS, since=min(looked, work_date))
    late = _late(link, window, holds, {item.key for item in items}, looked) if holds and looked < work_date else []
    apart = {each.key for each in late}
    replaced = [key for key, item in holds.items() if item.moment >= work_date and key not in apart]
    return compare(holds, (item for item in items if item.key not in apart), replaced=replaced), late


def _late(link: Link, window: Window, holds: Mapping[str, Item], sent: set[str], since: str) -> list[Late]:
    work_date = window.work_date.isoformat()
    with link.database.session() as session:
        covered = windows.covered_since(session, link.id, Exchange.SHIPMENTS)
    with link.onec() as onec:
        seen = _seen(link, onec, since)
        unsure = dict(windows.suspects(holds, seen, since=max(since, covered), work_date=work_date))
        frames = _again(link, onec, unsure, since)
    read: dict[str, Item] = {}
    if frames:
        rules = replace(rules_of(link, window), work_date=date.fromisoformat(since))
        documents = translate_shipments(link, frames, rules).tables["documents"]
        read = {item.key: item for item in items_of(documents) if item.key in unsure}
    return windows.late_changes(holds, seen, sent=sent, read=read, since=since, work_date=work_date)


def _again(link: Link, onec: OneC, unsure: Mapping[str, Seen], since: str) -> dict[str, pd.DataFrame]:
    """Return the lines of some documents: by their references where these are few, else all from a date on."""
    frames: dict[str, pd.DataFrame] = {}
    for kind, source in sources(link).items():
        keys = [key for key, now in unsure.items() if now.kind == kind]
        if len(keys) > REREAD:
            frames[kind] = onec.read(_lines(link, source, datetime.fromisoformat(since)))
        elif keys:
            frames[kind] = onec.read_any(_lines(link, source), _document_source(link, source), keys)
    return frames


def _document_source(link: Link, source: str) -> str:
    return next(field.source for field in link.reading(source).fields if field.column == "document")


def check_read(link: Link, window: Window, frames: Mapping[str, pd.DataFrame]) -> None:
    """Raise BadAnswer where 1C gives no document at all and they hold some: a user without rights reads nothing."""
    if any(len(frame) for frame in frames.values()):
        return
    with link.database.session() as session:
        lost = len(held(session, link.id, Exchange.SHIPMENTS, since=window.work_date.isoformat()))
    if lost:
        raise BadAnswer(
            f"1С не отдала ни одного документа с {window.work_date:%d.%m.%Y}, а у производителя их {lost}.",
            en=f"1C gave no document since {window.work_date}, while the manufacturer holds {lost}.",
            todo="Ничего не отправлено. Проверьте права пользователя 1С на документы отгрузки и адрес базы.",
            todo_en="Nothing was sent. Check the 1C user's rights to the documents, and the base's address.",
        )


def find(link: Link, days: int | None = None, *, show: Callable[[int], None] | None = None) -> Found:
    """Read and translate a window and compare it with what they hold; sends nothing."""
    window = window_of(link, days)
    frames = read_window(link, window, show=show)
    check_read(link, window, frames)
    translation = translate_shipments(link, frames, rules_of(link, window))
    return Found(window, translation, *compared(link, window, translation))


# -- tasks -------------------------------------------------------------------------------------------------------------


@task(
    name="Прочитать отгрузки из 1С",
    task_run_name="Прочитать отгрузки из 1С",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def extract_shipments(link: Link, window: Window) -> dict[str, pd.DataFrame]:
    """Return the lines of the window's documents by kind, with progress."""
    with progress("1С, отгрузки") as show:
        frames = read_window(link, window, show=show)
    check_read(link, window, frames)
    log.info("1С, отгрузки с %s: прочитано строк %d", window.work_date, sum(map(len, frames.values())))
    return frames


@task(name="Перевести отгрузки", task_run_name="Перевести отгрузки", cache_policy=NO_CACHE, persist_result=False)
def transform_shipments(link: Link, window: Window, frames: dict[str, pd.DataFrame]) -> Translation:
    """Translate the lines into the manufacturer's codes, units and prices."""
    return translate_shipments(link, frames, rules_of(link, window))


@task(
    name="Сравнить с тем, что у производителя",
    task_run_name="Сравнить с тем, что у производителя",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def compare_shipments(link: Link, window: Window, translation: Translation) -> Found:
    """Tell what the window changes at their side, and warn of late changes."""
    found = Found(window, translation, *compared(link, window, translation))
    for late in found.late[:TOLD]:
        log.warning("Документ %s от %s вне окна: %s", late.number, late.date, late.why)
    if found.late:
        command = f"mi1c run shipments --link {link.name} --days {found.wider}"
        log.warning("Изменено вне окна документов: %d. Окно шире исправит: %s", len(found.late), command)
    return found


@task(name="Подготовить посылку", task_run_name="Подготовить посылку", cache_policy=NO_CACHE, persist_result=False)
def prepare_shipments(link: Link, found: Found) -> Parcel:
    """Write the parcel with all its messages into the ledger; from here on a rerun sends these very bytes."""
    parcel = Ledger(link.database, link.id).prepare(
        Exchange.SHIPMENTS,
        run_id(),
        shipment_messages(link, found.translation),
        counts={**found.translation.counts.as_json(), **document_counts(found)},
        totals=found.translation.totals,
        window=window_json(found),
        set_aside=found.translation.set_aside,
        steps=found.difference.steps(),
    )
    log.info("Посылка %d подготовлена", parcel.id)
    return parcel


def shipment_messages(link: Link, translation: Translation) -> Iterator[NewMessage]:
    """Yield the messages of a window: one, or parts under the link's cap, of which only the first deletes."""
    scheme = link.layout.scheme(Exchange.SHIPMENTS)
    frames = {
        dataset.name: translation.tables[table]
        for dataset in _datasets(scheme.datasets)
        if (table := _table_for({column.field for column in dataset.columns}))
    }
    yield from messages(link, scheme, frames)


def _datasets(datasets: Iterable[model.Dataset]) -> Iterator[model.Dataset]:
    for dataset in datasets:
        yield dataset
        yield from _datasets(dataset.details)


def _table_for(fields: set[str]) -> str:
    """Return the table that fills a dataset, by a column that only this one has, wherever the layout puts it."""
    for field, table in (("document_number", "lines"), ("work_date", "parameters"), ("outlet_name", "outlets")):
        if field in fields:
            return table
    return ""


def document_counts(found: Found) -> dict[str, Any]:
    """Return how many documents the window holds, and what becomes of them at their side."""
    difference = found.difference
    return {
        "documents": len(found.translation.tables["documents"]),
        "documents_added": len(difference.added),
        "documents_changed": len(difference.changed),
        "documents_gone": len(difference.gone),
        "late": len(found.late),
    }


def window_json(found: Found) -> dict[str, Any]:
    """Return the window for the ledger: its dates, the days without a document (a fact, no gap), late changes."""
    by_day = days_of(found)
    return {
        "work_date": found.window.work_date,
        "today": found.window.today,
        "days": found.window.days,
        "asked": found.window.asked,
        "empty_days": [day for day, (documents, _, _) in by_day.items() if not documents],
        "late": [late.as_json() for late in found.late[:KEPT]],
        "wider": found.wider,
    }


def days_of(found: Found) -> dict[str, tuple[int, int, int]]:
    """Return for every day of the window, ISO date → documents, lines, sum in millionths; a day without any has 0."""
    window, documents = found.window, found.translation.tables["documents"]
    dates = [(window.work_date + timedelta(days=day)).isoformat() for day in range(window.days + 1)]
    found_days = documents.groupby("date").agg({"document": "count", "lines": "sum", "amount": "sum"})
    known = {cast("str", day): tuple(map(int, row)) for day, *row in found_days.itertuples()}
    days = sorted({*dates, *known})
    return {day: cast("tuple[int, int, int]", known.get(day, (0, 0, 0))) for day in days}


def steps_rows(difference: Difference) -> Sequence[tuple[str, Item | None, Item | None]]:
    """Return the documents that change: what happens, as they hold it, as it would be; the largest change first."""
    rows: list[tuple[str, Item | None, Item | None]] = [("новый", None, item) for item in difference.added]
    rows += [("изменится", old, new) for old, new in difference.changed]
    rows += [("исчезнет", item, None) for item in difference.gone]
    rows.sort(key=lambda row: -abs((row[2].amount if row[2] else 0) - (row[1].amount if row[1] else 0)))
    return rows
