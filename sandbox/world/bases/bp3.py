"""БП 3.0: balances are those of account 41.01, orders are invoices, VAT is an enumeration, one kind of party."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Final

from sandbox.world.bases.parties import contracts, counterparties
from sandbox.world.bases.rows import COMMON, DOCUMENT, KINDS, WORDS, Ground, differences, ground, picked
from sandbox.world.numbers import EMPTY_REF, reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.content import BaseContent, World

GOODS_ACCOUNT: Final = "41.01"
_ACCOUNTS: Final = (("41", "Товары"), (GOODS_ACCOUNT, "Товары на складах"), ("62.01", "Расчёты с покупателями"))


def content(world: World) -> BaseContent:
    """Return the world as БП holds it."""
    known = ground(world)
    rng = Random(f"{world.seed}:bp")
    accounts = {code: reference(rng) for code, _ in _ACCOUNTS}
    account = accounts[GOODS_ACCOUNT]
    base = known.base
    return {
        "ChartOfAccounts_Хозрасчетный": [
            {"Ref_Key": accounts[code], "Code": code, "Description": name} for code, name in _ACCOUNTS
        ],
        **_small(known),
        **_goods(known),
        **_parties(known),
        "Document_ПоступлениеТоваровУслуг": [
            {**_head(row), "ВидОперации": "Товары", "Товары": _lines(known, row["Товары"], account)}
            for row in base["Document_ПриобретениеТоваровУслуг"]
        ],
        "Document_СчетНаОплатуПокупателю": [_invoice(known, row) for row in base["Document_ЗаказКлиента"]],
        "Document_РеализацияТоваровУслуг": [*_sales(known, account)],
        "Document_ВозвратТоваровОтПокупателя": [*_returns(known, account)],
        "InformationRegister_СтатусыДокументов": [*_statuses(known)],
    }


def _small(known: Ground) -> BaseContent:
    base = known.base
    firm = ("Ref_Key", "Description", "НаименованиеПолное", "НаименованиеСокращенное", "ИНН", "КПП", "Префикс")
    return {
        "Catalog_Валюты": base["Catalog_Валюты"],
        "Catalog_Пользователи": base["Catalog_Пользователи"],
        "Catalog_Организации": [
            {**picked(row, firm), "Code": f"{number:09d}"}
            for number, row in enumerate(base["Catalog_Организации"], start=1)
        ],
        "Catalog_Склады": [
            {
                **picked(row, ("Ref_Key", "Description", "Parent_Key", "IsFolder", "ТипСклада")),
                "Code": f"{number:09d}",
            }
            for number, row in enumerate(base["Catalog_Склады"], start=1)
        ],
        "Catalog_ТипыЦенНоменклатуры": [
            {**picked(row, ("Ref_Key", "Description", "ВалютаЦены_Key", "ЦенаВключаетНДС")), "Code": f"{number:09d}"}
            for number, row in enumerate(base["Catalog_ВидыЦен"], start=1)
        ],
    }


def _goods(known: Ground) -> BaseContent:
    base = known.base
    cards = []
    for row in base["Catalog_Номенклатура"]:
        card = picked(row, COMMON)
        if not row["IsFolder"]:
            card |= picked(row, ("Артикул", "НаименованиеПолное", "ЕдиницаИзмерения_Key"))
            card |= {"ВидСтавкиНДС": KINDS[known.rate(row)], "Пиво": row["АлкогольнаяПродукция"]}
        cards.append(card)
    return {
        "Catalog_КлассификаторЕдиницИзмерения": [
            picked(row, ("Ref_Key", "Code", "Description", "НаименованиеПолное"))
            for row in base["Catalog_УпаковкиЕдиницыИзмерения"]
            if not row["Owner"]
        ],
        "Catalog_Номенклатура": cards,
        "InformationRegister_ШтрихкодыНоменклатуры": [
            picked(row, ("Штрихкод", "Номенклатура_Key")) for row in base["InformationRegister_ШтрихкодыНоменклатуры"]
        ],
        "Document_УстановкаЦенНоменклатуры": [_price_list(row) for row in base["Document_УстановкаЦенНоменклатуры"]],
    }


def _price_list(row: dict[str, Any]) -> dict[str, Any]:
    """Make the document: one of БП sets one price type, and so do those of the world."""
    return {
        **picked(row, (*DOCUMENT, "Ответственный_Key")),
        "ТипЦен_Key": row["Товары"][0]["ВидЦены_Key"],
        "Товары": [picked(line, ("LineNumber", "Номенклатура_Key", "Цена", "Валюта_Key")) for line in row["Товары"]],
    }


def _parties(known: Ground) -> BaseContent:
    cards = []
    for card, source, _ in counterparties(known):
        own = {**card, "ОбособленноеПодразделение": card["ГоловнойКонтрагент_Key"] != EMPTY_REF}
        cards.append({**own, **picked(source, ("ЮридическоеФизическоеЛицо", "КодПоОКПО"))})
    return {
        "Catalog_Контрагенты": cards,
        "Catalog_ДоговорыКонтрагентов": [
            {
                **card,
                "IsFolder": False,
                "ВидДоговора": source["ТипДоговора"],
                **picked(source, ("Номер", "Дата", "ВалютаВзаиморасчетов_Key")),
                "СрокДействия": source["ДатаОкончанияДействия"],
            }
            for card, source in contracts(known)
        ],
    }


# -- documents ---------------------------------------------------------------------------------------------------------


def _head(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **picked(row, (*DOCUMENT, "Организация_Key", "Склад_Key", "Контрагент_Key", "СуммаДокумента")),
        "ДоговорКонтрагента_Key": row["Договор_Key"],
        "ВалютаДокумента_Key": row["Валюта_Key"],
        "СуммаВключаетНДС": row["ЦенаВключаетНДС"],
        "Ответственный_Key": row.get("Менеджер_Key", EMPTY_REF),
    }


def _lines(known: Ground, rows: Iterable[dict[str, Any]], account: str) -> list[dict[str, Any]]:
    return [
        {
            **_line(known, row, number),
            "КоличествоМест": row["Количество"],
            "ЕдиницаИзмерения_Key": known.goods[row["Номенклатура_Key"]]["ЕдиницаИзмерения_Key"],
            "Коэффициент": 1,
            "СчетУчета_Key": account,
        }
        for number, row in enumerate(rows, start=1)
    ]


def _line(known: Ground, row: dict[str, Any], number: int) -> dict[str, Any]:
    """Make a line: it counts in the good's own unit, so the price of a package becomes the price of one of it."""
    price = row["Цена"]
    if row["КоличествоУпаковок"] and row["КоличествоУпаковок"] != row["Количество"]:
        price = (price * row["КоличествоУпаковок"] / row["Количество"]).quantize(row["Сумма"])
    return {
        "LineNumber": number,
        **picked(row, ("Номенклатура_Key", "Количество", "Сумма", "СуммаНДС")),
        "Цена": price,
        "СтавкаНДС": WORDS[known.rate(row)],
    }


