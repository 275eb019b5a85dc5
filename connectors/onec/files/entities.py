"""The tables that files of CommerceML hold, and the names of their columns.

A reading's ``entity`` is one of the tables, a field's ``source`` one of its columns or any dotted path of the element
(:mod:`connectors.onec.files.flat`): ``БазоваяЕдиница.НаименованиеПолное``, ``ЗначенияРеквизитов.ВидНоменклатуры``,
``ЗначенияСвойств.<ид свойства>``. These columns are there whatever the file's version calls them:

=====================  =====================================================================================
table                  columns
=====================  =====================================================================================
Группы                 Ид, Родитель, Наименование, Удален
Товары                 Ид, Товар (Ид without ``#характеристика``), Характеристика, Код, Артикул, Наименование,
                       ПолноеНаименование, Единица (key of Единицы), Группа, Удален
Единицы                Ид (ОКЕИ, or ``товар/единица`` of a package), Код, Наименование, ПолноеНаименование, Товар,
                       БазоваяЕдиница, Числитель, Знаменатель
Штрихкоды              Штрихкод, Товар, Характеристика
Свойства               Ид, Наименование, ТипЗначений
ТипыЦен                Ид, Наименование, Валюта
Склады                 Ид, Наименование, Удален
Предложения            Ид, Товар, Характеристика, Наименование, Количество, Удален
Цены                   Предложение, Товар, Характеристика, ТипЦены, Цена, Валюта, Единица ("" = the good's own, else a
                       package), Коэффициент
Остатки                Предложение, Товар, Характеристика, Склад, Количество
Контрагенты            Ид, Наименование, ПолноеНаименование, ИНН, КПП, Адрес, Удален
Документы              Ид, Номер, Момент, ХозОперация, Роль, Валюта, Сумма, Комментарий, Номер1С, Дата1С, Проведен,
                       Удален, Отменен, Статус, Склад, Основание; of each party by its role: Покупатель (Ид),
                       Покупатель.Наименование, .ИНН, .КПП, .Адрес
СтрокиДокументов       Документ, ХозОперация, НомерСтроки, Товар, Характеристика, Наименование, Количество, Цена,
                       Сумма, Единица, Коэффициент
УчастникиДокументов    Документ, ХозОперация, Роль, Ид, Наименование, ПолноеНаименование, ИНН, КПП, Адрес
=====================  =====================================================================================

A file says of each section whether it is whole or changes only (``СодержитТолькоИзменения``). A table is as the last
whole upload left it, with the changes since; documents only ever come on top, the last version of each counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ALL_WAREHOUSES: Final = "все-склады"
"""The warehouse of stock that a file gives without one; it is then a row of Склады too."""

CHANGES: Final = "СодержитТолькоИзменения"
CATALOG, CLASSIFIER, OFFERS, PARTIES, DOCUMENTS = (
    "Каталог", "Классификатор", "ПакетПредложений", "Контрагенты", "Документы",
)  # fmt: skip
OFFER_CHANGES: Final = "ИзмененияПакетаПредложений"
SECTIONS: Final = {CATALOG, CLASSIFIER, OFFERS, OFFER_CHANGES, PARTIES}


@dataclass(frozen=True, slots=True)
class Entity:
    """A table: the columns that are unique together, and the sections it is found in.

    ``grows``: whole uploads do not renew it. ``strict``: without a whole upload it is refused. ``owned``: an owner
    without any row says so, so that a whole upload without rows renews it too.
    """

    name: str
    key: tuple[str, ...]
    sections: str
    grows: bool = False
    strict: bool = True
    owned: bool = False


def _table(*entities: Entity) -> dict[str, Entity]:
    return {entity.name: entity for entity in entities}


ENTITIES: Final = _table(
    Entity("Группы", ("Ид",), CLASSIFIER),
    Entity("Товары", ("Товар",), CATALOG),
    Entity("Единицы", ("Ид",), CATALOG, strict=False),
    Entity("Штрихкоды", ("Штрихкод", "Товар"), f"{CATALOG} или {OFFERS}", owned=True),
    Entity("Свойства", ("Ид",), CLASSIFIER, strict=False),
    Entity("ТипыЦен", ("Ид",), f"{CLASSIFIER} или {OFFERS}", strict=False),
    Entity("Склады", ("Ид",), f"{CLASSIFIER} или {OFFERS}", strict=False),
    Entity("Предложения", ("Ид",), OFFERS),
    Entity("Цены", ("Предложение", "ТипЦены"), OFFERS),
    Entity("Остатки", ("Предложение", "Склад"), OFFERS),
    Entity("Контрагенты", ("Ид",), PARTIES),
    Entity("Документы", ("ХозОперация", "Ид"), "Документ", grows=True),
    Entity("СтрокиДокументов", ("ХозОперация", "Документ", "НомерСтроки"), "Документ", grows=True),
    Entity("УчастникиДокументов", ("ХозОперация", "Документ", "Роль", "Ид"), "Документ", grows=True),
)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a file: which it is, whose (``id``), and whether it holds changes only."""

    name: str
    id: str = ""
    changes: bool = True
