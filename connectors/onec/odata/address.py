"""Where a 1C base is and how it may be asked: frozen values, checked when they are made, all faults at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

from foundation.errors import Fault, Faults

ROOT: Final = "/odata/standard.odata"
"""The interface's path under the infobase's address."""

MOST_ROWS: Final = 20_000
MOST_CONNECTIONS: Final = 32

Paging = Literal["skip", "keyset"]
"""``skip``: ordered ``$top/$skip``, several pages at once; right for most bases. ``keyset``: "key gt the last one",
one page after the other; right where documents are written while a long set is read, or where ``$skip`` is slow, and
only where the key is a single property or the rows are of a tabular section (other readings go by ``skip``)."""

_LANGUAGE = re.compile(r"/[a-z]{2}_[A-Z]{2}$")


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a read is repeated: ``attempts`` in all, within ``timeout`` seconds, waiting exponentially longer.

    ``wait`` and ``wait_max`` are seconds between attempts, ``jitter`` is added at random. Writes are never repeated.
    """

    attempts: int = 4
    timeout: float = 300.0
    wait: float = 0.5
    wait_max: float = 15.0
    jitter: float = 0.5

    def __post_init__(self) -> None:
        faults = []
        if self.attempts < 1:
            faults.append(Fault("retry.attempts", "не меньше 1", "at least 1"))
        faults += [
            Fault(f"retry.{name}", "не меньше нуля", "not below zero")
            for name in ("timeout", "wait", "wait_max", "jitter")
            if getattr(self, name) < 0
        ]
        _tell(faults)


@dataclass(frozen=True, slots=True)
class OneCAddress:
    """One 1C base: ``url`` is the infobase's address or that of its OData root, both are understood.

    ``page_rows``: rows a page (2,000 to 5,000 is the knee). ``connections``: pages asked for at once, below the pool
    of 1C (``poolSize`` of the publication, by default 10). ``timeout``: seconds to wait for an answer; a base that
    was asleep answers after 40. ``verify``: check the server's certificate. ``use_session``: ask for a 1C session
    that is kept between requests (saves its start each time, and a licence). Raises Faults with all that is wrong.
    """

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    page_rows: int = 4_000
    connections: int = 4
    timeout: float = 90.0
    connect_timeout: float = 20.0
    verify: bool = True
    use_session: bool = False
    paging: Paging = "skip"

    def __post_init__(self) -> None:
        faults = _faults_of_url(self.url)
        if ":" in self.user:
            faults.append(Fault("user", "двоеточие в имени не передаётся", "a colon in the name cannot travel"))
        if not 1 <= self.page_rows <= MOST_ROWS:
            faults.append(Fault("page_rows", f"от 1 до {MOST_ROWS}", f"from 1 to {MOST_ROWS}"))
        if not 1 <= self.connections <= MOST_CONNECTIONS:
            faults.append(Fault("connections", f"от 1 до {MOST_CONNECTIONS}", f"from 1 to {MOST_CONNECTIONS}"))
        faults += [
            Fault(name, "секунды, больше нуля", "seconds, above zero")
            for name in ("timeout", "connect_timeout")
            if getattr(self, name) <= 0
        ]
        if self.paging not in ("skip", "keyset"):
            faults.append(Fault("paging", "«skip» или «keyset»", '"skip" or "keyset"'))
        _tell(faults)

    @property
    def root(self) -> str:
        """The OData root without a slash at its end; it carries no credentials and may be shown."""
        url = self.url.strip().rstrip("/")
        if url.lower().endswith(ROOT):
            return url[: -len(ROOT)] + ROOT
        return _LANGUAGE.sub("", url) + ROOT


def _faults_of_url(url: str) -> list[Fault]:
    try:
        parts = urlsplit(url.strip())
        port_is_number = parts.port is None or parts.port > 0
    except ValueError:
        return [Fault("url", "адрес не читается", "the address cannot be read")]
    faults = []
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_number:
        faults.append(
            Fault("url", "нужен адрес вида http://сервер/база", "an address like http://server/base is needed")
        )
    if parts.username is not None or parts.password is not None:
        faults.append(
            Fault(
                "url",
                "имя и пароль указываются в своих полях, не в адресе",
                "user and password go into their own fields, not into the address",
            )
        )
    if parts.query or parts.fragment:
        faults.append(Fault("url", "адрес без «?» и «#»", "an address without ? and #"))
    return faults


def _tell(faults: list[Fault]) -> None:
    if faults:
        raise Faults(
            "Настройки подключения к 1С заданы неверно.",
            faults,
            en="The settings of the connection to 1C are wrong.",
            todo="Исправьте их в настройках связи.",
            todo_en="Correct them in the link's settings.",
        )
