"""Both doubles over one world, and a database of its own for each test that asks for one."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

import sandbox
from foundation.database import open_database
from tests.orders.order_help import Shop, shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.running import Sandbox


@pytest.fixture(scope="package")
def running() -> Iterator[Sandbox]:
    with sandbox.start() as doubles:
        yield doubles


@pytest.fixture(scope="package")
def stocked(running: Sandbox, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with the catalogs and pairs of the link ``shop``, to be copied."""
    path = tmp_path_factory.mktemp("stocked") / "mi1c.sqlite"
    shutil.copyfile(sqlite_template, path)
    with closing(open_database(f"sqlite:///{path}")) as database:
        shop(running, database, "shop")
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def doubles(running: Sandbox) -> Iterator[Sandbox]:
    running.onec.faults.clear()
    running.crm.faults.clear()
    holdings = running.crm.users[running.world.crm.user]
    holdings.answered.update(holdings.orders)
    yield running
    running.onec.faults.clear()
    running.crm.faults.clear()
    running.crm.details, running.crm.decimal_comma = "nested", False


@pytest.fixture
def make(doubles: Sandbox, stocked: Path, tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    """Give a function that opens a link with these settings; all links of a test share one database."""
    path = tmp_path / "mi1c.sqlite"
    shutil.copyfile(stocked, path)
    with closing(open_database(f"sqlite:///{path}")) as database:

        def made(**more: Any) -> Shop:
            from foundation.settings import link_settings
            from tasks.links import open_link
            from tests.orders.order_help import simple_goods, simple_outlets, values

            link = open_link("shop", link_settings(values(doubles, **more)), database)
            cards = {card["Ref_Key"]: card for card in doubles.world.onec["Catalog_Номенклатура"]}
            goods, twins = simple_goods(doubles, cards)
            return Shop(doubles, link, goods, twins, simple_outlets(doubles), cards)

        yield made
