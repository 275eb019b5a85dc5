"""The manufacturer's word on a parcel: asked for, given, refused in part, superseded, overdue.

The word is written here before anything else learns of it, so whoever acts on it later (the suspended run, the
``confirmations`` flow, the command line, a page) may be killed and begin again. Two marks carry that: a state other
than ``waiting`` means that the word is final, and a ``run_id`` that is not empty means that a run may still be
suspended for it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from foundation.database import LinkRow, utc_now
from foundation.errors import Fatal, Fault, Faults, NotFound, Occupied
from ledger import reading
from ledger.refusing import refuse
from ledger.states import MessageState
from ledger.storing import note_events
from ledger.tables import ConfirmationRow, MessageRow, ParcelRow
from ledger.verdicts import CHANGES_ONLY, RUSSIAN, WORDS, Confirmation, Verdict, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

    from foundation.database import Database


class Confirmations:
    """The confirmations of one link; safe to make anew in each task. ``clock`` is the time, with its zone."""

    def __init__(self, database: Database, link_id: int, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.database = database
        self.link_id = link_id
        self._clock = clock

    def ask(self, parcel_id: int, source: str, deadline: datetime, run_id: str = "") -> Confirmation:
        """Open the wait for a parcel's word, or return the one that is there; ``run_id`` is the run that will wait.

        A parcel that was sent again since its word was asked for or given waits for a new one; the word that it had
        stays in the history of its messages. Where a parcel replaces all that went before (:func:`replaces`), older
        words that are still awaited are superseded, and this one is where a newer parcel was asked about already.
        Raises NotFound.
        """
        now = self._clock()
        with self.database.begin() as session:
            parcel = self._parcel(session, parcel_id)
            found = _find(session, parcel_id)
            question = _question(source, deadline, now)
            if found is None:
                about = {"parcel_id": parcel_id, "link_id": self.link_id, "exchange": parcel.exchange, "run_id": ""}
                late = {"state": Verdict.SUPERSEDED, "ended_at": now} if self._is_late(session, parcel) else {}
                session.execute(insert(ConfirmationRow).values(**about | question | late))
                supersede(session, self.link_id, parcel.exchange, parcel_id, now)
            elif again := _sent_since(session, found):
                note_events(session, again, MessageState.ANSWERED, now, f"отправлено ещё раз; {_told(found)}")
                _change(session, parcel_id, **question)
            if run_id and (found is None or read(session, parcel_id).state is Verdict.WAITING):
                _change(session, parcel_id, run_id=run_id)
            return read(session, parcel_id)

    def say(self, parcel_id: int, word: Word) -> Confirmation:
        """Write down the word on a parcel; what is refused is sent again by the next run. The same word twice is one.

        Raises NotFound where none was asked for, Faults where the word contradicts itself, Occupied where a newer
        parcel replaced this one, Fatal where another word stands already.
        """
        now = self._clock()
        check(word, now)
        with self.database.begin() as session:
            parcel = self._parcel(session, parcel_id)
            found = _find(session, parcel_id)
            if found is None:
                raise not_asked(parcel_id)
            if found.state is Verdict.SUPERSEDED:
                raise _superseded(found)
            if found.state in WORDS:
                if _same(found, word):
                    return found
                raise _said_already(found)
            refused = [asdict(each) for each in refuse(session, parcel, word)]
            told = {"said_by": word.by, "said_at": word.at or now, "remark": word.remark, "author": word.author}
            _change(session, parcel_id, state=word.verdict, refused=refused, ended_at=now, **told)
            return read(session, parcel_id)

    def overdue(self) -> list[Confirmation]:
        """Mark what was not answered until its deadline, and return it."""
        now = self._clock()
        late = ConfirmationRow.state == Verdict.WAITING, ConfirmationRow.deadline <= now
        with self.database.begin() as session:
            ids = list(session.execute(select(ConfirmationRow.parcel_id).where(*self._mine(), *late)).scalars())
            for parcel_id in ids:
                _change(session, parcel_id, state=Verdict.OVERDUE, ended_at=now)
            return [read(session, parcel_id) for parcel_id in ids]

    def to_remind(self, after: timedelta) -> list[Confirmation]:
        """Return what has waited for so long and nobody was reminded of."""
        before = ConfirmationRow.asked_at <= self._clock() - after
        waiting = ConfirmationRow.state == Verdict.WAITING, ConfirmationRow.reminded_at.is_(None)
        return self._listed(*waiting, before)

    def reminded(self, parcel_ids: Iterable[int]) -> None:
        """Write down that somebody was reminded."""
        with self.database.begin() as session:
            for parcel_id in parcel_ids:
                _change(session, parcel_id, reminded_at=self._clock())

    def waiting(self, source: str = "") -> list[Confirmation]:
        """Return what is awaited, the oldest first; ``source``: only what that one has to say."""
        waiting = ConfirmationRow.state == Verdict.WAITING
        return self._listed(waiting, *([ConfirmationRow.source == source] if source else []))

    def ended_with_run(self) -> list[Confirmation]:
        """Return what has its word while a run may still be suspended for it."""
        return self._listed(ConfirmationRow.state != Verdict.WAITING, ConfirmationRow.run_id != "")

    def released(self, parcel_id: int) -> None:
        """Write down that no run waits for a parcel's word any more."""
        with self.database.begin() as session:
            _change(session, parcel_id, run_id="")

    def _listed(self, *conditions: Any) -> list[Confirmation]:
        asked = _confirmations().where(*self._mine(), *conditions).order_by(ConfirmationRow.parcel_id)
        with self.database.session() as session:
            return [_as_value(row, link) for row, link in session.execute(asked)]

    def _mine(self) -> tuple[Any, ...]:
        return (ConfirmationRow.link_id == self.link_id,)

    def _of(self, exchange: str) -> tuple[Any, ...]:
        return (*self._mine(), ConfirmationRow.exchange == exchange)

    def _parcel(self, session: Session, parcel_id: int) -> ParcelRow:
        """Return a parcel of this link, its row locked for this transaction; raises NotFound."""
        asked = select(ParcelRow).where(ParcelRow.id == parcel_id, ParcelRow.link_id == self.link_id)
        found = session.execute(asked.with_for_update()).scalar_one_or_none()
        if found is None:
            raise reading.not_found("Посылки", "parcel", parcel_id)
        return found

    def _is_late(self, session: Session, parcel: ParcelRow) -> bool:
        """Whether a newer parcel that replaces this one was asked about already."""
        newest = select(func.max(ConfirmationRow.parcel_id)).where(*self._of(parcel.exchange))
        return replaces(parcel.exchange) and (session.execute(newest).scalar() or 0) > parcel.id


