"""Documents of trade as 1C keeps them: heads, lines and the arithmetic of a line."""

# ruff: noqa: PLR2004 - shares of an invented world; a name would say no more than the number

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.world.numbers import EMPTY_REF, hundredths, thousandths
from sandbox.world.ours import WHOLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from random import Random

    from sandbox.world.basics import Basics
    from sandbox.world.ours import OurGood
    from sandbox.world.parties import Counterparty, Outlet


@dataclass(frozen=True, slots=True)
class Line:
    """A line before it is written: ``quantity`` in thousandths of the good's unit, ``price`` kopecks a unit.

    ``packs`` is how many packages of ``box`` units the quantity makes, 0 where it was not counted in packages.
    """

    good: OurGood
    quantity: int
    price: int
    packs: int = 0


def picked(rng: Random, good: OurGood) -> Line:
    """Pick a quantity of a good as customers order it, and the price with a discount now and then."""
    price = good.price * (100 - rng.choice((0, 0, 0, 0, 3, 5, 7))) // 100
    match good.unit:
        case "litre":
            return Line(good, rng.randint(1, 600) * good.step, price)
        case "kilo":
            return Line(good, rng.randint(1, max(1, 12_000 // good.step)) * good.step, price)
        case "keg" | "pack":
            return Line(good, rng.randint(1, 6) * WHOLE, price)
    if not good.box:
        return Line(good, rng.randint(1, 4) * WHOLE, price)
    if rng.random() < 0.65:
        packs = rng.choice((1, 1, 2, 2, 3, 4, 5, 10))
        return Line(good, packs * good.box * WHOLE, price, packs)
    return Line(good, rng.randint(1, good.box * 2) * WHOLE, price)


def sums(line: Line, *, vat_included: bool) -> tuple[int, int, int]:
    """Return a line's sum, VAT and sum with VAT in kopecks, each rounded half up as 1C does it."""
    total = (line.price * line.quantity + WHOLE // 2) // WHOLE
    rate = line.good.vat
    if vat_included:
        return total, (2 * total * rate + 100 + rate) // (2 * (100 + rate)), total
    vat = (total * rate + 50) // 100
    return total, vat, total + vat


def rows(
    basics: Basics, packages: dict[str, str], lines: Sequence[Line], warehouse: str, *, vat_included: bool = True
) -> tuple[list[dict[str, Any]], int]:
    """Write the rows of the section ``Товары`` and return them with the document's sum in kopecks."""
    made, whole_sum = [], 0
    price_type = basics.price_types["wholesale"]
    for number, line in enumerate(lines, start=1):
        total, vat, with_vat = sums(line, vat_included=vat_included)
        whole_sum += with_vat
        package = packages.get(line.good.ref, EMPTY_REF) if line.packs else EMPTY_REF
        counted = line.packs if package != EMPTY_REF else 0
        made.append(
            {
                "LineNumber": number,
                "Номенклатура_Key": line.good.ref,
                "Упаковка_Key": package,
                "КоличествоУпаковок": thousandths(counted * WHOLE if counted else line.quantity),
                "Количество": thousandths(line.quantity),
                "ВидЦены_Key": price_type,
                "Цена": hundredths(line.price * (line.good.box if counted else 1)),
                "Сумма": hundredths(total),
                "СтавкаНДС_Key": basics.vat[line.good.vat],
                "СуммаНДС": hundredths(vat),
                "СуммаСНДС": hundredths(with_vat),
                "КодСтроки": number,
                "Склад_Key": warehouse,
            }
        )
    return made, whole_sum


def head(ref: str, when: datetime, basics: Basics, party: Counterparty, warehouse: str) -> dict[str, Any]:
    """Return what every document of trade has in its head."""
    return {
        "Ref_Key": ref,
        "Date": when,
        "Posted": True,
        "DeletionMark": False,
        "Партнер_Key": party.partner,
        "Контрагент_Key": party.ref,
        "Организация_Key": basics.organization,
        "Договор_Key": party.contract,
        "Склад_Key": warehouse,
        "Валюта_Key": basics.rouble,
        "ЦенаВключаетНДС": True,
        "НалогообложениеНДС": "ПродажаОблагаетсяНДС",
    }


def sale_head(
    rng: Random, ref: str, when: datetime, basics: Basics, outlet: Outlet, *, warehouse: str
) -> dict[str, Any]:
    """Return the head of a document that sells to an outlet."""
    manager = rng.choice(basics.users)
    party = outlet.counterparty
    return head(ref, when, basics, party, warehouse) | {
        "Партнер_Key": outlet.ref,
        "Грузополучатель_Key": party.ref,
        "Соглашение_Key": party.agreement,
        "Менеджер_Key": manager,
        "Автор_Key": manager,
        "ХозяйственнаяОперация": "РеализацияКлиенту",
    }


def delivery(rng: Random, outlet: Outlet) -> dict[str, Any]:
    """Return how an order or a shipment is paid and brought."""
    return {
        "ФормаОплаты": rng.choice(("Безналичная", "Безналичная", "Наличная")),
        "АдресДоставки": outlet.address,
        "СпособДоставки": "ДоКлиента",
    }
