"""``mi1c demo``: doubles of both sides, Prefect's server and worker, and the whole trial of two links, twice over.

One link matches outlets at the distributor, takes orders as requests and writes the manufacturer's word down by hand;
the other matches at the manufacturer, takes orders as realizations and asks the manufacturer's service. The trials run
as deployments; what a gate asks of people is done by :mod:`mi1c.demo_people`, and the closing table is counted by
:mod:`mi1c.demo_control` out of both doubles.
"""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from foundation.errors import Fatal
from mi1c.cli.opening import entered
from mi1c.console import DONE, FAILED, console, show_json, show_table
from mi1c.demo_people import Stage, act

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prefect.client.schemas.objects import FlowRun
    from rich.console import Console

    from foundation.settings import ProcessSettings
    from mi1c.demo_control import Control
    from sandbox.running import Sandbox
    from tasks.links import Link

RUN_LIMIT: Final = 240.0
"""Seconds that one run may take in the demo."""

TURNS: Final = 15
"""How often a trial may ask for a person before the demo gives up."""

WAREHOUSES: Final = 3
"""How many of the world's warehouses go out: all but the defect one."""

PAY_KINDS: Final = {"1": "Наличная", "2": "Безналичная"}
PRICE_TYPES: Final = {"1": "Оптовая", "2": "Розничная"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the comparison of balances says; ``equal``: both doubles agree on every good, to the last digit."""

    read: int
    sent: int
    left_out: int
    unmatched: int
    lines_sent: int
    lines_held: int
    equal: bool


def run(*, once: bool, scale: int, as_json: bool) -> int:
    """Run the demo; 0 only if both sides agree on everything."""
    os.environ.setdefault("MI1C_DATA", str(Path(".mi1c") / "demo"))
    from foundation.settings import ProcessSettings
    from mi1c.up import Supervisor, free_port, on_stop_signal

    os.environ["MI1C_PREFECT_API_URL"] = f"http://127.0.0.1:{free_port(4200)}/api"
    data = ProcessSettings().data
    for stale in (data / "mi1c.sqlite", data / "mi1c.sqlite-wal", data / "mi1c.sqlite-shm"):
        stale.unlink(missing_ok=True)
    settings = entered()
    supervisor = Supervisor(settings, dict(os.environ))
    out, stopped = console(stderr=True), threading.Event()
    try:
        with ExitStack() as stack:
            stages = _stages(stack, scale, out)
            out.print("Сервер Prefect…")
            supervisor.start_server()
            set_up(stages, settings)
            supervisor.start_worker()
            with ThreadPoolExecutor(len(stages)) as pool:
                passed = all(pool.map(lambda stage: _trial(stage, out), stages))
            agreed = _close(stages, as_json=as_json)
            if not once:
                _say_where(supervisor.ui_url, stages, out)
                on_stop_signal(stopped)
                supervisor.watch(stopped)
    finally:
        supervisor.stop()
    return DONE if passed and agreed else FAILED


def _stages(stack: ExitStack, scale: int, out: Console) -> list[Stage]:
    import sandbox

    out.print("Песочница: две базы 1С и два производителя…")
    first, second = (stack.enter_context(sandbox.start(seed=seed, scale=scale)) for seed in (1, 2))
    return [
        Stage("demo", "сопоставляет дистрибутор, заказы в заявки, слово пишет оператор", first, service=False),
        Stage("demo-2", "сопоставляет производитель, заказы в реализации, подтверждает сервис", second, service=True),
    ]


def set_up(stages: Iterable[Stage], settings: ProcessSettings) -> None:
    """Deploy the links of the stages and, as ``mi1c up`` does, the watch over all of them."""
    from flows.deployments import deploy
    from mi1c.roles import prepare
    from tasks.block import save_link

    prepare(settings)
    for stage in stages:
        deploy(stage.name, save_link(stage.name, _settings(stage)), pool=settings.pool, active=False)


def _settings(stage: Stage) -> dict[str, Any]:
    from sandbox.running import CRM_PASSWORD, ONEC_PASSWORD, ONEC_USER

    world = stage.doubles.world
    names = {each["Ref_Key"]: each["Description"] for each in stage.doubles.onec.store.objects("Catalog_Склады")}
    places = {names[pair.our_id]: pair.their_id for pair in world.pairs if pair.kind == "warehouse"}
    users = [user["Description"] for user in world.onec["Catalog_Пользователи"]]
    chosen: dict[str, Any] = {"matching_side": "distributor", "order_document": "request"}
    if stage.service:
        words = dict.fromkeys(("stock", "outlets", "statuses", "shipments"), "service")
        chosen = {"matching_side": "manufacturer", "order_document": "realization", "confirmations": words}
    return chosen | {
        "onec_url": stage.doubles.onec_url,
        "onec_user": ONEC_USER,
        "onec_password": ONEC_PASSWORD,
        "profile_parameters": {"code_field": "КодПроизводителя", "shipment_status": "Отгружено"},
        "crm_url": stage.doubles.crm_url,
        "crm_user": world.crm.user,
        "crm_password": CRM_PASSWORD,
        "warehouses": dict(list(places.items())[:WAREHOUSES]),
        "order_posting": True,
        "order_returns": "document",
        "order_agents": {str(number): users[number % len(users)] for number in range(101, 113)},
        "order_price_types": PRICE_TYPES,
        "order_pay_kinds": PAY_KINDS,
        "several_counterparties": "main",
    }


def _trial(stage: Stage, out: Console) -> bool:
    """Take a link through its trial: run, do what the gate asks of a person, run again."""
    from tasks.gates import TITLES, Gate, left
    from tasks.trial import trial_status

    started = time.monotonic()
    out.print(f"Связь {stage.name}: {stage.title}", highlight=False)
    again: tuple[str, ...] = ()
    moved = True  # shipments move the balances that were sent before them
    for _ in range(TURNS):
        _deployment(f"trial/trial-{stage.name}", again=again)
        again = ()
        waiting = left({each.gate: each for each in trial_status(stage.link())})
        if not waiting and moved:
            again, moved = (Gate.STOCK.value,), False
            continue
        if not waiting:
            out.print(f"Связь {stage.name}: тестовый запуск пройден за {time.monotonic() - started:.0f} с")
            return True
        gate = waiting[0]
        did = act(stage, gate, lambda exchange: _deployment(f"{exchange}/{exchange}-{stage.name}"))
        out.print(f"  {stage.name}, {TITLES[Gate(gate.gate)].lower()}: {did}", highlight=False)
    out.print(f"[bold red]Связь {stage.name}: тестовый запуск не пройден: {gate.said}[/]")
    return False


def _deployment(name: str, **parameters: Any) -> None:
    """Start a deployment as an admin does in the UI, and wait for its end."""
    from prefect.deployments import run_deployment

    run = cast(
        "FlowRun",
        run_deployment(name, parameters=parameters, timeout=RUN_LIMIT, poll_interval=0.5, _sync=True),  # type: ignore[call-arg]
    )
    state = run.state
    if state is None or not state.is_completed():
        told = f"{state.name}. {state.message or ''}" if state else "нет состояния"
        raise Fatal(
            f"Запуск {name} не выполнен: {told}",
            en=f"The run of {name} did not complete.",
            todo="Откройте запуск в Prefect и посмотрите его журнал.",
            todo_en="Open the run in the Prefect UI and read its log.",
        )


def _close(stages: list[Stage], *, as_json: bool) -> bool:
    """Count both sides of every link anew, show the closing table and return whether all agree."""
    from mi1c.demo_control import controls

    found = {stage.name: controls(stage.doubles, stage.link()) for stage in stages}
    if as_json:
        show_json({name: [asdict(each) for each in listed] for name, listed in found.items()})
    else:
        _show(found)
    return all(each.equal for listed in found.values() for each in listed)


def _show(found: dict[str, list[Control]]) -> None:
    from mi1c.console import number

    titles = {
        "stock": "остатки, строк",
        "outlets": "торговые точки",
        "orders": "заказы",
        "statuses": "статусы заказов",
        "shipments": "отгрузки, строк",
    }
    columns = dict.fromkeys(("связь", "обмен"), "left")
    columns |= dict.fromkeys(("прочитано", "передано", "по правилам", "ждёт", "у другой стороны", "итог"), "right")
    rows = [
        (
            *(name, titles[each.exchange]),
            *map(number, (each.read, each.sent, each.left_out, each.waiting, each.held)),
            *(each.total, "да" if each.equal else "НЕТ"),
        )
        for name, listed in found.items()
        for each in listed
    ]
    show_table("Итог демонстрации: стороны пересчитаны заново", columns | {"сходится": "left"}, rows)


def _say_where(ui_url: str, stages: list[Stage], out: Console) -> None:
    out.print(f"Prefect: {ui_url}")
    for stage in stages:
        out.print(f"Связь {stage.name}: производитель держит {stage.doubles.holdings_url}")
    out.print("Остановить: Ctrl+C")


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
