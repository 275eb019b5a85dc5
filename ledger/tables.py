"""The ledger's tables. Bodies lie apart from messages, so that a change of state does not rewrite megabytes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, BigId, link_column


def _parent(target: str, *, primary_key: bool = False, index: bool | None = None) -> Mapped[int]:
    return mapped_column(BigInteger, ForeignKey(target, ondelete="CASCADE"), primary_key=primary_key, index=index)


class ParcelRow(Base):
    """A parcel (посылка): what one run sends, or what it was given; states in :class:`ledger.states.ParcelState`."""

    __tablename__ = "parcel"
    __table_args__ = (Index("ix_parcel_link_exchange", "link_id", "exchange", "direction", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    link_id: Mapped[int] = link_column()
    exchange: Mapped[str]
    direction: Mapped[str]
    run_id: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    window: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]]
    totals: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MessageRow(Base):
    """A message (сообщение): one request to the service, or one answer of it; sizes in bytes."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("parcel_id", "seq"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    parcel_id: Mapped[int] = _parent("parcel.id")
    seq: Mapped[int]
    scheme: Mapped[str]
    state: Mapped[str]
    ambiguous: Mapped[bool]
    sha256: Mapped[str]
    raw_size: Mapped[int]
    wire_size: Mapped[int]
    rows: Mapped[int]
    totals: Mapped[dict[str, Any]]
    attempts: Mapped[int]
    seconds: Mapped[float | None]
    receipt: Mapped[str]
    error: Mapped[str]
    prepared_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]


class BodyRow(Base):
    """The text of a message: UTF-8, zlib. Retention takes it before it takes the message."""

    __tablename__ = "message_body"

    message_id: Mapped[int] = _parent("message.id", primary_key=True)
    packed: Mapped[bytes] = mapped_column(LargeBinary)


class EventRow(Base):
    """One change of a message's state."""

    __tablename__ = "message_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = _parent("message.id", index=True)
    at: Mapped[datetime]
    state: Mapped[str]
    note: Mapped[str]


class LockRow(Base):
    """The lock of a link's exchange and the process that holds it; ``token`` names one holding of it."""

    __tablename__ = "exchange_lock"

    link_id: Mapped[int] = link_column(primary_key=True)
    exchange: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str]
    run_id: Mapped[str]
    host: Mapped[str]
    machine: Mapped[str]
    pid: Mapped[int]
    process_started: Mapped[str]
    since: Mapped[datetime]
    renewed_at: Mapped[datetime]
    lease: Mapped[float]


class AsideRow(Base):
    """A row that a parcel does not carry: why, and what it is worth (quantity and value in millionths)."""

    __tablename__ = "set_aside"
    __table_args__ = (Index("ix_set_aside_parcel_id_value", "parcel_id", "value"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    parcel_id: Mapped[int] = _parent("parcel.id")
    kind: Mapped[str]
    our_id: Mapped[str]
    their_id: Mapped[str]
    name: Mapped[str]
    reason: Mapped[str]
    said: Mapped[str]
    quantity: Mapped[int]
    value: Mapped[int]
