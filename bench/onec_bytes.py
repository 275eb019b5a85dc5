"""A 1C base that only serves prepared bytes: the balance table of reference size, as fast as a socket takes it.

Rows stand ready in one block in 1C's layout (raw Cyrillic, one property a line, 412 bytes a row); a page is a slice of
it. ``$top`` and ``$skip`` are honoured, everything else of a query is not read: the rows are what ``$select`` and
``$orderby`` would not change. Run alone (``python -m bench.onec_bytes --rows 200000``) it prints its address as JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import subprocess
import sys
import threading
import time
import uuid
from array import array
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = "/ut/odata/standard.odata"
EMPTY: Final = "00000000-0000-0000-0000-000000000000"
HEAD: Final = b'{\n"odata.metadata": "http://localhost/ut/odata/standard.odata/$metadata#Balance",\n"value": [\n'
TAIL: Final = b"\n]\n}"


def good_key(number: int) -> str:
    """Return the reference of good ``number``: the same in every run."""
    return str(uuid.UUID(int=(0x5A << 120) | (number * 2_654_435_761 % (1 << 32)) << 64 | number))


def warehouse_key(number: int) -> str:
    """Return the reference of warehouse ``number``: the same in every run."""
    return str(uuid.UUID(int=(0x77 << 120) | number))


@dataclass(frozen=True)
class Rows:
    """Prepared rows: ``block`` holds them with their separators, row ``i`` begins at ``starts[i]``.

    ``total`` is the sum of all quantities in thousandths, for checking what a job carried.
    """

    block: bytes
    starts: array[int]
    total: int

    def page(self, top: int, skip: int) -> bytes:
        """Return the answer for ``$top`` and ``$skip``."""
        count = len(self.starts) - 1
        first, last = min(skip, count), min(skip + top, count)
        if first == last:
            return HEAD + TAIL
        separator = len(b",\n") if last < count else 0
        return b"".join((HEAD, memoryview(self.block)[self.starts[first] : self.starts[last] - separator], TAIL))


def prepare(rows: int, *, goods: int = 50_000, seed: int = 1) -> Rows:
    """Build ``rows`` balances of ``goods`` goods over as many warehouses as it takes; one row a good and warehouse."""
    dice = random.Random(seed)  # noqa: S311 - numbers for a bench, no cryptography
    keys = [good_key(number) for number in range(goods)]
    starts, parts, at, total = array("Q", [0]), [], 0, 0
    for number in range(rows):
        thousandths = dice.randrange(1, 40_000_000)
        total += thousandths
        quantity = f"{thousandths / 1000:.3f}".rstrip("0").rstrip(".")
        row = (
            f'{{\n"Номенклатура_Key": "{keys[number % goods]}",\n"Характеристика_Key": "{EMPTY}",\n'
            f'"Назначение_Key": "{EMPTY}",\n"Склад_Key": "{warehouse_key(number // goods)}",\n'
            f'"Помещение_Key": "{EMPTY}",\n"ВНаличииBalance": {quantity},\n"КОтгрузкеBalance": 0\n}}'
        ).encode()
        row += b",\n" if number < rows - 1 else b""
        at += len(row)
        starts.append(at)
        parts.append(row)
    return Rows(b"".join(parts), starts, total)


class Server:
    """Serves prepared rows on a free port of the loopback, a thread a connection, ``latency`` seconds a request."""

    def __init__(self, rows: Rows, *, latency: float = 0.0, port: int = 0) -> None:
        self._rows, self._latency = rows, latency
        self._listener = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}{ROOT}"

    def serve(self) -> None:
        """Accept until the listener is closed."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._speak, args=(connection,), daemon=True).start()

    def close(self) -> None:
        """Stop accepting."""
        self._listener.close()

    def _speak(self, connection: socket.socket) -> None:
        with connection:
            received = b""
            while True:
                head, found, received = received.partition(b"\r\n\r\n")
                if not found:
                    received = head
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    received += piece
                    continue
                time.sleep(self._latency)
                body = self._answer(head)
                kind = b"HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=utf-8\r\nContent-Length: "
                connection.sendall(kind + str(len(body)).encode() + b"\r\n\r\n")
                connection.sendall(body)

    def _answer(self, head: bytes) -> bytes:
        target = unquote(head.split(b" ", 2)[1].decode())
        options = dict(pair.partition("=")[::2] for pair in target.partition("?")[2].split("&"))
        return self._rows.page(int(options.get("$top", "1000000000")), int(options.get("$skip", "0")))


@contextmanager
def serving(rows: int, *, goods: int = 50_000, latency: float = 0.0) -> Iterator[str]:
    """Serve in a process of its own for the length of the block; yields the OData root."""
    command = [sys.executable, "-m", "bench.onec_bytes", f"--rows={rows}", f"--goods={goods}", f"--latency={latency}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["onec"]
        finally:
            process.terminate()


def main() -> None:
    """Prepare, print the address as one line of JSON, serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--goods", type=int, default=50_000)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    rows = prepare(given.rows, goods=given.goods)
    server = Server(rows, latency=given.latency, port=given.port)
    print(json.dumps({"onec": server.url, "bytes": len(rows.block), "thousandths": rows.total}), flush=True)
    server.serve()


if __name__ == "__main__":
    main()
