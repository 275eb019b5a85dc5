"""How fast the workplace's pages are with 200,000 outlets and 100,000 goods, over HTTP on loopback.

``python -m bench.pages [--postgres] [--outlets N] [--goods N] [--requests N]`` builds a database, serves it from a
process of its own and prints the median and the 95th percentile of each page, and of a confirmation by one key.
Limits of the project: pages p95 under 60 ms, a confirmation under 50 ms at the median.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from datetime import timedelta
from html import unescape
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import insert, select, text

from foundation.database import migrate, open_database, utc_now
from ledger.links import link_id
from mappings.matching_tables import SuggestionRow, WordRow
from mappings.tables import CorrespondenceRow, OurItemRow, TheirItemRow
from mappings.worklist import name_key, words
from tests.workplace.seeding import order_row, our_rows, seed_parcels, seed_rollout, seed_users, their_rows
from workplace.access import open_session
from workplace.tables import UserRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from foundation.database import Database

LINK = "/links/probe"
MILLION = 1_000_000
KINDS = ("Пиво", "Квас", "Сидр", "Напиток", "Вода", "Сок", "Молоко", "Кефир", "Йогурт", "Сыр")
MARKS = [f"{first}{second}" for first in ("Берег", "Двор", "Погреб", "Купец", "Бор", "Родник") for second in range(300)]
KEEP = ("светлое", "тёмное", "крепкое", "ржаной", "белый", "газированная", "без сахара", "вишня", "яблоко", "лимон")
PACKS = ("жб", "стекло", "ПЭТ", "кег", "тетрапак")
STREETS = [f"ул {name}ская" for name in ("Лес", "Ленин", "Садов", "Мор", "Горь", "Степ", "Реч", "Полев", "Завод")]


def pages(today: str, our_id: str) -> dict[str, str]:
    """Return the pages that are measured: what they are, and their addresses."""
    return {
        "Связи": "/links",
        "Обзор": LINK,
        "Запуск": f"{LINK}/rollout",
        "Сопоставление товаров": f"{LINK}/matching/goods?queue=green",
        "… проверить": f"{LINK}/matching/goods?queue=check",
        "… решённые": f"{LINK}/matching/goods?queue=done",
        "… чего ждёт заказ": f"{LINK}/matching/goods?about={our_id}",
        "… по вероятности": f"{LINK}/matching/goods?queue=check&order=chance&least=50",
        "… группа": f"{LINK}/matching/goods?queue=check&group=%D0%93%D1%80%D1%83%D0%BF%D0%BF%D0%B0%207",
        "… склад": f"{LINK}/matching/goods?queue=check&warehouse=w3",
        "… поиск: частое слово": f"{LINK}/matching/goods?queue=check&text=пиво",
        "… поиск: редкое слово": f"{LINK}/matching/goods?queue=check&text=купец117",
        "… поиск: два частых": f"{LINK}/matching/goods?queue=check&text=пиво светл",
        "… поиск у производителя": f"{LINK}/matching/goods/search?our_id={our_id}&find=пиво светл",
        "Сопоставление точек": f"{LINK}/matching/outlets?queue=none",
        "… поиск: улица": f"{LINK}/matching/outlets?queue=none&text=ленинская",
        "… поиск: дом": f"{LINK}/matching/outlets?queue=none&text=ленинская 1177",
        "История строки": f"{LINK}/matching/goods/history?our_id={our_id}",
        "Заказы: отложенные": f"{LINK}/orders?tab=parked",
        "Заказы: все": f"{LINK}/orders?tab=all",
        "Заказ": f"{LINK}/orders/5000",
        "Журнал": f"{LINK}/ledger",
        "Посылка": f"{LINK}/parcels/1",
        "Сообщение": f"{LINK}/messages/1",
        "Подтверждения": f"{LINK}/confirmations",
        "Сверка": f"{LINK}/totals",
        "Сверка, день": f"{LINK}/totals/shipments/{today}",
    }


# -- the data ----------------------------------------------------------------------------------------------------------


def build(database: Database, goods: int, outlets: int) -> str:
    """Fill a database; returns the id of a good in the list."""
    lot = random.Random(3)  # noqa: S311 - the same data each time
    with database.begin() as session:
        seed_users(session)
        link = link_id(session, "probe")
    names = [_good(lot) for _ in range(goods)]
    groups = [{"our_id": f"w{n}", "name": f"Склад {n}"} for n in range(6)]
    _pour(database, OurItemRow, our_rows(link, "warehouse", groups))
    _pour(database, OurItemRow, _ours(link, "good", names))
    _pour(
        database,
        TheirItemRow,
        their_rows(
            link, "good", [{"their_id": f"T{n}", "their_unit": "ea", "name": name} for n, name in enumerate(names)]
        ),
    )
    _pour(database, SuggestionRow, _work(link, "good", names, lot))
    points = [f"Магазин {n % 977} {lot.choice(STREETS)} д {lot.randrange(1, 4_000)}" for n in range(outlets)]
    _pour(database, OurItemRow, _ours(link, "outlet", points))
    _pour(database, SuggestionRow, _work(link, "outlet", points, lot))
    for side, kind, listed, prefix in (
        ("ours", "good", names, "good"),
        ("theirs", "good", names, "T"),
        ("ours", "outlet", points, "outlet"),
    ):
        _pour(database, WordRow, _words(link, side, kind, listed, prefix))
    _pour(database, CorrespondenceRow, _pairs(link, goods))
    _orders(database, link, lot)
    seed_parcels(database, link, _World())  # type: ignore[arg-type]  # only its pairs and names are asked for
    _held(database, link)
    seed_rollout(database, link)
    with database.begin() as session:
        session.execute(text("ANALYZE"))
    return "good-1"


class _World:
    pairs: tuple[Any, ...] = ()
    onec: Mapping[str, Any] = MappingProxyType({})


def _good(lot: random.Random) -> str:
    return (
        f"{lot.choice(KINDS)} {lot.choice(MARKS)} {lot.choice(KEEP)} {lot.choice(PACKS)} {lot.randrange(1, 40) / 20:g}л"
    )


def _ours(link: int, kind: str, names: list[str]) -> list[dict[str, Any]]:
    return our_rows(
        link, kind, [{"our_id": f"{kind}-{n}", "name": name, "code": f"00-{n:08}"} for n, name in enumerate(names)]
    )


def _work(link: int, kind: str, names: list[str], lot: random.Random) -> Iterator[dict[str, Any]]:
    at = utc_now()
    queues = (
        ("green", "check", "none", "done", "conflict", "later")
        if kind == "good"
        else ("none", "none", "none", "check", "green")
    )
    for place, name in enumerate(names):
        found = (
            []
            if kind == "outlet" and place % 5 < 3
            else [_candidate(names, lot.randrange(len(names)), lot) for _ in range(5)]
        )
        best = found[0] if found else {}
        yield {
            "link_id": link,
            "kind": kind,
            "our_id": f"{kind}-{place}",
            "scope": "",
            "queue": queues[place % len(queues)],
            "name": name,
            "code": f"00-{place:08}",
            "unit_id": "u1" if kind == "good" else "",
            "unit_name": "шт" if kind == "good" else "",
            "group_name": f"Группа {place % 40}" if kind == "good" else "",
            "warehouses": f"|w{lot.randrange(6)}|",
            "search": " ".join(words(f"{name} 00-{place:08}")),
            "name_key": name_key(name),
            "chance": best.get("chance", 0),
            "their_id": best.get("their_id", ""),
            "their_unit": best.get("their_unit", ""),
            "numerator": 1,
            "denominator": 1,
            "candidates": found,
            "note": "",
            "value": lot.randrange(0, 90_000) * MILLION,
            "orders": lot.choice((0, 0, 0, 1, 4)),
            "lines": 3,
            "refreshed_at": at,
        }


def _candidate(names: list[str], place: int, lot: random.Random) -> dict[str, Any]:
    return {
        "their_id": f"T{place}",
        "their_unit": "ea",
        "name": names[place],
        "unit_name": "шт",
        "chance": lot.randrange(100, 9_999),
        "numerator": 1,
        "denominator": 1,
        "units": [["ea", "шт"], ["box", "кор"]],
        "reasons": [
            {"name": "размер", "agrees": True, "detail": "0,5 л"},
            {"name": "слова", "agrees": None, "detail": "60 %"},
        ],
    }


def _words(link: int, side: str, kind: str, names: list[str], prefix: str) -> Iterator[dict[str, Any]]:
    for place, name in enumerate(names):
        item = f"T{place}" if prefix == "T" else f"{prefix}-{place}"
        for word in words(f"{name} 00-{place:08}"):
            yield {"link_id": link, "side": side, "kind": kind, "word": word, "item_id": item}


def _pairs(link: int, goods: int) -> Iterator[dict[str, Any]]:
    at = utc_now()
    for place in range(3, goods, 6):
        yield {
            "link_id": link,
            "kind": "good",
            "our_id": f"good-{place}",
            "scope": "",
            "their_id": f"T{place}",
            "numerator": 1,
            "denominator": 1,
            "source": "barcode",
            "author": "МИ1С",
            "note": "",
            "made_at": at,
            "ended_by": "",
            "end_reason": "",
            "reopened_reason": "",
        }


def _orders(database: Database, link: int, lot: random.Random, number: int = 30_000) -> None:
    from ledger.tables import OrderEventRow, OrderRow

    now = utc_now()
    reason = {"kind": "good", "key": "T5", "line": 1, "name": "Товар", "said": "Товар T5 не сопоставлен.", "todo": ""}
    rows = []
    for place in range(number):
        lines = [
            {
                "line": n,
                "good_code": f"CRMT{lot.randrange(9_999)}",
                "their_unit": "ea",
                "price": 90 * MILLION,
                "quantity": 2 * MILLION,
            }
            for n in range(1, 9)
        ]
        parked = place % 100 == 0
        rows.append(
            order_row(
                link,
                f"М-{place:07}",
                "parked" if parked else "answered",
                content={"lines": lines, "amount": 1_440 * MILLION, "their_outlet": f"C{place % 5_000}", "options": []},
                reasons=[reason] if parked else [],
                document="" if parked else f"doc-{place}",
                document_number="" if parked else f"ПД-{place}",
                amount=0 if parked else 1_440 * MILLION,
                received_at=now - timedelta(minutes=3 * (number - place)),
            )
        )
    _pour(database, OrderRow, rows)
    _pour(
        database,
        OrderEventRow,
        [{"order_id": n, "at": now, "event": "received", "note": "", "author": ""} for n in range(1, number + 1)],
    )


def _held(database: Database, link: int, documents: int = 60_000) -> None:
    from ledger.tables import HeldOrderRow, HeldRow

    now = utc_now()
    rows: list[dict[str, Any]] = [
        {
            "link_id": link,
            "exchange": "shipments",
            "key": f"held-{place}",
            "hash": "h",
            "identity": {"number": f"24-{place}", "kind": "sale", "orders": f"М-{place % 30_000:07}"},
            "moment": (now - timedelta(minutes=1.5 * place)).date().isoformat(),
            "quantity": MILLION,
            "amount": 900 * MILLION,
            "parcel_id": 1,
            "at": now,
        }
        for place in range(documents)
    ]
    _pour(database, HeldRow, rows)
    own = {"link_id": link, "exchange": "shipments"}
    _pour(database, HeldOrderRow, [{**own, "number": each["identity"]["orders"], "key": each["key"]} for each in rows])


def _pour(database: Database, row: Any, rows: Any, size: int = 20_000) -> None:
    part: list[dict[str, Any]] = []
    for each in rows:
        part.append(each)
        if len(part) == size:
            _write(database, row, part)
            part = []
    if part:
        _write(database, row, part)


def _write(database: Database, row: Any, part: list[dict[str, Any]]) -> None:
    with database.begin() as session:
        session.execute(insert(row.__table__), part)


# -- measuring ---------------------------------------------------------------------------------------------------------


def measure(
    address: str, token: str, today: str, our_id: str, *, requests: int, pid: int
) -> dict[str, dict[str, float]]:
    """Return the times of every page and of a confirmation, and what each costs the server's processor, in ms."""
    found: dict[str, dict[str, float]] = {}
    with httpx.Client(base_url=address, cookies={"mi1c_session": token}, timeout=60) as client:
        for name, path in pages(today, our_id).items():
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status_code)
            first = answer.elapsed.total_seconds() * 1_000
            found[name] = {
                "first": first,
                "kib": len(answer.content) / 1_024,
                **_times(lambda path=path: client.get(path), requests, pid),
            }
        found["Подтверждение одной клавишей"] = _confirming(client, requests, pid)
    return found


