"""The dictionary and its names: cut names are found, doubtful ones told, damaged files refused with their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.onec.v77.dictionary import parse_dictionary, read_dictionary
from connectors.onec.v77.names import Missing, Names, same
from foundation.errors import Faults, MI1CError, NotFound, TooLarge
from sandbox.v77.dictionary import dd_text, dds_text
from sandbox.v77.trade import configuration

if TYPE_CHECKING:
    from pathlib import Path

STRUCTURE = configuration(500)
DD = dd_text(STRUCTURE.tables().values())
LONG = "СоответствияОбъектовВнешнимСистемам"


def names(text: str = DD) -> Names:
    """Return the names of a dictionary's text."""
    return Names(parse_dictionary(text.encode("cp1251")))


def found(text: str, kind: str, name: str) -> str:
    """Return the table that a name leads to."""
    missing = Missing("test")
    table = names(text).table(kind, name, missing)
    missing.raise_if_any()
    assert table is not None
    return table.name


def without_comments(text: str) -> str:
    """Return a dictionary whose comments somebody has removed: only cut names are left."""
    return "\r\n".join(line for line in text.split("\r\n") if not line.startswith("#"))


def test_a_dictionary_gives_tables_fields_and_indexes() -> None:
    dictionary = parse_dictionary(DD.encode("cp1251"))
    assert set(dictionary.tables) == set(STRUCTURE.tables())
    assert (dictionary.setting, dictionary.sql) == ("1251RUS", False)
    goods = dictionary.tables["SC511"]
    assert goods.fields["SP534"].title == "(P)ПолнНаименование"
    assert (goods.fields["SP537"].width, goods.fields["SP537"].decimals) == (15, 2)
    assert dictionary.tables["RG621"].indexes["PROP"] == ("PERIOD", "SP901", "SP902", "SP903")


def test_titles_are_whole_where_the_comments_have_them() -> None:
    dictionary = parse_dictionary(DD.encode("cp1251"))
    assert dictionary.tables["SC520"].title == f"Справочник {LONG}"
    cut = parse_dictionary(without_comments(DD).encode("cp1251")).tables["SC520"]
    assert (cut.title, cut.cut) == (f"Справочник {LONG}"[:30], True)


@pytest.mark.parametrize("text", [DD, without_comments(DD)], ids=["whole", "cut"])
@pytest.mark.parametrize(
    ("kind", "name", "table"),
    [
        ("Справочник", "Номенклатура", "SC511"),
        ("Справочник", "номенклатура", "SC511"),
        ("Справочник", "Hоменклатурa", "SC511"),  # Latin H and a
        ("Справочник", LONG, "SC520"),
        ("Справочник", "SC511", "SC511"),
        ("Документ", "ВозвратОтПокупателя", "DH602"),
        ("Строки", "ВозвратОтПокупателя", "DT602"),
        ("Строки", "ЗаявкаПокупателя", "DT603"),
        ("Регистр", "ОстаткиТМЦ", "RG621"),
        ("Движения", "ОстаткиТМЦ", "RA621"),
        ("Движения", "ПартииНаличие", "RA622"),
    ],
)
def test_objects_are_found_by_name(text: str, kind: str, name: str, table: str) -> None:
    assert found(text, kind, name) == table


@pytest.mark.parametrize("name", ["Номенклатур", "НоменклатураТоваров", "Контрагент", "СоответствияОбъекта", ""])
def test_a_name_that_only_resembles_is_not_taken(name: str) -> None:
    with pytest.raises(Faults, match="нет того"):
        found(DD, "Справочник", name)
    with pytest.raises(Faults):
        found(without_comments(DD), "Справочник", name)


def test_two_objects_whose_cut_names_are_the_same_are_told() -> None:
    more = DD.replace("Справочник ОКЕИ", "Справочник СоответствияОбъектовНашимСистемам"[:30])
    cut = without_comments(more.replace("СоответствияОбъектовНашим", "СоответствияОбъекто"))
    doubled = cut.replace("Справочник ЮрЛица          ", "Справочник СоответствияОбъекто")
    with pytest.raises(Faults) as raised:
        found(doubled, "Справочник", LONG)
    assert "SC519, SC520" in raised.value.faults[0].said


