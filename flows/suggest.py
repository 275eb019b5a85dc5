"""Подбор соответствий: the engine proposes pairs, the work list of the workplace is brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect import flow

from ledger.parcels import Ledger
from mappings.worklist import KINDS
from tasks.links import open_link
from tasks.running import run_id
from tasks.suggesting import ENGINE, engine, learn, report_suggestions, suggest_kind, what_blocks

if TYPE_CHECKING:
    from mappings.proposing import Refreshed
    from mappings.worklist import WorkKind


@flow(
    name="suggest",
    flow_run_name="Подбор соответствий · {link}",
    description="Предлагает пары товаров, единиц, контрагентов и точек для рабочего места.",
    persist_result=False,
)
def suggest(link: str, engine_name: str = ENGINE) -> dict[str, int]:
    """Propose pairs for everything of a link; returns how many rows each list has.

    Raises NotFound where the engine is not installed, Faults where its libraries are missing.
    """
    opened = open_link(link)
    engine("suggesting", engine_name)
    with Ledger(opened.database, opened.id).hold("suggest", run_id()):
        version = learn(opened, name=engine_name)
        stock, orders = what_blocks(opened)
        done: dict[WorkKind, Refreshed] = {}
        for kind in KINDS:
            done[kind] = suggest_kind(opened, kind, stock, orders, name=engine_name)
        report_suggestions(opened, done, version)
    return {kind: each.new + each.changed + each.same for kind, each in done.items()}
