"""What alembic runs: migrations on the connection that it is handed, inside the caller's transaction.

The scripts are written by hand, so no table is imported here and the arrows keep running one way; a test compares what
they build with the models of every room.
"""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
