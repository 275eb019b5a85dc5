"""What every translation gives back: frames for the message, and where each row that was read ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

SET_ASIDE_COLUMNS: Final = ("kind", "our_id", "name", "reason", "said", "quantity", "value")
"""Columns of ``Translation.set_aside``: quantity and value in millionths, ``said`` in Russian."""


@dataclass(slots=True)
class Counts:
    """Where every row that was read ended; they add up, or :meth:`check` refuses."""

    read: int = 0
    sent: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    unmatched: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    lines: int = 0
    added: int = 0

    def check(self) -> None:
        """Raise ArithmeticError when a row has been lost or counted twice (data rule 5)."""
        ended = sum(map(sum, (self.left_out.values(), self.unmatched.values(), self.refused.values()))) + self.sent
        if ended != self.read:
            raise ArithmeticError(f"{self.read} rows were read and {ended} accounted for")

    def as_json(self) -> dict[str, object]:
        """Return them for the ledger."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Translation:
    """``tables``: dataset name → frame; ``totals``: control totals as decimal strings; ``set_aside``: see above."""

    tables: dict[str, pd.DataFrame]
    counts: Counts
    totals: dict[str, str]
    set_aside: pd.DataFrame
