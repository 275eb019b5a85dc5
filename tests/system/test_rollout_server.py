"""The roll-out on a real server and worker: the trial as a deployment and in the terminal, the pilot's schedules."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from flows.deployments import OPTIONAL
from mi1c.up import free_port
from tests.system.conftest import CRM_PASSWORD, ONEC_PASSWORD, ROOT, until, values

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.system.conftest import Running

pytestmark = [pytest.mark.xdist_group("server"), pytest.mark.slow, pytest.mark.soak]

SECRETS = {"MI1C_ONEC_PASSWORD": ONEC_PASSWORD, "MI1C_CRM_PASSWORD": CRM_PASSWORD}


@pytest.fixture(scope="module")
def fresh(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Give the product with a link ``fresh`` that nothing was done with, deployed; its pilot is closed at the end."""
    import yaml

    described = values(running.doubles, quiet_window="00:00-00:01")
    del described["onec_password"], described["crm_password"]
    file: Path = tmp_path_factory.mktemp("fresh") / "fresh.yaml"
    file.write_text(yaml.safe_dump(described, allow_unicode=True), "utf-8")
    running.mi1c("link", "add", "fresh", "--file", str(file), more=SECRETS)
    running.mi1c("deploy", "fresh")
    yield running
    if running.ask("GET", "/deployments/name/stock/stock-fresh")["schedules"][0]["active"]:
        running.mi1c("pilot", "stop", "--link", "fresh", "--by", "тест")


def answered(running: Running, *arguments: str, code: int = 0) -> Any:
    """Run a command with ``--json`` and return the last document that it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "mi1c", *arguments, "--json"],
        cwd=ROOT,
        env=running.environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def active(running: Running) -> dict[str, list[bool]]:
    """Return whether the schedules of the link's deployments are on."""
    found = running.ask("POST", "/deployments/filter", deployments={"tags": {"all_": ["fresh"]}})
    return {each["tags"][1]: [schedule["active"] for schedule in each["schedules"]] for each in found}


def test_a_trial_run_that_failed_is_retried_and_goes_on(fresh: Running) -> None:
    """1C is away; after a Retry of the same run the trial stops where a person is needed, as a completed run."""
    fresh.doubles.onec.faults.arm("status", status=500, times=99)
    run = fresh.start("trial", "fresh")
    assert fresh.ended(run)["state_type"] == "FAILED"
    gates = answered(fresh, "trial", "status", "--link", "fresh", code=1)["gates"]
    assert [each["state"] for each in gates[:3]] == ["passed", "failed", "open"]
    fresh.doubles.onec.faults.clear()
    fresh.ask("POST", f"/flow_runs/{run}/set_state", state={"type": "SCHEDULED", "name": "AwaitingRetry"}, force=True)
    until(lambda: fresh.run(run)["state_type"] != "FAILED")
    ended = fresh.ended(run)
    assert (ended["state_type"], ended["state_name"], ended["run_count"]) == ("COMPLETED", "Ждёт человека", 2)
    assert "Сопоставлено" in ended["state"]["message"]
    artifacts = fresh.ask("POST", "/artifacts/filter", artifacts={"flow_run_id": {"any_": [run]}})
    assert {each["key"] for each in artifacts} >= {"trial-fresh-gates", "trial-fresh-evidence"}


def test_the_trial_in_the_terminal_says_what_to_do_and_takes_a_persons_word(fresh: Running) -> None:
    output = fresh.mi1c("trial", "--link", "fresh", code=1)
    assert "ждёт человека" in output
    assert "mi1c match export" in output
    assert "--by" in fresh.mi1c("trial", "pass", "correspondences", "--link", "fresh", code=2)
    by = ("--link", "fresh", "--by", "Петров", "--reason", "чужие товары")
    assert "есть goods" in fresh.mi1c("trial", "pass", "dance", *by, code=2)
    passed = answered(fresh, "trial", "pass", "correspondences", *by)
    assert passed["gate"]["author"] == "Петров"
    told = answered(fresh, "trial", "--link", "fresh", code=1)
    assert told["complete"] is False
    states = {each["gate"]: each["state"] for each in told["gates"]}
    assert (states["correspondences"], states["stock"], states["orders"]) == ("passed", "waits", "open")


