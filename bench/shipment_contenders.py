"""The shipment job, done twice: as fast as it can be done at all (``floor``), and by the product (``mi1c``).

Contenders as in ``bench.contenders``: a process says that it is ready, then does the job for each line that comes in.
The job: all documents of the prepared base, their lines in the manufacturer's codes, units and prices, to the service
in parts under the 4 MiB cap.
"""

from __future__ import annotations

import json
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

from bench.contenders import answer
from bench.onec_bytes import EMPTY, good_key, warehouse_key
from bench.onec_documents import DAYS, GOODS, LINES, OUTLETS, company_key, outlet_key

if TYPE_CHECKING:
    from collections.abc import Callable

CAP: Final = 4 * 1024 * 1024
PAGE: Final = 4_000
"""Rows a page, as the link says: the product takes a tenth of it in documents, and so does the floor."""

ENVELOPE: Final = 2_048


def their_code(number: int) -> str:
    """Return their code of our good ``number``."""
    return f"46006820{number:05d}"


# -- the floor ---------------------------------------------------------------------------------------------------------


class Line(msgspec.Struct, gc=False):
    """What the job needs of a line."""

    good: str = msgspec.field(name="Номенклатура_Key")
    package: str = msgspec.field(name="Упаковка_Key")
    packages: float = msgspec.field(name="КоличествоУпаковок")
    quantity: float = msgspec.field(name="Количество")
    price: float = msgspec.field(name="Цена")
    warehouse: str = msgspec.field(name="Склад_Key")


class Document(msgspec.Struct, gc=False):
    """What the job needs of a document."""

    number: str = msgspec.field(name="Number")
    date: str = msgspec.field(name="Date")
    posted: bool = msgspec.field(name="Posted")
    deleted: bool = msgspec.field(name="DeletionMark")
    outlet: str = msgspec.field(name="Партнер_Key")
    company: str = msgspec.field(name="Контрагент_Key")
    lines: list[Line] = msgspec.field(name="Товары")


class Page(msgspec.Struct, gc=False):
    """A page of documents."""

    value: list[Document]


def floor(onec: str, crm: str) -> Callable[[], None]:
    """Raw socket download, typed decode, dicts, string bodies, escaping, raw posts; no check, no ledger."""
    goods = {good_key(number): their_code(number) for number in range(GOODS)}
    outlets = {outlet_key(number): f"C{number:06}" for number in range(OUTLETS)}
    companies = {company_key(number): f"K{number % (OUTLETS // 4):06}" for number in range(OUTLETS)}
    warehouses = {warehouse_key(0): "1"}
    decoder = msgspec.json.Decoder(Page)
    base, service = urlsplit(onec), urlsplit(crm)
    path, page = base.path + quote("/Document_РеализацияТоваровУслуг"), PAGE // LINES

    def lines_of(document: Document) -> list[str]:
        head = f"<r><f>{companies[document.company]}</f><f>{outlets[document.outlet]}</f><f/><f/><f/><f/>"
        head += (
            f"<f>CustInvoice</f><f>{document.date[2:4]}-{document.number}</f><f>{document.date[:10]}T00:00:00</f><f/>"
        )
        made = []
        for line in document.lines:
            price = line.price if line.package == EMPTY else round(line.price * line.packages / line.quantity, 5)
            made.append(
                f"{head}<f>{warehouses[line.warehouse]}</f><f>{goods[line.good]}</f><f>ea</f>"
                f"<f>{price}</f><f>{line.quantity:g}</f></r>"
            )
        return made

    def run() -> None:
        rows: list[str] = []
        skip, pulled = 0, page
        with socket.create_connection((base.hostname or "", base.port or 80)) as connection:
            while pulled == page:
                ask = f"GET {path}?$format=json&$top={page}&$skip={skip} HTTP/1.1\r\nHost: x\r\n\r\n"
                connection.sendall(ask.encode())
                documents = decoder.decode(answer(connection)).value
                for document in documents:
                    if document.posted and not document.deleted:
                        rows += lines_of(document)
                pulled = len(documents)
                skip += pulled
        with socket.create_connection((service.hostname or "", service.port or 80)) as connection:
            for part, body in enumerate(parts(rows)):
                text = (
                    f'<extdata user="BENCH"><d name="CRMDespatchParam"><r><f>{min(part, 1)}</f><f>0</f></r></d>{body}'
                )
                escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
                head = f"POST {service.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(escaped)}\r\n\r\n"
                connection.sendall(head.encode())
                connection.sendall(escaped)
                answer(connection)

    return run


