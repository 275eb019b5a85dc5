"""What a person decides on a row of the work list: a pair, no pair, later; each with its author, each undone.

A row that another operator has before him, or that was decided since it was shown, is refused: nobody overwrites what
he has not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from sqlalchemy import Table, delete, insert, select, update

from foundation.errors import NotFound, Occupied
from mappings.correspondences import confirm_many, undo_many
from mappings.matching_tables import ClaimRow, DecisionRow, SuggestionRow
from mappings.pairs import Pair
from mappings.tables import CorrespondenceRow
from mappings.worklist import Queue, Work, one

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from mappings.pairs import PairKind
    from mappings.worklist import WorkKind

CLAIM: Final = timedelta(minutes=3)
"""How long a row stays before an operator who does nothing with it."""

Action = Literal["pair", "no_pair", "later"]
AFTER: Final[dict[Action, Queue]] = {"pair": Queue.DONE, "no_pair": Queue.DONE, "later": Queue.LATER}


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for a row: the target and, of a good, the unit and factor in the same breath."""

    action: Action
    their_id: str = ""
    their_unit: str = ""
    numerator: int = 1
    denominator: int = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as it is stored; ``pairs`` are the correspondences that it made."""

    id: int
    kind: str
    our_id: str
    scope: str
    batch_id: int | None
    action: str
    their_id: str
    pairs: list[int]
    queue_before: str
    author: str
    made_at: datetime
    undone_at: datetime | None
    undone_by: str


# -- claims ------------------------------------------------------------------------------------------------------------


def claim(
    session: Session, link_id: int, kind: WorkKind, our_id: str, scope: str, *, operator: str, at: datetime
) -> None:
    """Put a row before an operator, in place of the one he had; raises Occupied where another one has it."""
    held = _claimed(session, link_id, kind, (our_id, scope), at)
    if held and held != operator:
        raise occupied_by(held)
    row = ClaimRow
    session.execute(delete(row).where(row.link_id == link_id, row.operator == operator))
    key = (row.link_id == link_id, row.kind == kind, row.our_id == our_id, row.scope == scope)
    session.execute(delete(row).where(*key))
    values = {"link_id": link_id, "kind": kind, "our_id": our_id, "scope": scope}
    session.execute(insert(row).values(**values, operator=operator, until=at + CLAIM))


def _claimed(session: Session, link_id: int, kind: str, key: tuple[str, str], at: datetime) -> str:
    row = ClaimRow
    mine = (row.link_id == link_id, row.kind == kind, row.our_id == key[0], row.scope == key[1])
    return session.execute(select(row.operator).where(*mine, row.until > at)).scalar() or ""


def occupied_by(operator: str) -> Occupied:
    """Return the error for a row that another operator has before him."""
    return Occupied(
        f"Эту строку сейчас решает {operator}.",
        en=f"{operator} is deciding this row now.",
        todo="Перейдите к следующей: эта освободится через несколько минут.",
        todo_en="Go on with the next one: this one will be free in some minutes.",
    )


# -- deciding ----------------------------------------------------------------------------------------------------------


def decide(
    session: Session,
    link_id: int,
    kind: WorkKind,
    key: tuple[str, str],
    choice: Choice,
    *,
    author: str,
    at: datetime,
    seen: Queue | None = None,
) -> tuple[Work, Decision]:
    """Decide one row; ``key`` is (our id, scope), ``seen`` the queue in which the operator saw it.

    Raises NotFound for a row that is not there, Occupied where another operator has it or was quicker.
    """
    row = one(session, link_id, kind, *key, at=at)
    if row is None:
        raise gone()
    if row.claimed_by and row.claimed_by != author:
        raise occupied_by(row.claimed_by)
    if seen is not None and row.queue is not seen:
        raise _decided_meanwhile()
    pairs = pairs_of(kind, row, choice)
    _refuse_shared(session, link_id, pairs)
    confirm_many(session, link_id, pairs, author=author, at=at)
    made = made_pairs(session, link_id, pairs, author=author, at=at)
    decision = write(session, link_id, kind, [(row, choice, made)], author=author, at=at)[0]
    move(session, link_id, kind, [key], AFTER[choice.action])
    session.execute(delete(ClaimRow).where(ClaimRow.link_id == link_id, ClaimRow.operator == author))
    return row, decision


def pairs_of(kind: WorkKind, row: Work, choice: Choice) -> list[Pair]:
    """Return the pairs that a choice means; raises Impossible for a factor that is none."""
    if choice.action == "later":
        return []
    if choice.action == "no_pair":
        return [Pair(kind, row.our_id, "", row.scope)]
    factor = (choice.numerator, choice.denominator)
    if kind == "unit":
        return [Pair("unit", row.our_id, choice.their_unit or choice.their_id, row.scope, *factor)]
    made = [Pair(kind, row.our_id, choice.their_id)]
    if kind == "good" and choice.their_unit and row.unit_id:
        made.append(Pair("unit", row.unit_id, choice.their_unit, row.our_id, *factor))
    return made


def made_pairs(
    session: Session, link_id: int, pairs: Sequence[Pair], *, author: str, at: datetime
) -> dict[tuple[str, str, str], int]:
    """Return the correspondences that were made of pairs just now: (kind, our id, scope) → id."""
    if not pairs:
        return {}
    row = CorrespondenceRow
    asked = select(row.kind, row.our_id, row.scope, row.id).where(
        row.link_id == link_id, row.ended_at.is_(None), row.author == author, row.made_at == at
    )
    few = 500
    if len(pairs) <= few:
        asked = asked.where(row.our_id.in_([pair.our_id for pair in pairs]))
    return {(kind, our_id, scope): id_ for kind, our_id, scope, id_ in session.execute(asked)}


def write(
    session: Session,
    link_id: int,
    kind: WorkKind,
    decided: Iterable[tuple[Work, Choice, dict[tuple[str, str, str], int]]],
    *,
    author: str,
    at: datetime,
    batch: int | None = None,
) -> list[Decision]:
    """Write decisions down, each with the pairs that it made; returns them."""
    rows = [
        {
            "link_id": link_id,
            "kind": kind,
            "our_id": row.our_id,
            "scope": row.scope,
            "batch_id": batch,
            "action": choice.action,
            "their_id": choice.their_id,
            "pairs": _own(made, kind, row),
            "queue_before": row.queue.value,
            "author": author,
            "made_at": at,
            "undone_at": None,
            "undone_by": "",
        }
        for row, choice, made in decided
    ]
    if not rows:
        return []
    asked = insert(DecisionRow).returning(DecisionRow, sort_by_parameter_order=True)
    return [_value(each) for each in session.execute(asked, rows).scalars()]


def _own(made: dict[tuple[str, str, str], int], kind: WorkKind, row: Work) -> list[int]:
    keys = ((kind, row.our_id, row.scope), ("unit", row.unit_id, row.our_id))
    return [made[key] for key in keys if key in made]


def move(session: Session, link_id: int, kind: WorkKind, keys: Iterable[tuple[str, str]], queue: Queue) -> None:
    """Put rows into a queue."""
    from sqlalchemy import bindparam

    table = cast("Table", SuggestionRow.__table__)
    change = update(table).where(
        table.c.link_id == link_id,
        table.c.kind == kind,
        table.c.our_id == bindparam("item"),
        table.c.scope == bindparam("of"),
    )
    values: list[dict[str, Any]] = [{"item": our_id, "of": scope} for our_id, scope in keys]
    if values:
        session.execute(change.values(queue=queue.value), values)


def _refuse_shared(session: Session, link_id: int, pairs: Sequence[Pair]) -> None:
    """Raise Occupied for an outlet of theirs that is another of ours already: an order has one place to go."""
    row = CorrespondenceRow
    for pair in pairs:
        if pair.kind != "outlet" or not pair.their_id:
            continue
        asked = select(row.our_id).where(
            row.link_id == link_id,
            row.kind == "outlet",
            row.their_id == pair.their_id,
            row.our_id != pair.our_id,
            row.ended_at.is_(None),
        )
        if session.execute(asked).first() is not None:
            raise Occupied(
                f"Точка {pair.their_id} производителя уже сопоставлена с другой нашей точкой.",
                en=f"Their outlet {pair.their_id} is paired with another of ours.",
                todo="Выберите другую или отмените то соответствие.",
                todo_en="Choose another one, or undo that correspondence.",
            )


# -- undoing -----------------------------------------------------------------------------------------------------------


def last(session: Session, link_id: int, kind: WorkKind, author: str) -> Decision | None:
    """Return the newest decision of an operator that can be undone by one key: single ones, not batches."""
    row = DecisionRow
    asked = select(row).where(
        row.link_id == link_id,
        row.author == author,
        row.kind == kind,
        row.batch_id.is_(None),
        row.undone_at.is_(None),
    )
    found = session.execute(asked.order_by(row.id.desc()).limit(1)).scalars().first()
    return None if found is None else _value(found)


def undo_decision(session: Session, link_id: int, decision_id: int, *, author: str, at: datetime) -> Decision:
    """Undo one decision: its pairs end, what they replaced comes back, the row stands where it stood.

    Raises NotFound where there is none, Occupied where something was decided on the row since.
    """
    row = DecisionRow
    asked = select(row).where(row.link_id == link_id, row.id == decision_id, row.undone_at.is_(None))
    found = session.execute(asked.execution_options(populate_existing=True)).scalars().first()
    if found is None:
        raise gone()
    decision = _value(found)
    undo_all(session, link_id, [decision], author=author, at=at)
    return decision


def undo_all(
    session: Session, link_id: int, decisions: Sequence[Decision], *, author: str, at: datetime
) -> list[Decision]:
    """Undo decisions; returns those that were left alone because something was decided since.

    A single one that cannot be undone is refused.
    """
    pairs = [id_ for each in decisions for id_ in reversed(each.pairs)]
    missing = set(undo_many(session, link_id, pairs, author=author, at=at))
    left = [each for each in decisions if missing.intersection(each.pairs[:1])]
    if left and len(decisions) == 1:
        raise _decided_meanwhile()
    done = [each for each in decisions if each not in left]
    for queue, kind in sorted({(each.queue_before, each.kind) for each in done}):
        keys = [(each.our_id, each.scope) for each in done if (each.queue_before, each.kind) == (queue, kind)]
        move(session, link_id, cast("WorkKind", kind), keys, Queue(queue))
    ids = [each.id for each in done]
    for start in range(0, len(ids), 500):
        part = DecisionRow.id.in_(ids[start : start + 500])
        session.execute(update(DecisionRow).where(part).values(undone_at=at, undone_by=author))
    return left


def story_of(session: Session, link_id: int, decision_id: int) -> Decision:
    """Return one decision; raises NotFound."""
    row = DecisionRow
    asked = select(row).where(row.link_id == link_id, row.id == decision_id)
    found = session.execute(asked).scalars().first()
    if found is None:
        raise gone()
    return _value(found)


def chosen_before(session: Session, link_id: int, decision: Decision) -> Choice:
    """Return what a decision chose, unit and factor too, so that it can be chosen for another row."""
    row = CorrespondenceRow
    asked = select(row.kind, row.their_id, row.numerator, row.denominator).where(
        row.link_id == link_id, row.id.in_(decision.pairs)
    )
    made = {kind: rest for kind, *rest in session.execute(asked)}
    unit, above, below = made.get("unit", ["", 1, 1])
    return Choice(cast("Action", decision.action), decision.their_id, unit, above, below)


def story(session: Session, link_id: int, kind: WorkKind, our_id: str, scope: str) -> list[Decision]:
    """Return everything that was ever decided on a row, the newest first."""
    row = DecisionRow
    asked = select(row).where(row.link_id == link_id, row.kind == kind, row.our_id == our_id, row.scope == scope)
    return [_value(each) for each in session.execute(asked.order_by(row.id.desc())).scalars()]


def confirm_again(
    session: Session, link_id: int, kind: PairKind, correspondence: int, *, author: str, at: datetime
) -> None:
    """Bring a pair of the past back; the one in force ends. Raises NotFound."""
    row = CorrespondenceRow
    asked = select(row).where(row.link_id == link_id, row.kind == kind, row.id == correspondence)
    found = session.execute(asked).scalars().first()
    if found is None:
        raise gone()
    pair = Pair(
        kind,
        found.our_id,
        found.their_id,
        found.scope,
        found.numerator,
        found.denominator,
        note=f"возвращено: № {correspondence}",
    )
    _refuse_shared(session, link_id, [pair])
    confirm_many(session, link_id, [pair], author=author, at=at)
    if kind != "warehouse":
        work = one(session, link_id, kind, pair.our_id, pair.scope, at=at)
        if work is not None:
            made = made_pairs(session, link_id, [pair], author=author, at=at)
            choice = Choice("pair", pair.their_id, "", pair.numerator, pair.denominator)
            write(session, link_id, kind, [(work, choice, made)], author=author, at=at)
        move(session, link_id, kind, [pair.key], Queue.DONE)


def _value(row: DecisionRow) -> Decision:
    return Decision(**{name: getattr(row, name) for name in Decision.__dataclass_fields__})


def gone() -> NotFound:
    """Return the error for a row or a step that is not there."""
    return NotFound(
        "Этой строки или этого шага больше нет.",
        en="This row or this step is not there any more.",
        todo="Обновите страницу.",
        todo_en="Reload the page.",
    )


def _decided_meanwhile() -> Occupied:
    return Occupied(
        "С тех пор эту строку уже решили иначе.",
        en="This row was decided otherwise since.",
        todo="Обновите страницу и посмотрите историю строки.",
        todo_en="Reload the page and see the row's history.",
    )
