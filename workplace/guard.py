"""What stands before every page: the role it asks for, the session, the token against forged requests, headers."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from starlette.status import HTTP_401_UNAUTHORIZED, HTTP_403_FORBIDDEN

from foundation.errors import AccessDenied
from workplace.access import Role, Visitor, visitor, vouched

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from workplace.site import Site

COOKIE: Final = "mi1c_session"
READS: Final = frozenset({"GET", "HEAD"})
POLICY: Final = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
    "img-src 'self' data:"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class StopError(Exception):
    """A request that goes no further; ``status`` and why, as an error of our tree."""

    def __init__(self, status: int, why: AccessDenied | None = None) -> None:
        super().__init__(str(why))
        self.status, self.why = status, why


@dataclass(frozen=True, slots=True)
class Proxy:
    """A reverse proxy that signs people in: the header with the name, and the addresses it is believed from."""

    header: str = ""
    addresses: tuple[str, ...] = ()

    def name(self, request: Request) -> str:
        """Return the name that the proxy vouches for, "" where there is none or another sent it."""
        if not self.header or request.client is None or request.client.host not in self.addresses:
            return ""
        return request.headers.get(self.header, "").strip()

    def secure(self, request: Request) -> bool:
        """Whether the browser came by HTTPS, to us or to the proxy in front: its session must not go by HTTP then."""
        told = request.client is not None and request.client.host in self.addresses
        return request.url.scheme == "https" or (told and request.headers.get("x-forwarded-proto") == "https")


class Pages:
    """A group of pages; each is added with the role it asks for, which the route itself carries."""

    def __init__(self) -> None:
        self.router = APIRouter()

    def get(self, path: str, role: Role = Role.VIEWER) -> Callable[[Any], Any]:
        """Add a page that is read."""
        return self._add(path, role, "GET")

    def post(self, path: str, role: Role = Role.OPERATOR) -> Callable[[Any], Any]:
        """Add an address that changes something."""
        return self._add(path, role, "POST")

    def _add(self, path: str, role: Role, method: str) -> Callable[[Any], Any]:
        def add(handler: Any) -> Any:
            self.router.add_api_route(
                path,
                handler,
                methods=[method],
                dependencies=[Depends(asking(role))],
                openapi_extra={"role": role.value},
                response_class=HTMLResponse,
                response_model=None,
            )
            return handler

        return add


def asking(role: Role) -> Callable[[Request], Awaitable[None]]:
    """Return the check that lets through who has a role, and what he changes only with his session's token."""

    async def check(request: Request) -> None:
        site: Site = request.app.state.site
        if request.method not in READS:
            _refuse_foreign(request)
        if role is Role.PUBLIC:
            request.state.visitor = None
            return
        found = await who(request, site)
        if found is None:
            raise StopError(HTTP_401_UNAUTHORIZED)
        request.state.visitor = found
        if not found.may(role):
            raise StopError(HTTP_403_FORBIDDEN, _no_right(role))
        if request.method not in READS:
            await _check_token(request, found)

    return check


async def who(request: Request, site: Site) -> Visitor | None:
    """Return who asks: by the session's cookie, or by the name that the proxy vouches for."""
    token = request.cookies.get(COOKIE, "")
    found = site.seen.get(token)
    if found is None and token:
        found = await to_thread.run_sync(visitor, site.database, token)
        if found is not None:
            site.seen.put(token, found)
    name = site.proxy.name(request)
    if not name:
        return None if site.proxy.header and found is not None and _came_by_proxy(request, site) else found
    if found is not None and found.login == name:
        return found
    token, found = await to_thread.run_sync(vouched, site.database, name)
    request.state.cookie = f"{token}; HttpOnly; Path=/; SameSite=lax{'; Secure' if site.proxy.secure(request) else ''}"
    return found


def _came_by_proxy(request: Request, site: Site) -> bool:
    """Whether the trusted proxy passed a request on without a name: nobody is signed in there any more."""
    return request.client is not None and request.client.host in site.proxy.addresses


def _refuse_foreign(request: Request) -> None:
    """Refuse what another site's page sends, by what every browser says of where a request comes from."""
    origin = request.headers.get("origin", "")
    foreign = origin not in {"", "null"} and urlsplit(origin).netloc != request.headers.get("host", "")
    if foreign or origin == "null" or request.headers.get("sec-fetch-site", "same-origin") == "cross-site":
        raise StopError(HTTP_403_FORBIDDEN, _forged())


async def _check_token(request: Request, found: Visitor) -> None:
    given = request.headers.get("x-csrf", "")
    if not given and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        form = await request.form()
        given = str(form.get("csrf", ""))
    if not hmac.compare_digest(given.encode(), found.csrf.encode()):
        raise StopError(HTTP_403_FORBIDDEN, _forged())


def _no_right(role: Role) -> AccessDenied:
    return AccessDenied(
        f"Для этого нужна роль «{role.value}».",
        en=f"This needs the role {role.value}.",
        todo="Попросите администратора дать её: mi1c user.",
        todo_en="Ask the admin to give it: mi1c user.",
    )


def _forged() -> AccessDenied:
    return AccessDenied(
        "Запрос пришёл не с этой страницы или страница устарела: ничего не изменено.",
        en="The request did not come from this page, or the page is stale: nothing was changed.",
        todo="Обновите страницу и повторите.",
        todo_en="Reload the page and try again.",
    )


def set_cookie(response: Response, request: Request, token: str) -> None:
    """Give a browser its session."""
    secure = request.app.state.site.proxy.secure(request)
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=secure, path="/")


def sign_in_address(request: Request) -> str:
    """Return the address of the sign-in page that leads back to what was asked for."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/login?next={quote(asked, safe='/')}" if request.method in READS else "/login"


class SecurityHeaders:
    """Puts the headers on every answer, and the cookie of a session that the proxy's name has opened."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Pass a request on and its answer back with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                names = {name.lower() for name, _ in message["headers"]}
                more = {**HEADERS, "cache-control": "no-store"}
                message["headers"] = [
                    *message["headers"],
                    *((name.encode(), value.encode()) for name, value in more.items() if name.encode() not in names),
                ]
                token = scope.get("state", {}).get("cookie")
                if token:
                    message["headers"].append((b"set-cookie", f"{COOKIE}={token}".encode()))
            await send(message)

        await self._app(scope, receive, guarded)
