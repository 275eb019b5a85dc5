"""Confirmations on a real Prefect server: a run that waits is suspended, goes on with its word, and sends nothing twice."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from foundation.settings import ProcessSettings
from ledger import reading
from ledger.confirmations import of_parcel
from mi1c.up import Supervisor
from tests.system.conftest import CRM_PASSWORD, ONEC_PASSWORD, ROOT, Running, until, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from foundation.database import Database
    from ledger.verdicts import Confirmation

pytestmark = [pytest.mark.xdist_group("server"), pytest.mark.slow, pytest.mark.soak]

LINK: Final = "waits"
ROOMS: Final = ("connectors", "flows", "foundation", "ledger", "mappings", "tasks")
FORM: Final = {"verdict": "принято", "by": "Петрова, отдел ИТ"}
ADVICE: Final = "flow_runs.worker - Check whether the flow run exceeded"


@dataclass
class Waiting:
    """A link whose stock is confirmed, and a worker of its own that runs a copy of the code."""

    running: Running
    database: Database
    code: Path
    fuse: Path
    supervisor: Supervisor

    def start(self) -> str:
        return self.running.start("stock", LINK)

    def suspended(self, run: str) -> Any:
        until(lambda: self.state(run) in {"Suspended", "Failed", "Crashed", "Completed"}, lambda: self.state(run))
        found = self.running.run(run)
        assert found["state"]["name"] == "Suspended", found["state"]
        return found

    def state(self, run: str) -> str:
        name: str = self.running.run(run)["state"]["name"]
        return name

    def resume(self, run: str, **answer: Any) -> Any:
        """Resume a run as the UI does; the server checks the answer against the form."""
        return self.running.ask("POST", f"/flow_runs/{run}/resume", run_input={**FORM, **answer})

    def parcel(self, run: str) -> Any:
        found = reading.parcels(self.database, link=LINK, exchange="stock", limit=20)
        return next(each for each in found if each.run_id == run)

    def confirmation(self, run: str) -> Confirmation:
        found = of_parcel(self.database, self.parcel(run).id)
        assert found is not None
        return found

    def arrived(self) -> list[str]:
        """Return the hashes of the balances that the manufacturer accepted, in their order."""
        arrivals = self.running.doubles.crm.journal.arrivals
        return [each.sha256 for each in arrivals if (each.scheme, each.outcome) == ("CRMWhBalanceEx", "accepted")]

    def crashed(self, run: str, reports: int) -> None:
        """Wait until a killed run is reported by the worker, whose last word of it is an advice."""
        until(lambda: self.worker_log().count(ADVICE) > reports, self.worker_log)
        assert self.state(run) == "Crashed"

    def worker_log(self) -> str:
        return (self.supervisor.settings.data / "logs" / "prefect-worker.log").read_text("utf-8")

    def retry(self, run: str) -> None:
        """Retry a run as the UI does."""
        self.running.ask("POST", f"/flow_runs/{run}/set_state", state={"type": "SCHEDULED", "name": "AwaitingRetry"})

    def confirmations(self) -> Any:
        """Run the confirmations flow in a process of its own."""
        return json.loads(self.running.mi1c("run", "confirmations", "--link", LINK, "--json"))

    def set(self, **more: Any) -> None:
        """Store the link with other settings."""
        self.running.mi1c(*add_link(self.code.parent, self.running, **more), more=SECRETS)


SECRETS: Final = {"MI1C_ONEC_PASSWORD": ONEC_PASSWORD, "MI1C_CRM_PASSWORD": CRM_PASSWORD}


def add_link(folder: Path, running: Running, **more: Any) -> list[str]:
    described = values(running.doubles, cap_mib=0.03, **{"confirmations": {"stock": "person"}, **more})
    described["warehouses"] = dict(list(described["warehouses"].items())[:1])
    del described["onec_password"], described["crm_password"]
    file = folder / "link.yaml"
    file.write_text(yaml.safe_dump(described, allow_unicode=True), "utf-8")
    return ["link", "add", LINK, "--file", str(file)]


@pytest.fixture(scope="module")
def waiting(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Waiting]:
    """Give the link with its goods and catalogs in, deployed to a pool of its own, and the worker of that pool."""
    folder = tmp_path_factory.mktemp("waiting")
    code, fuse = folder / "code", folder / "fuse"
    for room in ROOMS:
        shutil.copytree(ROOT / room, code / room, ignore=shutil.ignore_patterns("__pycache__"))
    settings = ProcessSettings(
        data=folder / "data",
        database_url=running.settings.database,
        prefect_api_url=running.settings.prefect_api_url,
        pool=LINK,
    )
    path = os.pathsep.join([str(code), str(Path(__file__).parent / "fuse")])
    supervisor = Supervisor(settings, {**running.environment, "PYTHONPATH": path, "MI1C_TEST_FUSE": str(fuse)})
    running.mi1c(*add_link(folder, running), more=SECRETS)
    running.mi1c("deploy", LINK, more={"MI1C_POOL": LINK})
    for exchange in ("goods", "catalogs"):
        running.mi1c("run", exchange, "--link", LINK)
    found = Waiting(running, running.link().database, code, fuse, supervisor)
    try:
        supervisor.start_worker(LINK)
        yield found
    finally:
        supervisor.stop()


def flow_processes(run: str) -> list[int]:
    """Return the processes that execute a run: Prefect names it in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if f"PREFECT__FLOW_RUN_ID={run}".encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
    return found


