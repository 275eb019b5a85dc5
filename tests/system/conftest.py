"""A real Prefect server and worker with a link between the doubles, once for all system tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

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

    def mi1c(self, *arguments: str, code: int | tuple[int, ...] = 0, more: dict[str, str] | None = None) -> str:
        """Run the command line and return what it printed; ``code`` is how it may end."""
        done = subprocess.run(
            [sys.executable, "-m", "mi1c", *arguments],
            cwd=ROOT,
            env={**self.environment, **(more or {})},
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode in (code if isinstance(code, tuple) else (code,)), done.stdout + done.stderr
        return done.stdout + done.stderr

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Ask the Prefect API; 503 is its word for a busy SQLite, and is asked again as Prefect's own client does.

        What only reads is asked again when no answer came, too.
        """
        on = _busy if method != "GET" else _busy_or_late
        for attempt in stamina.retry_context(on=on, attempts=10, timeout=90):
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


def _busy_or_late(error: Exception) -> bool:
    return _busy(error) or isinstance(error, httpx.TimeoutException)


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


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Give a server, a worker and the link ``probe``, deployed, its schedules off, goods and catalogs in."""
    import yaml

    folder = tmp_path_factory.mktemp("product")
    api = f"http://127.0.0.1:{free_port(0)}/api"
    settings = ProcessSettings(data=folder / "data", prefect_api_url=api)
    environment = {**os.environ, "COLUMNS": "140", **prefect_environment(settings)}
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
