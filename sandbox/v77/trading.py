"""Twenty months of trade: receipts, sales, returns, orders, transfers, with the movements that posting makes."""

# ruff: noqa: PLR2004, DTZ001 - shares of an invented world; the wall clock of a base has no zone

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.v77.dbf import Deleted
from sandbox.v77.ids import EMPTY, EMPTY_UNDEFINED, any_kind, object_id, undefined

if TYPE_CHECKING:
    from sandbox.v77.books import Books
    from sandbox.v77.cards import Shelf

FIRM = object_id(1)


@dataclass
class Sale:
    """A sale or a return as it was made."""

    document: str
    name: str
    moment: datetime
    party: str
    outlet: str
    posted: bool
    lines: list[dict[str, Any]]


@dataclass(frozen=True)
class Posting:
    """A document as its movements know it."""

    kind: str
    document: str
    day: date
    party: str
    warehouse: str


@dataclass
class Trade:
    """What happened: ``stock`` is on hand by (good, warehouse)."""

    sales: list[Sale] = field(default_factory=list)
    stock: dict[tuple[str, str], Decimal] = field(default_factory=dict)


def trade(books: Books, shelf: Shelf, start: date, months: int, documents: int) -> Trade:
    """Make ``documents`` documents a month, then put the journal out of order."""
    made = Trade()
    for month in range(months):
        first = date(start.year + (start.month - 1 + month) // 12, (start.month - 1 + month) % 12 + 1, 1)
        for number in range(documents):
            moment = datetime(first.year, first.month, books.rng.randint(1, 28), books.rng.randint(0, 23), 30)
            kind = "ПоступлениеТМЦ" if number < documents // 3 else books.rng.choice(_KINDS)
            _document(books, shelf, made, kind, moment)
    _last_instant(books, shelf, made, start, months)
    for table, rows in books.rows.items():
        if table.startswith(("1SJOURN", "DH", "RA")):
            books.rng.shuffle(rows)
    return made


_KINDS = ("Реализация", "Реализация", "Реализация", "ВозвратОтПокупателя", "ЗаявкаПокупателя", "ПеремещениеТМЦ")


def _last_instant(books: Books, shelf: Shelf, made: Trade, start: date, months: int) -> None:
    """Two documents at the edges of months: the last second of one and the first of the next."""
    if months > 1:
        edge = datetime(start.year, start.month, 1) + timedelta(days=32)
        edge = edge.replace(day=1)
        _document(books, shelf, made, "ПоступлениеТМЦ", edge - timedelta(seconds=1), share=1)
        _document(books, shelf, made, "ПоступлениеТМЦ", edge, share=1)


def _document(books: Books, shelf: Shelf, made: Trade, kind: str, moment: datetime, *, share: float = 0.88) -> None:
    """Make a document; ``share`` of them are posted."""
    rng = books.rng
    posted = rng.random() < share
    party = rng.choice(list(shelf.parties))
    outlet = rng.choice(shelf.parties[party])
    warehouse = rng.choice(shelf.warehouses)
    goods = rng.sample(list(shelf.goods), k=rng.randint(1, 4))
    lines = [_line(books, shelf, good) for good in goods]
    head = {
        "Контрагент": party,
        "Склад": warehouse,
        "ТорговаяТочка": outlet if rng.random() < 0.9 else EMPTY,
        "ДокументОснование": _basis(books, made),
        "ДополнительноеСведение": _anything(books, shelf, made),
        "Сумма": sum((line["Сумма"] for line in lines), Decimal(0)),
    }
    document = books.document(kind, moment, head, lines, posted=posted, marked=not posted and rng.random() < 0.5)
    if kind in ("Реализация", "ВозвратОтПокупателя"):
        made.sales.append(Sale(document, kind, moment, party, str(head["ТорговаяТочка"]), posted, lines))
    if posted:
        posting = Posting(kind, document, moment.date(), party, warehouse)
        for line in lines:
            _post(books, shelf, made, posting, line["Номенклатура"], line)


def _line(books: Books, shelf: Shelf, good: str) -> dict[str, Any]:
    quantity = Decimal(books.rng.randrange(1, 40_000)).scaleb(-3)
    price = Decimal(books.rng.randrange(100, 90_000)).scaleb(-2)
    total = (quantity * price).quantize(Decimal("0.01"))
    unit = shelf.goods[good]["piece"]
    return {
        "Номенклатура": good,
        "Количество": quantity,
        "Единица": unit,
        "Коэффициент": Decimal(1),
        "Цена": price,
        "Сумма": total,
    }


def _basis(books: Books, made: Trade) -> str:
    if made.sales and books.rng.random() < 0.3:
        sale = books.rng.choice(made.sales)
        return any_kind(books.configuration.documents[sale.name].id, sale.document)
    return any_kind(0, EMPTY)


def _anything(books: Books, shelf: Shelf, made: Trade) -> str:
    """Return a value of no fixed type: a card, a document, an enumeration, a number, a text, a date or nothing."""
    choice = books.rng.randrange(7)
    configuration = books.configuration
    if choice == 0:
        return undefined("B", configuration.catalogs["Номенклатура"].id, books.rng.choice(list(shelf.goods)))
    if choice == 1 and made.sales:
        sale = books.rng.choice(made.sales)
        return undefined("O", configuration.documents[sale.name].id, sale.document)
    if choice == 2:
        return undefined("E", 777, object_id(778))
    return {3: "N12.5", 4: "SСамовывоз", 5: "D20260115"}.get(choice, EMPTY_UNDEFINED)


def _post(books: Books, shelf: Shelf, made: Trade, posting: Posting, good: str, line: dict[str, Any]) -> None:  # noqa: PLR0917 - its own module only
    kind, document, day = posting.kind, posting.document, posting.day
    warehouse, quantity = posting.warehouse, line["Количество"]
    if kind == "ЗаявкаПокупателя":
        books.move("РезервыТМЦ", document, day, (good, warehouse, document), (quantity,), sign=1)
        return
    if kind == "ПеремещениеТМЦ":
        other = shelf.warehouses[(shelf.warehouses.index(warehouse) + 1) % len(shelf.warehouses)]
        _stock(books, made, posting, (good, warehouse), -quantity)
        _stock(books, made, posting, (good, other), quantity)
        return
    sign = -1 if kind == "Реализация" else 1
    _stock(books, made, posting, (good, warehouse), sign * quantity)
    if kind == "ПоступлениеТМЦ":
        lot = any_kind(books.configuration.documents[kind].id, document)
        fine = quantity + Decimal(books.rng.randrange(10**5)).scaleb(-8)
        books.move("ПартииНаличие", document, day, (good, warehouse, lot), (fine, line["Сумма"]), sign=1)
        books.move("ПартииНаличие", document, day, (good, warehouse, lot), (quantity / 4, Decimal(0)), sign=-1)
    else:
        books.move("Продажи", document, day, (good, posting.party), (-sign * quantity, -sign * line["Сумма"]), sign=1)


def _stock(books: Books, made: Trade, posting: Posting, key: tuple[str, str], quantity: Decimal) -> None:
    sign = 1 if quantity > 0 else -1
    books.move("ОстаткиТМЦ", posting.document, posting.day, (FIRM, *key), (abs(quantity),), sign=sign)
    made.stock[key] = made.stock.get(key, Decimal(0)) + quantity


def with_deleted(books: Books) -> None:
    """Leave deleted records behind in every table that is long enough, each like a live one but wrong."""
    for rows in books.rows.values():
        live = [row for row in rows if isinstance(row, dict)]
        for row in live[:: max(1, len(live) // 3)] if len(live) > 9 else []:
            rows.insert(books.rng.randrange(len(rows)), Deleted([row]))
