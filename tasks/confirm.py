"""Confirm: after an export the run waits for the manufacturer's word, suspended, without a process.

The ledger has the word before anything else acts on it. A run that is executed again, from the top, reads it there; one
whose form was answered in the Prefect UI reads the answers that Prefect keeps with the run. Neither Prefect's pause
keys are relied on (a retry forgets them) nor its own hand-over of the answer, so a run may be killed anywhere and a
code change while it is suspended does no harm. See docs/decisions/0010-confirmations.md.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from prefect.context import FlowRunContext
from prefect.flow_runs import suspend_flow_run

from foundation.database import utc_now
from foundation.errors import Fatal, Refused
from ledger import reading
from ledger.confirmations import Confirmations, of_parcel
from ledger.states import ParcelState
from ledger.verdicts import RUSSIAN, Verdict, refusals
from mappings.model import Exchange
from tasks.asking import Answer, answered, described, key_prefix
from tasks.report import report_confirmation
from tasks.running import run_id
from tasks.waking import wake
from tasks.wording import stopped

if TYPE_CHECKING:
    from foundation.settings import Confirmation as Source
    from ledger.values import Parcel
    from ledger.verdicts import Confirmation
    from tasks.links import Link

log = logging.getLogger(__name__)

TOLD: Final = 20
"""How many refused things an error names; the ledger has them all."""

BY: Final = {"person": "человек", "service": "сервис производителя"}

IN_TRIAL: ContextVar[bool] = ContextVar("mi1c_in_trial", default=False)
"""Set while the trial runs exchanges: the guide asks for the manufacturer's word on every export there."""

GRACE: Final = timedelta(days=1)
"""How long a run stays suspended past its deadline: by then the ``confirmations`` flow has ended it with our words."""


def confirm(link: Link, parcel: Parcel, *, suspend: bool = True) -> str:
    """Wait for the manufacturer's word on a parcel, where the link asks for it; returns the state, "" = not asked for.

    Called by the flow itself at its end, once the exchange's lock is given back: the run may end here and begin again
    from its top. In the trial (:data:`IN_TRIAL`) every export waits. A run outside a deployment cannot be suspended: it
    returns ``waiting`` and the confirmation stays open in the ledger; so does one that must not (``suspend`` False),
    because the parcel is by the way of its own exchange. Raises Refused with the list of what was refused,
    Fatal when the deadline passed.
    """
    wake(link)
    run = suspend and _suspendable()
    asked = ask(link, parcel, run_id() if run else "")
    if asked is None:
        return ""
    words = Confirmations(link.database, link.id)
    if asked.state is Verdict.WAITING and run:
        asked = _waited(link, parcel, asked, words)
    return conclude(link, parcel, asked, words)


def ask(link: Link, parcel: Parcel, run: str = "") -> Confirmation | None:
    """Open the wait for the word on a parcel that was sent, for the first time or again; None = nobody is asked.

    A parcel that was asked about once (in the trial) is asked about whenever it is sent again.
    """
    once = of_parcel(link.database, parcel.id) is not None
    source = source_of(link, parcel.exchange, trial=IN_TRIAL.get() or once)
    if source == "none" or parcel.state is not ParcelState.ANSWERED:
        return None
    if not reading.messages(link.database, parcel.id):
        return None
    log.info("Посылка %d: подтверждает %s", parcel.id, BY[source])
    deadline = utc_now() + timedelta(days=link.settings.confirmation_days)
    return Confirmations(link.database, link.id).ask(parcel.id, source, deadline, run)


def source_of(link: Link, exchange: str, *, trial: bool = False) -> Source:
    """Return who confirms an exchange of the link: nobody, a person, or the manufacturer's service."""
    wanted = link.settings.confirmations.get(exchange, "none")
    if wanted == "service" and Exchange.CONFIRMATIONS not in link.layout.exchanges:
        log.warning("Раскладка %s не описывает подтверждений: слово вводит человек", link.layout.name)
        return "person"
    return "person" if trial and wanted == "none" else wanted


def conclude(link: Link, parcel: Parcel, asked: Confirmation, words: Confirmations) -> str:
    """Show what a confirmation is at and return it; raises what its word means for the run."""
    report_confirmation(link, parcel, asked)
    if asked.state is Verdict.WAITING:
        log.warning("Посылка %d ждёт слова производителя: mi1c confirm %d --verdict …", parcel.id, parcel.id)
        return asked.state
    words.released(parcel.id)
    log.info("Посылка %d: %s", parcel.id, RUSSIAN[asked.state])
    if asked.state is Verdict.REFUSED:
        raise refused(asked)
    if asked.state is Verdict.OVERDUE:
        raise overdue(asked)
    return asked.state


def refused(asked: Confirmation) -> Refused:
    """Return the error of a run whose parcel was refused, with what was refused."""
    listed = refusals(asked)
    what = "; ".join(listed[:TOLD]) + (f"; и ещё {len(listed) - TOLD}" if len(listed) > TOLD else "")
    remark = f" Замечание: {stopped(asked.remark)}" if asked.remark else ""
    return Refused(
        f"Производитель ({asked.said_by}) не принял посылку {asked.parcel_id}, "
        f"обмен {asked.exchange}: {stopped(what)}{remark}",
        en=f"The manufacturer refused parcel {asked.parcel_id} of {asked.exchange}.",
        todo="Исправьте названное в 1С или в сопоставлении и запустите обмен ещё раз: непринятое отправится заново.",
        todo_en="Mend what is named in 1C or in the matching and run the exchange again: it goes once more.",
        parcel=asked.parcel_id,
        exchange=asked.exchange,
        answer=asked.remark or None,
        refused=asked.refused,
    )


def overdue(asked: Confirmation) -> Fatal:
    """Return the error of a run that nobody answered in time."""
    until = f"{asked.deadline:%d.%m.%Y %H:%M} UTC"
    return Fatal(
        f"Производитель не подтвердил посылку {asked.parcel_id} ({asked.exchange}) до {until}.",
        en=f"The manufacturer did not confirm parcel {asked.parcel_id} of {asked.exchange} in time.",
        todo=f"Получите ответ, запишите его (mi1c confirm {asked.parcel_id} --verdict … --by …) и повторите запуск "
        "(Retry): он ничего не отправит заново.",
        todo_en="Get the answer, write it down with mi1c confirm and retry the run: it sends nothing again.",
        parcel=asked.parcel_id,
        exchange=asked.exchange,
    )


def _waited(link: Link, parcel: Parcel, asked: Confirmation, words: Confirmations) -> Confirmation:
    """Return the confirmation once it has its word; else the run is suspended here, and this does not return."""
    found, problem = answered(link, parcel.id, run_id(), words)
    # The word may have been written between our look into the ledger and now.
    current = found or of_parcel(link.database, parcel.id)
    if current is not None and current.state is not Verdict.WAITING:
        return current
    report_confirmation(link, parcel, asked)
    form = Answer.with_initial_data(description=described(link, parcel, asked, problem))
    seconds = int((asked.deadline + GRACE - utc_now()).total_seconds())
    # A key of its own every time: Prefect forgets the keys of a run that is retried, but not the answers under them.
    suspend_flow_run(wait_for_input=form, timeout=max(seconds, 60), key=f"{key_prefix(parcel.id)}{uuid4().hex}")
    raise AssertionError  # pragma: no cover - with a new key the call above always ends the process


def _suspendable() -> bool:
    """Whether this run can be suspended: it belongs to a deployment and is nobody's subflow."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    return run is not None and run.deployment_id is not None and run.parent_task_run_id is None
