"""``mi1c deploy|run|preview|extract|status``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from mi1c.cli.opening import entered, opened, server_answers
from mi1c.cli.orders import preview_orders, preview_statuses
from mi1c.console import DONE, FAILED, STATES, progress, say, show_json, show_table

if TYPE_CHECKING:
    from ledger.values import Parcel

LINK = Parameter(help="имя связи")
ROWS = {"что": "left", "сколько": "right"}
EXCHANGES = "goods, catalogs, stock, orders, statuses"


def deploy(
    link: str, /, *, active: Annotated[bool, Parameter(help="включить расписания")] = False, json: bool = False
) -> int:
    """Создать или обновить развёртывания обменов связи в Prefect."""
    settings = entered()
    server_answers(settings)
    from flows.deployments import deploy as deploy_link
    from tasks.block import load_link

    made = deploy_link(link, load_link(link), pool=settings.pool, active=active)
    if json:
        show_json([{"deployment": name, "description": said, "minutes": minutes} for name, said, minutes in made])
    else:
        state = "включены" if active else "выключены (включить: mi1c deploy … --active)"
        show_table(
            f"Развёртывания связи {link}, расписания {state}",
            {"развёртывание": "left", "что": "left", "минут": "right"},
            made,
        )
    return DONE


def run_exchange(exchange: str, /, *, link: Annotated[str, LINK], json: bool = False) -> int:
    """Выполнить обмен сейчас, в этом процессе: goods, catalogs, stock, orders или statuses."""
    settings = entered()
    server_answers(settings)
    flow = _flow(exchange)
    result: dict[str, Any] = flow(link=link)
    if json:
        show_json(result)
    else:
        from tasks.report import count_rows

        counts = result if "read" in result and "fates" not in result else {}
        rows = [tuple(row.values()) for row in count_rows(counts)] if counts else _plain(result)
        show_table(f"Обмен {exchange}, связь {link}: выполнен", ROWS, rows)
    return DONE


def _plain(result: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Return a flow's result as rows; the fates of orders by their Russian names."""
    from tasks.order_counts import FATES

    fates = result.get("fates") or {}
    rows = [(name, value) for name, value in result.items() if name != "fates"]
    return rows + [(FATES[name], number) for name, number in fates.items()]


def _flow(exchange: str) -> Any:
    from foundation.errors import Fault, Faults

    match exchange:
        case "goods":
            from flows.goods import goods as flow
        case "catalogs":
            from flows.catalogs import catalogs as flow  # type: ignore[assignment]  # each flow has its own result
        case "stock":
            from flows.stock import stock as flow
        case "orders":
            from flows.orders import orders as flow
        case "statuses":
            from flows.statuses import statuses as flow
        case _:
            raise Faults(
                f"Обмена «{exchange}» нет.",
                [Fault("exchange", f"есть {EXCHANGES}", f"there are {EXCHANGES}")],
                en=f"There is no exchange {exchange!r}.",
                todo="Укажите один из перечисленных.",
                todo_en="Name one of those.",
            )
    return flow


def preview(exchange: str, /, *, link: Annotated[str, LINK], json: bool = False) -> int:
    """Показать, что обмен выгрузил бы сейчас, ничего не отправляя: новое, изменённое, исчезнувшее."""
    from foundation.errors import Fault, Faults

    if exchange == "orders":
        return preview_orders(link, as_json=json)
    if exchange == "statuses":
        return preview_statuses(link, as_json=json)
    if exchange != "stock":
        known = "stock, orders, statuses"
        raise Faults(
            f"Предпросмотра обмена «{exchange}» нет.",
            [Fault("exchange", f"есть предпросмотр {known}", f"there are previews of {known}")],
            en=f"There is no preview of {exchange!r}.",
            todo="Укажите один из перечисленных.",
            todo_en="Name one of those.",
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


def status(*, link: Annotated[str, LINK] = "", json: bool = False) -> int:
    """Показать последние посылки каждой связи; код 1, если что-то не отправлено."""
    settings = entered()
    from foundation.database import open_database
    from ledger import reading
    from ledger.links import link_names

    database = open_database(settings.database)
    with database.session() as session:
        names = [link] if link else link_names(session)
    rows: list[tuple[str, str, Parcel]] = [
        (name, exchange, parcel) for name in names for exchange, parcel in reading.summary(database, name).items()
    ]
    if json:
        show_json([{"link": name, "exchange": exchange, "parcel": parcel} for name, exchange, parcel in rows])
    else:
        shown = [
            (
                name,
                exchange,
                parcel.id,
                STATES[parcel.state],
                f"{parcel.updated_at.astimezone():%d.%m.%Y %H:%M}",
                parcel.counts.get("sent", ""),
            )
            for name, exchange, parcel in rows
        ]
        columns = {
            "связь": "left",
            "обмен": "left",
            "посылка": "right",
            "состояние": "left",
            "когда": "left",
            "строк": "right",
        }
        show_table("Последние посылки", columns, shown, empty="Обменов ещё не было: mi1c run goods --link …")
    return FAILED if any(parcel.state == "failed" for _, _, parcel in rows) else DONE
