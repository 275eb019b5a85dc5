"""Parcels, messages and what belongs to them as plain values, for flows, the command line and pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ledger.states import MessageState, ParcelState

Direction = Literal["out", "in"]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be stored: ``text`` as it will leave, ``wire_size`` the bytes of the whole request (0 = unknown).

    ``totals`` are exact control totals: Decimal, or text of one.
    """

    scheme: str
    text: str
    rows: int
    wire_size: int = 0
    totals: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Aside:
    """A row that does not go: ``kind`` is good, unit, warehouse or row; quantity and value are millionths.

    ``reason`` is the rule's name, ``said`` the operator's sentence.
    """

    kind: str
    reason: str
    said: str
    our_id: str = ""
    their_id: str = ""
    name: str = ""
    quantity: int = 0
    value: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel: counts are integers by name (``left_out`` is a mapping), totals decimal strings."""

    id: int
    link: str
    exchange: str
    direction: Direction
    run_id: str
    state: ParcelState
    window: dict[str, Any]
    counts: dict[str, Any]
    totals: dict[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """A message without its text; sizes in bytes, ``seconds`` is how long the answer took."""

    id: int
    parcel_id: int
    seq: int
    scheme: str
    state: MessageState
    ambiguous: bool
    sha256: str
    raw_size: int
    wire_size: int
    rows: int
    totals: dict[str, Any]
    attempts: int
    seconds: float | None
    receipt: str
    error: str
    prepared_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    kept: bool
    """Whether its text is still there."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change of a message's state."""

    at: datetime
    state: MessageState
    note: str
