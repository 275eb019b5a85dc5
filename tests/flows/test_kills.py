"""The process of a run is killed at any point; the rerun leaves exactly the right rows, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from mi1c.demo import compare

if TYPE_CHECKING:
    from sandbox.running import Sandbox
    from tests.flows.conftest import Stand

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.filterwarnings("default")]  # prefect's own warnings

ROOT = Path(__file__).parent.parent.parent


def started(stand: Stand, run: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a process of the exchange; ``run`` is the id of its flow run."""
    environment = {**os.environ, **stand.environment, "PREFECT__RUNTIME__FLOW_RUN__ID": run}
    command = [sys.executable, "-m", "tests.flows.stock_process", "probe", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("again", ["the same run", "a new run"])
@pytest.mark.parametrize(
    "text", ["прочитано строк", "подготовлена", "принято производителем"], ids=["extract", "prepare", "first receipt"]
)
def test_a_run_killed_after_a_step(stand: Stand, doubles: Sandbox, text: str, again: str) -> None:
    run = str(uuid4())
    assert started(stand, run, text).wait(60) == -signal.SIGKILL
    assert started(stand, run if again == "the same run" else str(uuid4())).wait(60) == 0
    assert compare(doubles, "probe").equal


def test_a_run_killed_between_any_two_parts(stand: Stand, doubles: Sandbox) -> None:
    """The window goes in parts; whichever receipt was the last, the same run leaves each row once."""
    from ledger import reading
    from tasks.links import open_link

    assert started(stand, str(uuid4())).wait(60) == 0
    database = open_link("probe").database
    (newest,) = reading.parcels(database, link="probe", exchange="stock", limit=1)
    parts = len(reading.messages(database, newest.id))
    assert parts > 2
    for part in range(1, parts):
        run = str(uuid4())
        assert started(stand, run, "принято производителем", str(part)).wait(60) == -signal.SIGKILL
        assert not compare(doubles, "probe").equal
        assert started(stand, run).wait(60) == 0
        assert compare(doubles, "probe").equal


@pytest.mark.parametrize("again", ["the same run", "a new run"])
@pytest.mark.parametrize("part", [0, 1], ids=["first part", "second part"])
@pytest.mark.parametrize("kind", ["hold_before", "hold_after"], ids=["during the send", "before the receipt"])
def test_a_run_killed_while_it_sends(stand: Stand, doubles: Sandbox, kind: str, part: int, again: str) -> None:
    """The service has the request, stored or not, when the process dies."""
    run = str(uuid4())
    fault = doubles.crm.faults.arm(kind, match="CRMWhBalanceEx", skip=part)
    process = started(stand, run)
    assert fault.held.wait(60)
    process.kill()
    process.wait()
    doubles.crm.faults.clear()
    assert started(stand, run if again == "the same run" else str(uuid4())).wait(60) == 0
    assert compare(doubles, "probe").equal


def test_the_same_run_sends_the_bytes_that_it_prepared(stand: Stand, doubles: Sandbox) -> None:
    """After the kill 1C changes; the rerun still sends what was prepared, the next run the new balances."""
    run = str(uuid4())
    assert started(stand, run, "подготовлена").wait(60) == -signal.SIGKILL
    before = {row["ware"]: row for row in doubles.crm.rows(doubles.world.crm.user)}
    document = next(each for each in doubles.onec.store.objects("Document_РеализацияТоваровУслуг") if each["Posted"])
    unpost(doubles, document["Ref_Key"], "Unpost")
    try:
        assert started(stand, run).wait(60) == 0
        assert {row["ware"]: row for row in doubles.crm.rows(doubles.world.crm.user)} == before
        assert started(stand, str(uuid4())).wait(60) == 0
        assert compare(doubles, "probe").equal
    finally:
        unpost(doubles, document["Ref_Key"], "Post")


def unpost(doubles: Sandbox, reference: Any, action: str) -> None:
    import httpx

    from sandbox.running import ONEC_PASSWORD, ONEC_USER

    url = f"{doubles.onec_url}/Document_РеализацияТоваровУслуг(guid'{reference}')/{action}"
    httpx.post(url, auth=httpx.BasicAuth(ONEC_USER.encode(), ONEC_PASSWORD.encode())).raise_for_status()
