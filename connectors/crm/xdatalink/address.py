"""Where a manufacturer's service is and how it may be called: frozen values, checked when they are made."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

from connectors.crm.xdatalink.limits import CAP, ENVELOPE_BYTES
from connectors.crm.xdatalink.text import BadValueError, escape, wire_size
from connectors.crm.xdatalink.text import attribute as as_attribute
from foundation.errors import Fault, Faults

Auth = Literal["none", "basic", "ntlm", "attribute"]
"""How the password travels: not at all, by HTTP Basic, by NTLM, or as an attribute of ``extdata``."""

Soap = Literal["1.1", "1.2"]
Wsdl = Literal["auto", "carried"]
"""``auto``: the service's own ``?WSDL``, ours where it publishes none; ``carried``: ours, and it is not asked."""

_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_LEAST_CAP: Final = 4 * ENVELOPE_BYTES


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a read is repeated: ``attempts`` in all, within ``timeout`` seconds, waiting exponentially longer.

    ``wait``, ``wait_max`` and ``jitter`` are seconds. Sends are never repeated here: the ledger decides that.
    """

    attempts: int = 4
    timeout: float = 300.0
    wait: float = 0.5
    wait_max: float = 15.0
    jitter: float = 0.5

    def __post_init__(self) -> None:
        faults = [Fault("retry.attempts", "не меньше 1", "at least 1")] if self.attempts < 1 else []
        faults += [
            Fault(f"retry.{name}", "не меньше нуля", "not below zero")
            for name in ("timeout", "wait", "wait_max", "jitter")
            if getattr(self, name) < 0
        ]
        _tell(faults)


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    r"""One distributor's account at one manufacturer's service.

    ``user`` is the database code («код БД»), ``login`` the name for Basic or NTLM where it is another one
    (``DOMAIN\name``). ``attribute`` names the attribute that carries the password in the style ``attribute``.
    ``timeout``: seconds to wait for an answer; ASP.NET itself ends a call after 110. ``cap_bytes``: the largest request
    that the service takes. ``verify``: check the server's certificate. Raises Faults with all that is wrong.
    """

    url: str
    user: str
    password: str = field(default="", repr=False)
    auth: Auth = "none"
    attribute: str = "password"
    login: str = ""
    soap: Soap = "1.1"
    wsdl: Wsdl = "auto"
    timeout: float = 115.0
    connect_timeout: float = 20.0
    cap_bytes: int = CAP
    verify: bool = True

    def __post_init__(self) -> None:
        faults = _faults_of_url(self.url)
        if not self.user.strip():
            faults.append(Fault("user", "укажите код базы данных", "the database code is missing"))
        for name, allowed in (("auth", Auth), ("soap", Soap), ("wsdl", Wsdl)):
            words = get_args(allowed)
            if getattr(self, name) not in words:
                faults.append(Fault(name, f"одно из: {', '.join(words)}", f"one of {', '.join(words)}"))
        if self.auth != "none" and not self.password:
            faults.append(Fault("password", "для этого способа входа нужен пароль", "this way to sign in needs one"))
        faults += _faults_of_texts(user=self.user, password=self.password)
        if self.auth == "basic" and ":" in self.account:
            faults.append(Fault("login", "двоеточие в имени не передаётся", "a colon in the name cannot travel"))
        if not _NAME.fullmatch(self.attribute) or self.attribute == "user":
            faults.append(Fault("attribute", "нужно имя латиницей, кроме user", "a Latin name, other than user"))
        for name in ("timeout", "connect_timeout"):
            if getattr(self, name) <= 0:
                faults.append(Fault(name, "секунды, больше нуля", "seconds, above zero"))
        if self.cap_bytes < _LEAST_CAP:
            faults.append(Fault("cap_bytes", f"байты, не меньше {_LEAST_CAP}", f"bytes, at least {_LEAST_CAP}"))
        _tell(faults)

    @property
    def account(self) -> str:
        """The name for Basic and NTLM."""
        return self.login or self.user

    @property
    def signature(self) -> str:
        """The password as an attribute of the root, or nothing where it does not travel so. A secret."""
        return f' {self.attribute}="{as_attribute(self.password)}"' if self.auth == "attribute" else ""

    @property
    def room(self) -> int:
        """The cap to encode with, bytes: the service's own less what the password takes when the message leaves."""
        return self.cap_bytes - wire_size(self.signature)

    @property
    def endpoint(self) -> str:
        """The address to post to, without ``?WSDL``; it carries no credentials and may be shown."""
        return self.url.strip().partition("?")[0]


def _faults_of_url(url: str) -> list[Fault]:
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable, parts = False, urlsplit("")
    faults = []
    if not usable:
        said = "нужен адрес вида https://сервер/xDataLink/xDataLink.asmx"
        faults.append(Fault("url", said, "an address like https://server/xDataLink/xDataLink.asmx is needed"))
    if parts.username is not None or parts.password is not None:
        said = "имя и пароль указываются в своих полях, не в адресе"
        faults.append(Fault("url", said, "user and password go into their own fields, not into the address"))
    if parts.query.lower() not in ("", "wsdl") or parts.fragment:
        faults.append(Fault("url", "адрес без «?» и «#»", "an address without ? and #"))
    return faults


def _faults_of_texts(**texts: str) -> list[Fault]:
    faults = []
    for name, text in texts.items():
        try:
            escape(text)
        except BadValueError as bad:
            faults.append(Fault(name, bad.said, bad.en))
    return faults


def _tell(faults: list[Fault]) -> None:
    if faults:
        raise Faults(
            "Настройки веб-сервиса производителя заданы неверно.",
            faults,
            en="The settings of the manufacturer's web service are wrong.",
            todo="Исправьте их в настройках связи.",
            todo_en="Correct them in the link's settings.",
        )
