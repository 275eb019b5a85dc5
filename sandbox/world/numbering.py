"""Document numbers as 1C gives them: the firm's prefix, then a count that starts anew each year."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Numbering:
    """Counts documents by kind and year; ask it in the order of dates."""

    def __init__(self, prefix: str = "ПД00-") -> None:
        self._prefix = prefix
        self._last: Counter[tuple[str, int]] = Counter()

    def next(self, kind: str, date: datetime) -> str:
        """Return the next number of the kind in the year of the date: 11 characters."""
        self._last[kind, date.year] += 1
        return f"{self._prefix}{self._last[kind, date.year]:06d}"
