"""What orders, their statuses, the catalogs of both sides and the manufacturer's words must have come to."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from ledger import reading
from ledger.confirmations import of_parcel
from ledger.links import link_id
from ledger.order_queries import orders as recorded
from ledger.verdicts import Verdict
from mappings.tables import OurItemRow, TheirItemRow
from tests.matrix import small
from tests.matrix.fragile import database_of
from tests.matrix.small import ORDER, SALE, ref
from tests.matrix.stage import told
from tests.matrix.subjects import TARGETS, Subject, match_rest, rename
from tests.matrix.workbench import LINK, Trouble

if TYPE_CHECKING:
    from ledger.order_values import Record
    from sandbox.content import CrmOrder
    from tests.matrix.workbench import Bench

OURS: Final = {ware: good for good, (ware, _, _) in TARGETS.items() if ware != "W1"}
"""Their good → the one of ours that it is; W1 is two of ours, so that an order of it waits for a person."""

CREATED, WAITS = "Transfered", "Entered"


# -- orders ------------------------------------------------------------------------------------------------------------


def can_be_made(bench: Bench, order: CrmOrder) -> bool:
    """Tell whether everything that an order names is matched."""
    outlet = ref(order.crm_client_id.removeprefix("C-"))
    return outlet in bench.matched and all(OURS.get(line.ware_id) in bench.matched for line in order.lines)


def documents(bench: Bench, number: str) -> list[dict[str, Any]]:
    """Return the documents of 1C that bear a number of the manufacturer's."""
    return [each for each in bench.doubles.onec.store.objects(ORDER) if each["НомерПоДаннымКлиента"] == number]


def lines_due(order: CrmOrder) -> list[tuple[str, Fraction]]:
    """Return what a document of an order holds: our good and its quantity."""
    found = []
    for line in order.lines:
        good = OURS[line.ware_id]
        found.append((good, Fraction(line.quantity) / TARGETS[good][2]))
    return sorted(found)


def lines_of(document: dict[str, Any]) -> list[tuple[str, Fraction]]:
    return sorted((row["Номенклатура_Key"], Fraction(row["Количество"])) for row in document["Товары"])


def orders_truth(bench: Bench) -> dict[str, Any]:
    """Return by number what an order's document holds, None where the order waits; what was made stays."""
    return {
        number: lines_due(order) if can_be_made(bench, order) else None
        for number, order in bench.holdings.orders.items()
    }


