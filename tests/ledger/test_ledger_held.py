"""What the other side holds: compared before a parcel, taken over when it is wholly answered, once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from ledger.documents import Action, Difference, Item, apply_steps, compare, digest, forget, held, steps_of, store_steps
from ledger.links import link_id
from ledger.parcels import Ledger
from ledger.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from foundation.database import Database

NOW, LATER = datetime(2026, 11, 24, 8, tzinfo=UTC), datetime(2026, 11, 25, 8, tzinfo=UTC)
EXCHANGE = "shipments"


def item(key: str, hash_: str = "h", *, moment: str = "2026-11-20", amount: int = 0) -> Item:
    return Item(key, hash_, {"number": f"№ {key}", "lines": 3}, moment, amount // 2, amount)


def sent(database: Database, link: str, steps: Iterable[tuple[Action, Item]], *, answered: bool = True) -> int:
    """Prepare a parcel of one message with these steps, and send it; returns its id."""
    ledger = Ledger(database, link)
    parcel = ledger.prepare(EXCHANGE, "run", [NewMessage("S", "<x/>", 1)], steps=steps)
    for message in ledger.to_send(parcel.id):
        ledger.sending(message)
        if answered:
            ledger.answered(message, "<ok/>", 0.1)
        else:
            ledger.failed(message, "нет", ambiguous=False)
    ledger.finish(parcel.id)
    return parcel.id


def holds(database: Database, link: str = "одна", since: str = "") -> dict[str, Item]:
    with database.begin() as session:
        return held(session, link_id(session, link), EXCHANGE, since=since)


def test_an_answered_parcel_is_what_they_hold(database: Database) -> None:
    sent(database, "одна", [(Action.ADD, item("a")), (Action.ADD, item("b", amount=500))])
    assert holds(database) == {"a": item("a"), "b": item("b", amount=500)}
    sent(
        database,
        "одна",
        [(Action.CHANGE, item("a", "h2", amount=-7)), (Action.GONE, item("b")), (Action.ADD, item("c"))],
    )
    assert holds(database) == {"a": item("a", "h2", amount=-7), "c": item("c")}


def test_a_parcel_that_failed_changes_nothing(database: Database) -> None:
    sent(database, "одна", [(Action.ADD, item("a"))])
    sent(database, "одна", [(Action.GONE, item("a")), (Action.ADD, item("b"))], answered=False)
    assert set(holds(database)) == {"a"}


def test_taking_over_twice_changes_nothing_more(database: Database) -> None:
    parcel = sent(database, "одна", [(Action.ADD, item("a")), (Action.GONE, item("never there"))])
    before = holds(database)
    with database.begin() as session:
        apply_steps(session, link_id(session, "одна"), EXCHANGE, parcel, LATER)
    assert holds(database) == before == {"a": item("a")}


def test_other_links_exchanges_and_documents_are_left_alone(database: Database) -> None:
    sent(database, "другая", [(Action.ADD, item("a", "theirs"))])
    sent(database, "одна", [(Action.ADD, item("a")), (Action.ADD, item("b"))])
    sent(database, "одна", [(Action.GONE, item("a"))])
    assert holds(database, "другая") == {"a": item("a", "theirs")}
    assert set(holds(database)) == {"b"}
    with database.begin() as session:
        assert held(session, link_id(session, "одна"), "outlets") == {}


def test_since_takes_only_what_has_a_date(database: Database) -> None:
    steps = [(Action.ADD, item("old", moment="2026-11-01")), (Action.ADD, item("new", moment="2026-11-20"))]
    sent(database, "одна", [*steps, (Action.ADD, item("none", moment=""))])
    assert set(holds(database, since="2026-11-20")) == {"new"}
    assert set(holds(database)) == {"old", "new", "none"}


def test_steps_are_kept_with_their_parcel(database: Database) -> None:
    parcel = sent(database, "одна", [(Action.ADD, item("b")), (Action.GONE, item("a"))])
    with database.begin() as session:
        assert steps_of(session, parcel) == [(Action.GONE, item("a")), (Action.ADD, item("b"))]
        store_steps(session, parcel, [])
        forget(session, link_id(session, "одна"), EXCHANGE, ["b", "c"])
    assert holds(database) == {}


KEYS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["h1", "h2"]))


@given(KEYS, KEYS, st.sets(st.sampled_from("abcdef")))
def test_after_its_steps_they_hold_what_was_sent(old: dict[str, str], new: dict[str, str], window: set[str]) -> None:
    """Whatever was held and is sent: what is replaced is as it was sent, everything else as it was held."""
    before = {key: item(key, hash_, amount=3) for key, hash_ in old.items()}
    items = [item(key, hash_, amount=5) for key, hash_ in new.items()]
    replaced = [key for key in before if key in window]
    found = compare(before, items, replaced=replaced)
    after = {key: each.hash for key, each in before.items()}
    for action, each in found.steps():
        if action is Action.GONE:
            del after[each.key]
        else:
            after[each.key] = each.hash
    assert after == {key: hash_ for key, hash_ in old.items() if key not in window or key in new} | new
    assert found.same == sum(old.get(key) == hash_ for key, hash_ in new.items())


def test_the_change_in_value() -> None:
    found = Difference([item("a", amount=10)], [(item("b", amount=4), item("b", amount=1))], [item("c", amount=100)])
    assert found.amount == 10 - 3 - 100


def test_digests_are_of_values_not_of_their_order_in_a_mapping() -> None:
    assert digest({"a": 1, "b": "ё"}) == digest({"b": "ё", "a": 1})
    assert digest("a", 1) != digest("a", "1")
