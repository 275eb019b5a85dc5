"""What the matching engine is given: things of both sides out of the database, and what it said made into proposals."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from mappings.model import MICRO
from mappings.proposing import Proposal
from mappings.same_units import OurUnit, TheirUnit, same_unit
from mappings.tables import CorrespondenceRow, OurItemRow, TheirItemRow
from mappings.worklist import Queue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from mappings.worklist import WorkKind

SURE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Ours:
    """One thing of ours as it is compared and shown."""

    id: str
    name: str
    full_name: str
    code: str
    article: str
    barcodes: tuple[str, ...]
    their_code: str
    unit_id: str
    group: str
    inn: str
    kpp: str
    address: str


@dataclass(frozen=True, slots=True)
class Theirs:
    """One thing of theirs with its units, the base unit first."""

    id: str
    name: str
    barcode: str
    address: str
    inn: str
    units: tuple[TheirUnit, ...]


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a kind: ours that are there, theirs that are there, our units, pairs in force (ours → theirs)."""

    kind: WorkKind
    ours: list[Ours]
    theirs: list[Theirs]
    units: Mapping[str, OurUnit] = field(default_factory=dict)
    pairs: Mapping[str, str] = field(default_factory=dict)


def read_sides(session: Session, link_id: int, kind: WorkKind) -> Sides:
    """Return both sides of a kind, without folders and what is deleted or vanished."""
    return Sides(
        kind,
        _ours(session, link_id, kind),
        _theirs(session, link_id, "good" if kind == "unit" else kind),
        _units(session, link_id) if kind in {"good", "unit"} else {},
        _pairs(session, link_id, "good" if kind == "unit" else kind),
    )


def _ours(session: Session, link_id: int, kind: str) -> list[Ours]:
    item = OurItemRow
    groups = select(item.our_id, item.name).where(item.link_id == link_id, item.kind == "good", item.is_group.is_(True))
    named = dict(session.execute(groups).tuples().all()) if kind in {"good", "unit"} else {}
    asked = select(item).where(
        item.link_id == link_id,
        item.kind == ("good" if kind == "unit" else kind),
        item.is_group.is_(False),
        item.deleted.is_(False),
        item.vanished_at.is_(None),
    )
    return [
        Ours(
            row.our_id,
            row.name,
            row.full_name,
            row.code,
            row.article,
            tuple(row.barcodes),
            row.their_code,
            row.unit_id,
            named.get(row.parent, ""),
            row.inn,
            row.kpp,
            row.address,
        )
        for row in session.execute(asked.order_by(item.our_id)).scalars()
    ]


def _theirs(session: Session, link_id: int, kind: str) -> list[Theirs]:
    item = TheirItemRow
    asked = select(item).where(item.link_id == link_id, item.kind == kind, item.vanished_at.is_(None))
    units: dict[str, list[TheirUnit]] = defaultdict(list)
    first: dict[str, TheirItemRow] = {}
    for row in session.execute(asked.order_by(item.their_id, item.factor, item.their_unit)).scalars():
        first.setdefault(row.their_id, row)
        if row.their_unit:
            units[row.their_id].append(TheirUnit(row.their_unit, row.unit_name, Fraction(row.factor, MICRO)))
    return [
        Theirs(row.their_id, row.name, row.barcode, row.address, row.inn, tuple(units[row.their_id]))
        for row in first.values()
    ]


def _units(session: Session, link_id: int) -> dict[str, OurUnit]:
    item = OurItemRow
    asked = select(item).where(item.link_id == link_id, item.kind == "unit", item.vanished_at.is_(None))
    return {
        row.our_id: OurUnit(
            row.our_id,
            row.name,
            row.code,
            row.unit_id,
            Fraction(row.numerator, row.denominator) if row.numerator > 0 and row.denominator > 0 else Fraction(0),
        )
        for row in session.execute(asked).scalars()
    }


def _pairs(session: Session, link_id: int, kind: str) -> dict[str, str]:
    pair = CorrespondenceRow
    asked = select(pair.our_id, pair.their_id).where(
        pair.link_id == link_id, pair.kind == kind, pair.ended_at.is_(None), pair.their_id != ""
    )
    return dict(session.execute(asked).tuples().all())


# -- what the engine said ----------------------------------------------------------------------------------------------


