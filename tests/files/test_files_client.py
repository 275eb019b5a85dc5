"""The connector's calls: kinds and dtypes, paths of any element, progress, and what files cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from connectors.onec.files import OneCFiles
from connectors.onec.files.entities import ENTITIES
from foundation.errors import Impossible, NotPublished
from mappings.model import TABLES, Kind
from mappings.profiles.profile import load_profile
from tests.files.files_help import GOOD, PLACE, Base, catalog, formed, good, offer, package, reading

if TYPE_CHECKING:
    from pathlib import Path

DTYPES = {
    Kind.KEY: "category",
    Kind.TEXT: "object",
    Kind.MICRO: "int64",
    Kind.INTEGER: "int64",
    Kind.FLAG: "bool",
    Kind.MOMENT: "datetime64[s]",
}


@pytest.fixture
def base(tmp_path: Path) -> Base:
    made = Base(tmp_path)
    more = (
        "<Артикул>А-1</Артикул><Высота>12</Высота><Создан>2026-11-20T9:30:00</Создан>"
        "<ЗначенияСвойств><ЗначенияСвойства><Ид>бренд</Ид><Значение>Ключ</Значение></ЗначенияСвойства></ЗначенияСвойств>"
        "<ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>КодПроизводителя</Наименование><Значение>007</Значение>"
        "</ЗначениеРеквизита></ЗначенияРеквизитов>"
    )
    made.put("import0_1.xml", formed(catalog(good(GOOD, more=more) + good("b")), "08:00"))
    made.put("offers0_1.xml", formed(package(offer(GOOD, {PLACE: "7"})), "08:00"))
    return made


def test_every_kind_has_its_dtype_and_its_empty_value(base: Base) -> None:
    fields = [
        ("Товар", Kind.KEY),
        ("Артикул", Kind.TEXT),
        ("Высота", Kind.MICRO),
        ("Удален", Kind.FLAG),
        ("Создан", Kind.MOMENT),
        ("ЗначенияСвойств.бренд", Kind.KEY),
        ("ЗначенияРеквизитов.КодПроизводителя", Kind.TEXT),
        ("БазоваяЕдиница.Код", Kind.INTEGER),
        ("Нет.Такого", Kind.TEXT),
    ]
    frame = base.onec.read(reading("Товары", *fields))
    assert [str(dtype) for dtype in frame.dtypes] == [DTYPES[kind] for _, kind in fields]
    first, second = frame.astype({"Товар": str, "ЗначенияСвойств.бренд": str}).to_numpy().tolist()
    assert first == [GOOD, "А-1", 12_000_000, False, pd.Timestamp("2026-11-20 09:30"), "Ключ", "007", 796, ""]
    assert second[:4] == ["b", "", 0, False]
    assert second[4] is pd.NaT
    assert second[5:] == ["", "", 796, ""]


def test_an_empty_table_has_all_columns(base: Base) -> None:
    frame = base.onec.read(reading("Штрихкоды", ("Штрихкод", Kind.TEXT), ("Товар", Kind.KEY), ("Время", Kind.MOMENT)))
    assert len(frame) == 0
    assert [str(dtype) for dtype in frame.dtypes] == ["object", "category", "datetime64[s]"]


def test_the_profile_names_only_what_there_is_and_gives_canonical_frames(base: Base) -> None:
    profile = load_profile("files")
    assert {profile.reading(table).entity for table in profile.entities} <= set(ENTITIES)
    for table in ("goods", "units", "barcodes", "stock"):
        frame = base.onec.read(profile.reading(table))
        columns = TABLES[table].columns
        expected = {column.name: DTYPES[column.kind] for column in columns if column.name in frame}
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == expected
        assert {column.name for column in columns if column.required} <= set(frame)
    coded = profile.reading("goods", {"code_field": "ЗначенияРеквизитов.КодПроизводителя"})
    assert base.onec.read(coded)["their_code"].tolist() == ["007", ""]


def test_a_parameter_of_the_profile_chooses_the_outlets(base: Base) -> None:
    parties = "".join(
        f"<Контрагент><Ид>p</Ид><Наименование>{name}</Наименование><Роль>Покупатель</Роль></Контрагент>"
        for name in ("Один",)
    )
    documents = "".join(
        f"<Документ><Ид>{number}</Ид><ХозОперация>Отпуск товара</ХозОперация><Контрагенты>{parties}</Контрагенты></Документ>"
        for number in range(3)
    )
    base.put("documents.xml", formed(documents, "09:00"))
    frame = base.onec.read(load_profile("files").reading("outlets", {"outlets": "УчастникиДокументов"}))
    assert frame[["our_outlet", "name"]].to_numpy().tolist() == [["p", "Один"]]


def test_a_value_of_another_kind_names_its_row(base: Base) -> None:
    with pytest.raises(Impossible) as raised:
        base.onec.read(reading("Товары", ("Артикул", Kind.MICRO)))
    assert raised.value.facts == {"entity": "Товары", "key": GOOD, "property": "Артикул"}


def test_progress_is_told(tmp_path: Path) -> None:
    base = Base(tmp_path)
    base.put("import0_1.xml", formed(catalog("".join(good(f"g{number}") for number in range(20_001))), "08:00"))
    told: list[int] = []
    base.onec.read(reading("Товары", ("Товар", Kind.KEY)), progress=told.append)
    assert told == [10_000, 20_000, 20_001]
    assert base.onec.count(reading("Товары", ("Товар", Kind.KEY))) == 20_001


def test_the_first_reading_takes_what_has_come_and_later_ones_do_not(base: Base) -> None:
    with base.onec as onec:
        assert len(onec.read(reading("Товары", ("Товар", Kind.KEY)))) == 2
        base.put("import0_1.xml", formed(catalog(good("c")), "09:00"))
        assert len(onec.read(reading("Товары", ("Товар", Kind.KEY)))) == 2
    with base.again() as onec:
        assert len(onec.read(reading("Товары", ("Товар", Kind.KEY)))) == 1


def test_what_files_cannot_do_is_refused_with_what_to_do(base: Base) -> None:
    from dataclasses import replace

    stock = reading("Остатки", ("Товар", Kind.KEY), ("Количество", Kind.MICRO), function="Balance", Dimensions="Товар")
    attempts = {
        "на заданный момент": replace(stock, arguments={"Period": "datetime'2026-11-24T00:00:00'"}),
        "фильтром": replace(stock, where="Количество gt 0"),
        "условием": replace(stock, arguments={"Condition": "x"}),
        "виртуальную таблицу SliceLast": replace(stock, entity="Цены", function="SliceLast"),
        "виртуальную таблицу Balance": replace(stock, entity="Цены"),
        "складывать по колонке Товар": replace(stock, arguments={"Dimensions": "Склад"}),
        "нет таблицы «Catalog_Склады»": replace(stock, entity="Catalog_Склады"),
    }
    for said, asked in attempts.items():
        with pytest.raises(NotPublished) as raised:
            base.onec.read(asked)
        assert said in raised.value.said
        assert raised.value.todo


@pytest.mark.parametrize(
    "call",
    [
        lambda onec: onec.find("Документы", "Номер eq '1'", top=1),
        lambda onec: onec.load("Товары", GOOD),
        lambda onec: onec.create("Документы", {}),
        lambda onec: onec.patch("Документы", GOOD, {}),
        lambda onec: onec.post("Документы", GOOD),
    ],
)
def test_single_objects_are_refused(base: Base, call: object) -> None:
    assert callable(call)
    with pytest.raises(NotPublished, match="один объект"):
        call(base.onec)


def test_nothing_is_left_open(base: Base) -> None:
    onec = OneCFiles(base.address, clock=base.clock, sleep=base.clock.sleep)
    with onec:
        onec.take()
    for path in base.address.taken.iterdir():
        path.unlink()  # on Windows an open file cannot be deleted
    assert not list(base.address.taken.iterdir())
