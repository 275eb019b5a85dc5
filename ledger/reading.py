"""What the ledger says, for the command line and the pages: plain values, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from foundation.database import LinkRow
from foundation.errors import NotFound
from ledger.states import MessageState, ParcelState
from ledger.storing import unpack
from ledger.tables import AsideRow, BodyRow, EventRow, MessageRow, ParcelRow
from ledger.values import Aside, Event, Message, Parcel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from foundation.database import Database


def parcels(
    database: Database,
    *,
    link: str | None = None,
    exchange: str | None = None,
    states: Iterable[ParcelState] = (),
    before: int | None = None,
    limit: int = 50,
) -> list[Parcel]:
    """Return parcels, newest first; ``before`` is the id that the next page goes on below."""
    asked = _parcels().order_by(ParcelRow.id.desc()).limit(limit)
    if link is not None:
        asked = asked.where(LinkRow.name == link)
    if exchange is not None:
        asked = asked.where(ParcelRow.exchange == exchange)
    if states:
        asked = asked.where(ParcelRow.state.in_(list(states)))
    if before is not None:
        asked = asked.where(ParcelRow.id < before)
    with database.session() as session:
        return [as_parcel(row, name) for row, name in session.execute(asked)]


def parcel(database: Database, parcel_id: int) -> Parcel:
    """Return one parcel; raises NotFound."""
    with database.session() as session:
        return read_parcel(session, parcel_id)


def messages(database: Database, parcel_id: int) -> list[Message]:
    """Return the messages of a parcel in their order; raises NotFound when there is no such parcel."""
    with database.session() as session:
        read_parcel(session, parcel_id)
        asked = _messages().where(MessageRow.parcel_id == parcel_id).order_by(MessageRow.seq)
        return [_as_message(row, kept=kept) for row, kept in session.execute(asked)]


def message(database: Database, message_id: int) -> Message:
    """Return one message without its text; raises NotFound."""
    with database.session() as session:
        return read_message(session, message_id)


def body(database: Database, message_id: int) -> str:
    """Return the text of a message; raises NotFound when it was forgotten, Fatal when it is damaged."""
    with database.session() as session:
        sha256 = read_message(session, message_id).sha256
        packed = session.execute(select(BodyRow.packed).where(BodyRow.message_id == message_id)).scalar_one_or_none()
    if packed is None:
        raise NotFound(
            f"Текст сообщения {message_id} уже удалён по сроку хранения.",
            en=f"The text of message {message_id} was deleted when its time was over.",
            todo="Запустите обмен заново, если данные нужны.",
            todo_en="Run the exchange anew if the data is needed.",
            message=message_id,
        )
    return unpack(message_id, packed, sha256)


def events(database: Database, message_id: int) -> list[Event]:
    """Return what happened to a message, oldest first."""
    asked = select(EventRow).where(EventRow.message_id == message_id).order_by(EventRow.id)
    with database.session() as session:
        return [Event(row.at, MessageState(row.state), row.note) for row in session.execute(asked).scalars()]


def set_aside(database: Database, parcel_id: int, *, limit: int | None = None) -> list[Aside]:
    """Return what a parcel does not carry, the most valuable first."""
    asked = select(AsideRow).where(AsideRow.parcel_id == parcel_id).order_by(AsideRow.value.desc(), AsideRow.id)
    names = tuple(Aside.__dataclass_fields__)
    with database.session() as session:
        rows = session.execute(asked.limit(limit)).scalars()
        return [Aside(**{name: getattr(row, name) for name in names}) for row in rows]


def summary(database: Database, link: str) -> dict[str, Parcel]:
    """Return the newest parcel of each exchange of a link."""
    newest = select(func.max(ParcelRow.id)).group_by(ParcelRow.link_id, ParcelRow.exchange)
    asked = _parcels().where(LinkRow.name == link, ParcelRow.id.in_(newest)).order_by(ParcelRow.exchange)
    with database.session() as session:
        return {row.exchange: as_parcel(row, name) for row, name in session.execute(asked)}


def read_parcel(session: Session, parcel_id: int) -> Parcel:
    """Return one parcel within a session; raises NotFound."""
    found = session.execute(_parcels().where(ParcelRow.id == parcel_id)).first()
    if found is None:
        raise not_found("Посылки", "parcel", parcel_id)
    return as_parcel(*found)


def read_message(session: Session, message_id: int) -> Message:
    """Return one message within a session; raises NotFound."""
    found = session.execute(_messages().where(MessageRow.id == message_id)).first()
    if found is None:
        raise not_found("Сообщения", "message", message_id)
    return _as_message(found[0], kept=found[1])


def not_found(whose: str, en: str, number: int) -> NotFound:
    """Return the error for a parcel or message that is not there."""
    return NotFound(
        f"{whose} {number} в журнале нет.",
        en=f"There is no {en} {number} in the ledger.",
        todo="Посмотрите номера в списке: mi1c ledger list.",
        todo_en="See the numbers in the list: mi1c ledger list.",
        **{en: number},
    )


def _parcels() -> Select[tuple[ParcelRow, str]]:
    asked = select(ParcelRow, LinkRow.name).join(LinkRow, LinkRow.id == ParcelRow.link_id)
    return asked.execution_options(populate_existing=True)


def _messages() -> Select[tuple[MessageRow, bool]]:
    kept = select(BodyRow.message_id).where(BodyRow.message_id == MessageRow.id).exists()
    return select(MessageRow, kept).execution_options(populate_existing=True)


def as_parcel(row: ParcelRow, link: str) -> Parcel:
    """Return a parcel's row as a value."""
    values: dict[str, Any] = {name: getattr(row, name) for name in Parcel.__dataclass_fields__ if name != "link"}
    return Parcel(**{**values, "link": link, "state": ParcelState(row.state)})


def _as_message(row: MessageRow, *, kept: bool) -> Message:
    values: dict[str, Any] = {name: getattr(row, name) for name in Message.__dataclass_fields__ if name != "kept"}
    return Message(**{**values, "state": MessageState(row.state), "kept": kept})
