"""Outlets, own goods and prices as an operator types them: preview, run, match by file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.system.conftest import values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import Running

pytestmark = [pytest.mark.xdist_group("server"), pytest.mark.slow]


LINK = "keyed"


@pytest.fixture(scope="module", autouse=True)
def keyed(running: Running, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Add a link that nothing was sent of and no order came for; goods and catalogs are in."""
    described = values(running.doubles)
    secrets = {"MI1C_ONEC_PASSWORD": described.pop("onec_password"), "MI1C_CRM_PASSWORD": described.pop("crm_password")}
    file = tmp_path_factory.mktemp("keyed") / "keyed.yaml"
    file.write_text(yaml.safe_dump(described, allow_unicode=True), "utf-8")
    running.mi1c("link", "add", LINK, "--file", str(file), more=secrets)
    for exchange in ("goods", "catalogs"):
        running.mi1c("run", exchange, "--link", LINK)


def answered(running: Running, *arguments: str, code: int = 0) -> Any:
    """Run a command with ``--json`` and return what it printed."""
    return json.loads(running.mi1c(*arguments, "--json", code=code))


def test_a_preview_of_own_goods_sends_nothing_and_a_run_makes_it_true(running: Running) -> None:
    arrived = len(running.doubles.crm.journal.arrivals)
    before = answered(running, "preview", "own_goods", "--link", LINK)
    assert before["changes"]["новых строк"] > 5000
    assert len(running.doubles.crm.journal.arrivals) == arrived
    assert "выполнен" in running.mi1c("run", "own_goods", "--link", LINK)
    after = answered(running, "preview", "own_goods", "--link", LINK)
    assert after["changes"]["новых строк"] == 0
    again = answered(running, "run", "own_goods", "--link", LINK, "--everything")
    assert again["sent"] == before["changes"]["новых строк"]


def test_where_the_distributor_matches_the_run_tells_what_waits(running: Running) -> None:
    found = answered(running, "run", "outlets", "--link", LINK)
    assert found["точек производителя ждут сопоставления"] == 0
    shown = running.mi1c("preview", "outlets", "--link", LINK)
    assert "контрагент не определён" in shown
    assert "добавится в заблокированные" in shown


def test_prices_without_types_say_what_to_fill(running: Running) -> None:
    assert "Виды цен" in running.mi1c("run", "prices", "--link", LINK, code=2)
    assert "outlets, own_goods, prices" in running.mi1c("preview", "nothing", "--link", LINK, code=2)


def test_outlets_are_matched_by_a_file(running: Running, tmp_path: Path) -> None:
    partners = running.doubles.onec.store.objects("Catalog_Партнеры")
    codes = [each["Code"] for each in partners if each["Parent_Key"].strip("0-")][:2]
    file = tmp_path / "outlets.csv"
    file.write_text(f"Наш код;Их код\n{codes[0]};C1\n{codes[1]};C2\n", "utf-8")
    arguments = ("--link", LINK, "--author", "Иванова", "--kind", "outlet")
    assert answered(running, "match", "import", str(file), *arguments)["made"] == 2
    out = tmp_path / "pairs.csv"
    assert answered(running, "match", "export", str(out), "--link", LINK, "--kind", "outlet")["rows"] == 2
    assert answered(running, "match", "export", str(out), "--link", LINK, "--kind", "counterparty")["rows"] == 0
    file.write_text(f"Наш код;Их код\n{codes[0]};C9\n{codes[1]};C9\n", "utf-8")
    faults = answered(running, "match", "import", str(file), *arguments, code=2)["faults"]
    assert [fault["path"] for fault in faults] == ["строка 3, их код"]