def replaces(exchange: str) -> bool:
    """Whether a parcel of an exchange replaces the ones before it: all balances, a window of shipments.

    Where only changes travel, an older parcel's rows are in no newer one: its word is awaited beside the newer one's.
    """
    return exchange not in CHANGES_ONLY


def supersede(session: Session, link_id: int, exchange: str, parcel_id: int, now: datetime) -> None:
    """End the wait for words on parcels that are older than this one, where fresher data takes their place."""
    if not replaces(exchange):
        return
    older = ConfirmationRow.link_id == link_id, ConfirmationRow.exchange == exchange
    awaited = ConfirmationRow.parcel_id < parcel_id, ConfirmationRow.state == Verdict.WAITING
    session.execute(update(ConfirmationRow).where(*older, *awaited).values(state=Verdict.SUPERSEDED, ended_at=now))


def of_parcel(database: Database, parcel_id: int) -> Confirmation | None:
    """Return the confirmation of a parcel, or None where none was asked for."""
    with database.session() as session:
        return _find(session, parcel_id)


def confirmations(
    database: Database, *, link: str | None = None, states: Sequence[Verdict] = (), limit: int = 50
) -> list[Confirmation]:
    """Return confirmations of all links or of one, the newest first."""
    asked = _confirmations().order_by(ConfirmationRow.parcel_id.desc()).limit(limit)
    if link is not None:
        asked = asked.where(LinkRow.name == link)
    if states:
        asked = asked.where(ConfirmationRow.state.in_(list(states)))
    with database.session() as session:
        return [_as_value(row, name) for row, name in session.execute(asked)]


def check(word: Word, now: datetime) -> None:
    """Raise Faults with everything that contradicts itself in a word."""
    faults = []
    if word.verdict not in WORDS:
        raise ValueError(f"nobody can say {word.verdict!r}")
    if not word.by.strip():
        faults.append(Fault("by", "не сказано, кто ответил от производителя", "who answered is missing"))
    if word.documents and word.verdict is not Verdict.REFUSED:
        said = f"названы непринятые документы, а слово — «{RUSSIAN[word.verdict]}»"
        faults.append(Fault("documents", said, "documents are refused, the word is another"))
    if word.at is not None and word.at > now:
        faults.append(Fault("at", "время ответа ещё не наступило", "the answer's time lies in the future"))
    if faults:
        raise Faults(
            "Слово производителя записать нельзя.",
            faults,
            en="The manufacturer's word cannot be written down.",
            todo="Исправьте перечисленное и введите его ещё раз.",
            todo_en="Mend what is listed and enter it again.",
        )


