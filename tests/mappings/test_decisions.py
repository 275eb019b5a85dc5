"""Decisions: each carries its author, each is undone, nobody overwrites what he has not seen; batches and checks."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Impossible, NotFound, Occupied
from mappings import audits, batches
from mappings.audits import Result, draw, judge, least_green, results, wilson
from mappings.batches import confirm_green, preview, undo_batch
from mappings.correspondences import active, confirm, history, reopened, undo_many
from mappings.decisions import CLAIM, Choice, claim, confirm_again, decide, last, story, undo_decision
from mappings.pairs import Pair
from mappings.proposing import Blocks
from mappings.reopening import reopen
from mappings.worklist import Filter, Queue, counts, one
from tests.mappings.work_help import AT, MILLION, candidate, fill, proposal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from foundation.database import Database

PAIR = Choice("pair", "T-a", "pcs", 12, 1)
LATER = AT + timedelta(minutes=1)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Open a session for writing."""
    with database.begin() as opened:
        yield opened


def lot(seed: int) -> Random:
    """Return a lot that draws the same each time."""
    return Random(seed)  # noqa: S311 - a test's lot


def queue_of(session: Session, link: int, our_id: str) -> Queue:
    row = one(session, link, "good", our_id, "", at=AT)
    assert row is not None
    return row.queue


def pairs(session: Session, link: int, kind: str = "good") -> dict[str, str]:
    frame = active(session, link, kind)  # type: ignore[arg-type]
    return dict(zip(frame["our_id"], frame["their_id"], strict=True))


def test_a_pair_takes_its_unit_and_factor_along(session: Session) -> None:
    link = fill(session, [proposal("a")])
    row, made = decide(session, link, "good", ("a", ""), PAIR, author="Иванова", at=AT, seen=Queue.GREEN)
    assert (row.queue, made.queue_before, made.author, len(made.pairs)) == (Queue.GREEN, "green", "Иванова", 2)
    assert pairs(session, link) == {"a": "T-a"}
    units = active(session, link, "unit").iloc[0]
    assert (units["our_id"], units["scope"], units["their_id"], units["numerator"]) == ("u-box", "a", "pcs", 12)
    assert queue_of(session, link, "a") is Queue.DONE
    assert history(session, link, "good", "a")[0].author == "Иванова"


def test_undo_brings_row_and_former_pair_back(session: Session) -> None:
    link = fill(session, [proposal("a", Queue.CHECK)])
    confirm(session, link, Pair("good", "a", "T-old"), author="x", at=AT)
    confirm(session, link, Pair("unit", "u-box", "box", "a"), author="x", at=AT)
    _, made = decide(session, link, "good", ("a", ""), PAIR, author="Иванова", at=LATER)
    assert pairs(session, link) == {"a": "T-a"}
    undo_decision(session, link, made.id, author="Иванова", at=LATER + timedelta(minutes=1))
    assert pairs(session, link) == {"a": "T-old"}
    assert pairs(session, link, "unit") == {"u-box": "box"}
    assert queue_of(session, link, "a") is Queue.CHECK
    (step,) = story(session, link, "good", "a", "")
    assert (step.undone_by, step.undone_at) == ("Иванова", LATER + timedelta(minutes=1))
    with pytest.raises(NotFound):
        undo_decision(session, link, made.id, author="Иванова", at=LATER)


def test_no_pair_and_later_are_decisions_too(session: Session) -> None:
    link = fill(session, [proposal("a"), proposal("b")])
    _, none = decide(session, link, "good", ("a", ""), Choice("no_pair"), author="И", at=AT)
    assert pairs(session, link) == {"a": ""}
    assert queue_of(session, link, "a") is Queue.DONE
    decide(session, link, "good", ("b", ""), Choice("later"), author="И", at=AT)
    assert queue_of(session, link, "b") is Queue.LATER
    newest = last(session, link, "good", "И")
    assert newest is not None
    assert newest.action == "later"
    assert last(session, link, "good", "другой") is None
    undo_decision(session, link, newest.id, author="И", at=AT)
    undo_decision(session, link, none.id, author="И", at=AT)
    assert pairs(session, link) == {}
    assert counts(session, link, "good")[Queue.GREEN] == 2


def test_a_row_decided_since_it_was_seen_is_refused(session: Session) -> None:
    link = fill(session, [proposal("a")])
    decide(session, link, "good", ("a", ""), PAIR, author="Иванова", at=AT, seen=Queue.GREEN)
    with pytest.raises(Occupied, match="решили иначе"):
        decide(session, link, "good", ("a", ""), Choice("no_pair"), author="Петров", at=AT, seen=Queue.GREEN)
    with pytest.raises(NotFound):
        decide(session, link, "good", ("zzz", ""), PAIR, author="Петров", at=AT)
    assert pairs(session, link) == {"a": "T-a"}


def test_undoing_what_was_decided_anew_is_refused(session: Session) -> None:
    link = fill(session, [proposal("a")])
    _, first = decide(session, link, "good", ("a", ""), PAIR, author="И", at=AT)
    decide(session, link, "good", ("a", ""), Choice("pair", "T-b"), author="П", at=LATER)
    with pytest.raises(Occupied, match="решили иначе"):
        undo_decision(session, link, first.id, author="И", at=LATER)
    assert pairs(session, link) == {"a": "T-b"}