def _times(ask: Any, requests: int, pid: int) -> dict[str, float]:
    spent = []
    before = _processor(pid)
    for _ in range(requests):
        began = time.perf_counter()
        assert ask().status_code == 200
        spent.append((time.perf_counter() - began) * 1_000)
    cost = (_processor(pid) - before) * 1_000 / requests
    return {"p50": statistics.median(spent), "p95": statistics.quantiles(spent, n=20)[-1], "cpu": cost}


def _processor(pid: int) -> float:
    """Return the seconds of processor that a process has used: other load of the machine does not change them."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _confirming(client: httpx.Client, requests: int, pid: int) -> dict[str, float]:
    path = f"{LINK}/matching/goods?queue=green"
    listed: list[tuple[str, str]] = []
    token = ""
    while len(listed) < requests:
        page = client.get(path, headers={"hx-request": "true"} if listed else {}).text
        token = token or re.findall(r'data-csrf="([^"]+)"', page)[0]
        rows = re.findall(r'data-our="([^"]+)"', page)
        best = re.findall(r'aria-pressed="true" data-rank="1" data-their="([^"]+)"', page)
        listed += zip(rows, best, strict=True)
        path = unescape(re.findall(r'id="more" hx-get="([^"]+)"', page)[0])
    rest = iter(listed)

    def confirm() -> httpx.Response:
        our_id, their_id = next(rest)
        data = {
            "our_id": our_id,
            "action": "pair",
            "seen": "green",
            "their_id": their_id,
            "their_unit": "ea",
            "factor": "1",
        }
        return client.post(f"{LINK}/matching/goods/decide", data=data, headers={"x-csrf": token, "hx-request": "true"})

    return _times(confirm, requests, pid)


def serve(url: str) -> None:
    """Serve a database until the process is ended; the port is printed."""
    import socket

    import uvicorn

    from tests.workplace.conftest import Pretended
    from workplace.app import create_app

    # As uvicorn's own listener: asyncio sends at once (TCP_NODELAY) only on sockets that say that they are TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    app = create_app(open_database(url), doing=Pretended())
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])


def run(url: str, arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Build, serve and measure one database."""
    with closing(open_database(url)) as database:
        migrate(database)
        began = time.monotonic()
        our_id = build(database, arguments.goods, arguments.outlets)
        print(f"built in {time.monotonic() - began:.0f} s")
        with database.begin() as session:
            user = session.execute(select(UserRow).where(UserRow.login == "ivanova")).scalar_one()
            token, _ = open_session(session, user, utc_now())
    server = subprocess.Popen([sys.executable, "-m", "bench.pages", "--serve", url], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        return measure(
            f"http://127.0.0.1:{port}",
            token,
            utc_now().date().isoformat(),
            our_id,
            requests=arguments.requests,
            pid=server.pid,
        )
    finally:
        server.terminate()
        server.wait(20)


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", help="serve the database of this URL (for the bench itself)")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--outlets", type=int, default=200_000)
    parser.add_argument("--goods", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
        return
    with ExitStack() as stack:
        if arguments.postgres:
            from tests.conftest import PostgresServer, _postgres_binaries

            binaries = _postgres_binaries()
            assert binaries is not None, "PostgreSQL is not installed"
            postgres = PostgresServer(binaries)
            stack.callback(postgres.stop)
            url = postgres.url(postgres.create())
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            url = f"sqlite:///{folder}/pages.sqlite"
        found = run(url, arguments)
    for name, times in found.items():
        told = f"{name:32} p50 {times['p50']:7.1f} ms   p95 {times['p95']:7.1f} ms   cpu {times['cpu']:6.1f} ms"
        print(told + (f"   first {times['first']:7.1f} ms   {times['kib']:6.0f} KiB" if "first" in times else ""))
    worst = max(times["p95"] for name, times in found.items() if "first" in times)
    print(f"worst page p95 {worst:.1f} ms; load average {os.getloadavg()[0]:.1f}")
    if arguments.json:
        about = {
            "database": "postgresql" if arguments.postgres else "sqlite",
            "goods": arguments.goods,
            "outlets": arguments.outlets,
        }
        arguments.json.write_text(json.dumps({**about, "ms": found}, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
