"""``python -m bench.orders``: 10,000 orders of 8 lines into the 1C double, one POST in ten cut after it was stored.

Printed and written to ``bench/results/orders.json``: duplicates (must be 0), the process's memory after the first and
the last 1,000 orders, the throughput, and its ratio to the bare sequence of the same HTTP calls with the same cuts.
The doubles run in a process of their own. One after the other waits here for one or the other process, so on a busy
machine the ratio of all CPU seconds (ours and the doubles' over the bare ones and theirs) is the steadier figure.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS: Final = Path(__file__).parent / "results"
LINES: Final = 8
ENTITY: Final = "Document_ЗаказКлиента"


def serve(orders: int) -> None:
    """Serve both doubles with so many orders until the process is ended; print their addresses and facts."""
    from decimal import Decimal

    import sandbox
    from sandbox.content import CrmOrder, CrmOrderLine
    from tests.orders.order_help import simple_goods, simple_outlets

    doubles = sandbox.start()
    cards = {card["Ref_Key"]: card for card in doubles.world.onec["Catalog_Номенклатура"]}
    goods, _ = simple_goods(doubles, cards)
    outlets = simple_outlets(doubles)[:200]
    holdings = doubles.crm.users[doubles.world.crm.user]
    holdings.orders.clear()
    holdings.ware_matches.clear()
    holdings.outlet_matches.clear()
    at = datetime(2026, 11, 20, 10, 15)  # noqa: DTZ001 - the service's wall clock
    for number in range(orders):
        lines = tuple(
            CrmOrderLine(goods[(number * 7 + place) % 400].their_id, "ea", Decimal(place + 1), Decimal("10.50"))
            for place in range(LINES)
        )
        outlet = outlets[number % len(outlets)]
        name = f"DS108-B{number:06d}"
        head = (name, at, at, outlet.their_id, "Магазин", "ул. Мира, д. 1", "101", "1", "CustOrder", "2", "1")
        holdings.orders[name] = CrmOrder(*head, lines)
    users = [user["Description"] for user in doubles.world.onec["Catalog_Пользователи"]]
    facts = {
        "onec": doubles.onec_url,
        "crm": doubles.crm_url,
        "user": holdings.user,
        "agent": users[0],
        "warehouse": next(p.our_id for p in doubles.world.pairs if p.kind == "warehouse" and p.their_id == "1"),
        "goods": [(g.our_id, g.their_id, cards[g.our_id]["ЕдиницаИзмерения_Key"], g.their_unit) for g in goods[:400]],
        "outlets": [(outlet.our_id, outlet.their_id) for outlet in outlets],
    }
    print(json.dumps(facts), flush=True)
    sys.stdin.readline()


@contextmanager
def serving(orders: int) -> Iterator[dict[str, Any]]:
    """Give the facts of doubles that run in a process of their own."""
    command = [sys.executable, "-m", "bench.orders", "--serve", str(orders)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline()) | {"pid": process.pid}
        finally:
            process.kill()


def arm(facts: dict[str, Any], every: int) -> None:
    """Cut every so-manieth POST of a document after it was stored."""
    base = facts["onec"].partition("/ut/")[0]
    fault = {"kind": "cut_after", "method": "POST", "match": f"/{ENTITY}", "every": every, "times": -1}
    httpx.post(f"{base}/_sandbox/faults", json=fault).raise_for_status()


def cpu_of(pid: int) -> float:
    """Return the CPU seconds that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory() -> float:
    """Return this process's resident memory in MiB."""
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def prepared(facts: dict[str, Any], folder: Path) -> Any:
    """Return an open link over a database of its own, with catalogs and pairs in it."""
    from foundation.database import migrate, open_database, utc_now
    from foundation.settings import link_settings
    from mappings.catalog import OURS, store_ours
    from mappings.correspondences import confirm_many
    from mappings.pairs import Pair
    from sandbox.running import ONEC_PASSWORD, ONEC_USER
    from tasks.extract import read_table
    from tasks.links import open_link

    database = open_database(f"sqlite:///{folder / 'bench.sqlite'}")
    migrate(database)
    settings = {
        "onec_url": facts["onec"],
        "onec_user": ONEC_USER,
        "onec_password": ONEC_PASSWORD,
        "crm_url": facts["crm"],
        "crm_user": facts["user"],
        "warehouses": {facts["warehouse"]: "1"},
        "order_agents": {"101": facts["agent"]},
        "order_price_types": {"1": "Оптовая"},
        "order_pay_kinds": {"2": "Безналичная"},
    }
    link = open_link("bench", link_settings(settings), database)
    tables = {"unit": "units", "warehouse": "warehouses", "counterparty": "counterparties", "outlet": "outlets"}
    for kind in OURS:
        with database.begin() as session:
            store_ours(session, link.id, kind, read_table(link, tables.get(kind, "goods")), utc_now())
    pairs = [Pair("outlet", ours, theirs) for ours, theirs in facts["outlets"]]
    for ours, theirs, unit, their_unit in facts["goods"]:
        pairs += [Pair("good", ours, theirs), Pair("unit", unit, their_unit, ours)]
    with database.begin() as session:
        confirm_many(session, link.id, pairs, author="bench")
    return link


