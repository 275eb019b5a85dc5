"""Readings of a test base against what its writer knows: catalogs, documents, lines, movements, history, long strings."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from connectors.onec.v77 import V77, V77Address
from connectors.onec.v77.request import request_of
from foundation.errors import BadAnswer, Faults, Impossible, NotFound
from mappings.model import Field, Kind, Reading, Since
from sandbox.v77 import write_base
from tests.v77.v77_help import K, column, key_of, micro, read_of, rows_of, spoiled, table_of

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.v77 import TestBase

GOODS = "Справочник.Номенклатура"
LINES = "Документ.Реализация.Строки"


def moment(text: str) -> datetime:
    """Read a wall clock time."""
    return datetime.fromisoformat(text)


# -- catalogs ----------------------------------------------------------------------------------------------------------


def test_a_catalog_is_read_with_groups_marks_and_attributes(v77: V77, trade_base: TestBase) -> None:
    frame = v77.read(
        read_of(
            GOODS,
            ("our_good", K.KEY, "ТекущийЭлемент"),
            ("code", K.TEXT, "Код"),
            ("name", K.TEXT, "Наименование"),
            ("deleted", K.FLAG, "ПометкаУдаления"),
            ("article", K.TEXT, "Артикул"),
            ("unit", K.KEY, "ОсновнаяЕдиница"),
            ("is_group", K.FLAG, "ЭтоГруппа"),
            ("parent", K.KEY, "Родитель"),
        )
    )
    assert list(frame.dtypes.astype(str)) == [
        "category",
        "object",
        "object",
        "bool",
        "object",
        "category",
        "bool",
        "category",
    ]
    groups = frame[frame["is_group"]]
    assert groups["name"].tolist() == ["Напитки", "Прочее"]
    assert groups["parent"].tolist() == ["", ""]
    goods = frame[~frame["is_group"]]
    assert set(goods["parent"]) == set(groups["our_good"])
    columns = ["our_good", "code", "name", "deleted", "article", "unit"]
    assert rows_of(goods[columns]) == [
        (
            key_of(good),
            card["CODE"],
            card["DESCR"].rstrip(),
            card["ISMARK"] == "*",
            card["article"],
            key_of(card["piece"]),
        )
        for good, card in trade_base.shelf.goods.items()
    ]


def test_ids_are_exact_to_the_last_space(v77: V77, trade_base: TestBase) -> None:
    """Distributed ids end with the code of their base; those of the base itself with spaces, written as ``_``."""
    frame = v77.read(read_of(GOODS, ("id", K.KEY, "Ссылка"), where="ЭтоГруппа = нет"))
    keys = frame["id"].astype(str).tolist()
    assert keys == [key_of(good) for good in trade_base.shelf.goods]
    assert all(len(key) == 9 for key in keys)
    assert {key[6:] for key in keys} >= {"___", "CIB"} or {key[6:] for key in keys} >= {"___", "PIB"}


def test_kinds_of_every_sort_come_with_their_dtypes(v77: V77, trade_base: TestBase) -> None:
    frame = v77.read(
        read_of(
            GOODS,
            ("id", K.KEY, "Ссылка"),
            ("cost", K.MICRO, column(trade_base, "ПервоначальнаяСтоимостьПродажи")),
            ("cost_text", K.TEXT, column(trade_base, "ПервоначальнаяСтоимостьПродажи")),
            ("whole", K.INTEGER, column(trade_base, "ПервоначальнаяСтоимостьПокупки")),
            ("weight", K.FLAG, "Весовой"),
            ("since", K.MOMENT, "ДатаВвода"),
            ("since_text", K.TEXT, "ДатаВвода"),
            ("country", K.KEY, "СтранаПроисхождения"),
            ("one", K.MICRO, "=1.5"),
            ("two", K.INTEGER, "=2"),
            ("word", K.TEXT, "='слово'"),
            ("key", K.KEY, "=''"),
            ("yes", K.FLAG, "=да"),
            ("when", K.MOMENT, "=2026-01-02"),
            where="ЭтоГруппа = нет",
        )
    )
    third = frame.iloc[2]
    assert (third["cost"], third["whole"], third["cost_text"]) == (6_000_000, 3, "6")
    assert frame["weight"].tolist() == [number % 9 == 0 for number in range(1, 41)]
    assert frame["since"].isna().tolist() == [number % 2 == 0 for number in range(1, 41)]
    assert frame["since_text"].tolist()[:2] == ["2025-04-01 00:00:00", ""]
    assert set(frame["country"].astype(str)) == {""}
    constants = frame[["one", "two", "word", "key", "yes", "when"]].drop_duplicates()
    assert rows_of(constants) == [(1_500_000, 2, "слово", "", True, moment("2026-01-02"))]
    assert frame["when"].dtype == np.dtype("datetime64[s]")
    assert frame["key"].dtype == "category"


def test_a_field_of_the_element_that_an_attribute_leads_to(v77: V77, trade_base: TestBase) -> None:
    frame = v77.read(
        read_of(
            "Справочник.Единицы",
            ("our_unit", K.KEY, "Ссылка"),
            ("name", K.TEXT, "ОКЕИ[ОКЕИ].Наименование"),
            ("good", K.KEY, "Владелец"),
            ("article", K.TEXT, "Владелец[Номенклатура].Артикул"),
            ("group", K.TEXT, "Владелец[Номенклатура].Родитель[Номенклатура].Наименование"),
            ("factor", K.MICRO, "Коэффициент"),
            ("barcode", K.TEXT, "ШтрихКод"),
        )
    )
    shelf = trade_base.shelf
    assert rows_of(frame.drop(columns="group")) == [
        (
            key_of(unit),
            about["name"],
            key_of(about["good"]),
            shelf.goods[about["good"]]["article"],
            micro(about["factor"]),
            about["barcode"],
        )
        for unit, about in shelf.units.items()
    ]
    assert set(frame["group"]) == {"Напитки", "Прочее"}


def test_a_catalog_without_groups_has_none(v77: V77) -> None:
    frame = v77.read(
        read_of("Справочник.Единицы", ("id", K.KEY, "Ссылка"), ("g", K.FLAG, "ЭтоГруппа"), ("p", K.KEY, "Родитель"))
    )
    assert not frame["g"].any()
    assert set(frame["p"].astype(str)) == {""}
    assert len(v77.read(read_of("Справочник.Единицы", ("id", K.KEY, "Ссылка"), where="ЭтоГруппа = да"))) == 0


def test_a_reference_of_any_kind_tells_what_it_leads_to(v77: V77) -> None:
    frame = v77.read(
        read_of(
            "Справочник.Контрагенты",
            ("id", K.KEY, "Ссылка"),
            ("legal", K.KEY, "ЮрФизЛицо"),
            ("kind", K.TEXT, "ЮрФизЛицо.Вид"),
            ("name", K.TEXT, "ЮрФизЛицо[ЮрЛица].Наименование"),
            where="ЭтоГруппа = нет",
        )
    )
    told = [("Справочник.ЮрЛица", f"ООО Волна-{number}") if number % 4 else ("", "") for number in range(1, 9)]
    assert rows_of(frame[["kind", "name"]]) == told
    assert frame["legal"].astype(str).eq("").tolist() == [number % 4 == 0 for number in range(1, 9)]


def test_the_last_value_of_a_periodic_attribute(v77: V77, trade_base: TestBase) -> None:
    """By date and time, not by place in the file: prices live in 1SCONST under the attribute's metadata id."""
    number = trade_base.configuration.loose["Цена"]
    frame = v77.read(read_of("Справочник.Цены", ("id", K.KEY, "Ссылка"), ("price", K.MICRO, f"История.{number}")))
    assert dict(rows_of(frame)) == {key_of(price): micro(value) for price, value in trade_base.shelf.prices.items()}


