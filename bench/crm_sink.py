"""A manufacturer's service that only takes requests and counts: its own cost stands in no contender's figure.

``GET /sum`` gives what came since the last time it was asked: requests, bytes, lines, and the exact sum of the last
value of each line, in millionths. ``POST`` is answered as an ASMX service answers.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMESPACE: Final = "http://www.monolit.com/xDataLink/"
RESULT: Final = '&lt;extdata user="BENCH"&gt;&lt;scheme name="CRMWhBalanceEx" request="set"/&gt;&lt;/extdata&gt;'
ANSWER: Final = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    f'<soap:Body><RequestResponse xmlns="{NAMESPACE}"><RequestResult>{RESULT}</RequestResult></RequestResponse>'
    "</soap:Body></soap:Envelope>"
).encode()
TYPED: Final = (
    b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    b'<BalanceResponse xmlns="urn:bench"/></soap:Body></soap:Envelope>'
)
"""What a service of typed lines answers: a peer of the bench is such a client."""

LINE: Final = re.compile(rb"(?:&lt;/f&gt;&lt;f&gt;|Quantity>)(-?[0-9.]+)(?:&lt;/f&gt;&lt;/r&gt;|</)")


class Sink:
    """Takes requests on a free port of the loopback, ``latency`` seconds each."""

    def __init__(self, latency: float = 0.0) -> None:
        self._latency = latency
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._bodies: list[bytes] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/xDataLink/xDataLink.asmx"

    def serve(self) -> None:
        """Accept until the process is ended."""
        while True:
            connection, _ = self._listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._speak, args=(connection,), daemon=True).start()

    def _speak(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while first := stream.readline():
                length = 0
                while (header := stream.readline().strip().lower()) != b"":
                    if header.startswith(b"content-length:"):
                        length = int(header.partition(b":")[2])
                body = stream.read(length)
                if first.startswith(b"POST"):
                    time.sleep(self._latency)
                    self._bodies.append(body)
                    answer = TYPED if b"urn:bench" in body[:400] else ANSWER
                else:
                    answer = json.dumps(self._counted()).encode()
                kind = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: "
                connection.sendall(kind + str(len(answer)).encode() + b"\r\n\r\n" + answer)

    def _counted(self) -> dict[str, int]:
        bodies, self._bodies = self._bodies, []
        values = [value for body in bodies for value in LINE.findall(body)]
        total = sum(int(Decimal(value.decode()).scaleb(6)) for value in values)
        size = max(map(len, bodies), default=0)
        return {"requests": len(bodies), "largest": size, "lines": len(values), "micro": total}


@contextmanager
def sinking(latency: float = 0.0) -> Iterator[str]:
    """Serve in a process of its own for the length of the block; yields the service's address."""
    with subprocess.Popen([sys.executable, "-m", "bench.crm_sink", str(latency)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().decode().strip()
        finally:
            process.terminate()


def main() -> None:
    """Print the address, serve until ended."""
    sink = Sink(float(sys.argv[1]) if len(sys.argv) > 1 else 0.0)
    print(sink.url, flush=True)
    sink.serve()


if __name__ == "__main__":
    main()
