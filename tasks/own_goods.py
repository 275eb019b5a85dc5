"""Own goods: the assortment is read, compared with what the manufacturer holds, and written into a parcel."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from prefect import task
from prefect.cache_policies import NO_CACHE

from foundation.errors import Fault, Faults
from ledger.parcels import Ledger
from mappings.codes import leaving
from mappings.correspondences import active
from mappings.model import Exchange
from mappings.translate import own_goods as rules
from tasks.exporting import messages
from tasks.keyed import Keyed, against_held
from tasks.running import run_id

if TYPE_CHECKING:
    import pandas as pd

    from ledger.values import Parcel
    from tasks.links import Link

log = logging.getLogger(__name__)


@task(name="Перевести наши товары", task_run_name="Перевести наши товары", cache_policy=NO_CACHE, persist_result=False)
def transform_own_goods(link: Link, goods: pd.DataFrame, *, everything: bool) -> Keyed:
    """Translate our goods and compare them with what the manufacturer holds."""
    return translate_own_goods(link, goods, everything=everything)


def translate_own_goods(link: Link, goods: pd.DataFrame, *, everything: bool = False) -> Keyed:
    """Translate our goods by the link's choice; raises Faults for groups that it names wrongly."""
    matched: set[str] | None = None
    if link.settings.own_goods == "matched":
        with link.database.session() as session:
            matched = set(active(session, link.id, "good")["our_id"])
    ids, codes = goods["our_good"].astype(object), goods["code"] if "code" in goods else [""] * len(goods)
    translation = rules.translate(
        goods,
        codes=leaving(zip(ids, codes, strict=True), link.settings.our_codes),
        groups=chosen_groups(goods, link.settings.own_goods_groups),
        matched=matched,
    )
    return against_held(link, Exchange.OWN_GOODS, translation, ("goods",), everything=everything)


def chosen_groups(goods: pd.DataFrame, names: list[str]) -> set[str]:
    """Return the references of groups that are named by reference or name; raises Faults, all at once."""
    if not names:
        return set()
    groups = goods[goods["is_group"]]
    known = [(str(our_id), name.strip()) for our_id, name in zip(groups["our_good"], groups["name"], strict=True)]
    found: set[str] = set()
    faults = []
    for told in names:
        matching = [our_id for our_id, name in known if told.strip().casefold() in {our_id, name.casefold()}]
        found.update(matching)
        if not matching:
            faults.append(
                Fault("own_goods_groups", f"группы «{told}» в справочнике нет", f"there is no group {told!r}")
            )
    if faults:
        raise Faults(
            "Группы наших товаров указаны с ошибками.",
            faults,
            en="The groups of our goods are wrong.",
            todo="Исправьте настройку «Группы наших товаров для выгрузки» связи.",
            todo_en="Mend the link's own_goods_groups.",
        )
    return found


@task(name="Подготовить посылку", task_run_name="Подготовить посылку", cache_policy=NO_CACHE, persist_result=False)
def prepare_own_goods(link: Link, going: Keyed) -> Parcel:
    """Write the parcel; without a change it has no message."""
    scheme = link.layout.scheme(Exchange.OWN_GOODS)
    frame = going.translation.tables["goods"]
    parcel = Ledger(link.database, link.id).prepare(
        Exchange.OWN_GOODS,
        run_id(),
        messages(link, scheme, {scheme.datasets[0].name: frame}) if len(frame) else (),
        counts=going.translation.counts.as_json() | {"gone": going.gone},
        totals=going.translation.totals,
        set_aside=going.translation.set_aside,
        steps=going.difference.steps(),
    )
    log.info("Посылка %d подготовлена", parcel.id)
    return parcel