def test_a_run_is_suspended_without_a_process_and_goes_on_with_its_word(waiting: Waiting) -> None:
    run = waiting.start()
    waiting.suspended(run)
    until(lambda: flow_processes(run) == [])
    sent = waiting.arrived()
    messages = reading.messages(waiting.database, waiting.parcel(run).id)
    assert sent[-len(messages) :] == list(dict.fromkeys(sent[-len(messages) :]))
    assert len(messages) > 1
    assert waiting.confirmation(run).state == "waiting"
    waiting.resume(run, at="24.11.2026", remark="")
    assert waiting.running.ended(run)["state_type"] == "COMPLETED"
    said = waiting.confirmation(run)
    assert (said.state, said.said_by, said.author, said.run_id) == ("accepted", FORM["by"], "Prefect UI", "")
    assert waiting.arrived() == sent


@pytest.mark.chromium
def test_an_operator_fills_the_form_in_the_browser(waiting: Waiting, page: Page) -> None:
    run = waiting.start()
    waiting.suspended(run)
    parcel = waiting.parcel(run)
    page.goto(f"{waiting.running.ui}/runs/flow-run/{run}")
    page.get_by_role("button", name="Resume").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(f"связь {LINK}: посылка").wait_for()
    dialog.get_by_text(str(parcel.id), exact=True).wait_for()
    dialog.get_by_text("сумма количеств, выгружено").wait_for()
    dialog.locator(".p-select-button__control").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("option", name="принято с замечаниями").click()
    dialog.get_by_role("textbox").nth(0).fill("Петрова, отдел ИТ")
    dialog.get_by_role("textbox").nth(2).fill("нет цен на три товара")
    dialog.get_by_role("button", name="Submit").click()
    assert waiting.running.ended(run)["state_type"] == "COMPLETED"
    said = waiting.confirmation(run)
    assert (said.state, said.said_by, said.remark) == ("remarks", "Петрова, отдел ИТ", "нет цен на три товара")
    page.goto(f"{waiting.running.ui}/runs/flow-run/{run}")
    page.get_by_text("Artifacts").first.click()
    page.get_by_text("stock-waits-confirmation").last.wait_for()


