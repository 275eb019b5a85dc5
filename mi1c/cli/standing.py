"""``mi1c status``: how every link stands; its exit code is what a script watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from mi1c.cli.opening import entered, server_answers
from mi1c.console import DONE, FAILED, STATES, console, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tasks.overview import LinkView


def status(*, link: Annotated[str, Parameter(help="имя связи; без него все")] = "", json: bool = False) -> int:
    """Показать, как идут обмены каждой связи; код 1, если что-то не отправлено или ждёт человека."""
    settings = entered()
    from foundation.database import migrate, open_database
    from foundation.errors import MI1CError
    from tasks.overview import overview

    database = open_database(settings.database)
    migrate(database)
    views = overview(database, link)
    prefect = True
    try:
        server_answers(settings)
        views = _with_runs(views)
    except MI1CError:
        prefect = False  # what the database knows is shown all the same, and that Prefect is away is told
    quiet = prefect and all(view.quiet for view in views)
    if json:
        show_json({"quiet": quiet, "prefect": prefect, "links": [_plain(view) for view in views]})
    else:
        _show(views, link)
        if not prefect:
            console().print("Сервер Prefect не отвечает: обмены по расписанию не идут. Запустите его: mi1c up.")
    return DONE if quiet else FAILED


def _with_runs(views: Sequence[LinkView]) -> list[LinkView]:
    from flows.registry import FLOWS
    from foundation.database import utc_now
    from tasks.overview import with_runs
    from tasks.runs import last_successes, next_starts, prefect_client

    with prefect_client() as client:
        return [
            with_runs(
                view,
                last_successes(client, view.link, FLOWS),
                next_starts(client, view.link, FLOWS, utc_now()) if view.piloted else {},
            )
            for view in views
        ]


def _plain(view: LinkView) -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(view), "quiet": view.quiet}


def _show(views: Sequence[LinkView], link: str) -> None:
    heads = [
        (
            view.link,
            f"{view.gates} из 8",
            f"с {_when(view.piloted)}" if view.piloted else "нет",
            view.waiting,
            view.parked,
            len(view.alerts),
        )
        for view in views
    ]
    columns = {
        "связь": "left",
        "этапов пройдено": "right",
        "опытная эксплуатация": "left",
        "ждёт подтверждения": "right",
    }
    more = {"отложено заказов": "right", "предупреждений": "right"}
    empty = (
        f"Обменов связи {link} ещё не было, или её нет: mi1c link list." if link else "Заведите связь: mi1c link add."
    )
    show_table("Связи", columns | more, heads, empty=empty)
    rows = [
        (
            view.link,
            each.exchange,
            STATES.get(each.state, each.state) or ("выполнено" if each.succeeded else ""),
            _when(each.succeeded),
            _when(each.next_start),
            each.rows if each.parcel else "",
            each.parcel or "",
        )
        for view in views
        for each in view.exchanges
    ]
    columns = {"связь": "left", "обмен": "left", "состояние": "left", "последний успех": "left"}
    more = {"следующий": "left", "строк": "right", "посылка": "right"}
    show_table("Обмены", columns | more, rows, empty="Обменов ещё не было: mi1c run goods --link ИМЯ.")
    alerts = [(each.link, _when(each.raised_at), each.said, each.todo) for view in views for each in view.alerts]
    if alerts:
        show_table("Предупреждения", dict.fromkeys(("связь", "с", "что", "что делать"), "left"), alerts)


def _when(moment: datetime | None) -> str:
    return f"{moment.astimezone():%d.%m.%Y %H:%M}" if moment else ""
