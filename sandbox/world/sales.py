"""Thirty days of sales: shipments with their orders, returns and corrections, not all posted, some deleted."""

# ruff: noqa: PLR2004 - shares of an invented world; a name would say no more than the number

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from sandbox.world import documents
from sandbox.world.numbers import hundredths, reference

if TYPE_CHECKING:
    from random import Random

    from sandbox.world.basics import Basics
    from sandbox.world.documents import Line
    from sandbox.world.ours import OurGood
    from sandbox.world.parties import Outlet, Parties

DAYS: Final = 30
SHIPMENTS: Final = 1500
RETURNS: Final = 75
CORRECTIONS: Final = 45
SHARES: Final = {"main": 75, "cash": 15, "van": 10}
"""How shipments are shared among the warehouses, in per cent."""


@dataclass(frozen=True, slots=True)
class Market:
    """What sales are made from: goods on sale by warehouse, with a few that sell far more than the rest."""

    basics: Basics
    packages: dict[str, str]
    parties: Parties
    now: datetime
    shelves: dict[str, tuple[list[OurGood], list[float]]]

    def basket(self, rng: Random, warehouse: str) -> list[Line]:
        """Pick the goods of one delivery; now and then a good stands twice, at two prices."""
        goods, weights = self.shelves[warehouse]
        chosen = dict.fromkeys(
            rng.choices(range(len(goods)), cum_weights=weights, k=rng.choice((3, 4, 5, 6, 7, 8, 12)))
        )
        lines = [documents.picked(rng, goods[place]) for place in chosen]
        if rng.random() < 0.03:
            lines.append(replace(lines[0], price=max(1, lines[0].price // 10 * 9)))
        return lines

    def moment(self, rng: Random, days: int = DAYS) -> datetime:
        """Return a working moment within the last days, yesterday at the latest."""
        return self.now - timedelta(days=rng.randint(1, days)) + timedelta(hours=8, seconds=rng.randrange(10 * 3600))


@dataclass(slots=True)
class Shipped:
    """One shipment with what was needed to write it."""

    document: dict[str, Any]
    lines: list[Line]
    outlet: Outlet
    warehouse: str


@dataclass(slots=True)
class Sales:
    """All documents of sales by their kind, and what left each warehouse (good → thousandths, returns taken off)."""

    documents: dict[str, list[dict[str, Any]]]
    left: dict[str, Counter[str]]
    states: list[dict[str, Any]] = field(default_factory=list)


def weighted(goods: list[OurGood]) -> tuple[list[OurGood], list[float]]:
    """Return goods with cumulative weights: the first sell best."""
    return goods, list(accumulate(1 / (place + 25) for place in range(len(goods))))


def sales(rng: Random, market: Market, scale: int) -> Sales:
    """Make all sales of the month."""
    made = Sales(
        {
            kind: []
            for kind in ("РеализацияТоваровУслуг", "ВозвратТоваровОтКлиента", "КорректировкаРеализации", "ЗаказКлиента")
        },
        {warehouse: Counter() for warehouse in market.basics.warehouses},
    )
    posted = []
    for _ in range(SHIPMENTS * scale):
        shipped = _shipment(rng, market)
        made.documents["РеализацияТоваровУслуг"].append(shipped.document)
        if rng.random() < 0.15:
            _closed_order(rng, market, shipped, made)
        if shipped.document["Posted"]:
            posted.append(shipped)
            for line in shipped.lines:
                made.left[shipped.warehouse][line.good.ref] += line.quantity
    for shipped in rng.sample(posted, k=RETURNS * scale):
        _return(rng, market, shipped, made)
    for shipped in rng.sample(posted, k=CORRECTIONS * scale):
        _correction(rng, market, shipped, made)
    return made


def _shipment(rng: Random, market: Market) -> Shipped:
    warehouse = rng.choices(list(SHARES), list(SHARES.values()))[0]
    outlet = rng.choice(market.parties.outlets)
    place = market.basics.warehouses[warehouse]
    document = documents.sale_head(rng, reference(rng), market.moment(rng), market.basics, outlet, warehouse=place)
    document |= documents.delivery(rng, outlet)
    document |= {"Статус": "Отгружено", "Согласован": True, "КурсЧислитель": Decimal(1), "КурсЗнаменатель": Decimal(1)}
    document["ЦенаВключаетНДС"] = rng.random() > 0.08
    chance = rng.random()
    document["Posted"] = chance > 0.07
    document["DeletionMark"] = chance < 0.025
    lines = market.basket(rng, warehouse)
    _fill(market, document, lines, place)
    return Shipped(document, lines, outlet, warehouse)


def _fill(market: Market, document: dict[str, Any], lines: list[Line], place: str) -> None:
    document["Товары"], total = documents.rows(
        market.basics, market.packages, lines, place, vat_included=document["ЦенаВключаетНДС"]
    )
    document["СуммаДокумента"] = hundredths(total)


def _closed_order(rng: Random, market: Market, shipped: Shipped, made: Sales) -> None:
    """Put an order before a shipment; it is closed where the shipment is posted, and holds no reserve any more."""
    when = shipped.document["Date"] - timedelta(hours=rng.randint(3, 40))
    closed = shipped.document["Posted"]
    order = order_head(rng, market, shipped.outlet, when, shipped.document["Склад_Key"])
    order |= {"Статус": "Закрыт" if closed else "НеСогласован", "Posted": closed}
    order["ЦенаВключаетНДС"] = shipped.document["ЦенаВключаетНДС"]
    if rng.random() < 0.3:
        order |= {"НомерПоДаннымКлиента": f"М{rng.randrange(10**5, 10**6)}", "ДатаПоДаннымКлиента": when}
    _fill(market, order, shipped.lines, shipped.document["Склад_Key"])
    _mark(order, {"ВариантОбеспечения": "Отгрузить", "ДатаОтгрузки": shipped.document["Date"]})
    made.documents["ЗаказКлиента"].append(order)
    if closed:
        made.states.append(order_state(order, "Закрыт", 100))
    link = {"ЗаказКлиента": order["Ref_Key"], "ЗаказКлиента_Type": "StandardODATA.Document_ЗаказКлиента"}
    shipped.document |= link | {"РеализацияПоЗаказам": True}
    _mark(shipped.document, link)


def _mark(document: dict[str, Any], values: dict[str, Any]) -> None:
    for row in document["Товары"]:
        row.update(values)


def order_head(rng: Random, market: Market, outlet: Outlet, when: datetime, place: str) -> dict[str, Any]:
    """Return the head of a customer's order."""
    order = documents.sale_head(rng, reference(rng), when, market.basics, outlet, warehouse=place)
    order |= documents.delivery(rng, outlet)
    # Orders may be entered by customers themselves, so their author is of two types.
    order |= {"Автор": order.pop("Автор_Key"), "Автор_Type": "StandardODATA.Catalog_Пользователи"}
    order |= {"ДатаОтгрузки": when + timedelta(days=1), "ДатаСогласования": when, "Согласован": True}
    return order


def order_state(order: dict[str, Any], state: str, shipped: int) -> dict[str, Any]:
    """Return the register's record of an order's computed state; ``shipped`` in per cent."""
    return {
        "Заказ": order["Ref_Key"],
        "Заказ_Type": "StandardODATA.Document_ЗаказКлиента",
        "Состояние": state,
        "ДатаСобытия": order["Date"],
        "ПроцентОтгрузки": shipped,
        "СуммаОтгрузки": order["СуммаДокумента"] if shipped else Decimal(0),
    }


def _return(rng: Random, market: Market, shipped: Shipped, made: Sales) -> None:
    """Take a part of a shipment back; four in ten returns go to the defect warehouse."""
    warehouse = "defect" if rng.random() < 0.4 else shipped.warehouse
    place = market.basics.warehouses[warehouse]
    lines = []
    for line in rng.sample(shipped.lines, k=min(len(shipped.lines), rng.randint(1, 3))):
        parts = line.quantity // line.good.step
        lines.append(replace(line, quantity=rng.randint(1, parts) * line.good.step, packs=0))
    when = min(shipped.document["Date"] + timedelta(hours=rng.randint(4, 150)), market.now - timedelta(hours=6))
    document = documents.sale_head(rng, reference(rng), when, market.basics, shipped.outlet, warehouse=place)
    document |= {
        "ХозяйственнаяОперация": "ВозвратТоваровОтКлиента",
        "Статус": "Принято",
        "ПричинаВозврата": rng.choice(("Бой", "Истёк срок", "Пересорт", "Отказ покупателя")),
        "ЦенаВключаетНДС": shipped.document["ЦенаВключаетНДС"],
        "Posted": rng.random() > 0.06,
    }
    _fill(market, document, lines, place)
    basis = {
        "ДокументРеализации": shipped.document["Ref_Key"],
        "ДокументРеализации_Type": "StandardODATA.Document_РеализацияТоваровУслуг",
    }
    _mark(document, basis)
    made.documents["ВозвратТоваровОтКлиента"].append(document)
    if document["Posted"]:
        for line in lines:
            made.left[warehouse][line.good.ref] -= line.quantity


def _correction(rng: Random, market: Market, shipped: Shipped, made: Sales) -> None:
    """Correct one line of a shipment by agreement: the rows as they should be, and the signed difference."""
    place = shipped.document["Склад_Key"]
    which = rng.randrange(len(shipped.lines))
    line = shipped.lines[which]
    parts = line.quantity // line.good.step
    change = rng.choice((-1, -1, -1, 1)) * rng.randint(1, max(1, parts // 4)) * line.good.step
    after = [
        replace(each, quantity=each.quantity + change, packs=0) if each is line else each for each in shipped.lines
    ]
    after = [each for each in after if each.quantity]
    when = min(shipped.document["Date"] + timedelta(hours=rng.randint(20, 200)), market.now - timedelta(hours=5))
    document = documents.sale_head(rng, reference(rng), when, market.basics, shipped.outlet, warehouse=place)
    document |= {
        "ХозяйственнаяОперация": "КорректировкаПоСогласованиюСторон",
        "ВидКорректировки": "СогласованноеИзменение",
        "ДокументОснование": shipped.document["Ref_Key"],
        "ДокументОснование_Type": "StandardODATA.Document_РеализацияТоваровУслуг",
        "ЦенаВключаетНДС": shipped.document["ЦенаВключаетНДС"],
        "Согласован": True,
        "Posted": rng.random() > 0.05,
    }
    _fill(market, document, after, place)
    difference, _ = documents.rows(
        market.basics, market.packages, [replace(line, quantity=abs(change), packs=0)], place,
        vat_included=document["ЦенаВключаетНДС"],
    )  # fmt: skip
    sign = 1 if change > 0 else -1
    for row in difference:
        for name in ("КоличествоУпаковок", "Количество", "Сумма", "СуммаНДС", "СуммаСНДС"):
            row[name] *= sign
        row["ВариантОтражения"] = "УвеличитьПродажи" if sign > 0 else "УменьшитьПродажи"
    document["Расхождения"] = difference
    made.documents["КорректировкаРеализации"].append(document)
    if document["Posted"]:
        made.left[shipped.warehouse][line.good.ref] += change