def test_a_refused_parcel_is_a_failed_run_that_names_what_was_refused(waiting: Waiting) -> None:
    run = waiting.start()
    waiting.suspended(run)
    sent = waiting.arrived()
    waiting.resume(run, verdict="не принято", remark="нет партии", documents=["строка 12; строка 40"])
    ended = waiting.running.ended(run)
    assert ended["state_type"] == "FAILED"
    for named in ("строка 12", "строка 40", "нет партии", FORM["by"]):
        assert named in ended["state"]["message"]
    assert [each["document"] for each in waiting.confirmation(run).refused] == ["строка 12", "строка 40"]
    assert waiting.arrived() == sent


def test_an_answer_that_contradicts_itself_is_asked_for_again(waiting: Waiting) -> None:
    """The form comes back with what is wrong; a value that the form does not know never reaches the run."""
    run = waiting.start()
    first = waiting.suspended(run)["state"]["id"]
    assert waiting.resume(run, verdict="может быть")["status"] == "REJECT"
    assert waiting.resume(run, at="вчера")["status"] == "REJECT"
    assert waiting.resume(run, by="")["status"] == "REJECT"
    assert waiting.state(run) == "Suspended"
    waiting.resume(run, documents=["строка 12"])
    until(lambda: waiting.state(run) == "Suspended" and waiting.running.run(run)["state"]["id"] != first)
    keys = waiting.running.run(run)["state"]["state_details"]["run_input_keyset"]
    told = waiting.running.ask("GET", f"/flow_runs/{run}/input/{keys['description']}")
    assert "Ответ не записан: названы непринятые документы" in told
    waiting.resume(run)
    assert waiting.running.ended(run)["state_type"] == "COMPLETED"
    assert waiting.confirmation(run).state == "accepted"


def test_a_newer_parcel_ends_the_run_that_waits(waiting: Waiting) -> None:
    older = waiting.start()
    waiting.suspended(older)
    newer = waiting.start()
    waiting.suspended(newer)
    ended = waiting.running.run(older)
    assert ended["state_type"] == "COMPLETED"
    assert "заменено более новой посылкой" in ended["state"]["message"]
    assert (waiting.confirmation(older).state, waiting.confirmation(older).run_id) == ("superseded", "")
    assert "заменила более новая" in waiting.running.mi1c(
        "confirm", str(waiting.parcel(older).id), "--verdict", "accepted", "--by", "Петрова", code=1
    )
    waiting.resume(newer)
    assert waiting.running.ended(newer)["state_type"] == "COMPLETED"


def test_a_word_from_the_command_line_resumes_the_run(waiting: Waiting) -> None:
    run = waiting.start()
    waiting.suspended(run)
    parcel = str(waiting.parcel(run).id)
    (listed,) = json.loads(waiting.running.mi1c("confirmations", "--link", LINK, "--json", code=1))
    assert (str(listed["parcel_id"]), listed["state"]) == (parcel, "waiting")
    word = ("confirm", parcel, "--verdict", "remarks", "--by", "Петрова", "--at", "24.11.2026", "--remark", "нет цен")
    assert "слово записано" in waiting.running.mi1c(*word)
    assert waiting.running.ended(run)["state_type"] == "COMPLETED"
    said = waiting.confirmation(run)
    assert (said.state, said.remark, said.said_by, said.run_id) == ("remarks", "нет цен", "Петрова", "")
    assert "слово записано" in waiting.running.mi1c(*word)  # once more changes nothing
    assert "Никто ничего не ждёт" in waiting.running.mi1c("confirmations", "--link", LINK)


def test_a_run_outside_a_deployment_leaves_its_confirmation_open(waiting: Waiting) -> None:
    said = waiting.running.mi1c("run", "stock", "--link", LINK, code=1)
    assert "ждёт слова производителя" in said
    parcel = reading.parcels(waiting.database, link=LINK, exchange="stock")[0]
    asked = of_parcel(waiting.database, parcel.id)
    assert asked is not None
    assert (asked.state, asked.run_id) == ("waiting", "")
    waiting.running.mi1c("confirm", str(parcel.id), "--verdict", "accepted", "--by", "Петрова")
    assert of_parcel(waiting.database, parcel.id).state == "accepted"  # type: ignore[union-attr]  # it was there before


