"""CommerceML as 1C writes it, in any of the dialects: text by hand, so that it owes nothing to the reader."""

from __future__ import annotations

import codecs
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sandbox.files.books import Books, Good, Line, Party, Shipment
    from sandbox.files.dialects import Dialect

CATALOG_ID: Final = "0d5c3f57-8b1a-4f0e-9a34-77a1b0c2d3e4"
_XSI: Final = ' xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


class Writer:
    """Writes files in one dialect; ``moment`` is when they are formed."""

    def __init__(self, dialect: Dialect, moment: datetime) -> None:
        self.dialect, self.moment = dialect, moment

    def file(self, body: str) -> bytes:
        """Return a whole file around a body, in the dialect's encoding."""
        dialect = self.dialect
        space = f' xmlns="{dialect.namespace}"{_XSI}' if dialect.namespace else ""
        text = (
            f'<?xml version="1.0" encoding="{dialect.encoding}"?>\n<КоммерческаяИнформация{space} '
            f'ВерсияСхемы="{dialect.version}" ДатаФормирования="{self.when(self.moment)}" Ид="1">\n{body}'
            "</КоммерческаяИнформация>\n"
        )
        content = text.encode(dialect.encoding, "xmlcharrefreplace")
        return codecs.BOM_UTF8 + content if dialect.mark else content

    def when(self, moment: datetime) -> str:
        """Write a moment."""
        match self.dialect.dates:
            case "day":
                return f"{moment:%Y-%m-%d}"
            case "short hour":
                return f"{moment:%Y-%m-%d}T{moment.hour}:{moment:%M:%S}"
        return f"{moment:%Y-%m-%dT%H:%M:%S}"

    def number(self, value: Decimal) -> str:
        """Write a number."""
        text = f"{value:f}"
        return text.replace(".", ",") if self.dialect.comma else text

    def catalog(self, books: Books, goods: Iterable[Good], *, changes: bool = False) -> bytes:
        """Write ``import.xml``: the classifier with its groups, and goods."""
        owner = f"<Ид>{CATALOG_ID}</Ид><Наименование>Основной каталог товаров</Наименование>"
        rows = "".join(map(self._good, goods))
        return self.file(
            f"<Классификатор>{owner}<Группы>{self._groups(books)}</Группы></Классификатор>\n"
            f"<Каталог{self._flag(changes=changes)}><Ид>{CATALOG_ID}</Ид><ИдКлассификатора>{CATALOG_ID}"
            f"</ИдКлассификатора><Наименование>Основной каталог товаров</Наименование><Товары>\n{rows}</Товары>"
            "</Каталог>\n"
        )

    def offers(
        self, books: Books, goods: Iterable[Good], *, changes: bool = False, prices: bool = True, stock: bool = True
    ) -> bytes:
        """Write ``offers.xml`` (or, with one of the two, ``prices.xml`` and ``rests.xml``)."""
        types = "".join(
            f"<ТипЦены><Ид>{ref}</Ид><Наименование>{escape(name)}</Наименование><Валюта>руб</Валюта></ТипЦены>"
            for ref, name in books.price_types.items()
        )
        places = "".join(
            f"<Склад><Ид>{ref}</Ид><Наименование>{escape(name)}</Наименование></Склад>"
            for ref, name in books.warehouses.items()
        )
        rows = "".join(self._offer(good, prices=prices, stock=stock) for good in goods)
        return self.file(
            f"<ПакетПредложений{self._flag(changes=changes)}><Ид>{CATALOG_ID}#</Ид><Наименование>Пакет</Наименование>"
            f"<ИдКаталога>{CATALOG_ID}</ИдКаталога><ИдКлассификатора>{CATALOG_ID}</ИдКлассификатора>"
            f"<ТипыЦен>{types}</ТипыЦен><Склады>{places}</Склады><Предложения>\n{rows}</Предложения></ПакетПредложений>\n"
        )

    def parties(self, parties: Iterable[Party], *, changes: bool = False) -> bytes:
        """Write the list of counterparties."""
        rows = "".join(f"{self._party(party, '')}\n" for party in parties)
        return self.file(f"<Контрагенты{self._flag(changes=changes)}>{rows}</Контрагенты>\n")

    def documents(self, documents: Iterable[str]) -> bytes:
        """Write documents that were made by :meth:`shipment` and :meth:`order_status`."""
        box = "<Контейнер>{}</Контейнер>\n" if self.dialect.container else "{}\n"
        return self.file("".join(box.format(each) for each in documents))

    def shipment(self, shipment: Shipment) -> str:
        """Return a shipment."""
        lines = "".join(map(self._line, shipment.lines))
        total = self.number(sum((line.amount for line in shipment.lines), Decimal(0)))
        own = f"<Номер1С>{shipment.number}</Номер1С>" if self.dialect.own_numbers else ""
        return (
            f"<Документ><Ид>{shipment.ref}</Ид><Номер>{shipment.number}</Номер>{own}{self._date(shipment.moment)}"
            f"<ХозОперация>Отпуск товара</ХозОперация><Роль>Продавец</Роль><Валюта>руб</Валюта><Курс>1</Курс>"
            f"<Сумма>{total}</Сумма><Контрагенты>{self._party(shipment.party, 'Покупатель')}</Контрагенты>"
            f"<Товары>{lines}</Товары>"
            + requisites({"Проведен": _yes(shipment.posted), "ПометкаУдаления": _yes(shipment.deleted)})
            + "</Документ>"
        )

    def order_status(self, ref: str, number: str, onec: str, named: dict[str, str]) -> str:
        """Return what 1C says back of an order: its own number and named values."""
        own = f"<Номер1С>{onec}  </Номер1С>" if self.dialect.own_numbers else ""
        told = named if own else {"Номер по 1С": onec, **named}
        return (
            f"<Документ><Ид>{escape(ref)}</Ид><Номер>{escape(number)}</Номер>{own}{self._date(self.moment)}"
            f"<ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль>{requisites(told)}</Документ>"
        )

    def _flag(self, *, changes: bool) -> str:
        return f' СодержитТолькоИзменения="{_yes(changes)}"'

    def _groups(self, books: Books, parent: str = "00000000-0000-0000-0000-000000000000") -> str:
        made = []
        for ref, (name, above) in books.groups.items():
            if above == parent:
                inner = self._groups(books, ref)
                nested = f"<Группы>{inner}</Группы>" if inner else ""
                made.append(f"<Группа><Ид>{ref}</Ид><Наименование>{escape(name)}</Наименование>{nested}</Группа>")
        return "".join(made)

    def _good(self, good: Good) -> str:
        status = ' Статус="Удален"' if good.deleted and self.dialect.status_attribute else ""
        mark = "<ПометкаУдаления>true</ПометкаУдаления>" if good.deleted and not status else ""
        barcodes = "".join(f"<Штрихкод>{barcode}</Штрихкод>" for barcode in good.barcodes)
        return (
            f"<Товар{status}><Ид>{good.ref}</Ид>{barcodes}<Артикул>{escape(good.article)}</Артикул>{mark}"
            f"<Наименование>{escape(good.name)}</Наименование>{self._unit(good)}<Группы><Ид>{good.group}</Ид></Группы>"
            "<СтавкиНалогов><СтавкаНалога><Наименование>НДС</Наименование><Ставка>22</Ставка></СтавкаНалога>"
            "</СтавкиНалогов>"
            + requisites({"ВидНоменклатуры": "Товар", "Полное наименование": good.full_name, "Код": good.code})
            + "</Товар>\n"
        )

    def _unit(self, good: Good) -> str:
        package = ""
        if good.box:
            package = f"<Пересчет><Единица>упак</Единица><Коэффициент>{self.number(good.box)}</Коэффициент></Пересчет>"
        match self.dialect.unit:
            case "converted":
                own = f"<Пересчет><Единица>{good.unit}</Единица><Коэффициент>1</Коэффициент></Пересчет>"
                inside = f"{own}{package}{good.unit_name}"
                named = f'Код="{good.unit} " НаименованиеПолное="{good.unit_name}"'
                return f"<БазоваяЕдиница {named}>{inside}</БазоваяЕдиница>"
            case "parts":
                return (
                    f"<БазоваяЕдиница><Ид>{good.unit} </Ид><НаименованиеКраткое>{good.unit_name}</НаименованиеКраткое>"
                    f"<Код>{good.unit}</Код>{package}</БазоваяЕдиница>"
                )
        return f"<БазоваяЕдиница Код={quoteattr(good.unit)}>{good.unit_name}{package}</БазоваяЕдиница>"

    def _offer(self, good: Good, *, prices: bool, stock: bool) -> str:
        return (
            f"<Предложение><Ид>{good.ref}</Ид><Наименование>{escape(good.name)}</Наименование>"
            f"{self._prices(good) if prices else ''}{self._stock(good) if stock else ''}</Предложение>\n"
        )

    def _prices(self, good: Good) -> str:
        rows = "".join(
            f"<Цена><Представление>{price} руб. за {good.unit_name}</Представление><ИдТипаЦены>{ref}</ИдТипаЦены>"
            f"<ЦенаЗаЕдиницу>{self.number(price)}</ЦенаЗаЕдиницу><Валюта>руб</Валюта>"
            f"<Единица>{good.unit_name}</Единица><Коэффициент>1</Коэффициент></Цена>"
            for ref, price in good.prices.items()
        )
        return f"<Цены>{rows}</Цены>" if rows else ""

    def _stock(self, good: Good) -> str:
        total = f"<Количество>{self.number(sum(good.stock.values(), Decimal(0)))}</Количество>"
        match self.dialect.stock:
            case "whole":
                return total
            case "attribute":
                return total + "".join(
                    f'<Склад ИдСклада="{ref}" КоличествоНаСкладе="{self.number(quantity)}"/>'
                    for ref, quantity in good.stock.items()
                )
        rows = "".join(
            f"<Остаток><Склад><Ид>{ref}</Ид><Количество>{self.number(quantity)}</Количество></Склад></Остаток>"
            for ref, quantity in good.stock.items()
        )
        return f"<Остатки>{rows}</Остатки>"

    def _party(self, party: Party, role: str) -> str:
        kpp = f"{party.kpp}0" if party.kpp and self.dialect.long_kpp else party.kpp
        official = "ОфициальноеНаименование" if party.kpp else "ПолноеНаименование"
        return (
            f"<Контрагент><Ид>{party.ref}</Ид><Наименование>{escape(party.name)}</Наименование>"
            f"<{official}>{escape(party.full_name)}</{official}><ИНН>{party.inn}</ИНН><КПП>{kpp}</КПП>"
            f"{f'<Роль>{role}</Роль>' if role else ''}</Контрагент>"
        )

    def _date(self, moment: datetime) -> str:
        if self.dialect.dates == "day":
            return f"<Дата>{moment:%Y-%m-%d}</Дата>"
        return f"<Время>{moment:%H:%M:%S}</Время><Дата>{moment:%Y-%m-%d}</Дата>"

    def _line(self, line: Line) -> str:
        price = "Цена" if self.dialect.own_numbers else "ЦенаЗаЕдиницу"
        return (
            f"<Товар><Ид>{line.good.ref}</Ид><Наименование>{escape(line.good.name)}</Наименование>"
            f"{self._unit(line.good)}<{price}>{self.number(line.price)}</{price}>"
            f"<Количество>{self.number(line.quantity)}</Количество><Сумма>{self.number(line.amount)}</Сумма>"
            f"<Единица>{line.good.unit_name}</Единица><Коэффициент>1</Коэффициент></Товар>"
        )


def requisites(named: dict[str, str]) -> str:
    """Return named values."""
    rows = "".join(
        f"<ЗначениеРеквизита><Наименование>{escape(name)}</Наименование><Значение>{escape(value)}</Значение>"
        "</ЗначениеРеквизита>"
        for name, value in named.items()
    )
    return f"<ЗначенияРеквизитов>{rows}</ЗначенияРеквизитов>"


def _yes(value: bool) -> str:
    return "true" if value else "false"
