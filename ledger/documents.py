"""What the other side holds of ours, thing by thing: documents, outlets, statuses of orders.

A parcel carries the differences along (:class:`Item`); when it is wholly answered they are what is held. So a preview
knows what would be added, changed or gone, a document that was renumbered is found by its 1C reference with the
identity that was sent, and a change outside of a window is seen.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, literal, select

from ledger.storing import plain
from ledger.tables import HeldOrderRow, HeldRow, ItemRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

CHUNK: Final = 500
"""How many keys one IN takes."""


class Action(StrEnum):
    """What a parcel would do to a thing at the other side."""

    ADD = "add"
    CHANGE = "change"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Item:
    """A thing as it would be sent: ``key`` is our reference, ``hash`` is of everything that is sent of it.

    ``identity``: what the message calls it (number, date, kind). ``moment``: the ISO date that places it in a window,
    or empty. Quantity and amount are millionths, for the report.
    """

    key: str
    hash: str
    identity: Mapping[str, Any] = field(default_factory=dict)
    moment: str = ""
    quantity: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """What sending ``items`` would do; ``same`` is how many stay as they are."""

    added: list[Item] = field(default_factory=list)
    changed: list[tuple[Item, Item]] = field(default_factory=list)
    """Pairs: as it is held, as it would be."""
    gone: list[Item] = field(default_factory=list)
    same: int = 0

    def steps(self) -> Iterator[tuple[Action, Item]]:
        """Yield what a parcel does, for :meth:`ledger.parcels.Ledger.prepare`."""
        yield from ((Action.ADD, item) for item in self.added)
        yield from ((Action.CHANGE, item) for _, item in self.changed)
        yield from ((Action.GONE, item) for item in self.gone)

    @property
    def amount(self) -> int:
        """The change in value, in millionths of money."""
        changed = sum(new.amount - old.amount for old, new in self.changed)
        return changed + sum(item.amount for item in self.added) - sum(item.amount for item in self.gone)


def digest(*values: Any) -> str:
    """Return the hash of values that JSON can hold (and Decimals, dates), the same on every machine."""
    text = json.dumps(plain(list(values)), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def compare(held: Mapping[str, Item], items: Iterable[Item], *, replaced: Iterable[str] = ()) -> Difference:
    """Return what sending ``items`` would change; ``replaced`` are the held keys that are dropped unless sent again.

    For an upsert by key nothing is replaced; for a window it is every held thing whose moment lies in it.
    """
    found = Difference()
    sent = set()
    same = 0
    for item in items:
        sent.add(item.key)
        old = held.get(item.key)
        if old is None:
            found.added.append(item)
        elif old.hash != item.hash:
            found.changed.append((old, item))
        else:
            same += 1
    found.gone.extend(held[key] for key in replaced if key not in sent)
    return Difference(found.added, found.changed, found.gone, same)


def held(session: Session, link_id: int, exchange: str, *, since: str = "") -> dict[str, Item]:
    """Return what the other side holds: key → item; ``since``: only what has that ISO date or a later one."""
    row = HeldRow
    asked = select(row.key, row.hash, row.identity, row.moment, row.quantity, row.amount).where(
        row.link_id == link_id, row.exchange == exchange
    )
    if since:
        asked = asked.where(row.moment >= since)
    return {key: Item(key, *rest) for key, *rest in session.execute(asked)}


def steps_of(session: Session, parcel_id: int) -> list[tuple[Action, Item]]:
    """Return what a parcel changes at the other side, by key."""
    row = ItemRow
    asked = select(row.action, row.key, row.hash, row.identity, row.moment, row.quantity, row.amount)
    rows = session.execute(asked.where(row.parcel_id == parcel_id).order_by(row.key))
    return [(Action(action), Item(*rest)) for action, *rest in rows]


def store_steps(session: Session, parcel_id: int, steps: Iterable[tuple[Action, Item]]) -> None:
    """Write down what a parcel changes at the other side."""
    rows = [{"parcel_id": parcel_id, "action": action, **_values(item)} for action, item in steps]
    if rows:
        session.execute(insert(ItemRow), rows)


def apply_steps(session: Session, link_id: int, exchange: str, parcel_id: int, at: datetime) -> None:
    """Take over what a wholly answered parcel changed; doing it twice changes nothing more.

    The rows go from table to table within the database: a first window is tens of thousands of documents.
    """
    to: Any = HeldRow.__table__
    of: Any = ItemRow.__table__
    mine = (to.c.link_id == link_id, to.c.exchange == exchange)
    stepped = select(of.c.key).where(of.c.parcel_id == parcel_id)
    session.execute(delete(to).where(*mine, to.c.key.in_(stepped)))
    values = {name: of.c[name] for name in ("key", "hash", "identity", "moment", "quantity", "amount")}
    about = {"link_id": link_id, "exchange": exchange, "parcel_id": parcel_id, "at": at}
    values |= {name: literal(value, to.c[name].type) for name, value in about.items()}
    kept = select(*values.values()).where(of.c.parcel_id == parcel_id, of.c.action != Action.GONE)
    session.execute(insert(to).from_select(list(values), kept))
    _name_orders(session, link_id, exchange, parcel_id)


def forget(session: Session, link_id: int, exchange: str, keys: Sequence[str]) -> None:
    """Take back what was held to be theirs: a refused document is sent again as if it were new."""
    _drop(session, link_id, exchange, keys)


def _values(item: Item) -> dict[str, Any]:
    return {
        "key": item.key,
        "hash": item.hash,
        "identity": plain(dict(item.identity)),
        "moment": item.moment,
        "quantity": item.quantity,
        "amount": item.amount,
    }


def _drop(session: Session, link_id: int, exchange: str, keys: Sequence[str]) -> None:
    _forget_orders(session, link_id, exchange, keys)
    row = HeldRow
    for at in range(0, len(keys), CHUNK):
        some = row.key.in_(keys[at : at + CHUNK])
        session.execute(delete(row).where(row.link_id == link_id, row.exchange == exchange, some))


def _name_orders(session: Session, link_id: int, exchange: str, parcel_id: int) -> None:
    """Write down which orders the things of a parcel come from, where their identity names any, commas between."""
    named: Any = HeldOrderRow.__table__
    item = ItemRow
    stepped = select(item.key).where(item.parcel_id == parcel_id)
    mine = (named.c.link_id == link_id, named.c.exchange == exchange)
    session.execute(delete(named).where(*mine, named.c.key.in_(stepped)))
    kept = select(item.key, item.identity["orders"].as_string()).where(
        item.parcel_id == parcel_id, item.action != Action.GONE, item.identity["orders"].as_string() != ""
    )
    own = {"link_id": link_id, "exchange": exchange}
    rows = [
        {**own, "number": number, "key": key}
        for key, orders in session.execute(kept)
        for number in sorted({*orders.split(",")} - {""})
    ]
    if rows:
        session.execute(insert(HeldOrderRow), rows)


def _forget_orders(session: Session, link_id: int, exchange: str, keys: Sequence[str]) -> None:
    row = HeldOrderRow
    for at in range(0, len(keys), CHUNK):
        some = row.key.in_(keys[at : at + CHUNK])
        session.execute(delete(row).where(row.link_id == link_id, row.exchange == exchange, some))
