"""The manufacturer's service: get a scheme, send a message. See :class:`XDataLink`."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self, TypeVar

import httpx
import stamina

from connectors.crm.xdatalink import faults
from connectors.crm.xdatalink.access import sign_in
from connectors.crm.xdatalink.address import Retry, ServiceAddress
from connectors.crm.xdatalink.text import attribute, escape
from connectors.crm.xdatalink.verdict import confirm
from connectors.crm.xdatalink.xml import document
from foundation.errors import BadAnswer, Busy, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from connectors.crm.xdatalink.decoding import Answer
    from connectors.crm.xdatalink.soap import Call
    from mappings.model import Scheme

log = logging.getLogger(__name__)

T = TypeVar("T")

_ROOT: Final = "<extdata"
_HIDDEN: Final = "***"
_LEAST: Final = 4  # a shorter password would be found in words that have nothing to do with it
_OK: Final = 200
_SPEAKS_FOR_ALL: Final = (401, 407, 408, 429, 503)  # what a refusal of ?WSDL says of the service as a whole


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the service answered: its text without our password, the call's seconds, the bytes that were sent."""

    text: str = field(repr=False)
    seconds: float
    bytes: int


class XDataLink:
    """One manufacturer's service, called by one thread at a time; a context manager.

    ``transport`` takes the network's place in tests, ``clock`` gives seconds. Reads are repeated by ``retry`` where the
    service cannot be reached or is busy; sends never are: the ledger repeats them.
    """

    def __init__(
        self,
        address: ServiceAddress,
        *,
        transport: httpx.BaseTransport | None = None,
        retry: Retry | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.address = address
        self._retry, self._clock = retry or Retry(), clock
        self._http = httpx.Client(
            transport=transport,
            auth=sign_in(address),
            # Reading the certificates takes 30 ms: not for a plain address, from which no redirect is followed.
            verify=address.verify and address.endpoint.startswith("https:"),
            timeout=httpx.Timeout(address.timeout, connect=address.connect_timeout),
            limits=httpx.Limits(max_connections=1),  # NTLM signs in a connection, and one is enough
            headers={"User-Agent": "MI1C"},
        )
        self._call: Call | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def get(self, scheme: Scheme) -> Answer:
        """Ask for a get scheme and read its answer; raises as :meth:`fetch` and ``envelope.decode`` do."""
        from connectors.crm.xdatalink.decoding import decode  # loads pandas

        return decode(self.fetch(scheme).text, scheme)

    def fetch(self, scheme: Scheme) -> Receipt:
        """Ask for a get scheme and return the answer as it came, for the ledger; ``envelope.decode`` reads it.

        Raises AccessDenied, NotFound, Refused (a SOAP fault), BadAnswer, and Unreachable or Busy after all attempts.
        """
        from connectors.crm.xdatalink.encoding import encode  # loads pandas

        (message,) = encode(scheme, self.address.user, {})
        return self._repeated(lambda: self.request(message.body, sending=False))

    def send(self, body: str) -> Receipt:
        """Send the message of a set scheme, once, as it is; return the service's receipt.

        Raises Unreachable and Busy (nothing was taken), Ambiguous (nobody knows), AccessDenied, NotFound, TooLarge,
        Refused (``extdata/error`` or a SOAP fault), BadAnswer. ``faults.uncertain`` tells of any of them whether the
        service may have stored the message.
        """
        receipt = self.request(body)
        try:
            confirm(receipt.text)
        except BadAnswer as error:
            error.facts["uncertain"] = True
            raise
        return receipt

    def request(self, body: str, *, sending: bool = True) -> Receipt:
        """Make one call with a document and return what came, unread; ``sending``: it may change what they hold.

        The password, where it travels as an attribute, is put in here and nowhere else. Raises as :meth:`send`, but
        for what the answer's text says.
        """
        call = self._opened()
        signed = self._signed(body)
        started = self._clock()
        try:
            text, sent = call(signed, sending=sending, clean=self._clean)
        except httpx.HTTPError as error:
            raise faults.of_network(error, address=self.address.endpoint, sending=sending) from None
        except BadAnswer as error:
            if sending:
                error.facts["uncertain"] = True
            raise
        return Receipt(self._clean(text) if sending else self._without_attribute(text), self._clock() - started, sent)

    def _opened(self) -> Call:
        if self._call is None:
            from connectors.crm.xdatalink.soap import Call, NoOperation, carried_wsdl  # loads zeep

            about = self.address
            published = self._repeated(self._published) if about.wsdl == "auto" else None

            def call(wsdl: bytes) -> Call:
                return Call(self._http, wsdl, address=about.endpoint, version=about.soap, cap=about.cap_bytes)

            try:
                self._call = call(published or carried_wsdl())
            except NoOperation as error:
                log.info("the service's own WSDL does not serve (%s): the one we carry is used", error)
                self._call = call(carried_wsdl())
        return self._call

    def _published(self) -> bytes | None:
        """Return the service's own WSDL, or None where it publishes none that may be read."""
        where = self.address.endpoint
        try:
            answer = self._http.get(f"{where}?WSDL")
        except httpx.HTTPError as error:
            raise faults.of_network(error, address=where, sending=False) from None
        if answer.status_code in _SPEAKS_FOR_ALL:
            faults.of_status(answer.status_code, answer.content, answer.headers, address=where, sending=False)
        try:
            return document(answer.content, answer.charset_encoding) if answer.status_code == _OK else None
        except BadAnswer:
            return None

    def _repeated(self, read: Callable[[], T]) -> T:
        retry = self._retry
        for attempt in stamina.retry_context(
            on=(Unreachable, Busy),
            attempts=retry.attempts,
            timeout=retry.timeout,
            wait_initial=retry.wait,
            wait_max=retry.wait_max,
            wait_jitter=retry.jitter,
        ):
            with attempt:
                return read()
        raise AssertionError  # pragma: no cover - stamina ends in a return or in the last error

    def _signed(self, body: str) -> str:
        signature = self.address.signature
        return body.replace(_ROOT, f"{_ROOT}{signature}", 1) if signature else body

    def _without_attribute(self, text: str) -> str:
        """Hide the password where a service gives our root's attributes back; data stays as it is."""
        secret = attribute(self.address.password)
        if not self.address.signature or secret not in text:
            return text
        form = rf"""(\b{re.escape(self.address.attribute)}\s*=\s*)(["']){re.escape(secret)}\2"""
        return re.sub(form, rf"\1\2{_HIDDEN}\2", text)

    def _clean(self, text: str) -> str:
        """Hide the password wherever it stands in words that are no data: a receipt, a fault."""
        password = self.address.password
        text = self._without_attribute(text)
        if len(password) >= _LEAST:
            for form in (attribute(password), escape(password), password):
                text = text.replace(form, _HIDDEN)
        return text
