"""The double answers wrong calls as IIS and an ASMX service do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree

from sandbox.crm.service import CAP, Manufacturer, TooLarge
from tests.sandbox.crm_client import (
    HEADERS11,
    HEADERS12,
    SOAP11,
    SOAP12,
    Client,
    calling,
    content,
    envelope,
    extdata,
    stock,
)

if TYPE_CHECKING:
    import httpx

GOODS = extdata("CRMWare", request="get")


def fault_of(answer: httpx.Response) -> str:
    """Return a fault's code and text in one line."""
    assert answer.status_code == 500
    root = etree.fromstring(answer.content)
    code = root.findtext(".//faultcode") or root.findtext(f".//{{{SOAP12}}}Value")
    text = root.findtext(".//faultstring") or root.findtext(f".//{{{SOAP12}}}Text")
    return f"{code}: {text}"


def test_soap_11_without_soapaction_is_a_fault_unless_the_service_tolerates_it() -> None:
    headers = {"Content-Type": "text/xml"}
    with calling(Manufacturer([content()])) as client:
        answer = client.http.post(client.url, content=envelope(GOODS), headers=headers)
        assert fault_of(answer).startswith("soap:Client: System.Web.Services.Protocols.SoapException: Unable to handle")
    with calling(Manufacturer([content()], require_soap_action=False)) as client:
        assert client.http.post(client.url, content=envelope(GOODS), headers=headers).status_code == 200


def test_an_action_of_another_service_is_a_fault_in_both_versions() -> None:
    with calling(Manufacturer([content()])) as client:
        headers = HEADERS11 | {"SOAPAction": '"http://tempuri.org/Request"'}
        answer = client.http.post(client.url, content=envelope(GOODS), headers=headers)
        assert "SOAPAction: http://tempuri.org/Request" in fault_of(answer)
        headers = {"Content-Type": 'application/soap+xml; action="http://tempuri.org/Request"'}
        answer = client.http.post(client.url, content=envelope(GOODS, namespace=SOAP12), headers=headers)
        assert fault_of(answer).startswith("soap:Sender: Unable to handle request.")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a>",
        b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body/></s:Envelope>",
        envelope(GOODS, namespace=SOAP12),
        b"<!DOCTYPE x>" + envelope(GOODS),
    ],
    ids=["empty", "half", "no operation", "other version", "DTD"],
)
def test_a_body_that_is_no_call_is_a_fault(body: bytes) -> None:
    with calling(Manufacturer([content()])) as client:
        answer = client.http.post(client.url, content=body, headers=HEADERS11)
        assert fault_of(answer).startswith("soap:Client")


def test_an_unknown_charset_is_a_fault_and_not_a_crash() -> None:
    with calling(Manufacturer([content()])) as client:
        headers = HEADERS11 | {"Content-Type": "text/xml; charset=klingon"}
        assert "unable to read request" in fault_of(
            client.http.post(client.url, content=envelope(GOODS), headers=headers)
        )


def test_a_content_type_that_is_no_soap_gets_the_error_page_of_aspnet() -> None:
    with calling(Manufacturer([content()])) as client:
        answer = client.http.post(client.url, content=GOODS.encode(), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 500
    assert "System.InvalidOperationException: Request format is invalid: text/plain." in answer.text


def test_a_browser_gets_the_help_page_and_other_methods_and_paths_the_pages_of_iis() -> None:
    with calling(Manufacturer([content()])) as client:
        assert "Service Description" in client.http.get(client.url).text
        assert client.http.put(client.url, content=b"x").status_code == 405
        assert client.http.get(client.base + "/other.asmx").status_code == 404
        assert client.http.get(client.url.upper().replace("HTTP", "http")).status_code == 200


def test_the_wsdl_can_be_switched_off_while_the_service_goes_on() -> None:
    with calling(Manufacturer([content()], publish_wsdl=False)) as client:
        assert client.http.get(f"{client.url}?WSDL").status_code == 404
        assert client.get("CRMWare").error == ""


def cap_of(client: Client, over: int) -> httpx.Response:
    """Post a request of the cap plus ``over`` bytes."""
    body = envelope(stock(("4600682000001", "ea", "1"))).ljust(CAP + over)
    return client.http.post(client.url, content=body, headers=HEADERS11)


def test_a_request_of_exactly_4_mib_passes_and_one_byte_more_does_not() -> None:
    double = Manufacturer([content()])
    with calling(double) as client:
        assert cap_of(client, 1).status_code == 500
        assert double.rows("DS108") == []
        assert cap_of(client, 0).status_code == 200
        assert len(double.rows("DS108")) == 1


@pytest.mark.parametrize(
    ("how", "status", "said"),
    [
        ("page", 500, "System.Web.HttpException: Maximum request length exceeded."),
        ("fault", 500, "<faultstring>System.Web.Services.Protocols.SoapException"),
        ("404.13", 404, "HTTP Error 404.13"),
        ("413", 413, "HTTP Error 413"),
    ],
)
def test_too_large_a_request_is_refused_as_the_setting_says(how: TooLarge, status: int, said: str) -> None:
    with calling(Manufacturer([content()], max_request_bytes=300, too_large=how)) as client:
        answer = client.http.post(client.url, content=envelope(stock()), headers=HEADERS11)
        assert (answer.status_code, said in answer.text) == (status, True)
        assert client.view("messages") == []


def test_soap_12_is_refused_in_soap_12() -> None:
    with calling(Manufacturer([content()], max_request_bytes=300, too_large="fault")) as client:
        answer = client.http.post(client.url, content=envelope(stock(), namespace=SOAP12), headers=HEADERS12)
        assert fault_of(answer).startswith("soap:Sender: ")


def test_without_a_limit_everything_passes() -> None:
    double = Manufacturer([content()], max_request_bytes=None)
    with calling(double) as client:
        lines = [(f"46006820{number:05}", "ea", f"{number}.125") for number in range(48_000)]
        body = envelope(stock(*lines))
        assert len(body) > CAP
        assert client.http.post(client.url, content=body, headers=HEADERS11).status_code == 200
    assert double.totals("DS108")["CRMWhBalanceEx"] == {"rows": 48_000, "quantity": "1151982000", "amount": "0"}


def test_a_soap_11_namespace_is_what_an_answer_in_soap_11_has() -> None:
    with calling(Manufacturer([content()])) as client:
        answer = client.call(GOODS).response
    assert etree.QName(etree.fromstring(answer.content)).namespace == SOAP11
