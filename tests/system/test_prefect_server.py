"""A real Prefect server and worker: schedules fire, runs start and are retried in the browser, no secret comes out."""

from __future__ import annotations

import os
import signal
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from sandbox.running import ONEC_USER
from tests.system.conftest import CRM_PASSWORD, ONEC_PASSWORD, WRONG_PASSWORD, Running, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.xdist_group("server"), pytest.mark.slow]


def flow_processes(run: str) -> list[int]:
    """Return the processes that execute a run: Prefect names it in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                environment = (entry / "environ").read_bytes()
                if f"PREFECT__FLOW_RUN_ID={run}".encode() in environment:
                    found.append(int(entry.name))
    return found


@pytest.mark.chromium
def test_an_admin_sees_and_starts_an_exchange_in_the_browser(running: Running, page: Page) -> None:
    deployment = running.ask("GET", "/deployments/name/stock/stock-probe")["id"]
    mine = {"deployment_id": {"any_": [deployment]}}
    before = {run["id"] for run in running.ask("POST", "/flow_runs/filter", flow_runs=mine)}
    page.goto(f"{running.ui}/deployments")
    page.get_by_text("catalogs-probe", exact=True).wait_for()  # the list is long and comes in pages
    page.goto(f"{running.ui}/deployments/deployment/{deployment}")
    page.get_by_text("stock-probe", exact=True).first.wait_for()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Quick run").click()
    page.get_by_role("dialog").get_by_role("button", name="Run", exact=True).click()
    until(lambda: {run["id"] for run in running.ask("POST", "/flow_runs/filter", flow_runs=mine)} > before)
    (started,) = {run["id"] for run in running.ask("POST", "/flow_runs/filter", flow_runs=mine)} - before
    ended = running.ended(started)
    assert (ended["state_type"], ended["name"]) == ("COMPLETED", "Остатки · probe")
    assert running.equal()
    page.goto(f"{running.ui}/runs/flow-run/{started}")
    page.get_by_text("Artifacts").first.click()
    page.get_by_text("stock-probe-totals").last.wait_for()


@pytest.mark.chromium
def test_a_link_saved_in_the_browser_keeps_its_passwords(running: Running, page: Page) -> None:
    """The form shows asterisks for a secret; saving it must not store them."""
    path = "/block_types/slug/mi1c-link/block_documents"
    block = next(each["id"] for each in running.ask("GET", path) if each["name"] == "probe")
    page.goto(f"{running.ui}/blocks/block/{block}/edit")
    page.get_by_text("Пользователь 1С").first.wait_for()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/blocks/block/*")
    shown = running.ask("GET", f"/block_documents/{block}?include_secrets=true")["data"]
    assert (shown["onec_password"], shown["crm_password"]) == (ONEC_PASSWORD, CRM_PASSWORD)
    hidden = running.ask("GET", f"/block_documents/{block}")["data"]
    assert ONEC_PASSWORD not in str(hidden)


@pytest.mark.chromium
def test_a_process_killed_while_sending_is_retried_in_the_browser(running: Running, page: Page) -> None:
    """``kill -9`` of the run's process before the receipt; Retry in the UI leaves the right rows, once."""
    fault = running.doubles.crm.faults.arm("hold_after", match="CRMWhBalanceEx")
    run = running.start("stock")
    assert fault.held.wait(60)
    (holder,) = flow_processes(run)
    os.kill(holder, signal.SIGKILL)
    running.doubles.crm.faults.clear()
    # The process's runner reports the crash at once and the worker some 3 s later: a retry in between is overtaken.
    # The worker's last word of such a run is this advice.
    advice = "flow_runs.worker - Check whether the flow run exceeded"
    until(lambda: advice in (running.settings.data / "logs" / "prefect-worker.log").read_text("utf-8"))
    assert running.run(run)["state_type"] == "CRASHED"
    page.goto(f"{running.ui}/runs/flow-run/{run}")
    page.get_by_role("button", name="Retry").click()
    page.get_by_role("dialog").get_by_role("button", name="Retry").click()
    until(lambda: running.run(run)["state_type"] != "CRASHED")
    ended = running.ended(run)
    assert ended["state_type"] == "COMPLETED", ended["state"]
    assert running.equal()


