"""Every page is there in both languages, for whoever may see it and nobody else; headers, errors, links to Prefect."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import workplace
from tests.workplace.conftest import RUN, Browser
from workplace.access import Role
from workplace.guard import HEADERS
from workplace.i18n import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.workplace.conftest import Pretended

L = "/links/probe"
PAGES = [
    "/links",
    L,
    f"{L}/rollout",
    f"{L}/matching/goods",
    f"{L}/matching/goods?queue=done",
    f"{L}/matching/goods?queue=conflict&text=молоко&least=50&order=chance",
    f"{L}/matching/goods?text=нетничего",
    f"{L}/matching/units",
    f"{L}/matching/outlets",
    f"{L}/matching/counterparties",
    f"{L}/matching/goods/batch",
    f"{L}/matching/goods/audit",
    f"{L}/matching/goods/file",
    f"{L}/orders",
    f"{L}/orders?tab=all&text=нет",
    f"{L}/orders/1",
    f"{L}/orders/2",
    f"{L}/ledger",
    f"{L}/ledger?exchange=stock&state=failed",
    f"{L}/parcels/1",
    f"{L}/messages/1",
    f"{L}/confirmations",
    f"{L}/confirmations/21",
    f"{L}/totals",
    f"{L}/totals/shipments/2026-11-23",
    f"{L}/totals/shipments/2020-01-01",
]
TEMPLATES = Path(workplace.__file__).parent / "templates"
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_there_in_both_languages(operator: Browser, path: str) -> None:
    for lang in ("ru", "en"):
        answer = operator.get(path, headers={"cookie": _cookies(operator, lang)})
        assert answer.status_code == 200, answer.text[:600]
        assert f'<html lang="{lang}">' in answer.text
        assert re.search(r"\bundefined\b|\{\{|None</|\bNone\b", answer.text) is None


def _cookies(browser: Browser, lang: str) -> str:
    known = {**dict(browser.cookies), "mi1c_lang": lang}
    return "; ".join(f"{name}={value}" for name, value in known.items())


def routes(app: FastAPI) -> list[Any]:
    """Return the routes of the application, those of included routers too."""
    found: list[Any] = []
    pending = list(app.routes)
    while pending:
        route = pending.pop()
        inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None)
        if inner:
            pending += inner
        else:
            found.append(route)
    return found


def filled(path: str) -> str:
    values = {
        "link": "probe",
        "what": "goods",
        "exchange": "stock",
        "gate": "goods",
        "day": "2026-11-23",
        "name": "app.css",
    }
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "1"), path)


def test_every_route_has_a_role_and_lets_nobody_else_in(app: FastAPI) -> None:
    """The walk is over what is really served: a page added without a role fails here."""
    stranger = Browser(app)
    listed = routes(app)
    assert len(listed) > 30
    for route in listed:
        role = (route.openapi_extra or {}).get("role")
        assert role in {*(each.value for each in Role), "metrics"}, route.path
        (method,) = route.methods - {"HEAD"}
        if role in {"public", "metrics"}:
            assert route.path in {"/health", "/metrics", "/login", "/language", "/static/{name}"}
            continue
        answer = stranger.ask(method, filled(route.path))
        assert answer.status_code == 303, route.path
        assert answer.headers["location"].startswith("/login")
        assert method == "GET" or role in {"operator", "admin"} or route.path == "/logout"


def test_what_changes_something_asks_for_the_token_and_for_the_right(
    app: FastAPI, sign_in: Callable[[str], Browser]
) -> None:
    guest, operator = sign_in("guest"), sign_in("ivanova")
    for route in routes(app):
        role = (route.openapi_extra or {}).get("role")
        if "POST" not in route.methods or role == "public":
            continue
        path = filled(route.path)
        if route.path != "/logout":
            assert guest.post(path).status_code == 403, path
        refused = operator.post(path, token=False)
        assert refused.status_code == 403, path
        if role == "admin":
            assert operator.post(path).status_code == 403
            assert "admin" in operator.post(path).text


def test_forged_requests_are_refused(operator: Browser) -> None:
    path = f"{L}/run/stock"
    for headers in (
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"x-csrf": "wrong"},
    ):
        answer = operator.post(path, headers=headers)
        assert answer.status_code == 403
        assert "ничего не изменено" in answer.text
    assert operator.post(path, headers={"origin": "http://workplace"}).status_code == 200


def test_answers_carry_the_security_headers(operator: Browser, app: FastAPI) -> None:
    asked = [operator.get(L), Browser(app).get("/login"), Browser(app).get("/health"), operator.get("/nothing")]
    for answer in asked:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
    assert "no-store" in asked[0].headers["cache-control"]
    assert "unsafe" not in HEADERS["content-security-policy"]


def test_no_page_has_a_script_or_a_style_of_its_own(operator: Browser) -> None:
    """The policy would stop it; here it is told before a browser does."""
    for path in PAGES:
        text = operator.get(path).text
        assert re.search(r"<script(?![^>]*\bsrc=)", text) is None, path
        assert re.search(r"\sstyle=|<style|\son\w+=|javascript:", text) is None, path


def test_files_are_ours_only(app: FastAPI) -> None:
    stranger = Browser(app)
    for name, kind in (("app.css", "text/css"), ("app.js", "javascript"), ("htmx-2.0.11.min.js", "javascript")):
        answer = stranger.get(f"/static/{name}")
        assert answer.status_code == 200
        assert kind in answer.headers["content-type"]
        assert "immutable" in answer.headers["cache-control"]
    for name in ("..%2fapp.py", "htmx-LICENSE.txt", "nothing.css", "%2e%2e/app.py"):
        assert stranger.get(f"/static/{name}").status_code == 404


def test_errors_are_pages_that_say_what_to_do(operator: Browser) -> None:
    for path, status, said in (
        ("/links/nowhere", 404, "Связи «nowhere» нет."),
        (f"{L}/parcels/99999", 404, "в журнале нет"),
        (f"{L}/parcels/many", 400, "заполнены неверно"),
        (f"{L}/matching/cars", 404, "раздела сопоставления нет"),
        (f"{L}/orders/99999", 404, "Такого заказа нет."),
        (f"{L}/totals/shipments/2026-99-99", 404, "Такого дня нет."),
        ("/nothing", 404, "Такой страницы нет."),
    ):
        answer = operator.get(path, headers={"accept": "text/html"})
        assert answer.status_code == status, path
        assert said in answer.text, path
        assert 'role="alert"' in answer.text


def test_a_part_tells_its_error_as_a_part(operator: Browser) -> None:
    answer = operator.get(f"{L}/parcels/99999", headers={"hx-request": "true"})
    assert answer.status_code == 404
    assert "<html" not in answer.text
    assert "data-said" in answer.text


def test_a_parcel_of_another_link_is_not_shown(operator: Browser, app: FastAPI) -> None:
    from ledger.parcels import Ledger
    from ledger.values import NewMessage

    other = Ledger(app.state.site.database, "other").prepare("stock", "r", [NewMessage("S", "<x/>", 1)])
    assert operator.get(f"/links/other/parcels/{other.id}").status_code == 200
    for path in (f"{L}/parcels/{other.id}", f"{L}/confirmations/{other.id}", f"{L}/messages/{28}"):
        assert operator.get(path).status_code == 404, path


def test_every_sentence_of_the_templates_has_its_english_one() -> None:
    missing = []
    for path in TEMPLATES.rglob("*.html"):
        for inside in re.findall(r"\{[{%](.*?)[}%]\}", path.read_text("utf-8"), re.DOTALL):
            missing += [
                said for said in re.findall(r"'([^']*)'", inside) if CYRILLIC.search(said) and said not in ENGLISH
            ]
    assert [said for said in missing if said != "посылка"] == []


def test_english_sentences_keep_the_places_of_the_russian_ones() -> None:
    places = re.compile(r"\{\w+\}")
    for russian, english in ENGLISH.items():
        assert sorted(places.findall(russian)) == sorted(places.findall(english)), russian
        assert english, russian


def test_the_language_is_kept_and_leads_nowhere_else(operator: Browser) -> None:
    answer = operator.get("/language?to=en&next=/links")
    assert (answer.status_code, answer.headers["location"]) == (303, "/links")
    assert '<html lang="en">' in operator.get("/links").text
    for elsewhere in ("http://evil.example", "//evil.example", "/\\evil.example"):
        assert operator.get("/language", params={"to": "ru", "next": elsewhere}).headers["location"] == "/"
    assert '<html lang="ru">' in operator.get("/links").text


# -- exchanges ---------------------------------------------------------------------------------------------------------


def test_an_exchange_is_started_and_followed_until_it_ends(operator: Browser, doing: Pretended) -> None:
    answer = operator.post(f"{L}/run/stock")
    assert doing.asked == [("start", "probe", "stock")]
    assert "ждёт исполнителя" in answer.text
    assert 'href="http://127.0.0.1:4200/runs/flow-run/11111111-2222-3333-4444-555555555555"' in answer.text
    follow = re.search(r'hx-get="([^"]+)" hx-trigger="every 2s"', answer.text)
    assert follow is not None
    going = operator.get(follow[1])
    assert "выполняется" in going.text
    assert "every 2s" in going.text
    done = operator.get(follow[1])
    assert "выполнен" in done.text
    assert "every 2s" not in done.text
    assert "Запустить обмен" in done.text


def test_without_prefect_the_button_says_so(operator: Browser, doing: Pretended) -> None:
    doing.away = True
    answer = operator.post(f"{L}/run/stock")
    assert "не запущен" in answer.text
    assert "Prefect не отвечает." in answer.text


def test_a_viewer_sees_no_button(sign_in: Callable[[str], Browser]) -> None:
    guest = sign_in("guest")
    text = guest.get(L).text
    assert "Запустить обмен" not in text
    assert "нужна роль operator" in text
    assert "Подтвердить" not in guest.get(f"{L}/matching/goods").text


def test_sending_again_asks_twice_and_names_who(operator: Browser, app: FastAPI, doing: Pretended) -> None:
    from ledger import reading

    newest = reading.summary(app.state.site.database, "probe")["shipments"]
    path = f"{L}/parcels/{newest.id}/resend"
    assert operator.post(path).status_code == 404
    assert doing.asked == []
    answer = operator.post(path, data={"sure": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{L}/parcels/{newest.id}")
    assert doing.asked == [("start", "probe", "shipments")]
    assert reading.parcel(app.state.site.database, newest.id).run_id == RUN, "another run would prepare it anew"
    (message,) = reading.messages(app.state.site.database, newest.id)
    notes = [event.note for event in reading.events(app.state.site.database, message.id)]
    assert "повтор по требованию: Иванова А." in notes
    assert operator.post(f"{L}/parcels/1/resend", data={"sure": "1"}).status_code == 409, "an older one must not go"


def test_without_prefect_nothing_is_marked_to_be_sent_again(operator: Browser, app: FastAPI, doing: Pretended) -> None:
    from ledger import reading

    newest = reading.summary(app.state.site.database, "probe")["shipments"]
    doing.away = True
    answer = operator.post(f"{L}/parcels/{newest.id}/resend", data={"sure": "1"})
    assert answer.status_code >= 400
    assert "Prefect не отвечает" in answer.text
    assert reading.parcel(app.state.site.database, newest.id) == newest


def test_a_message_is_a_table_with_pages(operator: Browser) -> None:
    text = operator.get(f"{L}/messages/1").text
    assert "<th>WareId</th>" in text
    assert "Показаны строки 1–100 из 160" in text
    more = operator.get(f"{L}/messages/1?dataset=CRMWhBalanceLine&first=100").text
    assert "<td>159.5</td>" in more
    assert "Показаны строки 101–160 из 160" in more
    file = operator.get(f"{L}/messages/1/text")
    assert file.headers["content-disposition"] == 'attachment; filename="message-1.xml"'
    assert file.text.startswith("<?xml")


def test_the_list_of_parcels_goes_on(operator: Browser, app: FastAPI) -> None:
    from ledger.parcels import Ledger

    ledger = Ledger(app.state.site.database, "probe")
    for number in range(30):
        ledger.received("goods", f"run-{number}", "CRMWare", "<x/>", number)
    first = operator.get(f"{L}/ledger").text
    more = re.search(r'hx-get="([^"]+)"', first)
    assert more is not None
    rest = operator.get(more[1].replace("&amp;", "&"), headers={"hx-request": "true"}).text
    assert "<html" not in rest
    numbers = [int(number) for number in re.findall(rf'href="{L}/parcels/(\d+)"', first + rest)]
    assert numbers == sorted(set(numbers), reverse=True)
    assert numbers[-1] == 1


# -- rollout, confirmations --------------------------------------------------------------------------------------------


def test_a_gate_is_passed_with_a_reason_only(operator: Browser, doing: Pretended) -> None:
    refused = operator.post(f"{L}/rollout/gates/stock", data={"reason": ""})
    assert refused.status_code == 400
    assert "не заполнено: основание" in refused.text
    done = operator.post(f"{L}/rollout/gates/stock", data={"reason": "Сидорова подтвердила 24.11"})
    assert done.status_code == 303
    assert doing.asked == [("pass", "probe", "stock", "Иванова А.", "Сидорова подтвердила 24.11")]
    assert operator.post(f"{L}/rollout/gates/nothing", data={"reason": "x"}).status_code == 400


def test_the_pilot_is_the_admins(sign_in: Callable[[str], Browser], doing: Pretended) -> None:
    admin = sign_in("admin")
    assert admin.post(f"{L}/pilot/start", data={"force": "1", "reason": "сезон"}).status_code == 303
    assert admin.post(f"{L}/pilot/stop").status_code == 303
    assert doing.asked == [("pilot", "probe", "Администратор", "True", "сезон"), ("stop", "probe", "Администратор")]


def test_a_word_is_written_down_with_its_author(operator: Browser, app: FastAPI) -> None:
    from ledger.confirmations import confirmations
    from ledger.verdicts import Verdict

    database = app.state.site.database
    (waiting,) = confirmations(database, link="probe", states=[Verdict.WAITING])
    path = f"{L}/confirmations/{waiting.parcel_id}"
    refused = operator.post(path, data={"verdict": "remarks", "by": "", "at": "вчера", "remark": ""})
    assert refused.status_code == 400
    for fault in ("укажите, кто ответил", "время пишется как", "запишите замечание"):
        assert fault in refused.text
    assert 'value="вчера"' in refused.text, "what was typed is not lost"
    done = operator.post(path, data={"verdict": "accepted", "by": "Сидорова", "at": "24.11.2026 10:00", "remark": ""})
    assert (done.status_code, done.headers["location"]) == (303, f"{L}/confirmations")
    (said,) = [each for each in confirmations(database, link="probe") if each.parcel_id == waiting.parcel_id]
    assert (said.state, said.said_by, said.author) == (Verdict.ACCEPTED, "Сидорова", "Иванова А.")
    assert "слово производителя записано" in operator.get(f"{L}/confirmations").text
    again = operator.post(path, data={"verdict": "refused", "by": "Сидорова", "remark": "нет"})
    assert again.status_code == 400
    assert "слово уже записано" in again.text


# -- orders, totals ----------------------------------------------------------------------------------------------------


def test_orders_say_why_they_wait_and_what_would_free_them(operator: Browser) -> None:
    text = operator.get(f"{L}/orders").text
    assert "не сопоставлен с нашим" in text
    assert "Что освободит больше всего" in text
    assert re.search(rf'href="{L}/matching/goods\?about=[^"]+"', text)
    one = operator.get(f"{L}/orders/1").text
    assert "отложен" in one
    assert "Документ 1С" in one


def test_days_that_differ_are_told(operator: Browser) -> None:
    text = operator.get(f"{L}/totals").text
    assert "расходится" in text
    assert "отгрузки сходятся" not in text
    day = operator.get(f"{L}/totals/shipments/2026-11-24").text
    assert "будет добавлен" in day
    assert "у производителя" in operator.get(f"{L}/totals/shipments/2026-11-23").text
