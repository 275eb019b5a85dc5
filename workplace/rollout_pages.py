"""«Запуск»: the gates of the trial with their evidence and what to do next, and the pilot."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Request, Response

from foundation.errors import Fault, Faults
from ledger import rollout
from ledger.rollout import GateRecord, GateState
from tasks.gates import LABELS, STATES, TITLES, Gate, left
from workplace.access import Role
from workplace.guard import Pages
from workplace.site import Here

pages = Pages()

SHAPES: Final = {
    GateState.PASSED: "done",
    GateState.WAITS: "waits",
    GateState.FAILED: "bad",
    GateState.BROKEN: "bad",
    GateState.OPEN: "open",
    GateState.ABSENT: "open",
}


@pages.get("/links/{link}/rollout")
def show(request: Request, link: str) -> Response:
    """Show the gates and the pilot."""
    return _page(Here(request, link))


def _page(here: Here, *, status: int = 200, wrong: Faults | None = None, gate: str = "") -> Response:
    with here.database.session() as session:
        known = rollout.gates(session, here.link_id)
        pilots = rollout.pilots(session, here.link_id)
    records = [known.get(each.value, GateRecord(each.value)) for each in Gate]
    waiting = left(known)
    gates = [
        {
            "record": record,
            "title": TITLES[Gate(record.gate)],
            "state": STATES[record.state],
            "shape": SHAPES[record.state],
            "evidence": _evidence(record),
            "current": bool(waiting) and waiting[0].gate == record.gate,
        }
        for record in records
    ]
    return here.render(
        "rollout.html",
        status=status,
        gates=gates,
        passed=sum(record.state is GateState.PASSED for record in records),
        complete=not waiting,
        pilot=pilots[0] if pilots and pilots[0].stopped_at is None else None,
        pilots=pilots,
        wrong=wrong,
        wrong_gate=gate,
    )


def _evidence(record: GateRecord) -> list[tuple[str, str]]:
    return [
        (LABELS[name], str(value))
        for name, value in record.evidence.items()
        if name in LABELS and value not in {"", None} and not (name == "parcel" and not value)
    ]


@pages.post("/links/{link}/rollout/gates/{gate}")
def pass_gate(request: Request, link: str, gate: str, reason: Annotated[str, Form()] = "") -> Response:
    """Pass a gate by a person's word."""
    here = Here(request, link)
    try:
        here.site.doing.pass_gate(link, _gate(gate), author=here.author, reason=reason)
    except Faults as wrong:
        return _page(here, status=400, wrong=wrong, gate=gate)
    return here.go(f"/links/{link}/rollout#{gate}", here.t("Этап пройден. Решение записано."))


def _gate(name: str) -> str:
    if name not in set(Gate):
        known = ", ".join(Gate)
        raise Faults(
            "Такого этапа нет.",
            [Fault("gate", f"есть {known}", f"there are {known}")],
            en="There is no such gate.",
            todo="Вернитесь к странице «Запуск».",
            todo_en="Go back to the roll-out.",
        )
    return name


@pages.post("/links/{link}/pilot/start", Role.ADMIN)
def start_pilot(
    request: Request, link: str, force: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = ""
) -> Response:
    """Open the pilot."""
    here = Here(request, link)
    try:
        here.site.doing.start_pilot(link, by=here.author, force=bool(force), reason=reason)
    except Faults as wrong:
        return _page(here, status=400, wrong=wrong, gate="pilot")
    here.site.queues.forget()
    return here.go(f"/links/{link}/rollout#pilot", here.t("Опытная эксплуатация начата: расписания включены."))


@pages.post("/links/{link}/pilot/stop", Role.ADMIN)
def stop_pilot(request: Request, link: str) -> Response:
    """Close the pilot."""
    here = Here(request, link)
    here.site.doing.stop_pilot(link, by=here.author)
    here.site.queues.forget()
    return here.go(f"/links/{link}/rollout#pilot", here.t("Опытная эксплуатация остановлена: расписания выключены."))
