"""Property paths over rows: ``Description``, ``Контрагент/ИНН``, ``Заказ/Document_ЗаказКлиента/Number``."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol

from sandbox.onec.errors import no_segment, unsupported
from sandbox.onec.values import NAMESPACE, Kind, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox.onec.shapes import Property, Shape

Getter = "Callable[[Any], Any]"


class Lookup(Protocol):
    """What a path needs of the base: the shape and the rows of another set."""

    stored_order: bool

    def shape_of(self, name: str) -> Shape:
        """Return a set's shape."""
        ...

    def rows_of(self, name: str) -> Mapping[str, Row]:
        """Return a set's rows by reference; empty where the base has no such set."""
        ...

    def knows_type(self, name: str) -> bool:
        """Tell whether a type of that name (``Document_X``, an enumeration) exists."""
        ...


@dataclass(frozen=True, slots=True)
class Value:
    """Something that can be read off a row: its kind (None is null), how, and whether it may be missing.

    ``constant`` tells that it is the same for every row; a PAIR is read as ``(value, type name)``.
    """

    kind: Kind | None
    get: Callable[[Any], Any]
    nullable: bool = False
    constant: bool = False
    rows: Shape | None = None


def resolve(shape: Shape, segments: Sequence[str], lookup: Lookup) -> Value:
    """Follow a path from rows of ``shape``; refuses with code 6 where a segment is not there."""
    reach: Callable[[Any], Any] | None = None
    nullable = False
    place = 0
    while True:
        name = segments[place]
        last = place == len(segments) - 1
        if name in shape.index and not (not last and shape.properties[shape.index[name]].kind is Kind.PAIR):
            if not last:
                raise no_segment(segments[place + 1])
            return _property(shape, name, reach, nullable=nullable)
        if name in shape.index:
            slot, target = shape.index[name], segments[place + 1]
            place += 1
            if NAMESPACE + target not in shape.properties[slot].allowed:
                raise no_segment(target)
            last = place == len(segments) - 1
            step = _typed_step(slot, shape.index[f"{name}_Type"], target, lookup)
        elif name in shape.navigations:
            slot = shape.navigations[name]
            target = shape.properties[slot].target
            step = _step(slot, lookup.rows_of(target))
        else:
            raise no_segment(name)
        if last:
            return _reference(slot, target, reach, nullable=nullable)
        reach, nullable = _joined(reach, step), True
        shape = lookup.shape_of(target)
        place += 1


def _joined(first: Callable[[Any], Any] | None, then: Callable[[Any], Any]) -> Callable[[Any], Any]:
    if first is None:
        return then

    def both(row: Any) -> Any:
        reached = first(row)
        return None if reached is None else then(reached)

    return both


def _property(shape: Shape, name: str, reach: Callable[[Any], Any] | None, *, nullable: bool) -> Value:
    slot = shape.index[name]
    told: Property = shape.properties[slot]
    if told.kind in (Kind.STREAM, Kind.BINARY):
        raise unsupported(f"Операция с хранилищем значения {name} не поддерживается")
    slots = (slot, shape.index[f"{name}_Type"]) if told.kind is Kind.PAIR else (slot,)
    missing = nullable or (told.items_only and shape.has_folders)
    return Value(told.kind, _joined(reach, itemgetter(*slots)), missing, rows=told.rows)


def _step(slot: int, rows: Mapping[str, Row]) -> Callable[[Any], Any]:
    find = rows.get
    return lambda row: find(row[slot])


def _typed_step(slot: int, tag: int, target: str, lookup: Lookup) -> Callable[[Any], Any]:
    find, wanted = lookup.rows_of(target).get, NAMESPACE + target
    return lambda row: find(row[slot]) if row[tag] == wanted else None


def _reference(slot: int, target: str, reach: Callable[[Any], Any] | None, *, nullable: bool) -> Value:
    tag = NAMESPACE + target
    return Value(Kind.PAIR, _joined(reach, lambda row: (row[slot], tag)), nullable)
