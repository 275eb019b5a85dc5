"""Their outlets: known from the orders that name them, they wait here until a pair with one of ours is confirmed.

An order names an outlet by its CRMClientId, and its name and address come along; where they come empty, what was known
stays. Nothing vanishes: an outlet that has no orders any more is still theirs.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import Table, bindparam, insert, select, update

from mappings.catalog import Stored
from mappings.reopening import reopen_pairs
from mappings.tables import CorrespondenceRow, ItemChangeRow, TheirItemRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

CHUNK: Final = 500
"""How many ids one IN takes."""

FIELDS: Final = ("name", "address", "inn")
SAID: Final = {"name": "изменилось наименование", "address": "изменился адрес", "inn": "изменился ИНН"}


@dataclass(frozen=True, slots=True)
class TheirOutlet:
    """An outlet as an order names it: ``their_id`` is its CRMClientId."""

    their_id: str
    name: str
    address: str
    inn: str = ""

    def completed(self, known: TheirOutlet | None) -> TheirOutlet:
        """Return it with what is known where it says nothing."""
        if known is None:
            return self
        return replace(self, **{name: getattr(self, name) or getattr(known, name) for name in FIELDS})


def note_outlets(session: Session, link_id: int, rows: Iterable[TheirOutlet], at: datetime) -> Stored:
    """Keep the outlets that orders name; of one that comes several times the last word holds.

    A changed name, address or INN is kept with its history and reopens the outlet's pair.
    """
    incoming: dict[str, TheirOutlet] = {}
    for row in rows:
        if row.their_id.strip():
            their_id = row.their_id.strip()
            clean = TheirOutlet(their_id, row.name.strip(), row.address.strip(), row.inn.strip())
            incoming[their_id] = clean.completed(incoming.get(their_id))
    known = _known(session, link_id, list(incoming))
    now = {their_id: row.completed(known.get(their_id)) for their_id, row in incoming.items()}
    new = [row for their_id, row in now.items() if their_id not in known]
    changed = {their_id: row for their_id, row in now.items() if their_id in known and row != known[their_id]}
    _insert(session, link_id, new, at)
    _update(session, link_id, list(changed.values()), at)
    _see(session, link_id, list(now), at)
    changes = {their_id: list(_changes(known[their_id], row)) for their_id, row in changed.items()}
    _note(session, link_id, changes, at)
    told = {their_id: "; ".join(_said(*each) for each in fields) for their_id, fields in changes.items()}
    reopened = reopen_pairs(session, link_id, "outlet", told, at)
    return Stored(len(new), len(changed), 0, len(now) - len(new) - len(changed), reopened)


def waiting(session: Session, link_id: int) -> list[TheirOutlet]:
    """Return their outlets that no pair in force names, by name."""
    pair, item = CorrespondenceRow, TheirItemRow
    matched = select(pair.their_id).where(pair.link_id == link_id, pair.kind == "outlet", pair.ended_at.is_(None))
    asked = select(item.their_id, item.name, item.address, item.inn).where(
        item.link_id == link_id, item.kind == "outlet", item.vanished_at.is_(None), item.their_id.not_in(matched)
    )
    return [TheirOutlet(*row) for row in session.execute(asked.order_by(item.name, item.their_id))]


# -- inside ------------------------------------------------------------------------------------------------------------


def _table() -> Table:
    return cast("Table", TheirItemRow.__table__)


def _known(session: Session, link_id: int, ids: Sequence[str]) -> dict[str, TheirOutlet]:
    item = TheirItemRow
    found: dict[str, TheirOutlet] = {}
    for start in range(0, len(ids), CHUNK):
        asked = select(item.their_id, item.name, item.address, item.inn).where(
            item.link_id == link_id, item.kind == "outlet", item.their_id.in_(ids[start : start + CHUNK])
        )
        found |= {row[0]: TheirOutlet(*row) for row in session.execute(asked)}
    return found


def _insert(session: Session, link_id: int, rows: Sequence[TheirOutlet], at: datetime) -> None:
    common: dict[str, Any] = {"link_id": link_id, "kind": "outlet", "their_unit": "", "unit_name": "", "factor": 0}
    common |= {"barcode": "", "seen_at": at, "changed_at": at, "vanished_at": None}
    if rows:
        named = [dict(zip(("their_id", *FIELDS), astuple(row), strict=True)) for row in rows]
        session.execute(insert(_table()), [common | each for each in named])


def _update(session: Session, link_id: int, rows: Sequence[TheirOutlet], at: datetime) -> None:
    table = _table().c
    mine = (table.link_id == link_id, table.kind == "outlet", table.their_id == bindparam("outlet"))
    change = update(_table()).where(*mine).values({name: bindparam(f"new_{name}") for name in FIELDS})
    if rows:
        values = [{"outlet": row.their_id} | {f"new_{name}": getattr(row, name) for name in FIELDS} for row in rows]
        session.execute(change.values(changed_at=at), values)


def _see(session: Session, link_id: int, ids: Sequence[str], at: datetime) -> None:
    table = _table().c
    for start in range(0, len(ids), CHUNK):
        some = table.their_id.in_(ids[start : start + CHUNK])
        session.execute(
            update(_table()).where(table.link_id == link_id, table.kind == "outlet", some).values(seen_at=at)
        )


def _changes(old: TheirOutlet, new: TheirOutlet) -> Iterator[tuple[str, str, str]]:
    for name in FIELDS:
        if getattr(old, name) != getattr(new, name):
            yield name, getattr(old, name), getattr(new, name)


def _said(field: str, old: str, new: str) -> str:
    return f"{SAID[field]}: «{old}» → «{new}»"


def _note(session: Session, link_id: int, changes: Mapping[str, list[tuple[str, str, str]]], at: datetime) -> None:
    common = {"link_id": link_id, "side": "theirs", "kind": "outlet", "scope": "", "at": at}
    rows = [
        common | {"item_id": their_id, "field": field, "old": old, "new": new}
        for their_id, fields in changes.items()
        for field, old, new in fields
    ]
    if rows:
        session.execute(insert(cast("Table", ItemChangeRow.__table__)), rows)
