"""The process of a shipments run is killed at a step or between parts; the rerun leaves exactly the right rows, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.flows.shipment_truth import agree
from tests.flows.shipping import NAME, shipping, start

if TYPE_CHECKING:
    from sandbox.running import Sandbox
    from tasks.links import Link
    from tests.flows.conftest import Stand

pytestmark = [
    pytest.mark.xdist_group("prefect-shipments"),
    pytest.mark.filterwarnings("default"),
]  # prefect's own warnings

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def link(stand: Stand) -> Link:
    return shipping(stand)


def started(stand: Stand, run_id: str, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **stand.environment, "PREFECT__RUNTIME__FLOW_RUN__ID": run_id}
    command = [sys.executable, "-m", "tests.flows.shipments_process", NAME, *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("again", ["the same run", "a new run"])
@pytest.mark.parametrize("text", ["подготовлена", "принято производителем"], ids=["prepare", "first receipt"])
def test_a_run_killed_after_a_step(stand: Stand, doubles: Sandbox, link: Link, text: str, again: str) -> None:
    run_id = str(uuid4())
    assert started(stand, run_id, text).wait(60) == -signal.SIGKILL
    assert started(stand, run_id if again == "the same run" else str(uuid4())).wait(60) == 0
    assert agree(doubles, link, start(link))


@pytest.mark.parametrize("again", ["the same run", "a new run"])
@pytest.mark.parametrize("kind", ["hold_before", "hold_after"], ids=["during the send", "before the receipt"])
def test_a_run_killed_between_parts(stand: Stand, doubles: Sandbox, link: Link, kind: str, again: str) -> None:
    """The second part has left when the process dies; it appends blindly, so the window goes again from the first."""
    run_id = str(uuid4())
    fault = doubles.crm.faults.arm(kind, match="CRMDespatchEx", skip=1)
    process = started(stand, run_id)
    assert fault.held.wait(60)
    process.kill()
    process.wait()
    doubles.crm.faults.clear()
    assert started(stand, run_id if again == "the same run" else str(uuid4())).wait(60) == 0
    assert agree(doubles, link, start(link))