def parts(rows: list[str]) -> list[str]:
    """Cut rows into bodies under the cap, by the size that they have when escaped: 6 bytes more a tag."""
    found, begin, size = [], 0, ENVELOPE
    for at, row in enumerate(rows):
        wire = len(row) + 3 * (row.count("<") + row.count(">")) + 8
        if size + wire > CAP:
            found.append("".join(rows[begin:at]))
            begin, size = at, ENVELOPE
        size += wire
    return [*found, "".join(rows[begin:])]


# -- the product -------------------------------------------------------------------------------------------------------


def mi1c(onec: str, crm: str) -> Callable[[], None]:
    """Do it the product's own way, validation and ledger on, without Prefect's runs around it."""
    from foundation.database import open_database
    from foundation.settings import link_settings
    from tasks.links import open_link
    from tasks.load import send
    from tasks.shipments import find, prepare_shipments

    folder = tempfile.mkdtemp(prefix="mi1c-bench-")
    url = f"sqlite:///{Path(folder) / 'bench.sqlite'}"
    # The exchanges before were other runs: what they took is not this one's memory.
    subprocess.run([sys.executable, "-m", "bench.shipment_contenders", "fill", url], check=True)
    settings = link_settings(
        {
            "onec_url": onec,
            "onec_user": "bench",
            "crm_url": crm,
            "crm_user": "BENCH",
            "crm_own_wsdl": True,
            "warehouses": {warehouse_key(0): "1"},
            "page_rows": PAGE,
            "days": DAYS,
            "late_days": DAYS,
            "shipment_kinds": ["sale"],
        }
    )
    link = open_link("bench", settings, open_database(url))

    def run() -> None:
        done = send.fn(link, prepare_shipments.fn(link, find(link)))
        assert str(done.state) == "answered"

    return run


def fill(url: str) -> None:
    """Put goods and outlets of both sides and their pairs into a database, as the exchanges before would have."""
    import pandas as pd

    from foundation.database import migrate, open_database, utc_now
    from ledger.links import link_id
    from mappings.catalog import store_ours, store_theirs
    from mappings.correspondences import confirm_many
    from mappings.pairs import Pair

    ours = [good_key(number) for number in range(GOODS)]
    places, firms = [outlet_key(n) for n in range(OUTLETS)], [company_key(n) for n in range(OUTLETS // 4)]
    goods = pd.DataFrame({"our_good": ours, "name": [f"Товар {n}" for n in range(GOODS)], "our_unit": "piece"})
    units = pd.DataFrame({"our_unit": ["piece"], "name": ["шт"]})
    stores = pd.DataFrame({"our_warehouse": [warehouse_key(0)], "name": ["Основной"]})
    outlets = pd.DataFrame({"our_outlet": places, "name": [f"Магазин № {n}, ул. Мира" for n in range(OUTLETS)]})
    companies = pd.DataFrame({"our_counterparty": firms, "name": [f"ООО «Ромашка {n}»" for n in range(len(firms))]})
    theirs = pd.DataFrame({"their_good": [their_code(n) for n in range(GOODS)], "their_unit": "ea"})
    theirs["name"], theirs["factor"] = theirs["their_good"], 1_000_000
    database = open_database(url)
    migrate(database)
    with database.begin() as session:
        now, link = utc_now(), link_id(session, "bench")
        for kind, frame in (
            ("good", goods),
            ("unit", units),
            ("warehouse", stores),
            ("outlet", outlets),
            ("counterparty", companies),
        ):
            store_ours(session, link, kind, frame, now)  # type: ignore[arg-type]  # one of OurKind, just above
        store_theirs(session, link, theirs, now)
        pairs = [Pair("good", good, their_code(n), source="import") for n, good in enumerate(ours)]
        pairs += [Pair("outlet", place, f"C{n:06}", source="import") for n, place in enumerate(places)]
        pairs += [Pair("counterparty", firm, f"K{n:06}", source="import") for n, firm in enumerate(firms)]
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
