"""Who may use the workplace: local users with roles, sessions, lockout, or a name that a reverse proxy vouches for."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from foundation.database import utc_now
from foundation.errors import AccessDenied, Fault, Faults, NotFound, Occupied
from workplace.tables import FailureRow, SessionRow, UserRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from foundation.database import Database


class Role(StrEnum):
    """What a page asks for; each role may do what those before it may. ``public`` asks for nobody at all."""

    PUBLIC = "public"
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """The place in the order of rights."""
        return list(Role).index(self)


ROLES: Final = (Role.VIEWER, Role.OPERATOR, Role.ADMIN)
TITLES: Final = {
    Role.VIEWER: "наблюдатель: всё видит, ничего не меняет",
    Role.OPERATOR: "оператор: сопоставляет, подтверждает, запускает обмены",
    Role.ADMIN: "администратор: то же и опытная эксплуатация",
}

LOGIN: Final = re.compile(r"[\w.@\\-]{1,64}")
LEAST_PASSWORD: Final = 10
"""Characters; length is what makes a password strong."""

TRIES: Final = 5
"""Failed sign-ins of a name from one address before a pause; three times as many from all addresses together."""
PAUSE: Final = timedelta(minutes=15)
IDLE: Final = timedelta(hours=12)
"""A session ends when nothing was done in it for so long."""
LONGEST: Final = timedelta(days=7)
SEEN_EVERY: Final = timedelta(minutes=5)
"""How often the use of a session is written down: a page view should not be a write."""


@dataclass(frozen=True, slots=True)
class User:
    """A user as others see him."""

    id: int
    login: str
    name: str
    role: Role
    created_at: datetime
    has_password: bool


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks for a page: a user with his session."""

    id: int
    login: str
    name: str
    role: Role
    csrf: str
    key: str

    def may(self, role: Role) -> bool:
        """Whether the visitor may do what asks for a role."""
        return self.role.rank >= role.rank


# -- users -------------------------------------------------------------------------------------------------------------


def add_user(
    session: Session, login: str, role: Role, *, password: str = "", name: str = "", at: datetime | None = None
) -> User:
    """Add a user; without a password he comes through a reverse proxy only. Raises Faults, Occupied."""
    faults = []
    if not LOGIN.fullmatch(login):
        faults.append(Fault("login", "имя: буквы, цифры, точка, дефис, @, до 64 знаков", "letters, digits, . - @"))
    if role not in ROLES:
        faults.append(Fault("role", "роль: viewer, operator или admin", "viewer, operator or admin"))
    if password and len(password) < LEAST_PASSWORD:
        said = f"пароль не короче {LEAST_PASSWORD} знаков"
        faults.append(Fault("password", said, f"at least {LEAST_PASSWORD} characters"))
    if faults:
        raise Faults(
            "Пользователь не заведён.",
            faults,
            en="The user was not added.",
            todo="Исправьте перечисленное и повторите.",
            todo_en="Mend what is listed and try again.",
        )
    hashed = hasher().hash(password) if password else ""
    values = {"login": login, "name": name or login, "role": role.value, "password_hash": hashed}
    try:
        with session.begin_nested():
            session.execute(insert(UserRow).values(**values, created_at=at or utc_now()))
    except IntegrityError as error:
        raise Occupied(
            f"Пользователь {login} уже есть.",
            en=f"There is a user {login} already.",
            todo=f"Чтобы сменить роль или пароль, удалите его и заведите снова: mi1c user remove {login}.",
            todo_en=f"To change role or password remove the user and add him again: mi1c user remove {login}.",
        ) from error
    return next(user for user in users(session) if user.login == login)


def users(session: Session) -> list[User]:
    """Return all users by login."""
    rows = session.execute(select(UserRow).order_by(UserRow.login)).scalars()
    return [User(row.id, row.login, row.name, Role(row.role), row.created_at, bool(row.password_hash)) for row in rows]


def remove_user(session: Session, login: str) -> None:
    """Remove a user and end his sessions; what he did keeps his name. Raises NotFound."""
    found = session.execute(delete(UserRow).where(UserRow.login == login).returning(UserRow.id)).scalar_one_or_none()
    if found is None:
        raise NotFound(
            f"Пользователя {login} нет.",
            en=f"There is no user {login}.",
            todo="Посмотрите список: mi1c user list.",
            todo_en="See the list: mi1c user list.",
        )
    session.execute(delete(SessionRow).where(SessionRow.user_id == found))


@cache
def hasher() -> Any:
    """Return argon2's hasher with its own parameters; loaded when somebody signs in."""
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    """Return a hash that no password fits: a name that does not exist costs as much time as one that does."""
    hashed: str = hasher().hash(secrets.token_hex())
    return hashed


# -- signing in --------------------------------------------------------------------------------------------------------