def test_a_claimed_row_is_the_others_until_its_time_is_over(session: Session) -> None:
    link = fill(session, [proposal("a"), proposal("b")])
    claim(session, link, "good", "a", "", operator="Петров", at=AT)
    claim(session, link, "good", "a", "", operator="Петров", at=AT)
    with pytest.raises(Occupied, match="Петров"):
        claim(session, link, "good", "a", "", operator="Иванова", at=AT)
    with pytest.raises(Occupied, match="Петров"):
        decide(session, link, "good", ("a", ""), PAIR, author="Иванова", at=AT)
    row = one(session, link, "good", "a", "", at=AT)
    assert row is not None
    assert row.claimed_by == "Петров"
    after = AT + CLAIM + timedelta(seconds=1)
    claim(session, link, "good", "a", "", operator="Иванова", at=after)
    claim(session, link, "good", "b", "", operator="Иванова", at=after)
    decide(session, link, "good", ("a", ""), PAIR, author="Петров", at=after), "her claim went on to the next row"


def test_an_outlet_of_theirs_is_one_of_ours(session: Session) -> None:
    rows = [
        proposal("a", Queue.CHECK, candidate("C1"), unit_id=""),
        proposal("b", Queue.CHECK, candidate("C1"), unit_id=""),
    ]
    link = fill(session, rows, kind="outlet")
    decide(session, link, "outlet", ("a", ""), Choice("pair", "C1"), author="И", at=AT)
    with pytest.raises(Occupied, match="C1"):
        decide(session, link, "outlet", ("b", ""), Choice("pair", "C1"), author="И", at=AT)


def test_a_factor_of_zero_is_refused(session: Session) -> None:
    link = fill(session, [proposal("a")])
    with pytest.raises(Impossible):
        decide(session, link, "good", ("a", ""), Choice("pair", "T-a", "pcs", 0, 1), author="И", at=AT)


def test_the_same_pair_settles_a_changed_row(session: Session) -> None:
    link = fill(session, [proposal("a")])
    decide(session, link, "good", ("a", ""), PAIR, author="И", at=AT)
    reopen(session, link, {"T-a": "другое наименование"}, {}, LATER)
    assert queue_of(session, link, "a") is Queue.CHANGED
    decide(session, link, "good", ("a", ""), PAIR, author="И", at=LATER, seen=Queue.CHANGED)
    assert queue_of(session, link, "a") is Queue.DONE
    assert [each.id for each in reopened(session, link) if each.kind == "good"] == []


def test_a_pair_of_the_past_comes_back(session: Session) -> None:
    link = fill(session, [proposal("a")])
    decide(session, link, "good", ("a", ""), PAIR, author="И", at=AT)
    decide(session, link, "good", ("a", ""), Choice("pair", "T-b"), author="И", at=LATER)
    old = next(each for each in history(session, link, "good", "a") if each.their_id == "T-a")
    confirm_again(session, link, "good", old.id, author="П", at=LATER + timedelta(minutes=1))
    assert pairs(session, link) == {"a": "T-a"}
    assert [step.author for step in story(session, link, "good", "a", "")] == ["П", "И", "И"]
    with pytest.raises(NotFound):
        confirm_again(session, link, "good", 999, author="П", at=LATER)


# -- batches -----------------------------------------------------------------------------------------------------------


def many(session: Session, number: int = 60) -> int:
    blocks = {f"g{n:03}": Blocks(n * MILLION, n % 2, n % 2 * 3) for n in range(number)}
    rows = [proposal(f"g{n:03}", Queue.GREEN if n % 3 else Queue.CHECK, group_name="AB"[n % 2]) for n in range(number)]
    return fill(session, rows, blocks)


def test_all_green_under_a_filter_and_back(session: Session) -> None:
    link = many(session)
    wanted = Filter(group="A")
    seen = preview(session, link, "good", wanted, author="И", at=AT)
    green = [n for n in range(60) if n % 3 and n % 2 == 0]
    assert (seen.rows, seen.value, seen.least) == (len(green), sum(green) * MILLION, 9_900)
    batch = confirm_green(session, link, "good", wanted, expected=seen.rows, author="И", at=AT, lot=lot(1))
    assert pairs(session, link) == {f"g{n:03}": f"T-g{n:03}" for n in green}
    assert set(active(session, link, "unit")["scope"]) == {f"g{n:03}" for n in green}
    assert counts(session, link, "good")[Queue.DONE] == len(green)
    assert results(session, link, "good").waiting == 1, "2 % of 20, one at least"
    assert (batch.rows, batch.terms, batch.author) == (len(green), {"group": "A"}, "И")
    done, left = undo_batch(session, link, batch.id, author="П", at=LATER)
    assert (done.id, left) == (batch.id, 0)
    assert pairs(session, link) == pairs(session, link, "unit") == {}
    assert counts(session, link, "good")[Queue.GREEN] == 40
    assert results(session, link, "good").waiting == 0
    with pytest.raises(NotFound):
        undo_batch(session, link, batch.id, author="П", at=LATER)
    assert batches.batches(session, link, "good")[0].undone_by == "П"


