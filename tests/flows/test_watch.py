"""The watch against a Prefect server: one alert and one all-clear, dead runs end, suspended ones are left alone."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, insert, update

from foundation.database import utc_now
from ledger import alerts
from ledger.holder import this_process
from ledger.tables import AlertRow, LockRow, ParcelRow
from tests.flows.rollout_help import Exchanges, clear_orders, order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.links import Link
    from tests.flows.conftest import Stand

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.filterwarnings("default")]  # prefect's own warnings


@contextmanager
def sink() -> Iterator[tuple[str, list[Any]]]:
    """Take JSON and keep it; ``fail`` in the list's first place makes it refuse."""
    posted: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if posted[:1] == ["fail"]:
                self.send_response(500)
            else:
                posted.append(json.loads(body))
                self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", posted
        server.shutdown()
        thread.join()


@pytest.fixture
def watched(stand: Stand) -> Iterator[Link]:
    """Give a link of its own; what was raised for it goes with the test."""
    from tasks.block import save_link
    from tasks.links import open_link

    save_link("watched", stand.values(parcel_hours=1, parked_hours=24))
    link = open_link("watched")
    yield link
    end_all("watched")
    clear_orders(link)
    with link.database.begin() as session:
        for row in (AlertRow, LockRow, ParcelRow):
            session.execute(delete(row).where(row.link_id == link.id))


def watch(later: float = 0) -> dict[str, int]:
    """Look after the link of these tests as after all, some minutes from now; other tests leave links by the dozen."""
    from prefect import flow

    from flows.watch import look_after_all

    moment = utc_now() + timedelta(minutes=later)

    @flow(persist_result=False)
    def at_that_moment() -> dict[str, int]:
        return look_after_all(moment)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flows.watch.link_names", lambda: ["watched"])
        return at_that_moment()


def open_of(link: Link) -> list[tuple[str, str]]:
    with link.database.session() as session:
        return [(each.kind, each.key) for each in alerts.open_alerts(session, link.id)]


