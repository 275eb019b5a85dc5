"""Outlets of the manufacturer's, known from the orders that name them: kept for matching at the distributor.

Orders are no classifier: an outlet that no order names today has not vanished, so nothing is ever ended here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, cast

from sqlalchemy import Table, bindparam, insert, select, update

from mappings.tables import ItemChangeRow, TheirItemRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

CHUNK: Final = 500
FIELDS: Final = ("name", "address", "inn")


@dataclass(frozen=True, slots=True)
class TheirOutlet:
    """An outlet as an order names it: ``their_id`` is its CRMClientId; what the order does not say is empty."""

    their_id: str
    name: str
    address: str
    inn: str = ""


def note_outlets(session: Session, link_id: int, rows: Iterable[TheirOutlet], at: datetime) -> int:
    """Keep outlets that orders named, and return how many of them are new.

    An empty value never replaces a known one. What changed is kept as history.
    """
    latest = {row.their_id: asdict(row) for row in rows if row.their_id}
    stored = _stored(session, link_id, list(latest))
    fresh = [row for their_id, row in latest.items() if their_id not in stored]
    common = {"link_id": link_id, "kind": "outlet", "their_unit": "", "unit_name": "", "factor": 0, "barcode": ""}
    times = {"seen_at": at, "changed_at": at, "vanished_at": None}
    table = cast("Table", TheirItemRow.__table__)
    if fresh:
        values = [
            {**common, **times, "their_id": row["their_id"], **{name: row.get(name, "") for name in FIELDS}}
            for row in fresh
        ]
        session.execute(insert(table), values)
    _update(session, link_id, latest, stored, at)
    return len(fresh)


def _stored(session: Session, link_id: int, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    row = TheirItemRow
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(ids), CHUNK):
        asked = select(row.their_id, row.name, row.address, row.inn).where(
            row.link_id == link_id, row.kind == "outlet", row.their_id.in_(ids[start : start + CHUNK])
        )
        found |= {their_id: tuple(values) for their_id, *values in session.execute(asked)}
    return found


def _update(
    session: Session, link_id: int, latest: dict[str, dict[str, str]], stored: dict[str, tuple[str, ...]], at: datetime
) -> None:
    table = cast("Table", TheirItemRow.__table__)
    changes, history = [], []
    common = {"link_id": link_id, "side": "theirs", "kind": "outlet", "scope": "", "at": at}
    for their_id, old in stored.items():
        new = tuple(latest[their_id].get(name, "") or before for name, before in zip(FIELDS, old, strict=True))
        if new == old:
            continue
        changes.append({"which": their_id, **dict(zip(FIELDS, new, strict=True))})
        history += [
            {**common, "item_id": their_id, "field": name, "old": before, "new": after}
            for name, before, after in zip(FIELDS, old, new, strict=True)
            if before != after
        ]
    if changes:
        mine = (table.c.link_id == link_id, table.c.kind == "outlet", table.c.their_id == bindparam("which"))
        change = update(table).where(*mine).values({name: bindparam(name) for name in FIELDS} | {"changed_at": at})
        session.execute(change, changes)
        session.execute(insert(cast("Table", ItemChangeRow.__table__)), history)
    seen = [{"which": their_id} for their_id in stored]
    if seen:
        mine = (table.c.link_id == link_id, table.c.kind == "outlet", table.c.their_id == bindparam("which"))
        session.execute(update(table).where(*mine).values(seen_at=at), seen)
