"""«Журнал»: parcels and messages, counts and totals, a message as a table, sending again."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Form, Query, Request, Response

from foundation.errors import MI1CError, NotFound
from ledger import figures, reading
from ledger.confirmations import of_parcel
from ledger.parcels import Ledger
from ledger.states import ParcelState
from ledger.values import Parcel
from workplace.guard import Pages
from workplace.message_table import ROWS, tables
from workplace.names import COUNTS, TOTALS
from workplace.site import Here

pages = Pages()

PAGE: Final = 40
SHOWN: Final = 200


@pages.get("/links/{link}/ledger")
def listed(
    request: Request, link: str, exchange: str = "", state: str = "", before: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """Show parcels, the newest first."""
    here = Here(request, link)
    states = [ParcelState(state)] if state in set(ParcelState) else []
    found = reading.parcels(
        here.database, link=link, exchange=exchange or None, states=states, before=before or None, limit=PAGE + 1
    )
    more = found[PAGE - 1].id if len(found) > PAGE else 0
    template = "parts/parcels.html" if here.partial and before else "ledger.html"
    about: dict[str, Any] = {"exchange_name": exchange, "state_name": state, "states": list(ParcelState)}
    return here.render(template, parcels=[(each, rows_of(each)) for each in found[:PAGE]], more=more, **about)


def rows_of(parcel: Parcel) -> int | None:
    """Return how many rows a parcel sent or brought."""
    for name in ("sent", "read", "lines"):
        if parcel.counts.get(name):
            return int(parcel.counts[name])
    return None


@pages.get("/links/{link}/parcels/{parcel}")
def one(request: Request, link: str, parcel: int) -> Response:
    """Show a parcel: what it carried, what not and why, its messages."""
    here = Here(request, link)
    return here.render("parcel.html", **_parcel(here, parcel))


def _parcel(here: Here, number: int) -> dict[str, Any]:
    head = own_parcel(here, number)
    with here.database.session() as session:
        waits = figures.standing(session, here.link_id, [number])
    aside = reading.set_aside(here.database, number, limit=SHOWN)
    return {
        "parcel": head,
        "counts": _counts(head),
        "total_names": TOTALS,
        "messages": reading.messages(here.database, number),
        "waits": waits,
        "aside": aside,
        "aside_count": sum(each.number for each in waits),
        "run_url": here.site.run_url(head.run_id),
        "confirmation": of_parcel(here.database, number),
    }


def own_parcel(here: Here, number: int) -> Parcel:
    """Return a parcel of this link; raises NotFound for one of another."""
    head = reading.parcel(here.database, number)
    if head.link != here.link:
        raise reading.not_found("Посылки", "parcel", number)
    return head


def _counts(parcel: Parcel) -> list[tuple[str, str, int]]:
    """Return the counts of a parcel as lines: name, rule, number."""
    found: list[tuple[str, str, int]] = []
    for name, value in parcel.counts.items():
        title = COUNTS.get(name, name)
        if isinstance(value, dict):
            found += [(title, str(rule), int(number)) for rule, number in value.items() if number]
        elif value:
            found.append((title, "", int(value)))
    return found


@pages.get("/links/{link}/messages/{message}")
def message(
    request: Request, link: str, message: int, dataset: str = "", first: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """Show a message as a table, its history, its receipt."""
    here = Here(request, link)
    found = reading.message(here.database, message)
    head = own_parcel(here, found.parcel_id)
    shown: list[Any] = []
    why = ("", "")
    try:
        shown = tables(reading.body(here.database, message), dataset=dataset, first=first)
    except MI1CError as error:
        why = here.t.error(error)
    return here.render(
        "message.html",
        message=found,
        parcel=head,
        events=reading.events(here.database, message),
        tables=shown,
        why=why,
        dataset=dataset,
        first=first,
        page_rows=ROWS,
    )


@pages.get("/links/{link}/messages/{message}/text")
def text(request: Request, link: str, message: int) -> Response:
    """Give the text of a message as a file."""
    here = Here(request, link)
    own_parcel(here, reading.message(here.database, message).parcel_id)
    body = reading.body(here.database, message)
    headers = {"content-disposition": f'attachment; filename="message-{message}.xml"'}
    return Response(body.encode(), media_type="application/xml", headers=headers)


@pages.post("/links/{link}/parcels/{parcel}/resend")
def resend(request: Request, link: str, parcel: int, sure: Annotated[str, Form()] = "") -> Response:
    """Send a parcel again as it was: a run of its exchange takes it over."""
    here = Here(request, link)
    head = own_parcel(here, parcel)
    if not sure:
        raise NotFound(
            "Повтор не подтверждён.",
            en="Sending again was not confirmed.",
            todo="Отметьте, что посылку нужно отправить ещё раз.",
            todo_en="Tick that the parcel is to be sent again.",
        )
    ledger = Ledger(here.database, here.link_id)
    # The parcel is handed to the run that sends it: any other run would prepare a parcel anew.
    here.site.doing.start(link, head.exchange, first=lambda run: ledger.resend(head, by=here.author, run_id=run))
    return here.go(f"/links/{link}/parcels/{parcel}", here.t("Посылка отправляется ещё раз."))