def test_long_strings_are_cut_by_their_length(v77: V77, trade_base: TestBase) -> None:
    number = trade_base.configuration.loose["Комментарий"]
    frame = v77.read(
        read_of(GOODS, ("id", K.KEY, "Ссылка"), ("text", K.TEXT, f"Текст.{number}"), where="ЭтоГруппа = нет")
    )
    known = {key_of(good): text for good, text in trade_base.shelf.texts.items()}
    assert dict(rows_of(frame)) == {key_of(good): known.get(key_of(good), "") for good in trade_base.shelf.goods}
    assert any(len(text) > 160 for text in known.values())
    some = v77.read(read_of(GOODS, ("id", K.KEY, "Ссылка"), where=f"Текст.{number} <> ''"))
    assert set(some["id"].astype(str)) == set(known)


# -- documents ---------------------------------------------------------------------------------------------------------


def sale_lines(trade_base: TestBase, name: str = "Реализация") -> list[tuple[Any, ...]]:
    """Return what the writer knows of the lines of sales or returns."""
    return sorted(
        (
            key_of(sale.document),
            number,
            key_of(line["Номенклатура"]),
            micro(line["Количество"]),
            micro(line["Сумма"]),
            sale.moment,
            sale.posted,
            key_of(sale.party),
            key_of(sale.outlet),
        )
        for sale in trade_base.trade.sales
        if sale.name == name
        for number, line in enumerate(sale.lines, 1)
    )


