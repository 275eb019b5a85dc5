"""Alerts: raised once, told once a channel, cleared once, told once more.

An alert is open while its fact holds. ``facts["told"]`` and ``facts["cleared_told"]`` list the channels that have it
already, so that a channel that failed is tried again and the others are left in peace.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from foundation.database import LinkRow
from ledger.storing import plain
from ledger.tables import AlertRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Alarm:
    """A fact that somebody should know of; ``key`` tells alerts of a kind apart (an exchange, a parcel)."""

    kind: str
    key: str
    said: str
    todo: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it is stored; told and cleared are empty until every channel has it."""

    id: int
    link: str
    kind: str
    key: str
    said: str
    todo: str
    facts: Mapping[str, Any]
    raised_at: datetime
    told_at: datetime | None
    cleared_at: datetime | None
    cleared_told_at: datetime | None


def reconcile(
    session: Session, link_id: int, alarms: Sequence[Alarm], at: datetime, *, kinds: Collection[str]
) -> tuple[int, int]:
    """Raise what is new, renew the words of what still holds, clear what is over; returns (raised, cleared).

    Only alerts of ``kinds`` are cleared: those that could be judged this time. An alert that is over before anybody
    was told of it ends in silence.
    """
    now = {(alarm.kind, alarm.key): alarm for alarm in alarms}
    open_ = {(row.kind, row.key): row for row in _open(session, link_id)}
    for key, alarm in now.items():
        told = {name: value for name, value in open_[key].facts.items() if name == "told"} if key in open_ else {}
        values = {"said": alarm.said, "todo": alarm.todo, "facts": {**plain(dict(alarm.facts)), **told}}
        if key in open_:
            session.execute(update(AlertRow).where(AlertRow.id == open_[key].id).values(**values))
        else:
            own = {"link_id": link_id, "kind": alarm.kind, "key": alarm.key, "raised_at": at}
            session.execute(insert(AlertRow).values(**own, **values))
    over = [row for key, row in open_.items() if key not in now and row.kind in kinds]
    for row in over:
        silent = None if row.facts.get("told") or row.told_at else at
        session.execute(
            update(AlertRow)
            .where(AlertRow.id == row.id)
            .values(cleared_at=at, cleared_told_at=silent, told_at=row.told_at or silent)
        )
    return len(now.keys() - open_.keys()), len(over)


def open_alerts(session: Session, link_id: int | None = None) -> list[Alert]:
    """Return the alerts that hold now, of one link or of all, the oldest first."""
    return [_alert(session, row) for row in _open(session, link_id)]


def untold(session: Session, link_id: int) -> tuple[list[Alert], list[Alert]]:
    """Return the alerts that some channel has not told yet: raised ones, cleared ones."""
    row = AlertRow
    asked = select(row).where(
        row.link_id == link_id,
        or_(
            row.told_at.is_(None) & row.cleared_at.is_(None),
            row.cleared_at.is_not(None) & row.cleared_told_at.is_(None),
        ),
    )
    found = session.execute(asked.order_by(row.id).execution_options(populate_existing=True)).scalars()
    alerts = [_alert(session, each) for each in found]
    return [each for each in alerts if each.cleared_at is None], [
        each for each in alerts if each.cleared_at is not None
    ]


def due(alert: Alert, channel: str) -> bool:
    """Whether a channel still has to tell an alert, or its end: that only where it told the alert itself."""
    if alert.cleared_at is None:
        return channel not in alert.facts.get("told", ())
    return channel in alert.facts.get("told", ()) and channel not in alert.facts.get("cleared_told", ())


def note_told(
    session: Session, alerts: Iterable[Alert], channel: str, at: datetime, *, channels: Sequence[str]
) -> None:
    """Write down that a channel ("" = none) has told these alerts; due to none of ``channels``, one is done with."""
    for alert in alerts:
        row = session.get(AlertRow, alert.id, populate_existing=True)
        if row is None:
            continue
        over = alert.cleared_at is not None
        name = "cleared_told" if over else "told"
        if channel:
            row.facts = {**row.facts, name: sorted({*row.facts.get(name, ()), channel})}
        if not any(due(replace(alert, facts=row.facts), each) for each in channels):
            row.told_at = row.told_at or at
            row.cleared_told_at = at if over else None


def _open(session: Session, link_id: int | None) -> list[AlertRow]:
    asked = select(AlertRow).where(AlertRow.cleared_at.is_(None))
    if link_id is not None:
        asked = asked.where(AlertRow.link_id == link_id)
    found = session.execute(asked.order_by(AlertRow.id).execution_options(populate_existing=True))
    return list(found.scalars())


def _alert(session: Session, row: AlertRow) -> Alert:
    name = session.execute(select(LinkRow.name).where(LinkRow.id == row.link_id)).scalar_one()
    values = {each: getattr(row, each) for each in Alert.__dataclass_fields__ if each != "link"}
    return Alert(link=name, **values)
