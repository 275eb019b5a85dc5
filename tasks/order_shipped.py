"""What became of orders in 1C: quantities shipped by order and good, and the state that 1C itself computes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from connectors.onec.odata.urls import any_of, guid
from foundation.errors import BadAnswer, TooLarge
from mappings.model import EMPTY_REF, MICRO
from mappings.translate.order_lines import divided

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from connectors.onec.odata import OneC
    from mappings.model import Reading
    from mappings.profiles.orders import OrderDocument, Shipments
    from mappings.units import Factor

ORDERS: Final = 20
"""Orders OR-ed in one filter: with their type they are longer than a plain reference."""

ENOUGH: Final = 5000
"""As many rows an answer may have; where it is full, fewer orders are asked for."""

Shipped = dict[str, dict[str, int]]
"""Order's reference → good's reference → quantity in the good's own unit, millionths."""


def shipped_of(
    onec: OneC, document: OrderDocument, orders: Sequence[str], factors: Mapping[str, Factor] | None = None
) -> Shipped:
    """Return what posted documents have shipped of orders; nothing where the profile does not say how to find it.

    ``factors``: our package → how many of the good's unit it holds, for lines that count in a unit of their own.
    """
    about = document.shipments
    found: Shipped = {}
    if about is None:
        return found
    for head in _heads(onec, about, orders):
        named = _ref(head.get(about.head_order))
        for row in head.get(about.section) or ():
            order = _ref(row.get(about.line_order)) if about.line_order else ""
            order = order or named
            if order not in orders:
                continue
            goods = found.setdefault(order, {})
            good = _ref(row.get(about.our_good))
            goods[good] = goods.get(good, 0) + _quantity(row, about, factors or {})
    return found


def _quantity(row: dict[str, Any], about: Shipments, factors: Mapping[str, Factor]) -> int:
    """Return a line's quantity in the good's own unit, millionths."""
    quantity = round(float(row.get(about.quantity) or 0) * MICRO)
    factor = factors.get(_ref(row.get(about.unit))) if about.unit else None
    return divided(quantity * factor.numerator, factor.denominator) if factor else quantity


def _heads(onec: OneC, about: Shipments, orders: Sequence[str]) -> list[dict[str, Any]]:
    """Return the posted documents that name an order in their head or in a line, each once."""
    select = ("Ref_Key", "Posted", "DeletionMark", about.head_order, about.section)
    cast = _Cast(about.type)
    heads = {
        str(each["Ref_Key"]): each for each in _rows(onec, about.entity, cast.of(about.head_order, orders), select)
    }
    if about.line_order:
        section = f"{about.entity}_{about.section}"
        rows = _rows(onec, section, cast.of(about.line_order, orders), ("Ref_Key", about.line_order))
        more = sorted({str(row["Ref_Key"]) for row in rows} - set(heads))
        for at in range(0, len(more), ORDERS):
            some = more[at : at + ORDERS]
            for each in onec.find(about.entity, any_of("Ref_Key", some), select=select, top=ENOUGH):
                heads[str(each["Ref_Key"])] = each
    return [each for each in heads.values() if each.get("Posted") and not each.get("DeletionMark")]


def progress_of(onec: OneC, reading: Reading, document: OrderDocument, orders: Sequence[str]) -> dict[str, str]:
    """Return the state that 1C computes of orders (``order_progress`` of the profile), in its own words."""
    sources = {field.column: field.source for field in reading.fields}
    conditions = _Cast(document.entity).of(sources["our_order"], orders)
    rows = _rows(onec, reading.entity, conditions, (sources["our_order"], sources["state"]))
    return {_ref(row.get(sources["our_order"])): str(row.get(sources["state"]) or "") for row in rows}


@dataclass(frozen=True, slots=True)
class _Cast:
    """An attribute of several types compares with a reference that is cast to its type, and with nothing else.

    One of a single type (``…_Key``) compares with the plain reference.
    """

    type: str

    def of(self, source: str, orders: Iterable[str]) -> list[str]:
        """Return a condition for each order."""
        return [
            f"{source} eq {guid(order)}"
            if source.endswith("_Key") or not self.type
            else f"{source} eq cast({guid(order)}, '{self.type}')"
            for order in orders
        ]


def _rows(onec: OneC, entity: str, conditions: Sequence[str], select: Sequence[str]) -> list[dict[str, Any]]:
    waiting = deque(conditions[at : at + ORDERS] for at in range(0, len(conditions), ORDERS))
    found: list[dict[str, Any]] = []
    while waiting:
        some = waiting.popleft()
        try:
            rows = onec.find(entity, " or ".join(some), select=select, top=ENOUGH)
        except TooLarge:
            rows = None
        if rows is not None and len(rows) < ENOUGH:
            found += rows
            continue
        if len(some) == 1:
            raise _too_many(entity)
        half = len(some) // 2
        waiting.extendleft((some[half:], some[:half]))
    return found


def _ref(value: object) -> str:
    ref = str(value or "").lower()
    return "" if ref == EMPTY_REF else ref


def _too_many(entity: str) -> BadAnswer:
    return BadAnswer(
        f"По одному заказу в 1С больше {ENOUGH} строк отгрузки ({entity}).",
        en=f"One order has more than {ENOUGH} rows of shipment in 1C ({entity}).",
        todo="Проверьте раздел orders.shipments профиля.",
        todo_en="Check orders.shipments of the profile.",
    )
