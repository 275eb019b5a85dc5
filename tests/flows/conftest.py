"""A Prefect server, both doubles and a link whose goods are matched, once for all tests of flows."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from prefect.settings import PREFECT_LOGGING_TO_API_ENABLED, get_current_settings, temporary_settings
from prefect.testing.utilities import prefect_test_harness

import sandbox
from sandbox.running import ONEC_PASSWORD, ONEC_USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.running import Sandbox


@dataclass
class Stand:
    """What a test of a flow works with; ``environment`` is what a child process needs to see the same."""

    doubles: Sandbox
    environment: dict[str, str] = field(default_factory=dict)

    def values(self, **more: Any) -> dict[str, Any]:
        """Return the settings of a link between the doubles, the defect warehouse left out."""
        pairs = [pair for pair in self.doubles.world.pairs if pair.kind == "warehouse"]
        return {
            "onec_url": self.doubles.onec_url,
            "onec_user": ONEC_USER,
            "onec_password": ONEC_PASSWORD,
            "profile_parameters": {"code_field": "КодПроизводителя"},
            "crm_url": self.doubles.crm_url,
            "crm_user": self.doubles.world.crm.user,
            "warehouses": {pair.our_id: pair.their_id for pair in pairs[:3]},
            **more,
        }


IDLE = (
    *("CANCELLATION_CLEANUP", "DB_VACUUM", "FOREMAN", "LATE_RUNS", "PAUSE_EXPIRATIONS", "REPOSSESSOR"),
    *("TASK_RUN_RECORDER", "TRIGGERS"),
)
"""Services of Prefect's server that no flow of these tests waits for; they only wake up and write."""


@contextmanager
def prefect_server(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a Prefect server that tells nobody of itself and does no more than flows in this process need."""
    patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    patch.setenv("DO_NOT_TRACK", "1")
    for service in IDLE:
        patch.setenv(f"PREFECT_SERVER_SERVICES_{service}_ENABLED", "false")
    # What flows log is read by nobody here; what Prefect keeps of it is looked at on the real server of tests/system.
    quiet = temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: False})
    with quiet, prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(scope="package")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Give the stand with the link ``probe``: goods and catalogs are in, pairs made by exact keys."""
    from tasks.block import save_link
    from tasks.links import process_database

    url = f"sqlite:///{tmp_path_factory.mktemp('data') / 'mi1c.sqlite'}"
    with (
        pytest.MonkeyPatch.context() as patch,
        prefect_server(patch),
        sandbox.start() as doubles,
    ):
        patch.setenv("MI1C_DATABASE_URL", url)
        process_database.cache_clear()
        stand = Stand(doubles)
        stand.environment = {"MI1C_DATABASE_URL": url, "PREFECT_API_URL": str(get_current_settings().api.url)}
        save_link("probe", stand.values(cap_mib=0.03))
        from flows.catalogs import catalogs
        from flows.goods import goods

        goods(link="probe")
        catalogs(link="probe")
        yield stand
        process_database().close()
        process_database.cache_clear()


@pytest.fixture
def doubles(stand: Stand) -> Iterator[Sandbox]:
    """Give the doubles without any fault armed, before and after."""
    stand.doubles.onec.faults.clear()
    stand.doubles.crm.faults.clear()
    yield stand.doubles
    stand.doubles.onec.faults.clear()
    stand.doubles.crm.faults.clear()
