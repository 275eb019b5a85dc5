"""Periods of totals: months as a rule; a base may be set to days, parts of a month, quarters, years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

_MONTHS: Final = {"Q": 3, "Y": 12}
_PARTS: Final = ((1,), (1, 16), (1, 11, 21), (1, 6, 11, 16, 21, 26))
"""On which days of a month periods begin, from whole months to fives of days."""

_DECEMBER: Final = 12
_MOST: Final = 40_000
"""Periods that are counted one by one: a century of days."""


@dataclass(frozen=True, slots=True)
class Step:
    """How long periods are: ``months``, or the ``days`` of a month that they begin on (none: every day)."""

    months: int = 1
    days: tuple[int, ...] = (1,)

    def next(self, first: date) -> date:
        """Return the first day of the period after the one that begins on ``first``."""
        if self.days == (1,):
            return _months_on(first, self.months)
        later = [day for day in self.days if day > first.day]
        if later:
            return first.replace(day=later[0])
        return _months_on(first.replace(day=1), 1) if self.days else first + timedelta(days=1)

    def all(self, first: date, last: date) -> list[date]:
        """Return the first days of all periods from one to another."""
        found = [first]
        while found[-1] < last and len(found) < _MOST:
            found.append(self.next(found[-1]))
        return found


def step_of(setting: str, starts: Collection[date]) -> Step:
    """Return how long periods are: by 1SSYSTEM's SNAPSHPER where it says quarters or years, else as they lie."""
    if setting in _MONTHS:
        return Step(_MONTHS[setting])
    used = {start.day for start in starts}
    return Step(days=next((days for days in _PARTS if used <= {*days}), ()))


def _months_on(day: date, months: int) -> date:
    place = day.month - 1 + months
    return date(day.year + place // _DECEMBER, place % _DECEMBER + 1, 1)
