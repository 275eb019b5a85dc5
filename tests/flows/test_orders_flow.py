"""Orders and statuses as Prefect flows; the process of a run is killed at every step and leaves one document an order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.flows.test_kills import ROOT
from tests.orders.order_help import Shop, simple_goods, simple_outlets, unit_pair, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.running import Sandbox
    from tests.flows.conftest import Stand

pytestmark = [
    pytest.mark.xdist_group("prefect-orders"),
    pytest.mark.filterwarnings("default"),
]  # prefect's own warnings

POSTED = {"method": "POST", "match": "/Document_ЗаказКлиента"}


@pytest.fixture
def shop(stand: Stand, doubles: Sandbox) -> Iterator[Shop]:
    """Give the link ``shop``, which posts what it creates; nothing but the test's own orders is given out."""
    from mappings.pairs import Pair
    from tasks.block import save_link
    from tasks.links import open_link

    holdings = doubles.crm.users[doubles.world.crm.user]
    before = set(holdings.answered), dict(holdings.ware_matches), dict(holdings.outlet_matches)
    holdings.answered.update(holdings.orders)
    holdings.ware_matches.clear()
    holdings.outlet_matches.clear()
    save_link("shop", values(doubles, order_posting=True))
    cards = {card["Ref_Key"]: card for card in doubles.world.onec["Catalog_Номенклатура"]}
    goods, twins = simple_goods(doubles, cards)
    made = Shop(doubles, open_link("shop"), goods, twins, simple_outlets(doubles), cards)
    pairs = [pair for good in goods[:5] for pair in (Pair("good", good.our_id, good.their_id), unit_pair(good, cards))]
    made.match(*pairs, *(Pair("outlet", each.our_id, each.their_id) for each in made.outlets[:2]))
    if not stored(made):
        from flows.catalogs import catalogs

        catalogs(link="shop")
    yield made
    holdings.answered, holdings.ware_matches, holdings.outlet_matches = before
    holdings.answered.update(holdings.orders)
    del stand


def stored(shop: Shop) -> bool:
    from mappings.catalog import our_goods

    with shop.link.database.session() as session:
        return len(our_goods(session, shop.link.id)) > 0


def started(stand: Stand, exchange: str, *text: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **stand.environment, "PREFECT__RUNTIME__FLOW_RUN__ID": str(uuid4())}
    command = [sys.executable, "-m", "tests.flows.orders_process", exchange, "shop", *text]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def settled(shop: Shop, *numbers: str) -> None:
    for number in numbers:
        (document,) = shop.documents(number)
        assert document["Posted"] is True
        assert len(document["Товары"]) == 2
        assert shop.told(number)["status"] == "Transfered"
        assert shop.record(number).state == "answered"


def ordered(shop: Shop) -> list[str]:
    return [shop.order((place, "ea", "2", "10"), (place + 1, "ea", "1", "3")) for place in range(3)]


def test_the_flows_take_orders_over_and_report(shop: Shop) -> None:
    from flows.orders import orders
    from flows.statuses import statuses

    numbers = ordered(shop)
    waiting = shop.order(("нет такого", "ea", "1", "1"))
    result: dict[str, Any] = orders(link="shop")
    assert result["fates"] == {"created": 3, "parked": 1}
    assert (result["read"], result["told"]) == (4, 4)
    settled(shop, *numbers)
    assert shop.told(waiting)["status"] == "Entered"
    again: dict[str, Any] = statuses(link="shop")
    assert again == {"sent": 0}
    shop.orders.refuse(waiting, author="тест", reason="тест")
    assert statuses(link="shop")["sent"] == 1
    assert shop.told(waiting)["status"] == "Refused"


STEPS = {
    "received": "Заказы: получено",
    "looked up": "проверено в 1С",
    "created, not known here": "создано документов",
    "posted, not known here": "проведено документов",
    "statuses prepared": "Статусы: посылка",
    "statuses taken, not known here": "принято производителем",
}


@pytest.mark.parametrize("text", STEPS.values(), ids=STEPS)
def test_a_run_killed_after_a_step(stand: Stand, shop: Shop, text: str) -> None:
    numbers = ordered(shop)
    assert started(stand, "orders", text).wait(60) == -signal.SIGKILL
    assert started(stand, "orders").wait(60) == 0
    settled(shop, *numbers)


@pytest.mark.parametrize("place", [0, 2], ids=["first", "third"])
@pytest.mark.parametrize("kind", ["hold_before", "hold_after"], ids=["before the store", "after the store"])
def test_a_run_killed_while_it_creates(stand: Stand, shop: Shop, kind: str, place: int) -> None:
    numbers = ordered(shop)
    fault = shop.doubles.onec.faults.arm(kind, skip=place, **POSTED)
    process = started(stand, "orders")
    assert fault.held.wait(60)
    process.kill()
    process.wait()
    if kind == "hold_before":
        fault.kind = "cut_before"  # the request is lost with its sender
    shop.doubles.onec.faults.clear()
    assert started(stand, "orders").wait(60) == 0
    settled(shop, *numbers)


def terminal(stand: Stand, *arguments: str, code: int = 0) -> Any:
    """Run ``mi1c orders …`` with ``--json`` in a process of its own and return what it printed."""
    url = stand.environment["PREFECT_API_URL"]
    environment = {**os.environ, **stand.environment, "MI1C_PREFECT_API_URL": url}
    command = [sys.executable, "-m", "mi1c", *arguments, "--link", "shop", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_orders_are_seen_and_decided_from_a_terminal(stand: Stand, shop: Shop) -> None:
    from flows.orders import orders

    number = shop.order((0, "ea", "2", "10"), ("нет такого", "ea", "1", "1"))
    before = terminal(stand, "preview", "orders")
    assert [each["fate"] for each in before if each["number"] == number] == ["parked"]
    orders(link="shop")
    listed = terminal(stand, "orders", "list", "--state", "waiting", code=1)
    assert number in [each["number"] for each in listed["orders"]]
    assert listed["states"]["parked"] >= 1
    assert "нет такого" in [each["key"] for each in terminal(stand, "orders", "blocked", code=1)]
    wrong = terminal(stand, "orders", "override", number, "leave_out", "--by", "Иванова", "--reason", "нет", code=2)
    assert [fault["path"] for fault in wrong["faults"]] == ["line"]
    decided = ("override", number, "leave_out", "--line", "2", "--by", "Иванова", "--reason", "снят")
    assert terminal(stand, "orders", *decided)["order"] == number
    assert terminal(stand, "run", "orders")["fates"]["created"] == 1
    shown = terminal(stand, "orders", "show", number)
    assert shown["order"]["state"] == "answered"
    assert [each["event"] for each in shown["events"]][-4:] == ["override", "created", "posted", "told"]
    assert terminal(stand, "preview", "statuses") == []
    assert terminal(stand, "orders", "refuse", number, "--by", "x", "--reason", "y", code=1)["error"] == "Occupied"
    assert terminal(stand, "orders", "release", "нет", "--by", "x", "--reason", "y", code=2)["error"] == "NotFound"
    assert terminal(stand, "orders", "list", "--state", "странное", code=2)["faults"][0]["path"] == "state"
