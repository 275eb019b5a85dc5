"""``mi1c orders show`` and ``mi1c ledger show``: what an operator reads of an order, of a parcel and of a gate."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import pytest

from ledger.links import link_id
from ledger.order_queries import Blocker
from ledger.order_values import OrderState, Overriding, Record
from ledger.rollout import GateRecord, GateState
from ledger.states import MessageState
from ledger.values import Message
from mappings.catalog import store_ours, store_theirs
from mappings.layouts.layout import load_layout
from mappings.model import MICRO, Override
from mi1c.cli.ledger import _answer
from mi1c.cli.order_show import about, decided, event_word, lines
from tasks.artifacts import as_key
from tasks.gates import Gate, Judgement, passed_by
from tasks.order_report import blocker_row
from tasks.trial import evidence_text, gate_rows

if TYPE_CHECKING:
    from foundation.database import Database
    from tasks.links import Link

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
REF = "2f36fcb2-1b97-4aba-4df6-39255001c130"


def content(**more: Any) -> dict[str, Any]:
    listed = [
        {"line": 1, "good_code": REF, "their_unit": "box", "price": 1_041_600_000, "quantity": 7 * MICRO},
        {"line": 2, "good_code": "CRM951", "their_unit": "ea", "price": 59_650_000, "quantity": 1_500_000},
        {"line": 3, "good_code": "CRM7", "their_unit": "ea", "price": 0, "quantity": MICRO},
    ]
    head = {"date": "2026-11-23T14:00:00", "wanted": "2026-11-27T00:00:00", "their_outlet": "C19900", "outlet_code": ""}
    options = [["Comment", "Комментарий", "До 12:00"], ["PayKind", "", "нал"]]
    return {**head, "kind": "CustOrder", "lines": listed, "options": options, **more}


def order(**more: Any) -> Record:
    values: dict[str, Any] = dict.fromkeys(("hash", "entity", "document", "document_number"), "")
    values |= {"id": 1, "number": "D-1", "state": OrderState.PARKED, "content": content(), "pending": {}, "reasons": []}
    values |= {"written": {}, "amount": 0, "received_at": AT, "changed_at": AT, "created_at": None, "answered_at": None}
    return Record(**{**values, **more})


@pytest.fixture
def link(database: Database) -> Link:
    with database.begin() as session:
        id_ = link_id(session, "north")
        ours = pd.DataFrame([(REF, "Квас наш", "u")], columns=["our_good", "name", "our_unit"])
        store_ours(session, id_, "good", ours, AT)
        rows = [("951", "Ситро", "ea", "шт", MICRO)]
        columns = ["their_good", "name", "their_unit", "unit_name", "factor"]
        store_theirs(session, id_, pd.DataFrame(rows, columns=columns), AT)
    return cast("Link", SimpleNamespace(database=database, id=id_, layout=load_layout("monolit")))


def test_an_order_is_told_in_words_and_dates_as_people_write_them(link: Link) -> None:
    assert about(link, order()) == [
        ("состояние", "отложен"),
        ("вид", "заказ"),
        ("дата заказа", "23.11.2026 14:00"),
        ("доставить", "27.11.2026"),
        ("точка производителя", "C19900"),
        ("документ 1С", "ещё не создан"),
        ("Комментарий", "До 12:00"),
        ("PayKind", "нал"),
    ]


@pytest.mark.parametrize(("theirs", "said"), [("CustReturn", "возврат"), ("CustOther", "CustOther")])
def test_a_return_is_called_one_and_an_unknown_kind_stays_what_it_is(link: Link, theirs: str, said: str) -> None:
    assert ("вид", said) in about(link, order(content=content(kind=theirs)))


def test_a_document_is_called_as_1c_calls_it(link: Link) -> None:
    made = order(entity="Document_ЗаказКлиента", document=REF, document_number="ПД00-000042")
    assert ("документ 1С", f"ЗаказКлиента ПД00-000042, ссылка {REF}") in about(link, made)
    assert ("документ 1С", f"ЗаказКлиента без номера, ссылка {REF}") in about(
        link, order(entity="Document_ЗаказКлиента", document=REF)
    )


def test_lines_name_their_goods_and_write_numbers_with_commas(link: Link) -> None:
    told = [tuple(str(cell).replace("\N{NO-BREAK SPACE}", " ") for cell in row) for row in lines(link, order())]
    assert told == [
        ("1", "Квас наш", "7", "box", "1 041,60", "7 291,20"),
        ("2", "Ситро (код производителя 951)", "1,5", "ea", "59,65", "89,48"),
        ("3", "CRM7 (нет в справочнике)", "1", "ea", "0,00", "0,00"),
    ]


def test_decisions_and_steps_are_words() -> None:
    rulings = (
        Overriding(1, 2, Override.LEAVE_OUT, "", "Петрова", "снят", AT),
        Overriding(2, 0, Override.ACCEPT, "sum", "Петрова", "согласовано", AT),
    )
    assert decided(order(overrides=rulings)) == [
        (2, "строка исключена", "", "Петрова", "снят"),
        ("весь заказ", "принято как есть", "sum", "Петрова", "согласовано"),
    ]
    assert (event_word("told"), event_word("из старой версии")) == ("производитель извещён", "из старой версии")


def test_what_holds_returns_up_is_named_in_words() -> None:
    returns = Blocker("return", "CustReturn", "", "Это возврат.", "Оформите его.", 13, 80_783_300_000, {"D-1"})
    assert blocker_row(returns)["чего не хватает"] == "возвраты"
    good = Blocker("good", "951", "Ситро", "Не сопоставлен.", "Сопоставьте.")
    assert blocker_row(good)["чего не хватает"] == "Ситро"


def message(**more: Any) -> Message:
    empty: dict[str, Any] = dict.fromkeys(Message.__dataclass_fields__, 0)
    return Message(**{**empty, "state": MessageState.ANSWERED, "receipt": "", "error": "", **more})


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"receipt": "<?xml version='1.0'?><a/>"}, "квитанция, знаков: 25"),
        ({"receipt": " принято "}, "принято"),
        ({"error": "нет прав", "receipt": "<a/>"}, "нет прав"),
        ({}, ""),
    ],
)
def test_an_answer_is_an_error_or_a_receipt_and_no_xml(found: dict[str, Any], said: str) -> None:
    assert _answer(message(**found)) == said


@pytest.mark.parametrize(
    ("author", "reason"), [("Петрова А. И.", "сверено."), ("Петрова А. И", "сверено"), ("П", "сверено 24.11.2026")]
)
def test_a_gate_that_a_person_passes_is_told_with_one_stop_at_each_end(author: str, reason: str) -> None:
    said = passed_by(Gate.DOCUMENTS, Judgement(GateState.WAITS, "", ""), author=author, reason=reason).said
    assert ".." not in said
    assert said.endswith(".")
    assert f"оператора: {author.rstrip('.')}. Основание: {reason.rstrip('.')}." in said


def test_evidence_of_a_gate_has_commas_and_a_parcel_is_a_name() -> None:
    evidence = {"count_share": 41.7, "stock_goods": 3160, "parcel": 12345, "confirmed_by": "", "ground": {"a": 1}}
    told = evidence_text(evidence).replace("\N{NO-BREAK SPACE}", " ")
    assert told == "доля товаров, %: 41,7; товаров с остатком: 3 160; посылка: 12345"
    (row,) = gate_rows([GateRecord(Gate.GOODS.value, evidence=evidence)])
    assert row["что известно"] == evidence_text(evidence)


def test_an_artifact_of_any_exchange_has_a_key_that_prefect_takes() -> None:
    assert as_key("own_goods-north-workplace") == "own-goods-north-workplace"
