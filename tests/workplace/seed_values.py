"""What the seeded database is made of: its moment, its password, its link."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PASSWORD = "длинный-пароль-1"
LINK = "probe"
MILLION = 1_000_000
