"""Windows: one that was broken off is never narrowed; each way in which a document may change late is told."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ledger.documents import Action, Item
from ledger.parcels import Ledger
from ledger.values import NewMessage
from ledger.windows import Late, Seen, Why, begun_window, covered_since, days_for, late_changes, suspects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from foundation.database import Database

SINCE, WORK_DATE = "2026-10-10", "2026-11-10"
LINK, EXCHANGE = "одна", "shipments"


def item(moment: str = "2026-11-01", *, version: str = "v1", hash_: str = "h1", amount: int = 100) -> Item:
    identity = {"number": "26-7", "own_number": "7", "kind": "sale", "version": version, "date": moment}
    return Item("d", hash_, identity, moment, 1, amount)


def seen(day: str = "2026-11-01", *, version: str = "v1", stands: bool = True, number: str = "7") -> Seen:
    return Seen("sale", number, day, version, stands)


def told(
    held: Item | None, now: Seen | None, *, sent: bool = False, read: Item | None = None
) -> list[tuple[Why, int, str]]:
    """Return why, amount and moment of the late changes of one document."""
    late = late_changes(
        {"d": held} if held else {},
        {"d": now} if now else {},
        sent={"d"} if sent else set(),
        read={"d": read} if read else {},
        since=SINCE,
        work_date=WORK_DATE,
    )
    return [(each.why, each.amount, each.moment) for each in late]


@pytest.mark.parametrize(
    ("held", "now", "more", "expected"),
    [
        (item(), seen(), {}, []),
        (item(), seen(version="v2"), {"read": item(version="v2")}, []),
        (
            item(),
            seen(version="v2"),
            {"read": item(version="v2", hash_="h2", amount=130)},
            [(Why.CHANGED, 30, "2026-11-01")],
        ),
        (item(), seen(version="v2"), {}, [(Why.WITHDRAWN, -100, "2026-11-01")]),
        (item(), seen(stands=False), {}, [(Why.WITHDRAWN, -100, "2026-11-01")]),
        (item(), None, {}, [(Why.ABSENT, -100, "2026-11-01")]),
        (item(), seen("2026-11-12", version="v2"), {"sent": True}, [(Why.INTO, -100, "2026-11-01")]),
        (item("2026-11-12"), seen("2026-11-12"), {"sent": True}, []),
        (item("2026-11-12"), seen("2026-11-03", version="v2"), {}, [(Why.OUT_OF, 0, "2026-11-03")]),
        (item("2026-11-12"), seen("2026-11-03", version="v2", stands=False), {}, []),
        (item("2026-11-12"), None, {}, []),
        (item("2026-10-01"), None, {}, []),
        (None, seen(), {"read": item()}, [(Why.MISSED, 100, "2026-11-01")]),
        (None, seen(), {}, []),
        (None, seen("2026-11-12"), {"sent": True}, []),
    ],
    ids=[
        *("unchanged", "written again as it was", "changed", "nothing left of it", "unposted", "deleted"),
        *("into the window", "inside", "out of the window", "out of the window and unposted", "gone inside"),
        *("older than looked at", "backdated", "not to be sent", "new inside"),
    ],
)
def test_every_way_to_change_late(
    held: Item | None, now: Seen | None, more: dict[str, Any], expected: list[tuple[Why, int, str]]
) -> None:
    assert told(held, now, **more) == expected


def test_late_changes_come_oldest_first_with_what_1c_calls_them_now() -> None:
    held = {"a": item("2026-11-05"), "b": item("2026-10-20")}
    found = late_changes(
        held, {"a": seen("2026-11-05", stands=False, number="7а")}, sent=(), read={}, since=SINCE, work_date=WORK_DATE
    )
    assert [(each.key, each.number, each.date) for each in found] == [
        ("b", "7", "2026-10-20"),
        ("a", "7а", "2026-11-05"),
    ]
    assert days_for(found, date(2026, 11, 24)) == 35
    assert days_for([], date(2026, 11, 24)) == 0
    assert found[0].as_json() == {
        "key": "b",
        "kind": "sale",
        "number": "7",
        "date": "2026-10-20",
        "moment": "2026-10-20",
        "why": "удалён из 1С или перенесён на более раннюю дату",
        "amount": -100,
    }


def test_only_documents_before_the_window_that_may_have_changed_are_read_again() -> None:
    base = {
        "same": seen(),
        "written": seen(version="v2"),
        "unknown": seen("2026-11-09"),
        "inside": seen("2026-11-10"),
        "too old": seen("2026-10-09"),
        "unposted": seen(stands=False),
        "moved out": seen("2026-11-02", version="v2"),
    }
    held = {"same": item(), "written": item(), "moved out": item("2026-11-15")}
    assert [key for key, _ in suspects(held, base, since=SINCE, work_date=WORK_DATE)] == ["written", "unknown"]


# -- windows that were broken off --------------------------------------------------------------------------------------


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, LINK)


def prepared(ledger: Ledger, work_date: str, *, parts: int = 2, held: Iterable[Item] = ()) -> int:
    messages = [NewMessage("CRMDespatchEx", f"<x>{part}</x>", 1) for part in range(parts)]
    steps = [(Action.ADD, each) for each in held]
    return ledger.prepare(EXCHANGE, f"run {work_date}", messages, window={"work_date": work_date}, steps=steps).id


def send(ledger: Ledger, parcel: int, parts: int) -> None:
    for message in ledger.to_send(parcel)[:parts]:
        ledger.sending(message)
        ledger.answered(message, "<ok/>", 0.1)
    ledger.finish(parcel)


def test_a_window_whose_first_part_left_is_remembered_until_one_is_answered(ledger: Ledger) -> None:
    assert begun_window(ledger.database, LINK, EXCHANGE) == ""
    send(ledger, prepared(ledger, "2026-11-10"), 2)
    assert begun_window(ledger.database, LINK, EXCHANGE) == ""
    send(ledger, prepared(ledger, "2026-10-25"), 1)
    assert begun_window(ledger.database, LINK, EXCHANGE) == "2026-10-25"
    prepared(ledger, "2026-10-25")
    assert begun_window(ledger.database, LINK, EXCHANGE) == "2026-10-25"
    send(ledger, prepared(ledger, "2026-10-26"), 1)
    assert begun_window(ledger.database, LINK, EXCHANGE) == "2026-10-25"
    send(ledger, prepared(ledger, "2026-10-25"), 2)
    assert begun_window(ledger.database, LINK, EXCHANGE) == ""


def test_a_window_that_never_left_binds_nobody(ledger: Ledger) -> None:
    prepared(ledger, "2026-10-01")
    assert begun_window(ledger.database, LINK, EXCHANGE) == ""
    assert begun_window(ledger.database, "другая", EXCHANGE) == ""


def test_a_message_that_left_without_an_answer_binds(ledger: Ledger) -> None:
    parcel = prepared(ledger, "2026-10-25", parts=1)
    [message] = ledger.to_send(parcel)
    ledger.sending(message)
    assert begun_window(ledger.database, LINK, EXCHANGE) == "2026-10-25"
    ledger.failed(message, "обрыв", ambiguous=True)
    assert begun_window(ledger.database, LINK, EXCHANGE) == "2026-10-25"


def test_what_they_hold_begins_with_the_earliest_document(ledger: Ledger) -> None:
    with ledger.database.session() as session:
        assert covered_since(session, ledger.link_id, EXCHANGE) == ""
    early = Item("a", "h", {}, "2026-10-20")
    send(ledger, prepared(ledger, "2026-10-15", held=[item(), early, Item("b", "h")]), 2)
    with ledger.database.session() as session:
        assert covered_since(session, ledger.link_id, EXCHANGE) == "2026-10-20"
        assert covered_since(session, ledger.link_id, "orders") == ""


def test_a_late_change_is_a_plain_value() -> None:
    late = Late("d", "sale", "7", "2026-11-01", "2026-11-01", Why.CHANGED)
    assert str(late.why) == "изменён"
    assert late.amount == 0
