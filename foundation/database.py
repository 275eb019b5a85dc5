"""The product's own database: SQLite in a file by default, PostgreSQL by URL, one schema on both.

Writers say so (:meth:`Database.begin`): on SQLite a write transaction begins with ``BEGIN IMMEDIATE``, because one that
turns from reading to writing half-way fails at once when another writer was quicker, whatever the busy time-out.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from foundation.errors import Busy, Fatal, Fault, Faults, MI1CError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.config import Config
    from sqlalchemy.engine import URL, Connection, Dialect, Engine

BUSY_SECONDS: Final = 30
"""How long a SQLite writer waits for another one; longer than any transaction of ours takes."""

MIGRATION_LOCK: Final = 0x4D493143
"""The key of PostgreSQL's advisory lock that lets one process at a time migrate: "MI1C" in ASCII."""

LINK_KEY: Final = "link.id"


def utc_now() -> datetime:
    """Return the time now, in UTC, with its zone."""
    return datetime.now(UTC)


class Moment(TypeDecorator[datetime]):
    """A moment with its zone, always UTC; SQLite, which knows no zones, keeps the UTC wall clock."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into what the database keeps; a naive one is a mistake of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigId: Final = BigInteger().with_variant(Integer(), "sqlite")
"""A surrogate key: SQLite numbers rows by itself only in a column that is called INTEGER."""


class Base(DeclarativeBase):
    """The base of all tables; constraint names follow one rule, so that a migration can name what it drops."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        datetime: Moment,
        str: Text,
        int: BigInteger,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[Any]: JSON,
    }


class LinkRow(Base):
    """A link (связь): one 1C base and one manufacturer; every other table hangs on it."""

    __tablename__ = "link"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


def link_column(*, primary_key: bool = False) -> Mapped[int]:
    """Return the column that ties a row to its link; the rows go when the link goes."""
    return mapped_column(BigInteger, ForeignKey(LINK_KEY, ondelete="CASCADE"), primary_key=primary_key)


class Database:
    """An open database: ``session`` to read, ``begin`` to write. Safe to use from many threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writing = engine.execution_options(immediate=True)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @property
    def place(self) -> str:
        """Where it is, for people: a file, or host and database, without credentials."""
        url = self.engine.url
        return url.database or "" if self.dialect == "sqlite" else f"{url.host or 'localhost'}/{url.database}"

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session for reading; what is written in it is rolled back.

        Raises Unreachable when there is no connection, Busy when SQLite stayed locked.
        """
        with self._opened(self.engine) as session:
            yield session

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Open a session for writing: committed at the end, rolled back by an exception; raises as ``session``."""
        with self._opened(self._writing) as session:
            yield session
            session.commit()

    @contextmanager
    def _opened(self, engine: Engine) -> Iterator[Session]:
        connected = False
        try:
            with Session(engine, expire_on_commit=False) as session:
                session.connection()
                connected = True
                yield session
        except OperationalError as error:
            told = _told(error, self.place, connected=connected)
            if told is None:
                raise
            raise told from error

    def now(self, session: Session) -> datetime:
        """Return the database server's clock, so that machines whose own clocks differ agree on a lease."""
        if self.dialect == "sqlite":
            return utc_now()
        moment: datetime = session.execute(select(func.clock_timestamp(type_=Moment))).scalar_one()
        return moment

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _told(error: OperationalError, place: str, *, connected: bool) -> MI1CError | None:
    """Return the error of our tree for a database that cannot be used now, or None when it is another matter."""
    if "database is locked" in str(error.orig):
        return Busy(
            "База данных МИ1С занята другой записью дольше 30 секунд.",
            en="MI1C's database was held by another writer for over 30 seconds.",
            todo="Повторите чуть позже.",
            todo_en="Try again a little later.",
            place=place,
        )
    if connected and not error.connection_invalidated:
        return None
    return Unreachable(
        f"База данных МИ1С недоступна ({place}).",
        en=f"MI1C's database cannot be reached ({place}).",
        todo="Проверьте, что она запущена и что MI1C_DATABASE_URL указывает на неё, затем повторите.",
        todo_en="Check that it runs and that MI1C_DATABASE_URL points to it, then try again.",
        place=place,
    )


