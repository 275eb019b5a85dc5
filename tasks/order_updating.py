"""A changed order changes its document while nothing has been shipped of it; else a person decides.

The document must still be what we left there: its DataVersion is compared first, so that what a manager has put in by
hand is not written over. A posted document is posted again, which 1C does as often as it is asked. Broken off at any
point it is begun again: a document that already is what the changed order says is not written once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foundation.errors import Ambiguous, NotFound, Refused
from ledger.order_values import OrderState, Step
from mappings.translate.order_document import differences, select_of
from mappings.translate.order_values import Reason
from tasks.order_jobs import not_as_written, written_of
from tasks.order_lookup import Found, as_found
from tasks.order_shipped import shipped_of

if TYPE_CHECKING:
    from connectors.onec.odata import OneC
    from tasks.order_jobs import Job


def update(onec: OneC, job: Job) -> tuple[str, list[Step]]:
    """Carry a change out; returns where the order ended and what is to be written down."""
    record, document = job.record, job.document
    try:
        found = _load(onec, job)
    except NotFound:
        found = None
    if found is None or found.deleted:
        step = Step(record.id, {"state": OrderState.DELETED}, "deleted", "документ удалён в 1С")
        return "deleted", [step]
    if differences(job.lasting, found.values, document.section):
        if reason := _forbidden(onec, job, found):
            return _conflict(job, reason)
        try:
            onec.patch(document.entity, record.document, job.lasting, version=found.version)
        except Refused as error:
            said = f"1С не приняла изменение: {error.facts.get('answer') or error.said}"
            todo = "Исправьте причину и отпустите заказ (release)."
            return _conflict(job, Reason("onec", record.number, said, todo))
        except Ambiguous:
            return "unclear", []
        found = _load(onec, job)
        if off := differences(job.lasting, found.values, document.section):
            return _conflict(job, not_as_written(found, off))
    if found.posted:
        onec.post(document.entity, record.document)
        found = _load(onec, job)
    return "updated", [Step(record.id, _columns(job, found), "updated", found.name)]


def _load(onec: OneC, job: Job) -> Found:
    return as_found(onec.load(job.document.entity, job.record.document, select=select_of(job.document)))


def _forbidden(onec: OneC, job: Job, found: Found) -> Reason | None:
    """Return why the document may not be changed, or None."""
    record, document = job.record, job.document
    word = document.words.get(str(found.values.get(document.status, "")), "")
    gone = found.posted and word in {"shipped", "closed"}
    if gone or shipped_of(onec, document, [record.document]).get(record.document):
        said = f"Производитель изменил заказ, по которому уже отгружали: {found.name}."
        todo = "Согласуйте изменение с производителем и оставьте документ как есть (release --keep)."
        return Reason("shipped", record.number, said, todo)
    if record.written.get("version") != found.version and not record.written.get("released"):
        said = f"Производитель изменил заказ, а документ {found.name} после нас меняли в 1С."
        todo = "Сверьте их: release запишет в документ новый заказ, release --keep оставит документ как есть."
        return Reason("touched", record.number, said, todo)
    return None


def _columns(job: Job, found: Found) -> dict[str, Any]:
    return {
        "state": OrderState.CREATED,
        "content": job.order.as_json(),
        "hash": job.order.hash,
        "pending": {},
        "reasons": [],
        "amount": job.draft.amount,
        "written": written_of(found.version, job.draft),
    }


def _conflict(job: Job, reason: Reason) -> tuple[str, list[Step]]:
    values = {"state": OrderState.CONFLICT, "reasons": [reason.as_json()]}
    return "conflict", [Step(job.record.id, values, "conflict", reason.said)]
