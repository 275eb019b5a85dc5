"""The engine's door, as in ``mappings.matching.suggesting``."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mappings.worklist import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.engine_double.records import Item


@dataclass(frozen=True, slots=True)
class Reason:
    name: str
    agrees: bool | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    their_id: str
    name: str
    probability: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    our_id: str
    state: str
    candidates: tuple[Candidate, ...] = ()
    note: str = ""
    factor: Fraction | None = None


def suggest(
    kind: str,
    ours: Sequence[Item],
    theirs: Sequence[Item],
    *,
    model: Any = None,
    confirmed: Mapping[str, str] | None = None,
    top: int = 5,
) -> list[Suggestion]:
    """Propose by the first word that both sides say; surer for what was confirmed before."""
    del kind, model
    by_word: dict[str, list[Item]] = {}
    for item in theirs:
        for word in words(item.names[0]):
            by_word.setdefault(word, []).append(item)
    return [_one(item, by_word, confirmed or {}, top) for item in ours]


def _one(item: Item, by_word: dict[str, list[Item]], confirmed: Mapping[str, str], top: int) -> Suggestion:
    found = next((by_word[word] for word in words(item.names[0]) if word in by_word), [])[:top]
    if not found:
        return Suggestion(item.id, "none")
    chance = 0.999 if item.names[0] in confirmed else 0.9
    said = (Reason("слова", agrees=True, detail="50 %"),)
    made = tuple(Candidate(each.id, each.names[0], chance / (place + 1), said) for place, each in enumerate(found))
    return Suggestion(item.id, "green" if chance > 0.95 else "check", made, factor=Fraction(1, 3))
