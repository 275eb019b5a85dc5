"""Exact conversion of quantities by factors that are fractions.

A factor numerator/denominator says how many of their units one of ours is: 12 pieces to a box make our piece 1/12 of
their box. Sums are taken before the division and rounded once, half away from zero, to a millionth: the manufacturers'
clients keep converted quantities to 6 digits (reference: xDataLink, rule 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd, lcm
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

Numbers = np.ndarray[Any, np.dtype[Any]]

SAFE: Final = 2.0**61
"""Above this an int64 sum, doubled for rounding, could overflow: Python's own integers take over."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One of our units is ``numerator / denominator`` of theirs; kept in lowest terms, both above zero."""

    numerator: int = 1
    denominator: int = 1

    def __post_init__(self) -> None:
        if self.numerator <= 0 or self.denominator <= 0:
            raise ValueError(f"a factor is above zero, not {self.numerator}/{self.denominator}")
        common = gcd(self.numerator, self.denominator)
        object.__setattr__(self, "numerator", self.numerator // common)
        object.__setattr__(self, "denominator", self.denominator // common)


def common_denominator(factors: Iterable[Factor]) -> int:
    """Return the least common multiple of the denominators, 1 where there are none."""
    return lcm(*{factor.denominator for factor in factors})


def weighted(quantities: Numbers, weights: list[int], which: Numbers) -> Numbers:
    """Return ``quantities x weights[which]``: int64, or Python integers where a sum of them might not fit int64."""
    heaviest = max(map(abs, weights), default=0)
    if float(np.abs(quantities).sum(dtype=np.float64)) * heaviest < SAFE:
        fast: Numbers = quantities * np.array(weights, dtype=np.int64)[which]
        return fast
    exact: Numbers = quantities.astype(object) * np.array(weights, dtype=object)[which]
    return exact


def divided(totals: Numbers, divisor: int) -> Numbers:
    """Return ``totals / divisor`` as int64, rounded half away from zero; raises OverflowError where it does not fit."""
    if divisor > 1:
        sign = np.where(totals < 0, -1, 1)
        totals = sign * ((2 * np.abs(totals) + divisor) // (2 * divisor))
    whole: Numbers = totals.astype(np.int64)
    return whole
