"""Checks before anything runs: a profile against a file of metadata, a link against both its sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.onec.odata import metadata_of
from foundation.errors import Fault, MI1CError
from mappings.model import Exchange
from mappings.profiles.check import check_profile
from mappings.profiles.profile import load_profile

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
            documents = {
                link.settings.order_document,
                *({"return"} if link.settings.order_returns == "document" else ()),
            }
            parameters = link.settings.profile_parameters
            faults += check_profile(link.profile, parameters, onec.metadata(), documents=documents)
    except MI1CError as error:
        faults.append(Fault("1С", error.russian, error.english))
    try:
        with link.crm() as crm:
            crm.get(link.layout.scheme(Exchange.GOODS))
    except MI1CError as error:
        faults.append(Fault("веб-сервис производителя", error.russian, error.english))
    return faults
