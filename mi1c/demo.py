"""``mi1c demo``: both doubles, Prefect's server and worker, the exchanges through deployments, and the comparison.

The closing comparison does not trust the product: it takes the balances out of the 1C double and the lines out of the
manufacturer's double, converts the former by the correspondences with fractions, and compares good by good.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from foundation.errors import Fatal
from mi1c.cli.opening import entered
from mi1c.console import DONE, FAILED, console, show_json, show_table

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun
    from rich.console import Console

    from sandbox.running import Sandbox
    from tasks.links import Link

LINK: Final = "demo"
EXCHANGES: Final = ("goods", "catalogs", "stock")
RUN_LIMIT: Final = 240.0
"""Seconds that one exchange may take in the demo."""

WAREHOUSES: Final = 3
"""How many of the world's warehouses go out: all but the defect one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the closing table says; ``equal``: both doubles agree on every good, to the last digit."""

    read: int
    sent: int
    left_out: int
    unmatched: int
    lines_sent: int
    lines_held: int
    equal: bool


def run(*, once: bool, scale: int, as_json: bool) -> int:
    """Run the demo; 0 only if both sides agree."""
    os.environ.setdefault("MI1C_DATA", str(Path(".mi1c") / "demo"))
    from foundation.settings import ProcessSettings
    from mi1c.up import free_port

    os.environ["MI1C_PREFECT_API_URL"] = f"http://127.0.0.1:{free_port(4200)}/api"
    data = ProcessSettings().data
    for stale in (data / "mi1c.sqlite", data / "mi1c.sqlite-wal", data / "mi1c.sqlite-shm"):
        stale.unlink(missing_ok=True)
    settings = entered()
    from mi1c.up import Supervisor, on_stop_signal

    supervisor = Supervisor(settings, dict(os.environ))
    stopped = threading.Event()
    out = console(stderr=True)
    try:
        out.print("Песочница: двойник 1С и двойник производителя…")
        import sandbox

        with sandbox.start(scale=scale) as doubles:
            out.print("Сервер Prefect…")
            supervisor.start_server()
            _set_up(doubles)
            supervisor.start_worker()
            for exchange in EXCHANGES:
                _exchange(exchange, out)
            outcome = compare(doubles, LINK)
            _show(outcome, as_json=as_json)
            if not once:
                out.print(f"Prefect: {supervisor.ui_url}   Производитель: {doubles.holdings_url}   Ctrl+C: остановить")
                on_stop_signal(stopped)
                supervisor.watch(stopped)
    finally:
        supervisor.stop()
    return DONE if outcome.equal else FAILED


def _set_up(doubles: Sandbox) -> None:
    from flows.deployments import deploy
    from foundation.settings import ProcessSettings
    from sandbox.running import CRM_PASSWORD, ONEC_PASSWORD, ONEC_USER
    from tasks.block import save_link

    names = {each["Ref_Key"]: each["Description"] for each in doubles.onec.store.objects("Catalog_Склады")}
    pairs = {names[pair.our_id]: pair.their_id for pair in doubles.world.pairs if pair.kind == "warehouse"}
    values = {
        "onec_url": doubles.onec_url,
        "onec_user": ONEC_USER,
        "onec_password": ONEC_PASSWORD,
        "profile_parameters": {"code_field": "КодПроизводителя"},
        "crm_url": doubles.crm_url,
        "crm_user": doubles.world.crm.user,
        "crm_password": CRM_PASSWORD,
        "warehouses": dict(list(pairs.items())[:WAREHOUSES]),
    }
    deploy(LINK, save_link(LINK, values), pool=ProcessSettings().pool, active=False)


def _exchange(exchange: str, out: Console) -> None:
    """Start a deployment as an admin does in the UI, and wait for its end."""
    from prefect.deployments import run_deployment

    started = time.monotonic()
    name = f"{exchange}/{exchange}-{LINK}"
    run = cast("FlowRun", run_deployment(name, timeout=RUN_LIMIT, poll_interval=0.5, _sync=True))  # type: ignore[call-arg]
    state = run.state
    if state is None or not state.is_completed():
        told = f"{state.name}. {state.message or ''}" if state else "нет состояния"
        raise Fatal(
            f"Обмен {exchange} не выполнен: {told}",
            en=f"The exchange {exchange} did not complete.",
            todo="Откройте запуск в Prefect и посмотрите его журнал.",
            todo_en="Open the run in the Prefect UI and read its log.",
        )
    out.print(f"  обмен {exchange}: выполнен за {time.monotonic() - started:.0f} с")


def compare(doubles: Sandbox, name: str, link: Link | None = None) -> Outcome:
    """Compare what both doubles hold for a link, good by good, and return it with the newest parcel's counts."""
    from ledger import reading
    from mappings.targets import load_targets
    from tasks.links import open_link
    from tasks.transform import our_warehouses

    link = link or open_link(name)
    newest = next(each for each in reading.parcels(link.database, link=name, exchange="stock"))
    with link.database.session() as session:
        warehouses, targets = our_warehouses(session, link), load_targets(session, link.id)
    expected: dict[tuple[str, str, str], Fraction] = {}
    for (good, warehouse), quantity in _balances(doubles).items():
        target = targets.get(good)
        if target is None or warehouse not in warehouses or quantity <= 0:
            continue
        key = (warehouses[warehouse], target.their_good, target.their_unit)
        factor = Fraction(target.factor.numerator, target.factor.denominator)
        expected[key] = expected.get(key, Fraction(0)) + quantity * factor
    rows = doubles.crm.rows(doubles.world.crm.user)
    held: dict[tuple[str, str, str], Fraction] = {}
    for row in rows:  # a part that came twice would stand there twice: summed, it does not pass unseen
        key = (str(row["warehouse"]), str(row["ware"]), str(row["unit"]))
        held[key] = held.get(key, Fraction(0)) + Fraction(str(row["quantity"]))
    half = Fraction(1, 2_000_000)
    equal = (
        len(rows) == len(held)
        and expected.keys() == held.keys()
        and all(abs(held[key] - exact) <= half for key, exact in expected.items())
    )
    counts: dict[str, Any] = newest.counts
    return Outcome(
        read=counts["read"],
        sent=counts["sent"],
        left_out=sum(counts["left_out"].values()),
        unmatched=sum(counts["unmatched"].values()),
        lines_sent=counts["lines"],
        lines_held=len(rows),
        equal=equal,
    )


def _balances(doubles: Sandbox) -> dict[tuple[str, str], Fraction]:
    """Return what the 1C double holds: (good, warehouse) → exact quantity."""
    totals = doubles.onec.store.balance("ТоварыНаСкладах", ("Номенклатура", "Склад"))
    return {(good, warehouse): Fraction(resources["ВНаличии"]) for (good, warehouse), resources in totals.items()}


def _show(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        show_json(asdict(outcome))
        return
    rows = [
        ("прочитано строк остатков в 1С", outcome.read),
        ("выгружено", outcome.sent),
        ("не выгружается по правилам", outcome.left_out),
        ("не сопоставлено", outcome.unmatched),
        ("строк отправлено производителю", outcome.lines_sent),
        ("строк держит двойник производителя", outcome.lines_held),
        ("обе стороны сходятся", "да" if outcome.equal else "НЕТ"),
    ]
    show_table("Итог демонстрации: остатки", {"что": "left", "сколько": "right"}, rows)
