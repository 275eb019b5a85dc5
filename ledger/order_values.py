"""Orders of the ledger as plain values, and the states that they go through."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from mappings.model import Override

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Arrival", "Event", "NewOrder", "OrderState", "Override", "Overriding", "Record", "Step"]


class OrderState(StrEnum):
    """What an order is at."""

    RECEIVED = "received"
    """Stored, not looked at yet, or to be looked at again."""
    PARKED = "parked"
    """Waits for what its reasons name, and goes on by itself once that is there."""
    CONFLICT = "conflict"
    """A person must decide: two documents, a changed order, a document that is not what was written."""
    CREATING = "creating"
    """The document may be there or not: it is looked up before anything else."""
    WRITTEN = "written"
    """The document is there and checked, but not posted yet."""
    CHANGED = "changed"
    """The manufacturer changed an order whose document is there; ``pending`` is the new content."""
    CREATED = "created"
    """The document is there; the manufacturer is to be told."""
    ANSWERED = "answered"
    """The manufacturer was told."""
    CLOSED = "closed"
    """Nothing more will happen, and the manufacturer was told so."""
    REFUSED = "refused"
    """A person refused it."""
    DELETED = "deleted"
    """Its document was deleted in 1C; it is not created again unless a person releases it."""


RUSSIAN: Final[dict[str, str]] = {
    OrderState.RECEIVED: "получен",
    OrderState.PARKED: "отложен",
    OrderState.CONFLICT: "спорный",
    OrderState.CREATING: "создаётся",
    OrderState.WRITTEN: "записан, не проведён",
    OrderState.CHANGED: "изменён производителем",
    OrderState.CREATED: "создан",
    OrderState.ANSWERED: "создан, производитель извещён",
    OrderState.CLOSED: "завершён",
    OrderState.REFUSED: "отказано",
    OrderState.DELETED: "документ удалён в 1С",
}
"""How an operator reads a state."""

EVENTS: Final[dict[str, str]] = {
    "received": "получен от производителя",
    "repeated": "прислан ещё раз",
    "changed": "изменён производителем",
    "restored": "изменение отозвано",
    "parked": "отложен",
    "conflict": "требует решения",
    "created": "создан документ в 1С",
    "found": "документ найден в 1С",
    "updated": "документ изменён",
    "posted": "документ проведён",
    "unposted": "документ не проведён",
    "deleted": "документ удалён в 1С",
    "told": "производитель извещён",
    "override": "решение оператора",
    "released": "отпущен оператором",
    "refused": "отказано",
}
"""How an operator reads a step of an order's story."""

ACTIONS: Final[dict[str, str]] = {
    Override.LEAVE_OUT: "строка исключена",
    Override.REPLACE_GOOD: "товар заменён",
    Override.COUNTERPARTY: "плательщик",
    Override.CONTRACT: "договор",
    Override.AGREEMENT: "соглашение",
    Override.WAREHOUSE: "склад",
    Override.ACCEPT: "принято как есть",
}
"""How an operator reads a decision."""

WAITING: Final = (
    *(OrderState.RECEIVED, OrderState.PARKED, OrderState.CREATING, OrderState.WRITTEN, OrderState.CHANGED),
    OrderState.CONFLICT,
)
"""States that a run looks at; of orders in conflict only those without a document."""


class Arrival(StrEnum):
    """What an order that came is to the ledger."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as it came: its content as JSON values, and the hash of it."""

    number: str
    hash: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Overriding:
    """A decision in force; see :class:`mappings.model.Override`."""

    id: int
    line: int
    action: Override
    value: str
    author: str
    reason: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """One step of an order's story; ``author`` is empty where the program took it."""

    at: datetime
    event: str
    note: str
    author: str


@dataclass(frozen=True, slots=True)
class Record:
    """An order of the ledger; columns as in :class:`ledger.tables.OrderRow`."""

    id: int
    number: str
    state: OrderState
    hash: str
    content: dict[str, Any]
    pending: dict[str, Any]
    reasons: list[dict[str, Any]]
    written: dict[str, Any]
    entity: str
    document: str
    document_number: str
    amount: int
    received_at: datetime
    changed_at: datetime
    created_at: datetime | None
    answered_at: datetime | None
    overrides: tuple[Overriding, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A change of an order: column values, and the event that is written down ("" = none)."""

    order_id: int
    values: Mapping[str, Any] = field(default_factory=dict)
    event: str = ""
    note: str = ""
    author: str = ""
