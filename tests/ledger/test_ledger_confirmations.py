"""The manufacturer's word: asked for once, written once, superseded by fresher data, reopening what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.errors import Fatal, Faults, NotFound, Occupied
from ledger import reading
from ledger.confirmations import Confirmations, check, confirmations, of_parcel
from ledger.documents import Action, Item, compare, held
from ledger.parcels import Ledger
from ledger.states import ParcelState
from ledger.values import NewMessage
from ledger.verdicts import FATES, RUSSIAN, Fate, Verdict, Word, refusals

if TYPE_CHECKING:
    from foundation.database import Database
    from ledger.values import Parcel

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DEADLINE = NOW + timedelta(days=3)
ACCEPTED = Word(Verdict.ACCEPTED, "Петрова, отдел ИТ", NOW, author="operator")


class Desk:
    """A link's ledger and its confirmations, at a clock that the test moves."""

    def __init__(self, database: Database, link: str = "north") -> None:
        self.database = database
        self.now = NOW
        self.ledger = Ledger(database, link, clock=lambda: self.now)
        self.words = Confirmations(database, self.ledger.link_id, clock=lambda: self.now)

    def prepared(
        self, *items: Item, gone: tuple[Item, ...] = (), exchange: str = "shipments", run: str = "r"
    ) -> Parcel:
        steps = [(Action.ADD, item) for item in items] + [(Action.GONE, item) for item in gone]
        return self.ledger.prepare(exchange, run, [NewMessage("CRMDespatchEx", "text", 1)], steps=steps)

    def sent(self, *items: Item, gone: tuple[Item, ...] = (), exchange: str = "shipments", run: str = "r") -> Parcel:
        parcel = self.prepared(*items, gone=gone, exchange=exchange, run=run)
        for message_id in self.ledger.to_send(parcel.id):
            self.ledger.sending(message_id)
            self.ledger.answered(message_id, "ok", 1)
        return self.ledger.finish(parcel.id)

    def asked(self, *items: Item, run: str = "run", exchange: str = "shipments") -> int:
        parcel = self.sent(*items, exchange=exchange, run=run)
        return self.words.ask(parcel.id, "person", DEADLINE, run).parcel_id

    def state(self, parcel_id: int) -> Verdict:
        found = of_parcel(self.database, parcel_id)
        assert found is not None
        return found.state

    def held(self, exchange: str = "shipments") -> set[str]:
        with self.database.session() as session:
            return set(held(session, self.ledger.link_id, exchange))


@pytest.fixture
def desk(database: Database) -> Desk:
    """Give the desk of a link on each kind of database."""
    return Desk(database)


def item(key: str, number: str = "", **identity: str) -> Item:
    return Item(key, "hash", {"number": number or f"УТ-{key}", "kind": "CustInvoice", "date": "2026-11-23", **identity})


# -- asking ------------------------------------------------------------------------------------------------------------


def test_a_word_is_asked_for_once(desk: Desk) -> None:
    parcel = desk.sent(item("a"))
    asked = desk.words.ask(parcel.id, "person", DEADLINE, "run")
    assert (asked.state, asked.source, asked.run_id, asked.deadline) == (Verdict.WAITING, "person", "run", DEADLINE)
    assert (asked.exchange, asked.link, asked.asked_at, asked.said_by) == ("shipments", "north", NOW, "")
    desk.now += timedelta(hours=1)
    assert desk.words.ask(parcel.id, "service", DEADLINE + timedelta(days=9), "run") == asked
    assert desk.words.waiting() == [asked]
    assert desk.words.waiting("service") == []


def test_another_run_that_takes_the_parcel_over_is_the_one_that_waits(desk: Desk) -> None:
    parcel_id = desk.asked(item("a"), run="first")
    assert desk.words.ask(parcel_id, "person", DEADLINE, "second").run_id == "second"
    assert desk.words.ask(parcel_id, "person", DEADLINE).run_id == "second"


def test_only_a_parcel_of_the_link_can_be_asked_about(database: Database, desk: Desk) -> None:
    parcel = desk.sent(item("a"))
    with pytest.raises(NotFound):
        Desk(database, "south").words.ask(parcel.id, "person", DEADLINE)
    with pytest.raises(NotFound):
        desk.words.ask(parcel.id + 1, "person", DEADLINE)


# -- saying ------------------------------------------------------------------------------------------------------------


