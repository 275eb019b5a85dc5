"""Calls to the service: what leaves, what each failure means, what is repeated, and where the password never goes."""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from connectors.crm.xdatalink.address import ServiceAddress
from connectors.crm.xdatalink.envelope import encode
from connectors.crm.xdatalink.faults import uncertain
from connectors.crm.xdatalink.service import XDataLink
from connectors.crm.xdatalink.soap import carried_wsdl
from foundation.errors import (
    AccessDenied,
    Ambiguous,
    BadAnswer,
    Busy,
    Fatal,
    MI1CError,
    NotFound,
    Refused,
    TooLarge,
    Unreachable,
)
from mappings.model import Scheme
from tests.connectors.xdatalink_help import GOODS, URL, answered, calling, enveloped, extdata, on_the_wire, payload

if TYPE_CHECKING:
    from collections.abc import Callable

PASSWORD = 'п<"&роль'
BODY = next(encode(Scheme("CRMWareSUP", "get", ()), "DS108", {})).body.replace('"get"', '"set"')
TAKEN = extdata('<scheme name="CRMWareSUP" request="set"/>')
EMPTY_GOODS = answered("<d name='CRMWare'/>", "<d name='CRMWare'/>")


class Script:
    """Answers requests in order, the last one for ever; an exception is raised. Remembers the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def soap(text: str, **settings: Any) -> httpx.Response:
    """Return a SOAP answer with a document in it."""
    return httpx.Response(200, content=enveloped(text, **settings), headers={"Content-Type": "text/xml; charset=utf-8"})


def fault11(text: str, code: str = "soap:Server") -> httpx.Response:
    """Return a SOAP 1.1 fault."""
    inside = f"<s:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring><detail/></s:Fault>"
    space = "http://schemas.xmlsoap.org/soap/envelope/"
    return httpx.Response(
        500,
        content=f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{space}"><s:Body>{inside}</s:Body></s:Envelope>'.encode(),
    )


def fault12(text: str) -> httpx.Response:
    """Return a SOAP 1.2 fault."""
    inside = (
        f"<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text>{text}</s:Text></s:Reason></s:Fault>"
    )
    space = "http://www.w3.org/2003/05/soap-envelope"
    return httpx.Response(500, content=f'<s:Envelope xmlns:s="{space}"><s:Body>{inside}</s:Body></s:Envelope>'.encode())


def page(status: int, text: str = "Ошибка", **headers: str) -> httpx.Response:
    """Return an HTML page."""
    return httpx.Response(status, content=f"<!DOCTYPE html><html><body>{text}</body></html>".encode(), headers=headers)


def fails(answer: httpx.Response | Exception, act: Callable[[XDataLink], object], **settings: Any) -> MI1CError:
    """Return the error that an answer becomes."""
    with calling(Script(answer), **settings) as service, pytest.raises(MI1CError) as caught:
        act(service)
    assert caught.value.todo
    assert caught.value.todo_en
    assert PASSWORD not in str(caught.value)
    return caught.value


def send(service: XDataLink) -> object:
    """Send a message."""
    return service.send(BODY)


def fetch(service: XDataLink) -> object:
    """Ask for goods."""
    return service.fetch(GOODS)


def test_a_soap_11_call_has_its_headers_and_carries_the_document_as_text() -> None:
    script = Script(soap(TAKEN))
    ticks = iter([10.0, 10.5])
    service = XDataLink(
        ServiceAddress(URL, "DS108", wsdl="carried"),
        transport=httpx.MockTransport(script),
        clock=lambda: next(ticks),
    )
    with service:
        receipt = service.send(BODY)
    (request,) = script.requests
    assert str(request.url) == URL
    assert request.headers["SOAPAction"] == '"http://www.monolit.com/xDataLink/Request"'
    assert request.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert payload(request) == BODY
    assert len(request.content) == on_the_wire(BODY) == receipt.bytes
    assert receipt.text == TAKEN
    assert receipt.seconds == 0.5


def test_a_soap_12_call_names_its_action_in_the_content_type() -> None:
    script = Script(soap(TAKEN, version="1.2"))
    with calling(script, soap="1.2") as service:
        receipt = service.send(BODY)
    (request,) = script.requests
    assert request.headers["Content-Type"].startswith("application/soap+xml")
    assert 'action="http://www.monolit.com/xDataLink/Request"' in request.headers["Content-Type"]
    assert payload(request) == BODY
    assert on_the_wire(BODY) - 2 == len(request.content) == receipt.bytes


def test_a_get_returns_frames_and_the_text_for_the_ledger() -> None:
    script = Script(soap(EMPTY_GOODS))
    with calling(script) as service:
        answer = service.get(GOODS)
    assert answer.text == EMPTY_GOODS
    assert answer.tables["CRMWare"].empty
    assert payload(script.requests[0]).endswith(
        '<extdata user="DS108"><scheme name="CRMWare" request="get"/></extdata>'
    )


FAILURES: dict[str, tuple[httpx.Response | Exception, type[MI1CError], bool]] = {
    "refused connection": (httpx.ConnectError("refused"), Unreachable, False),
    "connecting takes too long": (httpx.ConnectTimeout("slow"), Unreachable, False),
    "proxy": (httpx.ProxyError("no"), Unreachable, False),
    "no answer in time": (httpx.ReadTimeout("slow"), Ambiguous, True),
    "cut while it waited": (httpx.ReadError("reset"), Ambiguous, True),
    "cut in the answer": (httpx.RemoteProtocolError("incomplete"), Ambiguous, True),
    "cut while it sent": (httpx.WriteError("reset"), Ambiguous, True),
    "401": (page(401), AccessDenied, False),
    "403": (page(403), AccessDenied, False),
    "404": (page(404), NotFound, False),
    "405": (page(405), NotFound, False),
    "404.13": (page(404, "HTTP Error 404.13 - Content Length Too Large"), TooLarge, False),
    "413": (page(413), TooLarge, False),
    "over the length, as a page": (page(500, "HttpException: Maximum request length exceeded."), TooLarge, False),
    "over the length, as a fault": (fault11("---&gt; Maximum request length exceeded."), TooLarge, False),
    "redirect": (page(302, Location="https://other.example/?token=1"), NotFound, False),
    "429": (page(429, **{"Retry-After": "7"}), Busy, False),
    "503": (page(503), Busy, False),
    "500": (page(500), Ambiguous, True),
    "502": (page(502), Ambiguous, True),
    "504": (page(504), Ambiguous, True),
    "a teapot": (page(418), BadAnswer, True),
    "server fault": (fault11("Сбой"), Refused, True),
    "client fault": (fault11("Не так", "soap:Client"), Refused, False),
    "extdata/error": (soap(extdata("<error>Нет</error>")), Refused, False),
    "scheme/error": (soap(extdata('<scheme name="S"><error>Нет</error></scheme>')), Refused, False),
    "html with 200": (page(200), BadAnswer, True),
    "nothing": (httpx.Response(200), BadAnswer, True),
    "words": (httpx.Response(200, content=b"OK"), BadAnswer, True),
    "half an envelope": (httpx.Response(200, content=enveloped(TAKEN)[:-30]), BadAnswer, True),
    "no result": (httpx.Response(200, content=enveloped("").replace(b"RequestResult", b"Other")), BadAnswer, True),
    "an empty result": (soap(""), BadAnswer, True),
    "an empty body": (
        httpx.Response(
            200, content=b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>'
        ),
        BadAnswer,
        True,
    ),
    "another document": (httpx.Response(200, content=b"<rss/>"), BadAnswer, True),
    "no extdata": (soap("<ok/>"), BadAnswer, True),
    "half an extdata": (soap(TAKEN[:-9]), BadAnswer, True),
    "attack": (
        httpx.Response(200, content=b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>'),
        BadAnswer,
        True,
    ),
    "attack behind a long comment": (
        httpx.Response(200, content=b"<!--" + b"x" * 300_000 + b"--><!DOCTYPE x []><x/>"),
        BadAnswer,
        True,
    ),
    "attack in the text": (soap("<!DOCTYPE x [<!ENTITY e 'x'>]><extdata>&e;</extdata>"), BadAnswer, True),
    "attack in utf-16": (
        httpx.Response(200, content='<!DOCTYPE x [<!ENTITY e "x">]><x>&e;</x>'.encode("utf-16")),
        BadAnswer,
        True,
    ),
    "an encoding that is guessed": (httpx.Response(200, content="<x/>".encode("utf-16-le")), BadAnswer, True),
    "an encoding that is unknown": (
        httpx.Response(200, content=b"<x/>", headers={"Content-Type": "text/xml; charset=klingon"}),
        BadAnswer,
        True,
    ),
    "an encoding that it has not": (
        httpx.Response(200, content=b"<x/>\xff", headers={"Content-Type": "text/xml; charset=us-ascii"}),
        BadAnswer,
        True,
    ),
}


@pytest.mark.parametrize(("answer", "kind", "stored"), FAILURES.values(), ids=FAILURES.keys())
def test_every_failure_of_a_send_is_an_error_of_our_tree(
    answer: httpx.Response | Exception, kind: type[MI1CError], stored: bool
) -> None:
    """The error's kind, and whether the service may have stored the message."""
    error = fails(answer, send)
    assert type(error) is kind
    assert uncertain(error) is stored


