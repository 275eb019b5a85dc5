"""The tables of who may use the workplace. Passwords are argon2 hashes, session keys are kept as SHA-256 only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, BigId


class UserRow(Base):
    """A local user; an empty ``password_hash``: comes through a reverse proxy only."""

    __tablename__ = "workplace_user"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime]


class SessionRow(Base):
    """A signed-in browser; ``csrf`` must come with everything that changes something."""

    __tablename__ = "workplace_session"

    key: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("workplace_user.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str]
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class FailureRow(Base):
    """Failed sign-ins of one name from one address since a moment."""

    __tablename__ = "workplace_failure"

    login: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime]
