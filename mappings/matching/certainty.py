"""How sure the best candidate is: a calibrated probability, from how it agrees and how far the next one is behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mappings.matching.agreement import AGAINST, FEATURES
from mappings.matching.learning import fit_logistic, logistic
from mappings.matching.ranking import taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mappings.matching.ranking import Ranked
    from mappings.matching.vectors import Array

FIGURES: Final = ("score", "ahead", "far_ahead", "taken", *FEATURES)
"""What the probability is computed from: of the best candidate its score, how far it is ahead of the next (at once and
by a lot), by how much another of our goods fits it better, and how it agrees."""

LOWERS: Final = AGAINST | {"taken"}
NEAR, FAR = 1.0, 4.0

VETOES: Final = ("size_other", "size_only_theirs", "pack_other", "percent_other")
"""What forbids green however near the names are: a size, a pack or a percentage that differs, a size that we leave out.

Where the right good is missing from a catalog, its siblings are what looks like it.
"""

WITHOUT: Final = 0.1
"""Weight of a lesson from a catalog that lacks the right good, beside one from a catalog that has it."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best candidate of every good of ours: its place among the pairs (-1 without any), margin and figures.

    ``margin`` is how far it is ahead; ``clear`` the same, and 0 where one of :data:`VETOES` speaks.
    """

    place: Array
    margin: Array
    clear: Array
    figures: Array


def best(ranked: Ranked, *, without: Array | None = None) -> Best:
    """Return the best candidates; ``without[row]`` is a good of theirs that is taken for missing."""
    count = len(ranked.starts) - 1
    shown = np.ones(len(ranked.goods), dtype=bool)
    rows = ranked.rows
    if without is not None:
        shown = ranked.goods != without[rows]
    left = np.flatnonzero(shown)
    starts = np.searchsorted(rows[left], np.arange(count + 1))
    number = np.diff(starts)
    place = np.full(count, -1)
    have = np.flatnonzero(number > 0)
    place[have] = left[starts[have]]
    margin = np.full(count, FAR, dtype=np.float64)
    many = np.flatnonzero(number > 1)
    first, second = left[starts[many]], left[starts[many] + 1]
    margin[many] = ranked.score[first] - ranked.score[second]
    figures = _figures(ranked, place, margin)
    vetoed = figures[:, [FIGURES.index(name) for name in VETOES]].any(axis=1)
    return Best(place, margin, np.where(vetoed, 0.0, margin), figures)


def _figures(ranked: Ranked, place: Array, margin: Array) -> Array:
    made = np.zeros((len(place), len(FIGURES)))
    have = place >= 0
    at = place[have]
    made[have, 0] = ranked.own[at] / 10
    made[have, 1] = np.clip(margin[have] / NEAR, 0, 1)
    made[have, 2] = np.clip(margin[have] / FAR, 0, 1)
    made[have, 3] = taken(ranked.rows, ranked.goods, ranked.own)[at] if len(ranked.goods) else 0
    made[have, 4:] = ranked.figures[at]
    return made


def fit_certainty(lessons: Sequence[tuple[Ranked, Array]], foreign: Sequence[Ranked] = ()) -> dict[str, float]:
    """Return the calibration from out-of-fold rankings with their answers, and from goods that have no pair at all.

    Each answered good teaches twice: as it is, and with the right one taken out of the catalog, when whatever comes
    first is wrong; that is how a catalog with holes looks.
    """
    figures, right, weight = [], [], []
    for ranked, answers in lessons:
        known = answers >= 0
        with_it, without_it = best(ranked), best(ranked, without=answers)
        found = (with_it.place >= 0) & known
        figures += [with_it.figures[known], without_it.figures[known]]
        hit = np.zeros(len(answers), dtype=bool)
        hit[found] = ranked.goods[with_it.place[found]] == answers[found]
        right += [hit[known], np.zeros(known.sum(), dtype=bool)]
        weight += [np.ones(known.sum()), np.full(known.sum(), WITHOUT)]
    for ranked in foreign:
        strange = best(ranked)
        figures.append(strange.figures)
        right.append(np.zeros(len(strange.place), dtype=bool))
        weight.append(np.full(len(strange.place), WITHOUT))
    against = np.array([name in LOWERS for name in FIGURES])
    found = fit_logistic(np.concatenate(figures), np.concatenate(right), np.concatenate(weight), against)
    return {name: round(float(value), 4) for name, value in zip((*FIGURES, "constant"), found, strict=True)}


def probabilities(figures: Array, certainty: dict[str, float]) -> Array:
    """Return P(the best candidate is right) by its figures."""
    row = np.array([certainty.get(name, 0.0) for name in FIGURES])
    return logistic(figures @ row + certainty.get("constant", -10.0))
