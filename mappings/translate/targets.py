"""Where each good of ours goes, from the correspondences that are in force: their good, their unit and the factor.

The unit is the one that the good's balances are kept in. A correspondence of that unit for this very good comes first,
then the one for any good. Where the manufacturer does not sell its good in that unit, the good waits: a quantity in a
unit that he does not know would be read as another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mappings.translate.stock import Named, Target
from mappings.units import Factor

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd


@dataclass(frozen=True, slots=True)
class Targets:
    """``found``: our good → target; ``without_unit``: our good → why in Russian; ``named``: for the report."""

    found: dict[str, Target]
    without_unit: dict[str, str]
    named: dict[str, Named]


def targets(
    goods: pd.DataFrame, good_pairs: pd.DataFrame, unit_pairs: pd.DataFrame, their_units: Collection[tuple[str, str]]
) -> Targets:
    """Join our goods (our_id, name, unit_id, unit_name, price) with the active pairs of goods and units.

    Pairs have our_id, scope, their_id, numerator, denominator; ``their_units`` are (their good, their unit) that the
    manufacturer has now.
    """
    theirs = dict(zip(good_pairs["our_id"], good_pairs["their_id"], strict=True))
    columns = ("scope", "our_id", "their_id", "numerator", "denominator")
    units = {
        (scope, our_unit): (their_unit, Factor(int(numerator), int(denominator)))
        for scope, our_unit, their_unit, numerator, denominator in zip(
            *(unit_pairs[each] for each in columns), strict=True
        )
    }
    found: dict[str, Target] = {}
    without_unit: dict[str, str] = {}
    named: dict[str, Named] = {}
    about = ("our_id", "name", "unit_id", "unit_name", "price")
    for our_id, name, unit, unit_name, price in zip(*(goods[each] for each in about), strict=True):
        named[our_id] = Named(name, int(price))
        their_good = theirs.get(our_id)
        if their_good is None:
            continue
        pair = units.get((our_id, unit)) or units.get(("", unit))
        if pair is None:
            without_unit[our_id] = f"Сопоставьте единицу «{unit_name or unit}» этого товара."
        elif (their_good, pair[0]) not in their_units:
            without_unit[our_id] = f"У производителя товар {their_good} больше не ведётся в единице {pair[0]}."
        else:
            found[our_id] = Target(their_good, *pair)
    return Targets(found, without_unit, named)
