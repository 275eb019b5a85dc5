"""A small work list for the tests of the matching's services."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from ledger.links import link_id
from mappings.proposing import Blocks, Proposal, index_words, refresh
from mappings.tables import OurItemRow, TheirItemRow
from mappings.worklist import Queue

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
MILLION = 1_000_000
EMPTY: dict[str, Any] = {
    **dict.fromkeys(("full_name", "article", "owner_id", "their_code", "inn", "kpp", "parent", "address"), ""),
    "barcodes": [],
    "numerator": 0,
    "denominator": 0,
    "price": 0,
    "is_group": False,
    "deleted": False,
    "blocked": False,
    "seen_at": AT,
    "changed_at": AT,
    "vanished_at": None,
}


def candidate(their_id: str, chance: int = 9_900, **more: Any) -> dict[str, Any]:
    """Return a candidate in pieces, one of ours being twelve of theirs."""
    base = {"their_id": their_id, "their_unit": "pcs", "name": f"Их {their_id}", "unit_name": "шт", "chance": chance}
    return {**base, "numerator": 12, "denominator": 1, "units": [["pcs", "шт"], ["box", "кор"]], "reasons": [], **more}


def proposal(our_id: str, queue: Queue = Queue.GREEN, *candidates: dict[str, Any], **more: Any) -> Proposal:
    """Return what is proposed for a good; ``T-<our id>`` is the best candidate unless others are given."""
    listed = candidates or (candidate(f"T-{our_id}"),)
    values = {"name": f"Товар {our_id}", "code": f"00-{our_id}", "unit_id": "u-box", "unit_name": "кор", **more}
    return Proposal(our_id, queue=queue, candidates=listed, **values)


def fill(
    session: Session, proposals: list[Proposal], blocks: dict[str, Blocks] | None = None, kind: Any = "good"
) -> int:
    """Make a link with these proposals, the goods that they name and their targets; returns the link's id."""
    link = link_id(session, "probe")
    goods = [
        {
            **EMPTY,
            "link_id": link,
            "kind": kind,
            "our_id": each.our_id,
            "code": each.code,
            "name": each.name,
            "unit_id": each.unit_id,
        }
        for each in proposals
    ]
    unit = {**EMPTY, "link_id": link, "kind": "unit", "our_id": "u-box", "code": "", "name": "кор", "unit_id": ""}
    session.execute(insert(OurItemRow), [*goods, unit])
    targets = {str(each["their_id"]): str(each["name"]) for one in proposals for each in one.candidates}
    common = {
        "link_id": link,
        "kind": kind,
        "factor": MILLION,
        "barcode": "",
        "address": "",
        "inn": "",
        "seen_at": AT,
        "changed_at": AT,
    }
    theirs = [
        {**common, "their_id": id_, "their_unit": unit, "name": name, "unit_name": said, "vanished_at": None}
        for id_, name in targets.items()
        for unit, said in (("pcs", "шт"), ("box", "кор"))
    ]
    if theirs:
        session.execute(insert(TheirItemRow), theirs)
    index_words(session, link, "theirs", kind, was={}, becomes={id_: f"{name} {id_}" for id_, name in targets.items()})
    refresh(session, link, kind, proposals, at=AT, ours=blocks or {})
    return link
