"""An order as the file that 7.7 takes: plain XML by ``order.xsd``, or CommerceML 1 as 7.7's own processings read it.

Bytes depend on the order alone: an order that is put again gives the same file. Texts go in windows-1251, which 7.7
speaks, with character references for what that has not.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from lxml import etree

from foundation.errors import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

Flavour = Literal["plain", "commerceml1"]

ENCODING: Final = "windows-1251"
VERSION: Final = "1"
_CATALOG: Final = "mi1c"
_ROUBLES: Final = "руб."


@dataclass(frozen=True, slots=True)
class Party:
    """A card that an order names: its ``key`` (``connectors.onec.v77.ids``), and what helps a person to find it."""

    key: str
    code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of an order; ``quantity``, ``price`` and ``amount`` are millionths."""

    good: Party
    quantity: int
    price: int
    amount: int
    unit: str = ""


@dataclass(frozen=True, slots=True)
class FolderOrder:
    """An order of the manufacturer for 7.7; ``number`` is theirs, and what makes it the same order.

    Raises Faults for an order without a number, a counterparty or lines.
    """

    number: str
    day: date
    counterparty: Party
    lines: tuple[OrderLine, ...]
    outlet: Party | None = None
    warehouse: Party | None = None
    delivery: date | None = None
    comment: str = ""

    def __post_init__(self) -> None:
        faults = [
            Fault(path, "не заполнено", "is empty")
            for path, value in (
                ("number", self.number.strip()),
                ("counterparty", self.counterparty.key),
                ("lines", self.lines),
            )
            if not value
        ]
        faults += [
            Fault(f"lines.{place}.good", "не заполнено", "is empty")
            for place, line in enumerate(self.lines, 1)
            if not line.good.key
        ]
        if faults:
            raise Faults(
                f"Заказ «{self.number}» нельзя передать в 1С 7.7.",
                faults,
                en=f"The order {self.number!r} cannot be given to 7.7.",
                todo="Исправьте перечисленное и повторите.",
                todo_en="Mend what is listed and repeat.",
                order=self.number,
            )

    @property
    def total(self) -> int:
        """The sum of the lines in millionths."""
        return sum(line.amount for line in self.lines)


def order_xml(order: FolderOrder, flavour: Flavour = "plain") -> bytes:
    """Return an order's file."""
    root = _plain(order) if flavour == "plain" else _commerceml1(order)
    etree.indent(root)
    return etree.tostring(root, encoding=ENCODING, xml_declaration=True)


def number_text(value: int) -> str:
    """Return millionths as a decimal with a point, without an exponent or an empty fraction."""
    exact = Decimal(value).scaleb(-6)
    return f"{exact.to_integral_value() if exact == exact.to_integral_value() else exact.normalize():f}"


def fit(text: str) -> str:
    """Return a text without the characters that XML has no way to write."""
    return "".join(character for character in text if _fits(ord(character)))


def _fits(code: int) -> bool:
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF  # noqa: PLR2004 - the characters of XML 1.0


def _element(name: str, **attributes: str) -> etree._Element:
    element = etree.Element(name)
    for each, value in attributes.items():
        if value:
            element.set(each, fit(value))
    return element


# -- plain -------------------------------------------------------------------------------------------------------------


def _plain(order: FolderOrder) -> etree._Element:
    root = _element(
        "Заказ",
        Версия=VERSION,
        Номер=order.number,
        Дата=order.day.isoformat(),
        Доставка=order.delivery.isoformat() if order.delivery else "",
        Сумма=number_text(order.total),
    )
    parties = (("Контрагент", order.counterparty), ("ТорговаяТочка", order.outlet), ("Склад", order.warehouse))
    root.extend(
        _element(name, Ид=party.key, Код=party.code, Наименование=party.name) for name, party in parties if party
    )
    if order.comment:
        comment = etree.SubElement(root, "Комментарий")
        comment.text = fit(order.comment)
    root.extend(_plain_lines(order))
    return root


def _plain_lines(order: FolderOrder) -> Iterator[etree._Element]:
    for place, line in enumerate(order.lines, 1):
        yield _element(
            "Строка",
            Номер=str(place),
            Товар=line.good.key,
            Код=line.good.code,
            Наименование=line.good.name,
            Единица=line.unit,
            Количество=number_text(line.quantity),
            Цена=number_text(line.price),
            Сумма=number_text(line.amount),
        )


# -- CommerceML 1 ------------------------------------------------------------------------------------------------------


def _commerceml1(order: FolderOrder) -> etree._Element:
    """Catalog, document, parties, all in attributes; parties and goods are referred to by our keys."""
    root = _element("КоммерческаяИнформация")
    catalog = etree.SubElement(root, "Каталог", Идентификатор=_CATALOG, Наименование="Товары заказа")
    catalog.extend(
        _element(
            "Товар",
            Идентификатор=line.good.key,
            ИдентификаторВКаталоге=line.good.code or line.good.key,
            Наименование=line.good.name,
            Единица=line.unit,
        )
        for line in {line.good.key: line for line in order.lines}.values()
    )
    root.append(_commerceml1_document(order))
    parties = [party for party in (order.counterparty, order.outlet) if party]
    root.extend(
        _element("Контрагент", Идентификатор=party.key, Наименование=party.name or party.code or party.key)
        for party in parties
    )
    return root


def _commerceml1_document(order: FolderOrder) -> etree._Element:
    document = _element(
        "Документ",
        ХозОперация="Order",
        Номер=order.number,
        Дата=order.day.isoformat(),
        СрокПоставки=order.delivery.isoformat() if order.delivery else "",
        Сумма=number_text(order.total),
        Валюта=_ROUBLES,
        Курс="1",
        Кратность="1",
        Комментарий=order.comment,
    )
    document.append(_element("ПредприятиеВДокументе", Контрагент=order.counterparty.key, Роль="Buyer"))
    if order.outlet:
        document.append(_element("ПредприятиеВДокументе", Контрагент=order.outlet.key, Роль="Receiver"))
    document.extend(
        _element(
            "ТоварнаяПозиция",
            Каталог=_CATALOG,
            Товар=line.good.code or line.good.key,
            Единица=line.unit,
            Количество=number_text(line.quantity),
            Цена=number_text(line.price),
            Сумма=number_text(line.amount),
        )
        for line in order.lines
    )
    return document
