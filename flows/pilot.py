"""Опытная эксплуатация: the guide's third stage; it opens after the trial, and switches the schedules on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.deployments import deploy
from foundation.errors import Fault, Faults
from ledger import rollout
from tasks.block import load_link
from tasks.gates import STATES, TITLES, Gate, left

if TYPE_CHECKING:
    from flows.deployments import Deployed
    from ledger.rollout import Pilot
    from tasks.links import Link


def start_pilot(
    link: Link, *, pool: str, by: str, force: bool = False, reason: str = ""
) -> tuple[Pilot, list[Deployed]]:
    """Open the pilot of a link and switch its schedules on; returns the pilot and the deployments.

    Raises Faults with every gate of the trial that is not passed, unless ``force`` with a ``reason``, which is
    recorded; and Occupied where the pilot goes on already.
    """
    faults = _faults(link, by=by, force=force, reason=reason)
    if faults:
        raise Faults(
            "Опытная эксплуатация не начата.",
            faults,
            en="The pilot is not started.",
            todo=f"Пройдите этапы: mi1c trial --link {link.name}. Начать раньше: --force --reason ПРИЧИНА.",
            todo_en="Pass the gates of the trial, or give --force and --reason.",
        )
    with link.database.begin() as session:
        known = rollout.gates(session, link.id)
        pilot = rollout.start_pilot(session, link.id, by=by.strip(), reason=reason.strip() if left(known) else "")
    # The pilot is in the database first: a run that its schedule starts at once already works as the pilot's user.
    try:
        return pilot, deploy(link.name, load_link(link.name), pool=pool, active=True)
    except BaseException:
        with link.database.begin() as session:
            rollout.stop_pilot(session, link.id, by="МИ1С: расписания не включились")
        raise


def _faults(link: Link, *, by: str, force: bool, reason: str) -> list[Fault]:
    faults = [] if by.strip() else [Fault("by", "не указано, кто начинает", "nobody is named")]
    if force:
        return faults + ([] if reason.strip() else [Fault("reason", "с --force нужна причина", "no reason is given")])
    with link.database.session() as session:
        known = rollout.gates(session, link.id)
    for each in left(known):
        said = f"{TITLES[Gate(each.gate)]}: {STATES[each.state]}. {each.said}".strip()
        faults.append(Fault(each.gate, said, f"gate {each.gate} is {each.state}"))
    return faults


def stop_pilot(link: Link, *, pool: str, by: str) -> Pilot:
    """Switch the schedules of a link off and close its pilot; raises NotFound where none goes on."""
    if pilot_is_open(link):
        deploy(link.name, load_link(link.name), pool=pool, active=False)
    with link.database.begin() as session:
        return rollout.stop_pilot(session, link.id, by=by.strip())


def pilot_is_open(link: Link) -> bool:
    """Whether the pilot of a link goes on: its schedules stay on when it is deployed again."""
    with link.database.session() as session:
        return rollout.running_pilot(session, link.id) is not None
