"""The ledger: written before sent, taken up where it stopped, the same bytes again."""

from __future__ import annotations

import hashlib
import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import func, select, update

from foundation.database import utc_now
from foundation.errors import Fatal, NotFound, Occupied
from ledger import reading
from ledger.holder import Process
from ledger.parcels import Ledger
from ledger.states import MessageState, ParcelState
from ledger.tables import AsideRow, BodyRow, MessageRow, ParcelRow
from ledger.values import Aside, NewMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from foundation.database import Database
    from ledger.values import Parcel


@pytest.fixture
def ledger(database: Database) -> Ledger:
    """Open the ledger of a link."""
    return Ledger(database, "north")


def new(*texts: str) -> list[NewMessage]:
    return [NewMessage("CRMWhBalanceEx", text, rows=len(text), wire_size=2 * len(text)) for text in texts]


def prepared(ledger: Ledger, *texts: str, run_id: str = "run", exchange: str = "stock") -> Parcel:
    return ledger.prepare(exchange, run_id, new(*texts))


def states(ledger: Ledger, parcel: Parcel) -> list[str]:
    return [str(message.state) for message in reading.messages(ledger.database, parcel.id)]


def send(ledger: Ledger, message_id: int) -> None:
    ledger.sending(message_id)
    ledger.answered(message_id, "taken", 0.5)


# -- preparing ---------------------------------------------------------------------------------------------------------


def test_a_prepared_parcel_holds_everything_before_anything_is_sent(ledger: Ledger) -> None:
    """Bytes, hash, sizes, rows, counts, totals and window are there, and come back as they were."""
    text = "<extdata user='DS1'>Пиво ₽ 0,5 л</extdata>"
    parcel = ledger.prepare(
        "stock",
        "run-1",
        [NewMessage("CRMWhBalanceEx", text, 3, 120, {"quantity": Decimal("1E+2")}), *new("second")],
        counts={"read": np.int64(5), "left_out": {"zero": 1, "negative": 1}},
        totals={"quantity": Decimal("100.100000"), "sums": [Decimal("0.1"), None, True]},
        window={"from": date(2026, 11, 24), "skip_delete": 0},
    )
    assert reading.parcel(ledger.database, parcel.id) == parcel
    assert (parcel.link, parcel.exchange, parcel.direction, parcel.run_id) == ("north", "stock", "out", "run-1")
    assert parcel.state is ParcelState.PREPARED
    assert parcel.counts == {"read": 5, "left_out": {"zero": 1, "negative": 1}}
    assert parcel.totals == {"quantity": "100.100000", "sums": ["0.1", None, True]}
    assert parcel.window == {"from": "2026-11-24", "skip_delete": 0}
    first, second = reading.messages(ledger.database, parcel.id)
    assert (first.seq, second.seq) == (1, 2)
    assert first.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert (first.raw_size, first.wire_size, first.rows, first.attempts) == (len(text.encode()), 120, 3, 0)
    assert first.totals == {"quantity": "100"}
    assert first.state is MessageState.PREPARED
    assert first.kept
    assert ledger.body(first.id) == text
    assert [str(event.state) for event in reading.events(ledger.database, first.id)] == ["prepared"]


def test_a_fault_while_messages_are_made_leaves_nothing_and_ends_nothing(ledger: Ledger) -> None:
    older = prepared(ledger, "a")

    def broken() -> Iterator[NewMessage]:
        yield from new("b")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ledger.prepare("stock", "run-2", broken())
    with pytest.raises(TypeError, match="float"):
        ledger.prepare("stock", "run-2", new("c"), totals={"sum": 0.1})
    assert reading.parcels(ledger.database) == [older]
    with ledger.database.session() as session:
        assert session.execute(select(func.count()).select_from(MessageRow)).scalar_one() == 1


def test_an_empty_parcel_is_finished_at_once(ledger: Ledger) -> None:
    parcel = prepared(ledger)
    assert ledger.to_send(parcel.id) == []
    assert ledger.finish(parcel.id).state is ParcelState.ANSWERED


