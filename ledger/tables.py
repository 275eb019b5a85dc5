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


class FolderStateRow(Base):
    """What was read of a link's exchange folder with 1C, as its connector left it: a cache, made again where lost."""

    __tablename__ = "folder_state"

    link_id: Mapped[int] = link_column(primary_key=True)
    state: Mapped[str]
    at: Mapped[datetime]


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


class ItemRow(Base):
    """A thing that a parcel would change at the other side: a document, an outlet, an order's status.

    ``action`` is one of :class:`ledger.documents.Action`; quantity and amount are millionths; ``identity`` is what was
    written of it into the message (number, date, kind), so that it can be found or taken back later; ``moment`` is
    the ISO date that decides whether a window holds it, or empty.
    """

    __tablename__ = "parcel_item"

    parcel_id: Mapped[int] = _parent("parcel.id", primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str]
    hash: Mapped[str]
    identity: Mapped[dict[str, Any]]
    moment: Mapped[str]
    quantity: Mapped[int]
    amount: Mapped[int]


class HeldRow(Base):
    """A thing of ours that the other side holds, as of its last receipt; columns as in :class:`ItemRow`."""

    __tablename__ = "held"
    # Totals by day are asked for: the index alone answers.
    __table_args__ = (Index("ix_held_moment", "link_id", "exchange", "moment", "amount"),)

    link_id: Mapped[int] = link_column(primary_key=True)
    exchange: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str]
    identity: Mapped[dict[str, Any]]
    moment: Mapped[str]
    quantity: Mapped[int]
    amount: Mapped[int]
    parcel_id: Mapped[int]
    at: Mapped[datetime]


class HeldOrderRow(Base):
    """Which held documents come from which order of the manufacturer's, so that an order finds its shipments."""

    __tablename__ = "held_order"
    __table_args__ = (Index("ix_held_order_key", "link_id", "exchange", "key"),)

    link_id: Mapped[int] = link_column(primary_key=True)
    exchange: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)


class OrderRow(Base):
    """An order of the manufacturer's and what became of it; states in :class:`ledger.orders.OrderState`.

    ``content`` is the order as canonical values (head, lines, options), ``hash`` is of it; ``pending`` is a changed
    content that could not be carried out yet. ``reasons``: why it stands still, all at once, each with kind, key, line,
    said. ``document`` is the reference of the 1C document, ``amount`` its sum in millionths of money; ``written`` is
    what it was written with: version, lines with what they are at the manufacturer, notes.
    """

    __tablename__ = "customer_order"
    __table_args__ = (UniqueConstraint("link_id", "number"), Index("ix_customer_order_state", "link_id", "state"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    link_id: Mapped[int] = link_column()
    number: Mapped[str]
    state: Mapped[str]
    hash: Mapped[str]
    content: Mapped[dict[str, Any]]
    pending: Mapped[dict[str, Any]]
    reasons: Mapped[list[Any]]
    written: Mapped[dict[str, Any]]
    message_id: Mapped[int]
    entity: Mapped[str]
    document: Mapped[str] = mapped_column(index=True)
    document_number: Mapped[str]
    amount: Mapped[int]
    received_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    created_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]


class OrderEventRow(Base):
    """One step of an order's story; ``author`` is empty where the program took it."""

    __tablename__ = "order_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = _parent("customer_order.id", index=True)
    at: Mapped[datetime]
    event: Mapped[str]
    note: Mapped[str]
    author: Mapped[str]


class OverrideRow(Base):
    """What a person decided about an order or one of its lines (``line`` 0 = the whole order), with name and reason.

    ``action`` is one of :class:`ledger.orders.Override`; in force while ``ended_at`` is empty.
    """

    __tablename__ = "order_override"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = _parent("customer_order.id", index=True)
    line: Mapped[int]
    action: Mapped[str]
    value: Mapped[str]
    author: Mapped[str]
    reason: Mapped[str]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ConfirmationRow(Base):
    """The manufacturer's word on one parcel; states in :class:`ledger.verdicts.Verdict`.

    ``run_id`` is the suspended run that waits for it, empty where none does. ``refused`` lists what was refused, each a
    :class:`ledger.verdicts.Refusal`. ``said_by`` and ``said_at`` are the manufacturer's, ``author`` who wrote it
    down here.
    """

    __tablename__ = "confirmation"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    parcel_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("parcel.id", ondelete="CASCADE"), unique=True)
    link_id: Mapped[int] = link_column()
    exchange: Mapped[str]
    state: Mapped[str]
    source: Mapped[str]
    run_id: Mapped[str]
    asked_at: Mapped[datetime]
    deadline: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    said_by: Mapped[str]
    said_at: Mapped[datetime | None]
    remark: Mapped[str]
    refused: Mapped[list[Any]]
    author: Mapped[str]
    ended_at: Mapped[datetime | None]


class GateRow(Base):
    """One gate of a link's trial: its state and the evidence for it; ``author`` where a person decided."""

    __tablename__ = "trial_gate"

    link_id: Mapped[int] = link_column(primary_key=True)
    gate: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    said: Mapped[str]
    todo: Mapped[str]
    author: Mapped[str]
    updated_at: Mapped[datetime]
    passed_at: Mapped[datetime | None]


class PilotRow(Base):
    """One stretch of pilot operation; ``forced`` with its reason where the trial was not complete."""

    __tablename__ = "pilot"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    link_id: Mapped[int] = link_column()
    started_at: Mapped[datetime]
    started_by: Mapped[str]
    forced: Mapped[bool]
    reason: Mapped[str]
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str]


class AlertRow(Base):
    """One alert: raised once, cleared once; ``key`` tells alerts of a kind apart (an exchange, a parcel)."""

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_open", "link_id", "kind", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    link_id: Mapped[int] = link_column()
    kind: Mapped[str]
    key: Mapped[str]
    said: Mapped[str]
    todo: Mapped[str]
    facts: Mapped[dict[str, Any]]
    raised_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
    cleared_told_at: Mapped[datetime | None]
