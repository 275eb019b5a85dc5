"""1C sessions kept between requests, and how many requests may be under way at once.

Protocol (reference onec-odata, 1): ``IBSession: start`` on a request, the answer sets the cookie ``ibsession``, which
is sent from then on; ``IBSession: finish`` ends it. A session serves one request at a time, so each lane has its own.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEADER: Final = "IBSession"
COOKIE: Final = "ibsession"


class Lanes:
    """Lets at most ``limit`` requests be under way; ``narrow`` makes that one for good: 1C has no more sessions."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._free = threading.Condition()
        self._used = 0

    def __enter__(self) -> None:
        with self._free:
            self._free.wait_for(lambda: self._used < self.limit)
            self._used += 1

    def __exit__(self, *_: object) -> None:
        with self._free:
            self._used -= 1
            self._free.notify_all()

    def narrow(self) -> None:
        """Go on with one request at a time."""
        self.limit = 1


class Session:
    """One 1C session: its cookies once it has begun."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    @property
    def begun(self) -> bool:
        """Whether 1C has given this session a cookie."""
        return COOKIE in self.cookies

    def headers(self) -> dict[str, str]:
        """Return what the next request carries: the cookie, or the wish to begin."""
        if not self.begun:
            return {HEADER: "start"}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def learn(self, set_cookies: Iterable[str]) -> None:
        """Keep the cookies of an answer (those of a load balancer too: the session lives on one server)."""
        for header in set_cookies:
            try:
                jar = SimpleCookie(header)
            except CookieError:  # a cookie that cannot be read is as good as none
                continue
            self.cookies.update({name: morsel.value for name, morsel in jar.items()})

    def drop(self) -> None:
        """Forget the cookies: the next request begins anew."""
        self.cookies.clear()


class Sessions:
    """The sessions of one client; without the setting all requests go without.

    A base that gives no cookie is not asked again: a publication may ignore the header, and that is no error.
    """

    def __init__(self, *, wanted: bool) -> None:
        self.offered = wanted
        self._idle: list[Session] = []
        self._lock = threading.Lock()

    @contextmanager
    def borrowed(self) -> Iterator[Session | None]:
        """Lend a session to one request; None where there are none."""
        if not self.offered:
            yield None
            return
        with self._lock:
            session = self._idle.pop() if self._idle else Session()
        try:
            yield session
        finally:
            with self._lock:
                if session.begun:
                    self._idle.append(session)

    def not_offered(self) -> None:
        """Remember that this base gives no sessions."""
        self.offered = False

    def all(self) -> list[Session]:
        """Take out every session that has begun, to end them."""
        with self._lock:
            idle, self._idle = self._idle, []
        return idle
