"""Reopening: a correspondence whose other side changed goes on being used, and a person is asked to look again."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy import Table, bindparam, exists, select, update

from mappings.matching_tables import SuggestionRow
from mappings.tables import CorrespondenceRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session


def reopen(session: Session, link_id: int, goods: Mapping[str, str], units: Mapping[str, str], at: datetime) -> int:
    """Reopen the active pairs of their ``goods``, and of the units of ``units`` (their good → why); return how many."""
    if not goods:
        return 0
    reasons: dict[int, str] = {}
    scopes: dict[str, str] = {}
    for id_, our_id, _, their_id in _active(session, link_id, "good"):
        if their_id in goods:
            reasons[id_] = goods[their_id]
        if their_id in units:
            scopes[our_id] = units[their_id]
    for id_, _, scope, _ in _active(session, link_id, "unit"):
        if scope in scopes:
            reasons[id_] = scopes[scope]
    _mark(session, link_id, reasons, at)
    return len(reasons)


def reopen_pairs(session: Session, link_id: int, kind: str, things: Mapping[str, str], at: datetime) -> int:
    """Reopen the active pairs of a kind (their id → why); return how many."""
    if not things:
        return 0
    found = _active(session, link_id, kind)
    reasons = {id_: things[their_id] for id_, _, _, their_id in found if their_id in things}
    _mark(session, link_id, reasons, at)
    return len(reasons)


def _mark(session: Session, link_id: int, reasons: Mapping[int, str], at: datetime) -> None:
    """Write down that pairs should be looked at again, and why; their rows of the work list move to «changed»."""
    table = cast("Table", CorrespondenceRow.__table__)
    change = (
        update(table).where(table.c.id == bindparam("pair")).values(reopened_at=at, reopened_reason=bindparam("why"))
    )
    if reasons:
        session.execute(change, [{"pair": id_, "why": why} for id_, why in reasons.items()])
        session.execute(
            update(SuggestionRow)
            .where(
                SuggestionRow.link_id == link_id,
                exists().where(
                    CorrespondenceRow.link_id == link_id,
                    CorrespondenceRow.kind == SuggestionRow.kind,
                    CorrespondenceRow.our_id == SuggestionRow.our_id,
                    CorrespondenceRow.scope == SuggestionRow.scope,
                    CorrespondenceRow.ended_at.is_(None),
                    CorrespondenceRow.reopened_at == at,
                ),
            )
            .values(queue="changed")
            .execution_options(synchronize_session=False)
        )


def _active(session: Session, link_id: int, kind: str) -> list[tuple[int, str, str, str]]:
    asked = select(
        CorrespondenceRow.id, CorrespondenceRow.our_id, CorrespondenceRow.scope, CorrespondenceRow.their_id
    ).where(CorrespondenceRow.link_id == link_id, CorrespondenceRow.kind == kind, CorrespondenceRow.ended_at.is_(None))
    return [(id_, our_id, scope, their_id) for id_, our_id, scope, their_id in session.execute(asked)]
