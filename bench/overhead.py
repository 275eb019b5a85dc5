"""``make bench-overhead``: what Prefect adds to an exchange that finds nothing to do, from trigger to Completed.

The product runs as an operator's machine runs it (server, worker with its poll, a process a run), against the doubles.
Each round starts a deployment as the button in the UI does and polls its state; the run's own moments come from
Prefect: when the worker took it, when the flow began, when it ended.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import stamina

import sandbox
from foundation.settings import ProcessSettings
from mi1c.environment import enter
from mi1c.up import Supervisor, free_port
from sandbox.running import CRM_PASSWORD, ONEC_PASSWORD, ONEC_USER

RESULTS: Final = Path(__file__).parent / "results" / "overhead.json"
GOAL: Final = 6.0
"""Seconds from trigger to Completed that an exchange with nothing to do may take, the worker polling every 2 s."""


def main() -> None:
    """Measure and print; ``--out`` keeps the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("deployment", nargs="*", default=["statuses/statuses-bench", "watch/watch"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), told.deployment, told.rounds)
    result = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": os.getloadavg()[0],
        "goal": GOAL,
        "deployments": found,
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))
    if told.out:
        told.out.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")


def measured(folder: Path, deployments: list[str], rounds: int) -> dict[str, Any]:
    """Start the product over a folder and measure each deployment that exists."""
    os.environ["MI1C_DATA"] = str(folder)
    os.environ["MI1C_PREFECT_API_URL"] = f"http://127.0.0.1:{free_port(0)}/api"
    settings = ProcessSettings()
    supervisor = Supervisor(settings, enter(settings))
    # Prefect reads its environment when it is imported, so that comes after it is set.
    from flows.deployments import deploy, deploy_watch
    from tasks.block import save_link

    try:
        with sandbox.start() as doubles:
            supervisor.start_server()
            values = {
                "onec_url": doubles.onec_url,
                "onec_user": ONEC_USER,
                "onec_password": ONEC_PASSWORD,
                "crm_url": doubles.crm_url,
                "crm_user": doubles.world.crm.user,
                "crm_password": CRM_PASSWORD,
            }
            made = deploy("bench", save_link("bench", values), pool=settings.pool, active=False)
            made += deploy_watch(settings.pool)
            supervisor.start_worker()
            names = [each for each in deployments if each in {one.name for one in made}]
            return {
                name: summary([once(settings.prefect_api_url, name) for _ in range(rounds + 1)][1:]) for name in names
            }
    finally:
        supervisor.stop()


def once(api: str, name: str) -> dict[str, float]:
    """Run a deployment once; returns seconds since the trigger of each of its moments."""
    deployment = ask("GET", f"{api}/deployments/name/{name}")["id"]
    begun = time.time()
    body = {"state": {"type": "SCHEDULED"}}
    run = ask("POST", f"{api}/deployments/{deployment}/create_flow_run", json=body)["id"]
    while True:
        seen = ask("GET", f"{api}/flow_runs/{run}")
        if seen["state_type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}:
            break
        time.sleep(0.05)
    wall = time.time() - begun
    states = ask("GET", f"{api}/flow_run_states/", params={"flow_run_id": run})
    moments = {each["type"]: datetime.fromisoformat(each["timestamp"]).timestamp() - begun for each in states}
    return {"completed": seen["state_type"] == "COMPLETED", "wall": wall, **{k.lower(): v for k, v in moments.items()}}


@stamina.retry(on=httpx.HTTPStatusError, attempts=10, timeout=30)
def ask(method: str, url: str, **more: Any) -> Any:
    """Ask the Prefect API; 503 is its word for a busy SQLite."""
    return httpx.request(method, url, timeout=30, **more).raise_for_status().json()


def summary(runs: list[dict[str, float]]) -> dict[str, Any]:
    """Return the medians, and the worst wall."""
    names = ("pending", "running", "wall")
    medians = {name: round(statistics.median(run[name] for run in runs if name in run), 2) for name in names}
    return {
        "rounds": len(runs),
        "completed": all(run["completed"] for run in runs),
        "median": medians,
        "worst_wall": round(max(run["wall"] for run in runs), 2),
        "within_goal": max(run["wall"] for run in runs) <= GOAL,
    }


if __name__ == "__main__":
    main()
