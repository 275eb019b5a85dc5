"""Whether a unit of ours surely is one of theirs, and how many of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from mappings.unit_names import Meaning, agreed, meaning, normalised

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class TheirUnit:
    """A unit of a good of theirs, ``factor`` base units."""

    id: str
    name: str
    factor: Fraction


@dataclass(frozen=True, slots=True)
class OurUnit:
    """A unit of ours; ``factor`` counts in ``base`` (0 = 1C does not say)."""

    id: str
    name: str
    code: str = ""
    base: str = ""
    factor: Fraction = Fraction(0)


def same_unit(ours: OurUnit, base: OurUnit | None, theirs: Sequence[TheirUnit]) -> tuple[str, Fraction] | None:
    """Return (their unit, how many of it one of ours is) where that is certain, or None.

    Certain is: the same meaning where that is no container (шт, ea, 796); a measure of the same dimension (литр and
    дал); a word that nobody knows but both sides use; a container that holds as many of the same base unit on both
    sides. ``base`` is the unit that the factor of ours counts in. Two of theirs that fit leave it open.
    """
    meant = agreed(ours.name, ours.code)
    if meant is None:
        return _by_text(ours, theirs)
    if meant.container:
        return _by_contents(ours, base, meant, theirs)
    chosen = [each for each in theirs if _meaning(each) == meant] or _measured(meant, theirs)
    if len(chosen) != 1:
        return None
    other = _meaning(chosen[0])
    return chosen[0].id, meant.size / (other.size if other else 1)


def _by_text(ours: OurUnit, theirs: Sequence[TheirUnit]) -> tuple[str, Fraction] | None:
    if not ours.name or meaning(ours.name) is not None:  # known, but its code says something else
        return None
    chosen = [each for each in theirs if normalised(each.name) == normalised(ours.name)]
    return (chosen[0].id, Fraction(1)) if len(chosen) == 1 else None


def _measured(meant: Meaning, theirs: Sequence[TheirUnit]) -> list[TheirUnit]:
    """Return their units of the same measure: the base unit, or else all others."""
    found = [each for each in theirs if (other := _meaning(each)) and other.dimension == meant.dimension]
    return [each for each in found if each.factor == 1] or found


def _by_contents(
    ours: OurUnit, base: OurUnit | None, meant: Meaning, theirs: Sequence[TheirUnit]
) -> tuple[str, Fraction] | None:
    if base is None or base.id == ours.id or not ours.factor:
        return None
    counted = same_unit(base, None, [each for each in theirs if each.factor == 1])
    if counted is None:
        return None
    content = ours.factor * counted[1]
    chosen = [each for each in theirs if each.factor == content and _meaning(each) == meant]
    return (chosen[0].id, Fraction(1)) if len(chosen) == 1 else (counted[0], content)


def _meaning(unit: TheirUnit) -> Meaning | None:
    return agreed(unit.name, unit.id)
