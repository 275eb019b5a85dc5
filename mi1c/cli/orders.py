"""``mi1c orders``: the manufacturer's orders, why they wait, and what a person decides about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from mi1c.cli.opening import opened
from mi1c.cli.wording import group
from mi1c.console import DONE, FAILED, say, show_json, show_table

if TYPE_CHECKING:
    from ledger.order_values import Record
    from tasks.links import Link

app = group("orders", "Заказы производителя: список, причины ожидания, решения.")

LINK = Parameter(help="имя связи")
BY = Parameter(help="кто решил")
REASON = Parameter(help="почему; производитель увидит это в статусе")

WAITING: Final = ("parked", "conflict", "written", "changed", "creating", "deleted")
"""States in which an order waits for something or somebody."""


@app.command(name="list")
def list_orders(
    *,
    link: Annotated[str, LINK],
    state: Annotated[
        str, Parameter(help="parked (отложен), conflict (спорный), created (создан) …; waiting: все, что ждут")
    ] = "",
    text: Annotated[str, Parameter(help="часть номера")] = "",
    before: Annotated[int | None, Parameter(help="следующая страница: меньше этого №")] = None,
    limit: int = 50,
    json: bool = False,
) -> int:
    """Показать заказы, новые сверху; код 1, если какой-нибудь ждёт."""
    from foundation.errors import Fault, Faults
    from ledger.order_queries import by_state, orders
    from ledger.order_values import RUSSIAN, OrderState

    open_ = opened(link)
    names = WAITING if state == "waiting" else ((state,) if state else ())
    unknown = [name for name in names if name not in set(OrderState)]
    if unknown:
        known = ", ".join(OrderState)
        raise Faults(
            f"Состояния «{state}» нет.",
            [Fault("state", f"есть {known} и waiting", f"there are {known} and waiting")],
            en=f"There is no state {state!r}.",
            todo="Укажите одно из перечисленных.",
            todo_en="Name one of those.",
        )
    states = [OrderState(name) for name in names]
    found = orders(open_.database, open_.id, states=states, text=text, before=before, limit=limit)
    counts = by_state(open_.database, open_.id)
    waits = any(counts.get(name) for name in WAITING)
    if json:
        show_json({"orders": found, "states": counts})
    else:
        rows = [(each.id, each.number, RUSSIAN[each.state], each.document_number, _why(each)) for each in found]
        columns = {"№": "right", "заказ": "left", "состояние": "left", "документ": "left", "почему ждёт": "left"}
        show_table("Заказы", columns, rows, empty="Заказов нет: mi1c run orders --link …")
        totals = [(RUSSIAN[name], number) for name, number in sorted(counts.items())]
        show_table("Всего", {"состояние": "left", "заказов": "right"}, totals)
    return FAILED if waits else DONE


def _why(record: Record) -> str:
    said = [reason["said"] for reason in record.reasons]
    return f"{said[0]}{f' (и ещё {len(said) - 1})' if len(said) > 1 else ''}" if said else ""


@app.command
def show(number: str, /, *, link: Annotated[str, LINK], json: bool = False) -> int:
    """Показать заказ: строки, причины, решения, историю."""
    from ledger.order_queries import ended_overrides, events, order

    open_ = opened(link)
    found = order(open_.database, open_.id, number)
    story = events(open_.database, found.id)
    if json:
        show_json({"order": found, "events": story, "ended": ended_overrides(open_.database, found.id)})
        return DONE
    from mi1c.cli.order_show import show_order

    show_order(open_, found, story)
    return DONE


@app.command
def blocked(*, link: Annotated[str, LINK], json: bool = False) -> int:
    """Показать, чего не хватает отложенным заказам и сколько строк это откроет."""
    from ledger.order_queries import blockers
    from tasks.order_report import blocker_row

    open_ = opened(link)
    found = blockers(open_.database, open_.id)
    if json:
        show_json(found)
    else:
        rows = [tuple(blocker_row(each).values()) for each in found]
        columns = {"чего не хватает": "left", "почему": "left", "откроет": "left", "на сумму": "right"}
        show_table("Чего не хватает", {**columns, "что делать": "left"}, rows, empty="Отложенных заказов нет.")
    return FAILED if found else DONE


@app.command
def override(
    number: str,
    action: Annotated[
        str,
        Parameter(
            help="leave_out (исключить строку), replace_good (заменить товар), counterparty (плательщик), "
            "contract (договор), agreement (соглашение), warehouse (склад), accept (принять как есть)"
        ),
    ],
    value: Annotated[
        str,
        Parameter(
            help="товар, договор … ссылкой или именем; для accept: sum (сумма), blocked (запрет), quantity, return"
        ),
    ] = "",
    /,
    *,
    link: Annotated[str, LINK],
    by: Annotated[str, BY],
    reason: Annotated[str, REASON],
    line: Annotated[int, Parameter(help="номер строки заказа; 0: весь заказ")] = 0,
    json: bool = False,
) -> int:
    """Решить за правило: исключить строку, заменить товар, выбрать договор, принять как есть."""
    from ledger.orders import Orders
    from mappings.model import Override

    open_ = opened(link)
    chosen = _action(action, value, line)
    Orders(open_.database, open_.id).override(
        number, Override(chosen), line=line, value=value, author=by, reason=reason
    )
    say(f"Заказ {number}: решение записано, следующий запуск его учтёт.", as_json=json, order=number, action=chosen)
    return DONE


def _action(action: str, value: str, line: int) -> str:
    """Return the action; raises Faults where it, its value or its line does not fit."""
    from foundation.errors import Fault, Faults
    from mappings.model import Override

    of_line = {Override.LEAVE_OUT, Override.REPLACE_GOOD}
    faults = []
    if action not in set(Override):
        known = ", ".join(Override)
        faults.append(Fault("action", f"есть {known}", f"there are {known}"))
    elif (action in of_line) != (line > 0):
        said = "нужен номер строки (--line)" if line == 0 else "решается для заказа целиком, без --line"
        faults.append(Fault("line", said, "needs a line" if line == 0 else "is of the whole order"))
    if action != Override.LEAVE_OUT and not value:
        faults.append(Fault("value", "не указано значение", "no value is given"))
    if faults:
        raise Faults(
            "Решение записано неверно.",
            faults,
            en="The decision is wrong.",
            todo="Исправьте перечисленное.",
            todo_en="Correct what is listed.",
        )
    return action


@app.command
def release(
    number: str,
    /,
    *,
    link: Annotated[str, LINK],
    by: Annotated[str, BY],
    reason: Annotated[str, REASON],
    keep: Annotated[bool, Parameter(help="оставить документ 1С как есть")] = False,
    json: bool = False,
) -> int:
    """Отпустить заказ: спорный, отказанный или тот, документ которого удалён."""
    from ledger.order_values import RUSSIAN
    from ledger.orders import Orders

    open_ = opened(link)
    state = Orders(open_.database, open_.id).release(number, author=by, reason=reason, keep=keep)
    next_step = f"Дальше: mi1c run orders --link {link}, или дождитесь запуска по расписанию."
    say(f"Заказ {number} отпущен: {RUSSIAN[state]}. {next_step}", as_json=json, order=number, state=state)
    return DONE


@app.command
def refuse(
    number: str,
    /,
    *,
    link: Annotated[str, LINK],
    by: Annotated[str, BY],
    reason: Annotated[str, REASON],
    json: bool = False,
) -> int:
    """Отказать в заказе; производитель увидит причину."""
    from ledger.orders import Orders

    open_ = opened(link)
    Orders(open_.database, open_.id).refuse(number, author=by, reason=reason)
    say(f"Заказ {number}: отказано, производитель узнает причину.", as_json=json, order=number)
    return DONE


def preview_orders(link: str, *, as_json: bool) -> int:
    """Show what a run of orders would do now."""
    from tasks.order_counts import FATES
    from tasks.order_preview import preview_of_orders
    from tasks.wording import money, stopped

    found = preview_of_orders(_open(link))
    if as_json:
        show_json(found)
        return DONE
    rows = [
        (
            each.number,
            FATES[each.fate],
            money(each.amount),
            " ".join(map(stopped, (*(r.said for r in each.reasons), *each.notes))),
        )
        for each in found
    ]
    columns = {"заказ": "left", "что станет": "left", "сумма": "right", "почему": "left"}
    show_table(f"Заказы, связь {link}", columns, rows, empty="Заказов нет.")
    return DONE


def preview_statuses(link: str, *, as_json: bool) -> int:
    """Show what a run of statuses would tell now."""
    from tasks.order_preview import preview_of_statuses

    found = preview_of_statuses(_open(link))
    if as_json:
        show_json(found)
        return DONE
    rows = [(each.number, each.before, each.status, each.comment) for each in found]
    columns = {"заказ": "left", "было": "left", "станет": "left", "комментарий": "left"}
    show_table(f"Статусы, связь {link}", columns, rows, empty="Изменений нет.")
    return DONE


def _open(link: str) -> Link:
    return opened(link)
