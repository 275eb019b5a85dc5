"""What came to the service: one entry a scheme of every message, whether it was taken or refused."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from datetime import datetime

KEPT: Final = 50
"""How many of the last payloads are kept whole."""

Outcome = Literal["accepted", "given", "refused"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One scheme that came; ``bytes`` is the size of the request on the wire.

    ``sha256`` is of the payload in UTF-8, without the password that may stand in it.
    """

    number: int
    at: datetime
    user: str
    scheme: str
    request: str
    bytes: int
    sha256: str
    outcome: Outcome
    rows: int = 0
    dropped: int = 0
    error: str = ""
    remarks: tuple[str, ...] = ()

    def public(self) -> dict[str, Any]:
        """Return it as JSON values."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return values | {"at": self.at.isoformat(), "remarks": list(self.remarks)}


class Journal:
    """All arrivals, and the last payloads without the password that may stand in them."""

    def __init__(self, secret_attribute: str) -> None:
        self.arrivals: list[Arrival] = []
        self._payloads: deque[tuple[str, bytes]] = deque(maxlen=KEPT)
        self._secret = re.compile(rf"""(<extdata\b[^>]*?)\s{re.escape(secret_attribute)}\s*=\s*("[^"]*"|'[^']*')""")

    @property
    def next_number(self) -> int:
        """The number that the next arrival gets."""
        return len(self.arrivals) + 1

    def keep(self, payload: str) -> str:
        """Keep a payload and return its hash."""
        shown = self._secret.sub(r"\1", payload, count=1).encode()
        digest = hashlib.sha256(shown).hexdigest()
        self._payloads.append((digest, zlib.compress(shown, 1)))
        return digest

    def payload(self, number: int) -> str | None:
        """Return the payload of an arrival, if it is among the last ones."""
        if not 1 <= number <= len(self.arrivals):
            return None
        digest = self.arrivals[number - 1].sha256
        return next((zlib.decompress(kept).decode() for known, kept in self._payloads if known == digest), None)
