"""In a real Chromium, over the sandbox's 1C and the engine: a parked order goes on because somebody matched its good."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete

import sandbox
from foundation.database import open_database
from ledger.order_pages import blocking
from mappings.correspondences import history
from mappings.proposing import Blocks
from mappings.tables import OurItemRow
from tasks.suggesting import suggest_kind
from tests.orders.order_help import Shop, shop
from tests.workplace.conftest import Pretended
from tests.workplace.seeding import seed_users
from workplace.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi import FastAPI
    from playwright.sync_api import Page

    from foundation.database import Database
    from workplace.doing import Run

pytestmark = [pytest.mark.chromium, pytest.mark.xdist_group("browser")]


class Running(Pretended):
    """Stands for Prefect: an exchange that is started runs at once, in the thread that asked."""

    def __init__(self, trade: Shop) -> None:
        super().__init__(states=["COMPLETED"])
        self.trade = trade

    def start(self, link: str, exchange: str, *, first: Callable[[str], object] | None = None) -> Run:
        run = super().start(link, exchange, first=first)
        self.trade.run()
        return run


@pytest.fixture
def seeded(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """Open a database of the test's own that has users and nothing else."""
    path = tmp_path / "mi1c.sqlite"
    shutil.copyfile(sqlite_template, path)
    with closing(open_database(f"sqlite:///{path}")) as database:
        with database.begin() as session:
            seed_users(session)
        yield database


@pytest.fixture
def trade(seeded: Database) -> Iterator[Shop]:
    """Give the link ``shop`` between the doubles: all that it is asked for is matched."""
    with sandbox.start() as doubles:
        yield shop(doubles, seeded, "shop")


@pytest.fixture
def doing(trade: Shop) -> Running:
    """Run what the pages start."""
    return Running(trade)


@pytest.fixture
def app(seeded: Database, doing: Any) -> FastAPI:
    """Make the workplace over the shop."""
    return create_app(seeded, doing=doing, prefect_ui="http://127.0.0.1:4200")


def suggested(trade: Shop) -> None:
    """Ask the engine for some fifty goods, those that orders wait for first."""
    few = [good.our_id for good in trade.goods[:50]]
    with trade.link.database.begin() as session:
        row = OurItemRow
        session.execute(delete(row).where(row.kind == "good", row.our_id.not_in(few)))
        waits = blocking(session, trade.link.id)
    orders: dict[str, dict[str, Blocks]] = {}
    for (kind, key), (number, lines, value, _) in waits.items():
        orders.setdefault(kind, {})[key] = Blocks(value, number, lines)
    suggest_kind.fn(trade.link, "good", {}, orders)


def test_a_match_releases_a_parked_order_and_it_arrives_in_1c(
    tab_of: Callable[..., Page], address: str, trade: Shop, doing: Running
) -> None:
    """From the order's reason to its row, Enter, and the button of the exchange: the document stands in the base."""
    good = trade.goods[0]
    trade.unmatch("good", good.our_id)
    number = trade.order((0, "ea", "24", "10.50"), (1, "ea", "6", "3"))
    trade.run()
    assert trade.record(number).state == "parked"
    assert trade.documents(number) == []
    suggested(trade)
    tab = tab_of("ivanova")

    tab.goto(f"{address}/links/shop/orders")
    tab.get_by_role("link", name=number).click()
    tab.locator("tr.off").get_by_role("link", name="сопоставить").click()
    row = tab.locator(f'.work[data-our="{good.our_id}"]')
    expect(row).to_contain_text("1 заказ")
    row.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator(".work.busy, .htmx-request")).to_have_count(0)
    with trade.link.database.session() as session:
        made = history(session, trade.link.id, "good", good.our_id)[0]
    assert (made.their_id, made.author) == (good.their_id, "Иванова А.")

    tab.goto(f"{address}/links/shop")
    orders = tab.locator("tr", has_text="Заказы")
    orders.get_by_role("button", name="Запустить обмен").click()
    orders.get_by_text("выполнен", exact=True).wait_for()
    assert doing.asked == [("start", "shop", "orders")]
    (document,) = trade.documents(number)
    assert [line["Номенклатура_Key"] for line in document["Товары"]] == [good.our_id, trade.goods[1].our_id]
    assert trade.told(number)["status"] == "Transfered"

    tab.goto(f"{address}/links/shop/orders?tab=all")
    tab.get_by_role("link", name=number).click()
    expect(tab.locator("main")).to_contain_text(document["Number"])
    expect(tab.locator("main")).to_contain_text(document["Ref_Key"])
