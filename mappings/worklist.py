"""The work list of the matching: queues, filters, pages by key, search by words, how many and what they block."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import and_, func, literal, or_, select, text, tuple_

from mappings.matching_tables import ClaimRow, SuggestionRow, WordRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

WorkKind = Literal["good", "unit", "counterparty", "outlet"]
KINDS: Final[tuple[WorkKind, ...]] = ("good", "unit", "counterparty", "outlet")

WORD: Final = re.compile(r"[^\W_]+")
RARE: Final = 1_000
"""A word that so few things have is looked up; one that more have is met soon while the list is read in its order."""


class Queue(StrEnum):
    """Where a row stands."""

    GREEN = "green"
    CHECK = "check"
    NONE = "none"
    LATER = "later"
    CONFLICT = "conflict"
    CHANGED = "changed"
    DONE = "done"


OPEN: Final = tuple(queue for queue in Queue if queue is not Queue.DONE)
"""Queues whose rows wait for somebody."""

Order = Literal["blocks", "chance"]


@dataclass(frozen=True, slots=True)
class Filter:
    """What is shown: a queue, words, a group, a warehouse of ours, chances from ``least`` on (ten-thousandths).

    ``about``: an id of either side, as an order that waits names it; rows of that thing, or that it is proposed for.
    """

    queue: Queue = Queue.GREEN
    text: str = ""
    group: str = ""
    warehouse: str = ""
    least: int = 0
    order: Order = "blocks"
    about: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked for beyond the queue."""
        return bool(self.text or self.group or self.warehouse or self.least or self.about)


@dataclass(frozen=True, slots=True)
class Work:
    """One row of the list; columns as in ``suggestion``, and who has it before him."""

    our_id: str
    scope: str
    queue: Queue
    name: str
    code: str
    unit_id: str
    unit_name: str
    group_name: str
    chance: int
    their_id: str
    their_unit: str
    numerator: int
    denominator: int
    candidates: list[dict[str, Any]]
    note: str
    value: int
    orders: int
    lines: int
    claimed_by: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the key that the next page goes on after ("" = this is the last)."""

    rows: list[Work]
    after: str = ""


COLUMNS: Final = tuple(name for name in Work.__dataclass_fields__ if name != "claimed_by")
SEPARATOR: Final = "\x1f"


def words(text: str) -> list[str]:
    """Return the words of a text as they are searched: small letters, ё as е, each once."""
    return list(dict.fromkeys(WORD.findall(text.casefold().replace("ё", "е"))))


def name_key(name: str) -> str:
    """Return a name without signs, cases and order of words: equal ones name the same thing."""
    return " ".join(sorted(words(name)))


# -- conditions --------------------------------------------------------------------------------------------------------


def matching(session: Session, link_id: int, kind: WorkKind, wanted: Filter) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter."""
    return [SuggestionRow.queue == wanted.queue.value, *_in_any_queue(session, link_id, kind, wanted)]


def _in_any_queue(session: Session, link_id: int, kind: WorkKind, wanted: Filter) -> list[ColumnElement[bool]]:
    row = SuggestionRow
    found = [row.link_id == link_id, row.kind == kind]
    if wanted.about:
        own = row.scope if kind == "unit" else row.our_id
        found.append(or_(row.their_id == wanted.about, own == wanted.about))
    if wanted.group:
        found.append(row.group_name == wanted.group)
    if wanted.warehouse:
        found.append(row.warehouses.contains(f"|{wanted.warehouse}|", autoescape=True))
    if wanted.least:
        found.append(row.chance >= wanted.least)
    return found + _worded(session, link_id, kind, words(wanted.text))


def _worded(session: Session, link_id: int, kind: str, wanted: Sequence[str]) -> list[ColumnElement[bool]]:
    """Return the conditions of words: the rare ones by their index, the frequent ones while the list is read."""
    row = SuggestionRow
    known = {word: _having(session, link_id, "ours", kind, word) for word in wanted}
    rare = [ids for ids in known.values() if ids is not None]
    found: list[ColumnElement[bool]] = [
        (literal(" ") + row.search).contains(f" {word}", autoescape=True) for word, ids in known.items() if ids is None
    ]
    if not rare and found:
        _read_in_order(session)
    if rare:
        item = row.scope if kind == "unit" else row.our_id
        found.append(item.in_(sorted(set.intersection(*rare))))
    return found