def product(facts: dict[str, Any], orders: int, every: int) -> dict[str, Any]:
    """Take the orders over with the product; returns seconds, memory and what is in the base."""
    from ledger.parcels import Ledger
    from tasks import order_loading
    from tasks.load import send
    from tasks.orders import load_orders, receive_orders
    from tasks.statuses import NEWS, collect_statuses, note_told, prepare_statuses

    with tempfile.TemporaryDirectory() as folder:
        link = prepared(facts, Path(folder))
        marks: dict[int, float] = {}
        whole = order_loading.Loader.run

        def watched(self: Any, records: Any, show: Any = lambda _: None) -> None:
            def seen(done: int) -> None:
                for mark in (1000, orders):
                    if done >= mark and mark not in marks:
                        marks[mark] = memory()
                show(done)

            whole(self, records, seen)

        order_loading.Loader.run = watched  # type: ignore[method-assign]
        arm(facts, every)
        served = cpu_of(facts["pid"])
        began, cpu = time.perf_counter(), time.process_time()
        since = datetime.now(UTC)
        taken = receive_orders.fn(link)
        received = time.perf_counter()
        error = load_orders.fn(link, taken)
        loaded = time.perf_counter()
        with Ledger(link.database, link.id).hold("statuses", "bench"):
            parcel = prepare_statuses.fn(link, collect_statuses.fn(link, states=NEWS, fresh=since))
            assert parcel is not None
            told = note_told.fn(link, send.fn(link, parcel))
        ended = time.perf_counter()
        assert error is None, error
        link.database.close()
    return {
        "seconds": round(ended - began, 2),
        "cpu": round(time.process_time() - cpu, 2),
        "doubles_cpu": round(cpu_of(facts["pid"]) - served, 2),
        "receive": round(received - began, 2),
        "load": round(loaded - received, 2),
        "answer": round(ended - loaded, 2),
        "told": told,
        "counts": taken.counts.as_json(),
        "memory_first_1000": round(marks[1000], 1),
        "memory_last_1000": round(marks[orders], 1),
    }


def in_base(facts: dict[str, Any]) -> dict[str, int]:
    """Return how many documents bear how many numbers of the bench."""
    base = facts["onec"].partition("/ut/")[0]
    rows = httpx.get(f"{base}/_sandbox/objects/{quote(ENTITY)}", timeout=300).json()
    numbers = [row["НомерПоДаннымКлиента"] for row in rows if row["НомерПоДаннымКлиента"].startswith("DS108-B")]
    return {"documents": len(numbers), "numbers": len(set(numbers))}


