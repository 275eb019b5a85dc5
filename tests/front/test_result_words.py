"""What exchanges give back, in words: every key of every exchange has its own, and numbers look as people write them."""

from __future__ import annotations

import re
from dataclasses import asdict, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.catalogs import CATALOGS
from flows.registry import FLOWS
from ledger.verdicts import RUSSIAN, Verdict
from mappings.translate.result import Counts
from tasks import wording
from tasks.order_counts import FATES, OrderCounts
from tasks.verdicts import Checked

LATIN = re.compile(r"[A-Za-z]{2,}")

COUNTS = Counts(
    read=10, sent=4, left_out={"склад": 1}, unmatched={"товар": 2}, refused={"строка": 3}, lines=4, added=1
).as_json()
DOCUMENTS = dict.fromkeys(("documents", "documents_added", "documents_changed", "documents_gone", "late"), 2)
PARCEL = {"parcel": 7, "confirmation": "waiting"}

RESULTS: dict[str, dict[str, Any]] = {
    "goods": COUNTS,
    "catalogs": dict.fromkeys((*CATALOGS, "outlet", "good"), 5),
    "stock": {**COUNTS, **PARCEL},
    "outlets": {**COUNTS, **PARCEL, "banned": {"стоп-лист": 1}, "flagged": {"нет адреса": 2}, "ban_list_sent": 1},
    "orders": OrderCounts(3, 1, lost_lines=2).as_json() | {"fates": dict.fromkeys(FATES, 1), "told": 4},
    "statuses": {"sent": 0},
    "shipments": {**COUNTS, **DOCUMENTS, **PARCEL},
    "own_goods": {**COUNTS, **PARCEL, "gone": 3},
    "prices": {**COUNTS, **PARCEL, "gone": 1, "outlets": 4, "outlets_left": {"нет соглашения": 2}},
    "confirmations": asdict(Checked((1, 2), (3,), (4,), (5,), (6,), ("посылка 7: нет",), {"read": 2, "sent": 1})),
}
"""What every exchange can return, with no key left out."""


def test_every_exchange_is_among_the_examples_and_has_a_name() -> None:
    assert set(RESULTS) == set(FLOWS) == set(wording.EXCHANGES)
    assert set(RESULTS["confirmations"]) == {each.name for each in fields(Checked)}
    assert set(wording.RESULTS["catalogs"]) == set(RESULTS["catalogs"])


@pytest.mark.parametrize("exchange", FLOWS)
def test_no_key_of_a_result_is_shown_in_english(exchange: str) -> None:
    rows = wording.result_rows(exchange, RESULTS[exchange])
    assert [said for said, _ in rows if LATIN.search(said)] == []
    assert len({said for said, _ in rows}) == len(rows), "two figures under one name"


@pytest.mark.parametrize("exchange", FLOWS)
def test_no_figure_of_a_result_is_lost(exchange: str) -> None:
    told = [value for _, value in wording.result_rows(exchange, RESULTS[exchange])]
    expected = list(_figures(RESULTS[exchange]))
    assert len(told) == len(expected)


def _figures(result: dict[str, Any]) -> Any:
    for value in result.values():
        if isinstance(value, dict):
            yield from _figures(value)
        else:
            yield value


def test_rows_that_come_in_are_not_said_to_have_gone_out() -> None:
    came = dict(wording.result_rows("goods", COUNTS))
    assert came["загружено"] == 4
    assert "выгружено" not in came
    assert came["не загружается по правилу: склад"] == 1
    planned = {row["что"]: row["сколько"] for row in wording.count_rows(COUNTS, wording.PLANNED)}
    assert planned["будет выгружено"] == 4
    assert dict(wording.result_rows("stock", COUNTS))["выгружено"] == 4


def test_a_result_says_its_parcel_and_the_word_it_waits_for() -> None:
    told = dict(wording.result_rows("stock", RESULTS["stock"]))
    assert told["посылка в журнале"] == "№ 7"
    assert told["подтверждение"] == RUSSIAN[Verdict.WAITING]
    assert "подтверждение" not in dict(wording.result_rows("stock", {**COUNTS, "confirmation": ""}))


def test_the_orders_of_a_run_are_told_by_their_fates() -> None:
    told = dict(wording.result_rows("orders", RESULTS["orders"]))
    assert (told["получено заказов"], told["ждали в журнале"], told["строк без заказа"]) == (3, 1, 2)
    assert told["ответов производителю"] == 4
    assert set(FATES.values()) <= set(told)


def test_parcels_of_a_round_are_listed_and_none_is_said_to_be_none() -> None:
    told = dict(wording.result_rows("confirmations", RESULTS["confirmations"]))
    assert told["слово взято из формы прерванного запуска"] == "1, 2"
    empty = dict(wording.result_rows("confirmations", asdict(Checked())))
    assert set(empty.values()) == {"нет"}


def test_a_key_of_a_later_version_is_shown_rather_than_lost() -> None:
    assert ("новое", 3) in wording.result_rows("catalogs", {"good": 1, "новое": 3})


def test_control_totals_have_names_and_numbers_as_people_write_them() -> None:
    totals = {"sent": "913136.922337", "value": "422730117.86011", "rounding": "0.000003667", "goods": "1500"}
    assert [(said, value.replace("\N{NO-BREAK SPACE}", " ")) for said, value in wording.total_rows(totals)] == [
        ("сумма количеств, выгружено", "913 136,922337"),
        ("стоимость остатков по последним ценам", "422 730 117,86"),
        ("разница от округления строк", "0,000003667"),
        ("товаров", "1 500"),
    ]
    assert wording.total_rows({"отложен": "4"}) == [("отложен", "4")], "statuses are words already"


@given(st.decimals(-(10**12), 10**12, places=6, allow_nan=False))
def test_a_figure_can_be_read_back(number: Any) -> None:
    shown = wording.figure(f"{number:f}")
    assert "." not in shown
    assert type(number)(shown.replace("\N{NO-BREAK SPACE}", "").replace(",", ".")) == number


@pytest.mark.parametrize("text", ["", "нет", "NaN", "Infinity"])
def test_what_is_no_number_comes_back_as_it_is(text: str) -> None:
    assert wording.figure(text) == text


@pytest.mark.parametrize(("share", "said"), [(97.6, "97,6 %"), (95.0, "95 %"), (0.05, "0,05 %"), (100, "100 %")])
def test_a_share_has_a_comma(share: float, said: str) -> None:
    assert wording.percent(share) == said


@pytest.mark.parametrize(
    ("written", "said"), [("Петрова А. И.", "Петрова А. И."), ("сверено 24.11", "сверено 24.11."), ("да! ", "да!")]
)
def test_a_sentence_ends_with_one_stop(written: str, said: str) -> None:
    assert wording.stopped(written) == said
    assert wording.stopped(said) == said
