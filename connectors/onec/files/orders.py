"""Orders for 1C as documents of CommerceML 2.10, written strictly: the standard's order of elements and its forms.

Sums and quantities are millionths (:data:`mappings.model.MICRO`) and travel exactly. A line's amount is price times
quantity, rounded half away from zero to kopecks, unless it is given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from connectors.onec.files.documents import ORDER
from connectors.onec.files.values import micro_text
from foundation.errors import Fault, Faults
from mappings.model import MICRO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from lxml import etree

NAMESPACE: Final = "urn:1C.ru:commerceml_210"
VERSION: Final = "2.10"
SELLER, BUYER = "Продавец", "Покупатель"
_KOPECK: Final = MICRO // 100
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_ID: Final = 80
_MOST: Final = 10**12 * MICRO
"""What no quantity and no sum of an order reaches; the reader takes twelve digits before the point."""

_PERSON: Final = 12
_COMPANY: Final = 10


@dataclass(frozen=True, slots=True)
class OrderParty:
    """Whom an order is from or for; ``inn`` of 12 digits, or none of either, makes a person, of 10 a company."""

    ref: str
    name: str
    inn: str = ""
    kpp: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line: ``good`` is the Ид of 1C's own upload; quantity, price and factor in millionths.

    ``factor``: how many base units one ``unit`` holds. ``amount``: money, None = price times quantity.
    """

    good: str
    name: str
    quantity: int
    price: int
    unit: str = "796"
    unit_name: str = "шт"
    factor: int = MICRO
    amount: int | None = None

    @property
    def money(self) -> int:
        """The line's sum, to the kopeck."""
        return _kopecks(self.price * self.quantity, MICRO) if self.amount is None else self.amount


@dataclass(frozen=True, slots=True)
class Order:
    """An order: ``number`` is its external number, by which it is never written or created twice."""

    number: str
    moment: datetime
    buyer: OrderParty
    lines: tuple[OrderLine, ...]
    currency: str = "RUB"
    comment: str = ""
    warehouse: str = ""
    warehouse_name: str = ""
    requisites: tuple[tuple[str, str], ...] = field(default=())


def order_xml(order: Order) -> bytes:
    """Return an order's file; raises Faults with everything that is wrong with the order."""
    from lxml import etree

    faults = list(_faults(order))
    if faults:
        raise Faults(
            f"Заказ {order.number or 'без номера'} нельзя передать в 1С файлом.",
            faults,
            en=f"Order {order.number or 'without a number'} cannot be written as a file.",
            todo="Исправьте перечисленное в заказе у производителя или в соответствиях.",
            todo_en="Mend what is listed in the order or in the correspondences.",
            order=order.number,
        )
    about = {"ВерсияСхемы": VERSION, "ДатаФормирования": f"{order.moment:%Y-%m-%dT%H:%M:%S}"}
    root = etree.Element(_tag("КоммерческаяИнформация"), about, nsmap={None: NAMESPACE})
    _document(root, order)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _put(parent: etree._Element, name: str, text: str = "") -> etree._Element:
    from lxml import etree

    made = etree.SubElement(parent, _tag(name))
    made.text = text or None
    return made


def _document(root: etree._Element, order: Order) -> None:
    document = _put(root, "Документ")
    _put(document, "Ид", order.number)
    _put(document, "Номер", order.number)
    _put(document, "Дата", f"{order.moment:%Y-%m-%d}")
    _put(document, "ХозОперация", ORDER)
    _put(document, "Роль", SELLER)
    _put(document, "Валюта", order.currency)
    _put(document, "Курс", "1")
    _put(document, "Сумма", micro_text(sum(line.money for line in order.lines)))
    _party(_put(document, "Контрагенты"), order.buyer)
    _put(document, "Время", f"{order.moment:%H:%M:%S}")
    if order.comment:
        _put(document, "Комментарий", order.comment)
    if order.warehouse:
        place = _put(_put(document, "Склады"), "Склад")
        _put(place, "Ид", order.warehouse)
        _put(place, "Наименование", order.warehouse_name or order.warehouse)
    lines = _put(document, "Товары")
    for line in order.lines:
        _line(lines, line)
    if order.requisites:
        _requisites(document, order.requisites)


def _party(parent: etree._Element, party: OrderParty) -> None:
    made = _put(parent, "Контрагент")
    _put(made, "Ид", party.ref)
    _put(made, "Наименование", party.name)
    _put(made, "ОфициальноеНаименование" if len(party.inn) == _COMPANY else "ПолноеНаименование", party.name)
    if party.inn:
        _put(made, "ИНН", party.inn)
    if party.kpp:
        _put(made, "КПП", party.kpp)
    if party.address:
        _put(_put(made, "Адрес"), "Представление", party.address)
    _put(made, "Роль", BUYER)


