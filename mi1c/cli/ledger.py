"""``mi1c ledger``: parcels and messages, what went and what came back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from mi1c.cli.confirming import say_waiting
from mi1c.cli.opening import entered, opened
from mi1c.cli.wording import group
from mi1c.console import DONE, FAILED, STATES, console, say, show_json, show_table

if TYPE_CHECKING:
    from foundation.database import Database
    from ledger.values import Message

DIRECTIONS = {"out": "отправлено", "in": "получено"}

app = group("ledger", "Журнал обмена: посылки и сообщения.")


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
            DIRECTIONS[each.direction],
            STATES[each.state],
            each.counts.get("sent", each.counts.get("read", "")),
            f"{each.created_at.astimezone():%d.%m.%Y %H:%M:%S}",
        )
        for each in found
    ]
    columns = {"№": "right", "связь": "left", "обмен": "left", "куда": "left", "состояние": "left", "строк": "right"}
    empty = "Таких посылок нет." if link or exchange else "Обменов ещё не было: mi1c run goods --link ИМЯ."
    show_table("Посылки", {**columns, "создана": "left"}, rows, empty=empty)
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
    from tasks.wording import EXCHANGES, result_rows, total_rows

    exchange = f"{EXCHANGES.get(head.exchange, head.exchange)} ({head.exchange})"
    about = {"связь": head.link, "обмен": exchange, "куда": DIRECTIONS[head.direction], "состояние": STATES[head.state]}
    about |= {"создана": f"{head.created_at.astimezone():%d.%m.%Y %H:%M:%S}", "запуск Prefect": head.run_id}
    show_table(f"Посылка {parcel}", {"что": "left", "значение": "left"}, list(about.items()))
    show_table("Строки", {"что": "left", "сколько": "right"}, result_rows(head.exchange, head.counts))
    if head.totals:
        show_table("Контрольные итоги", {"что": "left", "значение": "right"}, total_rows(head.totals))
    rows = [
        (
            each.seq,
            each.id,
            each.scheme,
            STATES[each.state],
            each.rows,
            each.wire_size,
            each.attempts,
            _answer(each),
        )
        for each in messages
    ]
    columns = {"часть": "right", "сообщение": "right", "схема": "left", "состояние": "left", "строк": "right"}
    more = {"байт": "right", "попыток": "right", "ответ": "left"}
    show_table("Сообщения", columns | more, rows, empty="Отправлять было нечего.")
    if any(each.error for each in messages):
        said = "Что делать. Устраните причину и запустите обмен ещё раз: принятое не отправится дважды."
        console().print(said, markup=False, soft_wrap=True)
    return DONE


def _answer(message: Message) -> str:
    """Return what came back, in short: the error, or that there is a receipt, whose XML nobody reads in a table."""
    if message.error:
        return message.error
    receipt = message.receipt.strip()
    return f"квитанция, знаков: {len(receipt)}" if receipt.startswith("<") else receipt


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
    title = f"Сообщение {message} посылки {found.parcel_id}, схема {found.scheme}"
    show_table(title, {"когда": "left", "состояние": "left", "что": "left"}, rows)
    for said, value in (("Ошибка", found.error), ("Квитанция сервиса", found.receipt.strip())):
        if value:
            console().print(f"{said}: {value}", markup=False, soft_wrap=True)
    if text is None and found.kept:
        console().print(f"Текст сообщения: mi1c ledger message {message} --body", markup=False)
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
