"""The growing rows of a test base: records by table, new ids, documents with their place in the journal."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sandbox.v77.ids import EMPTY, base36, object_id, time_of_day

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal
    from random import Random

    from sandbox.v77.dbf import Deleted
    from sandbox.v77.structure import Attribute, Configuration, Document, Register

Row = dict[str, Any]

BASES: Final = ("", "CIB", "PIB")
"""Codes of the distributed bases whose objects stand side by side; the first is the base itself."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement of a register as it is summed: ``sign`` is +1 for a receipt."""

    day: date
    dimensions: tuple[str, ...]
    resources: tuple[Decimal, ...]
    sign: int


@dataclass
class Books:
    """Everything that will be written: ``rows`` by table, ``movements`` by register for the totals."""

    configuration: Configuration
    rng: Random
    rows: dict[str, list[Row | Deleted]] = field(default_factory=lambda: defaultdict(list))
    movements: dict[str, list[Movement]] = field(default_factory=lambda: defaultdict(list))
    last: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    stamp: int = 0

    def new_id(self, kind: int) -> str:
        """Return the id of a new object: now and then one that another base of the family made."""
        self.last[kind] += 1
        base = "" if self.rng.random() < 0.8 else self.rng.choice(BASES[1:])  # noqa: PLR2004 - a share
        return object_id(self.last[kind], base)

    def stamped(self) -> str:
        """Return the next version stamp."""
        self.stamp += 1
        return base36(self.stamp, 6)

    def card(self, catalog: str, values: Row, **attributes: Any) -> str:
        """Add an element of a catalog and return its id; attributes go by their names."""
        described = self.configuration.catalogs[catalog]
        identity = self.new_id(described.id)
        row: Row = {"ID": identity, "VERSTAMP": self.stamped(), "PARENTID": EMPTY, "ISFOLDER": 2} | values
        row |= _by_column(described.attributes, attributes)
        self.rows[f"SC{described.id}"].append(row)
        return identity

    def document(
        self, name: str, moment: datetime, head: Row, lines: list[Row], *, posted: bool = True, marked: bool = False
    ) -> str:
        """Add a document with its lines and its record in the journal; return its id."""
        described = self.configuration.documents[name]
        identity = self.new_id(0)
        self.rows[f"DH{described.id}"].append({"IDDOC": identity} | _by_column(described.head, head))
        self.rows[f"DT{described.id}"] += [
            {"IDDOC": identity, "LINENO": number} | _by_column(described.lines, line)
            for number, line in enumerate(lines, 1)
        ]
        self.rows["1SJOURN"].append(self._journal_row(described, identity, moment, posted=posted, marked=marked))
        return identity

    def _journal_row(self, kind: Document, identity: str, moment: datetime, *, posted: bool, marked: bool) -> Row:
        seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
        common = self.configuration.common
        return {
            "IDJOURNAL": base36(kind.id + 50, 4),
            "IDDOC": identity,
            "IDDOCDEF": base36(kind.id, 4),
            "APPCODE": 1,
            "DATE": moment.date(),
            "TIME": time_of_day(seconds, self.rng.randrange(10_000)),
            "DNPREFIX": f"{kind.id:>10}{moment.year}",
            "DOCNO": f"{len(self.rows['1SJOURN']) + 1:08}",
            # Bit 0 is "posted"; bit 2 is seen beside an accounting operation.
            "CLOSED": (1 if posted else 0) | (4 if self.rng.random() < 0.1 else 0),  # noqa: PLR2004 - a share
            "ISMARK": "*" if marked else "",
            "ACTCNT": base36(self.rng.randrange(1, 9), 6),
            "VERSTAMP": self.stamped(),
            common[0].column: object_id(1),
            common[1].column: EMPTY,
        }

    def move(
        self,
        name: str,
        document: str,
        day: date,
        dimensions: tuple[str, ...],
        resources: tuple[Decimal, ...],
        *,
        sign: int,
    ) -> None:
        """Add a movement of a register; a receipt is +1."""
        register: Register = self.configuration.registers[name]
        self.movements[name].append(Movement(day, dimensions, resources, sign))
        cells = zip((*register.dimensions, *register.resources), (*dimensions, *resources), strict=True)
        row: Row = {attribute.column: value for attribute, value in cells}
        row |= {attribute.column: EMPTY for attribute in register.attributes}
        table = self.rows[f"RA{register.id}"]
        table.append({"IDDOC": document, "LINENO": 1, "ACTNO": len(table) + 1, "DEBKRED": 0 if sign > 0 else 1} | row)

    def periodic(
        self, name: str, owner: str, day: date, value: str, *, document: str = EMPTY, seconds: int = 0
    ) -> None:
        """Add a value of an attribute with history."""
        self.rows["1SCONST"].append(
            {
                "OBJID": owner,
                "ID": base36(self.configuration.loose[name], 4),
                "DATE": day,
                "PARTNO": 0,
                "VALUE": value,
                "DOCID": document,
                "TIME": time_of_day(seconds),
                "ACTNO": 0,
                "LINENO": 0,
            }
        )

    def long_text(self, name: str, owner: str, text: str, code_page: str, *, garbage: bytes = b"") -> None:
        """Add a long string in blocks of 80: nine hexadecimal digits of its length, itself, then what was there."""
        content = f"{len(text):9x}".encode("ascii") + text.encode(code_page) + garbage
        for number, at in enumerate(range(0, len(content), 80)):
            self.rows["1SBLOB"].append(
                {
                    "FIELDID": base36(self.configuration.loose[name], 4),
                    "OBJID": owner,
                    "BLOCKNO": number,
                    "BLOCK": content[at : at + 80],
                }
            )


def _by_column(attributes: tuple[Attribute, ...], values: Row) -> Row:
    known = {attribute.name: attribute.column for attribute in attributes}
    return {known[name]: value for name, value in values.items()}
