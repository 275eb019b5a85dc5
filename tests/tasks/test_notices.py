"""Telling people: a mail, a webhook and a Prefect block carry the whole message; a failure is told by its class only."""

from __future__ import annotations

import base64
import json
import logging
import socketserver
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from foundation.settings import ProcessSettings
from ledger.alerts import Alert
from tasks.notices import Mail, Notice, Webhook, channels, told

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATE = Alert(
    1,
    "probe",
    "late",
    "stock",
    "Обмен stock запаздывает.",
    "Посмотрите.",
    {"told": ["mail"], "hours": 2},
    AT,
    None,
    None,
    None,
)
OVER = Alert(2, "probe", "parked", "", "Отложено заказов: 3.", "Сопоставьте.", {}, AT, AT, AT, None)
NOTICE = Notice("probe", [LATE], [OVER])


class SmtpDouble(socketserver.StreamRequestHandler):
    """As much of SMTP as a client says: it keeps what it was given, and refuses a wrong password."""

    def handle(self) -> None:
        server: Any = self.server
        self.wfile.write(b"220 double\r\n")
        while line := self.rfile.readline().strip():
            word = line[:4].upper()
            if word == b"EHLO":
                self.wfile.write(b"250-double\r\n250 AUTH PLAIN\r\n")
            elif word == b"AUTH":
                given = base64.b64decode(line.split()[-1]).split(b"\0")[1:]
                self.wfile.write(b"235 ok\r\n" if given == server.account else b"535 no\r\n")
            elif word == b"DATA":
                self.wfile.write(b"354 go\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                server.mails.append(b"".join(lines))
                self.wfile.write(b"250 ok\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                server.said.append(line)
                self.wfile.write(b"250 ok\r\n")


@contextmanager
def smtp(account: list[bytes] | None = None) -> Iterator[Any]:
    with socketserver.TCPServer(("127.0.0.1", 0), SmtpDouble) as server:
        double: Any = server
        double.mails, double.said, double.account = [], [], account
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield double
        server.shutdown()
        thread.join()


@contextmanager
def sink(status: int = 204) -> Iterator[tuple[str, list[Any]]]:
    """Take JSON at a secret path and keep it."""
    posted: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append((self.path, json.loads(body)))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook/тайный-путь", posted
        server.shutdown()
        thread.join()


def mail(double: Any, **more: Any) -> Mail:
    values = {
        "tls": "none",
        "user": "",
        "password": "",
        "sender": "mi1c@example.ru",
        "to": ("a@example.ru", "b@example.ru"),
    }
    return Mail("127.0.0.1", double.server_address[1], **{**values, **more})


def test_a_mail_says_what_happened_what_to_do_and_what_is_over() -> None:
    with smtp() as double:
        mail(double).tell(NOTICE)
    (raw,) = double.mails
    message = message_from_bytes(raw, policy=policy.default)
    assert message["Subject"] == "МИ1С, probe: предупреждений 1, отбой 1"
    assert message["To"] == "a@example.ru, b@example.ru"
    text = message.get_content()
    assert "обмен запаздывает. Обмен stock запаздывает." in text
    assert "Что делать. Посмотрите." in text
    assert "отбой: заказы отложены. Отложено заказов: 3." in text
    assert b"RCPT TO:<b@example.ru>" in b"\n".join(double.said).replace(b"rcpt", b"RCPT")


def test_a_mail_signs_in_and_a_wrong_password_is_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    with smtp([b"mi1c", "Сокол-5".encode()]) as double:
        assert told(mail(double, user="mi1c", password="Сокол-5"), NOTICE) is False  # SMTP AUTH PLAIN takes ASCII only
    with smtp([b"mi1c", b"Falcon-5"]) as double:
        assert told(mail(double, user="mi1c", password="Falcon-5"), NOTICE)
        with caplog.at_level(logging.WARNING):
            assert told(mail(double, user="mi1c", password="Falcon-6"), NOTICE) is False
        assert len(double.mails) == 1
    assert "SMTPAuthenticationError" in caplog.text
    assert "Falcon" not in caplog.text


def test_a_webhook_posts_facts_for_programs() -> None:
    with sink() as (url, posted):
        Webhook(url).tell(NOTICE)
    ((_, body),) = posted
    assert body["link"] == "probe"
    assert body["subject"] == NOTICE.subject
    (raised,) = body["raised"]
    assert raised == {
        "id": 1,
        "kind": "late",
        "key": "stock",
        "said": LATE.said,
        "todo": LATE.todo,
        "facts": {"hours": 2},
        "raised_at": AT.isoformat(),
        "cleared_at": None,
    }
    assert body["cleared"][0]["cleared_at"] == AT.isoformat()


@pytest.mark.parametrize("status", [301, 400, 500])
def test_a_webhook_that_does_not_say_yes_failed_and_its_address_stays_secret(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with sink(status) as (url, _), caplog.at_level(logging.WARNING):
        assert told(Webhook(url), NOTICE) is False
    assert "webhook" in caplog.text
    assert "HTTPStatusError" in caplog.text
    assert "тайный" not in caplog.text
    assert "hook/" not in caplog.text


def test_nobody_there_is_a_failure_and_no_exception() -> None:
    with smtp() as double:
        closed = mail(double)
    assert told(closed, NOTICE) is False
    assert told(Webhook("http://127.0.0.1:9/x"), NOTICE) is False


def test_channels_are_those_that_the_settings_describe(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "MI1C_NOTIFY_BLOCKS": "slack-webhook/ops, custom-webhook/ours",
        "MI1C_MAIL_HOST": "mail",
        "MI1C_MAIL_TO": "a@example.ru, b@example.ru",
        "MI1C_WEBHOOK_URL": "https://hooks.example.ru/тайна-4417",
    }.items():
        monkeypatch.setenv(name, value)
    settings = ProcessSettings()
    assert settings.mail_to == ("a@example.ru", "b@example.ru")
    names = [each.name for each in channels(settings)]
    assert names == ["block slack-webhook/ops", "block custom-webhook/ours", "mail", "webhook"]
    assert "тайна-4417" not in repr(settings)
    assert channels(ProcessSettings(notify_blocks=(), mail_to=(), webhook_url="")) == []
