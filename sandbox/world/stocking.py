"""What lies in the warehouses: receipts that make the opening stock so that the month ends with believable balances."""

# ruff: noqa: PLR2004 - shares of an invented world; a name would say no more than the number

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sandbox.world import documents
from sandbox.world.documents import Line
from sandbox.world.numbers import hundredths, reference
from sandbox.world.ours import WHOLE
from sandbox.world.sales import DAYS, order_head, order_state, weighted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from sandbox.world.basics import Basics
    from sandbox.world.ours import OurGood
    from sandbox.world.sales import Market, Sales

RECEIPT_ROWS: Final = 400
"""How many rows a receipt has at most."""

NEGATIVE: Final = 12
"""How many goods end the month below zero on the main warehouse, at scale 1."""

OPEN_ORDERS: Final = 60
"""How many orders wait at scale 1, drafts among them."""


def shelves(rng: Random, basics: Basics, goods: Sequence[OurGood]) -> dict[str, tuple[list[OurGood], list[float]]]:
    """Choose which goods each warehouse keeps; most of the manufacturer's, under half of the others."""
    live = [good for good in goods if not good.deleted]
    main = [good for good in live if rng.random() < (0.9 if good.maker else 0.45)]
    rng.shuffle(main)
    chosen = {
        "main": main,
        "cash": rng.sample(main, k=len(main) // 4),
        "van": rng.sample(main, k=len(main) // 12),
        "defect": rng.sample(main, k=len(main) // 40),
    }
    return {name: weighted(chosen[name]) for name in basics.warehouses}


def closing(rng: Random, market: Market, sold: Sales, scale: int) -> dict[str, dict[str, int]]:
    """Decide every balance at the end: thousandths by warehouse and good; some zero, a few negative."""
    below = {ref for ref, _ in sold.left["main"].most_common(NEGATIVE * 20 * scale)[::20]}
    made: dict[str, dict[str, int]] = {}
    for name, (goods, _) in market.shelves.items():
        ends = made[name] = {}
        for good in goods:
            if name == "main" and good.ref in below:
                ends[good.ref] = -min(rng.randint(1, 5) * good.step, sold.left[name][good.ref])
            elif rng.random() < 0.06:
                ends[good.ref] = 0
            else:
                ends[good.ref] = _lying(rng, good, small=name != "main")
    return made


def _lying(rng: Random, good: OurGood, *, small: bool) -> int:
    """Return how much of a good lies there, in thousandths."""
    match good.unit:
        case "litre" | "kilo":
            most = 300_000 if small else 2_000_000
            return rng.randint(1, most // good.step) * good.step
        case "keg" | "pack":
            return rng.randint(1, 15 if small else 120) * WHOLE
    if not good.box:
        return rng.randint(1, 12 if small else 80) * WHOLE
    return (rng.randint(0, 4 if small else 60) * good.box + rng.randint(1, good.box)) * WHOLE


def receipts(rng: Random, market: Market, sold: Sales, ends: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    """Make the receipts: most before the month, a tenth of what remains in its middle."""
    opening: dict[tuple[str, bool], list[Line]] = defaultdict(list)
    later: dict[tuple[str, bool], list[Line]] = defaultdict(list)
    for name, (goods, _) in market.shelves.items():
        left = sold.left[name]
        for good in goods:
            end = ends[name][good.ref]
            needed = left[good.ref] + end
            price = good.price * 82 // 100
            if end > 0 and left[good.ref] >= 0 and rng.random() < 0.1:
                later[name, good.maker is not None].append(Line(good, end, price))
                needed = left[good.ref]
            if needed > 0:
                opening[name, good.maker is not None].append(Line(good, needed, price))
    return [
        _receipt(rng, market, name, lines[start : start + RECEIPT_ROWS], ours=ours, days=days)
        for days, group in ((range(DAYS + 2, DAYS + 8), opening), (range(8, 20), later))
        for (name, ours), lines in group.items()
        for start in range(0, len(lines), RECEIPT_ROWS)
    ]


def _receipt(rng: Random, market: Market, name: str, lines: list[Line], *, ours: bool, days: range) -> dict[str, Any]:
    supplier = market.parties.suppliers[0] if ours else rng.choice(market.parties.suppliers[1:])
    when = (
        market.now - timedelta(days=rng.choice(days)) + timedelta(hours=rng.randint(6, 20), minutes=rng.randrange(60))
    )
    place = market.basics.warehouses[name]
    document = documents.head(reference(rng), when, market.basics, supplier, place)
    document |= {
        "ХозяйственнаяОперация": "ЗакупкаУПоставщика",
        "НалогообложениеНДС": "ЗакупкаОблагаетсяНДС",
        "НомерВходящегоДокумента": str(rng.randrange(1000, 99_999)),
        "ДатаВходящегоДокумента": when,
        "Согласован": True,
    }
    document["Товары"], total = documents.rows(market.basics, market.packages, lines, place)
    document["СуммаДокумента"] = hundredths(total)
    for row in document["Товары"]:
        del row["ВидЦены_Key"]  # a supplier's price is of none of our types
    return document


def open_orders(rng: Random, market: Market, sold: Sales, ends: dict[str, dict[str, int]], scale: int) -> None:
    """Add orders that wait: they reserve goods of the main warehouse, never more than lies there; some are drafts."""
    goods = [good for good in market.shelves["main"][0] if ends["main"][good.ref] > 0]
    free = Counter(ends["main"])
    place = market.basics.warehouses["main"]
    for _ in range(OPEN_ORDERS * scale):
        when = market.moment(rng, days=4)
        order = order_head(rng, market, rng.choice(market.parties.outlets), when, place)
        chance = rng.random()
        order["Posted"] = chance > 0.12
        order["DeletionMark"] = chance < 0.04
        order["Статус"] = rng.choice(("КОбеспечению", "КОтгрузке")) if order["Posted"] else "НеСогласован"
        lines = [documents.picked(rng, good) for good in rng.sample(goods, k=rng.randint(2, 9))]
        lines = [line for line in lines if line.quantity <= free[line.good.ref]] or lines[:1]
        order["Товары"], total = documents.rows(market.basics, market.packages, lines, place)
        order["СуммаДокумента"] = hundredths(total)
        for row, line in zip(order["Товары"], lines, strict=True):
            row.update({"ВариантОбеспечения": "Отгрузить" if rng.random() < 0.4 else "СоСклада", "ДатаОтгрузки": when})
            row["Отменено"] = rng.random() < 0.03
            free[line.good.ref] -= line.quantity
        sold.documents["ЗаказКлиента"].append(order)
        if order["Posted"]:
            sold.states.append(order_state(order, "ГотовКОтгрузке", 0))
