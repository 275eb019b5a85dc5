"""How two trade names agree: a row of figures for every pair, computed for many pairs at once.

Figures speak of what both names have. A size, a brand or a percentage that one name leaves out is no disagreement: in
some trades nobody writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from mappings.matching.names import stemmer
from mappings.matching.quantities import measure
from mappings.matching.sounds import sound
from mappings.matching.vectors import Rows, letters, paired, rarity, scaled, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mappings.matching.names import Name
    from mappings.matching.vectors import Array, Matrix

FEATURES: Final = (
    "letters",
    "sound",
    "our_words",
    "their_words",
    "words",
    "latin_same",
    "our_latin_other",
    "their_latin_other",
    "our_words_other",
    "their_words_other",
    "size_same",
    "size_near",
    "size_other",
    "size_unit",
    "size_only_theirs",
    "pack_same",
    "pack_other",
    "pack_one",
    "percent_same",
    "percent_other",
    "number_same",
    "number_other",
    "other_same",
    "other_other",
    "code_same",
    "variant_same",
    "variant_other",
    "variant_ours",
    "variant_theirs",
)
"""What is compared, in the order of a row's columns; every value lies in 0…1."""

WORST: Final = frozenset(name for name in FEATURES if name.endswith(("_other", "_unit", "_only_theirs")))
"""Figures that speak against a pair: of several spellings of a good the smallest counts, of the others the largest."""

AGAINST: Final = WORST | {"pack_one", "variant_ours", "variant_theirs"}
"""Figures whose weight is never above zero; that of the others is never below."""

NEAR: Final = 0.13
"""Sizes as near as this (in logarithms: 500 and 550 мл) are told apart from plainly different ones."""

LARGE: Final = float(np.log(50_000))


@dataclass(frozen=True, slots=True)
class Presence:
    """Tokens of one sort on both sides, without weights."""

    rows: Rows

    @classmethod
    def of(cls, ours: Sequence[Sequence[str]], theirs: Sequence[Sequence[str]]) -> Presence:
        """Make it from the tokens of every row."""
        return cls(words(ours, theirs))

    def compare(self, our_rows: Array, their_rows: Array) -> tuple[Array, Array, Array, Array]:
        """Return for every pair: tokens in common, whether both have any, only ours has, only theirs has."""
        shared = paired(self.rows.ours, self.rows.theirs, our_rows, their_rows)
        a, b = self.sizes(our_rows, their_rows)
        return shared, (a > 0) & (b > 0), (a > 0) & (b == 0), (a == 0) & (b > 0)

    def sizes(self, our_rows: Array, their_rows: Array) -> tuple[Array, Array]:
        """Return how many tokens ours and theirs have in every pair."""
        return np.diff(self.rows.ours.indptr)[our_rows], np.diff(self.rows.theirs.indptr)[their_rows]


@dataclass(frozen=True, slots=True)
class Weighed:
    """Words of both sides with weights; sums of each row are kept."""

    rows: Rows
    our_sums: Array
    their_sums: Array
    heavy: Matrix

    @classmethod
    def of(cls, ours: Sequence[Sequence[str]], theirs: Sequence[Sequence[str]]) -> Weighed:
        """Make it from the words of every row."""
        rows = words(ours, theirs)
        heavy = rows.theirs.copy()
        heavy.data = rows.weight[heavy.indices]
        return cls(rows, _sums(rows.ours, rows.weight), _sums(rows.theirs, rows.weight), heavy)

    def compare(self, our_rows: Array, their_rows: Array) -> tuple[Array, Array, Array]:
        """Return for every pair the weight in common, that of our words and that of theirs."""
        shared = paired(self.rows.ours, self.heavy, our_rows, their_rows)
        return shared, self.our_sums[our_rows], self.their_sums[their_rows]


Put = dict[str, "Array"]
"""The columns of a block of figures by name, to be filled."""


