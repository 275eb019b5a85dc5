"""Every error the product raises on purpose, named by what the caller does next.

::

    MI1CError
    ├── Fatal               stop; a person must act
    │   ├── Faults              settings, a link, a profile, a layout or a file: all its faults at once
    │   ├── AccessDenied        wrong user or password, or rights are missing
    │   ├── NotPublished        the 1C base does not publish an entity, a field or a function
    │   ├── BadAnswer           the answer is not what the protocol promises (HTML, half an XML, nothing)
    │   ├── Refused             the other side understood and said no (its own words are in ``answer``)
    │   ├── TooLarge            one piece of data passes a limit that cannot be split further
    │   ├── NotFound            a link, a parcel, a message or a file that was named is not there
    │   └── Occupied            another run holds the exchange, or a newer parcel replaced this one
    ├── Retriable           the same call may succeed later
    │   ├── Unreachable         no connection: nothing left this machine
    │   ├── Busy                the other side asked to come later (503, 406, 429)
    │   └── Ambiguous           the request left, the answer did not come: repeatable calls are repeated as they were
    └── SetAside            this row or document waits, the rest goes on
        ├── Unmatched           no correspondence
        └── Impossible          the row contradicts itself or a rule (a factor of zero, a number out of range)

An error carries a sentence for the operator and what to do next, both in Russian and in English, and facts as
attributes in ``facts``. It never carries a body, a password or a token; an address in it has no credentials.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class MI1CError(Exception):
    """The root: ``said`` and ``todo`` are the operator's Russian sentences, ``en`` and ``todo_en`` the English ones."""

    def __init__(self, said: str, *, en: str, todo: str = "", todo_en: str = "", **facts: object) -> None:
        super().__init__(said)
        self.said, self.en, self.todo, self.todo_en = said, en, todo, todo_en
        self.facts: dict[str, object] = {name: value for name, value in facts.items() if value is not None}

    @property
    def russian(self) -> str:
        """What happened and what to do next, in Russian."""
        return f"{self.said} {self.todo}".strip()

    @property
    def english(self) -> str:
        """What happened and what to do next, in English."""
        return f"{self.en} {self.todo_en}".strip()

    def __str__(self) -> str:
        return f"{self.russian}\n{self.english}"


class Fatal(MI1CError):
    """Stop; a person must act before the same call can succeed."""


class Retriable(MI1CError):
    """The same call may succeed later without anybody's doing."""


class SetAside(MI1CError):
    """One row or document waits; the rest goes on."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, with the path to it: ``entities.stock.fields.quantity``, ``строка 12, EAN``."""

    path: str
    said: str
    en: str

    def __str__(self) -> str:
        return f"{self.path}: {self.said} / {self.en}"


class Faults(Fatal):
    """Everything that is wrong with one thing a person wrote or a base published, told at once."""

    def __init__(
        self,
        said: str,
        faults: Sequence[Fault],
        *,
        en: str,
        todo: str = "",
        todo_en: str = "",
        **facts: object,
    ) -> None:
        super().__init__(said, en=en, todo=todo, todo_en=todo_en, **facts)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join([self.russian, self.english, *(f"  • {fault}" for fault in self.faults)])


class AccessDenied(Fatal):
    """Wrong user or password, or the user lacks rights."""


class NotPublished(Fatal):
    """The 1C base does not publish what is needed."""


class BadAnswer(Fatal):
    """The answer is not what the protocol promises; nothing in it can be trusted."""


class Refused(Fatal):
    """The other side understood and refused; its own words are in ``facts["answer"]``, shortened."""


class TooLarge(Fatal):
    """A piece of data passes a limit and cannot be split further."""


class NotFound(Fatal):
    """What was named is not there."""


class Occupied(Fatal):
    """Another run holds the exchange, or a newer parcel replaced this one."""


class Unreachable(Retriable):
    """No connection was made: nothing left this machine."""


class Busy(Retriable):
    """The other side asked to come later."""


class Ambiguous(Retriable):
    """The request left and no answer came: it may or may not have been carried out."""


class Unmatched(SetAside):
    """A code on one side has no correspondence on the other."""


class Impossible(SetAside):
    """A row contradicts itself or a rule."""
