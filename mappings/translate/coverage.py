"""How much of the stock is matched: the share of goods, and the share of their value at the last known prices.

A good counts when it has a positive balance in a warehouse that is sent. It is matched when it has a target: a good of
theirs and a unit of theirs. Goods that a person marked as having no pair (other makers' goods: a pair in force whose
``their_id`` is empty) stand aside. Goods without a known price weigh nothing in the value; their number is told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mappings.model import MICRO

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

    from mappings.translate.targets import Targets


@dataclass(frozen=True, slots=True)
class Coverage:
    """Goods and values (millionths of money); ``no_good`` and ``no_unit`` count the goods that wait for a pair.

    ``foreign`` are the goods without a pair on purpose; they are in no other figure.
    """

    goods: int = 0
    matched: int = 0
    no_good: int = 0
    no_unit: int = 0
    unpriced: int = 0
    foreign: int = 0
    value: int = 0
    matched_value: int = 0

    @property
    def count_share(self) -> float:
        """Matched goods, per cent; 0 where there is no stock."""
        return _percent(self.matched, self.goods)

    @property
    def value_share(self) -> float:
        """Their value, per cent; the share of goods where no price is known."""
        return _percent(self.matched_value, self.value) if self.value else self.count_share


def _percent(part: int, whole: int) -> float:
    """Return a share in per cent to two digits, rounded down: 99.999 is not yet 100."""
    return 10_000 * part // whole / 100 if whole else 0.0


def coverage(
    balances: pd.DataFrame,
    *,
    warehouses: Collection[str],
    targets: Targets,
    prices: Mapping[str, int],
    foreign: Collection[str] = (),
) -> Coverage:
    """Return how much of the balances (columns of ``model.STOCK``) is matched.

    ``prices``: good → millionths of money a unit; ``foreign``: goods of ours that a person marked as having no pair.
    """
    sent = balances[balances["our_warehouse"].isin(list(warehouses)) & (balances["quantity"] > 0)]
    held = sent.groupby("our_good", observed=True)["quantity"].sum()
    goods = matched = no_unit = unpriced = value = matched_value = aside = 0
    for good, quantity in held.items():
        if good in foreign:
            aside += 1
            continue
        price = prices.get(str(good), 0)
        worth = int(quantity) * price // MICRO
        known = str(good) in targets.lane_of
        goods += 1
        matched += known
        no_unit += not known and str(good) in targets.without_unit
        unpriced += not price
        value += worth
        matched_value += worth if known else 0
    return Coverage(goods, matched, goods - matched - no_unit, no_unit, unpriced, aside, value, matched_value)
