"""How far the roll-out of a link is: the gates of its trial, and its stretches of pilot operation."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update

from foundation.database import LinkRow, utc_now
from foundation.errors import NotFound, Occupied
from ledger.storing import plain
from ledger.tables import GateRow, PilotRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

STORY: Final = 50
"""How many changes of a gate are kept."""


class GateState(StrEnum):
    """What a gate of the trial is at."""

    OPEN = "open"
    WAITS = "waits"
    FAILED = "failed"
    ABSENT = "absent"
    PASSED = "passed"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class GateRecord:
    """A gate as it is stored: ``evidence`` holds plain values, ``story`` every change of state, the oldest first.

    ``author`` is who passed it by hand, with the reason in the story; empty where the evidence itself passed it.
    """

    gate: str
    state: GateState = GateState.OPEN
    said: str = ""
    todo: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    author: str = ""
    updated_at: datetime | None = None
    passed_at: datetime | None = None
    story: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Pilot:
    """A stretch of pilot operation; ``reason`` says why it was started before the trial was complete."""

    id: int
    started_at: datetime
    started_by: str
    forced: bool
    reason: str
    stopped_at: datetime | None
    stopped_by: str


# -- gates -------------------------------------------------------------------------------------------------------------


def gates(session: Session, link_id: int) -> dict[str, GateRecord]:
    """Return the gates of a link that anything was ever written of: name → record."""
    asked = select(GateRow).where(GateRow.link_id == link_id).execution_options(populate_existing=True)
    return {row.gate: _record(row) for row in session.execute(asked).scalars()}


def store_gate(session: Session, link_id: int, record: GateRecord, at: datetime, *, note: str = "") -> GateRecord:
    """Write a gate down and return it; a change of state goes into its story, with the author and ``note``."""
    asked = select(GateRow).where(GateRow.link_id == link_id, GateRow.gate == record.gate).with_for_update()
    row = session.execute(asked.execution_options(populate_existing=True)).scalar_one_or_none()
    before = _record(row) if row is not None else None
    story = list(before.story if before else ())
    if before is None or before.state is not record.state or note:
        step = {"at": at.isoformat(timespec="seconds"), "state": record.state.value, "said": note or record.said}
        story.append({**step, "author": record.author} if record.author else step)
    passed = record.state is GateState.PASSED
    values = {
        "state": record.state,
        "said": record.said,
        "todo": record.todo,
        "evidence": {**plain(dict(record.evidence)), "story": story[-STORY:]},
        "author": record.author,
        "updated_at": at,
        "passed_at": ((before.passed_at if before else None) or at) if passed else None,
    }
    if row is None:
        session.execute(insert(GateRow).values(link_id=link_id, gate=record.gate, **values))
    else:
        mine = (GateRow.link_id == link_id, GateRow.gate == record.gate)
        session.execute(update(GateRow).where(*mine).values(**values))
    return gates(session, link_id)[record.gate]


def _record(row: GateRow) -> GateRecord:
    evidence = dict(row.evidence)
    story = tuple(evidence.pop("story", ()))
    values = (row.gate, GateState(row.state), row.said, row.todo, evidence, row.author, row.updated_at, row.passed_at)
    return GateRecord(*values, story)


# -- pilot -------------------------------------------------------------------------------------------------------------


def running_pilot(session: Session, link_id: int) -> Pilot | None:
    """Return the stretch of pilot operation that goes on now."""
    asked = select(PilotRow).where(PilotRow.link_id == link_id, PilotRow.stopped_at.is_(None))
    row = session.execute(asked.order_by(PilotRow.id.desc())).scalars().first()
    return None if row is None else _pilot(row)


def pilots(session: Session, link_id: int) -> list[Pilot]:
    """Return all stretches of pilot operation of a link, the newest first."""
    asked = select(PilotRow).where(PilotRow.link_id == link_id).order_by(PilotRow.id.desc())
    return [_pilot(row) for row in session.execute(asked.execution_options(populate_existing=True)).scalars()]


def start_pilot(session: Session, link_id: int, *, by: str, reason: str = "", at: datetime | None = None) -> Pilot:
    """Write down that pilot operation starts; ``reason``: why before the trial is complete (it is "forced" then).

    Raises Occupied where it goes on already.
    """
    session.execute(select(LinkRow.id).where(LinkRow.id == link_id).with_for_update())
    current = running_pilot(session, link_id)
    if current is not None:
        since = f"{current.started_at.astimezone():%d.%m.%Y %H:%M}"
        raise Occupied(
            f"Опытная эксплуатация уже идёт с {since}, её начал(а) {current.started_by}.",
            en=f"The pilot has been running since {since}, started by {current.started_by}.",
            todo="Ничего делать не нужно. Новые интервалы и окна вступят в силу после mi1c deploy.",
            todo_en="Nothing to do. New intervals and windows come into force with mi1c deploy.",
        )
    values = {"link_id": link_id, "started_at": at or utc_now(), "started_by": by, "forced": bool(reason)}
    session.execute(insert(PilotRow).values(**values, reason=reason, stopped_by=""))
    return pilots(session, link_id)[0]


def stop_pilot(session: Session, link_id: int, *, by: str, at: datetime | None = None) -> Pilot:
    """Write down that pilot operation stops; raises NotFound where none goes on."""
    current = running_pilot(session, link_id)
    if current is None:
        raise NotFound(
            "Опытная эксплуатация не идёт.",
            en="The pilot is not running.",
            todo="Начать её: mi1c pilot start.",
            todo_en="Start it: mi1c pilot start.",
        )
    ended = update(PilotRow).where(PilotRow.id == current.id).values(stopped_at=at or utc_now(), stopped_by=by)
    session.execute(ended)
    return pilots(session, link_id)[0]


def _pilot(row: PilotRow) -> Pilot:
    return Pilot(**{name: getattr(row, name) for name in Pilot.__dataclass_fields__})
