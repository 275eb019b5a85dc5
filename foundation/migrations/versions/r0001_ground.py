"""The tables of the spine: links, the ledger, what both sides have, correspondences."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def _id() -> sa.Column[Any]:
    return sa.Column("id", BIG_ID, nullable=False)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger, nullable=False) for name in names]


def _jsons(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.JSON, nullable=False) for name in names]


def _flags(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Boolean, nullable=False) for name in names]


def _moments(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, MOMENT, nullable=nullable) for name in names]


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _foreign(table: str, column: str, target: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_{target}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "link",
        _id(),
        *_texts("name"),
        *_moments("created_at"),
        _key("link", "id"),
        sa.UniqueConstraint("name", name="uq_link_name"),
    )
    _create_ledger()
    _create_items()
    _create_correspondences()


def _create_ledger() -> None:
    _create_parcels()
    _create_messages()
    _create_lock()
    _create_set_aside()


def _create_parcels() -> None:
    op.create_table(
        "parcel",
        _id(),
        *_numbers("link_id"),
        *_texts("exchange", "direction", "run_id", "state"),
        *_jsons("window", "counts", "totals"),
        *_moments("created_at", "updated_at"),
        _key("parcel", "id"),
        _foreign("parcel", "link_id", "link"),
    )
    op.create_index("ix_parcel_link_exchange", "parcel", ["link_id", "exchange", "direction", "id"])
    op.create_index("ix_parcel_run_id", "parcel", ["run_id"])


def _create_messages() -> None:
    """Create what is sent: the messages of a parcel, their texts, what happened to them."""
    op.create_table(
        "message",
        _id(),
        *_numbers("parcel_id", "seq"),
        *_texts("scheme", "state"),
        *_flags("ambiguous"),
        *_texts("sha256"),
        *_numbers("raw_size", "wire_size", "rows"),
        *_jsons("totals"),
        *_numbers("attempts"),
        sa.Column("seconds", sa.Float, nullable=True),
        *_texts("receipt", "error"),
        *_moments("prepared_at"),
        *_moments("sent_at", "answered_at", nullable=True),
        _key("message", "id"),
        _foreign("message", "parcel_id", "parcel"),
        sa.UniqueConstraint("parcel_id", "seq", name="uq_message_parcel_id_seq"),
    )
    op.create_table(
        "message_body",
        *_numbers("message_id"),
        sa.Column("packed", sa.LargeBinary, nullable=False),
        _key("message_body", "message_id"),
        _foreign("message_body", "message_id", "message"),
    )
    op.create_table(
        "message_event",
        _id(),
        *_numbers("message_id"),
        *_moments("at"),
        *_texts("state", "note"),
        _key("message_event", "id"),
        _foreign("message_event", "message_id", "message"),
    )
    op.create_index("ix_message_event_message_id", "message_event", ["message_id"])


def _create_lock() -> None:
    op.create_table(
        "exchange_lock",
        *_numbers("link_id"),
        *_texts("exchange", "token", "run_id", "host", "machine"),
        *_numbers("pid"),
        *_texts("process_started"),
        *_moments("since", "renewed_at"),
        sa.Column("lease", sa.Float, nullable=False),
        _key("exchange_lock", "link_id", "exchange"),
        _foreign("exchange_lock", "link_id", "link"),
    )


def _create_set_aside() -> None:
    op.create_table(
        "set_aside",
        _id(),
        *_numbers("parcel_id"),
        *_texts("kind", "our_id", "their_id", "name", "reason", "said"),
        *_numbers("quantity", "value"),
        _key("set_aside", "id"),
        _foreign("set_aside", "parcel_id", "parcel"),
    )
    op.create_index("ix_set_aside_parcel_id_value", "set_aside", ["parcel_id", "value"])


def _create_items() -> None:
    op.create_table(
        "our_item",
        *_numbers("link_id"),
        *_texts("kind", "our_id", "code", "name", "full_name", "article"),
        *_jsons("barcodes"),
        *_texts("unit_id", "owner_id"),
        *_numbers("numerator", "denominator"),
        *_texts("their_code", "inn", "kpp", "parent"),
        *_numbers("price"),
        *_flags("is_group", "deleted"),
        *_moments("seen_at", "changed_at"),
        *_moments("vanished_at", nullable=True),
        _key("our_item", "link_id", "kind", "our_id"),
        _foreign("our_item", "link_id", "link"),
    )
    op.create_table(
        "their_item",
        *_numbers("link_id"),
        *_texts("kind", "their_id", "their_unit", "name", "unit_name"),
        *_numbers("factor"),
        *_texts("barcode"),
        *_moments("seen_at", "changed_at"),
        *_moments("vanished_at", nullable=True),
        _key("their_item", "link_id", "kind", "their_id", "their_unit"),
        _foreign("their_item", "link_id", "link"),
    )
    op.create_table(
        "item_change",
        _id(),
        *_numbers("link_id"),
        *_texts("side", "kind", "item_id", "scope", "field", "old", "new"),
        *_moments("at"),
        _key("item_change", "id"),
        _foreign("item_change", "link_id", "link"),
    )
    op.create_index("ix_our_item_unit", "our_item", ["link_id", "kind", "our_id", "unit_id"])
    op.create_index("ix_item_change_item", "item_change", ["link_id", "side", "kind", "item_id"])


def _create_correspondences() -> None:
    op.create_table(
        "correspondence",
        _id(),
        *_numbers("link_id"),
        *_texts("kind", "our_id", "scope", "their_id"),
        *_numbers("numerator", "denominator"),
        *_texts("source", "author", "note"),
        *_moments("made_at"),
        *_moments("ended_at", nullable=True),
        *_texts("ended_by", "end_reason"),
        sa.Column("replaces", sa.BigInteger, nullable=True),
        *_moments("reopened_at", nullable=True),
        *_texts("reopened_reason"),
        _key("correspondence", "id"),
        _foreign("correspondence", "link_id", "link"),
        _foreign("correspondence", "replaces", "correspondence", "SET NULL"),
    )
    active = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_correspondence_active",
        "correspondence",
        ["link_id", "kind", "our_id", "scope"],
        unique=True,
        sqlite_where=active,
        postgresql_where=active,
    )
    op.create_index("ix_correspondence_their_id", "correspondence", ["link_id", "kind", "their_id"])


def downgrade() -> None:
    for table in (
        "correspondence",
        "item_change",
        "their_item",
        "our_item",
        "set_aside",
        "exchange_lock",
        "message_event",
        "message_body",
        "message",
        "parcel",
        "link",
    ):
        op.drop_table(table)
