"""A distributor and a manufacturer as small as they can be with every kind of row: a trial has them made anew.

Seven goods (two are one of theirs, one is a keg sold by the litre, one is unmatched, one is not theirs), four outlets of
two firms (one is unmatched), three warehouses (one is not sent), receipts, sales, a return and a correction.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_OID, uuid5

from sandbox.content import CrmContent, CrmGood, CrmOrder, CrmOrderLine, CrmUnit, TruePair, World
from sandbox.world.basics import basics
from sandbox.world.numbers import EMPTY_REF, gtin

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW: Final = datetime(2026, 11, 20, 12, 0)  # noqa: DTZ001 - 1C's wall clock has no zone
USER: Final = "DS108"
BASICS: Final = basics(7)
MAIN, CASH = BASICS.warehouses["main"], BASICS.warehouses["cash"]
SALE, RETURN, FIX = (
    f"Document_{name}" for name in ("РеализацияТоваровУслуг", "ВозвратТоваровОтКлиента", "КорректировкаРеализации")
)
ORDER, RECEIPT, PRICES = (
    "Document_ЗаказКлиента",
    "Document_ПриобретениеТоваровУслуг",
    "Document_УстановкаЦенНоменклатуры",
)


def ref(name: str) -> str:
    """Return the reference that goes by a name."""
    return str(uuid5(NAMESPACE_OID, name))


GOODS: Final = {
    "lager": ("piece", "W1", "ea", 1),
    "lager-old": ("piece", "W1", "ea", 1),
    "keg": ("keg", "W2", "l", 30),
    "kvass": ("piece", "W3", "ea", 1),
    "nuts": ("piece", "W4", "ea", 1),
    "late": ("piece", "W5", "ea", 1),
    "stranger": ("piece", "", "", 1),
}
"""Our goods: unit of ours, their good, their unit, how many of theirs one of ours is. ``late`` waits to be matched."""

LATER: Final = ("late", "shop-4")
"""What a trial matches only when it has begun."""

OUTLETS: Final = {"shop-1": "firm-1", "shop-2": "firm-1", "shop-3": "firm-2", "shop-4": "firm-2"}
FIRMS: Final = {"firm-1": ("5202441737", "520243005"), "firm-2": ("5260123454", "526001001")}


def world() -> World:
    """Make the small world; every call gives the same one, in objects of its own."""
    goods = [name for name in GOODS if name != "stranger"]
    content = {
        **{name: [dict(each) for each in rows] for name, rows in BASICS.content.items()},
        "Catalog_Номенклатура": [_card(number, name) for number, name in enumerate(GOODS, 1)],
        "InformationRegister_ШтрихкодыНоменклатуры": [
            {"Штрихкод": barcode(name), "Номенклатура_Key": ref(name)} for name in ("lager", "keg", "kvass")
        ],
        "Catalog_Партнеры": [*map(_group, FIRMS), *map(_outlet, OUTLETS)],
        "Catalog_Контрагенты": [_firm(name) for name in FIRMS],
        "Catalog_ДоговорыКонтрагентов": [_contract(name) for name in FIRMS],
        "Catalog_СоглашенияСКлиентами": [_agreement()],
        RECEIPT: [
            receipt("in-1", MAIN, [(name, "200") for name in GOODS], days=20),
            receipt("in-2", CASH, [(name, "60.5") for name in goods], days=19),
            receipt("in-3", BASICS.warehouses["defect"], [("lager", "3")], days=18),
        ],
        SALE: [
            sale("s-1", "shop-1", [("lager", "12", "50.10"), ("keg", "2", "3000")], days=1),
            sale("s-2", "shop-2", [("lager", "5", "50.10"), ("lager-old", "7", "50.10"), ("kvass", "3", "40")], days=2),
            sale("s-3", "shop-3", [("nuts", "9", "33.33"), ("late", "2", "10")], days=3),
            sale("s-4", "shop-4", [("kvass", "6", "40")], days=4),
            sale("s-5", "shop-1", [("lager", "1", "51"), ("lager", "1", "49.99")], days=5, warehouse=CASH),
            sale("s-6", "shop-3", [("stranger", "1", "5"), ("kvass", "2.5", "41")], days=6),
            sale("s-7", "shop-2", [("nuts", "4", "33.33")], days=30),
        ],
        RETURN: [back("r-1", "shop-1", [("lager", "1", "50.10")], days=1)],
        FIX: [fix("f-1", "shop-2", [("kvass", "-1", "40")], days=1)],
        PRICES: [price_list("p-1", [(name, "50.10") for name in GOODS], days=10)],
    }  # fmt: skip
    return World(0, 0, NOW, content, _crm(), _pairs())


def barcode(name: str) -> str:
    return gtin(f"4600{list(GOODS).index(name):08d}")


# -- 1C's catalogs -----------------------------------------------------------------------------------------------------


def _card(number: int, name: str) -> dict[str, Any]:
    return {
        "Ref_Key": ref(name),
        "Code": f"00-{number:08d}",
        "Description": f"Товар {name}",
        "НаименованиеПолное": f"Товар {name}",
        "IsFolder": False,
        "ЕдиницаИзмерения_Key": BASICS.units[GOODS[name][0]],
        "СтавкаНДС_Key": BASICS.vat[22],
        "ТипНоменклатуры": "Товар",
        "КодПроизводителя": "",
    }


def _group(name: str) -> dict[str, Any]:
    return {"Ref_Key": ref(f"group {name}"), "Code": f"G-{name}", "Description": f"Клиент {name}", "Клиент": True}


def _outlet(name: str) -> dict[str, Any]:
    kind = "0a9d4f5e-3c1b-4f0e-9a51-6d2f8e7b1c01"
    address = f"603000, Нижний Новгород, ул Мира, д.{list(OUTLETS).index(name) + 1}"
    line = {"LineNumber": 1, "Тип": "Адрес", "Вид_Key": kind, "ВидДляСписка_Key": kind, "Представление": address}
    return {
        "Ref_Key": ref(name),
        "Code": f"T-{name}",
        "Description": f"Магазин {name}",
        "Parent_Key": ref(f"group {OUTLETS[name]}"),
        "Клиент": True,
        "КонтактнаяИнформация": [line],
    }


def _firm(name: str) -> dict[str, Any]:
    inn, kpp = FIRMS[name]
    return {
        "Ref_Key": ref(name), "Description": f"ООО {name}", "ИНН": inn, "КПП": kpp, "Партнер_Key": ref(f"group {name}"),
    }  # fmt: skip


def _contract(name: str) -> dict[str, Any]:
    return {
        "Ref_Key": ref(f"contract {name}"),
        "Description": f"Договор {name}",
        "ДатаОкончанияДействия": datetime(2030, 1, 1),  # noqa: DTZ001 - as above
        "Партнер_Key": ref(f"group {name}"),
        "Контрагент_Key": ref(name),
        "Организация_Key": BASICS.organization,
        "Статус": "Действует",
        "ТипДоговора": "СПокупателем",
    }


def _agreement() -> dict[str, Any]:
    return {
        "Ref_Key": ref("agreement"),
        "Description": "Типовое",
        "Типовое": True,
        "Организация_Key": BASICS.organization,
        "ВидЦен_Key": BASICS.price_types["wholesale"],
        "ЦенаВключаетНДС": True,
        "Статус": "Действует",
        "ФормаОплаты": "Безналичная",
    }


# -- 1C's documents ----------------------------------------------------------------------------------------------------


def _head(name: str, days: int, warehouse: str, firm: str) -> dict[str, Any]:
    return {
        "Ref_Key": ref(name),
        "Number": f"ПД00-{abs(hash_of(name)) % 1_000_000:06d}",
        "Date": NOW.replace(hour=9) - timedelta(days=days),
        "Posted": True,
        "DeletionMark": False,
        "Контрагент_Key": ref(firm),
        "Организация_Key": BASICS.organization,
        "Договор_Key": ref(f"contract {firm}"),
        "Склад_Key": warehouse,
        "Валюта_Key": BASICS.rouble,
        "ЦенаВключаетНДС": True,
    }


def hash_of(name: str) -> int:
    """Return a number of a name that is the same in every process."""
    return uuid5(NAMESPACE_OID, name).int


def _row(number: int, good: str, quantity: str, price: str, warehouse: str) -> dict[str, Any]:
    count, each = Decimal(quantity), Decimal(price)
    total = (count * each).quantize(Decimal("0.01"))
    return {
        "LineNumber": number,
        "Номенклатура_Key": ref(good),
        "Упаковка_Key": EMPTY_REF,
        "КоличествоУпаковок": count,
        "Количество": count,
        "Цена": each,
        "Сумма": total,
        "СтавкаНДС_Key": BASICS.vat[22],
        "СуммаНДС": (total * 22 / 122).quantize(Decimal("0.01")),
        "СуммаСНДС": total,
        "Склад_Key": warehouse,
    }


def receipt(name: str, warehouse: str, lines: Sequence[tuple[str, str]], *, days: int) -> dict[str, Any]:
    """Return a receipt of goods (good, quantity)."""
    rows = [_row(number, good, quantity, "10", warehouse) for number, (good, quantity) in enumerate(lines, 1)]
    return _head(name, days, warehouse, "firm-1") | {"Товары": rows}


def sale(
    name: str, outlet: str, lines: Sequence[tuple[str, str, str]], *, days: int, warehouse: str = MAIN
) -> dict[str, Any]:
    """Return a sale to an outlet: lines are good, quantity, price."""
    firm = OUTLETS[outlet]
    rows = [_row(number, *line, warehouse) for number, line in enumerate(lines, 1)]
    mine = {"Партнер_Key": ref(outlet), "Грузополучатель_Key": ref(firm), "Соглашение_Key": ref("agreement")}
    return _head(name, days, warehouse, firm) | mine | {"Статус": "Отгружено", "Товары": rows}


def back(name: str, outlet: str, lines: Sequence[tuple[str, str, str]], *, days: int) -> dict[str, Any]:
    """Return a return from an outlet."""
    return sale(name, outlet, lines, days=days) | {"Статус": "Принято"}


def fix(name: str, outlet: str, lines: Sequence[tuple[str, str, str]], *, days: int) -> dict[str, Any]:
    """Return a correction; its lines are the differences."""
    made = sale(name, outlet, lines, days=days)
    made.pop("Статус")
    return made | {"Расхождения": made.pop("Товары"), "Товары": []}


def price_list(name: str, lines: Sequence[tuple[str, str]], *, days: int) -> dict[str, Any]:
    """Return a list of wholesale prices (good, price)."""
    rows = [
        {"LineNumber": number, "Номенклатура_Key": ref(good), "ВидЦены_Key": BASICS.price_types["wholesale"],
         "Цена": Decimal(price), "Валюта_Key": BASICS.rouble}
        for number, (good, price) in enumerate(lines, 1)
    ]  # fmt: skip
    when = NOW.replace(hour=8) - timedelta(days=days)
    return {"Ref_Key": ref(name), "Number": name, "Date": when, "Posted": True, "Статус": "Согласован", "Товары": rows}


# -- the manufacturer --------------------------------------------------------------------------------------------------


def their_good(code: str, unit: str, name: str = "") -> CrmGood:
    """Return one of the manufacturer's goods with its one unit."""
    code_of = {ware: name for name, (_, ware, _, _) in reversed(GOODS.items()) if name in ("lager", "keg", "kvass")}
    own = barcode(code_of[code]) if code in code_of else ""
    return CrmGood(code, name or f"Их товар {code}", (CrmUnit(unit, unit, Decimal(1)),), own)


