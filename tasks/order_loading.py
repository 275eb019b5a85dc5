"""The waiting orders of a run are carried on: looked up, resolved, parked, adopted, created, changed."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ledger.order_values import OrderState, Record, Step
from ledger.orders import changed_lines
from mappings.translate.order_document import SHOWN, differences, document_values
from mappings.translate.order_values import Order, Reason
from tasks.order_jobs import Job, Unposted, columns_of, decisions_of, not_as_written, twins, written_of
from tasks.order_lookup import Found, lookup_orders, other_payer
from tasks.order_updating import update
from tasks.wording import stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mappings.profiles.orders import OrderDocument
    from mappings.translate.orders import Resolver
    from tasks.order_books import Library
    from tasks.order_creating import Writer

log = logging.getLogger(__name__)

BATCH: Final = 40
"""Orders that are looked up, created and written down together: as many as one look-up takes."""


@dataclass(slots=True)
class _Turn:
    """A batch under way: what is to be written down before anything is created, and what is to be created, posted."""

    steps: list[Step] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    unposted: list[Unposted] = field(default_factory=list)


@dataclass(slots=True)
class Loader:
    """Carries orders on; ``fates`` of the writer says where each ended. ``updates``: a changed order may change."""

    writer: Writer
    library: Library
    resolver: Resolver
    documents: dict[str, OrderDocument]
    updates: bool = False

    @property
    def fates(self) -> dict[str, str]:
        """Where each order ended, by number."""
        return self.writer.fates

    def run(self, records: Sequence[Record], show: Callable[[int], None] = lambda _: None) -> None:
        """Carry orders on, a batch at a time; raises what 1C or the network answered, after it is written down."""
        for at in range(0, len(records), BATCH):
            self._batch(records[at : at + BATCH])
            show(len(self.fates))

    def _batch(self, records: Sequence[Record]) -> None:
        turn = _Turn()
        contents = {record.number: Order.from_json(record.content) for record in records}
        newest = {
            record.number: Order.from_json(record.pending) if record.pending else contents[record.number]
            for record in records
        }
        unknown = [record for record in records if not record.document]
        asked = [(contents[record.number], self.document(contents[record.number])) for record in unknown]
        found = lookup_orders(self.writer.onec, asked)
        log.info("Заказы: проверено в 1С %d, найдено %d", len(asked), len(found))
        self.library.prepare([(newest[record.number], decisions_of(record)) for record in records])
        for record in records:
            mine = self._alive(record, found.get(record.number, ()))
            if mine:
                self._adopt(record, contents[record.number], mine, turn)
            elif record.document:
                self._go_on(record, newest[record.number], turn)
            elif job := self._job(record, newest[record.number], turn):
                turn.jobs.append(job)
        self.writer.orders.apply(turn.steps)
        self.writer.post([*turn.unposted, *self.writer.create(turn.jobs)])

    def document(self, order: Order) -> OrderDocument:
        """Return how an order's document is described; an order of a kind nobody knows counts as an order."""
        return self.documents.get(self.resolver.kind(order)) or self.documents["order"]

    def _alive(self, record: Record, found: Sequence[Found]) -> list[Found]:
        """Return the documents that count: one marked for deletion does so where there is no other, unless released."""
        alive = [each for each in found if not each.deleted]
        return alive or ([] if record.written.get("released") else list(found))

    def _job(self, record: Record, order: Order, turn: _Turn) -> Job | None:
        """Resolve an order; what it waits for is written down where that is news."""
        changed = changed_lines(record.content, record.pending) if record.pending else set()
        outcome = self.resolver.resolve(order, decisions_of(record, but=changed))
        if outcome.draft is not None:
            document = self.document(order)
            return Job(record, order, document, outcome.draft, document_values(outcome.draft, document))
        self.fates[record.number] = "parked"
        reasons = [reason.as_json() for reason in outcome.reasons]
        state = record.state if record.document else OrderState.PARKED
        if record.reasons != reasons or record.state != state:
            told = " ".join(stopped(reason.said) for reason in outcome.reasons[:SHOWN])
            turn.steps.append(Step(record.id, {"state": state, "reasons": reasons}, "parked", told))
        return None

    def _go_on(self, record: Record, order: Order, turn: _Turn) -> None:
        """Go on with an order whose document the ledger knows: post it, or change it."""
        document = next(each for each in self.documents.values() if each.entity == record.entity)
        if record.state is OrderState.WRITTEN:
            if self.writer.posting:
                turn.unposted.append(Unposted(record, order, document, record.document, record.written))
            else:
                self.fates[record.number] = "created"
                turn.steps.append(Step(record.id, {"state": OrderState.CREATED, "reasons": []}, "created"))
            return
        if not self.updates and not record.written.get("released"):
            todo = "Примите изменение (release) или оставьте документ как есть (release --keep)."
            said = "Производитель изменил заказ, документ которого уже создан."
            self._conflict(record, Reason("changed", record.number, said, todo), turn)
            return
        job = self._job(record, order, turn)
        if job is not None:
            self.fates[record.number], steps = update(self.writer.onec, job)
            if self.fates[record.number] == "updated":
                self.writer.orders.drop_overrides(record, record.pending)
            turn.steps += steps

    def _adopt(self, record: Record, order: Order, found: Sequence[Found], turn: _Turn) -> None:
        """Take over the document that is there; several, another payer's, or not what was written is a conflict."""
        document = self.document(order)
        if len(found) > 1:
            self._conflict(record, twins(record.number, found), turn)
            return
        only = found[0]
        if only.deleted:
            self.fates[record.number] = "deleted"
            values = columns_of(only, document, None) | {"state": OrderState.DELETED}
            turn.steps.append(Step(record.id, values, "deleted", f"помечен на удаление: {only.name}"))
            return
        self.library.prepare([(order, decisions_of(record))])
        draft = self.resolver.resolve(order, decisions_of(record)).draft
        if draft is not None and other_payer(only, str(draft.head["counterparty"]), document):
            said = f"Документ {only.name} с этим номером оформлен на другого контрагента."
            reason = Reason("payer", record.number, said, "Исправьте номер или контрагента документа в 1С.")
            self._conflict(record, reason, turn)
            return
        job = Job(record, order, document, draft, document_values(draft, document)) if draft is not None else None
        self._take(record, job, only, document, turn)

    def _take(self, record: Record, job: Job | None, found: Found, document: OrderDocument, turn: _Turn) -> None:
        begun = record.state is OrderState.CREATING
        off = differences(job.lasting, found.values, document.section) if job is not None else []
        values = columns_of(found, document, job.draft if job is not None else None)
        if begun and off:
            self._conflict(record, not_as_written(found, off), turn, values)
            return
        self.fates[record.number] = "found"
        state = OrderState.CREATED
        if record.pending:
            state = OrderState.CHANGED
        elif begun and job is not None and self.writer.posting and not found.posted:
            state = OrderState.WRITTEN
            written = written_of(found.version, job.draft)
            turn.unposted.append(Unposted(record, job.order, document, found.ref, written))
        told = f"найден в 1С: {found.name}" + (f", отличается: {'; '.join(off[:SHOWN])}" if off else "")
        turn.steps.append(Step(record.id, {**values, "state": state}, "found", told))

    def _conflict(self, record: Record, reason: Reason, turn: _Turn, values: dict[str, Any] | None = None) -> None:
        self.fates[record.number] = "conflict"
        reasons = [reason.as_json()]
        if record.state is not OrderState.CONFLICT or record.reasons != reasons or values:
            changed = {**(values or {}), "state": OrderState.CONFLICT, "reasons": reasons}
            turn.steps.append(Step(record.id, changed, "conflict", reason.said))
