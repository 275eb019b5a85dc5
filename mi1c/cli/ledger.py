"""``mi1c ledger``: parcels and messages, what went and what came back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from mi1c.cli.confirming import say_waiting
from mi1c.cli.opening import entered, opened
from mi1c.console import DONE, FAILED, STATES, console, say, show_json, show_table

if TYPE_CHECKING:
    from foundation.database import Database

app = App(name="ledger", help="Журнал обмена: посылки и сообщения.", result_action="return_value")


def _database() -> Database:
    from foundation.database import migrate, open_database

    database = open_database(entered().database)
    migrate(database)
    return database


@app.command(name="list")
def list_parcels(*, link: str = "", exchange: str = "", limit: int = 20, json: bool = False) -> int:
    """Показать последние посылки."""
    from ledger import reading

    found = reading.parcels(_database(), link=link or None, exchange=exchange or None, limit=limit)
    if json:
        show_json(found)
        return DONE
    rows = [
        (
            each.id,
            each.link,
            each.exchange,
            {"out": "отправлено", "in": "получено"}[each.direction],
            STATES[each.state],
            each.counts.get("sent", ""),
            f"{each.created_at.astimezone():%d.%m.%Y %H:%M:%S}",
        )
        for each in found
    ]
    columns = {"№": "right", "связь": "left", "обмен": "left", "куда": "left", "состояние": "left", "строк": "right"}
    show_table("Посылки", {**columns, "создана": "left"}, rows, empty="Обменов ещё не было.")
    return DONE


@app.command
def show(parcel: int, /, *, json: bool = False) -> int:
    """Показать посылку: счётчики, контрольные итоги, сообщения."""
    from ledger import reading

    database = _database()
    head, messages = reading.parcel(database, parcel), reading.messages(database, parcel)
    if json:
        show_json({"parcel": head, "messages": messages})
        return DONE
    about = {"связь": head.link, "обмен": head.exchange, "состояние": STATES[head.state], "запуск": head.run_id}
    about |= {f"счётчик {name}": value for name, value in head.counts.items() if value}
    about |= {f"итог {name}": value for name, value in head.totals.items()}
    show_table(f"Посылка {parcel}", {"что": "left", "значение": "left"}, [(k, str(v)) for k, v in about.items()])
    rows = [
        (
            each.seq,
            each.id,
            each.scheme,
            STATES[each.state],
            each.rows,
            each.wire_size,
            each.attempts,
            each.error or each.receipt[:60],
        )
        for each in messages
    ]
    columns = {"часть": "right", "сообщение": "right", "схема": "left", "состояние": "left", "строк": "right"}
    more = {"байт": "right", "попыток": "right", "ответ": "left"}
    show_table("Сообщения", columns | more, rows)
    return DONE


@app.command
def message(
    message: int, /, *, body: Annotated[bool, Parameter(help="вывести текст сообщения")] = False, json: bool = False
) -> int:
    """Показать сообщение и его историю, с --body сам текст."""
    from ledger import reading

    database = _database()
    found, events = reading.message(database, message), reading.events(database, message)
    text = reading.body(database, message) if body else None
    if json:
        show_json({"message": found, "events": events, "body": text})
        return DONE
    rows = [(f"{each.at.astimezone():%d.%m.%Y %H:%M:%S}", STATES[each.state], each.note) for each in events]
    show_table(f"Сообщение {message}, {found.scheme}", {"когда": "left", "состояние": "left", "что": "left"}, rows)
    if text is not None:
        console().print(text, markup=False, soft_wrap=True)
    return DONE


@app.command
def resend(parcel: int, /, *, link: str, by: Annotated[str, Parameter(help="кто просит")], json: bool = False) -> int:
    """Отправить последнюю посылку обмена ещё раз теми же байтами."""
    open_ = opened(link)
    from ledger import reading
    from ledger.parcels import Ledger
    from ledger.verdicts import Verdict
    from tasks.confirm import ask
    from tasks.load import send

    ledger = Ledger(open_.database, open_.id)
    marked = ledger.resend(reading.parcel(open_.database, parcel), by=by)
    with ledger.hold(marked.exchange, marked.run_id):
        done = send.fn(open_, marked)
    asked = ask(open_, done)
    say(f"Посылка {parcel}: {STATES[done.state]}.", as_json=json, parcel=done, confirmation=asked and asked.state)
    if asked is None or asked.state is not Verdict.WAITING:
        return DONE
    if not json:
        say_waiting(parcel)
    return FAILED
