"""Objects and attributes by name, at run time: ids of metadata differ from base to base.

A name is found although the dictionary cut it and although Latin letters look like Cyrillic ones; where two attributes
share what the cut left, the column's own name (``SP33175``) decides. All names that are missing are told at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from connectors.onec.v77 import words
from foundation.errors import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from connectors.onec.v77.dictionary import DdField, DdTable, Dictionary

_T = TypeVar("_T")

OBJECTS: Final = {
    "Справочник": ("SC", "Справочник "),
    "Документ": ("DH", "Документ "),
    "Строки": ("DT", "Документ (Мн.ч.) "),
    "Регистр": ("RG", "Регистр "),
    "Движения": ("RA", "Регистр (Дв.) "),
}
"""Kinds of objects: the letters of their tables' names and how their descriptions begin."""

_PAIRS: Final = {"DT": "DH", "RA": "RG"}
"""Tables whose longer prefix leaves less of the name have it whole in the table of their pair."""

_ATTRIBUTE: Final = "(P)"
_ALIKE: Final = str.maketrans("ABCEHKMOPTXYaceopxyёЁ", "АВСЕНКМОРТХУасеорхуеЕ")
_COLUMN: Final = re.compile(r"(SP)?\d{1,9}")


@dataclass(frozen=True, slots=True)
class _Named(Generic[_T]):
    """A thing with the name that the dictionary left it; ``cut``: the name may go on."""

    name: str
    cut: bool
    thing: _T


def same(name: str) -> str:
    """Return a name as it is compared: without case, look-alike letters as one, ё as е, no spaces or hyphens."""
    return name.translate(_ALIKE).casefold().replace(" ", "").replace("-", "")


class Missing:
    """Collects names that were not found or not told apart; ``raise_if_any`` tells them all."""

    def __init__(self, what: str) -> None:
        self._what, self._faults = what, list[Fault]()

    def add(self, path: str, said: str, en: str) -> None:
        """Remember a name."""
        self._faults.append(Fault(path, said, en))

    def raise_if_any(self) -> None:
        """Raise Faults where anything is missing."""
        if self._faults:
            raise Faults(**words.names_missing(self._what), faults=self._faults)


class Names:
    """The names of one base."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary

    def objects(self, kind: str) -> list[_Named[DdTable]]:
        """Return the objects of a kind (a key of OBJECTS) with their names, whole where the dictionary has them so."""
        letters = OBJECTS[kind][0]
        tables = self._dictionary.tables.values()
        return [self._named(table) for table in tables if table.name.startswith(letters) and table.number]

    def _named(self, table: DdTable) -> _Named[DdTable]:
        letters = table.name[:2]
        shown = self._dictionary.tables.get(f"{_PAIRS.get(letters, letters)}{table.number}", table)
        start = next(prefix for code, prefix in OBJECTS.values() if code == shown.name[:2])
        return _Named(shown.title.removeprefix(start), shown.cut, table)

    def name_of(self, table: DdTable) -> str:
        """Return the name of a table's object."""
        return self._named(table).name

    def of_kind(self, number: int) -> str:
        """Return the name of the catalog or the kind of documents with this metadata id: ``Документ.Реализация``."""
        for kind in ("Справочник", "Документ"):
            table = self._dictionary.tables.get(f"{OBJECTS[kind][0]}{number}")
            if table:
                return f"{kind}.{self._named(table).name}"
        return ""

    def table(self, kind: str, name: str, missing: Missing) -> DdTable | None:
        """Return the table of an object; None where it was told to ``missing``."""
        known = self.objects(kind)
        found = _matches(name, known)
        if not found:
            exact = self._dictionary.tables.get(name.upper())
            found = [exact] if exact and exact.name.startswith(OBJECTS[kind][0]) else []
        if len(found) == 1:
            return found[0]
        path = f"{kind}.{name}"
        if found:
            names = ", ".join(table.name for table in found)
            missing.add(path, f"имя подходит нескольким: {names}; укажите таблицу", f"several fit: {names}")
        else:
            missing.add(path, f"такого объекта нет{_nearest(name, known)}", "no such object")
        return None

    def column(self, tables: Iterable[DdTable], name: str, missing: Missing, path: str) -> DdField | None:
        """Return an attribute of one of the tables, the first that has it; None where it was told to ``missing``."""
        known: list[_Named[DdField]] = []
        for table in tables:
            fields = attributes(table.fields)
            found = _matches(name, fields) or _by_number(table.fields, name)
            if len(found) == 1:
                return found[0]
            if found:
                names = ", ".join(each.name for each in found)
                said = f"имя подходит нескольким полям: {names}; укажите номер поля, например {found[-1].name}"
                missing.add(path, said, f"several fit: {names}")
                return None
            known += fields
        missing.add(path, f"реквизита нет{_nearest(name, known)}", "no such attribute")
        return None


def attributes(fields: Mapping[str, DdField]) -> list[_Named[DdField]]:
    """Return the user's attributes of a table with their names, as far as the dictionary has them."""
    own = (each for each in fields.values() if each.title.startswith(_ATTRIBUTE))
    return [_Named(each.title.removeprefix(_ATTRIBUTE), each.cut, each) for each in own]


def _by_number(fields: Mapping[str, DdField], name: str) -> list[DdField]:
    if not _COLUMN.fullmatch(name):
        return []
    found = fields.get(name if name.startswith("SP") else f"SP{name}")
    return [found] if found else []


def _matches(name: str, known: Sequence[_Named[_T]]) -> list[_T]:
    """Return what has the name, or else what has it cut: a description that fills its room and begins the name."""
    asked = same(name)
    whole = [each.thing for each in known if same(each.name) == asked]
    if len(whole) == 1:
        return whole
    return whole + [
        each.thing for each in known if each.cut and same(each.name) != asked and asked.startswith(same(each.name))
    ]


def _nearest(name: str, known: Iterable[_Named[_T]]) -> str:
    """Return a hint for a misspelt name."""
    from difflib import get_close_matches

    found = get_close_matches(name, list(dict.fromkeys(each.name for each in known)), n=3, cutoff=0.6)
    return f"; похожие: {', '.join(found)}" if found else ""
