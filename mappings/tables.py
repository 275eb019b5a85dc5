"""The tables of what both sides have and of the pairs between them.

``factor``, ``numerator`` and ``denominator`` of items, prices: millionths. Numerator and denominator of a
correspondence are plain integers: one of ours = numerator/denominator of theirs.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, BigId, link_column


class OurItemRow(Base):
    """One thing of the distributor's: a good, a unit, a warehouse, a counterparty or an outlet (``kind``).

    ``unit_id``: a good's own unit, or the unit that a package's factor counts in. ``owner_id``: the good of a package,
    the counterparty of an outlet, the head office of a counterparty. ``blocked``: nothing may be sold to it.
    ``vanished_at``: it was not in the last reading.
    """

    __tablename__ = "our_item"
    # A translation asks for the unit of every good: the index alone answers.
    __table_args__ = (Index("ix_our_item_unit", "link_id", "kind", "our_id", "unit_id"),)

    link_id: Mapped[int] = link_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    our_id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    full_name: Mapped[str]
    article: Mapped[str]
    barcodes: Mapped[list[str]]
    unit_id: Mapped[str]
    owner_id: Mapped[str]
    numerator: Mapped[int]
    denominator: Mapped[int]
    their_code: Mapped[str]
    inn: Mapped[str]
    kpp: Mapped[str]
    parent: Mapped[str]
    price: Mapped[int]
    is_group: Mapped[bool]
    deleted: Mapped[bool]
    address: Mapped[str]
    blocked: Mapped[bool]
    seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    vanished_at: Mapped[datetime | None]


class TheirItemRow(Base):
    """One good of the manufacturer's in one of its units, or one of its outlets (``kind``).

    ``factor``: how many base units the unit holds. An outlet is known from the orders that name it: ``their_id`` is
    its CRMClientId, ``their_unit`` is empty.
    """

    __tablename__ = "their_item"

    link_id: Mapped[int] = link_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    their_id: Mapped[str] = mapped_column(primary_key=True)
    their_unit: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    unit_name: Mapped[str]
    factor: Mapped[int]
    barcode: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    inn: Mapped[str] = mapped_column(default="")
    seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    vanished_at: Mapped[datetime | None]


class ItemChangeRow(Base):
    """One field of one thing that changed; ``scope`` is the unit of a good of theirs, else empty."""

    __tablename__ = "item_change"
    __table_args__ = (Index("ix_item_change_item", "link_id", "side", "kind", "item_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    link_id: Mapped[int] = link_column()
    side: Mapped[str]
    kind: Mapped[str]
    item_id: Mapped[str]
    scope: Mapped[str]
    field: Mapped[str]
    old: Mapped[str]
    new: Mapped[str]
    at: Mapped[datetime]


class CorrespondenceRow(Base):
    """A confirmed pair and its history; it is active while ``ended_at`` is empty, at most one a thing of ours.

    ``scope``: the good of ours that a unit's pair holds for, else empty. ``reopened_at``: their side changed, so a
    person should look at it again; it is used meanwhile.
    """

    __tablename__ = "correspondence"
    __table_args__ = (
        Index(
            "uq_correspondence_active",
            "link_id",
            "kind",
            "our_id",
            "scope",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_correspondence_their_id", "link_id", "kind", "their_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    link_id: Mapped[int] = link_column()
    kind: Mapped[str]
    our_id: Mapped[str]
    scope: Mapped[str]
    their_id: Mapped[str]
    numerator: Mapped[int]
    denominator: Mapped[int]
    source: Mapped[str]
    author: Mapped[str]
    note: Mapped[str]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str]
    end_reason: Mapped[str]
    replaces: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("correspondence.id", ondelete="SET NULL"))
    reopened_at: Mapped[datetime | None]
    reopened_reason: Mapped[str]
