"""The manufacturer's verdicts become words on whole parcels, and no row is lost on the way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Faults
from mappings.layouts.layout import load_layout, parse_layout
from mappings.model import Exchange
from mappings.translate.confirmations import FOREIGN, UNKNOWN, Judgement, Sent, judge

NOON = datetime(2026, 11, 24, 12)  # noqa: DTZ001 - a wall clock, as the manufacturer's rows have it
WORDS = {"accepted": "accepted", "remarks": "remarks", "refused": "refused"}
SCHEME = "CRMDespatchEx"


def rows(*given_rows: dict[str, Any]) -> pd.DataFrame:
    empty = {"message": 0, "scheme": SCHEME, "document": "", "verdict": "accepted", "remark": "", "at": NOON}
    columns = [*empty]
    return pd.DataFrame([{**empty, **row} for row in given_rows], columns=columns).astype({"at": "datetime64[s]"})


def sent(parcel: int, message: int, number: str = "", *documents: str, at: datetime = NOON) -> Sent:
    return Sent(parcel, message, SCHEME, number, frozenset(documents), at)


def test_a_parcel_has_its_word_once_all_its_messages_have_one() -> None:
    messages = [sent(1, 11, "501"), sent(1, 12, "502")]
    first = judge(rows({"message": 501}), messages, WORDS)
    assert first.words == {}
    both = judge(rows({"message": 501}, {"message": 502, "at": NOON + timedelta(hours=1)}), messages, WORDS)
    assert both.words == {1: Judgement("accepted", "", (), NOON + timedelta(hours=1))}


def test_a_refused_message_refuses_the_parcel_whole() -> None:
    found = judge(rows({"message": 501}, {"message": 502, "verdict": "refused", "remark": "нет склада"}),
                  [sent(1, 11, "501"), sent(1, 12, "502")], WORDS)  # fmt: skip
    assert found.words[1] == Judgement("refused", "нет склада", (), NOON)


def test_refused_documents_are_named_and_the_last_row_on_each_holds() -> None:
    found = judge(
        rows(
            {"message": 501, "document": "УТ-1", "verdict": "refused", "remark": "нет клиента"},
            {"message": 501, "document": "УТ-2", "verdict": "refused"},
            {"message": 501, "document": "УТ-2", "verdict": "accepted"},
        ),
        [sent(1, 11, "501", "УТ-1", "УТ-2", "УТ-3")],
        WORDS,
    )
    assert found.words[1] == Judgement("refused", "нет клиента", ("УТ-1",), NOON)


def test_a_message_refused_as_a_whole_is_so_whatever_documents_are_named() -> None:
    """Less reopened than was refused would be lost; more is only sent once more."""
    refused = {"message": 501, "verdict": "refused"}
    found = judge(rows(refused, {**refused, "document": "УТ-1"}), [sent(1, 11, "501", "УТ-1")], WORDS)
    assert found.words[1].documents == ()


def test_documents_accepted_by_name_make_a_word_when_none_is_missing() -> None:
    messages = [sent(1, 11, "501", "УТ-1", "УТ-2")]
    one = {"message": 501, "document": "УТ-1"}
    assert judge(rows(one), messages, WORDS).words == {}
    assert judge(rows(one, {**one, "document": "УТ-2"}), messages, WORDS).words[1].verdict == "accepted"


def test_a_remark_makes_an_acceptance_one_with_remarks() -> None:
    found = judge(rows({"message": 501, "remark": "сверим цены"}), [sent(1, 11, "501")], WORDS)
    assert found.words[1] == Judgement("remarks", "сверим цены", (), NOON)


def test_rows_without_a_number_find_the_newest_message_with_that_document() -> None:
    later = NOON + timedelta(hours=2)
    messages = [sent(1, 11, "", "УТ-1", at=NOON), sent(2, 12, "", "УТ-1", at=later)]
    old, new = {"document": "УТ-1", "at": NOON}, {"document": "УТ-1", "at": later}
    assert set(judge(rows(new), messages, WORDS).words) == {2}
    assert set(judge(rows(old), messages, WORDS).words) == {1}
    assert judge(rows({**old, "at": NOON - timedelta(days=1)}), messages, WORDS).left_out == {FOREIGN: 1}


def test_a_verdict_on_another_scheme_or_an_older_message_is_left_out() -> None:
    found = judge(rows({"message": 7}, {"message": 501, "scheme": "CRMWare"}), [sent(1, 11, "501")], WORDS)
    assert (found.read, found.used, found.left_out, found.words) == (2, 0, {FOREIGN: 2}, {})


def test_a_word_that_the_dictionary_lacks_is_told_and_decides_nothing() -> None:
    found = judge(rows({"message": 501, "verdict": "Ждём"}), [sent(1, 11, "501")], WORDS)
    assert (found.left_out, found.words) == ({UNKNOWN: 1}, {})


def test_another_manufacturers_words_are_data() -> None:
    theirs = {"accepted": "Принято", "refused": "Отклонено"}
    found = judge(rows({"message": 501, "verdict": " отклонено "}), [sent(1, 11, "501")], theirs)
    assert found.words[1].verdict == "refused"


def test_an_empty_answer_says_nothing() -> None:
    assert judge(rows(), [sent(1, 11, "501")], WORDS).words == {}


ROW = st.fixed_dictionaries(
    {
        "message": st.sampled_from([0, 501, 502, 999]),
        "document": st.sampled_from(["", "УТ-1", "УТ-9"]),
        "verdict": st.sampled_from(["accepted", "remarks", "refused", "?"]),
        "remark": st.sampled_from(["", "да"]),
        "at": st.sampled_from([NOON, NOON - timedelta(days=1)]),
    }
)


@given(st.lists(ROW, max_size=8))
def test_every_row_ends_somewhere_and_no_refusal_becomes_an_acceptance(given_rows: list[dict[str, Any]]) -> None:
    messages = [sent(1, 11, "501", "УТ-1"), sent(1, 12, "502", "УТ-1")]
    found = judge(rows(*given_rows), messages, WORDS)
    assert found.read == len(given_rows) == found.used + sum(found.left_out.values())
    last = {(row["message"], row["document"]): row["verdict"] for row in given_rows if row["verdict"] != "?"}
    refused = any(verdict == "refused" for (message, _), verdict in last.items() if message in {501, 502})
    if 1 in found.words and refused:
        assert found.words[1].verdict == "refused"


def test_the_layout_reads_the_number_out_of_a_receipt() -> None:
    import re

    layout = load_layout("monolit")
    receipt = '<extdata user="DS1"><scheme name="CRMWhBalanceEx" request="set" message="412"/></extdata>'
    found = re.search(layout.receipt_number, receipt)
    assert found is not None
    assert found[1] == "412"
    assert layout.scheme(Exchange.CONFIRMATIONS).name == "CRMConfirm"


@pytest.mark.parametrize("pattern", ["(", "message", "(a)(b)"])
def test_a_pattern_without_its_one_group_is_a_fault_of_the_layout(pattern: str) -> None:
    data = {**load_layout("monolit").model_dump(exclude_unset=True), "receipt_number": pattern}
    with pytest.raises(Faults) as raised:
        parse_layout(data, "test")
    assert [fault.path for fault in raised.value.faults] == ["receipt_number"]
