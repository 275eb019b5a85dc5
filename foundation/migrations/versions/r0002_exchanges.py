"""What the other side holds, orders, confirmations, the trial, the pilot and alerts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

TABLES = (
    *("alert", "pilot", "trial_gate", "confirmation", "order_override", "order_event", "customer_order", "folder_state"),
    *("held", "parcel_item"),
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
    _add_columns()
    _create_held()
    _create_folder_state()
    _create_orders()
    _create_confirmations()
    _create_rollout()


def _add_columns() -> None:
    for table, column in (("our_item", "address"), ("their_item", "address"), ("their_item", "inn")):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column(column, sa.Text, nullable=False, server_default=""))
            batch.alter_column(column, server_default=None)
    with op.batch_alter_table("our_item") as batch:
        batch.add_column(sa.Column("blocked", sa.Boolean, nullable=False, server_default=sa.false()))
        batch.alter_column("blocked", server_default=None)


def _create_held() -> None:
    op.create_table(
        "parcel_item",
        *_columns(sa.BigInteger, "parcel_id"),
        *_columns(sa.Text, "key", "action", "hash"),
        *_columns(sa.JSON, "identity"),
        *_columns(sa.Text, "moment"),
        *_columns(sa.BigInteger, "quantity", "amount"),
        _key("parcel_item", "parcel_id", "key"),
        _foreign("parcel_item", "parcel_id", "parcel"),
    )
    op.create_table(
        "held",
        *_columns(sa.BigInteger, "link_id"),
        *_columns(sa.Text, "exchange", "key", "hash"),
        *_columns(sa.JSON, "identity"),
        *_columns(sa.Text, "moment"),
        *_columns(sa.BigInteger, "quantity", "amount", "parcel_id"),
        *_columns(MOMENT, "at"),
        _key("held", "link_id", "exchange", "key"),
        _foreign("held", "link_id", "link"),
    )


def _create_folder_state() -> None:
    op.create_table(
        "folder_state",
        *_columns(sa.BigInteger, "link_id"),
        *_columns(sa.Text, "state"),
        *_columns(MOMENT, "at"),
        _key("folder_state", "link_id"),
        _foreign("folder_state", "link_id", "link"),
    )


def _create_orders() -> None:
    op.create_table(
        "customer_order",
        _id(),
        *_columns(sa.BigInteger, "link_id"),
        *_columns(sa.Text, "number", "state", "hash"),
        *_columns(sa.JSON, "content", "pending", "reasons", "written"),
        *_columns(sa.BigInteger, "message_id"),
        *_columns(sa.Text, "entity", "document", "document_number"),
        *_columns(sa.BigInteger, "amount"),
        *_columns(MOMENT, "received_at", "changed_at"),
        *_columns(MOMENT, "created_at", "answered_at", nullable=True),
        _key("customer_order", "id"),
        _foreign("customer_order", "link_id", "link"),
        sa.UniqueConstraint("link_id", "number", name="uq_customer_order_link_id_number"),
    )
    op.create_index("ix_customer_order_state", "customer_order", ["link_id", "state"])
    op.create_index("ix_customer_order_document", "customer_order", ["document"])
    op.create_table(
        "order_event",
        _id(),
        *_columns(sa.BigInteger, "order_id"),
        *_columns(MOMENT, "at"),
        *_columns(sa.Text, "event", "note", "author"),
        _key("order_event", "id"),
        _foreign("order_event", "order_id", "customer_order"),
    )
    op.create_index("ix_order_event_order_id", "order_event", ["order_id"])
    op.create_table(
        "order_override",
        _id(),
        *_columns(sa.BigInteger, "order_id", "line"),
        *_columns(sa.Text, "action", "value", "author", "reason"),
        *_columns(MOMENT, "made_at"),
        *_columns(MOMENT, "ended_at", nullable=True),
        _key("order_override", "id"),
        _foreign("order_override", "order_id", "customer_order"),
    )
    op.create_index("ix_order_override_order_id", "order_override", ["order_id"])


def _create_confirmations() -> None:
    op.create_table(
        "confirmation",
        _id(),
        *_columns(sa.BigInteger, "parcel_id", "link_id"),
        *_columns(sa.Text, "exchange", "state", "source", "run_id"),
        *_columns(MOMENT, "asked_at", "deadline"),
        *_columns(MOMENT, "reminded_at", nullable=True),
        *_columns(sa.Text, "said_by"),
        *_columns(MOMENT, "said_at", nullable=True),
        *_columns(sa.Text, "remark"),
        *_columns(sa.JSON, "refused"),
        *_columns(sa.Text, "author"),
        *_columns(MOMENT, "ended_at", nullable=True),
        _key("confirmation", "id"),
        _foreign("confirmation", "parcel_id", "parcel"),
        _foreign("confirmation", "link_id", "link"),
        sa.UniqueConstraint("parcel_id", name="uq_confirmation_parcel_id"),
    )


def _create_rollout() -> None:
    op.create_table(
        "trial_gate",
        *_columns(sa.BigInteger, "link_id"),
        *_columns(sa.Text, "gate", "state"),
        *_columns(sa.JSON, "evidence"),
        *_columns(sa.Text, "said", "todo", "author"),
        *_columns(MOMENT, "updated_at"),
        *_columns(MOMENT, "passed_at", nullable=True),
        _key("trial_gate", "link_id", "gate"),
        _foreign("trial_gate", "link_id", "link"),
    )
    op.create_table(
        "pilot",
        _id(),
        *_columns(sa.BigInteger, "link_id"),
        *_columns(MOMENT, "started_at"),
        *_columns(sa.Text, "started_by"),
        *_columns(sa.Boolean, "forced"),
        *_columns(sa.Text, "reason"),
        *_columns(MOMENT, "stopped_at", nullable=True),
        *_columns(sa.Text, "stopped_by"),
        _key("pilot", "id"),
        _foreign("pilot", "link_id", "link"),
    )
    op.create_table(
        "alert",
        _id(),
        *_columns(sa.BigInteger, "link_id"),
        *_columns(sa.Text, "kind", "key", "said", "todo"),
        *_columns(sa.JSON, "facts"),
        *_columns(MOMENT, "raised_at"),
        *_columns(MOMENT, "told_at", "cleared_at", "cleared_told_at", nullable=True),
        _key("alert", "id"),
        _foreign("alert", "link_id", "link"),
    )
    op.create_index("ix_alert_open", "alert", ["link_id", "kind", "key"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for table, columns in (("our_item", ("address", "blocked")), ("their_item", ("address", "inn"))):
        for column in columns:
            op.drop_column(table, column)
