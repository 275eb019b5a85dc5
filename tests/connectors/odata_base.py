"""A base of 1C made of a function: what the tests of the connector ask in place of a network."""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import httpx

from connectors.onec.odata import OneC, OneCAddress, Retry
from mappings.model import Field, Kind, Reading

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = "http://1c.example/ut/odata/standard.odata"
AT_ONCE = Retry(attempts=3, wait=0.0, wait_max=0.0, jitter=0.0)
PASSWORD = "пароль-секрет-8"

GOODS = Reading(
    "goods",
    "Catalog_Номенклатура",
    (
        Field("our_good", Kind.KEY, "Ref_Key"),
        Field("name", Kind.TEXT, "Description"),
        Field("our_unit", Kind.KEY, "ЕдиницаИзмерения_Key"),
    ),
    ("Ref_Key",),
)
STOCK = Reading(
    "stock",
    "AccumulationRegister_ТоварыНаСкладах",
    (
        Field("our_warehouse", Kind.KEY, "Склад_Key"),
        Field("our_good", Kind.KEY, "Номенклатура_Key"),
        Field("quantity", Kind.MICRO, "ВНаличииBalance"),
    ),
    ("Склад_Key", "Номенклатура_Key"),
    "Balance",
    {"Dimensions": "Номенклатура,Склад"},
)


def ref(number: int) -> str:
    """Return reference ``number``."""
    return f"{number:08x}-0000-4000-8000-000000000000"


def onec(answer: Callable[[httpx.Request], httpx.Response], *, retry: Retry = AT_ONCE, **address: Any) -> OneC:
    """Return a connector whose base is a function."""
    settings = {"url": "http://1c.example/ut", "user": "Обмен", "password": PASSWORD, **address}
    return OneC(OneCAddress(**settings), transport=httpx.MockTransport(answer), retry=retry)


def options(request: httpx.Request) -> dict[str, str]:
    """Return the query options of a request, decoded as 1C does: a plus stays a plus."""
    query = request.url.query.decode().replace("+", "%2B")
    return dict(parse_qsl(query, keep_blank_values=True))


def path(request: httpx.Request) -> str:
    """Return the decoded path of a request under the OData root."""
    return unquote(request.url.raw_path.decode().partition("?")[0]).removeprefix("/ut/odata/standard.odata")


def answered(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
    """Return JSON as 1C writes it: raw Cyrillic, one property a line."""
    body = json.dumps(value, ensure_ascii=False, indent=0).encode()
    return httpx.Response(
        status, content=body, headers={"Content-Type": "application/json;charset=utf-8", **(headers or {})}
    )


def refused(status: int, code: str, text: str) -> httpx.Response:
    """Return an error as 1C's OData service writes it."""
    return answered({"odata.error": {"code": code, "message": {"lang": "ru", "value": text}}}, status)


class Base:
    """A base that holds the rows of one set, in their order, and honours ``$top``, ``$skip`` and ``key gt``.

    ``before`` is called with the number of each request (1, 2, …) and may answer in its place or change the rows.
    """

    def __init__(
        self, rows: list[dict[str, Any]], before: Callable[[int], httpx.Response | None] | None = None
    ) -> None:
        self.rows = rows
        self.requests: list[httpx.Request] = []
        self.most_at_once = 0
        self._before = before
        self._lock = threading.Lock()
        self._now = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            instead = self._before(number) if self._before else None
            return instead or answered({"odata.metadata": "x", "value": self._page(options(request))})
        finally:
            with self._lock:
                self._now -= 1

    def _page(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        rows = self.rows
        if found := re.search(r"(\w+) gt (?:guid)?'?([^' )]+)", asked.get("$filter", "")):
            rows = [row for row in rows if str(row[found[1]]) > found[2]]
        skip = int(asked.get("$skip", 0))
        return rows[skip : skip + int(asked["$top"])] if "$top" in asked else rows[skip:]


def goods(count: int) -> list[dict[str, Any]]:
    """Return rows of a catalog."""
    return [
        {"Ref_Key": ref(number), "Description": f"Товар {number}", "ЕдиницаИзмерения_Key": ref(7), "Лишнее": "x"}
        for number in range(1, count + 1)
    ]
