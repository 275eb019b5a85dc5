"""A distributor whose goods and outlets are matched, and a manufacturer who orders what a test says."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from foundation.database import utc_now
from foundation.settings import link_settings
from ledger.orders import Orders
from ledger.parcels import Ledger
from ledger.states import ParcelState
from mappings.catalog import OURS, store_ours, store_theirs
from mappings.correspondences import confirm_many, end
from mappings.pairs import Pair
from sandbox.running import ONEC_PASSWORD, ONEC_USER
from tasks.extract import read_table
from tasks.links import open_link
from tasks.load import send
from tasks.orders import load_orders, receive_orders
from tasks.statuses import NEWS, OPEN, collect_statuses, note_told, prepare_statuses

if TYPE_CHECKING:
    from decimal import Decimal

    from foundation.database import Database
    from foundation.errors import MI1CError
    from ledger.order_values import Record
    from sandbox.content import TruePair
    from sandbox.running import Sandbox
    from tasks.links import Link
    from tasks.order_counts import OrderCounts

NUMBERS = count(1)
CATALOGS: dict[Any, str] = {
    "unit": "units", "warehouse": "warehouses", "counterparty": "counterparties", "outlet": "outlets", "good": "goods",
}  # fmt: skip


@dataclass
class Shop:
    """One link between the doubles; goods and outlets are the world's that are simple to order."""

    doubles: Sandbox
    link: Link
    goods: list[TruePair]
    twins: dict[str, list[str]]
    outlets: list[TruePair]
    cards: dict[str, dict[str, Any]]
    made: dict[str, str] = field(default_factory=dict)

    # -- the manufacturer ----------------------------------------------------------------------------------------------

    @property
    def user(self) -> str:
        return self.doubles.world.crm.user

    def order(self, *lines: tuple[Any, ...], **more: Any) -> str:
        """Order (place of the good, unit, quantity, price) lines for the first outlet; returns the number."""
        number = more.pop("number", None) or f"DS108-T{next(NUMBERS):06d}"
        order = {
            "number": number,
            "date": "2026-11-20T10:15:00",
            "action_date": "2026-11-26T00:00:00",
            "crm_client_id": self.outlets[more.pop("outlet", 0)].their_id,
            "client_name": "Магазин Уют",
            "client_address": "ул. Мира, д. 1",
            "person_id": "101",
            "warehouse_id": "1",
            "pay_kind": "2",
            "price_type": "1",
            "lines": [self.line(*line) for line in lines or [(0, "ea", "24", "10.50")]],
            **more,
        }
        self.doubles.crm.add_orders(self.user, [order])
        return number

    def line(self, place: int | str, unit: str = "ea", quantity: str = "1", price: str = "1") -> dict[str, str]:
        ware = place if isinstance(place, str) else self.goods[place].their_id
        return {"ware_id": ware, "unit_id": unit, "quantity": quantity, "price": price}

    def change(self, number: str, **more: Any) -> None:
        """Put another content in the place of an order, which is given out again."""
        holdings = self.doubles.crm.users[self.user]
        holdings.orders.pop(number)
        holdings.answered.discard(number)
        self.order(*more.pop("lines"), number=number, **more)

    def repeat(self, number: str) -> None:
        self.doubles.crm.users[self.user].answered.discard(number)

    def told(self, number: str) -> dict[str, Any]:
        """Return the status that the manufacturer holds of an order."""
        rows = [row for row in self.doubles.crm.rows(self.user, "statuses") if row["order"] == number]
        return rows[0] if rows else {}

    def times_told(self, number: str) -> int:
        block = self.doubles.crm.users[self.user].rows("CRMOrderStatus")
        return sum(row["CRMOrderNumber"] == number for row in block)

    # -- the runs ------------------------------------------------------------------------------------------------------

    def run(self) -> tuple[OrderCounts, MI1CError | None]:
        """Run the exchange of orders and answer; returns counts and what ended it early."""
        taken = receive_orders.fn(self.link)
        error = load_orders.fn(self.link, taken)
        self.tell(NEWS)
        return taken.counts, error

    def tell(self, states: Any = OPEN) -> int:
        """Run the exchange of statuses; returns how many were told."""
        with Ledger(self.link.database, self.link.id).hold("statuses", "test"):
            parcel = prepare_statuses.fn(self.link, collect_statuses.fn(self.link, states=states))
            if parcel is None:
                return 0
            parcel = send.fn(self.link, parcel)
            assert parcel.state is ParcelState.ANSWERED
            return note_told.fn(self.link, parcel)

    # -- the ledger and 1C ---------------------------------------------------------------------------------------------

    @property
    def orders(self) -> Orders:
        return Orders(self.link.database, self.link.id)

    def record(self, number: str) -> Record:
        from ledger.order_queries import order

        return order(self.link.database, self.link.id, number)

    def events(self, number: str) -> list[str]:
        from ledger.order_queries import events

        return [each.event for each in events(self.link.database, self.record(number).id)]

    def documents(self, number: str, entity: str = "Document_ЗаказКлиента") -> list[dict[str, Any]]:
        """Return the documents of 1C that bear a number."""
        source = {"Document_ЗаказКлиента": "НомерПоДаннымКлиента", "Document_РеализацияТоваровУслуг": "ОснованиеНомер"}
        name = source.get(entity, "НомерВходящегоДокумента")
        return [each for each in self.doubles.onec.store.objects(entity) if each[name] == number]

    def reasons(self, number: str) -> dict[str, dict[str, Any]]:
        return {reason["kind"]: reason for reason in self.record(number).reasons}

    def patch(self, entity: str, ref: str, **values: Any) -> None:
        with self.link.onec() as onec:
            onec.patch(entity, ref, values)

    def unmatch(self, kind: Any, our_id: str) -> Pair:
        """End the pair of a thing of ours; returns it, to be made again."""
        from mappings.correspondences import history

        with self.link.database.begin() as session:
            pair = next(each for each in history(session, self.link.id, kind, our_id) if each.ended_at is None)
            end(session, self.link.id, pair.id, author="тест", reason="тест")
        return pair.again("тест")

    def match(self, *pairs: Pair) -> None:
        with self.link.database.begin() as session:
            confirm_many(session, self.link.id, pairs, author="тест")

    def unit_pair(self, place: int) -> Pair:
        good = self.goods[place]
        return unit_pair(good, self.cards)


