"""When scheduled runs start: an interval, within working hours, outside the quiet window of 1C; pure rules.

A day is 1440 minutes of the link's wall clock. Starts within a day are *slots*: every ``interval`` minutes counted from
the exchange's own first minute, so that the exchanges of a link do not all knock at 1C at once. Slots are the same
every day: at midnight the count begins anew, and an operator can say when the next run comes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from foundation.settings import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foundation.settings import LinkSettings


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the day, in minutes since midnight: from ``begin`` until before ``end``; it may go over midnight."""

    begin: int
    end: int

    def __contains__(self, minute: int) -> bool:
        """Whether a minute of the day lies in it."""
        if self.begin <= self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end


def window(text: str) -> Window | None:
    """Return the window that a setting describes (``08:00-20:00``), or None where it is empty."""
    if not text:
        return None
    begin, _, end = text.partition("-")
    return Window(_minute(begin), _minute(end))


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


@dataclass(frozen=True, slots=True)
class Timetable:
    """When one exchange of a link starts: ``slots`` are the minutes of the day, every ``days`` days."""

    slots: tuple[int, ...]
    zone: str
    days: int = 1

    @property
    def first(self) -> time:
        """The first start of a day."""
        return time(self.slots[0] // 60, self.slots[0] % 60)

    def passed(self, since: datetime, until: datetime) -> int:
        """Return how many starts lie after ``since`` and not after ``until`` (both with a zone); 2 means "2 or more".

        A timetable of several days counts its days from ``since``: the first start is due when they are over.
        """
        if self.days > 1:
            return min(2, max(0, int((until - since) / timedelta(days=self.days))))
        zone = ZoneInfo(self.zone)
        begin, end = since.astimezone(zone).replace(tzinfo=None), until.astimezone(zone).replace(tzinfo=None)
        if end - begin > timedelta(days=3):
            return 2
        found, day = 0, begin.date()
        while day <= end.date() and found < 2:  # noqa: PLR2004 - two is all that anybody asks for
            midnight = datetime.combine(day, time())
            found += sum(begin < midnight + timedelta(minutes=slot) <= end for slot in self.slots)
            day += timedelta(days=1)
        return min(found, 2)


def has_hours(settings: LinkSettings, exchange: str) -> bool:
    """Whether an exchange may not start at any time of the day."""
    return bool(settings.quiet_window or settings.exchange_hours.get(exchange, settings.working_hours))


def timetable(settings: LinkSettings, exchange: str, minutes: int, first: int) -> Timetable:
    """Return when an exchange starts; ``first`` is the minute of the day that its count begins at.

    There is always a slot: where none falls into the hours, the run comes in the first minute that is allowed (the
    quiet window wins over working hours; where both leave nothing, it starts once a day, at the window's end).
    """
    working = window(settings.exchange_hours.get(exchange, settings.working_hours))
    quiet = window(settings.quiet_window)
    allowed = [
        each for each in range(DAY) if (working is None or each in working) and (quiet is None or each not in quiet)
    ]
    step = min(minutes, DAY)
    fit = set(range(first % step, DAY, step))
    slots = tuple(each for each in allowed if each in fit)
    if not slots:
        slots = (_fallback(allowed, first, quiet),)
    return Timetable(slots, settings.time_zone, max(1, minutes // DAY))


def _fallback(allowed: Sequence[int], first: int, quiet: Window | None) -> int:
    """Return the one start of a day whose regular starts are all forbidden; the exchanges keep their distance."""
    if not allowed:
        return quiet.end % DAY if quiet else first
    later = allowed[0] + first % 60
    return later if later in allowed else allowed[0]


def crons(slots: Sequence[int]) -> list[str]:
    """Return cron lines that fire at exactly these minutes of the day: one a set of minutes that hours share."""
    minutes_of: dict[int, list[int]] = defaultdict(list)
    for slot in sorted(slots):
        minutes_of[slot // 60].append(slot % 60)
    hours_of: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for hour, minutes in minutes_of.items():
        hours_of[tuple(minutes)].append(hour)
    return [f"{_joined(minutes)} {_joined(hours)} * * *" for minutes, hours in hours_of.items()]


def _joined(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


def in_quiet_window(settings: LinkSettings, now: datetime) -> bool:
    """Whether 1C wants to be left alone at this moment (with a zone)."""
    quiet = window(settings.quiet_window)
    local = now.astimezone(ZoneInfo(settings.time_zone))
    return quiet is not None and local.hour * 60 + local.minute in quiet