def test_a_send_is_never_repeated_by_the_connector() -> None:
    for failure in (httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), page(503)):
        script = Script(failure)
        with calling(script) as service, pytest.raises(MI1CError):
            service.send(BODY)
        assert len(script.requests) == 1


@pytest.mark.parametrize(
    "first", [httpx.ConnectError("refused"), httpx.ReadError("reset"), httpx.ReadTimeout("slow"), page(503), page(500)]
)
def test_a_read_is_repeated_where_the_network_or_the_service_stumbles(first: httpx.Response | Exception) -> None:
    script = Script(first, first, soap(EMPTY_GOODS))
    with calling(script) as service:
        assert service.fetch(GOODS).text == EMPTY_GOODS
    assert len(script.requests) == 3


@pytest.mark.parametrize(
    ("answer", "kind", "asked"),
    [
        (page(401), AccessDenied, 1),
        (page(200), BadAnswer, 1),
        (fault11("Сбой"), Refused, 1),
        (page(503), Busy, 3),
        (httpx.ReadError("reset"), Unreachable, 3),
    ],
)
def test_a_read_ends_in_its_own_error(answer: httpx.Response | Exception, kind: type[MI1CError], asked: int) -> None:
    script = Script(answer)
    with calling(script) as service, pytest.raises(MI1CError) as caught:
        service.fetch(GOODS)
    assert type(caught.value) is kind
    assert len(script.requests) == asked
    assert not uncertain(caught.value)