def test_a_killed_worker_is_no_loss(running: Running) -> None:
    """Worker and run die together; the exchange goes on from the terminal, and a new worker takes over."""
    fault = running.doubles.crm.faults.arm("hold_before", match="CRMWhBalanceEx")
    run = running.start("stock")
    assert fault.held.wait(60)
    worker = running.supervisor.children.pop()
    holders = flow_processes(run)
    worker.process.kill()
    for holder in holders:
        os.kill(holder, signal.SIGKILL)
    worker.stop()
    running.doubles.crm.faults.clear()
    assert "выполнен" in running.mi1c("run", "stock", "--link", "probe")
    assert running.equal()
    running.supervisor.start_worker("second")
    running.ask("POST", f"/flow_runs/{run}/set_state", state={"type": "CRASHED"}, force=True)
    assert running.ended(running.start("goods"))["state_type"] == "COMPLETED"


def test_a_schedule_fires_by_itself(running: Running) -> None:
    running.mi1c("deploy", "probe", "--active")

    def scheduled() -> list[Any]:
        wanted = {"tags": {"all_": ["goods", "probe"]}, "state": {"type": {"any_": ["COMPLETED"]}}}
        return [run for run in running.ask("POST", "/flow_runs/filter", flow_runs=wanted) if run["auto_scheduled"]]

    try:
        until(lambda: bool(scheduled()))
    finally:
        running.mi1c("deploy", "probe")
    assert scheduled()[0]["name"] == "Классификатор товаров · probe"


def test_a_wrong_password_is_a_failed_run_with_a_clear_sentence(running: Running) -> None:
    """And no secret stands anywhere: not in logs, ledger, artifacts, or what the Prefect API gives out."""
    sent = len(running.doubles.crm.journal.arrivals)
    run = running.ended(running.start("catalogs", "wrong"))
    assert run["state_type"] == "FAILED"
    assert "пароль" in run["state"]["message"].lower()
    assert len(running.doubles.crm.journal.arrivals) == sent
    output = running.mi1c("link", "check", "wrong", "--json", code=1)
    texts = {"terminal": output, **everything_kept(running)}
    for password in (ONEC_PASSWORD, CRM_PASSWORD, WRONG_PASSWORD):
        forms = {
            password.encode(),
            quote(password).encode(),
            b64encode(f"{ONEC_USER}:{password}".encode()),
            password.encode("unicode_escape"),
        }
        found = [(place, form) for place, text in texts.items() for form in forms if form in as_bytes(text)]
        assert found == []


def as_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def everything_kept(running: Running) -> dict[str, str | bytes]:
    """Return every log, the ledger with its bodies unpacked, and what the Prefect API gives out without being asked."""
    from ledger import reading

    kept: dict[str, str | bytes] = {
        str(path): path.read_bytes() for path in running.settings.data.rglob("*") if path.suffix in {".log", ".sqlite"}
    }
    database = running.link().database
    for parcel in reading.parcels(database, limit=200):
        for message in reading.messages(database, parcel.id):
            kept[f"message {message.id}"] = reading.body(database, message.id) + message.receipt + message.error
    for path in ("/flow_runs/filter", "/task_runs/filter", "/logs/filter", "/artifacts/filter", "/deployments/filter"):
        kept[path] = str(running.ask("POST", path))
    kept["blocks"] = str(running.ask("GET", "/block_types/slug/mi1c-link/block_documents"))
    assert len(kept) > 10
    return kept


def test_a_parcel_sent_again_from_the_workplace_goes_as_it_was(running: Running) -> None:
    """The run that takes it over must not prepare another: the bytes that the manufacturer asked for again are these."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from ledger import reading
    from ledger.parcels import Ledger
    from workplace.doing import InPrefect

    link = running.link()
    assert running.ended(running.start("stock"))["state_type"] == "COMPLETED"
    newest = reading.summary(link.database, "probe")["stock"]
    texts = [reading.body(link.database, each.id) for each in reading.messages(link.database, newest.id)]
    ledger = Ledger(link.database, link.id)
    with temporary_settings({PREFECT_API_URL: running.settings.prefect_api_url}):
        doing = InPrefect(link.database, "mi1c")
        run = doing.start("probe", "stock", first=lambda run: ledger.resend(newest, by="тест", run_id=run))
    assert running.ended(run.id)["state_type"] == "COMPLETED"
    again = reading.summary(link.database, "probe")["stock"]
    assert (again.id, again.run_id, again.state) == (newest.id, run.id, "answered")
    assert [reading.body(link.database, each.id) for each in reading.messages(link.database, newest.id)] == texts
    assert running.equal()
