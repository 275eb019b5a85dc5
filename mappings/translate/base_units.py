"""Targets in the manufacturer's base units, for a service whose messages have no column for the unit.

A quantity without a unit is read as one of base units, so a pair with another unit is carried on by that unit's own
factor: 1 of our piece is 1/12 of their box, and the box holds 12 base units. A good whose unit has no factor waits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mappings.model import MICRO
from mappings.translate.targets import ONE, Target, Targets
from mappings.units import Factor

if TYPE_CHECKING:
    from collections.abc import Mapping


def in_base_units(targets: Targets, their_units: Mapping[tuple[str, str], int]) -> Targets:
    """Return the targets with every good in its base unit.

    ``their_units``: (their good, their unit) → how many base units it holds, millionths; the base unit has 1.
    """
    base = {good: unit for (good, unit), factor in their_units.items() if factor == MICRO}
    found: dict[str, Target] = {}
    waiting = dict(targets.without_unit)
    for ours, lane in targets.lane_of.items():
        good, unit = targets.lanes[lane]
        held, own = their_units.get((good, unit), 0), targets.factor_of.get(ours, ONE)
        if good not in base or held <= 0:
            waiting[ours] = f"У товара производителя {good} нет базовой единицы или коэффициента единицы {unit}."
            continue
        factor = Factor(own.numerator * held, own.denominator * MICRO)
        found[ours] = Target(good, base[good], factor)
    made = Targets.of(found, waiting)
    # Whatever else is known of the link's goods stays as it is.
    return replace(
        targets, lanes=made.lanes, lane_of=made.lane_of, factor_of=made.factor_of, without_unit=made.without_unit
    )
