"""Documents of CommerceML as rows: heads, lines, parties; orders with their states, shipments, returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.onec.files import values, words
from connectors.onec.files.flat import children, flat
from connectors.onec.files.parties import fill_party, party_columns
from connectors.onec.files.records import Making, Row, base_unit, deleted, first, identified
from connectors.onec.files.xml import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from connectors.onec.files.flat import Values

ORDER: Final = "Заказ товара"
SHIPMENT: Final = "Отпуск товара"
RETURN: Final = "Возврат товара"
OPERATIONS: Final = frozenset(
    {
        ORDER, SHIPMENT, RETURN, "Счет на оплату", "Счет-фактура", "Передача товаров на комиссию",
        "Возврат комиссионного товара", "Отчет о продажах комиссионного товара",
        "Отчет о списании комиссионного товара", "Выплата наличных денег", "Возврат наличных денег",
        "Выплата безналичных денег", "Возврат безналичных денег", "Переоценка товаров", "Передача прав", "Прочее",
    }
)  # fmt: skip
"""The standard's sixteen operations (reference onec-v77-and-files, 3)."""

_LISTS: Final = frozenset({"Товары", "Контрагенты", "ПодчиненныеДокументы"})
_REQUISITE: Final = "ЗначенияРеквизитов."


def document(element: etree._Element, making: Making, basis: str = "", depth: int = DEEPEST) -> Iterator[Row]:
    """Yield the rows of a document, and of those that hang under it; raises BadAnswer (too deep)."""
    if not depth:
        raise words.too_deep(DEEPEST)
    found = flat(element, making.names, leave=_LISTS)
    _fill(found)
    found["Основание"] = basis or found.get("Основание", "")
    if not found["Ид"]:
        making.left_out("Документ", "нет ни Ид, ни номера", "has neither Ид nor a number")
        return
    parties = list(_parties(element, found, making))
    for each in parties:
        found |= {name: text for name, text in party_columns(each).items() if name not in found}
    yield Row("Документы", "", found)
    owner = f"{found['ХозОперация']}/{found['Ид']}"
    if making.wants("УчастникиДокументов"):
        yield Row("УчастникиДокументов", owner, None)
        for each in parties:
            yield Row("УчастникиДокументов", owner, each)
    if making.wants("СтрокиДокументов"):
        yield Row("СтрокиДокументов", owner, None)
        for line in _lines(element, found, making):
            yield Row("СтрокиДокументов", owner, line)
    for box in children(element, "ПодчиненныеДокументы"):
        for inner in box:
            if making.names.of(inner):
                yield from document(inner, making, found["Ид"], depth - 1)


def _fill(found: Values) -> None:
    """Give a document the columns that every version has, whatever it calls them."""
    found["Ид"] = values.key(found.get("Ид", "")) or found.get("Номер", "")
    found["ХозОперация"] = found.get("ХозОперация", "")
    date, time = found.get("Дата", ""), found.get("Время", "")
    found["Момент"] = f"{date}T{time}" if date and time and not values.has_time(date) else date
    found["Номер1С"] = first(found, "Номер1С", f"{_REQUISITE}Номер по 1С")
    found["Дата1С"] = first(found, "Дата1С", f"{_REQUISITE}Дата по 1С")
    found["Проведен"] = first(found, "Проведен", f"{_REQUISITE}Проведен", f"{_REQUISITE}Проведён")
    found["Удален"] = deleted(found)
    found["Отменен"] = first(found, "Отменен", f"{_REQUISITE}Отменен", f"{_REQUISITE}Отменён")
    found["Статус"] = first(
        found, f"{_REQUISITE}Статус заказа", "СтатусЗаказа", f"{_REQUISITE}Статуса заказа ИД", f"{_REQUISITE}Статус",
    )  # fmt: skip
    found["Склад"] = values.key(first(found, "Склады.Склад.Ид", "Склад.Ид", "Склад"))


def _parties(element: etree._Element, head: Values, making: Making) -> Iterator[Values]:
    for box in children(element, "Контрагенты"):
        for each in children(box, "Контрагент"):
            found = flat(each, making.names)
            fill_party(found)
            found.setdefault("Роль", "")
            found["Ид"] = found["Ид"] or found.get("ИНН") or found["Наименование"]
            found["Документ"], found["ХозОперация"] = head["Ид"], head["ХозОперация"]
            yield found


def _lines(element: etree._Element, head: Values, making: Making) -> Iterator[Values]:
    number = 0
    for box in children(element, "Товары"):
        for each in children(box, "Товар"):
            number += 1
            found = flat(each, making.names)
            if not identified(found):
                found["Товар"] = ""
            found["Единица"] = _unit(found)
            found["Цена"] = first(found, "ЦенаЗаЕдиницу", "Цена")
            found["Коэффициент"] = found.get("Коэффициент") or "1"
            found["Документ"], found["ХозОперация"] = head["Ид"], head["ХозОперация"]
            found["НомерСтроки"] = str(number)
            yield found


def _unit(line: Values) -> str:
    """Return the key of a line's unit: often only its name stands there, and the code at the base unit."""
    base, base_name = base_unit(line)
    unit, name = base_unit(line, "Единица")
    return base if not unit or name.lower() == base_name.lower() else unit
