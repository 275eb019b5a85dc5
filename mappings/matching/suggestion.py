"""What the engine says about one thing of ours: candidates with probabilities and reasons, and one state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from fractions import Fraction

    from mappings.matching.reasons import Reason

State = Literal["green", "check", "none", "conflict"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of theirs; ``key`` names the exact key that proves it ("" = found by likeness)."""

    their_id: str
    name: str
    probability: float
    score: float
    reasons: tuple[Reason, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is said about ``our_id``: the best candidate first.

    ``green``: may be confirmed in bulk; ``check``: a person decides; ``none``: most likely they do not have it;
    ``conflict``: ``note`` says with what. ``factor``: how many of their units one of ours is, where that is proposed.
    """

    our_id: str
    name: str
    state: State
    candidates: tuple[Candidate, ...] = ()
    note: str = ""
    factor: Fraction | None = None
    factor_note: str = ""

    @property
    def best(self) -> Candidate | None:
        """The best candidate."""
        return self.candidates[0] if self.candidates else None
