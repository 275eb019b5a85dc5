"""Files of people: columns by many names, encodings, separators; and what is wrong is told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from foundation.errors import Faults, NotFound
from mappings.matching.files import COMMON, read_gold, read_items
from mappings.matching.reasons import Reason
from mappings.matching.suggestion import Candidate, Suggestion
from mappings.matching.workbook import HEAD, write_suggestions
from mappings.tabular import read_lines

if TYPE_CHECKING:
    from pathlib import Path

HEADS = [
    ("Код", "Наименование", "Артикул", "Штрихкод", "Ед. изм."),
    ("code", "name", "article", "ean13", "unit"),
    ("ID", "Номенклатура", "vendor_code", "EAN", "Единица измерения"),
    ("Код 1С", "Название товара", "Арт.", "ШК", "ед."),
    ("our_id", "Product name", "Article", "gtin", "UOM"),
]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_heads_encodings_and_separators(tmp_path: Path, head: tuple[str, ...], encoding: str, separator: str) -> None:
    path = tmp_path / "ours.csv"
    rows = [head, ("0007", "Сок яблочный 1 л", "A-1", "4607083000018", "шт")]
    path.write_text("\n".join(separator.join(row) for row in rows), encoding)
    (item,) = read_items(path, "ours")
    assert (item.id, item.name, item.codes, item.barcodes, item.unit) == (
        "0007",
        "Сок яблочный 1 л",
        ("A-1",),
        ("4607083000018",),
        "шт",
    )


def test_an_excel_file_with_a_title_above_its_head(tmp_path: Path) -> None:
    path = tmp_path / "ours.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Прайс на 24.11.2026"])
        sheet.write_row(1, 0, ["Код", "Наименование", "ИНН", "КПП", "Адрес"])
        sheet.write_row(2, 0, [17, "Берёзка", 7707083893, 770701001, "г Самара, ул Мира, 1"])
    (item,) = read_items(path, "ours")
    assert (item.id, item.name, item.inn, item.kpp, item.address) == (
        "17",
        "Берёзка",
        "7707083893",
        "770701001",
        "г Самара, ул Мира, 1",
    )


def test_several_names_and_barcodes_are_all_taken(tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text("id;name;name_1c;ean13\n5;Лак;Лак яхтный;4607083000018, 4607083000025\n6;Клей;Клей;\n", "utf-8")
    lacquer, glue = read_items(path, "theirs")
    assert lacquer.names == ("Лак", "Лак яхтный")
    assert lacquer.barcodes == ("4607083000018", "4607083000025")
    assert glue.names == ("Клей",)


def test_the_manufacturers_code_is_a_key_on_our_side_and_the_code_on_theirs(tmp_path: Path) -> None:
    path = tmp_path / "goods.csv"
    path.write_text("Код;Код производителя;Наименование\n1;W5;Лак\n", "utf-8")
    assert [(item.id, item.their_code) for item in read_items(path, "ours")] == [("1", "W5")]
    assert [item.id for item in read_items(path, "theirs")] == ["W5"]


def test_ours_without_codes_go_by_the_row(tmp_path: Path) -> None:
    path = tmp_path / "ours.csv"
    path.write_text("Наименование;Артикул\nЛак;1\nКлей;2\n", "utf-8")
    assert [item.id for item in read_items(path, "ours")] == ["строка 2", "строка 3"]


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text("Артикул;Единица\n1;шт\n", "utf-8")
    with pytest.raises(Faults) as told:
        read_items(path, "theirs")
    assert len(told.value.faults) == 2
    assert "Наименование" in str(told.value)


def test_codes_that_stand_twice_are_told(tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text("Код;Наименование\n1;Лак\n1;Клей\n", "utf-8")
    with pytest.raises(Faults, match="несколько раз"):
        read_items(path, "theirs")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_items(tmp_path / "no.csv", "ours")


def test_spellings_of_heads_lead_to_one_column_each() -> None:
    spelt = [head for heads in COMMON.values() for head in heads]
    assert len(spelt) == len(set(spelt))
    assert all(head == " ".join(head.lower().split()) for head in spelt)


def test_known_pairs(tmp_path: Path) -> None:
    path = tmp_path / "gold.csv"
    path.write_text("Наш код;Наше наименование;Их код;Их наименование\n1;Лак;T1;Лак яхтный\n2;Клей;;\n", "utf-8")
    one, two = read_gold(path)
    assert (one.ours, one.theirs, one.our_name, one.their_name) == ("1", "T1", "Лак", "Лак яхтный")
    assert two.theirs == ""
    path.write_text("Наш код;Наименование\n1;Лак\n", "utf-8")
    with pytest.raises(Faults, match="Их код"):
        read_gold(path)


def suggestions() -> list[Suggestion]:
    reason = Reason("размер", agrees=True, detail="500 мл")
    return [
        Suggestion(
            "1", "=Лак", "check", (Candidate("T1", "Лак", 0.7, 5.0, (reason,)), Candidate("T2", "Лак 2", 0.2, 4.0))
        ),
        Suggestion("2", "Клей", "none"),
        Suggestion("3", "Сок", "green", (Candidate("T3", "Сок", 0.99, 9.0, (reason,)),)),
        Suggestion("4", "Вода", "conflict", (Candidate("T3", "Сок", 0.95, 8.0),), note="претендует «Сок»"),
    ]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_a_written_table_is_read_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    assert write_suggestions(path, suggestions(), top=3) == 4
    lines, columns = read_lines(path, {head.lower(): head for head in (*HEAD, "Вариант 2", "Вариант 3")})
    assert columns == {*HEAD, "Вариант 2", "Вариант 3"}
    assert [line.get("Состояние") for line in lines] == ["зелёный", "проверить", "конфликт", "нет пары"]
    assert lines[0].get("Почему") == "размер ✓ 500 мл"
    assert float(lines[0].get("Вероятность")) == 0.99
    assert lines[1].get("Наше наименование").lstrip("'") == "=Лак"
    assert lines[1].get("Вариант 2") == "T2 — Лак 2 (20 %)"
    assert "претендует" in lines[2].get("Примечание")
