"""What an HTTP answer that is no success, a SOAP fault or a broken connection means in our tree of errors.

What matters most about a send that failed is whether the service may have stored it. An error whose fact ``uncertain``
is true leaves that open: before anything else of the exchange, the message goes again as it was, and where a window
travels in parts, the whole window (reference xdatalink, rule 1).
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Final

import httpx

from connectors.crm.xdatalink.xml import shortened
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

if TYPE_CHECKING:
    from collections.abc import Mapping

_OK: Final = 200
_FAULT_STATUSES: Final = (400, 500)
_BUSY: Final = (408, 429, 503)
_GATEWAYS: Final = (500, 502, 504)
_REDIRECTS: Final = range(300, 400)
_PAGE: Final = 65_536
_OVER_LENGTH: Final = "Maximum request length exceeded"
_OVER_LENGTH_PAGES: Final = ("404.13", _OVER_LENGTH)


def uncertain(error: BaseException) -> bool:
    """Tell whether the service may have stored a send that ended in this error."""
    return isinstance(error, Ambiguous) or (isinstance(error, MI1CError) and bool(error.facts.get("uncertain")))


def of_status(status: int, content: bytes, headers: Mapping[str, str], *, address: str, sending: bool) -> None:
    """Raise what an HTTP status stands for; return where the answer's content is to be read (200, a SOAP fault)."""
    if status == _OK or (status in _FAULT_STATUSES and b"Envelope" in content[:_PAGE]):
        return
    facts: dict[str, Any] = {"address": address, "status": status}
    page = content[:_PAGE].decode("utf-8", "replace")
    match status:
        case 401 | 403 | 407:
            raise denied(f"HTTP {status}", **facts)
        case 413:
            raise too_large(**facts)
        case _ if any(mark in page for mark in _OVER_LENGTH_PAGES):
            raise too_large(**facts)
        case 404 | 405 | 410:
            raise NotFound(
                f"По адресу {address} веб-сервиса нет: HTTP {status}.",
                en=f"There is no web service at {address}: HTTP {status}.",
                todo="Проверьте адрес: обычно он оканчивается на /xDataLink/xDataLink.asmx.",
                todo_en="Check the address: it usually ends in /xDataLink/xDataLink.asmx.",
                **facts,
            )
        case _ if status in _REDIRECTS:
            raise NotFound(
                f"Сервис по адресу {address} переехал: HTTP {status}.",
                en=f"The service at {address} has moved: HTTP {status}.",
                todo="Спросите у производителя новый адрес (часто нужен https) и впишите его в настройки связи.",
                todo_en="Ask the manufacturer for the new address (often https) and enter it in the link's settings.",
                **facts,
            )
        case _ if status in _BUSY:
            raise busy(retry_after=headers.get("Retry-After"), **facts)
        case _ if status in _GATEWAYS:
            raise _broke(sending=sending, **facts)
    raise BadAnswer(
        f"Сервис производителя ответил непонятным HTTP {status}.",
        en=f"The manufacturer's service answered with an unexpected HTTP {status}.",
        todo="Проверьте адрес веб-сервиса; если он верен, сообщите производителю.",
        todo_en="Check the address of the web service; if it is right, tell the manufacturer.",
        uncertain=sending or None,
        **facts,
    )


def denied(why: str, **facts: object) -> AccessDenied:
    """Return the error for a service that did not let us in."""
    return AccessDenied(
        f"Сервис производителя не пустил: {why}.",
        en=f"The manufacturer's service denied access: {why}.",
        todo="Проверьте в настройках связи имя, пароль и способ входа.",
        todo_en="Check the name, the password and the way to sign in, in the link's settings.",
        **facts,
    )


def busy(*, status: int, **facts: object) -> Busy:
    """Return the error for a service that asks to come later."""
    return Busy(
        f"Сервис производителя занят: HTTP {status}.",
        en=f"The manufacturer's service is busy: HTTP {status}.",
        todo="Повторите обмен позже.",
        todo_en="Run the exchange again later.",
        status=status,
        **facts,
    )


