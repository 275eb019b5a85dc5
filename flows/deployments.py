"""The deployments of a link, from the one description in ``prefect.yaml``.

``prefect deploy --all`` reads the same file; this way takes 0.3 s instead of a process of its own, and puts the
link's intervals, hours and time zone in. The file stands at the checkout's top, and beside this module in a wheel.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import yaml
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyOptions
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.exceptions import ObjectAlreadyExists
from prefect.utilities.callables import parameter_schema

from tasks.hours import crons, has_hours, timetable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prefect import Flow
    from prefect.client.orchestration import SyncPrefectClient

    from foundation.settings import LinkSettings

OPTIONAL = frozenset({"own_goods", "prices"})
"""Exchanges that not every manufacturer takes: their schedules go on only where the link gives an interval."""

HOLE = "{{ $MI1C_LINK }}"

ON_DEMAND: Final = "по требованию"


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment as it was made: its full name, what it does, minutes between runs (0 = on demand)."""

    name: str
    description: str
    minutes: int
    active: bool

    def row(self) -> tuple[str, str, int | str, str]:
        """Return it as a line of a table."""
        state = ON_DEMAND if not self.minutes else "включено" if self.active else "выключено"
        return self.name, self.description, self.minutes or "", state


def described(link: str) -> list[dict[str, Any]]:
    """Return the deployments of ``prefect.yaml`` with the link's name filled in."""
    here = Path(__file__).parent
    path = next(each for each in (here / "prefect.yaml", here.parent / "prefect.yaml") if each.exists())
    text = path.read_text("utf-8")
    deployments: list[dict[str, Any]] = yaml.safe_load(text.replace(HOLE, link))["deployments"]
    return deployments


def deploy(link: str, settings: LinkSettings, *, pool: str, active: bool, only: Sequence[str] = ()) -> list[Deployed]:
    """Create or renew a link's deployments and the work pool; ``active`` switches their schedules on."""
    with get_client(sync_client=True) as client:
        make_pool(client, pool)
        wanted = [each for each in of_link(link) if not only or each["tags"][1] in only]
        return [_deploy(client, each, settings, pool=pool, active=active) for each in wanted]


def deploy_watch(pool: str) -> list[Deployed]:
    """Create or renew what runs once for all links, and is always on: the watch."""
    with get_client(sync_client=True) as client:
        wanted = [each for each in described("") if each["tags"][1:] == ["watch"]]
        return [_deploy(client, each, None, pool=pool, active=True) for each in wanted]


def of_link(link: str) -> list[dict[str, Any]]:
    """Return the deployments that belong to a link."""
    return [each for each in described(link) if link in each["tags"]]


def make_pool(client: SyncPrefectClient, pool: str) -> None:
    """Create the work pool of processes; one that is there stays as it is."""
    try:
        client.create_work_pool(WorkPoolCreate(name=pool, type="process", description="Обмены MI1C"))
    except ObjectAlreadyExists:
        return


def first_minute(described: dict[str, Any]) -> int:
    """Return the minute of the day that the count of a deployment's starts begins at."""
    anchor = datetime.fromisoformat(described["schedules"][0]["anchor_date"])
    return anchor.hour * 60 + anchor.minute


def minutes_between(described: dict[str, Any], settings: LinkSettings | None) -> int:
    """Return the interval of a deployment, the link's own before that of the description; 0 = on demand."""
    schedules = described.get("schedules")
    if not schedules:
        return 0
    told: int = schedules[0]["interval"] // 60
    return settings.intervals.get(described["tags"][1], told) if settings else told


def schedules_of(
    described: dict[str, Any], settings: LinkSettings | None, *, active: bool
) -> list[DeploymentScheduleCreate]:
    """Return the schedules of a deployment by the link's interval and hours; what belongs to no link knows no hours.

    A plain interval where the link knows no hours; else cron lines of the very minutes that are allowed, because an
    interval knows no windows. Several days: an interval from an allowed minute.
    """
    minutes = minutes_between(described, settings)
    if not minutes:
        return []
    anchor = datetime.fromisoformat(described["schedules"][0]["anchor_date"])
    zone = settings.time_zone if settings else described["schedules"][0]["timezone"]
    found: list[Any]
    if settings is None or not has_hours(settings, described["tags"][1]):
        found = [IntervalSchedule(interval=timedelta(minutes=minutes), anchor_date=anchor, timezone=zone)]
    else:
        table = timetable(settings, described["tags"][1], minutes, first_minute(described))
        if table.days == 1:
            found = [CronSchedule(cron=line, timezone=zone) for line in crons(table.slots)]
        else:
            start = datetime.combine(anchor.date(), table.first, ZoneInfo(zone))
            found = [IntervalSchedule(interval=timedelta(days=table.days), anchor_date=start, timezone=zone)]
    return [DeploymentScheduleCreate(schedule=each, active=active) for each in found]


def _deploy(
    client: SyncPrefectClient, described: dict[str, Any], settings: LinkSettings | None, *, pool: str, active: bool
) -> Deployed:
    module, _, name = described["entrypoint"].rpartition(".")
    flow: Flow[..., Any] = getattr(import_module(module), name)
    exchange = described["tags"][1]
    active = active and (exchange not in OPTIONAL or (settings is not None and exchange in settings.intervals))
    client.create_deployment(
        flow_id=client.create_flow(flow),
        name=described["name"],
        description=described["description"],
        entrypoint=described["entrypoint"],
        path=None,
        pull_steps=[],
        parameters=described["parameters"],
        parameter_openapi_schema=parameter_schema(flow).model_dump_for_openapi(),
        tags=described["tags"],
        work_pool_name=pool,
        work_queue_name="default",
        schedules=schedules_of(described, settings, active=active),
        concurrency_limit=described["concurrency_limit"]["limit"],
        concurrency_options=ConcurrencyOptions(collision_strategy=described["concurrency_limit"]["collision_strategy"]),
        enforce_parameter_schema=True,
    )
    minutes = minutes_between(described, settings)
    return Deployed(f"{flow.name}/{described['name']}", described["description"], minutes, active)