def _line(parent: etree._Element, line: OrderLine) -> None:
    made = _put(parent, "Товар")
    _put(made, "Ид", line.good)
    _put(made, "Наименование", line.name)
    _put(made, "БазоваяЕдиница", line.unit_name).set("Код", line.unit)
    _requisites(made, (("ВидНоменклатуры", "Товар"), ("ТипНоменклатуры", "Товар")))
    _put(made, "ЦенаЗаЕдиницу", micro_text(line.price))
    _put(made, "Количество", micro_text(line.quantity))
    _put(made, "Сумма", micro_text(line.money))
    _put(made, "Единица", line.unit_name)
    _put(made, "Коэффициент", micro_text(line.factor))


def _requisites(parent: etree._Element, pairs: tuple[tuple[str, str], ...]) -> None:
    box = _put(parent, "ЗначенияРеквизитов")
    for name, value in pairs:
        made = _put(box, "ЗначениеРеквизита")
        _put(made, "Наименование", name)
        _put(made, "Значение", value)


def _kopecks(product: int, parts: int) -> int:
    """Return a product of millionths as money rounded to kopecks, half away from zero."""
    step = _KOPECK * parts
    rounded = (abs(product) + step // 2) // step * _KOPECK
    return rounded if product >= 0 else -rounded


def _faults(order: Order) -> Iterator[Fault]:
    needed = {
        "номер": order.number,
        "валюта": order.currency,
        "покупатель.Ид": order.buyer.ref,
        "покупатель.наименование": order.buyer.name,
    }
    for name, value in needed.items():
        if not value.strip():
            yield Fault(name, "не заполнено", "is missing")
    if len(order.number) > _LONGEST_ID:
        yield Fault("номер", f"длиннее {_LONGEST_ID} знаков", f"has over {_LONGEST_ID} characters")
    if len(order.buyer.inn) not in {0, _COMPANY, _PERSON} or (order.buyer.inn and not order.buyer.inn.isdigit()):
        yield Fault("покупатель.ИНН", "не 10 и не 12 цифр", "has neither 10 nor 12 digits")
    if not order.lines:
        yield Fault("строки", "нет ни одной", "there are none")
    for number, line in enumerate(order.lines, 1):
        yield from _line_faults(f"строка {number}", line)
    if sum(line.money for line in order.lines) >= _MOST:
        yield Fault("сумма", "слишком велика", "is too large")
    yield from _illegal(order)


def _line_faults(at: str, line: OrderLine) -> Iterator[Fault]:
    for name, value in {"товар": line.good, "наименование": line.name, "единица": line.unit}.items():
        if not value.strip():
            yield Fault(f"{at}, {name}", "не заполнено", "is missing")
    if line.quantity <= 0:
        yield Fault(f"{at}, количество", "не больше нуля", "is not above zero")
    if line.price < 0:
        yield Fault(f"{at}, цена", "меньше нуля", "is below zero")
    if max(line.quantity, line.price, line.money) >= _MOST:
        yield Fault(f"{at}, сумма", "слишком велика", "is too large")
    if line.factor <= 0:
        yield Fault(f"{at}, коэффициент", "не больше нуля", "is not above zero")


def _illegal(order: Order) -> Iterator[Fault]:
    """Yield texts with a character that XML forbids."""
    texts = {
        "номер": order.number, "комментарий": order.comment, "валюта": order.currency, "склад": order.warehouse,
        "склад.наименование": order.warehouse_name, "покупатель.Ид": order.buyer.ref,
        "покупатель.наименование": order.buyer.name, "покупатель.КПП": order.buyer.kpp,
        "покупатель.адрес": order.buyer.address,
    }  # fmt: skip
    for number, line in enumerate(order.lines, 1):
        texts |= {f"строка {number}, товар": line.good, f"строка {number}, наименование": line.name}
        texts |= {f"строка {number}, единица": line.unit + line.unit_name}
    for name, value in order.requisites:
        texts[f"реквизит {_ILLEGAL.sub('?', name)}"] = name + value
    for name, value in texts.items():
        if found := _ILLEGAL.search(value):
            code = f"U+{ord(found[0]):04X}"
            yield Fault(name, f"недопустимый символ {code}", f"has the illegal character {code}")
