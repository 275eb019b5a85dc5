"""Goods as the spellings that they can be met under, ready to be compared.

Their goods come with a name, a full name, a name of 1C: each is a spelling, and all together are one more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mappings.matching.names import Name, compact
from mappings.matching.respelling import respellings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mappings.matching.names import Normaliser
    from mappings.matching.records import Item
    from mappings.matching.vectors import Array


@dataclass(frozen=True, slots=True)
class Views:
    """Spellings of goods in the order of the goods: good ``k`` has ``names[starts[k]:starts[k + 1]]``."""

    names: tuple[Name, ...]
    starts: Array

    def of(self, good: int) -> tuple[Name, ...]:
        """Return the spellings of a good."""
        return self.names[self.starts[good] : self.starts[good + 1]]


def prepared(ours: Sequence[Item], theirs: Sequence[Item], normaliser: Normaliser) -> tuple[Views, Views]:
    """Return both sides' spellings; ours are brought to the spelling of their words."""
    normaliser.learn(*((name for item in side for name in item.names) for side in (ours, theirs)))
    there = _views(theirs, normaliser)
    here = [_spellings(item, normaliser) for item in ours]
    if normaliser.steps.vocabulary:
        usual = Counter(word for name in there.names for word in name.words).most_common()
        known = respellings(
            (word for names in here for name in names for word in name.words), [word for word, _ in usual]
        )
        here = [[_respelt(name, known) for name in names] for names in here]
    return _laid(here), there


def _spellings(item: Item, normaliser: Normaliser) -> list[Name]:
    found = {name.text: name for name in map(normaliser.name, item.names) if name.text}
    codes = tuple(dict.fromkeys(filter(None, map(compact, item.codes))))
    names = list(found.values()) or [Name("")]
    return [replace(name, codes=(*name.codes, *codes)) for name in names]


def _views(items: Sequence[Item], normaliser: Normaliser) -> Views:
    own = [_spellings(item, normaliser) for item in items]
    return _laid([[*names, _together(names)] if len(names) > 1 else names for names in own])


def _together(names: Iterable[Name]) -> Name:
    """Return all spellings of a good as one: what either of them says, it says."""
    parts = list(names)

    def joined(field: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(token for name in parts for token in getattr(name, field)))

    text = " ".join(dict.fromkeys(token for name in parts for token in name.text.split()))
    return Name(text, *map(joined, ("words", "latin", "measures", "numbers", "codes")))


def _respelt(name: Name, known: dict[str, str]) -> Name:
    if not any(word in known for word in name.words):
        return name
    words = tuple(dict.fromkeys(each for word in name.words for each in known.get(word, word).split()))
    text = " ".join(known.get(token, token) for token in name.text.split())
    return replace(name, text=text, words=words, latin=tuple(word for word in words if word.isascii()))


def _laid(names: Sequence[Sequence[Name]]) -> Views:
    starts = np.cumsum([0, *map(len, names)])
    return Views(tuple(name for each in names for name in each), starts)
