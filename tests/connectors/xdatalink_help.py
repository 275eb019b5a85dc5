"""Schemes, frames and a stand-in for the network that the tests of the xDataLink connector share."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd
from lxml import etree

from connectors.crm.xdatalink.address import Retry, ServiceAddress
from connectors.crm.xdatalink.service import XDataLink
from mappings.model import Dataset, Kind, Parts, Scheme, WireColumn

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "http://crm.example/xDataLink/xDataLink.asmx"
QUICK = Retry(attempts=3, wait=0, wait_max=0, jitter=0)

PARAM = Dataset("CRMWhBalanceParam", (WireColumn("SkipDelete", "Integer", constant="0"),))
LINE = Dataset(
    "CRMWhBalanceLine",
    (
        WireColumn("WareId", "String", "their_good", Kind.KEY),
        WireColumn("UnitId", "String", "their_unit", Kind.KEY),
        WireColumn("Quantity", "Currency", "quantity", Kind.MICRO),
    ),
)
HEAD_COLUMNS = (
    WireColumn("WareHouseId", "String", "their_warehouse", Kind.KEY),
    WireColumn("DocumentDate", "Date", "date", Kind.MOMENT),
    WireColumn("DocumentNumber", "String"),
    WireColumn("PersonId", "String"),
)
BALANCE = Dataset("CRMWhBalance", HEAD_COLUMNS, details=(LINE,), link=("their_warehouse",))
STOCK = Scheme("CRMWhBalanceEx", "set", (PARAM, BALANCE), Parts("CRMWhBalanceParam", "SkipDelete"))
GOODS = Scheme(
    "CRMWare",
    "get",
    (
        Dataset(
            "CRMWare",
            (
                WireColumn("WareId", "String", "their_good", Kind.KEY),
                WireColumn("WareName", "String", "name"),
                WireColumn("UnitId", "String", "their_unit", Kind.KEY),
                WireColumn("UnitName", "String", "unit_name"),
                WireColumn("Quantity", "Currency", "factor", Kind.MICRO),
            ),
        ),
    ),
)


def moments(*texts: str) -> pd.Series[Any]:
    """Return a column of moments; "" is an empty one."""
    return pd.Series(pd.to_datetime([text or "NaT" for text in texts])).astype("datetime64[s]")


def stock_tables(lines: dict[str, int], *, good: str = "46006820{:05d}") -> dict[str, pd.DataFrame]:
    """Return balances: warehouse → how many lines it has; the quantities are 1.5, 2.5 and so on."""
    heads = pd.DataFrame({"their_warehouse": list(lines), "date": moments(*["2026-11-23"] * len(lines))})
    rows = [
        (warehouse, good.format(number), "ea", (number + 1) * 1_000_000 + 500_000)
        for warehouse, count in lines.items()
        for number in range(count)
    ]
    columns = ["their_warehouse", "their_good", "their_unit", "quantity"]
    frame = pd.DataFrame(rows, columns=columns).astype({"quantity": "int64"})
    return {"CRMWhBalance": heads, "CRMWhBalanceLine": frame}


def on_the_wire(body: str) -> int:
    """Return the size of the SOAP 1.1 request around a body, counted without the product's code."""
    envelope = (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        '<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"><soap-env:Body>'
        '<ns0:Request xmlns:ns0="http://www.monolit.com/xDataLink/"><ns0:XMLData></ns0:XMLData></ns0:Request>'
        "</soap-env:Body></soap-env:Envelope>"
    )
    return len(envelope) + len(html.escape(body, quote=False).encode())


def parsed(body: str) -> etree._Element:
    """Return the inner document as any XML reader sees it, whatever its label says."""
    return etree.fromstring(body.partition("?>")[2])


def rows(body: str, path: str) -> list[list[str]]:
    """Return the values of the rows at a path under ``<o>``."""
    return [[cell.text or "" for cell in row.findall("f")] for row in parsed(body).findall(f"scheme/data/o/{path}/r")]


def extdata(inside: str) -> str:
    """Return an answer's document."""
    return f'<?xml version="1.0" encoding="windows-1251"?><extdata user="DS108">{inside}</extdata>'


def answered(schema: str, objects: str, *, scheme: str = "CRMWare") -> str:
    """Return an answer of one scheme."""
    return extdata(f'<scheme name="{scheme}" request="get"><data><s>{schema}</s><o>{objects}</o></data></scheme>')


def enveloped(text: str, *, version: str = "1.1") -> bytes:
    """Return the SOAP answer around a document."""
    space = (
        "http://schemas.xmlsoap.org/soap/envelope/" if version == "1.1" else "http://www.w3.org/2003/05/soap-envelope"
    )
    result = f"<RequestResult>{html.escape(text, quote=False)}</RequestResult>"
    inside = f'<RequestResponse xmlns="http://www.monolit.com/xDataLink/">{result}</RequestResponse>'
    return f'<s:Envelope xmlns:s="{space}"><s:Body>{inside}</s:Body></s:Envelope>'.encode()


def payload(request: httpx.Request) -> str:
    """Return the document that a request carries."""
    return etree.fromstring(request.content).findtext(".//{http://www.monolit.com/xDataLink/}XMLData") or ""


def calling(handler: Callable[[httpx.Request], httpx.Response], **settings: Any) -> XDataLink:
    """Return a service behind a handler instead of a network; by default it is not asked for its WSDL."""
    settings = {"url": URL, "user": "DS108", "wsdl": "carried"} | settings
    return XDataLink(ServiceAddress(**settings), transport=httpx.MockTransport(handler), retry=QUICK)
