"""The database: transactions, moments, errors, and a schema that equals the models."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import StatementError

import ledger.tables
import mappings.matching_tables
import mappings.tables
import workplace.tables
from foundation.database import (
    Base,
    LinkRow,
    alembic_config,
    check_schema,
    migrate,
    open_database,
    utc_now,
)
from foundation.errors import Busy, Fatal, Faults, Unreachable
from ledger.links import link_id, link_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from foundation.database import Database

TABLES = {
    ledger.tables.ParcelRow,
    mappings.tables.CorrespondenceRow,
    mappings.matching_tables.SuggestionRow,
    workplace.tables.UserRow,
}  # the rooms whose models must be known


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    """Open a database without tables."""
    with closing(open_database(empty_database_url)) as opened:
        yield opened


def run_alembic(database: Database, what: Any, revision: str) -> None:
    with database.begin() as session:
        config = alembic_config()
        config.attributes["connection"] = session.connection()
        what(config, revision)


def test_migrated_schema_equals_the_models(database: Database) -> None:
    """Every table, column, type, index and constraint of the models is what the migrations build."""
    with database.session() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        difference = compare_metadata(context, Base.metadata)
    assert {row.__tablename__ for row in TABLES} <= set(Base.metadata.tables)
    assert difference == []


def test_downgrade_leaves_nothing_and_upgrade_builds_it_again(database: Database) -> None:
    run_alembic(database, command.downgrade, "base")
    with database.session() as session:
        assert set(inspect(session.connection()).get_table_names()) == {"alembic_version"}
    assert migrate(database)
    check_schema(database)


def test_migrate_says_whether_it_did_anything(empty: Database) -> None:
    assert migrate(empty)
    assert not migrate(empty)


def test_an_unprepared_database_is_told(empty: Database) -> None:
    with pytest.raises(Fatal, match="не подготовлена"):
        check_schema(empty)


def test_a_database_of_a_newer_program_is_refused(database: Database) -> None:
    with database.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for act in (migrate, check_schema):
        with pytest.raises(Fatal, match="более новой версией"):
            act(database)


def test_processes_that_migrate_at_once_all_succeed(empty_database_url: str) -> None:
    """Three processes start on an empty database; one migrates, the others find it done."""
    code = "import sys; from foundation.database import *; d = open_database(sys.argv[1]); migrate(d); check_schema(d)"
    started = [subprocess.Popen([sys.executable, "-c", code, empty_database_url]) for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]


def test_begin_commits_and_an_exception_rolls_back(database: Database) -> None:
    with database.begin() as session:
        link_id(session, "kept")

    def fail() -> None:
        with database.begin() as session:
            link_id(session, "lost")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.session() as session:
        assert link_names(session) == ["kept"]


def test_session_writes_nothing(database: Database) -> None:
    with database.session() as session:
        link_id(session, "lost")
    with database.session() as session:
        assert link_names(session) == []


def test_link_id_is_stable_and_made_once(database: Database) -> None:
    with database.begin() as session:
        first = link_id(session, "north")
        assert link_id(session, "north") == first
        assert link_id(session, "south") != first


def test_link_made_by_another_process_meanwhile_is_found(database_url: str) -> None:
    """Many writers ask for one new link at once: all get the same id."""
    found: list[int] = []
    barrier = threading.Barrier(4)

    def ask() -> None:
        with closing(open_database(database_url)) as mine:
            barrier.wait(10)
            with mine.begin() as session:
                found.append(link_id(session, "one"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 4
    assert len(set(found)) == 1


def test_moments_come_back_in_utc(database: Database) -> None:
    moscow = timezone(timedelta(hours=3))
    at = datetime(2026, 11, 24, 11, 15, 0, 123456, tzinfo=moscow)
    with database.begin() as session:
        session.add(LinkRow(name="a", created_at=at))
    with database.session() as session:
        read = session.execute(select(LinkRow.created_at)).scalar_one()
    assert read == at
    assert read.tzinfo is UTC


def test_a_moment_without_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 11, 24)  # noqa: DTZ001 - what the test is about
    with database.begin() as session, pytest.raises(StatementError, match="without a time zone"):
        session.execute(insert(LinkRow).values(name="a", created_at=naive))


def test_the_clock_of_the_database_is_the_time(database: Database) -> None:
    with database.session() as session:
        assert abs(database.now(session) - utc_now()) < timedelta(seconds=5)


def test_sqlite_is_set_up(sqlite_template: Path) -> None:
    """WAL, foreign keys and a busy time-out hold on every connection."""
    with closing(open_database(f"sqlite:///{sqlite_template}")) as database, database.session() as session:
        pragmas = {
            name: session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1, "busy_timeout": 30_000}


def test_sqlite_folder_is_made(tmp_path: Path) -> None:
    with closing(open_database(f"sqlite:///{tmp_path}/deep/er/a.sqlite")) as database:
        assert migrate(database)
        assert database.place.endswith("deep/er/a.sqlite")


def test_sqlite_locked_for_long_is_busy(tmp_path: Path) -> None:
    """A second writer that waits in vain gets a retriable error; the time-out is cut short for the test."""
    url = f"sqlite:///{tmp_path}/a.sqlite"
    with closing(open_database(url)) as first, closing(open_database(url)) as second:
        with second.session() as session:
            session.execute(text("PRAGMA busy_timeout=20"))
        with first.begin() as session:
            session.execute(text("CREATE TABLE a (b)"))
            with pytest.raises(Busy, match="занята"), second.begin():
                pass


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://a:secret@b/c", "sqlite://", "sqlite:///:memory:", "postgresql//x"]
)
def test_a_wrong_url_is_a_fault_without_its_secret(url: str) -> None:
    with pytest.raises(Faults, match="MI1C_DATABASE_URL") as caught:
        open_database(url)
    assert "secret" not in str(caught.value)


def test_an_unreachable_server_is_told_without_its_password(tmp_path: Path) -> None:
    """Nothing listens in this folder; the sentence says where, and never with what password."""
    with closing(open_database(f"postgresql://me:secret@/books?host={tmp_path}")) as database:
        with pytest.raises(Unreachable, match="недоступна") as caught, database.session():
            pass
        assert "secret" not in str(caught.value)
        assert "books" in str(caught.value)


def test_another_failure_of_the_database_stays_itself(database: Database) -> None:
    with pytest.raises(Exception, match="no_such_table"), database.session() as session:
        session.execute(text("SELECT * FROM no_such_table"))


@pytest.mark.postgres
def test_a_connection_that_breaks_is_unreachable(request: pytest.FixtureRequest) -> None:
    """The server ends the session in the middle of a transaction."""
    server = request.getfixturevalue("postgres_server")
    name = server.create()

    def lose(database: Database) -> None:
        with database.begin() as session:
            server.drop(name)
            session.execute(text("SELECT 1"))

    with closing(open_database(server.url(name))) as database, pytest.raises(Unreachable):
        lose(database)
