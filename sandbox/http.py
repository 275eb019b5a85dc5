"""A small HTTP/1.1 server for the doubles that can also misbehave on the wire.

The standard library's threading server, because a fault needs the socket: a cut before the answer, half an answer,
a header in raw UTF-8 as 1C writes it. An ASGI server hides all three.
"""

from __future__ import annotations

import json
import logging
import socket
import struct
import threading
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from sandbox.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

HOLD_LIMIT: Final = 120.0
"""Seconds after which a held request goes on by itself, so that no test hangs a machine."""


@dataclass(slots=True)
class Request:
    """A request: ``path`` and ``query`` as they came (percent-encoded), header names in lower case.

    ``connection`` is the same object for all requests of one connection (NTLM speaks by connection).
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    connection: dict[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Path and query, percent-decoded: for faults and for people."""
        return unquote(self.path) + ("?" + unquote(self.query) if self.query else "")


@dataclass(slots=True)
class Response:
    """An answer. ``headers`` may hold text beyond latin-1: it leaves as raw UTF-8, as 1C sends it."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain;charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: Any, status: int = 200) -> Response:
        """Answer with JSON as tests and people read it."""
        body = json.dumps(value, ensure_ascii=False, indent=1, default=str).encode()
        return cls(status, body, "application/json;charset=utf-8")


@dataclass(frozen=True, slots=True)
class Seen:
    """One request in the log: when (monotonic seconds), what, the answer's status (0 = cut) and both sizes."""

    at: float
    method: str
    target: str
    status: int
    received: int
    sent: int


class Double:
    """What a double is to its server: ``handle`` answers; faults and the request log are common to all.

    ``fault_answer`` lets a double answer the faults that only it knows (a SOAP fault).
    """

    name = "double"

    def __init__(self) -> None:
        self.faults = Faults()
        self.seen: deque[Seen] = deque(maxlen=10_000)

    def handle(self, request: Request) -> Response:
        """Answer one request; called from many threads at once."""
        raise NotImplementedError

    def control(self, request: Request, tail: str) -> Response | None:
        """Answer a request under ``/_sandbox/`` of this double's own; None = not found."""
        del request, tail
        return None

    def fault_answer(self, kind: str, request: Request) -> Response | None:
        """Return this double's own answer for a fault kind that it alone knows."""
        del kind, request
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body leave in two writes: else each answer waits 40 ms for an ACK
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.shared: dict[str, Any] = {}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        log.debug(format, *args)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _serve(self) -> None:
        double = self.server.double
        path, _, query = self.path.partition("?")
        if "100-continue" in self.headers.get("Expect", "").lower():
            self.send_response_only(100)
            self.end_headers()
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, path, query, headers, self._body(), self.shared)
        if path.startswith("/_sandbox/"):
            self._send(_control(double, request))
            return
        answer = self._answer(double, request)
        status, size = (answer.status, len(answer.body)) if answer else (0, 0)
        double.seen.append(Seen(time.monotonic(), self.command, request.target, status, len(request.body), size))

    def _answer(self, double: Double, request: Request) -> Response | None:
        struck = double.faults.strike(request.method, request.target, request.body.decode("utf-8", "replace"))
        kinds = {fault.kind for fault in struck}
        instead: Response | None = None
        for fault in struck:
            match fault.kind:
                case "delay":
                    time.sleep(fault.seconds)
                case "hold_before":
                    fault.held.set()
                    fault.released.wait(HOLD_LIMIT)
                case "status":
                    instead = Response(fault.status, b"<html><body>Service Unavailable</body></html>", "text/html")
                case "html":
                    page = "<!DOCTYPE html><html><head><title>Вход</title></head><body>Вход в систему</body></html>"
                    instead = Response(200, page.encode(), "text/html;charset=utf-8")
                case "empty":
                    instead = Response(200, b"")
                case _:
                    instead = double.fault_answer(fault.kind, request) or instead
        if "cut_before" in kinds:
            self._cut()
            return None
        answer = instead or _guarded(double, request)
        for fault in struck:
            if fault.kind == "hold_after":
                fault.held.set()
                fault.released.wait(HOLD_LIMIT)
        if "cut_after" in kinds:
            self._cut()
            return None
        self._send(answer, half="half" in kinds)
        return answer

    def _send(self, answer: Response, *, half: bool = False) -> None:
        lines = [f"HTTP/1.1 {answer.status} {self.responses.get(answer.status, ('',))[0]}"]
        headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body)), **answer.headers}
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        body = b"" if self.command == "HEAD" else answer.body
        try:
            self.wfile.write(head)
            self.wfile.write(body[: len(body) // 2] if half else body)
            self.wfile.flush()
        except OSError:  # the client has gone: its affair
            self.close_connection = True
            return
        if half:
            self._cut()

    def _cut(self) -> None:
        """End the connection with a reset, as a network that breaks does."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def _guarded(double: Double, request: Request) -> Response:
    try:
        return double.handle(request)
    except Exception:
        log.exception("%s failed on %s %s", double.name, request.method, request.target)
        return Response(500, "Внутренняя ошибка двойника, смотрите его журнал".encode())


def _control(double: Double, request: Request) -> Response:
    tail = request.path.removeprefix("/_sandbox/")
    match request.method, tail:
        case "GET", "faults":
            return Response.json(double.faults.listed())
        case "POST", "faults":
            try:
                fault = double.faults.arm(**json.loads(request.body))
            except (ValueError, TypeError) as error:
                return Response.json({"error": str(error)}, 400)
            return Response.json(fault.public(), 201)
        case "DELETE", "faults":
            double.faults.clear()
            return Response.json([])
        case "POST", "release":
            double.faults.release()
            return Response.json(double.faults.listed())
        case "GET", "requests":
            return Response.json([{name: getattr(seen, name) for name in Seen.__slots__} for seen in double.seen])
    return double.control(request, tail) or Response.json({"error": "no such page"}, 404)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    block_on_close = False

    def __init__(self, double: Double, host: str, port: int) -> None:
        self.double = double
        super().__init__((host, port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        del request
        log.debug("connection of %s ended", client_address)


class Running:
    """A double that is being served: ``url`` is its root without a trailing slash."""

    def __init__(self, double: Double, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.double = double
        self._server = _Server(double, host, port)
        self.port: int = self._server.server_address[1]
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving and free the port."""
        self.double.faults.clear()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def serving(double: Double, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[Running]:
    """Serve a double for the length of the block, on a free port unless told otherwise."""
    running = Running(double, host=host, port=port)
    try:
        yield running
    finally:
        running.close()
