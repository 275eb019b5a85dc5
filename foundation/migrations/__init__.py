"""Alembic migrations, written by hand."""
