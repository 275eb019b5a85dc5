"""What the watch looks at and when it raises an alert: pure rules over facts.

Each fact is one alert however long it holds and however often its figures change, told once, and its end is told once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ledger.alerts import Alarm
from tasks.wording import percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tasks.hours import Timetable

LATE, DEAD, UNANSWERED, OVERDUE, PARKED, UNMATCHED = (
    "late",
    "dead_run",
    "unanswered",
    "overdue",
    "parked",
    "unmatched",
)
KINDS: Final = (LATE, DEAD, UNANSWERED, OVERDUE, PARKED, UNMATCHED)

TITLES: Final[dict[str, str]] = {
    LATE: "обмен запаздывает",
    DEAD: "запуск прервался",
    UNANSWERED: "посылка без ответа",
    OVERDUE: "подтверждение просрочено",
    PARKED: "заказы отложены",
    UNMATCHED: "мало сопоставлено",
}

GRACE: Final = timedelta(minutes=5)
"""How long after its time a scheduled run may still be on its way."""

BEATS: Final = timedelta(minutes=10)
"""Without a sign of life for this long a run is dead: Prefect's own heartbeat comes every minute (environment)."""

YOUNG: Final = timedelta(minutes=2)
"""A run this young is left alone: a retried one has not yet taken over the lock that its dead process left behind."""

PENDING: Final = timedelta(minutes=15)
"""A run that was handed to a worker and did not begin within this time never will: its worker died over it."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that Prefect holds to be alive; ``kind`` is ``RUNNING`` or ``PENDING``.

    ``beat`` is its last sign of life; ``holder`` says what the ledger knows of the process that holds its exchange:
    ``alive``, ``dead``, ``silent`` (its lease ran out), or "" where it holds none.
    """

    id: str
    link: str
    exchange: str
    kind: str
    since: datetime
    beat: datetime | None = None
    holder: str = ""


def is_dead(run: Run, now: datetime) -> bool:
    """Whether a run that counts as alive is surely no more.

    Suspended runs never come here: their state is another one. A dead or silent holder of the exchange's lock is the
    quick proof; where a run holds no lock (before it, after it) the heartbeat decides.
    """
    if run.kind == "PENDING":
        return now - run.since > PENDING
    if now - run.since < YOUNG:
        return False
    if run.holder in {"dead", "silent"}:
        return True
    if run.holder == "alive":
        return False
    return now - (run.beat or run.since) > BEATS


