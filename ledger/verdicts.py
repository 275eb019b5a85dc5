"""The words that a manufacturer can say of a parcel, and confirmations as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from mappings.model import Exchange

if TYPE_CHECKING:
    from datetime import datetime


class Verdict(StrEnum):
    """What a confirmation is at. ``superseded`` and ``overdue`` nobody says: they come by themselves."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REMARKS = "remarks"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    OVERDUE = "overdue"


WORDS: Final = (Verdict.ACCEPTED, Verdict.REMARKS, Verdict.REFUSED)
"""What the manufacturer can say; a word that comes after the deadline counts all the same."""

CHANGES_ONLY: Final = frozenset({Exchange.OUTLETS, Exchange.STATUSES, Exchange.OWN_GOODS, Exchange.PRICES})
"""Exchanges whose parcels carry what changed since the one before: a newer parcel takes no older one's place."""

RUSSIAN: Final = {
    Verdict.WAITING: "ждёт слова производителя",
    Verdict.ACCEPTED: "принято",
    Verdict.REMARKS: "принято с замечаниями",
    Verdict.REFUSED: "не принято",
    Verdict.SUPERSEDED: "заменено более новой посылкой",
    Verdict.OVERDUE: "срок ответа прошёл",
}
"""How an operator reads a state."""


class Fate(StrEnum):
    """What becomes of something that was refused."""

    REOPENED = "reopened"
    WHOLE = "whole"
    DELETION = "deletion"
    UNKNOWN = "unknown"


FATES: Final = {
    Fate.REOPENED: "будет отправлено заново следующим запуском",
    Fate.WHOLE: "обмен передаёт данные целиком: следующий запуск отправит их заново",
    Fate.DELETION: "не принято удаление: документа в 1С больше нет, решите это с производителем",
    Fate.UNKNOWN: "в посылке такого нет: уточните номер у производителя",
}
"""How an operator reads a fate."""


@dataclass(frozen=True, slots=True)
class Word:
    """What the manufacturer said: ``by`` and ``at`` are theirs (None = now), ``author`` is who wrote it down here.

    ``documents`` name what is refused, in their words: a document's number, an outlet's code, a row; none = all of it.
    """

    verdict: Verdict
    by: str
    at: datetime | None = None
    remark: str = ""
    documents: tuple[str, ...] = ()
    author: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that was refused: ``document`` as they named it ("" = the whole parcel), ``keys`` are ours."""

    document: str
    fate: Fate
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The wait for a word on a parcel and what came of it; ``refused`` are :class:`Refusal` as JSON values."""

    parcel_id: int
    link: str
    exchange: str
    state: Verdict
    source: str
    run_id: str
    asked_at: datetime
    deadline: datetime
    reminded_at: datetime | None
    said_by: str
    said_at: datetime | None
    remark: str
    refused: list[dict[str, Any]]
    author: str
    ended_at: datetime | None


def refusals(found: Confirmation) -> list[str]:
    """Return what was refused, a sentence each, as an operator reads it."""
    return [f"{each['document'] or 'вся посылка'}: {FATES[Fate(each['fate'])]}" for each in found.refused]
