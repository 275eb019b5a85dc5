"""All six exchanges on every configuration: what the manufacturer must hold is the same whichever base it comes from.

The truth is counted from the world as УТ 11.5 keeps it, with fractions; only correspondences are asked of the product.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from tests.orders.order_help import Shop, box_of, simple_goods, simple_outlets

if TYPE_CHECKING:
    from mappings.translate.targets import Targets
    from sandbox.content import World
    from tests.profiles.conftest import Base

pytestmark = [pytest.mark.xdist_group("bases"), pytest.mark.filterwarnings("default")]  # prefect's own warnings

DOCUMENTS = {
    "Document_РеализацияТоваровУслуг": ("Товары", 1),
    "Document_ВозвратТоваровОтКлиента": ("Товары", -1),
    "Document_КорректировкаРеализации": ("Расхождения", 1),
}
"""Documents of УТ 11.5: the section that ships, and its sign."""

Net = dict[tuple[str, ...], Fraction]


def targets_of(base: Base) -> tuple[dict[str, str], Targets]:
    """Return the link's warehouses (ours → theirs) and what each of our goods is sent as."""
    from mappings.targets import load_targets
    from tasks.transform import our_warehouses

    link = base.link()
    with link.database.session() as session:
        return our_warehouses(session, link), load_targets(session, link.id)


def balances(world: World) -> Net:
    """Return the balances of УТ: (good, warehouse) → exact quantity."""
    from sandbox.onec.service import OneC
    from sandbox.world.bases import configuration

    totals = OneC(configuration("ut11"), world.onec).store.balance("ТоварыНаСкладах", ("Номенклатура", "Склад"))
    return {key: Fraction(resources["ВНаличии"]) for key, resources in totals.items()}


@pytest.mark.exchange("goods")
def test_goods_and_catalogs_came(base: Base, world: World) -> None:
    from sqlalchemy import func, select

    from mappings.tables import OurItemRow

    link, row = base.link(), OurItemRow
    with link.database.session() as session:
        counted = select(row.kind, func.count()).where(row.link_id == link.id).group_by(row.kind)
        rows: dict[str, int] = dict(session.execute(counted).tuples().all())
        barcodes = session.scalars(select(row.barcodes).where(row.link_id == link.id, row.kind == "good"))
        coded = sum(bool(each) for each in barcodes)
    assert rows["good"] == len(world.onec["Catalog_Номенклатура"])
    assert rows["warehouse"] >= 4
    assert rows["counterparty"] >= 900
    assert rows["unit"] >= 5
    assert coded > 4000


@pytest.mark.exchange("stock")
def test_stock_is_the_same_in_every_base(base: Base, world: World) -> None:
    from flows.stock import stock

    result: dict[str, Any] = stock(link=base.name)
    warehouses, targets = targets_of(base)
    due: Net = defaultdict(Fraction)
    for (good, place), quantity in balances(world).items():
        target = targets.get(good)
        if target is not None and place in warehouses and quantity > 0:
            factor = Fraction(target.factor.numerator, target.factor.denominator)
            due[warehouses[place], target.their_good, target.their_unit] += quantity * factor
    rows = base.doubles.crm.rows(base.user)
    held: Net = defaultdict(Fraction)
    for row in rows:
        held[row["warehouse"], row["ware"], row["unit"]] += Fraction(str(row["quantity"]))
    assert len(rows) == len(held) == result["lines"] > 900
    assert due.keys() == held.keys()
    assert max(abs(held[key] - exact) for key, exact in due.items()) <= Fraction(1, 2_000_000)


@pytest.mark.exchange("outlets")
def test_outlets_leave_with_their_payers_and_addresses(base: Base, world: World) -> None:
    from flows.outlets import outlets

    result: dict[str, Any] = outlets(link=base.name)
    assert result["sent"] > 1300
    rows = base.doubles.crm.rows(base.user, "outlets")
    told = {row["address"]: row for row in rows}
    known = {pair.our_id for pair in world.pairs if pair.kind == "outlet"}
    gone = {card["Ref_Key"] for card in world.onec["Catalog_Партнеры"] if card.get("DeletionMark")}
    payers = {row["Партнер_Key"]: row["Контрагент_Key"] for row in world.onec["Document_РеализацияТоваровУслуг"]}
    sure = [ref for ref in known & set(told) if ref in payers]
    assert len(known - gone - set(told)) <= 40  # of partners with several payers, УТ cannot know whose the outlet is
    assert len(sure) > 400
    assert all(told[ref]["company"] == payers[ref] for ref in sure)
    assert sum(bool(told[ref]["location"]) for ref in sure) == len(sure)


def shop_of(base: Base) -> Shop:
    """Return the shop of the orders' own tests over this base; nothing of the world's orders comes any more."""
    world = base.doubles.world
    cards = {card["Ref_Key"]: card for card in world.onec["Catalog_Номенклатура"]}
    goods, twins = simple_goods(base.doubles, cards)
    holdings = base.doubles.crm.users[base.user]
    holdings.answered.update(holdings.orders)
    holdings.ware_matches.clear()
    holdings.outlet_matches.clear()
    return Shop(base.doubles, base.link(), goods, twins, simple_outlets(base.doubles), cards)


