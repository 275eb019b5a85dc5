"""A plain client of the manufacturer's double, and messages for it, written out by hand: no code of the product."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import httpx
from lxml import etree

from sandbox.content import CrmContent, CrmGood, CrmOrder, CrmOrderLine, CrmUnit
from sandbox.crm.service import PATH, Manufacturer
from sandbox.http import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.http import Running

NAMESPACE = "http://www.monolit.com/xDataLink/"
ACTION = f"{NAMESPACE}Request"
SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
HEADERS11 = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{ACTION}"'}
HEADERS12 = {"Content-Type": f'application/soap+xml; charset=utf-8; action="{ACTION}"'}


def good(number: int, *, name: str = "", barcode: str = "") -> CrmGood:
    """Return a good with a piece and a box of 12."""
    units = (CrmUnit("ea", "шт", Decimal(1)), CrmUnit("box", "кор", Decimal(12)))
    return CrmGood(f"46006820000{number:02d}", name or f"Квас {number} л", units, barcode)


def order(number: str, *lines: CrmOrderLine, client: str = "CL1") -> CrmOrder:
    """Return an order of 23 November 2026."""
    return CrmOrder(
        number=number,
        date=datetime(2026, 11, 23, 10, 30),  # noqa: DTZ001 - the wire has no zone
        action_date=datetime(2026, 11, 24),  # noqa: DTZ001 - the wire has no zone
        crm_client_id=client,
        client_name="Продукты «У дома»",
        client_address="г. Тверь, ул. Новая, 5",
        person_id="17",
        warehouse_id="1",
        document_type="CustOrder",
        pay_kind="2",
        price_type="001",
        lines=lines or (CrmOrderLine("4600682000001", "ea", Decimal("1.5"), Decimal("60.10")),),
        options=(("Comment", "Комментарий", "звонить < 10:00 & позже"),),
    )


def content(user: str = "DS108", **given: Any) -> CrmContent:
    """Return a distributor with three goods."""
    given.setdefault("goods", [good(1), good(2), good(3)])
    return CrmContent(user, **given)


def envelope(payload: str, *, namespace: str = SOAP11) -> bytes:
    """Return the SOAP envelope around a payload."""
    inside = f'<Request xmlns="{NAMESPACE}"><XMLData>{escape(payload)}</XMLData></Request>'
    return f'<s:Envelope xmlns:s="{namespace}"><s:Body>{inside}</s:Body></s:Envelope>'.encode()


def extdata(scheme: str, inside: str = "", *, request: str = "set", user: str = "DS108", more: str = "") -> str:
    """Return a payload of one scheme."""
    prolog = '<?xml version="1.0" encoding="windows-1251"?>'
    return (
        f'{prolog}<extdata user="{user}"{more}><scheme name="{scheme}" request="{request}">{inside}</scheme></extdata>'
    )


def data(schema: str, objects: str) -> str:
    """Return the ``<data>`` of a scheme."""
    return f"<data><s>{schema}</s><o>{objects}</o></data>"


def s(name: str, columns: str, *inner: str) -> str:
    """Return a dataset's declaration: ``s("CRMOrder", "Number Date:Date", …)``."""
    pairs = ((*column.split(":"), "String")[:2] for column in columns.split())
    return f'<d name="{name}">{"".join(f"<f name={n!r} type={t!r}/>" for n, t in pairs)}{"".join(inner)}</d>'


def o(name: str, *rows: str) -> str:
    """Return a dataset's rows, made by :func:`r`."""
    return f'<d name="{name}">{"".join(rows)}</d>'


def r(*values: object, inner: str = "") -> str:
    """Return a row."""
    return f"<r>{''.join(f'<f>{escape(str(v))}</f>' if v != '' else '<f/>' for v in values)}{inner}</r>"


@dataclass(slots=True)
class Answered:
    """What the service answered: HTTP and, where there is one, the payload's root."""

    response: httpx.Response
    root: etree._Element | None

    @property
    def error(self) -> str:
        """The text of ``extdata/error`` or ``extdata/scheme/error``; "" where there is none."""
        assert self.root is not None, self.response.text
        return self.root.findtext("error") or self.root.findtext("scheme/error") or ""

    def rows(self, name: str) -> list[dict[str, str]]:
        """Return a top dataset's rows by the answer's own columns, values as text."""
        assert self.root is not None, self.response.text
        columns = [f.get("name", "") for f in self.root.xpath(f"scheme/data/s/d[@name='{name}']/f")]
        found = self.root.xpath(f"scheme/data/o/d[@name='{name}']/r")
        return [dict(zip(columns, [f.text or "" for f in row.findall("f")], strict=True)) for row in found]


