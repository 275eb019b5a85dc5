"""Asking a person for the manufacturer's word: the form of a suspended run, what stands above it, what was entered."""

from __future__ import annotations

import logging
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

from prefect.client.orchestration import get_client
from prefect.input import RunInput
from pydantic import Field, ValidationError

from foundation.errors import Fatal, Faults
from ledger.confirmations import of_parcel
from ledger.verdicts import Verdict, Word
from tasks.wording import count_rows, total_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prefect.client.orchestration import SyncPrefectClient

    from ledger.confirmations import Confirmations
    from ledger.values import Parcel
    from ledger.verdicts import Confirmation
    from tasks.links import Link

log = logging.getLogger(__name__)

ANSWERS: Final = 50
"""How many answers of one run are looked at: more than a person enters wrongly in a row."""

MOMENT: Final = r"^(\d{2}\.\d{2}\.\d{4}( \d{2}:\d{2})?)?$"


EXCHANGES: Final = {
    "stock": "Остатки",
    "outlets": "Классификатор торговых точек",
    "statuses": "Изменения статусов заказов",
    "shipments": "Отгрузки за прошедшие N дней",
    "own_goods": "Товары дистрибутора",
    "prices": "Цены",
}
PERIOD: Final = {"from": "с", "since": "с", "work_date": "с", "until": "по", "to": "по", "date": "на"}


WRITTEN: Final = "уже записано в журнал MI1C"
"""What a run is resumed with whose word is in the ledger already."""

SAID: Final = {
    "принято": Verdict.ACCEPTED,
    "принято с замечаниями": Verdict.REMARKS,
    "не принято": Verdict.REFUSED,
}


class Answer(RunInput):
    """The form that a suspended run shows; no field is prefilled, because Prefect keeps a prefilled value with ours."""

    verdict: Literal["принято", "принято с замечаниями", "не принято", "уже записано в журнал MI1C"] = Field(
        title="Слово производителя", json_schema_extra={"position": 0}
    )
    by: str = Field(title="Кто ответил от производителя", min_length=1, json_schema_extra={"position": 1})
    at: str = Field(
        "",
        title="Когда ответил",
        description="24.11.2026 или 24.11.2026 15:30; пусто: сейчас",
        pattern=MOMENT,
        json_schema_extra={"position": 2},
    )
    remark: str = Field("", title="Замечание", json_schema_extra={"position": 3})
    documents: list[str] = Field(
        default_factory=list,
        title="Что не принято",
        description="Номера документов, коды точек или строки; пусто при «не принято»: вся посылка",
        json_schema_extra={"position": 4},
    )


def described(link: Link, parcel: Parcel, asked: Confirmation, problem: str = "") -> str:
    """Return the markdown above the form: exchange, parcel, period, rows, control totals, deadline."""
    deadline = asked.deadline.astimezone(ZoneInfo(link.settings.time_zone))
    made = parcel.created_at.astimezone(deadline.tzinfo)
    lines = [f"**Ответ не записан: {problem}.**", ""] if problem else []
    lines += [
        (
            f"**{EXCHANGES.get(parcel.exchange, parcel.exchange)}**, связь {link.name}: посылка **{parcel.id}** "
            f"от {made:%d.%m.%Y %H:%M}{_period(parcel)}. Ответ производителя нужен до **{deadline:%d.%m.%Y %H:%M}**."
        ),
        "",
        *(f"- {each['что']}: **{each['сколько']}**" for each in count_rows(parcel.counts)),
        *(f"- {said}: **{value}**" for said, value in total_rows(parcel.totals)),
    ]
    return "\n".join(lines)


def _period(parcel: Parcel) -> str:
    told = " ".join(_parts(parcel))
    return f", данные {told}" if told else ""


def _parts(parcel: Parcel) -> Iterator[str]:
    for name, word in PERIOD.items():
        value = str(parcel.window.get(name) or "")
        year, dash, rest = value[:10].partition("-")
        if dash:
            month, _, day = rest.partition("-")
            yield f"{word} {day}.{month}.{year}"


def answered(link: Link, parcel_id: int, run: str, words: Confirmations) -> tuple[Confirmation | None, str]:
    """Write down the word that was entered into a run's form, if the ledger lacks it.

    Returns the confirmation once it has a word, else None and what is wrong with the last answer ("" = none came).
    """
    problem = ""
    with get_client(sync_client=True) as client:
        answers = list(_answers(client, parcel_id, run))
    for answer in reversed(answers):
        log.info("Посылка %d: ответ из формы получен", parcel_id)
        try:
            word = as_word(Answer(**answer), ZoneInfo(link.settings.time_zone))
            return words.say(parcel_id, word), ""
        except (ValidationError, Faults, ValueError) as error:
            told = error.faults if isinstance(error, Faults) else ()
            problem = problem or "; ".join(each.said for each in told) or "ответ не разобран, введите его ещё раз"
        except Fatal:  # another word was written, or a newer parcel took this one's place, a moment ago
            return of_parcel(link.database, parcel_id), ""
    return None, problem


def as_word(answer: Answer, zone: ZoneInfo) -> Word:
    """Return what a person entered as a word; raises ValueError for a day that is not in the calendar."""
    if answer.verdict == WRITTEN:
        raise ValueError("nothing is written in the ledger")
    form = "%d.%m.%Y %H:%M" if " " in answer.at else "%d.%m.%Y"
    at = datetime.strptime(answer.at, form).replace(tzinfo=zone) if answer.at else None
    named = [part.strip() for each in answer.documents for part in re.split(r"[;,\n]", each)]
    documents = tuple(dict.fromkeys(each for each in named if each))
    return Word(SAID[answer.verdict], answer.by.strip(), at, answer.remark.strip(), documents, author="Prefect UI")


def key_prefix(parcel_id: int) -> str:
    """Return how the pause keys of a parcel begin; what was entered is kept under them."""
    return f"mi1c-{parcel_id}-"


def _answers(client: SyncPrefectClient, parcel_id: int, run: str) -> Iterator[dict[str, Any]]:
    """Yield what was entered into a run's forms for a parcel, oldest first."""
    prefix = f"suspended-{key_prefix(parcel_id)}"
    for each in client.filter_flow_run_input(run, prefix, 3 * ANSWERS, set()):  # type: ignore[arg-type] # an id's text
        if each.key.endswith("-response"):
            yield each.decoded_value
