"""Confirmations: the manufacturer's verdicts, row by row, become words on whole parcels.

A row ends in exactly one fate: it is of a message that waits, or it is left out as ``чужое сообщение`` (no message that
waits: of an older parcel, of somebody else) or ``неизвестное слово`` (not in the layout's dictionary). It finds its
message by the number that the receipt gave; a row without one, by scheme and document number, if it is not older than
the message. Of several rows on the same thing the last one holds.

A parcel has its word when each of its messages has one: a verdict on the whole, at least one refused document, or every
document accepted by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

Verdict = Literal["accepted", "remarks", "refused"]

FOREIGN: Final = "чужое сообщение"
UNKNOWN: Final = "неизвестное слово"
_WORDS: Final[dict[str, Verdict]] = {"accepted": "accepted", "remarks": "remarks", "refused": "refused"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that waits for its word: ``number`` is the receipt's ("" = it gave none).

    ``documents`` are the numbers of what its parcel carries, ``at`` is when it was sent, on the link's wall clock.
    """

    parcel: int
    id: int
    scheme: str
    number: str
    documents: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Judgement:
    """The word on a parcel; ``at`` is the last row's, on the manufacturer's wall clock (None = they gave none)."""

    verdict: Verdict
    remark: str
    documents: tuple[str, ...]
    at: datetime | None


@dataclass(slots=True)
class Judged:
    """Words by parcel, and where each row that came ended."""

    words: dict[int, Judgement] = field(default_factory=dict)
    read: int = 0
    used: int = 0
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Row:
    number: str
    scheme: str
    document: str
    verdict: Verdict | None
    remark: str
    at: datetime | None


def judge(rows: pd.DataFrame, sent: Sequence[Sent], words: Mapping[str, str]) -> Judged:
    """Match verdicts with the messages that wait.

    ``rows`` has columns message, scheme, document, verdict, remark, at; ``words`` is our word → theirs.
    """
    theirs = {word.strip().casefold(): _WORDS[ours] for ours, word in words.items() if ours in _WORDS}
    found: dict[int, list[_Row]] = {}
    judged = Judged(read=len(rows))
    for row in _rows(rows, theirs):
        message = _message(row, sent)
        if message is None or row.verdict is None:
            reason = FOREIGN if message is None else UNKNOWN
            judged.left_out[reason] = judged.left_out.get(reason, 0) + 1
            continue
        judged.used += 1
        found.setdefault(message.id, []).append(row)
    for parcel in dict.fromkeys(each.parcel for each in sent):
        word = _word([(each, found.get(each.id, [])) for each in sent if each.parcel == parcel])
        if word is not None:
            judged.words[parcel] = word
    return judged


def _rows(frame: pd.DataFrame, theirs: Mapping[str, Verdict]) -> Iterable[_Row]:
    columns = ("message", "scheme", "document", "verdict", "remark", "at")
    for message, scheme, document, verdict, remark, at in frame[list(columns)].itertuples(index=False):
        number = str(message) if message else ""
        when = None if pd.isna(at) else at.to_pydatetime()
        known = theirs.get(str(verdict).strip().casefold())
        yield _Row(number, str(scheme), str(document).strip(), known, str(remark).strip(), when)


def _message(row: _Row, sent: Sequence[Sent]) -> Sent | None:
    of_scheme = [each for each in sent if row.scheme in ("", each.scheme)]
    if row.number:
        return next((each for each in of_scheme if each.number == row.number), None)
    fresh = [each for each in of_scheme if row.document and row.at is not None and row.at >= each.at]
    return next((each for each in reversed(fresh) if row.document in each.documents), None)


def _word(messages: Sequence[tuple[Sent, Sequence[_Row]]]) -> Judgement | None:
    """Return the word on a parcel, or None while one of its messages has none."""
    refused: list[str] = []
    verdicts: list[Verdict] = []
    wholly = False
    for message, rows in messages:
        verdict, documents = _of_message(message, rows)
        if verdict is None:
            return None
        verdicts.append(verdict)
        refused += documents
        wholly = wholly or (verdict == "refused" and not documents)
    everything = [row for _, rows in messages for row in rows]
    said = "; ".join(dict.fromkeys(row.remark for row in everything if row.remark))
    worst: Verdict = "refused" if "refused" in verdicts else "remarks" if said or "remarks" in verdicts else "accepted"
    moments = [row.at for row in everything if row.at is not None]
    named = () if wholly else tuple(dict.fromkeys(refused))
    return Judgement(worst, said, named, max(moments, default=None))


def _of_message(message: Sent, rows: Sequence[_Row]) -> tuple[Verdict | None, list[str]]:
    """Return the verdict on a message and the documents of it that are refused; none with ``refused`` = all of it."""
    by_document = {row.document: row.verdict for row in rows}
    whole = by_document.pop("", None)
    refused = [document for document, verdict in by_document.items() if verdict == "refused"]
    if refused and whole != "refused":
        return "refused", refused
    if whole is not None:
        return whole, []
    if message.documents and message.documents <= by_document.keys():
        return ("remarks" if "remarks" in by_document.values() else "accepted"), []
    return None, []
