"""Shipments of a window: read, translated, compared with what they hold, prepared; late changes are looked for.

The flow and the preview do the same up to the parcel: :func:`find` is all that, and sends nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from prefect import task
from prefect.cache_policies import NO_CACHE

from ledger import windows
from ledger.parcels import Ledger
from mappings.model import Exchange
from tasks.exporting import messages
from tasks.running import progress, run_id
from tasks.shipment_comparing import compared
from tasks.shipment_reading import check_read, read_window, window_of
from tasks.shipment_translating import check_rules, rules_of, translate_shipments
from tasks.transform import check_warehouses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pandas as pd

    from ledger.documents import Difference, Item
    from ledger.values import NewMessage, Parcel
    from ledger.windows import Late
    from mappings import model
    from mappings.translate.result import Translation
    from tasks.links import Link
    from tasks.shipment_reading import Window

log = logging.getLogger(__name__)

TOLD: Final = 20
"""How many late changes the log names one by one."""

KEPT: Final = 200
"""How many late changes a parcel keeps by name."""


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


def find(link: Link, days: int | None = None, *, show: Callable[[int], None] | None = None) -> Found:
    """Read and translate a window and compare it with what they hold; sends nothing."""
    check_warehouses(link)
    check_rules(link)
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
        "by_day": {day: list(each) for day, each in by_day.items()},
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
