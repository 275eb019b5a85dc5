"""Bringing the work list up to date: proposals of the engine, what blocks, and the pairs that are there by now.

What a person put off stays put off; a row whose pair is in force is done, or changed where the pair was reopened.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import Table, and_, delete, exists, insert, select, update

from mappings.matching_tables import SuggestionRow, WordRow
from mappings.tables import CorrespondenceRow
from mappings.worklist import Queue, name_key, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from mappings.worklist import WorkKind

BATCH: Final = 5_000


@dataclass(frozen=True, slots=True)
class Blocks:
    """What a thing holds up: value in millionths of money, orders, lines, and the warehouses where it lies."""

    value: int = 0
    orders: int = 0
    lines: int = 0
    warehouses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for one thing of ours.

    ``candidates`` best first, each a mapping that JSON can hold: their_id, their_unit, name, unit_name, chance
    (ten-thousandths), numerator, denominator, units, reasons (a list of {name, agrees, detail}).
    """

    our_id: str
    name: str
    queue: Queue
    scope: str = ""
    code: str = ""
    unit_id: str = ""
    unit_name: str = ""
    group_name: str = ""
    also: str = ""
    candidates: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refreshing changed, in rows."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    same: int = 0


FIELDS: Final = tuple(
    column.name
    for column in SuggestionRow.__table__.columns
    if column.name not in {"link_id", "kind", "our_id", "scope", "refreshed_at"}
)


def refresh(
    session: Session,
    link_id: int,
    kind: WorkKind,
    proposals: Iterable[Proposal],
    *,
    at: datetime,
    ours: Mapping[str, Blocks] | None = None,
    theirs: Mapping[str, Blocks] | None = None,
) -> Refreshed:
    """Bring the list of a kind to these proposals, changing only rows that differ.

    ``ours``: our id → what it holds up (stock); ``theirs``: their id → what waits for it (orders).
    """
    standing = _in_force(session, link_id, kind)
    stored = _stored(session, link_id, kind)
    incoming = {}
    for each in proposals:
        key = (each.our_id, each.scope)
        before = Queue(stored[key][0]) if key in stored else None
        incoming[key] = _values(each, _queue(each, before, standing.get(key)), ours or {}, theirs or {})
    new = [key for key in incoming if key not in stored]
    changed = [key for key, values in incoming.items() if key in stored and stored[key] != values]
    gone = [key for key in stored if key not in incoming]
    common = {"link_id": link_id, "kind": kind}
    _delete(session, common, [*gone, *changed])
    rows = [{**common, **_named(key, incoming[key]), "refreshed_at": at} for key in (*new, *changed)]
    for part in _parts(rows):
        session.execute(insert(SuggestionRow), part)
    place = FIELDS.index("search")
    was = {_item(kind, key): stored[key][place] for key in stored}
    becomes = {_item(kind, key): incoming[key][place] for key in incoming}
    index_words(session, link_id, "ours", kind, was=was, becomes=becomes)
    return Refreshed(len(new), len(changed), len(gone), len(incoming) - len(new) - len(changed))


def index_words(
    session: Session, link_id: int, side: str, kind: str, *, was: Mapping[str, str], becomes: Mapping[str, str]
) -> None:
    """Bring the words of things to their texts: item → text as it was, and as it is."""
    same = {item for item, text in becomes.items() if was.get(item) == text}
    stale = [item for item in was if item not in same]
    for part in _parts(stale, 500):
        row = WordRow
        mine = (row.link_id == link_id, row.side == side, row.kind == kind, row.item_id.in_(part))
        session.execute(delete(row).where(*mine))
    common = {"link_id": link_id, "side": side, "kind": kind}
    fresh = (
        {**common, "word": word[:64], "item_id": item}
        for item, text in becomes.items()
        if item not in same
        for word in dict.fromkeys(each[:64] for each in words(text))
    )
    for part in _parts(list(fresh)):
        session.execute(insert(cast("Table", WordRow.__table__)), part)


