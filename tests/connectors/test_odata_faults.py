"""Every failure of the reference is an error of our tree, says what to do, and carries no secret."""

from __future__ import annotations

import base64
import socket
import ssl
from typing import Any

import httpx
import pytest

from connectors.onec.odata import OneCAddress, Retry
from connectors.onec.odata.faults import LONGEST_ANSWER, Ask, listen, unanswered
from foundation.errors import (
    AccessDenied,
    Ambiguous,
    BadAnswer,
    Busy,
    Faults,
    MI1CError,
    NotFound,
    NotPublished,
    Refused,
    TooLarge,
    Unreachable,
)
from tests.connectors.odata_base import GOODS, PASSWORD, ROOT, STOCK, onec, refused

LOGIN = "<!DOCTYPE html><html><head><title>Вход</title></head><body><form><input type='password'></form></body></html>"
PAGE = "<html><head><title>Страница  провайдера</title></head><body>Реклама</body></html>"
TOKEN = base64.b64encode(f"Обмен:{PASSWORD}".encode()).decode()


def html(text: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=text.encode(), headers={"Content-Type": "text/html;charset=utf-8"})


def told(answer: httpx.Response, reading: Any = GOODS) -> MI1CError:
    """Return the error that a reading ends with, and check what all of them promise."""
    with (
        onec(lambda _: answer, retry=Retry(attempts=1)) as client,
        pytest.raises(MI1CError) as caught,
    ):
        client.read(reading)
    error = caught.value
    assert error.said
    assert error.todo
    assert error.en
    assert error.todo_en
    assert error.facts["address"] == ROOT
    for secret in (PASSWORD, TOKEN):
        assert secret not in f"{error!s} {error!r} {error.facts}"
    return error


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (refused(400, "1", "Не удалось разобрать строку"), Refused, "Не удалось разобрать"),
        (refused(400, "6", "Сегмент пути Поле не найден!"), NotPublished, "Сегмент пути Поле не найден"),
        (refused(400, "14", "Ошибка при разборе опции запроса $filter"), Refused, "$filter"),
        (refused(401, "20", "Нарушение прав доступа"), AccessDenied, "нет прав"),
        (httpx.Response(401), AccessDenied, "не приняла имя"),
        (html(LOGIN, 401), AccessDenied, "не приняла имя"),
        (html(PAGE, 403), AccessDenied, "запретил доступ"),
        (refused(404, "8", "Сущность не найдена"), NotPublished, "Catalog_Номенклатура"),
        (refused(404, "9", "Экземпляр сущности не найден"), NotFound, "нет такого объекта"),
        (
            httpx.Response(404, content=b"1C:Enterprise 8 application error: HTTP: Not found"),
            NotPublished,
            "нет интерфейса",
        ),
        (httpx.Response(405), Refused, "HTTP 405"),
        (httpx.Response(406), Busy, "нет свободного сеанса"),
        (httpx.Response(412), Refused, "изменили"),
        (httpx.Response(413), TooLarge, "длиннее"),
        (httpx.Response(414), TooLarge, "длиннее"),
        (httpx.Response(429), Busy, "нет свободного сеанса"),
        (refused(500, "-1", "Ошибка при выполнении обработчика - 'ПередЗаписью'"), Refused, "обработчика"),
        (refused(500, "-1", "Не указана лицензия на пиво"), Refused, "лицензия на пиво"),
        (html("<html><title>Не обнаружено свободной лицензии!</title></html>", 500), Busy, "нет свободного сеанса"),
        (httpx.Response(500, content="Начало сеанса с базой запрещено".encode()), Busy, "нет свободного сеанса"),
        (html(PAGE, 500), BadAnswer, "Страница провайдера"),
        (httpx.Response(500), BadAnswer, "HTTP 500"),
        (refused(501, "0", "Опция не поддерживается"), Refused, "не поддерживается"),
        (httpx.Response(502), Ambiguous, "HTTP 502"),
        (httpx.Response(503), Busy, "занята"),
        (httpx.Response(504), Ambiguous, "HTTP 504"),
        (html(LOGIN), AccessDenied, "страница входа"),
        (html(PAGE), BadAnswer, "веб-страница «Страница провайдера»"),
        (httpx.Response(200), BadAnswer, "пустотой"),
        (httpx.Response(200, content=b'{"value": [{"Ref_Key": "'), BadAnswer, "не читается"),
        (refused(200, "-1", "Ошибка с кодом 200"), Refused, "Ошибка с кодом 200"),
    ],
)
def test_answers(answer: httpx.Response, kind: type[MI1CError], words: str) -> None:
    error = told(answer)
    assert type(error) is kind
    assert words in str(error)


def test_an_unpublished_entity_comes_with_the_step_in_1c() -> None:
    """The operator reads the object's name as 1C's own list shows it."""
    error = told(refused(404, "8", "x"), STOCK)
    assert "Регистр накопления «ТоварыНаСкладах»" in error.todo
    assert "Настройка стандартного интерфейса OData" in error.todo
    assert error.facts["entity"] == "AccumulationRegister_ТоварыНаСкладах"
    assert error.facts["function"] == "Balance"


def test_a_missing_virtual_table_is_named() -> None:
    error = told(refused(400, "6", "Метод не найден"), STOCK)
    assert isinstance(error, NotPublished)
    assert "Balance" in error.said


