"""One trial: an exchange meets a fault, is killed, 1C changes meanwhile; runs without faults then have to mend it all."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from foundation.errors import Occupied
from ledger import reading
from ledger.states import MessageState, ParcelState
from ledger.tables import LockRow
from sandbox.faults import KINDS
from tests.matrix.fragile import Steps, database_of
from tests.matrix.order_subjects import INTERNAL
from tests.matrix.subjects import EXPORTS, Subject
from tests.matrix.workbench import LINK, Bench, Outcome, Trouble, fresh

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.matrix.stage import Stage

SUBJECTS: Final = (*EXPORTS, *INTERNAL)
CRM_ONLY: Final = frozenset({"soap_fault", "extdata_error"})
SIDES: Final = {"goods": ("crm",), "catalogs": ("onec",), "confirmations": ("crm",)}
STATUSES: Final = (500, 502, 503, 401, 403, 404, 429)
IMPATIENT: Final = 0.3
"""Seconds that a client waits where a fault holds its request up."""


def faults_of(exchange: str) -> list[tuple[str, str]]:
    """Return the faults that an exchange can meet: side and kind."""
    sides = SIDES.get(exchange, ("crm", "onec"))
    return [(side, kind) for side in sides for kind in KINDS if side == "crm" or kind not in CRM_ONLY]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a seed stands for: ``kills`` are the steps of two killed runs, counted from 1, by the steps of a whole run."""

    seed: int
    subject: Subject
    fault: tuple[str, str]
    kills: tuple[int, int]


@dataclass(slots=True)
class Told:
    """What a trial did, for the summary: how often the fault struck, the steps at which runs died."""

    plan: Plan
    struck: int = 0
    killed: list[str] = field(default_factory=list)
    steps: set[int] = field(default_factory=set)


def plan(seed: int, lengths: Mapping[str, int]) -> Plan:
    """Return what a seed stands for: the first seeds cover every exchange with every fault and every step."""
    subject = SUBJECTS[seed % len(SUBJECTS)]
    turn, all_faults, length = seed // len(SUBJECTS), faults_of(subject.exchange), lengths[subject.exchange]
    fault = all_faults[turn % len(all_faults)]
    return Plan(seed, subject, fault, (1 + 2 * turn % length, 1 + (2 * turn + 1) % length))


def length_of(stage: Stage, filled: Path, path: Path, subject: Subject) -> int:
    """Return how many steps a whole run of an exchange has."""
    bench = _bench(stage, filled, path, subject)
    return len(bench.run_whole(subject.exchange).steps)


def _bench(stage: Stage, filled: Path, path: Path, subject: Subject) -> Bench:
    bench = fresh(stage, filled, path, **subject.settings)
    if subject.before:
        subject.before(bench)
    return bench


