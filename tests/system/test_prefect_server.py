"""A real Prefect server and worker: schedules fire, runs start and are retried in the browser, no secret comes out."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx
import pytest
import stamina

import sandbox
from foundation.settings import ProcessSettings
from mi1c.environment import prefect_environment
from mi1c.up import Supervisor, free_port
from sandbox.running import ONEC_USER
from tests.conftest import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from sandbox.running import Sandbox

pytestmark = [pytest.mark.xdist_group("server"), pytest.mark.slow]

ROOT = Path(__file__).parent.parent.parent
ONEC_PASSWORD: Final = "Кречет-7781"
CRM_PASSWORD: Final = "Беркут-9904"
WRONG_PASSWORD: Final = "Сапсан-5512"
LIMIT: Final = 150.0
BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Running:
    """A running product: its data folder, its environment, and the doubles at both ends."""

    settings: ProcessSettings
    environment: dict[str, str]
    supervisor: Supervisor
    doubles: Sandbox

    @property
    def ui(self) -> str:
        return self.supervisor.ui_url

    def mi1c(self, *arguments: str, code: int = 0, more: dict[str, str] | None = None) -> str:
        """Run the command line and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "mi1c", *arguments],
            cwd=ROOT,
            env={**self.environment, **(more or {})},
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Ask the Prefect API; 503 is its word for a busy SQLite, and is asked again as Prefect's own client does."""
        for attempt in stamina.retry_context(on=_busy, attempts=10, timeout=60):
            with attempt:
                answer = httpx.request(method, f"{self.settings.prefect_api_url}{path}", json=body or None, timeout=30)
                answer.raise_for_status()
        return answer.json() if answer.content else None

    def start(self, exchange: str, link: str = "probe") -> str:
        """Start a deployment; returns the run's id."""
        deployment = self.ask("GET", f"/deployments/name/{exchange}/{exchange}-{link}")["id"]
        started: str = self.ask("POST", f"/deployments/{deployment}/create_flow_run", state={"type": "SCHEDULED"})["id"]
        return started

    def run(self, run: str) -> Any:
        return self.ask("GET", f"/flow_runs/{run}")

    def ended(self, run: str) -> Any:
        """Wait until a run has ended and return it."""
        over = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
        until(lambda: self.run(run)["state_type"] in over, lambda: self.run(run)["state"])
        return self.run(run)

    def equal(self) -> bool:
        """Return whether both doubles agree, good by good."""
        from mi1c.demo import compare

        return compare(self.doubles, "probe", link=self.link()).equal

    def link(self) -> Any:
        from foundation.database import open_database
        from foundation.settings import link_settings
        from tasks.links import open_link

        return open_link("probe", link_settings(values(self.doubles)), open_database(self.settings.database))


def _busy(error: Exception) -> bool:
    return isinstance(error, httpx.HTTPStatusError) and error.response.status_code == httpx.codes.SERVICE_UNAVAILABLE


def until(ready: Callable[[], bool], told: Callable[[], object] = str, limit: float = LIMIT) -> None:
    """Poll what has no event to wait for: another process's state behind an HTTP API; ``told`` explains a failure."""
    deadline = time.monotonic() + limit
    while not ready():
        assert time.monotonic() < deadline, f"waited too long: {told()}"
        time.sleep(0.3)


def values(doubles: Sandbox, **more: Any) -> dict[str, Any]:
    pairs = [pair for pair in doubles.world.pairs if pair.kind == "warehouse"]
    return {
        "onec_url": doubles.onec_url,
        "onec_user": ONEC_USER,
        "onec_password": ONEC_PASSWORD,
        "profile_parameters": {"code_field": "КодПроизводителя"},
        "crm_url": doubles.crm_url,
        "crm_user": doubles.world.crm.user,
        "crm_password": CRM_PASSWORD,
        "crm_auth": "attribute",
        "warehouses": {pair.our_id: pair.their_id for pair in pairs[:3]},
        "intervals": {"goods": 1, "catalogs": 720, "stock": 60},
        **more,
    }


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Give a server, a worker and the link ``probe``, deployed, its schedules off, goods and catalogs in."""
    import yaml

    folder = tmp_path_factory.mktemp("product")
    api = f"http://127.0.0.1:{free_port(0)}/api"
    settings = ProcessSettings(data=folder / "data", prefect_api_url=api)
    environment = {**os.environ, **prefect_environment(settings)}
    supervisor = Supervisor(settings, environment)
    with sandbox.start(auth="attribute", onec_password=ONEC_PASSWORD, crm_password=CRM_PASSWORD) as doubles:
        product = Running(settings, environment, supervisor, doubles)
        try:
            supervisor.start_server()
            for name, password in (("probe", ONEC_PASSWORD), ("wrong", WRONG_PASSWORD)):
                described = values(doubles)
                del described["onec_password"], described["crm_password"]
                file = folder / f"{name}.yaml"
                file.write_text(yaml.safe_dump(described, allow_unicode=True), "utf-8")
                secrets = {"MI1C_ONEC_PASSWORD": password, "MI1C_CRM_PASSWORD": CRM_PASSWORD}
                product.mi1c("link", "add", name, "--file", str(file), more=secrets)
                product.mi1c("deploy", name)
            supervisor.start_worker()
            for exchange in ("goods", "catalogs"):
                assert product.ended(product.start(exchange))["state_type"] == "COMPLETED"
            yield product
        finally:
            supervisor.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing("no Chromium on this machine")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=BROWSER)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(30_000)
    yield page
    page.close()


@pytest.mark.chromium
def test_an_admin_sees_and_starts_an_exchange_in_the_browser(running: Running, page: Page) -> None:
    deployment = running.ask("GET", "/deployments/name/stock/stock-probe")["id"]
    before = {run["id"] for run in running.ask("POST", "/flow_runs/filter")}
    page.goto(f"{running.ui}/deployments")
    for name in ("goods-probe", "catalogs-probe", "stock-probe"):
        page.get_by_text(name, exact=True).wait_for()
    page.goto(f"{running.ui}/deployments/deployment/{deployment}")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Quick run").click()
    page.get_by_role("dialog").get_by_role("button", name="Run", exact=True).click()
    until(lambda: {run["id"] for run in running.ask("POST", "/flow_runs/filter")} > before)
    (started,) = {run["id"] for run in running.ask("POST", "/flow_runs/filter")} - before
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
    page.get_by_text("Пользователь 1С", exact=True).wait_for()
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
