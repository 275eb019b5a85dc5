"""Who may call: the four ways in which the service can ask for a password."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from sandbox.crm import ntlm, soap
from sandbox.crm.schemes import Refusal

if TYPE_CHECKING:
    from lxml import etree

    from sandbox.http import Request, Response

Auth = Literal["none", "basic", "ntlm", "attribute"]

STYLES: Final[tuple[Auth, ...]] = ("none", "basic", "ntlm", "attribute")
_REALM: Final = "xDataLink"


@dataclass(frozen=True, slots=True)
class Gate:
    """Checks a request's account; ``passwords`` are by account, which is the user of the messages or another."""

    auth: Auth
    passwords: dict[str, str] = field(repr=False)
    attribute: str = "password"

    def stop(self, request: Request) -> Response | None:
        """Return the answer that asks for an account (HTTP 401), or None to let the request in."""
        match self.auth:
            case "basic":
                return self._basic(request)
            case "ntlm":
                return self._ntlm(request)
        return None

    def check(self, request: Request, root: etree._Element) -> None:
        """Check the password that stands in the document, or the account's right to speak for its user.

        Raises Refusal. An account that is itself a user speaks for no other user.
        """
        user = root.get("user", "")
        if self.auth == "attribute":
            expected = self.passwords.get(user)
            if expected is None or not _same(expected, root.get(self.attribute, "")):
                raise Refusal(f"Неверный пароль пользователя «{user}»")
        account = request.connection.get("account", "")
        if self.auth in ("basic", "ntlm") and account in self.passwords and account != user and user in self.passwords:
            raise Refusal(f"Учётная запись «{account}» не вправе обмениваться за пользователя «{user}»")

    def _basic(self, request: Request) -> Response | None:
        style, _, encoded = request.headers.get("authorization", "").partition(" ")
        decoded = _decoded(encoded) if style.lower() == "basic" else b""
        for encoding in ("utf-8", "windows-1251"):
            account, _, password = decoded.decode(encoding, "replace").partition(":")
            expected = self.passwords.get(account)
            if expected is not None and _same(expected, password):
                request.connection["account"] = account
                return None
        return _unauthorized(f'Basic realm="{_REALM}"')

    def _ntlm(self, request: Request) -> Response | None:
        """Speak NTLM, which signs in a connection, not a request: once it is in, no header is asked for again."""
        connection = request.connection
        style, _, encoded = request.headers.get("authorization", "").partition(" ")
        message = _decoded(encoded) if style.lower() == "ntlm" else b""
        match ntlm.kind(message):
            case ntlm.NEGOTIATE:
                connection.pop("account", None)
                challenge = connection["challenge"] = secrets.token_bytes(8)
                return _unauthorized(f"NTLM {base64.b64encode(ntlm.challenge_message(challenge)).decode()}")
            case ntlm.AUTHENTICATE:
                challenge, claim = connection.pop("challenge", b""), ntlm.claim(message)
                expected = self.passwords.get(claim.user) if claim else None
                if challenge and claim and expected is not None and claim.proves(expected, challenge):
                    connection["account"] = claim.user
                    return None
                return _unauthorized("NTLM")
        return None if "account" in connection else _unauthorized("NTLM")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())


def _unauthorized(challenge: str) -> Response:
    answer = soap.iis_page(401, "401.1 - Unauthorized")
    answer.headers["WWW-Authenticate"] = challenge
    return answer
