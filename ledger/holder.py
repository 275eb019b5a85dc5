"""Who holds a lock, and whether that process still lives.

A process id alone proves nothing: it is used again. So the time that the process started at goes with it, and the
verdict "dead" is given only about processes of this machine (host, boot and process-id namespace, for containers that
share a host name); about others only their lease speaks.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process: ``host`` is for people, ``machine`` tells machines and containers apart."""

    host: str
    machine: str
    pid: int
    started: str


def this_process() -> Process:
    """Return the process that asks."""
    host = socket.gethostname()
    return Process(host, _machine(host), os.getpid(), started(os.getpid()) or "")


def is_dead(process: Process, here: Process) -> bool:
    """Whether a process surely is no more, as seen from ``here``; False where it cannot be told."""
    if process.machine != here.machine:
        return False
    begun = started(process.pid)
    return begun is None or (bool(begun) and bool(process.started) and begun != process.started)


def started(pid: int, proc: Path = PROC) -> str | None:
    """Return when a process of this machine started, in the system's own words; None: no such process, "": unknown."""
    if proc.is_dir() and (proc / "self").exists():
        return _started_linux(pid, proc)
    if sys.platform == "win32":  # pragma: no cover - Windows only
        return _started_windows(pid)
    return _started_ps(pid)


def _machine(host: str, proc: Path = PROC) -> str:
    """Return an identity that no other machine or container has, where the system gives one."""
    try:
        boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
        return f"{host} {boot} {(proc / 'self/ns/pid').readlink()}"
    except OSError:
        return host


def _started_linux(pid: int, proc: Path) -> str | None:
    try:
        stat = (proc / str(pid) / "stat").read_text()
    except OSError:
        return None
    # The command stands in brackets and may hold anything; after it come the state and, 19 fields on, the start.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def _started_ps(pid: int) -> str | None:
    asked = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words and a number
    state, _, begun = answer.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else begun.strip()


if sys.platform == "win32":  # pragma: no cover - Windows only

    def _started_windows(pid: int) -> str | None:
        import ctypes
        from ctypes import wintypes

        limited, still_active, denied = 0x1000, 259, 5
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = wintypes.HANDLE
        handle = kernel.OpenProcess(limited, False, pid)  # noqa: FBT003 - the call's own signature
        if not handle:
            return "" if ctypes.get_last_error() == denied else None
        try:
            code = wintypes.DWORD()
            kernel.GetExitCodeProcess(wintypes.HANDLE(handle), ctypes.byref(code))
            if code.value != still_active:
                return None
            created, ended, in_kernel, in_user = (wintypes.FILETIME() for _ in range(4))
            times = [ctypes.byref(each) for each in (created, ended, in_kernel, in_user)]
            if not kernel.GetProcessTimes(wintypes.HANDLE(handle), *times):
                return ""
            return str((created.dwHighDateTime << 32) + created.dwLowDateTime)
        finally:
            kernel.CloseHandle(wintypes.HANDLE(handle))
