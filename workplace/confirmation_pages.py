"""«Подтверждения»: what waits for the manufacturer's word, and the form in which it is written down."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Form, Request, Response
from sqlalchemy import select

from foundation.errors import Fault, Faults, MI1CError
from ledger import reading
from ledger.confirmations import Confirmations, confirmations, not_asked, of_parcel
from ledger.tables import ItemRow
from ledger.verdicts import RUSSIAN, WORDS, Confirmation, Verdict, Word, refusals
from workplace.guard import Pages
from workplace.ledger_pages import own_parcel, rows_of
from workplace.site import Here

pages = Pages()

WAITS: Final = (Verdict.WAITING, Verdict.OVERDUE)
SHOWN: Final = 100
FORMS: Final = ("%Y-%m-%dT%H:%M", "%d.%m.%Y %H:%M", "%d.%m.%Y")


@pages.get("/links/{link}/confirmations")
def listed(request: Request, link: str) -> Response:
    """Show what waits, and what was said."""
    here = Here(request, link)
    waiting = confirmations(here.database, link=link, states=WAITS, limit=SHOWN)
    ended = confirmations(here.database, link=link, states=[each for each in Verdict if each not in WAITS], limit=SHOWN)
    return here.render("confirmations.html", waiting=waiting, ended=ended, words=RUSSIAN, refusals=refusals)


@pages.get("/links/{link}/confirmations/{parcel}")
def form(request: Request, link: str, parcel: int) -> Response:
    """Show the form for one parcel."""
    return _form(Here(request, link), parcel, {})


def _form(here: Here, parcel: int, told: dict[str, str], wrong: Faults | None = None) -> Response:
    head = own_parcel(here, parcel)
    found = of_parcel(here.database, parcel)
    if found is None:
        raise not_asked(parcel)
    with here.database.session() as session:
        rows = session.execute(select(ItemRow.identity).where(ItemRow.parcel_id == parcel).limit(SHOWN)).scalars()
        documents = [str(each.get("number")) for each in rows if each.get("number")]
    return here.render(
        "confirmation.html",
        status=400 if wrong else 200,
        parcel=head,
        rows=rows_of(head),
        messages=reading.messages(here.database, parcel),
        found=found,
        said=found.state in WORDS,
        words={each: RUSSIAN[each] for each in WORDS},
        russian=RUSSIAN,
        refusals=refusals(found),
        documents=documents,
        told=told,
        wrong=wrong,
        run_url=here.site.run_url(found.run_id),
    )


@pages.post("/links/{link}/confirmations/{parcel}")
def say(
    request: Request,
    link: str,
    parcel: int,
    verdict: Annotated[str, Form()] = "",
    by: Annotated[str, Form()] = "",
    at: Annotated[str, Form()] = "",
    remark: Annotated[str, Form()] = "",
    documents: Annotated[str, Form()] = "",
) -> Response:
    """Write the word down and let the run that waits for it go on."""
    here = Here(request, link)
    own_parcel(here, parcel)
    told = {"verdict": verdict, "by": by, "at": at, "remark": remark, "documents": documents}
    try:
        word = _word(told, author=here.author)
        said = Confirmations(here.database, here.link_id, clock=here.site.clock).say(parcel, word)
    except Faults as wrong:
        return _form(here, parcel, told, wrong)
    here.site.queues.forget()
    return here.go(f"/links/{link}/confirmations", _done(here, said))


def _done(here: Here, said: Confirmation) -> str:
    done = here.t("Посылка {parcel}: слово производителя записано.", parcel=said.parcel_id)
    if not said.run_id:
        return done
    try:
        here.site.doing.wake(here.link)
    except MI1CError:
        return f"{done} {here.t('Запуск продолжится сам в течение нескольких минут.')}"
    return f"{done} {here.t('Запуск продолжен.')}"


def _word(told: dict[str, str], *, author: str) -> Word:
    """Return the word that a form holds; raises Faults with each field that is not understood."""
    faults: list[Fault] = []
    if told["verdict"] not in set(WORDS):
        faults.append(Fault("verdict", "выберите, что сказал производитель", "choose what was said"))
    at = _moment(told["at"])
    if told["at"] and at is None:
        faults.append(Fault("at", "время пишется как 24.11.2026 15:30", "a time is written 24.11.2026 15:30"))
    if not told["by"].strip():
        faults.append(Fault("by", "укажите, кто ответил от производителя", "who answered is missing"))
    if told["verdict"] == Verdict.REMARKS and not told["remark"].strip():
        faults.append(Fault("remark", "запишите замечание", "the remark is missing"))
    if faults:
        raise Faults(
            "Слово производителя не записано.",
            faults,
            en="The manufacturer's word was not written down.",
            todo="Исправьте отмеченные поля.",
            todo_en="Mend the fields that are marked.",
        )
    refused = told["verdict"] == Verdict.REFUSED
    documents = [each.strip() for each in told["documents"].replace(",", "\n").splitlines() if each.strip()]
    about: dict[str, Any] = {"remark": told["remark"].strip(), "documents": tuple(documents) if refused else ()}
    return Word(Verdict(told["verdict"]), told["by"].strip(), at, author=author, **about)


def _moment(text: str) -> datetime | None:
    for each in FORMS:
        try:
            return datetime.strptime(text.strip(), each).astimezone()
        except ValueError:
            continue
    return None
