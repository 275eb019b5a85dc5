"""What the flow that suggests pairs tells the engine: names confirmed before, and what orders wait for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.order_pages import settled_at
from mappings.work_sides import Ours, Sides
from tasks.suggesting import _confirmed


def ours(place: int, name: str) -> Ours:
    rest: dict[str, Any] = dict.fromkeys(
        ("full_name", "code", "article", "their_code", "unit_id", "group", "inn", "kpp", "address"), ""
    )
    return Ours(id=f"o{place}", name=name, barcodes=(), **rest)


def sides(named: list[tuple[str, str]]) -> Sides:
    """Return both sides of goods: their names, and ids of theirs that they are paired with ("" = not yet)."""
    listed = [ours(place, name) for place, (name, _) in enumerate(named)]
    return Sides("good", listed, [], pairs={f"o{place}": theirs for place, (_, theirs) in enumerate(named) if theirs})


def test_a_name_that_has_several_pairs_proves_none_of_them() -> None:
    found = _confirmed(sides([("Квас", "t1"), ("Пиво", "t2"), ("Квас", "t3"), ("Сидр", ""), ("Пиво", "t2")]))
    assert found == {"Пиво": "t2"}


@given(st.lists(st.tuples(st.sampled_from("абв"), st.sampled_from(["", "t1", "t2"])), max_size=12))
def test_every_name_that_is_told_has_one_pair(named: list[tuple[str, str]]) -> None:
    found = _confirmed(sides(named))
    for name in "абв":
        paired = {theirs for each, theirs in named if each == name and theirs}
        assert found.get(name) == (next(iter(paired)) if len(paired) == 1 else None)


@pytest.mark.parametrize(
    ("kind", "key", "thing"),
    [
        ("good", "100:5", "100:5"),
        ("unit", "100000:box", "100000"),
        ("unit", "a:b:ea", "a:b"),
        ("outlet", "C1", "C1"),
    ],
)
def test_a_reason_leads_to_the_thing_that_is_matched(kind: str, key: str, thing: str) -> None:
    assert settled_at(kind, key) == thing
