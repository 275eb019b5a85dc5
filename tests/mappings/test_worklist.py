"""The work list: pages by key lose and repeat nothing, filters, search by how words begin, counts, refreshing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import worklist
from mappings.correspondences import confirm, end
from mappings.matching_tables import WordRow
from mappings.pairs import Pair
from mappings.proposing import Blocks, Proposal, refresh, sync
from mappings.reopening import reopen
from mappings.their_search import find_theirs, units_of, warehouses
from mappings.worklist import Filter, Queue, count, counts, groups, holding, name_key, one, page, twins, words
from tests.mappings.work_help import AT, MILLION, candidate, fill, proposal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from foundation.database import Database


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Open a session for writing."""
    with database.begin() as opened:
        yield opened


def listed(session: Session, link: int, wanted: Filter, kind: Any = "good", limit: int = 3) -> list[str]:
    """Return all rows of a filter, page by page."""
    found: list[str] = []
    after = ""
    while True:
        got = page(session, link, kind, wanted, at=AT, after=after, limit=limit)
        found += [row.our_id for row in got.rows]
        if not got.after:
            return found
        assert len(got.rows) == limit
        after = got.after


def test_what_blocks_most_comes_first_and_pages_lose_nothing(session: Session) -> None:
    blocks = {f"g{n}": Blocks((n * 37 % 11) * MILLION, n % 3, n % 5) for n in range(20)}
    link = fill(session, [proposal(f"g{n}") for n in range(20)], blocks)
    found = listed(session, link, Filter())
    expected = sorted(blocks, key=lambda key: (blocks[key].orders, blocks[key].value, key), reverse=True)
    assert found == expected
    by_chance = listed(session, link, Filter(order="chance"))
    assert sorted(by_chance) == sorted(found)


def test_the_surest_come_first_where_that_is_asked_for(session: Session) -> None:
    rows = [proposal(f"g{n}", Queue.CHECK, candidate(f"T{n}", 1_000 * n)) for n in range(7)]
    link = fill(session, rows)
    assert listed(session, link, Filter(Queue.CHECK, order="chance")) == [f"g{n}" for n in range(6, -1, -1)]
    assert listed(session, link, Filter(Queue.CHECK, least=3_000, order="chance")) == ["g6", "g5", "g4", "g3"]


def test_a_key_that_was_tampered_with_begins_anew(session: Session) -> None:
    link = fill(session, [proposal(f"g{n}") for n in range(4)])
    whole = page(session, link, "good", Filter(), at=AT, limit=10).rows
    for after in ("x", "1\x1f2", "a\x1fb\x1fc\x1fd"):
        assert page(session, link, "good", Filter(), at=AT, after=after, limit=10).rows == whole


def test_filters_by_group_warehouse_and_queue(session: Session) -> None:
    rows = [
        proposal("a", group_name="Пиво"),
        proposal("b", group_name="Пиво"),
        proposal("c", group_name="Квас"),
        proposal("d", Queue.CONFLICT, group_name="Квас", note="спор"),
    ]
    link = fill(session, rows, {"a": Blocks(warehouses=("w1", "w2")), "c": Blocks(warehouses=("w2",))})
    assert sorted(listed(session, link, Filter(group="Пиво"))) == ["a", "b"]
    assert sorted(listed(session, link, Filter(warehouse="w2"))) == ["a", "c"]
    assert listed(session, link, Filter(warehouse="w1")) == ["a"]
    assert listed(session, link, Filter(warehouse="w")) == []
    assert listed(session, link, Filter(Queue.CONFLICT)) == ["d"]
    assert groups(session, link, "good", Queue.GREEN) == [("Пиво", 2), ("Квас", 1)]
    assert counts(session, link, "good") == {**dict.fromkeys(Queue, 0), Queue.GREEN: 3, Queue.CONFLICT: 1}
    assert count(session, link, "good", Filter(group="Пиво")) == 2


def test_search_finds_beginnings_of_words_and_codes(session: Session) -> None:
    rows = [
        proposal("a", name="Пиво «Жигулёвское» светлое 0,5"),
        proposal("b", name="Пиво тёмное 0,5"),
        proposal("c", name="Квас ржаной"),
    ]
    link = fill(session, rows)
    assert sorted(listed(session, link, Filter(text="пиво"))) == ["a", "b"]
    assert listed(session, link, Filter(text="ЖИГУЛЕВ")) == ["a"]
    assert listed(session, link, Filter(text="тем пив")) == ["b"]
    assert listed(session, link, Filter(text="00-c")) == ["c"]
    assert listed(session, link, Filter(text="вское")) == [], "words are found by how they begin"
    assert listed(session, link, Filter(text="%")) == sorted(["a", "b", "c"], reverse=True), "no word: no condition"
    assert listed(session, link, Filter(text="пиво ничего")) == []


