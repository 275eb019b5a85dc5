"""``mi1c deploy|run|preview|extract``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from mi1c.cli.opening import entered, opened, server_answers
from mi1c.console import DONE, progress, say, show_json, show_table

LINK = Parameter(help="имя связи")
ROWS = {"что": "left", "сколько": "right"}


def deploy(
    link: str,
    /,
    *,
    active: Annotated[bool, Parameter(help="включить расписания и без опытной эксплуатации")] = False,
    json: bool = False,
) -> int:
    """Создать или обновить развёртывания обменов связи в Prefect; в опытной эксплуатации расписания остаются."""
    settings = entered()
    from flows.deployments import deploy as deploy_link
    from flows.pilot import pilot_is_open

    open_ = opened(link)
    on = active or pilot_is_open(open_)
    made = deploy_link(link, open_.settings, pool=settings.pool, active=on)
    if json:
        show_json(
            [{"deployment": each.name, "description": each.description, "minutes": each.minutes} for each in made]
        )
    else:
        state = "включены" if on else f"выключены (включить: mi1c pilot start --link {link})"
        columns = {"развёртывание": "left", "что": "left", "минут": "right", "расписание": "left"}
        show_table(f"Развёртывания связи {link}, расписания {state}", columns, [each.row() for each in made])
    return DONE


def run_exchange(exchange: str, /, *, link: Annotated[str, LINK], json: bool = False) -> int:
    """Выполнить обмен сейчас, в этом процессе: goods, catalogs, stock и другие."""
    settings = entered()
    server_answers(settings)
    from flows.registry import flow_of

    result: dict[str, Any] = flow_of(exchange)(link=link)
    if json:
        show_json(result)
    else:
        from tasks.report import count_rows

        counts = result if "read" in result else {}
        rows = [tuple(row.values()) for row in count_rows(counts)] if counts else list(result.items())
        show_table(f"Обмен {exchange}, связь {link}: выполнен", ROWS, rows)
    return DONE


def preview(exchange: str, /, *, link: Annotated[str, LINK], json: bool = False) -> int:
    """Показать, что обмен выгрузил бы сейчас, ничего не отправляя: новое, изменённое, исчезнувшее."""
    from foundation.errors import Fault, Faults

    if exchange != "stock":
        raise Faults(
            f"Предпросмотра обмена «{exchange}» нет.",
            [Fault("exchange", "есть предпросмотр stock", "there is a preview of stock")],
            en=f"There is no preview of {exchange!r}.",
            todo="Укажите stock.",
            todo_en="Name stock.",
        )
    open_ = opened(link)
    from tasks.preview import preview_stock
    from tasks.report import aside_rows, count_rows

    with progress("Остатки из 1С") as show:
        found = preview_stock(open_, show=show)
    if json:
        show_json({"counts": found.counts, "totals": found.totals, "changes": found.changes})
        return DONE
    show_table(f"Остатки, связь {link}: строки", ROWS, [tuple(row.values()) for row in count_rows(found.counts)])
    show_table("Против последней принятой посылки", ROWS, list(found.changes.items()))
    columns = dict.fromkeys(("товар",), "left") | {
        "количество": "right",
        "стоимость": "right",
        "почему": "left",
        "что делать": "left",
    }
    rows = [tuple(row.values()) for row in aside_rows(found.set_aside)[:20]]
    show_table("Не сопоставлено, по стоимости", columns, rows, empty="Всё сопоставлено.")
    return DONE


def extract(
    entity: str,
    /,
    *,
    link: Annotated[str, LINK],
    out: Annotated[Path, Parameter(help="файл .csv или .xlsx")],
    json: bool = False,
) -> int:
    """Сохранить таблицу 1С в канонических колонках: goods, units, warehouses, stock и другие."""
    open_ = opened(link)
    from tasks.extract import read_table
    from tasks.preview import save_frame

    with progress(f"1С, {entity}") as show:
        frame = read_table(open_, entity, show=show)
    save_frame(frame, entity, out)
    say(f"{out}: строк {len(frame)}.", as_json=json, file=str(out), rows=len(frame))
    return DONE
