"""Registers: what documents wrote, and the totals that are kept as they write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol

from sandbox.onec.values import NAMESPACE, UNDEFINED, Kind, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sandbox.onec.schema import EntitySet, Register, Rule
    from sandbox.onec.shapes import Property, Shape


class RegisterTable:
    """The records of one subordinate register by recorder, and for a balance register its totals by dimensions.

    A recorder is ``(reference,)`` or ``(reference, type name)``, as the register's recorder slots are.
    """

    def __init__(self, register: Register) -> None:
        self.register = register
        shape = register.records
        self.records: dict[tuple[Any, ...], tuple[Row, ...]] = {}
        self.dimension_slots = [slot for name in register.dimensions for slot in shape.slots_of(name)]
        self.resource_slots = [shape.slot(name) for name in register.resources if name in shape.index]
        self.totals: dict[tuple[Any, ...], list[Decimal]] = {}
        self._dimensions = row_reader(self.dimension_slots)
        self._resources = row_reader(self.resource_slots)
        self._side = shape.index.get("RecordType", -1)

    def write(self, recorder: tuple[Any, ...], rows: Sequence[Row]) -> None:
        """Replace everything that this recorder wrote; totals follow."""
        for row in self.records.pop(recorder, ()):
            self._add(row, -1)
        if rows:
            self.records[recorder] = tuple(rows)
            for row in rows:
                self._add(row, 1)

    def _add(self, row: Row, sign: int) -> None:
        if not self.register.balance:
            return
        if row[self._side] == "Expense":
            sign = -sign
        key = self._dimensions(row)
        total = self.totals.get(key)
        if total is None:
            total = self.totals[key] = [Decimal(0)] * len(self.resource_slots)
        for place, value in enumerate(self._resources(row)):
            if value:
                total[place] += value * sign

    def all(self) -> Iterator[Row]:
        """Yield every record."""
        for rows in self.records.values():
            yield from rows

    def balances_at(self, holds: Callable[[str], bool]) -> dict[tuple[Any, ...], list[Decimal]]:
        """Return totals of the records whose period holds."""
        period = self.register.records.slot("Period")
        sums: dict[tuple[Any, ...], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * len(self.resource_slots))
        for row in self.all():
            if holds(row[period]):
                total, sign = sums[self._dimensions(row)], -1 if row[self._side] == "Expense" else 1
                for place, value in enumerate(self._resources(row)):
                    total[place] += value * sign
        return sums

    def turnovers(self, start: str, end: str) -> dict[tuple[Any, ...], list[Decimal]]:
        """Return what came and what went between two moments, both included: receipts, then expenses."""
        period, width = self.register.records.slot("Period"), len(self.resource_slots)
        sums: dict[tuple[Any, ...], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * (2 * width))
        for row in self.all():
            if start <= row[period] and (not end or row[period] <= end):
                total = sums[self._dimensions(row)]
                first = width if self.register.balance and row[self._side] == "Expense" else 0
                for place, value in enumerate(self._resources(row)):
                    total[first + place] += value
        return sums


def row_reader(slots: Sequence[int]) -> Callable[[Row], tuple[Any, ...]]:
    """Return a function that takes these slots of a row as a tuple, also where there is one or none."""
    if not slots:
        return lambda _: ()
    if len(slots) == 1:
        only = slots[0]
        return lambda row: (row[only],)
    return itemgetter(*slots)


class Base(Protocol):
    """What a movement asks of the base: objects that references lead to."""

    def rows_of(self, name: str) -> Mapping[str, Row]:
        """Return a set's rows by reference; empty where the base has no such set."""

    def shape_of(self, name: str) -> Shape:
        """Return a set's shape."""


Source = Callable[..., tuple[Any, str]]
"""From a document's head and one of its lines to a value and its type."""