SALE_FIELDS = (
    ("document", K.KEY, "Документ"),
    ("line", K.INTEGER, "НомерСтроки"),
    ("good", K.KEY, "Номенклатура"),
    ("quantity", K.MICRO, "Количество"),
    ("amount", K.MICRO, "Сумма"),
    ("date", K.MOMENT, "Шапка.Дата"),
    ("posted", K.FLAG, "Шапка.Проведен"),
    ("party", K.KEY, "Шапка.Контрагент"),
    ("outlet", K.KEY, "Шапка.ТорговаяТочка"),
)


@pytest.mark.parametrize("name", ["Реализация", "ВозвратОтПокупателя"])
def test_lines_carry_their_heads_and_the_journal(v77: V77, trade_base: TestBase, name: str) -> None:
    """Sales and returns, posted and not, in the order of nothing: the journal of a real base is unsorted."""
    frame = v77.read(read_of(f"Документ.{name}.Строки", *SALE_FIELDS))
    assert sorted(rows_of(frame)) == sale_lines(trade_base, name)
    assert frame["posted"].any()
    assert not frame["posted"].all()


def test_a_section_in_the_words_of_the_canonical_model() -> None:
    """Where a reading has a section, lines are ``Строки/…`` and bare names are the head's; ``since`` is a condition."""
    fields = (
        Field("good", Kind.KEY, "Строки/Номенклатура"),
        Field("date", Kind.MOMENT, "Дата"),
        Field("base", Kind.MICRO, "Строки/Количество * Строки/Коэффициент"),
    )
    reading = Reading(
        "shipments",
        "Документ.Реализация",
        fields,
        ("Ссылка", "Строки/НомерСтроки"),
        where="Проведен = да",
        section="Строки",
        since=Since("Дата", moment("2026-11-01")),
    )
    request = request_of(reading)
    assert request.entity == LINES
    assert request.sources == [
        "Номенклатура",
        "Шапка.Дата",
        "Количество * Коэффициент",
        "Шапка.Ссылка",
        "НомерСтроки",
        "Шапка.Проведен",
        "Шапка.Дата",
    ]
    assert [each.sign for each in request.conditions] == ["=", ">="]
    assert request_of(replace(reading, section="", since=None)).entity == "Документ.Реализация"


