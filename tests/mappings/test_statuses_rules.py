"""The word, the value and the comment that an order's state becomes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Faults
from foundation.order_settings import STATUS_WORDS
from mappings.layouts.layout import load_layout
from mappings.model import MICRO
from mappings.profiles.profile import load_profile
from mappings.translate.statuses import LONGEST, Facts, check_values, line_progress, status_of

REQUEST = load_profile("ut11").orders["request"]
REALIZATION = load_profile("ut11").orders["realization"]


def line(number: int, good: str, quantity: int, per: tuple[int, int] = (1, 1)) -> dict[str, Any]:
    their = quantity * MICRO * per[1] // per[0]
    return {
        "line": number, "good": good, "name": f"Товар {good}", "quantity": quantity * MICRO, "their_unit": "ea",
        "their_quantity": their, "per": list(per),
    }  # fmt: skip


def facts(**more: Any) -> Facts:
    known = {"document": "ref", "title": "Заказ клиента", "document_number": "0001", "lines": [line(1, "a", 10)]}
    return Facts("N", "answered", **{**known, **more})


WORDS: list[tuple[dict[str, Any], str, bool]] = [
    ({}, "created", False),
    ({"posted": True}, "posted", False),
    ({"status": "НеСогласован", "posted": True}, "posted", False),
    ({"status": "КОбеспечению"}, "created", False),
    ({"status": "КОбеспечению", "posted": True}, "working", False),
    ({"progress": "ГотовКОтгрузке", "posted": True}, "working", False),
    ({"status": "Закрыт", "posted": True}, "cancelled", True),
    ({"status": "Закрыт", "posted": True, "shipped": {"a": 3 * MICRO}}, "partly", True),
    ({"posted": True, "shipped": {"a": 3 * MICRO}}, "partly", False),
    ({"posted": True, "shipped": {"a": 10 * MICRO}}, "shipped", True),
    ({"posted": True, "shipped": {"a": 11 * MICRO}}, "shipped", True),
    ({"posted": True, "shipped": {"b": 11 * MICRO}}, "posted", False),
    ({"there": False}, "deleted", False),
    ({"deleted": True, "shipped": {"a": MICRO}}, "deleted", False),
]


@pytest.mark.parametrize(("more", "word", "final"), WORDS)
def test_a_document_is_told_by_how_it_stands(more: dict[str, Any], word: str, final: bool) -> None:
    told = status_of(facts(**more), REQUEST)
    assert (told.word, told.final) == (word, final)
    assert "0001" in told.comment


@pytest.mark.parametrize(
    ("status", "posted", "word"),
    [("КПредоплате", True, "posted"), ("Отгружено", True, "shipped"), ("Отгружено", False, "created")],
)
def test_a_realization_is_its_own_shipment(status: str, posted: bool, word: str) -> None:
    told = status_of(facts(status=status, posted=posted), REALIZATION)
    assert (told.word, told.final) == (word, word == "shipped")


@pytest.mark.parametrize(
    ("state", "word"),
    [("received", "received"), ("creating", "received"), ("parked", "parked"), ("conflict", "parked"), ("refused", "refused"), ("deleted", "deleted")],
)  # fmt: skip
def test_an_order_without_a_document_is_told_by_the_ledger(state: str, word: str) -> None:
    reasons = [{"said": "Точка не сопоставлена."}, {"said": "Нет договора."}] if state in {"parked", "conflict"} else []
    told = status_of(Facts("N", state, reasons=reasons), None)
    assert (told.word, told.final) == (word, False)
    assert all(reason["said"] in told.comment for reason in reasons)
    assert told.comment


def test_an_order_in_conflict_with_its_document_stands_still() -> None:
    reasons = [{"said": "Производитель изменил заказ."}]
    told = status_of(Facts("N", "conflict", document="ref", reasons=reasons, posted=True), REQUEST)
    assert told.word == "parked"
    assert "изменил заказ" in told.comment
    shipped = Facts("N", "changed", document="ref", lines=[line(1, "a", 10)], shipped={"a": MICRO}, posted=True)
    assert status_of(shipped, REQUEST).word == "partly"


def test_a_part_shipment_is_told_line_by_line_in_their_unit() -> None:
    lines = [line(1, "a", 24, (12, 1)), line(2, "b", 5)]
    told = status_of(facts(lines=lines, posted=True, shipped={"a": 12 * MICRO}), REQUEST)
    assert "строка 1 «Товар a» 1 из 2 ea; строка 2 «Товар b» 0 из 5 ea" in told.comment


def test_notes_of_people_are_told() -> None:
    told = status_of(facts(notes=["строка 2 исключена: снят (Иванова)"]), REQUEST)
    assert "Строка 2 исключена: снят (Иванова)." in told.comment


def test_a_long_comment_is_cut_visibly() -> None:
    told = status_of(Facts("N", "parked", reasons=[{"said": "причина " * 40}] * 9), None)
    assert len(told.comment) == LONGEST
    assert told.comment.endswith("…")


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 50)), min_size=1, max_size=6), st.integers(0, 200))
def test_what_was_shipped_of_a_good_is_shared_out_and_nothing_is_lost(
    lines: list[tuple[str, int]], shipped: int
) -> None:
    made = [line(number, good, quantity) for number, (good, quantity) in enumerate(lines, 1)]
    found = line_progress(facts(lines=made, shipped={"a": shipped * MICRO}))
    there = any(good == "a" for good, _ in lines)
    assert sum(each.shipped for each in found) == (shipped * MICRO if there else 0)
    mine = [each for each, (good, _) in zip(found, lines, strict=True) if good == "a"]
    assert all(each.shipped <= each.ordered for each in mine[:-1])


def test_every_layout_has_a_value_for_every_word() -> None:
    values = load_layout("monolit").values["status"]
    check_values(values)
    assert set(values) == set(STATUS_WORDS)


@pytest.mark.parametrize("word", ["received", "parked"])
def test_a_value_that_would_answer_too_early_is_refused(word: str) -> None:
    values = {**load_layout("monolit").values["status"], word: "Dispatched"}
    with pytest.raises(Faults) as raised:
        check_values(values)
    assert [fault.path for fault in raised.value.faults] == [f"statuses.{word}"]
    with pytest.raises(Faults):
        check_values({})
