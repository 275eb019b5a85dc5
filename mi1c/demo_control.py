"""The demo's closing control: both doubles are counted anew, with fractions, and do not trust the product.

Only correspondences are asked of it; rules and arithmetic are done again here, row by row.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ledger.values import Parcel
    from sandbox.running import Sandbox
    from tasks.links import Link

SHIPPED: Final = {
    "Document_РеализацияТоваровУслуг": ("Товары", "CustInvoice", ""),
    "Document_ВозвратТоваровОтКлиента": ("Товары", "CustReturn", "В"),
    "Document_КорректировкаРеализации": ("Расхождения", "CustInvoice", "К"),
}
"""Document → section of its lines, what the layout calls it, the sign before its number."""

ORDERED: Final = {
    "request": (("Document_ЗаказКлиента", "НомерПоДаннымКлиента"),),
    "realization": (("Document_РеализацияТоваровУслуг", "ОснованиеНомер"),),
}
NOT_SHIPPED: Final = frozenset({"КПредоплате"})

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """One line of the closing table: what was read and sent, what the other side holds, whether both agree."""

    exchange: str
    read: int
    sent: int
    left_out: int
    waiting: int
    held: int
    total: str
    equal: bool


def controls(doubles: Sandbox, link: Link) -> list[Control]:
    """Return the control of every exchange of a link."""
    return [
        stock(doubles, link),
        *outlets(doubles, link),
        orders(doubles, link),
        *statuses(doubles, link),
        shipments(doubles, link),
    ]


# -- stock -------------------------------------------------------------------------------------------------------------


def stock(doubles: Sandbox, link: Link) -> Control:
    """Compare balances good by good."""
    rows = doubles.crm.rows(doubles.world.crm.user)
    there = _summed((row["warehouse"], row["ware"], row["unit"], row["quantity"]) for row in rows)
    due = _stock_due(doubles, link)
    equal = len(rows) == len(there) and _agree(due, there, Fraction(1, 2_000_000))
    return _control("stock", link, len(rows), _decimal(sum(there.values(), Fraction(0))), equal=equal)


def _stock_due(doubles: Sandbox, link: Link) -> dict[Key, Fraction]:
    from mappings.targets import load_targets
    from tasks.transform import our_warehouses

    with link.database.session() as session:
        warehouses, targets = our_warehouses(session, link), load_targets(session, link.id)
    due: dict[Key, Fraction] = {}
    totals = doubles.onec.store.balance("ТоварыНаСкладах", ("Номенклатура", "Склад"))
    for (good, warehouse), resources in totals.items():
        target, quantity = targets.get(good), Fraction(resources["ВНаличии"])
        if target is not None and warehouse in warehouses and quantity > 0:
            key = (warehouses[warehouse], target.their_good, target.their_unit)
            factor = Fraction(target.factor.numerator, target.factor.denominator)
            due[key] = due.get(key, Fraction(0)) + quantity * factor
    return due


# -- outlets -----------------------------------------------------------------------------------------------------------


def outlets(doubles: Sandbox, link: Link) -> list[Control]:
    """Compare the outlets that were sent with 1C's cards, where the manufacturer matches them."""
    if link.settings.matching_side != "manufacturer":
        return []
    book = doubles.crm.users[doubles.world.crm.user].book("outlets")
    cards = {card["Ref_Key"]: card for card in doubles.onec.store.objects("Catalog_Партнеры")}
    equal = bool(book) and all(
        str(row["AddressName"]) == cards[str(row["AddressId"])]["Description"].strip() for row in book
    )
    return [_control("outlets", link, len(book), "", equal=equal)]


# -- orders and statuses -----------------------------------------------------------------------------------------------


def orders(doubles: Sandbox, link: Link) -> Control:
    """Look for exactly one document in 1C of every order that the manufacturer gave out, and compare the sums."""
    documents: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entity, number in ORDERED[link.settings.order_document]:
        for each in doubles.onec.store.objects(entity):
            documents[each[number].strip()].append(each)
    for each in doubles.onec.store.objects("Document_ВозвратТоваровОтКлиента"):
        documents[each["НомерВходящегоДокумента"].strip()].append(each)
    given = doubles.crm.users[doubles.world.crm.user].orders
    decided = _decided(link)
    single = [documents[number][0] for number in given if len(documents[number]) == 1]
    sums = all(
        number in decided or Fraction(documents[number][0]["СуммаДокумента"]) == _ordered(order)
        for number, order in given.items()
        if documents[number]
    )
    amount = sum((Fraction(each["СуммаДокумента"]) for each in single), Fraction(0))
    equal = len(single) == len(given) and sums
    return Control("orders", len(given), len(single), 0, len(given) - len(single), len(single), _decimal(amount), equal)


def _decided(link: Link) -> set[str]:
    """Return the orders that an operator changed: their sums differ from what was ordered, on purpose."""
    from ledger.order_queries import orders as listed

    return {each.number for each in listed(link.database, link.id, limit=10_000) if each.overrides}


