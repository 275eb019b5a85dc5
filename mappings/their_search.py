"""Finding things of theirs by words, for a row whose candidates are all wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.orm import aliased

from mappings.matching_tables import WordRow
from mappings.tables import OurItemRow, TheirItemRow
from mappings.worklist import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from mappings.worklist import Work, WorkKind

SHOWN: Final = 8


def find_theirs(session: Session, link_id: int, kind: WorkKind, text: str, limit: int = SHOWN) -> list[dict[str, Any]]:
    """Return things of theirs that have all the words, or whose code is the text, as candidates of a row."""
    row = TheirItemRow
    ids = [text.strip()]
    if wanted := words(text):
        ids += session.execute(_having_all(link_id, kind, wanted).limit(limit)).scalars().all()
    asked = select(row.their_id, row.their_unit, row.name, row.unit_name, row.factor, row.address).where(
        row.link_id == link_id, row.kind == kind, row.their_id.in_(ids), row.vanished_at.is_(None)
    )
    return candidates(session.execute(asked.order_by(row.their_id, row.factor)).all())


def _having_all(link_id: int, kind: str, wanted: list[str]) -> Select[tuple[str]]:
    """Return the selection of things that have a word beginning with each of these."""
    first, *others = (_having(aliased(WordRow), link_id, kind, word) for word in wanted)
    row = first.selected_columns.item_id
    for other in others:
        first = first.where(row.in_(other))
    return first.distinct()


def _having(row: Any, link_id: int, kind: str, word: str) -> Select[tuple[str]]:
    return select(row.item_id).where(
        row.link_id == link_id,
        row.side == "theirs",
        row.kind == kind,
        row.word >= word,
        row.word < f"{word}\uffff",
    )


def candidates(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Return rows of their items (one a unit) as candidates, one a thing, with all its units."""
    found: dict[str, dict[str, Any]] = {}
    for their_id, unit, name, unit_name, _, address in rows:
        made = found.setdefault(
            their_id,
            {
                "their_id": their_id,
                "their_unit": unit,
                "name": " ".join(filter(None, [name, address])),
                "unit_name": unit_name,
                "chance": 0,
                "numerator": 1,
                "denominator": 1,
                "reasons": [],
                "units": [],
            },
        )
        if unit:
            made["units"].append([unit, unit_name])
    return list(found.values())


def units_of(session: Session, link_id: int, row: Work) -> list[dict[str, Any]]:
    """Return the units of the good that a unit's row is about, as candidates."""
    item = TheirItemRow
    asked = select(item.their_unit, item.unit_name).where(
        item.link_id == link_id, item.kind == "good", item.their_id == row.their_id, item.vanished_at.is_(None)
    )
    return [
        {
            "their_id": row.their_id,
            "their_unit": unit,
            "name": name or unit,
            "unit_name": name,
            "chance": 0,
            "numerator": 1,
            "denominator": 1,
            "reasons": [],
            "units": [[unit, name]],
        }
        for unit, name in session.execute(asked.order_by(item.factor))
    ]


def warehouses(session: Session, link_id: int) -> list[tuple[str, str]]:
    """Return our warehouses: id and name."""
    row = OurItemRow
    asked = select(row.our_id, row.name).where(
        row.link_id == link_id, row.kind == "warehouse", row.vanished_at.is_(None), row.deleted.is_(False)
    )
    return list(session.execute(asked.order_by(row.name)).tuples())
