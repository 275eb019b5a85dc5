"""A running product to take pictures of: the sandbox, Prefect's server and worker, in a folder that goes away."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import yaml

import sandbox
from foundation.settings import ProcessSettings
from mi1c.environment import prefect_environment
from mi1c.up import Supervisor, free_port
from sandbox.running import CRM_PASSWORD, ONEC_PASSWORD, ONEC_USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.running import Sandbox

ROOT: Final = Path(__file__).parent.parent
LINK: Final = "romashka"
USER_PASSWORD: Final = "picture-of-a-password"  # noqa: S105 - of a workplace that lives as long as its pictures are taken
LIMIT: Final = 300.0
"""Seconds that one run may take here."""

ENDED: Final = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED", "PAUSED"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, colours and all, and its exit code."""

    text: str
    code: int


@dataclass(frozen=True, slots=True)
class Stand:
    """The running product; ``folder`` is where its commands run."""

    folder: Path
    environment: dict[str, str]
    supervisor: Supervisor
    doubles: Sandbox

    @property
    def ui(self) -> str:
        """Where the Prefect UI is."""
        return self.supervisor.ui_url

    def mi1c(self, *arguments: str, columns: int = 120) -> Answer:
        """Run a command as an operator does, at a terminal of so many columns."""
        done = subprocess.run(
            [sys.executable, "-m", "mi1c", *arguments],
            cwd=self.folder,
            env={**self.environment, "COLUMNS": str(columns), "FORCE_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        return Answer(done.stdout or done.stderr, done.returncode)  # counters of progress go to stderr beside a result

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Ask the Prefect API."""
        url = f"{self.supervisor.settings.prefect_api_url}{path}"
        answer = httpx.request(method, url, json=body or None, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def start(self, exchange: str, link: str = LINK) -> str:
        """Start a deployment as an admin does in the Prefect UI; returns the run's id."""
        deployment = self.ask("GET", f"/deployments/name/{exchange}/{exchange}-{link}")["id"]
        started: str = self.ask("POST", f"/deployments/{deployment}/create_flow_run", state={"type": "SCHEDULED"})["id"]
        return started

    def ended(self, run: str) -> str:
        """Wait until a run has ended or is suspended; returns its state's type."""
        until(lambda: self.ask("GET", f"/flow_runs/{run}")["state_type"] in ENDED)
        state: str = self.ask("GET", f"/flow_runs/{run}")["state_type"]
        return state

    def describe(self, **more: Any) -> Path:
        """Write the link's settings to ``link.yaml``, as an admin does."""
        file = self.folder / "link.yaml"
        file.write_text(yaml.safe_dump({**values(self.doubles), **more}, allow_unicode=True, sort_keys=False), "utf-8")
        return file


def until(ready: Callable[[], bool], limit: float = LIMIT) -> None:
    """Poll what another process does."""
    deadline = time.monotonic() + limit
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.5)


def values(doubles: Sandbox) -> dict[str, Any]:
    """Return the link's settings; both passwords come from the environment."""
    names = {each["Ref_Key"]: each["Description"] for each in doubles.onec.store.objects("Catalog_Склады")}
    pairs = [pair for pair in doubles.world.pairs if pair.kind == "warehouse"]
    return {
        "onec_url": doubles.onec_url,
        "onec_user": ONEC_USER,
        "profile": "ut11",
        "profile_parameters": {"code_field": "КодПроизводителя"},
        "crm_url": doubles.crm_url,
        "crm_user": doubles.world.crm.user,
        "crm_auth": "attribute",
        "warehouses": {names[pair.our_id]: pair.their_id for pair in pairs[:3]},
        "confirmations": {"stock": "person"},
        "order_agent": "ignore",
        "order_pay_kind": "ignore",
        "order_price_type": "agreement",
    }


@contextmanager
def standing() -> Iterator[Stand]:
    """Run the product for the length of the block: nothing is in the link yet, not even the link."""
    with (
        tempfile.TemporaryDirectory(prefix="mi1c-docs-") as name,
        sandbox.start(auth="attribute", onec_port=free_port(8081), crm_port=free_port(8082)) as doubles,
    ):
        folder = Path(name)
        api = f"http://127.0.0.1:{free_port(4200)}/api"
        settings = ProcessSettings(data=folder / ".mi1c", prefect_api_url=api)
        ours = {**os.environ, **prefect_environment(settings), "PYTHONPATH": str(ROOT)}
        secrets = {"MI1C_ONEC_PASSWORD": ONEC_PASSWORD, "MI1C_CRM_PASSWORD": CRM_PASSWORD}
        secrets["MI1C_USER_PASSWORD"] = USER_PASSWORD
        environment = {**ours, **secrets, "TZ": "Europe/Moscow", "MI1C_ENV_FILE": str(folder / ".env")}
        supervisor = Supervisor(settings, environment)
        try:
            supervisor.start_server()
            yield Stand(folder, environment, supervisor, doubles)
        finally:
            supervisor.stop()
