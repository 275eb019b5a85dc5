"""The ledger of one link: write before send, go on where it stopped, send the same bytes again.

The order of calls in an exporting run::

    with ledger.hold("stock", run_id):
        parcel = ledger.of_run("stock", run_id) or ledger.prepare("stock", run_id, messages, …)
        for message_id in ledger.to_send(parcel.id):
            ledger.sending(message_id)                      # committed before the call
            receipt = service.send(ledger.body(message_id))
            ledger.answered(message_id, receipt, seconds)   # or ledger.failed(message_id, error, ambiguous=…)
        ledger.finish(parcel.id)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from foundation.database import LinkRow, utc_now
from ledger import reading
from ledger.changes import change, describe, insert_parcel, move, plan_of, reset, superseded
from ledger.confirmations import supersede
from ledger.documents import apply_steps, store_steps
from ledger.holder import Process, this_process
from ledger.links import link_id as id_of_link
from ledger.lock import LEASE, Wanted, check_ours, held
from ledger.states import UNFINISHED, MessageState, ParcelState
from ledger.storing import note_events, pack, store_aside, store_messages
from ledger.tables import MessageRow, ParcelRow
from ledger.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    import pandas as pd
    from sqlalchemy.orm import Session

    from foundation.database import Database
    from ledger.documents import Action, Item
    from ledger.values import Aside, Direction, Message, Parcel


class Ledger:
    """The ledger of one link; safe to use from many threads and to make anew in each task.

    ``process`` is who asks; ``clock`` is the time (the database's own where it is a server, so that leases hold
    between machines). All exchanges and run ids are plain text. Raises Unreachable and Busy of the database.
    """

    def __init__(
        self,
        database: Database,
        link: str | int,
        *,
        process: Process | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.database = database
        self.process = process or this_process()
        self._clock = clock
        if isinstance(link, int):
            self.link_id = link
            return
        with database.begin() as session:
            self.link_id = id_of_link(session, link)

    def hold(self, exchange: str, run_id: str, *, lease: float = LEASE) -> AbstractContextManager[None]:
        """Hold the lock of an exchange; raises Occupied when another run has it. ``lease`` in seconds."""
        wanted = Wanted(self.link_id, exchange, run_id, self.process, lease, self._lease_clock)
        return held(self.database, wanted)

    # -- finding -------------------------------------------------------------------------------------------------------

    def of_run(self, exchange: str, run_id: str, direction: Direction = "out") -> Parcel | None:
        """Return the newest parcel of a run, whatever its state: a run that begins again goes on from it."""
        return self._newest(exchange, run_id, direction, tuple(ParcelState))

    def unfinished(self, exchange: str, run_id: str) -> Parcel | None:
        """Return the outgoing parcel of a run that still has to be sent."""
        return self._newest(exchange, run_id, "out", UNFINISHED)

    def _newest(
        self, exchange: str, run_id: str, direction: Direction, states: tuple[ParcelState, ...]
    ) -> Parcel | None:
        asked = (
            select(ParcelRow.id)
            .where(*self._of(exchange, direction), ParcelRow.run_id == run_id, ParcelRow.state.in_(states))
            .order_by(ParcelRow.id.desc())
        )
        with self.database.session() as session:
            found = session.execute(asked).scalars().first()
            return None if found is None else reading.read_parcel(session, found)

    # -- preparing -----------------------------------------------------------------------------------------------------

    def prepare(
        self,
        exchange: str,
        run_id: str,
        messages: Iterable[NewMessage],
        *,
        counts: Mapping[str, Any] | None = None,
        totals: Mapping[str, Any] | None = None,
        window: Mapping[str, Any] | None = None,
        set_aside: Iterable[Aside] | pd.DataFrame = (),
        steps: Iterable[tuple[Action, Item]] = (),
    ) -> Parcel:
        """Store a parcel with all its messages, in one transaction; older ones that are not wholly answered end.

        So does the wait for the manufacturer's word on an older one that this one replaces, unless it sends nothing.

        ``steps`` is what it changes at the other side (:mod:`ledger.documents`), held there once it is answered.

        The messages are packed as they come, before the transaction begins: their texts never lie in memory
        together, a fault while they are made leaves nothing behind, and other writers wait for milliseconds only.
        Raises Occupied when another process holds the exchange.
        """
        packed = [pack(message) for message in messages]
        now = self._now()
        with self.database.begin() as session:
            session.execute(select(LinkRow.id).where(LinkRow.id == self.link_id).with_for_update())
            check_ours(session, self.link_id, exchange, self.process)
            session.execute(
                update(ParcelRow)
                .where(*self._of(exchange, "out"), ParcelRow.state.in_(UNFINISHED))
                .values(state=ParcelState.SUPERSEDED, updated_at=now)
            )
            parcel_id = insert_parcel(session, self._head(exchange, run_id, "out"), ParcelState.PREPARED, now)
            describe(session, parcel_id, now, counts=counts, totals=totals, window=window)
            store_messages(session, parcel_id, packed, MessageState.PREPARED, now)
            store_aside(session, parcel_id, set_aside)
            store_steps(session, parcel_id, steps)
            if packed:
                supersede(session, self.link_id, exchange, parcel_id, now)
            return reading.read_parcel(session, parcel_id)

    def received(self, exchange: str, run_id: str, scheme: str, text: str, rows: int) -> Message:
        """Store the answer of a ``get`` as it came, before anything is done with it; see :meth:`record`."""
        packed = pack(NewMessage(scheme, text, rows))
        now = self._now()
        with self.database.begin() as session:
            parcel_id = insert_parcel(session, self._head(exchange, run_id, "in"), ParcelState.ANSWERED, now)
            (message_id,) = store_messages(session, parcel_id, [packed], MessageState.ANSWERED, now)
            return reading.read_message(session, message_id)

    def record(
        self,
        parcel_id: int,
        *,
        counts: Mapping[str, Any] | None = None,
        totals: Mapping[str, Any] | None = None,
        window: Mapping[str, Any] | None = None,
        set_aside: Iterable[Aside] | pd.DataFrame = (),
    ) -> Parcel:
        """Add to a parcel what its run found out later: counts and totals are merged by name, rows are added."""
        with self.database.begin() as session:
            self._read(session, parcel_id)
            describe(session, parcel_id, self._now(), counts=counts, totals=totals, window=window)
            store_aside(session, parcel_id, set_aside)
            return reading.read_parcel(session, parcel_id)

    # -- sending -------------------------------------------------------------------------------------------------------

    def to_send(self, parcel_id: int) -> list[int]:
        """Return the ids of the messages to send now, in order, by :func:`ledger.states.plan`.

        Where a window in parts goes again as a whole, its receipts are taken back first: a run that breaks once more
        finds the truth. Raises Occupied when a newer parcel replaced this one.
        """
        with self.database.begin() as session:
            self._check_current(session, parcel_id)
            decided = plan_of(session, parcel_id)
            if decided.again:
                note = "окно частями отправляется заново целиком: неизвестно, принята ли одна из частей"
                reset(session, parcel_id, self._now(), note)
        return list(decided.send)

    def body(self, message_id: int) -> str:
        """Return the text of a message, its hash checked."""
        return reading.body(self.database, message_id)

    def sending(self, message_id: int) -> None:
        """Write down that a message leaves now; committed when this returns.

        Raises Occupied when a newer parcel replaced this one or another process took the exchange over, and
        ValueError when the message is not the next of :meth:`to_send`: parts out of order lose data.
        """
        now = self._now()
        with self.database.begin() as session:
            parcel_id = self._parcel_of(session, message_id)
            self._check_current(session, parcel_id)
            decided = plan_of(session, parcel_id)
            if decided.again or message_id != next(iter(decided.send), None):
                raise ValueError(f"message {message_id} is not the next of its parcel: ask to_send again")
            values = {"state": MessageState.SENT, "ambiguous": False, "error": "", "sent_at": now}
            change(session, message_id, {**values, "attempts": MessageRow.attempts + 1})
            note_events(session, [message_id], MessageState.SENT, now)
            move(session, parcel_id, ParcelState.SENDING, now)

    def answered(self, message_id: int, receipt: str, seconds: float) -> None:
        """Store the service's receipt of a message; ``seconds`` is how long it took."""
        now = self._now()
        values = {"state": MessageState.ANSWERED, "receipt": receipt, "seconds": seconds, "answered_at": now}
        with self.database.begin() as session:
            self._parcel_of(session, message_id)
            change(session, message_id, {**values, "ambiguous": False, "error": ""})
            note_events(session, [message_id], MessageState.ANSWERED, now)

    def failed(self, message_id: int, error: str, *, ambiguous: bool) -> None:
        """Store why a message was not taken; ``ambiguous``: it left, and may have been carried out all the same."""
        now = self._now()
        with self.database.begin() as session:
            parcel_id = self._parcel_of(session, message_id)
            change(session, message_id, {"state": MessageState.FAILED, "error": error, "ambiguous": ambiguous})
            note_events(session, [message_id], MessageState.FAILED, now, error)
            if reading.read_parcel(session, parcel_id).state in UNFINISHED:
                move(session, parcel_id, ParcelState.FAILED, now)

    def finish(self, parcel_id: int) -> Parcel:
        """End the sending of a parcel: ``answered`` when every message has its receipt, else ``failed``.

        A parcel that was superseded meanwhile stays so, and so does one that has ended: a run that is resumed days
        later must not bring back what it sent over what was sent or refused since.
        """
        with self.database.begin() as session:
            if self._read(session, parcel_id).state not in (ParcelState.SUPERSEDED, ParcelState.ANSWERED):
                state = ParcelState.FAILED if plan_of(session, parcel_id).send else ParcelState.ANSWERED
                now = self._now()
                move(session, parcel_id, state, now)
                if state is ParcelState.ANSWERED:
                    exchange = reading.read_parcel(session, parcel_id).exchange
                    apply_steps(session, self.link_id, exchange, parcel_id, now)
            return reading.read_parcel(session, parcel_id)

    def resend(self, what: Parcel | Message, *, by: str, run_id: str | None = None) -> Parcel:
        """Mark a parcel to be sent again as it was, and hand it to ``run_id`` (its own run unless given).

        A message drags its whole parcel along: a part alone would be appended twice. Raises Occupied when the
        exchange is running, or when there is a newer parcel: older data must not overwrite newer.
        """
        parcel_id = getattr(what, "parcel_id", what.id)
        current = reading.parcel(self.database, parcel_id)
        for message in reading.messages(self.database, parcel_id):
            self.body(message.id)
        with self.hold(current.exchange, run_id or f"resend {parcel_id}"), self.database.begin() as session:
            newest = select(ParcelRow.id).where(*self._of(current.exchange, "out")).order_by(ParcelRow.id.desc())
            if session.execute(newest).scalars().first() != parcel_id:
                raise superseded(self._read(session, parcel_id))
            now = self._now()
            reset(session, parcel_id, now, f"повтор по требованию: {by}")
            move(session, parcel_id, ParcelState.PREPARED, now)
            session.execute(update(ParcelRow).where(ParcelRow.id == parcel_id).values(run_id=run_id or current.run_id))
            return reading.read_parcel(session, parcel_id)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        return self._clock() if self._clock else utc_now()

    def _lease_clock(self, session: Session) -> datetime:
        return self._clock() if self._clock else self.database.now(session)

    def _of(self, exchange: str, direction: Direction) -> tuple[Any, ...]:
        return ParcelRow.link_id == self.link_id, ParcelRow.exchange == exchange, ParcelRow.direction == direction

    def _head(self, exchange: str, run_id: str, direction: Direction) -> dict[str, Any]:
        return {"link_id": self.link_id, "exchange": exchange, "direction": direction, "run_id": run_id}

    def _read(self, session: Session, parcel_id: int) -> Parcel:
        """Return a parcel of this link, its row locked for this transaction; raises NotFound."""
        asked = select(ParcelRow.id).where(ParcelRow.id == parcel_id, ParcelRow.link_id == self.link_id)
        if session.execute(asked.with_for_update()).scalar_one_or_none() is None:
            raise reading.not_found("Посылки", "parcel", parcel_id)
        return reading.read_parcel(session, parcel_id)

    def _parcel_of(self, session: Session, message_id: int) -> int:
        """Return the parcel of a message of this link; raises NotFound."""
        asked = select(MessageRow.parcel_id).join(ParcelRow, ParcelRow.id == MessageRow.parcel_id)
        mine = asked.where(MessageRow.id == message_id, ParcelRow.link_id == self.link_id)
        found = session.execute(mine).scalar_one_or_none()
        if found is None:
            raise reading.not_found("Сообщения", "message", message_id)
        return found

    def _check_current(self, session: Session, parcel_id: int) -> None:
        current = self._read(session, parcel_id)
        if current.state is ParcelState.SUPERSEDED:
            raise superseded(current)
        check_ours(session, self.link_id, current.exchange, self.process)
