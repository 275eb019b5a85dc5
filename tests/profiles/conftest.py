"""One Prefect server and one database for all configurations, and a sandbox with a link for each of them in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import sandbox
from sandbox.running import ONEC_PASSWORD, ONEC_USER
from tests.flows.conftest import prefect_server as server_of_flows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.content import World
    from sandbox.running import Sandbox
    from tasks.links import Link

NAMES = ("ut11", "ut114", "ka2", "erp2", "unf", "bp3")


@dataclass
class Base:
    """A configuration under test: its doubles and the link between them; ``name`` is the profile's and the link's."""

    name: str
    doubles: Sandbox

    @property
    def user(self) -> str:
        return self.doubles.world.crm.user

    def link(self) -> Link:
        from tasks.links import open_link

        return open_link(self.name)


@pytest.fixture(scope="session")
def world() -> World:
    from sandbox.world import build

    return build(1)


@pytest.fixture(scope="package")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    from tasks.links import process_database

    url = f"sqlite:///{tmp_path_factory.mktemp('bases') / 'mi1c.sqlite'}"
    with pytest.MonkeyPatch.context() as patch, server_of_flows(patch):
        patch.setenv("MI1C_DATABASE_URL", url)
        process_database.cache_clear()
        yield
        process_database().close()
        process_database.cache_clear()


def values(doubles: Sandbox, profile: str, **more: Any) -> dict[str, Any]:
    """Return the settings of a link between the doubles, the defect warehouse left out."""
    pairs = [pair for pair in doubles.world.pairs if pair.kind == "warehouse"]
    return {
        "onec_url": doubles.onec_url,
        "onec_user": ONEC_USER,
        "onec_password": ONEC_PASSWORD,
        "profile": profile,
        "crm_url": doubles.crm_url,
        "crm_user": doubles.world.crm.user,
        "warehouses": {pair.our_id: pair.their_id for pair in pairs[:3]},
        "outlets_send": "always",
        "order_price_type": "ignore",
        "order_agent": "ignore",
        "order_pay_kind": "ignore",
        **more,
    }


@pytest.fixture(scope="package", params=NAMES)
def base(request: pytest.FixtureRequest, prefect_server: None, world: World) -> Iterator[Base]:
    """Give a base whose goods, warehouses and outlets are read and matched as the world knows them to be."""
    from flows.catalogs import catalogs
    from flows.goods import goods
    from tasks.block import save_link
    from tests.flows.shipping import match

    del prefect_server  # it only has to run
    with sandbox.start(world, configuration=request.param) as doubles:
        save_link(request.param, values(doubles, request.param))
        goods(link=request.param)
        catalogs(link=request.param)
        made = Base(request.param, doubles)
        match(doubles, made.link())
        yield made
