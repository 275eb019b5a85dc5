"""Подбор соответствий: the engine proposes pairs, the work list of the workplace is brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from prefect import flow
from prefect.states import Completed

from foundation.errors import Faults, NotFound
from ledger.parcels import Ledger
from mappings.worklist import KINDS
from tasks.automatic import scheduled
from tasks.links import open_link
from tasks.running import run_id
from tasks.suggesting import ENGINE, engine, learn, report_suggestions, suggest_kind, what_blocks

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

    from mappings.proposing import Refreshed
    from mappings.worklist import WorkKind
    from tasks.links import Link


NO_ENGINE: Final = "Пропущено: подбор не установлен"
"""The name of the state of a scheduled run that has no engine to ask."""


@flow(
    name="suggest",
    flow_run_name="Подбор соответствий · {link}",
    description="Предлагает пары товаров, единиц, контрагентов и точек для рабочего места.",
    persist_result=False,
)
def suggest(link: str, engine_name: str = ENGINE) -> dict[str, int] | State[Any]:
    """Propose pairs for everything of a link; returns how many rows each list has.

    Raises NotFound where the engine is not installed, Faults where its libraries are missing; a run that its schedule
    started is skipped then: nobody asked for it, and an alarm a day would teach to overlook alarms.
    """
    opened = open_link(link)
    try:
        return renew(opened, engine_name)
    except (NotFound, Faults) as error:
        if "module" not in error.facts or not scheduled():
            raise
        return Completed(name=NO_ENGINE, message=error.russian)


def renew(opened: Link, engine_name: str) -> dict[str, int]:
    """Bring all lists of a link up to date; returns how many rows each has."""
    engine("suggesting", engine_name)
    with Ledger(opened.database, opened.id).hold("suggest", run_id()):
        version = learn(opened, name=engine_name)
        stock, orders = what_blocks(opened)
        done: dict[WorkKind, Refreshed] = {}
        for kind in KINDS:
            done[kind] = suggest_kind(opened, kind, stock, orders, name=engine_name)
        report_suggestions(opened, done, version)
    return {kind: each.new + each.changed + each.same for kind, each in done.items()}
