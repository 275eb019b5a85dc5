"""What goes when a parcel is taken up again: the one decision, on its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.states import RUSSIAN, MessageState, ParcelState, Standing, plan

P, S, A, F = MessageState.PREPARED, MessageState.SENT, MessageState.ANSWERED, MessageState.FAILED
X = "failed, and it may have been carried out"


def standings(*states: MessageState | str) -> list[Standing]:
    return [
        Standing(number, F if state is X else MessageState(state), ambiguous=state is X)
        for number, state in enumerate(states, start=1)
    ]


@pytest.mark.parametrize(
    ("states", "send", "again"),
    [
        ([], (), False),
        ([P], (1,), False),
        ([S], (1,), False),
        ([X], (1,), False),
        ([A], (), False),
        ([P, P, P], (1, 2, 3), False),
        ([A, P, P], (2, 3), False),
        ([A, F, P], (2, 3), False),
        ([A, A, A], (), False),
        ([A, S, P], (1, 2, 3), True),
        ([A, X, P], (1, 2, 3), True),
        ([A, A, S], (1, 2, 3), True),
        ([S, P, P], (1, 2, 3), False),
        ([X, P, P], (1, 2, 3), False),
        ([F, P, P], (1, 2, 3), False),
        ([P, A, P], (1, 2, 3), True),
        ([F, A], (1, 2), True),
    ],
)
def test_plan(states: list[MessageState | str], send: tuple[int, ...], again: bool) -> None:
    decided = plan(standings(*states))
    assert (decided.send, decided.again) == (send, again)


@given(st.lists(st.sampled_from([P, S, A, F, X]), max_size=6))
def test_what_is_sent_is_always_an_unbroken_end_of_the_parcel(states: list[MessageState | str]) -> None:
    """Nothing without a receipt is left out, and parts never leave in another order than they were made."""
    decided = plan(standings(*states))
    everything = tuple(range(1, len(states) + 1))
    assert decided.send == everything[len(everything) - len(decided.send) :]
    assert {number for number, state in enumerate(states, start=1) if state is not A} <= set(decided.send)


@given(st.lists(st.sampled_from([P, S, A, F, X]), min_size=2, max_size=6))
def test_an_uncertain_part_always_begins_with_the_part_that_deletes(states: list[MessageState | str]) -> None:
    decided = plan(standings(*states))
    if {S, X} & set(states):
        assert decided.send[0] == 1


def test_every_state_has_a_russian_word() -> None:
    assert set(RUSSIAN) == {*ParcelState, *MessageState}
