"""The wire on real sockets of the loopback and on functions: retries, sessions, sign-in, time-outs, broken answers."""

from __future__ import annotations

import base64
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from werkzeug import Request, Response

from connectors.onec.odata import OneC, OneCAddress, Retry
from connectors.onec.odata.sessions import Session
from connectors.onec.odata.transport import WideTransport, tls
from foundation.errors import Ambiguous, BadAnswer, Busy, MI1CError, Refused, Unreachable
from tests.connectors.odata_base import AT_ONCE, GOODS, PASSWORD, Base, answered, goods, onec, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_httpserver import HTTPServer

ONCE = Retry(attempts=1)


@contextmanager
def listening(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """Yield the address of a server that does with each connection what ``speak`` says."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    speak(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/ut"
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_reads_are_repeated_until_they_succeed() -> None:
    base = Base(goods(3), lambda number: httpx.Response(503) if number < 3 else None)
    with onec(base) as client:
        assert len(client.read(GOODS)) == 3
    assert len(base.requests) == 3


def test_reads_are_repeated_as_often_as_the_policy_says() -> None:
    base = Base(goods(3), lambda _: httpx.Response(503))
    with onec(base) as client, pytest.raises(Busy):
        client.read(GOODS)
    assert len(base.requests) == AT_ONCE.attempts


def test_refusals_are_not_repeated() -> None:
    base = Base(goods(3), lambda _: refused(500, "-1", "Ошибка"))
    with onec(base) as client, pytest.raises(Refused):
        client.read(GOODS)
    assert len(base.requests) == 1


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("late"), httpx.ConnectError("no"), httpx.ReadError("cut")])
def test_network_failures_are_repeated_for_reads_and_never_for_writes(failure: httpx.TransportError) -> None:
    tried: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        tried.append(request.method)
        raise failure

    with onec(answer) as client:
        with pytest.raises((Ambiguous, Unreachable)):
            client.read(GOODS)
        with pytest.raises((Ambiguous, Unreachable)):
            client.create("Document_ЗаказКлиента", {})
    assert tried == ["GET"] * AT_ONCE.attempts + ["POST"]


def test_a_cyrillic_user_signs_in_as_utf8() -> None:
    base = Base(goods(1))
    with onec(base) as client:
        client.read(GOODS)
    token = base.requests[0].headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(token).decode("utf-8") == f"Обмен:{PASSWORD}"


def test_without_a_user_nothing_is_signed() -> None:
    base = Base(goods(1))
    with onec(base, user="", password="") as client:
        client.read(GOODS)
    assert "Authorization" not in base.requests[0].headers


class Sessions:
    """A base with sessions: gives a cookie, forgets it when told, counts what is begun and ended."""

    def __init__(self, *, stale: httpx.Response | None = None) -> None:
        self.alive: set[str] = set()
        self.begun = self.ended = 0
        self.stale = stale
        self.seen: list[tuple[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        wish, cookie = request.headers.get("IBSession", ""), request.headers.get("Cookie", "")
        self.seen.append((wish, cookie))
        session = cookie.partition("ibsession=")[2].partition(";")[0]
        if wish == "finish":
            self.ended += 1
            return httpx.Response(200)
        if session and session not in self.alive and self.stale:
            return self.stale
        headers = {}
        if wish == "start":
            self.begun += 1
            session = f"s{self.begun}"
            self.alive.add(session)
            headers = {"Set-Cookie": f"ibsession={session}; path=/ut; HttpOnly"}
        return answered({"value": goods(1)}, headers=headers)


def test_a_session_is_begun_once_kept_and_ended() -> None:
    base = Sessions()
    with onec(base, use_session=True) as client:
        for _ in range(3):
            client.read(GOODS)
    assert base.seen == [
        ("start", ""),
        ("", "ibsession=s1"),
        ("", "ibsession=s1"),
        ("finish", "ibsession=s1"),
    ]
    assert (base.begun, base.ended) == (1, 1)


def test_without_the_setting_no_session_is_asked_for() -> None:
    base = Sessions()
    with onec(base) as client:
        client.read(GOODS)
    assert base.seen == [("", "")]


def test_a_publication_that_ignores_the_wish_is_no_error_and_not_asked_again() -> None:
    base = Base(goods(1))
    with onec(base, use_session=True) as client:
        client.read(GOODS)
        client.read(GOODS)
    assert [request.headers.get("IBSession") for request in base.requests] == ["start", None]


@pytest.mark.parametrize("stale", [httpx.Response(400), refused(500, "-1", "Сеанс не найден")])
def test_a_stale_cookie_is_dropped_once(stale: httpx.Response) -> None:
    base = Sessions(stale=stale)
    with onec(base, use_session=True) as client:
        client.read(GOODS)
        base.alive.clear()
        assert len(client.read(GOODS)) == 1
    assert [wish for wish, _ in base.seen] == ["start", "", "start", "finish"]


def test_a_write_is_not_repeated_for_a_stale_cookie() -> None:
    """It fails, and the next request begins a new session."""
    base = Sessions(stale=httpx.Response(500))
    with onec(base, use_session=True) as client:
        client.read(GOODS)
        base.alive.clear()
        with pytest.raises(MI1CError):
            client.create("Catalog_Номенклатура", {})
        client.read(GOODS)
    assert [wish for wish, _ in base.seen] == ["start", "", "start", "finish"]


def test_a_real_error_in_a_session_is_told_after_one_more_try() -> None:
    base = Sessions()
    answers = iter([None, refused(500, "-1", "Ошибка"), refused(500, "-1", "Ошибка")])

    def answer(request: httpx.Request) -> httpx.Response:
        return next(answers, None) or base(request)

    with onec(answer, use_session=True) as client:
        client.read(GOODS)
        with pytest.raises(Refused):
            client.read(GOODS)


def test_a_session_that_cannot_be_ended_does_not_matter() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers.get("IBSession") == "finish":
            raise httpx.ConnectError("gone")
        return answered({"value": goods(1)}, headers={"Set-Cookie": "ibsession=1"})

    with onec(answer, use_session=True) as client:
        assert len(client.read(GOODS)) == 1


def test_parallel_requests_have_sessions_of_their_own() -> None:
    """A 1C session serves one request at a time; two at once in one session would wait for each other."""
    lock = threading.Lock()
    busy: set[str] = set()
    clashes = []
    base = Base(goods(200))
    begun = iter(range(1000))

    def answer(request: httpx.Request) -> httpx.Response:
        cookie = request.headers.get("Cookie", "")
        if request.headers.get("IBSession") == "finish":
            return httpx.Response(200)
        with lock:
            if cookie in busy:
                clashes.append(cookie)
            if cookie:
                busy.add(cookie)
        response = base(request)
        with lock:
            busy.discard(cookie)
            if not cookie:
                response.headers["Set-Cookie"] = f"ibsession=s{next(begun)}"
        return response

    with onec(answer, use_session=True, page_rows=5, connections=4) as client:
        assert len(client.read(GOODS)) == 200
    assert not clashes
    assert next(begun) <= 4


def test_cookies_that_cannot_be_read_are_none() -> None:
    session = Session()
    session.learn(["[]=x", "ARRAffinity=a1; path=/", "ibsession=7"])
    assert session.headers() == {"Cookie": "ARRAffinity=a1; ibsession=7"}


def test_pages_over_a_real_connection(httpserver: HTTPServer) -> None:
    """Keep-alive, larger pieces than httpx takes, Cyrillic in the path."""
    big = [{**row, "Description": "Длинное имя " * 400} for row in goods(500)]
    base = Base(big)

    def handle(request: Request) -> Response:
        answer = base(httpx.Request("GET", request.url))
        return Response(answer.content, content_type="application/json;charset=utf-8")

    httpserver.expect_request("/ut/odata/standard.odata/Catalog_Номенклатура").respond_with_handler(handle)
    with OneC(OneCAddress(httpserver.url_for("/ut"), page_rows=100)) as client:
        frame = client.read(GOODS)
    assert frame["name"].str.len().sum() == sum(len(row["Description"].rstrip()) for row in big)
    assert frame["our_good"].tolist() == [row["Ref_Key"] for row in big]


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with OneC(OneCAddress(f"http://127.0.0.1:{port}/ut"), retry=ONCE) as client, pytest.raises(Unreachable) as caught:
        client.read(GOODS)
    assert "не принимает соединения" in caught.value.said


def test_a_server_that_speaks_no_tls() -> None:
    def speak(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with (
        listening(speak) as url,
        OneC(OneCAddress(url.replace("http:", "https:")), retry=ONCE) as client,
        pytest.raises(BadAnswer, match="Сертификату"),
    ):
        client.read(GOODS)


def test_a_base_that_answers_after_the_time_out() -> None:
    """The reader gives up; nothing stays open that would keep the test's server from ending."""
    released = threading.Event()

    def speak(connection: socket.socket) -> None:
        connection.recv(10_000)
        released.wait(10)

    with (
        listening(speak) as url,
        OneC(OneCAddress(url, timeout=0.2), retry=ONCE) as client,
    ):
        with pytest.raises(Ambiguous, match=r"не ответила за 0\.2 с"):
            client.read(GOODS)
        released.set()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"value": [',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"val\r\n',
        b"nonsense\r\n\r\n",
    ],
)
def test_a_connection_that_breaks(sent: bytes) -> None:
    """Before the answer, in the middle of it, or with something that is no HTTP: nothing half-read is given out."""

    def speak(connection: socket.socket) -> None:
        connection.recv(10_000)
        connection.sendall(sent)

    with (
        listening(speak) as url,
        OneC(OneCAddress(url, user="Обмен", password=PASSWORD), retry=ONCE) as client,
        pytest.raises(Ambiguous) as caught,
    ):
        client.read(GOODS)
    assert PASSWORD not in str(caught.value)


