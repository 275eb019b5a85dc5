"""Tables that the Prefect UI keeps beside a run; outside of one there is nothing to attach them to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prefect.artifacts import create_link_artifact, create_table_artifact

from foundation.settings import ProcessSettings
from tasks.running import in_run

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN: Final = 200
"""How many rows a table shows; the ledger and the database have them all."""


def show(key: str, rows: Sequence[dict[str, object]], title: str) -> None:
    """Attach a table to the run that goes on, the first rows of it; an empty one is left out."""
    if not rows or not in_run():
        return
    more = f"; показаны первые {SHOWN} из {len(rows)}" if len(rows) > SHOWN else ""
    create_table_artifact(list(rows[:SHOWN]), key=as_key(key), description=f"{title}{more}", _sync=True)  # type: ignore[call-arg]  # prefect adds _sync


def lead_back(key: str, path: str, text: str) -> None:
    """Attach a link to the page of the workplace that shows what the run did."""
    if not in_run():
        return
    settings = ProcessSettings()
    base = settings.workplace_url or f"http://{settings.workplace_host}:{settings.workplace_port}"
    create_link_artifact(f"{base.rstrip('/')}{path}", link_text=text, key=as_key(f"{key}-workplace"), _sync=True)  # type: ignore[call-arg]  # prefect adds _sync


def as_key(name: str) -> str:
    """Return a name as Prefect takes it for a key: the exchange ``own_goods`` has a sign that no key may have."""
    return name.replace("_", "-")
