"""Orders of one link: stored as they came before anything is done, moved from state to state, each step written down.

The order of calls in a run::

    orders.receive(new, message_id)                    # every order raw, before it is looked at
    for records in orders.waiting():                   # those that came and those that waited
        orders.apply(steps)                            # parked, creating, created, …
    orders.told(numbers, final=…)                      # by the statuses, once the manufacturer has answered

An order's number is its identity at the manufacturer. A changed order ends what a person decided about the lines that
changed: a decision holds for the line that he saw.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
from sqlalchemy import Table, bindparam, insert, or_, select, update

from foundation.database import utc_now
from foundation.errors import NotFound, Occupied
from ledger.order_values import ACTIONS, WAITING, Arrival, NewOrder, OrderState, Override, Overriding, Record, Step
from ledger.tables import OrderEventRow, OrderRow, OverrideRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from foundation.database import Database

CHUNK: Final = 500
"""How many keys one IN takes, and how many orders are looked at together."""

_ANSWERED: Final = (OrderState.ANSWERED, OrderState.CLOSED)
_KEPT: Final = (OrderState.DELETED,)
"""States that a new content does not change."""


class Orders:
    """The orders of one link; safe to use from many threads, each call is one transaction."""

    def __init__(self, database: Database, link_id: int, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.database, self.link_id, self._clock = database, link_id, clock

    # -- what came -----------------------------------------------------------------------------------------------------

    def receive(self, orders: Sequence[NewOrder], message_id: int) -> dict[str, tuple[Arrival, OrderState]]:
        """Store orders as they came: number → what it is to us, and the state it is in now.

        One that repeats itself is to be answered again; one that changed takes its new content, or waits with both
        contents where its document is there already.
        """
        found: dict[str, tuple[Arrival, OrderState]] = {}
        for at in range(0, len(orders), CHUNK):
            with self.database.begin() as session:
                found |= self._receive(session, orders[at : at + CHUNK], message_id)
        return found

    def _receive(
        self, session: Session, orders: Sequence[NewOrder], message_id: int
    ) -> dict[str, tuple[Arrival, OrderState]]:
        now = self._clock()
        row = OrderRow
        asked = select(row.id, row.number, row.state, row.hash, row.document, row.pending).where(
            row.link_id == self.link_id, row.number.in_([order.number for order in orders])
        )
        known = {number: (id_, OrderState(state), *rest) for id_, number, state, *rest in session.execute(asked)}
        found: dict[str, tuple[Arrival, OrderState]] = {}
        steps: list[Step] = []
        for order in orders:
            if order.number not in known:
                found[order.number] = (Arrival.NEW, OrderState.RECEIVED)
                continue
            id_, state, hash_, document, pending = known[order.number]
            if order.hash == hash_:
                found[order.number] = (Arrival.SAME, self._repeated(id_, state, pending, steps))
            elif pending and order.hash == content_hash(pending):
                found[order.number] = (Arrival.SAME, state)
            else:
                if not document and state is not OrderState.CREATING:
                    self._drop_overrides(session, id_, order.content)
                step = _changed(id_, state, order, written=bool(document))
                steps.append(step)
                found[order.number] = (Arrival.CHANGED, OrderState(step.values["state"]))
        fresh = [order for order in orders if order.number not in known]
        self._insert(session, fresh, message_id, now)
        self._apply(session, steps, now)
        return found

    def _repeated(self, id_: int, state: OrderState, pending: object, steps: list[Step]) -> OrderState:
        if pending:
            after = OrderState.CREATING if state is OrderState.CREATING else OrderState.CREATED
            steps.append(Step(id_, {"pending": {}, "reasons": [], "state": after}, "restored", "изменение отозвано"))
            return after
        if state in _ANSWERED:
            after = OrderState.CREATED
            steps.append(Step(id_, {"state": after, "answered_at": None}, "repeated", "прислан ещё раз"))
            return after
        return state

    def _insert(self, session: Session, orders: Sequence[NewOrder], message_id: int, now: datetime) -> None:
        if not orders:
            return
        common: dict[str, Any] = {
            "link_id": self.link_id,
            "state": OrderState.RECEIVED,
            "pending": {},
            "reasons": [],
            "written": {},
            "message_id": message_id,
            "entity": "",
            "document": "",
            "document_number": "",
            "amount": 0,
            "received_at": now,
            "changed_at": now,
            "created_at": None,
            "answered_at": None,
        }
        rows = [common | {"number": each.number, "hash": each.hash, "content": dict(each.content)} for each in orders]
        made = session.execute(insert(OrderRow).returning(OrderRow.id), rows).scalars().all()
        events = [{"order_id": id_, "at": now, "event": "received", "note": "", "author": ""} for id_ in made]
        session.execute(insert(OrderEventRow), events)

    # -- moving on -----------------------------------------------------------------------------------------------------

    def waiting(self, chunk: int = CHUNK) -> Iterator[list[Record]]:
        """Yield the orders that a run looks at, oldest first, as they are when their turn comes."""
        row = OrderRow
        turn = row.state.in_(WAITING), or_(row.state != OrderState.CONFLICT, row.document == "")
        last = 0
        while True:
            with self.database.session() as session:
                asked = records_where(row.link_id == self.link_id, *turn, row.id > last)
                found = records(session, asked.order_by(row.id).limit(chunk))
            if not found:
                return
            last = found[-1].id
            yield found

    def documents(self, numbers: Sequence[str]) -> dict[str, OrderState]:
        """Return which of these orders have a document or were refused: number → state."""
        row = OrderRow
        found: dict[str, OrderState] = {}
        with self.database.session() as session:
            for at in range(0, len(numbers), CHUNK):
                asked = select(row.number, row.state).where(
                    row.link_id == self.link_id,
                    row.number.in_(numbers[at : at + CHUNK]),
                    or_(row.document != "", row.state == OrderState.REFUSED),
                )
                found |= {number: OrderState(state) for number, state in session.execute(asked)}
        return found

    def apply(self, steps: Sequence[Step]) -> None:
        """Carry out changes in one transaction, each with its event."""
        if steps:
            with self.database.begin() as session:
                self._apply(session, steps, self._clock())

    def _apply(self, session: Session, steps: Sequence[Step], now: datetime) -> None:
        table = cast("Table", OrderRow.__table__)
        groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for step in steps:
            if step.values:
                values = {**step.values, "changed_at": now}
                groups[tuple(sorted(values))].append(
                    {f"new_{name}": value for name, value in values.items()} | {"old_id": step.order_id}
                )
        for names, rows in groups.items():
            change = update(table).where(table.c.id == bindparam("old_id"), table.c.link_id == self.link_id)
            session.execute(change.values({name: bindparam(f"new_{name}") for name in names}), rows)
        events = [
            {"order_id": step.order_id, "at": now, "event": step.event, "note": step.note, "author": step.author}
            for step in steps
            if step.event
        ]
        if events:
            session.execute(insert(OrderEventRow), events)

    def told(self, numbers: Iterable[str], *, final: Iterable[str] = ()) -> None:
        """Write down that the manufacturer has taken the statuses of orders; ``final``: nothing more will happen."""
        ended = set(final)
        listed = list(numbers)
        for at in range(0, len(listed), CHUNK):
            part = listed[at : at + CHUNK]
            with self.database.begin() as session:
                self._told(session, [each for each in part if each not in ended], OrderState.ANSWERED)
                self._told(session, [each for each in part if each in ended], OrderState.CLOSED)

    def _told(self, session: Session, numbers: Sequence[str], state: OrderState) -> None:
        row, now = OrderRow, self._clock()
        asked = select(row.id, row.state).where(row.link_id == self.link_id, row.number.in_(numbers))
        steps = []
        for id_, current in session.execute(asked):
            moves = current in {OrderState.CREATED, OrderState.ANSWERED} and current != state
            steps.append(Step(id_, {"answered_at": now, **({"state": state} if moves else {})}, "told"))
        self._apply(session, steps, now)

    # -- what a person decides -----------------------------------------------------------------------------------------

    def override(
        self, number: str, action: Override, *, line: int = 0, value: str = "", author: str, reason: str
    ) -> None:
        """Write down a decision about an order that has no document yet, and let the next run look at it again.

        Raises NotFound, and Occupied where it is too late.
        """
        now = self._clock()
        with self.database.begin() as session:
            record = self._one(session, number)
            if record.document:
                raise _too_late(number)
            mine = OverrideRow.order_id == record.id, OverrideRow.line == line, OverrideRow.ended_at.is_(None)
            same = OverrideRow.action == action
            if line:
                same = OverrideRow.action.in_([Override.LEAVE_OUT, Override.REPLACE_GOOD])
            if action is not Override.ACCEPT:
                session.execute(update(OverrideRow).where(*mine, same).values(ended_at=now))
            values = {"order_id": record.id, "line": line, "action": action, "value": value, "author": author}
            session.execute(insert(OverrideRow).values(**values, reason=reason, made_at=now, ended_at=None))
            about = [ACTIONS[action], f"строка {line}" if line else "", value]
            told = f"{', '.join(filter(None, about))}: {reason}"
            after = OrderState.RECEIVED if record.state is OrderState.PARKED else record.state
            self._apply(session, [Step(record.id, {"state": after}, "override", told, author)], now)

    def release(self, number: str, *, author: str, reason: str, keep: bool = False) -> OrderState:
        """Let an order go on that a person held or 1C lost; returns its new state.

        An order in conflict: ``keep`` takes the document as it is, otherwise the change is carried out. One that was
        refused or whose document was deleted is looked at anew and may be created again. Raises NotFound, Occupied.
        """
        now = self._clock()
        with self.database.begin() as session:
            record = self._one(session, number)
            values = _released(record, keep=keep)
            self._apply(session, [Step(record.id, values, "released", reason, author)], now)
            return OrderState(values["state"])

    def refuse(self, number: str, *, author: str, reason: str) -> None:
        """Refuse an order that has no document; the manufacturer sees the reason. Raises NotFound, Occupied."""
        with self.database.begin() as session:
            record = self._one(session, number)
            if record.document or record.state is OrderState.CREATING:
                raise _too_late(number)
            told = {"kind": "refused", "key": "", "said": f"Отказано: {reason}", "todo": "", "line": 0, "name": author}
            values = {"state": OrderState.REFUSED, "reasons": [told]}
            self._apply(session, [Step(record.id, values, "refused", reason, author)], self._clock())

    def _one(self, session: Session, number: str) -> Record:
        asked = records_where(OrderRow.link_id == self.link_id, OrderRow.number == number)
        found = records(session, asked.with_for_update())
        if not found:
            raise no_order(number)
        return found[0]

    def drop_overrides(self, record: Record, content: Any) -> None:
        """End the decisions about lines that a new content of an order changes."""
        with self.database.begin() as session:
            self._drop_overrides(session, record.id, content)

    def _drop_overrides(self, session: Session, order_id: int, content: Any) -> None:
        """End the decisions about lines that a changed content changes."""
        before = session.execute(select(OrderRow.content).where(OrderRow.id == order_id)).scalar_one()
        changed = changed_lines(before, content)
        mine = OverrideRow.order_id == order_id, OverrideRow.ended_at.is_(None)
        session.execute(update(OverrideRow).where(*mine, OverrideRow.line.in_(changed)).values(ended_at=self._clock()))


def _changed(order_id: int, state: OrderState, order: NewOrder, *, written: bool) -> Step:
    """Return what a changed order means: a new content, or one that waits beside the content of its document."""
    if written or state is OrderState.CREATING:
        after = state if state in {OrderState.CREATING, *_KEPT} else OrderState.CHANGED
        return Step(order_id, {"pending": dict(order.content), "state": after}, "changed", "прислан изменённым")
    after = state if state in _KEPT else OrderState.RECEIVED
    values = {"content": dict(order.content), "hash": order.hash, "state": after, "reasons": []}
    return Step(order_id, values, "changed", "прислан изменённым")


def changed_lines(before: Any, after: Any) -> set[int]:
    """Return the numbers of lines that two contents do not have alike."""
    old, new = ({line["line"]: line for line in content.get("lines", ())} for content in (before, after))
    return {number for number in {*old, *new} if old.get(number) != new.get(number)}


def content_hash(content: Any) -> str:
    """Return the hash of a content as it came; the same as that of the order it was made from."""
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


_COLUMNS: Final = tuple(name for name in Record.__dataclass_fields__ if name not in {"state", "overrides"})


def records_where(*conditions: Any) -> Select[Any]:
    """Return the question for :func:`records`: plain columns, three times cheaper to read than objects of the ORM."""
    return select(OrderRow.state, *(getattr(OrderRow, name) for name in _COLUMNS)).where(*conditions)


def records(session: Session, asked: Select[Any]) -> list[Record]:
    """Return orders with the decisions in force, two queries however many there are."""
    rows = session.execute(asked).all()
    overrides: dict[int, list[Overriding]] = defaultdict(list)
    ids = [row.id for row in rows]
    for at in range(0, len(ids), CHUNK):
        mine = OverrideRow
        columns = (mine.order_id, mine.id, mine.line, mine.action, mine.value, mine.author, mine.reason, mine.made_at)
        some = mine.order_id.in_(ids[at : at + CHUNK]), mine.ended_at.is_(None)
        for order_id, id_, line, action, *rest in session.execute(select(*columns).where(*some).order_by(mine.id)):
            overrides[order_id].append(Overriding(id_, line, Override(action), *rest))
    return [
        Record(
            **dict(zip(_COLUMNS, values, strict=True)),
            state=OrderState(state),
            overrides=tuple(overrides.get(values[0], ())),
        )
        for state, *values in rows
    ]


def _released(record: Record, *, keep: bool) -> dict[str, Any]:
    state = record.state
    if state in {OrderState.REFUSED, OrderState.DELETED}:
        cleared: dict[str, Any] = {
            "document": "",
            "document_number": "",
            "written": {"released": True},  # a document that is marked for deletion does not count any more
            "reasons": [],
            "created_at": None,
        }
        newest = record.pending or record.content
        fresh = {"content": newest, "hash": content_hash(newest), "pending": {}}
        return {"state": OrderState.RECEIVED, **cleared, **fresh}
    if state is OrderState.CONFLICT and record.document:
        if not keep and record.pending:
            return {"state": OrderState.CHANGED, "reasons": [], "written": {**record.written, "released": True}}
        newest = record.pending or record.content
        kept = {"content": newest, "hash": content_hash(newest), "pending": {}, "reasons": []}
        return {"state": OrderState.CREATED, **kept}
    if state in {OrderState.PARKED, OrderState.CONFLICT}:
        return {"state": OrderState.RECEIVED}
    raise Occupied(
        f"Заказ {record.number} не ждёт решения: отпускать нечего.",
        en=f"Order {record.number} waits for no decision: there is nothing to release.",
        todo="Посмотрите его состояние: mi1c orders show.",
        todo_en="See its state: mi1c orders show.",
        order=record.number,
    )


def no_order(number: str) -> NotFound:
    """Return the error for an order that is not there."""
    return NotFound(
        f"Заказа {number} в журнале нет.",
        en=f"There is no order {number} in the ledger.",
        todo="Посмотрите номера: mi1c orders list.",
        todo_en="See the numbers: mi1c orders list.",
        order=number,
    )


def _too_late(number: str) -> Occupied:
    return Occupied(
        f"По заказу {number} документ 1С уже создан или создаётся.",
        en=f"The 1C document of order {number} is there already, or is being made.",
        todo="Исправьте документ в 1С: производитель увидит это в статусе.",
        todo_en="Correct the document in 1C: the manufacturer will see it in the status.",
        order=number,
    )
