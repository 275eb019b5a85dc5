"""The trial against both doubles: it stops at what needs a person, says what to do, and goes on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from foundation.errors import Faults, MI1CError
from ledger.rollout import GateRecord, GateState
from tests.flows.rollout_help import Exchanges, clear_orders, order, say

if TYPE_CHECKING:
    from sandbox.running import Sandbox
    from tasks.links import Link
    from tests.flows.conftest import Stand

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.filterwarnings("default")]  # prefect's own warnings


def go(link: str, *again: str) -> Any:
    """Run the flow; returns the state that the run ended in."""
    from flows.trial import trial

    return trial(link=link, again=again, return_state=True)


def linked(stand: Stand, name: str, **more: Any) -> Link:
    from tasks.block import save_link
    from tasks.links import open_link

    save_link(name, stand.values(**more))
    return open_link(name)


def standing(link: Link) -> dict[str, GateRecord]:
    from tasks.trial import trial_status

    return {each.gate: each for each in trial_status(link)}


def states(link: Link) -> dict[str, str]:
    return {gate: each.state.value for gate, each in standing(link).items()}


def newest_stock(link: Link) -> int:
    from ledger import reading

    return reading.parcels(link.database, link=link.name, exchange="stock", limit=1)[0].id


def test_a_trial_goes_from_gate_to_gate_with_evidence(stand: Stand, doubles: Sandbox) -> None:
    """Real exchanges: the classifier, the catalogs, the stock; a person twice; the manufacturer once."""
    from tasks.gates import Gate
    from tasks.trial import pass_gate

    link = linked(stand, "trial")
    arrived = len(doubles.crm.journal.arrivals)
    first = go("trial")
    assert (first.is_completed(), first.name) == (True, "Ждёт человека")
    assert "Сопоставлено" in first.message
    assert "mi1c trial --link trial" in first.message
    gates = standing(link)
    assert gates["goods"].state is GateState.PASSED
    assert gates["goods"].evidence["goods"] == len({good.ware_id for good in doubles.world.crm.goods})
    assert gates["correspondences"].evidence["stock_goods"] > 2000
    assert gates["stock"].state is GateState.OPEN
    sets = [each for each in list(doubles.crm.journal.arrivals)[arrived:] if "set" in str(each)]
    assert sets == [], "nothing leaves before the goods are matched"

    pass_gate(link, Gate.CORRESPONDENCES, author="Петров", reason="остальное: чужие товары")
    second = go("trial")
    assert "подтверждения производителя нет" in second.message
    parcel = newest_stock(link)
    assert standing(link)["stock"].evidence["parcel"] == parcel
    assert go("trial").name == "Ждёт человека"
    assert newest_stock(link) == parcel, "waiting sends nothing again"

    say(link, parcel, "refused", remark="не тот склад", refused=[{"remark": "склад"}])
    assert go("trial").name == "Ждёт человека"
    resent = newest_stock(link)
    assert resent > parcel, "what was refused goes again once the trial goes on"
    say(link, resent, "accepted")
    go("trial")
    gates = standing(link)
    assert (gates["stock"].state, gates["stock"].evidence["confirmed_by"]) == (GateState.PASSED, "Кравцов")
    assert gates["outlets"].state is GateState.PASSED
    assert gates["outlets"].evidence["outlets"] > 100
    assert gates["orders"].state is not GateState.OPEN, "the trial went on to the orders"
    assert gates["correspondences"].author == "Петров", "what a person passed stays passed"


def test_a_trial_that_cannot_reach_1c_fails_says_so_and_goes_on_later(stand: Stand, doubles: Sandbox) -> None:
    link = linked(stand, "trial-late")
    doubles.onec.faults.arm("status", status=500, times=99)
    failed = go("trial-late")
    assert failed.is_failed()
    gate = standing(link)["correspondences"]
    assert gate.state is GateState.FAILED
    assert gate.todo
    assert states(link)["goods"] == "passed"
    doubles.onec.faults.clear()
    assert go("trial-late").name == "Ждёт человека"
    assert states(link)["correspondences"] == "waits"


def test_an_unknown_gate_is_told_before_anything_runs(stand: Stand) -> None:
    link = linked(stand, "trial-words")
    with pytest.raises(Faults) as raised:
        go("trial-words", "stok", "goods", "dance").result()
    assert [fault.path for fault in raised.value.faults] == ["again.stok", "again.dance"]
    assert set(states(link).values()) == {"open"}


# -- the later gates, with exchanges in the place of flows ------------------------------------------------------------


@pytest.fixture
def begun(stand: Stand, doubles: Sandbox, request: pytest.FixtureRequest) -> Link:
    """Give a link whose first four gates a person has passed."""
    from tasks.gates import Gate
    from tasks.trial import pass_gate

    del doubles
    name = "t-" + "".join(c if c.isalnum() else "-" for c in request.node.name.lower())[-40:].strip("-")
    link = linked(stand, name)
    for gate in (Gate.GOODS, Gate.CORRESPONDENCES, Gate.STOCK, Gate.OUTLETS):
        pass_gate(link, gate, author="Петров", reason="проверено")
    return link


def advance(link: Link, exchanges: Exchanges, *again: str) -> GateRecord:
    from flows.trial import advance, gates_named

    return advance(link, gates_named(again), exchanges)


def test_orders_documents_statuses_and_shipments_in_their_order(begun: Link) -> None:
    from tasks.gates import Gate, left
    from tasks.trial import pass_gate

    exchanges = Exchanges(begun)
    waiting = advance(begun, exchanges)
    assert (waiting.gate, waiting.state, exchanges.ran) == ("orders", GateState.WAITS, ["orders"])
    order(begun, "М-1", document="d-1", document_number="0000-1", amount=1_234_500_000)
    order(begun, "М-2", state="parked")
    assert "отложено: 1" in advance(begun, exchanges).said
    clear_orders(begun)
    order(begun, "М-1", document="d-1", document_number="0000-1", amount=1_234_500_000)
    checking = advance(begun, exchanges)
    assert checking.gate == "documents"
    assert "М-1 → 0000-1, 1\N{NO-BREAK SPACE}234,50" in checking.evidence["documents"]
    assert exchanges.ran == ["orders"] * 3
    advance(begun, exchanges)
    assert exchanges.ran == ["orders"] * 3, "orders that came are not asked for while their documents are checked"

    pass_gate(begun, Gate.DOCUMENTS, author="Иванова", reason="сверено с производителем")
    assert advance(begun, exchanges).gate == "statuses"
    assert exchanges.ran[3:] == ["statuses"]
    pass_gate(begun, Gate.STATUSES, author="Иванова", reason="звонок")
    assert advance(begun, exchanges).gate == "shipments"
    assert exchanges.ran[4:] == ["shipments"]
    pass_gate(begun, Gate.SHIPMENTS, author="Иванова", reason="письмо")
    last = advance(begun, exchanges)
    assert (last.gate, last.state) == ("shipments", GateState.PASSED)
    assert exchanges.ran[5:] == []
    assert left(standing(begun)) == []


def test_again_runs_an_exchange_once_more(begun: Link) -> None:
    exchanges = Exchanges(begun)
    advance(begun, exchanges, "stock", "correspondences")
    assert exchanges.ran == ["catalogs", "stock", "orders"]


def test_an_exchange_that_is_not_built_yet_is_told_plainly(begun: Link) -> None:
    absent = advance(begun, Exchanges(begun, absent="orders"))
    assert (absent.gate, absent.state) == ("orders", GateState.ABSENT)
    assert "Обновите МИ1С" in absent.todo


def test_a_gate_that_was_passed_falls_back_and_keeps_its_story(begun: Link) -> None:
    exchanges = Exchanges(begun)
    order(begun, "М-1", document="d-1", document_number="0000-1")
    advance(begun, exchanges)
    assert states(begun)["orders"] == "passed"
    order(begun, "М-2", state="parked")
    broken = advance(begun, exchanges)
    assert exchanges.ran == ["orders"], "a passed gate runs no exchange by itself"
    fallen = standing(begun)["orders"]
    assert fallen == broken
    assert fallen.state is GateState.BROKEN
    assert fallen.said.startswith("Было пройдено, теперь нет.")
    assert [step["state"] for step in fallen.story] == ["passed", "broken"]


def test_an_error_of_an_exchange_is_written_down_and_raised(begun: Link) -> None:
    from foundation.errors import Unreachable

    exchanges = Exchanges(begun)
    exchanges.error = Unreachable("Нет соединения.", en="No connection.", todo="Проверьте сеть.")
    with pytest.raises(MI1CError):
        advance(begun, exchanges)
    gate = standing(begun)["orders"]
    assert (gate.state, gate.said, gate.todo) == (GateState.FAILED, "Нет соединения.", "Проверьте сеть.")


@pytest.mark.parametrize(
    ("by", "reason", "paths"), [("", "", ["by", "reason"]), (" ", "есть", ["by"]), ("Петров", "", ["reason"])]
)
def test_a_decision_needs_a_name_and_a_reason(begun: Link, by: str, reason: str, paths: list[str]) -> None:
    from tasks.gates import Gate
    from tasks.trial import pass_gate

    with pytest.raises(Faults) as raised:
        pass_gate(begun, Gate.ORDERS, author=by, reason=reason)
    assert [fault.path for fault in raised.value.faults] == paths
    assert states(begun)["orders"] == "open"


# -- the pilot ---------------------------------------------------------------------------------------------------------


def schedules(link: str) -> dict[str, set[bool]]:
    """Return whether the schedules of a link's deployments are on: exchange → states."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        found = [each for each in client.read_deployments() if link in each.tags]
    return {each.tags[1]: {schedule.active for schedule in each.schedules} for each in found}


