"""Links by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from foundation.database import LinkRow, utc_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def link_id(session: Session, name: str) -> int:
    """Return the id of the link of that name, which is made when it is new; needs a session that writes then."""
    known = select(LinkRow.id).where(LinkRow.name == name)
    found = session.execute(known).scalar_one_or_none()
    if found is not None:
        return found
    try:
        with session.begin_nested():
            made: int = session.execute(
                insert(LinkRow).values(name=name, created_at=utc_now()).returning(LinkRow.id)
            ).scalar_one()
    except IntegrityError:  # another process was quicker
        return session.execute(known).scalar_one()
    return made


def link_names(session: Session) -> list[str]:
    """Return the names of all links that have any state, sorted."""
    return list(session.execute(select(LinkRow.name).order_by(LinkRow.name)).scalars())
