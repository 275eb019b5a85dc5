"""When scheduled runs start: every start is allowed, the order is the interval's, and there is always one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Faults
from foundation.settings import DAY, LinkSettings, link_settings
from tasks.hours import Timetable, Window, crons, has_hours, in_quiet_window, timetable, window

GOOD = {"onec_url": "https://server/ut", "onec_user": "Обмен", "crm_url": "https://m/x.asmx", "crm_user": "DS108"}

MINUTES = st.integers(0, DAY - 1)
WINDOWS = st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] != pair[1])


def settings(**more: object) -> LinkSettings:
    return link_settings(GOOD | more)


def text(pair: tuple[int, int]) -> str:
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in pair)


def expand(line: str) -> set[int]:
    """Return the minutes of the day that a cron line of ours fires at."""
    minutes, hours, *rest = line.split()
    assert rest == ["*", "*", "*"]
    return {int(hour) * 60 + int(minute) for hour in hours.split(",") for minute in minutes.split(",")}


def test_a_window_over_midnight_holds_both_sides_of_it() -> None:
    quiet = window("23:30-05:15")
    assert quiet == Window(1410, 315)
    assert [minute in quiet for minute in (1409, 1410, 0, 314, 315)] == [False, True, True, True, False]
    assert window("") is None
    assert 1439 in Window(0, 1440)


def test_slots_keep_out_of_the_quiet_window_and_within_working_hours() -> None:
    link = settings(working_hours="08:00-20:00", quiet_window="12:00-13:00")
    slots = timetable(link, "orders", 60, 6 * 60 + 40).slots
    assert [f"{slot // 60}:{slot % 60}" for slot in slots] == [
        *(f"{hour}:40" for hour in range(8, 12)),
        *(f"{hour}:40" for hour in range(13, 20)),
    ]


def test_an_exchange_has_hours_of_its_own() -> None:
    link = settings(working_hours="08:00-20:00", exchange_hours={"goods": "21:00-23:00", "stock": ""})
    assert timetable(link, "goods", 30, 0).slots == (1260, 1290, 1320, 1350)
    assert len(timetable(link, "stock", 60, 0).slots) == 24
    assert [has_hours(link, each) for each in ("goods", "stock", "orders")] == [True, False, True]
    assert has_hours(settings(quiet_window="01:00-02:00"), "stock")


def test_an_exchange_whose_start_is_forbidden_moves_to_the_first_allowed_minutes() -> None:
    """Two daily exchanges that both move keep their distance."""
    link = settings(working_hours="09:00-18:00")
    assert timetable(link, "goods", DAY, 360).slots == (540,)
    assert timetable(link, "catalogs", DAY, 380).slots == (560,)


def test_windows_that_leave_nothing_end_in_one_start_after_the_quiet_one() -> None:
    link = settings(working_hours="01:00-05:00", quiet_window="00:00-06:00")
    assert timetable(link, "stock", 60, 0).slots == (360,)


@given(interval=st.integers(1, DAY), first=MINUTES, working=st.none() | WINDOWS, quiet=st.none() | WINDOWS)
def test_every_slot_is_allowed_and_slots_stand_an_interval_apart(
    interval: int, first: int, working: tuple[int, int] | None, quiet: tuple[int, int] | None
) -> None:
    link = settings(working_hours=text(working) if working else "", quiet_window=text(quiet) if quiet else "")
    slots = timetable(link, "stock", interval, first).slots
    assert slots
    forbidden = Window(*quiet) if quiet else None
    allowed = Window(*working) if working else None
    assert all(forbidden is None or slot not in forbidden for slot in slots)
    if len(slots) > 1:
        assert all(allowed is None or slot in allowed for slot in slots)
        assert all((after - before) % interval == 0 for before, after in pairwise(slots))


@given(slots=st.sets(MINUTES, min_size=1))
def test_cron_lines_fire_at_exactly_the_slots(slots: set[int]) -> None:
    lines = crons(sorted(slots))
    assert len(lines) <= 24
    fired = [expand(line) for line in lines]
    assert set().union(*fired) == slots
    assert sum(map(len, fired)) == len(slots)


def test_an_hourly_exchange_is_one_cron_line() -> None:
    link = settings(quiet_window="02:00-05:00")
    assert crons(timetable(link, "stock", 60, 40).slots) == [
        "40 0,1,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23 * * *"
    ]


def test_starts_that_passed_are_counted_to_two() -> None:
    table = Timetable((600, 660, 720), "Europe/Moscow")
    moscow = ZoneInfo("Europe/Moscow")
    since = datetime(2026, 11, 24, 10, 0, 30, tzinfo=moscow)

    def passed(**later: float) -> int:
        return table.passed(since, since + timedelta(**later))

    assert [passed(minutes=59), passed(minutes=60), passed(hours=2), passed(hours=3)] == [0, 1, 2, 2]
    assert table.passed(since.astimezone(UTC), datetime(2026, 11, 24, 12, 30, tzinfo=moscow)) == 2
    night = datetime(2026, 11, 24, 12, 5, tzinfo=moscow)
    assert table.passed(night, night + timedelta(hours=20)) == 0
    assert table.passed(night, night + timedelta(hours=22)) == 1
    assert table.passed(night, night + timedelta(days=30)) == 2


def test_a_timetable_of_days_counts_days() -> None:
    table = timetable(settings(), "goods", 3 * DAY, 360)
    since = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
    assert (table.days, table.slots, table.first.hour) == (3, (360,), 6)
    assert [table.passed(since, since + timedelta(days=days)) for days in (2, 3, 5, 6, 60)] == [0, 1, 1, 2, 2]


def test_the_quiet_window_is_told_by_the_clock_of_the_base() -> None:
    link = settings(quiet_window="01:30-05:00", time_zone="Asia/Yekaterinburg")
    assert in_quiet_window(link, datetime(2026, 11, 24, 20, 30, tzinfo=UTC))
    assert not in_quiet_window(link, datetime(2026, 11, 24, 20, 29, tzinfo=UTC))
    assert not in_quiet_window(settings(), datetime(2026, 11, 24, 0, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("working_hours", "8-20"),
        ("working_hours", "25:00-26:00"),
        ("quiet_window", "03:00-03:00"),
        ("exchange_hours", {"stock": "полдень"}),
        ("intervals", {"goods": 2000}),
        ("intervals", {"goods": 0}),
    ],
)
def test_hours_and_intervals_that_cannot_be_are_told(field: str, value: object) -> None:
    with pytest.raises(Faults) as raised:
        settings(**{field: value})
    (fault,) = raised.value.faults
    assert fault.path.split(".")[0] == field


def test_hours_are_taken_as_people_write_them() -> None:
    assert settings(working_hours=" 08:00 – 20:00 ").working_hours == "08:00-20:00"
    assert settings(intervals={"goods": 2880}).intervals == {"goods": 2880}
