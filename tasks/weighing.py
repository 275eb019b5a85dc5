"""How much of the stock is matched, with the prices and pairs of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mappings.tables import CorrespondenceRow, OurItemRow
from mappings.targets import load_targets
from mappings.translate.coverage import Coverage, coverage
from mappings.translate.stock import micro_text
from mappings.translate.targets import NO_PAIR

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from tasks.links import Link


def weigh(link: Link, balances: pd.DataFrame, warehouses: Collection[str]) -> Coverage:
    """Return how much of the balances (columns of ``model.STOCK``) in these warehouses of ours is matched."""
    asked = select(OurItemRow.our_id, OurItemRow.price).where(OurItemRow.link_id == link.id, OurItemRow.kind == "good")
    pair = CorrespondenceRow
    no_pair = select(pair.our_id).where(
        pair.link_id == link.id, pair.kind == "good", pair.ended_at.is_(None), pair.their_id == NO_PAIR
    )
    with link.database.session() as session:
        return coverage(
            balances,
            warehouses=warehouses,
            targets=load_targets(session, link.id),
            prices=dict(session.execute(asked).tuples().all()),
            foreign=set(session.execute(no_pair).scalars()),
        )


def value_totals(found: Coverage) -> dict[str, str]:
    """Return what a parcel keeps of it, as decimal text: the watch and the metrics read it there."""
    return {"value": micro_text(found.value), "matched_value": micro_text(found.matched_value)}
