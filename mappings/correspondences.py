"""Correspondences: confirmed pairs ours ↔ theirs, never changed, only ended and replaced, so that all can be undone.

Of a unit's pair the factor says how many of their unit one of ours is: numerator / denominator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from foundation.database import utc_now
from foundation.errors import NotFound, Occupied
from mappings.pairs import Confirmed, Correspondence, Pair
from mappings.tables import CorrespondenceRow, TheirItemRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    import pandas as pd
    from sqlalchemy.orm import Session

    from mappings.pairs import PairKind

T = TypeVar("T")

CHUNK: Final = 500
"""Keys asked for at once; beyond ``WHOLE`` keys the whole kind is read instead."""
WHOLE: Final = 5_000
WITH_GOOD: Final = "товар сопоставлен иначе"
"""Why a unit's pair ended that nobody rejected: its good was paired anew."""

UNDONE: Final = "отменено"
"""Why a pair ended that was undone."""

ACTIVE_COLUMNS: Final = ("our_id", "scope", "their_id", "numerator", "denominator", "reopened")


def confirm(session: Session, link_id: int, pair: Pair, *, author: str, at: datetime | None = None) -> Correspondence:
    """Confirm one pair and return it; the one it replaces ends, a reopened one that is the same is settled.

    Raises Occupied when another operator confirmed this thing of ours at the same moment.
    """
    confirm_many(session, link_id, [pair], author=author, at=at)
    (found,) = _rows(session, link_id, pair.kind, our_id=pair.our_id, scope=pair.scope, active=True)
    return found


def confirm_many(
    session: Session, link_id: int, pairs: Sequence[Pair], *, author: str, at: datetime | None = None
) -> Confirmed:
    """Confirm many pairs at once, each thing of ours at most once; see :func:`confirm`."""
    moment = at or utc_now()
    made = replaced = same = 0
    for kind in sorted({pair.kind for pair in pairs}):  # goods before units, which hang on them
        mine = [pair for pair in pairs if pair.kind == kind]
        current = _current(session, link_id, kind, [pair.our_id for pair in mine])
        equal = [pair for pair in mine if pair.key in current and current[pair.key][1] == pair.target]
        fresh = [pair for pair in mine if pair.key not in current or current[pair.key][1] != pair.target]
        old = {pair.key: current[pair.key][0] for pair in fresh if pair.key in current}
        _settle(session, [current[pair.key][0] for pair in equal])
        _end(session, list(old.values()), by=author, reason="заменено", at=moment)
        if kind == "good":
            _end_units(session, link_id, {our_id for our_id, _ in old}, by=author, at=moment)
        _insert(session, link_id, fresh, old, author=author, at=moment)
        made, replaced, same = made + len(fresh) - len(old), replaced + len(old), same + len(equal)
    return Confirmed(made, replaced, same)


def end(
    session: Session, link_id: int, correspondence_id: int, *, author: str, reason: str, at: datetime | None = None
) -> None:
    """End a pair that is in force; the thing of ours is unmatched then. Raises NotFound when it is not in force.

    A good's units end with it: their factors were for that good of theirs.
    """
    moment = at or utc_now()
    current = _in_force(session, link_id, correspondence_id)
    _end(session, [correspondence_id], by=author, reason=reason, at=moment)
    if current.kind == "good":
        _end_units(session, link_id, {current.our_id}, by=author, at=moment)


def undo(
    session: Session, link_id: int, correspondence_id: int, *, author: str, at: datetime | None = None
) -> Correspondence | None:
    """End a pair that is in force and bring back the one it replaced, if any, which is returned.

    The one that is brought back replaces what it replaced before, so that undoing again goes one step further back.
    A good brings back the units that ended with it. Raises NotFound when the pair is not in force.
    """
    moment = at or utc_now()
    current = _in_force(session, link_id, correspondence_id)
    end(session, link_id, correspondence_id, author=author, reason=UNDONE, at=moment)
    if current.replaces is None:
        return None
    note = f"возвращено при отмене № {correspondence_id}"
    before = _read(session, link_id, current.replaces)
    replaces = {} if before.replaces is None else {before.key: before.replaces}
    _insert(session, link_id, [before.again(note)], replaces, author=author, at=moment)
    if current.kind == "good":
        units = _units_ended(session, link_id, current.our_id, current.made_at)
        _insert(session, link_id, [unit.again(note) for unit in units], {}, author=author, at=moment)
    (found,) = _rows(session, link_id, before.kind, our_id=before.our_id, scope=before.scope, active=True)
    return found


