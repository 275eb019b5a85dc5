"""What the base holds: objects by reference, records by key, registers with running totals.

A written object is a new tuple and readers take what they find, so reading needs no lock; writes are made one at a
time under ``lock``, and each moves ``version``, by which results of queries are remembered.
"""

from __future__ import annotations

import threading
from datetime import datetime
from decimal import Decimal
from sys import intern
from typing import TYPE_CHECKING, Any

from sandbox.onec.registers import Movement, RegisterTable, movements, row_reader
from sandbox.onec.values import EMPTY_REF, NAMESPACE, UNDEFINED, Kind, Row, moment_text, simple_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sandbox.content import BaseContent
    from sandbox.onec.schema import Configuration, EntitySet
    from sandbox.onec.shapes import Property, Shape


class Store:
    """All data of one base. ``stored_order`` makes references sort as a real base keeps them, not as text."""

    def __init__(self, configuration: Configuration, content: BaseContent, *, stored_order: bool = True) -> None:
        self.configuration = configuration
        self.stored_order = stored_order
        self.lock = threading.RLock()
        self.version = 0
        self.tables: dict[str, dict[Any, Row]] = {}
        self.registers: dict[str, RegisterTable] = {}
        self._movements: dict[str, list[Movement]] = {}
        for each in configuration.sets.values():
            if each.kind in ("catalog", "document", "register"):
                self.tables[each.name] = {}
            if each.kind == "recordset" and each.register is not None:
                self.registers[each.name] = RegisterTable(each.register)
            if each.rules:
                made = [Movement(each, rule, configuration.register(rule.register), self) for rule in each.rules]
                self._movements[each.name] = made
        # Objects first: what records refer to, and the documents whose movements a record set may replace.
        for name in sorted(content, key=lambda name: name.endswith("_RecordType")):
            self._load(name, content[name])

    # What paths of a filter need.
    def shape_of(self, name: str) -> Shape:
        """Return a set's shape."""
        return self.configuration.sets[name].shape

    def rows_of(self, name: str) -> Mapping[str, Row]:
        """Return a set's rows by reference; empty where the base has no such set."""
        return self.tables.get(name, {})

    def knows_type(self, name: str) -> bool:
        """Tell whether a type of that name exists."""
        return name in self.configuration.sets or name in self.configuration.enums

    def all_rows(self, entities: EntitySet) -> list[Row]:
        """Return the rows of a set of any kind, as they are at this moment."""
        with self.lock:
            match entities.kind:
                case "section":
                    owner = self.configuration.sets[entities.owner]
                    slot = owner.shape.slot(entities.name.removeprefix(f"{entities.owner}_"))
                    return [line for row in self.tables[owner.name].values() for line in row[slot]]
                case "records":
                    return list(self.registers[entities.owner].all())
                case "recordset":
                    return list(self._record_sets(entities))
            return list(self.tables[entities.name].values())

    def record_set(self, entities: EntitySet, recorder: tuple[Any, ...]) -> Row | None:
        """Return one recorder's record set, or None if it wrote nothing."""
        table = self.registers[entities.name]
        rows = table.records.get(recorder)
        if rows is None:
            return None
        slots = set(table.register.recorder_slots)
        inner = row_reader([slot for slot in range(len(table.register.records.properties)) if slot not in slots])
        return (recorder[0], tuple(map(inner, rows)), *recorder[1:])

    def _record_sets(self, entities: EntitySet) -> Iterable[Row]:
        for recorder in self.registers[entities.name].records:
            row = self.record_set(entities, recorder)
            if row is not None:
                yield row

    # Writing: the caller holds the lock.
    def put(self, entities: EntitySet, row: Row) -> None:
        """Store an object or a record under its key; a posted document gets its movements anew."""
        key = row[0] if entities.kind in ("catalog", "document") else self.record_key(entities, row)
        self.tables[entities.name][key] = row
        if entities.name in self._movements:
            self._move(entities, row)
        self.version += 1

    def drop(self, entities: EntitySet, key: Any) -> None:
        """Delete for good, movements included."""
        row = self.tables[entities.name].pop(key)
        if entities.name in self._movements:
            self._move(entities, changed(entities.shape, row, Posted=False))
        self.version += 1

    def record_key(self, entities: EntitySet, row: Row) -> tuple[Any, ...]:
        """Return the key of an independent register's record."""
        shape = entities.shape
        return tuple(row[shape.slot(name)] for name in shape.key)

    def _move(self, entities: EntitySet, row: Row) -> None:
        made = self._movements[entities.name]
        posted = row[entities.shape.slot("Posted")]
        written = movements(made, row) if posted else {}
        for register in {movement.register.name: movement.register for movement in made}.values():
            recorder = (row[0], NAMESPACE + entities.name)[: len(register.recorder_slots)]
            self.registers[register.name].write(recorder, written.get(register.name, (recorder, []))[1])

    # Loading.
    def _load(self, name: str, objects: Sequence[Mapping[str, Any]]) -> None:
        entities = self.configuration.sets.get(name)
        if entities is None or entities.kind in ("section", "recordset"):
            raise ValueError(f"{name}: the configuration has no such objects to load")
        filled = [fill(entities.shape, each) for each in objects]
        if entities.kind == "records":
            by_recorder: dict[tuple[Any, ...], list[Row]] = {}
            table = self.registers[entities.owner]
            slots = table.register.recorder_slots
            for row in filled:
                rows = by_recorder.setdefault(tuple(row[slot] for slot in slots), [])
                rows.append(changed(entities.shape, row, LineNumber=len(rows) + 1, Active=True))
            for recorder, rows in by_recorder.items():
                table.write(recorder, rows)
            self.version += 1
            return
        for row in filled:
            self.put(entities, row)

    # Plain access for tests and people.
    def balance(self, register: str, dimensions: Sequence[str] = ()) -> dict[tuple[str, ...], dict[str, Decimal]]:
        """Return non-zero totals of a register by its short name: dimension values → resource → exact quantity.

        ``dimensions`` are attribute names, all of them by default; a reference is its GUID.
        """
        told = self.configuration.register(register)
        table = self.registers[told.name]
        chosen = tuple(dimensions) or told.dimensions
        places = [table.dimension_slots.index(told.records.slots_of(name)[0]) for name in chosen]
        sums: dict[tuple[str, ...], list[Decimal]] = {}
        with self.lock:
            for key, total in table.totals.items():
                into = sums.setdefault(tuple(key[place] for place in places), [Decimal(0)] * len(total))
                for place, value in enumerate(total):
                    into[place] += value
        return {key: dict(zip(told.resources, total, strict=True)) for key, total in sums.items() if any(total)}

    def objects(self, name: str) -> list[dict[str, Any]]:
        """Return a set's objects by property name, tabular sections as lists; values are the store's own."""
        entities = self.configuration.sets[name]
        return [as_dict(entities.shape, row) for row in self.all_rows(entities)]

    def object(self, name: str, reference: str) -> dict[str, Any] | None:
        """Return one object by its reference, or None."""
        row = self.tables[name].get(reference)
        return None if row is None else as_dict(self.configuration.sets[name].shape, row)