def read(session: Session, parcel_id: int) -> Confirmation:
    """Return the confirmation of a parcel within a session; raises NotFound."""
    found = _find(session, parcel_id)
    if found is None:
        raise not_asked(parcel_id)
    return found


def not_asked(parcel_id: int) -> NotFound:
    """Return the error for a parcel whose word nobody waits for."""
    return NotFound(
        f"Подтверждение посылки {parcel_id} не запрашивалось.",
        en=f"No confirmation of parcel {parcel_id} was asked for.",
        todo="Посмотрите, что ждёт подтверждения: mi1c confirmations.",
        todo_en="See what waits for one: mi1c confirmations.",
        parcel=parcel_id,
    )


def _superseded(found: Confirmation) -> Occupied:
    return Occupied(
        f"Посылку {found.parcel_id} ({found.exchange}) заменила более новая: слово по ней уже не нужно.",
        en=f"Parcel {found.parcel_id} ({found.exchange}) was replaced by a newer one: its word is not needed any more.",
        todo="Спросите производителя о новой посылке: mi1c confirmations.",
        todo_en="Ask the manufacturer about the newer parcel: mi1c confirmations.",
        parcel=found.parcel_id,
    )


def _said_already(found: Confirmation) -> Fatal:
    said = f"{RUSSIAN[found.state]}, {found.said_by}"
    return Fatal(
        f"По посылке {found.parcel_id} слово уже записано: {said}.",
        en=f"The word on parcel {found.parcel_id} stands already: {found.state}.",
        todo="Если оно неверно, запустите обмен ещё раз и подтвердите новую посылку.",
        todo_en="If it is wrong, run the exchange again and confirm the new parcel.",
        parcel=found.parcel_id,
    )


def _same(found: Confirmation, word: Word) -> bool:
    named = [each["document"] for each in found.refused if each["document"]]
    return (found.state, found.said_by, found.remark, named) == (
        word.verdict,
        word.by,
        word.remark,
        list(word.documents),
    )


def _question(source: str, deadline: datetime, now: datetime) -> dict[str, Any]:
    """Return what a confirmation is that was just asked for."""
    unsaid: dict[str, Any] = {
        "said_by": "",
        "said_at": None,
        "remark": "",
        "refused": [],
        "author": "",
        "ended_at": None,
    }
    state = {"state": Verdict.WAITING, "source": source, "asked_at": now, "deadline": deadline, "reminded_at": None}
    return unsaid | state


def _sent_since(session: Session, found: Confirmation) -> list[int]:
    """Return the messages of a parcel that left after its word was asked for, or given; superseded ones never do."""
    if found.state is Verdict.SUPERSEDED:
        return []
    row = MessageRow
    asked = select(row.id).where(row.parcel_id == found.parcel_id, row.sent_at > (found.ended_at or found.asked_at))
    return list(session.execute(asked.order_by(row.seq)).scalars())


def _told(found: Confirmation) -> str:
    """Say what a confirmation was at before it is asked for again."""
    by = f" ({found.said_by})" if found.said_by else ""
    return f"до этого: {RUSSIAN[found.state]}{by}"


def _change(session: Session, parcel_id: int, **values: Any) -> None:
    session.execute(update(ConfirmationRow).where(ConfirmationRow.parcel_id == parcel_id).values(**values))


def _confirmations() -> Any:
    asked = select(ConfirmationRow, LinkRow.name).join(LinkRow, LinkRow.id == ConfirmationRow.link_id)
    return asked.execution_options(populate_existing=True)


def _find(session: Session, parcel_id: int) -> Confirmation | None:
    found = session.execute(_confirmations().where(ConfirmationRow.parcel_id == parcel_id)).first()
    return None if found is None else _as_value(*found)


def _as_value(row: ConfirmationRow, link: str) -> Confirmation:
    names = [name for name in Confirmation.__dataclass_fields__ if name not in {"link", "state"}]
    values: dict[str, Any] = {name: getattr(row, name) for name in names}
    return Confirmation(**values, link=link, state=Verdict(row.state))