def orders_held(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number in bench.holdings.orders:
        there = documents(bench, number)
        if len(there) > 1:
            raise Trouble("doubled", f"order {number} has {len(there)} documents")
        found[number] = lines_of(there[0]) if there else None
    return found


def check_orders(bench: Bench) -> None:
    """See that the ledger knows every order, and the manufacturer how each stands."""
    with closing(database_of(bench.path)) as database, database.begin() as session:
        number_of = link_id(session, LINK)
        records: dict[str, Record] = {each.number: each for each in recorded(database, number_of)}
    statuses = {row["order"]: row["status"] for row in bench.rows("statuses")}
    if records.keys() != bench.holdings.orders.keys():
        raise Trouble("lost", f"the ledger has {sorted(records)} of {sorted(bench.holdings.orders)}")
    for number, order in bench.holdings.orders.items():
        made, record = can_be_made(bench, order), records[number]
        if (record.state.value, statuses.get(number)) != (("answered", CREATED) if made else ("parked", WAITS)):
            raise Trouble("silent", f"order {number} is {record.state}, they were told {statuses.get(number)}")
        if made and (
            record.document != documents(bench, number)[0]["Ref_Key"] or number not in bench.holdings.answered
        ):
            raise Trouble("half", f"order {number} is made and not answered")
        if not made and not record.reasons:
            raise Trouble("silent", f"order {number} waits for nothing that is named")


def new_order(bench: Bench, rng: Random) -> str:
    number = f"CRM1{next(bench.numbers):03d}"
    wares = rng.sample(["W2", "W3", "W4", "W5"], rng.randint(1, 3))
    lines = [(ware, TARGETS[OURS[ware]][1], str(30 * rng.randint(1, 5))) for ware in wares]
    bench.doubles.crm.add_orders(bench.user, [small.their_order(number, lines, f"C-shop-{rng.randint(1, 4)}")])
    return f"заказ {number} {lines}"


def repeat_order(bench: Bench, rng: Random) -> str:
    number = rng.choice(sorted(bench.holdings.orders))
    bench.holdings.answered.discard(number)
    return f"повтор {number}"


# -- statuses ----------------------------------------------------------------------------------------------------------


def statuses_truth(bench: Bench) -> dict[str, str]:
    """Return what the manufacturer is to know of each order, from the documents of 1C."""
    shipped: dict[str, Decimal] = {}
    for sale in bench.doubles.onec.store.objects(SALE):
        if sale["Posted"] and not sale["DeletionMark"]:
            mine = sum((row["Количество"] for row in sale["Товары"]), Decimal(0))
            shipped[sale["ЗаказКлиента"]] = shipped.get(sale["ЗаказКлиента"], Decimal(0)) + mine
    found = {}
    for number in bench.holdings.orders:
        there = documents(bench, number)
        if not there:
            found[number] = WAITS
        elif there[0]["DeletionMark"]:
            found[number] = "Cancelled"
        else:
            sold = there[0]["Posted"] and shipped.get(there[0]["Ref_Key"])
            found[number] = "Dispatched" if sold else CREATED
    return found


def statuses_held(bench: Bench) -> dict[str, str]:
    return {row["order"]: row["status"] for row in bench.rows("statuses")}


def with_orders(bench: Bench) -> None:
    """Have orders made and told, and then one of them shipped: the next run has news."""
    bench.run_whole("orders")
    ship_order(bench, Random(0))  # noqa: S311 - always the same order


def _a_document(bench: Bench, rng: Random) -> dict[str, Any]:
    made = [each for each in bench.doubles.onec.store.objects(ORDER) if each["НомерПоДаннымКлиента"]]
    return rng.choice(sorted(made, key=lambda each: str(each["НомерПоДаннымКлиента"])))


def post_order(bench: Bench, rng: Random) -> str:
    document = _a_document(bench, rng)
    if not document["DeletionMark"]:
        told(bench.doubles, ORDER, document["Ref_Key"], "Unpost" if document["Posted"] else "Post")
    return f"проведение {document['НомерПоДаннымКлиента']}"


def ship_order(bench: Bench, rng: Random) -> str:
    document = _a_document(bench, rng)
    if document["DeletionMark"]:
        return "нечего отгружать"
    if not document["Posted"]:
        told(bench.doubles, ORDER, document["Ref_Key"], "Post")
    sold = small.sale(f"ship-{next(bench.numbers)}", "shop-1", [("kvass", "1", "40")], days=0)
    of_order = {"ЗаказКлиента": document["Ref_Key"], "ЗаказКлиента_Type": f"StandardODATA.{ORDER}"}
    line = {**sold["Товары"][0], "Номенклатура_Key": document["Товары"][0]["Номенклатура_Key"], **of_order}
    bench.add(SALE, sold | of_order | {"Товары": [line]})
    return f"отгрузка {document['НомерПоДаннымКлиента']}"


def delete_order(bench: Bench, rng: Random) -> str:
    document = _a_document(bench, rng)
    if document["Posted"]:
        told(bench.doubles, ORDER, document["Ref_Key"], "Unpost")
    told(bench.doubles, ORDER, document["Ref_Key"], DeletionMark=not document["DeletionMark"])
    return f"пометка {document['НомерПоДаннымКлиента']}"


# -- what comes in -----------------------------------------------------------------------------------------------------


def goods_truth(bench: Bench) -> dict[tuple[str, str], str]:
    return {(good.ware_id, unit.unit_id): good.name for good in bench.holdings.goods for unit in good.units}


def goods_held(bench: Bench) -> dict[tuple[str, str], str]:
    item = TheirItemRow
    asked = select(item.their_id, item.their_unit, item.name).where(item.kind == "good", item.vanished_at.is_(None))
    with closing(database_of(bench.path)) as database, database.session() as session:
        return {(ware, unit): name for ware, unit, name in session.execute(asked)}


def change_goods(bench: Bench, rng: Random) -> str:
    goods, place = bench.holdings.goods, rng.randrange(len(bench.holdings.goods))
    what = rng.choice(("новый", "другое имя", "исчез"))
    if what == "новый":
        goods.append(small.their_good(f"N{next(bench.numbers)}", "ea"))
    elif what == "другое имя":
        goods[place] = replace(goods[place], name=f"Переименован {next(bench.numbers)}")
    elif len(goods) > 2:
        goods.pop(place)
    return f"{what} товар производителя"


def catalogs_truth(bench: Bench) -> dict[tuple[str, str], str]:
    store = bench.doubles.onec.store
    found = {("good", card["Ref_Key"]): card["Description"] for card in store.objects("Catalog_Номенклатура")}
    found |= {("counterparty", card["Ref_Key"]): card["Description"] for card in store.objects("Catalog_Контрагенты")}
    outlets = {ref(name) for name in small.OUTLETS}
    cards = store.objects("Catalog_Партнеры")
    return found | {("outlet", card["Ref_Key"]): card["Description"] for card in cards if card["Ref_Key"] in outlets}


def catalogs_held(bench: Bench) -> dict[tuple[str, str], str]:
    item = OurItemRow
    asked = select(item.kind, item.our_id, item.name).where(item.kind.in_(("good", "counterparty", "outlet")))
    with closing(database_of(bench.path)) as database, database.session() as session:
        return {(kind, our_id): name for kind, our_id, name in session.execute(asked)}


# -- confirmations -----------------------------------------------------------------------------------------------------


def send_and_be_judged(bench: Bench) -> None:
    """Send the balances, and let the manufacturer say that they are right."""
    bench.run_whole("stock")
    for arrival in list(bench.doubles.crm.journal.arrivals):
        if arrival.outcome == "accepted" and arrival.request == "set":
            bench.doubles.crm.judge(bench.user, "CRMWhBalanceEx", "accepted", message=arrival.number)


def words(bench: Bench) -> list[str]:
    with closing(database_of(bench.path)) as database:
        parcels = reading.parcels(database, link=LINK, exchange="stock", limit=10)
        return [str(word.state) for each in parcels if (word := of_parcel(database, each.id))]


INTERNAL: Final = (
    Subject("orders", orders_truth, orders_held, (new_order, repeat_order, match_rest), check=check_orders),
    Subject(
        "statuses", statuses_truth, statuses_held, (post_order, ship_order, delete_order),
        before=with_orders, keyed=True,
    ),
    Subject("goods", goods_truth, goods_held, (change_goods,)),
    Subject("catalogs", catalogs_truth, catalogs_held, (rename("Catalog_Номенклатура"), rename("Catalog_Партнеры"))),
    Subject(
        "confirmations", lambda _: [Verdict.ACCEPTED.value], words, (),
        {"confirmations": {"stock": "service"}}, before=send_and_be_judged,
    ),
)  # fmt: skip