def test_a_certificate_that_does_not_hold_needs_a_person() -> None:
    failure = httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    failure.__context__ = ssl.SSLCertVerificationError("self-signed")
    assert type(fails(failure, send)) is Fatal


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        (
            fault11(
                "System.Web.Services.Protocols.SoapException: Server was unable to process request. ---&gt;"
                " System.Exception: База закрыта\n   at Monolit.Data.Open()\n   --- End of inner exception ---"
            ),
            "1.1",
        ),
        (fault12("Server was unable to process request. ---&gt; База закрыта\r\n   в Monolit.Data.Open()"), "1.2"),
    ],
)
def test_a_fault_is_told_without_its_stack_trace(answer: httpx.Response, version: str) -> None:
    error = fails(answer, send, soap=version)
    said = str(error.facts["answer"])
    assert said.endswith("База закрыта")
    assert "Data.Open" not in str(error)


def test_a_message_over_the_cap_does_not_leave() -> None:
    script = Script(soap(TAKEN))
    with calling(script, cap_bytes=2000) as service, pytest.raises(TooLarge) as caught:
        service.send(BODY.replace("CRMWareSUP", "x" * 2000))
    assert caught.value.facts["cap"] == 2000
    assert not script.requests


def test_the_password_is_put_in_only_when_the_message_leaves() -> None:
    script = Script(soap(TAKEN))
    with calling(script, auth="attribute", password=PASSWORD, attribute="pwd") as service:
        receipt = service.send(BODY)
        room = service.address.room
    sent = payload(script.requests[0])
    assert 'pwd="п&lt;&quot;&amp;роль" user="DS108"' in sent
    assert room + len(script.requests[0].content) - on_the_wire(BODY) == 4 * 1024 * 1024
    assert receipt.bytes == len(script.requests[0].content)


@pytest.mark.parametrize("echo", [' pwd="п&lt;&quot;&amp;роль"', " pwd = 'п&lt;&quot;&amp;роль'"])
def test_a_password_that_comes_back_is_hidden(echo: str) -> None:
    text = TAKEN.replace("<extdata", f"<extdata{echo}")
    asked = EMPTY_GOODS.replace("<extdata", f"<extdata{echo}")
    settings = {"auth": "attribute", "password": PASSWORD, "attribute": "pwd"}
    with calling(Script(soap(text)), **settings) as service:
        receipt = service.send(BODY)
    with calling(Script(soap(asked)), **settings) as service:
        answer = service.get(GOODS)
    for shown in (receipt.text, answer.text):
        assert "роль" not in shown
        assert "***" in shown


def test_a_password_in_the_services_words_is_hidden() -> None:
    error = fails(fault11("Неверный пароль secret-word"), send, auth="basic", password="secret-word")
    assert error.facts["answer"] == "Неверный пароль ***"
    told = fails(soap(extdata("<error>secret-word?</error>")), send, auth="basic", password="secret-word")
    assert told.facts["answer"] == "***?"


def test_data_that_happens_to_hold_the_password_stays_as_it_is() -> None:
    text = answered('<d name="CRMWare"><f name="WareId"/></d>', '<d name="CRMWare"><r><f>46001234</f></r></d>')
    with calling(Script(soap(text)), auth="attribute", password="1234") as service:
        assert service.get(GOODS).tables["CRMWare"]["their_good"].tolist() == ["46001234"]


