"""Checks before anything runs: a profile against a file of metadata, a link against both its sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.onec.odata import metadata_of
from foundation.errors import Fault, MI1CError
from mappings.model import Exchange
from mappings.outlet_cards import PLACES
from mappings.profiles.check import check_profile
from mappings.profiles.profile import load_profile
from tasks.transform import by_batch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tasks.links import Link


def check_metadata(profile: str, path: Path, parameters: Mapping[str, str]) -> list[Fault]:
    """Return what a saved ``$metadata`` lacks for a profile."""
    described = load_profile(profile)
    return check_profile(described, described.filled(parameters), metadata_of(path))


def check_link(link: Link) -> list[Fault]:
    """Return what is wrong with a link, both sides tried: 1C's metadata by the profile, the service by a reading."""
    faults = []
    try:
        with link.onec() as onec:
            parameters = link.settings.profile_parameters
            documents = {
                link.settings.order_document,
                *({"return"} if link.settings.order_returns == "document" else ()),
            }
            faults += check_profile(link.profile, parameters, onec.metadata(), also=asked(link), documents=documents)
    except MI1CError as error:
        faults.append(Fault("1С", error.russian, error.english))
    try:
        with link.crm() as crm:
            crm.get(link.layout.scheme(Exchange.GOODS))
    except MI1CError as error:
        faults.append(Fault("веб-сервис производителя", error.russian, error.english))
    return faults


def asked(link: Link) -> set[str]:
    """Return the optional entities of the profile that the link's settings ask for."""
    settings = link.settings
    wanted = {
        "stock_batches": by_batch(link),
        "batches": by_batch(link),
        "contracts.sales": settings.block_expired,
        "price_types": bool(settings.price_types),
        "agreements.sales": settings.price_addresses,
        "outlets.delivery_address": settings.several_counterparties == "documents",
        "outlets.partner": link.profile.choice("outlets", settings.profile_parameters) in PLACES,
    }
    return {name for name, wants in wanted.items() if wants}
