"""The four ways to ask for a password; NTLM against a client that we did not write."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import httpx
import pytest
import spnego
from httpx_ntlm import HttpNtlmAuth

from sandbox.crm import ntlm
from sandbox.crm.service import Manufacturer
from tests.sandbox.crm_client import HEADERS11, calling, content, envelope, extdata, opened

if TYPE_CHECKING:
    from sandbox.crm.access import Auth

SECRET = "Пар:оль-1"
PASSWORDS = {"DS108": SECRET, "042": "other"}
GOODS = extdata("CRMWare", request="get")


def double(auth: Auth, **settings: str) -> Manufacturer:
    return Manufacturer(
        [content(), content("042")], auth=auth, passwords=PASSWORDS, auth_attribute=settings.get("name", "password")
    )


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "31d6cfe0d16ae931b73c59d7e0c089c0"),
        (b"abc", "a448017aaf21d8525fc10ae87aa6729d"),
        (b"message digest", "d9130a8164549fe818874806e1c7014b"),
        (b"1234567890" * 8, "e33b4ddc9c38f2199c3e7b164fcc0536"),
    ],
)
def test_md4_is_that_of_rfc_1320(data: bytes, digest: str) -> None:
    assert ntlm.md4(data).hex() == digest


def test_without_auth_no_password_is_asked_for() -> None:
    with calling(double("none")) as client:
        assert client.call(GOODS).error == ""


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_http_auth_covers_the_wsdl_too_and_says_what_it_wants(auth: Auth) -> None:
    with calling(double(auth)) as client:
        answer = client.http.get(f"{client.url}?WSDL")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].lower().startswith(auth)


@pytest.mark.parametrize(
    ("account", "password", "status"),
    [("DS108", SECRET, 200), ("DS108", "wrong", 401), ("DS108", "", 401), ("DS999", SECRET, 401)],
)
def test_basic(account: str, password: str, status: int) -> None:
    with calling(double("basic"), auth=httpx.BasicAuth(account, password)) as client:
        assert client.call(GOODS).response.status_code == status


def test_basic_is_read_in_utf8_and_in_windows_1251() -> None:
    with calling(double("basic")) as client:
        for encoding in ("utf-8", "windows-1251"):
            token = base64.b64encode(f"DS108:{SECRET}".encode(encoding)).decode()
            answer = client.http.post(
                client.url, content=envelope(GOODS), headers=HEADERS11 | {"Authorization": f"Basic {token}"}
            )
            assert answer.status_code == 200, encoding
        for nonsense in ("Basic ***", "Basic", "Bearer abc"):
            headers = HEADERS11 | {"Authorization": nonsense}
            assert client.http.post(client.url, content=envelope(GOODS), headers=headers).status_code == 401


def test_an_account_that_is_a_user_speaks_for_no_other_user() -> None:
    with calling(double("basic"), auth=httpx.BasicAuth("042", "other")) as client:
        assert client.call(GOODS.replace("DS108", "042")).error == ""
        assert "не вправе обмениваться за пользователя «DS108»" in client.call(GOODS).error


def test_ntlm_lets_httpx_ntlm_in() -> None:
    """A real challenge and response: the client of another author computes what the double expects."""
    with calling(double("ntlm"), auth=HttpNtlmAuth("DS108", SECRET)) as client:
        first = client.call(GOODS)
        assert (first.response.status_code, first.error) == (200, "")
        assert [seen["status"] for seen in client.view("requests")] == [401, 401, 200]


@pytest.mark.parametrize("account", ["MONOLIT\\DS108", "anything\\ds108"])
def test_ntlm_with_a_domain(account: str) -> None:
    """A domain is part of the proof; the account's case must be as the manufacturer wrote it."""
    status = 200 if account.endswith("DS108") else 401
    with calling(double("ntlm"), auth=HttpNtlmAuth(account, SECRET)) as client:
        assert client.call(GOODS).response.status_code == status


@pytest.mark.parametrize(("account", "password"), [("DS108", "wrong"), ("DS999", SECRET)])
def test_ntlm_refuses_with_401(account: str, password: str) -> None:
    with calling(double("ntlm"), auth=HttpNtlmAuth(account, password)) as client:
        assert client.call(GOODS).response.status_code == 401


def test_ntlm_signs_in_a_connection_and_not_the_client() -> None:
    """On the connection no header is asked for again; another connection starts from nothing."""
    with calling(double("ntlm")) as client:
        assert client.call(GOODS, auth=HttpNtlmAuth("DS108", SECRET)).response.status_code == 200
        assert client.call(GOODS).response.status_code == 200
        with httpx.Client() as other:
            assert other.post(client.url, content=envelope(GOODS), headers=HEADERS11).status_code == 401


def test_an_ntlm_answer_cannot_be_replayed_on_another_connection() -> None:
    """The proof belongs to one challenge, and a challenge is asked once."""
    initiator = spnego.client("DS108", SECRET, protocol="ntlm")
    with calling(double("ntlm")) as client:

        def send(http: httpx.Client, message: bytes | None) -> httpx.Response:
            assert message
            token = base64.b64encode(message).decode()
            headers = HEADERS11 | {"Authorization": f"NTLM {token}"}
            return http.post(client.url, content=envelope(GOODS), headers=headers)

        asked = send(client.http, initiator.step())
        answer = initiator.step(base64.b64decode(asked.headers["WWW-Authenticate"].partition(" ")[2]))
        with httpx.Client() as thief:
            assert send(thief, answer).status_code == 401
        assert opened(send(client.http, answer)).error == ""
        assert send(client.http, answer).status_code == 401


@pytest.mark.parametrize(
    "message",
    [b"NTLMSSP\0", b"x" * 40, ntlm.SIGNATURE + b"\3\0\0\0", ntlm.SIGNATURE + b"\3\0\0\0" + bytes(60)],
)
def test_ntlm_nonsense_is_answered_with_401(message: bytes) -> None:
    with calling(double("ntlm")) as client:
        headers = HEADERS11 | {"Authorization": f"NTLM {base64.b64encode(message).decode()}"}
        assert client.http.post(client.url, content=envelope(GOODS), headers=headers).status_code == 401


@pytest.mark.parametrize("name", ["password", "pwd"])
def test_the_attribute_of_extdata(name: str) -> None:
    """Right: taken; wrong, missing or under another name: extdata/error with HTTP 200."""
    with calling(double("attribute", name=name)) as client:
        payload = extdata("CRMWare", request="get", more=f' {name}="{SECRET}"')
        assert client.call(payload).error == ""
        for wrong in (payload.replace(SECRET, "wrong"), payload.replace(f" {name}=", " other="), GOODS):
            answered = client.call(wrong)
            assert (answered.response.status_code, answered.error) == (200, "Неверный пароль пользователя «DS108»")


def test_no_password_stands_in_what_the_double_shows() -> None:
    served = double("attribute")
    with calling(served) as client:
        client.call(extdata("CRMWare", request="get", more=f' password="{SECRET}"'))
        kept = client.http.get(f"{client.base}/_sandbox/messages/1").text
        pages = client.http.get(f"{client.base}/_sandbox/holdings/DS108").text + str(client.view("messages"))
    assert kept == GOODS
    assert SECRET not in kept + pages + repr(served.gate)


def test_an_unknown_style_is_a_mistake_that_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="unknown auth 'kerberos'"):
        Manufacturer([content()], auth="kerberos")  # type: ignore[arg-type]  # the mistake that is tested
