"""Correspondences: confirmed, replaced, ended, undone, never lost."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.database import open_database
from foundation.errors import Impossible, NotFound, Occupied
from ledger.links import link_id
from mappings import correspondences
from mappings.catalog import store_theirs
from mappings.correspondences import active, confirm, confirm_many, end, history, reopened, undo
from mappings.pairs import Confirmed, Pair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from foundation.database import Database

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def hour(number: int) -> datetime:
    return AT + timedelta(hours=number)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Open a session for writing."""
    with database.begin() as opened:
        yield opened


@pytest.fixture
def link(session: Session) -> int:
    """Make a link."""
    return link_id(session, "north")


def good(our_id: str, their_id: str, **more: Any) -> Pair:
    return Pair("good", our_id, their_id, **more)


def in_force(session: Session, link: int, kind: Any = "good") -> dict[str, str]:
    frame = active(session, link, kind)
    return dict(zip(frame["our_id"], frame["their_id"], strict=True))


# -- confirming --------------------------------------------------------------------------------------------------------


def test_a_pair_carries_who_made_it_when_and_from_what(session: Session, link: int) -> None:
    pair = Pair("unit", "u", "l", "a", 30, 1, source="import", note="кег")
    made = confirm(session, link, pair, author="Иванова", at=AT)
    assert (made.kind, made.our_id, made.scope, made.their_id) == ("unit", "u", "a", "l")
    assert (made.numerator, made.denominator, made.source, made.note) == (30, 1, "import", "кег")
    assert (made.author, made.made_at, made.ended_at, made.replaces) == ("Иванова", AT, None, None)
    assert history(session, link, "unit", "u", "a") == [made]


def test_the_active_pairs_come_as_a_frame_with_dtypes_even_when_empty(session: Session, link: int) -> None:
    empty = active(session, link, "good")
    confirm(session, link, good("b", "200"), author="x")
    confirm(session, link, Pair("good", "a", "100", "", 2, 6), author="x")
    frame = active(session, link, "good")
    assert list(frame.columns) == list(correspondences.ACTIVE_COLUMNS) == list(empty.columns)
    assert frame.to_numpy().tolist() == [["a", "", "100", 1, 3, False], ["b", "", "200", 1, 1, False]]
    for each in (frame, empty):
        assert [str(each[name].dtype) for name in ("numerator", "denominator", "reopened")] == [
            "int64",
            "int64",
            "bool",
        ]


def test_another_target_replaces_and_the_same_changes_nothing(session: Session, link: int) -> None:
    first = confirm(session, link, good("a", "100"), author="x", at=AT)
    assert confirm(session, link, good("a", "100"), author="y", at=hour(1)) == first
    second = confirm(session, link, good("a", "200"), author="y", at=hour(2))
    assert second.replaces == first.id
    newest, oldest = history(session, link, "good", "a")
    assert newest == second
    assert (oldest.ended_at, oldest.ended_by, oldest.end_reason) == (hour(2), "y", "заменено")
    assert in_force(session, link) == {"a": "200"}


def test_another_factor_replaces_too(session: Session, link: int) -> None:
    confirm(session, link, Pair("unit", "u", "ea", "a", 1, 3), author="x")
    confirm(session, link, Pair("unit", "u", "ea", "a", 2, 6), author="x")
    assert len(history(session, link, "unit", "u", "a")) == 1
    confirm(session, link, Pair("unit", "u", "ea", "a", 1, 4), author="x")
    assert len(history(session, link, "unit", "u", "a")) == 2


def test_many_of_ours_may_go_to_one_of_theirs(session: Session, link: int) -> None:
    done = confirm_many(session, link, [good(f"a{n}", "100") for n in range(10)], author="x")
    assert done == Confirmed(made=10)
    assert set(in_force(session, link).values()) == {"100"}


def test_kinds_scopes_and_links_do_not_meet(session: Session, link: int) -> None:
    south = link_id(session, "south")
    for where, pair in (
        (link, good("a", "1")),
        (south, good("a", "2")),
        (link, Pair("warehouse", "a", "3")),
        (link, Pair("unit", "u", "ea", "a")),
        (link, Pair("unit", "u", "ea")),
    ):
        confirm(session, where, pair, author="x")
    assert in_force(session, link) == {"a": "1"}
    assert in_force(session, south) == {"a": "2"}
    assert len(active(session, link, "unit")) == 2


def test_many_pairs_are_told_apart_at_once(session: Session, link: int) -> None:
    """Far over the number up to which keys are asked for one by one."""
    pairs = [good(f"a{n}", "100") for n in range(6_000)]
    assert confirm_many(session, link, pairs, author="x") == Confirmed(made=6_000)
    changed = [*pairs[:5_500], *(good(f"a{n}", "200") for n in range(5_500, 6_000)), good("new", "1")]
    assert confirm_many(session, link, changed, author="x") == Confirmed(made=1, replaced=500, same=5_500)
    assert confirm_many(session, link, [], author="x") == Confirmed()


