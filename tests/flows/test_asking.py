"""What a person who is asked for the manufacturer's word sees, and how what is entered becomes a word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from foundation.settings import link_settings
from ledger.states import ParcelState
from ledger.values import Parcel
from ledger.verdicts import Confirmation, Verdict, Word
from mappings.layouts.layout import load_layout
from tasks.asking import SAID, WRITTEN, Answer, as_word, described
from tasks.confirm import overdue, refused, source_of
from tasks.verdicts import Checked

if TYPE_CHECKING:
    from tasks.links import Link

pytestmark = pytest.mark.filterwarnings("default")  # prefect's own warnings

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def link(layout: Any = None, **more: Any) -> Link:
    """Return as much of a link as these rules look at."""
    values = {"onec_url": "http://1c/ut", "onec_user": "u", "crm_url": "http://crm/x.asmx", "crm_user": "DS1", **more}
    found = SimpleNamespace(name="north", settings=link_settings(values), layout=layout or load_layout("monolit"))
    return cast("Link", found)


def parcel(**more: Any) -> Parcel:
    values: dict[str, Any] = {"window": {}, "counts": {"read": 5, "sent": 4, "lines": 4}, "totals": {"sent": "12.5"}}
    head = {"id": 7, "link": "north", "exchange": "shipments", "direction": "out", "run_id": "r"}
    times = {"state": ParcelState.ANSWERED, "created_at": NOW, "updated_at": NOW}
    return Parcel(**{**values, **head, **times, **more})


def asked(**more: Any) -> Confirmation:
    head = {"parcel_id": 7, "link": "north", "exchange": "shipments", "state": Verdict.WAITING, "source": "person"}
    times = {"asked_at": NOW, "deadline": NOW + timedelta(days=5), "reminded_at": None, "ended_at": None}
    word: dict[str, Any] = {"said_by": "", "said_at": None, "remark": "", "refused": [], "author": "", "run_id": ""}
    return Confirmation(**{**head, **times, **word, **more})


def test_the_text_names_exchange_parcel_period_rows_totals_and_deadline() -> None:
    window = {"from": "2026-11-10", "until": "2026-11-24"}
    text = described(link(), parcel(window=window), asked())
    for told in (
        "Отгрузки за прошедшие N дней",
        "связь north",
        "посылка **7** от 24.11.2026 15:00, данные с 10.11.2026 по 24.11.2026",
        "до **29.11.2026 15:00**",
        "прочитано строк: **5**",
        "выгружено: **4**",
        "сумма количеств, выгружено: **12,5**",
    ):
        assert told in text
    assert "не записан" not in text
    assert described(link(), parcel(), asked(), "кто ответил?").startswith("**Ответ не записан: кто ответил?.**")


def test_what_is_entered_becomes_a_word_in_the_links_zone() -> None:
    answer = Answer(
        verdict="не принято", by=" Петрова ", at="24.11.2026 15:30", remark=" нет ", documents=["1, 2;3", "2"]
    )
    at = datetime(2026, 11, 24, 15, 30, tzinfo=MOSCOW)
    assert as_word(answer, MOSCOW) == Word(Verdict.REFUSED, "Петрова", at, "нет", ("1", "2", "3"), "Prefect UI")
    assert as_word(Answer(verdict="принято", by="П"), MOSCOW).at is None
    assert as_word(Answer(verdict="принято", by="П", at="24.11.2026"), MOSCOW).at == datetime(
        2026, 11, 24, tzinfo=MOSCOW
    )


@pytest.mark.parametrize("wrong", [{"by": ""}, {"verdict": "да"}, {"at": "вчера"}, {"more": "1"}])
def test_the_form_takes_nothing_else(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Answer.model_validate({"verdict": "принято", "by": "П", **wrong})


@pytest.mark.parametrize("answer", [{"verdict": WRITTEN}, {"verdict": "принято", "at": "31.02.2026"}])
def test_an_answer_that_is_no_word_is_told(answer: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"nothing is written|out of range"):
        as_word(Answer.model_validate({"by": "П", **answer}), MOSCOW)


def test_the_form_offers_every_word_and_prefills_nothing() -> None:
    schema = Answer.model_json_schema()
    assert schema["properties"]["verdict"]["enum"] == [*SAID, WRITTEN]
    assert schema["required"] == ["verdict", "by"]
    assert all(each.get("title") for each in schema["properties"].values())


def test_who_confirms_is_the_links_choice_and_in_the_trial_everybody_waits() -> None:
    none, service = link(), link(confirmations={"stock": "service"})
    assert (source_of(none, "stock"), source_of(none, "stock", trial=True)) == ("none", "person")
    assert source_of(service, "stock", trial=True) == "service"
    without = load_layout("monolit").model_copy(update={"exchanges": {}})
    assert source_of(link(without, confirmations={"stock": "service"}), "stock") == "person"


def test_a_refusal_names_what_was_refused_and_what_to_do() -> None:
    rows = [{"document": f"УТ-{n}", "fate": "reopened", "keys": []} for n in range(25)]
    error = refused(asked(state=Verdict.REFUSED, said_by="Петрова", remark="нет клиента", refused=rows))
    assert all(told in error.said for told in ("Петрова", "УТ-0", "УТ-19", "ещё 5", "нет клиента"))
    assert "УТ-20" not in error.said
    assert error.todo
    assert error.todo_en


def test_a_deadline_says_how_the_run_goes_on() -> None:
    error = overdue(asked(state=Verdict.OVERDUE))
    assert "29.11.2026 12:00" in error.said
    assert "mi1c confirm 7" in error.todo


def test_what_the_steps_of_a_run_found_adds_up() -> None:
    one = Checked(from_forms=(1,), problems=("a",), rows={"read": 2})
    assert one + Checked(from_forms=(2,), overdue=(3,)) == Checked((1, 2), (), (), (3,), (), ("a",), {"read": 2})
