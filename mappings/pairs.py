"""Pairs ours ↔ theirs as values: one to be confirmed, and a line of the history of one that was."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING, Final, Literal

from foundation.errors import Impossible

if TYPE_CHECKING:
    from datetime import datetime

PairKind = Literal["good", "unit", "warehouse", "counterparty", "outlet"]
Source = Literal["barcode", "code", "inn", "address", "import", "person"]


LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair to be confirmed; ``scope`` is the good of ours that a unit's pair holds for ("" = any good).

    Raises Impossible when the factor is not above zero or does not fit 64 bits.
    """

    kind: PairKind
    our_id: str
    their_id: str
    scope: str = ""
    numerator: int = 1
    denominator: int = 1
    source: Source = "person"
    note: str = ""

    def __post_init__(self) -> None:
        if self.numerator <= 0 or self.denominator <= 0:
            raise _impossible(self, "коэффициент должен быть больше нуля", "a factor is above zero")
        common = gcd(self.numerator, self.denominator)
        object.__setattr__(self, "numerator", self.numerator // common)
        object.__setattr__(self, "denominator", self.denominator // common)
        if max(self.numerator, self.denominator) > LARGEST:
            raise _impossible(self, "коэффициент слишком длинный", "the factor is too long")

    @property
    def key(self) -> tuple[str, str]:
        """What is paired: one pair at a time is active for it."""
        return self.our_id, self.scope

    @property
    def target(self) -> tuple[str, int, int]:
        """What it is paired with."""
        return self.their_id, self.numerator, self.denominator


@dataclass(frozen=True, slots=True)
class Correspondence:
    """One line of a pair's history; it is in force while ``ended_at`` is None."""

    id: int
    kind: PairKind
    our_id: str
    scope: str
    their_id: str
    numerator: int
    denominator: int
    source: Source
    author: str
    note: str
    made_at: datetime
    ended_at: datetime | None
    ended_by: str
    end_reason: str
    replaces: int | None
    reopened_at: datetime | None
    reopened_reason: str

    @property
    def key(self) -> tuple[str, str]:
        """What is paired."""
        return self.our_id, self.scope

    def again(self, note: str) -> Pair:
        """Return the pair to be confirmed once more."""
        factor = self.numerator, self.denominator
        return Pair(self.kind, self.our_id, self.their_id, self.scope, *factor, source=self.source, note=note)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What confirming did, in pairs: made anew, put in the place of another, found there already."""

    made: int = 0
    replaced: int = 0
    same: int = 0


def _impossible(pair: Pair, said: str, en: str) -> Impossible:
    factor = f"{pair.numerator}/{pair.denominator}"[:60]
    return Impossible(
        f"Соответствие {pair.our_id} → {pair.their_id}: {said} ({factor}).",
        en=f"Correspondence {pair.our_id} → {pair.their_id}: {en} ({factor}).",
        todo="Исправьте коэффициент.",
        todo_en="Correct the factor.",
        our_id=pair.our_id,
        their_id=pair.their_id,
    )
