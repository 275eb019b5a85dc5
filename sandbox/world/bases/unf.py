"""УНФ 3.0: a classifier of units and packages beside it, lines that count in a unit of theirs, one kind of party."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any, Final

from sandbox.world.bases.parties import contracts, counterparties
from sandbox.world.bases.rows import COMMON, DOCUMENT, KINDS, Ground, differences, first_barcodes, ground, picked
from sandbox.world.numbers import EMPTY_REF, reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.content import BaseContent, World

_OWN: Final = "StandardODATA.Catalog_КлассификаторЕдиницИзмерения"
_PACKAGE: Final = "StandardODATA.Catalog_ЕдиницыИзмерения"
_STATES: Final = ("Открыт", "В работе", "Завершен")
_STATE_OF: Final = {"НеСогласован": "Открыт", "КОбеспечению": "В работе", "КОтгрузке": "В работе", "Закрыт": "Завершен"}
_ORDER: Final = "StandardODATA.Document_ЗаказПокупателя"


def content(world: World) -> BaseContent:
    """Return the world as УНФ holds it."""
    known = ground(world)
    states = _states(world.seed)
    return {
        **_small(known, states),
        **_goods(known),
        **_parties(known),
        "Document_ЗаказПокупателя": [_order(known, row, states) for row in known.base["Document_ЗаказКлиента"]],
        "Document_ПриходнаяНакладная": [*_receipts(known), *_returns(known)],
        "Document_РасходнаяНакладная": _shipments(known),
    }


def _states(seed: int) -> dict[str, str]:
    rng = Random(f"{seed}:unf")
    return {name: reference(rng) for name in _STATES}


def _small(known: Ground, states: dict[str, str]) -> BaseContent:
    base = known.base
    kinds = {"РозничныйМагазин": "Розница"}
    return {
        "Catalog_Валюты": base["Catalog_Валюты"],
        "Catalog_Пользователи": base["Catalog_Пользователи"],
        "Catalog_Сотрудники": [
            {**picked(row, ("Ref_Key", "Description")), "Code": f"00-{number:06d}", "IsFolder": False}
            for number, row in enumerate(base["Catalog_Пользователи"], start=1)
        ],
        "Catalog_Организации": [
            picked(
                row,
                ("Ref_Key", "Description", "НаименованиеПолное", "НаименованиеСокращенное", "ИНН", "КПП", "Префикс"),
            )
            for row in base["Catalog_Организации"]
        ],
        "Catalog_СтруктурныеЕдиницы": [
            {
                **picked(row, ("Ref_Key", "Description")),
                "Code": f"00-{number:06d}",
                "ТипСтруктурнойЕдиницы": kinds.get(row["ТипСклада"], "Склад"),
            }
            for number, row in enumerate(base["Catalog_Склады"], start=1)
            if not row["IsFolder"]
        ],
        "Catalog_ВидыЦен": [
            {**picked(row, ("Ref_Key", "Description", "ВалютаЦены_Key", "ЦенаВключаетНДС")), "Code": f"{number:09d}"}
            for number, row in enumerate(base["Catalog_ВидыЦен"], start=1)
        ],
        "Catalog_СтавкиНДС": [
            {
                **picked(row, ("Ref_Key", "Description", "Ставка")),
                "НеОблагается": not row["Ставка"],
                "ВидСтавкиНДС": KINDS[int(row["Ставка"])],
            }
            for row in base["Catalog_СтавкиНДС"]
        ],
        "Catalog_СостоянияЗаказовПокупателей": [
            {"Ref_Key": ref, "Code": f"{number:09d}", "Description": name, "Порядок": number}
            for number, (name, ref) in enumerate(states.items(), start=1)
        ],
    }


def _goods(known: Ground) -> BaseContent:
    base, codes = known.base, first_barcodes(known.base)
    cards = []
    for row in base["Catalog_Номенклатура"]:
        card = picked(row, COMMON)
        if not row["IsFolder"]:
            card |= picked(row, ("Артикул", "НаименованиеПолное", "ЕдиницаИзмерения_Key"))
            card |= {
                "ТипНоменклатуры": "Запас",
                "ВидСтавкиНДС": KINDS[known.rate(row)],
                "Штрихкод": codes.get(row["Ref_Key"], ""),
            }
        cards.append(card)
    units = [row for row in base["Catalog_УпаковкиЕдиницыИзмерения"] if not row["Owner"]]
    return {
        "Catalog_КлассификаторЕдиницИзмерения": [
            picked(row, ("Ref_Key", "Code", "Description", "НаименованиеПолное")) for row in units
        ],
        "Catalog_ЕдиницыИзмерения": [*_packages(known)],
        "Catalog_Номенклатура": cards,
        "InformationRegister_ШтрихкодыНоменклатуры": [
            picked(row, ("Штрихкод", "Номенклатура_Key")) for row in base["InformationRegister_ШтрихкодыНоменклатуры"]
        ],
        "InformationRegister_ЦеныНоменклатуры": [*_prices(known)],
    }


def _packages(known: Ground) -> Iterable[dict[str, Any]]:
    """Yield each good's own packages; what goods of УТ share as a set belongs to each of them here."""
    number = 0
    for row in known.packages.values():
        if row["Owner_Type"].endswith("Catalog_Номенклатура"):
            number += 1
            yield _package(row, row["Ref_Key"], row["Owner"], number)
    of_set = {row["Owner"]: row for row in known.packages.values() if row["Owner_Type"].endswith("НаборыУпаковок")}
    for good in known.goods.values():
        shared = of_set.get(good.get("НаборУпаковок_Key", EMPTY_REF))
        if shared is not None:
            number += 1
            yield _package(shared, _own_package(shared["Ref_Key"], good["Ref_Key"]), good["Ref_Key"], number)


