"""Tables of goods, outlets and counterparties as people keep them, read into items; columns by many spellings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from foundation.errors import Fault
from mappings.matching.records import Item
from mappings.tabular import file_faults, read_lines

if TYPE_CHECKING:
    from pathlib import Path

    from mappings.tabular import Line

Side = Literal["ours", "theirs"]

COMMON: Final = {
    "name": (
        "наименование", "название", "name", "товар", "номенклатура", "наименование товара", "название товара", "good",
        "товары", "контрагент", "точка", "торговая точка", "наименование точки", "наименование контрагента", "title",
        "product", "product name", "description", "описание", "наше наименование", "их наименование", "our name",
        "their name", "клиент", "покупатель", "магазин",
    ),
    "full_name": (
        "полное наименование", "наименование полное", "full name", "fullname", "наименование для печати", "name 1c",
        "наименование 1с", "краткое наименование", "short name", "name ru", "name full",
    ),
    "article": ("артикул", "article", "art", "vendor code", "артикул производителя", "manufacturer article", "арт"),
    "barcode": (
        "штрихкод", "штрих-код", "штрих код", "ean", "ean13", "ean-13", "ean 13", "gtin", "barcode", "шк", "штрихкоды",
        "upc", "barcodes",
    ),
    "unit": ("единица", "ед", "ед изм", "единица измерения", "unit", "uom", "наша единица", "their unit",
             "базовая единица"),
    "inn": ("инн", "inn", "tax id", "инн контрагента"),
    "kpp": ("кпп", "kpp"),
    "gln": ("gln", "глн"),
    "address": (
        "адрес", "address", "адрес доставки", "фактический адрес", "delivery address", "адрес точки",
        "юридический адрес", "адрес торговой точки",
    ),
}  # fmt: skip
CODE: Final = (
    "код", "code", "id", "код товара", "код 1с", "ссылка", "ref", "guid", "sku", "код контрагента", "код точки",
    "номер", "внутренний код", "uid", "идентификатор", "item id", "product id", "n",
)  # fmt: skip
THEIR_CODE: Final = (
    "код производителя", "код товара производителя", "their code", "their id", "их код", "wareid", "manufacturer code",
    "manufacturer good id", "код поставщика", "глобальный код",
)  # fmt: skip
OUR_CODE: Final = ("наш код", "our code", "our id", "наш товар", "код у нас", "код дистрибутора", "dealer code")
SPLIT: Final = ";,|"


@dataclass(frozen=True, slots=True)
class Gold:
    """A pair that is known to be right; ``theirs`` is "" for one of ours that has no pair, names where told."""

    ours: str
    theirs: str
    our_name: str = ""
    their_name: str = ""


def read_items(path: Path, side: Side) -> list[Item]:
    """Return the items of a CSV or Excel file; raises NotFound, or Faults for a file without the columns that matter.

    A code is needed on their side; on ours a row without one goes by its number.
    """
    codes = (*OUR_CODE, *CODE) if side == "ours" else (*THEIR_CODE, *CODE)
    heads = COMMON | {"code": codes} | ({"their_code": THEIR_CODE} if side == "ours" else {})
    lines, columns = read_lines(path, _names(heads))
    kinds = {column.partition(":")[0] for column in columns}
    faults = []
    if "code" not in kinds and side == "theirs":
        faults.append(Fault("шапка", "нет колонки с кодом: «Код», «Их код», «code», «id»", "no column for the code"))
    if not kinds & {"name", "full_name", "address"}:
        faults.append(Fault("шапка", "нет колонки «Наименование»", "no column for the name"))
    items = [_item(line, columns) for line in lines]
    twice = [code for code, times in Counter(item.id for item in items).items() if times > 1]
    faults += [Fault(f"код {code}", "встречается несколько раз", "stands several times") for code in twice[:20]]
    if faults:
        raise file_faults(path, faults)
    return items


def read_gold(path: Path) -> list[Gold]:
    """Return the known pairs of a file with our code and theirs, and names where it has them."""
    heads = {
        "ours": (*OUR_CODE, "ours", *CODE),
        "theirs": ("theirs", *THEIR_CODE),
        "their_name": ("their name", "их наименование", "наименование производителя", "manufacturer name"),
        "our_name": ("our name", "наше наименование", "наш товар", *COMMON["name"]),
    }
    lines, columns = read_lines(path, _names(heads))
    kinds = {column.partition(":")[0] for column in columns}
    missing = [title for kind, title in (("ours", "Наш код"), ("theirs", "Их код")) if kind not in kinds]
    if missing:
        faults = [Fault("шапка", f"нет колонки «{title}»", "a column is missing") for title in missing]
        raise file_faults(path, faults)

    def first(line: Line, kind: str) -> str:
        return next(iter(_values(line, columns, kind)), "")

    return [Gold(*(first(line, kind) for kind in ("ours", "theirs", "our_name", "their_name"))) for line in lines]


def _names(heads: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Return head → ``column:rank``: several columns of a kind may stand in a file, the first spelling goes first."""
    made: dict[str, str] = {}
    for column, spellings in heads.items():
        for rank, head in enumerate(spellings):
            dotted = head.replace(" ", ". ")
            for form in (head, head.replace(" ", "_"), head.replace(" ", ""), f"{head}.", dotted, f"{dotted}."):
                made.setdefault(form, f"{column}:{rank}")
    return made


def _values(line: Line, columns: set[str], kind: str) -> list[str]:
    """Return the filled cells of a kind in the order of the spellings of their heads."""
    ranked = sorted(
        (int(rank), column)
        for column in columns
        if (rank := column.partition(":")[2]) and column.partition(":")[0] == kind
    )
    return [cell for _, column in ranked if (cell := line.get(column))]


def _item(line: Line, columns: set[str]) -> Item:
    def first(kind: str) -> str:
        return next(iter(_values(line, columns, kind)), "")

    names = dict.fromkeys([*_values(line, columns, "name"), *_values(line, columns, "full_name")])
    barcodes = first("barcode")
    for sign in SPLIT:
        barcodes = barcodes.replace(sign, " ")
    return Item(
        first("code") or f"строка {line.number}",
        tuple(names),
        tuple(_values(line, columns, "article")),
        tuple(barcodes.split()),
        first("their_code"),
        first("unit"),
        first("inn"),
        first("kpp"),
        first("gln"),
        first("address"),
    )
