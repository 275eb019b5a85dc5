"""The supervisor: Prefect's server and worker as children of one process, started in order and stopped together.

A worker that a shell starts in the background inherits an ignored SIGINT and then never stops on SIGTERM; started
from here it stops in two seconds.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx

from foundation.errors import Fatal

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from foundation.settings import ProcessSettings

log = logging.getLogger(__name__)

SERVER_START: Final = 180.0
"""Seconds that a server may take to answer: its first start migrates its database, 12 to 20 s on two cores."""

STOP: Final = 20.0
"""Seconds that a child has after SIGTERM before it is killed."""

LOG_LIMIT: Final = 10_000_000
"""Bytes after which a child's log is put aside."""

LOG_FILES: Final = 5
"""How many logs that were put aside are kept."""


def shift(log_file: Path) -> None:
    """Put a log that is over its limit aside before its process starts."""
    if log_file.exists() and log_file.stat().st_size > LOG_LIMIT:
        older(log_file)
        log_file.rename(_numbered(log_file, 1))


def older(log_file: Path) -> None:
    """Make room for a log: each that was put aside gets the next number, the oldest goes."""
    _numbered(log_file, LOG_FILES).unlink(missing_ok=True)
    for number in range(LOG_FILES - 1, 0, -1):
        with suppress(FileNotFoundError):
            _numbered(log_file, number).rename(_numbered(log_file, number + 1))


def _numbered(log_file: Path, number: int) -> Path:
    return log_file.with_name(f"{log_file.name}.{number}")


class Child:
    """One process of ours, its output in a log file; ends with us."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], log_file: Path) -> None:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        shift(log_file)
        self.name = name
        self.log_file = log_file
        self._output = log_file.open("ab")
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def ended(self) -> bool:
        """Whether the process has ended by itself."""
        return self.process.poll() is not None

    def rotate(self) -> None:
        """Keep the log under its limit while the process writes it: copied aside and emptied, as logrotate does.

        The process goes on with its own handle, which appends. On Windows handles do not append by themselves, so
        there a log is only shifted when its process starts.
        """
        if os.name == "posix" and self.log_file.stat().st_size > LOG_LIMIT:
            older(self.log_file)
            shutil.copyfile(self.log_file, _numbered(self.log_file, 1))
            os.truncate(self.log_file, 0)

    def stop(self) -> None:
        """Ask the process to end, wait, then kill."""
        if not self.ended:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP)
            except subprocess.TimeoutExpired:
                log.warning("%s did not stop within %s s and is killed", self.name, STOP)
                self.process.kill()
                self.process.wait()
        self._output.close()


class Supervisor:
    """Prefect's server and worker for one data folder."""

    def __init__(self, settings: ProcessSettings, environment: Mapping[str, str]) -> None:
        self.settings = settings
        self.environment = environment
        self.children: list[Child] = []

    @property
    def ui_url(self) -> str:
        """Where the Prefect UI is."""
        return self.settings.prefect_api_url.removesuffix("/api")

    def _child(self, name: str, *arguments: str) -> Child:
        command = [sys.executable, "-m", "prefect", *arguments]
        child = Child(name, command, self.environment, self.settings.data / "logs" / f"{name}.log")
        self.children.append(child)
        return child

    def start_server(self) -> None:
        """Start the server and wait until it answers; raises Fatal with the log's place when it does not."""
        address = urlsplit(self.settings.prefect_api_url)
        host, port = address.hostname or "127.0.0.1", address.port or 4200
        child = self._child("prefect-server", "server", "start", "--host", host, "--port", str(port))
        wait_until(self._answers, SERVER_START, child)

    def _answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.settings.prefect_api_url}/health", timeout=2).status_code == httpx.codes.OK
        return False

    def start_worker(self, name: str = "mi1c") -> Child:
        """Start a process worker on our pool."""
        pool = self.settings.pool
        return self._child("prefect-worker", "worker", "start", "--pool", pool, "--type", "process", "--name", name)

    def start_workplace(self) -> Child:
        """Start the operator's pages."""
        command = [sys.executable, "-m", "mi1c", "workplace"]
        child = Child("workplace", command, self.environment, self.settings.data / "logs" / "workplace-output.log")
        self.children.append(child)
        return child

    @property
    def workplace_url(self) -> str:
        """Where the operator's pages are."""
        return f"http://{self.settings.workplace_host}:{self.settings.workplace_port}"

    def watch(self, stopped: threading.Event) -> None:
        """Return when told to stop; logs are kept small meanwhile; raises Fatal when a child ends by itself."""
        while not stopped.wait(1.0):
            for child in self.children:
                if child.ended:
                    raise _ended(child)
                child.rotate()

    def stop(self) -> None:
        """Stop worker first, then server."""
        for child in reversed(self.children):
            child.stop()
        self.children.clear()


def wait_until(ready: Callable[[], bool], seconds: float, child: Child) -> None:
    """Return once ``ready()``; raises Fatal when the child ends before, or the time is over."""
    deadline = time.monotonic() + seconds
    while not ready():
        if child.ended or time.monotonic() > deadline:
            raise _ended(child)
        time.sleep(0.2)


def _ended(child: Child) -> Fatal:
    return Fatal(
        f"Процесс {child.name} не работает.",
        en=f"The process {child.name} is not running.",
        todo=f"Причина в его журнале: {child.log_file}. Исправьте её и запустите снова.",
        todo_en=f"See its log {child.log_file}, mend the cause and start again.",
        process=child.name,
    )


def free_port(preferred: int) -> int:
    """Return the preferred port of loopback if it is free, else any free one."""
    for port in (preferred, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise Fatal("Нет свободного порта.", en="No free port.", todo="Освободите порт.", todo_en="Free a port.")


def on_stop_signal(stopped: threading.Event) -> None:
    """Let SIGINT and SIGTERM set the event instead of ending the process in the middle of something."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stopped.set())
