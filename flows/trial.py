"""Тестовый запуск: the guide's second stage, gate by gate, until a person is needed; a new run goes on from there.

Everything that is known is in the database after each gate, so a run may be broken off, retried or started anew at any
time. The exchanges run as flows within this one and are seen under it; what they sent is in the ledger as ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prefect import flow
from prefect.states import Completed

from flows.registry import flow_of
from foundation.errors import Fault, Faults, MI1CError, NotFound
from ledger.parcels import Ledger
from ledger.rollout import GateRecord, GateState
from tasks.confirm import IN_TRIAL
from tasks.gates import TITLES, Gate, exchange_of, needed
from tasks.links import open_link
from tasks.running import run_id
from tasks.runs import named
from tasks.trial import judge_gate, note_failure, report_trial, trial_status, weigh_stock
from tasks.trial_facts import facts, terms

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from prefect.client.schemas.objects import State

    from mappings.translate.coverage import Coverage
    from tasks.links import Link

WAITS = "Ждёт человека"
"""The name of the completed run's state where a person has to do something before the trial goes on."""


@flow(
    name="trial",
    flow_run_name="Тестовый запуск · {link}",
    description="Ведёт связь по этапам тестового запуска и останавливается там, где нужен человек.",
    persist_result=False,
)
def trial(link: str, again: tuple[str, ...] = ()) -> State[Any]:
    """Go through the gates of a link; ``again`` names gates whose exchange runs once more although it ran before.

    Completed with the state «Ждёт человека» where a person is needed; fails where an exchange does.
    """
    opened = open_link(link)
    wanted = gates_named(again)
    with Ledger(opened.database, opened.id).hold("trial", run_id()):
        asked = IN_TRIAL.set(True)
        try:
            last = advance(opened, wanted)
        finally:
            IN_TRIAL.reset(asked)
            report_trial(opened, trial_status(opened))
    if last.state is not GateState.PASSED:
        return Completed(name=WAITS, message=f"{TITLES[Gate(last.gate)]}: {last.said} {last.todo}")
    return Completed(message=f"Тестовый запуск связи {link} пройден. Дальше: mi1c pilot start --link {link} --by ИМЯ.")


def advance(
    link: Link, again: Collection[Gate] = (), find: Callable[[str], Callable[..., Any]] = flow_of
) -> GateRecord:
    """Go through the gates as far as they pass; returns the last one that was looked at. ``find`` gives flows."""
    for gate in Gate:
        record = _go(link, gate, find, again=gate in again)
        if record.state is not GateState.PASSED:
            break
    return record


def _go(link: Link, gate: Gate, find: Callable[[str], Callable[..., Any]], *, again: bool) -> GateRecord:
    """Run the exchange of a gate where it is needed, then judge the gate."""
    exchange = exchange_of(gate, terms(link)) if again else needed(gate, facts(link), terms(link))
    standing = {each.gate: each for each in trial_status(link)}[gate.value]
    weighed: Coverage | None = None
    try:
        if exchange and not (standing.state is GateState.PASSED and not again):
            with named(exchange, link.name):
                find(exchange)(link=link.name)
        if gate is Gate.CORRESPONDENCES and facts(link).our_goods:
            weighed = weigh_stock(link)
    except NotFound as error:
        if error.facts.get("exchange") != exchange:
            raise
        return note_failure(link, gate, error, GateState.ABSENT)
    except MI1CError as error:
        note_failure(link, gate, error, GateState.FAILED)
        raise
    return judge_gate(link, gate, weighed)


def gates_named(names: tuple[str, ...]) -> set[Gate]:
    """Return gates by name; raises Faults for unknown ones, all at once."""
    wrong = [name for name in names if name not in set(Gate)]
    if wrong:
        known = ", ".join(Gate)
        raise Faults(
            "Таких этапов нет.",
            [Fault(f"again.{name}", f"есть {known}", f"there are {known}") for name in wrong],
            en="There are no such gates.",
            todo="Укажите этапы из перечисленных.",
            todo_en="Name gates of those listed.",
        )
    return {Gate(name) for name in names}
