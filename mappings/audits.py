"""The check by lot: of the green pairs that were confirmed unseen every fiftieth is looked at by a person.

What the check says is told as a share with its interval, and moves the least chance that is still green.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import ceil, sqrt
from operator import itemgetter
from random import SystemRandom
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from sqlalchemy import func, insert, select, update

from foundation.errors import NotFound
from mappings.correspondences import end
from mappings.decisions import move
from mappings.matching_tables import AuditRow
from mappings.tables import CorrespondenceRow
from mappings.worklist import Queue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from mappings.worklist import Work, WorkKind

SHARE: Final = 0.02
PROMISED: Final = 0.98
"""The share of right pairs that green stands for."""

SURE: Final = 10_000
TWO_SIDED: Final = 1.96
Verdict = Literal["right", "wrong", "unsure"]
OPEN: Final = ""
UNDONE: Final = "undone"


class Lot(Protocol):
    """Draws; ``random.Random`` is one, with a seed in tests."""

    def random(self) -> float: ...  # noqa: D102 - as in the standard library

    def sample(self, population: Sequence[Work], k: int) -> list[Work]: ...  # noqa: D102 - as above


@dataclass(frozen=True, slots=True)
class Drawn:
    """A pair to be looked at."""

    id: int
    our_id: str
    scope: str
    their_id: str
    chance: int
    drawn_at: datetime
    verdict: str
    author: str
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Result:
    """What the checks said: how many wait, how many were right and wrong, the share of right ones and its interval."""

    waiting: int = 0
    right: int = 0
    wrong: int = 0

    @property
    def checked(self) -> int:
        """How many have a verdict that counts."""
        return self.right + self.wrong

    @property
    def interval(self) -> tuple[float, float]:
        """The share of right ones, Wilson's interval at 95 %, in per cent."""
        low, high = wilson(self.right, self.checked)
        return round(100 * low, 1), round(100 * high, 1)

    @property
    def share(self) -> float:
        """The share of right ones in per cent; 0 where nothing was checked."""
        return round(100 * self.right / self.checked, 1) if self.checked else 0.0


def draw(
    session: Session,
    link_id: int,
    kind: WorkKind,
    rows: Sequence[Work],
    *,
    at: datetime,
    batch: int | None = None,
    lot: Lot | None = None,
) -> int:
    """Draw the pairs to be checked out of those that were confirmed; returns how many.

    Of a batch 2 %, one at least; a single green pair is drawn with a chance of 2 %.
    """
    lot = lot or SystemRandom()
    if batch is None:
        chosen = [row for row in rows if lot.random() < SHARE]
    else:
        chosen = lot.sample(rows, min(len(rows), ceil(len(rows) * SHARE)))
    values = [
        {
            "link_id": link_id,
            "kind": kind,
            "our_id": row.our_id,
            "scope": row.scope,
            "their_id": row.their_id,
            "chance": row.chance,
            "batch_id": batch,
            "drawn_at": at,
            "verdict": OPEN,
            "author": "",
            "checked_at": None,
        }
        for row in chosen
    ]
    if values:
        session.execute(insert(AuditRow), values)
    return len(values)


def open_checks(session: Session, link_id: int, kind: WorkKind, limit: int = 30) -> list[Drawn]:
    """Return what waits to be checked, the oldest first."""
    return _listed(session, link_id, kind, AuditRow.verdict == OPEN, order=AuditRow.id, limit=limit)


def past_checks(session: Session, link_id: int, kind: WorkKind, limit: int = 30) -> list[Drawn]:
    """Return what was checked, the newest first."""
    return _listed(
        session, link_id, kind, AuditRow.verdict.not_in([OPEN, UNDONE]), order=AuditRow.id.desc(), limit=limit
    )


def _listed(session: Session, link_id: int, kind: str, which: Any, *, order: Any, limit: int) -> list[Drawn]:
    row = AuditRow
    asked = select(row).where(row.link_id == link_id, row.kind == kind, which)
    rows = session.execute(asked.order_by(order).limit(limit)).scalars()
    return [Drawn(**{name: getattr(each, name) for name in Drawn.__dataclass_fields__}) for each in rows]


def judge(session: Session, link_id: int, check_id: int, verdict: Verdict, *, author: str, at: datetime) -> Drawn:
    """Write down what a person saw; a wrong pair ends and its row is to be decided anew. Raises NotFound."""
    row = AuditRow
    asked = select(row).where(row.link_id == link_id, row.id == check_id, row.verdict == OPEN)
    found = session.execute(asked.with_for_update()).scalars().first()
    if found is None:
        raise NotFound(
            "Эта пара уже проверена.",
            en="This pair was checked already.",
            todo="Обновите страницу.",
            todo_en="Reload the page.",
        )
    session.execute(update(row).where(row.id == check_id).values(verdict=verdict, author=author, checked_at=at))
    drawn = Drawn(**{name: getattr(found, name) for name in Drawn.__dataclass_fields__})
    if verdict == "wrong":
        _end(session, link_id, found, author=author, at=at)
    return drawn


def _end(session: Session, link_id: int, found: AuditRow, *, author: str, at: datetime) -> None:
    pair = CorrespondenceRow
    asked = select(pair.id).where(
        pair.link_id == link_id,
        pair.kind == found.kind,
        pair.our_id == found.our_id,
        pair.scope == found.scope,
        pair.their_id == found.their_id,
        pair.ended_at.is_(None),
    )
    in_force = session.execute(asked).scalar_one_or_none()
    if in_force is not None:
        end(session, link_id, in_force, author=author, reason="проверка: неверно", at=at)
        move(session, link_id, found.kind, [(found.our_id, found.scope)], Queue.CHECK)  # type: ignore[arg-type]  # stored so


def results(session: Session, link_id: int, kind: WorkKind) -> Result:
    """Return what the checks of a kind said so far."""
    row = AuditRow
    asked = select(row.verdict, func.count()).where(row.link_id == link_id, row.kind == kind).group_by(row.verdict)
    found = dict(session.execute(asked).tuples().all())
    return Result(found.get(OPEN, 0), found.get("right", 0), found.get("wrong", 0))


def labels(session: Session, link_id: int, kind: WorkKind) -> list[tuple[int, bool]]:
    """Return the checked pairs as lessons of the calibration: the chance that was told, and whether it was right."""
    row = AuditRow
    asked = select(row.chance, row.verdict).where(
        row.link_id == link_id, row.kind == kind, row.verdict.in_(["right", "wrong"])
    )
    return [(chance, verdict == "right") for chance, verdict in session.execute(asked.order_by(row.id))]


def least_green(checked: Iterable[tuple[int, bool]], promised: float = PROMISED) -> int:
    """Return the least chance from which on the checked pairs keep the promise; 0 where nothing speaks against it.

    Above :data:`SURE` means that none does. Only wrong pairs raise it: few checks are no reason to stop.
    """
    right = total = least = 0
    for chance, block in groupby(sorted(checked, reverse=True), key=itemgetter(0)):
        verdicts = [was_right for _, was_right in block]
        right, total = right + sum(verdicts), total + len(verdicts)
        if right >= promised * total:
            least = 0
        elif not least:
            least = chance + 1
    return least


def wilson(right: int, total: int, z: float = TWO_SIDED) -> tuple[float, float]:
    """Return Wilson's interval of a share; (0, 1) of nothing."""
    if not total:
        return 0.0, 1.0
    share, square = right / total, z * z / total
    middle = (share + square / 2) / (1 + square)
    half = z / (1 + square) * sqrt(share * (1 - share) / total + square / (4 * total))
    # Rounding must not push the share itself out of its interval.
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))
