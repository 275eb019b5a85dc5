"""The structure of a configuration: catalogs, documents and registers with their attributes, as tables of a base."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sandbox.v77.dbf import Field

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute by its metadata id; ``kind`` is C, N or D."""

    id: int
    name: str
    kind: str = "C"
    width: int = 9
    decimals: int = 0

    @property
    def column(self) -> str:
        """The name of its column."""
        return f"SP{self.id}"

    def field(self) -> tuple[Field, str]:
        """Return its field and how the dictionary describes it."""
        return Field(self.column, self.kind, self.width, self.decimals), f"(P){self.name}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a base: its file, its full description, its fields with descriptions, its indexes."""

    name: str
    title: str
    fields: tuple[tuple[Field, str], ...]
    indexes: tuple[tuple[str, str], ...] = ()

    @property
    def layout(self) -> list[Field]:
        """The fields alone."""
        return [each for each, _ in self.fields]


def c(name: str, width: int, title: str = "") -> tuple[Field, str]:
    """Return a text field with its description."""
    return Field(name, "C", width), title


def n(name: str, width: int, title: str = "") -> tuple[Field, str]:
    """Return a field of whole numbers with its description."""
    return Field(name, "N", width), title


def d(name: str, title: str = "") -> tuple[Field, str]:
    """Return a date field with its description."""
    return Field(name, "D", 8), title


ISMARK: Final = c("ISMARK", 1, "Flag Object is Marke")
VERSTAMP: Final = c("VERSTAMP", 6, "Version stamp")


@dataclass(frozen=True, slots=True)
class Catalog:
    """A catalog; a code or a name of no width is not there."""

    id: int
    name: str
    attributes: tuple[Attribute, ...] = ()
    code: int = 5
    descr: int = 50
    folders: bool = False
    owned: bool = False

    def tables(self) -> Iterator[Table]:
        """Yield its one table."""
        fields = [c("ID", 9, "ID object")]
        fields += [c("PARENTID", 9, "ID parent obj")] * self.folders
        fields += [c("CODE", self.code, "object code")] * bool(self.code)
        fields += [c("DESCR", self.descr, "object description")] * bool(self.descr)
        fields += [c("PARENTEXT", 9, "Parent in other tabl")] * self.owned
        fields += [n("ISFOLDER", 1, "Flag - Is Line - Fol")] * self.folders
        fields += [ISMARK, VERSTAMP, *(each.field() for each in self.attributes)]
        yield Table(f"SC{self.id}", f"Справочник {self.name}", tuple(fields), (("IDD", "ID"),))


@dataclass(frozen=True, slots=True)
class Document:
    """A kind of documents with the attributes of its head and of its lines."""

    id: int
    name: str
    head: tuple[Attribute, ...] = ()
    lines: tuple[Attribute, ...] = ()

    def tables(self) -> Iterator[Table]:
        """Yield the table of heads and the table of lines."""
        head = (c("IDDOC", 9, "ID Document's"), *(each.field() for each in self.head))
        yield Table(f"DH{self.id}", f"Документ {self.name}", head, (("ID", "IDDOC"),))
        if self.lines:
            lines = (c("IDDOC", 9, "ID Document's"), n("LINENO", 4, "LineNo"), *(each.field() for each in self.lines))
            yield Table(f"DT{self.id}", f"Документ (Мн.ч.) {self.name}", lines, (("IDLINE", "IDDOC,LINENO"),))


