"""What a bad answer of 1C, or none, means: tolerant reading of its errors, and the error of our tree to raise.

1C answers errors as ``odata.error`` (JSON) or ``m:error`` (Atom), a web server in front of it as HTML or as nothing,
some with status 200. Source of the rules: reference onec-odata, 1 and 8. The sentences are in ``words``.
"""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec
from lxml import etree

from connectors.onec.odata import words
from foundation.errors import (
    AccessDenied,
    Ambiguous,
    BadAnswer,
    Busy,
    MI1CError,
    NotFound,
    NotPublished,
    Refused,
    TooLarge,
    Unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

BOM: Final = b"\xef\xbb\xbf"
LONGEST_ANSWER: Final = 300
"""Characters of 1C's own words that an error keeps."""

_HTML = re.compile(rb"\s*(<!doctype html|<html|<head|<body)", re.IGNORECASE)
_LOGIN = re.compile(r"type=[\"']?password|log[io]n|\bsign.?in\b|\bвход\b", re.IGNORECASE)
_NO_SLOT = re.compile(
    r"лицензи|licen[cs]e|начало сеанса|сеанс.{0,40}запрещ|session.{0,40}(denied|prohibited)", re.IGNORECASE | re.DOTALL
)
_ABSENT_CODES: Final = frozenset({"6", "8", "10", "11", "21"})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_BUSY: Final = frozenset({406, 429, 503})


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as an error may show it: no query, no credentials. ``writes``: it may change the base.

    ``timeout`` is in seconds; ``secrets`` are what must never come back in an error.
    """

    root: str
    method: str = "GET"
    entity: str = ""
    function: str = ""
    timeout: float = 0.0
    writes: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def facts(self) -> dict[str, object]:
        """What every error about this request carries."""
        return {"address": self.root, "entity": self.entity or None, "function": self.function or None}


@dataclass(frozen=True, slots=True)
class Said:
    """What could be read from an error's body: 1C's code and words, or that it is a web page (with a login form)."""

    code: str = ""
    text: str = ""
    html: bool = False
    login: bool = False

    @property
    def by_1c(self) -> bool:
        """Whether 1C's OData service itself answered."""
        return bool(self.code)


def without_mark(body: bytes) -> bytes:
    """Drop the byte order mark that 1C puts before some texts."""
    return body.removeprefix(BOM)


def listen(body: bytes) -> Said:
    """Read any error body: ``odata.error``, ``error``, ``m:error``, a web page, plain text, nothing."""
    body = without_mark(body)
    if body.lstrip()[:1] == b"{":
        return _from_json(body)
    if _HTML.match(body):
        page = body.decode("utf-8", "replace")
        return Said(html=True, login=_LOGIN.search(page) is not None, text=_title(page))
    if body.lstrip()[:1] == b"<":
        return _from_xml(body)
    return Said(text=" ".join(body.decode("utf-8", "replace").split()))


def _from_json(body: bytes) -> Said:
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Said()
    error = answer.get("odata.error") or answer.get("error") or {}
    if not isinstance(error, dict):
        return Said(text=str(error))
    message: Any = error.get("message", "")
    text = message.get("value", "") if isinstance(message, dict) else message
    return Said(code=str(error.get("code", "")), text=str(text))


def _from_xml(body: bytes) -> Said:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return Said()
    if root is None or etree.QName(root).localname != "error":
        return Said()
    found = {etree.QName(child).localname: "".join(child.itertext()).strip() for child in root.iterchildren("*")}
    return Said(code=found.get("code", ""), text=found.get("message", ""))


def _title(page: str) -> str:
    found = re.search(r"<title[^>]*>(.*?)</title>", page, re.IGNORECASE | re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def is_page(body: bytes) -> bool:
    """Tell whether a body is a web page."""
    return _HTML.match(without_mark(body)) is not None


def refusal(status: int, body: bytes, ask: Ask, *, location: str = "") -> MI1CError:
    """Return the error that an answer with a status of 300 and above stands for."""
    said = listen(body)
    answer = _shown(said.text, ask)
    facts: dict[str, Any] = {**ask.facts, "status": status, "code": said.code or None, "answer": answer or None}
    if status in _MOVED:
        return _moved(location, ask, facts)
    if said.code == "20":
        return AccessDenied(**words.no_rights(ask.entity), **facts)
    if status == HTTPStatus.UNAUTHORIZED:
        return AccessDenied(**words.wrong_password(ask.root), **facts)
    if status == HTTPStatus.PRECONDITION_FAILED:
        return Refused(**words.changed_meanwhile(ask.entity), **facts)
    if status in _BUSY:
        return Busy(**words.no_session(ask.root), **facts)
    if said.by_1c:
        return _by_1c(said, answer, ask, status, facts)
    return _by_web_server(said, answer, ask, status, facts)


def _moved(location: str, ask: Ask, facts: dict[str, Any]) -> MI1CError:
    parts = urlsplit(location)
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else parts.path
    if _LOGIN.search(parts.path):
        return AccessDenied(**words.login_page(ask.root), **facts)
    return BadAnswer(**words.moved(ask.root, shown), **facts)


def _by_1c(said: Said, answer: str, ask: Ask, status: int, facts: dict[str, Any]) -> MI1CError:
    if said.code == "9":
        return NotFound(**words.no_object(ask.entity), **facts)
    if said.code == "8" and status == HTTPStatus.NOT_FOUND:
        return NotPublished(**words.not_published(ask.entity), **facts)
    if said.code in _ABSENT_CODES and not ask.writes:
        return NotPublished(**words.part_missing(ask.entity, ask.function, answer), **facts)
    return Refused(**words.refused(ask.entity, answer), **facts)


def _by_web_server(said: Said, answer: str, ask: Ask, status: int, facts: dict[str, Any]) -> MI1CError:
    if status == HTTPStatus.FORBIDDEN:
        return AccessDenied(**words.forbidden(ask.root), **facts)
    if status == HTTPStatus.NOT_FOUND:
        return NotPublished(**words.no_interface(ask.root), **facts)
    if status in (413, 414, 431):
        return TooLarge(**words.too_large(), **facts)
    if status in (408, 502, 504):
        return Ambiguous(**words.no_answer(ask.root, writes=ask.writes, why=f"HTTP {status}"), **facts)
    if _NO_SLOT.search(said.text):
        return Busy(**words.no_session(ask.root), **facts)
    if status in (405, 501):
        return Refused(**words.refused(ask.entity, answer or f"HTTP {status}"), **facts)
    return BadAnswer(**words.strange(ask.root, answer or f"HTTP {status}"), **facts)


def not_json(body: bytes, ask: Ask, *, where: str = "") -> MI1CError:
    """Return the error for a body that came with status 200 and is not the JSON that was asked for."""
    said = listen(body)
    answer = _shown(said.text, ask)
    if said.login:
        return AccessDenied(**words.login_page(ask.root), **ask.facts)
    if said.html:
        return BadAnswer(**words.page(ask.root, answer), **ask.facts)
    if said.by_1c:
        return refusal(500, body, ask)
    if not body.strip():
        return BadAnswer(**words.empty(ask.root), **ask.facts)
    return BadAnswer(**words.half(ask.root, where), **ask.facts, where=where or None)


def unanswered(error: httpx.TransportError, ask: Ask) -> MI1CError:
    """Return the error for a request that got no whole answer."""
    if isinstance(error, httpx.ConnectTimeout):
        return Unreachable(**words.no_connection(ask.root, "timeout"), **ask.facts)
    if isinstance(error, httpx.ConnectError):
        causes = list(_causes(error))
        if any(isinstance(cause, ssl.SSLError) for cause in causes):
            return BadAnswer(**words.certificate(ask.root), **ask.facts)
        unknown = any(isinstance(cause, socket.gaierror) for cause in causes)
        return Unreachable(**words.no_connection(ask.root, "name" if unknown else "refused"), **ask.facts)
    if isinstance(error, (httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)):
        return Unreachable(**words.no_connection(ask.root, "refused"), **ask.facts)
    why = f"{ask.timeout:g}" if isinstance(error, httpx.TimeoutException) else ""
    told = words.late(ask.root, why, writes=ask.writes) if why else words.no_answer(ask.root, writes=ask.writes)
    return Ambiguous(**told, **ask.facts, late=True if why else None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _shown(text: str, ask: Ask) -> str:
    """Shorten 1C's words for a person and cross out a secret, should it stand there."""
    text = " ".join(text.split())
    for secret in filter(None, ask.secrets):
        text = text.replace(secret, "•••")
    return text if len(text) <= LONGEST_ANSWER else text[: LONGEST_ANSWER - 1] + "…"
