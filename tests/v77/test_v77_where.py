"""Conditions of readings: what may be written, and that anything else is told instead of guessed."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.onec.v77.where import Condition, conditions, moment_of
from foundation.errors import Faults
from mappings.model import Kind


def test_conditions_of_every_kind() -> None:
    text = "Проведен = да и Шапка.Дата >= 2026-11-01 and Количество<>-1.5 И Код = 'а''б и в = г' и Время < 2026-11-01T12:30:15"
    assert conditions(text) == [
        Condition("Проведен", "=", Kind.FLAG, value=True),
        Condition("Шапка.Дата", ">=", Kind.MOMENT, datetime(2026, 11, 1)),  # noqa: DTZ001 - wall clock
        Condition("Количество", "<>", Kind.MICRO, -1_500_000),
        Condition("Код", "=", Kind.TEXT, "а'б и в = г"),
        Condition("Время", "<", Kind.MOMENT, datetime(2026, 11, 1, 12, 30, 15)),  # noqa: DTZ001 - wall clock
    ]


def test_nothing_is_no_condition() -> None:
    assert conditions("") == conditions("  ") == []


@pytest.mark.parametrize(
    "text",
    [
        "Проведен",
        "Проведен =",
        "= да",
        "Проведен = может быть",
        "Дата >= 2026-13-01",
        "Дата >= 2026-02-30T10:00",
        "А = 1 или Б = 2",
        "А = 1, Б = 2",
        "А = 'не закрыт",
        "А = 0.0000001",
        "А = 1e400",
        "А = nan",
        "А = inf",
        "А == 1",
        "А = " + "1" * 20_000,
    ],
)
def test_what_is_not_understood_is_told(text: str) -> None:
    with pytest.raises(Faults, match="не понято") as raised:
        conditions(text)
    assert len(str(raised.value)) < 1_500


@given(st.text(max_size=60))
def test_any_text_is_conditions_or_told(text: str) -> None:
    try:
        found = conditions(text)
    except Faults as error:
        assert error.faults[0].path == "where"  # noqa: PT017 - it may as well be conditions
    else:
        assert bool(found) == bool(text.strip())


@given(st.text(max_size=30), st.sampled_from(["=", "<>"]))
def test_a_text_comes_back_as_it_was(value: str, sign: str) -> None:
    quoted = value.replace("'", "''")
    assert conditions(f"Код {sign} '{quoted}' и А = 1") == [
        Condition("Код", sign, Kind.TEXT, value),
        Condition("А", "=", Kind.MICRO, 1_000_000),
    ]


@pytest.mark.parametrize("text", ["2026-11-24T08:15:00", "datetime'2026-11-24T08:15:00'", " '2026-11-24T08:15' "])
def test_moments_of_arguments(text: str) -> None:
    assert moment_of(text) == datetime(2026, 11, 24, 8, 15)  # noqa: DTZ001 - wall clock


@pytest.mark.parametrize("text", ["", "вчера", "2026-11-31", "24.11.2026"])
def test_what_is_no_moment_is_told(text: str) -> None:
    with pytest.raises(Faults):
        moment_of(text)
