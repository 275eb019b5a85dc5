"""``mi1c match suggest`` and ``evaluate`` as an operator types them: no link, no server, no network."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from foundation.errors import Faults
from mappings.matching.needs import need
from mi1c.cli import run
from sandbox.world.maker import assortment
from sandbox.world.ours import distributed, foreign

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a manufacturer's catalog, a distributor's goods with strangers among them, and the truth."""
    made = tmp_path_factory.mktemp("matching")
    rng = Random(3)  # noqa: S311 - a seeded world
    goods = assortment(3, 400)
    ours = distributed(rng, goods, twin_sets=0)[:300]
    strangers = foreign(rng, 3, 100)
    rows = [(f"{number:05}", good.name, "шт") for number, good in enumerate([*ours, *strangers])]
    table(made / "ours.csv", ("Код", "Наименование", "Ед. изм."), rows, encoding="cp1251")
    table(made / "theirs.csv", ("wareid", "name", "unit"), [(good.ware_id, good.name, "шт") for good in goods])
    truth = [(f"{number:05}", good.maker.ware_id if good.maker else "") for number, good in enumerate(ours)]
    truth += [(f"{number:05}", "") for number in range(len(ours), len(rows))]
    table(made / "gold.csv", ("Наш код", "Их код"), truth)
    return made


def table(path: Path, head: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(head)
        writer.writerows(rows)


def files(folder: Path) -> list[str]:
    return ["--ours", str(folder / "ours.csv"), "--theirs", str(folder / "theirs.csv")]


def test_suggest_writes_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "out.xlsx"
    assert run(["match", "suggest", *files(folder), "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == 400
    assert told["green"] + told["check"] + told["none"] + told["conflict"] == 400
    assert out.stat().st_size > 10_000


def test_suggest_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["match", "suggest", *files(folder), "--out", str(folder / "out.csv"), "--top", "2"]) == 0
    said = capsys.readouterr().out
    assert "зелёный" in said
    assert "нет пары" in said
    head = (folder / "out.csv").read_text("utf-8-sig").splitlines()[0]
    assert head.endswith("Примечание;Вариант 2")


def test_evaluate_measures_another_trade(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["match", "evaluate", "--gold", str(folder / "gold.csv"), *files(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rows"] + found["without_pair"] == 400
    assert found["recall_1"] > 0.85
    assert found["recall_5"] >= found["recall_1"]
    assert found["green_share"] > 0.4
    assert found["green_precision"] > 0.97
    assert found["green_low"] <= found["green_precision"] <= found["green_high"]
    assert found["green_without_pair"] <= 1


def test_evaluate_by_the_names_of_the_known_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        ("1", "Лак яхтный 0,9л", "T1", "Лак яхтный / 0,9 л"),
        ("2", "Лак паркетный 1л", "T2", "Лак паркетный / 1 л"),
    ]
    table(tmp_path / "gold.csv", ("Наш код", "Наше наименование", "Их код", "Их наименование"), rows)
    assert run(["match", "evaluate", "--gold", str(tmp_path / "gold.csv")]) == 0
    said = capsys.readouterr().out
    assert "верный первым" in said
    assert "100,0 %" in said


def test_confirmed_names_are_taken(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table(tmp_path / "ours.csv", ("Код", "Наименование"), [("1", "Совсем непохожее имя")])
    ware = assortment(3, 400)[0].ware_id
    table(tmp_path / "known.csv", ("Наш код", "Их код"), [("1", ware)])
    argued = ["--ours", str(tmp_path / "ours.csv"), "--theirs", str(folder / "theirs.csv")]
    assert (
        run(
            [
                "match",
                "suggest",
                *argued,
                "--out",
                str(tmp_path / "o.csv"),
                "--confirmed",
                str(tmp_path / "known.csv"),
                "--json",
            ]
        )
        == 0
    )
    assert json.loads(capsys.readouterr().out)["green"] == 1


@pytest.mark.parametrize("kind", ["outlets", "counterparties"])
def test_other_kinds(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    head = ("Код", "Наименование", "ИНН", "КПП", "Адрес")
    table(tmp_path / "ours.csv", head, [("1", "ООО Берёзка", "7707083893", "770701001", "г Самара, ул Мира, 1")])
    table(tmp_path / "theirs.csv", head, [("T1", "Берёзка", "7707083893", "770701001", "Самара, Мира ул., д. 1")])
    argued = ["--kind", kind, "--ours", str(tmp_path / "ours.csv"), "--theirs", str(tmp_path / "theirs.csv")]
    assert run(["match", "suggest", *argued, "--out", str(tmp_path / "o.xlsx"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["green"] == 1


def test_a_missing_file_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "no.csv")
    assert run(["match", "suggest", "--ours", missing, "--theirs", missing, "--out", str(tmp_path / "o.xlsx")]) == 2
    assert "no.csv" in capsys.readouterr().err


def test_a_missing_library_says_how_to_get_it() -> None:
    with pytest.raises(Faults, match=r"mi1c\[match\]") as told:
        need("no_such_library")
    assert told.value.faults[0].path == "no_such_library"


def test_importing_and_help_load_no_heavy_library() -> None:
    code = (
        "import sys, mappings.matching, mappings.matching.suggesting; from mi1c.cli import run; run(['match', '--help']);"
        "print(sorted({'sklearn', 'scipy', 'pandas', 'prefect', 'rapidfuzz', 'sparse_dot_topn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"
