"""The letter to the manufacturer's IT: filled in, whole, never over a file that is there."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Faults
from mi1c.cli import run
from mi1c.letter import BLANK, filled, template

ROOT = Path(__file__).parent.parent.parent
DAY = date(2026, 11, 24)
ASKED = (
    *("код БД", "Пароль", "Адрес веб-сервиса", "Способ передачи пароля", "Версия SOAP", "Предел размера", "штрихкоды"),
    *("нулевые остатки", "отрицательном остатке", "с НДС или без НДС", "сопоставляются торговые точки"),
    *("подтверждает", "Значения статусов", "Сотрудник ИТ-службы"),
)


def test_the_letter_asks_for_all_that_a_link_needs() -> None:
    text = template()
    assert [what for what in ASKED if what not in text] == []
    assert set(BLANK.findall(text)) == {"company", "contact", "date"}


def test_the_questions_are_counted_through() -> None:
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", template(), re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 20


def test_blanks_are_filled() -> None:
    text = filled(company="ООО Ромашка", contact="Иванов И. И., +7 900 000-00-00", day=DAY)
    assert text.startswith("24.11.2026\n")
    assert text.count("ООО Ромашка") == template().count("{company}")
    assert "направить: Иванов И. И., +7 900 000-00-00." in text
    assert BLANK.findall(text) == []


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip))
def test_whatever_is_given_stands_in_the_letter_as_it_is(company: str, contact: str) -> None:
    text = filled(company=company, contact=contact, day=DAY)
    assert f"Тема: подключение {' '.join(company.split())} к" in text
    assert f"направить: {' '.join(contact.split())}." in text


def test_every_blank_without_a_value_is_named_at_once() -> None:
    with pytest.raises(Faults) as told:
        filled(company=" ", contact="", day=DAY)
    assert [fault.path for fault in told.value.faults] == ["company", "contact"]


def test_the_command_writes_a_new_file_and_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "письмо.md"
    words = ["link", "request", "--company", "ООО Ромашка", "--contact", "Иванов", "--out", str(file)]
    assert run(words) == 0
    written = file.read_text("utf-8")
    assert "ООО Ромашка" in written
    assert str(file.name) in capsys.readouterr().out.replace("\n", "")
    assert run([*words, "--json"]) == 2
    assert "уже есть" in json.loads(capsys.readouterr().out)["faults"][0]["said"]
    assert file.read_text("utf-8") == written


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    away = tmp_path / "нет" / "письмо.md"
    assert run(["link", "request", "--company", "А", "--contact", "Б", "--out", str(away)]) == 2
    assert "Ошибка Faults." in capsys.readouterr().err


def test_without_a_file_the_letter_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["link", "request", "--company", "ООО Ромашка", "--contact", "Иванов"]) == 0
    printed = capsys.readouterr().out
    assert run(["link", "request", "--company", "ООО Ромашка", "--contact", "Иванов", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["letter"] == printed


def test_a_wheel_carries_the_letter_where_the_program_looks_for_it() -> None:
    included = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    forced = included["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert forced["docs/ru/letter.md"] == "mi1c/letter.md"
