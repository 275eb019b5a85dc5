"""Checks before anything runs: a profile against a file of metadata, a link against both its sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.onec.odata import metadata_of
from foundation.errors import Fault, MI1CError
from mappings.model import Exchange
from mappings.outlet_cards import PLACES
from mappings.profiles.check import check_profile, unpublished
from mappings.profiles.profile import load_profile
from mappings.profiles.publishing import steps
from tasks.looking import look
from tasks.recognising import recognise
from tasks.transform import by_batch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mappings.profiles.signs import Likeness
    from tasks.links import Link
    from tasks.looking import Look


def check_metadata(profile: str, path: Path, parameters: Mapping[str, str]) -> list[Fault]:
    """Return what a saved ``$metadata`` lacks for a profile."""
    described = load_profile(profile)
    return check_profile(described, described.filled(parameters), metadata_of(path), documents=("request",))


def recognised_in(path: Path) -> list[Likeness]:
    """Return the profiles that a saved ``$metadata`` may be of, the likeliest first."""
    return recognise(metadata_of(path))


def missing_in(profile: str, path: Path, parameters: Mapping[str, str]) -> list[str]:
    """Return the steps that publish what a saved ``$metadata`` lacks."""
    described = load_profile(profile)
    wanted = unpublished(described, described.filled(parameters), metadata_of(path), documents=("request",))
    return steps(described.name, wanted)


def check_link(link: Link) -> list[Fault]:
    """Return what is wrong with a link, both sides tried: 1C's metadata by the profile, the service by a reading."""
    return look_at(link)[1]


def look_at(link: Link) -> tuple[Look | None, list[Fault]]:
    """Return what a look at a link's base found (None where there was none), and all that is wrong with the link."""
    found: Look | None = None
    faults: list[Fault] = []
    try:
        with link.onec() as onec:
            parameters = link.settings.profile_parameters
            if link.settings.onec_kind == "odata":
                found = look(onec, parameters, described=link.profile, also=asked(link), documents=written(link))
                faults += found.faults
            elif link.settings.onec_kind == "files":
                faults += files_faults(onec)
            else:
                faults += check_profile(link.profile, parameters, onec.metadata(), also=asked(link))
    except MI1CError as error:
        faults.append(Fault("1С", error.russian, error.english))
    try:
        with link.crm() as crm:
            crm.get(link.layout.scheme(Exchange.GOODS))
    except MI1CError as error:
        faults.append(Fault("веб-сервис производителя", error.russian, error.english))
    return found, faults


def files_faults(onec: Any) -> list[Fault]:
    """Take the files that have come; return what is wrong in them, or that there is none."""
    onec.take()
    taken = onec.state.taken
    if not taken:
        said = "выгрузок 1С в папке ещё нет: настройте в 1С обмен с сайтом «в каталог на диске» и выгрузите один раз"
        return [Fault(str(onec.address.coming), said, "no uploads have come yet")]
    return [fault for file in taken for fault in file.faults]


def written(link: Link) -> set[str]:
    """Return the kinds of documents that the link's settings have written into the base."""
    settings = link.settings
    return {settings.order_document} | ({"return"} if settings.order_returns == "document" else set())


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
