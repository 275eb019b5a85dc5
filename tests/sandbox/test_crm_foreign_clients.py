"""Clients that we did not write work against the manufacturer's double: zeep, and plain SOAP posts by the reference."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest
import zeep
from lxml import etree
from zeep.exceptions import Fault

from sandbox.crm.service import PATH, Manufacturer
from sandbox.http import serving
from tests.sandbox.crm_client import calling, content, data, envelope, extdata, o, r, s, stock

PLAIN_11 = """<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
    xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
  <soap:Body>
    <Request xmlns="http://www.monolit.com/xDataLink/">
      <XMLData>&lt;?xml version="1.0" encoding="windows-1251"?&gt;
        &lt;extdata user="DS108"&gt;&lt;scheme name="CRMWare" request="get"/&gt;&lt;/extdata&gt;</XMLData>
    </Request>
  </soap:Body>
</soap:Envelope>"""
PLAIN_12 = PLAIN_11.replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")


def zeep_client(wsdl: str) -> Any:
    """Return zeep's own client (it is untyped)."""
    return zeep.Client(wsdl)  # type: ignore[no-untyped-call]  # zeep has no types


@pytest.mark.parametrize("port", ["xDataLinkSoap", "xDataLinkSoap12"])
def test_zeep_reads_goods_and_sends_stock_over_the_published_wsdl(port: str) -> None:
    """Both SOAP bindings of the WSDL work as zeep reads them, and the address in it is the one that was asked."""
    double = Manufacturer([content()])
    with serving(double) as running, zeep_client(f"{running.url}{PATH}?WSDL") as client:
        service = client.bind("xDataLink", port)
        answer = service.Request(XMLData=extdata("CRMWare", request="get"))
        root = etree.fromstring(answer.partition("?>")[2])
        assert len(root.findall("scheme/data/o/d/r")) == 6
        taken = service.Request(XMLData=stock(("4600682000001", "ea", "120.5")))
        assert etree.fromstring(taken.partition("?>")[2]).xpath("string(scheme/@request)") == "set"
    assert [row["quantity"] for row in double.rows("DS108")] == ["120.5"]


def test_zeep_raises_the_services_fault() -> None:
    """A SOAP fault reaches zeep as one, with the service's words."""
    double = Manufacturer([content()])
    with serving(double) as running, zeep_client(f"{running.url}{PATH}?wsdl") as client:
        double.faults.arm("soap_fault")
        with pytest.raises(Fault, match="unable to process request"):
            client.service.Request(XMLData=extdata("CRMWare", request="get"))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (PLAIN_11, {"Content-Type": "text/xml", "SOAPAction": "http://www.monolit.com/xDataLink/Request"}),
        (
            PLAIN_11,
            {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"http://www.monolit.com/xDataLink/Request"'},
        ),
        (PLAIN_12, {"Content-Type": "application/soap+xml; charset=utf-8"}),
        (
            PLAIN_12,
            {"Content-Type": 'application/soap+xml; charset=utf-8; action="http://www.monolit.com/xDataLink/Request"'},
        ),
    ],
)
def test_plain_posts_of_both_versions_are_answered_in_kind(body: str, headers: dict[str, str]) -> None:
    """A hand-written envelope is answered in its own version and content type, with the goods inside."""
    with serving(Manufacturer([content()])) as running:
        answer = httpx.post(running.url + PATH, content=body.encode(), headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0] == headers["Content-Type"].partition(";")[0]
    root = etree.fromstring(answer.content)
    assert etree.QName(root).namespace == etree.QName(etree.fromstring(body.encode())).namespace
    result = root.findtext(".//{http://www.monolit.com/xDataLink/}RequestResult") or ""
    assert result.startswith('<?xml version="1.0" encoding="windows-1251"?>')
    assert "4600682000001" in result


def test_an_envelope_in_another_encoding_is_read_by_the_envelope_not_by_the_payloads_label() -> None:
    """The prolog inside the string is only a label: Cyrillic arrives whole from UTF-16 as from windows-1251."""
    double = Manufacturer([content()])
    goods = data(s("CRMWareSUP", "WareId WareName"), o("CRMWareSUP", r("Ж1", "Ёрш")))
    body = '<?xml version="1.0" encoding="utf-8"?>' + envelope(extdata("CRMWareSUP", goods)).decode()
    with calling(double) as client:
        for encoding in ("utf-8", "utf-16", "windows-1251"):
            sent = body.replace('encoding="utf-8"', f'encoding="{encoding}"').replace("Ёрш", f"Ёрш {encoding}")
            headers = {
                "Content-Type": f"text/xml; charset={encoding}",
                "SOAPAction": "http://www.monolit.com/xDataLink/Request",
            }
            client.http.post(client.url, content=sent.encode(encoding), headers=headers).raise_for_status()
            assert double.rows("DS108", "goods") == [{"ware": "Ж1", "name": f"Ёрш {encoding}"}]


def test_goods_come_a_row_a_good_and_unit_with_exact_factors() -> None:
    """CRMWare is as the reference's table says: five columns, one row a good × unit."""
    with calling(Manufacturer([content()], column_order_seed=None)) as client:
        rows = client.get("CRMWare").rows("CRMWare")
    assert rows[1] == {
        "WareId": "4600682000001",
        "WareName": "Квас 1 л",
        "UnitId": "box",
        "UnitName": "кор",
        "Quantity": "12",
    }
    assert sum(Decimal(row["Quantity"]) for row in rows) == 39
