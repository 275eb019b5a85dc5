"""Requests to one 1C base over one httpx client: who asks, how often, in which session, and what a failure means.

Reads are repeated (network errors, time-outs, 503, no free session), writes never: a write without an answer is
``Ambiguous`` and its caller looks up what became of it.
"""

from __future__ import annotations

import base64
from contextlib import contextmanager
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Final, TypeVar

import httpx
import stamina

from connectors.onec.odata.faults import Ask, is_page, not_json, refusal, unanswered
from connectors.onec.odata.sessions import HEADER, Lanes, Session, Sessions
from connectors.onec.odata.transport import WideTransport, tls
from foundation.errors import Busy, Retriable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors.onec.odata.address import OneCAddress, Retry

T = TypeVar("T")

JSON: Final = "application/json;odata=nometadata"
"""``nometadata`` spares the link to itself that 1C else writes beside every reference."""

GOODBYE: Final = 5.0
"""Seconds that ending a session may take."""

_STALE: Final = frozenset({400, 500})


class Wire:
    """One client of one base. Safe for several threads; ``close`` ends the sessions and the connections."""

    def __init__(self, address: OneCAddress, *, retry: Retry, transport: httpx.BaseTransport | None = None) -> None:
        self.address = address
        self.lanes = Lanes(address.connections)
        self._retry = retry
        self._sessions = Sessions(wanted=address.use_session)
        user, password = address.user.encode(), address.password.encode()
        token = base64.b64encode(user + b":" + password).decode()
        self._secrets = (address.password, token if address.password else "")
        # Reading the certificates takes 30 ms: not for a plain address, from which no redirect is followed.
        context = tls(verify=address.verify and address.root.startswith("https:"))
        self._client = httpx.Client(
            transport=transport or WideTransport(connections=address.connections, context=context),
            auth=httpx.BasicAuth(user, password) if user else None,
            timeout=httpx.Timeout(address.timeout, connect=address.connect_timeout),
            # Sessions keep their own cookies, one set a lane; a common jar would mix them.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"Accept": JSON, "User-Agent": "MI1C"},
            follow_redirects=False,
            trust_env=False,
        )

    def ask(self, method: str = "GET", *, entity: str = "", function: str = "", writes: bool = False) -> Ask:
        """Describe a request as its errors will show it."""
        root, timeout = self.address.root, self.address.timeout
        return Ask(root, method, entity, function, timeout, writes, self._secrets)

    def get(self, path: str, ask: Ask) -> bytes:
        """Read; repeated by the policy. Raises what :mod:`faults` makes of a bad answer."""
        return self.repeated(lambda: self._once(path, ask))

    def repeated(self, read: Callable[[], T]) -> T:
        """Carry out a read, again by the policy where it raises Retriable."""
        policy = self._retry
        for attempt in stamina.retry_context(
            on=Retriable,
            attempts=policy.attempts,
            timeout=policy.timeout,
            wait_initial=policy.wait,
            wait_max=policy.wait_max,
            wait_jitter=policy.jitter,
        ):
            with attempt:
                return read()
        raise AssertionError  # pragma: no cover - stamina ends in a return or in the last error

    def send(self, path: str, ask: Ask, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        """Write, once. Raises Ambiguous where the request left and no whole answer came."""
        return self._once(path, ask, body, headers)

    @contextmanager
    def stream(self, path: str, ask: Ask) -> Iterator[Iterator[bytes]]:
        """Read a long answer piece by piece; not repeated."""
        with self.lanes, self._sessions.borrowed() as session:
            headers = {"Accept": "*/*", **(session.headers() if session else {})}
            try:
                with self._client.stream(ask.method, self.address.root + path, headers=headers) as answer:
                    if not answer.is_success:
                        raise self._refused(answer.status_code, answer.read(), ask, answer.headers.get("Location", ""))
                    self._learn(session, answer)
                    yield answer.iter_bytes()
            except httpx.TransportError as error:
                raise unanswered(error, ask) from error

    def close(self) -> None:
        """End the sessions, each in its own short request whose failure matters to nobody, and the connections."""
        for session in self._sessions.all():
            try:
                headers = {**session.headers(), HEADER: "finish"}
                self._client.get(self.address.root + "/", headers=headers, timeout=GOODBYE)
            except httpx.HTTPError:
                break
        self._client.close()

    def _once(self, path: str, ask: Ask, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        with self.lanes, self._sessions.borrowed() as session:
            stale_possible = session is not None and session.begun
            answer = self._request(path, ask, body, headers, session)
            if stale_possible and answer.status_code in _STALE and session is not None:
                # 1C refuses a cookie it has forgotten with 400 or 500: begin anew, and repeat what may be repeated.
                session.drop()
                if not ask.writes:
                    answer = self._request(path, ask, body, headers, session)
        # The answer and its stream hold each other: cut, or megabytes of pages wait for the garbage collector.
        answer.stream = httpx.ByteStream(b"")
        if not answer.is_success:
            raise self._refused(answer.status_code, answer.content, ask, answer.headers.get("Location", ""))
        if is_page(answer.content):
            raise not_json(answer.content, ask)
        return answer.content

    def _request(
        self, path: str, ask: Ask, body: bytes | None, headers: dict[str, str] | None, session: Session | None
    ) -> httpx.Response:
        sent = dict(headers or {})
        if session:
            sent |= session.headers()
        if body is not None:
            sent["Content-Type"] = "application/json;charset=utf-8"
        try:
            # Parsed here, once: httpx would parse a text twice, and the address of a look-up by forty numbers is long.
            url = httpx.URL(self.address.root + path)
            answer = self._client.request(ask.method, url, content=body, headers=sent)
        except httpx.TransportError as error:
            raise unanswered(error, ask) from error
        except httpx.DecodingError as error:
            raise unanswered(httpx.ReadError(""), ask) if ask.writes else not_json(b"?", ask) from error
        self._learn(session, answer)
        return answer

    def _learn(self, session: Session | None, answer: httpx.Response) -> None:
        if session is None:
            return
        session.learn(answer.headers.get_list("Set-Cookie"))
        if not session.begun and answer.is_success:
            self._sessions.not_offered()

    def _refused(self, status: int, body: bytes, ask: Ask, location: str) -> Exception:
        error = refusal(status, body, ask, location=location)
        if isinstance(error, Busy) and status != HTTPStatus.SERVICE_UNAVAILABLE:
            self.lanes.narrow()
        return error
