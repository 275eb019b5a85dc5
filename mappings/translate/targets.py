"""Where each good of ours goes, from the correspondences that are in force: their good, their unit and the factor.

The unit is the one that the good's balances are kept in. A correspondence of that unit for this very good comes first,
then the one for any good. Where the manufacturer does not sell its good in that unit, the good waits: a quantity in a
unit that he does not know would be read as another one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mappings.units import Factor

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ONE = Factor()


@dataclass(frozen=True, slots=True)
class Target:
    """Where a good of ours goes: their good and unit, and how many of that unit one of our base unit is."""

    their_good: str
    their_unit: str
    factor: Factor = ONE


@dataclass(slots=True)
class Targets:
    """All targets of a link, laid out for columns: many goods of ours share a lane (their good, their unit).

    ``lane_of``: our good → index in ``lanes``; ``factor_of``: our good → factor, where it is not 1;
    ``without_unit``: goods that are matched but whose unit is not → why, in Russian. ``foreign``: goods of which a
    person said that the manufacturer has no such good.
    """

    lanes: list[tuple[str, str]] = field(default_factory=list)
    lane_of: dict[str, int] = field(default_factory=dict)
    factor_of: dict[str, Factor] = field(default_factory=dict)
    without_unit: dict[str, str] = field(default_factory=dict)
    foreign: frozenset[str] = frozenset()

    def get(self, our_good: str) -> Target | None:
        """Return the target of one good."""
        lane = self.lane_of.get(our_good)
        return None if lane is None else Target(*self.lanes[lane], self.factor_of.get(our_good, ONE))

    @classmethod
    def of(cls, targets: Mapping[str, Target], without_unit: Mapping[str, str] | None = None) -> Targets:
        """Lay out single targets."""
        index: dict[tuple[str, str], int] = {}
        lane_of = {ours: index.setdefault((to.their_good, to.their_unit), len(index)) for ours, to in targets.items()}
        factors = {ours: to.factor for ours, to in targets.items() if to.factor != ONE}
        return cls(list(index), lane_of, factors, dict(without_unit or {}))


Unit = tuple[str, Factor]
"""Their unit, and how many of it one of ours is."""


NO_PAIR: Final = ""
"""Their good in a pair that says: the manufacturer has no such good. It is in force like any other pair."""

FOREIGN_SAID: Final = "товар не этого производителя"
"""The rule by which such a good's rows stay here."""


def resolve(
    pairs: Mapping[str, str],
    unit_of: Mapping[str, str],
    units: Mapping[tuple[str, str], Unit],
    known: Collection[tuple[str, str]],
) -> Targets:
    """Lay out where goods go.

    ``pairs``: our good → their good; ``unit_of``: our good → the unit its balances are kept in; ``units``: (our good
    or "" for any, our unit) → their unit; ``known``: (their good, their unit) that the manufacturer has now.
    """
    found = Targets()
    index: dict[tuple[str, str], int] = {}
    general = {unit: pair for (scope, unit), pair in units.items() if not scope}
    found.foreign = frozenset(ours for ours, theirs in pairs.items() if theirs == NO_PAIR)
    for our_good, their_good in pairs.items():
        if their_good == NO_PAIR:
            continue
        unit = unit_of.get(our_good)
        pair = None if unit is None else units.get((our_good, unit)) or general.get(unit)
        if pair is None:
            found.without_unit[our_good] = "Сопоставьте единицу этого товара с единицей производителя."
            continue
        their_unit, factor = pair
        lane = (their_good, their_unit)
        if lane not in known:
            said = f"У производителя товар {their_good} не ведётся в единице {their_unit}: сопоставьте заново."
            found.without_unit[our_good] = said
            continue
        found.lane_of[our_good] = index.setdefault(lane, len(index))
        if factor is not ONE:
            found.factor_of[our_good] = factor
    found.lanes = list(index)
    return found