@dataclass(frozen=True, slots=True)
class Scheduled:
    """How a scheduled exchange goes: its timetable, its last success, and whether the pilot waits for it."""

    exchange: str
    timetable: Timetable
    succeeded: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A parcel that waits: for its answer since ``since``, or for the manufacturer's word since a deadline."""

    parcel: int
    exchange: str
    since: datetime
    remark: str = ""


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What is known of a link; ``piloted`` is when its pilot began (None: schedules are off, nothing is late)."""

    link: str
    now: datetime
    piloted: datetime | None = None
    scheduled: Sequence[Scheduled] = ()
    reaped: Sequence[Run] = ()
    still_dead: Mapping[str, tuple[str, datetime]] = field(default_factory=dict)
    """Exchange → run and moment of an open alert on a dead run."""
    succeeded: Mapping[str, datetime] = field(default_factory=dict)
    unanswered: Sequence[Waiting] = ()
    overdue: Sequence[Waiting] = ()
    parked: int = 0
    oldest_parked: datetime | None = None
    value_share: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """When a link wants to be told."""

    parked: timedelta = timedelta(hours=24)
    value_share: float = 95.0


def alarms(facts: LinkFacts, limits: Limits) -> list[Alarm]:
    """Return everything about a link that somebody should know of now."""
    return [
        *_late(facts),
        *_dead(facts),
        *_unanswered(facts),
        *_overdue(facts),
        *_parked(facts, limits),
        *_unmatched(facts, limits),
    ]


def _late(facts: LinkFacts) -> list[Alarm]:
    if facts.piloted is None:
        return []
    found = []
    for each in facts.scheduled:
        since = max(each.succeeded or facts.piloted, facts.piloted)
        if each.timetable.passed(since, facts.now - GRACE) < 2:  # noqa: PLR2004 - "no success for two intervals"
            continue
        last = f"последний раз {_told(each.succeeded)}" if each.succeeded else "ещё ни разу"
        said = f"Обмен {each.exchange} связи {facts.link} не выполнялся два срока подряд: {last}."
        todo = (
            "Откройте его последний запуск в Prefect. Если запусков нет, проверьте, работает ли исполнитель (worker)."
        )
        found.append(Alarm(LATE, each.exchange, said, todo, {"succeeded": _told(each.succeeded)}))
    return found


def _dead(facts: LinkFacts) -> list[Alarm]:
    """Alerts on dead runs hold until the exchange succeeds again."""
    dead = {exchange: run for exchange, (run, at) in facts.still_dead.items() if not _since(facts, exchange, at)}
    dead |= {run.exchange: run.id for run in facts.reaped}
    return [
        Alarm(
            DEAD,
            exchange,
            f"Запуск обмена {exchange} связи {facts.link} прервался: его процесса больше нет. Он отмечен как Crashed.",
            "Повторите его в Prefect (Retry) или дождитесь следующего: обмен продолжит с того, на чём остановился.",
            {"run": run},
        )
        for exchange, run in sorted(dead.items())
    ]


def _since(facts: LinkFacts, exchange: str, at: datetime) -> bool:
    succeeded = facts.succeeded.get(exchange)
    return succeeded is not None and succeeded > at


def _unanswered(facts: LinkFacts) -> list[Alarm]:
    return [
        Alarm(
            UNANSWERED,
            str(each.parcel),
            f"Посылка {each.parcel} обмена {each.exchange} связи {facts.link} не принята с {_told(each.since)}.",
            f"Причина: mi1c ledger show {each.parcel}. Следующий запуск обмена отправит данные заново.",
            {"parcel": each.parcel, "exchange": each.exchange},
        )
        for each in facts.unanswered
    ]


def _overdue(facts: LinkFacts) -> list[Alarm]:
    return [
        Alarm(
            OVERDUE,
            str(each.parcel),
            f"Производитель не подтвердил посылку {each.parcel} обмена {each.exchange} связи {facts.link} "
            f"до {_told(each.since)}.",
            "Напомните производителю и внесите его ответ в рабочем месте или в запуске Prefect (Resume).",
            {"parcel": each.parcel, "exchange": each.exchange},
        )
        for each in facts.overdue
    ]


def _parked(facts: LinkFacts, limits: Limits) -> list[Alarm]:
    if facts.oldest_parked is None or facts.now - facts.oldest_parked <= limits.parked:
        return []
    said = f"Отложено заказов связи {facts.link}: {facts.parked}, самый старый с {_told(facts.oldest_parked)}."
    todo = "Откройте отложенные заказы в рабочем месте: там сказано, какого соответствия ждёт каждый."
    return [Alarm(PARKED, "", said, todo, {"parked": facts.parked})]


def _unmatched(facts: LinkFacts, limits: Limits) -> list[Alarm]:
    if facts.piloted is None or facts.value_share is None or facts.value_share >= limits.value_share:
        return []
    said = (
        f"Сопоставлено {percent(facts.value_share)} стоимости остатков связи {facts.link}, "
        f"порог {percent(limits.value_share)}."
    )
    todo = "Сопоставьте самые дорогие товары: список в отчёте последнего запуска обмена «Остатки»."
    return [Alarm(UNMATCHED, "", said, todo, {"value_share": f"{facts.value_share:g}"})]


def _told(moment: datetime | None) -> str:
    return f"{moment.astimezone():%d.%m.%Y %H:%M}" if moment else ""
