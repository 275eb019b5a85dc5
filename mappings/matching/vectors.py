"""Names as sparse rows: n-grams of letters and weighted words, hashed by numpy so that a hundred thousand take seconds.

Weights are by rarity on either side: a word that most goods of one side have (a brand in a single maker's catalog)
tells them apart on neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mappings.matching.needs import need

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Array = np.ndarray[Any, np.dtype[Any]]
Matrix = Any
"""A scipy.sparse.csr_matrix."""

BUCKETS: Final = 1 << 20
PRIMES: Final = (2_654_435_761, 2_246_822_519, 3_266_489_917, 668_265_263)
FEW: Final = 30
"""A side with fewer rows than this says nothing about how rare a word is."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of two sides over the same columns, with the weight of every column."""

    ours: Matrix
    theirs: Matrix
    weight: Array


def letters(texts: Sequence[str], sizes: tuple[int, ...]) -> Matrix:
    """Return the n-grams within the words of texts, counted once a text: a row a text, hashed columns."""
    sparse = need("scipy.sparse")
    whole = "".join(f" {text} \n" for text in texts)
    points = np.frombuffer(whole.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    row_of = np.cumsum(points == ord("\n")) - (points == ord("\n"))
    blank = (points == ord(" ")) | (points == ord("\n"))
    rows, columns = [], []
    for size in sizes:
        count = len(points) - size + 1
        if count <= 0:
            continue
        hashed = np.full(count, size, dtype=np.uint64)
        for place in range(size):
            hashed = (hashed ^ points[place : place + count]) * np.uint64(PRIMES[place % 4])
            hashed ^= hashed >> np.uint64(15)
        inner = np.zeros(count, dtype=bool)
        for place in range(1, size - 1):
            inner |= blank[place : place + count]
        edges = blank[:count] & blank[size - 1 : size - 1 + count]
        newline = points == ord("\n")
        good = ~(inner | edges | newline[:count] | newline[size - 1 : size - 1 + count])
        rows.append(row_of[:count][good])
        columns.append((hashed[good] % np.uint64(BUCKETS)).astype(np.int64))
    return _matrix(np.concatenate(rows), np.concatenate(columns), (len(texts), BUCKETS), sparse)


def tokens(rows: Iterable[Iterable[str]], vocabulary: dict[str, int]) -> tuple[Array, Array]:
    """Return (row, column) of every token; new ones are added to the vocabulary."""
    row_of: list[int] = []
    columns: list[int] = []
    for row, each in enumerate(rows):
        for token in each:
            row_of.append(row)
            columns.append(vocabulary.setdefault(token, len(vocabulary)))
    return np.array(row_of, dtype=np.int64), np.array(columns, dtype=np.int64)


def words(ours: Sequence[Iterable[str]], theirs: Sequence[Iterable[str]]) -> Rows:
    """Return both sides' tokens as rows of ones, and the weight of every token."""
    sparse = need("scipy.sparse")
    vocabulary: dict[str, int] = {}
    their_places = tokens(theirs, vocabulary)
    our_places = tokens(ours, vocabulary)
    width = max(len(vocabulary), 1)
    a = _matrix(*our_places, (len(ours), width), sparse)
    b = _matrix(*their_places, (len(theirs), width), sparse)
    return Rows(a, b, rarity(a, b))


def _matrix(rows: Array, columns: Array, shape: tuple[int, int], sparse: Any) -> Matrix:
    made = sparse.csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape)
    made.sum_duplicates()
    made.data[:] = 1
    return made


def rarity(ours: Matrix, theirs: Matrix) -> Array:
    """Return the weight of every column: ln of one over its share, on the side where it is more usual."""
    shares = []
    for side in (ours, theirs):
        count = side.shape[0]
        held = np.bincount(side.indices, minlength=side.shape[1])
        shares.append((held + 0.5) / (count + 1) if count >= FEW else np.zeros(side.shape[1]))
    usual = np.maximum(shares[0], shares[1])
    if not usual.any():
        usual = np.full(theirs.shape[1], 0.5)
    weight: Array = (-np.log(np.clip(usual, 1e-9, 0.98))).astype(np.float32)
    return weight


def scaled(rows: Matrix, weight: Array) -> Matrix:
    """Return rows with their columns weighted and every row of length one."""
    made = rows.copy()
    made.data *= weight[made.indices]
    length = np.sqrt(np.bincount(_row_of(made), weights=made.data**2, minlength=made.shape[0]))
    made.data /= np.maximum(length[_row_of(made)], 1e-9).astype(np.float32)
    return made


def _row_of(matrix: Matrix) -> Array:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def paired(ours: Matrix, theirs: Matrix, our_rows: Array, their_rows: Array) -> Array:
    """Return the products of pairs of rows: ``ours[our_rows[k]] · theirs[their_rows[k]]`` for every k."""
    made: Array = np.asarray(ours[our_rows].multiply(theirs[their_rows]).sum(axis=1), dtype=np.float32).ravel()
    return made
