"""Tolerant reading of CommerceML 2.03 to 2.10 by local names, in any namespace, as a stream of rows.

Files of versions 3.x, which newer exchanges with shops write, have the same elements and are read with a warning;
CommerceML 1 (1C 7.7) is refused. Elements outside the tables, and their order, do not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

from connectors.onec.files import documents, records, values, words
from connectors.onec.files.checks import Notes, check
from connectors.onec.files.entities import (
    ALL_WAREHOUSES,
    CATALOG,
    CHANGES,
    DOCUMENTS,
    ENTITIES,
    OFFER_CHANGES,
    OFFERS,
    SECTIONS,
    Section,
)
from connectors.onec.files.xml import DEEPEST, ROOT, Names, elements, opening, prune

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from lxml import etree

    from connectors.onec.files.address import Limits
    from connectors.onec.files.flat import Values
    from connectors.onec.files.records import Making, Row
    from foundation.errors import Fault

_MAKERS: Final[dict[str, Callable[[etree._Element, Making], Iterator[Row]]]] = {
    "Группа": records.group,
    "Свойство": records.listed("Свойства"),
    "ТипЦены": records.listed("ТипыЦен"),
    "Склады": records.warehouses,
    "ЕдиницаИзмерения": records.measure,
    "Товар": records.good,
    "Предложение": records.offer,
    "Контрагент": records.party,
    "Документ": documents.document,
}
"""Element → maker of its rows. Only an element that stands in no other of them is made rows of."""

_KNOWN: Final = range(203, 211)
"""Versions 2.03 to 2.10."""

_ATTRIBUTES: Final = {"Идентификатор", "ИдентификаторВКаталоге", "Номер"}
"""Attributes where CommerceML 2 has elements: a file of CommerceML 1."""

_SPACES: Final = {"", "urn:1C.ru:commerceml_2", *(f"urn:1C.ru:commerceml_{version}" for version in (*_KNOWN, 3))}


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds: when 1C formed it, its sections with the rows of every table, and what is wrong with it."""

    encoding: str
    version: str
    formed: datetime | None
    sections: tuple[Section, ...]
    rows: tuple[dict[str, int], ...]
    left_out: int
    faults: tuple[Fault, ...] = field(default=())


class Reader:
    """One pass over one file: ``rows`` yields the rows of the wanted tables with the number of their section.

    ``notes``: with it every row is checked. Raises BadAnswer and TooLarge as :func:`elements` does.
    """

    def __init__(
        self, stream: IO[bytes], limits: Limits, *, wanted: frozenset[str] | None = None, notes: Notes | None = None
    ) -> None:
        self._elements = elements(stream, tuple(_MAKERS), limits)
        self._names = Names()
        self._notes = notes
        self._making = records.Making(self._names, self._wants(wanted), self._left_out)
        self._tags = self._tags_for(wanted)
        self._place: etree._Element | None = None
        self._counts: dict[str, int] = {}
        self.root: dict[str, str] = {}
        self.space = ""
        self.sections: list[Section] = []
        self.left_out = 0

    @staticmethod
    def _wants(wanted: frozenset[str] | None) -> Callable[[str], bool]:
        return (lambda _: True) if wanted is None else wanted.__contains__

    @staticmethod
    def _tags_for(wanted: frozenset[str] | None) -> frozenset[str]:
        return frozenset(_MAKERS) if wanted is None else frozenset().union(*(_FOUND_IN[name] for name in wanted))

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Yield section number and row; at the end ``root``, ``sections`` and ``left_out`` tell of the whole file."""
        for element in self._elements:
            name = self._names.of(element)
            if element.getparent() is None:
                self._look_at_root(element)
                return
            section = self._section_of(element)
            if section is None:
                continue
            if name in self._tags:
                self._count(name, element)
                for row in _MAKERS[name](element, self._making):
                    if self._notes and row.cells is not None:
                        self._check(row, name)
                    yield section, row
            prune(element)

    def _count(self, name: str, element: etree._Element) -> None:
        self._counts[name] = self._counts.get(name, 0) + 1
        if self._counts[name] == 1 and not self.root.get("ВерсияСхемы") and _ATTRIBUTES.intersection(element.keys()):
            raise words.old_version("")

    def _section_of(self, element: etree._Element) -> int | None:
        """Return the number of the section an element stands in, a new one where it begins; None inside a record."""
        section = root = None
        for depth, ancestor in enumerate(element.iterancestors()):
            if depth > DEEPEST:
                raise words.too_deep(DEEPEST)
            name = self._names.of(ancestor)
            if name in _MAKERS and name != "Склады":
                return None
            if name in SECTIONS and section is None:
                section = ancestor
            root = ancestor
        place = section if section is not None else root
        if place is not self._place:
            self._place = place
            self._look_at_root(root)
            self.sections.append(self._header(place if section is not None else None))
        return len(self.sections) - 1

    def _look_at_root(self, root: etree._Element | None) -> None:
        if root is None or self.root:
            return
        self.root = {self._names[name]: value.strip() for name, value in root.items()} or {"": ""}
        self.space = str(root.tag).rpartition("}")[0].lstrip("{")
        version = self.root.get("ВерсияСхемы", "")
        if version.startswith(("0", "1")):
            raise words.old_version(version)

    def _header(self, element: etree._Element | None) -> Section:
        """Return a section's name, identity and kind from what stands at its beginning."""
        if element is None:
            return Section(DOCUMENTS)
        name = self._names.of(element)
        parts = {self._names.of(child): (child.text or "").strip() for child in element if not len(child)}
        said = {self._names[each]: value for each, value in element.items()}.get(CHANGES, parts.get(CHANGES))
        if name == OFFER_CHANGES:
            return Section(OFFERS, values.key(parts.get("ИдКаталога", "")), changes=True)
        whose = parts.get("ИдКаталога") or parts.get("Ид", "").rstrip("#")
        try:
            changes = values.flag(said or "")
        except values.Unreadable:
            changes = True
            self._note(name, (CHANGES, "не да и не нет, принято как «только изменения»", "unclear, taken as changes"))
        if said is None and name in {CATALOG, OFFERS}:
            self._note(name, (CHANGES, "не указано, принято как полная выгрузка", "is missing, taken as whole"))
        return Section(name, values.key(whose), changes)

    def _check(self, row: Row, name: str) -> None:
        assert self._notes is not None
        path = self._path(name, (row.cells or {}).get("Ид", ""))
        for problem in check(row, path):
            self._notes.add(path, problem)

    def _path(self, name: str, key: str) -> str:
        return f"{name} № {self._counts.get(name, 0)}" + (f" (Ид {key[:80]})" if key else "")

    def _left_out(self, name: str, said: str, en: str) -> None:
        self.left_out += 1
        self._note(self._path(name, ""), ("", f"{said}: не принят", f"{en}: left out"))

    def _note(self, path: str, problem: tuple[str, str, str]) -> None:
        if self._notes:
            self._notes.add(path, problem)