def test_compressed_data_that_do_not_unpack() -> None:
    def speak(connection: socket.socket) -> None:
        connection.recv(10_000)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc")

    with listening(speak) as url, OneC(OneCAddress(url), retry=ONCE) as client:
        with pytest.raises(BadAnswer, match="не читается"):
            client.read(GOODS)
        with pytest.raises(Ambiguous):
            client.create("Catalog_Номенклатура", {})


def test_raw_utf8_in_a_header_is_taken() -> None:
    """1C writes Location as raw UTF-8."""
    body = b'{"Ref_Key": "1"}'
    location = "Location: http://h/Catalog_Номенклатура(guid'1')".encode()

    def speak(connection: socket.socket) -> None:
        connection.recv(10_000)
        connection.sendall(
            b"HTTP/1.1 201 Created\r\n" + location + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )

    with listening(speak) as url, OneC(OneCAddress(url)) as client:
        assert client.create("Catalog_Номенклатура", {"Description": "Вода"}) == {"Ref_Key": "1"}


def test_the_import_is_light() -> None:
    """A command line that only names the connector must not pay for pandas."""
    code = "import sys, connectors.onec.odata; print([name for name in ('pandas', 'numpy', 'prefect') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"


def test_a_tls_context_without_the_check() -> None:
    assert tls(verify=True).check_hostname
    assert not tls(verify=False).check_hostname


def test_other_errors_of_the_transport_pass() -> None:
    """An error that is not httpcore's is not disguised as the network's."""

    class Strange(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            raise KeyError("bug")

    def speak(connection: socket.socket) -> None:
        connection.recv(10_000)

    with listening(speak) as url:
        transport = WideTransport(connections=1, context=tls(verify=True))
        request = httpx.Request("POST", url, stream=Strange(), headers={"Content-Length": "1", "Host": "h"})
        with pytest.raises(KeyError):
            transport.handle_request(request)
        transport.close()