def test_heads_come_with_their_place_in_the_journal(v77: V77, trade_base: TestBase) -> None:
    frame = v77.read(
        read_of(
            "Документ.Реализация",
            ("id", K.KEY, "Ссылка"),
            ("date", K.MOMENT, "Дата"),
            ("day", K.MOMENT, "ДатаДок"),
            ("posted", K.FLAG, "Проведен"),
            ("number", K.TEXT, "НомерДок"),
            ("marked", K.FLAG, "ПометкаУдаления"),
            ("firm", K.KEY, "Фирма"),
            ("total", K.MICRO, "Сумма"),
            ("kind", K.TEXT, "Вид"),
        )
    )
    known = {
        key_of(sale.document): (
            sale.moment,
            sale.posted,
            micro(sum((line["Сумма"] for line in sale.lines), Decimal(0))),
        )
        for sale in trade_base.trade.sales
        if sale.name == "Реализация"
    }
    columns = ["date", "posted", "total"]
    assert {row[0]: row[1:] for row in rows_of(frame[["id", *columns]])} == known
    assert (frame["day"] == frame["date"].dt.normalize()).all()
    assert set(frame["kind"]) == {"Документ.Реализация"}
    assert set(frame["firm"].astype(str)) == {"_____1___"}
    assert frame["number"].str.fullmatch(r"\d{8}").all()
    assert not frame.loc[frame["marked"], "posted"].any()


def test_a_quantity_in_base_units_is_a_product(v77: V77) -> None:
    frame = v77.read(
        read_of(
            LINES,
            ("q", K.MICRO, "Количество"),
            ("amount", K.MICRO, "Цена * Количество"),
            ("base", K.MICRO, "Количество * Коэффициент"),
            where="Количество * Цена > 100",
        )
    )
    assert frame["base"].tolist() == frame["q"].tolist()
    assert frame["amount"].min() > 100_000_000
    with pytest.raises(Faults) as raised:
        v77.read(read_of(LINES, ("x", K.MICRO, "Количество * Шапка.Сумма"), ("y", K.MICRO, "Количество * Цвет")))
    assert [fault.path for fault in raised.value.faults] == [f"{LINES}.Количество * Шапка.Сумма", f"{LINES}.Цвет"]
    with pytest.raises(BadAnswer):
        v77.read(read_of(LINES, ("x", K.MICRO, "Количество * Номенклатура")))


def test_values_of_no_fixed_type(v77: V77) -> None:
    frame = v77.read(
        read_of(
            "Документ.ПоступлениеТМЦ",
            ("id", K.KEY, "Ссылка"),
            ("what", K.KEY, "ДополнительноеСведение"),
            ("kind", K.KEY, "ДополнительноеСведение.Вид"),
        )
    )
    kinds = set(frame["kind"].astype(str))
    assert {"Справочник.Номенклатура", "Документ.Реализация", "Перечисление", ""} <= kinds
    assert frame.loc[frame["kind"] == "", "what"].astype(str).eq("").all()
    assert frame.loc[frame["kind"] != "", "what"].astype(str).str.fullmatch(r"[0-9A-Z_]{9}").all()


def test_the_journal_has_all_documents(v77: V77, trade_base: TestBase) -> None:
    frame = v77.read(read_of("Журнал", ("id", K.KEY, "Ссылка"), ("kind", K.TEXT, "Вид"), ("date", K.MOMENT, "Дата")))
    assert len(frame) == 20 * 12 + 2
    assert set(frame["kind"]) == {f"Документ.{name}" for name in trade_base.configuration.documents}
    assert not frame["date"].is_monotonic_increasing


def test_movements_carry_the_date_that_only_the_journal_has(v77: V77, trade_base: TestBase) -> None:
    frame = v77.read(
        read_of(
            "Регистр.ОстаткиТМЦ",
            ("document", K.KEY, "Документ"),
            ("good", K.KEY, "Номенклатура"),
            ("warehouse", K.KEY, "Склад"),
            ("quantity", K.MICRO, "Количество"),
            ("receipt", K.FLAG, "Приход"),
            ("date", K.MOMENT, "Шапка.Дата"),
            ("kind", K.TEXT, "Шапка.Вид"),
        )
    )
    known = sorted(
        (key_of(move.dimensions[1]), key_of(move.dimensions[2]), micro(move.resources[0]), move.sign > 0, move.day)
        for move in trade_base.movements["ОстаткиТМЦ"]
    )
    frame["day"] = [each.date() for each in frame["date"]]
    assert sorted(rows_of(frame[["good", "warehouse", "quantity", "receipt", "day"]])) == known
    assert set(frame.loc[~frame["receipt"], "kind"]) == {"Документ.Реализация", "Документ.ПеремещениеТМЦ"}