def test_the_word_is_written_with_who_when_and_what(desk: Desk) -> None:
    parcel_id = desk.asked(item("a"))
    desk.now += timedelta(days=1)
    said = desk.words.say(parcel_id, Word(Verdict.REMARKS, "Петрова", NOW, "нет цен", author="Иванов"))
    assert (said.state, said.said_by, said.said_at, said.remark) == (Verdict.REMARKS, "Петрова", NOW, "нет цен")
    assert (said.author, said.ended_at, said.refused) == ("Иванов", desk.now, [])
    assert desk.words.waiting() == []
    assert desk.held() == {"a"}


def test_a_word_without_a_time_is_said_now(desk: Desk) -> None:
    assert desk.words.say(desk.asked(), Word(Verdict.ACCEPTED, "Петрова")).said_at == NOW


def test_the_same_word_twice_is_one_and_another_is_refused(desk: Desk) -> None:
    parcel_id = desk.asked(item("a"), item("b"))
    word = Word(Verdict.REFUSED, "Петрова", NOW, "нет клиента", ("УТ-a",))
    first = desk.words.say(parcel_id, word)
    desk.now += timedelta(hours=2)
    assert desk.words.say(parcel_id, Word(Verdict.REFUSED, "Петрова", None, "нет клиента", ("УТ-a",))) == first
    with pytest.raises(Fatal) as raised:
        desk.words.say(parcel_id, ACCEPTED)
    assert "уже записано" in raised.value.said
    assert raised.value.todo
    assert of_parcel(desk.database, parcel_id) == first


def test_a_word_that_nobody_asked_for_is_told(desk: Desk) -> None:
    with pytest.raises(NotFound) as raised:
        desk.words.say(desk.sent(item("a")).id, ACCEPTED)
    assert "mi1c confirmations" in raised.value.todo


def test_a_word_that_contradicts_itself_is_refused_with_everything_that_is_wrong(desk: Desk) -> None:
    parcel_id = desk.asked(item("a"))
    with pytest.raises(Faults) as raised:
        desk.words.say(parcel_id, Word(Verdict.ACCEPTED, " ", NOW + timedelta(days=1), documents=("УТ-a",)))
    assert {fault.path for fault in raised.value.faults} == {"by", "documents", "at"}
    assert desk.state(parcel_id) is Verdict.WAITING


@pytest.mark.parametrize("verdict", [Verdict.WAITING, Verdict.SUPERSEDED, Verdict.OVERDUE])
def test_some_states_nobody_can_say(verdict: Verdict) -> None:
    with pytest.raises(ValueError, match=verdict):
        check(Word(verdict, "Петрова"), NOW)


# -- refusing ----------------------------------------------------------------------------------------------------------


def test_what_is_refused_is_sent_again_and_what_is_unknown_is_told(desk: Desk) -> None:
    items = [item("a"), item("b"), item("c")]
    parcel_id = desk.asked(*items)
    said = desk.words.say(parcel_id, Word(Verdict.REFUSED, "Петрова", documents=(" ут-A ", "b", "УТ-99")))
    assert [(each["document"], each["fate"], each["keys"]) for each in said.refused] == [
        (" ут-A ", "reopened", ["a"]),
        ("b", "reopened", ["b"]),
        ("УТ-99", "unknown", []),
    ]
    assert desk.held() == {"c"}
    with desk.database.session() as session:
        again = compare(held(session, desk.ledger.link_id, "shipments"), items)
    assert [each.key for each in again.added] == ["a", "b"]
    assert refusals(said)[2] == f"УТ-99: {FATES[Fate.UNKNOWN]}"


def test_a_refusal_that_names_nothing_reopens_everything(desk: Desk) -> None:
    parcel_id = desk.asked(item("a"), item("b"))
    said = desk.words.say(parcel_id, Word(Verdict.REFUSED, "Петрова"))
    assert desk.held() == set()
    assert refusals(said) == [f"вся посылка: {FATES[Fate.REOPENED]}"]


def test_a_number_that_two_documents_bear_reopens_both(desk: Desk) -> None:
    parcel_id = desk.asked(item("a", "7"), item("b", "7"), item("c", "8"))
    desk.words.say(parcel_id, Word(Verdict.REFUSED, "Петрова", documents=("7",)))
    assert desk.held() == {"c"}


