"""Our words in the spelling of their catalog: typing errors, another alphabet, words cut short.

Просепт → prosept, fungy → fungi, строительст → строительств. Only words that their side does not have at all are
touched, and only where one of theirs is plainly meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mappings.matching.needs import need
from mappings.matching.sounds import sound
from mappings.matching.vectors import letters, rarity, scaled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHORT: Final = 3
"""Words of fewer letters are never taken for others."""

CUT: Final = 4
"""A word of at least so many letters may be the beginning of a longer one."""

GLUED: Final = 9
"""A word of at least so many letters may be two."""

ALIKE: Final = 0.84
NEIGHBOURS: Final = 6


def respellings(ours: Iterable[str], theirs: Iterable[str]) -> dict[str, str]:
    """Return our word → theirs (or two of theirs) for the words that differ in spelling only.

    ``theirs`` come with the usual ones first.
    """
    known = list(dict.fromkeys(theirs))
    there = set(known)
    unknown = [word for word in dict.fromkeys(ours) if word not in there and len(word) >= SHORT]
    heard: dict[str, str] = {}
    for word in known:
        heard.setdefault(sound(word), word)
    made = {word: heard[key] for word in unknown if (key := sound(word)) in heard and len(key) >= SHORT}
    rest = [word for word in unknown if word not in made]
    if not rest or not known:
        return made
    made |= _near(rest, known)
    return made | _glued([word for word in rest if word not in made and len(word) >= GLUED], known)


def _glued(ours: Sequence[str], theirs: Sequence[str]) -> dict[str, str]:
    """Return words that are one of theirs and a misspelt one written together: ecouniverasal → eco universal."""
    there = set(theirs)
    cuts = [(word, cut) for word in ours for cut in range(SHORT, len(word) - CUT) if word[:cut] in there]
    tails = {word[cut:] for word, cut in cuts}
    known = {tail: tail for tail in tails & there} | _near(sorted(tails - there), theirs)
    return {word: f"{word[:cut]} {known[word[cut:]]}" for word, cut in cuts if word[cut:] in known}


def _near(ours: Sequence[str], theirs: Sequence[str]) -> dict[str, str]:
    if not ours:
        return {}
    our_sounds, their_sounds = [sound(word) for word in ours], [sound(word) for word in theirs]
    a, b = letters(our_sounds, (2, 3)), letters(their_sounds, (2, 3))
    weight = rarity(a, b)
    found = need("sparse_dot_topn").sp_matmul_topn(
        scaled(a, weight), scaled(b, weight).T.tocsr(), top_n=NEIGHBOURS, sort=True, n_threads=1
    )
    made = {}
    for row, word in enumerate(our_sounds):
        near = [theirs[place] for place in found.indices[found.indptr[row] : found.indptr[row + 1]]]
        best = max(near, key=lambda other: _likeness(word, sound(other)), default="")
        if best and _likeness(word, sound(best)) >= ALIKE:
            made[ours[row]] = best
    return made


def _likeness(ours: str, theirs: str) -> float:
    """Return how surely two words by their sound are one, 0…1; the first letters must be the same."""
    if ours[:1] != theirs[:1]:
        return 0.0
    if len(ours) >= CUT and theirs.startswith(ours):
        return 0.9 + 0.1 * len(ours) / len(theirs)
    if min(len(ours), len(theirs)) <= CUT:
        return 0.0
    likeness: float = need("rapidfuzz.distance").Indel.normalized_similarity(ours, theirs)
    return likeness