def _invoice(known: Ground, row: dict[str, Any]) -> dict[str, Any]:
    lines = [_line(known, line, number) for number, line in enumerate(row["Товары"], start=1)]
    for line in lines:
        line |= {
            "Номенклатура": line.pop("Номенклатура_Key"),
            "Номенклатура_Type": "StandardODATA.Catalog_Номенклатура",
        }
        line["Содержание"] = known.goods[line["Номенклатура"]]["Description"].strip()
    return {**_head(row), "АдресДоставки": row["АдресДоставки"][:250], "Товары": lines}


def _sales(known: Ground, account: str) -> Iterable[dict[str, Any]]:
    for row in known.base["Document_РеализацияТоваровУслуг"]:
        yield {
            **_sale(row, _lines(known, row["Товары"], account)),
            "СчетНаОплатуПокупателю_Key": row.get("ЗаказКлиента", "") or EMPTY_REF,
        }
    for row, rows, sign in differences(known):
        if sign > 0:
            yield _sale(row, _lines(known, rows, account)) | {"Number": f"К{row['Number'][1:]}"}


def _sale(row: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **_head(row),
        "ВидОперации": "Товары",
        "Грузополучатель_Key": row["Партнер_Key"],
        "АдресДоставки": row.get("АдресДоставки", "")[:250],
        "Товары": lines,
    }


def _returns(known: Ground, account: str) -> Iterable[dict[str, Any]]:
    """Yield what came back, from the outlet's own card: a return of БП has no consignee."""
    for row in known.base["Document_ВозвратТоваровОтКлиента"]:
        yield _back(row, _lines(known, row["Товары"], account))
    for row, rows, sign in differences(known):
        if sign < 0:
            yield _back(row, _lines(known, rows, account)) | {"Number": f"К{row['Number'][1:]}"}


def _back(row: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {**_head(row), "Контрагент_Key": row["Партнер_Key"], "Товары": lines}


def _statuses(known: Ground) -> Iterable[dict[str, Any]]:
    shipped = {"Закрыт": "Отгружен"}
    for row in known.base["Document_ЗаказКлиента"]:
        if row["Posted"]:
            yield {
                "Организация_Key": row["Организация_Key"],
                "Документ": row["Ref_Key"],
                "Документ_Type": "StandardODATA.Document_СчетНаОплатуПокупателю",
                "Статус": "НеОплачен",
                "Статус_Type": "StandardODATA.СтатусОплатыСчета",
                "ДополнительныйСтатус": shipped.get(row["Статус"], "НеОтгружен"),
                "ДополнительныйСтатус_Type": "StandardODATA.СтатусыОтгрузки",
            }