def test_a_verdict_of_the_service_resumes_the_run(waiting: Waiting) -> None:
    """Only once every message has one, through the deployed flow."""
    waiting.set(confirmations={"stock": "service"})
    try:
        run = waiting.start()
        waiting.suspended(run)
        office, user = waiting.running.doubles.crm, waiting.running.doubles.world.crm.user
        numbers = [each.number for each in office.journal.arrivals if each.scheme == "CRMWhBalanceEx"]
        messages = reading.messages(waiting.database, waiting.parcel(run).id)
        ours = numbers[-len(messages) :]
        for number in ours[:-1]:
            office.judge(user, "CRMWhBalanceEx", "accepted", message=number)
        flow = waiting.running.start("confirmations", LINK)
        assert waiting.running.ended(flow)["state_type"] == "COMPLETED"
        assert (waiting.state(run), waiting.confirmation(run).state) == ("Suspended", "waiting")
        office.judge(user, "CRMWhBalanceEx", "accepted", remark="цены сверим", message=ours[-1])
        assert waiting.confirmations()["from_service"] == [waiting.parcel(run).id]
        assert waiting.running.ended(run)["state_type"] == "COMPLETED"
        said = waiting.confirmation(run)
        assert (said.state, said.remark, said.author) == ("remarks", "цены сверим", "confirmations")
    finally:
        waiting.set()


def test_a_wait_is_reminded_of_and_ends_at_its_deadline(waiting: Waiting) -> None:
    from datetime import timedelta

    from sqlalchemy import update

    from ledger.tables import ConfirmationRow

    def earlier(**days: int) -> None:
        mine = ConfirmationRow.parcel_id == parcel
        values = {name: getattr(waiting.confirmation(run), name) - timedelta(days=some) for name, some in days.items()}
        with waiting.database.begin() as session:
            session.execute(update(ConfirmationRow).where(mine).values(**values))

    run = waiting.start()
    waiting.suspended(run)
    parcel = waiting.parcel(run).id
    assert waiting.confirmations()["reminded"] == []
    earlier(asked_at=3)
    assert waiting.confirmations()["reminded"] == [parcel]
    assert waiting.confirmations()["reminded"] == []
    earlier(deadline=6)
    assert waiting.confirmations()["overdue"] == [parcel]
    ended = waiting.running.ended(run)
    assert ended["state_type"] == "FAILED"
    assert "не подтвердил" in ended["state"]["message"]
    sent = waiting.arrived()
    waiting.running.mi1c("confirm", str(parcel), "--verdict", "accepted", "--by", "Петрова")
    waiting.retry(run)
    until(lambda: waiting.state(run) == "Completed", lambda: waiting.state(run))
    assert waiting.arrived() == sent


def test_a_word_given_while_the_next_run_has_the_place_is_not_lost(waiting: Waiting) -> None:
    """Prefect cancels the resumed run for want of a place; its word is taken from its form all the same."""
    run = waiting.start()
    waiting.suspended(run)
    fault = waiting.running.doubles.onec.faults.arm("hold_before", match="Balance")
    try:
        newer = waiting.start()
        assert fault.held.wait(60)
        waiting.resume(run)
        until(lambda: waiting.state(run) == "Cancelled", lambda: waiting.state(run))
        assert waiting.confirmation(run).state == "waiting"
        assert waiting.confirmations()["from_forms"] == [waiting.parcel(run).id]
        assert waiting.confirmation(run).state == "accepted"
    finally:
        waiting.running.doubles.onec.faults.clear()
    waiting.suspended(newer)
    waiting.resume(newer)
    waiting.running.ended(newer)