def test_a_newer_parcel_supersedes_unfinished_ones_of_its_link_and_exchange_only(database: Database) -> None:
    north, south = Ledger(database, "north"), Ledger(database, "south")
    done = prepared(north, "done")
    send(north, *north.to_send(done.id))
    north.finish(done.id)
    half = prepared(north, "1", "2")
    send(north, north.to_send(half.id)[0])
    other_exchange, other_link = prepared(north, "x", exchange="outlets"), prepared(south, "y")
    failed = prepared(north, "z", run_id="run-2")
    (message_id,) = north.to_send(failed.id)
    north.sending(message_id)
    north.failed(message_id, "refused", ambiguous=False)
    newest = prepared(north, "n", run_id="run-3")
    found = {parcel.id: str(parcel.state) for parcel in reading.parcels(database)}
    assert found == {
        done.id: "answered",
        half.id: "superseded",
        other_exchange.id: "prepared",
        other_link.id: "prepared",
        failed.id: "superseded",
        newest.id: "prepared",
    }


def test_a_superseded_parcel_is_never_sent(ledger: Ledger) -> None:
    """Neither from the start, nor when it was superseded between two parts; its late receipt is still stored."""
    older = prepared(ledger, "1", "2")
    first, second = ledger.to_send(older.id)
    ledger.sending(first)
    prepared(ledger, "newer", run_id="run-2")
    ledger.answered(first, "late", 1.0)
    for act in (lambda: ledger.sending(second), lambda: ledger.to_send(older.id)):
        with pytest.raises(Occupied, match="заменена более новой"):
            act()
    ledger.failed(second, "superseded", ambiguous=False)
    assert ledger.finish(older.id).state is ParcelState.SUPERSEDED
    assert reading.message(ledger.database, first).receipt == "late"


# -- finding -----------------------------------------------------------------------------------------------------------


def test_a_run_finds_its_own_parcel_again(ledger: Ledger) -> None:
    assert ledger.unfinished("stock", "run") is None
    parcel = prepared(ledger, "a")
    assert ledger.unfinished("stock", "run") == parcel
    assert ledger.unfinished("stock", "another") is None
    assert ledger.unfinished("outlets", "run") is None
    send(ledger, *ledger.to_send(parcel.id))
    finished = ledger.finish(parcel.id)
    assert ledger.unfinished("stock", "run") is None
    assert ledger.of_run("stock", "run") == finished
    assert ledger.of_run("stock", "run", "in") is None


