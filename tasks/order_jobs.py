"""An order that is to have a document, and what the ledger keeps of one that is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foundation.database import utc_now
from mappings.translate.order_document import SHOWN
from mappings.translate.order_values import Decision, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.order_values import Record
    from mappings.profiles.orders import OrderDocument
    from mappings.translate.order_values import Order
    from mappings.translate.orders import Draft
    from tasks.order_lookup import Found


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """An order that is to have a document: the draft, and the properties it is written with; compared by identity."""

    record: Record
    order: Order
    document: OrderDocument
    draft: Draft
    values: dict[str, Any]

    @property
    def lasting(self) -> dict[str, Any]:
        """The properties that stay the order's own: those that 1C's people move on (the status) are left out."""
        return {name: value for name, value in self.values.items() if name not in self.document.constants}


@dataclass(frozen=True, slots=True)
class Unposted:
    """A document that is written and not posted; ``written`` is what the ledger keeps of it."""

    record: Record
    order: Order
    document: OrderDocument
    ref: str
    written: dict[str, Any]


def columns_of(found: Found, document: OrderDocument, draft: Draft | None) -> dict[str, Any]:
    """Return the ledger's columns of an order whose document is there."""
    made: dict[str, Any] = {
        "entity": document.entity,
        "document": found.ref,
        "document_number": found.number.strip(),
        "created_at": utc_now(),
        "written": written_of(found.version, draft),
        "reasons": [],
    }
    return made | ({"amount": draft.amount} if draft is not None else {})


def written_of(version: str, draft: Draft | None) -> dict[str, Any]:
    """Return what the statuses and a later change need to know of a document."""
    if draft is None:
        return {"version": version}
    lines = [
        {
            "line": line.line,
            "good": line.our_good,
            "name": line.name,
            "quantity": line.quantity,
            "their_unit": line.their_unit,
            "their_quantity": line.their_quantity,
            "per": list(line.per),
        }
        for line in draft.lines
    ]
    return {"version": version, "lines": lines, "notes": list(draft.notes)}


def decisions_of(record: Record, *, but: Iterable[int] = ()) -> tuple[Decision, ...]:
    """Return the decisions in force about an order as the rules know them, without those about some lines."""
    left_out = set(but)
    return tuple(
        Decision(each.action, each.line, each.value, each.author, each.reason)
        for each in record.overrides
        if each.line not in left_out
    )


def not_as_written(found: Found, off: Iterable[str]) -> Reason:
    """Return the reason of a document that is not what was written."""
    listed = list(off)
    more = f" и ещё {len(listed) - SHOWN}" if len(listed) > SHOWN else ""
    said = f"Документ {found.name} записан не так: {'; '.join(listed[:SHOWN])}{more}."
    todo = "Исправьте документ в 1С и примите его как есть (release --keep), или пометьте на удаление."
    return Reason("read_back", found.ref, said, todo)


def twins(number: str, found: Iterable[Found]) -> Reason:
    """Return the reason of an order that has several documents; it names them."""
    said = f"В 1С больше одного документа с номером {number}: " + "; ".join(each.name for each in found)
    return Reason("twins", number, said, "Оставьте один, остальные пометьте на удаление.")
