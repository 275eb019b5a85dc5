"""Where our goods go by the link's pairs and the layout of the exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mappings.tables import TheirItemRow
from mappings.targets import load_targets
from mappings.translate.base_units import in_base_units

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from mappings.model import Exchange, Part
    from mappings.translate.targets import Targets
    from tasks.links import Link


def targets_of(session: Session, link: Link, exchange: Exchange | Part) -> Targets:
    """Return the link's targets; in base units where the exchange's messages have no column for the unit."""
    targets = load_targets(session, link.id)
    if not link.layout.unitless(exchange):
        return targets
    row = TheirItemRow
    asked = select(row.their_id, row.their_unit, row.factor).where(
        row.link_id == link.id, row.kind == "good", row.vanished_at.is_(None)
    )
    return in_base_units(targets, {(good, unit): factor for good, unit, factor in session.execute(asked)})
