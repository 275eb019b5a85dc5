"""Opening a link: its settings, profile, layout, database and both connectors, all checked before anything runs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors.crm.xdatalink.address import ServiceAddress
from connectors.crm.xdatalink.service import XDataLink
from foundation.database import Database, migrate, open_database, utc_now
from foundation.log import hide
from foundation.settings import LinkSettings, ProcessSettings
from ledger.links import link_id
from ledger.rollout import running_pilot
from mappings.layouts.layout import Layout, load_layout
from mappings.profiles.profile import Profile, load_profile
from tasks.automatic import as_pilot, keep_out_of_quiet_window, scheduled
from tasks.bases import base_of
from tasks.block import load_link
from tasks.running import show_logs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connectors.onec.odata import OneC
    from mappings import model


@dataclass(frozen=True, slots=True)
class Link:
    """An open link: everything that the tasks of one run share."""

    name: str
    id: int
    settings: LinkSettings
    profile: Profile
    layout: Layout
    database: Database

    @contextmanager
    def onec(self) -> Iterator[OneC]:
        """Connect to the 1C base for the length of the block, by the connector that the link names."""
        with base_of(self.settings, self.database, self.id) as onec:
            yield onec

    @contextmanager
    def crm(self) -> Iterator[XDataLink]:
        """Connect to the manufacturer's service for the length of the block."""
        with XDataLink(service_address(self.settings)) as crm:
            yield crm

    def reading(
        self, table: str, arguments: Mapping[str, str] | None = None, *, since: tuple[str, datetime] | None = None
    ) -> model.Reading:
        """Return how the link's profile reads a canonical table, or one of its sources, from a moment on."""
        return self.profile.reading(table, self.settings.profile_parameters, arguments=arguments, since=since)

    def values(self, dictionary: str) -> dict[str, str]:
        """Return one of the manufacturer's dictionaries: our word → theirs, the link's own values first."""
        return self.layout.values.get(dictionary, {}) | self.settings.layout_values.get(dictionary, {})

    def reads(self, table: str) -> bool:
        """Whether the link's profile describes a canonical table."""
        return bool(self.parts(table))

    def parts(self, table: str) -> list[str]:
        """Return the entities of the profile that a canonical table is read from."""
        return self.profile.parts(table, self.settings.profile_parameters)

    def now(self) -> datetime:
        """Return the wall clock of the 1C base, naive, to the second."""
        return datetime.now(ZoneInfo(self.settings.time_zone)).replace(microsecond=0, tzinfo=None)


def service_address(settings: LinkSettings) -> ServiceAddress:
    """Return where and how the link's manufacturer is reached."""
    return ServiceAddress(
        url=settings.crm_url,
        user=settings.crm_user,
        password=settings.crm_password.get_secret_value(),
        auth=settings.crm_auth,
        attribute=settings.crm_auth_attribute,
        soap=settings.crm_soap,
        wsdl="carried" if settings.crm_own_wsdl else "auto",
        timeout=settings.crm_timeout,
        cap_bytes=settings.cap_bytes,
    )


@cache
def process_database() -> Database:
    """Return this process's database, migrated; one engine a process."""
    database = open_database(ProcessSettings().database)
    migrate(database)
    return database


def open_link(name: str, settings: LinkSettings | None = None, database: Database | None = None) -> Link:
    """Open a link by the name of its block; its passwords are kept out of every log from here on.

    A run that its schedule started ends here as skipped in 1C's quiet window, and while a pilot goes on it reads and
    writes 1C as the link's user for the automatic mode; everything that a person starts runs as the link's own user.

    Raises :class:`NotFound` where there is no such link, :class:`Faults` where its profile or layout is wrong.
    """
    show_logs()
    settings = settings or load_link(name)
    keep_out_of_quiet_window(settings, utc_now())
    hide(settings.onec_password.get_secret_value(), user=settings.onec_user)
    hide(settings.pilot_onec_password.get_secret_value(), user=settings.pilot_onec_user)
    hide(settings.crm_password.get_secret_value(), user=settings.crm_user)
    profile, layout = (
        load_profile(settings.profile, settings.profile_overrides),
        load_layout(settings.layout, settings.layout_columns),
    )
    profile.filled(settings.profile_parameters)
    database = database or process_database()
    with database.begin() as session:
        id_ = link_id(session, name)
        piloted = scheduled() and running_pilot(session, id_) is not None
    return Link(name, id_, as_pilot(settings) if piloted else settings, profile, layout, database)
