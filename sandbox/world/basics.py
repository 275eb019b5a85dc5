"""The small catalogs that everything else refers to: units, warehouses, price types, the firm itself, its people."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any, Final

from sandbox.world.numbers import EMPTY_REF, code, inn_company, kpp, reference

if TYPE_CHECKING:
    from sandbox.content import BaseContent

UNDEFINED: Final = "StandardODATA.Undefined"
GENERAL_UNITS: Final = (
    ("piece", "796", "шт", "Штука", "КоличествоШтук"),
    ("kilo", "166", "кг", "Килограмм", "Вес"),
    ("litre", "112", "л", "Литр", "Объем"),
    ("pack", "778", "упак", "Упаковка", "КоличествоШтук"),
    ("keg", "9642", "кег", "Кег", "КоличествоШтук"),
)
WAREHOUSES: Final = (
    ("main", "Основной склад", "ОптовыйСклад"),
    ("cash", "Кэш энд керри", "РозничныйМагазин"),
    ("van", "Склад-машина А 217 ВС 52", "ОптовыйСклад"),
    ("defect", "Брак", "ОптовыйСклад"),
)
PRICE_TYPES: Final = (("purchase", "Закупочная"), ("wholesale", "Оптовая"), ("retail", "Розничная"))
VAT_RATES: Final = ((22, "22%", "НДС22"), (10, "10%", "НДС10"), (0, "Без НДС", "БезНДС"))
KINDS_OF_GOODS: Final = ("Напитки алкогольные", "Напитки безалкогольные", "Закуски", "Прочие товары")
REGIONS: Final = ("Нижний Новгород", "Область север", "Область юг", "Соседние регионы")
USERS: Final = ("Волкова Е.Г.", "Жуков А.В.", "Исаев Р.Ф.", "Назарова О.А.", "Орлов Д.С.", "Тихонов М.Ю.")


@dataclass(frozen=True, slots=True)
class Basics:
    """References of the small catalogs by short names; ``content`` is what goes into the base."""

    units: dict[str, str]
    warehouses: dict[str, str]
    price_types: dict[str, str]
    vat: dict[int, str]
    kinds: tuple[str, ...]
    regions: tuple[str, ...]
    users: tuple[str, ...]
    organization: str
    rouble: str
    content: BaseContent


def basics(seed: int) -> Basics:
    """Make the small catalogs."""
    rng = Random(f"{seed}:basics")
    made = Basics(
        units={key: reference(rng) for key, *_ in GENERAL_UNITS},
        warehouses={key: reference(rng) for key, *_ in WAREHOUSES},
        price_types={key: reference(rng) for key, _ in PRICE_TYPES},
        vat={rate: reference(rng) for rate, *_ in VAT_RATES},
        kinds=tuple(reference(rng) for _ in KINDS_OF_GOODS),
        regions=tuple(reference(rng) for _ in REGIONS),
        users=tuple(reference(rng) for _ in USERS),
        organization=reference(rng),
        rouble=reference(rng),
        content={},
    )
    made.content.update(
        {
            "Catalog_УпаковкиЕдиницыИзмерения": _units(made),
            "Catalog_Склады": _warehouses(rng, made),
            "Catalog_ВидыНоменклатуры": _kinds(made),
            **_money(made),
            **_firm(rng, made),
        }
    )
    return made


def _units(made: Basics) -> list[dict[str, Any]]:
    return [
        {
            "Ref_Key": made.units[key],
            "Code": number,
            "Description": name,
            "НаименованиеПолное": full,
            "Owner": "",
            "Owner_Type": UNDEFINED,
            "ТипИзмеряемойВеличины": measure,
            "Числитель": Decimal(1),
            "Знаменатель": Decimal(1),
        }
        for key, number, name, full, measure in GENERAL_UNITS
    ]


def _warehouses(rng: Random, made: Basics) -> list[dict[str, Any]]:
    folder = {"Ref_Key": reference(rng), "Description": "Склады Нижний Новгород", "IsFolder": True}
    items = [
        {
            "Ref_Key": made.warehouses[key],
            "Description": name,
            "Parent_Key": folder["Ref_Key"],
            "IsFolder": False,
            "ТипСклада": kind,
            "БизнесРегион_Key": made.regions[0],
            "РозничныйВидЦены_Key": made.price_types["retail"] if kind == "РозничныйМагазин" else EMPTY_REF,
            "КонтролироватьОперативныеОстатки": key != "defect",
        }
        for key, name, kind in WAREHOUSES
    ]
    return [folder, *items]


def _kinds(made: Basics) -> list[dict[str, Any]]:
    return [
        {
            "Ref_Key": ref,
            "Description": name,
            "IsFolder": False,
            "ТипНоменклатуры": "Товар",
            "АлкогольнаяПродукция": name == KINDS_OF_GOODS[0],
        }
        for ref, name in zip(made.kinds, KINDS_OF_GOODS, strict=True)
    ]


def _money(made: Basics) -> BaseContent:
    return {
        "Catalog_Валюты": [
            {
                "Ref_Key": made.rouble,
                "Code": "643",
                "Description": "RUB",
                "НаименованиеПолное": "Российский рубль",
                "СимвольноеПредставление": "₽",
            }
        ],
        "Catalog_ВидыЦен": [
            {
                "Ref_Key": made.price_types[key],
                "Description": name,
                "IsFolder": False,
                "ВалютаЦены_Key": made.rouble,
                "ЦенаВключаетНДС": True,
                "ИспользоватьПриПродаже": key != "purchase",
                "Статус": "Действует",
                "Порядок": order,
            }
            for order, (key, name) in enumerate(PRICE_TYPES, start=1)
        ],
        "Catalog_СтавкиНДС": [
            {"Ref_Key": made.vat[rate], "Description": name, "Ставка": Decimal(rate), "ПеречислениеСтавкаНДС": member}
            for rate, name, member in VAT_RATES
        ],
    }


def _firm(rng: Random, made: Basics) -> BaseContent:
    inn = inn_company(rng, "52")
    return {
        "Catalog_Организации": [
            {
                "Ref_Key": made.organization,
                "Description": "Поволжье-Дистрибуция ООО",
                "НаименованиеПолное": 'Общество с ограниченной ответственностью "Поволжье-Дистрибуция"',
                "НаименованиеСокращенное": 'ООО "Поволжье-Дистрибуция"',
                "ИНН": inn,
                "КПП": kpp(inn),
                "Префикс": "ПД",
                "ЮридическоеФизическоеЛицо": "ЮридическоеЛицо",
                "ВалютаРегламентированногоУчета_Key": made.rouble,
                "Статус": "Действует",
            }
        ],
        "Catalog_БизнесРегионы": [
            {"Ref_Key": ref, "Description": name, "ОсновнойМенеджер_Key": made.users[number]}
            for number, (ref, name) in enumerate(zip(made.regions, REGIONS, strict=True))
        ],
        "Catalog_Пользователи": [
            {
                "Ref_Key": ref,
                "Description": name,
                "ИдентификаторПользователяИБ": reference(rng),
                "Комментарий": code(number),
            }
            for number, (ref, name) in enumerate(zip(made.users, USERS, strict=True), start=1)
        ],
    }