_FOUND_IN: Final = {name: frozenset(_MAKERS) for name in ENTITIES} | {
    "Группы": frozenset({"Группа"}),
    "Товары": frozenset({"Товар"}),
    "Единицы": frozenset({"Товар", "Предложение", "ЕдиницаИзмерения"}),
    "Штрихкоды": frozenset({"Товар", "Предложение"}),
    "Свойства": frozenset({"Свойство"}),
    "ТипыЦен": frozenset({"ТипЦены"}),
    "Склады": frozenset({"Склады"}),
    "Контрагенты": frozenset({"Контрагент"}),
    **dict.fromkeys(("Предложения", "Цены", "Остатки"), frozenset({"Предложение"})),
    **dict.fromkeys(("Документы", "СтрокиДокументов", "УчастникиДокументов"), frozenset({"Документ"})),
}


def is_nameless(stock: Values) -> bool:
    """Tell whether a row of stock is of no named warehouse and not zero: a zero without one is zero everywhere."""
    return stock["Склад"] == ALL_WAREHOUSES and bool(values.micro(stock["Количество"]))


def inspect(stream: IO[bytes], limits: Limits) -> Contents:
    """Read a file whole, check every row, and return what it holds; raises BadAnswer and TooLarge."""
    first = stream.read(1 << 16)
    stream.seek(0)
    opened = opening(first)
    notes = Notes(limits.warnings)
    if opened.lies:
        said = f"кодировка {opened.encoding}, а объявлена {opened.declared or 'UTF-8 (не указана)'}"
        notes.add("файл", ("", said, f"is in {opened.encoding}, declares {opened.declared or 'nothing'}"))
    reader = Reader(stream, limits, notes=notes)
    counts: list[dict[str, int]] = []
    for section, row in reader.rows():
        while len(counts) <= section:
            counts.append({})
        counts[section][row.entity] = counts[section].get(row.entity, 0) + (row.cells is not None)
        if row.cells and row.entity == "Остатки" and is_nameless(row.cells):
            counts[section][ALL_WAREHOUSES] = counts[section].get(ALL_WAREHOUSES, 0) + 1
    counts += [{} for _ in range(len(reader.sections) - len(counts))]
    formed = _formed(reader, notes)
    _look_at_version(reader, notes)
    version, sections = reader.root.get("ВерсияСхемы", ""), tuple(reader.sections)
    if not sections:
        notes.add("файл", ("", "ни товаров, ни предложений, ни документов нет", "holds no goods, offers or documents"))
    return Contents(opened.encoding, version, formed, sections, tuple(counts), reader.left_out, notes.faults())


def _formed(reader: Reader, notes: Notes) -> datetime | None:
    """Return when 1C formed the file, None where it does not say to the minute."""
    text = reader.root.get("ДатаФормирования", "")
    try:
        found = values.moment(text)
    except values.Unreadable:
        found = None
    if found is None:
        said = "не указана или не похожа на дату: взято время файла"
        notes.add(ROOT, ("ДатаФормирования", said, "is missing or no date: the file's time is taken"))
    elif not values.has_time(text):
        notes.add(ROOT, ("ДатаФормирования", "без времени: взято время файла", "has no time: the file's is taken"))
        return None
    return found


def _look_at_version(reader: Reader, notes: Notes) -> None:
    version = reader.root.get("ВерсияСхемы", "")
    digits = version.replace(".", "")
    if not version:
        notes.add(ROOT, ("ВерсияСхемы", "не указана, читается как 2.10", "is missing, read as 2.10"))
    elif digits.ljust(3, "0") not in {str(known) for known in _KNOWN}:
        notes.add(ROOT, ("ВерсияСхемы", f"{version[:20]}: читается по правилам 2.10", f"{version[:20]}: read as 2.10"))
    if reader.space not in _SPACES:
        notes.add(ROOT, ("xmlns", "пространство имён не из стандарта", "the namespace is not the standard's"))