def test_a_kind_or_a_date_names_no_document(desk: Desk) -> None:
    parcel_id = desk.asked(item("a"), item("b"))
    said = desk.words.say(parcel_id, Word(Verdict.REFUSED, "Петрова", documents=("CustInvoice", "2026-11-23")))
    assert {each["fate"] for each in said.refused} == {"unknown"}
    assert desk.held() == {"a", "b"}


def test_a_refused_deletion_is_told_and_reopens_nothing(desk: Desk) -> None:
    old = item("old")
    desk.sent(old)
    parcel = desk.sent(item("a"), gone=(old,))
    desk.words.ask(parcel.id, "person", DEADLINE)
    said = desk.words.say(parcel.id, Word(Verdict.REFUSED, "Петрова", documents=("УТ-old",)))
    assert said.refused == [{"document": "УТ-old", "fate": "deletion", "keys": ["old"]}]
    assert desk.held() == {"a"}


def test_an_exchange_that_sends_everything_each_time_reopens_nothing(desk: Desk) -> None:
    """Balances are held as a whole: the next run sends them anyway."""
    parcel_id = desk.asked(exchange="stock")
    said = desk.words.say(parcel_id, Word(Verdict.REFUSED, "Петрова", documents=("строка 12",)))
    assert said.refused == [{"document": "строка 12", "fate": "whole", "keys": []}]


def test_a_resumed_run_does_not_bring_back_what_was_refused(desk: Desk) -> None:
    """Its flow is executed from the top: it finishes its parcel once more."""
    parcel_id = desk.asked(item("a"), item("b"))
    desk.words.say(parcel_id, Word(Verdict.REFUSED, "Петрова", documents=("a",)))
    assert desk.ledger.to_send(parcel_id) == []
    assert desk.ledger.finish(parcel_id).state is ParcelState.ANSWERED
    assert desk.held() == {"b"}


def test_a_resumed_run_does_not_bring_back_what_a_newer_one_removed(desk: Desk) -> None:
    old = item("a")
    parcel_id = desk.asked(old)
    desk.sent(gone=(old,))
    desk.ledger.finish(parcel_id)
    assert desk.held() == set()


