"""Shapes: which properties a set, a tabular section or a virtual table has, in which slot, of which EDM type."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sandbox.onec.values import EMPTY, NAMESPACE, Kind, Row

if TYPE_CHECKING:
    from collections.abc import Sequence


Enums = dict[str, tuple[str, ...]]
"""Enumerations with their members."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property as OData names it.

    ``field`` is the attribute that it comes from, so that ``Склад`` gives ``Склад_Key``. ``length`` of a string is 0
    when unlimited; ``digits`` and ``scale`` bound a number; ``part`` is Date, Time or DateTime. ``target`` is the set
    of a reference, ``allowed`` the members of an enumeration or the type names of a composite.
    """

    name: str
    edm: str
    kind: Kind
    field: str = ""
    nullable: bool = True
    length: int = 0
    fixed: bool = False
    digits: int = 0
    scale: int = 0
    part: str = "DateTime"
    target: str = ""
    allowed: tuple[str, ...] = ()
    items_only: bool = False
    rows: Shape | None = None

    @property
    def empty(self) -> Any:
        """What the property holds when nothing was written; a fixed string is padded."""
        return " " * self.length if self.fixed else EMPTY[self.kind]


@dataclass(slots=True)
class Shape:
    """The properties of one kind of row; ``name`` is the EDM type. Slots follow the order of ``$metadata``."""

    name: str
    properties: tuple[Property, ...]
    key: tuple[str, ...]
    published: frozenset[str] = frozenset()
    index: dict[str, int] = field(init=False)
    empty: Row = field(init=False)
    navigations: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.index = {each.name: slot for slot, each in enumerate(self.properties)}
        self.empty = tuple(each.empty for each in self.properties)
        # A navigation exists only while its target is published; the bare reference stays without it.
        self.navigations = {
            each.field: slot for slot, each in enumerate(self.properties) if each.target in self.published
        }

    def slot(self, name: str) -> int:
        """Return the slot of a property; raises KeyError."""
        return self.index[name]

    def slots_of(self, attribute: str) -> tuple[int, ...]:
        """Return the slots that an attribute takes: one, or value and type of a composite; raises KeyError."""
        if f"{attribute}_Key" in self.index:
            return (self.index[f"{attribute}_Key"],)
        slot = self.index[attribute]
        if self.properties[slot].kind is Kind.PAIR:
            return (slot, self.index[f"{attribute}_Type"])
        return (slot,)

    @property
    def has_folders(self) -> bool:
        """Whether some rows are folders, whose attributes are null."""
        return "IsFolder" in self.index

    @property
    def is_open(self) -> bool:
        """Whether ``$metadata`` calls the type open: it has a composite."""
        return any(each.kind is Kind.PAIR for each in self.properties)


def attribute(
    name: str, spec: Sequence[str], enums: dict[str, tuple[str, ...]]
) -> tuple[list[Property], list[Property]]:
    """Return an attribute's properties: those that stand in its place and those that go to the end (``X_Type``).

    ``spec`` is what the configuration file says: ``["xs:string", "len=50"]``, ``["cfg:CatalogRef.Склады"]``.
    """
    types = [part for part in spec if ":" in part and "=" not in part]
    options = dict(part.split("=", 1) for part in spec if "=" in part)
    if len(types) != 1:
        return _composite(name, types)
    if types[0] == "v8:ValueStorage":
        storage = Property(f"{name}_Base64Data", "Edm.Binary", Kind.BINARY, name)
        stream = Property(name, "Edm.Stream", Kind.STREAM, name)
        return [storage, stream], [Property(f"{name}_Type", "Edm.String", Kind.TEXT, name)]
    made = _single(name, types[0], options, enums)
    if made is None:
        raise ValueError(f"attribute {name}: type {types[0]!r} is unknown to the double")
    return [replace(made, fixed="fixed" in spec)], []


def _composite(name: str, types: Sequence[str]) -> tuple[list[Property], list[Property]]:
    allowed = tuple(type_name(each) for each in types)
    value = Property(name, "Edm.String", Kind.PAIR, name, allowed=allowed)
    return [value], [Property(f"{name}_Type", "Edm.String", Kind.TAG, name, allowed=allowed)]


def _single(name: str, type_: str, options: dict[str, str], enums: dict[str, tuple[str, ...]]) -> Property | None:
    if type_ == "xs:string":
        return Property(name, "Edm.String", Kind.TEXT, name, length=int(options.get("len", "0")))
    if type_ == "xs:boolean":
        return Property(name, "Edm.Boolean", Kind.FLAG, name)
    if type_ == "xs:dateTime":
        return Property(name, "Edm.DateTime", Kind.MOMENT, name, part=options.get("date", "DateTime"))
    if type_ == "v8:UUID":
        return Property(name, "Edm.Guid", Kind.GUID, name)
    if type_ == "xs:decimal":
        return number(name, options.get("num", "15.2"))
    if type_.startswith("cfg:EnumRef."):
        members = enums.get(type_.removeprefix("cfg:EnumRef."), ())
        return Property(name, "Edm.String", Kind.ENUM, name, allowed=members)
    if type_.startswith("cfg:") and "Ref." in type_:
        return reference(name, type_name(type_).removeprefix(NAMESPACE))
    return None


def number(name: str, size: str) -> Property:
    """Make a numeric property of a size like ``15.3``; up to 4 digits are Int16, more Int64 (nobody saw an Int32)."""
    digits, _, scale = size.partition(".")
    if int(scale or 0):
        return Property(name, "Edm.Double", Kind.NUMBER, name, digits=int(digits), scale=int(scale))
    edm = "Edm.Int16" if int(digits) <= 4 else "Edm.Int64"  # noqa: PLR2004 - said in the docstring
    return Property(name, edm, Kind.INTEGER, name, digits=int(digits))


def reference(name: str, target: str, *, nullable: bool = True) -> Property:
    """Make a property that refers to one set."""
    return Property(f"{name}_Key", "Edm.Guid", Kind.GUID, name, nullable=nullable, target=target)


def type_name(type_: str) -> str:
    """Return a type's name in ``X_Type``: ``cfg:CatalogRef.X`` is ``StandardODATA.Catalog_X``."""
    simple = {
        "xs:string": "Edm.String",
        "xs:decimal": "Edm.Double",
        "xs:boolean": "Edm.Boolean",
        "xs:dateTime": "Edm.DateTime",
        "v8:UUID": "Edm.Guid",
    }
    if type_ in simple:
        return simple[type_]
    kind, _, name = type_.removeprefix("cfg:").partition(".")
    if kind == "EnumRef":
        return NAMESPACE + name
    if not kind.endswith("Ref") or not name:
        raise ValueError(f"type {type_!r} is unknown to the double")
    return f"{NAMESPACE}{kind.removesuffix('Ref')}_{name}"
