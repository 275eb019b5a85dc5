"""An invented configuration in the manner of «Торговля и Склад»; ``shift`` moves every metadata id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.v77.structure import Attribute, Catalog, Configuration, Document, Register

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., Attribute]


def configuration(shift: int = 0) -> Configuration:
    """Return the configuration; the same names with other ids for another ``shift``."""

    def a(number: int, name: str, kind: str = "C", width: int = 9, decimals: int = 0) -> Attribute:
        return Attribute(number + shift, name, kind, width, decimals)

    catalogs = _catalogs(a, shift)
    loose = {"Цена": 71, "Комментарий": 72, "ОсновнойСклад": 73}
    return Configuration(
        catalogs={each.name: each for each in catalogs},
        documents={each.name: each for each in _documents(a, shift)},
        registers={each.name: each for each in _registers(a, shift)},
        common=(a(90, "Фирма"), a(91, "Автор")),
        loose={name: number + shift for name, number in loose.items()},
    )


def _catalogs(a: Make, shift: int) -> list[Catalog]:
    goods = (
        a(31, "Артикул", "C", 25),
        a(32, "БазоваяЕдиница"),
        a(33, "ОсновнаяЕдиница"),
        a(34, "ПолнНаименование", "C", 300),
        a(35, "СтранаПроисхождения"),
        a(36, "Весовой", "N", 1),
        a(37, "ПервоначальнаяСтоимостьПокупки", "N", 15, 2),
        a(38, "ПервоначальнаяСтоимостьПродажи", "N", 15, 2),
        a(39, "ДатаВвода", "D", 8),
    )
    units = (a(41, "ОКЕИ"), a(42, "Коэффициент", "N", 11, 3), a(43, "ШтрихКод", "C", 13))
    parties = (a(51, "ИНН", "C", 25), a(52, "ЮрФизЛицо", "C", 13))
    return [
        Catalog(10 + shift, "ОКЕИ", code=3, descr=10),
        Catalog(11 + shift, "Номенклатура", goods, code=8, folders=True),
        Catalog(12 + shift, "Единицы", units, code=0, descr=0, owned=True),
        Catalog(13 + shift, "Склады", code=5, folders=True),
        Catalog(14 + shift, "Контрагенты", parties, code=8, folders=True),
        Catalog(15 + shift, "ТорговыеТочки", (a(55, "Адрес", "C", 80),), owned=True),
        Catalog(16 + shift, "Фирмы", code=3),
        Catalog(17 + shift, "ТипыЦен", code=3),
        Catalog(18 + shift, "Цены", (a(61, "ТипЦен"), a(62, "Единица")), code=0, descr=0, owned=True),
        Catalog(19 + shift, "ЮрЛица", (a(64, "ПолнНаименование", "C", 120),)),
        Catalog(20 + shift, "СоответствияОбъектовВнешнимСистемам", (a(66, "Приемник", "C", 32),)),
    ]


def _documents(a: Make, shift: int) -> list[Document]:
    def head(first: int) -> tuple[Attribute, ...]:
        return (
            a(first, "Контрагент"),
            a(first + 1, "Склад"),
            a(first + 2, "ТорговаяТочка"),
            a(first + 3, "ДокументОснование", "C", 13),
            a(first + 4, "ДополнительноеСведение", "C", 23),
            a(first + 15, "Сумма", "N", 15, 2),
        )

    def lines(first: int) -> tuple[Attribute, ...]:
        return (
            a(first + 10, "Номенклатура"),
            a(first + 11, "Количество", "N", 13, 3),
            a(first + 12, "Единица"),
            a(first + 13, "Коэффициент", "N", 9, 3),
            a(first + 14, "Цена", "N", 15, 2),
            a(first + 15, "Сумма", "N", 15, 2),
        )

    names = ("ПоступлениеТМЦ", "Реализация", "ВозвратОтПокупателя", "ЗаявкаПокупателя", "ПеремещениеТМЦ")
    return [
        Document(100 + number + shift, name, head(200 + 20 * number), lines(200 + 20 * number))
        for number, name in enumerate(names)
    ]


def _registers(a: Make, shift: int) -> list[Register]:
    return [
        Register(
            121 + shift,
            "ОстаткиТМЦ",
            (a(401, "Фирма"), a(402, "Номенклатура"), a(403, "Склад")),
            (a(404, "Количество", "N", 15, 3),),
            (a(405, "КодОперации"),),
        ),
        Register(
            122 + shift,
            "ПартииНаличие",
            (a(411, "Номенклатура"), a(412, "Склад"), a(413, "Партия", "C", 13)),
            (a(414, "Количество", "N", 19, 8), a(415, "СуммаРуб", "N", 20, 2)),
        ),
        Register(
            123 + shift,
            "РезервыТМЦ",
            (a(421, "Номенклатура"), a(422, "Склад"), a(423, "ЗаявкаПокупателя")),
            (a(424, "Количество", "N", 15, 3),),
        ),
        Register(
            124 + shift,
            "Продажи",
            (a(431, "Номенклатура"), a(432, "Покупатель")),
            (a(433, "Количество", "N", 15, 3), a(434, "ПродСтоимость", "N", 15, 2)),
            turnover=True,
        ),
    ]
