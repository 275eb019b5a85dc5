"""The connector that a link reads 1C with: OData, a 7.7 base's files, or an exchange folder.

All three carry readings out; what a kind cannot do it refuses with what to do instead. Only OData writes objects.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.onec.odata import OneC, OneCAddress
from foundation.errors import BadAnswer
from ledger.folder_state import folder_state, keep_folder_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.onec.files import FolderState
    from foundation.database import Database
    from foundation.settings import LinkSettings


def onec_address(settings: LinkSettings) -> OneCAddress:
    """Return where and how the link's 1C base is reached by OData."""
    return OneCAddress(
        url=settings.onec_url,
        user=settings.onec_user,
        password=settings.onec_password.get_secret_value(),
        page_rows=settings.page_rows,
        connections=settings.connections,
        timeout=settings.onec_timeout,
    )


@contextmanager
def base_of(settings: LinkSettings, database: Database, link_id: int) -> Iterator[Any]:
    """Connect to the link's 1C base for the length of the block."""
    match settings.onec_kind:
        case "v77":
            from connectors.onec.v77 import V77, V77Address

            with V77(V77Address(Path(settings.onec_folder), code_page=settings.onec_code_page)) as base:
                yield base
        case "files":
            with _folder(settings, database, link_id) as folder:
                yield folder
        case _:
            with OneC(onec_address(settings)) as onec:
                yield onec


@contextmanager
def _folder(settings: LinkSettings, database: Database, link_id: int) -> Iterator[Any]:
    """Open the exchange folder with what is known of it, and keep what was read: the files are the truth."""
    from connectors.onec.files import FolderAddress, OneCFiles

    with database.session() as session:
        stored = folder_state(session, link_id)
    with OneCFiles(FolderAddress(Path(settings.onec_folder)), state=_state(stored)) as base:
        try:
            yield base
        finally:
            now = base.state.to_json().decode()
            if now != stored:
                with database.begin() as session:
                    keep_folder_state(session, link_id, now)


def _state(stored: str) -> FolderState | None:
    from connectors.onec.files import FolderState

    try:
        return FolderState.from_json(stored) if stored else None
    except BadAnswer:  # of an older version: it is made again from the files
        return None
