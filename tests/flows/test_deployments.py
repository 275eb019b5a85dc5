"""Deployments: what is described is what is made, and their schedules keep out of the quiet window."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule

from flows.deployments import OPTIONAL, described, minutes_between, of_link, schedules_of
from flows.registry import FLOWS, flow_of, installed
from foundation.errors import Faults, NotFound
from foundation.settings import INTERVALS, LinkSettings, link_settings
from mappings.model import Exchange
from tasks.hours import in_quiet_window

if TYPE_CHECKING:
    from tests.flows.conftest import Stand

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.filterwarnings("default")]  # prefect's own warnings

GOOD = {"onec_url": "https://server/ut", "onec_user": "Обмен", "crm_url": "https://m/x.asmx", "crm_user": "DS108"}


def settings(**more: Any) -> LinkSettings:
    return link_settings(GOOD | more)


def description(exchange: str) -> dict[str, Any]:
    return next(each for each in described("probe") if each["tags"][1] == exchange)


def starts(exchange: str, link: LinkSettings, since: datetime, count: int) -> list[datetime]:
    """Return the next starts as Prefect's own scheduler computes them, in the link's clock."""
    found: list[datetime] = []
    for each in schedules_of(description(exchange), link, active=True):
        schedule: Any = each.schedule
        values = schedule.model_dump()
        server: Any = CronSchedule(**values) if "cron" in values else IntervalSchedule(**values)
        found += asyncio.run(server.get_dates(n=count, start=since))
    zone = ZoneInfo(link.time_zone)
    return sorted(datetime.fromtimestamp(each.timestamp(), zone) for each in found)[:count]


NOON = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("Europe/Moscow"))


def test_next_starts_avoid_the_quiet_window_and_keep_the_interval() -> None:
    link = settings(quiet_window="01:30-05:10", intervals={"stock": 20})
    found = starts("stock", link, NOON, 200)
    assert len(found) == 200
    assert not any(in_quiet_window(link, each) for each in found)
    gaps = {after - before for before, after in pairwise(found)}
    assert gaps == {timedelta(minutes=20), timedelta(hours=4)}


def test_working_hours_are_of_the_links_own_clock() -> None:
    link = settings(working_hours="08:00-20:00", time_zone="Asia/Vladivostok")
    found = starts("stock", link, NOON, 60)
    assert {each.hour for each in found} == set(range(8, 20))
    assert {each.minute for each in found} == {40}


def test_without_hours_an_exchange_is_a_plain_interval() -> None:
    (schedule,) = schedules_of(description("stock"), settings(intervals={"stock": 45}), active=False)
    assert (schedule.schedule.interval, schedule.active) == (timedelta(minutes=45), False)  # type: ignore[union-attr]


def test_an_exchange_of_several_days_starts_in_allowed_hours() -> None:
    link = settings(intervals={"goods": 2880}, working_hours="09:00-18:00")
    found = starts("goods", link, NOON, 5)
    assert {(each.hour, each.minute) for each in found} == {(9, 0)}
    assert {after - before for before, after in pairwise(found)} == {timedelta(days=2)}


def test_every_schedule_starts_something_within_two_days() -> None:
    link = settings(quiet_window="00:00-09:00", working_hours="09:00-10:00")
    for each in of_link("probe"):
        if minutes_between(each, link):
            assert starts(each["tags"][1], link, NOON, 1)[0] < NOON + timedelta(days=2)


def test_the_watch_belongs_to_no_link_and_knows_no_hours() -> None:
    assert "watch" not in [each["tags"][1] for each in of_link("probe")]
    (schedule,) = schedules_of(description("watch"), None, active=True)
    assert schedule.schedule.interval == timedelta(minutes=5)  # type: ignore[union-attr]
    assert minutes_between(description("watch"), None) == 5
    assert minutes_between(description("trial"), settings()) == 0


def test_every_description_names_a_flow_its_tags_and_one_run_at_a_time() -> None:
    for each in described("probe"):
        module, _, name = each["entrypoint"].rpartition(".")
        assert callable(getattr(import_module(module), name))
        assert each["tags"][0] == "mi1c"
        assert each["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
        assert not any(schedule["active"] for schedule in each["schedules"]) or each["tags"][1] == "watch"


def test_a_link_that_is_deployed_twice_has_each_deployment_once(stand: Stand) -> None:
    from prefect.client.orchestration import get_client

    from flows.deployments import deploy, deploy_watch

    del stand
    link = settings(quiet_window="01:00-02:00")
    for _ in range(2):
        made = deploy("twice", link, pool="test", active=False)
        deploy_watch("test")
    with get_client(sync_client=True) as client:
        found = client.read_deployments()
    names = [each.name for each in found if "twice" in each.tags]
    assert sorted(names) == sorted(each.name.partition("/")[2] for each in made)
    assert len(set(names)) == len(names)
    (watch,) = [each for each in found if each.name == "watch"]
    assert [schedule.active for schedule in watch.schedules] == [True]
    stock = next(each for each in found if each.name == "stock-twice")
    assert len(stock.schedules) == 1


def test_the_demo_deploys_its_links_and_the_watch_over_them(stand: Stand) -> None:
    from prefect.client.orchestration import get_client

    from foundation.settings import ProcessSettings
    from mi1c.demo import set_up
    from mi1c.demo_people import Stage

    stages = [Stage(name, "", stand.doubles, service=name == "demo-b") for name in ("demo-a", "demo-b")]
    with get_client(sync_client=True) as client:
        for watch in (each for each in client.read_deployments() if each.name == "watch"):
            client.delete_deployment(watch.id)
        set_up(stages, ProcessSettings(pool="demo-pool"))
        found = client.read_deployments()
    (watch,) = [each for each in found if each.name == "watch"]
    assert (watch.work_pool_name, watch.entrypoint) == ("demo-pool", "flows.watch.watch")
    assert [schedule.active for schedule in watch.schedules] == [True]
    for stage in stages:
        mine = {each.name for each in found if stage.name in each.tags}
        assert mine == {each["name"] for each in of_link(stage.name)}


# -- the registry ------------------------------------------------------------------------------------------------------


def test_every_exchange_has_its_place_and_an_interval() -> None:
    assert set(FLOWS) == set(Exchange)
    assert set(INTERVALS) == set(Exchange) - OPTIONAL, "own goods and prices go on only where a link asks for them"
    assert {"goods", "catalogs", "stock"} <= set(installed())
    assert all(flow_of(exchange).name == exchange for exchange in installed())  # type: ignore[attr-defined]


def test_an_unknown_exchange_and_one_that_is_not_built_are_told_apart() -> None:
    with pytest.raises(Faults) as wrong:
        flow_of("dance")
    assert "goods, catalogs, stock" in wrong.value.faults[0].said
    with pytest.raises(NotFound) as absent:
        flow_of("dance", {"dance": "flows.dance.dance"})
    assert absent.value.facts == {"exchange": "dance"}
    assert "ещё не выполняется" in absent.value.said
