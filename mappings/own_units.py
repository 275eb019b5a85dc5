"""Our own packages as factors: how many of a good's unit one package holds, as the catalogs said when last read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mappings.tables import OurItemRow
from mappings.units import Factor

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def package_factors(session: Session, link_id: int) -> dict[str, Factor]:
    """Return our package's reference → how many of the good's unit one of it is; units of no good are left out."""
    row = OurItemRow
    asked = select(row.our_id, row.numerator, row.denominator).where(
        row.link_id == link_id, row.kind == "unit", row.owner_id != "", row.numerator > 0, row.denominator > 0
    )
    return {our_id: Factor(above, below) for our_id, above, below in session.execute(asked)}
