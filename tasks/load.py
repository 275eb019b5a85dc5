"""Load: parcels are written before they are sent; what came is stored."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import task_run

from connectors.crm.xdatalink.faults import uncertain
from foundation.database import utc_now
from foundation.errors import MI1CError
from ledger.parcels import Ledger
from mappings.catalog import OURS, Stored, store_ours, store_theirs
from mappings.exact import Proposed, propose_exact
from mappings.exact_parties import Matched, propose_parties
from mappings.model import Exchange
from mappings.table_names import SAID
from tasks.running import progress, run_id
from tasks.transform import stock_messages

if TYPE_CHECKING:
    import pandas as pd

    from ledger.values import Parcel
    from mappings.catalog import OurKind
    from mappings.translate.result import Translation
    from tasks.links import Link

log = logging.getLogger(__name__)


@task(name="Подготовить посылку", task_run_name="Подготовить посылку", cache_policy=NO_CACHE, persist_result=False)
def prepare_stock(link: Link, translation: Translation) -> Parcel:
    """Write the parcel with all its messages into the ledger; from here on a rerun sends these very bytes."""
    parcel = Ledger(link.database, link.id).prepare(
        Exchange.STOCK,
        run_id(),
        stock_messages(link, translation),
        counts=translation.counts.as_json(),
        totals=translation.totals,
        window={"date": link.now().date().isoformat()},
        set_aside=translation.set_aside,
    )
    log.info("Посылка %d подготовлена", parcel.id)
    return parcel


@task(name="Отправить посылку", task_run_name="Отправить посылку", cache_policy=NO_CACHE, persist_result=False)
def send(link: Link, parcel: Parcel) -> Parcel:
    """Send every message of the parcel that has no receipt, in order; what fails is written down and raised."""
    ledger = Ledger(link.database, link.id)
    waiting = ledger.to_send(parcel.id)
    with link.crm() as crm, progress("Отправка", len(waiting)) as show:
        for done, message_id in enumerate(waiting):
            show(done)
            body = ledger.body(message_id)
            ledger.sending(message_id)
            started = time.monotonic()
            try:
                receipt = crm.send(body)
            except MI1CError as error:
                ledger.failed(message_id, error.russian, ambiguous=uncertain(error))
                raise
            ledger.answered(message_id, receipt.text, time.monotonic() - started)
            log.info("Сообщение %d принято производителем", message_id)
    return ledger.finish(parcel.id)


@task(
    name="Сохранить классификатор производителя",
    task_run_name="Сохранить классификатор производителя",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def store_goods(link: Link, parcel_id: int, translation: Translation) -> Stored:
    """Store the manufacturer's goods and units with their history, and what came of them into the ledger."""
    with link.database.begin() as session:
        stored = store_theirs(session, link.id, translation.tables["their_goods"], utc_now())
    Ledger(link.database, link.id).record(
        parcel_id,
        counts=translation.counts.as_json(),
        totals=translation.totals,
        set_aside=translation.set_aside,
    )
    return stored


def _stored_name() -> str:
    return f"Сохранить: {SAID[OURS[task_run.parameters['kind']][0].name]}"


@task(name="Сохранить справочник 1С", task_run_name=_stored_name, cache_policy=NO_CACHE, persist_result=False)
def store_catalog(
    link: Link,
    kind: OurKind,
    frame: pd.DataFrame,
    barcodes: pd.DataFrame | None = None,
    prices: pd.DataFrame | None = None,
) -> Stored:
    """Store one catalog of ours with its history."""
    with link.database.begin() as session:
        return store_ours(session, link.id, kind, frame, utc_now(), barcodes=barcodes, prices=prices)


@task(
    name="Сопоставить по точным ключам",
    task_run_name="Сопоставить по точным ключам",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def match_exact(link: Link) -> Proposed:
    """Make the correspondences that barcodes and the manufacturer's codes prove; the rest waits for a person."""
    with link.database.begin() as session:
        return propose_exact(session, link.id)


@task(
    name="Сопоставить контрагентов и точки",
    task_run_name="Сопоставить контрагентов и точки",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def match_parties(link: Link) -> Matched:
    """Make the correspondences of counterparties and outlets that exact keys prove; the rest waits for a person."""
    with link.database.begin() as session:
        return propose_parties(session, link.id)