def undo_many(
    session: Session, link_id: int, ids: Sequence[int], *, author: str, at: datetime | None = None
) -> list[int]:
    """Undo many pairs at once; returns those that were not in force any more and were left alone.

    Pairs that replaced nothing end together; the others go one by one, as in :func:`undo`.
    """
    moment = at or utc_now()
    table = _table().c
    known: dict[int, int | None] = {}
    for part in _chunks(list(ids)):
        asked = select(table.id, table.replaces).where(table.link_id == link_id, table.id.in_(part))
        known |= dict(session.execute(asked.where(table.ended_at.is_(None))).tuples().all())
    _end(session, [id_ for id_, before in known.items() if before is None], by=author, reason=UNDONE, at=moment)
    for id_, before in sorted(known.items(), reverse=True):
        if before is not None and _still(session, id_):
            undo(session, link_id, id_, author=author, at=moment)
    return [id_ for id_ in ids if id_ not in known]


def history(session: Session, link_id: int, kind: PairKind, our_id: str, scope: str = "") -> list[Correspondence]:
    """Return all pairs that a thing of ours ever had, the newest first."""
    return _rows(session, link_id, kind, our_id=our_id, scope=scope)


def reopened(session: Session, link_id: int) -> list[Correspondence]:
    """Return the pairs in force that a person should look at again, the longest waiting first."""
    asked = (
        select(CorrespondenceRow)
        .where(
            CorrespondenceRow.link_id == link_id,
            CorrespondenceRow.ended_at.is_(None),
            CorrespondenceRow.reopened_at.is_not(None),
        )
        .order_by(CorrespondenceRow.reopened_at, CorrespondenceRow.id)
        .execution_options(populate_existing=True)
    )
    return [_value(row) for row in session.execute(asked).scalars()]


def active(session: Session, link_id: int, kind: PairKind) -> pd.DataFrame:
    """Return the pairs to translate with: our_id, scope, their_id, numerator, denominator, reopened.

    A good of theirs that vanished from their classifier leaves its pairs out: it would be refused there.
    """
    import pandas as pd

    pair = CorrespondenceRow
    reopened_at = pair.reopened_at.is_not(None)
    asked = select(pair.our_id, pair.scope, pair.their_id, pair.numerator, pair.denominator, reopened_at).where(
        pair.link_id == link_id, pair.kind == kind, pair.ended_at.is_(None)
    )
    if kind == "good":
        gone = (
            select(TheirItemRow.their_id)
            .where(TheirItemRow.link_id == link_id, TheirItemRow.kind == "good")
            .group_by(TheirItemRow.their_id)
            .having(func.count() == func.count(TheirItemRow.vanished_at))
        )
        asked = asked.where(pair.their_id.not_in(gone))
    rows = session.execute(asked.order_by(pair.our_id, pair.scope)).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(ACTIVE_COLUMNS))
    return frame.astype({"numerator": "int64", "denominator": "int64", "reopened": "bool"})


# -- inside ------------------------------------------------------------------------------------------------------------


def _table() -> Table:
    return cast("Table", CorrespondenceRow.__table__)


def _current(
    session: Session, link_id: int, kind: str, our_ids: Sequence[str] | None
) -> dict[tuple[str, str], tuple[int, tuple[str, int, int]]]:
    """Return what is in force for things of ours (None: for all): key → id and target."""
    table = _table().c
    columns = (table.id, table.our_id, table.scope, table.their_id, table.numerator, table.denominator)
    asked = select(*columns).where(table.link_id == link_id, table.kind == kind, table.ended_at.is_(None))
    whole = our_ids is None or len(our_ids) > WHOLE
    wanted = [asked] if whole else [asked.where(table.our_id.in_(part)) for part in _chunks(our_ids or [])]
    return {
        (our_id, scope): (id_, (their_id, numerator, denominator))
        for each in wanted
        for id_, our_id, scope, their_id, numerator, denominator in session.execute(each)
    }


