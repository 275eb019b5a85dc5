"""A row of the work list as it is shown: names with their differences, candidates, units, what it blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, tuple_

from mappings.tables import CorrespondenceRow, TheirItemRow
from mappings.worklist import Queue
from workplace.diffs import marked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from markupsafe import Markup
    from sqlalchemy.orm import Session

    from mappings.worklist import Work, WorkKind

SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """One candidate: ``ours`` and ``theirs`` are the names with what differs marked."""

    rank: int
    their_id: str
    their_unit: str
    chance: int
    numerator: int
    denominator: int
    reasons: Sequence[dict[str, Any]]
    units: Sequence[Sequence[str]]
    ours: Markup
    theirs: Markup
    name: str
    unit_name: str
    now: bool = False

    @property
    def factor(self) -> str:
        """How many of their units one of ours is, as it is typed."""
        return str(self.numerator) if self.denominator == 1 else f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True, slots=True)
class InForce:
    """The pair that a row has now."""

    their_id: str
    their_name: str
    author: str
    source: str
    made_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A row with everything that its template needs."""

    work: Work
    choices: list[Choice]
    pair: InForce | None = None

    @property
    def best(self) -> Choice | None:
        """The candidate that Enter confirms."""
        return self.choices[0] if self.choices else None

    @property
    def ours(self) -> Markup | str:
        """Our name with what differs from the best candidate marked."""
        return self.best.ours if self.best else self.work.name


def choice(work: Work, candidate: dict[str, Any], rank: int, *, now: bool = False) -> Choice:
    """Return a candidate as it is shown."""
    name = str(candidate.get("name") or candidate.get("their_id") or "")
    ours, theirs = marked(work.unit_name if work.scope else work.name, name)
    return Choice(
        rank=rank,
        their_id=str(candidate.get("their_id", "")),
        their_unit=str(candidate.get("their_unit", "")),
        chance=int(candidate.get("chance", 0)),
        numerator=int(candidate.get("numerator", 1)),
        denominator=int(candidate.get("denominator", 1)),
        reasons=candidate.get("reasons") or [],
        units=candidate.get("units") or [],
        ours=ours,
        theirs=theirs,
        name=name,
        unit_name=str(candidate.get("unit_name", "")),
        now=now,
    )


def shown(session: Session, link_id: int, kind: WorkKind, rows: Sequence[Work]) -> list[Shown]:
    """Return rows as they are shown; those that have a pair come with it."""
    settled = [row for row in rows if row.queue in {Queue.DONE, Queue.CHANGED}]
    pairs = _in_force(session, link_id, kind, settled)
    found = []
    for row in rows:
        pair = pairs.get((row.our_id, row.scope))
        listed = row.candidates[:SHOWN]
        if pair is not None and row.queue is Queue.CHANGED:
            mine = [each for each in listed if _target(kind, each) == pair.their_id]
            now = mine[0] if mine else {"their_id": pair.their_id, "name": pair.their_name, "their_unit": ""}
            listed = [now, *(each for each in listed if each is not now)][:SHOWN]
        choices = [
            choice(row, each, rank, now=pair is not None and _target(kind, each) == pair.their_id)
            for rank, each in enumerate(listed, start=1)
        ]
        found.append(Shown(row, choices, pair))
    return found


def _target(kind: WorkKind, candidate: dict[str, Any]) -> str:
    return str(candidate.get("their_unit" if kind == "unit" else "their_id", ""))


def _in_force(session: Session, link_id: int, kind: WorkKind, rows: Sequence[Work]) -> dict[tuple[str, str], InForce]:
    if not rows:
        return {}
    pair, item = CorrespondenceRow, TheirItemRow
    keys = [(row.our_id, row.scope) for row in rows]
    asked = select(
        pair.our_id, pair.scope, pair.their_id, pair.author, pair.source, pair.made_at, pair.reopened_reason
    ).where(
        pair.link_id == link_id,
        pair.kind == kind,
        pair.ended_at.is_(None),
        tuple_(pair.our_id, pair.scope).in_(keys),
    )
    found = session.execute(asked).all()
    names = select(item.their_id, item.name).where(
        item.link_id == link_id, item.kind == kind, item.their_id.in_({row.their_id for row in found})
    )
    named = dict(session.execute(names).tuples().all())
    return {
        (our_id, scope): InForce(their_id, named.get(their_id, ""), *rest) for our_id, scope, their_id, *rest in found
    }