def test_a_word_from_the_command_line_waits_for_the_place(waiting: Waiting) -> None:
    run = waiting.start()
    waiting.suspended(run)
    fault = waiting.running.doubles.onec.faults.arm("hold_before", match="Balance")
    try:
        newer = waiting.start()
        assert fault.held.wait(60)
        word = ("confirm", str(waiting.parcel(run).id), "--verdict", "accepted", "--by", "Петрова")
        assert "Обмен сейчас выполняется" in waiting.running.mi1c(*word)
        assert waiting.state(run) == "Suspended"
    finally:
        waiting.running.doubles.onec.faults.clear()
    waiting.suspended(newer)
    waiting.confirmations()
    assert waiting.running.ended(run)["state_type"] == "COMPLETED"
    waiting.resume(newer)
    waiting.running.ended(newer)


def test_a_form_that_was_lost_is_given_back(waiting: Waiting) -> None:
    """The process dies between the suspension and the form: Prefect alone could never resume such a run."""
    run = waiting.start()
    state = waiting.suspended(run)["state"]
    form = state["state_details"]["run_input_keyset"]["schema"]
    waiting.running.ask("DELETE", f"/flow_runs/{run}/input/{form}")
    assert waiting.resume(run)["status"] == "REJECT"
    waiting.confirmations()
    assert waiting.resume(run)["status"] == "ACCEPT"
    assert waiting.running.ended(run)["state_type"] == "COMPLETED"


@pytest.mark.parametrize(
    "text",
    ["подтверждает человек", "Suspending flow run", "ответ из формы получен", ": принято"],
    ids=["before it asks", "before it is suspended", "before the word is written", "after the word is written"],
)
def test_a_run_killed_at_a_step_and_retried_sends_nothing_twice(waiting: Waiting, text: str) -> None:
    before, reports = len(waiting.arrived()), waiting.worker_log().count(ADVICE)
    late = text not in {"подтверждает человек", "Suspending flow run"}
    if not late:
        waiting.fuse.write_text(text, "utf-8")
    run = waiting.start()
    if not late:
        waiting.crashed(run, reports)
        waiting.retry(run)
    until(lambda: waiting.state(run) == "Suspended", lambda: waiting.state(run))
    if late:
        waiting.fuse.write_text(text, "utf-8")
    waiting.resume(run)
    if late:
        waiting.crashed(run, reports)
        waiting.retry(run)
    until(lambda: waiting.state(run) == "Completed", lambda: waiting.state(run))
    assert not waiting.fuse.exists()
    assert waiting.confirmation(run).state == "accepted"
    sent = waiting.arrived()[before:]
    assert len(sent) == len(set(sent)) == len(reading.messages(waiting.database, waiting.parcel(run).id))


def test_a_run_survives_the_worker_and_a_change_of_the_code(waiting: Waiting) -> None:
    """While it is suspended the worker is killed and every step's source changes; the new worker sends nothing again."""
    before = len(waiting.arrived())
    run = waiting.start()
    waiting.suspended(run)
    worker = waiting.supervisor.children.pop()
    worker.process.kill()
    worker.stop()
    for path in ("tasks/load.py", "tasks/confirm.py", "tasks/asking.py", "flows/stock.py"):
        file = waiting.code / path
        text = file.read_text("utf-8")
        changed = text.replace('log.info("', 'log.info("правка: ').replace('"""', '"""Changed. ', 1)
        changed = changed.replace("def send(", "def send(  # changed\n    ").replace(
            "def confirm(", "def confirm(  # changed\n    "
        )
        assert changed != text
        file.write_text(changed, "utf-8")
    waiting.supervisor.start_worker(f"{LINK}-2")
    waiting.resume(run)
    assert waiting.running.ended(run)["state_type"] == "COMPLETED"

    def logged() -> list[str]:  # Prefect hands logs over in batches, after the run's last state
        found = waiting.running.ask("POST", "/logs/filter", logs={"flow_run_id": {"any_": [run]}})
        return [each["message"] for each in found]

    until(lambda: any(each.startswith("правка: ") for each in logged()), logged)
    sent = waiting.arrived()[before:]
    assert len(sent) == len(set(sent)) == len(reading.messages(waiting.database, waiting.parcel(run).id))