# -- conditions and counting -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "keep"),
    [
        ("Шапка.Проведен = да", lambda row: row[6]),
        ("Шапка.Дата >= 2026-06-01", lambda row: row[5] >= moment("2026-06-01")),
        ("Шапка.Дата < 2026-06-01T12:30", lambda row: row[5] < moment("2026-06-01T12:30")),
        ("Количество > 20.5 и НомерСтроки = 1", lambda row: row[3] > 20_500_000 and row[1] == 1),
        ("Шапка.ТорговаяТочка = ''", lambda row: row[8] == ""),
        ("Шапка.ТорговаяТочка <> '' and Шапка.Проведен = нет", lambda row: row[8] != "" and not row[6]),
    ],
)
def test_conditions_keep_what_they_say(v77: V77, trade_base: TestBase, where: str, keep: Any) -> None:
    reading = read_of(LINES, *SALE_FIELDS, where=where)
    expected = [row for row in sale_lines(trade_base) if keep(row)]
    assert sorted(rows_of(v77.read(reading))) == expected
    assert 0 < len(expected) < len(sale_lines(trade_base))
    assert v77.count(reading) == len(expected)


def test_a_condition_takes_a_key_or_a_text(v77: V77, trade_base: TestBase) -> None:
    good = next(iter(trade_base.shelf.goods))
    by_key = v77.read(read_of(GOODS, ("id", K.KEY, "Ссылка"), where=f"Ссылка = '{key_of(good)}'"))
    assert by_key["id"].tolist() == [key_of(good)]
    by_code = v77.read(read_of(GOODS, ("id", K.KEY, "Ссылка"), where="Код = '00000001'"))
    assert by_code["id"].tolist() == [key_of(good)]


def test_rows_of_some_keys(v77: V77, trade_base: TestBase) -> None:
    wanted = {key_of(good) for good in list(trade_base.shelf.goods)[:3]}
    frame = v77.read_any(
        read_of(LINES, *SALE_FIELDS, where="Шапка.Проведен = да"), "Номенклатура", [*wanted, "nothing"]
    )
    assert sorted(rows_of(frame)) == [row for row in sale_lines(trade_base) if row[2] in wanted and row[6]]
    assert len(frame)


def test_progress_is_told(v77: V77) -> None:
    told: list[int] = []
    frame = v77.read(read_of(LINES, *SALE_FIELDS), progress=told.append)
    assert told[-1] == len(frame)
    assert told == sorted(told)


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_all_missing_names_are_told_at_once(v77: V77) -> None:
    reading = read_of(
        "Документ.Реализация.Строки",
        ("a", K.KEY, "Документ"),
        ("b", K.KEY, "Цвет"),
        ("c", K.KEY, "Шапка.Менеджр"),
        ("d", K.TEXT, "Номенклатура[НетТакого].Код"),
        ("e", K.MICRO, "История.Скидка"),
        where="Вкус = 'мятный'",
    )
    with pytest.raises(Faults, match="нет того, что нужно профилю") as raised:
        v77.read(reading)
    paths = {fault.path for fault in raised.value.faults}
    assert paths == {
        f"{LINES}.Цвет",
        f"{LINES}.Шапка.Менеджр",
        "Справочник.НетТакого",
        f"{LINES}.История.Скидка",
        f"{LINES}.Вкус",
    }


@pytest.mark.parametrize(
    "entity",
    ["Catalog_Номенклатура", "Справочник", "Справочник.Номенклатура.Строки", "Регистр.Нет", "", "Отчет.Продажи"],
)
def test_an_entity_that_is_none_is_told(v77: V77, entity: str) -> None:
    with pytest.raises(Faults):
        v77.read(read_of(entity, ("a", K.KEY, "Ссылка")))