def test_an_id_of_either_side_finds_its_rows_in_any_queue(session: Session) -> None:
    rows = [
        proposal("a"),
        proposal("b", Queue.CHECK, candidate("T9")),
        proposal("c", Queue.LATER, candidate("T9")),
        proposal("d", Queue.CONFLICT, candidate("b")),
    ]
    link = fill(session, rows)
    assert listed(session, link, Filter(Queue.CHECK, about="T9")) == ["b"]
    assert listed(session, link, Filter(Queue.GREEN, about="T9")) == []
    assert holding(session, link, "good", Filter(about="T9")) is Queue.CHECK
    assert holding(session, link, "good", Filter(about="T-a")) is Queue.GREEN
    assert holding(session, link, "good", Filter(about="d")) is Queue.CONFLICT
    assert listed(session, link, Filter(Queue.CONFLICT, about="b")) == ["d"], "theirs and ours by the same id"
    assert listed(session, link, Filter(Queue.CHECK, about="b")) == ["b"]
    assert holding(session, link, "good", Filter(about="нет такого")) is None
    assert holding(session, link, "good", Filter(Queue.DONE, text="Товар c")) is Queue.LATER


def test_an_id_finds_the_units_of_a_good(session: Session) -> None:
    link = fill(session, [proposal("g1")])
    refresh(session, link, "unit", [proposal("u-box", scope="g1"), proposal("u-box", scope="g2")], at=AT)
    found = page(session, link, "unit", Filter(about="g2"), at=AT).rows
    assert [row.scope for row in found] == ["g2"]


