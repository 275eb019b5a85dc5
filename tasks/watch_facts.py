"""Gathering what the watch looks at: the ledger, the timetable of a link, and what Prefect knows of its runs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger import standing
from ledger.alerts import open_alerts
from ledger.holder import Process, is_dead, this_process
from ledger.rollout import running_pilot
from ledger.states import ParcelState
from tasks.watching import DEAD, Limits, LinkFacts, Scheduled, Waiting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from foundation.database import Database
    from foundation.settings import LinkSettings
    from ledger.tables import LockRow
    from ledger.values import Parcel
    from tasks.hours import Timetable
    from tasks.watching import Run


def limits(settings: LinkSettings) -> Limits:
    """Return when a link wants to be told."""
    return Limits(timedelta(hours=settings.parked_hours), settings.matched_value_share)


def holder_states(database: Database) -> dict[str, str]:
    """Return what the ledger knows of the processes that hold exchanges: run → alive, dead or silent."""
    here = this_process()
    with database.session() as session:
        now = database.now(session)
        return {row.run_id: _holder(row, now, here) for row in standing.holders(session)}


def _holder(row: LockRow, now: datetime, here: Process) -> str:
    if is_dead(Process(row.host, row.machine, row.pid, row.process_started), here):
        return "dead"
    return "silent" if (now - row.renewed_at).total_seconds() > row.lease else "alive"


def link_facts(
    session: Session,
    link: tuple[str, int],
    settings: LinkSettings,
    now: datetime,
    *,
    timetables: Mapping[str, Timetable],
    succeeded: Mapping[str, datetime],
    reaped: Sequence[Run] = (),
) -> LinkFacts:
    """Return what is known of a link; ``succeeded`` is what Prefect remembers, the ledger adds its parcels."""
    name, link_id = link
    answered = standing.newest(session, link_id, ParcelState.ANSWERED)
    done = {**succeeded}
    for exchange, parcel in answered.items():
        done[exchange] = max(parcel.updated_at, done.get(exchange, parcel.updated_at))
    pilot = running_pilot(session, link_id)
    orders = standing.order_count(session, link_id)
    dead = {
        each.key: (str(each.facts.get("run", "")), each.raised_at)
        for each in open_alerts(session, link_id)
        if each.kind == DEAD
    }
    held = {row.exchange for row in standing.holders(session, link_id) if _holder(row, now, this_process()) == "alive"}
    before = now - timedelta(hours=settings.parcel_hours)
    return LinkFacts(
        link=name,
        now=now,
        piloted=pilot.started_at if pilot else None,
        scheduled=[Scheduled(exchange, table, done.get(exchange)) for exchange, table in timetables.items()],
        reaped=[run for run in reaped if run.link == name],
        still_dead=dead,
        succeeded=done,
        unanswered=[
            Waiting(each.id, each.exchange, each.created_at)
            for each in standing.unanswered(session, link_id, before)
            if each.exchange not in held
        ],
        overdue=[
            Waiting(each.parcel_id, each.exchange, each.deadline)
            for each in standing.confirmations(session, link_id, standing.WAITING)
            if each.deadline < now or each.state == "overdue"
        ],
        parked=orders.parked,
        oldest_parked=orders.oldest_parked,
        value_share=value_share(answered.get("stock")),
    )


def value_share(stock: Parcel | None) -> float | None:
    """Return how much of the stock's value was matched in its last parcel, per cent; None where it is not known."""
    totals: dict[str, Any] = stock.totals if stock else {}
    value, matched = Decimal(totals.get("value") or 0), Decimal(totals.get("matched_value") or 0)
    return float(round(100 * matched / value, 2)) if value else None
