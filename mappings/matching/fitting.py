"""Fitting a whole model: weights, calibration and the green threshold, each judged on rows it was not fitted on.

A label that contradicts the names in what both state, while another good agrees in everything, is an operator's slip
and not a lesson: such rows are set apart, counted, and shown; where there are many of them they count as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mappings.matching.agreement import AGAINST, FEATURES
from mappings.matching.certainty import best, fit_certainty, probabilities
from mappings.matching.learning import LEAST, Lesson, fit_weights, threshold, wilson
from mappings.matching.model import Model
from mappings.matching.ranking import reordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mappings.matching.ranking import Ranked
    from mappings.matching.vectors import Array

FOLDS: Final = 5
SURELY: Final = 3.0
"""A label is doubted only where the good that is named has a score higher by this."""

MOST_DOUBTED: Final = 0.05
"""Where more labels than this are doubtful, it is the names that mislead: none is set apart."""

FOREIGN: Final = 0.0005
"""The share of other makers' goods that may be green while fitting: half of what is promised."""

LOWEST_GREEN: Final = 0.9
"""No threshold is lower than this, whatever a sample says: the next trade may be harder."""

_PLACE: Final = {name: place for place, name in enumerate(FEATURES)}
_STATED: Final = [
    (_PLACE[f"{sort}_other"], _PLACE[f"{sort}_same"])
    for sort in ("size", "pack", "percent", "number", "other", "variant")
]
_SIGN: Final = np.array([-1.0 if name in AGAINST else 1.0 for name in FEATURES])


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows that a model did not learn from: chance of the first candidate, clear margin, right, the answer's place.

    ``place`` counts from 0, -1 where the answer is not among the candidates.
    """

    probability: Array
    margin: Array
    right: Array
    place: Array
    doubted: Array


def doubtful(lesson: Lesson) -> Array:
    """Return which rows' answers look like slips (see the module)."""
    made = np.zeros(len(lesson.answers), dtype=bool)
    ranked = lesson.ranked
    for row, answer in enumerate(lesson.answers):
        places = np.array(ranked.of(row), dtype=np.int64)
        labelled = places[ranked.goods[places] == answer] if answer >= 0 else places[:0]
        if not len(labelled):
            continue
        named = places[np.argmax(ranked.own[places])]
        if ranked.own[named] - ranked.own[labelled[0]] < SURELY:
            continue
        a, b = ranked.figures[named], ranked.figures[labelled[0]]
        contradicted = any(b[other] > 0 and a[same] > 0 for other, same in _STATED)
        made[row] = contradicted or bool(((a - b) * _SIGN >= -0.02).all())  # noqa: PLR2004 - rounding of figures
    return made


def rescored(ranked: Ranked, weights: dict[str, float], outbid: float) -> Ranked:
    """Return the same candidates in the order of other weights."""
    row = np.array([weights[name] for name in FEATURES], dtype=np.float32)
    own = ranked.figures @ row
    count = len(ranked.starts) - 1
    return reordered(ranked.rows, ranked.goods, ranked.figures, own, count=count, outbid=outbid)


def default_folds(lessons: Sequence[Lesson]) -> list[Array]:
    """Return the fold of every row: lessons apart where there are enough of them, rows in turn otherwise."""
    if len(lessons) >= FOLDS:
        return [np.full(len(lesson.answers), number) for number, lesson in enumerate(lessons)]
    return [np.arange(len(lesson.answers)) % FOLDS for lesson in lessons]


def fit_model(
    lessons: Sequence[Lesson],
    *,
    aside: Sequence[Lesson] = (),
    foreign: Sequence[Ranked] = (),
    start: Model | None = None,
    version: str = "",
) -> Model:
    """Return a model fitted on lessons and, for goods without a pair, on ``foreign`` rankings.

    Lessons ``aside``, of other trades, teach the calibration but prove nothing: no figure or threshold rests on them.

    The threshold is the least one that keeps ``start.promised`` by its lower Wilson bound on rows judged by what other
    folds taught, and lets no more than one foreign good in a thousand through; above 1 where none does.
    """
    start = start or Model()
    folds = default_folds(lessons)
    apart = [_judged_apart(lessons, folds, fold, start) for fold in np.unique(np.concatenate(folds))]
    apart = _without_slips(apart)
    weights = fit_weights(lessons)
    beside = [(rescored(each.ranked, weights, start.outbid), each.answers) for each in aside]
    strange = [rescored(ranked, weights, start.outbid) for ranked in foreign]
    certainty = fit_certainty([*((each.ranked, each.taught) for fold in apart for each in fold), *beside], strange)
    outcome = _joined([_outcome(apart, number, beside, strange) for number in range(len(apart))])
    chance = np.where(outcome.margin >= start.margin, outcome.probability, 0.0)
    kept = threshold(chance[~outcome.doubted], outcome.right[~outcome.doubted], start.promised)
    green = min(max(kept, LOWEST_GREEN, _foreign_limit(strange, certainty, start)), 1.01)
    figures = measured(outcome, green, start.margin)
    return replace(start, weights=weights, certainty=certainty, green=round(green, 4), rows=figures["rows"],
                   version=version, figures=figures)  # fmt: skip


