"""New orders for a distributor: from JSON, or made up from what the manufacturer holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from sandbox.content import CrmOrder, CrmOrderLine

if TYPE_CHECKING:
    from collections.abc import Collection
    from random import Random

    from sandbox.crm.holdings import Holdings


def from_json(value: dict[str, Any], *, number: str, now: datetime) -> CrmOrder:
    """Return an order from JSON with the fields of :class:`CrmOrder`; what is left out takes a plain default.

    Quantities and prices are texts (``"1.5"``). Raises ValueError, KeyError and TypeError.
    """
    lines = tuple(
        CrmOrderLine(str(line["ware_id"]), str(line["unit_id"]), _number(line["quantity"]), _number(line["price"]))
        for line in value["lines"]
    )
    if not lines:
        raise ValueError("an order needs at least one line")
    client = str(value["crm_client_id"])
    text = {name: str(value.get(name, "")) for name in ("client_address", "person_id", "warehouse_id", "price_type")}
    return CrmOrder(
        number=str(value.get("number") or number),
        date=datetime.fromisoformat(value["date"]) if "date" in value else now,
        action_date=datetime.fromisoformat(value["action_date"]) if "action_date" in value else _tomorrow(now),
        crm_client_id=client,
        client_name=str(value.get("client_name", client)),
        client_address=text["client_address"],
        person_id=text["person_id"],
        warehouse_id=text["warehouse_id"],
        document_type=str(value.get("document_type", "CustOrder")),
        pay_kind=str(value.get("pay_kind", "0")),
        price_type=text["price_type"],
        lines=lines,
        options=tuple((str(kind), str(name), str(text)) for kind, name, text in value.get("options", ())),
    )


def made_up(holdings: Holdings, *, number: str, rng: Random, now: datetime) -> CrmOrder:
    """Return an order of a known outlet for 3 to 8 of the manufacturer's goods; raises ValueError without goods."""
    if not holdings.goods:
        raise ValueError("there are no goods to order")
    known = list(holdings.orders.values())
    pattern = rng.choice(known) if known else None
    client = pattern.crm_client_id if pattern else rng.choice(sorted(holdings.outlet_matches) or ["CL0001"])
    goods = rng.sample(holdings.goods, min(rng.randint(3, 8), len(holdings.goods)))
    lines = []
    for good in goods:
        unit = rng.choice(good.units)
        price = (Decimal(rng.randrange(3000, 20000)) / 100 * unit.factor).quantize(Decimal("0.01"))
        lines.append(CrmOrderLine(good.ware_id, unit.unit_id, Decimal(rng.randint(1, 24)), price))
    return CrmOrder(
        number=number,
        date=now,
        action_date=_tomorrow(now),
        crm_client_id=client,
        client_name=pattern.client_name if pattern else client,
        client_address=pattern.client_address if pattern else "",
        person_id=pattern.person_id if pattern else "",
        warehouse_id=pattern.warehouse_id if pattern else "1",
        document_type="CustOrder",
        pay_kind=pattern.pay_kind if pattern else "0",
        price_type=pattern.price_type if pattern else "",
        lines=tuple(lines),
    )


def free_number(taken: Collection[str]) -> str:
    """Return an order number that is not taken yet."""
    count = len(taken) + 1
    while (number := f"CRM{count:07d}") in taken:
        count += 1
    return number


def _number(value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"not a number: {value}") from None


def _tomorrow(now: datetime) -> datetime:
    return datetime(now.year, now.month, now.day) + timedelta(days=1)  # noqa: DTZ001 - the service's wall clock, naive
