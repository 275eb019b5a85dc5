"""Bad input and bad surroundings: one clear sentence in Russian and English, what to do, and nothing half-sent."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from foundation.errors import Faults, MI1CError
from foundation.settings import link_settings
from sandbox.http import serving
from sandbox.onec.service import OneC
from sandbox.running import ONEC_PASSWORD, ONEC_USER, UT11

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.running import Sandbox
    from tests.flows.conftest import Stand

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.filterwarnings("default")]  # prefect's own warnings


def refused(stand: Stand, exchange: str, **more: Any) -> MI1CError:
    """Run an exchange of a link with these settings; return the error, and see that nothing was sent."""
    from flows.catalogs import catalogs
    from flows.goods import goods
    from flows.stock import stock
    from tasks.block import save_link

    arrived = len(stand.doubles.crm.journal.arrivals)
    save_link("bad", stand.values(**more))
    flow: Any = {"goods": goods, "catalogs": catalogs, "stock": stock}[exchange]
    with pytest.raises(MI1CError) as raised:
        flow(link="bad")
    error = raised.value
    assert all((error.said, error.en, error.todo, error.todo_en))
    sets = [each for each in list(stand.doubles.crm.journal.arrivals)[arrived:] if "set" in str(each)]
    assert sets == []
    return error


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_no_server_at_the_address_of_1c(stand: Stand) -> None:
    error = refused(stand, "catalogs", onec_url=f"http://127.0.0.1:{closed_port()}/ut")
    assert "Нет соединения с 1С" in error.said


def test_no_publication_at_the_address_of_1c(stand: Stand) -> None:
    base = stand.doubles.onec_url.partition("/ut/")[0]
    error = refused(stand, "catalogs", onec_url=f"{base}/other")
    assert "/other/odata/standard.odata" in str(error)


def test_no_server_at_the_address_of_the_service(stand: Stand) -> None:
    error = refused(stand, "goods", crm_url=f"http://127.0.0.1:{closed_port()}/xDataLink/xDataLink.asmx")
    assert "производител" in str(error).lower()


def test_nothing_at_the_services_path(stand: Stand) -> None:
    assert refused(stand, "goods", crm_url=stand.doubles.crm_url.replace("xDataLink.asmx", "other.asmx"))


def test_an_entity_that_is_not_published_is_named(stand: Stand) -> None:
    double = OneC(UT11, stand.doubles.world.onec, users={ONEC_USER: ONEC_PASSWORD}, unpublished=["Catalog_Склады"])
    with serving(double) as running:
        error = refused(stand, "catalogs", onec_url=f"{running.url}{double.root}")
    assert "Catalog_Склады" in str(error)


def test_a_profile_with_five_faults_tells_all_five(stand: Stand, tmp_path: Path) -> None:
    profile = tmp_path / "bad.yaml"
    profile.write_text(
        "name: bad\ntitle: x\nconfigurations: [X]\nentities:\n"
        "  goods:\n    entity: каталог\n    key: []\n    fields: {our_good: Ref_Key}\n    more: 1\n"
        "  stock:\n    entity: Catalog_X\n    fields: {}\n",
        "utf-8",
    )
    error = refused(stand, "catalogs", profile=str(profile))
    assert isinstance(error, Faults)
    assert len(error.faults) == 5


@pytest.mark.parametrize("kind", ["half", "html", "empty", "soap_fault", "extdata_error"])
def test_a_classifier_that_is_no_classifier_changes_nothing(doubles: Sandbox, kind: str) -> None:
    """What the manufacturer answered is kept out; goods and pairs stay as they were."""
    from mappings.catalog import their_units
    from tasks.links import open_link

    link = open_link("probe")
    with link.database.session() as session:
        before = their_units(session, link.id)
    doubles.crm.faults.arm(kind, match="CRMWare", times=9)
    from flows.goods import goods

    with pytest.raises(MI1CError) as raised:
        goods(link="probe")
    assert raised.value.todo
    with link.database.session() as session:
        assert their_units(session, link.id) == before


def test_a_base_that_wakes_up_slowly_is_waited_for(stand: Stand, doubles: Sandbox) -> None:
    """A base may answer after 40 s: the time-out is a setting, 90 s unless told otherwise."""
    from flows.catalogs import catalogs

    assert link_settings(stand.values()).onec_timeout > 40
    doubles.onec.faults.arm("delay", seconds=1.5, times=1)
    assert catalogs(link="probe")["good"] > 6000


def test_a_base_that_does_not_answer_in_time_is_told(stand: Stand, doubles: Sandbox) -> None:
    doubles.onec.faults.arm("hold_before", times=9)
    error = refused(stand, "catalogs", onec_timeout=5)
    doubles.onec.faults.clear()
    assert "5" in error.said
