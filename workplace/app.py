"""The workplace's web application: the operator's pages, ``/health`` and ``/metrics``.

Metrics are for a machine: with a token set, only who brings it as ``Authorization: Bearer …`` reads them; without one,
only a reader on this machine. Behind a proxy everybody seems to come from this machine, so a request that a proxy has
passed on needs the token.
"""

from __future__ import annotations

import hmac
import mimetypes
from typing import TYPE_CHECKING, Final

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.status import (
    HTTP_401_UNAUTHORIZED,
    HTTP_403_FORBIDDEN,
    HTTP_404_NOT_FOUND,
    HTTP_409_CONFLICT,
    HTTP_503_SERVICE_UNAVAILABLE,
)

from foundation.database import check_schema
from foundation.errors import AccessDenied, Fault, Faults, MI1CError, NotFound, Occupied, Retriable
from workplace import (
    confirmation_pages,
    ledger_pages,
    link_pages,
    matching_pages,
    matching_tools,
    order_pages,
    rollout_pages,
    sign_pages,
    totals_pages,
)
from workplace.access import Role
from workplace.guard import Pages, Proxy, SecurityHeaders, StopError, sign_in_address
from workplace.metrics import CONTENT_TYPE, exposition
from workplace.site import STATIC, Here, Site

if TYPE_CHECKING:
    from foundation.database import Database
    from workplace.doing import Doing

LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")
"""What a proxy adds to a request that it passes on."""

FROM_HERE_ONLY: Final = "Метрики без токена видны только с этой машины: задайте MI1C_METRICS_TOKEN."
SERVED: Final = frozenset({".css", ".js", ".svg"})
YEAR: Final = "public, max-age=31536000, immutable"


def create_app(
    database: Database,
    *,
    metrics_token: str = "",
    doing: Doing | None = None,
    proxy: Proxy | None = None,
    prefect_ui: str = "",
    pool: str = "mi1c",
) -> FastAPI:
    """Return the application over an open database; ``doing`` is Prefect unless a test gives another."""
    from workplace.doing import InPrefect

    app = FastAPI(title="МИ1С", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.site = Site(
        database, doing or InPrefect(database, pool), proxy=proxy or Proxy(), prefect_ui=prefect_ui.rstrip("/")
    )
    _add_machines(app, database, metrics_token)
    app.include_router(files.router)
    for module in (
        *(sign_pages, link_pages, rollout_pages, matching_pages, matching_tools),
        *(order_pages, ledger_pages, confirmation_pages, totals_pages),
    ):
        app.include_router(module.pages.router)
    _add_errors(app)
    app.add_middleware(SecurityHeaders)
    return app


def _add_machines(app: FastAPI, database: Database, metrics_token: str) -> None:
    """Add what programs read."""

    def may_read_metrics(request: Request) -> None:
        check_reader(request, metrics_token)

    @app.get("/health", openapi_extra={"role": Role.PUBLIC.value})
    def health() -> dict[str, str]:
        """Whether the workplace and its database work; 503 where they do not."""
        try:
            check_schema(database)
        except MI1CError as error:
            raise HTTPException(HTTP_503_SERVICE_UNAVAILABLE, error.russian) from None
        return {"status": "ok"}

    @app.get("/metrics", dependencies=[Depends(may_read_metrics)], openapi_extra={"role": "metrics"})
    def metrics() -> Response:
        """Return the figures of all links in Prometheus' text format."""
        return Response(exposition(database), media_type=CONTENT_TYPE)


def check_reader(request: Request, token: str) -> None:
    """Raise 401 or 403 unless the request may read the metrics."""
    if token:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise HTTPException(HTTP_401_UNAUTHORIZED, "Нужен токен метрик.", {"WWW-Authenticate": "Bearer"})
        return
    passed_on = any(name in request.headers for name in FORWARDED)
    if passed_on or request.client is None or request.client.host not in LOOPBACK:
        raise HTTPException(HTTP_403_FORBIDDEN, FROM_HERE_ONLY)


# -- files of the pages ------------------------------------------------------------------------------------------------

files = Pages()


@files.get("/static/{name}", Role.PUBLIC)
def static(name: str) -> Response:
    """Give the stylesheet, our script and htmx: they hold nothing of anybody's, and the sign-in page needs them."""
    known = {path.name: path for path in STATIC.iterdir() if path.suffix in SERVED}
    if name not in known:
        raise HTTPException(HTTP_404_NOT_FOUND)
    kind = mimetypes.guess_type(name)[0] or "text/plain"
    return FileResponse(known[name], media_type=kind, headers={"cache-control": YEAR})


# -- errors ------------------------------------------------------------------------------------------------------------


def _add_errors(app: FastAPI) -> None:
    app.add_exception_handler(StopError, _stopped)
    app.add_exception_handler(MI1CError, _told)
    app.add_exception_handler(RequestValidationError, _misread)
    app.add_exception_handler(StarletteHTTPException, _plain)


def _stopped(request: Request, error: Exception) -> Response:
    assert isinstance(error, StopError)
    if error.status == HTTP_401_UNAUTHORIZED:
        address = sign_in_address(request)
        if request.headers.get("hx-request") == "true":
            return Response(status_code=HTTP_401_UNAUTHORIZED, headers={"HX-Redirect": "/login"})
        return RedirectResponse(address, status_code=303)
    assert error.why is not None
    return Here(request).failed(error.why, error.status)


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, MI1CError)
    status = 400
    for kind, code in (
        (NotFound, HTTP_404_NOT_FOUND),
        (Occupied, HTTP_409_CONFLICT),
        (AccessDenied, HTTP_403_FORBIDDEN),
        (Retriable, HTTP_503_SERVICE_UNAVAILABLE),
    ):
        if isinstance(error, kind):
            status = code
            break
    return Here(request).failed(error, status)


def _misread(request: Request, error: Exception) -> Response:
    """Tell what of an address or a form cannot be understood, by its field and without its value."""
    assert isinstance(error, RequestValidationError)
    faults = [Fault(str(each["loc"][-1]), "значение не разобрано", each["msg"]) for each in error.errors()]
    told = Faults(
        "Адрес страницы или форма заполнены неверно.",
        faults,
        en="The address or the form cannot be understood.",
        todo="Вернитесь назад, исправьте и повторите.",
        todo_en="Go back, mend it and try again.",
    )
    return Here(request).failed(told, 400)


def _plain(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    wants_page = "text/html" in request.headers.get("accept", "")
    if error.status_code != HTTP_404_NOT_FOUND or not wants_page:
        return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)
    told = NotFound(
        "Такой страницы нет.",
        en="There is no such page.",
        todo="Проверьте адрес или начните с главной.",
        todo_en="Check the address, or begin at the first page.",
    )
    return Here(request).failed(told, HTTP_404_NOT_FOUND)
