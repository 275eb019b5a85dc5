"""Lines of shipments translated with what is in force now: rules, correspondences, outlets, orders."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from foundation.errors import Fault, Faults
from ledger.documents import Item
from mappings.model import Exchange
from mappings.own_units import package_factors
from mappings.parties import load_parties
from mappings.targets import load_named
from mappings.translate.counted import in_own_units, with_vat
from mappings.translate.shipment_places import at_places, named_elsewhere, or_counterparty
from mappings.translate.shipment_rules import ShipmentRules
from mappings.translate.shipments import translate
from tasks.shipment_orders import orders_of
from tasks.shipment_reading import by_address, outlet_choice, read_addresses, source_of, sources
from tasks.targets import targets_of
from tasks.transform import our_warehouses

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from mappings.translate.result import Translation
    from mappings.translate.shipment_rules import Party
    from tasks.links import Link
    from tasks.shipment_reading import Window

KINDS: Final = ("sale", "return", "correction")


def rules_of(link: Link, window: Window) -> ShipmentRules:
    """Return what the link and its layout say of shipments; raises Faults with all that is wrong in it."""
    check_rules(link)
    settings = link.settings
    return ShipmentRules(
        work_date=window.work_date,
        today=window.today,
        types=link.values("shipment_kind"),
        signs={kind: int(sign) for kind, sign in link.values("shipment_sign").items()},
        future=settings.shipments_future,
        price=settings.shipment_price,
        unmatched=settings.shipments_unmatched,
        no_outlet=settings.shipments_no_outlet,
        converts=settings.matching_side == "manufacturer",
        waiting_statuses=frozenset(settings.waiting_statuses),
        year=settings.number_year,
        prefixes=settings.number_prefixes,
    )


def check_rules(link: Link) -> None:
    """Raise Faults for kinds of documents that link and layout describe wrongly: before a long reading, not after."""
    types, signs = link.values("shipment_kind"), link.values("shipment_sign")
    faults = [
        Fault(f"layout_values.shipment_kind.{kind}", "не задан код вида документа", "the kind has no code")
        for kind in sources(link)
        if not types.get(kind)
    ]
    faults += [
        Fault(f"layout_values.shipment_sign.{kind}", f"можно только 1 и -1, а не «{sign}»", "only 1 and -1")
        for kind, sign in signs.items()
        if sign not in ("1", "-1")
    ]
    faults += [
        Fault(f"number_prefixes.{kind}", "есть виды sale, return, correction", "kinds are sale, return, correction")
        for kind in link.settings.number_prefixes
        if kind not in KINDS
    ]
    parameters = link.settings.profile_parameters
    if outlet_choice(link) == "catalog" and not link.profile.filled(parameters).get("shipment_outlet", "-"):
        said = f"назовите реквизит документов отгрузки со ссылкой на {parameters['outlets']}"
        faults.append(Fault("profile_parameters.shipment_outlet", said, "name the property that holds the outlet"))
    if not sources(link):
        said = (
            f"профиль {link.profile.name} не описывает документов отгрузки, пустое окно стёрло бы всё у производителя"
        )
        faults.append(Fault("shipment_kinds", said, f"profile {link.profile.name} describes no shipments"))
    if faults:
        raise Faults(
            "Виды документов отгрузки заданы с ошибками.",
            faults,
            en="The kinds of shipment documents are described wrongly.",
            todo="Исправьте настройки связи или раскладку.",
            todo_en="Mend the link's settings or the layout.",
        )


def translate_shipments(link: Link, frames: Mapping[str, pd.DataFrame], rules: ShipmentRules) -> Translation:
    """Translate lines with the correspondences that are in force now; orders that the ledger lacks are read from 1C."""
    frames, places = outlets_found(link, counted(link, frames))
    orders = orders_of(link, frames)
    outlets, counterparties = _named(frames, "our_outlet"), _named(frames, "counterparty")
    with link.database.session() as session:
        parties = load_parties(session, link.id, outlets, counterparties, codes=link.settings.our_codes)
        return translate(
            frames,
            warehouses=our_warehouses(session, link),
            targets=targets_of(session, link, Exchange.SHIPMENTS),
            parties=replace(parties, outlets={**places, **parties.outlets}),
            orders=orders,
            named=partial(load_named, session, link.id),
            rules=rules,
        )


def outlets_found(link: Link, frames: Mapping[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], dict[str, Party]]:
    """Return the lines with the outlet that the link's choice makes of their documents, and outlets that have no card.

    Shipments that returns and corrections name are read from 1C where they are not among the lines themselves.
    """
    if by_address(link):
        return at_places(frames, read_addresses(link, named_elsewhere(frames)))
    made = dict(frames)
    for kind, source in sources(link).items():
        reading = link.reading(source)
        consignee = source_of(reading, "consignee")
        if kind in made and consignee and consignee == source_of(reading, "our_outlet"):
            made[kind] = or_counterparty(made[kind])
    return made, {}


def counted(link: Link, frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the lines as the profile says they count: in the good's own unit, with sums that hold VAT."""
    made = dict(frames)
    for kind, source in sources(link).items():
        if kind not in made:
            continue
        entity = link.profile.entities[source]
        if entity.counts == "unit":
            with link.database.session() as session:
                made[kind] = in_own_units(made[kind], package_factors(session, link.id))
        if entity.amount == "document":
            made[kind] = with_vat(made[kind])
    return made


def _named(frames: Mapping[str, pd.DataFrame], column: str) -> list[str]:
    """Return the distinct keys of a column."""
    found = {name for frame in frames.values() if column in frame for name in frame[column].cat.categories}
    return sorted(found - {""})


def items_of(documents: pd.DataFrame) -> list[Item]:
    """Return translated documents as the ledger holds them."""
    identity = ("kind", "own_number", "number", "date", "version", "orders")
    columns = (documents[name].tolist() for name in ("document", "hash", "date", "quantity", "amount", *identity))
    return [
        Item(key, hash_, dict(zip(identity, rest, strict=True)), moment, quantity, amount)
        for key, hash_, moment, quantity, amount, *rest in zip(*columns, strict=True)
    ]
