"""``mi1c deploy|run|preview|extract``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from mi1c.cli.confirming import say_waiting
from mi1c.cli.opening import entered, opened, server_answers
from mi1c.cli.orders import preview_orders, preview_statuses
from mi1c.console import DONE, FAILED, progress, say, show_json, show_table

LINK = Parameter(help="имя связи")
EXCHANGE = Parameter(
    help="обмен: goods (классификатор товаров), catalogs (справочники 1С), stock (остатки), outlets (торговые точки), "
    "orders (заказы), statuses (статусы заказов), shipments (отгрузки), own_goods (наши товары), prices (цены), "
    "confirmations (подтверждения)"
)
PREVIEWED = Parameter(help="обмен: stock, shipments, orders, statuses, outlets, own_goods, prices")
DAYS = Parameter(help="shipments: за сколько прошедших дней, вместо настройки связи")
MOST_DAYS = 366
SHOWN = 20
"""How many rows a table of a preview has."""
ROWS = {"что": "left", "сколько": "right"}
KEYED = {"outlets": "Торговые точки", "own_goods": "Наши товары", "prices": "Цены"}
"""Exchanges that send what changed since the last receipt, or everything."""


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


def run_exchange(
    exchange: Annotated[str, EXCHANGE],
    /,
    *,
    link: Annotated[str, LINK],
    days: Annotated[int | None, DAYS] = None,
    everything: Annotated[bool, Parameter(help="и то, что не изменилось: outlets, own_goods, prices")] = False,
    json: bool = False,
) -> int:
    """Выполнить обмен сейчас, в этом процессе."""
    settings = entered()
    server_answers(settings)
    from flows.registry import flow_of

    flow = flow_of(exchange)
    chosen = {"everything": True} if everything and exchange in KEYED else {}
    given = chosen | _days(exchange, days)
    from tasks.runs import named

    with named(exchange, link):
        result: dict[str, Any] = flow(link=link, **given)
    if json:
        show_json(result)
    else:
        from tasks.wording import EXCHANGES, result_rows

        title = f"{EXCHANGES[exchange]} ({exchange}), связь {link}: выполнено"
        show_table(title, ROWS, result_rows(exchange, result))
    if result.get("confirmation") != "waiting":
        return DONE
    if not json:
        say_waiting(result["parcel"])
    return FAILED


def _days(exchange: str, days: int | None) -> dict[str, int]:
    """Return the flow's own parameter; raises Faults where the exchange has none."""
    from foundation.errors import Fault, Faults

    if days is None:
        return {}
    if exchange == "shipments" and 1 <= days <= MOST_DAYS:
        return {"days": days}
    raise Faults(
        "Число дней указано неверно.",
        [Fault("days", f"от 1 до {MOST_DAYS}, только у обмена shipments", f"1 to {MOST_DAYS}, of shipments only")],
        en="The number of days is wrong.",
        todo="Пример: mi1c run shipments --link имя --days 30",
        todo_en="For example: mi1c run shipments --link NAME --days 30",
    )


def preview(
    exchange: Annotated[str, PREVIEWED],
    /,
    *,
    link: Annotated[str, LINK],
    days: Annotated[int | None, DAYS] = None,
    json: bool = False,
) -> int:
    """Показать, что обмен выгрузил бы сейчас, ничего не отправляя: новое, изменённое, исчезнувшее."""
    from foundation.errors import Fault, Faults

    if exchange == "shipments":
        from mi1c.cli.shipments import preview_shipments

        return preview_shipments(opened(link), _days(exchange, days).get("days"), as_json=json)
    if exchange == "orders":
        return preview_orders(link, as_json=json)
    if exchange == "statuses":
        return preview_statuses(link, as_json=json)
    if exchange in KEYED:
        return _preview_keyed(exchange, link, as_json=json)
    if exchange != "stock":
        known = ", ".join(("stock", "shipments", "orders", "statuses", *KEYED))
        raise Faults(
            f"Предпросмотра обмена «{exchange}» нет.",
            [Fault("exchange", f"есть предпросмотр {known}", f"there are previews of {known}")],
            en=f"There is no preview of {exchange!r}.",
            todo="Укажите один из перечисленных.",
            todo_en="Name one of those.",
        )
    _days(exchange, days)
    open_ = opened(link)
    from tasks.preview import batch_rows, preview_stock
    from tasks.report import aside_rows
    from tasks.wording import PLANNED, count_rows

    with progress("Остатки из 1С") as show:
        found = preview_stock(open_, show=show)
    if json:
        batches = {} if found.batches is None else {"batches": batch_rows(found.batches)}
        show_json({"counts": found.counts, "totals": found.totals, "changes": found.changes, **batches})
        return DONE
    show_table(
        f"Остатки, связь {link}: строки", ROWS, [tuple(row.values()) for row in count_rows(found.counts, PLANNED)]
    )
    show_table("Против последней принятой посылки", ROWS, list(found.changes.items()))
    if found.batches is not None:
        _show_batches(batch_rows(found.batches))
    columns = dict.fromkeys(("товар",), "left") | {
        "количество": "right",
        "стоимость": "right",
        "почему": "left",
        "что делать": "left",
    }
    rows = [tuple(row.values()) for row in aside_rows(found.set_aside)[:SHOWN]]
    show_table("Не сопоставлено, по стоимости", columns, rows, empty="Всё сопоставлено.")
    return DONE


def _show_batches(rows: list[dict[str, str]]) -> None:
    """Show the rows that leave by batch, as the manufacturer gets them; all of them are in ``--json``."""
    names = {
        "their_warehouse": "склад",
        "their_good": "товар",
        "their_unit": "единица",
        "batch_number": "серия",
        "made": "произведена",
        "expires": "годна до",
        "quantity": "количество",
    }
    columns = {said: "right" if name == "quantity" else "left" for name, said in names.items()}
    shown = [tuple(row[name] for name in names) for row in rows[:SHOWN]]
    title = f"По партиям: первые {len(shown)} из {len(rows)}, все строки с --json"
    show_table(title, columns, shown, empty="Выгружать нечего.")


def _preview_keyed(exchange: str, link: str, *, as_json: bool) -> int:
    open_ = opened(link)
    from tasks.preview_keyed import preview_keyed
    from tasks.wording import PLANNED, count_rows

    found = preview_keyed(open_, exchange)
    if as_json:
        show_json({"counts": found.counts, "totals": found.totals, "changes": found.changes})
        return DONE
    show_table(
        f"{KEYED[exchange]}, связь {link}: строки",
        ROWS,
        [tuple(row.values()) for row in count_rows(found.counts, PLANNED)],
    )
    show_table("Против того, что есть у производителя", ROWS, list(found.changes.items()))
    waits = found.set_aside[["name", "reason", "said"]].head(SHOWN).itertuples(index=False, name=None)
    columns = {"что": "left", "почему": "left", "что делать": "left"}
    show_table("Ждёт решения", columns, list(waits), empty="Ничего не ждёт.")
    return DONE


def extract(
    entity: str,
    /,
    *,
    link: Annotated[str, LINK],
    out: Annotated[Path, Parameter(help="файл .csv или .xlsx")],
    json: bool = False,
) -> int:
    """Сохранить таблицу 1С в канонических колонках: goods, stock, shipments.sale и другие."""
    open_ = opened(link)
    from tasks.extract import read_table
    from tasks.preview import save_frame

    with progress(f"1С, {entity}") as show:
        frame = read_table(open_, entity, show=show)
    save_frame(frame, entity, out)
    say(f"{out}: строк {len(frame)}.", as_json=json, file=str(out), rows=len(frame))
    return DONE
