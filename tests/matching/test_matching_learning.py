"""Weights, calibration and thresholds: honest on data that was made with known odds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.matching.agreement import AGAINST, FEATURES
from mappings.matching.fitting import doubtful, fit_model, judged_by, refitted
from mappings.matching.learning import LEAST, ONE_SIDED, Lesson, fit_logistic, fit_weights, logistic, threshold, wilson
from mappings.matching.model import PRIOR, Model, shipped
from mappings.matching.ranking import Ranked, reordered

PLACE = {name: place for place, name in enumerate(FEATURES)}


def lesson(rows: int, seed: int, *, slips: int = 0, hard: float = 0.15) -> Lesson:
    """Make rows with four candidates each: the right one agrees in size and words, now and then a sibling does, too."""
    rng = np.random.default_rng(seed)
    figures = np.zeros((rows * 4, len(FEATURES)), dtype=np.float32)
    goods = np.tile(np.arange(4), rows) + np.repeat(np.arange(rows), 4) * 4
    right = np.arange(rows) * 4 + rng.integers(0, 4, rows)
    for row in range(rows):
        for place in range(row * 4, row * 4 + 4):
            answer = place == right[row] or rng.random() < hard / 3
            figures[place, PLACE["size_same" if answer else "size_other"]] = 1
            figures[place, PLACE["our_words"]] = rng.uniform(0.7, 1) if answer else rng.uniform(0, 0.8)
            figures[place, PLACE["letters"]] = figures[place, PLACE["our_words"]]
    answers = right.copy()
    answers[:slips] = (answers[:slips] // 4) * 4 + (answers[:slips] + 1) % 4
    own = figures @ np.array([PRIOR[name] for name in FEATURES], dtype=np.float32)
    ranked = reordered(np.repeat(np.arange(rows), 4), goods, figures, own, count=rows, outbid=0.3)
    return Lesson(ranked, answers)


def test_weights_keep_their_signs_and_order_the_right_ones_first() -> None:
    taught = lesson(300, 1)
    weights = fit_weights([taught])
    assert all(value * (-1 if name in AGAINST else 1) >= 0 for name, value in weights.items())
    assert weights["size_same"] > PRIOR["size_same"]
    model = Model(weights=weights)
    assert judged_by(model, lesson(300, 2)).right.mean() > 0.85


def test_without_lessons_weights_stay_where_they_were() -> None:
    assert fit_weights([]) == PRIOR


@given(st.integers(0, 50))
@settings(deadline=None, max_examples=20)
def test_a_calibrated_probability_is_the_share_of_the_right(seed: int) -> None:
    rng = np.random.default_rng(seed)
    figures = rng.uniform(-1, 1, (4000, 2))
    true = logistic(2 * figures[:, 0] - figures[:, 1] + 0.5)
    right = rng.random(4000) < true
    found = fit_logistic(figures, right, np.ones(4000), np.array([False, True]))
    said = logistic(figures @ found[:2] + found[2])
    assert abs(said.mean() - right.mean()) < 0.02
    assert np.abs(said - true).mean() < 0.03


def test_a_figure_cannot_speak_against_its_sense() -> None:
    rng = np.random.default_rng(4)
    figures = rng.uniform(0, 1, (500, 2))
    right = rng.random(500) < 1 - figures[:, 0]
    found = fit_logistic(figures, right, np.ones(500), np.array([False, False]))
    assert found[0] == 0


@given(st.integers(0, 400), st.integers(0, 400))
def test_wilson_holds_the_share_within(right: int, wrong: int) -> None:
    low, high = wilson(right, right + wrong)
    assert 0 <= low <= high <= 1
    if right + wrong:
        assert low <= right / (right + wrong) <= high


def test_wilson_of_known_figures() -> None:
    low, high = wilson(95, 100)
    assert (round(low, 4), round(high, 4)) == (0.8882, 0.9785)  # the example of every text book


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=300))
def test_a_threshold_keeps_its_promise_or_there_is_none(rows: list[tuple[float, bool]]) -> None:
    chance, right = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=bool)
    found = threshold(chance, right, 0.9)
    if math.isinf(found):
        return
    chosen = chance >= found
    assert wilson(int(right[chosen].sum()), int(chosen.sum()), ONE_SIDED)[0] >= 0.9


def test_few_rows_prove_nothing() -> None:
    assert math.isinf(threshold(np.ones(50), np.ones(50, dtype=bool), 0.98))
    assert threshold(np.ones(500), np.ones(500, dtype=bool), 0.98) == 1.0


def test_slips_are_doubted_and_good_answers_are_not() -> None:
    doubted = doubtful(lesson(200, 5, slips=6, hard=0.0))
    assert doubted[:6].sum() >= 5
    assert not doubted[6:].any()


def test_a_fitted_model_says_what_it_measured() -> None:
    model = fit_model([lesson(400, 7, hard=0.05)], version="test")
    assert model.rows == model.figures["rows"] == 400
    assert model.green <= 1
    assert model.figures["green_precision_undoubted_low"] > 0.95
    assert model.figures["recall_1"] > 0.9


def test_a_model_is_plain_json_and_back() -> None:
    model = fit_model([lesson(250, 8)], version="2026-11-24 №1")
    assert Model.loads(model.dumps()) == model


@pytest.mark.parametrize("weights", [{"size_other": 1.0}, {"unheard_of": 1.0}])
def test_what_is_no_model_is_refused(weights: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="not a weight"):
        Model(weights=weights)


def test_few_confirmations_teach_nothing() -> None:
    current = shipped()
    assert refitted(current, [lesson(LEAST - 1, 9)], version="v2") is current


def test_enough_confirmations_teach() -> None:
    made = refitted(shipped(), [lesson(500, 10, hard=0.02)], version="v2")
    assert made.version == "v2"
    assert made.green <= 1


def test_a_bound_that_is_not_met_never_loosens_a_threshold() -> None:
    current = Model(certainty={"score": 10.0, "constant": 5.0}, green=0.95, version="v1")
    noise = lesson(300, 11)
    wrong = Lesson(noise.ranked, (noise.answers // 4) * 4 + (noise.answers + 1) % 4)
    made = refitted(current, [wrong], version="v2")
    assert (made.version, made.weights) == ("v2", current.weights)
    assert made.figures["rows"] == 300
    assert made.figures["green_share"] == 0
    assert made.green > 1  # what it called green is refuted: nothing is green until a person has looked


def test_the_shipped_model_carries_its_figures() -> None:
    model = shipped()
    assert 0.9 <= model.green <= 1
    assert model.rows >= LEAST
    assert model.figures["green_precision_undoubted_low"] >= 0.98
    assert set(model.weights) == set(FEATURES)


def test_candidates_that_another_fits_better_lose() -> None:
    figures = np.zeros((3, len(FEATURES)), dtype=np.float32)
    own = np.array([5.0, 4.9, 9.0], dtype=np.float32)
    # Row 0 likes good 0 a little better than good 1; row 1 fits good 0 far better.
    found: Ranked = reordered(np.array([0, 0, 1]), np.array([0, 1, 0]), figures, own, count=2, outbid=0.3)
    assert found.goods[found.starts[0]] == 1
    assert found.goods[found.starts[1]] == 0
