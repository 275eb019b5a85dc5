"""The flow that suggests pairs, against the sandbox's base and a double of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from flows.suggest import NO_ENGINE, suggest
from foundation.errors import NotFound
from ledger.links import link_id
from mappings.correspondences import active
from mappings.matching_tables import AuditRow, ModelRow, SuggestionRow
from mappings.worklist import Filter, Queue, counts, page
from tasks.links import process_database
from tests.mappings.work_help import AT
from tests.workplace.seeding import order_row

if TYPE_CHECKING:
    from sandbox.running import Sandbox
    from tests.flows.conftest import Stand

pytestmark = [
    pytest.mark.xdist_group("prefect-orders"),
    pytest.mark.filterwarnings("default"),
]  # prefect's own warnings

ENGINE = "tests.engine_double"


def test_the_work_list_is_made_and_kept(stand: Stand, doubles: Sandbox) -> None:
    del stand, doubles
    database = process_database()
    with database.session() as session:
        link = link_id(session, "probe")
        pairs = active(session, link, "good")
    assert len(pairs) > 5, "exact keys made some"
    made = suggest(link="probe", engine_name=ENGINE)
    assert isinstance(made, dict)
    assert made["good"] > 1_000
    assert made["unit"] > 0
    with database.session() as session:
        found = counts(session, link, "good")
        assert found[Queue.DONE] == len(pairs)
        assert found[Queue.CHECK] > 0
        rows = page(session, link, "good", Filter(Queue.CHECK), at=AT).rows
        model = session.execute(select(ModelRow).where(ModelRow.link_id == link)).scalars().one()
    assert rows[0].value > 0, "what has stock comes first"
    assert rows == sorted(rows, key=lambda row: (row.orders, row.value, row.our_id), reverse=True)
    assert rows[0].candidates[0]["units"]
    assert model.figures["pairs"] == len(pairs)
    again = suggest(link="probe", engine_name=ENGINE)
    assert again == made
    with database.session() as session:
        versions = session.execute(select(ModelRow.id).where(ModelRow.link_id == link)).all()
    assert len(versions) == 1, "nothing new was taught"


def test_orders_lift_what_they_wait_for_and_checks_lower_what_is_green(stand: Stand, doubles: Sandbox) -> None:
    del stand, doubles
    from ledger.tables import OrderRow

    database = process_database()
    suggest(link="probe", engine_name=ENGINE)
    with database.begin() as session:
        link = link_id(session, "probe")
        last = page(session, link, "good", Filter(Queue.CHECK, order="chance"), at=AT, limit=500).rows[-1]
        reason = {"kind": "good", "key": last.their_id, "line": 1, "said": "не сопоставлен"}
        content = {"lines": [{"line": 1, "price": 1_000_000, "quantity": 2_000_000}], "amount": 2_000_000}
        order = order_row(link, "М-1", "parked", reasons=[reason], content=content)
        session.execute(insert(OrderRow).values(**order))
    suggest(link="probe", engine_name=ENGINE)
    with database.begin() as session:
        first = page(session, link, "good", Filter(Queue.CHECK), at=AT).rows[0]
        assert (first.their_id, first.orders, first.lines) == (last.their_id, 1, 1)
        session.execute(OrderRow.__table__.delete().where(OrderRow.link_id == link))  # type: ignore[attr-defined]


def test_a_wrong_check_makes_what_is_no_surer_than_it_no_longer_green(stand: Stand, doubles: Sandbox) -> None:
    del stand, doubles
    from mappings.correspondences import confirm, end
    from mappings.pairs import Pair

    database = process_database()
    with database.begin() as session:
        link = link_id(session, "probe")
        row = page(session, link, "good", Filter(Queue.CHECK), at=AT, limit=1).rows[0]
        made = confirm(session, link, Pair("good", row.our_id, row.their_id), author="x", at=AT)
        for our_id in ("a", "b"):
            values = {
                "our_id": our_id,
                "scope": "",
                "their_id": "t",
                "chance": 9_995,
                "verdict": "wrong",
                "author": "x",
            }
            session.execute(insert(AuditRow).values(link_id=link, kind="good", drawn_at=AT, checked_at=AT, **values))
    suggest(link="probe", engine_name=ENGINE)
    with database.begin() as session:
        end(session, link, made.id, author="x", reason="y", at=AT)
        session.execute(AuditRow.__table__.delete().where(AuditRow.link_id == link))  # type: ignore[attr-defined]
        green = session.execute(
            select(SuggestionRow.our_id).where(
                SuggestionRow.link_id == link, SuggestionRow.queue == "green", SuggestionRow.kind == "good"
            )
        ).all()
    assert green == []


def test_a_scheduled_run_without_the_engine_is_skipped(
    stand: Stand, doubles: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    del stand, doubles
    monkeypatch.setattr("flows.suggest.scheduled", lambda: True)
    state = suggest(link="probe", engine_name="tests.no_such_engine", return_state=True)
    assert state.is_completed()
    assert state.name == NO_ENGINE
    assert "pip install" in (state.message or "")


def test_without_the_engine_it_says_what_to_install(stand: Stand, doubles: Sandbox) -> None:
    del stand, doubles
    with pytest.raises(NotFound, match="pip install"):
        suggest(link="probe", engine_name="tests.no_such_engine")
