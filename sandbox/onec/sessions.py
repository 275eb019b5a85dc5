"""Sessions of 1C: a pool of a fixed size; a request takes a place in it, a kept session holds one between requests."""

from __future__ import annotations

import threading
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox.onec.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Pool:
    """``size`` sessions at once; one that is kept ends by itself ``max_age`` seconds after its last request.

    ``clock`` gives seconds; ``ignore_start`` is a publication that does not offer sessions: no cookie comes back.
    """

    def __init__(self, size: int, max_age: float, clock: Callable[[], float], *, ignore_start: bool) -> None:
        self.size = size
        self._max_age, self._clock, self._ignore = max_age, clock, ignore_start
        self._lock = threading.Lock()
        self._kept: dict[str, float] = {}
        self._passing = 0

    @property
    def kept(self) -> int:
        """How many sessions are kept at this moment."""
        with self._lock:
            self._expire()
            return len(self._kept)

    @contextmanager
    def place(self, wish: str, cookie: str) -> Iterator[str]:
        """Hold a place for one request; gives the session to set as a cookie, or "".

        Refuses with 406 when the pool is exhausted, and with 400 a cookie of a session that has ended.
        """
        session, passing = self._take("" if self._ignore else wish, "" if self._ignore else cookie)
        try:
            yield session
        finally:
            with self._lock:
                if passing:
                    self._passing -= 1
                if wish == "finish":
                    self._kept.pop(cookie, None)

    def _take(self, wish: str, cookie: str) -> tuple[str, bool]:
        with self._lock:
            self._expire()
            if cookie and wish != "start":
                if cookie not in self._kept:
                    raise Refusal(400, "", "Сеанс отсутствует или удален")
                self._kept[cookie] = self._clock()
                return "", False
            if len(self._kept) + self._passing >= self.size:
                raise Refusal(406, "", "Не удалось начать новый сеанс: достигнуто максимальное количество сеансов")
            if wish == "start":
                session = uuid.uuid4().hex
                self._kept[session] = self._clock()
                return session, False
            self._passing += 1
            return "", True

    def _expire(self) -> None:
        now = self._clock()
        for session in [each for each, used in self._kept.items() if now - used > self._max_age]:
            del self._kept[session]