@given(st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")))
def test_what_is_held_is_what_was_sent_and_not_refused(sent: set[str], refused: set[str]) -> None:
    """Whatever is named, nothing else is reopened."""
    from ledger.refusing import _refusal

    steps = [(Action.ADD, item(key)) for key in sorted(sent)]
    found = [_refusal(name, steps) for name in sorted(refused)]
    reopened = {key for each in found if each.fate is Fate.REOPENED for key in each.keys}
    assert reopened == sent & refused
    assert {each.document for each in found if each.fate is Fate.UNKNOWN} == (refused - sent if sent else set())


# -- superseding, deadlines --------------------------------------------------------------------------------------------


def test_a_newer_parcel_ends_the_wait_for_an_older_one(database: Database, desk: Desk) -> None:
    south = Desk(database, "south")
    older, other, theirs = desk.asked(), desk.asked(exchange="stock", run="o"), south.asked()
    newer = desk.prepared(run="new")
    assert desk.state(older) is Verdict.SUPERSEDED
    assert (desk.state(other), south.state(theirs)) == (Verdict.WAITING, Verdict.WAITING)
    assert [each.parcel_id for each in desk.words.ended_with_run()] == [older]
    desk.words.released(older)
    assert desk.words.ended_with_run() == []
    assert newer.id > older
    with pytest.raises(Occupied) as raised:
        desk.words.say(older, ACCEPTED)
    assert "заменила более новая" in raised.value.said


@pytest.mark.parametrize("exchange", ["outlets", "statuses", "own_goods", "prices"])
def test_where_only_changes_travel_an_older_word_stays_open(desk: Desk, exchange: str) -> None:
    """A small parcel says nothing of the big one before it: both are answered for, in any order."""
    big = desk.asked(item("a"), item("b"), run="big", exchange=exchange)
    small = desk.asked(item("c"), run="small", exchange=exchange)
    assert [each.parcel_id for each in desk.words.waiting()] == [big, small]
    assert desk.words.ended_with_run() == []
    desk.words.say(small, ACCEPTED)
    said = desk.words.say(big, Word(Verdict.REFUSED, "Петрова", documents=("УТ-b",)))
    assert [(each["fate"], each["keys"]) for each in said.refused] == [("reopened", ["b"])]
    assert desk.held(exchange) == {"a", "c"}


@pytest.mark.parametrize("exchange", ["stock", "shipments"])
def test_where_all_of_it_is_replaced_a_newer_parcel_ends_the_wait(desk: Desk, exchange: str) -> None:
    older, newer = desk.asked(run="1", exchange=exchange), desk.asked(run="2", exchange=exchange)
    assert (desk.state(older), desk.state(newer)) == (Verdict.SUPERSEDED, Verdict.WAITING)


def test_a_run_that_comes_late_still_asks_where_only_changes_travel(desk: Desk) -> None:
    first = desk.sent(item("a"), run="first", exchange="outlets")
    second = desk.asked(item("b"), run="second", exchange="outlets")
    assert desk.words.ask(first.id, "person", DEADLINE, "first").state is Verdict.WAITING
    assert desk.state(second) is Verdict.WAITING


def test_a_refusal_of_an_older_parcel_sends_what_has_changed_since_once_more(desk: Desk) -> None:
    """Sending once more does no harm, reopening too little loses data."""
    big = desk.asked(item("a"), item("b"), run="big", exchange="outlets")
    desk.asked(Item("a", "newer"), run="small", exchange="outlets")
    desk.words.say(big, Word(Verdict.REFUSED, "Петрова"))
    with desk.database.session() as session:
        again = compare(held(session, desk.ledger.link_id, "outlets"), [Item("a", "newer"), item("b")])
    assert [each.key for each in again.added] == ["a", "b"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parcels=st.lists(st.sets(st.sampled_from("abcd"), min_size=1), min_size=1, max_size=5), data=st.data())
def test_whatever_is_refused_of_any_parcel_is_sent_again(
    database: Database, parcels: list[set[str]], data: st.DataObject
) -> None:
    """Words come in any order: what is held at the end was sent, and no parcel that carried it was refused."""
    desk = Desk(database, uuid4().hex)
    asked = [desk.asked(*map(item, sorted(keys)), run=str(n), exchange="prices") for n, keys in enumerate(parcels)]
    refused = data.draw(st.sets(st.sampled_from(asked)))
    for parcel_id in data.draw(st.permutations(asked)):
        desk.words.say(parcel_id, Word(Verdict.REFUSED, "Петрова") if parcel_id in refused else ACCEPTED)
    gone = {key for parcel_id, keys in zip(asked, parcels, strict=True) if parcel_id in refused for key in keys}
    assert desk.held("prices") == set().union(*parcels) - gone


# -- sent again --------------------------------------------------------------------------------------------------------


def resent(desk: Desk, parcel_id: int) -> Parcel:
    """Send a parcel again, an hour later."""
    desk.now += timedelta(hours=1)
    marked = desk.ledger.resend(reading.parcel(desk.database, parcel_id), by="Иванова")
    for message_id in desk.ledger.to_send(marked.id):
        desk.ledger.sending(message_id)
        desk.ledger.answered(message_id, "ok", 1)
    return desk.ledger.finish(marked.id)


@pytest.mark.parametrize(
    "word", [ACCEPTED, Word(Verdict.REMARKS, "Петрова", remark="нет цен"), Word(Verdict.REFUSED, "Петрова")]
)
def test_a_parcel_that_is_sent_again_waits_for_a_new_word(desk: Desk, word: Word) -> None:
    parcel_id = desk.asked(item("a"))
    desk.words.say(parcel_id, word)
    resent(desk, parcel_id)
    later = desk.now + timedelta(days=3)
    asked = desk.words.ask(parcel_id, "service", later)
    assert (asked.state, asked.source, asked.asked_at, asked.deadline) == (
        Verdict.WAITING,
        "service",
        desk.now,
        later,
    )
    assert (asked.said_by, asked.said_at, asked.remark, asked.refused, asked.ended_at) == ("", None, "", [], None)
    assert desk.held() == {"a"}
    (message,) = reading.messages(desk.database, parcel_id)
    assert reading.events(desk.database, message.id)[-1].note.endswith(f"{RUSSIAN[word.verdict]} ({word.by})")
    assert desk.words.say(parcel_id, Word(Verdict.REFUSED, "Кравцов")).said_by == "Кравцов"
    assert desk.held() == set()


def test_a_parcel_that_is_overdue_gets_a_new_deadline_when_it_is_sent_again(desk: Desk) -> None:
    parcel_id = desk.asked(item("a"))
    desk.now = DEADLINE
    desk.words.overdue()
    desk.words.reminded([parcel_id])
    assert desk.words.ask(parcel_id, "person", DEADLINE).state is Verdict.OVERDUE, "a retry sends nothing"
    resent(desk, parcel_id)
    asked = desk.words.ask(parcel_id, "person", desk.now + timedelta(days=1))
    assert (asked.state, asked.deadline, asked.reminded_at) == (Verdict.WAITING, desk.now + timedelta(days=1), None)
    assert desk.words.overdue() == []


def test_a_wait_that_goes_on_begins_anew_and_keeps_its_run(desk: Desk) -> None:
    parcel_id = desk.asked(item("a"), run="suspended")
    resent(desk, parcel_id)
    asked = desk.words.ask(parcel_id, "person", DEADLINE + timedelta(days=1))
    assert (asked.state, asked.asked_at, asked.run_id) == (Verdict.WAITING, desk.now, "suspended")
    assert asked.deadline == DEADLINE + timedelta(days=1)


def test_a_word_after_the_last_sending_is_asked_for_once(desk: Desk) -> None:
    parcel_id = desk.asked(item("a"))
    resent(desk, parcel_id)
    desk.words.ask(parcel_id, "person", DEADLINE)
    said = desk.words.say(parcel_id, ACCEPTED)
    assert desk.words.ask(parcel_id, "person", DEADLINE, "retried") == said


def test_a_newer_parcel_with_nothing_to_send_leaves_the_wait(desk: Desk) -> None:
    older = desk.asked()
    desk.ledger.prepare("shipments", "new", [])
    assert desk.state(older) is Verdict.WAITING


def test_an_answered_word_is_not_superseded(desk: Desk) -> None:
    older = desk.asked()
    desk.words.say(older, ACCEPTED)
    desk.sent()
    assert desk.state(older) is Verdict.ACCEPTED


def test_a_run_that_comes_late_finds_its_parcel_superseded(desk: Desk) -> None:
    """It was killed before it asked; meanwhile the next one was sent and asked about."""
    first = desk.sent(run="first")
    second = desk.asked(run="second")
    asked = desk.words.ask(first.id, "person", DEADLINE, "first")
    assert (asked.state, asked.ended_at) == (Verdict.SUPERSEDED, NOW)
    assert desk.state(second) is Verdict.WAITING


def test_the_deadline_ends_the_wait_but_not_the_word(desk: Desk) -> None:
    parcel_id = desk.asked()
    desk.now = DEADLINE - timedelta(seconds=1)
    assert desk.words.overdue() == []
    desk.now = DEADLINE
    assert [(each.parcel_id, each.state) for each in desk.words.overdue()] == [(parcel_id, Verdict.OVERDUE)]
    assert desk.words.overdue() == []
    assert desk.words.say(parcel_id, ACCEPTED).state is Verdict.ACCEPTED


def test_a_reminder_comes_once(desk: Desk) -> None:
    parcel_id = desk.asked()
    assert desk.words.to_remind(timedelta(days=1)) == []
    desk.now += timedelta(days=1)
    due = desk.words.to_remind(timedelta(days=1))
    assert [each.parcel_id for each in due] == [parcel_id]
    desk.words.reminded([parcel_id])
    assert desk.words.to_remind(timedelta(days=1)) == []
    found = of_parcel(desk.database, parcel_id)
    assert found is not None
    assert found.reminded_at == desk.now


def test_confirmations_are_listed_newest_first_by_link_and_state(database: Database, desk: Desk) -> None:
    south = Desk(database, "south")
    one, two, theirs = desk.asked(), desk.asked(exchange="outlets", run="o"), south.asked()
    desk.words.say(one, ACCEPTED)
    assert [each.parcel_id for each in confirmations(database)] == [theirs, two, one]
    assert [each.parcel_id for each in confirmations(database, link="north")] == [two, one]
    assert [each.parcel_id for each in confirmations(database, states=[Verdict.ACCEPTED])] == [one]
    assert [each.parcel_id for each in confirmations(database, limit=1)] == [theirs]
    assert of_parcel(database, 10_000) is None


def test_every_state_and_fate_has_its_russian_word() -> None:
    assert set(RUSSIAN) == set(Verdict)
    assert set(FATES) == set(Fate)
