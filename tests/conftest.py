"""What all tests share: a fresh database of each kind, the PostgreSQL ones on a real server of our own."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from foundation.database import migrate, open_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from foundation.database import Database

pytest_plugins = ["tests.matrix.summary"]

COMPLETE = bool(os.environ.get("CI") or os.environ.get("MI1C_TESTS_COMPLETE"))
"""Whether nothing may be skipped."""


def pytest_xdist_auto_num_workers() -> int:
    """Run a worker more than there are processors: tests of flows wait for servers a part of their time."""
    return 1 + (os.cpu_count() or 1)


def missing(what: str) -> None:
    """Skip the test for want of a program; where the run must be complete that is a failure."""
    if COMPLETE:
        pytest.fail(what)
    pytest.skip(what)


class PostgresServer:
    """A PostgreSQL server on a unix socket in a folder of its own; no password, durability off."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._numbers = itertools.count(1)
        self._home = Path(tempfile.mkdtemp(prefix="mi1c-pg-"))
        # The server refuses to run as root, so root hands the folder to somebody else.
        self._user = _unprivileged() if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self._home, self._user)
        try:
            self._run("initdb", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "--username=mi1c")
            options = f"-k {self._home} -h '' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
            self._run("pg_ctl", "start", "--wait", f"--log={self._home / 'log'}", f"--options={options}")
        except BaseException:
            shutil.rmtree(self._home, ignore_errors=True)
            raise

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), f"--pgdata={self._home / 'data'}", *arguments]
        as_user: dict[str, Any] = {"user": self._user, "group": self._user, "extra_groups": []} if self._user else {}
        done = subprocess.run(command, cwd=self._home, capture_output=True, text=True, check=False, **as_user)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stdout}\n{done.stderr}")

    def url(self, name: str) -> str:
        """Return the URL of a database of this server."""
        return f"postgresql://mi1c@/{name}?host={self._home}"

    def execute(self, statement: str) -> None:
        """Execute one statement outside a transaction."""
        with closing(psycopg.connect(host=str(self._home), user="mi1c", dbname="postgres", autocommit=True)) as session:
            session.execute(statement.encode())

    def create(self, template: str = "template1") -> str:
        """Create a database and return its name."""
        name = f"t{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still in it."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """End the server and delete its folder."""
        self._run("pg_ctl", "stop", "--mode=immediate")
        shutil.rmtree(self._home, ignore_errors=True)


def _unprivileged() -> str:
    import pwd

    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def _postgres_binaries() -> Path | None:
    places = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    programs = ("initdb", "postgres", "pg_ctl")
    return next((place for place in places if all((place / program).exists() for program in programs)), None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Run a real PostgreSQL server, one for each worker of the run."""
    binaries = _postgres_binaries()
    if binaries is None:
        missing("PostgreSQL is not installed: neither on PATH nor in /usr/lib/postgresql")
        raise AssertionError
    server = PostgresServer(binaries)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Return the name of a PostgreSQL database with our schema and no rows, to be copied."""
    name = postgres_server.create()
    with closing(open_database(postgres_server.url(name))) as database:
        migrate(database)
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with our schema and no rows, to be copied."""
    path = tmp_path_factory.mktemp("template") / "mi1c.sqlite"
    with closing(open_database(f"sqlite:///{path}")) as database:
        migrate(database)
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Return each kind of database in turn."""
    return str(request.param)


@pytest.fixture
def empty_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database without any table."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database with our schema and no rows."""
    if database_kind == "sqlite":
        path = tmp_path / "mi1c.sqlite"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create(request.getfixturevalue("postgres_template"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Open a database with our schema and no rows: the test runs on each kind."""
    with closing(open_database(database_url)) as opened:
        yield opened
