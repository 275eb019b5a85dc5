"""The matching in bulk: all green at once and back, the check by lot, Excel out and in."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

from fastapi import Form, Request, Response, UploadFile

from foundation.errors import Fault, Faults
from mappings import audits, batches
from mappings.work_files import Checked, export_work, import_work
from mappings.worklist import Filter, Queue
from workplace.guard import Pages
from workplace.matching_pages import Desk
from workplace.names import VERDICTS
from workplace.site import Here

pages = Pages()

EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_BYTES: Final = 20_000_000
KEPT: Final = 1_800.0
"""Seconds that a checked file is kept for its import."""
SUFFIXES: Final = (".xlsx", ".xls", ".xlsb", ".ods", ".csv")


# -- all green ---------------------------------------------------------------------------------------------------------


@pages.get("/links/{link}/matching/{what}/batch")
def preview(request: Request, link: str, what: str) -> Response:
    """Show what confirming all green under the filter would do."""
    desk = Desk(request, link, what)
    here, wanted = desk.here, desk.filter({**request.query_params, "queue": Queue.GREEN.value})
    with here.database.session() as session:
        found = batches.preview(session, here.link_id, desk.kind, wanted, author=here.author, at=here.now)
        past = batches.batches(session, here.link_id, desk.kind)
    return here.render("batch.html", preview=found, batches=past, **desk.values(wanted))


@pages.post("/links/{link}/matching/{what}/batch")
def confirm(
    request: Request, link: str, what: str, expected: Annotated[int, Form()], query: Annotated[str, Form()] = ""
) -> Response:
    """Confirm all green under the filter that was looked at."""
    from urllib.parse import parse_qsl

    desk = Desk(request, link, what)
    here, wanted = desk.here, desk.filter({**dict(parse_qsl(query)), "queue": Queue.GREEN.value})
    with here.database.begin() as session:
        batch = batches.confirm_green(
            session, here.link_id, desk.kind, wanted, expected=expected, author=here.author, at=here.now
        )
    desk.recount()
    told = here.t.count(batch.rows, "строка", "строки", "строк")
    said = here.t("Пакет {batch} подтверждён: {told}. Отменить его можно ниже.", batch=batch.id, told=told)
    return here.go(f"{desk.base}/batch", said)


@pages.post("/links/{link}/matching/{what}/batches/{batch}/undo")
def undo(request: Request, link: str, what: str, batch: int) -> Response:
    """Undo a whole batch."""
    desk = Desk(request, link, what)
    here = desk.here
    with here.database.begin() as session:
        done, left = batches.undo_batch(session, here.link_id, batch, author=here.author, at=here.now)
    desk.recount()
    said = here.t(
        "Пакет {batch} отменён: {rows}.",
        batch=done.id,
        rows=here.t.count(done.rows - left, "строка", "строки", "строк"),
    )
    if left:
        rows = here.t.count(left, "строка", "строки", "строк")
        said = f"{said} {here.t('Оставлено, потому что с тех пор решено иначе: {rows}.', rows=rows)}"
    return here.go(f"{desk.base}/batch", said)


# -- the check by lot --------------------------------------------------------------------------------------------------


@pages.get("/links/{link}/matching/{what}/audit")
def audit(request: Request, link: str, what: str) -> Response:
    """Show what was drawn to be checked, and what the checks said."""
    desk = Desk(request, link, what)
    here = desk.here
    with here.database.session() as session:
        waiting = audits.open_checks(session, here.link_id, desk.kind)
        past = audits.past_checks(session, here.link_id, desk.kind)
        result = audits.results(session, here.link_id, desk.kind)
        least = audits.least_green(audits.labels(session, here.link_id, desk.kind))
        names = _names(here, session, desk, [*waiting, *past])
    return here.render(
        "audit.html",
        waiting=waiting,
        past=past,
        result=result,
        least=least,
        names=names,
        verdicts=VERDICTS,
        **desk.values(Filter()),
    )


def _names(here: Here, session: Any, desk: Desk, drawn: list[audits.Drawn]) -> dict[int, tuple[Any, Any]]:
    """Return both names of each drawn pair, with what differs marked."""
    from sqlalchemy import select

    from mappings.tables import OurItemRow, TheirItemRow
    from workplace.diffs import marked

    ours = dict(
        session.execute(
            select(OurItemRow.our_id, OurItemRow.name).where(
                OurItemRow.link_id == here.link_id,
                OurItemRow.kind == desk.kind,
                OurItemRow.our_id.in_([each.our_id for each in drawn]),
            )
        ).all()
    )
    theirs = dict(
        session.execute(
            select(TheirItemRow.their_id, TheirItemRow.name).where(
                TheirItemRow.link_id == here.link_id,
                TheirItemRow.kind == desk.kind,
                TheirItemRow.their_id.in_([each.their_id for each in drawn]),
            )
        ).all()
    )
    return {
        each.id: marked(ours.get(each.our_id, each.our_id), theirs.get(each.their_id, each.their_id)) for each in drawn
    }


@pages.post("/links/{link}/matching/{what}/audit/{check}")
def judge(request: Request, link: str, what: str, check: int, verdict: Annotated[str, Form()]) -> Response:
    """Write down what a person saw."""
    desk = Desk(request, link, what)
    here = desk.here
    if verdict not in VERDICTS:
        raise _wrong("verdict", "выберите: верно, неверно или не ясно", "right, wrong or unsure")
    with here.database.begin() as session:
        audits.judge(session, here.link_id, check, verdict, author=here.author, at=here.now)  # type: ignore[arg-type]  # checked
    desk.recount()
    if here.partial:
        return here.render("parts/judged.html", check=check, verdict=VERDICTS[verdict])
    return here.go(f"{desk.base}/audit")


# -- files -------------------------------------------------------------------------------------------------------------


@pages.get("/links/{link}/matching/{what}/export")
def export(request: Request, link: str, what: str, filled: str = "") -> Response:
    """Give the rows under the filter as Excel."""
    desk = Desk(request, link, what)
    here, wanted = desk.here, desk.filter(request.query_params)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "work.xlsx"
        with here.database.session() as session:
            export_work(session, here.link_id, desk.kind, wanted, path, at=here.now, filled=bool(filled))
        content = path.read_bytes()
    name = f"matching-{link}-{what}-{wanted.queue.value}.xlsx"
    return Response(content, media_type=EXCEL, headers={"content-disposition": f'attachment; filename="{name}"'})


@pages.get("/links/{link}/matching/{what}/file")
def file_page(request: Request, link: str, what: str) -> Response:
    """Show how files go out and in."""
    desk = Desk(request, link, what)
    return desk.here.render(
        "file.html", checked=None, name="", token="", **desk.values(desk.filter(request.query_params))
    )


@pages.post("/links/{link}/matching/{what}/file")
def check_file(request: Request, link: str, what: str, file: UploadFile) -> Response:
    """Look at a file: what it would change, and each row's fault; nothing is kept but the file, for half an hour."""
    desk = Desk(request, link, what)
    name = Path(file.filename or "").name
    content = file.file.read(MOST_BYTES + 1)
    if not name.lower().endswith(SUFFIXES):
        raise _wrong("file", f"нужен файл Excel или CSV: {', '.join(SUFFIXES)}", "an Excel or CSV file is needed")
    if len(content) > MOST_BYTES:
        raise _wrong("file", f"файл больше {MOST_BYTES // 1_000_000} МБ", "the file is too large")
    checked = _taken(desk, name, content, dry=True)
    token = secrets.token_urlsafe(16) if checked.changes else ""
    if token:
        _FILES[token] = (time.monotonic() + KEPT, desk.here.author, name, content)
        _sweep()
    return desk.here.render("file.html", checked=checked, name=name, token=token, **desk.values(Filter()))


