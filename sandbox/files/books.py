"""What a base uploads, as plain values taken from the seeded world."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sandbox.onec.configuration import load
from sandbox.onec.store import Store
from sandbox.running import UT11

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sandbox.content import World

_SOLD: Final = "РеализацияТоваровУслуг"


@dataclass(slots=True)
class Good:
    """A good: ``unit`` is the code of ОКЕИ; prices by price type, stock by warehouse."""

    ref: str
    code: str
    name: str
    full_name: str
    article: str
    unit: str
    unit_name: str
    group: str
    deleted: bool = False
    box: Decimal = Decimal(0)
    barcodes: list[str] = field(default_factory=list)
    prices: dict[str, Decimal] = field(default_factory=dict)
    stock: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Party:
    """A counterparty."""

    ref: str
    name: str
    full_name: str
    inn: str
    kpp: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a shipment."""

    good: Good
    quantity: Decimal
    price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Shipment:
    """A shipment."""

    ref: str
    number: str
    moment: datetime
    posted: bool
    deleted: bool
    party: Party
    lines: tuple[Line, ...]


@dataclass(slots=True)
class Books:
    """All that a base uploads; references → names for groups, warehouses and price types."""

    moment: datetime
    groups: dict[str, tuple[str, str]]
    goods: dict[str, Good]
    warehouses: dict[str, str]
    price_types: dict[str, str]
    parties: dict[str, Party]
    shipments: list[Shipment]


def books_of(world: World, *, goods: int = 0, shipments: int = 60) -> Books:
    """Return the books of a world; ``goods`` > 0 takes only the first so many, ``shipments`` the first so many."""
    content = world.onec
    units = {row["Ref_Key"]: (row["Code"], row["Description"]) for row in content["Catalog_УпаковкиЕдиницыИзмерения"]}
    cards = [row for row in content["Catalog_Номенклатура"] if not row["IsFolder"]]
    made = {row["Ref_Key"]: _good(row, units) for row in (cards[:goods] if goods else cards)}
    parties = {row["Ref_Key"]: _party(row) for row in content["Catalog_Контрагенты"]}
    books = Books(
        moment=world.now,
        groups={
            row["Ref_Key"]: (row["Description"], row["Parent_Key"])
            for row in content["Catalog_Номенклатура"]
            if row["IsFolder"]
        },
        goods=made,
        warehouses={row["Ref_Key"]: row["Description"] for row in content["Catalog_Склады"] if not row.get("IsFolder")},
        price_types={row["Ref_Key"]: row["Description"] for row in content["Catalog_ВидыЦен"]},
        parties=parties,
        shipments=[],
    )
    _fill(books, world)
    for row in content[f"Document_{_SOLD}"]:
        if len(books.shipments) < shipments and any(line["Номенклатура_Key"] in made for line in row["Товары"]):
            books.shipments.append(_shipment(row, books))
    return books


def _good(row: dict[str, Any], units: dict[str, tuple[str, str]]) -> Good:
    unit, name = units[row["ЕдиницаИзмерения_Key"]]
    full = row.get("НаименованиеПолное", row["Description"])
    return Good(
        row["Ref_Key"], row.get("Code", ""), row["Description"], full, row.get("Артикул", ""), unit, name,
        row["Parent_Key"], row.get("DeletionMark", False),
    )  # fmt: skip


def _party(row: dict[str, Any]) -> Party:
    return Party(
        row["Ref_Key"], row["Description"], row.get("НаименованиеПолное", ""), row.get("ИНН", ""), row.get("КПП", "")
    )


def _fill(books: Books, world: World) -> None:
    """Give the goods their packages, barcodes, last prices and balances."""
    for row in world.onec["Catalog_УпаковкиЕдиницыИзмерения"]:
        if owned := books.goods.get(row.get("Owner", "")):
            owned.box = row["Числитель"]
    for row in world.onec["InformationRegister_ШтрихкодыНоменклатуры"]:
        if found := books.goods.get(row["Номенклатура_Key"]):
            found.barcodes.append(row["Штрихкод"])
    for document in world.onec["Document_УстановкаЦенНоменклатуры"]:
        for row in document["Товары"]:
            if found := books.goods.get(row["Номенклатура_Key"]):
                found.prices[row["ВидЦены_Key"]] = row["Цена"]
    balances = Store(load(UT11), world.onec).balance("ТоварыНаСкладах", ("Номенклатура", "Склад"))
    for (good, warehouse), resources in balances.items():
        if good in books.goods:
            books.goods[good].stock[warehouse] = resources["ВНаличии"]


def _shipment(row: dict[str, Any], books: Books) -> Shipment:
    lines = tuple(
        Line(books.goods[each["Номенклатура_Key"]], each["Количество"], _price(each), each["СуммаСНДС"])
        for each in row["Товары"]
        if each["Номенклатура_Key"] in books.goods
    )
    party = books.parties[row["Контрагент_Key"]]
    return Shipment(
        row["Ref_Key"], row["Number"], row["Date"], row["Posted"], row.get("DeletionMark", False), party, lines
    )


def _price(line: dict[str, Any]) -> Decimal:
    price: Decimal = line["Сумма"] / line["Количество"]
    return price.quantize(Decimal("0.01"))
