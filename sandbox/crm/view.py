"""The pages under ``/_sandbox/``: what the manufacturer holds, for tests (JSON) and for people (HTML).

==============================  ==============================================================================
``GET  users``                  the users there are
``GET  holdings/USER``          a page for people
``GET  holdings/USER/totals``   by dataset: rows, sum of quantity, sum of price × quantity
``GET  holdings/USER/PAGE``     rows of a page of pages.py; numbers are exact texts, moments ISO
``GET  messages``               every scheme that came: number, when, bytes, outcome, rows, error, remarks
``GET  messages/N``             the payload of message N, while it is among the last ones
``POST orders/USER``            a list of orders, one order, or ``{"random": n}``
``POST matches/USER``           ``{"wares": {theirs: ours | null}, "outlets": {client: [company, address] | null}}``
``POST verdicts/USER``          ``{"scheme", "verdict": "accepted" | "refused", "remark", "documents", "message"}``
==============================  ==============================================================================
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from sandbox.crm import page
from sandbox.crm.pages import PAGES, json_name
from sandbox.crm.values import plain, public
from sandbox.http import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sandbox.crm.holdings import Holdings, Record
    from sandbox.crm.office import Office
    from sandbox.crm.pages import Page
    from sandbox.http import Request

TOTALS: Final = {
    "CRMWhBalanceEx": "CRMWhBalanceLine",
    "CRMWhBalanceExParts": "CRMWhBalanceParts",
    "CRMDespatchEx": "CRMDespatch",
    "CRMDespatchParts": "CRMDespatchParts",
    "CRMBanAddress": "CRMBanAddress",
    "CRMSaldoEx": "CRMSaldoAggregate",
}
_BOOKS: Final = {
    "CRMExtClientAddressDef": "outlets",
    "CRMOrderStatus": "statuses",
    "CRMWareSUP": "goods",
    "CRMWarePrice": "prices",
}


def rows(holdings: Holdings, name: str) -> list[dict[str, Any]]:
    """Return the rows of a page as JSON values; raises KeyError."""
    if name == "orders":
        return orders(holdings)
    shown = PAGES[name]
    return list(_rows(holdings.rows(shown.source) if shown.block else holdings.book(shown.source)))


def _rows(records: Iterable[Record]) -> Iterator[dict[str, Any]]:
    for record in records:
        yield {json_name(column): public(value) for column, value in record.items()}


def _page(holdings: Holdings, shown: Page) -> Response:
    """Write a row a line, each as it is read: a page may have hundreds of thousands."""
    records = holdings.rows(shown.source) if shown.block else holdings.book(shown.source)
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in _rows(records))
    return Response(200, f"[{lines}]\n".encode(), "application/json;charset=utf-8")


def totals(holdings: Holdings) -> dict[str, dict[str, Any]]:
    """Return rows and exact sums by scheme, as JSON values."""
    found: dict[str, dict[str, Any]] = {}
    for scheme, dataset in TOTALS.items():
        total = holdings.total(dataset)
        found[scheme] = {"rows": total.rows, "quantity": plain(total.quantity), "amount": plain(total.amount)}
    for scheme, book in _BOOKS.items():
        found[scheme] = {"rows": len(holdings.books.get(book, ())), "quantity": "0", "amount": "0"}
    return found


def orders(holdings: Holdings) -> list[dict[str, Any]]:
    """Return all orders with their state, as JSON values."""
    statuses = {record["CRMOrderNumber"]: record["StatusId"] for record in holdings.book("statuses")}
    return [
        {
            "number": order.number,
            "date": order.date.isoformat(),
            "action_date": order.action_date.isoformat(),
            "client": order.crm_client_id,
            "client_name": order.client_name,
            "client_address": order.client_address,
            "warehouse": order.warehouse_id,
            "document_type": order.document_type,
            "status": statuses.get(order.number, ""),
            "answered": order.number in holdings.answered,
            "lines": [
                {
                    "ware": line.ware_id,
                    "unit": line.unit_id,
                    "quantity": plain(line.quantity),
                    "price": plain(line.price),
                }
                for line in order.lines
            ],
        }
        for order in holdings.orders.values()
    ]


def control(office: Office, request: Request, tail: str) -> Response | None:
    """Answer a page, or None where there is none."""
    parts = [unquote(part) for part in tail.strip("/").split("/")]
    match request.method, parts:
        case "GET", ["users"]:
            return Response.json(sorted(office.users))
        case "GET", ["messages"]:
            with office.lock:
                return Response.json([arrival.public() for arrival in office.journal.arrivals])
        case "GET", ["messages", number] if number.isdecimal():
            return _payload(office, int(number))
        case "GET", ["holdings", user, *rest] if user in office.users:
            return _holdings(office, user, rest)
        case "POST", [("orders" | "matches" | "verdicts") as what, user] if user in office.users:
            return _told(office, what, user, request.body)
    return None


def _payload(office: Office, number: int) -> Response | None:
    with office.lock:
        payload = office.journal.payload(number)
    return None if payload is None else Response(200, payload.encode(), "text/plain;charset=utf-8")


def _holdings(office: Office, user: str, rest: list[str]) -> Response | None:
    with office.lock:
        holdings = office.users[user]
        match rest:
            case []:
                return Response(200, page.render(office, user).encode(), "text/html;charset=utf-8")
            case ["totals"]:
                return Response.json(totals(holdings))
            case ["orders"]:
                return Response.json(orders(holdings))
            case [name] if name in PAGES:
                return _page(holdings, PAGES[name])
    return None


def _told(office: Office, what: str, user: str, body: bytes) -> Response:
    """Carry out what was posted; what cannot be understood is answered with 400 and changes nothing."""
    try:
        value = json.loads(body)
        match what, value:
            case "orders", {"random": int(count)}:
                return Response.json(office.add_orders(user, random=count), 201)
            case "orders", list() | dict():
                return Response.json(office.add_orders(user, value if isinstance(value, list) else [value]), 201)
            case "matches", dict():
                office.match(user, **value)
                return Response.json(value)
            case "verdicts", dict():
                return Response.json({"message": office.judge(user, **value)}, 201)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return Response.json({"error": f"{type(error).__name__}: {error}"}, 400)
    return Response.json({"error": "a JSON object was expected"}, 400)
