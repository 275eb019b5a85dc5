"""SOAP as an ASMX service of ASP.NET 4 speaks it: both versions, its faults and its error pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape as html_escape
from typing import TYPE_CHECKING, Final, Literal
from xml.sax.saxutils import escape

from lxml import etree

from sandbox.crm.tables import parser
from sandbox.http import Response

if TYPE_CHECKING:
    from sandbox.http import Request

NAMESPACE: Final = "http://www.monolit.com/xDataLink/"
ACTION: Final = f"{NAMESPACE}Request"

Version = Literal["1.1", "1.2"]

ENVELOPES: Final[dict[Version, str]] = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
_CONTENT: Final[dict[Version, str]] = {
    "1.1": "text/xml; charset=utf-8",
    "1.2": "application/soap+xml; charset=utf-8",
}
_CODES: Final = {"Client": "Sender", "Server": "Receiver"}
_HTTP_ERROR: Final = 500


class SoapFault(Exception):
    """The call failed before the service's own code saw it; ``code`` is ``Client`` or ``Server``."""

    def __init__(self, version: Version, text: str, *, code: Literal["Client", "Server"] = "Client") -> None:
        super().__init__(text)
        self.version, self.text, self.code = version, text, code


class BadFormat(Exception):
    """The request is no SOAP at all: ASP.NET shows its error page."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the operation; ``payload`` is the unescaped text of ``XMLData``."""

    version: Version
    payload: str


def version_of(request: Request) -> Version | None:
    """Return the SOAP version by the content type; None = none of both."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    versions: dict[str, Version] = {"text/xml": "1.1", "application/soap+xml": "1.2"}
    return versions.get(kind)


def read(request: Request, *, require_action: bool) -> Call:
    """Return the call that a POST holds; raises SoapFault and BadFormat."""
    version = version_of(request)
    if version is None:
        raise BadFormat(f"Request format is invalid: {request.headers.get('content-type', '')}.")
    _check_action(request, version, require_action=require_action)
    body = _body(request, version)
    operation = body.find(f"{{{NAMESPACE}}}Request")
    if operation is None:
        raise SoapFault(version, "Server did not recognize the request element.")
    return Call(version, operation.findtext(f"{{{NAMESPACE}}}XMLData") or "")


def _check_action(request: Request, version: Version, *, require_action: bool) -> None:
    """ASMX routes SOAP 1.1 by the header, SOAP 1.2 by the action parameter or, without it, by the body's element."""
    if version == "1.1":
        action = request.headers.get("soapaction")
        if action is None and require_action:
            raise SoapFault(
                version,
                "System.Web.Services.Protocols.SoapException: Unable to handle request without a valid action"
                " parameter. Please supply a valid soap action.",
            )
        if action is not None and action.strip('" ') != ACTION:
            shown = action.strip('" ')
            raise SoapFault(
                version,
                "System.Web.Services.Protocols.SoapException: Server did not recognize the value of HTTP Header"
                f" SOAPAction: {shown}.",
            )
        return
    found = re.search(r'action="?([^";]*)"?', request.headers.get("content-type", ""))
    if found and found[1] != ACTION:
        raise SoapFault(version, f"Unable to handle request. The action '{found[1]}' was not recognized.")


def _body(request: Request, version: Version) -> etree._Element:
    unreadable = (
        "System.Web.Services.Protocols.SoapException: Server was unable to read request. --->"
        " System.InvalidOperationException: There is an error in XML document. --->"
    )
    charset = re.search(r'charset="?([^";\s]+)', request.headers.get("content-type", ""), re.IGNORECASE)
    try:
        root = etree.fromstring(request.body, parser(charset[1] if charset else None))
    except (etree.XMLSyntaxError, LookupError) as error:
        raise SoapFault(version, f"{unreadable} System.Xml.XmlException: {error}") from None
    if root.getroottree().docinfo.doctype:
        raise SoapFault(version, f"{unreadable} System.Xml.XmlException: For security reasons DTD is prohibited.")
    name = etree.QName(root)
    body = root.find(f"{{{ENVELOPES[version]}}}Body")
    if name.localname != "Envelope" or name.namespace != ENVELOPES[version] or body is None:
        raise SoapFault(version, "Possible SOAP version mismatch: Envelope namespace was unexpected.")
    return body


def respond(version: Version, result: str) -> Response:
    """Return the operation's answer."""
    inside = f'<RequestResponse xmlns="{NAMESPACE}"><RequestResult>{escape(result)}</RequestResult></RequestResponse>'
    return _envelope(version, inside, 200)


def fault(failure: SoapFault) -> Response:
    """Return a fault as ASP.NET writes it, with HTTP 500."""
    text, code = escape(failure.text), failure.code
    if failure.version == "1.1":
        inside = f"<faultcode>soap:{code}</faultcode><faultstring>{text}</faultstring><detail />"
    else:
        reason = f'<soap:Reason><soap:Text xml:lang="ru">{text}</soap:Text></soap:Reason>'
        inside = f"<soap:Code><soap:Value>soap:{_CODES[code]}</soap:Value></soap:Code>{reason}<soap:Detail />"
    return _envelope(failure.version, f"<soap:Fault>{inside}</soap:Fault>", _HTTP_ERROR)


def _envelope(version: Version, inside: str, status: int) -> Response:
    body = (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{ENVELOPES[version]}"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        f"<soap:Body>{inside}</soap:Body></soap:Envelope>"
    )
    return Response(status, body.encode(), _CONTENT[version])


def error_page(text: str, *, kind: str, status: int = _HTTP_ERROR) -> Response:
    """Return the page that ASP.NET shows for an unhandled exception: ``kind`` is its class."""
    shown = html_escape(text)
    page = (
        f"<!DOCTYPE html>\n<html>\n<head><title>{shown}</title></head>\n<body>\n"
        f"<h1>Server Error in '/xDataLink' Application.</h1>\n<h2><i>{shown}</i></h2>\n"
        f"<p><b>Exception Details: </b>{kind}: {shown}</p>\n"
        "<p><b>Version Information:</b> Microsoft .NET Framework Version:4.0.30319; ASP.NET Version:4.8.4676.0</p>\n"
        f"</body>\n</html>\n<!--\n[{kind.rpartition('.')[2]}]: {shown}\n-->\n"
    )
    return Response(status, page.encode(), "text/html; charset=utf-8")


def iis_page(status: int, title: str) -> Response:
    """Return a page of IIS itself, which ASP.NET never sees: ``title`` as in ``404.13 - Content length too large``."""
    page = f"<!DOCTYPE html>\n<html><head><title>IIS 10.0 Detailed Error - {title}</title></head>"
    return Response(
        status, f"{page}<body><h3>HTTP Error {title}</h3></body></html>\n".encode(), "text/html; charset=utf-8"
    )


def help_page() -> Response:
    """Return the page that ASMX shows to a browser."""
    page = (
        "<!DOCTYPE html>\n<html><head><title>xDataLink Web Service</title></head><body><h1>xDataLink</h1>"
        '<p>The following operations are supported. For a formal definition, please review the <a href="?WSDL">Service'
        " Description</a>.</p><ul><li>Request</li></ul></body></html>\n"
    )
    return Response(200, page.encode(), "text/html; charset=utf-8")
