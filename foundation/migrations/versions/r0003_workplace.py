"""The matching's work list, decisions, checks and models; users and sessions of the workplace; indexes for its pages."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

TABLES = (
    *("workplace_failure", "workplace_session", "workplace_user", "match_model", "match_audit", "match_decision"),
    *("match_batch", "match_claim", "match_word", "suggestion", "held_order"),
)


def _columns(kind: Any, *names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=nullable) for name in names]


def _id() -> sa.Column[Any]:
    return sa.Column("id", BIG_ID, nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_{target}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    _create_suggestions()
    _create_decisions()
    _create_checks()
    _create_users()
    _create_held_orders()
    _create_indexes()


def _create_suggestions() -> None:
    key = ("link_id", "kind", "our_id", "scope")
    op.create_table(
        "suggestion",
        *_columns(sa.BigInteger, "link_id"),
        *_columns(sa.Text, "kind", "our_id", "scope", "queue", "name", "code", "unit_id", "unit_name", "group_name"),
        *_columns(sa.Text, "warehouses", "search", "name_key"),
        *_columns(sa.BigInteger, "chance"),
        *_columns(sa.Text, "their_id", "their_unit"),
        *_columns(sa.BigInteger, "numerator", "denominator"),
        *_columns(sa.JSON, "candidates"),
        *_columns(sa.Text, "note"),
        *_columns(sa.BigInteger, "value", "orders", "lines"),
        *_columns(MOMENT, "refreshed_at"),
        _key("suggestion", *key),
        _foreign("suggestion", "link_id", "link"),
    )
    queue = ("link_id", "kind", "queue")
    op.create_index("ix_suggestion_blocks", "suggestion", [*queue, "orders", "value", "our_id", "scope"])
    op.create_index("ix_suggestion_chance", "suggestion", [*queue, "chance", "our_id", "scope"])
    op.create_index("ix_suggestion_name_key", "suggestion", ["link_id", "kind", "name_key"])
    op.create_index("ix_suggestion_their", "suggestion", ["link_id", "kind", "their_id"])
    op.create_index("ix_suggestion_group", "suggestion", [*queue, "group_name"])
    op.create_table(
        "match_word",
        *_columns(sa.BigInteger, "link_id"),
        *_columns(sa.Text, "side", "kind"),
        *_columns(sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), "word"),
        *_columns(sa.Text, "item_id"),
        _key("match_word", "link_id", "side", "kind", "word", "item_id"),
        _foreign("match_word", "link_id", "link"),
    )
    op.create_table(
        "match_claim",
        *_columns(sa.BigInteger, "link_id"),
        *_columns(sa.Text, "kind", "our_id", "scope", "operator"),
        *_columns(MOMENT, "until"),
        _key("match_claim", *key),
        _foreign("match_claim", "link_id", "link"),
    )


def _create_decisions() -> None:
    op.create_table(
        "match_batch",
        _id(),
        *_columns(sa.BigInteger, "link_id"),
        *_columns(sa.Text, "kind", "source"),
        *_columns(sa.JSON, "terms"),
        *_columns(sa.BigInteger, "rows"),
        *_columns(sa.Text, "author"),
        *_columns(MOMENT, "made_at"),
        *_columns(MOMENT, "undone_at", nullable=True),
        *_columns(sa.Text, "undone_by"),
        _key("match_batch", "id"),
        _foreign("match_batch", "link_id", "link"),
    )
    op.create_table(
        "match_decision",
        _id(),
        *_columns(sa.BigInteger, "link_id"),
        *_columns(sa.Text, "kind", "our_id", "scope"),
        *_columns(sa.BigInteger, "batch_id", nullable=True),
        *_columns(sa.Text, "action", "their_id"),
        *_columns(sa.JSON, "pairs"),
        *_columns(sa.Text, "queue_before", "author"),
        *_columns(MOMENT, "made_at"),
        *_columns(MOMENT, "undone_at", nullable=True),
        *_columns(sa.Text, "undone_by"),
        _key("match_decision", "id"),
        _foreign("match_decision", "link_id", "link"),
        _foreign("match_decision", "batch_id", "match_batch"),
    )
    op.create_index("ix_match_decision_batch_id", "match_decision", ["batch_id"])
    op.create_index("ix_match_decision_author", "match_decision", ["link_id", "author", "id"])
    op.create_index("ix_match_decision_item", "match_decision", ["link_id", "kind", "our_id", "scope"])


def _create_checks() -> None:
    op.create_table(
        "match_audit",
        _id(),
        *_columns(sa.BigInteger, "link_id"),
        *_columns(sa.Text, "kind", "our_id", "scope", "their_id"),
        *_columns(sa.BigInteger, "chance"),
        *_columns(sa.BigInteger, "batch_id", nullable=True),
        *_columns(MOMENT, "drawn_at"),
        *_columns(sa.Text, "verdict", "author"),
        *_columns(MOMENT, "checked_at", nullable=True),
        _key("match_audit", "id"),
        _foreign("match_audit", "link_id", "link"),
        _foreign("match_audit", "batch_id", "match_batch"),
    )
    op.create_index("ix_match_audit_batch_id", "match_audit", ["batch_id"])
    op.create_index("ix_match_audit_open", "match_audit", ["link_id", "kind", "verdict", "id"])
    op.create_table(
        "match_model",
        _id(),
        *_columns(sa.BigInteger, "link_id"),
        *_columns(sa.Text, "kind", "version", "model"),
        *_columns(sa.JSON, "figures"),
        *_columns(sa.BigInteger, "green"),
        *_columns(MOMENT, "made_at"),
        _key("match_model", "id"),
        _foreign("match_model", "link_id", "link"),
    )


def _create_users() -> None:
    op.create_table(
        "workplace_user",
        _id(),
        *_columns(sa.Text, "login", "name", "role", "password_hash"),
        *_columns(MOMENT, "created_at"),
        _key("workplace_user", "id"),
        sa.UniqueConstraint("login", name="uq_workplace_user_login"),
    )
    op.create_table(
        "workplace_session",
        *_columns(sa.Text, "key"),
        *_columns(sa.BigInteger, "user_id"),
        *_columns(sa.Text, "csrf"),
        *_columns(MOMENT, "made_at", "seen_at"),
        _key("workplace_session", "key"),
        _foreign("workplace_session", "user_id", "workplace_user"),
    )
    op.create_index("ix_workplace_session_user_id", "workplace_session", ["user_id"])
    op.create_table(
        "workplace_failure",
        *_columns(sa.Text, "login", "address"),
        *_columns(sa.BigInteger, "count"),
        *_columns(MOMENT, "last_at"),
        _key("workplace_failure", "login", "address"),
    )


def _create_indexes() -> None:
    """What the pages of the comparison ask for: things by day."""
    op.create_index("ix_held_moment", "held", ["link_id", "exchange", "moment", "amount"])


def _create_held_orders() -> None:
    op.create_table(
        "held_order",
        *_columns(sa.BigInteger, "link_id"),
        *_columns(sa.Text, "exchange", "number", "key"),
        _key("held_order", "link_id", "exchange", "number", "key"),
        _foreign("held_order", "link_id", "link"),
    )
    op.create_index("ix_held_order_key", "held_order", ["link_id", "exchange", "key"])


def downgrade() -> None:
    op.drop_index("ix_held_moment", "held")
    for table in TABLES:
        op.drop_table(table)
