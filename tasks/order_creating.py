"""Documents of orders are created, read back and posted; what is done is in the ledger before the next step begins.

A create is never sent again blindly: where no answer came the number is looked up, at once and once more after a
while; a time-out is left to the next run, for 1C may still be at work on it. The read back asks by the number as well,
so that a twin is seen.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from foundation.errors import Ambiguous, MI1CError, Refused, TooLarge
from ledger.order_values import OrderState, Record, Step
from mappings.translate.order_document import differences
from mappings.translate.order_values import Reason
from tasks.order_jobs import Unposted, columns_of, not_as_written, twins
from tasks.order_lookup import Found, as_found, lookup_orders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from connectors.onec.odata import OneC
    from ledger.orders import Orders
    from tasks.order_jobs import Job

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

SETTLE: Final = 1.0
"""Seconds after which a broken request that left nothing behind is believed to be lost."""


@dataclass(slots=True)
class Writer:
    """Writes documents of one run; ``fates`` says by number where an order ended.

    ``posting``: documents are posted; ``connections``: documents at a time.
    """

    onec: OneC
    orders: Orders
    posting: bool = False
    connections: int = 1
    sleep: Callable[[float], None] = time.sleep
    fates: dict[str, str] = field(default_factory=dict)
    stop: MI1CError | None = None

    def create(self, jobs: Sequence[Job]) -> list[Unposted]:
        """Create documents and return those to be posted; raises what ends the run, after it is written down."""
        if not jobs:
            return []
        self.orders.apply([Step(job.record.id, {"state": OrderState.CREATING}) for job in jobs])
        unposted: list[Unposted] = []
        lost = self._attempt(jobs, unposted)
        if lost and self.stop is None:
            self.sleep(SETTLE)
            lost = self._read_back(dict.fromkeys(lost), unposted)
            self._attempt(lost, unposted)
        self._end()
        return unposted

    def _end(self) -> None:
        if self.stop is not None:
            raise self.stop

    def _attempt(self, jobs: Sequence[Job], unposted: list[Unposted]) -> list[Job]:
        """Create each once; return those that broke off and left nothing behind as far as can be seen."""
        if not jobs:
            return []
        steps: list[Step] = []
        asked: dict[Job, Found | None] = {}
        broken: list[Job] = []
        for job, ended in zip(jobs, self._parallel(self._one, jobs), strict=True):
            match ended:
                case Found():
                    asked[job] = ended
                case Refused() | TooLarge():
                    steps.append(self._refused(job, ended))
                case Ambiguous() if not ended.facts.get("late"):
                    broken.append(job)
                    asked[job] = None
                case _:
                    asked[job] = None
        log.info("Заказы: создано документов %d, неясно %d", len(asked) - len(broken), len(broken))
        self.orders.apply(steps)
        missing = set(self._read_back(asked, unposted))
        return [job for job in broken if job in missing]

    def _one(self, job: Job) -> Found | MI1CError:
        if self.stop is not None:
            return self.stop
        try:
            return as_found(self.onec.create(job.document.entity, job.values))
        except (Refused, TooLarge, Ambiguous) as error:
            return error
        except MI1CError as error:
            self.stop = error
            return error

    def _refused(self, job: Job, error: MI1CError) -> Step:
        self.fates[job.record.number] = "parked"
        said = f"1С не приняла документ: {error.facts.get('answer') or error.said}"
        reason = Reason("onec", job.record.number, said, "Исправьте причину: следующий запуск попробует снова.")
        return Step(job.record.id, {"state": OrderState.PARKED, "reasons": [reason.as_json()]}, "parked", said)

    def _read_back(self, asked: dict[Job, Found | None], unposted: list[Unposted]) -> list[Job]:
        """Compare what is there with what was written, and write it down; return the orders that have nothing there.

        ``asked``: with the document that 1C answered, where it did.
        """
        if not asked:
            return []
        found = lookup_orders(self.onec, [(job.order, job.document) for job in asked])
        missing: list[Job] = []
        steps: list[Step] = []
        for job, answered in asked.items():
            there = [each for each in found.get(job.record.number, ()) if not each.deleted]
            if len(there) > 1:
                steps.append(self._conflict(job.record, twins(job.record.number, there)))
            elif there:
                steps.append(self._made(job, there[0], unposted))
            elif answered is not None:
                off = [f"{job.document.external.number}: по номеру {job.record.number} документ не находится"]
                made = columns_of(answered, job.document, job.draft)
                steps.append(self._conflict(job.record, not_as_written(answered, off), made))
            else:
                self.fates[job.record.number] = "unclear"
                missing.append(job)
        self.orders.apply(steps)
        return missing

    def _made(self, job: Job, found: Found, unposted: list[Unposted]) -> Step:
        made = columns_of(found, job.document, job.draft)
        if job.record.pending:  # it changed while nobody knew whether it had a document: this is the newest content
            made |= {"content": job.order.as_json(), "hash": job.order.hash, "pending": {}}
        if off := differences(job.values, found.values, job.document.section):
            return self._conflict(job.record, not_as_written(found, off), made)
        self.fates[job.record.number] = "created"
        if self.posting:
            unposted.append(Unposted(job.record, job.order, job.document, found.ref, made["written"]))
        state = OrderState.WRITTEN if self.posting else OrderState.CREATED
        note = "; ".join((found.name, *job.draft.notes))
        return Step(job.record.id, {**made, "state": state}, "created", note)

    def _conflict(self, record: Record, reason: Reason, made: dict[str, Any] | None = None) -> Step:
        self.fates[record.number] = "conflict"
        values = {**(made or {}), "state": OrderState.CONFLICT, "reasons": [reason.as_json()]}
        return Step(record.id, values, "conflict", reason.said)

    # -- posting -------------------------------------------------------------------------------------------------------

    def post(self, due: Sequence[Unposted]) -> None:
        """Post documents; one that 1C refuses to post stays written, and the next run tries again."""
        if not due:
            return
        ended = self._parallel(self._post_one, due)
        log.info("Заказы: проведено документов %d", ended.count(None))
        now = lookup_orders(self.onec, [(each.order, each.document) for each in due], whole=False)
        steps = []
        for each, error in zip(due, ended, strict=True):
            there = next((one for one in now.get(each.record.number, ()) if one.ref == each.ref), None)
            if there is not None and there.posted:
                self.fates.setdefault(each.record.number, "created")
                written = {**each.written, "version": there.version}
                values = {"state": OrderState.CREATED, "reasons": [], "written": written}
                steps.append(Step(each.record.id, values, "posted", there.name))
                continue
            self.fates[each.record.number] = "unposted"
            steps.append(self._unposted(each, error))
        self.orders.apply(steps)
        self._end()

    def _unposted(self, due: Unposted, error: MI1CError | None) -> Step:
        answer = (error.facts.get("answer") or error.said) if error else "документ остался непроведённым"
        said = f"1С не провела документ: {answer}"
        reason = Reason("posting", due.record.number, said, "Исправьте причину: следующий запуск проведёт его.")
        news = due.record.reasons != [reason.as_json()]
        return Step(due.record.id, {"reasons": [reason.as_json()]}, "unposted" if news else "", said)

    def _post_one(self, due: Unposted) -> MI1CError | None:
        if self.stop is not None:
            return self.stop
        try:
            self.onec.post(due.document.entity, due.ref)
        except (Refused, Ambiguous) as error:
            return error
        except MI1CError as error:
            self.stop = error
            return error
        return None

    def _parallel(self, work: Callable[[T], R], things: Sequence[T]) -> list[R]:
        """Do a piece of work for each, in their order or ``connections`` at a time."""
        if self.connections == 1 or len(things) < 2:  # noqa: PLR2004 - one needs no pool
            return [work(each) for each in things]
        with ThreadPoolExecutor(self.connections, thread_name_prefix="orders") as pool:
            return list(pool.map(work, things))
