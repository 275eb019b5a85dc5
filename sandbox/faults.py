"""Faults that a double shows on demand: what a real network, web server or application does on a bad day.

A fault is armed at run time (``POST /_sandbox/faults`` with a :class:`Fault` as JSON, or :meth:`Faults.arm`), matches
requests by method and by a part of their path or body, lets ``skip`` of them pass and then strikes ``times`` times.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, fields
from typing import Any, Final

KINDS: Final = (
    "delay",  # answer after `seconds`
    "status",  # answer with HTTP `status` instead of handling
    "html",  # an HTML page with HTTP 200 instead of handling
    "empty",  # HTTP 200 with no body instead of handling
    "half",  # handle, then send only half of the answer and cut
    "cut_before",  # cut the connection before handling: nothing is stored
    "cut_after",  # handle (the data is stored), then cut without an answer
    "hold_before",  # wait before handling until released
    "hold_after",  # handle, then wait before answering until released
    "soap_fault",  # the manufacturer: a SOAP fault
    "extdata_error",  # the manufacturer: <extdata><error>
)


@dataclass(slots=True)
class Fault:
    """One armed fault; ``times`` of -1 strikes for ever, ``match`` is a part of path, query or body ("" = any).

    ``every``: of the requests that it matches only each so-manieth is struck.
    """

    kind: str
    times: int = 1
    skip: int = 0
    every: int = 1
    seen: int = 0
    match: str = ""
    method: str = ""
    status: int = 500
    seconds: float = 0.0
    struck: int = 0
    id: int = 0
    held: threading.Event = field(default_factory=threading.Event, repr=False)
    released: threading.Event = field(default_factory=threading.Event, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}: one of {', '.join(KINDS)}")

    def public(self) -> dict[str, Any]:
        """Return what a person or a test may see of it, as JSON values."""
        hidden = {"held", "released"}
        shown = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in hidden}
        return shown | {"held": self.held.is_set()}


class Faults:
    """The faults armed in one double; safe to use from many threads."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._lock = threading.Lock()
        self._next = 1

    def arm(self, kind: str, **settings: Any) -> Fault:
        """Arm a fault and return it; ``fault.held.wait()`` tells when a hold has caught a request."""
        fault = Fault(kind, **settings)
        with self._lock:
            fault.id, self._next = self._next, self._next + 1
            self._armed.append(fault)
        return fault

    def clear(self) -> None:
        """Disarm everything and release what is held."""
        with self._lock:
            for fault in self._armed:
                fault.released.set()
            self._armed.clear()

    def release(self) -> None:
        """Let every held request go on."""
        with self._lock:
            for fault in self._armed:
                fault.released.set()

    def listed(self) -> list[dict[str, Any]]:
        """Return all armed faults as JSON values."""
        with self._lock:
            return [fault.public() for fault in self._armed]

    def strike(self, method: str, target: str, body: str) -> list[Fault]:
        """Return the faults that this request meets, counted as struck; ``target`` is path and query, decoded."""
        met = []
        with self._lock:
            for fault in self._armed:
                if fault.method and fault.method != method:
                    continue
                if fault.match and fault.match not in target and fault.match not in body:
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times == 0:
                    continue
                fault.seen += 1
                if fault.seen % fault.every:
                    continue
                if fault.times > 0:
                    fault.times -= 1
                fault.struck += 1
                met.append(fault)
        return met
