"""A small base for the tests of the 1C double, and how they ask it: no socket, the request as it would arrive."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sandbox.http import Request
from sandbox.onec.service import OneC

if TYPE_CHECKING:
    from sandbox.content import BaseContent

USER, PASSWORD = "Администратор", "секрет"
EMPTY = "00000000-0000-0000-0000-000000000000"


def at(text: str) -> datetime:
    """Read a wall clock time."""
    return datetime.fromisoformat(text)


def ref(number: int, kind: int = 1) -> str:
    """Make a reference that sorts by number, as text and as a base stores it."""
    return f"{number:08x}-0000-4000-8000-{kind:04x}{number:08x}"


BEER, KVASS, SNACKS, FOLDER = ref(1), ref(2), ref(3), ref(4)
MAIN, DEFECT = ref(1, 2), ref(2, 2)
SHOP, KIOSK = ref(1, 3), ref(2, 3)
PIECE, BOX = ref(1, 4), ref(2, 4)
RECEIPT, SALE, DRAFT, MARKED = ref(1, 5), ref(2, 5), ref(3, 5), ref(4, 5)
ORDER = ref(1, 6)
RETAIL = ref(1, 7)
SETTING = ref(1, 8)

MOVES = {
    "section": "Товары",
    "dimensions": {"Номенклатура": "row.Номенклатура", "Склад": "head.Склад"},
    "resources": {"ВНаличии": "row.Количество"},
}
LINES = {
    "Номенклатура": ["cfg:CatalogRef.Номенклатура"],
    "Количество": ["xs:decimal", "num=15.3"],
    "Цена": ["xs:decimal", "num=15.2"],
    "Отменено": ["xs:boolean"],
}


def catalog(
    code: int = 9, hierarchy: str = "", owners: tuple[str, ...] = (), **attributes: list[str]
) -> dict[str, Any]:
    """Describe a catalog as a configuration file does."""
    return {
        "CodeLength": str(code),
        "DescriptionLength": "50",
        "Hierarchical": "true" if hierarchy else "false",
        "HierarchyType": hierarchy or "HierarchyFoldersAndItems",
        "Owners": list(owners),
        "Attributes": attributes,
    }


def document(movements: list[dict[str, Any]], **attributes: list[str]) -> dict[str, Any]:
    """Describe a document with a section Товары."""
    plain = {"Склад": ["cfg:CatalogRef.Склады"], "Контрагент": ["cfg:CatalogRef.Контрагенты"]}
    return {
        "NumberLength": "11",
        "Attributes": {**plain, **attributes},
        "TabularSections": {"Товары": LINES},
        "Movements": movements,
    }


CONFIGURATION: dict[str, Any] = {
    "Configuration": {"Name": "Учебная", "Version": "1.0"},
    "Catalogs/Номенклатура": catalog(
        11,
        "HierarchyFoldersAndItems",
        Артикул=["xs:string", "len=10"],
        Единица=["cfg:CatalogRef.Единицы"],
        Вид=["cfg:EnumRef.Виды"],
        Кратность=["xs:decimal", "num=10.0"],
        Порядок=["xs:decimal", "num=2.0"],
        Вес=["xs:decimal", "num=15.3"],
        Весовой=["xs:boolean"],
        Поступил=["xs:dateTime", "date=DateTime"],
        Марка=["cfg:CatalogRef.Марки"],
        Картинка=["v8:ValueStorage"],
        КодТНВЭД=["xs:string", "len=11", "fixed"],
    ),
    "Catalogs/Единицы": catalog(
        4, owners=("Catalog.Номенклатура", "Catalog.Склады"), Числитель=["xs:decimal", "num=15.3"]
    ),
    "Catalogs/Склады": catalog(0),
    "Catalogs/Контрагенты": catalog(
        0, "HierarchyOfItems", ИНН=["xs:string", "len=12"], Отгружать=["xs:dateTime", "date=Date"]
    ),
    "Catalogs/ВидыЦен": catalog(0),
    "Documents/Поступление": document([{"register": "ТоварыНаСкладах", "record": "Receipt", **MOVES}]),
    "Documents/Реализация": document(
        [{"register": "ТоварыНаСкладах", "record": "Expense", **MOVES}],
        Основание=["cfg:DocumentRef.ЗаказКлиента", "cfg:DocumentRef.Поступление", "xs:string", "xs:decimal"],
    ),
    "Documents/ЗаказКлиента": document(
        [
            {
                "register": "Резервы",
                "record": "Receipt",
                "section": "Товары",
                "when": {"row.Отменено": [False]},
                "dimensions": {"Номенклатура": "row.Номенклатура", "Заказ": "head.Ref"},
                "resources": {"Количество": "row.Количество"},
            }
        ],
        НомерПоДаннымКлиента=["xs:string", "len=50"],
        Статус=["cfg:EnumRef.Статусы"],
    ),
    "Documents/УстановкаЦен": {
        "NumberLength": "11",
        "TabularSections": {
            "Товары": {
                "Номенклатура": ["cfg:CatalogRef.Номенклатура"],
                "Вид": ["cfg:CatalogRef.ВидыЦен"],
                "Цена": ["xs:decimal", "num=15.2"],
            }
        },
        "Movements": [
            {
                "register": "Цены",
                "section": "Товары",
                "dimensions": {"Номенклатура": "row.Номенклатура", "Вид": "row.Вид"},
                "resources": {"Цена": "row.Цена"},
            }
        ],
    },
    "InformationRegisters/Штрихкоды": {
        "InformationRegisterPeriodicity": "Nonperiodical",
        "WriteMode": "Independent",
        "Dimensions": {"Штрихкод": ["xs:string", "len=200"]},
        "Resources": {"Номенклатура": ["cfg:CatalogRef.Номенклатура"]},
    },
    "InformationRegisters/Цены": {
        "InformationRegisterPeriodicity": "Second",
        "WriteMode": "RecorderSubordinate",
        "Dimensions": {"Номенклатура": ["cfg:CatalogRef.Номенклатура"], "Вид": ["cfg:CatalogRef.ВидыЦен"]},
        "Resources": {"Цена": ["xs:decimal", "num=15.2"]},
    },
    "AccumulationRegisters/ТоварыНаСкладах": {
        "RegisterType": "Balance",
        "Dimensions": {"Номенклатура": ["cfg:CatalogRef.Номенклатура"], "Склад": ["cfg:CatalogRef.Склады"]},
        "Resources": {"ВНаличии": ["xs:decimal", "num=15.3"], "КОтгрузке": ["xs:decimal", "num=15.3"]},
    },
    "AccumulationRegisters/Резервы": {
        "RegisterType": "Balance",
        "Dimensions": {
            "Номенклатура": ["cfg:CatalogRef.Номенклатура"],
            "Заказ": ["cfg:DocumentRef.ЗаказКлиента", "cfg:DocumentRef.Реализация"],
        },
        "Resources": {"Количество": ["xs:decimal", "num=15.3"]},
    },
    "AccumulationRegisters/Выручка": {
        "RegisterType": "Turnovers",
        "Dimensions": {"Номенклатура": ["cfg:CatalogRef.Номенклатура"]},
        "Resources": {"Сумма": ["xs:decimal", "num=15.2"]},
    },
    "Enums/Виды": {"EnumValues": ["Товар", "Услуга"]},
    "Enums/Статусы": {"EnumValues": ["КОбеспечению", "КОтгрузке", "Закрыт"]},
}


def line(good: str, quantity: str, price: str = "10", **more: Any) -> dict[str, Any]:
    """Make a line of goods."""
    return {"Номенклатура_Key": good, "Количество": Decimal(quantity), "Цена": Decimal(price), **more}


def made() -> BaseContent:
    """Make the content: beer 10 and kvass 0.3 received at the main warehouse, 2.5 and 0.1 of them sold."""
    return {
        "Catalog_Номенклатура": [
            {"Ref_Key": FOLDER, "Code": "00-00000004", "Description": "Напитки", "IsFolder": True},
            {
                "Ref_Key": BEER,
                "Code": "00-00000001",
                "Description": "Пиво светлое",
                "Артикул": "П-1",
                "Parent_Key": FOLDER,
                "Единица_Key": PIECE,
                "Вид": "Товар",
                "Кратность": 12,
                "Порядок": 1,
                "Вес": Decimal("0.500"),
                "Поступил": at("2026-11-01T08:30"),
                "КодТНВЭД": "2203",
            },
            {
                "Ref_Key": KVASS,
                "Code": "00-00000002",
                "Description": "Квас O'Neil",
                "Весовой": True,
                "Parent_Key": FOLDER,
                "Единица_Key": PIECE,
                "Вид": "Товар",
                "Кратность": 24,
                "Порядок": 2,
                "Вес": Decimal("142.36"),
                "Марка_Key": ref(1, 9),
            },
            {"Ref_Key": SNACKS, "Code": "00-00000003", "Description": "Снеки", "DeletionMark": True, "Порядок": 3},
        ],
        "Catalog_Единицы": [
            {"Ref_Key": PIECE, "Code": "796", "Description": "шт"},
            {
                "Ref_Key": BOX,
                "Code": "1",
                "Description": "упак (12 шт)",
                "Числитель": 12,
                "Owner": BEER,
                "Owner_Type": "Catalog_Номенклатура",
            },
        ],
        "Catalog_Склады": [
            {"Ref_Key": MAIN, "Description": "Основной"},
            {"Ref_Key": DEFECT, "Description": "Брак"},
        ],
        "Catalog_Контрагенты": [
            {"Ref_Key": SHOP, "Description": "Магазин", "ИНН": "7700000001"},
            {"Ref_Key": KIOSK, "Description": "Ларёк", "ИНН": "7700000002", "Parent_Key": SHOP},
        ],
        "Catalog_ВидыЦен": [{"Ref_Key": RETAIL, "Description": "Розничная"}],
        "Document_Поступление": [
            {
                "Ref_Key": RECEIPT,
                "Number": "ТД-000001",
                "Date": at("2026-11-01T09:00"),
                "Posted": True,
                "Склад_Key": MAIN,
                "Товары": [line(BEER, "10"), line(KVASS, "0.3")],
            }
        ],
        "Document_Реализация": [
            {
                "Ref_Key": SALE,
                "Number": "ТД-000001",
                "Date": at("2026-11-02T12:00"),
                "Posted": True,
                "Склад_Key": MAIN,
                "Контрагент_Key": KIOSK,
                "Основание": ORDER,
                "Основание_Type": "StandardODATA.Document_ЗаказКлиента",
                "Товары": [line(BEER, "2.5", "100"), line(KVASS, "0.1", "7.5")],
            },
            {
                "Ref_Key": DRAFT,
                "Number": "ТД-000002",
                "Date": at("2026-11-03T12:00"),
                "Склад_Key": MAIN,
                "Основание": Decimal("42.5"),
                "Основание_Type": "Edm.Double",
                "Товары": [line(BEER, "1")],
            },
            {"Ref_Key": MARKED, "Number": "ТД-000003", "Date": at("2026-11-04T12:00"), "DeletionMark": True},
        ],
        "Document_ЗаказКлиента": [
            {
                "Ref_Key": ORDER,
                "Number": "ТД-000001",
                "Date": at("2026-11-01T15:00"),
                "Posted": True,
                "Контрагент_Key": SHOP,
                "Статус": "КОтгрузке",
                "НомерПоДаннымКлиента": "CRM-1",
                "Товары": [line(BEER, "3"), line(KVASS, "1", Отменено=True)],
            }
        ],
        "Document_УстановкаЦен": [
            {
                "Ref_Key": SETTING,
                "Number": "1",
                "Date": at("2026-10-01T00:00"),
                "Posted": True,
                "Товары": [{"Номенклатура_Key": BEER, "Вид_Key": RETAIL, "Цена": Decimal("99.90")}],
            },
            {
                "Ref_Key": ref(2, 8),
                "Number": "2",
                "Date": at("2026-11-01T00:00"),
                "Posted": True,
                "Товары": [{"Номенклатура_Key": BEER, "Вид_Key": RETAIL, "Цена": Decimal(105)}],
            },
        ],
        "InformationRegister_Штрихкоды": [{"Штрихкод": "4600000000015", "Номенклатура_Key": BEER}],
    }


def base(**settings: Any) -> OneC:
    """Make a base with the small content."""
    return OneC(CONFIGURATION, made(), **settings)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, and what stands in it."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8")

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def value(self) -> list[dict[str, Any]]:
        """The rows of a list."""
        assert self.status == 200, self.text
        rows: list[dict[str, Any]] = self.json["value"]
        return rows

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and 1C's code."""
        return self.status, self.json["odata.error"]["code"]


def basic(user: str = USER, password: str = PASSWORD, encoding: str = "utf-8") -> str:
    """Write the header of Basic authentication."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode(encoding)).decode()


def ask(
    onec: OneC, path: str, *, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None, **query: Any
) -> Told:
    """Ask as a good client does: JSON, the path and the query percent-encoded; ``query`` names have no dollar.

    ``raw`` is a query as it stands, ``form`` the format.
    """
    raw = query.pop("raw", "")
    pairs = {"$format": query.pop("form", "json"), **{f"${name}": value for name, value in query.items()}}
    text = raw or "&".join(f"{name}={quote(str(value), safe='')}" for name, value in pairs.items() if value != "")
    sent = {"authorization": basic(), "host": "base.example", **(headers or {})}
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    answer = onec.handle(Request(method, quote(f"{onec.root}/{path}", safe="/$(),='%:"), text, sent, data))
    return Told(answer.status, answer.body, answer.content_type, answer.headers)


def names(told: Told) -> list[str]:
    """Return the descriptions in a list, in their order."""
    return [row["Description"] for row in told.value]