def proposals(sides: Sides, suggestions: Iterable[Any], *, least_green: int = 0) -> list[Proposal]:
    """Return the engine's suggestions (``mappings.matching.suggestion``) as rows of the work list.

    ``least_green``: below this chance nothing is green, because the checks by lot said so.
    """
    ours = {each.id: each for each in sides.ours}
    theirs = {each.id: each for each in sides.theirs}
    return [_proposal(sides, ours[each.our_id], each, theirs, least_green) for each in suggestions]


def _proposal(sides: Sides, ours: Ours, said: Any, theirs: Mapping[str, Theirs], least_green: int) -> Proposal:
    unit = sides.units.get(ours.unit_id)
    found = [
        _candidate(sides, unit, each, theirs.get(each.their_id), said.factor if place == 0 else None)
        for place, each in enumerate(said.candidates)
    ]
    queue = Queue(said.state)
    if queue is Queue.GREEN and found and found[0]["chance"] < least_green:
        queue = Queue.CHECK
    return Proposal(
        our_id=ours.id,
        name=ours.name,
        queue=queue,
        code=ours.code,
        unit_id=ours.unit_id if sides.kind == "good" else "",
        unit_name=unit.name if unit else "",
        group_name=ours.group,
        also=" ".join(filter(None, [ours.article, ours.full_name, ours.inn, ours.address])),
        candidates=tuple(found),
        note=said.note,
    )


def _candidate(
    sides: Sides, unit: OurUnit | None, said: Any, theirs: Theirs | None, factor: Fraction | None
) -> dict[str, Any]:
    units = theirs.units if theirs else ()
    chosen = _unit(sides, unit, units, factor) if sides.kind == "good" else None
    their_unit, ratio = chosen or ("", Fraction(1))
    name = " ".join(filter(None, [said.name, theirs.address if theirs else ""]))
    return {
        "their_id": said.their_id,
        "their_unit": their_unit,
        "name": name,
        "unit_name": next((each.name for each in units if each.id == their_unit), ""),
        "chance": round(said.probability * SURE),
        "numerator": ratio.numerator,
        "denominator": ratio.denominator,
        "units": [[each.id, each.name] for each in units],
        "reasons": [{"name": each.name, "agrees": each.agrees, "detail": each.detail} for each in said.reasons],
    }


def _unit(
    sides: Sides, ours: OurUnit | None, theirs: tuple[TheirUnit, ...], factor: Fraction | None
) -> tuple[str, Fraction] | None:
    """Return their unit and how many of it one of ours is: what is certain first, then what the names propose."""
    if ours is None or not theirs:
        return None
    certain = same_unit(ours, sides.units.get(ours.base), theirs)
    if certain is not None:
        return certain
    return (theirs[0].id, factor) if factor is not None else None


def unit_proposals(sides: Sides) -> list[Proposal]:
    """Return the rows of units: goods with a pair, their own unit against the units of the pair's good."""
    theirs = {each.id: each for each in sides.theirs}
    found = []
    for good in sides.ours:
        target = theirs.get(sides.pairs.get(good.id, ""))
        if target is None or not good.unit_id:
            continue
        unit = sides.units.get(good.unit_id, OurUnit(good.unit_id, ""))
        certain = same_unit(unit, sides.units.get(unit.base), target.units)
        found.append(
            Proposal(
                our_id=good.unit_id,
                scope=good.id,
                name=good.name,
                queue=Queue.GREEN if certain else Queue.CHECK,
                code=good.code,
                unit_id=good.unit_id,
                unit_name=unit.name,
                group_name=good.group,
                candidates=tuple(_unit_candidates(target, certain)),
            )
        )
    return found


def _unit_candidates(target: Theirs, certain: tuple[str, Fraction] | None) -> list[dict[str, Any]]:
    ordered = sorted(target.units, key=lambda unit: certain is None or unit.id != certain[0])
    ratio = certain[1] if certain else Fraction(1)
    return [
        {
            "their_id": target.id,
            "their_unit": unit.id,
            "name": unit.name or unit.id,
            "unit_name": unit.name,
            "chance": SURE if certain and unit.id == certain[0] else 0,
            "numerator": ratio.numerator if certain and unit.id == certain[0] else 1,
            "denominator": ratio.denominator if certain and unit.id == certain[0] else 1,
            "units": [[unit.id, unit.name]],
            "reasons": [],
        }
        for unit in ordered
    ]