def test_a_frequent_word_is_met_while_the_list_is_read(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [proposal(f"g{n}", name=f"Пиво {'светлое' if n % 2 else 'тёмное'} {n}") for n in range(10)]
    link = fill(session, rows)
    expected = listed(session, link, Filter(text="пиво свет"))
    monkeypatch.setattr(worklist, "RARE", 3)
    assert listed(session, link, Filter(text="пиво свет")) == expected
    assert len(expected) == 5


def test_doubles_are_rows_of_the_same_name(session: Session) -> None:
    rows = [
        proposal("a", name="Квас Ржаной, 0.5 л"),
        proposal("b", name="квас ржаной 0,5 Л"),
        proposal("c", name="0,5 л ржаной квас", queue=Queue.CHECK),
        proposal("d", name="Квас белый"),
    ]
    link = fill(session, [replace(row) for row in rows])
    row = one(session, link, "good", "a", "", at=AT)
    assert row is not None
    assert [twin.our_id for twin in twins(session, link, "good", row, at=AT)] == ["b", "c"]
    assert one(session, link, "good", "none", "", at=AT) is None


@given(st.text(), st.text())
def test_a_name_key_knows_neither_signs_nor_order(one_name: str, other: str) -> None:
    assert (
        name_key(f"{one_name} {other}") == name_key(f"{other}, {one_name.upper().lower()}")
        or "ß" in one_name + other
        or one_name.upper().lower() != one_name.lower()
    )
    assert words(one_name) == words(" ".join(words(one_name)))


# -- refreshing --------------------------------------------------------------------------------------------------------


def test_refreshing_changes_only_what_differs(session: Session) -> None:
    rows = [proposal("a"), proposal("b"), proposal("c")]
    link = fill(session, rows)
    again = refresh(session, link, "good", rows, at=AT)
    assert (again.new, again.changed, again.gone, again.same) == (0, 0, 0, 3)
    later = AT + timedelta(hours=1)
    changed = [proposal("a"), proposal("b", Queue.CHECK, candidate("T-new", 5_000)), proposal("d", name="Новый сидр")]
    done = refresh(session, link, "good", changed, at=later)
    assert (done.new, done.changed, done.gone, done.same) == (1, 1, 1, 1)
    row = one(session, link, "good", "b", "", at=AT)
    assert row is not None
    assert (row.queue, row.their_id, row.chance, row.numerator) == (Queue.CHECK, "T-new", 5_000, 12)
    assert listed(session, link, Filter(text="сидр")) == ["d"]
    assert listed(session, link, Filter(text="00-c")) == []


def test_words_are_indexed_once_and_go_with_their_row(session: Session) -> None:
    link = fill(session, [proposal("a", name="Квас Квас белый")])
    mine = (WordRow.link_id == link, WordRow.side == "ours")
    assert {row.word for row in session.query(WordRow).where(*mine)} == {"квас", "белый", "00", "a"}
    refresh(session, link, "good", [], at=AT)
    assert session.query(WordRow).where(*mine).count() == 0


def test_pairs_that_are_there_already_are_done_and_reopened_ones_changed(session: Session) -> None:
    link = fill(session, [proposal("a"), proposal("b"), proposal("c")])
    confirm(session, link, Pair("good", "a", "T-a"), author="x", at=AT)
    confirm(session, link, Pair("good", "b", "T-b"), author="x", at=AT)
    reopen(session, link, {"T-b": "изменилось наименование"}, {}, AT)
    assert counts(session, link, "good")[Queue.CHANGED] == 1, "reopening moves the row at once"
    sync(session, link, "good")
    assert {row: one(session, link, "good", row, "", at=AT).queue for row in "abc"} == {  # type: ignore[union-attr]
        "a": Queue.DONE,
        "b": Queue.CHANGED,
        "c": Queue.GREEN,
    }
    refresh(session, link, "good", [proposal("a"), proposal("b"), proposal("c")], at=AT)
    assert counts(session, link, "good") == {**dict.fromkeys(Queue, 0), Queue.DONE: 1, Queue.CHANGED: 1, Queue.GREEN: 1}


def test_a_pair_that_ended_elsewhere_is_to_be_checked(session: Session) -> None:
    link = fill(session, [proposal("a")])
    made = confirm(session, link, Pair("good", "a", "T-a"), author="x", at=AT)
    sync(session, link, "good")
    end(session, link, made.id, author="y", reason="ошибка", at=AT)
    sync(session, link, "good")
    assert listed(session, link, Filter(Queue.CHECK)) == ["a"]


def test_what_waits_for_theirs_counts_for_the_row_that_would_get_it(session: Session) -> None:
    link = fill(session, [proposal("a"), proposal("b")])
    waits = {"T-b": Blocks(orders=9, lines=38)}
    refresh(session, link, "good", [proposal("a"), proposal("b")], at=AT, theirs=waits)
    rows = page(session, link, "good", Filter(), at=AT).rows
    assert [(row.our_id, row.orders, row.lines) for row in rows] == [("b", 9, 38), ("a", 0, 0)]


def test_a_row_put_off_stays_put_off(session: Session) -> None:
    link = fill(session, [proposal("a", Queue.LATER)])
    refresh(session, link, "good", [proposal("a", Queue.GREEN)], at=AT)
    assert listed(session, link, Filter(Queue.LATER)) == ["a"]


# -- their side --------------------------------------------------------------------------------------------------------


def test_theirs_are_found_by_words_and_code(session: Session) -> None:
    rows = [
        proposal("a", Queue.CHECK, candidate("100", name="Пиво светлое жб"), candidate("200", name="Пиво тёмное жб")),
    ]
    link = fill(session, rows)
    assert [each["their_id"] for each in find_theirs(session, link, "good", "пив")] == ["100", "200"]
    (found,) = find_theirs(session, link, "good", "пиво тем")
    assert found["their_id"] == "200"
    assert sorted(found["units"]) == [["box", "кор"], ["pcs", "шт"]]
    assert [each["their_id"] for each in find_theirs(session, link, "good", "100")] == ["100"]
    assert find_theirs(session, link, "good", "нет такого") == []
    assert find_theirs(session, link, "good", " ") == []


def test_units_and_warehouses_are_listed(session: Session) -> None:
    link = fill(session, [proposal("a")])
    made = Proposal("u-box", "Товар a", Queue.CHECK, scope="a", candidates=(candidate("T-a", their_unit="pcs"),))
    refresh(session, link, "unit", [made], at=AT)
    row = one(session, link, "unit", "u-box", "a", at=AT)
    assert row is not None
    assert sorted(each["their_unit"] for each in units_of(session, link, row)) == ["box", "pcs"]
    assert warehouses(session, link) == []
    assert listed(session, link, Filter(Queue.CHECK, text="товар"), kind="unit") == ["u-box"]