class Trial:
    """Carries a plan out; raises Trouble where a promise is broken. ``log`` tells what was done."""

    def __init__(self, stage: Stage, filled: Path, path: Path, plan: Plan) -> None:
        self.plan, self.subject = plan, plan.subject
        self.rng = Random(f"matrix {plan.seed}")  # noqa: S311 - a seed stands for a trial, for nothing secret
        self.bench = _bench(stage, filled, path, plan.subject)
        self.told = Told(plan)
        self.truths: list[Any] = []
        self.run_id = self.first = self._new_run()

    def carry_out(self) -> Told:
        """Run the trial."""
        if self.rng.random() < 0.5:
            self.bench.run_whole(self.subject.exchange)
        self.note()
        self._change(sure=True)
        self._struck()
        for step in self.plan.kills:
            self._change(sure=True)
            self._run(Steps(step))
        self._change(sure=True)
        self._sending()
        self._change()
        self._mended()
        self._last()
        return self.told

    # -- attempts ------------------------------------------------------------------------------------------------------

    def _struck(self) -> None:
        """Run into the fault, and now and then die as well."""
        side, kind = self.plan.fault
        double = self.bench.doubles.crm if side == "crm" else self.bench.doubles.onec
        skips = (0, 0, 1) if side == "crm" else (0, 0, 1, 2, 3, 5, 8)
        details: dict[str, Any] = {"times": self.rng.choice((1, 2, 99)), "skip": self.rng.choice(skips)}
        slow = kind.startswith("hold") or kind == "delay"
        if slow:
            details |= {"times": 1, "seconds": self.rng.choice((0.02, 2 * IMPATIENT))}
        if kind == "status":
            details["status"] = self.rng.choice(STATUSES)
        writes = side == "crm" or self.subject.exchange == "orders"
        if writes and self.rng.random() < 0.6:
            details["method"] = "POST"
        self.bench.log.append(f"сбой {side} {kind} {details}")
        fault = double.faults.arm(kind, **details)
        steps = Steps(self.rng.randint(1, 40) if self.rng.random() < 0.25 else 0)
        self._run(steps, timeout=IMPATIENT if slow else 0.0)
        self.told.struck += fault.struck
        self.bench.stage.settle()

    def _sending(self) -> None:
        """Die around a request that writes; the same run goes on then, as after a Retry."""
        names = ("before CRM POST", "after CRM POST", "after CRM POST", "after 1C POST")
        self._run(Steps(self.rng.randint(1, 3), self.rng.choice(names)), again=True)

    def _run(self, steps: Steps, *, timeout: float = 0.0, again: bool = False) -> Outcome:
        ended = self.bench.run(self.subject.exchange, self.run_id, steps, timeout=timeout)
        if ended.ended == "killed":
            self.told.killed.append(ended.steps[-1])
            self.told.steps.add(steps.done)
        if ended.done:
            self.agrees()
        if ended.done or (not again and self.rng.random() < 0.5):
            self.run_id = self._new_run()
        return ended

    def _mended(self) -> None:
        """Run without a fault until it is done; one that was superseded starts anew, as its words say."""
        for _ in range(3):
            ended = self._run(Steps())
            if ended.done:
                return
            if not isinstance(ended.result, Occupied):
                break
            self.run_id = self._new_run()
        raise Trouble("lost", f"does not recover: {ended.result}")

    def _last(self) -> None:
        """One more run brings both sides together; after it there is nothing to say, and an old run says nothing."""
        self._change()
        ended = self.bench.run_whole(self.subject.exchange)
        self.agrees(newest=True)
        self.whole()
        if (
            self.subject.read
            and isinstance(ended.result, dict)
            and ended.result["read"] != self.subject.read(self.bench)
        ):
            raise Trouble("silent", f"{ended.result['read']} rows were read of {self.subject.read(self.bench)}")
        if self.subject.check:
            self.subject.check(self.bench)
        before = self.bench.sets()
        if self.subject.keyed:
            self.bench.run_whole(self.subject.exchange)
            if self.bench.sets() != before:
                raise Trouble("doubled", "what they hold already was sent once more")
        if self.rng.random() < 0.3:
            self.bench.run(self.subject.exchange, self.first)
            self.agrees(newest=True)

    # -- checks --------------------------------------------------------------------------------------------------------

    def agrees(self, *, newest: bool = False) -> None:
        """See that they hold what was true at one moment (the newest, if told) as a whole, each row once."""
        held = self.subject.held(self.bench)
        allowed = self.truths[-1:] if newest else self.truths
        if held in allowed:
            return
        raise Trouble(_kind(held, self.truths[-1]), f"they hold\n{held}\nof\n{self.truths[-1]}")

    def whole(self) -> None:
        """See that the ledger has no half: no lock, no parcel under way, every row of every parcel in one fate."""
        with closing(database_of(self.bench.path)) as database:
            with database.session() as session:
                if locks := session.execute(select(LockRow.exchange)).scalars().all():
                    raise Trouble("half", f"locks are left: {locks}")
            seen = set()
            for parcel in reading.parcels(database, link=LINK, limit=500):
                add_up(parcel.counts)
                newest = (parcel.exchange, parcel.direction) not in seen
                seen.add((parcel.exchange, parcel.direction))
                ended = (ParcelState.ANSWERED,) if newest else (ParcelState.ANSWERED, ParcelState.SUPERSEDED)
                if parcel.state not in ended:
                    raise Trouble("half", f"parcel {parcel.id} of {parcel.exchange} is {parcel.state}")
                messages = reading.messages(database, parcel.id)
                if parcel.state is ParcelState.ANSWERED and any(m.state is not MessageState.ANSWERED for m in messages):
                    raise Trouble("half", f"parcel {parcel.id} is answered, a message of it is not")

    def _change(self, *, sure: bool = False) -> None:
        if self.subject.changes and (sure or self.rng.random() < 0.6):
            self.bench.log.append(self.rng.choice(self.subject.changes)(self.bench, self.rng))
            self.note()

    def note(self) -> None:
        self.truths.append(self.subject.truth(self.bench))

    def _new_run(self) -> str:
        return f"run-{next(self.bench.numbers)}"


def _kind(held: Any, due: Any) -> str:
    """Return what went wrong: rows that are there more often than they should be, or too seldom."""
    return "doubled" if isinstance(held, list) and len(held) > len(due) else "lost"


def add_up(counts: Mapping[str, Any]) -> None:
    """See that every row that was read ended in one fate."""
    if "fates" in counts:
        read, ended = counts["read"] + counts["waited"], sum(counts["fates"].values())
    elif "sent" in counts:
        named = (counts[name] or {} for name in ("left_out", "unmatched", "refused"))
        read, ended = counts["read"], counts["sent"] + sum(sum(each.values()) for each in named)
    else:  # a get whose run died before it counted: its rows are in the ledger as they came
        return
    if read != ended:
        raise Trouble("silent", f"{read} rows were read, {ended} accounted for: {counts}")