def refitted(current: Model, lessons: Sequence[Lesson], *, version: str) -> Model:
    """Return a model that a link's own confirmations taught, or the current one where they teach too little.

    A threshold is never loosened without proof: where the new one does not keep its promise, the current model stays,
    and if these very confirmations refute its green ones, nothing is green any more.
    """
    if sum(int((lesson.answers >= 0).sum()) for lesson in lessons) < LEAST:
        return current
    made = fit_model(lessons, start=current, version=version)
    if made.green <= 1:
        return made
    outcome = _joined([judged_by(current, lesson) for lesson in lessons])
    green = (outcome.probability >= current.green) & (outcome.margin >= current.margin)
    right = int((outcome.right & green).sum())
    refuted = green.any() and wilson(right, int(green.sum()))[1] < current.promised
    if not refuted:
        return current
    return replace(current, green=1.01, version=version, figures=measured(outcome, 1.01, current.margin))


@dataclass(frozen=True, slots=True)
class _Apart:
    """Rows of a fold ranked by what the others taught, their answers, and the answers without slips."""

    ranked: Ranked
    answers: Array
    taught: Array
    doubted: Array


def judged_by(model: Model, lesson: Lesson) -> Outcome:
    """Return what a model makes of rows with known answers."""
    ranked = rescored(lesson.ranked, model.weights, model.outbid)
    return _of(ranked, lesson.answers, doubtful(Lesson(ranked, lesson.answers)), model.certainty)


def measured(outcome: Outcome, green: float, margin: float) -> dict[str, Any]:
    """Return the figures of an outcome: recall at 1 and 5, green share and precision with its interval, Brier score."""
    rows = len(outcome.right)
    chosen = (outcome.probability >= green) & (outcome.margin >= margin)
    right, total = int((outcome.right & chosen).sum()), int(chosen.sum())
    undoubted = chosen & ~outcome.doubted
    low, high = wilson(right, total)
    sure_low, sure_high = wilson(int((outcome.right & undoubted).sum()), int(undoubted.sum()))
    found = outcome.place >= 0
    return {
        "rows": rows,
        "recall_1": _share(int((outcome.place == 0).sum()), rows),
        "recall_5": _share(int((found & (outcome.place < 5)).sum()), rows),  # noqa: PLR2004 - five are shown
        "green_share": _share(total, rows),
        "green_right": right,
        "green_precision": _share(right, total),
        "green_precision_low": round(low, 4),
        "green_precision_high": round(high, 4),
        "doubted_labels": int(outcome.doubted.sum()),
        "green_precision_undoubted": _share(int((outcome.right & undoubted).sum()), int(undoubted.sum())),
        "green_precision_undoubted_low": round(sure_low, 4),
        "green_precision_undoubted_high": round(sure_high, 4),
        "brier": round(float(((outcome.probability - outcome.right) ** 2).mean()), 4) if rows else 0.0,
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _judged_apart(lessons: Sequence[Lesson], folds: Sequence[Array], fold: int, start: Model) -> list[_Apart]:
    mine = [of == fold for of in folds]
    pairs = list(zip(lessons, mine, strict=True))
    weights = fit_weights([Lesson(each.ranked, np.where(held, -1, each.answers)) for each, held in pairs])
    made = []
    for lesson, held in pairs:
        if held.any():
            ranked = rescored(lesson.ranked, weights, start.outbid)
            answers = np.where(held, lesson.answers, -1)
            made.append(_Apart(ranked, answers, answers, doubtful(Lesson(ranked, answers))))
    return made


def _without_slips(apart: list[list[_Apart]]) -> list[list[_Apart]]:
    """Return the rows with doubtful answers taken out; where they are many, all answers stand and none is doubted."""
    every = [each for fold in apart for each in fold]
    rows = sum(int((each.answers >= 0).sum()) for each in every)
    few = sum(int(each.doubted.sum()) for each in every) <= MOST_DOUBTED * rows
    return [
        [
            replace(each, taught=np.where(each.doubted, -1, each.answers))
            if few
            else replace(each, doubted=np.zeros_like(each.doubted))
            for each in fold
        ]
        for fold in apart
    ]


def _outcome(
    apart: Sequence[Sequence[_Apart]], fold: int, beside: Sequence[tuple[Ranked, Array]], strange: Sequence[Ranked]
) -> Outcome:
    """Return a fold's rows with probabilities that the other folds taught."""
    others = [each for number, part in enumerate(apart) if number != fold for each in part] or list(apart[fold])
    certainty = fit_certainty([*((each.ranked, each.taught) for each in others), *beside], strange)
    return _joined([_of(each.ranked, each.answers, each.doubted, certainty) for each in apart[fold]])


def _of(ranked: Ranked, answers: Array, doubted: Array, certainty: dict[str, float]) -> Outcome:
    known = answers >= 0
    first = best(ranked)
    place = np.array([_answer_place(ranked, row, answer) for row, answer in enumerate(answers)], dtype=np.int64)
    chance = probabilities(first.figures, certainty)
    return Outcome(chance[known], first.clear[known], place[known] == 0, place[known], doubted[known])


def _answer_place(ranked: Ranked, row: int, answer: int) -> int:
    goods = ranked.goods[ranked.starts[row] : ranked.starts[row + 1]]
    found = np.flatnonzero(goods == answer)
    return int(found[0]) if answer >= 0 and len(found) else -1


def _joined(parts: Sequence[Outcome]) -> Outcome:
    names = ("probability", "margin", "right", "place", "doubted")
    return Outcome(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _foreign_limit(strange: Sequence[Ranked], certainty: dict[str, float], start: Model) -> float:
    """Return the least threshold that lets one foreign good in a thousand through, 0 without any."""
    chances = []
    for ranked in strange:
        first = best(ranked)
        chances.append(np.where(first.clear >= start.margin, probabilities(first.figures, certainty), 0.0))
    if not chances:
        return 0.0
    every = np.sort(np.concatenate(chances))[::-1]
    return float(np.nextafter(every[int(FOREIGN * len(every))], 2.0))
