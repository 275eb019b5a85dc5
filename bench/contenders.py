"""The stock job, done twice: as fast as it can be done at all (``floor``), and by the product (``mi1c``).

A contender is a process of its own that says it is ready, then does the job each time a line comes on its standard
input and prints what it took as JSON: CPU and wall seconds of that run, peak memory of the process so far in MiB.
The job: all balances of the prepared base, joined with 50,000 pairs on 48,000 codes of theirs, to the service.
"""

from __future__ import annotations

import json
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import msgspec

from bench.onec_bytes import good_key, warehouse_key

if TYPE_CHECKING:
    from collections.abc import Callable

GOODS: Final = 50_000
CODES: Final = 48_000
PAGE: Final = 5_000
WAREHOUSES: Final = 20


def their_code(number: int) -> str:
    """Return their code of our good ``number``; 2,000 of them stand for two goods of ours."""
    return f"46006820{number % CODES:05d}"


# -- the floor ---------------------------------------------------------------------------------------------------------


class Row(msgspec.Struct, gc=False):
    """The three of seven properties that the job needs."""

    good: str = msgspec.field(name="Номенклатура_Key")
    warehouse: str = msgspec.field(name="Склад_Key")
    quantity: float = msgspec.field(name="ВНаличииBalance")


class Page(msgspec.Struct, gc=False):
    """A page of balances."""

    value: list[Row]


def floor(onec: str, crm: str) -> Callable[[], None]:
    """Raw socket download, typed decode, a dict, a string body, escaping, one raw post; no check, no ledger."""
    pairs = {good_key(number): their_code(number) for number in range(GOODS)}
    decoder = msgspec.json.Decoder(Page)
    base, service = urlsplit(onec), urlsplit(crm)
    path = base.path + quote("/AccumulationRegister_ТоварыНаСкладах/Balance()")

    def run() -> None:
        sums: dict[str, int] = {}
        skip, pulled = 0, PAGE
        with socket.create_connection((base.hostname or "", base.port or 80)) as connection:
            while pulled == PAGE:
                ask = f"GET {path}?$format=json&$top={PAGE}&$skip={skip} HTTP/1.1\r\nHost: x\r\n\r\n"
                connection.sendall(ask.encode())
                rows = decoder.decode(answer(connection)).value
                for row in rows:
                    code = pairs[row.good]
                    sums[code] = sums.get(code, 0) + round(row.quantity * 1000)
                pulled = len(rows)
                skip += pulled
        lines = "".join(f"<r><f>{code}</f><f>ea</f><f>{quantity / 1000:.3f}</f></r>" for code, quantity in sums.items())
        body = f'<extdata user="BENCH"><scheme name="CRMWhBalanceEx" request="set"><o>{lines}</o></scheme></extdata>'
        escaped = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
        with socket.create_connection((service.hostname or "", service.port or 80)) as connection:
            head = f"POST {service.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(escaped)}\r\n\r\n"
            connection.sendall(head.encode())
            connection.sendall(escaped)
            answer(connection)

    return run


def answer(connection: socket.socket) -> bytearray:
    """Return the body of one HTTP answer."""
    received = bytearray()
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += connection.recv(65536)
    found = re.search(rb"Content-Length: (\d+)", received[:end])
    assert found is not None
    length, have = int(found[1]), len(received) - end - 4
    body = bytearray(length)
    body[:have] = received[end + 4 :]
    view, at = memoryview(body), have
    while at < length:
        at += connection.recv_into(view[at:])
    return body


# -- the product -------------------------------------------------------------------------------------------------------


def mi1c(onec: str, crm: str) -> Callable[[], None]:
    """Do it the product's own way, validation and ledger on, without Prefect's runs around it."""
    from foundation.database import open_database
    from foundation.settings import link_settings
    from tasks.extract import read_table
    from tasks.links import open_link
    from tasks.load import prepare_stock, send
    from tasks.transform import translate_stock

    folder = tempfile.mkdtemp(prefix="mi1c-bench-")
    url = f"sqlite:///{Path(folder) / 'bench.sqlite'}"
    # The exchanges before were other runs: what they took is not this one's memory.
    subprocess.run([sys.executable, "-m", "bench.contenders", "fill", url], check=True)
    database = open_database(url)
    warehouses = {warehouse_key(number): "1" for number in range(WAREHOUSES)}
    settings = link_settings(
        {
            "onec_url": onec,
            "onec_user": "bench",
            "crm_url": crm,
            "crm_user": "BENCH",
            "crm_own_wsdl": True,
            "warehouses": warehouses,
            "page_rows": PAGE,
        }
    )
    link = open_link("bench", settings, database)

    def run() -> None:
        translation = translate_stock(link, read_table(link, "stock"))
        done = send.fn(link, prepare_stock.fn(link, translation))
        assert str(done.state) == "answered"

    return run


def fill(url: str) -> None:
    """Put the goods of both sides and the pairs into a database, as the exchanges before would have."""
    import pandas as pd

    from foundation.database import migrate, open_database, utc_now
    from ledger.links import link_id
    from mappings.catalog import store_ours, store_theirs
    from mappings.correspondences import confirm_many
    from mappings.pairs import Pair

    ours = [good_key(number) for number in range(GOODS)]
    goods = pd.DataFrame({"our_good": ours, "name": [f"Товар {n}" for n in range(GOODS)], "our_unit": "piece"})
    units = pd.DataFrame({"our_unit": ["piece"], "name": ["шт"]})
    places = pd.DataFrame({"our_warehouse": [warehouse_key(n) for n in range(WAREHOUSES)]})
    places["name"] = places["our_warehouse"]
    theirs = pd.DataFrame({"their_good": [their_code(n) for n in range(CODES)], "their_unit": "ea"})
    theirs["name"], theirs["factor"] = theirs["their_good"], 1_000_000
    database = open_database(url)
    migrate(database)
    with database.begin() as session:
        now, link = utc_now(), link_id(session, "bench")
        store_ours(session, link, "good", goods, now)
        store_ours(session, link, "unit", units, now)
        store_ours(session, link, "warehouse", places, now)
        store_theirs(session, link, theirs, now)
        pairs = [Pair("good", good, their_code(n), source="import") for n, good in enumerate(ours)]
        confirm_many(session, link, pairs, author="bench")
        confirm_many(session, link, [Pair("unit", "piece", "ea", source="import")], author="bench")


CONTENDERS: Final = {"floor": floor, "mi1c": mi1c}


def main() -> None:
    """Prepare the named contender, then run it once for each line that comes in."""
    if sys.argv[1] == "fill":
        fill(sys.argv[2])
        return
    name, onec, crm = sys.argv[1:4]
    job = CONTENDERS[name](onec, crm)
    print(json.dumps({"ready": name}), flush=True)
    for _ in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        job()
        took = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**took, "peak_mib": peak}), flush=True)


if __name__ == "__main__":
    main()