class Movement:
    """One rule of a document, ready to run: from a posted document to the records that it writes."""

    def __init__(self, document: EntitySet, rule: Rule, register: Register, base: Base) -> None:
        self.register = register
        self._lines = document.shape.index[rule.section] if rule.section else -1
        lines = document.sections[rule.section] if rule.section else None
        self._when = [(_source(path, document.shape, lines), wanted) for path, wanted in rule.when.items()]
        self._fields = [
            (register.records.slots_of(name), _value(path, document.shape, lines, base))
            for name, path in rule.fields.items()
        ]
        shape = register.records
        self._blank = list(shape.empty)
        self._blank[shape.slot("Active")] = True
        if register.balance:
            self._blank[shape.slot("RecordType")] = rule.record
        self._period = shape.index.get("Period", -1)
        self._date = document.shape.slot("Date")
        self._document = NAMESPACE + document.name

    def rows(self, head: Row) -> Iterator[list[Any]]:
        """Yield the records of a document, still without line numbers; its reference is its first slot."""
        recorder = self.register.recorder_slots
        for line in head[self._lines] if self._lines >= 0 else ((),):
            if any(source(head, line)[0] not in wanted for source, wanted in self._when):
                continue
            record = self._blank.copy()
            if self._period >= 0:
                record[self._period] = head[self._date]
            for slot, value in zip(recorder, (head[0], self._document), strict=False):
                record[slot] = value
            for slots, source in self._fields:
                value, type_ = source(head, line)
                record[slots[0]] = value
                if len(slots) > 1:
                    record[slots[1]] = type_
            yield record


def movements(made: Iterable[Movement], head: Row) -> dict[str, tuple[tuple[Any, ...], list[Row]]]:
    """Return by register what a document writes: its recorder and its records, numbered from 1."""
    written: dict[str, tuple[tuple[Any, ...], list[Row]]] = {}
    for movement in made:
        register = movement.register
        number, slots = register.records.slot("LineNumber"), register.recorder_slots
        for record in movement.rows(head):
            recorder, rows = written.setdefault(register.name, (tuple(record[slot] for slot in slots), []))
            del recorder
            record[number] = len(rows) + 1
            rows.append(tuple(record))
    return written


def _value(path: str, head: Shape, lines: Shape | None, base: Base) -> Source:
    """Return where a field's value stands: a path, or a number times a property of what a reference leads to."""
    number, times, factor = path.partition("*")
    own = _source(number, head, lines)
    if not times:
        return own
    reference, _, name = factor.rpartition(".")
    leads = _source(reference, head, lines)

    def product(*both: Row) -> tuple[Any, str]:
        target, type_ = leads(*both)
        return own(*both)[0] * _factor(base, target, type_.removeprefix(NAMESPACE), name), ""

    return product


def _factor(base: Base, reference: str, set_name: str, name: str) -> Decimal:
    """Return a number of the object that a reference leads to; 1 where its set has no such property."""
    row = base.rows_of(set_name).get(reference)
    if row is None or name not in (index := base.shape_of(set_name).index):
        return Decimal(1)
    return Decimal(row[index[name]])


def _source(path: str, head: Shape, lines: Shape | None) -> Source:
    negative = path.startswith("-")
    where, _, name = path.removeprefix("-").partition(".")
    if where not in ("head", "row") or (where == "row" and lines is None):
        raise ValueError(f"{head.name}: {path!r} in Movements is neither head.X nor row.X")
    shape = head if where == "head" else lines
    assert shape is not None
    try:
        slots = shape.slots_of(name)
    except KeyError:
        raise ValueError(f"{head.name}: {path!r} in Movements names no attribute") from None
    take = 0 if where == "head" else 1
    slot, told = slots[0], shape.properties[slots[0]]
    if told.kind is Kind.PAIR:
        tag = slots[1]
        return lambda *both: (both[take][slot], both[take][tag])
    if told.kind is Kind.GUID:
        type_ = NAMESPACE + (head.name if name == "Ref" else told.target)
        return _typed_reference(take, slot, told, type_)
    sign = -1 if negative else 1
    if negative and told.kind in (Kind.NUMBER, Kind.INTEGER):
        return lambda *both: (both[take][slot] * sign, "")
    return lambda *both: (both[take][slot], "")


def _typed_reference(take: int, slot: int, told: Property, type_: str) -> Callable[[Row, Row], tuple[Any, str]]:
    empty = told.empty
    return lambda *both: (reference, type_) if (reference := both[take][slot]) != empty else (empty, UNDEFINED)