def test_a_function_that_is_none_is_told(v77: V77) -> None:
    with pytest.raises(Faults) as raised:
        v77.read(read_of("Регистр.ОстаткиТМЦ", ("a", K.KEY, "Склад"), function="Turnovers"))
    assert "Balance" in raised.value.faults[0].said
    with pytest.raises(Faults):
        v77.read(read_of(GOODS, ("a", K.KEY, "Ссылка"), function="Balance"))


@pytest.mark.parametrize(
    ("kind", "source", "error"),
    [(K.MICRO, "Наименование", BadAnswer), (K.MOMENT, "Весовой", BadAnswer), (K.FLAG, "Наименование", BadAnswer)],
)
def test_a_value_of_another_kind_is_told_with_its_row(
    v77: V77, kind: Kind, source: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as raised:
        v77.read(read_of(GOODS, ("id", K.KEY, "Ссылка"), ("x", kind, source)))
    assert isinstance(raised.value, BadAnswer)
    assert raised.value.facts["property"] == source
    assert str(raised.value.facts["key"]).startswith("_____1")


def test_a_constant_of_another_kind_is_told(v77: V77) -> None:
    with pytest.raises(Faults):
        v77.read(read_of(GOODS, ("id", K.KEY, "Ссылка"), ("x", K.MICRO, "='слово'")))


def test_a_number_that_is_not_exact_is_told_with_its_row(v77: V77) -> None:
    """Quantities of lots have eight digits: what is finer than a millionth is not rounded in silence."""
    with pytest.raises(Impossible) as raised:
        v77.read(read_of("Регистр.ПартииНаличие", ("d", K.KEY, "Документ"), ("q", K.MICRO, "Количество")))
    assert raised.value.facts["property"] == "Количество"
    assert len(str(raised.value.facts["key"])) == 9


def test_a_table_that_is_not_there_is_told(own_base: TestBase, tmp_path: Path) -> None:
    (own_base.folder / f"{table_of(own_base, 'SC', 'Склады')}.DBF").unlink()
    base = V77(V77Address(own_base.folder, scratch=tmp_path, wait=0))
    with pytest.raises(NotFound):
        base.read(read_of("Справочник.Склады", ("a", K.KEY, "Ссылка")))


def test_a_dictionary_ahead_of_its_files_is_told(own_base: TestBase, tmp_path: Path) -> None:
    """After a change of the configuration the dictionary names a field that the file does not have yet."""
    path = own_base.folder / "1Cv7.DD"
    text = path.read_bytes().decode("cp1251")
    path.write_bytes(
        text.replace("F=SP31      |(P)Артикул", "F=SP9999    |(P)Марка  |C|9|0\r\nF=SP31      |(P)Артикул").encode(
            "cp1251"
        )
    )
    base = V77(V77Address(own_base.folder, scratch=tmp_path, wait=0))
    with pytest.raises(Faults, match=r"1Cv7\.DD"):
        base.read(read_of(GOODS, ("a", K.KEY, "Ссылка"), ("b", K.KEY, "Марка")))


def test_documents_that_the_journal_does_not_have_are_left_out(
    own_base: TestBase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """They are not there for 1C either; the log says how many lines were left out."""
    base = V77(V77Address(own_base.folder, scratch=tmp_path, wait=0))
    reading = read_of(LINES, ("document", K.KEY, "Документ"), ("line", K.INTEGER, "НомерСтроки"))
    before = base.read(reading)
    table = own_base.folder / f"{table_of(own_base, 'DT', 'Реализация')}.DBF"
    spoiled(table, int.from_bytes(table.read_bytes()[8:10], "little") + 1, b"   ZZZ   ")
    with caplog.at_level("WARNING"):
        after = base.read(reading)
    assert len(after) == len(before) - 1
    assert "пропущены" in caplog.text


def test_a_long_string_with_a_block_missing_is_told(own_base: TestBase, tmp_path: Path) -> None:
    number = own_base.configuration.loose["Комментарий"]
    path = own_base.folder / "1SBLOB.DBF"
    content = bytearray(path.read_bytes())
    start, size = int.from_bytes(content[8:10], "little"), int.from_bytes(content[10:12], "little")
    content[start + 4 * size] = ord("*")
    long = max(own_base.shelf.texts.values(), key=len)
    assert len(long) > 80
    for at in range(start, len(content) - 1, size):
        if content[at + 14 : at + 18] == b"   1":
            content[at] = ord("*")
    path.write_bytes(bytes(content))
    base = V77(V77Address(own_base.folder, scratch=tmp_path, wait=0))
    with pytest.raises(BadAnswer, match="не хватает блоков"):
        base.read(read_of(GOODS, ("a", K.KEY, "Ссылка"), ("t", K.TEXT, f"Текст.{number}")))


# -- other bases -------------------------------------------------------------------------------------------------------


def test_another_base_of_the_same_configuration_has_other_ids(trade_base: TestBase, v77: V77, tmp_path: Path) -> None:
    other = write_base(tmp_path / "other", seed=7, shift=0)
    assert table_of(other, "SC", "Номенклатура") != table_of(trade_base, "SC", "Номенклатура")
    reading = read_of(LINES, *SALE_FIELDS)
    theirs = V77(V77Address(other.folder, scratch=tmp_path, wait=0)).read(reading)
    assert rows_of(theirs) == rows_of(v77.read(reading))


def test_a_base_in_another_code_page(tmp_path: Path) -> None:
    dos = write_base(tmp_path / "dos", seed=5, goods=5, months=2, documents=4, code_page="cp866")
    base = V77(V77Address(dos.folder, code_page="cp866", scratch=tmp_path, wait=0))
    frame = base.read(
        read_of(GOODS, ("id", K.KEY, "Ссылка"), ("name", K.TEXT, "Наименование"), where="ЭтоГруппа = нет")
    )
    assert frame["name"].tolist() == [card["DESCR"] for card in dos.shelf.goods.values()]


def test_a_dds_lends_its_names_to_a_base_without_a_dictionary(trade_base: TestBase, tmp_path: Path) -> None:
    """And it knows attributes without a column, so that they go by name."""
    from sandbox.v77.dictionary import dds_text

    structure = trade_base.configuration
    price, comment = structure.loose["Цена"], structure.loose["Комментарий"]
    text = dds_text(structure.tables().values())
    goods = table_of(trade_base, "SC", "Номенклатура")
    text = text.replace(f"T={goods}|", f"T={goods}|", 1).replace(
        "P=SC" + goods[2:] + "_ByID", f"F=SP{comment}|(P)Комментарий|M|0|0\r\nP=X", 1
    )
    path = tmp_path / "1Cv7.DDS"
    path.write_bytes(text.encode("cp1251"))
    base = V77(V77Address(trade_base.folder, names=path, scratch=tmp_path, wait=0))
    frame = base.read(read_of(GOODS, ("id", K.KEY, "Ссылка"), ("text", K.TEXT, "Комментарий"), where="ЭтоГруппа = нет"))
    assert sorted(filter(None, frame["text"])) == sorted(trade_base.shelf.texts.values())
    with_prefix = base.read(
        read_of(GOODS, ("id", K.KEY, "Ссылка"), ("text", K.TEXT, "Текст.Комментарий"), where="ЭтоГруппа = нет")
    )
    assert rows_of(with_prefix) == rows_of(frame)
    assert (
        base.read(read_of("Справочник.Цены", ("id", K.KEY, "Ссылка"), ("p", K.MICRO, f"История.{price}")))["p"].min()
        > 0
    )


def test_a_client_forgets_its_dictionary(own_base: TestBase, tmp_path: Path) -> None:
    with V77(V77Address(own_base.folder, scratch=tmp_path, wait=0)) as base:
        first = base.dictionary
        assert base.dictionary is first
    assert base.dictionary is not first
