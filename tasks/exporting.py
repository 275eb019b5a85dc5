"""What every exporting run does around its own translation: go on with its parcel, prepare it, send it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.crm.xdatalink.envelope import encode
from foundation.errors import Occupied
from ledger.states import ParcelState
from ledger.values import NewMessage
from tasks.links import service_address
from tasks.running import run_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from ledger.parcels import Ledger
    from ledger.values import Parcel
    from mappings.model import Exchange, Scheme
    from tasks.links import Link


def begun(ledger: Ledger, exchange: Exchange) -> Parcel | None:
    """Return the parcel that this run prepared before it was broken off; raises Occupied where it was superseded."""
    parcel = ledger.of_run(exchange, run_id())
    if parcel is not None and parcel.state is ParcelState.SUPERSEDED:
        raise Occupied(
            f"Посылку {parcel.id} этого запуска заменила более новая.",
            en=f"Parcel {parcel.id} of this run was replaced by a newer one.",
            todo="Ничего делать не нужно: смотрите более новый запуск.",
            todo_en="Nothing to do: see the newer run.",
        )
    return parcel


def messages(link: Link, scheme: Scheme, frames: Mapping[str, pd.DataFrame]) -> Iterator[NewMessage]:
    """Yield the messages of one scheme: one, or parts under the link's cap; control totals by column."""
    from mappings.translate.stock import micro_text

    for part in encode(scheme, link.settings.crm_user, frames, cap=service_address(link.settings).room):
        sums = {column: micro_text(micro) for column, micro in part.sums.items()}
        yield NewMessage(scheme.name, part.body, part.rows, part.wire_bytes, sums)