class Agreement:
    """The names of two sides, made ready to be compared pair by pair."""

    def __init__(self, ours: Sequence[Name], theirs: Sequence[Name]) -> None:
        def presence(tokens: Callable[[Name], Sequence[str]]) -> Presence:
            return Presence.of([tokens(name) for name in ours], [tokens(name) for name in theirs])

        def heard(names: Sequence[Name]) -> list[str]:
            return [" ".join(map(sound, name.words)) for name in names]

        kinds = variants()
        self.text = _letters([name.text for name in ours], [name.text for name in theirs], (3, 4))
        self.heard = _letters(heard(ours), heard(theirs), (3,))
        self.words = Weighed.of([name.words for name in ours], [name.words for name in theirs])
        self.latin = Weighed.of([name.latin for name in ours], [name.latin for name in theirs])
        self.amounts, self.amount = presence(_amounts), (_first(ours), _first(theirs))
        self.exact = presence(lambda name: _measures(name, "мл", "г"))
        self.packs, self.sets = presence(_packs), presence(_sets)
        self.percents = presence(lambda name: _measures(name, "%"))
        self.others = presence(lambda name: _measures(name, "мм", "мб", "вт"))
        self.numbers, self.codes = presence(lambda name: name.numbers), presence(lambda name: name.codes)
        self.kinds = presence(lambda name: [word for word in name.words if word in kinds])

    def compare(self, our_rows: Array, their_rows: Array) -> Array:
        """Return a row of :data:`FEATURES` for every pair of rows."""
        made = np.zeros((len(our_rows), len(FEATURES)), dtype=np.float32)
        put = {name: made[:, place] for place, name in enumerate(FEATURES)}
        put["letters"][:] = paired(*self.text, our_rows, their_rows)
        put["sound"][:] = paired(*self.heard, our_rows, their_rows)
        self._words(put, our_rows, their_rows)
        self._sizes(put, our_rows, their_rows)
        self._counts(put, our_rows, their_rows)
        self._variants(put, our_rows, their_rows)
        put["code_same"][:] = self.codes.compare(our_rows, their_rows)[0] > 0
        return made

    def _words(self, put: Put, our_rows: Array, their_rows: Array) -> None:
        shared, a, b = self.words.compare(our_rows, their_rows)
        put["our_words"][:] = shared / np.maximum(a, 0.1)
        put["their_words"][:] = shared / np.maximum(b, 0.1)
        put["words"][:] = 2 * shared / np.maximum(a + b, 0.1)
        put["our_words_other"][:] = np.tanh((a - shared) / 6)
        put["their_words_other"][:] = np.tanh((b - shared) / 6)
        shared, a, b = self.latin.compare(our_rows, their_rows)
        least = np.minimum(a, b)
        put["latin_same"][:] = np.clip(shared / np.maximum(least, 0.1), 0, 1) * np.tanh(shared / 3)
        put["our_latin_other"][:] = np.where(least > 0, np.tanh((a - shared) / 6), 0)
        put["their_latin_other"][:] = np.where(least > 0, np.tanh((b - shared) / 6), 0)

    def _sizes(self, put: Put, our_rows: Array, their_rows: Array) -> None:
        shared, both, _, only_theirs = self.amounts.compare(our_rows, their_rows)
        same = both & (shared > 0)
        exact, each_has_unit, _, _ = self.exact.compare(our_rows, their_rows)
        ratio = np.abs(np.log(self.amount[0][our_rows]) - np.log(self.amount[1][their_rows]))
        near = both & ~same & (ratio < NEAR)
        put["size_same"][:] = same
        put["size_near"][:] = near
        put["size_other"][:] = both & ~same & ~near
        put["size_unit"][:] = same & each_has_unit & (exact == 0)
        # Who leaves the size out means the usual one, and that is rarely the largest.
        put["size_only_theirs"][:] = only_theirs * np.clip(np.log(self.amount[1][their_rows]) / LARGE, 0, 1)

    def _counts(self, put: Put, our_rows: Array, their_rows: Array) -> None:
        for sort, held in (("pack", self.packs), ("percent", self.percents), ("other", self.others)):
            shared, both, _, _ = held.compare(our_rows, their_rows)
            put[f"{sort}_same"][:] = both & (shared > 0)
            put[f"{sort}_other"][:] = both & (shared == 0)
        _, _, only_ours, only_theirs = self.packs.compare(our_rows, their_rows)
        of_set = self.sets.compare(our_rows, their_rows)
        put["pack_one"][:] = (only_ours & of_set[2]) | (only_theirs & of_set[3])
        shared, both, _, _ = self.numbers.compare(our_rows, their_rows)
        most = np.maximum(*self.numbers.sizes(our_rows, their_rows))
        put["number_same"][:] = shared / np.maximum(most, 1)
        put["number_other"][:] = both & (shared == 0)

    def _variants(self, put: Put, our_rows: Array, their_rows: Array) -> None:
        shared, both, _, _ = self.kinds.compare(our_rows, their_rows)
        a, b = self.kinds.sizes(our_rows, their_rows)
        put["variant_same"][:] = shared > 0
        put["variant_other"][:] = both & (shared == 0)
        put["variant_ours"][:] = a > shared
        put["variant_theirs"][:] = b > shared


def _letters(ours: Sequence[str], theirs: Sequence[str], sizes: tuple[int, ...]) -> tuple[Matrix, Matrix]:
    a, b = letters(ours, sizes), letters(theirs, sizes)
    weight = rarity(a, b)
    return scaled(a, weight), scaled(b, weight)


def _sums(rows: Matrix, weight: Array) -> Array:
    row_of = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    made: Array = np.bincount(row_of, weights=weight[rows.indices], minlength=rows.shape[0]).astype(np.float32)
    return made


def _measures(name: Name, *units: str) -> list[str]:
    return [token for token in name.measures if (found := measure(token)) and found.unit in units]


def _packs(name: Name) -> list[str]:
    """Return how many are in a set or in a box, as bare numbers."""
    return [token[:-2] for token in _measures(name, "шт", "уп") if token[:-2] != "1"]


def _sets(name: Name) -> list[str]:
    """Return how many a good consists of: unlike a box, a set is another good than its parts."""
    return [measured for measured in _measures(name, "шт") if measured != "1шт"]


def _amounts(name: Name) -> list[str]:
    """Return the sizes of a good as bare numbers of мл or г.

    Where no size has a unit, a decimal number and one at the end count as litres or kilos.
    """
    found = [f"{value.value:f}" for token in name.measures if (value := measure(token)) and value.unit in {"мл", "г"}]
    last = name.text.rpartition(" ")[2]
    bare = [token for token in name.numbers if ":" not in token and ("." in token or token == last)]
    return found or [f"{float(token) * 1000:.0f}" for token in bare]


def _first(names: Sequence[Name]) -> Array:
    return np.array([float(next(iter(_amounts(name)), 0)) or 1.0 for name in names])


@lru_cache(maxsize=1)
def variants() -> frozenset[str]:
    """Return the stems of the words that tell apart the goods of one line: colours, tastes, scents."""
    stem = stemmer()
    lines = (Path(__file__).parent / "variants.txt").read_text("utf-8").splitlines()
    return frozenset(stem(word) for line in lines if not line.startswith("#") for word in line.split())