class Client:
    """Calls a double that is being served."""

    def __init__(self, running: Running, http: httpx.Client) -> None:
        self.url = running.url + PATH
        self.base = running.url
        self.http = http

    def call(self, payload: str, *, version: str = "1.1", **settings: Any) -> Answered:
        """Post a payload and return what came."""
        namespace, headers = (SOAP11, HEADERS11) if version == "1.1" else (SOAP12, HEADERS12)
        body = envelope(payload, namespace=namespace)
        return opened(self.http.post(self.url, content=body, headers=headers, **settings))

    def take(self, scheme: str, schema: str, objects: str) -> str:
        """Send a ``set`` and return the error that was answered ("" = it was taken)."""
        return self.call(extdata(scheme, data(schema, objects))).error

    def get(self, scheme: str) -> Answered:
        """Ask for a ``get`` scheme."""
        return self.call(extdata(scheme, request="get"))

    def view(self, tail: str) -> Any:
        """Return a JSON page of the double's own side."""
        return self.http.get(f"{self.base}/_sandbox/{tail}").raise_for_status().json()

    def tell(self, tail: str, value: Any) -> httpx.Response:
        """Post JSON to the double's own side."""
        return self.http.post(f"{self.base}/_sandbox/{tail}", json=value)


def opened(response: httpx.Response) -> Answered:
    """Take the payload out of a SOAP answer, where it is one."""
    try:
        result = etree.fromstring(response.content).findtext(f".//{{{NAMESPACE}}}RequestResult")
    except etree.XMLSyntaxError:
        return Answered(response, None)
    # The prolog is a label that a text must be freed from before lxml takes it.
    root = None if result is None else etree.fromstring(result.partition("?>")[2])
    return Answered(response, root)


@contextmanager
def calling(double: Manufacturer, **settings: Any) -> Iterator[Client]:
    """Serve a double and return a client of it."""
    with serving(double) as running, httpx.Client(timeout=30, **settings) as http:
        yield Client(running, http)


PARAM = s("CRMWhBalanceParam", "SkipDelete:Integer")
LINE = s("CRMWhBalanceLine", "WareId UnitId Quantity:Currency")
BALANCE = s("CRMWhBalance", "WareHouseId DocumentDate:Date DocumentNumber PersonId", LINE)


def stock(*lines: tuple[object, ...], skip: int = 0, warehouse: str = "1") -> str:
    """Return a CRMWhBalanceEx payload of one warehouse; a line is ware, unit, quantity."""
    rows = o("CRMWhBalanceLine", *(r(*line) for line in lines))
    objects = o("CRMWhBalanceParam", r(skip)) + o(
        "CRMWhBalance", r(warehouse, "2026-11-23T00:00:00", "", "", inner=rows)
    )
    return extdata("CRMWhBalanceEx", data(PARAM + BALANCE, objects))


WINDOW = s("CRMDespatchParam", "WorkDate:Date SkipDelete:Integer IsSupplyConvertClients:Integer")
SHIPMENT = s(
    "CRMDespatch",
    "CompanyId AddressId CRMOrderNumber DocumentTypeId DocumentNumber DocumentDate:Date WareHouseId WareId"
    " Price:Currency Quantity:Currency",
)


def shipped(number: str, day: str, ware: str, price: object, quantity: object) -> str:
    """Return a row for :data:`SHIPMENT`."""
    return r("C1", "A1", "", "Sale", number, f"{day}T00:00:00", "1", ware, price, quantity)


def shipments(start: str, *rows: str, skip: int = 0) -> str:
    """Return a CRMDespatchEx payload; rows are of :func:`shipped`."""
    objects = o("CRMDespatchParam", r(f"{start}T00:00:00", skip, 0)) + o("CRMDespatch", *rows)
    return extdata("CRMDespatchEx", data(WINDOW + SHIPMENT, objects))