def test_attributes_are_found_by_name_cut_name_and_column() -> None:
    asked, missing = names(), Missing("test")
    goods = parse_dictionary(DD.encode("cp1251")).tables["SC511"]

    def column(name: str) -> str:
        field = asked.column([goods], name, missing, name)
        return field.name if field else ""

    assert column("Артикул") == "SP531"
    assert column("СтранаПроисхождения") == "SP535"  # the dictionary has (P)СтранаПроисхожден
    assert column("Aртикул") == "SP531"  # Latin A
    assert column("SP538") == column("538") == "SP538"
    missing.raise_if_any()
    assert column("ПервоначальнаяСтоимостьПродажи") == column("Цвет") == column("СтранаПроисх") == ""
    with pytest.raises(Faults) as raised:
        missing.raise_if_any()
    told = {fault.path: fault.said for fault in raised.value.faults}
    assert set(told) == {"ПервоначальнаяСтоимостьПродажи", "Цвет", "СтранаПроисх"}
    assert "SP537, SP538" in told["ПервоначальнаяСтоимостьПродажи"]


def test_a_misspelt_name_is_told_with_those_that_are_near() -> None:
    with pytest.raises(Faults) as raised:
        found(DD, "Справочник", "Номеклатура")
    assert "Номенклатура" in raised.value.faults[0].said


def test_a_dds_names_the_tables_of_the_same_configuration() -> None:
    dictionary = parse_dictionary(dds_text(STRUCTURE.tables().values()).encode("cp1251"), "1Cv7.DDS")
    assert dictionary.sql
    assert dictionary.tables["1SJOURN"].file == "1SJOURN"
    assert Names(dictionary).of_kind(601) == "Документ.Реализация"
    assert Names(dictionary).of_kind(999) == ""


def test_every_wrong_line_is_told_with_its_number() -> None:
    text = "#AccWare\r\nD=DDV7120|AccWare Data Dictionary (DDCP=_CUSTOM)|\r\nF=ID|no table|C|9|0\r\nT=SC1|Справочник А|A|SC1|1\r\nF=ID|x|C|девять|0\r\nF=CODE|x||5|0\r\nF=../up|x|C|5|0\r\nT=SC1|Справочник А|A|SC1|1\r\nI=IDD|x|0|ID|IDD\r\nчепуха"
    with pytest.raises(Faults, match="Словарь") as raised:
        parse_dictionary(text.encode("cp1251"))
    assert [fault.path for fault in raised.value.faults] == [f"строка {number}" for number in (3, 5, 6, 7, 8, 9, 10)]


@pytest.mark.parametrize("content", [b"", b"# only a comment\r\n", b"T=SC1|x|A|SC1|1\r\n", b"\0\0\0\0"])
def test_a_file_without_the_header_is_no_dictionary(content: bytes) -> None:
    with pytest.raises(Faults) as raised:
        parse_dictionary(content)
    assert raised.value.faults[0].path == "D="


def test_files_are_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_dictionary(tmp_path / "1Cv7.DD")
    large = tmp_path / "1Cv7.DD"
    with large.open("wb") as file:
        file.truncate((64 << 20) + 2)
    with pytest.raises(TooLarge, match=r"1Cv7\.DD"):
        read_dictionary(large)


@given(st.binary(max_size=2_000))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_a_dictionary_or_refused(content: bytes) -> None:
    try:
        dictionary = parse_dictionary(content)
    except MI1CError as error:
        assert len(getattr(error, "faults", [])) <= 20  # noqa: PT017 - it may as well be read
    else:
        assert all(name == table.name for name, table in dictionary.tables.items())


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_dictionary_with_lines_changed_is_read_or_refused(data: st.DataObject) -> None:
    lines = DD.split("\r\n")[:60]
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(lines) - 1))
        line = data.draw(
            st.one_of(st.text(max_size=60), st.just(lines[at][::-1]), st.just(lines[at].replace("|", "", 2)))
        )
        lines[at] = line
    content = "\r\n".join(lines).encode("cp1251", "replace")
    try:
        dictionary = parse_dictionary(content)
    except Faults as error:
        assert error.faults  # noqa: PT017 - it may as well be read
    else:
        assert all(field.width < 100_000 for table in dictionary.tables.values() for field in table.fields.values())


@given(st.text(st.sampled_from("АВСЕНКМОРТХавсенкморту ёЁ-"), max_size=12))
def test_names_are_compared_without_case_and_look_alikes(name: str) -> None:
    latin = name.translate(str.maketrans("АВСЕНКМОРТХ", "ABCEHKMOPTX"))
    assert same(latin) == same(name) == same(name.upper()) == same(f" {name} ")
