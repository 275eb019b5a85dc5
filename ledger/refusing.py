"""What a refusal reopens: the things of a parcel that the other side does not hold after all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ledger.documents import Action, forget, steps_of
from ledger.verdicts import Fate, Refusal, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from ledger.documents import Item
    from ledger.tables import ParcelRow
    from ledger.verdicts import Word

    Step = tuple[Action, Item]

NO_NAMES: Final = frozenset({"date", "kind", "status", "type"})
"""Parts of an identity that many things share: a refusal never means those."""


def refuse(session: Session, parcel: ParcelRow, word: Word) -> list[Refusal]:
    """Take back what was held of the refused things of a parcel, and return what becomes of each, in their order.

    A name that several things of the parcel bear (numbers restart each year) reopens them all: sending once more does
    no harm. Nothing is taken back for any other word.
    """
    if word.verdict is not Verdict.REFUSED:
        return []
    steps = steps_of(session, parcel.id)
    refused = [_refusal(name, steps) for name in word.documents] or [_whole(steps)]
    keys = sorted({key for each in refused if each.fate is Fate.REOPENED for key in each.keys})
    forget(session, parcel.link_id, parcel.exchange, keys)
    return refused


def _whole(steps: Sequence[Step]) -> Refusal:
    keys = tuple(item.key for action, item in steps if action is not Action.GONE)
    return Refusal("", Fate.REOPENED if keys else Fate.WHOLE, keys)


def _refusal(name: str, steps: Sequence[Step]) -> Refusal:
    if not steps:
        return Refusal(name, Fate.WHOLE)
    meant = [(action, item.key) for action, item in steps if _plain(name) in set(_names(item))]
    sent = tuple(key for action, key in meant if action is not Action.GONE)
    if sent:
        return Refusal(name, Fate.REOPENED, sent)
    return Refusal(name, Fate.DELETION if meant else Fate.UNKNOWN, tuple(key for _, key in meant))


def _names(item: Item) -> Iterator[str]:
    yield _plain(item.key)
    yield from (_plain(str(value)) for name, value in item.identity.items() if value and name not in NO_NAMES)


def _plain(name: str) -> str:
    return name.strip().casefold()
