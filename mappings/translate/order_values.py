"""An order of the manufacturer's as plain values, read from decoded frames, kept as JSON, compared by hash.

Quantities and money are millionths. What the service says of an order's own state (``StatusId``) and of who entered it
is no part of the content: it changes without the order changing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations when it runs
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from mappings.model import Dataset, Override, Scheme

ORPHAN: Final = "строка без заказа"
NO_NUMBER: Final = "заказ без номера"
TWICE: Final = "номер прислан дважды с разным содержанием"


@dataclass(frozen=True, slots=True)
class Line:
    """A line: ``good_code`` is our code, or ``CRM`` and theirs; price is for one ``their_unit``."""

    line: int
    good_code: str
    their_unit: str
    price: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it came. Codes of ours are empty where the manufacturer has no match."""

    number: str
    date: datetime | None
    wanted: datetime | None
    outlet_code: str
    company_code: str
    their_outlet: str
    pay_kind: str
    their_warehouse: str
    warehouse_code: str
    agent: str
    price_type: str
    kind: str
    amount: int
    lines: tuple[Line, ...] = ()
    options: tuple[tuple[str, str, str], ...] = ()
    """Option, its name, value."""

    def option(self, kind: str) -> str:
        """Return the value of an option (``Comment``, ``ClientName``), "" where there is none."""
        return next((value for each, _, value in self.options if each == kind), "")

    def as_json(self) -> dict[str, Any]:
        """Return it for the ledger."""
        content: dict[str, Any] = msgspec.to_builtins(self)
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Order:
        """Return what :meth:`as_json` gave."""
        return msgspec.convert(content, cls)

    @property
    def hash(self) -> str:
        """The hash of everything it says, the same on every machine."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing an order waits for: ``line`` 0 is the whole order, ``key`` what is missing, ``name`` how it is called.

    ``said`` and ``todo`` are the operator's sentences. ``choice``: what he may choose from, where it is a choice.
    """

    kind: str
    key: str
    said: str
    todo: str
    line: int = 0
    name: str = ""
    choice: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it for the ledger."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found | {"choice": list(self.choice)}  # as it comes back from JSON: reasons are compared


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided: see :class:`mappings.model.Override`."""

    action: Override
    line: int
    value: str
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class Came:
    """What an answer held: orders once each, how many repeat one another, and rows that are no order (why → how many).

    ``torn``: numbers that came twice with different contents; neither is believed.
    """

    orders: list[Order]
    heads: int
    repeated: int
    refused: dict[str, int]
    torn: dict[str, list[Order]]


def read_orders(tables: Mapping[str, pd.DataFrame], scheme: Scheme) -> Came:
    """Return the orders of decoded frames, lines and options nested in their heads or flat beside them."""
    head = scheme.datasets[0]
    lines = _details(tables, head, "good_code", _LINE)
    options = _details(tables, head, "option", _OPTION)
    refused: dict[str, int] = {}
    found: dict[str, list[Order]] = {}
    rows = list(_rows(tables[head.name], _HEAD))
    for place, values in enumerate(rows):
        number = values[0].strip()
        if not number:
            refused[NO_NUMBER] = refused.get(NO_NUMBER, 0) + 1
            continue
        own_lines = tuple(Line(*row) for row in _own(lines, place, number))
        order = Order(*(number, *values[1:], own_lines, tuple(_own(options, place, number))))
        found.setdefault(number, []).append(order)
    lost = sum(len(rows) for number, rows in lines.by_number.items() if number not in found)
    if lost:
        refused[ORPHAN] = lost
    torn = {number: orders for number, orders in found.items() if any(each != orders[0] for each in orders)}
    kept = [orders[0] for number, orders in found.items() if number not in torn]
    repeated = sum(len(orders) - 1 for number, orders in found.items() if number not in torn)
    return Came(kept, len(rows), repeated, refused, torn)


@dataclass(slots=True)
class _Details:
    """Rows of a detail by the row of their head, or by the order's number where they are tied to none."""

    by_place: dict[int, list[tuple[Any, ...]]]
    by_number: dict[str, list[tuple[Any, ...]]]


def _own(details: _Details, place: int, number: str) -> list[tuple[Any, ...]]:
    return details.by_place.get(place) or details.by_number.get(number) or []


_HEAD: Final = (
    *("number", "date", "wanted", "outlet_code", "company_code", "their_outlet", "pay_kind", "their_warehouse"),
    *("warehouse_code", "agent", "price_type", "kind", "amount"),
)
_LINE: Final = ("line", "good_code", "their_unit", "price", "quantity")
_OPTION: Final = ("option", "option_name", "value")


def _details(tables: Mapping[str, pd.DataFrame], head: Dataset, field: str, names: Sequence[str]) -> _Details:
    found = _Details({}, {})
    for detail in head.details:
        if field not in {column.field for column in detail.columns}:
            continue
        frame = tables[detail.name]
        rows = list(_rows(frame, names))
        places = frame["head"].tolist()
        numbers = _texts(frame, "number")
        order = sorted(range(len(rows)), key=places.__getitem__)
        for place, indexes in groupby(order, key=places.__getitem__):
            if place >= 0:
                found.by_place[place] = [rows[index] for index in indexes]
                continue
            for index in indexes:
                found.by_number.setdefault(numbers[index].strip(), []).append(rows[index])
    return found


def _rows(frame: pd.DataFrame, names: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """Yield rows as Python's own values; a column that the layout does not have is empty."""
    columns = [_column(frame, name) for name in names]
    return zip(*columns, strict=True)


def _column(frame: pd.DataFrame, name: str) -> list[Any]:
    if name in {"date", "wanted"}:
        if name not in frame:
            return [None] * len(frame)
        moments: list[Any] = frame[name].to_numpy().astype(object).tolist()
        return moments
    if name in {"amount", "price", "quantity", "line"}:
        return frame[name].tolist() if name in frame else [0] * len(frame)
    return _texts(frame, name)


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame:
        return [""] * len(frame)
    return ["" if value is None or value != value else str(value) for value in frame[name].tolist()]  # noqa: PLR0124 - only NaN differs
