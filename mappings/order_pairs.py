"""Pairs and cards that orders ask for, out of the database: by the keys at hand, so many at once, never one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import or_, select

from mappings.tables import CorrespondenceRow, OurItemRow, TheirItemRow
from mappings.units import Factor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy.orm import Session

CHUNK: Final = 500


def _parts(keys: Collection[str]) -> Iterator[Sequence[str]]:
    listed = list(keys)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


def ours_of(session: Session, link_id: int, kind: str, theirs: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the things of ours that are paired with some of theirs, in a steady order."""
    row = CorrespondenceRow
    found: dict[str, tuple[str, ...]] = {}
    for part in _parts(theirs):
        asked = select(row.their_id, row.our_id).where(
            row.link_id == link_id, row.kind == kind, row.ended_at.is_(None), row.their_id.in_(part)
        )
        for their_id, our_id in session.execute(asked.order_by(row.their_id, row.our_id)):
            found[their_id] = (*found.get(their_id, ()), our_id)
    return found


def theirs_of(session: Session, link_id: int, kind: str, ours: Collection[str]) -> dict[str, str]:
    """Return what some things of ours are paired with."""
    row = CorrespondenceRow
    found: dict[str, str] = {}
    for part in _parts(ours):
        asked = select(row.our_id, row.their_id).where(
            row.link_id == link_id, row.kind == kind, row.ended_at.is_(None), row.our_id.in_(part)
        )
        found |= dict(session.execute(asked).tuples().all())
    return found


def their_goods(session: Session, link_id: int, theirs: Collection[str]) -> Iterator[tuple[str, str, str, int]]:
    """Yield (their good, its name, unit, base units in it in millionths) of goods that their classifier has."""
    row = TheirItemRow
    for part in _parts(theirs):
        asked = select(row.their_id, row.name, row.their_unit, row.factor).where(
            row.link_id == link_id, row.kind == "good", row.vanished_at.is_(None), row.their_id.in_(part)
        )
        yield from session.execute(asked).tuples()


def unit_pairs(session: Session, link_id: int, goods: Collection[str]) -> Iterator[tuple[str, str, str, Factor]]:
    """Yield (scope, our unit, their unit, factor) of the pairs that hold for any good (scope "") or for these."""
    row = CorrespondenceRow
    columns = select(row.scope, row.our_id, row.their_id, row.numerator, row.denominator)
    for part in _parts({"", *goods}):
        asked = columns.where(row.link_id == link_id, row.kind == "unit", row.ended_at.is_(None), row.scope.in_(part))
        for scope, our_id, their_id, above, below in session.execute(asked):
            yield scope, our_id, their_id, Factor(above, below)


def our_cards(session: Session, link_id: int, kind: str, ids: Collection[str]) -> list[dict[str, Any]]:
    """Return cards of ours by reference, as they were when the catalogs were read last."""
    row = OurItemRow
    names = ("our_id", "code", "name", "owner_id", "unit_id", "numerator", "denominator", "address", "blocked", "inn")
    found: list[dict[str, Any]] = []
    for part in _parts(ids):
        asked = select(*(getattr(row, name) for name in names)).where(
            row.link_id == link_id, row.kind == kind, row.our_id.in_(part)
        )
        found += [dict(zip(names, values, strict=True)) for values in session.execute(asked)]
    return found


def refs_by_code(session: Session, link_id: int, kind: str, codes: Collection[str]) -> dict[str, str]:
    """Return the references of things of ours by their codes; a code that two cards have is left out."""
    row = OurItemRow
    found: dict[str, list[str]] = {}
    for part in _parts(codes):
        asked = select(row.code, row.our_id).where(
            row.link_id == link_id, row.kind == kind, row.vanished_at.is_(None), row.code.in_(part)
        )
        for code, our_id in session.execute(asked):
            found.setdefault(code, []).append(our_id)
    return {code: refs[0] for code, refs in found.items() if len(refs) == 1}


def refs_called(session: Session, link_id: int, kind: str, texts: Collection[str]) -> set[str]:
    """Return the references of things of ours whose code, tax number or name is one of these texts."""
    row = OurItemRow
    found: set[str] = set()
    for part in _parts(texts):
        called = or_(row.code.in_(part), row.inn.in_(part), row.name.in_(part), row.our_id.in_(part))
        asked = select(row.our_id).where(row.link_id == link_id, row.kind == kind, row.vanished_at.is_(None), called)
        found.update(session.execute(asked).scalars())
    return found