@dataclass(frozen=True, slots=True)
class Register:
    """A register; a turnover one keeps sums of a period, not balances at its end."""

    id: int
    name: str
    dimensions: tuple[Attribute, ...]
    resources: tuple[Attribute, ...]
    attributes: tuple[Attribute, ...] = ()
    turnover: bool = False

    def tables(self) -> Iterator[Table]:
        """Yield the table of totals and the table of movements."""
        properties = tuple(each.field() for each in (*self.dimensions, *self.resources))
        prop = ",".join(["PERIOD", *(each.column for each in self.dimensions)])
        yield Table(
            f"RG{self.id}", f"Регистр {self.name}", (d("PERIOD", "Period Registr"), *properties), (("PROP", prop),)
        )
        system = (
            c("IDDOC", 9, "ID Document's"),
            n("LINENO", 4, "LineNo"),
            n("ACTNO", 6, "Action No"),
            n("DEBKRED", 1, "Flag Debet/Kredit"),
        )
        more = tuple(each.field() for each in self.attributes)
        yield Table(
            f"RA{self.id}", f"Регистр (Дв.) {self.name}", (*system, *properties, *more), (("IDLINE", "IDDOC,LINENO"),)
        )


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration: its objects by name, and the attributes that all documents share."""

    catalogs: dict[str, Catalog]
    documents: dict[str, Document]
    registers: dict[str, Register]
    common: tuple[Attribute, ...] = ()
    loose: dict[str, int] = field(default_factory=dict)
    """Metadata ids of attributes that have no column: periodic ones, long strings, constants."""

    def tables(self) -> dict[str, Table]:
        """Return every table of the base by its name, in the order of a dictionary."""
        own = [table for catalog in self.catalogs.values() for table in catalog.tables()]
        own += [table for document in self.documents.values() for table in document.tables()]
        own += [table for register in self.registers.values() for table in register.tables()]
        return {table.name: table for table in [*self._system(), *own]}

    def _system(self) -> list[Table]:
        flags = [n(f"RF{each.id}", 1, "Reg Action Flag") for each in self.registers.values()]
        journal = (
            c("IDJOURNAL", 4, "ID of Journal"),
            c("IDDOC", 9, "ID Document"),
            c("IDDOCDEF", 4, "ID Def Document"),
            n("APPCODE", 3, "Application code"),
            d("DATE", "date"),
            c("TIME", 6, "Time"),
            c("DNPREFIX", 18, "Prefix Document No"),
            c("DOCNO", 10, "Document No"),
            n("CLOSED", 1, "Flag Document is Clo"),
            c("ISMARK", 1, "Flag Document is Mar"),
            c("ACTCNT", 6, "Action counter"),
            VERSTAMP,
            *flags,
            *(each.field() for each in self.common),
        )
        constants = (
            c("OBJID", 9, "ID obj(0-cons )"),
            c("ID", 4, "ID parameter"),
            d("DATE", "Fix date"),
            n("PARTNO", 3, "no of part"),
            c("VALUE", 23, "valume"),
            c("DOCID", 9, "ID Document"),
            c("TIME", 6, "Time"),
            n("ACTNO", 6, "Action No"),
            n("LINENO", 4, "LineNo"),
            c("TVALUE", 3),
        )
        system = (
            d("CURDATE", "Date of TM"),
            c("CURTIME", 6, "Time of TM"),
            c("EVENTIDTA", 9, "ID Event On TA"),
            c("DBSIGN", 3, "DB Sign"),
            c("DBSETUUID", 36, "UUID of DB set"),
            c("SNAPSHPER", 1, "Snap Shot Period"),
            d("ACCDATE", "Date of Account Tota"),
            n("FLAGS", 10, "FLAGS"),
        )
        users = (n("USRSCNT", 4, "Number of users"), n("NETCHGCN", 10, "Count of changes"))
        unique = (c("TYPEID", 4, "Type ID"), c("MAXID", 9, "Max Object ID"))
        blob = (c("FIELDID", 4, "Field Id"), c("OBJID", 9, "Obj Id"), n("BLOCKNO", 4, "Block Number"))
        return [
            Table("1SUSERS", "Соединений", users),
            Table("1SSYSTEM", "Системная", system),
            Table("1SCONST", "Константы", constants, (("IDD", "ID,OBJID,DATE,TIME,DOCID,PARTNO"),)),
            Table("1SJOURN", "Журналы", journal, (("IDDOC", "IDDOC"), ("ACDATETIM", "DATE,TIME,IDDOC"))),
            Table("1SUIDCTL", "Уникальности", unique, (("MAIN", "TYPEID"),)),
            Table("1SBLOB", "Длинные строки", (*blob, c("BLOCK", 80, "Block")), (("MAIN", "FIELDID,OBJID,BLOCKNO"),)),
        ]
