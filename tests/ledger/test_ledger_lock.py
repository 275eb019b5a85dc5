"""The lock of an exchange: one run at a time, taken over from the dead, never from the living."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select

from foundation.database import open_database
from foundation.errors import Busy, Occupied
from ledger import holder
from ledger.holder import Process, is_dead, started, this_process
from ledger.lock import Wanted, held
from ledger.parcels import Ledger
from ledger.tables import LockRow
from ledger.values import NewMessage

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from foundation.database import Database

ELSEWHERE = Process("far", "another machine", 4242, "77")
HERE = this_process()


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 8, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_seconds(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at 08:15 UTC."""
    return Clock()


@pytest.fixture
def mine(database: Database, clock: Clock) -> Ledger:
    """Open the ledger as this process."""
    return Ledger(database, "north", clock=clock)


@pytest.fixture
def other(database: Database, clock: Clock) -> Ledger:
    """Open the same ledger as a process of another machine."""
    return Ledger(database, "north", clock=clock, process=ELSEWHERE)


def holders(database: Database) -> dict[str, str]:
    with database.session() as session:
        return dict(session.execute(select(LockRow.exchange, LockRow.run_id)).tuples().all())


def test_the_lock_is_given_back_even_after_a_fault(mine: Ledger) -> None:
    def fail() -> None:
        with mine.hold("stock", "run-1"):
            assert holders(mine.database) == {"stock": "run-1"}
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert holders(mine.database) == {}


def test_another_run_is_told_who_holds_it_since_when_and_what_to_do(mine: Ledger, other: Ledger) -> None:
    with other.hold("stock", "run-1"), pytest.raises(Occupied) as caught, mine.hold("stock", "run-2"):
        pass
    for part in ("stock", "run-1", "far", "4242", "24.11.2026 08:15:00 UTC", "120 с"):
        assert part in caught.value.russian
    assert caught.value.facts["host"] == "far"


def test_other_exchanges_and_links_are_free(database: Database, mine: Ledger, other: Ledger) -> None:
    south = Ledger(database, "south")
    with ExitStack() as stack:
        stack.enter_context(mine.hold("stock", "a"))
        stack.enter_context(other.hold("outlets", "b"))
        stack.enter_context(south.hold("stock", "c"))
        assert len(holders(database)) == 2


def test_the_same_run_of_the_same_process_may_take_it_again(mine: Ledger) -> None:
    with mine.hold("stock", "run-1"):
        with mine.hold("stock", "run-1"):
            pass
        assert holders(mine.database) == {"stock": "run-1"}


def test_another_run_of_the_same_process_may_not(mine: Ledger) -> None:
    with mine.hold("stock", "run-1"), pytest.raises(Occupied), mine.hold("stock", "run-2"):
        pass


def test_the_same_run_of_another_living_process_may_not(mine: Ledger, other: Ledger) -> None:
    """Prefect may believe a process dead that is not: two of them must not send the same parts."""
    with other.hold("stock", "run-1"), pytest.raises(Occupied), mine.hold("stock", "run-1"):
        pass