def test_the_ledger_of_another_link_sees_and_changes_nothing(database: Database) -> None:
    north, south = Ledger(database, "north"), Ledger(database, "south")
    parcel = prepared(north, "a")
    (message_id,) = north.to_send(parcel.id)
    assert south.of_run("stock", "run") is None
    calls: list[Any] = [
        lambda: south.to_send(parcel.id),
        lambda: south.sending(message_id),
        lambda: south.answered(message_id, "", 0),
        lambda: south.failed(message_id, "", ambiguous=False),
        lambda: south.finish(parcel.id),
        lambda: south.record(parcel.id, counts={"read": 1}),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()
    assert Ledger(database, north.link_id).of_run("stock", "run") == parcel


# -- sending -----------------------------------------------------------------------------------------------------------


def test_the_way_of_a_parcel(ledger: Ledger) -> None:
    """Prepared, sent, answered: each step stands in the ledger with its time, and the parcel follows."""
    parcel = prepared(ledger, "1", "2")
    first, second = ledger.to_send(parcel.id)
    ledger.sending(first)
    assert states(ledger, parcel) == ["sent", "prepared"]
    assert reading.parcel(ledger.database, parcel.id).state is ParcelState.SENDING
    ledger.answered(first, "<extdata/>", 0.25)
    ledger.sending(second)
    assert ledger.finish(parcel.id).state is ParcelState.FAILED
    ledger.answered(second, "<extdata/>", 0.5)
    assert ledger.finish(parcel.id).state is ParcelState.ANSWERED
    message = reading.message(ledger.database, first)
    assert (message.receipt, message.seconds, message.attempts) == ("<extdata/>", 0.25, 1)
    assert message.sent_at is not None
    assert message.answered_at is not None
    assert message.prepared_at <= message.sent_at <= message.answered_at
    assert [str(event.state) for event in reading.events(ledger.database, first)] == ["prepared", "sent", "answered"]


def test_a_refused_part_is_where_the_parcel_goes_on(ledger: Ledger) -> None:
    """Refused means that nothing was stored: the parts before it stay as they are."""
    parcel = prepared(ledger, "1", "2", "3")
    first, second, third = ledger.to_send(parcel.id)
    send(ledger, first)
    ledger.sending(second)
    ledger.failed(second, "нет такого склада", ambiguous=False)
    assert reading.parcel(ledger.database, parcel.id).state is ParcelState.FAILED
    assert ledger.to_send(parcel.id) == [second, third]
    send(ledger, second)
    send(ledger, third)
    assert ledger.finish(parcel.id).state is ParcelState.ANSWERED
    message = reading.message(ledger.database, second)
    assert (message.attempts, message.error) == (2, "")
    assert [event.note for event in reading.events(ledger.database, second)][2] == "нет такого склада"


@pytest.mark.parametrize("ending", ["killed", "timed out"])
def test_an_uncertain_part_sends_the_whole_window_again_as_it_was(ledger: Ledger, ending: str) -> None:
    """The receipts before it are taken back in the ledger, so that a second break is understood as well."""
    parcel = prepared(ledger, "1", "2", "3")
    first, second, third = ledger.to_send(parcel.id)
    send(ledger, first)
    ledger.sending(second)
    if ending == "timed out":
        ledger.failed(second, "нет ответа 110 с", ambiguous=True)
    with pytest.raises(ValueError, match="ask to_send"):
        ledger.sending(second)
    assert ledger.to_send(parcel.id) == [first, second, third]
    assert states(ledger, parcel) == ["prepared", "prepared", "prepared"]
    assert reading.message(ledger.database, first).receipt == ""
    assert "заново" in reading.events(ledger.database, first)[-1].note
    assert [ledger.body(message_id) for message_id in (first, second, third)] == ["1", "2", "3"]
    send(ledger, first)
    assert ledger.to_send(parcel.id) == [second, third]
    assert [message.attempts for message in reading.messages(ledger.database, parcel.id)] == [2, 1, 0]


def test_a_single_message_is_simply_repeated(ledger: Ledger) -> None:
    parcel = prepared(ledger, "all")
    (message_id,) = ledger.to_send(parcel.id)
    ledger.sending(message_id)
    assert ledger.to_send(parcel.id) == [message_id]
    ledger.sending(message_id)
    ledger.answered(message_id, "taken", 1)
    assert reading.message(ledger.database, message_id).attempts == 2


def test_parts_out_of_order_and_repeated_answers_are_refused(ledger: Ledger) -> None:
    parcel = prepared(ledger, "1", "2")
    first, second = ledger.to_send(parcel.id)
    with pytest.raises(ValueError, match="not the next"):
        ledger.sending(second)
    send(ledger, first)
    with pytest.raises(ValueError, match="not the next"):
        ledger.sending(first)


def test_a_damaged_text_is_not_sent(ledger: Ledger) -> None:
    parcel = prepared(ledger, "a", "b")
    first, second = ledger.to_send(parcel.id)
    with ledger.database.begin() as session:
        session.execute(update(MessageRow).where(MessageRow.id == first).values(sha256="0" * 64))
        session.execute(update(BodyRow).where(BodyRow.message_id == second).values(packed=b"rubbish"))
    for message_id in (first, second):
        with pytest.raises(Fatal, match="повреждён"):
            ledger.body(message_id)


# -- set aside, received, recorded -------------------------------------------------------------------------------------


def test_what_is_set_aside_is_read_by_value(ledger: Ledger) -> None:
    rows = [
        Aside("good", "unmatched", "нет соответствия", our_id="g1", name="Квас", quantity=1_500_000, value=10),
        Aside("unit", "unmatched", "единица не сопоставлена", our_id="u1", their_id="7", value=30),
        Aside("row", "zero", "нулевой остаток", value=20),
    ]
    parcel = ledger.prepare("stock", "run", new("a"), set_aside=rows)
    assert reading.set_aside(ledger.database, parcel.id) == [rows[1], rows[2], rows[0]]
    assert reading.set_aside(ledger.database, parcel.id, limit=1) == [rows[1]]


def test_a_frame_is_set_aside_too(ledger: Ledger) -> None:
    frame = pd.DataFrame(
        {
            "kind": pd.Categorical(["good", "good"]),
            "our_id": ["g1", None],
            "name": ["Пиво", float("nan")],
            "reason": ["unmatched", "unmatched"],
            "value": np.array([5, 7], dtype="int64"),
            "unknown": [1, 2],
        }
    )
    parcel = ledger.prepare("stock", "run", new("a"), set_aside=frame)
    expected = [
        Aside("good", "unmatched", "", value=7),
        Aside("good", "unmatched", "", our_id="g1", name="Пиво", value=5),
    ]
    assert reading.set_aside(ledger.database, parcel.id) == expected


def test_many_rows_are_set_aside_quickly(ledger: Ledger) -> None:
    rows = [Aside("good", "unmatched", "нет соответствия", our_id=str(n), value=n) for n in range(20_000)]
    began = time.process_time()
    ledger.prepare("stock", "run", [], set_aside=rows)
    assert time.process_time() - began < 2
    with ledger.database.session() as session:
        assert session.execute(select(func.count()).select_from(AsideRow)).scalar_one() == 20_000


def test_an_answer_is_kept_as_it_came_before_anything_is_done_with_it(ledger: Ledger) -> None:
    message = ledger.received("goods", "run", "CRMWare", "<extdata>Квас</extdata>", 12)
    assert ledger.body(message.id) == "<extdata>Квас</extdata>"
    assert message.state is MessageState.ANSWERED
    assert (message.rows, message.attempts) == (12, 1)
    parcel = ledger.of_run("goods", "run", "in")
    assert parcel is not None
    assert (parcel.id, parcel.direction, parcel.state) == (message.parcel_id, "in", ParcelState.ANSWERED)


def test_what_a_run_finds_out_later_is_merged(ledger: Ledger) -> None:
    message = ledger.received("goods", "run", "CRMWare", "x", 1)
    ledger.record(message.parcel_id, counts={"read": 3}, totals={"a": Decimal(1)}, window={"at": "now"})
    parcel = ledger.record(
        message.parcel_id, counts={"new": 2}, totals={"a": Decimal(2)}, set_aside=[Aside("good", "r", "t")]
    )
    assert (parcel.counts, parcel.totals, parcel.window) == ({"read": 3, "new": 2}, {"a": "2"}, {"at": "now"})
    assert len(reading.set_aside(ledger.database, parcel.id)) == 1


def test_incoming_parcels_do_not_supersede_and_are_not_superseded(ledger: Ledger) -> None:
    outgoing = prepared(ledger, "a", exchange="orders")
    incoming = ledger.received("orders", "run", "CRMOrder", "x", 1)
    assert reading.parcel(ledger.database, outgoing.id).state is ParcelState.PREPARED
    prepared(ledger, "b", exchange="orders")
    assert reading.parcel(ledger.database, incoming.parcel_id).state is ParcelState.ANSWERED


# -- resend ------------------------------------------------------------------------------------------------------------


def answered(ledger: Ledger, *texts: str, run_id: str = "run") -> Parcel:
    parcel = prepared(ledger, *texts, run_id=run_id)
    for message_id in ledger.to_send(parcel.id):
        send(ledger, message_id)
    return ledger.finish(parcel.id)


def test_resending_a_message_sends_its_whole_parcel_the_same_bytes(ledger: Ledger) -> None:
    parcel = answered(ledger, "1", "2")
    message = reading.messages(ledger.database, parcel.id)[1]
    marked = ledger.resend(message, by="Иванова", run_id="run-2")
    assert (marked.state, marked.run_id) == (ParcelState.PREPARED, "run-2")
    taken_up = ledger.unfinished("stock", "run-2")
    assert taken_up == marked
    assert [ledger.body(message_id) for message_id in ledger.to_send(parcel.id)] == ["1", "2"]
    assert "Иванова" in reading.events(ledger.database, message.id)[-1].note


def test_resending_keeps_the_run_unless_told_otherwise(ledger: Ledger) -> None:
    assert ledger.resend(answered(ledger, "1"), by="x").run_id == "run"


def test_older_data_is_not_sent_over_newer(ledger: Ledger) -> None:
    """A superseded parcel is refused, and so is an answered one that a newer parcel followed."""
    older = answered(ledger, "1")
    superseded = prepared(ledger, "2")
    prepared(ledger, "3")
    for parcel in (older, superseded):
        with pytest.raises(Occupied, match="заменена более новой"):
            ledger.resend(parcel, by="x")


def test_what_came_in_cannot_be_sent(ledger: Ledger) -> None:
    message = ledger.received("goods", "run", "CRMWare", "x", 1)
    with pytest.raises(Occupied):
        ledger.resend(message, by="x")


def test_resending_waits_for_a_running_exchange(database: Database) -> None:
    running = Process("other-host", "other-machine", 7, "1")
    mine = Ledger(database, "north")
    parcel = answered(mine, "1")
    with Ledger(database, "north", process=running).hold("stock", "run-9"), pytest.raises(Occupied, match="run-9"):
        mine.resend(parcel, by="x")


# -- reading, clock and cost -------------------------------------------------------------------------------------------


def test_lists_are_filtered_and_paged(database: Database) -> None:
    north, south = Ledger(database, "north"), Ledger(database, "south")
    first, second = answered(north, "1"), prepared(north, "2", exchange="outlets")
    third = prepared(south, "3")
    ids = [
        [parcel.id for parcel in found]
        for found in (
            reading.parcels(database),
            reading.parcels(database, link="north"),
            reading.parcels(database, exchange="stock"),
            reading.parcels(database, states=[ParcelState.ANSWERED]),
            reading.parcels(database, before=third.id, limit=1),
        )
    ]
    assert ids == [
        [third.id, second.id, first.id],
        [second.id, first.id],
        [third.id, first.id],
        [first.id],
        [second.id],
    ]
    assert reading.summary(database, "north") == {"outlets": second, "stock": first}


def test_what_is_not_there_is_told_with_what_to_do(ledger: Ledger) -> None:
    for ask in (reading.parcel, reading.messages, reading.message, reading.body):
        with pytest.raises(NotFound, match="mi1c ledger list"):
            ask(ledger.database, 404)
    assert reading.events(ledger.database, 404) == []


def test_the_clock_is_an_argument(database: Database) -> None:
    at = datetime.fromisoformat("2026-11-24T08:15:00+03:00")
    ledger = Ledger(database, "north", clock=lambda: at)
    assert prepared(ledger, "a").created_at == at
    assert abs(Ledger(database, "south", clock=None).prepare("stock", "r", []).created_at - utc_now()) < timedelta(
        minutes=1
    )


def test_four_mebibytes_cost_little_to_store(ledger: Ledger) -> None:
    """A message of the cap's size is compressed, hashed and stored within 0.12 s of CPU (best of three)."""
    rows = "".join(f"<r><f>46006{n:08d}</f><f>ea</f><f>{n % 977}.{n % 10}</f></r>" for n in range(90_000))
    text = rows[: 4 * 1024 * 1024]
    assert len(text) == 4 * 1024 * 1024
    costs = []
    for _ in range(3):
        began = time.process_time()
        ledger.prepare("stock", "run", [NewMessage("CRMWhBalanceEx", text, 90_000)])
        costs.append(time.process_time() - began)
    assert min(costs) < 0.12
    with ledger.database.session() as session:
        assert session.execute(select(func.max(ParcelRow.id))).scalar_one() > 2