def _broke(*, status: int, sending: bool, **facts: object) -> MI1CError:
    if not sending:
        return busy(status=status, **facts)
    return Ambiguous(
        f"Сервис производителя прервал приём: HTTP {status}. Принято ли сообщение, неизвестно.",
        en=f"The manufacturer's service broke off: HTTP {status}. Whether it took the message is unknown.",
        todo="Повторите обмен: сообщение уйдёт ещё раз в том же виде.",
        todo_en="Run the exchange again: the message goes once more as it was.",
        status=status,
        **facts,
    )


def too_large(*, size: int | None = None, cap: int | None = None, **facts: Any) -> TooLarge:
    """Return the error for a request over the service's limit, or over ours (both sizes in bytes)."""
    sizes = f" ({size} байт при пределе {cap})" if cap else ""
    return TooLarge(
        f"Сообщение больше, чем принимает сервис производителя{sizes}.",
        en=f"The message is larger than the manufacturer's service takes{sizes.replace('байт при пределе', 'of')}.",
        todo="Уменьшите предел сообщения в настройках связи или попросите производителя поднять maxRequestLength"
        " (и maxAllowedContentLength в IIS), затем подготовьте обмен заново.",
        todo_en="Lower the message limit in the link's settings, or ask the manufacturer to raise maxRequestLength"
        " (and IIS's maxAllowedContentLength); then prepare the exchange anew.",
        size=size,
        cap=cap,
        **facts,
    )


def of_network(error: httpx.HTTPError, *, address: str, sending: bool) -> MI1CError:
    """Return what a connection that failed means: nothing left, or nobody knows."""
    facts = {"address": address, "cause": type(error).__name__}
    if isinstance(error.__context__ or error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(error):
        return Fatal(
            f"Сертификат сервера {address} не прошёл проверку.",
            en=f"The certificate of {address} did not pass the check.",
            todo="Обновите корневые сертификаты машины или отключите проверку в настройках связи, если сервер свой.",
            todo_en="Renew this machine's root certificates, or switch the check off in the link's settings.",
            **facts,
        )
    before = isinstance(
        error,
        httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError | httpx.UnsupportedProtocol,
    )
    if sending and not before:
        return Ambiguous(
            f"Сообщение ушло на {address}, но ответа нет: {_cause(error)}. Принято ли оно, неизвестно.",
            en=f"The message left for {address}, but no answer came. Whether it was taken is unknown.",
            todo="Повторите обмен: сообщение уйдёт ещё раз в том же виде.",
            todo_en="Run the exchange again: the message goes once more as it was.",
            **facts,
        )
    return Unreachable(
        f"Нет связи с сервисом производителя {address}: {_cause(error)}. Ничего не отправлено.",
        en=f"The manufacturer's service {address} cannot be reached. Nothing was sent.",
        todo="Проверьте адрес и доступ в интернет с этой машины и повторите обмен.",
        todo_en="Check the address and this machine's access to the internet, then run the exchange again.",
        **facts,
    )


def _cause(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "время ожидания вышло"
    return "соединение не установлено" if isinstance(error, httpx.ConnectError) else "соединение прервано"


def of_soap(message: str, code: str, *, address: str, sending: bool) -> MI1CError:
    """Return what a SOAP fault means; ``message`` has no secret in it any more."""
    if _OVER_LENGTH in message:
        return too_large(address=address)
    said = shortened(message)
    by_us = code.rpartition(":")[2] in ("Client", "Sender")
    return Refused(
        f"Сервис производителя отклонил вызов: «{said or 'без объяснения'}».",
        en=f"The manufacturer's service refused the call: “{said or 'no reason given'}”.",
        todo="Повторите обмен; если повторится, передайте эти слова производителю.",
        todo_en="Run the exchange again; if it happens again, pass these words on to the manufacturer.",
        answer=said,
        address=address,
        uncertain=(sending and not by_us) or None,
    )