def test_a_batch_that_is_not_what_was_seen_is_refused(session: Session) -> None:
    link = many(session)
    with pytest.raises(Occupied, match="40 вместо 41"):
        confirm_green(session, link, "good", Filter(), expected=41, author="И", at=AT)
    with pytest.raises(Occupied):
        confirm_green(session, link, "good", Filter(text="ничего"), expected=0, author="И", at=AT)
    assert pairs(session, link) == {}


def test_undoing_a_batch_leaves_what_was_decided_since(session: Session) -> None:
    link = many(session, 12)
    batch = confirm_green(session, link, "good", Filter(), expected=8, author="И", at=AT, lot=lot(1))
    decide(session, link, "good", ("g001", ""), Choice("pair", "T-g002"), author="П", at=LATER)
    _, left = undo_batch(session, link, batch.id, author="И", at=LATER + timedelta(minutes=1))
    assert left == 1
    assert pairs(session, link) == {"g001": "T-g002"}


def test_rows_of_others_are_left_out_of_a_batch(session: Session) -> None:
    link = many(session, 12)
    claim(session, link, "good", "g001", "", operator="Петров", at=AT)
    seen = preview(session, link, "good", Filter(), author="И", at=AT)
    assert (seen.rows, seen.claimed) == (7, 1)
    confirm_green(session, link, "good", Filter(), expected=7, author="И", at=AT, lot=lot(1))
    assert "g001" not in pairs(session, link)


def test_of_outlets_that_want_the_same_the_surest_takes_it(session: Session) -> None:
    rows = [
        proposal("a", Queue.GREEN, candidate("C1", 9_800), unit_id=""),
        proposal("b", Queue.GREEN, candidate("C1", 9_900), unit_id=""),
    ]
    link = fill(session, rows, kind="outlet")
    confirm_green(session, link, "outlet", Filter(), expected=1, author="И", at=AT, lot=lot(1))
    assert pairs(session, link, "outlet") == {"b": "C1"}


def test_undoing_many_brings_back_what_some_replaced(session: Session) -> None:
    link = many(session, 6)
    confirm(session, link, Pair("good", "g001", "T-old"), author="x", at=AT)
    made = [confirm(session, link, Pair("good", f"g00{n}", "T-new"), author="x", at=LATER).id for n in (1, 2)]
    assert undo_many(session, link, [*made, 12345], author="y", at=LATER + timedelta(hours=1)) == [12345]
    assert pairs(session, link) == {"g001": "T-old"}
    assert undo_many(session, link, made, author="y") == made


# -- checks ------------------------------------------------------------------------------------------------------------


def test_a_wrong_pair_ends_and_its_row_is_to_be_decided_anew(session: Session) -> None:
    link = many(session, 60)
    confirm_green(session, link, "good", Filter(), expected=40, author="И", at=AT, lot=lot(3))
    (drawn,) = audits.open_checks(session, link, "good")
    judge(session, link, drawn.id, "wrong", author="П", at=LATER)
    assert drawn.our_id not in pairs(session, link)
    assert queue_of(session, link, drawn.our_id) is Queue.CHECK
    assert results(session, link, "good") == Result(0, 0, 1)
    assert audits.past_checks(session, link, "good")[0].author == "П"
    assert audits.labels(session, link, "good") == [(9_900, False)]
    with pytest.raises(NotFound):
        judge(session, link, drawn.id, "right", author="П", at=LATER)


def test_right_and_unsure_change_nothing(session: Session) -> None:
    link = many(session, 300)
    confirm_green(session, link, "good", Filter(), expected=200, author="И", at=AT, lot=lot(3))
    first, second, *rest = audits.open_checks(session, link, "good")
    assert len(rest) == 2
    judge(session, link, first.id, "right", author="П", at=LATER)
    judge(session, link, second.id, "unsure", author="П", at=LATER)
    assert len(pairs(session, link)) == 200
    found = results(session, link, "good")
    assert (found.right, found.wrong, found.checked, found.share) == (1, 0, 1, 100.0)


def test_single_green_rows_are_drawn_with_the_same_share(session: Session) -> None:
    link = many(session, 60)
    row = one(session, link, "good", "g001", "", at=AT)
    assert row is not None
    drawn = draw(session, link, "good", [row] * 3_000, at=AT, lot=lot(5))
    assert 30 < drawn < 95


@given(st.lists(st.tuples(st.integers(0, 10_000), st.booleans()), max_size=60))
def test_from_the_least_green_chance_on_the_promise_is_kept(checked: list[tuple[int, bool]]) -> None:
    least = least_green(checked)
    kept = [right for chance, right in checked if chance >= least]
    assert not kept or sum(kept) >= audits.PROMISED * len(kept)
    if all(right for _, right in checked):
        assert least == 0


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share(right: int, wrong: int) -> None:
    low, high = wilson(right, right + wrong)
    assert 0 <= low <= high <= 1
    if right + wrong:
        assert low <= right / (right + wrong) <= high