def sign_in(
    database: Database, login: str, password: str, address: str, *, clock: Callable[[], datetime] = utc_now
) -> tuple[str, Visitor]:
    """Open a session for the right name and password; returns the cookie's value and the visitor.

    Raises AccessDenied, which does not tell which of the two was wrong, nor whether there is such a user.
    """
    now = clock()
    login = login.strip()[:64]
    with database.session() as session:
        locked = _locked(session, login, address, now)
        found = session.execute(select(UserRow).where(UserRow.login == login)).scalars().first()
    if locked:
        raise _too_often()
    fits = _fits(found, password)  # outside of any transaction: it takes its time on purpose
    with database.begin() as session:
        if found is not None and fits:
            session.execute(delete(FailureRow).where(FailureRow.login == login, FailureRow.address == address))
            return open_session(session, found, now)
        _failed(session, login, address, now)
    raise AccessDenied(
        "Неверное имя или пароль.",
        en="Wrong name or password.",
        todo=f"Проверьте раскладку и повторите; после {TRIES} неудач вход закроется на 15 минут.",
        todo_en=f"Check the keyboard layout and try again; after {TRIES} failures there is a pause of 15 minutes.",
    )


def _fits(user: UserRow | None, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    known = user is not None and bool(user.password_hash)
    try:
        hasher().verify(user.password_hash if user is not None and known else _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return known


def _locked(session: Session, login: str, address: str, now: datetime) -> bool:
    row = FailureRow
    recent = row.last_at > now - PAUSE
    here = select(row.count).where(row.login == login, row.address == address, recent)
    everywhere = select(func.sum(row.count)).where(row.login == login, recent)
    return (session.execute(here).scalar() or 0) >= TRIES or (session.execute(everywhere).scalar() or 0) >= 3 * TRIES


def _failed(session: Session, login: str, address: str, now: datetime) -> None:
    row = FailureRow
    session.execute(delete(row).where(row.last_at <= now - PAUSE))
    mine = (row.login == login, row.address == address)
    counted = update(row).where(*mine).values(count=row.count + 1, last_at=now).returning(row.count)
    if session.execute(counted).scalar_one_or_none() is None:
        session.execute(insert(row).values(login=login, address=address, count=1, last_at=now))


def _too_often() -> AccessDenied:
    return AccessDenied(
        "Слишком много неудачных попыток входа.",
        en="Too many failed attempts to sign in.",
        todo="Подождите 15 минут или попросите администратора завести пользователя заново: mi1c user.",
        todo_en="Wait 15 minutes, or have the admin add the user anew: mi1c user.",
    )


# -- sessions ----------------------------------------------------------------------------------------------------------


def open_session(session: Session, user: UserRow, now: datetime) -> tuple[str, Visitor]:
    """Open a session for a user; returns the cookie's value and the visitor. Sessions that ended are swept out."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session.execute(delete(SessionRow).where((SessionRow.seen_at < now - IDLE) | (SessionRow.made_at < now - LONGEST)))
    values = {"key": _key(token), "user_id": user.id, "csrf": csrf, "made_at": now, "seen_at": now}
    session.execute(insert(SessionRow).values(**values))
    return token, Visitor(user.id, user.login, user.name, Role(user.role), csrf, _key(token))


def vouched(database: Database, login: str, *, clock: Callable[[], datetime] = utc_now) -> tuple[str, Visitor]:
    """Open a session for a name that a reverse proxy vouches for; raises AccessDenied where there is no such user."""
    with database.begin() as session:
        found = session.execute(select(UserRow).where(UserRow.login == login)).scalars().first()
        if found is None:
            raise AccessDenied(
                f"Пользователь {login} не заведён в МИ1С.",
                en=f"The user {login} is not known to MI1C.",
                todo=f"Попросите администратора: mi1c user add {login} --role operator.",
                todo_en=f"Ask the admin: mi1c user add {login} --role operator.",
            )
        return open_session(session, found, clock())


def visitor(database: Database, token: str, *, clock: Callable[[], datetime] = utc_now) -> Visitor | None:
    """Return whose session a cookie is, or None; its use is written down every few minutes."""
    if not token:
        return None
    now, key = clock(), _key(token)
    with database.session() as session:
        asked = select(SessionRow, UserRow).join(UserRow, UserRow.id == SessionRow.user_id)
        found = session.execute(asked.where(SessionRow.key == key)).first()
    if found is None:
        return None
    opened, user = found
    if opened.seen_at < now - IDLE or opened.made_at < now - LONGEST:
        return None
    if opened.seen_at < now - SEEN_EVERY:
        with database.begin() as session:
            session.execute(update(SessionRow).where(SessionRow.key == key).values(seen_at=now))
    return Visitor(user.id, user.login, user.name, Role(user.role), opened.csrf, key)


def sign_out(database: Database, key: str) -> None:
    """End a session."""
    with database.begin() as session:
        session.execute(delete(SessionRow).where(SessionRow.key == key))


def _key(token: str) -> str:
    """Return what is stored of a token: who reads the database cannot sign in with it."""
    return hashlib.sha256(token.encode()).hexdigest()
