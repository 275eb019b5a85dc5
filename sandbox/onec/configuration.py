"""The description of a configuration (JSON) as typed sets: catalogs, documents, registers and what posting writes.

The file has the keys ``Configuration``, ``Catalogs/X``, ``Documents/X``, ``InformationRegisters/X``,
``AccumulationRegisters/X``, ``AccountingRegisters/X``, ``ChartsOfAccounts/X`` and ``Enums/X``; with ``Extends`` it is
laid over another file. ``configurations/README.md`` says what a document's ``Movements`` are.
``Published`` (optional) lists the sets of the composition; everything else exists in the base and is not served.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox.onec.schema import Configuration, EntitySet, Register, Rule
from sandbox.onec.shapes import Property, Shape, attribute, reference
from sandbox.onec.values import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

PREFIXES: Final = {
    "Catalogs": "Catalog",
    "Documents": "Document",
    "InformationRegisters": "InformationRegister",
    "AccumulationRegisters": "AccumulationRegister",
    "AccountingRegisters": "AccountingRegister",
    "ChartsOfAccounts": "ChartOfAccounts",
}

ACCOUNT: Final = "Account"
EXT_DIMENSIONS: Final = ("ExtDimension1", "ExtDimension2", "ExtDimension3")
"""What a record of an accounting register has before its own dimensions."""


def load(source: Path | str | Mapping[str, Any], *, unpublished: Collection[str] = ()) -> Configuration:
    """Read a configuration from a file or from the same structure in memory; ``unpublished`` sets are hidden.

    Raises ValueError for a type or a movement that the double does not know.
    """
    file: Mapping[str, Any] = source if not isinstance(source, (str, Path)) else _read(Path(source))
    return _Builder(file, unpublished).build()


def _read(path: Path) -> dict[str, Any]:
    """Read a file over the one that it extends: an object is replaced as a whole, ``null`` takes it away."""
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    below = told.pop("Extends", "")
    whole = {**(_read(path.parent / below) if below else {}), **told}
    return {key: value for key, value in whole.items() if value is not None}


class _Builder:
    def __init__(self, file: Mapping[str, Any], unpublished: Collection[str]) -> None:
        self.file = file
        self.enums: dict[str, tuple[str, ...]] = {}
        names = []
        for key, description in file.items():
            group, _, name = key.partition("/")
            if group == "Enums":
                self.enums[name] = tuple(description["EnumValues"])
            elif group in PREFIXES:
                names.append(f"{PREFIXES[group]}_{name}")
        wanted = file.get("Published")
        chosen = names if wanted is None else [name for name in names if name in wanted]
        self.published = frozenset(chosen) - frozenset(unpublished)
        self.sets: dict[str, EntitySet] = {}
        self.registers: dict[str, Register] = {}

    def build(self) -> Configuration:
        about = self.file.get("Configuration", {})
        for key, description in self.file.items():
            group, _, name = key.partition("/")
            if group in ("Catalogs", "ChartsOfAccounts"):
                full = f"{PREFIXES[group]}_{name}"
                self._object(full, "catalog", *self._catalog(full, description), description)
            elif group == "Documents":
                self._object(f"Document_{name}", "document", *self._document(name, description), description)
            elif group in ("InformationRegisters", "AccumulationRegisters", "AccountingRegisters"):
                self._register(f"{PREFIXES[group]}_{name}", description)
        shown = tuple(name for name, each in self.sets.items() if (each.owner or name) in self.published)
        return Configuration(
            about.get("Name", ""), about.get("Version", ""), self.sets, self.registers, self.enums, shown
        )

    def _attributes(self, described: Mapping[str, list[str]]) -> tuple[list[Property], list[Property]]:
        placed: list[Property] = []
        last: list[Property] = []
        for name, spec in described.items():
            here, end = attribute(name, spec, self.enums)
            placed += here
            last += end
        return placed, last

    def _catalog(self, name: str, told: Mapping[str, Any]) -> tuple[list[Property], list[Property]]:
        owners = [owner.replace(".", "_") for owner in told.get("Owners", [])]
        head = [
            reference("Ref", "", nullable=False),
            Property("Predefined", "Edm.Boolean", Kind.FLAG, "Predefined"),
            _text("PredefinedDataName"),
            _text("DataVersion"),
        ]
        last: list[Property] = []
        if int(told.get("DescriptionLength", "0")):
            head.append(_text("Description", int(told["DescriptionLength"])))
        if int(told.get("CodeLength", "0")):
            head.append(_text("Code", int(told["CodeLength"])))
        if owners:
            here, last = attribute("Owner", [f"cfg:{owner.replace('_', 'Ref.', 1)}" for owner in owners], self.enums)
            head += here
        if told.get("Hierarchical") == "true":
            head.append(reference("Parent", name))
            if told.get("HierarchyType") == "HierarchyFoldersAndItems":
                head.append(Property("IsFolder", "Edm.Boolean", Kind.FLAG, "IsFolder"))
        head.append(Property("DeletionMark", "Edm.Boolean", Kind.FLAG, "DeletionMark"))
        return head, last

    def _document(self, name: str, told: Mapping[str, Any]) -> tuple[list[Property], list[Property]]:
        del name
        return [
            reference("Ref", "", nullable=False),
            _text("DataVersion"),
            _text("Number", int(told.get("NumberLength", "11"))),
            Property("Date", "Edm.DateTime", Kind.MOMENT, "Date"),
            Property("DeletionMark", "Edm.Boolean", Kind.FLAG, "DeletionMark"),
            Property("Posted", "Edm.Boolean", Kind.FLAG, "Posted"),
        ], []

    def _object(
        self, name: str, kind: str, head: list[Property], last: list[Property], told: Mapping[str, Any]
    ) -> None:
        placed, ends = self._attributes(told.get("Attributes", {}))
        folders = any(each.name == "IsFolder" for each in head)
        placed = [replace(each, items_only=folders) for each in placed]
        ends = [replace(each, items_only=folders) for each in ends]
        sections: dict[str, Shape] = {}
        for section, columns in told.get("TabularSections", {}).items():
            sections[section] = self._section(f"{name}_{section}", columns)
        tables = [
            Property(section, f"Collection(StandardODATA.{shape.name}_RowType)", Kind.ROWS, section, rows=shape)
            for section, shape in sections.items()
        ]
        shape = Shape(name, (*head, *placed, *tables, *last, *ends), ("Ref_Key",), self.published)
        rules = tuple(_rule(name, each) for each in told.get("Movements", []))
        numbered = ("Number", int(told.get("NumberLength", "11"))) if kind == "document" else ("", 0)
        if kind == "catalog" and "Code" in shape.index:
            numbered = ("Code", int(told["CodeLength"]))
        self.sets[name] = EntitySet(name, kind, shape, sections=sections, rules=rules, numbered=numbered)
        for section, rows in sections.items():
            self.sets[f"{name}_{section}"] = EntitySet(f"{name}_{section}", "section", rows, owner=name)

    def _section(self, name: str, columns: Mapping[str, list[str]]) -> Shape:
        placed, ends = self._attributes(columns)
        line = Property("LineNumber", "Edm.Int64", Kind.INTEGER, "LineNumber", nullable=False)
        head = [reference("Ref", "", nullable=False), line]
        return Shape(name, (*head, *placed, *ends), ("Ref_Key", "LineNumber"), self.published)

    def _register(self, name: str, told: Mapping[str, Any]) -> None:
        information = name.startswith("InformationRegister_")
        register = self._register_shape(name, told, information=information)
        self.registers[name] = register
        if register.independent:
            self.sets[name] = EntitySet(name, "register", register.records, register=register)
            return
        rows = Shape(
            f"{name}_RowType",
            tuple(each for each in register.records.properties if each.field != "Recorder"),
            (),
            self.published,
        )
        recorder = [replace(register.records.properties[slot], nullable=False) for slot in register.recorder_slots]
        records = Property("RecordSet", f"Collection(StandardODATA.{name}_RowType)", Kind.ROWS, "RecordSet", rows=rows)
        whole = Shape(
            name, (recorder[0], records, *recorder[1:]), tuple(each.name for each in recorder), self.published
        )
        self.sets[name] = EntitySet(name, "recordset", whole, register=register)
        self.sets[register.records.name] = EntitySet(
            register.records.name, "records", register.records, owner=name, register=register
        )

    def _register_shape(self, name: str, told: Mapping[str, Any], *, information: bool) -> Register:
        accounting = name.startswith("AccountingRegister_")
        described = _accounts(told) if accounting else told.get("Dimensions", {})
        dimensions, dimension_types = self._attributes(described)
        resources, resource_types = self._attributes(told.get("Resources", {}))
        others, other_types = self._attributes(told.get("Attributes", {}))
        independent = information and told.get("WriteMode") != "RecorderSubordinate"
        periodic = not information or told.get("InformationRegisterPeriodicity") != "Nonperiodical"
        balance = not information and told.get("RegisterType") != "Turnovers"
        recorders = () if independent else tuple(self._recorders(name))
        head: list[Property] = []
        last: list[Property] = []
        if not independent:
            types = [f"cfg:{each.replace('_', 'Ref.', 1)}" for each in recorders]
            head, last = attribute("Recorder", types, self.enums)
        if periodic:
            head.append(Property("Period", "Edm.DateTime", Kind.MOMENT, "Period"))
        if not independent:
            head.append(Property("LineNumber", "Edm.Int64", Kind.INTEGER, "LineNumber"))
            head.append(Property("Active", "Edm.Boolean", Kind.FLAG, "Active"))
        if balance:
            head.append(Property("RecordType", "Edm.String", Kind.ENUM, "RecordType", allowed=("Receipt", "Expense")))
        key = [each.name for each in (*dimensions, *dimension_types)]
        if information and periodic:
            key = ["Period", *key]
        if not information:
            key = [head[0].name, "LineNumber", *(each.name for each in last)]
        properties = (*head, *dimensions, *resources, *others, *dimension_types, *resource_types, *other_types, *last)
        records = Shape(
            name if independent else f"{name}_RecordType",
            tuple(replace(each, nullable=each.name not in key) for each in properties),
            tuple(key),
            self.published,
        )
        return Register(
            name=name,
            information=information,
            balance=balance,
            periodic=periodic,
            recorders=recorders,
            records=records,
            accounting=accounting,
            dimensions=tuple(described),
            resources=tuple(told.get("Resources", {})),
        )

    def _recorders(self, name: str) -> Iterator[str]:
        short = name.partition("_")[2]
        for key, told in self.file.items():
            rules = told.get("Movements", []) if key.startswith("Documents/") else []
            if any(rule["register"] == short for rule in rules):
                yield key.replace("Documents/", "Document_")


def _accounts(told: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the dimensions of an accounting register: the account and what it is broken down by, then its own."""
    chart = [f"cfg:ChartOfAccountsRef.{told['ChartOfAccounts']}"]
    kinds = dict.fromkeys(EXT_DIMENSIONS, told["ExtDimensions"])
    return {ACCOUNT: chart, **kinds, **told.get("Dimensions", {})}


def _text(name: str, length: int = 0) -> Property:
    return Property(name, "Edm.String", Kind.TEXT, name, length=length)


def _rule(document: str, told: Mapping[str, Any]) -> Rule:
    known = {"register", "record", "section", "dimensions", "resources", "attributes", "when"}
    if strange := set(told) - known:
        raise ValueError(f"{document}: Movements has unknown keys {sorted(strange)}")
    fields = {**told.get("dimensions", {}), **told.get("resources", {}), **told.get("attributes", {})}
    return Rule(told["register"], told.get("record", ""), told.get("section", ""), fields, told.get("when", {}))
