"""The published base: the web server around the interface, with its users, sessions and control pages.

Control pages, for tests and people: ``GET /_sandbox/balances`` (totals of every register by dimensions, exact decimals
as strings) and ``GET /_sandbox/objects/SET``.
"""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from sandbox.http import Double, Request, Response
from sandbox.onec import atom, rendering
from sandbox.onec.address import split
from sandbox.onec.configuration import load
from sandbox.onec.errors import Refusal
from sandbox.onec.interface import Call, Interface
from sandbox.onec.query.options import parse_options, representation
from sandbox.onec.schema import Configuration
from sandbox.onec.sessions import Pool
from sandbox.onec.settings import Settings
from sandbox.onec.store import Store
from sandbox.onec.values import number_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from sandbox.content import BaseContent

_UNCARRIED: Final = frozenset("?+\\")
"""Signs that no web server passes on inside a path, however they are encoded."""


class OneC(Double):
    """A 1C base with its OData interface; see :class:`sandbox.onec.settings.Settings` for what can be set.

    ``store`` is the data, for tests: ``store.balance("ТоварыНаСкладах")``, ``store.object(set, reference)``.
    """

    name = "1C"

    def __init__(
        self,
        configuration: Path | str | Mapping[str, Any] | Configuration,
        content: BaseContent | None = None,
        *,
        unpublished: Collection[str] = (),
        **settings: Any,
    ) -> None:
        super().__init__()
        self.settings = Settings(**settings)
        if not isinstance(configuration, Configuration):
            configuration = load(configuration, unpublished=unpublished)
        self.configuration = configuration
        self.store = Store(configuration, content or {}, stored_order=self.settings.stored_order)
        self.root = f"/{self.settings.publication}/odata/standard.odata"
        self.pool = Pool(
            self.settings.pool_size,
            self.settings.session_max_age,
            self.settings.ticks,
            ignore_start=self.settings.ignore_session,
        )
        self._interface = Interface(configuration, self.store, self.settings)
        self._starting = threading.Lock()
        self._started = self.settings.cold_start_seconds <= 0

    def handle(self, request: Request) -> Response:
        """Answer one request as the web server and 1C behind it do."""
        path = unquote(request.path)
        if len(request.path) + len(request.query) > self.settings.url_limit:
            return _page(414, "Request-URI Too Long")
        if not self.settings.enabled or not (path + "/").startswith(self.root + "/"):
            return Response(404, b"1C:Enterprise 8 application error:\r\nHTTP: Not found", "text/plain")
        tail = path.removeprefix(self.root)
        if _UNCARRIED & set(tail) or any(sign < " " for sign in tail):
            return _page(400, "Bad Request")
        self._warm_up()
        user = self._user(request.headers.get("authorization", ""))
        if user is None:
            page = _page(401, "Unauthorized")
            page.headers["WWW-Authenticate"] = 'Basic realm="1C:Enterprise 8"'
            return page
        return self._answer(request, tail, user)

    def _answer(self, request: Request, tail: str, user: str) -> Response:
        accept = request.headers.get("accept", "")
        try:
            with self.pool.place(request.headers.get("ibsession", ""), _cookie(request)) as session:
                response = self._interface.answer(
                    Call(
                        method=request.method,
                        segments=split(tail),
                        options=parse_options(request.query, accept),
                        headers=request.headers,
                        body=request.body,
                        user=user,
                        root=f"http://{request.headers.get('host', 'localhost')}{self.root}",
                    )
                )
                if session:
                    response.headers["Set-Cookie"] = f"ibsession={session}; path={self.root}; HttpOnly"
        except Refusal as refusal:
            return _refused(refusal, json=representation(request.query, accept)[0])
        response.headers["DataServiceVersion"] = "3.0"
        return response

    def _warm_up(self) -> None:
        if not self._started:
            with self._starting:
                if not self._started:
                    self.settings.sleep(self.settings.cold_start_seconds)
                    self._started = True

    def _user(self, header: str) -> str | None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            # UTF-8 and nothing else: a name in another encoding is another name.
            user, _, password = base64.b64decode(token, validate=True).decode("utf-8").partition(":")
        except ValueError:  # no Base64, or bytes that are no UTF-8
            return None
        return user if self.settings.users.get(user) == password else None

    def control(self, request: Request, tail: str) -> Response | None:
        """Answer the control pages of the base's own."""
        page, _, name = unquote(tail).partition("/")
        if request.method != "GET":
            return None
        if page == "balances" and not name:
            return Response.json(self._balances())
        if page == "objects" and name in self.configuration.sets:
            return Response.json(self.store.objects(name))
        return None

    def _balances(self) -> dict[str, list[dict[str, str]]]:
        shown = {}
        for register in self.configuration.registers.values():
            if register.balance:
                short = register.name.partition("_")[2]
                shown[short] = [
                    dict(zip(register.dimensions, key, strict=True))
                    | {name: number_text(value) for name, value in resources.items()}
                    for key, resources in self.store.balance(register.name).items()
                ]
        return shown


def _cookie(request: Request) -> str:
    for part in request.headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name.lower() == "ibsession":
            return value
    return ""


def _page(status: int, title: str) -> Response:
    html = f"<!DOCTYPE html><html><head><title>{status} - {title}</title></head><body><h2>{title}</h2></body></html>"
    return Response(status, html.encode(), "text/html;charset=utf-8")


def _refused(refusal: Refusal, *, json: bool) -> Response:
    if not refusal.code:
        return _page(refusal.status, refusal.text)
    made = rendering.error if json else atom.error
    kind = "application/json;charset=utf-8" if json else "application/xml;charset=utf-8"
    return Response(refusal.status, made(refusal.code, refusal.text), kind, {"DataServiceVersion": "3.0"})
