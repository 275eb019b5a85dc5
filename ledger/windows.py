"""Windows of documents: one that was broken off is never narrowed, and changes outside of one are seen.

A window is replaced as a whole at the other side. Two things follow. A run after one that may have deleted a wider
window sends at least that window. And a document that changes when its date has left the window stays at the other
side as it was, until a wider window is sent: that is a *late change*.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from ledger import reading
from ledger.states import ParcelState
from ledger.tables import HeldRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from foundation.database import Database
    from ledger.documents import Item

LOOKED_BACK: Final = 500
"""How many parcels since the last answered one are looked at."""


class Why(StrEnum):
    """What happened to a document whose date is outside of the window; the value is what an operator reads."""

    CHANGED = "изменён"
    WITHDRAWN = "больше не выгружается"
    ABSENT = "удалён из 1С или перенесён на более раннюю дату"
    INTO = "перенесён внутрь окна, прежняя запись осталась у производителя"
    OUT_OF = "перенесён за начало окна"
    MISSED = "не выгружен: введён задним числом или сопоставлен позже"


@dataclass(frozen=True, slots=True)
class Seen:
    """A document as 1C has it now: ISO date, version, and whether it is posted and not deleted."""

    kind: str
    number: str
    date: str
    version: str
    stands: bool


@dataclass(frozen=True, slots=True)
class Late:
    """One late change; ``amount`` is the change in value that they do not know of, millionths of money.

    ``moment`` is the ISO date from which on a window would mend it.
    """

    key: str
    kind: str
    number: str
    date: str
    moment: str
    why: Why
    amount: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it for the ledger and for programs."""
        return {name: getattr(self, name) for name in self.__slots__}


def begun_window(database: Database, link: str, exchange: str) -> str:
    """Return the ISO date of the earliest window that may have been deleted there and not sent whole since, or ""."""
    begun = []
    for parcel in reading.parcels(database, link=link, exchange=exchange, limit=LOOKED_BACK):
        if parcel.state is ParcelState.ANSWERED:
            break
        if any(message.attempts for message in reading.messages(database, parcel.id)):
            begun.append(str(parcel.window.get("work_date", "")))
    return min(filter(None, begun), default="")


def covered_since(session: Session, link_id: int, exchange: str) -> str:
    """Return the ISO date of the earliest thing that they hold, or ""."""
    row = HeldRow
    asked = select(func.min(row.moment)).where(row.link_id == link_id, row.exchange == exchange, row.moment != "")
    return session.execute(asked).scalar_one_or_none() or ""


def suspects(
    held: Mapping[str, Item], seen: Mapping[str, Seen], *, since: str, work_date: str
) -> Iterator[tuple[str, Seen]]:
    """Yield documents before the window whose lines have to be read to tell: a new version, or not known at all.

    A version alone proves nothing: 1C counts it up whenever a document is written, changed or not.
    """
    for key, now in seen.items():
        if not now.stands or not since <= now.date < work_date:
            continue
        old = held.get(key)
        if old is None or (old.moment < work_date and old.identity.get("version", "") != now.version):
            yield key, now


def late_changes(
    held: Mapping[str, Item],
    seen: Mapping[str, Seen],
    *,
    sent: Collection[str],
    read: Mapping[str, Item],
    since: str,
    work_date: str,
) -> list[Late]:
    """Return the late changes, oldest first.

    ``held``: what they hold; ``seen``: the base's documents from ``since`` on; ``sent``: what this window sends;
    ``read``: those of the suspects of which something would be sent, as it would be. ISO dates.
    """
    now = _Now(seen, sent, read, since, work_date)
    found = [late for key, item in held.items() if (late := _late(key, item, now))]
    found += [
        Late(key, each.kind, each.number, each.date, each.date, Why.MISSED, read[key].amount)
        for key, each in seen.items()
        if key not in held and key in read and each.date < work_date
    ]
    return sorted(found, key=lambda late: (late.moment, late.number))


@dataclass(frozen=True, slots=True)
class _Now:
    """What is known of the base while late changes are looked for."""

    seen: Mapping[str, Seen]
    sent: Collection[str]
    read: Mapping[str, Item]
    since: str
    work_date: str


def _late(key: str, item: Item, base: _Now) -> Late | None:
    now = base.seen.get(key)
    if item.moment >= base.work_date:
        moved = now is not None and now.stands and now.date < base.work_date and key not in base.sent
        return _told(key, item, now, Why.OUT_OF) if moved else None
    if item.moment < base.since:
        return None
    if now is None:
        return _told(key, item, now, Why.ABSENT, -item.amount)
    if not now.stands:
        return _told(key, item, now, Why.WITHDRAWN, -item.amount)
    if now.date >= base.work_date:
        return _told(key, item, now, Why.INTO, -item.amount)
    if item.identity.get("version", "") == now.version:
        return None
    return _rewritten(key, item, now, base.read.get(key))


def _rewritten(key: str, item: Item, now: Seen, fresh: Item | None) -> Late | None:
    if fresh is None:
        return _told(key, item, now, Why.WITHDRAWN, -item.amount)
    return None if fresh.hash == item.hash else _told(key, item, now, Why.CHANGED, fresh.amount - item.amount)


def _told(key: str, item: Item, now: Seen | None, why: Why, amount: int = 0) -> Late:
    identity = item.identity
    number, kind = str(identity.get("own_number", "")), str(identity.get("kind", ""))
    moment = min(item.moment, now.date) if now else item.moment
    return Late(key, kind, now.number if now else number, now.date if now else item.moment, moment, why, amount)


def days_for(late: Collection[Late], today: date) -> int:
    """Return how many days a window must have to mend the late changes; 0 where there are none."""
    from datetime import date as iso_date

    return max(((today - iso_date.fromisoformat(each.moment)).days for each in late), default=0)
