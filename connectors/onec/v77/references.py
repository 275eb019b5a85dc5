"""The control of references: every id in a base's attributes against the objects that it may lead to.

A dictionary does not say which catalog an attribute of nine characters leads to. So all are tried: the check is whether
some catalog or kind of documents has every id of the column. A column whose ids are found nowhere is an enumeration or
a plain text of that width; one whose ids are found in part has references that lead nowhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connectors.onec.v77.columns import REFERENCES
from connectors.onec.v77.dbf import Dbf
from connectors.onec.v77.ids import ID, is_empty, reference
from connectors.onec.v77.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.onec.v77.dbf import Column
    from connectors.onec.v77.dictionary import DdTable, Dictionary
    from connectors.onec.v77.ids import Reference
    from connectors.onec.v77.snapshot import Folder

_IDS: Final = {"SC": "ID", "DH": "IDDOC"}
_OWN: Final = {"ID": (), "IDDOC": ("DH",), "PARENTID": ("SC",), "PARENTEXT": ("SC",)}
_CHECKED: Final = ("SC", "DH", "DT", "RA", "RG")
_ENUMERATION: Final = "Перечисление"
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class ColumnReferences:
    """The references of a column: ``distinct`` ids, how many of them were ``found``, in which ``targets``.

    ``path`` is the table, the column and the attribute's name. ``unknown`` are values that lead to no table at all: of
    enumerations, or (nothing was found) a column that holds no references.
    """

    path: str
    distinct: int
    found: int
    unknown: int
    targets: tuple[str, ...]

    @property
    def dangling(self) -> int:
        """How many references lead nowhere."""
        return self.distinct - self.found - self.unknown


def tables_with_ids(dictionary: Dictionary) -> list[str]:
    """Return the tables that the control reads."""
    return [name for name, table in dictionary.tables.items() if table.number and name.startswith(_CHECKED)]


def check_references(dictionary: Dictionary, folder: Folder) -> Iterator[ColumnReferences]:
    """Yield every column of references in the tables of a snapshot that has any."""
    control = _Control(dictionary, folder)
    for name in tables_with_ids(dictionary):
        yield from control.table(dictionary.tables[name])


class _Control:
    def __init__(self, dictionary: Dictionary, folder: Folder) -> None:
        self._dictionary, self._folder = dictionary, folder
        self._names = Names(dictionary)
        self._objects = {name: self._ids(name) for name in dictionary.tables if self._has_ids(name)}

    def _has_ids(self, name: str) -> bool:
        return name[:2] in _IDS and bool(self._dictionary.tables[name].number)

    def _ids(self, name: str) -> set[bytes]:
        column = _IDS[name[:2]]
        return {cell for block in self._open(name).blocks([column]) for cell in block[column].tolist()}

    def _open(self, name: str) -> Dbf:
        return Dbf(self._folder.file(f"{name}.DBF"))

    def table(self, table: DdTable) -> Iterator[ColumnReferences]:
        dbf = self._open(table.name)
        columns = [column for name, column in dbf.columns.items() if self._is_reference(table, name, column)]
        values: dict[str, set[bytes]] = defaultdict(set)
        for block in dbf.blocks([column.name for column in columns]) if columns else ():
            for column in columns:
                values[column.name].update(block[column.name].tolist())
        for column in columns:
            title = table.fields[column.name].title if column.name in table.fields else ""
            found = self._column(f"{table.name}.{column.name} {title}".strip(), column, values[column.name])
            if found.distinct:
                yield found

    def _is_reference(self, table: DdTable, name: str, column: Column) -> bool:
        own = _OWN.get(name)
        if own is not None:
            return bool(own) and not (name == "IDDOC" and table.name.startswith("DH"))
        return name.startswith("SP") and column.type == "C" and column.width in REFERENCES

    def _column(self, path: str, column: Column, cells: set[bytes]) -> ColumnReferences:
        own, _, _ = path.partition(".")
        width, letters = column.width, _OWN.get(column.name, tuple(_IDS))
        if column.name == "PARENTID":
            letters = (own,)
        if width == ID:
            ids = {cell for cell in cells if not is_empty(cell.decode("latin-1").ljust(ID))}
            return self._one_kind(path, ids, letters)
        references = [each for each in map(_reference, (cell.decode("latin-1").ljust(width) for cell in cells)) if each]
        return self._any_kind(path, [each for each in references if each.identity])

    def _one_kind(self, path: str, ids: set[bytes], letters: tuple[str, ...]) -> ColumnReferences:
        if letters == ("DH",):  # the documents of lines and movements: every kind may have made them
            every = set().union(*(known for name, known in self._objects.items() if name.startswith("DH")))
            return ColumnReferences(path, len(ids), len(ids & every), 0, ("Документ",))
        found = Counter(
            {name: len(ids & known) for name, known in self._objects.items() if name in letters or name[:2] in letters}
        )
        most = max(found.values(), default=0)
        best = tuple(self._shown(name) for name, count in found.most_common(_SHOWN) if count == most and most)
        return ColumnReferences(path, len(ids), most, 0 if most else len(ids), best)

    def _any_kind(self, path: str, references: list[Reference]) -> ColumnReferences:
        found = unknown = 0
        targets: Counter[str] = Counter()
        for each in references:
            names = [f"{letters}{each.kind}" for letters in _IDS]
            known = [name for name in names if each.identity.encode("latin-1") in self._objects.get(name, ())]
            found += bool(known)
            unknown += each.object == _ENUMERATION
            targets.update(self._shown(name) for name in known)
        if not found and not unknown:  # a text as wide as a reference: a barcode has 13 characters
            unknown = len(references)
        return ColumnReferences(path, len(references), found, unknown, tuple(name for name, _ in targets.most_common()))

    def _shown(self, name: str) -> str:
        kind = "Справочник" if name.startswith("SC") else "Документ"
        return f"{kind}.{self._names.name_of(self._dictionary.tables[name])}"


def _reference(value: str) -> Reference | None:
    try:
        return reference(value)
    except ValueError:
        return None
