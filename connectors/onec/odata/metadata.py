"""1C's ``$metadata`` (EDMX), read as a stream: 17 MB of УТ become a few small tables without a tree in memory.

1C's own oddities (reference onec-odata, 3) are taken as they are: an EnumType declared twice, no AssociationSet, no
lengths. Entities, DTD and network are off: a document is data.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from lxml import etree

from connectors.onec.odata import words
from foundation.errors import BadAnswer, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAMESPACE: Final = "StandardODATA."

_READ: Final = ("EntityType", "ComplexType", "EnumType", "EntitySet", "FunctionImport", "Association")


@dataclass(frozen=True, slots=True)
class EntityType:
    """An entity set's type: ``properties`` maps a name to its EDM type (``Edm.Guid``, ``Collection(X_RowType)``).

    ``navigation`` are the references whose targets are published; ``is_open``: it has properties of composite types.
    """

    name: str
    key: tuple[str, ...]
    properties: dict[str, str]
    navigation: tuple[str, ...] = ()
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function import: ``bound`` is the set it is called on, ``returns`` its row type ("" = nothing)."""

    name: str
    bound: str
    parameters: tuple[str, ...] = ()
    returns: str = ""
    changes: bool = False


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a base publishes; type names are without the namespace ``StandardODATA.``."""

    sets: set[str] = field(default_factory=set)
    entities: dict[str, EntityType] = field(default_factory=dict)
    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    functions: dict[str, dict[str, Function]] = field(default_factory=dict)

    def properties(self, entity: str, function: str = "") -> dict[str, str] | None:
        """Return the properties of a set's rows, of a virtual table's, or of a section's lines (by their row type).

        None where the base does not publish it.
        """
        if function:
            found = self.functions.get(entity, {}).get(function)
            return self._row(found.returns) if found else None
        return self._row(entity) if entity in self.sets or entity in self.rows else None

    def _row(self, name: str) -> dict[str, str] | None:
        entity = self.entities.get(name)
        return entity.properties if entity else self.rows.get(name)


class Pieces:
    """Pieces of bytes as the readable file that lxml wants."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)

    def read(self, size: int = -1) -> bytes:
        """Return the next piece whatever its size, b"" at the end: lxml takes longer ones than it asked for."""
        del size
        return next((piece for piece in self._pieces if piece), b"")


def metadata_of(path: str | Path) -> Metadata:
    """Read a file of ``$metadata``; raises NotFound, and BadAnswer where it is none."""
    try:
        with Path(path).open("rb") as file:
            return read_metadata(file, str(path))
    except FileNotFoundError:
        raise NotFound(**words.no_file(str(path)), path=str(path)) from None


def read_metadata(source: IO[bytes] | Pieces, shown: str) -> Metadata:
    """Read ``$metadata`` from a stream; ``shown`` names it in errors. Raises BadAnswer for half an XML or none."""
    metadata = Metadata()
    context = etree.iterparse(
        source,
        events=("end",),
        tag=[f"{{*}}{name}" for name in _READ],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in context:
            _TAKE.get(_local(element), _nothing)(metadata, element)
            _forget(element)
        whole = context.root is not None and _local(context.root) == "Edmx"
    except etree.XMLSyntaxError:  # its text holds a part of the document: not chained
        whole = False
    if not whole:
        raise BadAnswer(**words.no_metadata(shown), address=shown)
    return metadata


def _forget(element: etree._Element) -> None:
    """Free an element and what stands before it: the tree never grows."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _plain(name: str) -> str:
    """Return a type name without the namespace, interned: a base has 100,000 properties of a few types."""
    return sys.intern(name.replace(NAMESPACE, ""))


def _properties(element: etree._Element) -> dict[str, str]:
    return {
        sys.intern(child.get("Name", "")): _plain(child.get("Type", ""))
        for child in element.iterchildren("{*}Property")
    }


def _entity_type(metadata: Metadata, element: etree._Element) -> None:
    name = element.get("Name", "")
    metadata.entities[name] = EntityType(
        name,
        tuple(ref.get("Name", "") for ref in element.iterfind("{*}Key/{*}PropertyRef")),
        _properties(element),
        tuple(child.get("Name", "") for child in element.iterchildren("{*}NavigationProperty")),
        element.get("OpenType") == "true",
    )


def _complex_type(metadata: Metadata, element: etree._Element) -> None:
    metadata.rows[element.get("Name", "")] = _properties(element)


def _enum_type(metadata: Metadata, element: etree._Element) -> None:
    metadata.enums[element.get("Name", "")] = tuple(
        member.get("Name", "") for member in element.iterchildren("{*}Member")
    )


def _entity_set(metadata: Metadata, element: etree._Element) -> None:
    metadata.sets.add(element.get("Name", ""))


def _function(metadata: Metadata, element: etree._Element) -> None:
    bound, parameters = "", []
    for child in element.iterchildren("{*}Parameter"):
        if child.get("Name") == "bindingParameter":
            bound = _row_type(child.get("Type", ""))
        else:
            parameters.append(sys.intern(child.get("Name", "")))
    function = Function(
        sys.intern(element.get("Name", "")),
        bound,
        tuple(parameters),
        _row_type(element.get("ReturnType", "")),
        element.get("IsSideEffecting") == "true",
    )
    metadata.functions.setdefault(bound, {})[function.name] = function


def _row_type(name: str) -> str:
    return _plain(name).removeprefix("Collection(").removesuffix(")")


def _nothing(metadata: Metadata, element: etree._Element) -> None:
    del metadata, element


_TAKE: Final[dict[str, Any]] = {
    "EntityType": _entity_type,
    "ComplexType": _complex_type,
    "EnumType": _enum_type,
    "EntitySet": _entity_set,
    "FunctionImport": _function,
}