@pytest.mark.parametrize(
    ("location", "kind", "shown"),
    [
        ("https://1c.example/ut?token=abc#x", BadAnswer, "«https://1c.example/ut»"),
        ("https://user:pass@1c.example/ut", BadAnswer, "«https://1c.example/ut»"),
        ("/elsewhere?token=abc", BadAnswer, "«/elsewhere»"),
        ("https://id.example/login?token=abc", AccessDenied, "страница входа"),
    ],
)
def test_a_redirect_is_told_without_its_query(location: str, kind: type[MI1CError], shown: str) -> None:
    error = told(httpx.Response(302, headers={"Location": location}))
    assert type(error) is kind
    assert shown in str(error)
    for secret in ("abc", "pass@"):
        assert secret not in str(error)


@pytest.mark.parametrize("secret", [PASSWORD, TOKEN])
def test_a_secret_that_comes_back_is_crossed_out(secret: str) -> None:
    error = told(refused(500, "-1", f"Заголовок {secret} не принят"))
    assert error.facts["answer"] == "Заголовок ••• не принят"


def test_a_long_answer_is_cut() -> None:
    error = told(refused(500, "-1", "я" * 5000))
    assert len(str(error.facts["answer"])) == LONGEST_ANSWER


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ('{"odata.error":{"code":"9","message":{"lang":"ru","value":"Нет"}}}', "9", "Нет"),
        ('{"error":{"code":6,"message":"Нет"}}', "6", "Нет"),
        ('\ufeff{"error":"Нет"}', "", "Нет"),
        ('{"something": 1}', "", ""),
        ('{"odata.error":{"code":"9"', "", ""),
        (
            '<m:error xmlns:m="urn:metadata"><m:code>8</m:code><m:message xml:lang="ru">Нет</m:message></m:error>',
            "8",
            "Нет",
        ),
        ('<?xml version="1.0"?><feed/>', "", ""),
        ("<", "", ""),
        ("", "", ""),
        ("просто\n текст", "", "просто текст"),
    ],
)
def test_any_error_body_is_read(body: str, code: str, text: str) -> None:
    said = listen(body.encode())
    assert (said.code, said.text) == (code, text)
    assert said.by_1c is bool(code)


def test_entities_in_an_error_body_are_not_resolved() -> None:
    body = '<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/hostname">]><error><code>1</code><message>&x;</message></error>'
    assert listen(body.encode()).text == "&x;"


def caused(error: httpx.TransportError, cause: BaseException) -> httpx.TransportError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (caused(httpx.ConnectError("x"), socket.gaierror(-2, "unknown")), Unreachable, "имя сервера не найдено"),
        (caused(httpx.ConnectError("x"), ConnectionRefusedError()), Unreachable, "не принимает соединения"),
        (caused(httpx.ConnectError("x"), ssl.SSLCertVerificationError()), BadAnswer, "Сертификату"),
        (httpx.ConnectTimeout("x"), Unreachable, "не ответил на соединение"),
        (httpx.PoolTimeout("x"), Unreachable, "не принимает"),
        (httpx.ReadTimeout("x"), Ambiguous, "не ответила за 60 с"),
        (httpx.WriteTimeout("x"), Ambiguous, "не ответила за 60 с"),
        (httpx.ReadError("x"), Ambiguous, "оборвалось"),
        (httpx.RemoteProtocolError("x"), Ambiguous, "оборвалось"),
    ],
)
def test_no_answer(error: httpx.TransportError, kind: type[MI1CError], words: str) -> None:
    """A read says that nothing changed; a write says that the object has to be looked up first."""
    read = unanswered(error, Ask(ROOT, timeout=60.0))
    write = unanswered(error, Ask(ROOT, "POST", timeout=60.0, writes=True))
    assert type(read) is type(write) is kind
    assert words in read.said
    if kind is Ambiguous:
        assert "надо найти в 1С" in write.todo
        assert "надо найти в 1С" not in read.todo


def test_all_faults_of_an_address_at_once() -> None:
    with pytest.raises(Faults) as caught:
        OneCAddress(
            "ftp://user:pass@host/ut?x=1",
            user="a:b",
            password=PASSWORD,
            page_rows=0,
            connections=99,
            timeout=0,
            connect_timeout=-1,
            paging="other",  # type: ignore[arg-type]  # what a settings file may hold
        )
    paths = [fault.path for fault in caught.value.faults]
    assert paths == ["url", "url", "url", "user", "page_rows", "connections", "timeout", "connect_timeout", "paging"]
    assert PASSWORD not in str(caught.value)
    assert "pass@" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "server/base", "http://", "http://host:port/ut", "http://[::1/ut", "http://h:0/ut"]
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(Faults):
        OneCAddress(url)


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("http://host/ut", "http://host/ut/odata/standard.odata"),
        ("http://host/ut/", "http://host/ut/odata/standard.odata"),
        (" https://host:8443/a/ut/odata/standard.odata/ ", "https://host:8443/a/ut/odata/standard.odata"),
        ("http://host/ut/OData/Standard.odata", "http://host/ut/odata/standard.odata"),
        ("http://host/ut/ru_RU/", "http://host/ut/odata/standard.odata"),
        ("http://сервер/ут", "http://сервер/ут/odata/standard.odata"),
    ],
)
def test_both_addresses_of_a_base_are_understood(url: str, root: str) -> None:
    assert OneCAddress(url).root == root


def test_the_password_is_hidden() -> None:
    assert PASSWORD not in repr(OneCAddress("http://host/ut", "Обмен", PASSWORD))


@pytest.mark.parametrize("values", [{"attempts": 0}, {"wait": -1}, {"timeout": -1.0}])
def test_a_policy_is_checked_when_it_is_made(values: dict[str, Any]) -> None:
    with pytest.raises(Faults):
        Retry(**values)
