"""Elements of CommerceML as rows of the tables in :mod:`connectors.onec.files.entities`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from connectors.onec.files import values, words
from connectors.onec.files.entities import ALL_WAREHOUSES
from connectors.onec.files.flat import Values, children, flat
from connectors.onec.files.parties import fill_party
from connectors.onec.files.xml import DEEPEST
from mappings.model import MICRO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml import etree

    from connectors.onec.files.xml import Names

_BETWEEN_BARCODES: Final = re.compile(r"[\s,;|]+")
_TRUE: Final = "true"


class Row(NamedTuple):
    """A row of a table; without ``cells`` it says that all earlier rows of ``owner`` are gone."""

    entity: str
    owner: str
    cells: Values | None


class Making:
    """What the makers of rows share: local names, which tables are wanted, which units were told already.

    ``left_out`` is told of an element that cannot become a row, with the reason in Russian and English.
    """

    def __init__(self, names: Names, wants: Callable[[str], bool], left_out: Callable[[str, str, str], None]) -> None:
        self.names, self.wants, self.left_out = names, wants, left_out
        self.units: set[tuple[str, str]] = set()


def deleted(found: Values) -> str:
    """Tell whether an element is marked for deletion, by its status or its mark."""
    if found.get("Статус", "").lower().startswith("удал"):
        return _TRUE
    return first(found, "ПометкаУдаления", "ЗначенияРеквизитов.ПометкаУдаления")


def first(found: Values, *paths: str) -> str:
    """Return the first text that is not empty."""
    return next((text for path in paths if (text := found.get(path))), "")


def good(element: etree._Element, making: Making) -> Iterator[Row]:
    """Yield the rows of a good of a catalog: itself, its units, its barcodes."""
    found = flat(element, making.names)
    if not identified(found):
        making.left_out("Товар", "нет Ид", "has no Ид")
        return
    unit, name = base_unit(found)
    found["Единица"], found["Удален"] = unit, deleted(found)
    found["Код"] = first(found, "Код", "ЗначенияРеквизитов.Код")
    found["ПолноеНаименование"] = first(
        found, "ПолноеНаименование", "ЗначенияРеквизитов.Полное наименование", "ЗначенияРеквизитов.ПолноеНаименование",
        "ЗначенияРеквизитов.НаименованиеПолное", "Наименование",
    )  # fmt: skip
    found["Группа"] = first(found, "Группы.Ид", "Группы")
    yield Row("Товары", "", found)
    if making.wants("Единицы"):
        yield from _units(element, found, unit, name, making)
    if making.wants("Штрихкоды"):
        yield from _barcodes(element, found, "Каталог")


def identified(found: Values) -> bool:
    """Split an element's Ид into Товар and Характеристика; returns whether it has one."""
    whole = found["Ид"] = values.key(found.get("Ид", ""))
    found["Товар"], found["Характеристика"] = values.halves(whole)
    if not found["Характеристика"]:
        found["Характеристика"] = values.key(found.get("ИдХарактеристики", ""))
    return bool(whole)


def base_unit(found: Values, path: str = "БазоваяЕдиница") -> tuple[str, str]:
    """Return key and name of the unit at a path: a text, a code in an attribute, or an element with parts."""
    text = found.get(path, "")
    code = first(found, f"{path}.Код", f"{path}.Ид") or (text if text.isdigit() else "")
    name = first(found, f"{path}.НаименованиеКраткое") or ("" if text.isdigit() else text)
    unit = values.unit_key(code, name)
    return unit, values.unit_name(unit, name or found.get(f"{path}.НаименованиеПолное", ""))


def _units(element: etree._Element, found: Values, unit: str, name: str, making: Making) -> Iterator[Row]:
    if unit and (unit, name) not in making.units:
        making.units.add((unit, name))
        yield Row("Единицы", "", _unit_row(unit, name, found.get("БазоваяЕдиница.НаименованиеПолное", "")))
    for base in children(element, "БазоваяЕдиница"):
        for other in children(base, "Пересчет"):
            yield from _package(flat(other, making.names), found["Товар"], unit)


def _unit_row(unit: str, name: str, full: str, **more: str) -> Values:
    row = {"Ид": unit, "Код": unit if unit.isdigit() else "", "Наименование": name, "ПолноеНаименование": full}
    return row | {"Числитель": "1", "Знаменатель": "1"} | more


def _package(found: Values, good_id: str, base: str) -> Iterator[Row]:
    """Yield the package that a conversion (Пересчет) describes, where it is another unit than the base."""
    unit, name = base_unit(found, "Единица")
    factor = found.get("Коэффициент", "")
    if unit and factor and not is_one(factor):
        more = {"Товар": good_id, "БазоваяЕдиница": base, "Числитель": factor}
        yield Row("Единицы", "", _unit_row(f"{good_id}/{unit}", name, "", **more))


def is_one(factor: str) -> bool:
    """Tell whether a factor is 1, or no number at all."""
    try:
        return values.micro(factor) in {0, MICRO}
    except values.Unreadable:
        return True


def _barcodes(element: etree._Element, found: Values, where: str) -> Iterator[Row]:
    owner = f"{where}/{found['Ид']}"
    yield Row("Штрихкоды", owner, None)
    for child in children(element, "Штрихкод"):
        for barcode in _BETWEEN_BARCODES.split((child.text or "").strip()):
            if barcode:
                named = {"Штрихкод": barcode, "Товар": found["Товар"], "Характеристика": found["Характеристика"]}
                yield Row("Штрихкоды", owner, named)


