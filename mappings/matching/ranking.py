"""Candidates of every good, and how well each agrees.

Candidates come from a product of sparse matrices (n-grams of letters and weighted words), a thousand of our goods at a
time; then every pair gets its row of :data:`~mappings.matching.agreement.FEATURES` and a score. A candidate that
another of our goods fits better loses by how much better: most of theirs have one of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mappings.matching.agreement import FEATURES, WORST, Agreement
from mappings.matching.needs import need
from mappings.matching.vectors import scaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mappings.matching.vectors import Array
    from mappings.matching.views import Views

FOUND: Final = 60
"""Spellings of theirs that are looked at for one of ours."""

BATCH: Final = 1000
MOST_OUTBID: Final = 3.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """Pairs, those of one of our goods together and the best first: ``starts`` says where those of a good begin.

    ``figures`` has a row of FEATURES a pair; ``score`` is after, ``own`` before what other goods of ours took off.
    """

    starts: Array
    goods: Array
    figures: Array
    score: Array
    own: Array

    def of(self, row: int) -> range:
        """Return the places of a good's candidates."""
        return range(int(self.starts[row]), int(self.starts[row + 1]))

    @property
    def rows(self) -> Array:
        """The row of ours of every pair."""
        made: Array = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        return made


def ranked(ours: Views, theirs: Views, weights: Array, *, outbid: float = 0.0, keep: int = 10) -> Ranked:
    """Return the best ``keep`` candidates of each of our goods."""
    agreement = Agreement(ours.names, theirs.names)
    rows, goods, figures, scores = [], [], [], []
    for row, good in _candidates(agreement, ours, theirs):
        made = _best_of(agreement, ours, theirs, row, good)
        score = made @ weights
        best = _first(row, score, keep)
        rows.append(row[best])
        goods.append(good[best])
        figures.append(made[best])
        scores.append(score[best])
    figures.append(np.zeros((0, len(FEATURES)), np.float32))
    places = _joined(rows, np.int64), _joined(goods, np.int64)
    return reordered(
        *places, np.concatenate(figures), _joined(scores, np.float32), count=len(ours.starts) - 1, outbid=outbid
    )


def _joined(parts: list[Array], kind: type[np.generic]) -> Array:
    return np.concatenate([*parts, np.zeros(0, kind)]).astype(kind)


def reordered(rows: Array, goods: Array, figures: Array, own: Array, *, count: int, outbid: float) -> Ranked:
    """Return pairs in the order of their scores after what other goods of ours took off."""
    score = own - outbid * taken(rows, goods, own)
    order = np.lexsort((goods, -score, rows))
    starts = np.searchsorted(rows[order], np.arange(count + 1))
    return Ranked(starts, goods[order], figures[order], score[order], own[order])


def taken(rows: Array, goods: Array, score: Array) -> Array:
    """Return for every pair by how much another good of ours fits the same of theirs better, at most 3."""
    if not len(goods):
        return score
    order = np.lexsort((-score, goods))
    first = np.r_[True, goods[order][1:] != goods[order][:-1]]
    best = np.zeros(goods.max() + 1, dtype=score.dtype)
    owner = np.zeros(goods.max() + 1, dtype=np.int64)
    best[goods[order][first]] = score[order][first]
    owner[goods[order][first]] = rows[order][first]
    made: Array = np.where(owner[goods] == rows, 0, np.clip(best[goods] - score, 0, MOST_OUTBID)).astype(np.float32)
    return made


def _candidates(agreement: Agreement, ours: Views, theirs: Views) -> Iterator[tuple[Array, Array]]:
    """Yield (row of ours, good of theirs) without repetition, a batch of our goods at a time; rows rise."""
    sparse, product = need("scipy.sparse"), need("sparse_dot_topn").sp_matmul_topn
    words = agreement.words.rows
    turned = sparse.hstack([agreement.text[1], scaled(words.theirs, words.weight)], format="csr").T.tocsr()
    owner_of = np.repeat(np.arange(len(theirs.starts) - 1), np.diff(theirs.starts))
    our_owner = np.repeat(np.arange(len(ours.starts) - 1), np.diff(ours.starts))
    for start in range(0, len(ours.starts) - 1, BATCH):
        low, high = ours.starts[start], ours.starts[min(start + BATCH, len(ours.starts) - 1)]
        here = sparse.hstack([agreement.text[0][low:high], scaled(words.ours[low:high], words.weight)], format="csr")
        found = product(here, turned, top_n=FOUND, sort=False, n_threads=1)
        rows = np.repeat(our_owner[low:high], np.diff(found.indptr))
        width = np.int64(len(theirs.starts))
        pairs = np.unique(rows * width + owner_of[found.indices])
        yield pairs // width, pairs % width


def _best_of(agreement: Agreement, ours: Views, theirs: Views, row: Array, good: Array) -> Array:
    """Return the figures of pairs of goods: for each figure that of the two spellings that agree best."""
    a, b = np.diff(ours.starts)[row], np.diff(theirs.starts)[good]
    count = a * b
    bounds = np.cumsum(count) - count
    within = np.arange(count.sum()) - np.repeat(bounds, count)
    wide = np.repeat(b, count)
    here = np.repeat(ours.starts[row], count) + within // wide
    there = np.repeat(theirs.starts[good], count) + within % wide
    made = agreement.compare(here, there)
    if not len(row) or count.max() == 1:
        return made
    worst = np.array([name in WORST for name in FEATURES])
    best: Array = np.where(worst, np.minimum.reduceat(made, bounds), np.maximum.reduceat(made, bounds))
    return best


def _first(row: Array, score: Array, keep: int) -> Array:
    """Return the places of the best ``keep`` pairs of every row."""
    order = np.lexsort((-score, row))
    ordered = row[order]
    place = np.arange(len(row)) - np.searchsorted(ordered, ordered)
    best: Array = order[place < keep]
    return best
