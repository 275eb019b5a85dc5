"""What the manufacturer holds of one distributor, and how a message changes it.

Two kinds of holding: *blocks* (balances, shipments: whole sets of rows that a message appends after it dropped a
period) and *books* (outlets, goods, statuses: one row a key, the last word wins).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Final

from sandbox.crm.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.content import CrmContent, CrmGood, CrmOrder
    from sandbox.crm.tables import Row

EXACT: Final = Context(prec=80)
"""Sums over any number of rows without rounding."""

Record = dict[str, Value]


@dataclass(slots=True)
class Block:
    """Rows that one message brought: all with the same columns."""

    columns: tuple[str, ...]
    rows: list[Row]

    def records(self) -> Iterator[Record]:
        """Yield the rows with their column names."""
        for row in self.rows:
            yield dict(zip(self.columns, row, strict=True))

    def drop_from(self, column: str, moment: datetime) -> int:
        """Drop the rows whose date is ``moment`` or later, and tell how many these were."""
        place, before = self.columns.index(column), len(self.rows)
        self.rows = [row for row in self.rows if not _reaches(row[place], moment)]
        return before - len(self.rows)


def _reaches(value: Value, moment: datetime) -> bool:
    return isinstance(value, datetime) and value >= moment


@dataclass(frozen=True, slots=True)
class Total:
    """Rows and sums of one scheme; ``amount`` is price × quantity."""

    rows: int
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Verdict:
    """The manufacturer's word on a message, or on one document of it (``document`` "" = all of it)."""

    message: int
    scheme: str
    document: str
    verdict: str
    remark: str
    at: datetime


@dataclass(slots=True)
class Holdings:
    """One distributor at the manufacturer. ``blocks`` and ``books`` are by dataset; ``goods`` are theirs."""

    user: str
    goods: list[CrmGood]
    orders: dict[str, CrmOrder]
    ware_matches: dict[str, str]
    outlet_matches: dict[str, tuple[str, str]]
    blocks: dict[str, list[Block]] = field(default_factory=dict)
    books: dict[str, dict[Row, Record]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    verdicts: list[Verdict] = field(default_factory=list)

    @classmethod
    def of(cls, content: CrmContent) -> Holdings:
        """Return the holdings before the first message; the content itself is left as it is."""
        return cls(
            content.user,
            list(content.goods),
            {order.number: order for order in content.orders},
            dict(content.ware_matches),
            dict(content.outlet_matches),
        )

    def append(self, dataset: str, block: Block) -> None:
        """Add a message's rows to what is there, blindly."""
        self.blocks.setdefault(dataset, []).append(block)

    def drop(self, dataset: str) -> int:
        """Drop all rows of a dataset and tell how many these were."""
        return sum(len(block.rows) for block in self.blocks.pop(dataset, []))

    def drop_from(self, dataset: str, column: str, moment: datetime) -> int:
        """Drop the rows from a date on and tell how many these were."""
        dropped = sum(block.drop_from(column, moment) for block in self.blocks.get(dataset, []))
        self.blocks[dataset] = [block for block in self.blocks.get(dataset, []) if block.rows]
        return dropped

    def note(self, book: str, key: tuple[str, ...], block: Block) -> None:
        """Write rows into a book, each over the one with the same key."""
        kept = self.books.setdefault(book, {})
        for record in block.records():
            kept[tuple(record.get(name, "") for name in key)] = record

    def rows(self, dataset: str) -> Iterator[Record]:
        """Yield all rows of a dataset that is kept in blocks."""
        for block in self.blocks.get(dataset, []):
            yield from block.records()

    def count(self, dataset: str) -> int:
        """Return how many rows a dataset has that is kept in blocks."""
        return sum(len(block.rows) for block in self.blocks.get(dataset, []))

    def book(self, name: str) -> list[Record]:
        """Return all rows of a book."""
        return list(self.books.get(name, {}).values())

    def waiting(self) -> list[CrmOrder]:
        """Return the orders that no status has answered yet."""
        return [order for number, order in self.orders.items() if number not in self.answered]

    def total(self, dataset: str) -> Total:
        """Sum a dataset, exactly."""
        count, quantity, amount = 0, Decimal(0), Decimal(0)
        for block in self.blocks.get(dataset, []):
            count += len(block.rows)
            quantities = _numbers(block, "Quantity")
            quantity = EXACT.add(quantity, _sum(quantities))
            if "Price" in block.columns:
                prices = _numbers(block, "Price")
                amount = EXACT.add(amount, _sum(map(EXACT.multiply, prices, quantities)))
        return Total(count, quantity, amount)


def _numbers(block: Block, column: str) -> list[Decimal]:
    if column not in block.columns:
        return []
    place = block.columns.index(column)
    return [value if isinstance(value := row[place], Decimal) else Decimal(0) for row in block.rows]


def _sum(numbers: Iterator[Decimal] | map[Decimal] | list[Decimal]) -> Decimal:
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, number)
    return total