def test_a_pilot_opens_only_after_the_trial_and_is_closed_again(begun: Link) -> None:
    from flows.deployments import OPTIONAL
    from flows.pilot import start_pilot, stop_pilot
    from foundation.errors import NotFound, Occupied
    from tasks.gates import Gate
    from tasks.trial import pass_gate

    with pytest.raises(Faults) as raised:
        start_pilot(begun, pool="test", by="Петров")
    assert [fault.path for fault in raised.value.faults] == [
        "orders",
        "documents",
        "statuses",
        "shipments",
    ]
    assert schedules(begun.name) == {}
    for gate in Gate:
        pass_gate(begun, gate, author="Петров", reason="проверено")
    pilot, made = start_pilot(begun, pool="test", by="Петров")
    assert (pilot.started_by, pilot.forced, pilot.reason) == ("Петров", False, "")
    assert {each.name.partition("/")[0]: each.active for each in made if not each.active} == dict.fromkeys(
        OPTIONAL, False
    )
    on = schedules(begun.name)
    assert on.pop("trial") == set()
    assert set(on) >= {"goods", "catalogs", "stock"}
    assert {exchange for exchange, states in on.items() if states != {True}} == OPTIONAL
    with pytest.raises(Occupied):
        start_pilot(begun, pool="test", by="Сидоров")
    assert stop_pilot(begun, pool="test", by="Сидоров").stopped_by == "Сидоров"
    assert all(states == {False} for exchange, states in schedules(begun.name).items() if exchange != "trial")
    with pytest.raises(NotFound):
        stop_pilot(begun, pool="test", by="Сидоров")


