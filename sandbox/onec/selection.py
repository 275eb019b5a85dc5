"""What of each row is shown: ``$select`` and ``$expand`` resolved against a shape, before any row is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.onec.errors import no_segment, unsupported
from sandbox.onec.values import NAMESPACE, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.onec.query.paths import Lookup
    from sandbox.onec.shapes import Shape

PRESENTATION = "____Presentation"
_LISTED_FIRST = ("Ref_Key", "DataVersion", "DeletionMark", "Parent_Key", "IsFolder", "Code", "Number", "Date", "Posted")
_LISTED_LAST = ("Predefined", "PredefinedDataName")


@dataclass(slots=True)
class Selection:
    """The columns of one shape: property names in order, sections with their own columns, what is expanded.

    ``links`` are the navigations whose link is shown; ``expanded`` maps a navigation (or ``X/Type`` of a composite) to
    the selection of its target; ``presentations`` are property fields, "" for the object itself.
    """

    shape: Shape
    names: list[str]
    sections: dict[str, Selection] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    expanded: dict[str, Selection] = field(default_factory=dict)
    presentations: list[str] = field(default_factory=list)


def listed(shape: Shape) -> list[str]:
    """Return property names in the order of a list's rows: Ref_Key first, attributes, sections, predefined last."""
    names = [
        name for name in shape.index if not name.endswith("_Type") or name.removesuffix("_Type") not in shape.index
    ]
    first = [name for name in _LISTED_FIRST if name in shape.index]
    last = [name for name in _LISTED_LAST if name in shape.index]
    middle = [name for name in names if name not in first and name not in last]
    tables = [name for name in middle if shape.properties[shape.slot(name)].kind is Kind.ROWS]
    plain = [name for name in middle if name not in tables]
    ordered: list[str] = []
    for name in (*first, *plain, *tables, *last):
        if shape.properties[shape.slot(name)].kind is not Kind.STREAM:
            ordered.append(name)
        if f"{name}_Type" in shape.index:
            ordered.append(f"{name}_Type")
    return ordered


def select(shape: Shape, paths: Iterable[str], expand: Iterable[str], lookup: Lookup) -> Selection:
    """Resolve ``$select`` and ``$expand``; refuses an unknown name with code 6.

    With a ``$select`` an expansion happens only if its path is selected too; otherwise 1C drops it without a word.
    """
    paths = tuple(paths)
    if not paths:
        made = whole(shape)
        _expand(made, expand, lookup)
        return made
    made = Selection(shape, [])
    inner: dict[str, list[str]] = {}
    chosen: set[str] = set()
    for path in paths:
        name, _, rest = path.partition("/")
        if rest or (name in shape.navigations and name not in shape.index):
            _check_step(shape, name)
            inner.setdefault(name, []).extend([rest] if rest else [])
            if name in shape.index:
                chosen.add(name)
        else:
            chosen |= _chosen(made, name)
    made.names = [name for name in listed(shape) if name in chosen]
    made.links = [name for name in _linked(shape) if shape.properties[shape.navigations[name]].name in chosen]
    for name in made.names:
        rows = shape.properties[shape.slot(name)].rows
        if rows is not None:
            made.sections[name] = select(rows, inner.get(name, ()), (), lookup)
    _expand(made, [path for path in _stars(shape, expand) if path.partition("/")[0] in inner], lookup, inner)
    return made


def _check_step(shape: Shape, name: str) -> None:
    if name in shape.navigations:
        return
    if name not in shape.index or shape.properties[shape.slot(name)].kind not in (Kind.ROWS, Kind.PAIR):
        raise no_segment(name)


def _chosen(made: Selection, name: str) -> set[str]:
    shape = made.shape
    if name == "*":
        return set(shape.index)
    if name == "**":
        return {each.name for each in shape.properties if each.kind is not Kind.ROWS}
    if name == "Presentation" and "Ref_Key" in shape.index:
        made.presentations.append("")
        return set()
    if name.endswith(PRESENTATION):
        about = name.removesuffix(PRESENTATION)
        if about not in {each.field for each in shape.properties}:
            raise no_segment(name)
        made.presentations.append(about)
        return set()
    if name not in shape.index:
        raise no_segment(name)
    if shape.properties[shape.slot(name)].kind is Kind.STREAM:
        raise unsupported(f"Свойство {name} имеет неподдерживаемый тип")
    return {name}


def whole(shape: Shape) -> Selection:
    """Return everything that a row has."""
    made = Selection(shape, listed(shape), links=_linked(shape))
    for each in shape.properties:
        if each.rows is not None:
            made.sections[each.name] = whole(each.rows)
    return made


def _linked(shape: Shape) -> list[str]:
    """Return the navigations that get a link: rows of virtual tables have no address to start one from."""
    return list(shape.navigations) if shape.key else []


def _stars(shape: Shape, expand: Iterable[str]) -> list[str]:
    return [name for path in expand for name in (list(shape.navigations) if path == "*" else [path])]


def _expand(made: Selection, expand: Iterable[str], lookup: Lookup, inner: dict[str, list[str]] | None = None) -> None:
    shape = made.shape
    for path in _stars(shape, expand):
        name, _, rest = path.partition("/")
        wanted = (inner or {}).get(name, [])
        if name in shape.navigations:
            target, key = shape.properties[shape.navigations[name]].target, name
        elif name in shape.index and shape.properties[shape.slot(name)].kind is Kind.PAIR:
            target, _, rest = rest.partition("/")
            if NAMESPACE + target not in shape.properties[shape.slot(name)].allowed:
                raise no_segment(target or name)
            key = f"{name}/{target}"
            wanted = [each.partition("/")[2] for each in wanted if each.partition("/")[0] == target]
        elif name in shape.index and shape.properties[shape.slot(name)].kind is Kind.ROWS:
            raise unsupported("Опция $expand не поддерживается для реквизитов табличных частей")
        else:
            raise no_segment(name)
        deeper = [rest] if rest and rest.partition("/")[0] not in lookup.shape_of(target).index else []
        made.expanded[key] = select(lookup.shape_of(target), [each for each in wanted if each], deeper, lookup)
        made.links = [link for link in made.links if link != name]
