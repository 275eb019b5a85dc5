"""Prices: read, translated, compared with what the manufacturer holds, and written into a parcel."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import select

from foundation.errors import Fault, Faults
from ledger.parcels import Ledger
from mappings.codes import leaving
from mappings.model import Exchange
from mappings.tables import OurItemRow
from mappings.targets import load_named
from mappings.translate import price_addresses
from mappings.translate import prices as rules
from mappings.translate.outlets import Told, translate
from tasks.exporting import messages
from tasks.extract import extract
from tasks.keyed import Keyed, against_held
from tasks.outlets import read_cards
from tasks.running import run_id
from tasks.targets import targets_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from sqlalchemy.orm import Session

    from ledger.values import NewMessage, Parcel
    from tasks.links import Link
    from tasks.outlets import Reader

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Priced:
    """What leaves, and how many outlets have no price type to tell, by reason."""

    keyed: Keyed
    without_type: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """What of 1C the prices are made of; ``outlets`` is their price types as told by agreements."""

    types: dict[str, str]
    prices: pd.DataFrame
    outlets: tuple[pd.DataFrame, dict[str, int]] | None = None


def read_prices(link: Link, *, read: Reader = extract) -> Read:
    """Read prices, and the agreements where the link tells the price types of outlets; raises Faults."""
    types = our_price_types(link, read(link, "price_types"))
    outlets = _outlet_types(link, types, read) if link.settings.price_addresses else None
    return Read(types, read(link, "prices"), outlets)


def our_price_types(link: Link, known: pd.DataFrame) -> dict[str, str]:
    """Return the references of the price types that the link names → theirs; raises Faults, all at once."""
    rows = [(str(ref), name.strip()) for ref, name in zip(known["our_price_type"], known["name"], strict=True)]
    found: dict[str, str] = {}
    faults = []
    for ours, theirs in link.settings.price_types.items():
        matching = [ref for ref, name in rows if ours.strip().casefold() in {ref, name.casefold()}]
        if len(matching) == 1:
            found[matching[0]] = theirs
        else:
            problem = "нет в справочнике" if not matching else f"таких видов {len(matching)}, укажите ссылку"
            faults.append(Fault(f"price_types.{ours}", f"вид цен «{ours}»: {problem}", f"{len(matching)} such types"))
    if not link.settings.price_types:
        faults.append(Fault("price_types", "не выбрано ни одного вида цен", "no price type is chosen"))
    if faults:
        names = ", ".join(sorted(name for _, name in rows))
        raise Faults(
            "Виды цен связи указаны с ошибками.",
            faults,
            en="The link's price types are wrong.",
            todo=f"Исправьте настройку «Виды цен» связи. В базе есть: {names}.",
            todo_en="Mend the price types of the link.",
        )
    return found


def _outlet_types(link: Link, types: dict[str, str], read: Reader) -> tuple[pd.DataFrame, dict[str, int]]:
    cards = read_cards(link, read=read)
    identity = link.settings.our_codes
    whole = translate(
        cards,
        outlet_codes=leaving([(each.id, each.code) for each in cards.outlets], identity),
        company_codes=leaving([(each.id, each.code) for each in cards.counterparties.values()], identity),
        stopped={},
        told=Told(),
    )
    return price_addresses.translate(cards, whole.rows, read(link, "agreements.sales"), types)


@task(name="Перевести цены", task_run_name="Перевести цены", cache_policy=NO_CACHE, persist_result=False)
def transform_prices(link: Link, read: Read, *, everything: bool) -> Priced:
    """Translate prices and compare them with what the manufacturer holds."""
    return translate_prices(link, read, everything=everything)


def translate_prices(link: Link, read: Read, *, everything: bool = False) -> Priced:
    """Translate prices with the correspondences that are in force now."""
    with link.database.session() as session:
        translation = rules.translate(
            read.prices,
            price_types=read.types,
            targets=targets_of(session, link, Exchange.PRICES),
            units=our_units(session, link.id),
            named=partial(load_named, session, link.id),
            conflict=link.settings.price_conflict,
            on=link.now().date(),
        )
    tables: tuple[str, ...] = ("prices",)
    without: dict[str, int] = {}
    if read.outlets is not None:
        translation.tables["addresses"], without = read.outlets
        tables = ("prices", "addresses")
    return Priced(against_held(link, Exchange.PRICES, translation, tables, everything=everything), without)


def our_units(session: Session, link_id: int) -> rules.OurUnits:
    """Return the units of our goods and what our packages hold."""
    item = OurItemRow
    asked = select(item.kind, item.our_id, item.unit_id, item.numerator, item.denominator).where(
        item.link_id == link_id, item.kind.in_(("good", "unit"))
    )
    own: dict[str, str] = {}
    packages: dict[str, tuple[str, Fraction]] = {}
    for kind, our_id, unit, above, below in session.execute(asked):
        if kind == "good":
            own[our_id] = unit
        elif above > 0 and below > 0:
            packages[our_id] = (unit, Fraction(above, below))
    return rules.OurUnits(own, packages)


@task(name="Подготовить посылку", task_run_name="Подготовить посылку", cache_policy=NO_CACHE, persist_result=False)
def prepare_prices(link: Link, priced: Priced) -> Parcel:
    """Write the parcel; without a change it has no message."""
    going = priced.keyed
    parcel = Ledger(link.database, link.id).prepare(
        Exchange.PRICES,
        run_id(),
        price_messages(link, going),
        counts=price_counts(priced),
        totals=going.translation.totals,
        window={"date": link.now().date().isoformat()},
        set_aside=going.translation.set_aside,
        steps=going.difference.steps(),
    )
    log.info("Посылка %d подготовлена", parcel.id)
    return parcel


def price_counts(priced: Priced) -> dict[str, object]:
    """Return the counts of a parcel, with the outlets whose price type is told or cannot be."""
    tables = priced.keyed.translation.tables
    more: dict[str, object] = {"gone": priced.keyed.gone}
    if "addresses" in tables:
        more |= {"outlets": len(tables["addresses"]), "outlets_left": priced.without_type}
    return priced.keyed.translation.counts.as_json() | more


def price_messages(link: Link, going: Keyed) -> Iterator[NewMessage]:
    """Yield the messages: prices, and the price types of outlets where the link tells them."""
    scheme, tables = link.layout.scheme(Exchange.PRICES), going.translation.tables
    frames = {scheme.datasets[0].name: tables["prices"]}
    if "addresses" in tables and len(scheme.datasets) > 1:
        frames[scheme.datasets[1].name] = tables["addresses"]
    if any(map(len, frames.values())):
        told = tuple(dataset for dataset in scheme.datasets if dataset.name in frames)
        yield from messages(link, replace(scheme, datasets=told), frames)