def bare(facts: dict[str, Any], orders: int, every: int, bodies: list[dict[str, Any]]) -> dict[str, float]:
    """Make the same HTTP calls and nothing else: get, look-up, POST, look-up of what broke off, read back, statuses."""
    from connectors.crm.xdatalink.envelope import encode
    from connectors.crm.xdatalink.service import XDataLink
    from connectors.onec.odata.urls import with_options
    from foundation.settings import link_settings
    from mappings.layouts.layout import load_layout
    from mappings.model import Exchange
    from sandbox.running import ONEC_PASSWORD, ONEC_USER
    from tasks.links import service_address
    from tasks.statuses import frame_of

    settings = link_settings(
        {"onec_url": facts["onec"], "onec_user": ONEC_USER, "crm_url": facts["crm"], "crm_user": facts["user"]}
    )
    layout = load_layout("monolit")
    select = ",".join(name for name in bodies[0] if name != "Товары") + ",Ref_Key,Number,Date,DataVersion,Posted,Товары"
    arm(facts, every)
    auth = httpx.BasicAuth(ONEC_USER.encode(), ONEC_PASSWORD.encode())
    served = cpu_of(facts["pid"])
    began, cpu = time.perf_counter(), time.process_time()
    with httpx.Client(auth=auth, timeout=90) as onec, XDataLink(service_address(settings)) as crm:
        crm.fetch(layout.scheme(Exchange.ORDERS))

        def look(numbers: list[str]) -> None:
            where = " or ".join(f"НомерПоДаннымКлиента eq '{number}'" for number in numbers)
            options: dict[str, str | int] = {"$format": "json", "$select": select, "$filter": where, "$top": 1000}
            onec.get(facts["onec"] + with_options(f"/{ENTITY}", options)).raise_for_status()

        for at in range(0, orders, 40):
            some = bodies[at : at + 40]
            look([body["НомерПоДаннымКлиента"] for body in some])
            lost = []
            for body in some:
                try:
                    onec.post(f"{facts['onec']}/{ENTITY}?$format=json", json=body).raise_for_status()
                except httpx.TransportError:
                    lost.append(body["НомерПоДаннымКлиента"])
            look([body["НомерПоДаннымКлиента"] for body in some])
        items = [status_item(body["НомерПоДаннымКлиента"]) for body in bodies]
        scheme = layout.scheme(Exchange.STATUSES)
        frames = {scheme.datasets[0].name: frame_of(items, datetime(2026, 11, 24))}  # noqa: DTZ001 - a wall clock
        for part in encode(scheme, facts["user"], frames, cap=service_address(settings).room):
            crm.send(part.body)
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "cpu": round(time.process_time() - cpu, 2),
        "doubles_cpu": round(cpu_of(facts["pid"]) - served, 2),
    }


def status_item(number: str) -> Any:
    """Return a status as the statuses' messages are made of."""
    from ledger.documents import Item

    return Item(number, "", {"status": "Transfered", "comment": f"Заказ клиента № {number}, не проведён."})


def bodies_of(facts: dict[str, Any], orders: int) -> list[dict[str, Any]]:
    """Return the documents of the bench as the product wrote them, to be written again by the bare sequence."""
    base = facts["onec"].partition("/ut/")[0]
    rows = httpx.get(f"{base}/_sandbox/objects/{quote(ENTITY)}", timeout=300).json()
    mine = [row for row in rows if row["НомерПоДаннымКлиента"].startswith("DS108-B")][:orders]
    left_out = {"Ref_Key", "Number", "Date", "DataVersion", "Posted"}
    wanted = wanted_properties()
    return [
        {
            name: [{key: each[key] for key in each if key in wanted[1] or key == "LineNumber"} for each in value]
            if name == "Товары"
            else value
            for name, value in row.items()
            if name not in left_out and (name in wanted[0] or name == "Товары")
        }
        for row in mine
    ]


def wanted_properties() -> tuple[set[str], set[str]]:
    """Return the properties of head and line that the product writes."""
    from mappings.profiles.profile import load_profile

    document = load_profile("ut11").orders["request"]
    head = {*document.head.values(), *document.constants, document.external.number, document.external.date}
    return head, {*document.lines.values(), *document.line_constants}


def machine() -> str:
    """Return what the figures were measured on."""
    from bench.stock import machine as named

    return named()


def warm() -> None:
    """Import what both need, so that neither pays for it: a process's start is no part of the figures."""
    for name in ("pandas", "zeep", "lxml.etree", "tasks.load", "tasks.orders", "tasks.statuses"):
        import_module(name)
    import_module("connectors.crm.xdatalink.soap")


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--every", type=int, default=10, help="one POST in so many is cut after it was stored")
    parser.add_argument("--serve", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    warm()
    with serving(given.orders) as facts:
        ours = product(facts, given.orders, given.every)
        ours |= in_base(facts)
        bodies = bodies_of(facts, given.orders)
    with serving(given.orders) as facts:
        floor = bare(facts, given.orders, given.every, bodies)
    results = {
        "machine": machine(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "orders": given.orders,
        "lines": LINES,
        "cut_one_in": given.every,
        "mi1c": ours,
        "bare": floor,
        "duplicates": ours["documents"] - ours["numbers"],
        "missing": given.orders - ours["numbers"],
        "orders_a_second": round(given.orders / ours["seconds"], 1),
        "ratio": round(ours["seconds"] / floor["seconds"], 2),
        "ratio_of_all_cpu": round((ours["cpu"] + ours["doubles_cpu"]) / (floor["cpu"] + floor["doubles_cpu"]), 2),
        "load": os.getloadavg()[0],
    }
    print(json.dumps(results, ensure_ascii=False, indent=1))
    if given.orders >= 10_000:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "orders.json").write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if results["duplicates"] or results["missing"] or os.environ.get("FAIL"):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
