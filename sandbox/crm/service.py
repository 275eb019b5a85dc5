"""The manufacturer's web service xDataLink, served from memory: see :class:`Manufacturer`."""

from __future__ import annotations

from datetime import datetime
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import unquote

from sandbox.crm import answers, soap
from sandbox.crm.accepting import Message, accept
from sandbox.crm.access import STYLES, Auth, Gate
from sandbox.crm.journal import Arrival, Journal
from sandbox.crm.office import Office
from sandbox.crm.schemes import SETS, Refusal
from sandbox.crm.tables import document, read_tables
from sandbox.crm.wsdl import describe
from sandbox.http import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lxml import etree

    from sandbox.content import CrmContent
    from sandbox.crm.holdings import Holdings

PATH: Final = "/xDataLink/xDataLink.asmx"
CAP: Final = 4 * 1024 * 1024
"""What ASP.NET takes of one request unless its owner raised it, bytes (``maxRequestLength`` 4096 KB)."""

TooLarge = Literal["page", "fault", "404.13", "413"]
_NO_PASSWORDS: Final[Mapping[str, str]] = MappingProxyType({})


class Manufacturer(Office):
    """The service of one manufacturer for several distributors.

    ``auth`` asks for a password as access.py tells, ``passwords`` are by account. A request over
    ``max_request_bytes`` (the raw body; None = no limit) is refused as ``too_large`` says: ASP.NET's error page or SOAP
    fault, or IIS's own 404.13 or 413. ``column_order_seed`` deals the columns of every answer anew (None = the
    reference's order, no unknown columns). ``details`` says how lines travel. ``confirm_scheme`` names the scheme that
    gives out verdicts ("" = there is none). ``barcode_column`` adds the goods' barcodes to CRMWare under that name.
    """

    name = "manufacturer"

    def __init__(
        self,
        contents: Sequence[CrmContent],
        *,
        passwords: Mapping[str, str] = _NO_PASSWORDS,
        auth: Auth = "none",
        auth_attribute: str = "password",
        max_request_bytes: int | None = CAP,
        too_large: TooLarge = "page",
        publish_wsdl: bool = True,
        require_soap_action: bool = True,
        column_order_seed: int | None = 1,
        details: answers.Details = "nested",
        decimal_comma: bool = False,
        confirm_scheme: str = "CRMConfirm",
        barcode_column: str = "",
        clock: Callable[[], datetime] = datetime.now,
    ) -> None:
        super().__init__(contents, Journal(auth_attribute), seed=column_order_seed or 0, clock=clock)
        if auth not in STYLES:
            raise ValueError(f"unknown auth {auth!r}: one of {', '.join(STYLES)}")
        self.gate = Gate(auth, dict(passwords), auth_attribute)
        self.max_request_bytes, self.too_large = max_request_bytes, too_large
        self.publish_wsdl, self.require_soap_action = publish_wsdl, require_soap_action
        self.details, self.decimal_comma = details, decimal_comma
        self.confirm_scheme, self.barcode_column = confirm_scheme, barcode_column
        self._order = None if column_order_seed is None else Random(column_order_seed)

    def handle(self, request: Request) -> Response:
        """Answer as IIS, ASP.NET and the service behind them would."""
        if unquote(request.path).lower() != PATH.lower():
            return soap.iis_page(404, "404.0 - Not Found")
        over = self.max_request_bytes is not None and len(request.body) > self.max_request_bytes
        if over and self.too_large == "404.13":
            return soap.iis_page(404, "404.13 - Content Length Too Large")
        if over and self.too_large == "413":
            return soap.iis_page(413, "413.1 - Request Entity Too Large")
        if stop := self.gate.stop(request):
            return stop
        match request.method:
            case "POST":
                return self._too_large(request) if over else self._post(request)
            case "GET" | "HEAD":
                return self._get(request)
        return soap.iis_page(405, "405.0 - Method Not Allowed")

    def _too_large(self, request: Request) -> Response:
        said, kind = "Maximum request length exceeded.", "System.Web.HttpException"
        version = soap.version_of(request)
        if self.too_large == "page" or version is None:
            return soap.error_page(said, kind=kind)
        text = (
            "System.Web.Services.Protocols.SoapException: There was an exception running the extensions specified in"
            f" the config file. ---> {kind}: {said}"
        )
        return soap.fault(soap.SoapFault(version, text))

    def _get(self, request: Request) -> Response:
        if request.query.lower() != "wsdl":
            return soap.help_page()
        if not self.publish_wsdl:
            return soap.iis_page(404, "404.0 - Not Found")
        host = request.headers.get("host", "localhost")
        return Response(200, describe(f"http://{host}{PATH}"), "text/xml; charset=utf-8")

    def _post(self, request: Request) -> Response:
        try:
            call = soap.read(request, require_action=self.require_soap_action)
        except soap.SoapFault as failure:
            return soap.fault(failure)
        except soap.BadFormat as error:
            return soap.error_page(str(error), kind="System.InvalidOperationException")
        return soap.respond(call.version, self._exchange(request, call.payload))

    def fault_answer(self, kind: str, request: Request) -> Response | None:
        """Return a SOAP fault, or ``extdata/error``, in place of handling."""
        version = soap.version_of(request) or "1.1"
        match kind:
            case "soap_fault":
                text = "System.Web.Services.Protocols.SoapException: Server was unable to process request."
                return soap.fault(soap.SoapFault(version, text, code="Server"))
            case "extdata_error":
                return soap.respond(version, answers.failed("Внутренняя ошибка службы обмена, повторите запрос позже"))
        return None

    # --- the service's own code

    def _exchange(self, request: Request, payload: str) -> str:
        """Carry out a payload, whole schemes at a time, and return the answer's text."""
        with self.lock:
            digest = self.journal.keep(payload)
        try:
            user, schemes = self._admit(request, payload)
        except Refusal as refusal:
            with self.lock:
                self._note(request, digest, error=str(refusal))
            return answers.failed(str(refusal))
        return answers.together(user, [self._scheme(request, digest, user, scheme) for scheme in schemes])

    def _admit(self, request: Request, payload: str) -> tuple[str, list[etree._Element]]:
        root = document(payload)
        user, schemes = root.get("user", ""), root.findall("scheme")
        if user not in self.users:
            raise Refusal(f"Пользователь «{user}» не зарегистрирован")
        self.gate.check(request, root)
        if not schemes:
            raise Refusal("В запросе нет ни одной схемы")
        return user, schemes

    def _scheme(self, request: Request, digest: str, user: str, scheme: etree._Element) -> str:
        name, kind = scheme.get("name", ""), scheme.get("request", "")
        try:
            return (
                self._take(request, digest, user, scheme)
                if kind == "set"
                else self._hand(request, digest, user, scheme)
            )
        except Refusal as refusal:
            with self.lock:
                self._note(request, digest, user, name, kind, error=str(refusal))
            return answers.refused(name, kind, str(refusal))

    def _hand(self, request: Request, digest: str, user: str, scheme: etree._Element) -> str:
        name, kind = scheme.get("name", ""), scheme.get("request", "")
        if kind != "get":
            raise Refusal(f"Вид запроса «{kind}» неизвестен: ожидается get или set")
        with self.lock:
            tables = self._give(name, self.users[user])
            self._note(
                request, digest, user, name, kind, outcome="given", rows=sum(len(table.rows) for table in tables)
            )
            return answers.given(name, tables, order=self._order, comma=self.decimal_comma)

    def _give(self, name: str, holdings: Holdings) -> list[answers.Out]:
        if name == "CRMWare":
            return answers.goods(holdings, barcode_column=self.barcode_column)
        if name == "CRMOrder":
            return answers.orders(holdings, details=self.details)
        if name and name == self.confirm_scheme:
            return answers.confirmations(holdings, name)
        raise Refusal(f"Схема «{name}» не отдаётся" if name in SETS else f"Схема «{name}» неизвестна")

    def _take(self, request: Request, digest: str, user: str, scheme: etree._Element) -> str:
        name = scheme.get("name", "")
        if name not in SETS:
            raise Refusal(f"Схема «{name}» неизвестна или не принимается")
        message = Message(name, read_tables(scheme, SETS[name]))  # outside the lock: the long part
        with self.lock:
            number = self.journal.next_number
            taken = accept(message, self.users[user])
            told = {"rows": taken.rows, "dropped": taken.dropped, "remarks": taken.remarks}
            self._note(request, digest, user, name, "set", outcome="accepted", **told)
        return answers.taken(name, message=number)

    def _note(
        self, request: Request, digest: str, user: str = "", scheme: str = "", kind: str = "", **told: Any
    ) -> None:
        told.setdefault("outcome", "refused")
        number, size = self.journal.next_number, len(request.body)
        self.journal.arrivals.append(Arrival(number, self._clock(), user, scheme, kind, size, digest, **told))