def changed(shape: Shape, row: Row, **values: Any) -> Row:
    """Return the row with other values in some of its properties."""
    fresh = list(row)
    for name, value in values.items():
        fresh[shape.slot(name)] = value
    return tuple(fresh)


def as_dict(shape: Shape, row: Row) -> dict[str, Any]:
    """Return a row by property name."""
    made: dict[str, Any] = {}
    for told, value in zip(shape.properties, row, strict=True):
        made[told.name] = [as_dict(told.rows, line) for line in value] if told.rows is not None else value
    return made


def fill(shape: Shape, values: Mapping[str, Any], start: Row | None = None) -> Row:
    """Make a row from Python values; what is left out is empty, in a folder null.

    Raises ValueError naming the property. Lines of tabular sections are numbered and get the owner's reference.
    """
    row = list(start or shape.empty)
    folder = shape.has_folders and values.get("IsFolder", False)
    if folder:
        row = [None if told.items_only else value for told, value in zip(shape.properties, row, strict=True)]
    for name, value in values.items():
        slot = shape.index.get(name)
        if slot is None:
            raise ValueError(f"{shape.name} has no property {name!r}")
        told = shape.properties[slot]
        if told.rows is not None:
            row[slot] = _lines(told.rows, value, values.get("Ref_Key", EMPTY_REF))
        else:
            row[slot] = _python_value(shape, told, value)
    if "DataVersion" in shape.index and not row[shape.index["DataVersion"]]:
        row[shape.index["DataVersion"]] = "AAAAAAAAAAA="
    for name, slot in shape.index.items():
        if shape.properties[slot].kind is Kind.PAIR and not row[slot] and row[slot] is not None:
            row[shape.index[f"{name}_Type"]] = UNDEFINED
    return tuple(row)


def _lines(shape: Shape, lines: Iterable[Mapping[str, Any]], owner: str) -> tuple[Row, ...]:
    reference = intern(owner.lower())
    return tuple(fill(shape, {"Ref_Key": reference, "LineNumber": n, **line}) for n, line in enumerate(lines, start=1))


def _python_value(shape: Shape, told: Property, value: Any) -> Any:
    convert = _CONVERT[told.kind]
    try:
        return convert(value)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise ValueError(f"{shape.name}.{told.name}: {value!r} is no {told.edm}") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _reference(value: Any) -> str:
    return intern(_text(value).lower() or EMPTY_REF)


def _moment(value: Any) -> str:
    return moment_text(value if isinstance(value, datetime) else datetime.fromisoformat(value))


def _tag(value: Any) -> str:
    text = _text(value) or UNDEFINED
    return intern(text if "." in text else NAMESPACE + text)


def _pair(value: Any) -> str:
    return intern(value if isinstance(value, str) else simple_text(value))


_CONVERT: dict[Kind, Callable[[Any], Any]] = {
    Kind.GUID: _reference,
    Kind.TEXT: _text,
    Kind.ENUM: lambda value: intern(_text(value)),
    Kind.INTEGER: int,
    Kind.NUMBER: Decimal,
    Kind.FLAG: bool,
    Kind.MOMENT: _moment,
    Kind.PAIR: _pair,
    Kind.TAG: _tag,
    Kind.BINARY: _text,
    Kind.STREAM: _text,
}
