"""Runs that are suspended for a word: ended or resumed once the ledger has it.

A run is resumed while no other run of its deployment is active: Prefect would give the place to the other one and
cancel ours (``CANCEL_NEW``). It is left for the next time then; the ledger remembers. A superseded run is not resumed,
because the run that superseded it is active at that moment: its state is set, which takes no process at all.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final
from uuid import UUID

from httpx import codes
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.input.run_input import keyset_from_paused_state
from prefect.states import Completed

from ledger.confirmations import Confirmations
from ledger.verdicts import RUSSIAN, Verdict
from tasks.asking import WRITTEN, Answer

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

    from ledger.verdicts import Confirmation
    from tasks.links import Link

log = logging.getLogger(__name__)

ACTIVE: Final = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


def wake(link: Link) -> list[Confirmation]:
    """End or resume the runs whose word is in the ledger; returns those that had to be left for the next time."""
    words = Confirmations(link.database, link.id)
    ended = words.ended_with_run()
    if not ended:
        return []
    left = []
    with get_client(sync_client=True) as client:
        for each in ended:
            if _woken(client, each):
                words.released(each.parcel_id)
            else:
                left.append(each)
    return left


def living(client: SyncPrefectClient, run: str) -> FlowRun | None:
    """Return the run if it has not ended; None where it has, or is no more."""
    try:
        found = client.read_flow_run(UUID(run))
    except (ObjectNotFound, ValueError):
        return None
    return None if found.state is None or found.state.is_final() else found


def mend(client: SyncPrefectClient, run: FlowRun, form: type[Answer] = Answer) -> None:
    """Give a suspended run the form that it lost, where its process died between the suspension and the form."""
    if run.state is None or run.state.state_details.run_input_keyset is None:
        return
    keys = keyset_from_paused_state(run.state)
    try:
        client.read_flow_run_input(run.id, keys["schema"])
    except PrefectHTTPStatusError:
        log.warning("Запуск %s остался без формы подтверждения: форма создана заново", run.id)
        try:
            form.save(keys, flow_run_id=run.id)
        except PrefectHTTPStatusError as error:
            if error.response.status_code != codes.CONFLICT:  # the text above the form was there still
                raise


def _woken(client: SyncPrefectClient, word: Confirmation) -> bool:
    """Whether no run waits for the word any more."""
    run = living(client, word.run_id)
    if run is None:
        return True
    if run.state is None or not run.state.is_paused():
        return False  # it is on its way into the suspension, or out of it and reads the ledger itself
    if word.state is Verdict.SUPERSEDED:
        said = f"Посылка {word.parcel_id}: {RUSSIAN[word.state]}, подтверждать её больше не нужно"
        client.set_flow_run_state(run.id, Completed(message=said))
        log.info("Запуск %s завершён: %s", run.id, said)
        return True
    if _busy(client, run):
        log.info("Запуск %s продолжится позже: обмен %s сейчас выполняется", run.id, word.exchange)
        return False
    mend(client, run)
    client.resume_flow_run(run.id, run_input={"verdict": WRITTEN, "by": "MI1C"})
    log.info("Запуск %s продолжен: %s", run.id, RUSSIAN[word.state])
    return True


def _busy(client: SyncPrefectClient, run: FlowRun) -> bool:
    """Whether another run of the same deployment has its place."""
    if run.deployment_id is None:
        return False
    active = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=ACTIVE))),
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[run.deployment_id])),
        limit=1,
    )
    return bool(active)
