"""One run a link and exchange at a time: a lock in the database with a holder and a lease.

The holder renews its lease from a thread. A lock whose holder is dead (seen on the same machine) or whose lease ran
out is taken over. Whoever lost it that way finds out before the next message leaves: :func:`check_ours`.
"""

from __future__ import annotations

import logging
import secrets
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from foundation.errors import MI1CError, Occupied
from ledger.holder import Process, is_dead
from ledger.tables import LockRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import CursorResult
    from sqlalchemy.orm import Session

    from foundation.database import Database

log = logging.getLogger(__name__)

LEASE: Final = 120.0
"""Seconds after which a lock that was not renewed is anybody's."""

RENEWALS: Final = 4
"""How many times a lease is renewed within its length, so that a few may fail."""


RACES: Final = 20
"""How often a lost race for a free lock is run again: its winner may have given the lock back meanwhile."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be locked and by whom; ``now`` reads the clock that all machines share."""

    link_id: int
    exchange: str
    run_id: str
    process: Process
    lease: float
    now: Callable[[Session], datetime]


@contextmanager
def held(database: Database, wanted: Wanted) -> Iterator[None]:
    """Hold the lock for the length of the block; raises Occupied when another run holds it.

    Within the same process the same run may take it again; the outermost block gives it back.
    """
    token = _take(database, wanted)
    if token is None:
        yield
        return
    done = threading.Event()
    renewer = threading.Thread(target=_renew, args=(database, wanted, token, done), daemon=True, name="mi1c-lease")
    renewer.start()
    try:
        yield
    finally:
        done.set()
        renewer.join()
        with database.begin() as session:
            session.execute(delete(LockRow).where(LockRow.token == token))


def _take(database: Database, wanted: Wanted) -> str | None:
    """Return the token of the lock that was taken, or None where this run of this process has it already."""
    token = secrets.token_hex(8)
    for _ in range(RACES):
        try:
            with database.begin() as session:
                return _take_in(session, wanted, token)
        except IntegrityError:  # PostgreSQL: another process inserted its lock between our look and our insert
            continue
    with database.begin() as session:
        return _take_in(session, wanted, token)


def _take_in(session: Session, wanted: Wanted, token: str) -> str | None:
    now = wanted.now(session)
    row = _row(session, wanted.link_id, wanted.exchange)
    values: dict[str, Any] = {
        "token": token,
        "run_id": wanted.run_id,
        "host": wanted.process.host,
        "machine": wanted.process.machine,
        "pid": wanted.process.pid,
        "process_started": wanted.process.started,
        "since": now,
        "renewed_at": now,
        "lease": wanted.lease,
    }
    if row is None:
        session.execute(insert(LockRow).values(link_id=wanted.link_id, exchange=wanted.exchange, **values))
        return token
    holder = _holder(row)
    if holder == wanted.process and row.run_id == wanted.run_id:
        return None
    expired = (now - row.renewed_at).total_seconds() > row.lease
    if not expired and not is_dead(holder, wanted.process):
        raise _occupied(row)
    log.warning("The lock of %s was left behind by run %s on %s: taken over", row.exchange, row.run_id, row.host)
    session.execute(update(LockRow).where(LockRow.token == row.token).values(**values))
    return token


def check_ours(session: Session, link_id: int, exchange: str, process: Process) -> None:
    """Raise Occupied when another process holds the lock: this one has lost it, or never asked for it."""
    row = _row(session, link_id, exchange)
    if row is not None and _holder(row) != process:
        raise _occupied(row)


def _row(session: Session, link_id: int, exchange: str) -> LockRow | None:
    asked = select(LockRow).where(LockRow.link_id == link_id, LockRow.exchange == exchange).with_for_update()
    return session.execute(asked.execution_options(populate_existing=True)).scalar_one_or_none()


def _holder(row: LockRow) -> Process:
    return Process(row.host, row.machine, row.pid, row.process_started)


def _occupied(row: LockRow) -> Occupied:
    since = f"{row.since:%d.%m.%Y %H:%M:%S} UTC"
    return Occupied(
        f"Обмен {row.exchange} уже выполняется: запуск {row.run_id} на {row.host}, процесс {row.pid}, с {since}.",
        en=f"Exchange {row.exchange} is running: run {row.run_id} on {row.host}, process {row.pid}, since {since}.",
        todo=f"Дождитесь его окончания. Если тот процесс прерван, повторите через {row.lease:.0f} с.",
        todo_en=f"Wait for its end. If that process was broken off, try again in {row.lease:.0f} s.",
        exchange=row.exchange,
        run_id=row.run_id,
        host=row.host,
        pid=row.pid,
        since=row.since,
    )


def _renew(database: Database, wanted: Wanted, token: str, done: threading.Event) -> None:
    while not done.wait(wanted.lease / RENEWALS):
        try:
            with database.begin() as session:
                renewed: CursorResult[Any] = session.execute(  # type: ignore[assignment] # an update has a cursor
                    update(LockRow).where(LockRow.token == token).values(renewed_at=wanted.now(session))
                )
                lost = renewed.rowcount == 0
        except MI1CError as error:
            log.warning("The lock of %s could not be renewed: %s", wanted.exchange, error.english)
            continue
        if lost:
            log.error("The lock of %s was lost to another run", wanted.exchange)
            return
