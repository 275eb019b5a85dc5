"""What was read of a link's exchange folder with 1C, between two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foundation.database import utc_now
from ledger.tables import FolderStateRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def folder_state(session: Session, link_id: int) -> str:
    """Return the state that was kept last, "" for none."""
    row = session.get(FolderStateRow, link_id)
    return row.state if row is not None else ""


def keep_folder_state(session: Session, link_id: int, state: str) -> None:
    """Keep a state in the place of the last one."""
    row = session.get(FolderStateRow, link_id)
    if row is None:
        session.add(FolderStateRow(link_id=link_id, state=state, at=utc_now()))
        return
    row.state, row.at = state, utc_now()
