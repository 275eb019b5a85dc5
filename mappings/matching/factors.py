"""How many of their units one of ours is, proposed from units and pack texts, and refused where they cannot agree.

What one unit holds is told in pieces, millilitres and grams as far as it is known: a box of 12 bottles of 0,5 л is 12
pieces and 6000 мл. Every measure that both units are told in must give the same factor.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mappings.matching.quantities import canonical, measure
from mappings.unit_names import meaning

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mappings.matching.names import Name
    from mappings.unit_names import Meaning

Content = dict[str, Fraction]
"""Measure (шт, мл, г) → how much of it one unit holds."""

ONE_BY_ONE: Final = frozenset({"piece", "bottle", "can", "keg"})
BULK: Final = {"litre": ("мл", Fraction(1000)), "kilogram": ("г", Fraction(1000))}
LARGEST: Final = 10_000
"""A factor above this, or below one over this, is no pack that anybody ships."""


def proposed_factor(
    our_unit: str, their_unit: str, ours: Sequence[Name], theirs: Sequence[Name]
) -> tuple[Fraction | None, str]:
    """Return (factor, what it rests on), or (None, why there is none); both empty where a unit is not told."""
    if not our_unit.strip() or not their_unit.strip():
        return None, ""
    a, b = meaning(our_unit), meaning(their_unit)
    if a is None or b is None:
        unknown = our_unit if a is None else their_unit
        return None, f"единица «{unknown}» не распознана"
    one, other = _stated((our_unit,), ours), _stated((their_unit,), theirs)
    here, there = _content(a, one, other), _content(b, other, one)
    if a == b and a.container and "шт" not in here and "шт" not in there:
        return None, f"сколько в единице «{our_unit}», не сказано ни у нас, ни у них"
    found = {sort: here[sort] / there[sort] for sort in here.keys() & there.keys()}
    if not found:
        return None, f"«{our_unit}» и «{their_unit}» не сравнить: не хватает количества в упаковке или размера"
    if len(set(found.values())) > 1:
        told = ", ".join(f"по {sort}: {_shown(value)}" for sort, value in sorted(found.items()))
        return None, f"невозможный коэффициент: {told}"
    factor = next(iter(found.values()))
    if not Fraction(1, LARGEST) <= factor <= LARGEST:
        return None, f"невозможный коэффициент: {_shown(factor)}"
    sorts = ", ".join(sorted(found))
    return factor, f"1 {our_unit} = {_shown(factor)} {their_unit} (проверено по: {sorts})"


def _stated(units: Iterable[str], names: Sequence[Name]) -> Content:
    """Return the count in a pack and the size that a unit's name and a good's names state; the unit's own goes first.

    A measure that is stated twice in two ways is not taken.
    """
    own = [token for unit in units for token in canonical(f" {unit.lower()} ").split()]
    made: Content = {}
    for tokens in (own, [token for name in names for token in name.measures]):
        found: dict[str, set[Fraction]] = {}
        for value in filter(None, map(measure, tokens)):
            unit = "шт" if value.unit == "уп" else value.unit
            if unit in {"шт", "мл", "г"} and value.value > 0:
                found.setdefault(unit, set()).add(Fraction(value.value))
        made = {unit: next(iter(values)) for unit, values in found.items() if len(values) == 1} | made
    return made


def _content(unit: Meaning, stated: Content, other: Content) -> Content:
    """Return what one unit holds; where a side does not state a size or a count, the other side's counts."""
    sizes = {sort: size for sort, size in stated.items() if sort != "шт"} or {
        sort: size for sort, size in other.items() if sort != "шт"
    }
    if unit.dimension in BULK:
        sort, per = BULK[unit.dimension]
        amount = unit.size * per
        return {sort: amount} | ({"шт": amount / sizes[sort]} if sizes.get(sort) else {})
    if unit.dimension in ONE_BY_ONE:
        return {"шт": Fraction(1), **sizes}
    count = stated.get("шт") or other.get("шт")
    if not unit.container or not count:
        return {}
    return {"шт": count, **{sort: size * count for sort, size in sizes.items()}}


def _shown(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
