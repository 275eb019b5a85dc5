"""The tables of the matching itself: what is proposed, who looks at it, what was decided, checked and learnt.

Probabilities are ten-thousandths, values millionths of money: integers sort and page the same on every database.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, BigId, link_column

BYTEWISE = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared byte by byte, so that an index answers which words begin so."""


class SuggestionRow(Base):
    """One thing of ours in the work list, with what is proposed for it; queues in :class:`mappings.worklist.Queue`.

    The best candidate's ids and factor stand in columns, all candidates in ``candidates`` (their_id, their_unit, name,
    unit_name, chance, reasons). ``scope``: the good of ours that a unit's row is about. ``value``, ``orders`` and
    ``lines``: what it blocks. ``search``: its names and codes in small letters; ``name_key``: its name without signs,
    by which doubles are found; ``warehouses``: where it lies, ``|a|b|``.
    """

    __tablename__ = "suggestion"
    __table_args__ = (
        Index("ix_suggestion_blocks", "link_id", "kind", "queue", "orders", "value", "our_id", "scope"),
        Index("ix_suggestion_chance", "link_id", "kind", "queue", "chance", "our_id", "scope"),
        Index("ix_suggestion_name_key", "link_id", "kind", "name_key"),
        Index("ix_suggestion_their", "link_id", "kind", "their_id"),
        Index("ix_suggestion_group", "link_id", "kind", "queue", "group_name"),
    )

    link_id: Mapped[int] = link_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    our_id: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    queue: Mapped[str]
    name: Mapped[str]
    code: Mapped[str]
    unit_id: Mapped[str]
    unit_name: Mapped[str]
    group_name: Mapped[str]
    warehouses: Mapped[str]
    search: Mapped[str]
    name_key: Mapped[str]
    chance: Mapped[int]
    their_id: Mapped[str]
    their_unit: Mapped[str]
    numerator: Mapped[int]
    denominator: Mapped[int]
    candidates: Mapped[list[Any]]
    note: Mapped[str]
    value: Mapped[int]
    orders: Mapped[int]
    lines: Mapped[int]
    refreshed_at: Mapped[datetime]


class WordRow(Base):
    """A word of a thing's names and codes, for search by how words begin; ``side`` is ours or theirs."""

    __tablename__ = "match_word"

    link_id: Mapped[int] = link_column(primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(BYTEWISE, primary_key=True)
    item_id: Mapped[str] = mapped_column(primary_key=True)


class ClaimRow(Base):
    """A row that an operator has before him until a moment; nobody else decides it meanwhile."""

    __tablename__ = "match_claim"

    link_id: Mapped[int] = link_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    our_id: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    operator: Mapped[str]
    until: Mapped[datetime]


class BatchRow(Base):
    """Many decisions made at once: all green under a filter, or a file; undone as a whole."""

    __tablename__ = "match_batch"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    link_id: Mapped[int] = link_column()
    kind: Mapped[str]
    source: Mapped[str]
    terms: Mapped[dict[str, Any]]
    rows: Mapped[int]
    author: Mapped[str]
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str]


class DecisionRow(Base):
    """One decision of a person on one row, and what it takes to undo it: pairs made or ended, the queue before."""

    __tablename__ = "match_decision"
    __table_args__ = (
        Index("ix_match_decision_author", "link_id", "author", "id"),
        Index("ix_match_decision_item", "link_id", "kind", "our_id", "scope"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    link_id: Mapped[int] = link_column()
    kind: Mapped[str]
    our_id: Mapped[str]
    scope: Mapped[str]
    batch_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("match_batch.id", ondelete="CASCADE"), index=True
    )
    action: Mapped[str]
    their_id: Mapped[str]
    pairs: Mapped[list[Any]]
    queue_before: Mapped[str]
    author: Mapped[str]
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str]


class AuditRow(Base):
    """A green pair that was confirmed unseen and drawn by lot to be looked at; verdicts in :mod:`mappings.audits`."""

    __tablename__ = "match_audit"
    __table_args__ = (Index("ix_match_audit_open", "link_id", "kind", "verdict", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    link_id: Mapped[int] = link_column()
    kind: Mapped[str]
    our_id: Mapped[str]
    scope: Mapped[str]
    their_id: Mapped[str]
    chance: Mapped[int]
    batch_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("match_batch.id", ondelete="CASCADE"), index=True
    )
    drawn_at: Mapped[datetime]
    verdict: Mapped[str]
    author: Mapped[str]
    checked_at: Mapped[datetime | None]


class ModelRow(Base):
    """What the engine had learnt at a moment: the model as JSON, the figures it measured, the least green chance."""

    __tablename__ = "match_model"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    link_id: Mapped[int] = link_column()
    kind: Mapped[str]
    version: Mapped[str]
    model: Mapped[str]
    figures: Mapped[dict[str, Any]]
    green: Mapped[int]
    made_at: Mapped[datetime]
