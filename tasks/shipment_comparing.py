"""A translated window against what they hold, and what changed outside of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from ledger import windows
from ledger.documents import Difference, Item, compare, held
from ledger.windows import Late, Seen
from mappings.model import Exchange
from tasks.shipment_reading import HEADS, lines_reading, some, source_of, sources
from tasks.shipment_translating import items_of, rules_of, translate_shipments

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from connectors.onec.odata import OneC
    from mappings.translate.result import Translation
    from tasks.links import Link
    from tasks.shipment_reading import Window

REREAD: Final = 2_000
"""Up to this many documents are read again by their references, 40 a request; more are read with all of their days."""


def compared(link: Link, window: Window, translation: Translation) -> tuple[Difference, list[Late]]:
    """Return what sending the window would change, and the late changes, which are no part of it.

    A document that changed late keeps its place in the ledger as they hold it, so that it is told again by every run
    until a wider window is sent.
    """
    work_date = window.work_date.isoformat()
    looked = (window.today - timedelta(days=link.settings.late_days)).isoformat()
    items = items_of(translation.tables["documents"])
    with link.database.session() as session:
        holds = held(session, link.id, Exchange.SHIPMENTS, since=min(looked, work_date))
    late = _late(link, window, holds, {item.key for item in items}, looked) if holds and looked < work_date else []
    apart = {each.key for each in late}
    replaced = [key for key, item in holds.items() if item.moment >= work_date and key not in apart]
    return compare(holds, (item for item in items if item.key not in apart), replaced=replaced), late


def _late(link: Link, window: Window, holds: Mapping[str, Item], sent: set[str], since: str) -> list[Late]:
    work_date = window.work_date.isoformat()
    with link.database.session() as session:
        covered = windows.covered_since(session, link.id, Exchange.SHIPMENTS)
    with link.onec() as onec:
        seen = _seen(link, onec, since)
        unsure = dict(windows.suspects(holds, seen, since=max(since, covered), work_date=work_date))
        frames = _again(link, onec, unsure, since)
    read: dict[str, Item] = {}
    if frames:
        rules = replace(rules_of(link, window), work_date=date.fromisoformat(since))
        documents = translate_shipments(link, frames, rules).tables["documents"]
        read = {item.key: item for item in items_of(documents) if item.key in unsure}
    return windows.late_changes(holds, seen, sent=sent, read=read, since=since, work_date=work_date)


def _again(link: Link, onec: OneC, unsure: Mapping[str, Seen], since: str) -> dict[str, pd.DataFrame]:
    """Return the lines of some documents: by their references where these are few, else all from a date on."""
    frames: dict[str, pd.DataFrame] = {}
    for kind, source in sources(link).items():
        keys = [key for key, now in unsure.items() if now.kind == kind]
        if len(keys) > REREAD:
            frames[kind] = onec.read(lines_reading(link, source, datetime.fromisoformat(since)))
        elif keys:
            reading = lines_reading(link, source)
            frames[kind] = onec.read_any(reading, source_of(reading, "document"), keys)
    return frames


def _seen(link: Link, onec: OneC, since: str) -> dict[str, Seen]:
    """Return all documents from a date on, their heads only."""
    seen: dict[str, Seen] = {}
    for kind, source in sources(link).items():
        reading = link.reading(source, since=("date", datetime.fromisoformat(since)))
        frame = onec.read(replace(some(reading, HEADS), section=""))
        stands = frame["posted"].to_numpy() & ~frame["deleted"].to_numpy()
        dates = frame["date"].dt.strftime("%Y-%m-%d").fillna("")
        columns = (frame["document"].astype(object), frame["number"], dates, frame["version"], stands.tolist())
        seen |= {key: Seen(kind, *rest) for key, *rest in zip(*columns, strict=True)}
    return seen
