"""Reopening: a correspondence whose other side changed goes on being used, and a person is asked to look again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Table, bindparam, exists, func, select, update

from mappings.matching_tables import SuggestionRow
from mappings.tables import CorrespondenceRow, OurItemRow, TheirItemRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ScalarSelect
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Reopened:
    """A pair in force that a person should look at again, with the names of both sides ("" = not there any more).

    Of a unit's pair ``good`` is the good of ours that it holds for, else it is empty.
    """

    id: int
    kind: str
    our_id: str
    our_name: str
    good: str
    their_id: str
    their_name: str
    reason: str
    since: datetime
    author: str


def waiting(session: Session, link_id: int) -> list[Reopened]:
    """Return the pairs that were reopened and not confirmed again yet, the longest waiting first."""
    pair = CorrespondenceRow
    asked = (
        select(
            pair.id,
            pair.kind,
            pair.our_id,
            func.coalesce(_our_name(pair.kind, pair.our_id), ""),
            func.coalesce(_our_name("good", pair.scope), ""),
            pair.their_id,
            func.coalesce(_their_name(), ""),
            pair.reopened_reason,
            pair.reopened_at,
            pair.author,
        )
        .where(pair.link_id == link_id, pair.ended_at.is_(None), pair.reopened_at.is_not(None))
        .order_by(pair.reopened_at, pair.id)
    )
    return [Reopened(*row) for row in session.execute(asked)]


def _our_name(kind: Any, our_id: Any) -> ScalarSelect[str]:
    item = OurItemRow
    here = (item.link_id == CorrespondenceRow.link_id, item.kind == kind, item.our_id == our_id)
    return select(item.name).where(*here, item.vanished_at.is_(None)).scalar_subquery()


def _their_name() -> ScalarSelect[str]:
    """Return the name of a pair's other side; a good has a row a unit, and one name."""
    item, pair = TheirItemRow, CorrespondenceRow
    here = (item.link_id == pair.link_id, item.kind == pair.kind, item.their_id == pair.their_id)
    return select(func.max(item.name)).where(*here, item.vanished_at.is_(None)).scalar_subquery()


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
