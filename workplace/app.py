"""The workplace's web application: ``/health`` and ``/metrics``.

Metrics are for a machine: with a token set, only who brings it as ``Authorization: Bearer …`` reads them; without one,
only a reader on this machine. Behind a proxy everybody seems to come from this machine, so a request that a proxy has
passed on needs the token.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from starlette.status import HTTP_401_UNAUTHORIZED, HTTP_403_FORBIDDEN, HTTP_503_SERVICE_UNAVAILABLE

from foundation.database import check_schema
from foundation.errors import MI1CError
from workplace.metrics import CONTENT_TYPE, exposition

if TYPE_CHECKING:
    from foundation.database import Database

LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")
"""What a proxy adds to a request that it passes on."""

FROM_HERE_ONLY: Final = "Метрики без токена видны только с этой машины: задайте MI1C_METRICS_TOKEN."


def create_app(database: Database, *, metrics_token: str = "") -> FastAPI:
    """Return the application over an open database."""
    app = FastAPI(title="МИ1С", docs_url=None, redoc_url=None, openapi_url=None)

    def may_read_metrics(request: Request) -> None:
        check_reader(request, metrics_token)

    @app.get("/health")
    def health() -> dict[str, str]:
        """Whether the workplace and its database work; 503 where they do not."""
        try:
            check_schema(database)
        except MI1CError as error:
            raise HTTPException(HTTP_503_SERVICE_UNAVAILABLE, error.russian) from None
        return {"status": "ok"}

    @app.get("/metrics", dependencies=[Depends(may_read_metrics)])
    def metrics() -> Response:
        """Return the figures of all links in Prometheus' text format."""
        return Response(exposition(database), media_type=CONTENT_TYPE)

    return app


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
