"""Outlets and counterparties of a link out of the database: what they are called by us and by the manufacturer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select

from mappings.tables import CorrespondenceRow, OurItemRow
from mappings.targets import CHUNK, WHOLE
from mappings.translate.shipment_rules import Parties, Party

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

Codes = Literal["ref", "code"]


def load_parties(
    session: Session, link_id: int, outlets: Sequence[str], counterparties: Sequence[str], *, codes: Codes
) -> Parties:
    """Return the outlets and counterparties of these references; ``codes``: which of our codes the link sends."""
    return Parties(
        _parties(session, link_id, "outlet", outlets, codes),
        _parties(session, link_id, "counterparty", counterparties, codes),
    )


def _parties(session: Session, link_id: int, kind: str, ids: Sequence[str], codes: Codes) -> dict[str, Party]:
    ours, pair = OurItemRow, CorrespondenceRow
    pairs = select(pair.our_id, pair.their_id).where(
        pair.link_id == link_id, pair.kind == kind, pair.ended_at.is_(None)
    )
    theirs: dict[str, str] = dict(_rows(session, pairs, pair.our_id, ids))
    cards = select(ours.our_id, ours.code, ours.name, ours.address).where(ours.link_id == link_id, ours.kind == kind)
    found = {
        our_id: Party(code if codes == "code" and code else our_id, theirs.get(our_id, ""), name, address)
        for our_id, code, name, address in _rows(session, cards, ours.our_id, ids)
    }
    return {our_id: Party(our_id, their_id) for our_id, their_id in theirs.items()} | found


def _rows(session: Session, asked: Select[Any], column: Any, ids: Sequence[str]) -> Iterator[Any]:
    """Yield the rows for some ids; from many ids on, all rows."""
    if len(ids) > WHOLE:
        yield from session.execute(asked)
        return
    for at in range(0, len(ids), CHUNK):
        yield from session.execute(asked.where(column.in_(ids[at : at + CHUNK])))
