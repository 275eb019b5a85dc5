"""«Заказы»: parked with reasons, created, answered; an order's whole story down to its document and shipments."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Query, Request, Response

from ledger import order_pages as orders
from workplace.guard import Pages
from workplace.names import ORDER_STATES, REASONS
from workplace.site import Here

pages = Pages()

PAGE: Final = 40
BLOCKERS: Final = 12

TABS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "parked": ("Отложенные", ("parked",)),
    "conflict": ("Спорные", ("conflict", "changed", "deleted")),
    "going": ("В работе", ("received", "creating", "written")),
    "created": ("Созданные", ("created",)),
    "answered": ("Извещён производитель", ("answered", "closed")),
    "refused": ("Отказано", ("refused",)),
    "all": ("Все", ()),
}

EVENTS: Final = {
    "received": "получен от производителя",
    "parked": "отложен",
    "created": "создан документ в 1С",
    "found": "документ найден в 1С",
    "answered": "производитель извещён",
    "repeated": "прислан ещё раз",
    "changed": "изменён производителем",
    "restored": "изменение отозвано",
    "closed": "завершён",
    "refused": "отказано",
    "override": "решение оператора",
    "written": "записан документ",
    "posted": "документ проведён",
    "conflict": "требует решения",
    "deleted": "документ удалён в 1С",
}

MATCHED_AT: Final = {"good": "goods", "unit": "units", "outlet": "outlets", "counterparty": "counterparties"}
"""Where a reason is settled in the matching."""


@pages.get("/links/{link}/orders")
def listed(
    request: Request, link: str, tab: str = "", text: str = "", before: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """Show orders; what is parked first, where anything is."""
    here = Here(request, link)
    with here.database.session() as session:
        counted = here.site.queues.take(("orders", link), lambda: orders.by_state(session, here.link_id))
        tab = tab if tab in TABS else ("parked" if counted.get("parked") else "all")
        states = TABS[tab][1]
        found = orders.heads(session, here.link_id, states=states, text=text.strip(), before=before, limit=PAGE + 1)
        blockers = _blockers(here, session) if tab == "parked" and not before else []
    more = found[PAGE - 1].id if len(found) > PAGE else 0
    values: dict[str, Any] = {
        "orders": found[:PAGE],
        "more": more,
        "tab": tab,
        "text": text,
        "tabs": [(name, title, _sum(counted, of)) for name, (title, of) in TABS.items()],
        "reason_names": REASONS,
        "matched_at": MATCHED_AT,
        "settled_at": orders.settled_at,
    }
    if here.partial and before:
        return here.render("parts/orders.html", **values)
    return here.render("orders.html", blockers=blockers, **values)


def _sum(counted: dict[str, int], states: tuple[str, ...]) -> int:
    return sum(counted.get(state, 0) for state in states) if states else sum(counted.values())


def _blockers(here: Here, session: Any) -> list[dict[str, Any]]:
    """Return what parked orders wait for, what frees most orders first."""
    found = here.site.queues.take(("blocking", here.link), lambda: orders.blocking(session, here.link_id))
    listed = sorted(found.items(), key=lambda each: (-each[1][0], -each[1][2], each[0]))
    return [
        {"kind": kind, "key": key, "orders": number, "lines": lines, "value": value, "name": name}
        for (kind, key), (number, lines, value, name) in listed[:BLOCKERS]
    ]


@pages.get("/links/{link}/orders/{order}")
def one(request: Request, link: str, order: int) -> Response:
    """Show an order's whole story."""
    here = Here(request, link)
    with here.database.session() as session:
        found = orders.whole(session, here.link_id, order)
    lines = found.content.get("lines") or []
    reasons: dict[int, list[dict[str, Any]]] = {}
    for reason in found.head.reasons:
        reasons.setdefault(int(reason.get("line") or 0), []).append(reason)
    return here.render(
        "order.html",
        order=found,
        lines=lines,
        reasons=reasons,
        options=found.content.get("options") or [],
        events=EVENTS,
        states=ORDER_STATES,
        reason_names=REASONS,
        matched_at=MATCHED_AT,
        settled_at=orders.settled_at,
    )
