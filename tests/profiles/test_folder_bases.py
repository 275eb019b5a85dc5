"""1C without a web server: what of the exchanges a 7.7 base and an exchange folder carry, and how the rest is refused."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

import sandbox
from foundation.errors import MI1CError
from tests.kit.connector_kit import SUBJECTS, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.content import World
    from sandbox.running import Sandbox

pytestmark = [pytest.mark.xdist_group("bases"), pytest.mark.filterwarnings("default")]  # prefect's own warnings


class FolderBase:
    """A base behind files, and the link to it; its goods are matched one by one with the manufacturer's."""

    def __init__(self, kind: str, subject: Subject, doubles: Sandbox, folder: Any) -> None:
        self.kind, self.subject, self.doubles, self.folder = kind, subject, doubles, folder

    @property
    def user(self) -> str:
        return self.doubles.world.crm.user

    def link(self) -> Any:
        from tasks.links import open_link

        return open_link(self.kind)

    def save(self, **more: Any) -> None:
        from tasks.block import save_link

        profile = {"v77": "v77-trade", "files": "files"}[self.kind]
        values = {
            "onec_kind": self.kind,
            "onec_folder": str(self.folder),
            "profile": profile,
            "crm_url": self.doubles.crm_url,
            "crm_user": self.user,
            "outlets_send": "always",
        }
        save_link(self.kind, {**values, **more})


@pytest.fixture(scope="module", params=["v77", "files"])
def folder_base(
    request: pytest.FixtureRequest, prefect_server: None, world: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FolderBase]:
    from flows.catalogs import catalogs
    from flows.goods import goods
    from mappings.correspondences import confirm_many
    from mappings.pairs import Pair

    del prefect_server  # it only has to run
    folder = tmp_path_factory.mktemp(f"folder-{request.param}")
    with SUBJECTS[request.param](folder) as subject, sandbox.start(world) as doubles:
        made = FolderBase(request.param, subject, doubles, folder / "base" if request.param == "v77" else folder)
        made.save()
        goods(link=made.kind)
        catalogs(link=made.kind)
        link, cards = made.link(), subject.connector.read(subject.reading("goods"))
        places = subject.connector.read(subject.reading("warehouses"))
        theirs = [good.ware_id for good in world.crm.goods if any(unit.unit_id == "ea" for unit in good.units)]
        pairs = []
        rows = zip(cards["our_good"], cards["our_unit"], strict=True)
        for (good, unit), their_id in zip(rows, theirs, strict=False):
            if unit:
                pairs.append(Pair("good", good, their_id))
                pairs.append(Pair("unit", unit, "ea", good, 1, 1))
        with link.database.begin() as session:
            confirm_many(session, link.id, pairs, author="тест")
        names = {ref: str(number) for number, ref in enumerate(places["our_warehouse"], start=1)}
        made.save(warehouses=dict(list(names.items())[:3]))
        yield made


@pytest.mark.exchange("goods")
def test_goods_and_catalogs_came(folder_base: FolderBase) -> None:
    from mappings.catalog import our_goods, their_units

    link = folder_base.link()
    with link.database.session() as session:
        assert set(our_goods(session, link.id)["our_id"]) >= folder_base.subject.goods
        assert len(their_units(session, link.id)) > 1500


@pytest.mark.exchange("stock")
def test_stock_arrives(folder_base: FolderBase) -> None:
    from flows.stock import stock
    from mappings.targets import load_targets
    from tasks.transform import our_warehouses

    result: dict[str, Any] = stock(link=folder_base.kind)
    link = folder_base.link()
    with link.database.session() as session:
        warehouses, targets = our_warehouses(session, link), load_targets(session, link.id)
    due: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for (good, place), quantity in folder_base.subject.balances.items():
        target = targets.get(good)
        if target is not None and place in warehouses and quantity > 0:
            due[warehouses[place], target.their_good] += Fraction(quantity, 1_000_000)
    rows = folder_base.doubles.crm.rows(folder_base.user)
    held = {(row["warehouse"], row["ware"]): Fraction(str(row["quantity"])) for row in rows}
    assert result["lines"] == len(rows) > 10
    assert held == dict(due)


@pytest.mark.exchange("outlets")
def test_outlets_are_read_and_stored(folder_base: FolderBase) -> None:
    from flows.outlets import outlets

    result: dict[str, Any] = outlets(link=folder_base.kind)
    assert result["read"] == result["sent"] + sum(result["left_out"].values()) + sum(result["unmatched"].values())
    assert result["read"] > 5


def test_the_folder_is_read_once(folder_base: FolderBase) -> None:
    """What was taken of an exchange folder is kept in the database: the next run looks at new files only."""
    from ledger.folder_state import folder_state

    link = folder_base.link()
    with link.database.session() as session:
        stored = folder_state(session, link.id)
    assert bool(stored) == (folder_base.kind == "files")
    if stored:
        with link.onec() as onec:
            assert [file.file for file in onec.state.taken]
            assert onec.take().taken == ()


def test_a_check_of_such_a_link_says_what_it_lacks(folder_base: FolderBase) -> None:
    from tasks.checking import look_at

    found, faults = look_at(folder_base.link())
    assert found is None
    assert [fault for fault in faults if "сервис" in fault.path] == []
    assert not [fault for fault in faults if fault.path == "1С"]


@pytest.mark.exchange("shipments", files="нет")
def test_shipments_go_where_the_kind_of_base_has_them(folder_base: FolderBase) -> None:
    from flows.shipments import shipments

    settings = dict(folder_base.link().settings.warehouses)
    folder_base.save(warehouses=settings, matching_side="manufacturer")
    try:
        if folder_base.kind == "v77":
            result: dict[str, Any] = shipments(link="v77", days=120)
            assert result["lines"] > 5
            assert len(list(folder_base.doubles.crm.holdings(folder_base.user).rows("CRMDespatch"))) == result["lines"]
        else:
            with pytest.raises(MI1CError) as raised:
                shipments(link="files", days=30)
            assert raised.value.todo
    finally:
        folder_base.save(warehouses=settings)


@pytest.mark.exchange("orders", v77="нет", files="нет")
def test_orders_are_refused_before_anything_is_taken_over(folder_base: FolderBase) -> None:
    """Documents are written by OData alone: an order that came waits in the ledger, nothing is answered."""
    from flows.orders import orders

    with pytest.raises(MI1CError) as raised:
        orders(link=folder_base.kind)
    assert "принимать некуда" in raised.value.russian
