"""How texts and rows go into the ledger: compressed, hashed, in bulk."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import insert

from foundation.errors import Fatal
from ledger.states import MessageState
from ledger.tables import AsideRow, BodyRow, EventRow, MessageRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    import pandas as pd
    from sqlalchemy.orm import Session

    from ledger.values import Aside, NewMessage

LEVEL: Final = 1
"""zlib's fastest level: XML of one shape shrinks eight times at it, and 4 MiB cost a few hundredths of a second."""

ASIDE_DEFAULTS: Final[dict[str, Any]] = {
    "kind": "row",
    "our_id": "",
    "their_id": "",
    "name": "",
    "reason": "",
    "said": "",
    "quantity": 0,
    "value": 0,
}


@dataclass(frozen=True, slots=True)
class Packed:
    """A message's text as it is stored."""

    message: NewMessage
    sha256: str
    raw_size: int
    body: bytes


def pack(message: NewMessage) -> Packed:
    """Compress and hash a message; its text is not kept."""
    raw = message.text.encode()
    return Packed(replace(message, text=""), hashlib.sha256(raw).hexdigest(), len(raw), zlib.compress(raw, LEVEL))


def unpack(message_id: int, packed: bytes, sha256: str) -> str:
    """Return the text that was stored; raises Fatal when it is not the text whose hash was written."""
    try:
        raw = zlib.decompress(packed)
    except zlib.error:
        raw = b""
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise Fatal(
            f"Текст сообщения {message_id} в журнале повреждён: контрольная сумма не сходится.",
            en=f"The text of message {message_id} in the ledger is damaged: its hash differs.",
            todo="Не отправляйте его. Запустите обмен заново: данные будут прочитаны из 1С ещё раз.",
            todo_en="Do not send it. Run the exchange anew: the data will be read from 1C again.",
            message=message_id,
        )
    return raw.decode()


def store_messages(
    session: Session, parcel_id: int, packed: Sequence[Packed], state: MessageState, at: datetime
) -> list[int]:
    """Store packed messages in their order and return their ids."""
    ids = []
    for seq, each in enumerate(packed, start=1):
        answered = state is MessageState.ANSWERED
        values = {
            "parcel_id": parcel_id,
            "seq": seq,
            "scheme": each.message.scheme,
            "state": state,
            "ambiguous": False,
            "sha256": each.sha256,
            "raw_size": each.raw_size,
            "wire_size": each.message.wire_size,
            "rows": each.message.rows,
            "totals": plain(each.message.totals),
            "attempts": 1 if answered else 0,
            "receipt": "",
            "error": "",
            "prepared_at": at,
            "answered_at": at if answered else None,
        }
        ids.append(session.execute(insert(MessageRow).values(**values).returning(MessageRow.id)).scalar_one())
    if ids:
        bodies = [{"message_id": id_, "packed": each.body} for id_, each in zip(ids, packed, strict=True)]
        session.execute(insert(BodyRow), bodies)
        note_events(session, ids, state, at)
    return ids


def note_events(session: Session, ids: Sequence[int], state: MessageState, at: datetime, note: str = "") -> None:
    """Write down that messages came to a state."""
    session.execute(insert(EventRow), [{"message_id": id_, "at": at, "state": state, "note": note} for id_ in ids])


def store_aside(session: Session, parcel_id: int, rows: Iterable[Aside] | pd.DataFrame) -> int:
    """Store what a parcel does not carry, and return how many rows that is.

    ``rows`` are values, or a frame with columns of their names (those that are missing are empty).
    """
    listed = [{**ASIDE_DEFAULTS, **row, "parcel_id": parcel_id} for row in _aside_values(rows)]
    if listed:
        session.execute(insert(AsideRow), listed)
    return len(listed)


def _aside_values(rows: Iterable[Aside] | pd.DataFrame) -> Iterable[Mapping[str, Any]]:
    if not hasattr(rows, "columns"):
        return [asdict(row) for row in rows]
    frame = cast("pd.DataFrame", rows)
    names = [name for name in ASIDE_DEFAULTS if name in frame.columns]
    columns = [frame[name].astype(object).tolist() for name in names]
    return [
        {
            name: (str(value) if value == value and value is not None else "")  # noqa: PLR0124 - only NaN differs
            if isinstance(ASIDE_DEFAULTS[name], str)
            else int(value)
            for name, value in zip(names, row, strict=True)
        }
        for row in zip(*columns, strict=True)
    ]


def plain(value: Any) -> Any:
    """Turn counts, totals and windows into what JSON keeps exactly: a Decimal becomes its text."""
    match value:
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case dict():
            return {str(name): plain(each) for name, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case bool() | int() | str() | None:
            return value
        case _ if hasattr(value, "item"):  # a number of numpy's
            return plain(value.item())
    raise TypeError(f"counts and totals hold integers, texts and decimals, not {type(value).__name__}")
