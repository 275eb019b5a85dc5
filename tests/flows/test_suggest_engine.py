"""The flow that suggests pairs, with the engine itself against the sandbox's base: what it proposes and what it learns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from flows.suggest import suggest
from ledger.links import link_id
from mappings.correspondences import active, confirm_many
from mappings.matching.learning import LEAST
from mappings.matching.model import Model, shipped
from mappings.matching_tables import ModelRow, SuggestionRow
from mappings.pairs import Pair
from mappings.tables import TheirItemRow
from mappings.worklist import Queue
from tasks.links import open_link, process_database
from tasks.orders import receive_orders
from tasks.suggesting import learn

if TYPE_CHECKING:
    from foundation.database import Database
    from tests.flows.conftest import Stand

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.slow, pytest.mark.soak]

NAME = "engine"


@pytest.fixture(scope="module")
def suggested(stand: Stand) -> dict[str, int]:
    """Give what the flow said of a link of its own, whose goods and catalogs are in."""
    from flows.catalogs import catalogs
    from flows.goods import goods
    from tasks.block import save_link

    stand.doubles.onec.faults.clear()
    stand.doubles.crm.faults.clear()
    save_link(NAME, stand.values(cap_mib=0.03))
    goods(link=NAME)
    catalogs(link=NAME)
    receive_orders.fn(open_link(NAME))  # orders are where their outlets are named
    made = suggest(link=NAME)
    assert isinstance(made, dict)
    return made


def rows(database: Database, kind: str) -> list[SuggestionRow]:
    with database.session() as session:
        link = link_id(session, NAME)
        asked = select(SuggestionRow).where(SuggestionRow.link_id == link, SuggestionRow.kind == kind)
        return list(session.execute(asked).scalars())


def truth(stand: Stand, kind: str) -> dict[str, set[str]]:
    """Return what the world's author knows: our id → ids of theirs."""
    found: dict[str, set[str]] = {}
    for pair in stand.doubles.world.pairs:
        if pair.kind == kind:
            found.setdefault(pair.our_id, set()).add(pair.their_id)
    return found


def proposed_right(listed: list[SuggestionRow], true: dict[str, set[str]]) -> float:
    return sum(row.their_id in true[row.our_id] for row in listed) / len(listed)


def test_goods_are_proposed_right_and_say_why(suggested: dict[str, int], stand: Stand) -> None:
    """What keys have paired is done; of the rest the goods of this maker are found, those of others left alone."""
    true = truth(stand, "good")
    listed = rows(process_database(), "good")
    assert len(listed) == suggested["good"]
    known = [row for row in listed if row.our_id in true]
    strange = [row for row in listed if row.our_id not in true]
    waiting = [row for row in known if row.queue != Queue.DONE]
    assert len(waiting) > 300
    assert proposed_right(waiting, true) >= 0.85
    green = [row for row in known if row.queue == Queue.GREEN]
    assert len(green) > 100
    assert proposed_right(green, true) >= 0.98
    assert all(row.candidates[0]["reasons"] and row.chance >= 9_000 for row in green)
    assert len(strange) > 4_000
    assert sum(row.queue == Queue.NONE for row in strange) >= 0.85 * len(strange)
    assert sum(row.queue == Queue.GREEN for row in strange) <= 0.005 * len(strange)


def test_units_are_proposed_for_goods_that_have_a_pair(suggested: dict[str, int], stand: Stand) -> None:
    true = {(pair.our_id, pair.their_id): pair for pair in stand.doubles.world.pairs if pair.kind == "good"}
    listed = rows(process_database(), "unit")
    assert len(listed) == suggested["unit"]
    certain = [row for row in listed if row.chance == 10_000]
    assert len(certain) > 500
    for row in certain:
        pair = true[row.scope, row.their_id]
        assert (row.their_unit, row.numerator, row.denominator) == (pair.their_unit, pair.numerator, pair.denominator)


def test_outlets_that_orders_named_are_proposed(suggested: dict[str, int], stand: Stand) -> None:
    true = truth(stand, "outlet")
    listed = rows(process_database(), "outlet")
    assert len(listed) == suggested["outlet"]
    database = process_database()
    with database.session() as session:
        named = set(
            session.execute(
                select(TheirItemRow.their_id).where(
                    TheirItemRow.link_id == link_id(session, NAME), TheirItemRow.kind == "outlet"
                )
            ).scalars()
        )
    assert len(named) > 10
    there = [row for row in listed if true.get(row.our_id, set()) & named]
    assert len(there) > 10
    assert proposed_right(there, true) >= 0.9
    assert not [row for row in listed if row.queue == Queue.GREEN and row.their_id not in true.get(row.our_id, set())]


def test_counterparties_wait_for_a_code_of_theirs(suggested: dict[str, int]) -> None:
    """The manufacturer names no counterparties: every one of ours is listed without a candidate."""
    listed = rows(process_database(), "counterparty")
    assert len(listed) == suggested["counterparty"] > 0
    assert {(row.queue, row.their_id) for row in listed} == {(Queue.NONE, "")}


def models(database: Database) -> list[ModelRow]:
    with database.session() as session:
        link = link_id(session, NAME)
        return list(session.execute(select(ModelRow).where(ModelRow.link_id == link).order_by(ModelRow.id)).scalars())


def test_confirmed_pairs_make_a_model_with_its_figures(suggested: dict[str, int], stand: Stand) -> None:
    """The flow has learnt from what keys paired; what operators confirm beyond makes the next version, once."""
    del suggested
    database, link = process_database(), open_link(NAME)
    with database.session() as session:
        known = set(active(session, link.id, "good")["our_id"])
    assert len(known) >= LEAST
    (first,) = models(database)
    assert first.figures["known"] == first.figures["rows"] == len(known)
    assert learn.fn(link) == "", "nothing new was confirmed"

    fresh = {pair.our_id: pair.their_id for pair in stand.doubles.world.pairs if pair.kind == "good"}
    added = [Pair("good", ours, theirs) for ours, theirs in fresh.items() if ours not in known][:LEAST]
    with database.begin() as session:
        confirm_many(session, link.id, added, author="Иванова А.")
    version = learn.fn(link)
    second = models(database)[-1]
    assert len(models(database)) == 2
    assert second.version == version != shipped().version
    assert version.startswith(f"{NAME} 20")
    figures: dict[str, Any] = dict(second.figures)
    assert figures["known"] == figures["rows"] == len(known) + len(added)
    assert 0.9 <= figures["recall_1"] <= figures["recall_5"] <= 1
    assert figures["green_precision_low"] <= figures["green_precision"] <= figures["green_precision_high"]
    assert figures["green_precision"] >= 0.98
    made = Model.loads(second.model)
    assert (made.version, made.figures["rows"]) == (version, figures["rows"])
    assert 0.9 <= made.green <= 1


def test_few_pairs_teach_nothing(stand: Stand, suggested: dict[str, int]) -> None:
    del stand, suggested
    link, database = open_link(NAME), process_database()
    with database.begin() as session:
        empty = replace(link, id=link_id(session, "engine-empty"))
    assert learn.fn(empty) == ""
    with database.session() as session:
        assert session.execute(select(ModelRow.id).where(ModelRow.link_id == empty.id)).all() == []