def test_a_pilot_by_force_needs_a_reason_and_keeps_it(begun: Link) -> None:
    from flows.pilot import start_pilot, stop_pilot

    with pytest.raises(Faults) as raised:
        start_pilot(begun, pool="test", by=" ", force=True)
    assert [fault.path for fault in raised.value.faults] == ["by", "reason"]
    pilot, _ = start_pilot(begun, pool="test", by="Петров", force=True, reason="письмо производителя 24.11")
    assert (pilot.forced, pilot.reason) == (True, "письмо производителя 24.11")
    stop_pilot(begun, pool="test", by="Петров")


# -- runs that a schedule starts ---------------------------------------------------------------------------------------


def test_a_scheduled_run_of_a_pilot_uses_the_user_for_the_automatic_mode(begun: Link, stand: Stand) -> None:
    from prefect import flow, tags

    from ledger.rollout import start_pilot, stop_pilot
    from tasks.links import open_link

    linked(stand, begun.name, pilot_onec_user="Автомат", pilot_onec_password="Сокол-1212")

    @flow(persist_result=False)
    def user() -> str:
        opened = open_link(begun.name)
        return f"{opened.settings.onec_user} {opened.settings.onec_password.get_secret_value()}"

    manual = user()
    assert "Автомат" not in manual
    with tags("auto-scheduled"):
        assert user() == manual, "without a pilot a schedule changes nothing"
        with begun.database.begin() as session:
            start_pilot(session, begun.id, by="Петров")
        assert user() == "Автомат Сокол-1212"
    assert user() == manual
    with begun.database.begin() as session:
        stop_pilot(session, begun.id, by="Петров")


def test_a_scheduled_run_in_the_quiet_window_ends_as_skipped(stand: Stand, doubles: Sandbox) -> None:
    from prefect import tags
    from prefect.client.schemas.sorting import FlowRunSort
    from prefect.exceptions import Abort

    from flows.stock import stock
    from tasks.runs import prefect_client

    link = linked(stand, "quiet", quiet_window="00:00-24:00")
    arrived = len(doubles.crm.journal.arrivals)
    with tags("auto-scheduled"), pytest.raises(Abort):
        stock(link="quiet")
    with prefect_client() as client:
        newest = client.read_flow_runs(sort=FlowRunSort.EXPECTED_START_TIME_DESC, limit=50)
        runs = [run for run in newest if run.parameters == {"link": "quiet"}]
    (run,) = runs
    assert run.state is not None
    assert (run.state.type.value, run.state.name) == ("COMPLETED", "Пропущено: тихое окно")
    assert len(doubles.crm.journal.arrivals) == arrived
    assert link.settings.quiet_window == "00:00-24:00"


def test_a_person_may_run_in_the_quiet_window(stand: Stand, doubles: Sandbox) -> None:
    from flows.goods import goods

    del doubles
    linked(stand, "quiet-hand", quiet_window="00:00-24:00")
    assert goods(link="quiet-hand")["read"]
