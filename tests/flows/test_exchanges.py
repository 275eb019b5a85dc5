"""The three exchanges as flows against both doubles: what 1C holds is what the manufacturer holds."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from prefect.testing.utilities import prefect_test_harness

import sandbox
from foundation.errors import AccessDenied, Ambiguous
from mi1c.demo import compare
from sandbox.running import ONEC_PASSWORD, ONEC_USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.running import Sandbox

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.filterwarnings("default")]  # prefect's own warnings


@pytest.fixture(scope="module", autouse=True)
def prefect() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(scope="module")
def doubles() -> Iterator[Sandbox]:
    with sandbox.start() as running:
        yield running


@pytest.fixture(scope="module")
def link(doubles: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give a link whose classifier and catalogs are in, with pairs by exact keys."""
    from tasks.block import save_link
    from tasks.links import process_database

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MI1C_DATABASE_URL", f"sqlite:///{tmp_path_factory.mktemp('data') / 'mi1c.sqlite'}")
        process_database.cache_clear()
        save_link("probe", values(doubles))
        from flows.catalogs import catalogs
        from flows.goods import goods

        goods(link="probe")
        catalogs(link="probe")
        yield "probe"
        process_database().close()
        process_database.cache_clear()


def values(doubles: Sandbox) -> dict[str, Any]:
    pairs = [pair for pair in doubles.world.pairs if pair.kind == "warehouse"]
    return {
        "onec_url": doubles.onec_url,
        "onec_user": ONEC_USER,
        "onec_password": ONEC_PASSWORD,
        "profile_parameters": {"code_field": "КодПроизводителя"},
        "crm_url": doubles.crm_url,
        "crm_user": doubles.world.crm.user,
        "warehouses": {pair.our_id: pair.their_id for pair in pairs[:3]},
    }


def test_stock_arrives_to_the_last_digit(link: str, doubles: Sandbox) -> None:
    from flows.stock import stock

    result: dict[str, Any] = stock(link=link)
    outcome = compare(doubles, link)
    assert outcome.equal
    assert outcome.lines_held == result["lines"] > 300
    held = sum(Fraction(str(row["quantity"])) for row in doubles.crm.rows(doubles.world.crm.user))
    assert held > 0


def test_a_cut_after_the_store_is_ambiguous_and_a_new_run_mends_it(link: str, doubles: Sandbox) -> None:
    from flows.stock import stock

    doubles.crm.faults.arm("cut_after", match="CRMWhBalanceEx")
    with pytest.raises(Ambiguous):
        stock(link=link)
    stock(link=link)
    assert compare(doubles, link).equal


@pytest.mark.usefixtures("link")
def test_a_wrong_password_is_told_and_sends_nothing(doubles: Sandbox) -> None:
    from flows.stock import stock
    from tasks.block import save_link

    before = len(doubles.crm.journal.arrivals)
    save_link("wrong", values(doubles) | {"onec_password": "не-тот-пароль"})
    with pytest.raises(AccessDenied) as raised:
        stock(link="wrong")
    assert "не-тот-пароль" not in str(raised.value)
    assert len(doubles.crm.journal.arrivals) == before
