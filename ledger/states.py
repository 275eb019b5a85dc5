"""The states of parcels and messages, and the one decision that keeps a window whole: what to send when it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence


class ParcelState(StrEnum):
    """What a parcel is at."""

    PREPARED = "prepared"
    SENDING = "sending"
    ANSWERED = "answered"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class MessageState(StrEnum):
    """What a message is at; ``sent`` means that it left and that nobody knows more."""

    PREPARED = "prepared"
    SENT = "sent"
    ANSWERED = "answered"
    FAILED = "failed"


UNFINISHED: Final = (ParcelState.PREPARED, ParcelState.SENDING, ParcelState.FAILED)
"""A parcel in one of these states may still be sent."""

RUSSIAN: Final[dict[str, str]] = {
    ParcelState.PREPARED: "подготовлено",
    ParcelState.SENDING: "отправляется",
    MessageState.SENT: "отправлено, ответа нет",
    ParcelState.ANSWERED: "принято",
    ParcelState.FAILED: "ошибка",
    ParcelState.SUPERSEDED: "заменено более новой посылкой",
}
"""How an operator reads a state."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one message of a parcel stands; ``ambiguous``: it failed, but may have been carried out."""

    id: int
    state: MessageState
    ambiguous: bool = False

    @property
    def uncertain(self) -> bool:
        """Whether the other side may hold it although no receipt says so."""
        return self.state is MessageState.SENT or (self.state is MessageState.FAILED and self.ambiguous)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent now: the messages in order, and whether those that were answered go once more."""

    send: tuple[int, ...]
    again: bool = False


def plan(standings: Sequence[Standing]) -> Plan:
    """Decide how a parcel that is taken up goes on; ``standings`` are its messages in their order.

    A parcel of several messages is a window in parts: the first deletes the window at the other side, the rest append
    blindly. A part that may or may not have been appended can be repeated only after the window was deleted again, so
    the whole parcel goes from its first part, byte for byte. The same where a later part was answered before an
    earlier one. Otherwise it goes on with the first part that has no receipt.
    """
    waiting = tuple(each.id for each in standings if each.state is not MessageState.ANSWERED)
    everything = tuple(each.id for each in standings)
    in_order = everything[len(everything) - len(waiting) :] == waiting
    whole = any(each.uncertain for each in standings) or not in_order
    if len(standings) > 1 and whole:
        return Plan(everything, again=waiting != everything)
    return Plan(waiting)
