"""Identifiers of 7.7: exact in both directions, empty where they lead nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.onec.v77 import ids
from connectors.onec.v77.ids import Reference
from sandbox.v77 import ids as written

NUMBERS = st.integers(1, 36**6 - 1)
BASES = st.sampled_from(["", "CIB", "PIB", "A", "AB"])
KINDS = st.integers(1, 36**4 - 1)


@given(NUMBERS, BASES)
def test_a_key_leads_back_to_its_id(number: int, base: str) -> None:
    """Nine characters, none of them a space: a text that is stripped on its way is still the same key."""
    identity = written.object_id(number, base)
    key = ids.key_of(identity)
    assert (len(identity), len(key), key.strip()) == (9, 9, key)
    assert " " not in key
    assert ids.id_of(key) == identity


@given(NUMBERS, BASES, NUMBERS, BASES)
def test_different_ids_have_different_keys(one: int, base: str, two: int, other: str) -> None:
    """``___24CIB_`` of the base itself and ``____24CIB`` of CIB are two objects."""
    left, right = written.object_id(one, base), written.object_id(two, other)
    assert (ids.key_of(left) == ids.key_of(right)) == (left == right)


def test_what_a_strip_would_confuse_is_told_apart() -> None:
    own, theirs = written.object_id(int("24CIB", 36)), written.object_id(int("24", 36), "CIB")
    assert own.strip() == theirs.strip()
    assert ids.key_of(own) != ids.key_of(theirs)


@pytest.mark.parametrize("empty", ["     0   ", "         ", "     0CIB", ""])
def test_the_empty_reference_is_an_empty_key(empty: str) -> None:
    assert ids.is_empty(empty)
    assert ids.key_of(empty) == ""
    assert ids.id_of("") == "     0   "


@given(st.integers(0, 36**6 - 1), st.integers(6, 9))
def test_base_36_comes_back(number: int, width: int) -> None:
    text = ids.to36(number, width)
    assert len(text) == width
    assert ids.from36(text) == number


@pytest.mark.parametrize("text", ["1a", "1 2", "1_", "Ж", "1 "])
def test_what_is_no_base_36_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        ids.from36(text)


@pytest.mark.parametrize(("number", "width"), [(-1, 6), (36**4, 4)])
def test_what_does_not_fit_is_told(number: int, width: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        ids.to36(number, width)


@given(KINDS, NUMBERS, BASES)
def test_a_reference_of_any_kind_gives_kind_and_id(kind: int, number: int, base: str) -> None:
    identity = written.object_id(number, base)
    value = written.any_kind(kind, identity)
    assert len(value) == 13
    assert ids.reference(value) == Reference(identity, kind)


@given(KINDS, NUMBERS, BASES, st.sampled_from([("B", "Справочник"), ("O", "Документ"), ("E", "Перечисление")]))
def test_a_reference_of_no_fixed_type_gives_what_it_leads_to(
    kind: int, number: int, base: str, what: tuple[str, str]
) -> None:
    identity = written.object_id(number, base)
    found = ids.reference(f"{written.undefined(what[0], kind, identity):<23}")
    assert found == Reference(identity, kind, what[1])
    assert found.key == ids.key_of(identity)


@pytest.mark.parametrize(
    ("value", "text"), [("U", ""), ("", ""), ("N12.5", "12.5"), ("SСамовывоз", "Самовывоз"), ("D20260115", "20260115")]
)
def test_a_value_that_is_no_reference_has_no_key(value: str, text: str) -> None:
    found = ids.undefined(f"{value:<23}")
    assert (found.key, found.text, found.object) == ("", text, "")


def test_empty_references_of_every_width_are_empty() -> None:
    assert [
        ids.reference(text.ljust(width)).key for text, width in (("     0   ", 9), ("   0     0   ", 13), ("U", 23))
    ] == ["", "", ""]
    assert ids.undefined("B1  1V     0   ".ljust(23)).key == ""


def test_another_width_is_told() -> None:
    with pytest.raises(ValueError, match="8"):
        ids.reference("     24 ")


@pytest.mark.parametrize(("closed", "posted"), [(0, False), (1, True), (4, False), (5, True)])
def test_posted_is_a_bit(closed: int, posted: bool) -> None:
    """Accounting documents carry bit 2 beside it: 5 is posted, 4 is not."""
    assert ids.is_posted(closed) is posted
