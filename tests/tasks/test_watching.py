"""The rules of the watch as pure functions: what is late, dead, overdue, parked, unmatched; and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.hours import Timetable
from tasks.watching import (
    BEATS,
    KINDS,
    PENDING,
    TITLES,
    YOUNG,
    Limits,
    LinkFacts,
    Run,
    Scheduled,
    Waiting,
    alarms,
    is_dead,
)

if TYPE_CHECKING:
    from ledger.alerts import Alarm

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
HOURLY = Timetable(tuple(range(0, 1440, 60)), "UTC")
LIMITS = Limits()


def ago(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


def facts(**more: Any) -> LinkFacts:
    return LinkFacts("probe", NOW, **more)


def kinds(found: list[Alarm]) -> list[tuple[str, str]]:
    return [(each.kind, each.key) for each in found]


def late(succeeded: datetime | None, piloted: datetime | None, table: Timetable = HOURLY) -> list[tuple[str, str]]:
    return kinds(alarms(facts(piloted=piloted, scheduled=[Scheduled("stock", table, succeeded)]), LIMITS))


def test_nothing_wrong_is_no_alarm() -> None:
    assert alarms(facts(), LIMITS) == []


@pytest.mark.parametrize(
    ("succeeded", "expected"),
    [
        (ago(minutes=29), False),
        (ago(minutes=45), False),
        (ago(minutes=89), False),
        (ago(minutes=91), True),
        (ago(days=3), True),
    ],
)
def test_an_exchange_is_late_after_two_starts_without_success(succeeded: datetime, expected: bool) -> None:
    """Starts at 11:00 and 12:00; it is 12:30."""
    assert bool(late(succeeded, ago(days=9))) is expected


def test_an_exchange_that_never_ran_is_late_two_starts_after_the_pilot_began() -> None:
    assert late(None, ago(minutes=31)) == []
    assert late(None, ago(minutes=91)) == [("late", "stock")]


def test_a_success_before_the_pilot_does_not_make_it_late_at_once() -> None:
    assert late(ago(days=30), ago(minutes=10)) == []


def test_nothing_is_late_without_a_pilot() -> None:
    assert late(ago(days=30), None) == []


def test_a_start_has_a_few_minutes_before_it_counts() -> None:
    just = Timetable((11 * 60 + 28, 12 * 60 + 28), "UTC")
    assert late(ago(minutes=120), ago(days=1), just) == []


def test_the_quiet_night_makes_nobody_late() -> None:
    """Starts from 9 to 18 only: at 08:50 the last success of the evening before is in time."""
    day = Timetable(tuple(range(9 * 60, 19 * 60, 60)), "UTC")
    morning = replace(
        facts(piloted=ago(days=9), scheduled=[Scheduled("stock", day, datetime(2026, 11, 23, 18, 1, tzinfo=UTC))]),
        now=datetime(2026, 11, 24, 8, 50, tzinfo=UTC),
    )
    assert alarms(morning, LIMITS) == []
    assert kinds(alarms(replace(morning, now=datetime(2026, 11, 24, 10, 10, tzinfo=UTC)), LIMITS)) == [
        ("late", "stock")
    ]


# -- dead runs ---------------------------------------------------------------------------------------------------------


def running(**more: Any) -> Run:
    return Run("r", "probe", "stock", more.pop("kind", "RUNNING"), more.pop("since", ago(hours=1)), **more)


@pytest.mark.parametrize(
    ("run", "dead"),
    [
        (running(holder="dead"), True),
        (running(holder="silent", beat=ago(seconds=5)), True),
        (running(holder="alive", beat=ago(hours=1)), False),
        (running(beat=ago(minutes=1)), False),
        (running(beat=NOW - BEATS - timedelta(seconds=1)), True),
        (running(), True),
        (running(since=NOW - YOUNG + timedelta(seconds=1), holder="dead"), False),
        (running(since=ago(minutes=5)), False),
        (running(kind="PENDING", since=NOW - PENDING - timedelta(seconds=1)), True),
        (running(kind="PENDING", since=ago(minutes=3)), False),
        (running(kind="PENDING", since=ago(minutes=3), holder="dead"), False),
    ],
)
def test_a_run_is_dead_when_it_surely_is(run: Run, dead: bool) -> None:
    assert is_dead(run, NOW) is dead


def test_a_dead_run_is_an_alarm_until_its_exchange_succeeds() -> None:
    found = alarms(facts(reaped=[running()]), LIMITS)
    assert kinds(found) == [("dead_run", "stock")]
    assert found[0].facts == {"run": "r"}
    held = facts(still_dead={"stock": ("r", ago(minutes=20))})
    assert kinds(alarms(held, LIMITS)) == [("dead_run", "stock")]
    assert kinds(alarms(replace(held, succeeded={"stock": ago(minutes=30)}), LIMITS)) == [("dead_run", "stock")]
    assert alarms(replace(held, succeeded={"stock": ago(minutes=10)}), LIMITS) == []


# -- what waits --------------------------------------------------------------------------------------------------------


def test_parcels_and_confirmations_that_wait_are_an_alarm_each() -> None:
    found = alarms(
        facts(
            unanswered=[Waiting(7, "stock", ago(hours=2)), Waiting(9, "shipments", ago(hours=3))],
            overdue=[Waiting(5, "outlets", ago(days=1))],
        ),
        LIMITS,
    )
    assert kinds(found) == [("unanswered", "7"), ("unanswered", "9"), ("overdue", "5")]
    assert "mi1c ledger show 7" in found[0].todo
    assert "Посылка 9 обмена shipments" in found[1].said


def test_parked_orders_are_one_alarm_once_the_oldest_is_too_old() -> None:
    young = facts(parked=3, oldest_parked=ago(hours=23))
    assert alarms(young, LIMITS) == []
    (alarm,) = alarms(replace(young, oldest_parked=ago(hours=25)), LIMITS)
    assert (alarm.kind, alarm.key, alarm.facts) == ("parked", "", {"parked": 3})
    assert alarms(replace(young, oldest_parked=ago(hours=25)), Limits(parked=timedelta(hours=48))) == []


def test_a_share_below_the_threshold_is_an_alarm_in_the_pilot_only() -> None:
    low = facts(value_share=94.99, piloted=ago(days=1))
    assert kinds(alarms(low, LIMITS)) == [("unmatched", "")]
    assert alarms(replace(low, piloted=None), LIMITS) == []
    assert alarms(replace(low, value_share=95.0), LIMITS) == []
    assert alarms(replace(low, value_share=None), LIMITS) == []


MOMENTS = st.integers(0, 10_000).map(lambda minutes: NOW - timedelta(minutes=minutes))
WAITING = st.lists(
    st.builds(Waiting, st.integers(1, 9), st.just("stock"), MOMENTS), max_size=4, unique_by=lambda each: each.parcel
)


@given(
    found=st.builds(
        LinkFacts,
        link=st.just("probe"),
        now=st.just(NOW),
        piloted=st.none() | MOMENTS,
        scheduled=st.lists(
            st.builds(Scheduled, st.sampled_from(["stock", "orders"]), st.just(HOURLY), st.none() | MOMENTS),
            max_size=2,
            unique_by=lambda each: each.exchange,
        ),
        reaped=st.lists(st.just(running()), max_size=2),
        unanswered=WAITING,
        overdue=WAITING,
        parked=st.integers(0, 5),
        oldest_parked=st.none() | MOMENTS,
        value_share=st.none() | st.floats(0, 100),
    )
)
def test_an_alarm_is_named_once_and_says_what_to_do(found: LinkFacts) -> None:
    raised = alarms(found, LIMITS)
    assert len({(each.kind, each.key) for each in raised}) == len(raised)
    assert all(each.kind in KINDS and each.kind in TITLES and each.said and each.todo for each in raised)
    assert all("probe" in each.said for each in raised)