def their_order(number: str, lines: Sequence[tuple[str, str, str]], client: str = "C-shop-1", **more: Any) -> CrmOrder:
    """Return an order: lines are their good, their unit, quantity."""
    values: dict[str, Any] = {
        "number": number,
        "date": NOW.replace(hour=10),
        "action_date": (NOW + timedelta(days=2)).replace(hour=0),
        "crm_client_id": client,
        "client_name": f"Точка {client}",
        "client_address": "ул. Мира, 1",
        "person_id": "101",
        "warehouse_id": "1",
        "document_type": "CustOrder",
        "pay_kind": "2",
        "price_type": "1",
        "lines": tuple(CrmOrderLine(ware, unit, Decimal(count), Decimal("10.50")) for ware, unit, count in lines),
    }
    return CrmOrder(**values | more)


def _crm() -> CrmContent:
    units = {ware: unit for _, ware, unit, _ in GOODS.values() if ware}
    orders = [
        their_order("CRM0001", [("W3", "ea", "5")]),
        their_order("CRM0002", [("W2", "l", "60"), ("W4", "ea", "3")], "C-shop-3"),
        their_order("CRM0003", [("W5", "ea", "4")], "C-shop-2"),
        their_order("CRM0004", [("W3", "ea", "1")], "C-shop-4"),
        their_order("CRM0005", [("W1", "ea", "1")]),
    ]
    return CrmContent(USER, [their_good(ware, unit) for ware, unit in units.items()], orders)


def _pairs() -> list[TruePair]:
    """Return the truth about goods, outlets, firms and warehouses."""
    found = [
        TruePair("good", ref(name), ware, unit, factor, 1) for name, (_, ware, unit, factor) in GOODS.items() if ware
    ]
    found += [TruePair("outlet", ref(name), f"C-{name}") for name in OUTLETS]
    found += [TruePair("counterparty", ref(name), f"K-{name}") for name in FIRMS]
    return [*found, TruePair("warehouse", MAIN, "1"), TruePair("warehouse", CASH, "2")]