def test_nothing_that_is_logged_has_the_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for settings in ({"auth": "basic"}, {"auth": "attribute"}, {"auth": "ntlm"}):
        script = Script(page(503), page(401, **{"WWW-Authenticate": "NTLM"}))
        with calling(script, password="secret-word", **settings) as service, pytest.raises(MI1CError):
            service.fetch(GOODS)
    assert caplog.records
    assert "secret-word" not in caplog.text


def test_basic_signs_in_with_the_login_where_it_is_another_one() -> None:
    script = Script(soap(TAKEN))
    with calling(script, auth="basic", password=PASSWORD, login="Иван") as service:
        service.send(BODY)
    assert script.requests[0].headers["Authorization"] == httpx.BasicAuth("Иван", PASSWORD)._auth_header


@pytest.mark.parametrize("challenge", ["NTLM", "NTLM !!!", "NTLM AAAA", "Digest"])
def test_a_failed_ntlm_handshake_is_a_denied_access(challenge: str) -> None:
    answer = page(401, **{"WWW-Authenticate": challenge})
    assert type(fails(answer, send, auth="ntlm", password=PASSWORD)) is AccessDenied


def test_an_ntlm_handshake_without_a_second_challenge_is_a_denied_access() -> None:
    script = Script(page(401, **{"WWW-Authenticate": "NTLM"}), soap(TAKEN))
    with calling(script, auth="ntlm", password=PASSWORD) as service, pytest.raises(AccessDenied):
        service.send(BODY)


# --- the WSDL


def published(wsdl: bytes | httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    """Return a service that publishes a WSDL."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return soap(TAKEN)
        assert str(request.url) == f"{URL}?WSDL"
        return httpx.Response(200, content=wsdl) if isinstance(wsdl, bytes) else wsdl

    return handle


INSIDE = carried_wsdl().replace(b"http://localhost/", b"http://server.local/x.asmx")


@pytest.mark.parametrize(
    "wsdl",
    [
        INSIDE,
        page(404),
        page(403),
        page(500),
        page(200),
        httpx.Response(200),
        b"<half",
        b"<rss/>",
        INSIDE.replace(b'operation name="Request"', b'operation name="Other"'),
        INSIDE.replace(b'name="XMLData"', b'name="Other"'),
        INSIDE.replace(b"<wsdl:types>", b'<wsdl:import namespace="x" location="http://127.0.0.1:9/x"/><wsdl:types>'),
        INSIDE.replace(b"<wsdl:types>", b'<wsdl:import namespace="x" location="other.wsdl"/><wsdl:types>'),
        INSIDE.replace(b"<wsdl:definitions", b'<!DOCTYPE x [<!ENTITY e "x">]><wsdl:definitions'),
    ],
    ids=[
        "own",
        "404",
        "403",
        "500",
        "html",
        "empty",
        "half",
        "another",
        "no operation",
        "other parameters",
        "import",
        "import of a file",
        "attack",
    ],
)
def test_a_call_works_whatever_wsdl_is_published(wsdl: bytes | httpx.Response) -> None:
    """The service's own is read where it serves; ours takes its place where not. The address stays the entered one."""
    requests: list[httpx.Request] = []
    handle = published(wsdl)

    def listen(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return handle(request)

    with calling(listen, wsdl="auto") as service:
        service.send(BODY)
        service.send(BODY)
    assert [request.method for request in requests] == ["GET", "POST", "POST"]
    assert {request.url.host for request in requests} == {"crm.example"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(page(401), AccessDenied), (page(503), Busy), (httpx.ReadTimeout("slow"), Unreachable)],
)
def test_a_service_that_does_not_answer_for_its_wsdl_got_no_message(
    answer: httpx.Response | Exception, kind: type[MI1CError]
) -> None:
    error = fails(answer, send, wsdl="auto")
    assert type(error) is kind
    assert not uncertain(error)


def test_a_wsdl_in_another_encoding_is_read() -> None:
    wsdl = carried_wsdl().decode().replace("utf-8", "windows-1251").encode("cp1251")
    with calling(published(wsdl), wsdl="auto") as service:
        assert service.send(BODY).text == TAKEN


@pytest.mark.parametrize(
    ("page_name", "headers"),
    [
        ("utf-8", {}),
        ("cp1251", {"Content-Type": "text/xml; charset=windows-1251"}),
        ("utf-16", {}),
        ("utf-8-sig", {"Content-Type": "text/xml; charset=utf-8"}),
    ],
)
def test_an_answer_is_read_in_the_encoding_of_its_envelope(page_name: str, headers: dict[str, str]) -> None:
    text = TAKEN.replace("<scheme", "<!-- Пиво «Ё» --><scheme")
    answer = httpx.Response(200, content=enveloped(text).decode().encode(page_name), headers=headers)
    with calling(Script(answer)) as service:
        assert service.send(BODY).text == text
