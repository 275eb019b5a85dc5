"""The workplace's ground: health, and metrics that carry no secret and that strangers do not read."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from foundation.database import open_database
from ledger import rollout
from ledger.alerts import Alarm, reconcile
from ledger.links import link_id
from ledger.parcels import Ledger
from ledger.rollout import GateRecord, GateState
from ledger.tables import ConfirmationRow, OrderRow
from ledger.values import NewMessage
from tasks.overview import ExchangeView, overview, with_runs
from workplace.app import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

    from foundation.database import Database

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LABELS = ("link", "exchange", "kind", "state")
EMPTY: dict[str, Any] = {
    "hash": "",
    "content": {},
    "pending": {},
    "written": {},
    "reasons": [],
    "message_id": 1,
    "entity": "",
    "document": "",
    "document_number": "",
    "amount": 0,
    "received_at": AT,
    "changed_at": AT,
}


def fill(database: Database) -> int:
    """Put a link into the database whose everything is at work: a pilot, parcels, what waits, an alert."""
    ledger = Ledger(database, "probe")
    totals = {"value": "2000", "matched_value": "1900"}
    done = ledger.prepare("stock", "r1", [NewMessage("S", "<x/>", 3)], counts={"sent": 42}, totals=totals)
    (message,) = ledger.to_send(done.id)
    ledger.sending(message)
    ledger.answered(message, "<ok/>", 0.1)
    ledger.finish(done.id)
    waits = ledger.prepare("shipments", "r2", [NewMessage("S", "<x/>", 3)], counts={"sent": 7})
    (message,) = ledger.to_send(waits.id)
    ledger.sending(message)
    ledger.failed(message, "Нет связи.", ambiguous=False)
    with database.begin() as session:
        link = ledger.link_id
        rollout.start_pilot(session, link, by="Петров", at=AT)
        rollout.store_gate(session, link, GateRecord("goods", GateState.PASSED), AT)
        rollout.store_gate(session, link, GateRecord("stock", GateState.WAITS), AT)
        reconcile(session, link, [Alarm("late", "stock", "Запаздывает.", "Смотрите.")], AT, kinds=())
        order = {"link_id": link, "number": "М-1", "state": "parked", **EMPTY}
        session.execute(insert(OrderRow).values(**order))
        about = {"source": "person", "run_id": "", "asked_at": AT, "deadline": AT, "said_by": "", "remark": ""}
        own = {
            "parcel_id": done.id,
            "link_id": link,
            "exchange": "stock",
            "state": "overdue",
            "refused": [],
            "author": "",
        }
        session.execute(insert(ConfirmationRow).values(**own, **about))
    return done.id


def client(app: FastAPI, host: str = "127.0.0.1", **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=(host, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://workplace", headers=headers)


def get(app: FastAPI, path: str, host: str = "127.0.0.1", **headers: str) -> httpx.Response:
    import asyncio

    async def ask() -> httpx.Response:
        async with client(app, host, **headers) as asking:
            return await asking.get(path)

    return asyncio.run(ask())


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Return the figures of an exposition: name and label values → value."""
    return {
        (sample.name, *(sample.labels[name] for name in LABELS if name in sample.labels)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_tell_what_the_database_knows(database: Database) -> None:
    fill(database)
    answer = get(create_app(database), "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    found = figures(answer.text)
    assert found["mi1c_pilot", "probe"] == 1
    assert found["mi1c_trial_gates_passed", "probe"] == 1
    assert found["mi1c_orders_parked", "probe"] == 1
    assert found["mi1c_confirmations_waiting", "probe"] == found["mi1c_confirmations_overdue", "probe"] == 1
    assert found["mi1c_stock_matched_value_ratio", "probe"] == pytest.approx(0.95)
    assert found["mi1c_alerts_open", "probe", "late"] == 1
    assert found["mi1c_alerts_open", "probe", "parked"] == 0
    assert found["mi1c_parcel_rows", "probe", "stock"] == 42
    assert found["mi1c_parcel_state", "probe", "stock", "answered"] == 1
    assert found["mi1c_parcel_state", "probe", "shipments", "failed"] == 1
    assert found["mi1c_parcel_state", "probe", "shipments", "answered"] == 0
    assert ("mi1c_last_success_timestamp_seconds", "probe", "shipments") not in found
    success = found["mi1c_last_success_timestamp_seconds", "probe", "stock"]
    assert abs(success - datetime.now(UTC).timestamp()) < 60


def test_metrics_of_an_empty_product_are_empty_and_well_formed(database: Database) -> None:
    assert figures(get(create_app(database), "/metrics").text) == {}


@pytest.mark.parametrize(
    ("token", "host", "headers", "status"),
    [
        ("", "127.0.0.1", {}, 200),
        ("", "::1", {}, 200),
        ("", "10.0.0.7", {}, 403),
        ("", "127.0.0.1", {"X-Forwarded-For": "10.0.0.7"}, 403),
        ("", "127.0.0.1", {"Forwarded": "for=10.0.0.7"}, 403),
        ("Тайна", "127.0.0.1", {}, 401),
        ("tajna", "127.0.0.1", {"Authorization": "Bearer tajn"}, 401),
        ("tajna", "127.0.0.1", {"Authorization": "Basic tajna"}, 401),
        ("tajna", "10.0.0.7", {"Authorization": "Bearer tajna"}, 200),
        ("tajna", "127.0.0.1", {"Authorization": "Bearer tajna", "X-Forwarded-For": "10.0.0.7"}, 200),
    ],
)
def test_who_may_read_metrics(database: Database, token: str, host: str, headers: dict[str, str], status: int) -> None:
    answer = get(create_app(database, metrics_token=token), "/metrics", host, **headers)
    assert answer.status_code == status
    assert not token or token not in answer.text


def test_health_tells_whether_the_database_works(database: Database, tmp_path: Path) -> None:
    assert get(create_app(database), "/health").json() == {"status": "ok"}
    with closing(open_database(f"sqlite:///{tmp_path / 'bare.sqlite'}")) as bare:
        answer = get(create_app(bare), "/health", "10.0.0.7")
    assert answer.status_code == 503
    assert "не подготовлена" in answer.json()["detail"]


def test_nothing_else_is_there_for_strangers(database: Database) -> None:
    for path in ("/docs", "/openapi.json", "/redoc"):
        assert get(create_app(database), path).status_code == 404
    assert get(create_app(database), "/").headers["location"] == "/login?next=/"


def test_an_overview_is_quiet_only_when_nothing_waits(database: Database) -> None:
    ledger = Ledger(database, "calm")
    with database.begin() as session:
        link_id(session, "calm")
    (calm,) = overview(database, "calm")
    assert calm.quiet
    assert calm.exchanges == []
    parcel = fill(database)
    (busy,) = overview(database, "probe")
    assert not busy.quiet
    assert [(each.exchange, each.state, each.rows) for each in busy.exchanges] == [
        ("shipments", "failed", 7),
        ("stock", "answered", 42),
    ]
    assert busy.exchanges[1].parcel == parcel
    assert [view.link for view in overview(database)] == ["calm", "probe"]
    ledger.prepare("stock", "r", [NewMessage("S", "<x/>", 1)])
    assert overview(database, "calm")[0].quiet, "a parcel on its way is nobody's trouble yet"


def test_prefect_adds_successes_without_a_parcel_and_next_starts(database: Database) -> None:
    fill(database)
    (view,) = overview(database, "probe")
    later = datetime.now(UTC) + timedelta(minutes=5)
    known = with_runs(view, {"catalogs": AT, "stock": AT}, {"stock": later})
    found = {each.exchange: each for each in known.exchanges}
    assert found["catalogs"] == ExchangeView("catalogs", succeeded=AT)
    assert found["stock"].next_start == later
    assert found["stock"].succeeded is not None
    assert found["stock"].succeeded > AT, "the ledger's own success is newer"
    assert found["shipments"].succeeded is None
