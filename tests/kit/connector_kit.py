"""What every connector of 1C is asked the same way: a base as each kind of connector sees it, with its truth.

Whoever writes a new connector adds a maker of a :class:`Subject` to ``SUBJECTS``; the suite is
``test_connector_kit.py``. What a kind cannot carry is ``None`` here, and must be refused clearly.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mappings.profiles.profile import load_profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mappings.model import Reading

Balances = dict[tuple[str, str], int]
"""(good, warehouse) → millionths, only those that are not zero."""


@dataclass
class Subject:
    """A base behind one connector. ``refused`` are readings that the kind cannot carry out, each by what it is."""

    connector: Any
    profile: str
    goods: set[str]
    balances: Balances
    moment: datetime
    at_moment: Balances | None
    dated: dict[str, datetime]
    order: Callable[[str], object]
    found: Callable[[str], list[Any]]
    refused: dict[str, Callable[[], object]] = field(default_factory=dict)

    def reading(self, table: str, **more: Any) -> Reading:
        """Return how the kind's own profile reads a table."""
        return load_profile(self.profile).reading(table, **more)


def micro(value: Decimal) -> int:
    return int(value * 1_000_000)


@contextmanager
def odata(folder: Path) -> Iterator[Subject]:
    """Give a УТ 11.5 by OData."""
    del folder
    import sandbox
    from connectors.onec.odata import OneC, OneCAddress
    from sandbox.running import ONEC_PASSWORD, ONEC_USER

    with sandbox.start() as doubles:
        store, now = doubles.onec.store, doubles.world.now
        moment = now - timedelta(days=10)
        sales = store.objects("Document_РеализацияТоваровУслуг")
        address = OneCAddress(doubles.onec_url, ONEC_USER, ONEC_PASSWORD, connections=2)
        document = "Document_ЗаказКлиента"
        with OneC(address) as onec:

            def find(number: str) -> list[Any]:
                return onec.find(document, f"НомерПоДаннымКлиента eq '{number}'")

            def order(number: str) -> object:
                there = find(number)
                return (
                    there[0]["Ref_Key"] if there else onec.create(document, {"НомерПоДаннымКлиента": number})["Ref_Key"]
                )

            table = store.registers["AccumulationRegister_ТоварыНаСкладах"]
            text = moment.isoformat()
            at = table.balances_at(lambda period: period <= text)
            yield Subject(
                onec,
                "ut11",
                {each["Ref_Key"] for each in store.objects("Catalog_Номенклатура")},
                {
                    (good, place): micro(Decimal(sums["ВНаличии"]))
                    for (good, place), sums in store.balance("ТоварыНаСкладах", ("Номенклатура", "Склад")).items()
                    if sums["ВНаличии"]
                },
                moment,
                _summed(table.register.dimensions, table.dimension_slots, table.register.records, at),
                {each["Ref_Key"]: datetime.fromisoformat(each["Date"]) for each in sales if each["Товары"]},
                order,
                find,
                {
                    "a set that is not published": lambda: onec.read(
                        replace(load_profile("ut11").reading("goods"), entity="Catalog_НетТакого")
                    ),
                },
            )


def _summed(dimensions: Any, slots: Any, records: Any, totals: Any) -> Balances:
    """Return totals by good and warehouse."""
    del dimensions
    good, place = (slots.index(records.slots_of(name)[0]) for name in ("Номенклатура", "Склад"))
    made: Balances = {}
    for key, values in totals.items():
        made[key[good], key[place]] = made.get((key[good], key[place]), 0) + micro(values[0])
    return {key: value for key, value in made.items() if value}


@contextmanager
def v77(folder: Path) -> Iterator[Subject]:
    """Give a 7.7 «Торговля и Склад»."""
    from connectors.onec.v77 import V77, V77Address
    from connectors.onec.v77.folder import ExchangeFolder
    from connectors.onec.v77.ids import key_of
    from connectors.onec.v77.orders import FolderOrder, OrderLine, Party
    from sandbox.v77 import write_base

    made = write_base(folder / "base", seed=7)
    base = V77(V77Address(made.folder, scratch=folder, wait=0))
    exchange = ExchangeFolder(folder / "exchange")
    profile = load_profile("v77-trade")
    moment = made.trade.sales[len(made.trade.sales) // 2].moment

    def order(number: str) -> object:
        line = OrderLine(Party(key_of(next(iter(made.shelf.goods)))), 1_000_000, 10_000_000, 10_000_000)
        return exchange.put(FolderOrder(number, moment.date(), Party("buyer"), (line,))).name

    yield Subject(
        base,
        "v77-trade",
        {key_of(good) for good in made.shelf.goods},
        {(key_of(good), key_of(place)): micro(value) for (good, place), value in made.trade.stock.items() if value},
        moment,
        _movements(made, moment),
        {},
        order,
        lambda number: [each for each in exchange.waiting() if number in each.path.name],
        {"a catalog that is not there": lambda: base.read(replace(profile.reading("goods"), entity="Справочник.Нет"))},
    )


def _movements(made: Any, moment: datetime) -> Balances:
    """Return what the movements of stock come to by the end of a moment's day."""
    from connectors.onec.v77.ids import key_of

    found: dict[tuple[str, str], Decimal] = {}
    register = made.configuration.registers["ОстаткиТМЦ"]
    names = [attribute.name for attribute in register.dimensions]
    for movement in made.movements["ОстаткиТМЦ"]:
        if movement.day <= moment.date():
            values = dict(zip(names, movement.dimensions, strict=True))
            key = key_of(values["Номенклатура"]), key_of(values["Склад"])
            found[key] = found.get(key, Decimal(0)) + movement.sign * movement.resources[0]
    return {key: micro(value) for key, value in found.items() if value}


@contextmanager
def files(folder: Path) -> Iterator[Subject]:
    """Give a base that writes CommerceML into a folder."""
    from connectors.onec.files import FolderAddress, OneCFiles, Order, OrderLine, OrderParty
    from sandbox.files import DIALECTS, FileSide, books_of
    from sandbox.world import build

    world = build(1)
    books = books_of(world, goods=300)
    side = FileSide(folder, books, DIALECTS[-1])
    side.upload()
    side.upload_parties()
    side.upload_documents()
    base = OneCFiles(FolderAddress(folder, quiet=0.0))
    profile = load_profile("files")
    good = next(iter(books.goods))

    def order(number: str) -> object:
        line = OrderLine(good, "Товар", 1_000_000, 10_000_000)
        written = base.orders_out([Order(number, world.now, OrderParty("p", "ООО Уют"), (line,))])
        return written[0].order.number if hasattr(written[0], "order") else number

    yield Subject(
        base,
        "files",
        set(books.goods),
        {
            (each.ref, place): micro(quantity)
            for each in books.goods.values()
            for place, quantity in each.stock.items()
            if quantity
        },
        world.now,
        None,
        {},
        order,
        lambda number: [path for path in side.outbox.glob("*.xml") if number.encode() in path.read_bytes()],
        {
            "a balance at a moment": lambda: base.read(
                profile.reading("stock", arguments={"Period": "datetime'2026-11-01T00:00:00'"})
            ),
            "an object of the base": lambda: base.find("Товары", ""),
        },
    )


SUBJECTS: dict[str, Callable[[Path], Any]] = {"odata": odata, "v77": v77, "files": files}