def _still(session: Session, id_: int) -> bool:
    """Whether a pair is in force: a good's undoing may have ended its units meanwhile."""
    table = _table().c
    return bool(session.execute(select(table.id).where(table.id == id_, table.ended_at.is_(None))).scalar())


def _chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def _settle(session: Session, ids: Sequence[int]) -> None:
    change = update(_table()).where(_table().c.id == bindparam("pair")).values(reopened_at=None, reopened_reason="")
    if ids:
        session.execute(change, [{"pair": id_} for id_ in ids])


def _end(session: Session, ids: Sequence[int], *, by: str, reason: str, at: datetime) -> None:
    change = update(_table()).where(_table().c.id == bindparam("pair"))
    if ids:
        ended = change.values(ended_at=at, ended_by=by, end_reason=reason)
        session.execute(ended, [{"pair": id_} for id_ in ids])


def _end_units(session: Session, link_id: int, goods: set[str], *, by: str, at: datetime) -> None:
    """End the pairs of units that hold for these goods of ours."""
    if goods:
        current = _current(session, link_id, "unit", None)
        ids = [id_ for (_, scope), (id_, _) in current.items() if scope in goods]
        _end(session, ids, by=by, reason=WITH_GOOD, at=at)


def _units_ended(session: Session, link_id: int, our_good: str, at: datetime) -> list[Correspondence]:
    """Return the pairs of units that ended because a good was paired anew at that moment."""
    row = CorrespondenceRow
    asked = select(row).where(row.link_id == link_id, row.kind == "unit", row.scope == our_good, row.ended_at == at)
    found = session.execute(asked.where(row.end_reason == WITH_GOOD).execution_options(populate_existing=True))
    return [_value(each) for each in found.scalars()]


def _insert(
    session: Session,
    link_id: int,
    pairs: Sequence[Pair],
    replaces: dict[tuple[str, str], int],
    *,
    author: str,
    at: datetime,
) -> None:
    rows: list[dict[str, Any]] = [
        {
            **{name: getattr(pair, name) for name in Pair.__dataclass_fields__},
            "link_id": link_id,
            "author": author,
            "made_at": at,
            "replaces": replaces.get(pair.key),
            "ended_by": "",
            "end_reason": "",
            "reopened_reason": "",
        }
        for pair in pairs
    ]
    if not rows:
        return
    try:
        with session.begin_nested():
            session.execute(insert(_table()), rows)
    except IntegrityError as error:
        raise Occupied(
            "Соответствие только что изменил другой оператор.",
            en="Another operator has just changed this correspondence.",
            todo="Обновите страницу, проверьте его решение и повторите.",
            todo_en="Reload the page, look at that decision and try again.",
        ) from error


def _rows(
    session: Session, link_id: int, kind: str, *, our_id: str, scope: str, active: bool = False
) -> list[Correspondence]:
    row = CorrespondenceRow
    asked = select(row).where(row.link_id == link_id, row.kind == kind, row.our_id == our_id, row.scope == scope)
    if active:
        asked = asked.where(row.ended_at.is_(None))
    found = session.execute(asked.order_by(row.id.desc()).execution_options(populate_existing=True))
    return [_value(each) for each in found.scalars()]


def _read(session: Session, link_id: int, correspondence_id: int) -> Correspondence:
    row = CorrespondenceRow
    asked = select(row).where(row.link_id == link_id, row.id == correspondence_id)
    found = session.execute(asked.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise _not_in_force(correspondence_id)
    return _value(found)


def _in_force(session: Session, link_id: int, correspondence_id: int) -> Correspondence:
    found = _read(session, link_id, correspondence_id)
    if found.ended_at is not None:
        raise _not_in_force(correspondence_id)
    return found


def _value(row: CorrespondenceRow) -> Correspondence:
    return Correspondence(**{name: getattr(row, name) for name in Correspondence.__dataclass_fields__})


def _not_in_force(correspondence_id: int) -> NotFound:
    return NotFound(
        f"Соответствие № {correspondence_id} не действует: его нет или оно уже завершено.",
        en=f"Correspondence {correspondence_id} is not in force: it is not there, or has ended.",
        todo="Обновите список соответствий.",
        todo_en="Reload the list of correspondences.",
        correspondence=correspondence_id,
    )