def measure(element: etree._Element, making: Making) -> Iterator[Row]:
    """Yield a unit of the classifier's own list."""
    found = flat(element, making.names)
    unit = values.unit_key(first(found, "Код", "Ид"), first(found, "НаименованиеКраткое", "Наименование"))
    name = values.unit_name(unit, first(found, "НаименованиеКраткое", "Наименование", "НаименованиеПолное"))
    making.units.add((unit, name))
    yield Row("Единицы", "", _unit_row(unit, name, found.get("НаименованиеПолное", "")))


def group(element: etree._Element, making: Making, parent: str = "", depth: int = DEEPEST) -> Iterator[Row]:
    """Yield a group and those in it; raises BadAnswer (too deep)."""
    if not depth:
        raise words.too_deep(DEEPEST)
    found = flat(element, making.names, leave={"Группы"})
    found["Ид"], found["Родитель"] = values.key(found.get("Ид", "")), parent
    found["Удален"] = deleted(found)
    if found["Ид"]:
        yield Row("Группы", "", found)
    else:
        making.left_out("Группа", "нет Ид", "has no Ид")
    for inner in children(element, "Группы"):
        for each in children(inner, "Группа"):
            yield from group(each, making, found["Ид"] or parent, depth - 1)


def listed(entity: str) -> Callable[[etree._Element, Making], Iterator[Row]]:
    """Return the maker of rows that are as they stand: properties, price types."""

    def make(element: etree._Element, making: Making) -> Iterator[Row]:
        found = flat(element, making.names, leave={"ВариантыЗначений"})
        found["Ид"], found["Удален"] = values.key(found.get("Ид", "")), deleted(found)
        if found["Ид"]:
            yield Row(entity, "", found)
        else:
            making.left_out(making.names.of(element), "нет Ид", "has no Ид")

    return make


def warehouses(element: etree._Element, making: Making) -> Iterator[Row]:
    """Yield the warehouses of a section's list."""
    make = listed("Склады")
    for each in children(element, "Склад"):
        yield from make(each, making)


def party(element: etree._Element, making: Making) -> Iterator[Row]:
    """Yield a counterparty of the list of counterparties."""
    found = flat(element, making.names)
    fill_party(found)
    found["Удален"] = deleted(found)
    if found["Ид"]:
        yield Row("Контрагенты", "", found)
    else:
        making.left_out("Контрагент", "нет Ид", "has no Ид")


_OFFER_LISTS: Final = frozenset({"Цены", "Остатки", "Склад", "Склады"})


def offer(element: etree._Element, making: Making) -> Iterator[Row]:
    """Yield the rows of an offer: itself, its prices, its stock, its barcodes."""
    found = flat(element, making.names, leave=_OFFER_LISTS)
    if not identified(found):
        making.left_out("Предложение", "нет Ид", "has no Ид")
        return
    found["Удален"] = deleted(found)
    yield Row("Предложения", "", found)
    gone = found["Удален"].lower() == _TRUE
    for entity, make in (("Цены", _prices), ("Остатки", _stock)):
        if making.wants(entity):
            # What an offer says of its stock or prices is all of it: a warehouse that is not there any more is empty.
            rows = () if gone else tuple(make(element, found, making))
            if rows or gone:
                yield Row(entity, found["Ид"], None)
            yield from rows
    if making.wants("Единицы") and "БазоваяЕдиница" in found:
        unit, name = base_unit(found)
        yield from _units(element, found, unit, name, making)
    if making.wants("Штрихкоды") and "Штрихкод" in found:
        yield from _barcodes(element, found, "Предложение")


def _of_offer(found: Values) -> Values:
    return {"Предложение": found["Ид"], "Товар": found["Товар"], "Характеристика": found["Характеристика"]}


def _prices(element: etree._Element, found: Values, making: Making) -> Iterator[Row]:
    for box in children(element, "Цены"):
        for each in children(box, "Цена"):
            price = flat(each, making.names)
            unit, _ = base_unit(price, "Единица")
            factor = price.get("Коэффициент", "")
            price["Единица"] = "" if not factor or is_one(factor) else f"{found['Товар']}/{unit}"
            price["ТипЦены"] = values.key(price.get("ИдТипаЦены", ""))
            price["Цена"] = first(price, "ЦенаЗаЕдиницу", "Цена")
            price |= _of_offer(found)
            yield Row("Цены", found["Ид"], price)


def _stock(element: etree._Element, found: Values, making: Making) -> Iterator[Row]:
    """Yield the stock of every warehouse; a quantity of the whole only where no warehouse is given."""
    given = list(_places(element, making.names))
    if not given and found.get("Количество"):
        given = [(ALL_WAREHOUSES, found["Количество"])]
    for place, quantity in given:
        row = {"Склад": values.key(place) or ALL_WAREHOUSES, "Количество": quantity}
        yield Row("Остатки", found["Ид"], row | _of_offer(found))


def _places(element: etree._Element, names: Names) -> Iterator[tuple[str, str]]:
    """Yield warehouse and quantity in each of the spellings of 2.05 to 2.10."""
    for child in element:
        name = names.of(child)
        if name in {"Склад", "Склады"}:
            yield from _place(child, names)
        elif name == "Остатки":
            for rest in children(child, "Остаток"):
                inner = list(children(rest, "Склад"))
                for each in inner:
                    yield from _place(each, names)
                if not inner:
                    yield from _place(rest, names)


def _place(element: etree._Element, names: Names) -> Iterator[tuple[str, str]]:
    found = flat(element, names) if len(element) else {names[name]: value for name, value in element.items()}
    quantity = first(found, "КоличествоНаСкладе", "Количество")
    if quantity or "КоличествоНаСкладе" in found or "Количество" in found:
        yield first(found, "ИдСклада", "Ид"), quantity
    elif names.of(element) == "Склады":
        for each in children(element, "Склад"):
            yield from _place(each, names)
