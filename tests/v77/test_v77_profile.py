"""The profile v77-trade against a test base: checked as other profiles are, and read into canonical tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from connectors.onec.v77 import V77, V77Address
from connectors.onec.v77.published import Published
from foundation.errors import Faults
from mappings.model import TABLES, Kind
from mappings.profiles.check import check_profile
from mappings.profiles.profile import load_profile, parse_profile, table_of
from sandbox.v77 import write_base
from tests.v77.v77_help import key_of, micro, rows_of

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.v77 import TestBase

PROFILE = load_profile("v77-trade")
PARAMETERS = {"outlets": "ТорговыеТочки", "outlet_parent": "Владелец"}
DTYPES = {
    Kind.KEY: "category",
    Kind.TEXT: "object",
    Kind.MICRO: "int64",
    Kind.INTEGER: "int64",
    Kind.FLAG: "bool",
    Kind.MOMENT: "datetime64[s]",
}


def test_a_base_of_the_configuration_lacks_nothing(v77: V77) -> None:
    assert check_profile(PROFILE, PARAMETERS, v77.metadata()) == []


def test_what_a_base_lacks_is_told_by_the_check(v77: V77) -> None:
    wrong = {
        "outlets": "Магазины",
        "unit_field": "ЕдиницаПоУмолчанию",
        "stock_quantity": "Остаток",
        "code_field": "Наименование",
    }
    faults = check_profile(PROFILE, wrong, v77.metadata())
    assert {fault.path for fault in faults} == {
        "goods: Справочник.Номенклатура.ЕдиницаПоУмолчанию",
        "outlets: Справочник.Магазины",
        "stock: Регистр.ОстаткиТМЦ.Остаток",
    }


def test_a_field_of_another_type_is_told_by_the_check(v77: V77) -> None:
    faults = check_profile(PROFILE, PARAMETERS | {"stock_quantity": "Склад"}, v77.metadata())
    assert next(fault.en for fault in faults if fault.path.startswith("stock")).startswith("is Edm.String where")


@pytest.mark.parametrize("table", sorted(PROFILE.entities))
def test_every_table_is_read_into_its_kinds(v77: V77, table: str) -> None:
    frame = v77.read(PROFILE.reading(table, PARAMETERS))
    columns = TABLES[table_of(table)]
    assert len(frame)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        str(name): DTYPES[columns.column(str(name)).kind] for name in frame.columns
    }
    assert not frame.duplicated(list(columns.key)).any()
    for column in columns.columns:
        if column.required:
            assert column.name in frame.columns


def test_stock_units_and_barcodes_are_what_the_base_holds(v77: V77, trade_base: TestBase) -> None:
    stock = v77.read(PROFILE.reading("stock", PARAMETERS))
    known = {
        (key_of(place), key_of(good)): micro(value) for (good, place), value in trade_base.trade.stock.items() if value
    }
    assert {row[:2]: row[2] for row in rows_of(stock)} == known
    units = v77.read(PROFILE.reading("units", PARAMETERS))
    assert set(units["denominator"]) == {1_000_000}
    assert sorted(set(units["numerator"])) == [1_000_000, 12_000_000]
    barcodes = v77.read(PROFILE.reading("barcodes", PARAMETERS))
    assert len(barcodes) == 40
    assert barcodes["barcode"].str.fullmatch(r"\d{13}").all()


def test_keys_of_one_table_are_keys_of_another(v77: V77) -> None:
    frames = {table: v77.read(PROFILE.reading(table, PARAMETERS)) for table in PROFILE.entities}
    goods, units = set(frames["goods"]["our_good"]), set(frames["units"]["our_unit"])
    assert set(frames["stock"]["our_good"]) <= goods
    assert set(frames["units"]["our_good"]) <= goods
    assert set(frames["goods"].loc[~frames["goods"]["is_group"], "our_unit"]) <= units
    assert set(frames["stock"]["our_warehouse"]) <= set(frames["warehouses"]["our_warehouse"])
    assert set(frames["outlets"]["parent"]) <= set(frames["counterparties"]["our_counterparty"])


@pytest.mark.parametrize(
    "entity",
    ["Справочник.", "Каталог.Номенклатура", "Справочник.А.Б", "Документ", "справочник.Номенклатура", "Catalog"],
)
def test_an_entity_must_look_like_one(entity: str) -> None:
    data = PROFILE.model_dump()
    data["entities"]["goods"]["entity"] = entity
    with pytest.raises(Faults) as raised:
        parse_profile(data, "v77-trade")
    assert [fault.path for fault in raised.value.faults] == ["entities.goods.entity"]


@pytest.mark.parametrize(
    "entity", ["Журнал", "Документ.Реализация.Строки", "Справочник.{outlets}", "Catalog_Номенклатура", "{outlets}"]
)
def test_entities_of_both_worlds_are_accepted(entity: str) -> None:
    data = PROFILE.model_dump()
    data["entities"]["goods"]["entity"] = entity
    assert parse_profile(data, "v77-trade").entities["goods"].entity == entity


def test_what_is_published_is_listed_by_name(v77: V77) -> None:
    published = v77.metadata()
    assert isinstance(published, Published)
    found = published.properties("Справочник.Единицы")
    assert found is not None
    assert dict(found) == {"ОКЕИ": "Edm.String", "Коэффициент": "Edm.Decimal", "ШтрихКод": "Edm.String"}
    assert len(found) == 3
    assert "Цвет" not in found
    assert found.get("Владелец[Номенклатура].ДатаВвода") == "Edm.DateTime"
    assert found.get("=1") == "Edm.Int64"
    assert published.properties("Справочник.Нет") is None
    assert published.properties("Регистр.ОстаткиТМЦ", "Turnovers") is None


def test_the_profile_fits_a_base_with_other_ids(tmp_path: Path) -> None:
    other = write_base(tmp_path / "other", seed=11, goods=5, months=2, documents=3, shift=9000)
    base = V77(V77Address(other.folder, scratch=tmp_path, wait=0))
    assert check_profile(PROFILE, PARAMETERS, base.metadata()) == []
    assert len(base.read(PROFILE.reading("goods", PARAMETERS))) == 7