def test_what_waits_is_told_once_and_its_end_once(watched: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    order(watched, "М-1", state="parked", received_at=utc_now() - timedelta(days=2))
    parcel = Exchanges(watched).answered("shipments")
    with watched.database.begin() as session:
        old = {"state": "failed", "updated_at": utc_now() - timedelta(hours=2)}
        session.execute(update(ParcelRow).where(ParcelRow.id == parcel).values(**old))
    with sink() as (url, posted):
        monkeypatch.setenv("MI1C_WEBHOOK_URL", url)
        first = watch()
        assert first["raised"] == 2
        watch()
        (message,) = posted
        assert message["link"] == "watched"
        assert sorted(each["kind"] for each in message["raised"]) == ["parked", "unanswered"]
        assert open_of(watched) == [("unanswered", str(parcel)), ("parked", "")]

        clear_orders(watched)
        watch()
        watch()
        assert [each["kind"] for each in posted[1]["cleared"]] == ["parked"]
        assert len(posted) == 2


def test_a_channel_that_fails_is_tried_again_without_a_flood(watched: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    order(watched, "М-1", state="parked", received_at=utc_now() - timedelta(days=2))
    with sink() as (url, posted):
        monkeypatch.setenv("MI1C_WEBHOOK_URL", url)
        posted.append("fail")
        watch()
        watch()
        posted.clear()
        watch()
        watch()
        assert [len(each["raised"]) for each in posted] == [1]


def test_a_notification_block_of_prefect_tells_it(watched: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.blocks.notifications import CustomWebhookNotificationBlock

    order(watched, "М-1", state="parked", received_at=utc_now() - timedelta(days=2))
    with sink() as (url, posted):
        template = {"title": "{{subject}}", "text": "{{body}}"}
        block: Any = CustomWebhookNotificationBlock(name="ours", url=url, json_data=template)
        block.save("ours", overwrite=True, _sync=True)
        monkeypatch.setenv("MI1C_NOTIFY_BLOCKS", "custom-webhook/ours")
        watch()
        watch()
    (message,) = posted
    assert message["title"] == "МИ1С, watched: предупреждений 1"
    assert "Отложено заказов связи watched: 1" in message["text"]


def test_an_exchange_of_a_pilot_that_does_not_run_is_late(watched: Link) -> None:
    from ledger.rollout import start_pilot, stop_pilot

    with watched.database.begin() as session:
        start_pilot(session, watched.id, by="Петров", at=utc_now() - timedelta(days=3))
    watch()
    late = [key for kind, key in open_of(watched) if kind == "late"]
    assert set(late) >= {"goods", "catalogs", "stock"}
    Exchanges(watched).answered("stock")
    watch()
    assert "stock" not in [key for kind, key in open_of(watched) if kind == "late"]
    with watched.database.begin() as session:
        stop_pilot(session, watched.id, by="Петров")
    watch()
    assert open_of(watched) == []


# -- dead runs ---------------------------------------------------------------------------------------------------------


def started(link: str, *, kind: str = "RUNNING", name: str | None = None) -> str:
    """Put a run into Prefect; it came to its state now, so that tests look at it from later."""
    from prefect.client.schemas.objects import State, StateType

    from flows.stock import stock
    from tasks.runs import prefect_client

    state: State[Any] = State(type=StateType(kind), name=name)
    with prefect_client() as client:
        run = client.create_flow_run(stock, parameters={"link": link}, tags=["mi1c", "stock", link], state=state)
    return str(run.id)


def end_all(link: str) -> None:
    """End what a test left behind: the next one looks at its own runs only."""
    from prefect.client.schemas.filters import FlowRunFilter
    from prefect.states import Cancelled

    from tasks.runs import prefect_client

    with prefect_client() as client:
        mine = FlowRunFilter.model_validate({"tags": {"all_": [link]}})
        for run in client.read_flow_runs(flow_run_filter=mine):
            if run.state is not None and not run.state.is_final():
                client.set_flow_run_state(run.id, Cancelled(), force=True)


def state_of(run: str) -> tuple[str, str]:
    from tasks.runs import prefect_client

    with prefect_client() as client:
        state = client.read_flow_run(UUID(run)).state
    assert state is not None
    return state.type.value, state.name or ""


def hold(link: Link, run: str, *, pid: int = 0, renewed: float = 0) -> None:
    """Let a run hold the exchange: by this process, or by one that is no more; renewed some seconds ago."""
    here, now = this_process(), utc_now()
    process = {"host": here.host, "machine": here.machine, "pid": pid or here.pid, "process_started": here.started}
    about = {"token": str(uuid4()), "run_id": run, "since": now, "renewed_at": now - timedelta(seconds=renewed)}
    with link.database.begin() as session:
        session.execute(delete(LockRow).where(LockRow.link_id == link.id))
        session.execute(insert(LockRow).values(link_id=link.id, exchange="stock", lease=120.0, **process, **about))


def test_a_run_whose_process_is_no_more_is_crashed_and_told_until_the_exchange_succeeds(watched: Link) -> None:
    run = started("watched")
    hold(watched, run, pid=2**22 + 1)
    watch(later=3)
    assert state_of(run)[0] == "CRASHED"
    assert open_of(watched) == [("dead_run", "stock")]
    with watched.database.begin() as session:  # it was raised three minutes from now
        session.execute(update(AlertRow).where(AlertRow.link_id == watched.id).values(raised_at=utc_now()))
    watch()
    assert open_of(watched) == [("dead_run", "stock")]
    Exchanges(watched).answered("stock")
    watch()
    assert open_of(watched) == []


def test_a_run_whose_lease_ran_out_is_crashed(watched: Link) -> None:
    run = started("watched")
    hold(watched, run, renewed=121)
    watch(later=3)
    assert state_of(run)[0] == "CRASHED"


@pytest.mark.parametrize(
    ("kind", "name", "minutes"),
    [("PAUSED", "Suspended", 600), ("PAUSED", "Paused", 600), ("RUNNING", None, 1), ("SCHEDULED", "Late", 600)],
)
def test_what_is_not_surely_dead_is_left_alone(watched: Link, kind: str, name: str | None, minutes: float) -> None:
    """Suspended runs wait for the manufacturer's word for days: no process, and nothing wrong with it."""
    run = started("watched", kind=kind, name=name)
    hold(watched, run, pid=2**22 + 1)
    before = state_of(run)
    watch(later=minutes)
    assert state_of(run) == before
    assert open_of(watched) == []


def test_a_run_that_holds_its_exchange_is_alive_however_long_it_takes(watched: Link) -> None:
    run = started("watched")
    hold(watched, run)
    watch(later=600)
    assert state_of(run)[0] == "RUNNING"


def test_a_run_without_a_lock_and_without_a_heartbeat_is_dead_after_a_while(watched: Link) -> None:
    running, pending = started(watched.name), started(watched.name, kind="PENDING")
    watch(later=5)
    assert [state_of(run)[0] for run in (running, pending)] == ["RUNNING", "PENDING"]
    watch(later=12)
    assert [state_of(run)[0] for run in (running, pending)] == ["CRASHED", "PENDING"]
    watch(later=16)
    assert state_of(pending)[0] == "CRASHED"


def test_a_run_that_moved_on_meanwhile_is_not_touched(watched: Link) -> None:
    """The state is read again just before it is changed."""
    from tasks import runs

    run = started("watched")
    with runs.prefect_client() as client:
        (seen,) = [each for each in runs.lively_runs(client, [watched.name], utc_now()) if each.id == run]
        from prefect.states import Suspended

        client.set_flow_run_state(UUID(run), Suspended(timeout_seconds=600), force=True)
        assert runs.mark_crashed(client, seen) is False
    assert state_of(run)[1] == "Suspended"


def test_a_heartbeat_is_seen(watched: Link) -> None:
    """Prefect's event of a living run counts; it is the only sign of life where no lock is held."""
    from prefect.client.orchestration import get_client

    from tasks import runs

    run = started("watched")
    now = utc_now()
    beat = now + timedelta(minutes=25)
    event = {
        "id": str(uuid4()),
        "event": runs.BEAT,
        "occurred": beat.isoformat(),
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run}"},
    }
    with get_client(sync_client=True) as client:
        client.request("POST", "/events", json=[event])
        deadline = now + timedelta(seconds=30)
        found: list[Any] = []
        while not found and utc_now() < deadline:
            lively = runs.lively_runs(client, [watched.name], now + timedelta(minutes=30))
            found = [each for each in lively if each.id == run and each.beat is not None]
    assert found[0].beat == beat
    watch(later=30)
    assert state_of(run)[0] == "RUNNING"
    watch(later=36)
    assert state_of(run)[0] == "CRASHED"


def test_successes_and_next_starts_are_read_from_prefect(watched: Link) -> None:
    from tasks import runs

    del watched
    with runs.prefect_client() as client:
        assert runs.last_successes(client, "nobody", ["stock"]) == {}
        assert runs.next_starts(client, "nobody", ["stock"], utc_now()) == {}
    done = started("somebody", kind="COMPLETED")
    started("somebody", kind="COMPLETED", name="Пропущено: тихое окно")
    with runs.prefect_client() as client:
        found = runs.last_successes(client, "somebody", ["stock", "goods"])
        ended = client.read_flow_run(UUID(done)).end_time
    assert found == {"stock": ended}


def test_a_run_from_a_terminal_counts_as_a_success_and_is_never_held_for_dead(watched: Link) -> None:
    from prefect import flow

    from tasks import runs

    del watched
    seen: list[str] = []

    @flow(name="by-hand", persist_result=False)
    def by_hand() -> None:
        with runs.prefect_client() as asking:
            seen.extend(each.link for each in runs.lively_runs(asking, ["terminal"], utc_now()))

    by_hand()
    with runs.prefect_client() as client:
        assert runs.last_successes(client, "terminal", ["catalogs"]) == {}, "nobody knows what that run was of"
    with runs.named("catalogs", "terminal"):
        by_hand()
    with runs.prefect_client() as client:
        assert set(runs.last_successes(client, "terminal", ["catalogs", "goods"])) == {"catalogs"}
    assert seen == []
