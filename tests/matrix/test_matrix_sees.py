"""The matrix can fail: each promise that is broken on purpose is seen, and a killed process leaves what it should."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from ledger.states import ParcelState
from ledger.tables import LockRow, OrderRow, ParcelRow
from tests.matrix import small
from tests.matrix.fragile import NOBODY, Killed, Steps, database_of
from tests.matrix.order_subjects import check_orders
from tests.matrix.small import ORDER, ref
from tests.matrix.trial import SUBJECTS, add_up
from tests.matrix.workbench import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.matrix.conftest import Field
    from tests.matrix.trial import Trial
    from tests.matrix.workbench import Bench

    Make = Callable[..., Bench]

PLACE = {each.exchange: place for place, each in enumerate(SUBJECTS)}


def ready(field: Field, exchange: str) -> Trial:
    """Return a trial whose exchange has been run once."""
    trial = field.trial(PLACE[exchange])
    trial.bench.run_whole(exchange)
    trial.note()
    trial.agrees(newest=True)
    trial.whole()
    return trial


def seen(trial: Trial) -> str:
    try:
        trial.agrees(newest=True)
        trial.whole()
    except Trouble as trouble:
        return trouble.kind
    return ""


@pytest.mark.parametrize("exchange", ["stock", "shipments"])
def test_a_row_that_is_there_twice_or_not_at_all_is_seen(field: Field, exchange: str) -> None:
    trial = ready(field, exchange)
    dataset = {"stock": "CRMWhBalanceLine", "shipments": "CRMDespatch"}[exchange]
    rows = trial.bench.holdings.blocks[dataset][0].rows
    rows.append(rows[0])
    assert seen(trial) == "doubled"
    del rows[-2:]
    assert seen(trial) == "lost"
    field.ended(PLACE[exchange])


def test_a_second_document_and_an_order_nobody_answered_are_seen(field: Field) -> None:
    trial = ready(field, "orders")
    check_orders(trial.bench)
    trial.bench.holdings.answered.discard("CRM0001")
    with pytest.raises(Trouble, match="half"):
        check_orders(trial.bench)
    trial.bench.add(ORDER, {"Ref_Key": ref("twin"), "НомерПоДаннымКлиента": "CRM0001", "Date": small.NOW})
    assert seen(trial) == "doubled"
    field.ended(PLACE["orders"])


def test_an_order_that_the_ledger_forgot_is_seen(field: Field) -> None:
    trial = ready(field, "orders")
    with closing(database_of(trial.bench.path)) as database, database.begin() as session:
        session.execute(update(OrderRow).where(OrderRow.number == "CRM0001").values(number="another"))
    with pytest.raises(Trouble, match="lost"):
        check_orders(trial.bench)
    field.ended(PLACE["orders"])


def test_a_parcel_under_way_and_a_lock_that_is_left_are_seen(field: Field) -> None:
    trial = ready(field, "stock")
    with closing(database_of(trial.bench.path)) as database, database.begin() as session:
        session.execute(update(ParcelRow).where(ParcelRow.exchange == "stock").values(state=ParcelState.SENDING))
    assert seen(trial) == "half"
    field.ended(PLACE["stock"])


@pytest.mark.parametrize(
    "counts",
    [
        {"read": 3, "sent": 1, "left_out": {"a": 1}, "unmatched": {}, "refused": {}},
        {"read": 3, "waited": 1, "fates": {"created": 5}},
    ],
)
def test_rows_that_no_fate_accounts_for_are_seen(counts: dict[str, Any]) -> None:
    with pytest.raises(Trouble, match="silent"):
        add_up(counts)


def test_a_killed_process_does_nothing_more_and_leaves_its_lock(make: Make) -> None:
    bench = make(cap_mib=0.0019)
    names = bench.run_whole("stock").steps
    parts = [place for place, name in enumerate(names, 1) if name == "after CRM POST"]
    assert len(parts) > 1
    rows = len(bench.rows("stock"))
    steps = Steps(parts[0])
    assert bench.run("stock", "dies", steps).ended == "killed"
    assert bench.sets() == len(parts) + 1  # the first part was taken, and none after it
    assert len(bench.rows("stock")) < rows
    with pytest.raises(Killed):
        steps.step("later")
    with closing(database_of(bench.path)) as database, database.session() as session:
        assert [tuple(row) for row in session.execute(select(LockRow.exchange, LockRow.pid))] == [("stock", NOBODY)]
    bench.run_whole("stock", "dies")
    assert len(bench.rows("stock")) == rows


def test_a_killed_commit_leaves_nothing_of_its_transaction(make: Make) -> None:
    bench = make()
    names = bench.run_whole("stock").steps
    before = bench.parcel("stock").id
    prepared = [place for place, name in enumerate(names, 1) if name == "before commit"][1]
    assert bench.run("stock", "dies", Steps(prepared)).ended == "killed"
    assert bench.parcel("stock").id == before
