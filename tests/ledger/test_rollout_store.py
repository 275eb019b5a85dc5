"""Gates and pilots in the database, on both kinds of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from foundation.errors import NotFound, Occupied
from ledger.links import link_id
from ledger.rollout import (
    STORY,
    GateRecord,
    GateState,
    gates,
    pilots,
    running_pilot,
    start_pilot,
    stop_pilot,
    store_gate,
)

if TYPE_CHECKING:
    from foundation.database import Database

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WAITS = GateRecord("stock", GateState.WAITS, "Ждём.", "Спросите.", {"parcel": 12, "share": "97.5"})


def put(database: Database, record: GateRecord, minutes: int = 0, note: str = "") -> GateRecord:
    with database.begin() as session:
        link = link_id(session, "probe")
        return store_gate(session, link, record, AT + timedelta(minutes=minutes), note=note)


def test_a_gate_comes_back_as_it_was_stored(database: Database) -> None:
    stored = put(database, WAITS)
    assert (stored.said, stored.todo, stored.evidence, stored.updated_at) == ("Ждём.", "Спросите.", WAITS.evidence, AT)
    assert stored.passed_at is None
    with database.session() as session:
        assert gates(session, link_id(session, "probe")) == {"stock": stored}


def test_a_gate_of_another_link_is_another_gate(database: Database) -> None:
    put(database, WAITS)
    with database.begin() as session:
        assert gates(session, link_id(session, "other")) == {}


def test_the_story_tells_every_change_of_state_once(database: Database) -> None:
    put(database, WAITS)
    put(database, WAITS, 1)
    put(database, replace(WAITS, state=GateState.PASSED, said="Есть."), 2)
    put(database, replace(WAITS, state=GateState.PASSED, said="Есть."), 3)
    last = put(database, replace(WAITS, state=GateState.BROKEN, said="Было пройдено."), 4)
    assert [step["state"] for step in last.story] == ["waits", "passed", "broken"]
    assert last.story[1]["at"] == (AT + timedelta(minutes=2)).isoformat()
    assert "author" not in last.story[1]


def test_a_decision_of_a_person_is_in_the_story_each_time(database: Database) -> None:
    by_hand = replace(WAITS, state=GateState.PASSED, author="Петров")
    put(database, by_hand, note="звонок")
    last = put(database, by_hand, 1, note="ещё звонок")
    assert [(step["said"], step["author"]) for step in last.story] == [("звонок", "Петров"), ("ещё звонок", "Петров")]


def test_the_moment_of_passing_stays_until_the_gate_falls_back(database: Database) -> None:
    passed = replace(WAITS, state=GateState.PASSED)
    assert put(database, passed).passed_at == AT
    assert put(database, passed, 5).passed_at == AT
    assert put(database, replace(WAITS, state=GateState.BROKEN), 6).passed_at is None
    assert put(database, passed, 7).passed_at == AT + timedelta(minutes=7)


def test_the_story_does_not_grow_without_end(database: Database) -> None:
    for minute in range(STORY + 10):
        last = put(database, replace(WAITS, state=[GateState.WAITS, GateState.PASSED][minute % 2]), minute)
    assert len(last.story) == STORY
    assert last.story[-1]["state"] == last.state


def test_a_pilot_starts_once_and_stops_once(database: Database) -> None:
    with database.begin() as session:
        link = link_id(session, "probe")
        with pytest.raises(NotFound):
            stop_pilot(session, link, by="Петров")
        begun = start_pilot(session, link, by="Петров", at=AT)
        assert (begun.started_by, begun.forced, begun.stopped_at) == ("Петров", False, None)
        with pytest.raises(Occupied, match="Петров"):
            start_pilot(session, link, by="Сидоров")
        assert running_pilot(session, link) == begun
    with database.begin() as session:
        ended = stop_pilot(session, link, by="Сидоров", at=AT + timedelta(days=1))
        assert (ended.id, ended.stopped_by) == (begun.id, "Сидоров")
        assert running_pilot(session, link) is None


def test_a_forced_pilot_keeps_its_reason_and_history_is_kept(database: Database) -> None:
    with database.begin() as session:
        link = link_id(session, "probe")
        start_pilot(session, link, by="Петров", at=AT)
        stop_pilot(session, link, by="Петров")
        second = start_pilot(session, link, by="Петров", reason="по письму производителя")
        assert (second.forced, second.reason) == (True, "по письму производителя")
        assert [each.forced for each in pilots(session, link)] == [True, False]
