"""Looking documents up by the manufacturer's number, many at once: before each create, and to read back after it.

The number alone is the key; among several documents with it those of another day are another year's orders, whose
numbers may begin anew. What then is not the one and only document is a conflict that names them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from connectors.onec.odata.urls import quoted
from foundation.errors import TooLarge
from mappings.model import EMPTY_REF
from mappings.translate.order_document import NO_DATE, identity_of, select_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connectors.onec.odata import OneC
    from mappings.profiles.orders import OrderDocument
    from mappings.translate.order_values import Order

NUMBERS: Final = 40
"""Numbers OR-ed in one filter; halved where the web server finds the address too long."""

ENOUGH: Final = 1000
"""More documents than this for so few numbers cannot be meant."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document of 1C with the manufacturer's number; ``values`` are its properties as 1C gives them."""

    ref: str
    number: str
    version: str
    posted: bool
    deleted: bool
    values: dict[str, Any]

    @property
    def name(self) -> str:
        """How people find it."""
        return f"№ {self.number.strip()} от {str(self.values.get('Date', ''))[:10]} ({self.ref})"


def lookup(
    onec: OneC, document: OrderDocument, numbers: Iterable[str], *, whole: bool = True
) -> dict[str, list[Found]]:
    """Return the documents that bear these numbers of the manufacturer, exactly as written.

    ``whole``: with everything that is written into them, else their identity only.
    """
    select = select_of(document) if whole else identity_of(document)
    found: dict[str, list[Found]] = {}
    listed = list(dict.fromkeys(number for number in numbers if len(number) <= document.external.length))
    wanted = set(listed)
    waiting = deque(listed[at : at + NUMBERS] for at in range(0, len(listed), NUMBERS))
    source = document.external.number
    while waiting:
        some = waiting.popleft()
        where = " or ".join(document.external.condition(quoted(number)) for number in some)
        try:
            rows = onec.find(document.entity, where, select=select, top=ENOUGH)
        except TooLarge:
            if len(some) == 1:
                raise
            half = len(some) // 2
            waiting.extendleft((some[half:], some[:half]))
            continue
        for row in rows:
            number = document.external.number_in(str(row.get(source) or "").strip(), wanted)
            if number:  # a base may compare without regard to case
                found.setdefault(number, []).append(as_found(row))
    return found


def as_found(row: dict[str, Any]) -> Found:
    """Return an object of 1C as a found document."""
    return Found(
        str(row["Ref_Key"]).lower(),
        str(row.get("Number", "")),
        str(row.get("DataVersion", "")),
        bool(row.get("Posted")),
        bool(row.get("DeletionMark")),
        row,
    )


def same_order(found: Sequence[Found], order: Order, document: OrderDocument) -> list[Found]:
    """Return those documents that may be this order's: its day, or no day at all."""
    source = document.external.date
    if not source or order.date is None:
        return list(found)
    day = f"{order.date:%Y-%m-%d}T00:00:00"
    return [each for each in found if str(each.values.get(source) or NO_DATE) in {day, NO_DATE}]


def lookup_orders(
    onec: OneC, asked: Iterable[tuple[Order, OrderDocument]], *, whole: bool = True
) -> dict[str, list[Found]]:
    """Return the documents that these orders have in 1C, by number; orders of several kinds are asked for apart."""
    kinds: dict[str, tuple[OrderDocument, list[Order]]] = {}
    for order, document in asked:
        kinds.setdefault(document.entity, (document, []))[1].append(order)
    found: dict[str, list[Found]] = {}
    for document, orders in kinds.values():
        by_number = lookup(onec, document, [order.number for order in orders], whole=whole)
        for order in orders:
            if mine := same_order(by_number.get(order.number, ()), order, document):
                found[order.number] = mine
    return found


def other_payer(found: Found, counterparty: str, document: OrderDocument) -> bool:
    """Whether a document is made out to somebody else than the order is for."""
    source = document.head.get("counterparty", "")
    theirs = str(found.values.get(source) or EMPTY_REF).lower()
    return bool(source and counterparty) and theirs not in {counterparty, EMPTY_REF}
