"""The window of shipments and its documents as 1C gives them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from foundation.errors import BadAnswer
from ledger import windows
from ledger.documents import held
from mappings.model import Exchange
from mappings.outlet_cards import PLACES
from mappings.translate.shipment_places import addresses_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from mappings import model
    from tasks.links import Link

log = logging.getLogger(__name__)

USED: Final = frozenset(
    (
        *("document", "line", "number", "date", "version", "posted", "deleted", "status", "our_outlet", "counterparty"),
        *("our_warehouse", "line_warehouse", "our_order", "head_order", "vat_included", "our_good", "our_unit"),
        *("quantity", "packages", "price", "amount", "vat"),
    )
)
"""The columns of ``model.SHIPMENTS`` that the exchange needs; answers of 1C hold no others."""

PLACED: Final = frozenset({"address", "basis"})
"""The columns that are read besides where outlets are addresses: a document's own, or that of the one it names."""

HEADS: Final = frozenset({"document", "number", "date", "version", "posted", "deleted"})
"""What is read of documents that are only looked at for late changes."""


@dataclass(frozen=True, slots=True)
class Window:
    """From the start of ``work_date`` on, by the base's calendar; ``today`` is its date now.

    ``asked`` days were wanted; the window is wider where a run before was broken off in a wider one.
    """

    work_date: date
    today: date
    asked: int

    @property
    def days(self) -> int:
        """How many days the window goes back."""
        return (self.today - self.work_date).days

    @property
    def start(self) -> datetime:
        """The first moment of the window, the base's wall clock."""
        return datetime.combine(self.work_date, datetime.min.time())


def window_of(link: Link, days: int | None) -> Window:
    """Return the window of a run: the link's days or the run's own, and never narrower than one that was broken off."""
    today, asked = link.now().date(), days or link.settings.days
    work_date = today - timedelta(days=asked)
    begun = windows.begun_window(link.database, link.name, Exchange.SHIPMENTS)
    if begun and date.fromisoformat(begun) < work_date:
        work_date = date.fromisoformat(begun)
        log.warning("Прошлая выгрузка окна с %s не закончена: это окно отправляется целиком", begun)
    return Window(work_date, today, asked)


def sources(link: Link) -> dict[str, str]:
    """Return the kinds of documents that the link sends and its profile describes: kind → source."""
    described = link.profile.sources("shipments")
    return {kind: described[kind] for kind in link.settings.shipment_kinds if kind in described}


def some(reading: model.Reading, columns: frozenset[str]) -> model.Reading:
    """Return the reading with these canonical columns only."""
    return replace(reading, fields=tuple(field for field in reading.fields if field.column in columns))


def lines_reading(link: Link, source: str, since: datetime | None = None) -> model.Reading:
    """Return how the lines of one kind of document are read, from a moment on or all."""
    columns = USED | PLACED if by_address(link) else USED
    return some(link.reading(source, since=("date", since) if since else None), columns)


def by_address(link: Link) -> bool:
    """Whether the link's outlets are addresses of partners, which documents name by a partner and an address."""
    return outlet_choice(link) in PLACES


def outlet_choice(link: Link) -> str:
    """Return the profile's word for what an outlet is; "" where the profile leaves no choice."""
    known = link.profile.parameters
    return link.profile.choice("outlets", link.settings.profile_parameters) if "outlets" in known else ""


def source_of(reading: model.Reading, column: str) -> str:
    """Return the property that a column is read from, "" for none."""
    return next((field.source for field in reading.fields if field.column == column), "")


def read_addresses(link: Link, documents: Sequence[str]) -> dict[str, str]:
    """Return the delivery addresses of shipments, by their references."""
    source = link.profile.sources("shipments").get("sale")
    if not documents or source is None:
        return {}
    reading = replace(some(link.reading(source), frozenset({"document", "address"})), section="")
    with link.onec() as onec:
        return addresses_of({"sale": onec.read_any(reading, source_of(reading, "document"), documents)})


def read_window(link: Link, window: Window, *, show: Callable[[int], None] | None = None) -> dict[str, pd.DataFrame]:
    """Return the lines of the window's documents by kind."""
    frames: dict[str, pd.DataFrame] = {}
    with link.onec() as onec:
        for kind, source in sources(link).items():
            frames[kind] = onec.read(lines_reading(link, source, window.start), progress=show)
    return frames


def check_read(link: Link, window: Window, frames: Mapping[str, pd.DataFrame]) -> None:
    """Raise BadAnswer where 1C gives no document at all and they hold some: a user without rights reads nothing."""
    if any(len(frame) for frame in frames.values()):
        return
    with link.database.session() as session:
        lost = len(held(session, link.id, Exchange.SHIPMENTS, since=window.work_date.isoformat()))
    if lost:
        raise BadAnswer(
            f"1С не отдала ни одного документа с {window.work_date:%d.%m.%Y}, а у производителя их {lost}.",
            en=f"1C gave no document since {window.work_date}, while the manufacturer holds {lost}.",
            todo="Ничего не отправлено. Проверьте права пользователя 1С на документы отгрузки и адрес базы.",
            todo_en="Nothing was sent. Check the 1C user's rights to the documents, and the base's address.",
        )
