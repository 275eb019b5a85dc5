"""The ``confirmations`` flow's steps: words that forms and the service have, reminders, deadlines."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.events import emit_event

from foundation.database import utc_now
from foundation.errors import MI1CError
from ledger import reading
from ledger.confirmations import Confirmations
from ledger.documents import Action, steps_of
from ledger.parcels import Ledger
from ledger.verdicts import Verdict, Word
from mappings.model import Exchange
from mappings.translate import confirmations as rules
from tasks.asking import Answer, answered, described
from tasks.running import run_id
from tasks.waking import living, mend, wake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from ledger.verdicts import Confirmation
    from tasks.links import Link

log = logging.getLogger(__name__)

SERVICE = "веб-сервис производителя"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a run of the flow found: parcels by what happened to them, and where the service's rows ended."""

    from_forms: tuple[int, ...] = ()
    from_service: tuple[int, ...] = ()
    reminded: tuple[int, ...] = ()
    overdue: tuple[int, ...] = ()
    left_for_later: tuple[int, ...] = ()
    problems: tuple[str, ...] = ()
    rows: Mapping[str, Any] = field(default_factory=dict)

    def __add__(self, other: Checked) -> Checked:
        """Return both together."""
        return Checked(*(_sum(getattr(self, each.name), getattr(other, each.name)) for each in fields(self)))


def _sum(one: Any, other: Any) -> Any:
    return {**one, **other} if isinstance(one, dict) else one + other


@task(
    name="Забрать ответы из форм", task_run_name="Забрать ответы из форм", cache_policy=NO_CACHE, persist_result=False
)
def take_answers(link: Link) -> Checked:
    """Write down the words that ended runs hold and the ledger lacks, and give back forms that were lost.

    A run that was broken off, or cancelled for want of a place, after its form was filled in has the word in Prefect.
    """
    words = Confirmations(link.database, link.id)
    taken, problems = [], []
    with get_client(sync_client=True) as client:
        for each in words.waiting():
            run = living(client, each.run_id) if each.run_id else None
            if run is not None and run.state is not None and run.state.is_paused():
                about = described(link, reading.parcel(link.database, each.parcel_id), each)
                mend(client, run, Answer.with_initial_data(description=about))
            elif run is None and each.run_id:
                found, problem = answered(link, each.parcel_id, each.run_id, words)
                taken += [each.parcel_id] if found else []
                problems += [f"посылка {each.parcel_id}: {problem}"] if problem else []
    return Checked(from_forms=tuple(taken), problems=tuple(problems))


@task(
    name="Спросить сервис производителя",
    task_run_name="Спросить сервис производителя",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def ask_service(link: Link) -> Checked:
    """Get the manufacturer's verdicts and write down the words they make, where a parcel waits for one."""
    waiting = Confirmations(link.database, link.id).waiting("service")
    if not waiting or Exchange.CONFIRMATIONS not in link.layout.exchanges:
        return Checked()
    dictionary = link.layout.values.get("verdict", {})  # noqa: PD011 - a layout's dictionaries, not a frame's values
    judged = rules.judge(receive(link), list(sent(link, waiting)), dictionary)
    rows = {"read": judged.read, "sent": judged.used, "left_out": judged.left_out}
    unknown = judged.left_out.get(rules.UNKNOWN)
    told = (f"неизвестных слов производителя: {unknown}; добавьте их в раскладку, values.verdict",) if unknown else ()
    return sum((_said(link, parcel, each) for parcel, each in judged.words.items()), Checked(problems=told, rows=rows))


def _said(link: Link, parcel_id: int, judgement: rules.Judgement) -> Checked:
    """Write down a word of the service's; its clock is taken for the link's, and never later than now."""
    at = judgement.at and min(judgement.at.replace(tzinfo=ZoneInfo(link.settings.time_zone)), utc_now())
    word = Word(Verdict(judgement.verdict), SERVICE, at, judgement.remark, judgement.documents, author="confirmations")
    try:
        Confirmations(link.database, link.id).say(parcel_id, word)
    except MI1CError as error:
        return Checked(problems=(f"посылка {parcel_id}: {error.russian}",))
    return Checked(from_service=(parcel_id,))


def receive(link: Link) -> pd.DataFrame:
    """Return the verdicts of the service; the answer is in the ledger before anything is done with it."""
    scheme = link.layout.scheme(Exchange.CONFIRMATIONS)
    with link.crm() as crm:
        answer = crm.get(scheme)
    frame = answer.tables[scheme.datasets[0].name]
    Ledger(link.database, link.id).received(Exchange.CONFIRMATIONS, run_id(), scheme.name, answer.text, len(frame))
    return frame


def sent(link: Link, waiting: Sequence[Confirmation]) -> Iterator[rules.Sent]:
    """Yield the messages of the parcels that wait, with what a verdict can name them by."""
    number = re.compile(link.layout.receipt_number) if link.layout.receipt_number else None
    zone = ZoneInfo(link.settings.time_zone)
    for each in waiting:
        with link.database.session() as session:
            steps = steps_of(session, each.parcel_id)
        names = ("number", "document_number")
        documents = {
            str(item.identity.get(name) or "") for act, item in steps if act is not Action.GONE for name in names
        }
        for message in reading.messages(link.database, each.parcel_id):
            found = number.search(message.receipt) if number else None
            yield rules.Sent(
                parcel=each.parcel_id,
                id=message.id,
                scheme=message.scheme,
                number=found[1] if found else "",
                documents=frozenset(documents - {""}),
                at=(message.sent_at or message.prepared_at).astimezone(zone).replace(tzinfo=None, microsecond=0),
            )


@task(
    name="Напомнить и подвести срок",
    task_run_name="Напомнить и подвести срок",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def remind(link: Link) -> Checked:
    """Remind of what has waited for long, and end what was not answered by its deadline."""
    words = Confirmations(link.database, link.id)
    over = tuple(_told(link, each, "overdue", "срок ответа прошёл") for each in words.overdue())
    days = link.settings.confirmation_remind_days
    long = words.to_remind(timedelta(days=days)) if days else []
    reminded = tuple(_told(link, each, "reminder", "производитель ещё не ответил") for each in long)
    words.reminded(reminded)
    return Checked(reminded=reminded, overdue=over)


@task(name="Продолжить запуски", task_run_name="Продолжить запуски", cache_policy=NO_CACHE, persist_result=False)
def resume_runs(link: Link) -> Checked:
    """Resume or end the runs whose word is there."""
    return Checked(left_for_later=tuple(each.parcel_id for each in wake(link)))


def _told(link: Link, each: Confirmation, kind: str, said: str) -> int:
    """Tell the log and Prefect's event feed, from which an automation can notify; returns the parcel."""
    log.warning("Посылка %d (%s): %s. Подтверждает: %s", each.parcel_id, each.exchange, said, each.source)
    emit_event(
        f"mi1c.confirmation.{kind}",
        resource={
            "prefect.resource.id": f"mi1c.parcel.{each.parcel_id}",
            "prefect.resource.name": f"Посылка {each.parcel_id}",
        },
        payload={"link": link.name, "exchange": each.exchange, "said": said, "deadline": each.deadline.isoformat()},
    )
    return each.parcel_id