def _own_package(package: str, good: str) -> str:
    return reference(Random(f"{package}:{good}"))


def _package(row: dict[str, Any], ref: str, good: str, number: int) -> dict[str, Any]:
    return {
        "Ref_Key": ref,
        "Code": f"{number:09d}",
        "Description": row["Description"],
        "Owner": good,
        "Owner_Type": "StandardODATA.Catalog_Номенклатура",
        "Коэффициент": row["Числитель"] / row["Знаменатель"],
    }


def _prices(known: Ground) -> Iterable[dict[str, Any]]:
    """One record a good, price type and day: the register stands alone and is periodic by day."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for document in known.base["Document_УстановкаЦенНоменклатуры"]:
        day = document["Date"].replace(hour=0, minute=0, second=0, microsecond=0)
        for row in document["Товары"]:
            found[day, row["ВидЦены_Key"], row["Номенклатура_Key"]] = {
                "Period": day,
                "ВидЦен_Key": row["ВидЦены_Key"],
                "Номенклатура_Key": row["Номенклатура_Key"],
                "Цена": row["Цена"],
                "Актуальность": True,
            }
    return found.values()


def _parties(known: Ground) -> BaseContent:
    cards = []
    for card, source, buys in counterparties(known):
        kind = "ИндивидуальныйПредприниматель" if source.get("ЮрФизЛицо") == "ИндивидуальныйПредприниматель" else ""
        cards.append({**card, "Покупатель": buys, "Поставщик": not buys, "ВидКонтрагента": kind or "ЮридическоеЛицо"})
    return {
        "Catalog_Контрагенты": cards,
        "Catalog_ДоговорыКонтрагентов": [
            {
                **card,
                "ВидДоговора": source["ТипДоговора"],
                "ВалютаРасчетов_Key": source["ВалютаВзаиморасчетов_Key"],
                "НомерДоговора": source["Номер"],
                "ДатаДоговора": source["Дата"],
            }
            for card, source in contracts(known)
        ],
    }


# -- documents ---------------------------------------------------------------------------------------------------------


def _head(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **picked(row, (*DOCUMENT, "Организация_Key", "СуммаДокумента")),
        "Контрагент_Key": row["Контрагент_Key"],
        "Договор_Key": row["Договор_Key"],
        "ВалютаДокумента_Key": row["Валюта_Key"],
        "СуммаВключаетНДС": row["ЦенаВключаетНДС"],
        "НалогообложениеНДС": "ОблагаетсяНДС",
        "Ответственный_Key": row.get("Менеджер_Key", EMPTY_REF),
    }


def _lines(known: Ground, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "LineNumber": number,
            "Номенклатура_Key": row["Номенклатура_Key"],
            **_unit(known, row),
            **picked(row, ("Цена", "Сумма", "СтавкаНДС_Key", "СуммаНДС")),
            "Всего": row["СуммаСНДС"],
        }
        for number, row in enumerate(rows, start=1)
    ]


def _unit(known: Ground, row: dict[str, Any]) -> dict[str, Any]:
    """Return a line's unit and the quantity in it: the package where УТ counted in one, else the good's own unit."""
    package = known.packages.get(row.get("Упаковка_Key", EMPTY_REF))
    good = row["Номенклатура_Key"]
    if package is None:
        unit = known.goods[good]["ЕдиницаИзмерения_Key"]
        return {"ЕдиницаИзмерения": unit, "ЕдиницаИзмерения_Type": _OWN, "Количество": Decimal(row["Количество"])}
    own = package["Owner_Type"].endswith("Catalog_Номенклатура")
    ref = package["Ref_Key"] if own else _own_package(package["Ref_Key"], good)
    return {"ЕдиницаИзмерения": ref, "ЕдиницаИзмерения_Type": _PACKAGE, "Количество": row["КоличествоУпаковок"]}


def _order(known: Ground, row: dict[str, Any], states: dict[str, str]) -> dict[str, Any]:
    lines = _lines(known, row["Товары"])
    for line in lines:
        line |= {
            "Номенклатура": line.pop("Номенклатура_Key"),
            "Номенклатура_Type": "StandardODATA.Catalog_Номенклатура",
        }
    return {
        **_head(row),
        "ВидОперации": "ЗаказНаПродажу",
        "СостояниеЗаказа": states[_STATE_OF[row["Статус"]]],
        "СостояниеЗаказа_Type": "StandardODATA.Catalog_СостоянияЗаказовПокупателей",
        "СтруктурнаяЕдиницаПродажи_Key": row["Склад_Key"],
        "СтруктурнаяЕдиницаРезерв_Key": row["Склад_Key"],
        "Грузополучатель_Key": row["Партнер_Key"],
        "АдресДоставки": row["АдресДоставки"],
        "ДатаОтгрузки": row["ДатаОтгрузки"],
        "НомерВходящегоДокумента": row.get("НомерПоДаннымКлиента", ""),
        **({"ДатаВходящегоДокумента": when} if (when := row.get("ДатаПоДаннымКлиента")) else {}),
        "Запасы": lines,
    }


def _shipments(known: Ground) -> list[dict[str, Any]]:
    made = []
    for row in known.base["Document_РеализацияТоваровУслуг"]:
        order = row.get("ЗаказКлиента", "")
        lines = _lines(known, row["Товары"])
        for line in lines if order else ():
            line["ЗаказПокупателя_Key"] = order
        link = {"Заказ": order, "Заказ_Type": _ORDER} if order else {}
        made.append(_sale(row, lines) | link)
    return made + [
        _sale(row, _lines(known, rows)) | {"Number": f"К{row['Number'][1:]}"}
        for row, rows, sign in differences(known)
        if sign > 0
    ]


def _sale(row: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **_head(row),
        "ВидОперации": "ПродажаПокупателю",
        "СтруктурнаяЕдиница_Key": row["Склад_Key"],
        "Грузополучатель_Key": row["Партнер_Key"],
        "АдресДоставки": row.get("АдресДоставки", ""),
        "Запасы": lines,
    }


def _returns(known: Ground) -> Iterable[dict[str, Any]]:
    """Yield what came back, from the outlet's own card: a receipt of УНФ has no consignee."""
    for row in known.base["Document_ВозвратТоваровОтКлиента"]:
        yield _back(row, _lines(known, row["Товары"]))
    for row, rows, sign in differences(known):
        if sign < 0:
            yield _back(row, _lines(known, rows)) | {"Number": f"К{row['Number'][1:]}"}


def _back(row: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **_head(row),
        "Контрагент_Key": row["Партнер_Key"],
        "ВидОперации": "ВозвратОтПокупателя",
        "СтруктурнаяЕдиница_Key": row["Склад_Key"],
        "Запасы": lines,
    }


def _receipts(known: Ground) -> Iterable[dict[str, Any]]:
    for row in known.base["Document_ПриобретениеТоваровУслуг"]:
        yield {
            **_head(row),
            "ВидОперации": "ПоступлениеОтПоставщика",
            "СтруктурнаяЕдиница_Key": row["Склад_Key"],
            **picked(row, ("НомерВходящегоДокумента", "ДатаВходящегоДокумента")),
            "Запасы": _lines(known, row["Товары"]),
        }
