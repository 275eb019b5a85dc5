"""The stock job as peers do it; runs in the peers' environment, without the product.

A contender as in ``bench.contenders``: says it is ready, does the job once a line of standard input, prints what it took.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import requests
import zeep
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GOODS: Final = 50_000
CODES: Final = 48_000
PAGE: Final = 5_000
WSDL: Final = "connectors/crm/xdatalink/xdatalink.wsdl"


def good_key(number: int) -> str:
    """Return the reference of good ``number``, as the prepared base has it."""
    return str(uuid.UUID(int=(0x5A << 120) | (number * 2_654_435_761 % (1 << 32)) << 64 | number))


PAIRS: Final = {good_key(number): f"46006820{number % CODES:05d}" for number in range(GOODS)}


def pages(onec: str) -> Iterator[list[dict[str, Any]]]:
    """Yield the balances page by page."""
    session = requests.Session()
    url = onec + quote("/AccumulationRegister_ТоварыНаСкладах/Balance()")
    skip = 0
    while True:
        answer = session.get(f"{url}?$format=json&$top={PAGE}&$skip={skip}", timeout=60)
        rows = json.loads(answer.content, parse_float=Decimal, parse_int=Decimal)["value"]
        yield rows
        skip += len(rows)
        if len(rows) < PAGE:
            return


Lines = list[tuple[str, Decimal]]


def strings(crm: str) -> Callable[[Lines], None]:
    """Return what sends lines as the protocol has it: a text built with lxml, one string for zeep to carry."""
    client: Any = zeep.Client(WSDL)  # type: ignore[no-untyped-call]  # zeep has no types
    proxy = client.create_service(str(next(iter(client.wsdl.bindings))), crm)

    def send(lines: Lines) -> None:
        root = etree.Element("extdata", user="BENCH")
        scheme = etree.SubElement(root, "scheme", name="CRMWhBalanceEx", request="set")
        rows = etree.SubElement(scheme, "o")
        for code, quantity in lines:
            row = etree.SubElement(rows, "r")
            for value in (code, "ea", f"{quantity:f}"):
                etree.SubElement(row, "f").text = value
        proxy.Request(XMLData=etree.tostring(root, encoding="unicode"))

    return send


def objects(crm: str) -> Callable[[Lines], None]:
    """Return what sends lines as zeep's own typed objects."""
    client: Any = zeep.Client("bench/typed.wsdl")  # type: ignore[no-untyped-call]  # zeep has no types
    proxy = client.create_service("{urn:bench}Binding", crm)

    def send(lines: Lines) -> None:
        proxy.Balance(Line=[{"WareId": code, "UnitId": "ea", "Quantity": quantity} for code, quantity in lines])

    return send


def plain(send: Callable[[Lines], None], onec: str) -> Callable[[], None]:
    """Do it with requests, json and dicts, one page after the other, 1,000 lines a message."""

    def run() -> None:
        sums: dict[str, Decimal] = {}
        for rows in pages(onec):
            for row in rows:
                code = PAIRS[row["Номенклатура_Key"]]
                sums[code] = sums.get(code, Decimal(0)) + row["ВНаличииBalance"]
        lines = list(sums.items())
        for start in range(0, len(lines), 1_000):
            send(lines[start : start + 1_000])

    return run


def dlt(send: Callable[[Lines], None], onec: str) -> Callable[[], None]:
    """Do it with dlt both ways: parquet into duckdb, a join in SQL, and a custom destination of 1,000 lines a batch."""
    import dlt as tool

    os.environ["SCHEMA__NAMING"] = "direct"  # the default drops Cyrillic letters and merges columns silently
    os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    number = {"data_type": "decimal", "precision": 18, "scale": 3}

    @tool.destination(batch_size=1_000, name="crm", naming_convention="direct")  # type: ignore[untyped-decorator]  # dlt has none here
    def crm(items: list[dict[str, Any]], table: object) -> None:
        del table
        send([(item["theirs"], Decimal(item["quantity"])) for item in items])

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            base = tool.destinations.duckdb(f"{folder}/bench.duckdb")
            into = tool.pipeline("into", pipelines_dir=folder, destination=base, dataset_name="stock")
            columns = {"ВНаличииBalance": number, "КОтгрузкеBalance": number}
            balances = tool.resource(lambda: pages(onec), name="balances", columns=columns)
            pairs = tool.resource(lambda: iter([[{"ours": o, "theirs": t} for o, t in PAIRS.items()]]), name="pairs")
            into.run([balances(), pairs()], loader_file_format="parquet", write_disposition="replace")
            with into.sql_client() as sql, sql.execute_query(JOIN) as found:
                lines = [{"theirs": code, "quantity": quantity} for code, quantity in found.fetchall()]
            out = tool.pipeline("out", pipelines_dir=folder, destination=crm)
            out.run(lines, table_name="lines", columns={"quantity": number})

    return run


JOIN: Final = (
    'SELECT theirs, SUM("ВНаличииBalance") FROM balances JOIN pairs ON ours = "Номенклатура_Key" GROUP BY theirs'
)


def main() -> None:
    """Prepare the named peer, then run it once for each line that comes in."""
    name, onec, crm = sys.argv[1:4]
    job = {
        "strings": lambda: plain(strings(crm), onec),
        "objects": lambda: plain(objects(crm), onec),
        "dlt": lambda: dlt(objects(crm), onec),
    }[name]()
    print(json.dumps({"ready": name}), flush=True)
    for _ in sys.stdin:
        cpu, wall = sum(os.times()[:4]), time.perf_counter()
        job()
        took = {"cpu": sum(os.times()[:4]) - cpu, "wall": time.perf_counter() - wall}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**took, "peak_mib": peak}), flush=True)


if __name__ == "__main__":
    main()
