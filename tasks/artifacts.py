"""Tables that the Prefect UI keeps beside a run; outside of one there is nothing to attach them to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prefect.artifacts import create_table_artifact

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
    create_table_artifact(list(rows[:SHOWN]), key=key, description=f"{title}{more}", _sync=True)  # type: ignore[call-arg]  # prefect adds _sync
