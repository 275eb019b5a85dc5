"""Why a candidate was proposed, in words that are checked in a second: размер ✓ 500 мл, процент ✗ 3,2 и 2,5 %."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from mappings.matching.agreement import FEATURES, variants
from mappings.matching.names import stemmer
from mappings.matching.quantities import measure, number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mappings.matching.names import Name
    from mappings.matching.vectors import Array

SORTS: Final[tuple[tuple[str, str, Callable[[Name], list[str]]], ...]] = (
    ("size", "размер", lambda name: _measures(name, "мл", "г")),
    ("pack", "в упаковке", lambda name: [token[:-2] + "шт" for token in _measures(name, "шт", "уп")]),
    ("percent", "процент", lambda name: _measures(name, "%")),
    ("other", "мера", lambda name: _measures(name, "мм", "мб", "вт")),
    ("number", "числа", lambda name: list(name.numbers)),
    ("variant", "вид", lambda name: [word for word in name.text.split() if stemmer()(word) in variants()]),
)
"""Figures ``…_same`` and ``…_other``, how they are called, and where the values stand."""

WORDS_AGREE, WORDS_DIFFER = 0.8, 0.4
PLACE: Final = {name: place for place, name in enumerate(FEATURES)}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for a pair (``agrees``), against it (False), or leaves it open (None)."""

    name: str
    agrees: bool | None
    detail: str = ""

    def __str__(self) -> str:
        mark = {True: "✓", False: "✗", None: "?"}[self.agrees]
        return f"{self.name} {mark} {self.detail}".strip()


reason = lru_cache(maxsize=1 << 16)(Reason)
"""Makes a reason; a hundred thousand goods have the same few reasons, so each is kept once."""


def reasons(figures: Array, ours: Name, theirs: Sequence[Name]) -> tuple[Reason, ...]:
    """Return the reasons of a pair of goods from its figures and from what the two names say."""
    made = []
    if figures[PLACE["code_same"]]:
        made.append(reason("артикул в наименовании", agrees=True, detail=_common(ours.codes, theirs)))
    for sort, title, values in SORTS:
        a = values(ours)
        b = list(dict.fromkeys(value for name in theirs for value in values(name)))
        same = figures[PLACE[f"{sort}_same"]] > 0
        if same:
            shared = [value for value in a if _key(value) in set(map(_key, b))] or a or b
            made.append(reason(title, agrees=True, detail=_shown(shared)))
        elif a and b:
            made.append(reason(title, agrees=False, detail=f"{_shown(a)} и {_shown(b)}"))
        elif sort in {"size", "pack", "percent", "variant"} and (a or b):
            made.append(reason(title, agrees=None, detail=f"только у {'нас' if a else 'них'}: {_shown(a or b)}"))
    made += _words(figures, ours, theirs)
    return tuple(made)


def _words(figures: Array, ours: Name, theirs: Sequence[Name]) -> list[Reason]:
    made = []
    latin = [word for word in ours.latin if any(word in name.latin for name in theirs)]
    if latin:
        made.append(reason("марка", agrees=True, detail=" ".join(latin[:4])))
    elif ours.latin and any(name.latin for name in theirs):
        made.append(reason("марка", agrees=False, detail=" ".join(ours.latin[:4])))
    share = float(max(figures[PLACE["our_words"]], figures[PLACE["their_words"]]))
    agrees = True if share >= WORDS_AGREE else False if share < WORDS_DIFFER else None
    made.append(reason("слова", agrees=agrees, detail=f"{share:.0%}".replace("%", " %")))
    return made


def _common(codes: Sequence[str], theirs: Sequence[Name]) -> str:
    return ", ".join(code for code in codes if any(code in name.codes for name in theirs))


def _measures(name: Name, *units: str) -> list[str]:
    return [token for token in name.measures if (found := measure(token)) and found.unit in units]


def _key(value: str) -> str:
    """Return what two values are the same by: the stem of a word, a token as it is."""
    return stemmer()(value) if value.isalpha() else value


def _shown(values: Sequence[str]) -> str:
    """Return tokens as people write them: 500мл → 500 мл, 2700мл → 2,7 л, 4.5% → 4,5 %."""
    return ", ".join(map(_written, list(dict.fromkeys(values))[:3]))


def _written(value: str) -> str:
    found = measure(value)
    if found is None:
        return value.replace(".", ",")
    large = LARGE.get(found.unit) if found.value >= 1000 else None  # noqa: PLR2004 - a thousand of the small unit
    shown = f"{number(str(found.value / 1000 if large else found.value))} {large or found.unit}"
    return shown.replace(".", ",")


LARGE: Final = {"мл": "л", "г": "кг"}
