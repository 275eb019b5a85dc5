"""What all pages share: the database, the templates, short memories, and how a page is made."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy import select

from foundation.database import Database, LinkRow, utc_now
from foundation.errors import NotFound
from workplace import numbers
from workplace.guard import Proxy
from workplace.i18n import Lang, Words, lang_of
from workplace.names import EXCHANGES, order_word, state_word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from foundation.errors import MI1CError
    from workplace.access import Visitor
    from workplace.doing import Doing

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
LANG_COOKIE: Final = "mi1c_lang"
SAID_COOKIE: Final = "mi1c_said"
"""What the next page tells, once."""

T = TypeVar("T")


class Memory(Generic[T]):
    """Remembers values for some seconds; the oldest go when there are too many."""

    def __init__(self, seconds: float, most: int = 1_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._most, self._clock = seconds, most, clock
        self._known: dict[object, tuple[float, T]] = {}

    def get(self, key: object) -> T | None:
        """Return what is remembered and still fresh."""
        found = self._known.get(key)
        if found is None or found[0] < self._clock():
            return None
        return found[1]

    def put(self, key: object, value: T) -> T:
        """Remember a value and return it."""
        if len(self._known) >= self._most:
            for old in list(self._known)[: self._most // 2]:
                self._known.pop(old, None)
        self._known[key] = (self._clock() + self._seconds, value)
        return value

    def take(self, key: object, make: Callable[[], T]) -> T:
        """Return what is remembered, or make it."""
        found = self.get(key)
        return self.put(key, make()) if found is None else found

    def forget(self, *keys: object) -> None:
        """Forget some keys; all of them where none is named."""
        for key in keys or list(self._known):
            self._known.pop(key, None)


@dataclass
class Site:
    """The workplace over one database; ``doing`` is what reaches out to Prefect, 1C and the manufacturer."""

    database: Database
    doing: Doing
    proxy: Proxy = field(default_factory=Proxy)
    prefect_ui: str = ""
    clock: Callable[[], datetime] = utc_now
    seen: Memory[Visitor] = field(default_factory=lambda: Memory(5.0))
    figures: Memory[Any] = field(default_factory=lambda: Memory(60.0))
    queues: Memory[Any] = field(default_factory=lambda: Memory(10.0))

    def link_id(self, name: str) -> int:
        """Return the id of a link; raises NotFound."""
        found: int | None = self.figures.get(("link", name))
        if found is not None:
            return found
        with self.database.session() as session:
            known = session.execute(select(LinkRow.id).where(LinkRow.name == name)).scalar_one_or_none()
        if known is None:
            raise NotFound(
                f"Связи «{name}» нет.",
                en=f"There is no link {name!r}.",
                todo="Выберите связь из списка «Связи».",
                todo_en="Choose one of the list of links.",
            )
        self.figures.put(("link", name), known)
        return known

    def links(self) -> list[str]:
        """Return the names of all links."""

        def read() -> list[str]:
            with self.database.session() as session:
                return list(session.execute(select(LinkRow.name).order_by(LinkRow.name)).scalars())

        found: list[str] = self.queues.take("links", read)
        return found

    def run_url(self, run_id: str) -> str:
        """Return where Prefect shows a run; "" for what is no run of Prefect's."""
        looks_like = len(run_id) == 36 and run_id.count("-") == 4  # noqa: PLR2004 - a UUID
        return f"{self.prefect_ui}/runs/flow-run/{run_id}" if self.prefect_ui and looks_like else ""


class Here:
    """One request: who asks, in which language, about which link."""

    def __init__(self, request: Request, link: str = "") -> None:
        self.request = request
        self.site: Site = request.app.state.site
        self.visitor: Visitor | None = getattr(request.state, "visitor", None)
        self.lang: Lang = language(request)
        self.t = Words(self.lang)
        self.link = link
        self.link_id = self.site.link_id(link) if link else 0
        self.now = self.site.clock()

    @property
    def database(self) -> Database:
        """The database."""
        return self.site.database

    @property
    def author(self) -> str:
        """Whose name a change carries."""
        assert self.visitor is not None
        return self.visitor.name

    @property
    def partial(self) -> bool:
        """Whether htmx asks for a part of a page."""
        return self.request.headers.get("hx-request") == "true"

    def render(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
    ) -> HTMLResponse:
        """Return a page or a part of one."""
        said = "" if self.partial else self.said
        response = HTMLResponse(
            self.text(template, flash=said, **values), status_code=status, headers=dict(headers or {})
        )
        if said:
            response.delete_cookie(SAID_COOKIE, path="/")
        return response

    def text(self, template: str, **values: Any) -> str:
        """Return a template filled in."""
        made = (
            environment()
            .get_template(template)
            .render(
                here=self,
                t=self.t,
                lang=self.lang,
                visitor=self.visitor,
                link=self.link,
                links=self.site.links() if self.visitor else [],
                n=_Numbers(self.lang),
                exchange=_translated(self.t, EXCHANGES.get),
                state=_translated(self.t, state_word),
                order_state=_translated(self.t, order_word),
                asset=asset,
                **values,
            )
        )
        return str(made)

    def go(self, address: str, said: str = "") -> Response:
        """Send the browser to another page of ours, where ``said`` is told."""
        response = RedirectResponse(address, status_code=303)
        if said:
            response.set_cookie(SAID_COOKIE, said.encode().hex(), max_age=30, httponly=True, samesite="lax", path="/")
        return response

    @property
    def said(self) -> str:
        """What the page before wanted to be told here."""
        try:
            return bytes.fromhex(self.request.cookies.get(SAID_COOKIE, "")).decode()[:500]
        except ValueError:
            return ""

    def failed(self, error: MI1CError, status: int) -> HTMLResponse:
        """Return the page, or the part, that tells an error."""
        said, todo = self.t.error(error)
        faults = getattr(error, "faults", ())
        name = "parts/error.html" if self.partial else "error.html"
        return self.render(name, status=status, said=said, todo=todo, faults=faults, code=status)


def _translated(t: Words, named: Callable[[str], str | None]) -> Callable[[str], str]:
    """Return the function that names something in the language of ``t``."""

    def said(name: str) -> str:
        return t(named(name) or name)

    return said


class _Numbers:
    """The numbers of one language, for templates."""

    def __init__(self, lang: Lang) -> None:
        self._lang = lang

    def __getattr__(self, name: str) -> Callable[..., str]:
        made = getattr(numbers, name)
        if name in {"moment", "clock", "day", "iso"}:
            return made  # type: ignore[no-any-return]  # one of the functions of our own module
        return lambda *values: made(*values, self._lang)


def language(request: Request) -> Lang:
    """Return the language of a request: what the address says, else the cookie, else Russian."""
    return lang_of(request.query_params.get("lang") or request.cookies.get(LANG_COOKIE, ""))


@cache
def environment() -> Environment:
    """Return the templates; what they are filled with is escaped, and a missing value is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["markup"] = Markup
    return made


@cache
def asset(name: str) -> str:
    """Return the address of a file of ours, which changes when the file does."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