def test_two_operators_at_once_are_told(session: Session, link: int) -> None:
    """The second insert meets the first one's pair, which its own look had not seen yet."""
    with pytest.raises(Occupied, match="другой оператор"):
        confirm_many(session, link, [good("a", "1"), good("a", "2")], author="x")
    assert in_force(session, link) == {}, "and nothing of it stays"


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 1), (1, 0), (-1, 1), (2**63, 1), (1, 2**64 + 1)])
def test_an_impossible_factor_is_refused(numerator: int, denominator: int) -> None:
    with pytest.raises(Impossible, match="коэффициент"):
        Pair("unit", "u", "ea", "a", numerator, denominator)


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(1, 10**6))
def test_a_factor_is_kept_in_lowest_terms(numerator: int, denominator: int, times: int) -> None:
    pair = Pair("unit", "u", "ea", "a", numerator * times, denominator * times)
    assert pair.target == Pair("unit", "u", "ea", "a", numerator, denominator).target
    assert pair.numerator * denominator == numerator * pair.denominator


# -- ending and undoing ------------------------------------------------------------------------------------------------


def test_an_ended_pair_is_in_the_history_only(session: Session, link: int) -> None:
    made = confirm(session, link, good("a", "100"), author="x", at=AT)
    end(session, link, made.id, author="y", reason="не тот товар", at=hour(1))
    assert in_force(session, link) == {}
    (only,) = history(session, link, "good", "a")
    assert (only.ended_at, only.ended_by, only.end_reason) == (hour(1), "y", "не тот товар")


def test_undo_goes_back_one_step_at_a_time(session: Session, link: int) -> None:
    """100, then 200, then 300; each undo brings the one before back, and the last leaves nothing."""
    for number, their_id in enumerate(("100", "200", "300")):
        last = confirm(session, link, good("a", their_id, source="import"), author="x", at=hour(number))
    seen = []
    step: Any = last
    while step is not None:
        step = undo(session, link, step.id, author="y", at=hour(9))
        seen.append(in_force(session, link))
        if step is not None:
            assert (step.source, step.author) == ("import", "y")
            assert "отмене" in step.note
    assert seen == [{"a": "200"}, {"a": "100"}, {}]
    assert len(history(session, link, "good", "a")) == 5


def test_what_is_not_in_force_can_neither_be_ended_nor_undone(session: Session, link: int) -> None:
    made = confirm(session, link, good("a", "100"), author="x")
    south = link_id(session, "south")
    for where, number in ((link, 404), (south, made.id)):
        with pytest.raises(NotFound, match="не действует"):
            undo(session, where, number, author="x")
    end(session, link, made.id, author="x", reason="r")
    with pytest.raises(NotFound):
        end(session, link, made.id, author="x", reason="r")
    with pytest.raises(NotFound):
        undo(session, link, made.id, author="x")


def test_a_good_that_is_paired_anew_takes_its_units_along(session: Session, link: int) -> None:
    """A factor belongs to one good of theirs: box is 12 of one and 20 of another. Undo brings the units back."""
    confirm_many(
        session,
        link,
        [
            good("a", "100"),
            good("b", "100"),
            Pair("unit", "u", "box", "a", 1, 12),
            Pair("unit", "u", "ea", "b"),
            Pair("unit", "u", "ea"),
        ],
        author="x",
        at=AT,
    )
    changed = confirm(session, link, good("a", "200"), author="y", at=hour(1))
    assert set(active(session, link, "unit")["scope"]) == {"", "b"}
    confirm(session, link, Pair("unit", "u", "box", "a", 1, 20), author="y", at=hour(1))
    undo(session, link, changed.id, author="y", at=hour(2))
    units = active(session, link, "unit").set_index("scope")
    assert units.loc["a", "denominator"] == 12
    assert in_force(session, link)["a"] == "100"
    (current,) = [each for each in history(session, link, "good", "a") if each.ended_at is None]
    end(session, link, current.id, author="y", reason="r")
    assert "a" not in set(active(session, link, "unit")["scope"])


def test_a_good_and_its_unit_in_one_call_belong_together(session: Session, link: int) -> None:
    """The unit that comes with the new good is not ended by the good's change, in whatever order they are told."""
    confirm_many(session, link, [good("a", "100"), Pair("unit", "u", "ea", "a")], author="x")
    confirm_many(session, link, [Pair("unit", "u", "ea", "a"), good("a", "200")], author="x")
    assert list(active(session, link, "unit")["scope"]) == ["a"]


# -- their side changes ------------------------------------------------------------------------------------------------


def classifier(*goods: tuple[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(goods, columns=["their_good", "name"])
    return frame.assign(their_unit="ea", unit_name="шт", factor=1_000_000)


def test_a_good_that_vanished_is_not_used_and_one_that_changed_is(session: Session, link: int) -> None:
    store_theirs(session, link, classifier(("100", "Квас"), ("200", "Пиво"), ("300", "Сидр")), AT)
    confirm_many(session, link, [good("a", "100"), good("b", "200"), good("c", "300"), good("d", "?")], author="x")
    store_theirs(session, link, classifier(("100", "Квас"), ("200", "Пиво светлое")), hour(1))
    frame = active(session, link, "good").set_index("our_id")
    assert list(frame.index) == ["a", "b", "d"], "what was never in the classifier is nobody's loss"
    assert list(frame["reopened"]) == [False, True, False]
    assert [each.our_id for each in reopened(session, link)] == ["b", "c"]
    store_theirs(session, link, classifier(("100", "Квас"), ("200", "Пиво светлое"), ("300", "Сидр")), hour(2))
    assert "c" in in_force(session, link)


def test_pairs_survive_the_session(database_url: str) -> None:
    with closing(open_database(database_url)) as first, first.begin() as session:
        confirm(session, link_id(session, "north"), good("a", "100"), author="x")
    with closing(open_database(database_url)) as second, second.session() as session:
        assert in_force(session, link_id(session, "north")) == {"a": "100"}
