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
    from collections.abc import Sequence

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
        a = np.diff(self.rows.ours.indptr)[our_rows]
        b = np.diff(self.rows.theirs.indptr)[their_rows]
        return shared, (a > 0) & (b > 0), (a > 0) & (b == 0), (a == 0) & (b > 0)


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


class Agreement:
    """The names of two sides, made ready to be compared pair by pair."""

    def __init__(self, ours: Sequence[Name], theirs: Sequence[Name]) -> None:
        self.text = _letters([name.text for name in ours], [name.text for name in theirs], (3, 4))
        heard = [[" ".join(map(sound, name.words)) for name in side] for side in (ours, theirs)]
        self.heard = _letters(*heard, (3,))
        self.words = Weighed.of([name.words for name in ours], [name.words for name in theirs])
        self.latin = Weighed.of([name.latin for name in ours], [name.latin for name in theirs])
        self.amounts = Presence.of([_amounts(name) for name in ours], [_amounts(name) for name in theirs])
        self.exact = Presence.of(
            [_measures(name, "мл", "г") for name in ours], [_measures(name, "мл", "г") for name in theirs]
        )
        self.packs = Presence.of([_packs(name) for name in ours], [_packs(name) for name in theirs])
        self.percents = Presence.of([_measures(name, "%") for name in ours], [_measures(name, "%") for name in theirs])
        self.others = Presence.of(
            [_measures(name, "мм", "мб", "вт") for name in ours], [_measures(name, "мм", "мб", "вт") for name in theirs]
        )
        self.numbers = Presence.of([name.numbers for name in ours], [name.numbers for name in theirs])
        self.codes = Presence.of([name.codes for name in ours], [name.codes for name in theirs])
        kinds = variants()
        self.kinds = Presence.of(
            *[[[word for word in name.words if word in kinds] for name in side] for side in (ours, theirs)]
        )
        self.amount = _first(ours), _first(theirs)

    def compare(self, our_rows: Array, their_rows: Array) -> Array:
        """Return a row of :data:`FEATURES` for every pair of rows."""
        made = np.zeros((len(our_rows), len(FEATURES)), dtype=np.float32)
        put = {name: made[:, place] for place, name in enumerate(FEATURES)}
        put["letters"][:] = paired(*self.text, our_rows, their_rows)
        put["sound"][:] = paired(*self.heard, our_rows, their_rows)
        shared, a, b = self.words.compare(our_rows, their_rows)
        put["our_words"][:] = shared / np.maximum(a, 0.1)
        put["their_words"][:] = shared / np.maximum(b, 0.1)
        put["words"][:] = 2 * shared / np.maximum(a + b, 0.1)
        put["our_words_other"][:] = np.tanh((a - shared) / 6)
        put["their_words_other"][:] = np.tanh((b - shared) / 6)
        shared, a, b = self.latin.compare(our_rows, their_rows)
        least = np.minimum(a, b)
        put["latin_same"][:] = np.where(least > 0, shared / np.maximum(least, 0.1), 0).clip(0, 1) * np.tanh(shared / 3)
        put["our_latin_other"][:] = np.where(least > 0, np.tanh((a - shared) / 6), 0)
        put["their_latin_other"][:] = np.where(least > 0, np.tanh((b - shared) / 6), 0)
        self._sizes(put, our_rows, their_rows)
        for sort, held in (
            ("pack", self.packs),
            ("percent", self.percents),
            ("other", self.others),
            ("number", self.numbers),
        ):
            shared, both, only_ours, only_theirs = held.compare(our_rows, their_rows)
            put[f"{sort}_same"][:] = both & (shared > 0)
            put[f"{sort}_other"][:] = both & (shared == 0)
            if sort == "number":
                most = np.maximum(
                    *(
                        np.diff(side.indptr)[at]
                        for side, at in ((held.rows.ours, our_rows), (held.rows.theirs, their_rows))
                    )
                )
                put["number_same"][:] = shared / np.maximum(most, 1)
            if sort == "pack":
                put["pack_one"][:] = only_ours | only_theirs
        shared, both, only_ours, only_theirs = self.kinds.compare(our_rows, their_rows)
        a = np.diff(self.kinds.rows.ours.indptr)[our_rows]
        b = np.diff(self.kinds.rows.theirs.indptr)[their_rows]
        put["variant_same"][:] = shared > 0
        put["variant_other"][:] = both & (shared == 0)
        put["variant_ours"][:] = a > shared
        put["variant_theirs"][:] = b > shared
        put["code_same"][:] = self.codes.compare(our_rows, their_rows)[0] > 0
        return made

    def _sizes(self, put: dict[str, Array], our_rows: Array, their_rows: Array) -> None:
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
    return [token for token in _measures(name, "шт") if token != "1шт"]


def _amounts(name: Name) -> list[str]:
    """Return the sizes of a good as bare numbers of мл or г; without any, a decimal or last number
    counts as litres or kilos."""
    found = [f"{value.value:f}" for token in name.measures if (value := measure(token)) and value.unit in {"мл", "г"}]
    last = name.text.rpartition(" ")[2]
    return found or [f"{float(token) * 1000:.0f}" for token in name.numbers if "." in token or token == last]


def _first(names: Sequence[Name]) -> Array:
    return np.array([float(next(iter(_amounts(name)), 0)) or 1.0 for name in names])


@lru_cache(maxsize=1)
def variants() -> frozenset[str]:
    """Return the stems of the words that tell apart the goods of one line: colours, tastes, scents."""
    stem = stemmer()
    lines = (Path(__file__).parent / "variants.txt").read_text("utf-8").splitlines()
    return frozenset(stem(word) for line in lines if not line.startswith("#") for word in line.split())
