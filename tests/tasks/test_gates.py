"""The gates of the trial as pure rules: what passes, what waits, what is said, and what becomes of a stored gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.rollout import GateRecord, GateState
from mappings.translate.coverage import Coverage
from tasks.gates import (
    LABELS,
    STATES,
    TITLES,
    Facts,
    Gate,
    Judgement,
    Orders,
    Sent,
    Terms,
    Word,
    exchange_of,
    judge,
    left,
    needed,
    passed_by,
    settle,
)

TERMS = Terms("probe")
MANUFACTURER = replace(TERMS, side="manufacturer")
SAID_AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
COVERED = Coverage(goods=100, matched=96, no_good=3, no_unit=1, value=1_000_000, matched_value=970_000)


def sent(**more: Any) -> Facts:
    return Facts(sent={each: Sent(12, 500, **more) for each in ("stock", "outlets", "statuses", "shipments")})


def word(state: str, parcel: int = 12, **more: Any) -> Word:
    return Word(state, parcel, "Кравцов", SAID_AT, **more)


CONFIRMED = sent(word=word("accepted"))


def test_goods_pass_with_their_numbers() -> None:
    found = judge(Gate.GOODS, Facts(their_goods=1200, their_units=7, goods_parcel=3), TERMS)
    assert found.state is GateState.PASSED
    assert "1200" in found.said
    assert "7" in found.said
    assert found.evidence == {"goods": 1200, "units": 7, "parcel": 3}


def test_an_empty_classifier_waits_for_the_manufacturer() -> None:
    found = judge(Gate.GOODS, Facts(), TERMS)
    assert found.state is GateState.WAITS
    assert "mi1c trial --link probe" in found.todo


def test_correspondences_pass_at_both_thresholds() -> None:
    found = judge(Gate.CORRESPONDENCES, Facts(coverage=COVERED), TERMS)
    assert found.state is GateState.PASSED
    assert (found.evidence["count_share"], found.evidence["value_share"]) == ("96", "97")


@pytest.mark.parametrize(
    "covered", [replace(COVERED, matched=89), replace(COVERED, matched_value=949_999)], ids=["by count", "by value"]
)
def test_correspondences_wait_under_either_threshold(covered: Coverage) -> None:
    found = judge(Gate.CORRESPONDENCES, Facts(coverage=covered), TERMS)
    assert found.state is GateState.WAITS
    assert "пороги связи 90 % и 95 %" in found.said
    assert "товары (3) и единицы (1)" in found.todo


def test_no_stock_at_all_is_told_apart_from_nothing_matched() -> None:
    found = judge(Gate.CORRESPONDENCES, Facts(), TERMS)
    assert "нет ни одного товара с остатком" in found.said
    assert "Склады" in found.todo


def test_stock_waits_for_warehouses_first() -> None:
    bare = replace(TERMS, warehouses=0)
    assert "Не выбраны склады" in judge(Gate.STOCK, Facts(), bare).said
    assert needed(Gate.STOCK, Facts(), bare) == ""
    assert needed(Gate.STOCK, Facts(), TERMS) == "stock"


@pytest.mark.parametrize("gate", [Gate.STOCK, Gate.STATUSES, Gate.SHIPMENTS])
def test_an_export_waits_for_the_manufacturers_word_and_passes_with_it(gate: Gate) -> None:
    waiting = judge(gate, sent(), TERMS)
    assert waiting.state is GateState.WAITS
    assert "Посылка 12" in waiting.said
    assert f"mi1c trial pass {gate.value} --link probe" in waiting.todo
    assert needed(gate, sent(), TERMS) == ""
    passed = judge(gate, CONFIRMED, TERMS)
    assert passed.state is GateState.PASSED
    assert passed.evidence["confirmed_by"] == "Кравцов"
    assert passed.evidence["parcel"] == 12


def test_a_word_with_a_remark_passes_and_keeps_the_remark() -> None:
    found = judge(Gate.STOCK, sent(word=word("remarks", remark="нет склада 4")), TERMS)
    assert found.state is GateState.PASSED
    assert "нет склада 4" in found.said


def test_a_refusal_waits_for_mending_and_then_for_a_new_run() -> None:
    refused = sent(word=word("refused", remark="не те единицы", refused=7))
    found = judge(Gate.STOCK, refused, TERMS)
    assert found.state is GateState.WAITS
    assert "не те единицы" in found.said
    assert "(7)" in found.todo
    assert needed(Gate.STOCK, refused, TERMS) == "stock"
    again = Facts(sent={"stock": Sent(13, 500, word=word("refused"))})
    assert "Посылка 13" in judge(Gate.STOCK, again, TERMS).said
    assert needed(Gate.STOCK, again, TERMS) == ""


def test_a_parcel_that_was_not_taken_is_sent_again() -> None:
    assert needed(Gate.STOCK, Facts(sent={"stock": Sent(12, 500, failed=13)}), TERMS) == "stock"
    assert judge(Gate.STOCK, Facts(sent={"stock": Sent(failed=13)}), TERMS).state is GateState.WAITS


def test_outlets_by_the_distributor_need_the_catalogs_only() -> None:
    assert needed(Gate.OUTLETS, Facts(), TERMS) == "catalogs"
    empty = judge(Gate.OUTLETS, Facts(our_outlets=5), TERMS)
    assert empty.state is GateState.WAITS
    assert "Параметры профиля" in empty.todo
    found = judge(Gate.OUTLETS, Facts(our_outlets=5, our_counterparties=3), TERMS)
    assert (found.state, found.evidence["side"]) == (GateState.PASSED, "дистрибутор")


def test_outlets_by_the_manufacturer_are_sent_and_confirmed() -> None:
    assert needed(Gate.OUTLETS, Facts(our_outlets=5), MANUFACTURER) == "outlets"
    waiting = judge(Gate.OUTLETS, sent(), MANUFACTURER)
    assert "окончания их сопоставления" in waiting.todo
    found = judge(Gate.OUTLETS, CONFIRMED, MANUFACTURER)
    assert (found.state, found.evidence["side"]) == (GateState.PASSED, "производитель")


def test_orders_wait_until_they_come_and_until_none_is_parked() -> None:
    none = judge(Gate.ORDERS, Facts(), TERMS)
    assert "ввести несколько заказов" in none.todo
    parked = Facts(orders=Orders(5, 3, 2))
    assert "Сопоставьте торговые точки" in judge(Gate.ORDERS, parked, TERMS).todo
    assert "Попросите производителя" in judge(Gate.ORDERS, parked, MANUFACTURER).todo
    assert judge(Gate.ORDERS, Facts(orders=Orders(5, 0, 0)), TERMS).state is GateState.WAITS
    passed = judge(Gate.ORDERS, Facts(orders=Orders(5, 5, 0)), TERMS)
    assert (passed.state, passed.evidence) == (GateState.PASSED, {"received": 5, "created": 5, "parked": 0})


@pytest.mark.parametrize(("mode", "said"), [("request", "заявка"), ("realization", "реализация")])
def test_documents_always_need_a_person_in_both_modes(mode: Any, said: str) -> None:
    terms = replace(TERMS, document=mode)
    found = judge(Gate.DOCUMENTS, Facts(orders=Orders(2, 2, 0, ("М-1 → 0001, 10,00", "М-2 → 0002, 5,00"))), terms)
    assert found.state is GateState.WAITS
    assert said in found.evidence["document"]
    assert "М-2 → 0002" in found.evidence["documents"]
    assert "mi1c trial pass documents" in found.todo


def test_shipments_name_their_days() -> None:
    assert judge(Gate.SHIPMENTS, CONFIRMED, replace(TERMS, days=14)).evidence["days"] == 14


def test_every_gate_waits_with_a_sentence_and_what_to_do() -> None:
    for gate in Gate:
        for terms in (TERMS, MANUFACTURER):
            found = judge(gate, Facts(), terms)
            assert found.state is GateState.WAITS
            assert found.said
            assert found.todo
            assert set(found.evidence) <= set(LABELS)
    assert set(TITLES) == set(Gate)
    assert set(STATES) == set(GateState)


def test_again_runs_the_exchange_of_a_gate() -> None:
    asked = {gate.value: exchange_of(gate, TERMS) for gate in Gate}
    assert asked == {
        "goods": "goods",
        "correspondences": "catalogs",
        "stock": "stock",
        "outlets": "catalogs",
        "orders": "orders",
        "documents": "orders",
        "statuses": "statuses",
        "shipments": "shipments",
    }
    assert exchange_of(Gate.OUTLETS, MANUFACTURER) == "outlets"


# -- what becomes of a stored gate -------------------------------------------------------------------------------------

PASSED = judge(Gate.STOCK, CONFIRMED, TERMS)
WAITS = judge(Gate.STOCK, sent(), TERMS)
REFUSED = judge(Gate.STOCK, sent(word=word("refused", 14, refused=2)), TERMS)


def stored(judged: Judgement, gate: Gate = Gate.STOCK) -> GateRecord:
    return settle(gate, None, judged)


def test_a_gate_is_stored_as_it_is_judged() -> None:
    record = stored(PASSED)
    assert (record.gate, record.state, record.author) == ("stock", GateState.PASSED, "")
    assert settle(Gate.STOCK, stored(WAITS), PASSED).state is GateState.PASSED
    assert settle(Gate.STOCK, stored(WAITS), REFUSED).state is GateState.WAITS


def test_a_passed_gate_falls_back_when_its_evidence_breaks_and_says_so() -> None:
    broken = settle(Gate.STOCK, stored(PASSED), REFUSED)
    assert broken.state is GateState.BROKEN
    assert broken.said.startswith("Было пройдено, теперь нет. ")
    assert broken.todo == REFUSED.todo
    still = settle(Gate.STOCK, broken, WAITS)
    assert still.state is GateState.BROKEN
    assert settle(Gate.STOCK, still, PASSED).state is GateState.PASSED


def test_what_a_person_passed_stays_passed_without_evidence() -> None:
    by_hand = passed_by(Gate.STOCK, WAITS, author="Петров", reason="звонок 24.11")
    assert by_hand.state is GateState.PASSED
    assert "Петров" in by_hand.said
    assert by_hand.evidence["reason"] == "звонок 24.11"
    assert settle(Gate.STOCK, by_hand, WAITS) is by_hand


def test_a_refusal_after_a_persons_word_withdraws_it_and_one_before_does_not() -> None:
    before = passed_by(Gate.STOCK, WAITS, author="Петров", reason="звонок")
    assert settle(Gate.STOCK, before, REFUSED).state is GateState.BROKEN
    knowing = passed_by(Gate.STOCK, REFUSED, author="Петров", reason="отказ снят по телефону")
    assert settle(Gate.STOCK, knowing, REFUSED) is knowing


def test_another_order_document_or_another_side_withdraws_a_persons_word() -> None:
    facts = Facts(orders=Orders(2, 2, 0))
    mine = passed_by(Gate.DOCUMENTS, judge(Gate.DOCUMENTS, facts, TERMS), author="Петров", reason="сверено")
    assert settle(Gate.DOCUMENTS, mine, judge(Gate.DOCUMENTS, facts, TERMS)) is mine
    other = judge(Gate.DOCUMENTS, facts, replace(TERMS, document="realization"))
    assert settle(Gate.DOCUMENTS, mine, other).state is GateState.BROKEN
    outlets = passed_by(Gate.OUTLETS, judge(Gate.OUTLETS, Facts(), TERMS), author="Петров", reason="есть")
    assert settle(Gate.OUTLETS, outlets, judge(Gate.OUTLETS, Facts(), MANUFACTURER)).state is GateState.BROKEN


def test_left_are_the_gates_that_are_not_passed_in_their_order() -> None:
    assert [each.gate for each in left({})] == [gate.value for gate in Gate]
    everything = {gate.value: GateRecord(gate.value, GateState.PASSED) for gate in Gate}
    assert left(everything) == []
    assert [each.gate for each in left({**everything, "orders": GateRecord("orders", GateState.BROKEN)})] == ["orders"]


STATE_OF_WORD = st.sampled_from(["accepted", "remarks", "refused"])


@given(
    parcel=st.integers(0, 5),
    said=st.none() | st.tuples(STATE_OF_WORD, st.integers(1, 5)),
    gate=st.sampled_from(list(Gate)),
)
def test_an_export_passes_only_with_a_yes(parcel: int, said: tuple[str, int] | None, gate: Gate) -> None:
    """Whatever the order of parcels and words: no confirmation, no gate."""
    facts = Facts(sent={gate.value: Sent(parcel, 1, word=word(*said) if said else None)})
    found = judge(gate, facts, MANUFACTURER)
    if found.state is GateState.PASSED:
        assert said is not None
        assert said[0] in {"accepted", "remarks"}
        assert parcel
