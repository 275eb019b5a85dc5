"""Transform: correspondences are read, the rules of ``mappings.translate`` applied, messages made."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import select

from foundation.errors import Fault, Faults
from mappings.model import Exchange, Part
from mappings.tables import OurItemRow
from mappings.targets import load_named
from mappings.translate import batches as batch_rules
from mappings.translate import goods as goods_rules
from mappings.translate import stock as stock_rules
from tasks.exporting import messages
from tasks.targets import targets_of
from tasks.weighing import value_totals, weigh

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from sqlalchemy.orm import Session

    from ledger.values import NewMessage
    from mappings.model import Scheme
    from mappings.translate.result import Translation
    from tasks.links import Link

log = logging.getLogger(__name__)


@task(
    name="Проверить классификатор", task_run_name="Проверить классификатор", cache_policy=NO_CACHE, persist_result=False
)
def check_goods(rows: pd.DataFrame) -> Translation:
    """Check the manufacturer's goods and units row by row."""
    return goods_rules.translate(rows)


@task(name="Перевести остатки", task_run_name="Перевести остатки", cache_policy=NO_CACHE, persist_result=False)
def transform_stock(link: Link, balances: pd.DataFrame) -> Translation:
    """Translate balances into the manufacturer's codes and units; the totals say how much of their value is matched."""
    translation = translate_stock(link, balances)
    with link.database.session() as session:
        warehouses = our_warehouses(session, link)
    translation.totals |= value_totals(weigh(link, balances, warehouses))
    return translation


def translate_stock(link: Link, balances: pd.DataFrame) -> Translation:
    """Translate balances with the correspondences that are in force now; raises Faults for unknown warehouses."""
    with link.database.session() as session:
        return stock_rules.translate(
            balances,
            warehouses=our_warehouses(session, link),
            targets=targets_of(session, link, Exchange.STOCK),
            named=partial(load_named, session, link.id),
            rules=stock_rules.StockRules(link.settings.zeros, link.settings.negatives, link.settings.reserved),
            on=link.now().date(),
        )


def by_batch(link: Link) -> bool:
    """Whether stock goes by batch: the link wants it, or the manufacturer's service takes nothing else."""
    return link.settings.stock_by_batch or Exchange.STOCK not in link.layout.exchanges


@task(
    name="Перевести остатки по партиям",
    task_run_name="Перевести остатки по партиям",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def transform_batches(link: Link, balances: pd.DataFrame, batches: pd.DataFrame) -> Translation:
    """Translate balances by batch into the manufacturer's codes and units."""
    return translate_batches(link, balances, batches)


def translate_batches(link: Link, balances: pd.DataFrame, batches: pd.DataFrame) -> Translation:
    """Translate balances by batch with the correspondences in force; raises Faults for unknown warehouses."""
    settings = link.settings
    with link.database.session() as session:
        rules = batch_rules.Rules(
            our_warehouses(session, link),
            targets_of(session, link, Part.STOCK_BATCHES),
            stock_rules.StockRules(settings.zeros, settings.negatives, settings.reserved),
        )
        named = partial(load_named, session, link.id)
        return batch_rules.translate(balances, batches=batches, rules=rules, named=named, on=link.now().date())


def check_warehouses(link: Link) -> None:
    """Raise Faults for warehouses that the link names wrongly: before a long reading, not after it."""
    with link.database.session() as session:
        our_warehouses(session, link)


def our_warehouses(session: Session, link: Link) -> dict[str, str]:
    """Return the references of the warehouses that the link names → their ids; raises Faults, all at once."""
    asked = select(OurItemRow.our_id, OurItemRow.name).where(
        OurItemRow.link_id == link.id, OurItemRow.kind == "warehouse", OurItemRow.is_group.is_(False)
    )
    rows = [(our_id, name) for our_id, name in session.execute(asked)]
    found: dict[str, str] = {}
    faults = []
    for ours, theirs in link.settings.warehouses.items():
        matching = [our_id for our_id, name in rows if ours.strip().lower() in {our_id, name.strip().lower()}]
        if len(matching) == 1:
            found[matching[0]] = theirs
            continue
        problem = "нет в справочнике" if not matching else f"таких складов {len(matching)}, укажите ссылку"
        faults.append(Fault(f"warehouses.{ours}", f"склад «{ours}»: {problem}", f"{len(matching)} such warehouses"))
    if not link.settings.warehouses:
        faults.append(Fault("warehouses", "не выбрано ни одного склада", "no warehouse is chosen"))
    if faults:
        names = ", ".join(sorted(name for _, name in rows)) or "справочник ещё не прочитан: запустите обмен catalogs"
        raise Faults(
            "Склады связи указаны с ошибками.",
            faults,
            en="The link's warehouses are wrong.",
            todo=f"Исправьте настройку «Склады» связи. В базе есть: {names}.",
            todo_en="Mend the warehouses of the link.",
        )
    return found


def stock_messages(link: Link, translation: Translation) -> Iterator[NewMessage]:
    """Yield the messages of a stock parcel, by batch or not: one, or parts under the link's cap."""
    if by_batch(link):
        scheme = link.layout.scheme(Part.STOCK_BATCHES)
        yield from messages(link, scheme, {batch_lines(scheme): translation.tables["lines"]})
        return
    scheme = link.layout.scheme(Exchange.STOCK)
    head = next(dataset for dataset in scheme.datasets if dataset.details)
    frames = {head.name: translation.tables["heads"], head.details[0].name: translation.tables["lines"]}
    yield from messages(link, scheme, frames)


def batch_lines(scheme: Scheme) -> str:
    """Return the dataset of a scheme of stock by batch that holds the lines."""
    return next(dataset.name for dataset in scheme.datasets if any(column.field for column in dataset.columns))