def test_the_pilot_refuses_opens_by_force_and_stops(fresh: Running) -> None:
    refused = answered(fresh, "pilot", "start", "--link", "fresh", "--by", "Петров", code=2)
    assert [fault["path"] for fault in refused["faults"]][:2] == ["stock", "outlets"]
    assert not any(any(states) for states in active(fresh).values())
    forced = ("pilot", "start", "--link", "fresh", "--by", "Петров", "--force", "--reason", "письмо 24.11")
    begun = answered(fresh, *forced)["pilot"]
    assert (begun["forced"], begun["reason"]) == (True, "письмо 24.11")
    on = active(fresh)
    assert on.pop("trial") == []
    assert {exchange for exchange, states in on.items() if not all(states)} == OPTIONAL, "no interval, no schedule"
    assert all(on.values())
    fresh.mi1c("deploy", "fresh")
    assert all(active(fresh)["stock"]), "deploying again leaves a pilot's schedules on"
    until(lambda: bool(planned(fresh, "stock")))
    link = next(each for each in answered_status(fresh)["links"] if each["link"] == "fresh")
    assert link["piloted"]
    assert next(each for each in link["exchanges"] if each["exchange"] == "stock")["next_start"]
    assert "остановлена" in fresh.mi1c("pilot", "stop", "--link", "fresh", "--by", "Сидоров")
    assert not any(any(states) for states in active(fresh).values())
    until(lambda: planned(fresh, "stock") == [])
    assert "письмо 24.11" in fresh.mi1c("pilot", "status", "--link", "fresh")


def planned(running: Running, exchange: str) -> list[Any]:
    """Return the runs that a schedule has put down for the future."""
    wanted = {"tags": {"all_": [exchange, "fresh"]}, "state": {"type": {"any_": ["SCHEDULED"]}}}
    found: list[Any] = running.ask("POST", "/flow_runs/filter", flow_runs=wanted)
    return found


def answered_status(running: Running) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "mi1c", "status", "--json"],
        cwd=ROOT,
        env=running.environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return json.loads(done.stdout)


def test_a_late_run_of_a_schedule_is_skipped_in_the_quiet_window(fresh: Running) -> None:
    """A worker's process ends it as completed: Prefect's tag of schedules is on the run, the window is all day."""
    import yaml

    file = fresh.settings.data / "night.yaml"
    described = values(fresh.doubles, quiet_window="00:00-24:00")
    del described["onec_password"], described["crm_password"]
    file.write_text(yaml.safe_dump(described, allow_unicode=True), "utf-8")
    fresh.mi1c("link", "add", "night", "--file", str(file), more=SECRETS)
    fresh.mi1c("deploy", "night")
    deployment = fresh.ask("GET", "/deployments/name/stock/stock-night")["id"]
    body = {"state": {"type": "SCHEDULED"}, "tags": ["auto-scheduled"]}
    run = fresh.ask("POST", f"/deployments/{deployment}/create_flow_run", **body)["id"]
    ended = fresh.ended(run)
    assert (ended["state_type"], ended["state_name"]) == ("COMPLETED", "Пропущено: тихое окно")
    assert fresh.ended(fresh.start("goods", "night"))["state_name"] == "Completed", "a person's run goes on"


def test_the_watch_runs_on_the_worker(fresh: Running) -> None:
    # The product makes it when it starts its worker; here the worker was started alone.
    script = "from mi1c.cli.opening import entered; from mi1c.roles import prepare; prepare(entered())"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=fresh.environment, check=True, timeout=120)
    deployment = fresh.ask("GET", "/deployments/name/watch/watch")
    assert [schedule["active"] for schedule in deployment["schedules"]] == [True]
    body = {"state": {"type": "SCHEDULED"}}
    run = fresh.ask("POST", f"/deployments/{deployment['id']}/create_flow_run", **body)["id"]
    assert fresh.ended(run)["state_type"] == "COMPLETED"
    artifacts = fresh.ask("POST", "/artifacts/filter", artifacts={"flow_run_id": {"any_": [run]}})
    assert [each["key"] for each in artifacts] == ["watch-alerts"]
    fresh.ask("DELETE", f"/deployments/{deployment['id']}")


def test_the_workplace_serves_metrics_of_this_database(fresh: Running) -> None:
    port = free_port(0)
    environment = {**fresh.environment, "MI1C_WORKPLACE_PORT": str(port)}
    command = [sys.executable, "-m", "mi1c", "workplace"]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:
            until(lambda: answers(f"http://127.0.0.1:{port}/health"))
            text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
        finally:
            process.terminate()
    assert 'mi1c_parcel_state{exchange="stock",link="fresh",state="answered"}' in text
    assert ONEC_PASSWORD not in text
    assert fresh.settings.prefect_api_url not in text


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