@pytest.mark.exchange("orders")
def test_orders_become_documents_once_and_are_answered(base: Base) -> None:
    from flows.orders import orders
    from flows.statuses import statuses

    shop = shop_of(base)
    box = box_of(shop, 1)
    numbers = [
        shop.order((0, "ea", "24", "10.50"), (1, "box", "2", "120.00")),
        shop.order((2, "ea", "7", "33.33"), outlet=1),
    ]
    result: dict[str, Any] = orders(link=base.name)
    records = [shop.record(number) for number in numbers]
    assert [record.state for record in records] == ["answered", "answered"], [record.reasons for record in records]
    assert result["told"] == 2
    document = base.doubles.onec.store.object(records[0].entity, records[0].document) or {}
    profile = base.link().profile.orders["request"]
    number = document[profile.external.number]
    rows = document[profile.section]
    goods = [row[profile.lines["our_good"]] for row in rows]
    quantities = [Fraction(row[profile.lines.get("quantity") or profile.lines["packages"]]) for row in rows]
    assert number.strip() == numbers[0]
    assert goods == [shop.goods[0].our_id, shop.goods[1].our_id]
    assert quantities == [24, 2 * box]
    assert [Fraction(row["Сумма"]) for row in rows] == [252, 240]

    for each in numbers:
        shop.repeat(each)
    before = len(base.doubles.onec.store.objects(records[0].entity))
    again: dict[str, Any] = orders(link=base.name)
    assert again["fates"]["repeated"] == 2
    assert len(base.doubles.onec.store.objects(records[0].entity)) == before
    statuses(link=base.name)
    assert shop.told(numbers[0])["comment"].startswith(base.link().profile.orders["request"].title)


@pytest.mark.exchange("shipments")
def test_shipments_are_the_same_in_every_base(base: Base, world: World) -> None:
    from flows.shipments import shipments

    days = 14
    result: dict[str, Any] = shipments(link=base.name, days=days)
    since = base.link().now().date() - timedelta(days=days)
    warehouses, targets = targets_of(base)
    outlets = {pair.our_id: pair.their_id for pair in world.pairs if pair.kind == "outlet"}
    due: Net = defaultdict(Fraction)
    for name, (section, sign) in DOCUMENTS.items():
        for document in world.onec[name]:
            if not document["Posted"] or document["DeletionMark"] or document["Date"].date() < since:
                continue
            for row in document[section]:
                target, place = targets.get(row["Номенклатура_Key"]), warehouses.get(document["Склад_Key"])
                outlet = outlets.get(document["Партнер_Key"])
                if target is not None and place is not None and outlet is not None:
                    factor = Fraction(target.factor.numerator, target.factor.denominator)
                    due[outlet, place, target.their_good, target.their_unit] += (
                        sign * Fraction(row["Количество"]) * factor
                    )
    held: Net = defaultdict(Fraction)
    for row in base.doubles.crm.holdings(base.user).rows("CRMDespatch"):
        key = tuple(str(row[name]) for name in ("AddressId", "WareHouseId", "WareId", "UnitId"))
        held[key] += (-1 if row["DocumentTypeId"] == "CustReturn" else 1) * Fraction(str(row["Quantity"]))
    slack = Fraction(40, 1_000_000)  # each line is rounded to a millionth
    off = {key: (due[key], held[key]) for key in {*due, *held} if abs(due[key] - held[key]) > slack}
    assert not off
    assert result["lines"] > 500
    assert sum(due.values()) > 0


@pytest.mark.exchange("statuses")
def test_what_was_shipped_of_an_order_is_told(base: Base) -> None:
    """A shipment is entered by hand in 1C, in the configuration's own document, in packages where it counts in them."""
    from flows.orders import orders
    from flows.statuses import statuses

    shop = shop_of(base)
    number = shop.order((3, "ea", "24", "10.00"))
    orders(link=base.name)
    record = shop.record(number)
    about = base.link().profile.orders["request"].shipments
    assert about is not None
    named = {about.head_order: record.document}
    if not about.head_order.endswith("_Key"):
        named[f"{about.head_order}_Type"] = f"StandardODATA.{about.type}"
    for quantity, word in ((10, "partly"), (14, "shipped")):
        row: dict[str, Any] = {about.our_good: shop.goods[3].our_id, about.quantity: quantity}
        with base.link().onec() as onec:
            onec.post(record.entity, record.document)
            made = onec.create(about.entity, {**named, about.section: [row]})
            onec.post(about.entity, str(made["Ref_Key"]))
        statuses(link=base.name)
        assert shop.told(number)["status"] == base.link().layout.values["status"][word]


def test_a_base_is_recognised_and_its_check_finds_nothing(base: Base) -> None:
    from tasks.checking import look_at

    found, faults = look_at(base.link())
    assert faults == []
    assert found is not None
    assert found.likely[0].profile == base.name
    assert found.steps == []
    counts = {each.value: each.count for each in found.outlets}
    assert found.outlet in {"child_partner", "branch"}
    assert all(counts.values())
    assert found.speed is not None
    assert found.speed.rows == 1000
