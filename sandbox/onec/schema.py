"""What a base consists of: its sets, its registers and the rules by which documents write into them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.onec.errors import no_set

if TYPE_CHECKING:
    from sandbox.onec.shapes import Shape


@dataclass(frozen=True, slots=True)
class Rule:
    """What posting a document writes into one register; see ``configurations/README.md``."""

    register: str
    record: str
    section: str
    fields: dict[str, str]
    when: dict[str, list[Any]]


@dataclass(slots=True)
class Register:
    """A register: ``records`` is the shape of one record; dimensions and resources are attribute names.

    ``recorders`` are the documents that write into it; an independent information register has none. ``accounting``:
    accounts and what they are broken down by are its first dimensions; a Receipt is a debit.
    """

    name: str
    information: bool
    balance: bool
    periodic: bool
    recorders: tuple[str, ...]
    records: Shape
    dimensions: tuple[str, ...]
    resources: tuple[str, ...]
    accounting: bool = False

    @property
    def independent(self) -> bool:
        """Whether records are written one by one, without a document."""
        return self.records.name == self.name

    @property
    def recorder_slots(self) -> tuple[int, ...]:
        """Slots of the recorder in a record: the reference, or value and type where there are several."""
        return self.records.slots_of("Recorder")


@dataclass(slots=True)
class EntitySet:
    """One set. ``kind`` says which: catalog, document, section, register (independent), records, recordset.

    A section has its ``owner`` set; the three kinds of register sets have their ``register``.
    """

    name: str
    kind: str
    shape: Shape
    owner: str = ""
    register: Register | None = None
    sections: dict[str, Shape] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    numbered: tuple[str, int] = ("", 0)


@dataclass(slots=True)
class Configuration:
    """Everything that the base has; ``published`` are the sets that the interface shows, in the order of the file."""

    name: str
    version: str
    sets: dict[str, EntitySet]
    registers: dict[str, Register]
    enums: dict[str, tuple[str, ...]]
    published: tuple[str, ...]

    def set(self, name: str) -> EntitySet:
        """Return a published set; refuses with 404 and code 8, also when the set is only not published."""
        if name not in self.published:
            raise no_set(name)
        return self.sets[name]

    def register(self, name: str) -> Register:
        """Return a register by its full name or its name without the prefix; raises KeyError."""
        for prefix in ("", "AccumulationRegister_", "InformationRegister_", "AccountingRegister_"):
            if prefix + name in self.registers:
                return self.registers[prefix + name]
        raise KeyError(name)
