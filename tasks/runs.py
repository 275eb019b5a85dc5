"""What Prefect knows of our runs: the last success of an exchange, the next start, and the runs that look alive."""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from prefect import tags
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from tasks.automatic import SKIPPED
from tasks.watching import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

log = logging.getLogger(__name__)

TAG: Final = "mi1c"
"""The tag of every deployment of ours; exchange and link are the two that follow it."""

PAGE: Final = 200
"""How many runs one answer of Prefect holds."""

BEAT: Final = "prefect.flow-run.heartbeat"


def last_successes(client: SyncPrefectClient, link: str, exchanges: Iterable[str]) -> dict[str, datetime]:
    """Return when each exchange of a link last ran to its end, as far as Prefect remembers; skipped runs are none.

    Runs of deployments, of a terminal and within the trial count alike (:func:`named`).
    """
    found: dict[str, datetime] = {}
    for exchange in exchanges:
        runs = _runs(client, [exchange, link], {"type": {"any_": ["COMPLETED"]}}, FlowRunSort.END_TIME_DESC, 20)
        ended = next((run.end_time for run in runs if run.end_time and _state(run) != SKIPPED), None)
        if ended is not None:
            found[exchange] = ended
    return found


def next_starts(client: SyncPrefectClient, link: str, exchanges: Iterable[str], now: datetime) -> dict[str, datetime]:
    """Return when each exchange of a link starts next by its schedule."""
    found: dict[str, datetime] = {}
    for exchange in exchanges:
        waits = {"type": {"any_": ["SCHEDULED"]}}
        for run in _runs(client, [TAG, exchange, link], waits, FlowRunSort.EXPECTED_START_TIME_ASC, 20):
            start = run.next_scheduled_start_time or run.expected_start_time
            if run.auto_scheduled and start is not None and start > now - timedelta(hours=1):
                found[exchange] = start
                break
    return found


@contextmanager
def named(exchange: str, link: str) -> Iterator[None]:
    """Let a run that begins in the block be known as one of this exchange and link, though no deployment started it.

    It does not get :data:`TAG`: the watch holds runs of deployments alone to be dead or alive.
    """
    with tags(exchange, link):
        yield


def lively_runs(client: SyncPrefectClient, links: Sequence[str], now: datetime) -> list[Run]:
    """Return the runs of our deployments that Prefect holds to be running or about to, with their heartbeats.

    Suspended and paused runs are of another type and never among them.
    """
    alive = {"type": {"any_": ["RUNNING", "PENDING"]}}
    runs = _runs(client, [TAG], alive, FlowRunSort.START_TIME_ASC, PAGE)
    beats = _beats(client, [run.id for run in runs], now)
    found = []
    for run in runs:
        link = next((tag for tag in run.tags if tag in links), "")
        exchange = next((tag for tag in run.tags if tag not in {TAG, link, "auto-scheduled"}), "")
        since = run.state.timestamp if run.state else run.start_time
        if link and exchange and since is not None and run.state is not None:
            beat = beats.get(run.id)
            found.append(Run(str(run.id), link, exchange, run.state.type.value, since, beat))
    return found


def mark_crashed(client: SyncPrefectClient, run: Run) -> bool:
    """Mark a dead run as crashed, so that its slot is free; False where it moved on meanwhile.

    The state is read again just before: a run that was suspended, ended or retried meanwhile is left alone.
    """
    with suppress(ObjectNotFound):
        current = client.read_flow_run(UUID(run.id)).state
        if current is None or current.type.value != run.kind or current.timestamp != run.since:
            return False
        message = "Процесса запуска больше нет: он прервался. Отмечено наблюдением МИ1С."
        client.set_flow_run_state(UUID(run.id), Crashed(message=message), force=True)
        log.warning("Run %s of %s (%s) is dead and marked as crashed", run.id, run.exchange, run.link)
        return True
    return False


def with_holder(run: Run, holders: Mapping[str, str]) -> Run:
    """Return the run with what the ledger knows of its process."""
    return replace(run, holder=holders.get(run.id, ""))


def prefect_client() -> Any:
    """Return a client of the Prefect server, to be used as a context."""
    return get_client(sync_client=True)


def _runs(
    client: SyncPrefectClient, tags: list[str], state: Mapping[str, Any], sort: FlowRunSort, limit: int
) -> list[FlowRun]:
    wanted = FlowRunFilter.model_validate({"tags": {"all_": tags}, "state": dict(state)})
    return client.read_flow_runs(flow_run_filter=wanted, sort=sort, limit=limit)


def _state(run: FlowRun) -> str:
    return (run.state.name or "") if run.state else ""


def _beats(client: SyncPrefectClient, runs: Sequence[UUID], now: datetime) -> dict[UUID, datetime]:
    """Return the last heartbeat of each run within the last hour; few runs are alive at once, so each is asked for."""
    found = {}
    for run in runs:
        wanted = {
            "occurred": {"since": (now - timedelta(hours=1)).isoformat(), "until": now.isoformat()},
            "event": {"name": [BEAT]},
            "resource": {"id": [f"prefect.flow-run.{run}"]},
            "order": "DESC",
        }
        events = client.request("POST", "/events/filter", json={"filter": wanted, "limit": 1}).json()["events"]
        if events:
            found[run] = datetime.fromisoformat(events[0]["occurred"])
    return found
