"""What a run of orders did, as artifacts: counts that add up, parked orders with every reason, what unblocks most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prefect import task
from prefect.cache_policies import NO_CACHE

from ledger.order_queries import Blocker, blockers, orders
from ledger.order_values import RUSSIAN, OrderState, Record
from mappings.model import MICRO
from tasks.report import show_rows
from tasks.running import in_run
from tasks.wording import money

if TYPE_CHECKING:
    from tasks.links import Link
    from tasks.orders import Taken

SHOWN: Final = 200
"""How many rows an artifact lists; the ledger has them all."""

NAMED: Final = {"return": "возвраты"}
"""What is missing where it is no thing with a name of its own."""

HELD: Final = (OrderState.PARKED, OrderState.CONFLICT, OrderState.WRITTEN, OrderState.DELETED)


@task(name="Отчёт", task_run_name="Отчёт", cache_policy=NO_CACHE, persist_result=False)
def report_orders(link: Link, taken: Taken) -> None:
    """Show the counts, the orders that stand still, and what each missing pair holds up."""
    if not in_run():
        return
    show_rows(f"orders-{link.name}-counts", taken.counts.rows(), f"Заказы, посылка {taken.parcel_id}")
    standing = orders(link.database, link.id, states=HELD, limit=SHOWN)
    if standing:
        rows = [row for record in standing for row in reason_rows(record)]
        show_rows(f"orders-{link.name}-parked", rows[:SHOWN], f"Ждут: {len(standing)} заказов, причины")
        missing = [blocker_row(each) for each in blockers(link.database, link.id)[:SHOWN]]
        if missing:
            show_rows(f"orders-{link.name}-blocked", missing, "Чего не хватает и сколько заказов это держит")
    if taken.rejected:
        refused: list[dict[str, object]] = [
            {"заказ": number, "почему": said} for number, said in sorted(taken.rejected.items())[:SHOWN]
        ]
        show_rows(f"orders-{link.name}-rejected", refused, "Заказы, принять которые нельзя")


def order_value(record: Record) -> int:
    """Return what an order is worth: its document's sum, its own, or that of its lines, in millionths."""
    lines = sum(line["price"] * line["quantity"] // MICRO for line in record.content.get("lines", ()))
    return record.amount or int(record.content.get("amount") or 0) or lines


def reason_rows(record: Record) -> list[dict[str, object]]:
    """Return a row for each reason of an order that stands still."""
    return [
        {
            "заказ": record.number,
            "состояние": RUSSIAN[record.state],
            "сумма": money(order_value(record)),
            "строка": reason.get("line") or "",
            "почему": reason["said"],
            "что делать": reason.get("todo", ""),
        }
        for reason in record.reasons
    ]


def blocker_row(blocker: Blocker) -> dict[str, object]:
    """Return what a missing thing holds up."""
    return {
        "чего не хватает": blocker.name or NAMED.get(blocker.kind) or blocker.key,
        "почему": blocker.said,
        "откроет": f"строк {blocker.lines} в заказах: {len(blocker.orders)}",
        "на сумму": money(blocker.value),
        "что делать": blocker.todo,
    }
