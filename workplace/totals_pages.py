"""«Сверка»: control totals by day on both sides, and the documents behind each figure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from fastapi import Request, Response

from foundation.errors import NotFound
from ledger import figures
from workplace.guard import Pages
from workplace.site import Here

pages = Pages()

DAYS: Final = 31
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")

ACTIONS: Final = {"add": "будет добавлен", "change": "будет изменён", "gone": "будет удалён"}
KINDS: Final = {"sale": "реализация", "return": "возврат", "correction": "корректировка"}


@pages.get("/links/{link}/totals")
def show(request: Request, link: str) -> Response:
    """Show the last month by day."""
    here = Here(request, link)
    since = (here.now - timedelta(days=DAYS)).astimezone()

    def read() -> tuple[list[figures.DayTotals], list[figures.DayTotals], list[figures.StockDay]]:
        with here.database.session() as session:
            shipments = figures.shipment_days(session, here.link_id, since.date().isoformat())
            return (
                shipments,
                figures.order_days(session, here.link_id, since),
                figures.stock_days(session, here.link_id),
            )

    shipments, orders, stock = here.site.queues.take(("totals", link), read)
    return here.render(
        "totals.html",
        shipments=shipments[::-1],
        orders=orders[::-1],
        stock=stock,
        unequal=sum(not each.equal for each in shipments),
        days=DAYS,
    )


@pages.get("/links/{link}/totals/shipments/{day}")
def documents(request: Request, link: str, day: str) -> Response:
    """Show the documents of a day."""
    here = Here(request, link)
    if not DAY.fullmatch(day) or not _is_date(day):
        raise NotFound(
            "Такого дня нет.",
            en="There is no such day.",
            todo="Выберите день в сверке.",
            todo_en="Choose a day of the comparison.",
        )
    with here.database.session() as session:
        found = figures.day_documents(session, here.link_id, day)
        totals = [each for each in figures.shipment_days(session, here.link_id, day) if each.day == day]
    return here.render(
        "day.html", day=day, documents=found, totals=totals[0] if totals else None, actions=ACTIONS, kinds=KINDS
    )


def _is_date(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True
