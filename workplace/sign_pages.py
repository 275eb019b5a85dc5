"""Signing in and out, and the language."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from foundation.errors import AccessDenied
from workplace.access import Role, sign_in, sign_out
from workplace.guard import COOKIE, Pages, set_cookie
from workplace.i18n import lang_of
from workplace.site import LANG_COOKIE, Here

pages = Pages()

YEAR: Final = 31_536_000
FORBIDDEN: Final = 403


def within(address: str) -> str:
    """Return an address of ours, or the first page for what leads elsewhere."""
    safe = address.startswith("/") and not address.startswith(("//", "/\\")) and "\n" not in address
    return address if safe else "/"


@pages.get("/login", Role.PUBLIC)
def sign_in_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Show the form."""
    return Here(request).render("login.html", next=within(next), login="", why=None)


@pages.post("/login", Role.PUBLIC)
def signing_in(
    request: Request,
    login: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the name of the field
) -> Response:
    """Sign in, or show the form again with why not."""
    here = Here(request)
    address = request.client.host if request.client else ""
    try:
        token, _ = sign_in(here.database, login, password, address, clock=here.site.clock)
    except AccessDenied as error:
        return here.render("login.html", status=FORBIDDEN, next=within(next), login=login, why=here.t.error(error))
    response = RedirectResponse(within(next), status_code=303)
    set_cookie(response, request, token)
    return response


@pages.post("/logout", Role.VIEWER)
def signing_out(request: Request) -> Response:
    """End the session."""
    here = Here(request)
    assert here.visitor is not None
    sign_out(here.database, here.visitor.key)
    here.site.seen.forget()
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(COOKIE, path="/")
    return response


@pages.get("/language", Role.PUBLIC)
def language(request: Request, to: str = "ru", next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Switch the language and go back."""
    del request
    response = RedirectResponse(within(next), status_code=303)
    response.set_cookie(LANG_COOKIE, lang_of(to), max_age=YEAR, samesite="lax", httponly=True, path="/")
    return response
