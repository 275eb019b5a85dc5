"""Outlets, own goods and prices as an operator types them: preview, run, match by file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import Running

pytestmark = [pytest.mark.xdist_group("server"), pytest.mark.slow]


def answered(running: Running, *arguments: str, code: int = 0) -> Any:
    """Run a command with ``--json`` and return what it printed."""
    return json.loads(running.mi1c(*arguments, "--json", code=code))


def test_a_preview_of_own_goods_sends_nothing_and_a_run_makes_it_true(running: Running) -> None:
    before = answered(running, "preview", "own_goods", "--link", "probe")
    assert before["changes"]["новых строк"] > 5000
    assert running.doubles.crm.rows(running.doubles.world.crm.user, "goods") == []
    assert "выполнен" in running.mi1c("run", "own_goods", "--link", "probe")
    after = answered(running, "preview", "own_goods", "--link", "probe")
    assert after["changes"]["новых строк"] == 0
    again = answered(running, "run", "own_goods", "--link", "probe", "--everything")
    assert again["sent"] == before["changes"]["новых строк"]


def test_where_the_distributor_matches_the_run_tells_what_waits(running: Running) -> None:
    found = answered(running, "run", "outlets", "--link", "probe")
    assert found["точек производителя ждут сопоставления"] == 0
    shown = running.mi1c("preview", "outlets", "--link", "probe")
    assert "контрагент не определён" in shown
    assert "добавится в заблокированные" in shown


def test_prices_without_types_say_what_to_fill(running: Running) -> None:
    assert "Виды цен" in running.mi1c("run", "prices", "--link", "probe", code=2)
    assert "outlets, own_goods, prices" in running.mi1c("preview", "nothing", "--link", "probe", code=2)


def test_outlets_are_matched_by_a_file(running: Running, tmp_path: Path) -> None:
    partners = running.doubles.onec.store.objects("Catalog_Партнеры")
    codes = [each["Code"] for each in partners if each["Parent_Key"].strip("0-")][:2]
    file = tmp_path / "outlets.csv"
    file.write_text(f"Наш код;Их код\n{codes[0]};C1\n{codes[1]};C2\n", "utf-8")
    arguments = ("--link", "probe", "--author", "Иванова", "--kind", "outlet")
    assert answered(running, "match", "import", str(file), *arguments)["made"] == 2
    out = tmp_path / "pairs.csv"
    assert answered(running, "match", "export", str(out), "--link", "probe", "--kind", "outlet")["rows"] == 2
    assert answered(running, "match", "export", str(out), "--link", "probe", "--kind", "counterparty")["rows"] == 0
    file.write_text(f"Наш код;Их код\n{codes[0]};C9\n{codes[1]};C9\n", "utf-8")
    faults = answered(running, "match", "import", str(file), *arguments, code=2)["faults"]
    assert [fault["path"] for fault in faults] == ["строка 3, их код"]
