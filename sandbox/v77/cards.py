"""The catalogs of a test base: goods with groups and units, counterparties with outlets, warehouses, prices, texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sandbox.v77.ids import EMPTY, EMPTY_ANY, any_kind, object_id

if TYPE_CHECKING:
    from sandbox.v77.books import Books

WORDS: Final = ("Квас", "Лимонад", "Морс", "Пиво", "Сидр", "Тоник", "Вода", "Сок")
SORTS: Final = ("светлый", "тёмный", "мятный", "грушевый", "особый", "домашний")
STREETS: Final = ("Садовая", "Речная", "Полевая", "Заводская")


@dataclass
class Shelf:
    """Ids of what was made, and what the cards say: ``goods`` maps an id to its values."""

    goods: dict[str, dict[str, Any]] = field(default_factory=dict)
    units: dict[str, dict[str, Any]] = field(default_factory=dict)
    warehouses: list[str] = field(default_factory=list)
    parties: dict[str, list[str]] = field(default_factory=dict)
    prices: dict[str, Decimal] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def shelf(books: Books, goods: int, start: date, code_page: str) -> Shelf:
    """Fill the catalogs."""
    made = Shelf()
    books.card("Фирмы", {"CODE": "1", "DESCR": "Причал"})
    okei = {name: books.card("ОКЕИ", {"CODE": code, "DESCR": name}) for code, name in (("796", "шт"), ("778", "упак"))}
    for number, name in enumerate(("Основной", "Розничный", "Брак"), 1):
        made.warehouses.append(books.card("Склады", {"CODE": f"{number:05}", "DESCR": name}))
    _parties(books, made)
    retail = books.card("ТипыЦен", {"CODE": "1", "DESCR": "Розничная"})
    groups = [
        books.card("Номенклатура", {"CODE": f"G{number:07}", "DESCR": name, "ISFOLDER": 1, "PARENTID": EMPTY})
        for number, name in enumerate(("Напитки", "Прочее"), 1)
    ]
    for number in range(1, goods + 1):
        good = _good(books, made, number, okei, groups[number % 5 == 0])
        price = books.card("Цены", {"PARENTEXT": good}, ТипЦен=retail, Единица=made.goods[good]["piece"])
        _history(books, made, price, start)
        if number % 4 == 0:
            text = f"Товар № {number}. " + "Хранить в прохладном месте; " * (number % 11)
            made.texts[good] = text
            books.long_text("Комментарий", good, text, code_page, garbage="остаток прежнего".encode(code_page))
    return made


def _parties(books: Books, made: Shelf) -> None:
    folder = books.card("Контрагенты", {"CODE": "П000", "DESCR": "Покупатели", "ISFOLDER": 1})
    legal_kind = books.configuration.catalogs["ЮрЛица"].id
    for number in range(1, 9):
        legal = books.card("ЮрЛица", {"CODE": str(number), "DESCR": f"ООО Волна-{number}"})
        party = books.card(
            "Контрагенты",
            {"CODE": f"П{number:03}", "DESCR": f"Волна {number}", "PARENTID": folder},
            ИНН=f"52600{number:05}/526001001",
            ЮрФизЛицо=any_kind(legal_kind, legal) if number % 4 else EMPTY_ANY,
        )
        made.parties[party] = [
            books.card(
                "ТорговыеТочки",
                {"CODE": f"{number}{place}", "DESCR": f"Магазин {number}-{place}", "PARENTEXT": party},
                Адрес=f"ул. {books.rng.choice(STREETS)}, {place}",
            )
            for place in range(1, 3)
        ]


def _good(books: Books, made: Shelf, number: int, okei: dict[str, str], group: str) -> str:
    rng = books.rng
    name = f"{rng.choice(WORDS)} {rng.choice(SORTS)} 0,5 л № {number}"
    # The good names its unit and the unit its owner: the unit's id is known before it is made.
    card: dict[str, Any] = {"CODE": f"{number:08}", "DESCR": name, "PARENTID": group}
    card["ISMARK"] = "*" if number % 17 == 0 else ""
    piece_kind = books.configuration.catalogs["Единицы"].id
    piece = object_id(books.last[piece_kind] + 1)
    good = books.card(
        "Номенклатура",
        card,
        Артикул=f"А-{number}" if number % 3 else "",
        БазоваяЕдиница=okei["шт"],
        ОсновнаяЕдиница=piece,
        ПолнНаименование=f"{name}, бутылка",
        СтранаПроисхождения=EMPTY,
        Весовой=int(number % 9 == 0),
        ПервоначальнаяСтоимостьПокупки=Decimal(number),
        ПервоначальнаяСтоимостьПродажи=Decimal(number) * 2,
        ДатаВвода=date(2025, 4, 1) if number % 2 else None,
    )
    made.goods[good] = {**card, "piece": piece, "article": f"А-{number}" if number % 3 else ""}
    books.last[piece_kind] += 1
    barcode = f"46{number:011}"
    _unit(books, piece, {"PARENTEXT": good}, ОКЕИ=okei["шт"], Коэффициент=Decimal(1), ШтрихКод=barcode)
    box = books.new_id(piece_kind)
    _unit(books, box, {"PARENTEXT": good}, ОКЕИ=okei["упак"], Коэффициент=Decimal(12), ШтрихКод="")
    made.units[piece] = {"good": good, "factor": Decimal(1), "barcode": barcode, "name": "шт"}
    made.units[box] = {"good": good, "factor": Decimal(12), "barcode": "", "name": "упак"}
    return good


def _unit(books: Books, unit: str, values: dict[str, Any], **attributes: Any) -> None:
    """Add a unit whose id is known already."""
    catalog = books.configuration.catalogs["Единицы"]
    columns = {attribute.name: attribute.column for attribute in catalog.attributes}
    books.rows[f"SC{catalog.id}"].append(
        {"ID": unit, "VERSTAMP": books.stamped()}
        | values
        | {columns[name]: value for name, value in attributes.items()}
    )


def _history(books: Books, made: Shelf, price: str, start: date) -> None:
    """Write a price thrice, the newest not last in the file, and one of another object between."""
    values = [Decimal(books.rng.randrange(1_000, 20_000)).scaleb(-2) for _ in range(4)]
    days = [start, start + timedelta(days=90), start + timedelta(days=90), start + timedelta(days=30)]
    seconds = (0, 3600, 7200, 0)
    for value, day, second in zip(values, days, seconds, strict=True):
        books.periodic("Цена", price, day, f"{value}", seconds=second)
    made.prices[price] = values[2]
