"""What the manufacturer keeps for the distributor: goods, orders, and the matches that its own people have made."""

# ruff: noqa: PLR2004 - shares of an invented world; a name would say no more than the number

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Final

from sandbox.content import CrmContent, CrmOrder, CrmOrderLine, TruePair
from sandbox.world.maker import public
from sandbox.world.numbers import hundredths

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sandbox.world.basics import Basics
    from sandbox.world.maker import MakerGood
    from sandbox.world.ours import OurGood
    from sandbox.world.parties import Outlet, Parties

USER: Final = "DS108"
ORDERS: Final = 20
WAREHOUSE_IDS: Final = {"main": "1", "cash": "2", "van": "3", "defect": "4"}
COMMENTS: Final = ("Позвонить за час", "Въезд со двора", "Документы обязательно", "До 12:00", "")
PAYMENTS: Final = (("1", "Наличные"), ("2", "Безналичный расчёт"))


def good_pairs(goods: Sequence[OurGood]) -> list[TruePair]:
    """Return the truth about goods: one unit of ours is numerator/denominator of their unit."""
    return [
        TruePair("good", good.ref, good.maker.ware_id, good.their_unit, good.numerator, good.denominator)
        for good in goods
        if good.maker is not None and not good.deleted
    ]


def other_pairs(seed: int, basics: Basics, parties: Parties) -> list[TruePair]:
    """Return the truth about warehouses, outlets and counterparties; the manufacturer knows nine outlets in ten."""
    rng = Random(f"{seed}:pairs")
    pairs = [TruePair("warehouse", ref, WAREHOUSE_IDS[name]) for name, ref in basics.warehouses.items()]
    known = [outlet for outlet in parties.outlets if rng.random() < 0.9]
    serials = rng.sample(range(10_000, 10_000 + 8 * len(known)), k=len(known))
    pairs += [TruePair("outlet", outlet.ref, f"C{serial}") for outlet, serial in zip(known, serials, strict=True)]
    payers = dict.fromkeys(outlet.counterparty.ref for outlet in known)
    pairs += [TruePair("counterparty", ref, f"K{number:06d}") for number, ref in enumerate(payers, start=1)]
    return pairs


def crm(
    seed: int, scale: int, goods: Sequence[MakerGood], parties: Parties, *, pairs: Sequence[TruePair], now: datetime
) -> CrmContent:
    """Make the manufacturer's content: 70 % of goods and 80 % of outlets are matched there."""
    rng = Random(f"{seed}:crm")
    by_ref = {outlet.ref: outlet for outlet in parties.outlets}
    known = [(pair.their_id, by_ref[pair.our_id]) for pair in pairs if pair.kind == "outlet"]
    ware_matches: dict[str, str] = {}
    for pair in pairs:
        if pair.kind == "good" and pair.their_id not in ware_matches and rng.random() < 0.7:
            ware_matches[pair.their_id] = pair.our_id
    return CrmContent(
        USER,
        public(goods),
        [_order(rng, goods, rng.choice(known), number, now) for number in range(1, ORDERS * scale + 1)],
        ware_matches,
        {client: (outlet.counterparty.ref, outlet.ref) for client, outlet in known if rng.random() < 0.8},
    )


def _order(rng: Random, goods: Sequence[MakerGood], whose: tuple[str, Outlet], number: int, now: datetime) -> CrmOrder:
    client, outlet = whose
    when = now - timedelta(hours=rng.randint(2, 60))
    pay, pay_name = rng.choice(PAYMENTS)
    comment = rng.choice(COMMENTS)
    options = [("PaymType", "Форма оплаты", pay_name)]
    if comment:
        options.append(("Comment", "Комментарий", comment))
    return CrmOrder(
        number=f"{USER}-{now:%y}{number:06d}",
        date=when,
        action_date=(now + timedelta(days=rng.randint(1, 3))).replace(hour=0, minute=0, second=0),
        crm_client_id=client,
        client_name=outlet.name,
        client_address=outlet.address,
        person_id=f"{rng.randint(101, 112)}",
        warehouse_id=rng.choice(("1", "1", "1", "2")),
        document_type="CustReturn" if number % 10 == 0 else "CustOrder",
        pay_kind=pay,
        price_type=rng.choice(("1", "2")),
        lines=tuple(_order_line(rng, good) for good in rng.sample(goods, k=rng.randint(3, 8))),
        options=tuple(options),
    )


def _order_line(rng: Random, good: MakerGood) -> CrmOrderLine:
    unit = rng.choice(good.units)
    quantity = Decimal(rng.randint(1, 10))
    if unit.unit_id in {"l", "kg"}:
        quantity = Decimal(rng.randint(5, 400)).scaleb(-1)
    return CrmOrderLine(good.ware_id, unit.unit_id, quantity, hundredths(good.price * int(unit.factor)))
