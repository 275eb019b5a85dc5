"""How good suggestions are against known pairs: recall, and how far green keeps its promise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mappings.matching.learning import wilson
from mappings.matching.records import Item

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mappings.matching.files import Gold
    from mappings.matching.suggestion import Suggestion


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures over the known pairs: rows with a pair, recall among the first 1 and 5, green ones.

    ``green_precision`` is of rows with a known pair and has its two-sided 95 % interval. A row without a code may have
    no pair, or nobody has looked yet: its green ones are told apart in ``green_without_pair``. ``lost``: known pairs of
    which was said that there is none.
    """

    rows: int
    without_pair: int
    recall_1: float
    recall_5: float
    green: int
    green_share: float
    green_right: int
    green_precision: float
    green_low: float
    green_high: float
    green_without_pair: int
    conflicts: int
    lost: int


def evaluated(suggestions: Sequence[Suggestion], answers: Mapping[str, str]) -> Evaluation:
    """Return the figures for suggestions whose answers are known: our id → their id, "" for no pair."""
    known = [(each, answers[each.our_id]) for each in suggestions if each.our_id in answers]
    paired = [(each, answer) for each, answer in known if answer]
    places = [_place(each, answer) for each, answer in paired]
    green = [(each, answer) for each, answer in paired if each.state == "green"]
    right = sum(_place(each, answer) == 0 for each, answer in green)
    low, high = wilson(right, len(green))
    return Evaluation(
        rows=len(paired),
        without_pair=len(known) - len(paired),
        recall_1=_share(sum(place == 0 for place in places), len(paired)),
        recall_5=_share(sum(0 <= place < 5 for place in places), len(paired)),  # noqa: PLR2004 - five are shown
        green=len(green),
        green_share=_share(len(green), len(paired)),
        green_right=right,
        green_precision=_share(right, len(green)),
        green_low=round(low, 4),
        green_high=round(high, 4),
        green_without_pair=sum(each.state == "green" and not answer for each, answer in known),
        conflicts=sum(each.state == "conflict" for each, _ in known),
        lost=sum(each.state == "none" for each, _ in paired),
    )


def items_of(gold: Iterable[Gold]) -> tuple[list[Item], list[Item]]:
    """Return both sides' items as the known pairs name them: their catalog is what was paired."""
    ours: dict[str, Item] = {}
    theirs: dict[str, Item] = {}
    for pair in gold:
        ours.setdefault(pair.ours, Item(pair.ours, (pair.our_name,)))
        if pair.theirs:
            theirs.setdefault(pair.theirs, Item(pair.theirs, (pair.their_name,)))
    return list(ours.values()), list(theirs.values())


def _place(each: Suggestion, answer: str) -> int:
    ids = [candidate.their_id for candidate in each.candidates]
    return ids.index(answer) if answer in ids else -1


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