def open_database(url: str) -> Database:
    """Open a database by its URL, ``sqlite:///path/to/file.db`` or ``postgresql://user:password@host/name``.

    SQLite: the folder is made when it is missing. Raises Faults when the URL is neither.
    """
    parsed = _parsed(url)
    engine = create_engine(
        parsed,
        hide_parameters=True,  # an error must not carry a body
        json_serializer=lambda value: json.dumps(value, ensure_ascii=False),
        pool_pre_ping=parsed.get_backend_name() == "postgresql",
        connect_args={"timeout": BUSY_SECONDS} if parsed.get_backend_name() == "sqlite" else {"connect_timeout": 10},
    )
    if engine.dialect.name == "sqlite":
        Path(parsed.database or "").parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return Database(engine)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    backend = parsed.get_backend_name() if parsed is not None else ""
    if parsed is not None and backend in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed is not None and backend == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        return parsed.set(drivername="sqlite+pysqlite")
    raise Faults(
        "Адрес базы данных МИ1С записан неверно.",
        [
            Fault(
                "MI1C_DATABASE_URL",
                "ожидается sqlite:///путь/к/файлу.db или postgresql://пользователь:пароль@сервер/база",
                "expected sqlite:///path/to/file.db or postgresql://user:password@host/database",
            )
        ],
        en="The address of MI1C's database is wrong.",
        todo="Исправьте его в настройках.",
        todo_en="Correct it in the settings.",
    )


def _tune_sqlite(connection: Any, record: object) -> None:
    """Set a fresh SQLite connection up; SQLAlchemy's ``begin`` event opens the transactions."""
    del record
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=NORMAL")
        if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            _switch_to_wal(cursor)
    finally:
        cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    """Switch the file to WAL; when several processes do so at once SQLite says "locked" without waiting."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


# -- schema ------------------------------------------------------------------------------------------------------------


def alembic_config() -> Config:
    """Return alembic's configuration of our migrations; the caller puts the connection into its attributes."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def migrate(database: Database) -> bool:
    """Bring the schema to the newest revision; return whether anything was done.

    Safe when several processes start at once: the others wait and find it done. Raises Fatal when the database was
    made by a newer MI1C.
    """
    from alembic import command

    with database.begin() as session:
        connection = session.connection()
        if database.dialect == "postgresql":
            session.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        if _up_to_date(connection, database.place):
            return False
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def check_schema(database: Database) -> None:
    """Raise Fatal unless the schema is the one that this program knows."""
    with database.session() as session:
        ready = _up_to_date(session.connection(), database.place)
    if not ready:
        raise Fatal(
            f"База данных МИ1С не подготовлена для этой версии программы ({database.place}).",
            en=f"MI1C's database is not prepared for this version of the program ({database.place}).",
            todo="Запустите mi1c up: он обновит её, ничего не удаляя.",
            todo_en="Run mi1c up: it upgrades the database and deletes nothing.",
            place=database.place,
        )


def _up_to_date(connection: Connection, place: str) -> bool:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(alembic_config())
    current = set(MigrationContext.configure(connection).get_current_heads())
    unknown = current - {script.revision for script in scripts.walk_revisions()}
    if unknown:
        raise Fatal(
            f"База данных МИ1С создана более новой версией программы ({place}).",
            en=f"MI1C's database was made by a newer version of the program ({place}).",
            todo="Обновите МИ1С до той версии, которая с ней работала.",
            todo_en="Update MI1C to the version that worked with it.",
            place=place,
        )
    return current == set(scripts.get_heads())
