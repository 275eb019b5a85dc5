"""What the trial's flow does beside running exchanges: weigh the stock, judge a gate, write it down, report."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from foundation.database import utc_now
from foundation.errors import Fault, Faults
from ledger.rollout import GateRecord, GateState, gates, store_gate
from mappings.translate.coverage import Coverage
from tasks.artifacts import lead_back
from tasks.extract import extract
from tasks.gates import LABELS, STATES, TITLES, Gate, Judgement, judge, passed_by, settle
from tasks.running import in_run
from tasks.transform import our_warehouses
from tasks.trial_facts import facts, terms
from tasks.weighing import weigh
from tasks.wording import figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from foundation.errors import MI1CError
    from tasks.links import Link

log = logging.getLogger(__name__)


@task(name="Взвесить остатки", task_run_name="Взвесить остатки", cache_policy=NO_CACHE, persist_result=False)
def weigh_stock(link: Link) -> Coverage:
    """Return how much of the stock that 1C has now is matched; nothing where no warehouse is chosen yet."""
    if not link.settings.warehouses:
        return Coverage()
    with link.database.session() as session:
        warehouses = our_warehouses(session, link)
    return weigh(link, extract(link, "stock"), warehouses)


@task(name="Проверить этап", task_run_name="Проверить: {gate}", cache_policy=NO_CACHE, persist_result=False)
def judge_gate(link: Link, gate: Gate, weighed: Coverage | None) -> GateRecord:
    """Judge a gate by the facts of this moment and write down what came of it."""
    found = judge(gate, facts(link, weighed), terms(link))
    with link.database.begin() as session:
        record = store_gate(session, link.id, settle(gate, gates(session, link.id).get(gate.value), found), utc_now())
    log.info("%s: %s. %s %s", TITLES[gate], STATES[record.state], record.said, record.todo)
    return record


def note_failure(link: Link, gate: Gate, error: MI1CError, state: GateState) -> GateRecord:
    """Write down that a gate's exchange could not run; a gate that was passed is broken by that no more than before."""
    found = Judgement(state, error.said, error.todo)
    with link.database.begin() as session:
        before = gates(session, link.id).get(gate.value)
        if before is not None and before.state is GateState.PASSED:
            return before
        record = replace(settle(gate, None, found), evidence=before.evidence if before else {})
        return store_gate(session, link.id, record, utc_now())


def pass_gate(link: Link, gate: Gate, *, author: str, reason: str, weighed: Coverage | None = None) -> GateRecord:
    """Pass a gate as a person says; raises Faults without a name or a reason."""
    missing = [
        Fault(name, f"не заполнено: {said}", f"{name} is empty")
        for name, said, value in (("by", "кто решил", author), ("reason", "основание", reason))
        if not value.strip()
    ]
    if missing:
        raise Faults(
            "Этап не пройден: решение человека записывается с именем и основанием.",
            missing,
            en="The gate is not passed: a person's decision needs a name and a reason.",
            todo="Укажите --by и --reason.",
            todo_en="Give --by and --reason.",
        )
    found = judge(gate, facts(link, weighed), terms(link))
    record = passed_by(gate, found, author=author.strip(), reason=reason.strip())
    with link.database.begin() as session:
        return store_gate(session, link.id, record, utc_now(), note=record.said)


def trial_status(link: Link) -> list[GateRecord]:
    """Return all gates of a link in their order; those that nothing is known of are open."""
    with link.database.session() as session:
        known = gates(session, link.id)
    return [known.get(gate.value, GateRecord(gate.value)) for gate in Gate]


def gate_rows(records: list[GateRecord]) -> list[dict[str, object]]:
    """Return the gates as a table that people read."""
    return [
        {
            "этап": TITLES[Gate(each.gate)],
            "состояние": STATES[each.state],
            "что известно": each.said or evidence_text(each.evidence),
            "что делать": each.todo,
        }
        for each in records
    ]


def evidence_text(evidence: Mapping[str, object]) -> str:
    """Return evidence in one line: «товаров: 1200; единиц: 5»."""
    return "; ".join(f"{label}: {value}" for label, value in evidence_rows(evidence))


def evidence_rows(evidence: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return evidence as people read it: what → figure or text; a parcel's number is a name and has no spaces."""
    return [
        (LABELS[name], str(value) if name == "parcel" or isinstance(value, str) else figure(value))
        for name, value in evidence.items()
        if name in LABELS and value not in {"", None}
    ]


def report_trial(link: Link, records: list[GateRecord]) -> None:
    """Keep the gates beside the run: the table, and the evidence of each gate with its parcels."""
    if not in_run():
        return
    rows = gate_rows(records)
    _artifact(f"trial-{link.name}-gates", rows, f"Тестовый запуск, связь {link.name}")
    evidence: list[dict[str, object]] = [
        {"этап": TITLES[Gate(each.gate)], "что": label, "значение": value}
        for each in records
        for label, value in evidence_rows(each.evidence)
    ]
    if evidence:
        _artifact(f"trial-{link.name}-evidence", evidence, "Чем подтверждены этапы")
    lead_back(f"trial-{link.name}", f"/links/{link.name}/rollout", "Этапы в рабочем месте")


def _artifact(key: str, rows: list[dict[str, object]], title: str) -> None:
    create_table_artifact(rows, key=key, description=title, _sync=True)  # type: ignore[call-arg]  # prefect adds _sync