def sync(session: Session, link_id: int, kind: WorkKind) -> None:
    """Bring the queues of a kind to the pairs in force, after pairs came from elsewhere (a file, exact keys)."""
    row, pair = SuggestionRow, CorrespondenceRow
    mine = (row.link_id == link_id, row.kind == kind)
    in_force = exists().where(
        and_(
            pair.link_id == link_id,
            pair.kind == kind,
            pair.our_id == row.our_id,
            pair.scope == row.scope,
            pair.ended_at.is_(None),
        )
    )
    settled, decided = row.queue.in_([Queue.DONE, Queue.CHANGED]), row.queue.not_in([Queue.DONE, Queue.CHANGED])
    for condition, queue in (((decided, in_force), Queue.DONE), ((settled, ~in_force), Queue.CHECK)):
        change = update(row).where(*mine, *condition).values(queue=queue.value)
        session.execute(change.execution_options(synchronize_session=False))


# -- inside ------------------------------------------------------------------------------------------------------------


def _queue(proposal: Proposal, before: Queue | None, reopened: bool | None) -> Queue:
    if reopened is not None:
        return Queue.CHANGED if reopened else Queue.DONE
    return Queue.LATER if before is Queue.LATER else proposal.queue


def _values(each: Proposal, queue: Queue, ours: Mapping[str, Blocks], theirs: Mapping[str, Blocks]) -> tuple[Any, ...]:
    best = each.candidates[0] if each.candidates else {}
    here = ours.get(each.scope or each.our_id, Blocks())
    there = theirs.get(str(best.get("their_id", "")), Blocks())
    named = {
        "queue": queue.value,
        "name": each.name,
        "code": each.code,
        "unit_id": each.unit_id,
        "unit_name": each.unit_name,
        "group_name": each.group_name,
        "warehouses": f"|{'|'.join(here.warehouses)}|" if here.warehouses else "",
        "search": " ".join(words(f"{each.name} {each.code} {each.also}")),
        "name_key": name_key(each.name),
        "chance": int(best.get("chance", 0)),
        "their_id": str(best.get("their_id", "")),
        "their_unit": str(best.get("their_unit", "")),
        "numerator": int(best.get("numerator", 1)),
        "denominator": int(best.get("denominator", 1)),
        "candidates": [dict(candidate) for candidate in each.candidates],
        "note": each.note,
        "value": here.value,
        "orders": here.orders + there.orders,
        "lines": here.lines + there.lines,
    }
    return tuple(named[name] for name in FIELDS)


def _named(key: tuple[str, str], values: tuple[Any, ...]) -> dict[str, Any]:
    return {"our_id": key[0], "scope": key[1], **dict(zip(FIELDS, values, strict=True))}


def _item(kind: WorkKind, key: tuple[str, str]) -> str:
    """Return what a row's words are kept under: a unit's row is found by its good."""
    return key[1] if kind == "unit" else key[0]


def _stored(session: Session, link_id: int, kind: WorkKind) -> dict[tuple[str, str], tuple[Any, ...]]:
    table = cast("Table", SuggestionRow.__table__).c
    place = FIELDS.index("queue")
    asked = select(table.our_id, table.scope, *(table[name] for name in FIELDS)).where(
        table.link_id == link_id, table.kind == kind
    )
    assert place == 0, "the queue is the first of the fields"
    return {(our_id, scope): tuple(values) for our_id, scope, *values in session.execute(asked)}


def _in_force(session: Session, link_id: int, kind: str) -> dict[tuple[str, str], bool]:
    """Return the pairs in force: key → whether it was reopened."""
    pair = CorrespondenceRow
    asked = select(pair.our_id, pair.scope, pair.reopened_at.is_not(None)).where(
        pair.link_id == link_id, pair.kind == kind, pair.ended_at.is_(None)
    )
    return {(our_id, scope): bool(again) for our_id, scope, again in session.execute(asked)}


def _delete(session: Session, common: Mapping[str, Any], keys: Sequence[tuple[str, str]]) -> None:
    row = SuggestionRow
    by_scope: dict[str, list[str]] = defaultdict(list)
    for our_id, scope in keys:
        by_scope[scope].append(our_id)
    for scope, items in by_scope.items():
        for part in _parts(items, 500):
            mine = (row.link_id == common["link_id"], row.kind == common["kind"], row.scope == scope)
            session.execute(delete(row).where(*mine, row.our_id.in_(part)))


def _parts(rows: Sequence[Any], size: int = BATCH) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