def unit_pair(good: TruePair, cards: dict[str, dict[str, Any]]) -> Pair:
    unit = cards[good.our_id]["ЕдиницаИзмерения_Key"]
    return Pair("unit", unit, good.their_unit, good.our_id, good.numerator, good.denominator)


def values(doubles: Sandbox, **more: Any) -> dict[str, Any]:
    """Return the settings of a link that takes orders."""
    pairs = [pair for pair in doubles.world.pairs if pair.kind == "warehouse"]
    users = [user["Description"] for user in doubles.world.onec["Catalog_Пользователи"]]
    return {
        "onec_url": doubles.onec_url,
        "onec_user": ONEC_USER,
        "onec_password": ONEC_PASSWORD,
        "profile_parameters": {"code_field": "КодПроизводителя"},
        "crm_url": doubles.crm_url,
        "crm_user": doubles.world.crm.user,
        "warehouses": {pair.our_id: pair.their_id for pair in pairs[:3]},
        "order_agents": {str(number): users[number % len(users)] for number in range(101, 113)},
        "order_price_types": {"1": "Оптовая", "2": "Розничная"},
        "order_pay_kinds": {"1": "Наличная", "2": "Безналичная"},
        **more,
    }


def shop(doubles: Sandbox, database: Database, name: str, **more: Any) -> Shop:
    """Open a link over a database of its own and match what the shop orders."""
    link = open_link(name, link_settings(values(doubles, **more)), database)
    cards = {card["Ref_Key"]: card for card in doubles.world.onec["Catalog_Номенклатура"]}
    goods, twins = simple_goods(doubles, cards)
    made = Shop(doubles, link, goods, twins, simple_outlets(doubles), cards)
    store_catalogs(link)
    pairs = [pair for good in goods[:40] for pair in (Pair("good", good.our_id, good.their_id), unit_pair(good, cards))]
    pairs += [Pair("outlet", outlet.our_id, outlet.their_id) for outlet in made.outlets[:10]]
    made.match(*pairs)
    holdings = doubles.crm.users[doubles.world.crm.user]
    holdings.answered.update(holdings.orders)
    holdings.ware_matches.clear()
    holdings.outlet_matches.clear()
    return made


