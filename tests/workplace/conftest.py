"""The workplace over a seeded database, once a module's kind of database, and clients that are signed in."""

from __future__ import annotations

import asyncio
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from foundation.database import open_database, utc_now
from foundation.errors import Faults, Unreachable
from sandbox.world import build
from tests.conftest import missing
from tests.workplace.seeding import PASSWORD, seed
from tests.workplace.serving import serving
from workplace.app import create_app
from workplace.doing import Run
from workplace.guard import COOKIE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from fastapi import FastAPI
    from playwright.sync_api import Page

    from foundation.database import Database
    from sandbox.content import World

BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
CSRF = re.compile(r'data-csrf="([^"]+)"')


RUN = "11111111-2222-3333-4444-555555555555"


@dataclass
class Pretended:
    """Stands for Prefect: remembers what was asked for; ``away``: does not answer."""

    asked: list[tuple[str, ...]] = field(default_factory=list)
    away: bool = False
    states: list[str] = field(default_factory=lambda: ["RUNNING", "COMPLETED"])

    def _reach(self) -> None:
        if self.away:
            raise Unreachable("Prefect не отвечает.", en="Prefect does not answer.")

    def start(self, link: str, exchange: str, *, first: Callable[[str], object] | None = None) -> Run:
        self._reach()
        if first is not None:
            first(RUN)
        self.asked.append(("start", link, exchange))
        return Run(RUN, "SCHEDULED")

    def run(self, run_id: str) -> Run:
        self._reach()
        return Run(run_id, self.states.pop(0) if len(self.states) > 1 else self.states[0], "готово")

    def next_starts(self, link: str) -> dict[str, datetime]:
        del link
        return {}

    def wake(self, link: str) -> None:
        self._reach()
        self.asked.append(("wake", link))

    def pass_gate(self, link: str, gate: str, *, author: str, reason: str) -> None:
        if not reason:
            from foundation.errors import Fault

            raise Faults("Этап не пройден.", [Fault("reason", "не заполнено: основание", "empty")], en="Not passed.")
        self.asked.append(("pass", link, gate, author, reason))

    def start_pilot(self, link: str, *, by: str, force: bool, reason: str) -> None:
        self.asked.append(("pilot", link, by, str(force), reason))

    def stop_pilot(self, link: str, *, by: str) -> None:
        self.asked.append(("stop", link, by))


@pytest.fixture(scope="session")
def world() -> World:
    """Build the sandbox's world."""
    return build(1, 1)


@pytest.fixture(scope="session")
def seeded_template(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, world: World) -> Path:
    """Return a SQLite file with everything that pages show, to be copied."""
    path = tmp_path_factory.mktemp("seeded") / "mi1c.sqlite"
    shutil.copyfile(sqlite_template, path)
    with closing(open_database(f"sqlite:///{path}")) as database:
        seed(database, world)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def seeded(tmp_path: Path, seeded_template: Path) -> Iterator[Database]:
    """Open a seeded database of the test's own."""
    path = tmp_path / "seeded.sqlite"
    shutil.copyfile(seeded_template, path)
    with closing(open_database(f"sqlite:///{path}")) as opened:
        yield opened


@pytest.fixture
def doing() -> Pretended:
    """Stand for Prefect."""
    return Pretended()


@pytest.fixture
def app(seeded: Database, doing: Pretended) -> FastAPI:
    """Make the workplace over the seeded database."""
    return create_app(seeded, doing=doing, prefect_ui="http://127.0.0.1:4200")


class Browser:
    """A client of the application that keeps its cookies and, signed in, sends its token with what it changes."""

    def __init__(self, app: FastAPI, login: str = "", host: str = "127.0.0.1") -> None:
        self.app, self.host, self.csrf = app, host, ""
        self.cookies = httpx.Cookies()
        if login:
            answer = self.post("/login", data={"login": login, "password": PASSWORD}, token=False)
            assert answer.status_code == 303, answer.text
            found = CSRF.search(self.get("/links").text)
            assert found is not None
            self.csrf = found[1]

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=(self.host, 1))
            async with httpx.AsyncClient(
                transport=transport, base_url="http://workplace", cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, **more)
                self.cookies = client.cookies
                return answer

        # A thread of its own: where a browser is open, this one has an event loop already.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, asked()).result()

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, *, token: bool = True, **more: Any) -> httpx.Response:
        headers = {"x-csrf": self.csrf} if token and self.csrf else {}
        return self.ask("POST", path, headers={**headers, **more.pop("headers", {})}, **more)


@pytest.fixture
def sign_in(app: FastAPI) -> Callable[[str], Browser]:
    """Return a function that signs somebody in."""
    return lambda login: Browser(app, login)


@pytest.fixture
def operator(app: FastAPI) -> Browser:
    """Sign an operator in."""
    return Browser(app, "ivanova")


# -- a real browser ----------------------------------------------------------------------------------------------------


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """Serve the workplace over the seeded database; gives its address."""
    with serving(app) as at:
        yield at


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start the system's Chromium."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing("no Chromium on this machine")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=BROWSER)
        yield started
        started.close()


@pytest.fixture
def tab_of(browser: Any, address: str, seeded: Database) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a tab of a user of its own who is signed in."""
    contexts = []

    def opened(login: str, width: int = 1280) -> Page:
        from sqlalchemy import select

        from workplace.access import open_session
        from workplace.tables import UserRow

        with seeded.begin() as session:
            user = session.execute(select(UserRow).where(UserRow.login == login)).scalar_one()
            token, _ = open_session(session, user, utc_now())
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="ru-RU")
        context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        contexts.append(context)
        page: Page = context.new_page()
        page.set_default_timeout(20_000)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def operator_tab(tab_of: Callable[..., Page]) -> Page:
    """Open a tab of an operator."""
    return tab_of("ivanova")
