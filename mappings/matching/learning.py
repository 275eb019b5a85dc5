"""Learning from confirmed pairs: weights of the agreement, calibrated probabilities, thresholds that keep a promise.

Everything is a pure function of arrays. Weights start from :data:`~mappings.matching.model.PRIOR` and move as far as
the pairs carry them; their signs are fixed. A label that looks impossible is taken for an operator's slip rather than
for a lesson.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from mappings.matching.agreement import AGAINST, FEATURES
from mappings.matching.model import PRIOR
from mappings.matching.needs import need

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mappings.matching.ranking import Ranked
    from mappings.matching.vectors import Array

SLIPS: Final = 0.1
"""Share of the labels that may be slips."""

STIFFNESS: Final = 0.01
"""How strongly weights are held to where they started, for each pair: 1 / (2 · variance · pairs)."""

LEAST: Final = 200
"""Fewer confirmed pairs than this teach nothing reliable."""

ONE_SIDED: Final = 1.2815515655446004
"""A promise rests on a bound that the true share is above in 9 of 10 cases."""

TWO_SIDED: Final = 1.959963984540054
"""An interval that is shown holds the true share in 19 of 20 cases."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Ranked candidates of a set of our goods, and which of theirs is right: ``answers[row]``, -1 where unknown."""

    ranked: Ranked
    answers: Array


def fit_weights(lessons: Sequence[Lesson], *, stiffness: float = STIFFNESS) -> dict[str, float]:
    """Return weights under which the right candidate comes first (logistic regression over pairs within a good)."""
    optimise = need("scipy.optimize")
    prior = np.array([PRIOR[name] for name in FEATURES])
    differences, group, count = _differences(lessons)
    if not count:
        return dict(PRIOR)
    first = np.searchsorted(group, np.arange(count))

    def loss(weights: Array) -> tuple[float, Array]:
        odds = np.exp(np.clip(-(differences @ weights), -40, 40))
        total = 1 + np.add.reduceat(odds, first)
        right = 1 / total
        believed = (1 - SLIPS) * right + SLIPS / 20
        pull = (odds * ((1 - SLIPS) * right / believed / total)[group])[:, None]
        moved = weights - prior
        value = -np.log(believed).mean() + stiffness / 20 * moved @ moved
        slope = -(differences * pull).sum(axis=0) / count + stiffness / 10 * moved
        return float(value), slope

    bounds = [(None, 0.0) if name in AGAINST else (0.0, None) for name in FEATURES]
    found = optimise.minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=bounds)
    return {name: round(float(weight), 4) for name, weight in zip(FEATURES, found.x, strict=True)}


def _differences(lessons: Sequence[Lesson]) -> tuple[Array, Array, int]:
    """Return right minus wrong candidate for every wrong one, the group each belongs to, and the number of groups."""
    made, group = [], []
    count = 0
    for lesson in lessons:
        for row, answer in enumerate(lesson.answers):
            places = np.array(lesson.ranked.of(row))
            if answer < 0 or len(places) < 2:  # noqa: PLR2004 - a pair takes two
                continue
            right = lesson.ranked.goods[places] == answer
            if right.sum() != 1:
                continue
            figures = lesson.ranked.figures[places]
            made.append(figures[right] - figures[~right])
            group.append(np.full(len(made[-1]), count))
            count += 1
    if not count:
        return np.zeros((0, len(FEATURES))), np.zeros(0, dtype=np.int64), 0
    return np.concatenate(made).astype(np.float64), np.concatenate(group), count


def fit_logistic(figures: Array, right: Array, weight: Array, against: Array, *, stiffness: float = 1.0) -> Array:
    """Return coefficients (the last is the constant) of P(right | figures); the constant is not held back.

    Figures marked ``against`` can only lower the probability, the others only raise it: another trade must not meet a
    probability that falls where names agree better.
    """
    optimise = need("scipy.optimize")
    x = np.column_stack([figures, np.ones(len(figures))]).astype(np.float64)
    held = np.r_[np.full(x.shape[1] - 1, stiffness), 0.0]
    sign = np.where(right, 1.0, -1.0)

    def loss(coefficients: Array) -> tuple[float, Array]:
        margin = sign * (x @ coefficients)
        value = (weight * np.logaddexp(0, -margin)).sum() + 0.5 * (held * coefficients**2).sum()
        slope = -(x * (weight * sign * logistic(-margin))[:, None]).sum(axis=0) + held * coefficients
        return float(value), slope

    bounds = [*((None, 0.0) if each else (0.0, None) for each in against), (None, None)]
    found: Array = optimise.minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x
    return found


def logistic(value: Array) -> Array:
    """Return 1 / (1 + e^-value)."""
    made: Array = 1 / (1 + np.exp(-np.clip(value, -40, 40)))
    return made


def wilson(right: int, total: int, z: float = TWO_SIDED) -> tuple[float, float]:
    """Return the Wilson interval of a share; (0, 1) of nothing."""
    if not total:
        return 0.0, 1.0
    share, square = right / total, z * z / total
    middle = (share + square / 2) / (1 + square)
    half = z / (1 + square) * sqrt(share * (1 - share) / total + square / (4 * total))
    low = max(0.0, middle - half) if right else 0.0
    return low, min(1.0, middle + half) if right < total else 1.0


def threshold(probability: Array, right: Array, promised: float) -> float:
    """Return the least probability from which on the share of right ones is ``promised`` by its lower Wilson bound.

    Infinite where no threshold keeps the promise. Equal probabilities stay together.
    """
    order = np.argsort(-probability, kind="stable")
    ordered, good = probability[order], np.cumsum(right[order])
    found = inf
    for place in range(len(ordered)):
        last_of_equals = place + 1 == len(ordered) or ordered[place + 1] < ordered[place]
        if last_of_equals and wilson(int(good[place]), place + 1, ONE_SIDED)[0] >= promised:
            found = float(ordered[place])
    return found