def _ordered(order: Any) -> Fraction:
    kopecks = [round(Fraction(line.price) * Fraction(line.quantity) * 100) for line in order.lines]
    return Fraction(sum(kopecks), 100)


def statuses(doubles: Sandbox, link: Link) -> list[Control]:
    """See that every order has a status at the manufacturer and none is given out any more."""
    user = doubles.world.crm.user
    rows = doubles.crm.rows(user, "statuses")
    given = doubles.crm.users[user].orders
    equal = {str(row["order"]) for row in rows} >= set(given) and not doubles.crm.users[user].waiting()
    return [_control("statuses", link, len(rows), "", equal=equal)]


# -- shipments ---------------------------------------------------------------------------------------------------------


def shipments(doubles: Sandbox, link: Link) -> Control:
    """Compare the window document by document and good by good."""
    since = date.fromisoformat(_newest(link, "shipments").window["work_date"])
    due = _shipments_due(doubles, link, since)
    held = doubles.crm.users[doubles.world.crm.user].rows("CRMDespatch")
    rows = [row for row in held if isinstance(when := row["DocumentDate"], datetime) and when.date() >= since]
    names = ("DocumentNumber", "DocumentTypeId", "AddressId", "WareHouseId", "WareId", "UnitId", "Quantity")
    there = _summed(tuple(row[name] for name in names) for row in rows)
    slack = Fraction(20, 1_000_000)  # each line is rounded to a millionth, a document's good has a few
    total = _decimal(sum(there.values(), Fraction(0)))
    return _control("shipments", link, len(rows), total, equal=_agree(due, there, slack))


def _shipments_due(doubles: Sandbox, link: Link, since: date) -> dict[Key, Fraction]:
    from mappings.parties import load_parties
    from mappings.targets import load_targets
    from tasks.transform import our_warehouses

    everybody = [each["Ref_Key"] for each in doubles.onec.store.objects("Catalog_Партнеры")]
    with link.database.session() as session:
        warehouses, targets = our_warehouses(session, link), load_targets(session, link.id)
        parties = load_parties(session, link.id, everybody, [], codes=link.settings.our_codes).outlets
    ours = link.settings.matching_side == "manufacturer"
    due: dict[Key, Fraction] = defaultdict(Fraction)
    for entity, (section, kind, sign) in SHIPPED.items():
        for document in doubles.onec.store.objects(entity):
            if not _ships(document, since):
                continue
            outlet = document["Партнер_Key"]
            code = outlet if ours else (parties[outlet].theirs if outlet in parties else "")
            number = f"{sign}{document['Date'][2:4]}-{document['Number'].strip()}"
            for row in document[section]:
                target, place = targets.get(row["Номенклатура_Key"]), warehouses.get(row["Склад_Key"])
                if target is not None and place is not None and code:
                    factor = Fraction(target.factor.numerator, target.factor.denominator)
                    key = (number, kind, code, place, target.their_good, target.their_unit)
                    due[key] += Fraction(row["Количество"]) * factor
    return {key: quantity for key, quantity in due.items() if quantity}


def _ships(document: Mapping[str, Any], since: date) -> bool:
    today = datetime.now().astimezone().date()
    when = date.fromisoformat(document["Date"][:10])
    posted = document["Posted"] and not document["DeletionMark"]
    return posted and since <= when <= today and document.get("Статус") not in NOT_SHIPPED


# -- inside ------------------------------------------------------------------------------------------------------------


def _newest(link: Link, exchange: str) -> Parcel:
    from ledger import reading

    (parcel,) = reading.parcels(link.database, link=link.name, exchange=exchange, limit=1)
    return parcel


def _control(exchange: str, link: Link, held: int, total: str, *, equal: bool) -> Control:
    counts = _newest(link, exchange).counts
    sums = {name: sum((counts.get(name) or {}).values()) for name in ("left_out", "unmatched", "refused")}
    waiting = sums["unmatched"] + sums["refused"]
    return Control(exchange, counts["read"], counts["sent"], sums["left_out"], waiting, held, total, equal)


def _summed(rows: Iterable[tuple[Any, ...]]) -> dict[Key, Fraction]:
    """Sum the last value of each row by the others: a row that came twice does not pass unseen."""
    found: dict[Key, Fraction] = defaultdict(Fraction)
    for *key, quantity in rows:
        found[tuple(map(str, key))] += Fraction(str(quantity))
    return {key: quantity for key, quantity in found.items() if quantity}


def _agree(due: Mapping[Key, Fraction], there: Mapping[Key, Fraction], slack: Fraction) -> bool:
    return due.keys() == there.keys() and all(abs(there[key] - exact) <= slack for key, exact in due.items())


def _decimal(value: Fraction) -> str:
    return f"{float(value):,.3f}".replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")