def store_catalogs(link: Link) -> None:
    from mappings.translate import goods as rules

    scheme = link.layout.scheme("goods")  # type: ignore[arg-type]  # an exchange by its value
    with link.crm() as crm:
        theirs = rules.translate(crm.get(scheme).tables["CRMWare"]).tables["their_goods"]
    with link.database.begin() as session:
        store_theirs(session, link.id, theirs, utc_now())
    for kind in OURS:
        frame = read_table(link, CATALOGS[kind])
        with link.database.begin() as session:
            store_ours(session, link.id, kind, frame, utc_now())


def simple_goods(doubles: Sandbox, cards: dict[str, dict[str, Any]]) -> tuple[list[TruePair], dict[str, list[str]]]:
    """Return goods in pieces, one of ours to one of theirs, with a box at the manufacturer; and those that are several."""
    by_their: dict[str, list[TruePair]] = {}
    for pair in doubles.world.pairs:
        if pair.kind == "good":
            by_their.setdefault(pair.their_id, []).append(pair)
    units = {unit["Ref_Key"]: unit["Description"] for unit in doubles.world.onec["Catalog_УпаковкиЕдиницыИзмерения"]}
    boxes = {good.ware_id for good in doubles.world.crm.goods if {"ea", "box"} == {unit.unit_id for unit in good.units}}
    goods = [
        pairs[0]
        for their_id, pairs in by_their.items()
        if len(pairs) == 1
        and their_id in boxes
        and (pairs[0].their_unit, pairs[0].numerator, pairs[0].denominator) == ("ea", 1, 1)
        and units[cards[pairs[0].our_id]["ЕдиницаИзмерения_Key"]] == "шт"
        and not cards[pairs[0].our_id]["DeletionMark"]
    ]
    twins = {
        their_id: [pair.our_id for pair in pairs]
        for their_id, pairs in by_their.items()
        if len(pairs) == 2 and all(pair.their_unit == "ea" and pair.numerator == 1 for pair in pairs)
    }
    return goods, twins


def simple_outlets(doubles: Sandbox) -> list[TruePair]:
    """Return outlets that have one payer, whose one contract is in force."""
    world = doubles.world.onec
    partners = {card["Ref_Key"]: card for card in world["Catalog_Партнеры"]}
    payers: dict[str, list[str]] = {}
    for card in world["Catalog_Контрагенты"]:
        payers.setdefault(card["Партнер_Key"], []).append(card["Ref_Key"])
    now = doubles.world.now
    good = {
        card["Контрагент_Key"] for card in world["Catalog_ДоговорыКонтрагентов"] if card["ДатаОкончанияДействия"] > now
    }
    return [
        pair
        for pair in doubles.world.pairs
        if pair.kind == "outlet"
        and not partners[pair.our_id].get("DeletionMark")
        and len(mine := payers.get(partners[pair.our_id]["Parent_Key"], [])) == 1
        and mine[0] in good
    ]


def box_of(shop: Shop, place: int) -> Decimal:
    """Return how many pieces the manufacturer's box of a good holds."""
    good = next(each for each in shop.doubles.world.crm.goods if each.ware_id == shop.goods[place].their_id)
    return next(unit.factor for unit in good.units if unit.unit_id == "box")
