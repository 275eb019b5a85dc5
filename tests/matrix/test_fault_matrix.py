"""Every exchange × every fault of the sandbox × killed at every step: nothing lost, doubled, silent or left half-way.

``--trials N`` runs more, ``--trial SEED`` the one that a failure names. What a trial is: :mod:`tests.matrix.trial`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from tests.matrix.summary import CI, PROPERTY
from tests.matrix.trial import SUBJECTS, faults_of
from tests.matrix.workbench import Trouble

if TYPE_CHECKING:
    import pytest

    from tests.matrix.conftest import Field
    from tests.matrix.trial import Trial

CHUNK: Final = 12
"""Trials of one test: small enough to be spread over processes."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seeds" in metafunc.fixturenames:
        one, many = metafunc.config.getoption("--trial"), metafunc.config.getoption("--trials")
        chunks = [range(at, min(at + CHUNK, many)) for at in range(0, many, CHUNK)]
        chosen = [range(one, one + 1)] if one is not None else chunks
        metafunc.parametrize("seeds", chosen, ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")


def test_nothing_is_lost_doubled_silent_or_half(field: Field, seeds: range, record_property: Any) -> None:
    counts: Counter[str] = Counter(trials=0, struck=0, killed=0, lost=0, doubled=0, silent=0, half=0, other=0)
    steps: set[tuple[str, int]] = set()
    told: list[str] = []
    for seed in seeds:
        trial, trouble = _carried_out(field, seed)
        counts["trials"] += 1
        counts["struck"] += bool(trial.told.struck)
        counts["killed"] += len(trial.told.killed)
        exchange = trial.subject.exchange
        steps |= {(exchange, step) for step in trial.told.steps if step <= field.lengths[exchange]}
        if trouble is not None:
            counts[trouble.kind if isinstance(trouble, Trouble) else "other"] += 1
            told.append(_report(trial, trouble))
    found = {**counts, "steps": sorted(steps), "of_steps": sum(field.lengths.values())}
    record_property(PROPERTY, found)
    assert not told, "\n\n".join(told)


def _carried_out(field: Field, seed: int) -> tuple[Trial, Exception | None]:
    trial = field.trial(seed)
    try:
        trial.carry_out()
    except Exception as error:  # noqa: BLE001 - whatever a trial ends with is told with its seed
        return trial, error
    finally:
        field.ended(seed)
    return trial, None


def _report(trial: Trial, trouble: Exception) -> str:
    plan = trial.plan
    steps = "\n  ".join(trial.bench.log)
    return (
        f"{type(trouble).__name__}: {trouble}\n"
        f"trial {plan.seed}: {plan.subject.exchange}, fault {plan.fault}, killed at {plan.kills}\n  {steps}\n"
        f"alone: python -m pytest tests/matrix --trial {plan.seed}"
    )


def test_an_ordinary_run_meets_every_fault_and_plans_to_die_at_every_step(field: Field) -> None:
    plans = [field.plan(seed) for seed in range(CI)]
    met = {(plan.subject.exchange, plan.fault) for plan in plans}
    assert met == {(each.exchange, fault) for each in SUBJECTS for fault in faults_of(each.exchange)}
    dies = {(plan.subject.exchange, step) for plan in plans for step in plan.kills}
    assert dies == {(name, step) for name, length in field.lengths.items() for step in range(1, length + 1)}