def _read_in_order(session: Session) -> None:
    """Let PostgreSQL read the list in its order for the rest of the transaction.

    It takes a frequent word for a rare one (a LIKE says nothing of its number) and would sort everything that has it.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL enable_sort = off"))


def _having(session: Session, link_id: int, side: str, kind: str, word: str) -> set[str] | None:
    """Return the things that have a word beginning so, or None when they are too many to name."""
    table = WordRow
    asked = select(table.item_id).where(
        table.link_id == link_id,
        table.side == side,
        table.kind == kind,
        table.word >= word,
        table.word < f"{word}\uffff",
    )
    found = session.execute(asked.limit(RARE + 1)).scalars().all()
    return None if len(found) > RARE else set(found)


def found_words(session: Session, link_id: int, side: str, kind: str, text: str) -> list[str] | None:
    """Return the ids of things that have all the words, [] when none has; None when every word is a frequent one."""
    known = [_having(session, link_id, side, kind, word) for word in words(text)]
    rare = [ids for ids in known if ids is not None]
    return sorted(set.intersection(*rare)) if rare else None


# -- pages -------------------------------------------------------------------------------------------------------------


def page(
    session: Session,
    link_id: int,
    kind: WorkKind,
    wanted: Filter,
    *,
    at: datetime,
    after: str = "",
    limit: int = 30,
) -> Page:
    """Return a page of the list, what blocks most first (or the surest first), going on after a key."""
    row = SuggestionRow
    keys = (row.orders, row.value) if wanted.order == "blocks" else (row.chance,)
    keys = (*keys, row.our_id, row.scope)
    asked = _asked(link_id, kind, at).where(*matching(session, link_id, kind, wanted))
    if after:
        asked = asked.where(tuple_(*keys) < tuple_(*map(literal, _key(after, len(keys)))))
    rows = [_work(each) for each in session.execute(asked.order_by(*(key.desc() for key in keys)).limit(limit + 1))]
    more = len(rows) > limit
    return Page(rows[:limit], _after(rows[limit - 1], wanted.order) if more else "")


def one(session: Session, link_id: int, kind: WorkKind, our_id: str, scope: str, *, at: datetime) -> Work | None:
    """Return one row, or None."""
    row = SuggestionRow
    asked = _asked(link_id, kind, at).where(
        row.link_id == link_id, row.kind == kind, row.our_id == our_id, row.scope == scope
    )
    found = session.execute(asked).first()
    return None if found is None else _work(found)


def twins(session: Session, link_id: int, kind: WorkKind, row: Work, *, at: datetime, limit: int = 9) -> list[Work]:
    """Return the open rows whose name is the same as that of a row that was just decided."""
    table = SuggestionRow
    asked = _asked(link_id, kind, at).where(
        table.link_id == link_id,
        table.kind == kind,
        table.name_key == name_key(row.name),
        table.our_id != row.our_id,
        table.queue.in_([each.value for each in OPEN]),
    )
    return [_work(each) for each in session.execute(asked.order_by(table.our_id).limit(limit))]


def rows_of(session: Session, link_id: int, kind: WorkKind, wanted: Filter, *, at: datetime) -> list[Work]:
    """Return everything under a filter, what blocks most first."""
    row = SuggestionRow
    asked = _asked(link_id, kind, at).where(*matching(session, link_id, kind, wanted))
    order = (row.orders.desc(), row.value.desc(), row.our_id.desc(), row.scope.desc())
    return [_work(each) for each in session.execute(asked.order_by(*order))]


def _asked(link_id: int, kind: str, at: datetime) -> Select[Any]:
    row, claim = SuggestionRow, ClaimRow
    mine = and_(
        claim.link_id == link_id,
        claim.kind == kind,
        claim.our_id == row.our_id,
        claim.scope == row.scope,
        claim.until > at,
    )
    return select(*(getattr(row, name) for name in COLUMNS), claim.operator).outerjoin(claim, mine)


def _work(found: Any) -> Work:
    values = dict(zip(COLUMNS, found, strict=False))
    return Work(**{**values, "queue": Queue(values["queue"])}, claimed_by=found[-1] or "")


def _after(row: Work, order: Order) -> str:
    told = (row.orders, row.value) if order == "blocks" else (row.chance,)
    return SEPARATOR.join(map(str, (*told, row.our_id, row.scope)))


def _key(after: str, length: int) -> tuple[int | str, ...]:
    """Return a page's key; one that was tampered with is nobody's page: the list begins anew."""
    parts = after.split(SEPARATOR)
    numbers = length - 2
    if len(parts) != length or not all(part.lstrip("-").isdigit() for part in parts[:numbers]):
        return (*([2**62] * numbers), "\uffff", "\uffff")
    return (*map(int, parts[:numbers]), *parts[numbers:])


# -- figures -----------------------------------------------------------------------------------------------------------


def counts(session: Session, link_id: int, kind: WorkKind) -> dict[Queue, int]:
    """Return how many rows stand in each queue."""
    row = SuggestionRow
    asked = select(row.queue, func.count()).where(row.link_id == link_id, row.kind == kind).group_by(row.queue)
    found = {Queue(queue): number for queue, number in session.execute(asked)}
    return {queue: found.get(queue, 0) for queue in Queue}


def holding(session: Session, link_id: int, kind: WorkKind, wanted: Filter) -> Queue | None:
    """Return the first queue that has anything under a filter whose own queue does not count, or None."""
    conditions = _in_any_queue(session, link_id, kind, wanted)
    found = set(session.execute(select(SuggestionRow.queue).where(*conditions).distinct()).scalars())
    return next((queue for queue in Queue if queue in found), None)


def count(session: Session, link_id: int, kind: WorkKind, wanted: Filter) -> int:
    """Return how many rows a filter shows."""
    asked = select(func.count()).select_from(SuggestionRow).where(*matching(session, link_id, kind, wanted))
    return session.execute(asked).scalar_one()


def groups(session: Session, link_id: int, kind: WorkKind, queue: Queue, limit: int = 60) -> list[tuple[str, int]]:
    """Return the groups of a queue and how many rows each has, the largest first."""
    row = SuggestionRow
    number = func.count()
    asked = select(row.group_name, number).where(row.link_id == link_id, row.kind == kind, row.queue == queue.value)
    grouped = asked.group_by(row.group_name).order_by(number.desc(), row.group_name).limit(limit)
    return [(name, found) for name, found in session.execute(grouped) if name]


def blocked_by(rows: Iterable[Work]) -> tuple[int, int, int]:
    """Return what rows block together: value in millionths of money, orders, lines."""
    listed = list(rows)
    return sum(row.value for row in listed), sum(row.orders for row in listed), sum(row.lines for row in listed)
