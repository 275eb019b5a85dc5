"""Alerts: one alert and one all-clear a fact, whatever happens between; every channel hears each once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.alerts import Alarm, Alert, due, note_told, open_alerts, reconcile, untold
from ledger.links import link_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foundation.database import Database

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KINDS = ("late", "parked")
LATE = Alarm("late", "stock", "Обмен stock запаздывает.", "Посмотрите.", {"hours": 2})
PARKED = Alarm("parked", "", "Отложено заказов: 3.", "Сопоставьте.")


class Watch:
    """One watch after the other over one link, a minute apart; ``heard`` is what each channel told."""

    def __init__(self, database: Database, *channels: str, link: str = "probe") -> None:
        self.database, self.channels, self.minutes = database, channels, 0
        self.heard: dict[str, list[str]] = {each: [] for each in channels}
        self.ids: dict[str, list[int]] = {each: [] for each in channels}
        with database.begin() as session:
            self.link = link_id(session, link)

    def look(self, *alarms: Alarm, deaf: Sequence[str] = (), kinds: Sequence[str] = KINDS) -> tuple[int, int]:
        """Judge once and tell; ``deaf`` channels fail."""
        self.minutes += 1
        at = AT + timedelta(minutes=self.minutes)
        with self.database.begin() as session:
            changed = reconcile(session, self.link, alarms, at, kinds=kinds)
        with self.database.begin() as session:
            raised, cleared = untold(session, self.link)
            for channel in self.channels:
                mine = [each for each in (*raised, *cleared) if due(each, channel)]
                if mine and channel not in deaf:
                    self.heard[channel] += [f"{'-' if each.cleared_at else '+'}{each.kind}" for each in mine]
                    self.ids[channel] += [-each.id if each.cleared_at else each.id for each in mine]
                    note_told(session, mine, channel, at, channels=self.channels)
            note_told(session, [*raised, *cleared], "", at, channels=self.channels)
        return changed

    def open(self) -> list[Alert]:
        with self.database.session() as session:
            return open_alerts(session, self.link)


def test_a_fact_that_holds_is_told_once_and_its_end_once(database: Database) -> None:
    watch = Watch(database, "mail")
    assert watch.look(LATE) == (1, 0)
    assert watch.look(LATE) == (0, 0)
    assert watch.look() == (0, 1)
    assert watch.look() == (0, 0)
    assert watch.heard == {"mail": ["+late", "-late"]}
    assert watch.open() == []


def test_words_are_renewed_while_the_fact_holds(database: Database) -> None:
    watch = Watch(database, "mail")
    watch.look(LATE)
    watch.look(Alarm("late", "stock", "Уже пять часов.", "Посмотрите.", {"hours": 5}))
    (alert,) = watch.open()
    assert (alert.said, alert.facts["hours"], alert.raised_at) == ("Уже пять часов.", 5, AT + timedelta(minutes=1))
    assert watch.heard == {"mail": ["+late"]}


def test_a_fact_that_comes_again_is_a_new_alert(database: Database) -> None:
    watch = Watch(database, "mail")
    for alarms in ([LATE], [], [LATE], []):
        watch.look(*alarms)
    assert watch.heard == {"mail": ["+late", "-late", "+late", "-late"]}


def test_a_channel_that_fails_is_asked_again_and_the_others_are_left_in_peace(database: Database) -> None:
    watch = Watch(database, "mail", "webhook")
    for _ in range(3):
        watch.look(LATE, deaf=["mail"])
    assert watch.heard == {"mail": [], "webhook": ["+late"]}
    watch.look(LATE)
    watch.look(LATE)
    assert watch.heard == {"mail": ["+late"], "webhook": ["+late"]}
    watch.look(deaf=["webhook"])
    watch.look()
    assert watch.heard == {"mail": ["+late", "-late"], "webhook": ["+late", "-late"]}


def test_what_is_over_before_anybody_heard_of_it_ends_in_silence(database: Database) -> None:
    watch = Watch(database, "mail")
    watch.look(LATE, deaf=["mail"])
    watch.look()
    watch.look()
    assert watch.heard == {"mail": []}


def test_a_channel_that_never_told_an_alert_does_not_tell_its_end(database: Database) -> None:
    watch = Watch(database, "mail", "webhook")
    watch.look(LATE, deaf=["mail"])
    watch.look()
    assert watch.heard == {"mail": [], "webhook": ["+late", "-late"]}


def test_a_channel_that_is_set_up_no_more_holds_nothing_up(database: Database) -> None:
    watch = Watch(database, "mail", "webhook")
    watch.look(LATE, deaf=["mail"])
    watch.channels = ("webhook",)
    watch.look(LATE)
    with database.session() as session:
        assert untold(session, watch.link) == ([], [])
    watch.look()
    with database.session() as session:
        assert untold(session, watch.link) == ([], [])


def test_without_channels_alerts_are_kept_and_nothing_is_due(database: Database) -> None:
    watch = Watch(database)
    watch.look(LATE)
    (alert,) = watch.open()
    assert alert.told_at is not None
    watch.look()
    with database.session() as session:
        assert untold(session, watch.link) == ([], [])


def test_only_what_could_be_judged_is_cleared(database: Database) -> None:
    watch = Watch(database, "mail")
    watch.look(LATE, PARKED)
    assert watch.look(kinds=["parked"]) == (0, 1)
    assert [alert.kind for alert in watch.open()] == ["late"]


def test_links_do_not_see_each_others_alerts(database: Database) -> None:
    one, two = Watch(database, "mail"), Watch(database, "mail", link="other")
    one.look(LATE)
    two.look()
    assert (one.heard, two.heard) == ({"mail": ["+late"]}, {"mail": []})
    with database.session() as session:
        assert [(alert.link, alert.kind) for alert in open_alerts(session)] == [("probe", "late")]


STEPS = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_channel_ever_hears_a_thing_twice(database: Database, steps: list[tuple[bool, bool]]) -> None:
    """Whatever holds and whoever fails: each alert once, its end once and only after it."""
    watch = Watch(database, "mail", "webhook")
    watch.look()
    watch.look()
    watch.ids = {"mail": [], "webhook": []}
    for holds, mail_fails in steps:
        watch.look(*([LATE] if holds else []), deaf=["mail"] if mail_fails else [])
    for heard in watch.ids.values():
        assert len(set(heard)) == len(heard)
        assert all((abs(each) in heard[: heard.index(each)]) for each in heard if each < 0)
    raised = {each for each in watch.ids["webhook"] if each > 0}
    assert {abs(each) for each in watch.ids["mail"]} <= raised
