"""Наблюдение: late exchanges, dead runs, parcels and confirmations that wait, parked orders; one alert, one all-clear.

One run looks after all links. It needs neither 1C nor the manufacturer's service.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.deployments import first_minute, minutes_between, of_link
from foundation.database import utc_now
from foundation.errors import MI1CError
from foundation.settings import ProcessSettings
from ledger import alerts
from ledger.links import link_id
from ledger.parcels import Ledger
from tasks import runs
from tasks.block import link_names, load_link
from tasks.hours import timetable
from tasks.links import process_database
from tasks.notices import Notice, channels, told
from tasks.running import in_run, run_id
from tasks.watch_facts import holder_states, limits, link_facts
from tasks.watching import KINDS, TITLES, alarms, is_dead

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from foundation.database import Database
    from foundation.settings import LinkSettings
    from tasks.hours import Timetable
    from tasks.notices import Channel
    from tasks.watching import Run

log = logging.getLogger(__name__)


@flow(
    name="watch",
    flow_run_name="Наблюдение",
    description="Проверяет все связи: запоздавшие обмены, прерванные запуски, то, что ждёт; предупреждает один раз.",
    persist_result=False,
)
def watch() -> dict[str, int]:
    """Look after all links once; returns how many alerts were raised, cleared, and hold now."""
    return look_after_all(utc_now())


def look_after_all(now: datetime) -> dict[str, int]:
    """Look after all links as at a moment; what the flow does."""
    database, names = process_database(), link_names()
    reaped = reap(database, names, now)
    counts = {"raised": 0, "cleared": 0, "open": 0}
    for name in names:
        try:
            raised, cleared = look_after(database, name, reaped, now)
        except MI1CError as error:
            # One link whose settings are wrong or whose exchange is held must not leave the others unwatched.
            log.warning("Связь %s: %s", name, error.russian)
            continue
        counts["raised"] += raised
        counts["cleared"] += cleared
    with database.session() as session:
        held = alerts.open_alerts(session)
    counts["open"] = len(held)
    _report(held)
    return counts


@task(
    name="Найти прерванные запуски",
    task_run_name="Найти прерванные запуски",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def reap(database: Database, names: Sequence[str], now: datetime) -> list[Run]:
    """Mark runs as crashed whose process is no more, so that their slot is free; returns those."""
    holders, own = holder_states(database), run_id()
    with runs.prefect_client() as client:
        seen = [runs.with_holder(each, holders) for each in runs.lively_runs(client, names, now) if each.id != own]
        return [each for each in seen if is_dead(each, now) and runs.mark_crashed(client, each)]


@task(name="Осмотреть связь", task_run_name="Осмотреть связь {name}", cache_policy=NO_CACHE, persist_result=False)
def look_after(database: Database, name: str, reaped: Sequence[Run], now: datetime) -> tuple[int, int]:
    """Judge a link, raise and clear its alerts, and tell what is new; returns (raised, cleared)."""
    settings = load_link(name)
    tables = timetables(name, settings)
    with runs.prefect_client() as client:
        succeeded = runs.last_successes(client, name, tables)
    with database.begin() as session:
        id_ = link_id(session, name)
    with Ledger(database, id_).hold("watch", run_id()):
        with database.begin() as session:
            found = link_facts(
                session, (name, id_), settings, now, timetables=tables, succeeded=succeeded, reaped=reaped
            )
            changed = alerts.reconcile(session, id_, alarms(found, limits(settings)), now, kinds=KINDS)
        tell(database, name, id_, channels(ProcessSettings()))
    return changed


def timetables(link: str, settings: LinkSettings) -> dict[str, Timetable]:
    """Return when each scheduled exchange of a link starts."""
    found = {}
    for each in of_link(link):
        minutes = minutes_between(each, settings)
        if minutes:
            exchange = each["tags"][1]
            found[exchange] = timetable(settings, exchange, minutes, first_minute(each))
    return found


def tell(database: Database, name: str, link: int, to: Sequence[Channel]) -> None:
    """Tell every channel what it has not told yet of a link, in one message.

    What is due to no channel (none is set up, or it never heard of it) is done with.
    """
    known = [each.name for each in to]
    with database.session() as session:
        raised, cleared = alerts.untold(session, link)
    for channel in to:
        mine = Notice(
            name,
            [each for each in raised if alerts.due(each, channel.name)],
            [each for each in cleared if alerts.due(each, channel.name)],
        )
        if not (mine.raised or mine.cleared) or not told(channel, mine):
            continue
        with database.begin() as session:
            alerts.note_told(session, [*mine.raised, *mine.cleared], channel.name, utc_now(), channels=known)
    with database.begin() as session:
        alerts.note_told(session, [*raised, *cleared], "", utc_now(), channels=known)


def _report(held: Sequence[alerts.Alert]) -> None:
    if not in_run():
        return
    rows: list[dict[str, Any]] = [
        {
            "связь": each.link,
            "что": TITLES.get(each.kind, each.kind),
            "подробно": each.said,
            "что делать": each.todo,
            "с": f"{each.raised_at.astimezone():%d.%m.%Y %H:%M}",
        }
        for each in held
    ]
    title = f"Предупреждения, которые действуют: {len(held)}"
    create_table_artifact(rows, key="watch-alerts", description=title, _sync=True)  # type: ignore[call-arg]  # prefect adds _sync
