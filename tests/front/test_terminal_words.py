"""What the command line says of itself is Russian: the help of every command, and errors of what was typed."""

from __future__ import annotations

import ast
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import pytest
from pydantic import SecretStr

from docs.tables import commands
from foundation.log import CHATTY, log_to
from foundation.settings import LinkSettings
from ledger.order_values import ACTIONS, EVENTS
from mappings.model import Override
from mi1c.cli import run
from mi1c.cli.link_show import setting_word

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
GROUPS = ("ledger", "link", "match", "orders", "pilot", "service", "user")
ENGLISH = re.compile(
    r"Usage|Commands|Parameters|Arguments|required|default|choices|Display|OPTIONS|ARGS|COMMAND|\bSTR\b|\bINT\b|CHOICE"
)

pytestmark = pytest.mark.usefixtures("wide")


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str, int]:
    code = run(words)
    out, err = capsys.readouterr()
    return out, err, code


# -- help --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", *GROUPS, *(each.name for each in commands())])
def test_help_is_russian_and_every_line_says_something(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    out, _, code = printed(capsys, *name.split(), "--help")
    assert code == 0
    assert out.startswith("Как вызвать: mi1c")
    assert ENGLISH.findall(out) == []
    silent = [line for line in out.splitlines() if re.fullmatch(r"│ +(--)?[A-Za-z-]+( [А-ЯЁ.]+)? +│", line)]
    assert silent == []
    assert "object at" not in out


def test_a_parameter_that_must_be_given_says_so_with_its_choices(capsys: pytest.CaptureFixture[str]) -> None:
    out, _, _ = printed(capsys, "user", "add", "--help")
    assert "viewer, operator, admin; обязательно" in " ".join(out.replace("│", " ").split())
    out, _, _ = printed(capsys, "ledger", "list", "--help")
    assert "сколько строк показать; иначе 20" in out
    assert "--no-json" not in out


# -- errors of what was typed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "said", "where"),
    [
        ("nothing", "Команды «nothing» нет. Есть: demo, up,", "mi1c --help"),
        ("orders nothing", "Команды «nothing» нет. Есть: list, show,", "mi1c orders --help"),
        ("confirm 2", "Не указано: --verdict.", "mi1c confirm --help"),
        ("run stock", "Не указано: --link.", "mi1c run --help"),
        ("run stock --link a --foo b", "Параметра --foo нет.", "mi1c run --help"),
        ("ledger list --limit abc", "Значение «abc» у --limit не подходит, нужно целое число.", "mi1c ledger list --help"),
        ("confirm 2 --verdict bad --by me", "не подходит. Можно: accepted, remarks, refused.", "mi1c confirm --help"),
        ("ledger show 1 2 3", "Лишнее: 2 3.", "mi1c ledger show --help"),
        ("match suggest --ours a --theirs b --out c --top 50", "нужно не больше 20", "mi1c match suggest --help"),
        ("run stock --link a --link b", "Указано дважды: --link.", "mi1c run --help"),
    ],
)  # fmt: skip
def test_what_is_typed_wrongly_is_told_in_russian_with_where_to_look(
    typed: str, said: str, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err, code = printed(capsys, *typed.split())
    assert (out, code) == ("", 2)
    assert "Команда записана неверно." in err
    assert said in " ".join(err.split())
    assert f"Что делать. Посмотрите, как её вызвать: {where}" in err


# -- settings of a link ------------------------------------------------------------------------------------------------


def test_every_choice_of_a_setting_has_its_meaning() -> None:
    """What ``link show`` says beside a code is what the setting's description says of it."""
    bare = [
        f"{name}: {code}"
        for name, field in LinkSettings.model_fields.items()
        for code in choices(field.annotation)
        if re.search(rf"(?:^|[;.] ){re.escape(code)}: ", field.description or "") is None
    ]
    named_by_themselves = {"crm_soap: 1.1", "crm_soap: 1.2", "onec_code_page: cp1251", "onec_code_page: cp866"}
    assert set(bare) == named_by_themselves


def choices(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))
    for inner in get_args(annotation):
        yield from choices(inner)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("zeros", "omit", "omit (не выгружать)"),
        ("confirmations", {"stock": "person"}, "stock → person (человек)"),
        ("shipment_kinds", ["sale", "return"], "sale (реализации), return (возвраты)"),
        ("warehouses", {"Основной": "1", "Дальний": "2"}, "Основной → 1; Дальний → 2"),
        ("layout_values", {"kind": {"sale": "CustInvoice"}}, "kind → {sale → CustInvoice}"),
        ("intervals", {"goods": 1440}, "goods → 1\N{NO-BREAK SPACE}440"),
        ("onec_timeout", 90.0, "90"),
        ("matched_value_share", 97.5, "97,5"),
        ("order_posting", False, "нет"),
        ("price_type", "", "не задано (последняя любая цена)"),
        ("stop_list", [], "не задано"),
        ("onec_password", SecretStr("x"), "задан"),
        ("crm_password", SecretStr(""), "не задан"),
    ],
)
def test_a_setting_is_shown_in_words(name: str, value: Any, said: str) -> None:
    assert setting_word(LinkSettings.model_fields[name], value) == said


def test_no_setting_is_shown_as_python_writes_it() -> None:
    shown = {
        name: setting_word(field, field.get_default(call_default_factory=True))
        for name, field in LinkSettings.model_fields.items()
        if not field.is_required()
    }
    assert {name: said for name, said in shown.items() if not said or re.search(r"[\[\]{}']", said)} == {}


# -- the story of an order ---------------------------------------------------------------------------------------------


def test_every_step_that_the_code_writes_down_has_its_word() -> None:
    written = {"received"} | {event for room in ("ledger", "tasks") for event in events_of(ROOT / room)}
    assert len(written) > 10
    assert written - {""} == set(EVENTS)
    assert set(ACTIONS) == set(Override)


def events_of(room: Path) -> Iterator[str]:
    """Yield the events that are handed to ``Step`` as its third argument."""
    for path in sorted(room.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Step" and len(node.args) > 2:
                for inner in ast.walk(node.args[2]):
                    if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                        yield inner.value


# -- logs --------------------------------------------------------------------------------------------------------------


def test_libraries_are_silent_and_a_log_asked_for_twice_has_every_line_once(tmp_path: Path) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        path = log_to(tmp_path)
        assert log_to(tmp_path) == path
        logging.getLogger("ledger.words").warning("одна строка")
        logging.getLogger("alembic.runtime.migration").info("Context impl SQLiteImpl.")
        logging.getLogger("alembic.runtime.migration").warning("это видно")
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)
    lines = path.read_text("utf-8").splitlines()
    assert [("одна строка" in line, "это видно" in line) for line in lines] == [(True, False), (False, True)]
    assert "alembic" in CHATTY
