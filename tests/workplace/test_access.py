"""Who may use the workplace: users, passwords, lockout, sessions that end, a proxy's word and who may give it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from foundation.errors import AccessDenied, Faults, NotFound, Occupied
from mi1c.cli import run as mi1c
from tests.workplace.conftest import Browser
from tests.workplace.seeding import NOW, PASSWORD
from workplace import access
from workplace.access import IDLE, LONGEST, PAUSE, TRIES, Role, add_user, remove_user, sign_in, sign_out, users, visitor
from workplace.app import create_app
from workplace.guard import Proxy
from workplace.tables import FailureRow, SessionRow, UserRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from foundation.database import Database


class Clock:
    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, step: timedelta) -> None:
        self.at += step


def add(database: Database, login: str = "ivanova", role: Role = Role.OPERATOR, password: str = PASSWORD) -> None:
    with database.begin() as session:
        add_user(session, login, role, password=password)


def test_a_user_is_added_listed_and_removed(database: Database) -> None:
    add(database)
    with database.session() as session:
        (found,) = users(session)
    assert (found.login, found.name, found.role, found.has_password) == ("ivanova", "ivanova", Role.OPERATOR, True)
    with database.session() as session:
        kept = session.execute(select(UserRow.password_hash)).scalar_one()
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    with pytest.raises(Occupied, match="уже есть"):
        add(database)
    token, _ = sign_in(database, "ivanova", PASSWORD, "here")
    with database.begin() as session:
        remove_user(session, "ivanova")
    assert visitor(database, token) is None
    with pytest.raises(NotFound), database.begin() as session:
        remove_user(session, "ivanova")


def test_all_faults_of_a_new_user_are_told_at_once(database: Database) -> None:
    with pytest.raises(Faults) as raised, database.begin() as session:
        add_user(session, "имя с пробелом", Role.PUBLIC, password="короткий")
    assert [fault.path for fault in raised.value.faults] == ["login", "role", "password"]


def test_a_wrong_password_tells_nothing_of_the_name(database: Database) -> None:
    add(database)
    add(database, "proxied", password="")
    said = set()
    for login, password in (("ivanova", "не тот пароль"), ("nobody", PASSWORD), ("proxied", PASSWORD), ("proxied", "")):
        with pytest.raises(AccessDenied) as raised:
            sign_in(database, login, password, "here")
        said.add(raised.value.russian)
    assert len(said) == 1


def test_after_failures_even_the_right_password_waits(database: Database) -> None:
    add(database)
    clock = Clock()
    for _ in range(TRIES):
        with pytest.raises(AccessDenied, match="Неверное"):
            sign_in(database, "ivanova", "нет", "10.0.0.1", clock=clock)
    with pytest.raises(AccessDenied, match="Слишком много"):
        sign_in(database, "ivanova", PASSWORD, "10.0.0.1", clock=clock)
    assert sign_in(database, "ivanova", PASSWORD, "10.0.0.2", clock=clock), "another address is not locked out"
    clock.forward(PAUSE + timedelta(seconds=1))
    assert sign_in(database, "ivanova", PASSWORD, "10.0.0.1", clock=clock)
    with database.session() as session:
        assert session.execute(select(FailureRow)).all() == []


def test_many_addresses_do_not_help_to_guess(database: Database) -> None:
    add(database)
    clock = Clock()
    for number in range(3 * TRIES):
        with pytest.raises(AccessDenied, match="Неверное"):
            sign_in(database, "ivanova", "нет", f"10.0.0.{number}", clock=clock)
    with pytest.raises(AccessDenied, match="Слишком много"):
        sign_in(database, "ivanova", PASSWORD, "10.0.1.1", clock=clock)


def test_a_session_ends_when_it_is_idle_or_old_or_left(database: Database) -> None:
    add(database)
    clock = Clock()
    token, opened = sign_in(database, "ivanova", PASSWORD, "here", clock=clock)
    with database.session() as session:
        keys = session.execute(select(SessionRow.key)).scalars().all()
    assert token not in keys, "who reads the database cannot sign in with it"
    for _ in range(30):
        clock.forward(timedelta(hours=5))
        assert visitor(database, token, clock=clock) == opened
    clock.forward(IDLE + timedelta(seconds=1))
    assert visitor(database, token, clock=clock) is None
    token, opened = sign_in(database, "ivanova", PASSWORD, "here", clock=clock)
    with database.session() as session:
        assert len(session.execute(select(SessionRow)).all()) == 1, "ended sessions are swept out"
    until = clock.at + LONGEST
    while clock.at < until:
        assert visitor(database, token, clock=clock) is not None
        clock.forward(timedelta(hours=11))
    assert visitor(database, token, clock=clock) is None
    token, opened = sign_in(database, "ivanova", PASSWORD, "here", clock=clock)
    sign_out(database, opened.key)
    assert visitor(database, token, clock=clock) is None
    assert visitor(database, "") is None
    assert visitor(database, "wrong") is None


def test_roles_are_in_order() -> None:
    ranks = [role.rank for role in (Role.PUBLIC, Role.VIEWER, Role.OPERATOR, Role.ADMIN)]
    assert ranks == sorted(ranks)
    assert set(access.TITLES) == set(access.ROLES)


# -- over HTTP ---------------------------------------------------------------------------------------------------------


def test_signing_in_and_out(seeded: Database) -> None:
    browser = Browser(create_app(seeded))
    answer = browser.get("/links/probe/orders?tab=all")
    assert answer.headers["location"] == "/login?next=/links/probe/orders%3Ftab%3Dall"
    wrong = browser.post("/login", data={"login": "ivanova", "password": "нет", "next": "/links"})
    assert wrong.status_code == 403
    assert "Неверное имя или пароль." in wrong.text
    assert 'value="ivanova"' in wrong.text
    right = browser.post("/login", data={"login": "ivanova", "password": PASSWORD, "next": "/links"})
    assert (right.status_code, right.headers["location"]) == (303, "/links")
    cookie = right.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    text = browser.get("/links").text
    browser.csrf = text.split('data-csrf="')[1].split('"')[0]
    assert browser.post("/logout").headers["location"] == "/login"
    assert browser.get("/links").status_code == 303


def test_the_way_back_leads_nowhere_else(seeded: Database) -> None:
    browser = Browser(create_app(seeded))
    data = {"login": "ivanova", "password": PASSWORD, "next": "https://evil.example"}
    assert browser.post("/login", data=data).headers["location"] == "/"


def test_another_sites_form_does_not_sign_in(seeded: Database) -> None:
    browser = Browser(create_app(seeded))
    data = {"login": "ivanova", "password": PASSWORD}
    assert browser.post("/login", data=data, headers={"origin": "http://evil.example"}).status_code == 403


PROXY = Proxy("X-Remote-User", ("10.0.0.5",))


def test_the_proxys_word_counts_from_its_address_only(seeded: Database) -> None:
    app = create_app(seeded, proxy=PROXY)
    told = {"x-remote-user": "ivanova"}
    trusted, other = Browser(app, host="10.0.0.5"), Browser(app, host="10.0.0.6")
    first = trusted.get("/links", headers=told)
    assert first.status_code == 200
    assert "Иванова А." in first.text
    assert "httponly" in first.headers["set-cookie"].lower()
    assert other.get("/links", headers=told).status_code == 303
    assert trusted.get("/links").status_code == 303, "the proxy signed her out: the cookie alone is not enough"
    unknown = trusted.get("/links", headers={"x-remote-user": "stranger"})
    assert unknown.status_code == 403
    assert "не заведён" in unknown.text


def test_the_proxys_users_need_the_token_too(seeded: Database) -> None:
    app = create_app(seeded, proxy=PROXY)
    trusted = Browser(app, host="10.0.0.5")
    told = {"x-remote-user": "ivanova"}
    text = trusted.get("/links", headers=told).text
    path = "/links/probe/matching/goods/undo"
    assert trusted.post(path, headers=told).status_code == 403
    trusted.csrf = text.split('data-csrf="')[1].split('"')[0]
    assert trusted.post(path, headers=told).status_code == 409, "nothing to undo, but the request was hers"


def test_a_session_that_came_by_https_goes_by_https_only(seeded: Database) -> None:
    app = create_app(seeded, proxy=PROXY)
    data = {"login": "ivanova", "password": PASSWORD}
    by_https = {"x-forwarded-proto": "https"}
    trusted, other = Browser(app, host="10.0.0.5"), Browser(app, host="10.0.0.6")
    assert "; secure" in trusted.post("/login", data=data, headers=by_https).headers["set-cookie"].lower()
    assert "; secure" not in other.post("/login", data=data, headers=by_https).headers["set-cookie"].lower()
    told = {"x-remote-user": "petrov", **by_https}
    assert "; secure" in Browser(app, host="10.0.0.5").get("/links", headers=told).headers["set-cookie"].lower()


def test_another_name_from_the_proxy_is_another_session(seeded: Database) -> None:
    trusted = Browser(create_app(seeded, proxy=PROXY), host="10.0.0.5")
    assert "Иванова А." in trusted.get("/links", headers={"x-remote-user": "ivanova"}).text
    assert "Петров Б." in trusted.get("/links", headers={"x-remote-user": "petrov"}).text


# -- from a terminal ---------------------------------------------------------------------------------------------------


def test_users_from_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MI1C_DATA", str(tmp_path))
    monkeypatch.setenv("MI1C_USER_PASSWORD", PASSWORD)
    assert mi1c(["user", "list"]) == 0
    assert "Заведите первого" in capsys.readouterr().out
    assert mi1c(["user", "add", "ivanova", "--role", "operator", "--name", "Иванова А."]) == 0
    assert mi1c(["user", "add", "proxied", "--role", "viewer", "--no-password"]) == 0
    assert mi1c(["user", "add", "x", "--role", "god"]) == 2
    capsys.readouterr()
    assert mi1c(["user", "list", "--json"]) == 0
    said = capsys.readouterr().out
    assert '"login": "ivanova"' in said
    assert "argon2" not in said
    assert mi1c(["user", "remove", "ivanova"]) == 0
    assert mi1c(["user", "remove", "ivanova"]) == 2


def test_a_password_is_asked_for_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MI1C_DATA", str(tmp_path))
    monkeypatch.delenv("MI1C_USER_PASSWORD", raising=False)
    answers = iter([PASSWORD, "другой", PASSWORD, PASSWORD])
    ask: Callable[[str], str] = lambda _: next(answers)  # noqa: E731 - as short as that
    monkeypatch.setattr("getpass.getpass", ask)
    assert mi1c(["user", "add", "a", "--role", "admin"]) == 2
    assert mi1c(["user", "add", "a", "--role", "admin"]) == 0