@pages.post("/links/{link}/matching/{what}/file/take")
def take_file(request: Request, link: str, what: str, token: Annotated[str, Form()]) -> Response:
    """Take the file that was looked at."""
    desk = Desk(request, link, what)
    here = desk.here
    kept = _FILES.pop(token, None)
    if kept is None or kept[0] < time.monotonic() or kept[1] != here.author:
        raise _wrong("file", "файл проверен слишком давно: загрузите его ещё раз", "upload the file again")
    checked = _taken(desk, kept[2], kept[3], dry=False)
    if checked.faults:
        return here.render("file.html", status=409, checked=checked, name=kept[2], token="", **desk.values(Filter()))
    here.site.queues.forget()
    told = here.t.count(len(checked.changes), "изменение", "изменения", "изменений")
    said = here.t("Файл принят: {told}. Пакет {batch} можно отменить ниже.", told=told, batch=checked.batch)
    return here.go(f"{desk.base}/batch", said)


_FILES: Final[dict[str, tuple[float, str, str, bytes]]] = {}
"""Files that were checked and wait to be taken: token → until when, whose, name, content."""
MOST_FILES: Final = 20


def _sweep() -> None:
    now = time.monotonic()
    for token in [token for token, kept in _FILES.items() if kept[0] < now]:
        _FILES.pop(token, None)
    while len(_FILES) > MOST_FILES:
        _FILES.pop(next(iter(_FILES)))


def _taken(desk: Desk, name: str, content: bytes, *, dry: bool) -> Checked:
    here = desk.here
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        with here.database.begin() as session:
            return import_work(session, here.link_id, desk.kind, path, author=here.author, at=here.now, dry=dry)


def _wrong(field: str, said: str, en: str) -> Faults:
    return Faults(
        "Не получилось.",
        [Fault(field, said, en)],
        en="That did not work.",
        todo="Исправьте и повторите.",
        todo_en="Mend it and try again.",
    )
