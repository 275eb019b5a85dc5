"""``mi1c confirm`` and ``mi1c confirmations``: the manufacturer's word on what was sent."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from mi1c.cli.opening import entered, opened, server_answers
from mi1c.console import DONE, FAILED, console, say, show_json, show_table

if TYPE_CHECKING:
    from foundation.database import Database
    from foundation.settings import ProcessSettings
    from ledger.verdicts import Confirmation

VERDICT = Parameter(
    help="слово производителя: accepted (принято), remarks (принято с замечаниями), refused (не принято)"
)
FORMS = ("%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y-%m-%dT%H:%M", "%Y-%m-%d")


def confirm(
    parcel: int,
    /,
    *,
    verdict: Annotated[Literal["accepted", "remarks", "refused"], VERDICT],
    by: Annotated[str, Parameter(help="кто ответил от производителя")],
    at: Annotated[str, Parameter(help="когда ответил: 24.11.2026 15:30, часы этой машины; иначе сейчас")] = "",
    remark: Annotated[str, Parameter(help="замечание")] = "",
    document: Annotated[
        list[str] | None, Parameter(help="что не принято: номер, код или строка; можно несколько")
    ] = None,
    json: bool = False,
) -> int:
    """Записать слово производителя о посылке и продолжить запуск, который его ждёт."""
    settings = entered()
    import getpass

    from ledger import reading
    from ledger.confirmations import Confirmations
    from ledger.links import link_id
    from ledger.verdicts import RUSSIAN, Verdict, Word, refusals

    database = _database(settings)
    head = reading.parcel(database, parcel)
    with database.begin() as session:
        words = Confirmations(database, link_id(session, head.link))
    word = Word(Verdict(verdict), by, _moment(at), remark, tuple(document or ()), author=getpass.getuser())
    said = words.say(parcel, word)
    left = _resumed(settings, said)
    if json:
        show_json({"confirmation": said, "run": left or "resumed"})
        return DONE
    say(f"Посылка {parcel} ({said.exchange}): {RUSSIAN[said.state]}, слово записано.", as_json=False)
    for each in refusals(said):
        console().print(f"  • {each}", markup=False)
    if left:
        console().print(left, markup=False)
    return DONE


def confirmations(
    *,
    link: str = "",
    all_: Annotated[bool, Parameter(name="--all", help="и те, что уже получены")] = False,
    json: bool = False,
) -> int:
    """Показать посылки, которые ждут слова производителя; код 1, если такие есть."""
    from ledger.confirmations import confirmations as listed
    from ledger.verdicts import RUSSIAN, Verdict, refusals

    waits = (Verdict.WAITING, Verdict.OVERDUE)
    found = listed(_database(entered()), link=link or None, states=() if all_ else waits)
    if json:
        show_json(found)
    else:
        rows = [
            (
                each.parcel_id,
                each.link,
                each.exchange,
                RUSSIAN[each.state],
                {"person": "человек", "service": "сервис"}.get(each.source, each.source),
                f"{each.deadline.astimezone():%d.%m.%Y %H:%M}",
                each.said_by,
                "; ".join(filter(None, [each.remark, *refusals(each)])),
            )
            for each in found
        ]
        columns = {"посылка": "right", "связь": "left", "обмен": "left", "состояние": "left", "подтверждает": "left"}
        more = {"до": "left", "кто ответил": "left", "замечание": "left"}
        show_table("Подтверждения", columns | more, rows, empty="Никто ничего не ждёт.")
    return FAILED if any(each.state in waits for each in found) else DONE


def say_waiting(parcel: int) -> None:
    """Say that a run outside of a deployment has left its confirmation open."""
    console().print(
        f"Посылка {parcel} отправлена и ждёт слова производителя. Когда он ответит: "
        f"mi1c confirm {parcel} --verdict accepted|remarks|refused --by ИМЯ",
        markup=False,
    )


def _resumed(settings: ProcessSettings, said: Confirmation) -> str:
    """Resume the run that waits for the word; returns why it goes on later, "" where it does not have to."""
    from foundation.errors import MI1CError

    if not said.run_id:
        return ""
    try:
        server_answers(settings)
        from tasks.waking import wake

        left = wake(opened(said.link))
    except MI1CError as error:
        return f"Запуск продолжит обмен confirmations: {error.russian}"
    if any(each.parcel_id == said.parcel_id for each in left):
        return "Обмен сейчас выполняется; запуск продолжит обмен confirmations."
    return ""


def _moment(text: str) -> datetime | None:
    """Return a moment of this machine's clock; raises Faults."""
    if not text:
        return None
    for form in FORMS:
        try:
            return datetime.strptime(text, form).astimezone()
        except ValueError:
            continue
    from foundation.errors import Fault, Faults

    raise Faults(
        "Время ответа не разобрано.",
        [Fault("at", f"нужно как 24.11.2026 15:30, а не «{text}»", "give it like 24.11.2026 15:30")],
        en="The time is not understood.",
        todo="Укажите дату, можно со временем.",
        todo_en="Give a date, with a time or without.",
    )


def _database(settings: ProcessSettings) -> Database:
    from foundation.database import migrate, open_database

    database = open_database(settings.database)
    migrate(database)
    return database