def test_a_lease_that_ran_out_is_taken_over_and_its_old_holder_sends_nothing_more(
    mine: Ledger, other: Ledger, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The old holder wakes up after its lease: neither sending nor preparing is open to it."""
    with other.hold("stock", "run-1"):
        parcel = other.prepare("stock", "run-1", [NewMessage("s", "a", 1)])
        (message_id,) = other.to_send(parcel.id)
        clock.pass_seconds(120)
        with pytest.raises(Occupied), mine.hold("stock", "run-2"):
            pass
        clock.pass_seconds(1)
        with mine.hold("stock", "run-2"):
            for act in (
                lambda: other.sending(message_id),
                lambda: other.to_send(parcel.id),
                lambda: other.prepare("stock", "run-1", []),
            ):
                with pytest.raises(Occupied, match="run-2"):
                    act()
            assert mine.to_send(parcel.id) == [message_id]
    assert "taken over" in caplog.text
    assert holders(mine.database) == {}


def test_the_end_of_a_run_that_lost_its_lock_leaves_the_new_holder_alone(
    mine: Ledger, other: Ledger, clock: Clock
) -> None:
    with ExitStack() as outer:
        inner = ExitStack()
        inner.enter_context(other.hold("stock", "run-1"))
        clock.pass_seconds(121)
        outer.enter_context(mine.hold("stock", "run-2"))
        inner.close()
        assert holders(mine.database) == {"stock": "run-2"}


def test_without_a_lock_a_parcel_may_be_sent(mine: Ledger) -> None:
    parcel = mine.prepare("stock", "run", [NewMessage("s", "a", 1)])
    (message_id,) = mine.to_send(parcel.id)
    mine.sending(message_id)
    assert mine.to_send(parcel.id) == [message_id]


def test_the_lease_is_renewed_while_the_run_goes_on(mine: Ledger, clock: Clock) -> None:
    """The renewing thread writes the time again and again; the test waits for its event, not for a while."""
    with mine.hold("stock", "run-1", lease=0.04):
        clock.pass_seconds(60)
        renewed = threading.Event()

        def look() -> None:
            while not renewed.is_set():
                with mine.database.session() as session:
                    if session.execute(select(LockRow.renewed_at)).scalar_one() == clock.at:
                        renewed.set()

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        watcher.join(20)
        assert renewed.is_set()


def test_a_lock_that_was_lost_stops_being_renewed(mine: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    with mine.hold("stock", "run-1", lease=0.04):
        with mine.database.begin() as session:
            session.execute(delete(LockRow))
        renewer = next(thread for thread in threading.enumerate() if thread.name == "mi1c-lease")
        renewer.join(20)
        assert not renewer.is_alive()
    assert "was lost" in caplog.text


def test_the_lock_of_a_killed_process_is_taken_over_at_once(database_url: str) -> None:
    """A real process takes the lock and is killed with -9; its lease has not run out."""
    code = (
        "import sys; from foundation.database import open_database; from ledger.parcels import Ledger\n"
        "with Ledger(open_database(sys.argv[1]), 'north').hold('stock', 'run-1'):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with (
        closing(open_database(database_url)) as database,
        subprocess.Popen([sys.executable, "-c", code, database_url], **pipes) as process,  # type: ignore[call-overload] # kept in one place
    ):
        ledger = Ledger(database, "north")
        assert process.stdout.readline() == "held\n"
        with pytest.raises(Occupied, match=str(process.pid)), ledger.hold("stock", "run-1"):
            pass
        process.send_signal(signal.SIGKILL)
        # Not reaped yet: a zombie is dead too. Its own end is awaited, not its parent's look.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with ledger.hold("stock", "run-1"):
            assert holders(database) == {"stock": "run-1"}
        process.wait()


def test_processes_that_ask_at_once_get_it_one_at_a_time(database_url: str) -> None:
    """Four processes of other machines race for one lock, again and again: never do two hold it."""
    inside = threading.Semaphore(1)
    taken: list[int] = []
    barrier = threading.Barrier(4)

    def race(number: int) -> None:
        with closing(open_database(database_url)) as database:
            ledger = Ledger(database, "north", process=replace(ELSEWHERE, pid=number))
            barrier.wait(20)
            while len(taken) < 4:
                try:
                    with ledger.hold("stock", f"run-{number}"):
                        assert inside.acquire(blocking=False)
                        taken.append(number)
                        inside.release()
                except Occupied:
                    continue

    threads = [threading.Thread(target=race, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(taken) >= 4


def test_renewing_goes_on_after_a_failure(mine: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """The database is away for one renewal; the next one succeeds."""
    asked: list[str] = []
    renewed = threading.Event()

    def now(session: Session) -> datetime:
        del session
        asked.append("time")
        if len(asked) == 2:  # the first asked when the lock was taken
            raise Busy("База занята.", en="The database is busy.")
        if len(asked) > 3:  # the third has been committed
            renewed.set()
        return mine._now()

    with held(mine.database, Wanted(mine.link_id, "stock", "run-1", HERE, 0.04, now)):
        assert renewed.wait(20)
    assert "could not be renewed" in caplog.text


# -- who lives ---------------------------------------------------------------------------------------------------------


def test_this_process_lives() -> None:
    assert HERE.pid == os.getpid()
    assert HERE.started
    assert not is_dead(HERE, HERE)


def test_a_process_that_ended_is_dead_and_its_number_does_not_mislead() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert is_dead(replace(HERE, pid=process.pid), HERE)
    assert is_dead(replace(HERE, started="earlier"), HERE), "another process has the number now"


def test_of_another_machine_or_an_unknown_start_nothing_is_claimed() -> None:
    assert not is_dead(replace(HERE, machine="another", pid=2**22 + 1), HERE)
    assert not is_dead(replace(HERE, started=""), HERE)


def test_without_proc_the_system_is_asked(tmp_path: Path) -> None:
    """The other Unixes: ps tells the start of a process, and nothing of one that is not there."""
    assert started(os.getpid(), tmp_path)
    assert started(os.getpid(), tmp_path) == started(os.getpid(), tmp_path)
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert started(process.pid, tmp_path) is None


def test_a_machine_without_an_identity_is_known_by_its_name(tmp_path: Path) -> None:
    assert holder._machine("office", tmp_path) == "office"
    assert holder._machine("office") != "office"
