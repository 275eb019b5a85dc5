"""``$metadata`` in 1C's manner: one attribute a line, no lengths, enumerations without values, no AssociationSet.

``AllowedLength`` is declared twice, as in every real base that was looked at; a strict parser fails there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import quoteattr

from sandbox.onec.shapes import Property
from sandbox.onec.values import NAMESPACE, Kind
from sandbox.onec.virtual import arguments_of, functions_of, result_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.onec.schema import Configuration, EntitySet
    from sandbox.onec.shapes import Shape

_PERIODS: Final = (
    "Period",
    *(f"{part}Period" for part in ("Second", "Minute", "Hour", "Day", "Week", "Month", "Year")),
)
_ALLOWED_LENGTH: Final = ("Variable", "Fixed")


def metadata(configuration: Configuration) -> bytes:
    """Return the whole document: entity types, complex types, associations, enumerations, the container."""
    sets = [configuration.sets[name] for name in configuration.published]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines += _open(0, "edmx:Edmx", {"Version": "1.0", "xmlns:edmx": "http://schemas.microsoft.com/ado/2007/06/edmx"})
    lines += _open(
        1,
        "edmx:DataServices",
        {
            "xmlns:m": "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata",
            "m:DataServiceVersion": "3.0",
            "m:MaxDataServiceVersion": "3.0",
        },
    )
    lines += _open(2, "Schema", Namespace="StandardODATA", xmlns="http://schemas.microsoft.com/ado/2009/11/edm")
    for each in sets:
        lines += _entity_type(each.shape)
    for each in sets:
        lines += _complex_types(each)
    for each in sets:
        lines += _associations(each.shape)
    lines += _enum("AllowedLength", _ALLOWED_LENGTH)
    for name, members in configuration.enums.items():
        lines += _enum(name, members)
    lines += _enum("AllowedLength", _ALLOWED_LENGTH)
    lines += _container(sets)
    lines += ["\t\t</Schema>", "\t</edmx:DataServices>", "</edmx:Edmx>"]
    return "\n".join(lines).encode()


def _open(depth: int, tag: str, attributes: dict[str, str] | None = None, **more: str) -> list[str]:
    return _element(depth, tag, {**(attributes or {}), **more}, ">")


def _leaf(depth: int, tag: str, **attributes: str) -> list[str]:
    return _element(depth, tag, attributes, "/>")


def _element(depth: int, tag: str, attributes: dict[str, str], end: str) -> list[str]:
    indent = "\t" * depth
    told = [f"{name}={quoteattr(value)}" for name, value in attributes.items()]
    lines = [f"{indent}<{tag} {told[0]}" if told else f"{indent}<{tag}", *(f"{indent}\t\t{each}" for each in told[1:])]
    lines[-1] += end
    return lines


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _property(each: Property) -> list[str]:
    return _leaf(4, "Property", Name=each.name, Type=each.edm, Nullable=_flag(each.nullable))


def _entity_type(shape: Shape) -> Iterator[str]:
    attributes = {"Name": shape.name, **({"OpenType": "true"} if shape.is_open else {})}
    yield from _open(3, "EntityType", attributes)
    yield from _open(4, "Key")
    for name in shape.key:
        yield from _leaf(5, "PropertyRef", Name=name)
    yield "\t\t\t\t</Key>"
    for each in shape.properties:
        yield from _property(each)
    for name in shape.navigations:
        relationship = f"{NAMESPACE}{shape.name}_{name}"
        yield from _leaf(
            4,
            "NavigationProperty",
            Name=name,
            Relationship=relationship,
            FromRole="Begin",
            ToRole="End",
        )
    yield "\t\t\t</EntityType>"


def _complex(name: str, properties: Iterator[Property] | tuple[Property, ...]) -> Iterator[str]:
    yield from _open(3, "ComplexType", Name=name)
    for each in properties:
        yield from _property(each)
    yield "\t\t\t</ComplexType>"


def _complex_types(entities: EntitySet) -> Iterator[str]:
    if entities.kind == "section":
        yield from _complex(f"{entities.name}_RowType", entities.shape.properties)
    for each in entities.shape.properties:
        if each.rows is not None and entities.kind == "recordset":
            yield from _complex(each.rows.name, each.rows.properties)
    for function in functions_of(entities):
        if function.startswith("Slice") or entities.register is None:
            continue
        shape = result_shape(entities.register, function)
        extra = () if function == "Balance" else _breakdown(entities)
        yield from _complex(shape.name, (*extra, *shape.properties))


def _breakdown(entities: EntitySet) -> tuple[Property, ...]:
    """Return the columns by which 1C can break turnovers down; the double declares them as 1C does."""
    register = entities.register
    assert register is not None
    recorder = [register.records.properties[slot] for slot in register.recorder_slots]
    line = Property("LineNumber", "Edm.Int64", Kind.INTEGER)
    return (*(Property(name, "Edm.DateTime", Kind.MOMENT) for name in _PERIODS), *recorder, line)


def _associations(shape: Shape) -> Iterator[str]:
    for name, slot in shape.navigations.items():
        yield from _open(3, "Association", Name=f"{shape.name}_{name}")
        target = NAMESPACE + shape.properties[slot].target
        yield from _leaf(4, "End", Role="Begin", Type=NAMESPACE + shape.name, Multiplicity="*")
        yield from _leaf(4, "End", Role="End", Type=target, Multiplicity="0..1")
        yield "\t\t\t</Association>"


def _enum(name: str, members: tuple[str, ...]) -> Iterator[str]:
    yield from _open(3, "EnumType", Name=name, UnderlyingType="Edm.Int32")
    for member in members:
        yield from _leaf(4, "Member", Name=member)
    yield "\t\t\t</EnumType>"


def _container(sets: list[EntitySet]) -> Iterator[str]:
    yield from _open(3, "EntityContainer", {"Name": "EnterpriseV8", "m:IsDefaultEntityContainer": "true"})
    for each in sets:
        yield from _leaf(4, "EntitySet", Name=each.name, EntityType=NAMESPACE + each.name)
    for each in sets:
        if each.kind == "document":
            for name in ("Post", "Unpost"):
                parameters = [("PostingModeOperational", "Edm.Boolean")] if name == "Post" else []
                yield from _function(name, each.name, parameters, changes=True)
        for function in functions_of(each):
            parameters = [
                (name, "Edm.DateTime" if name.endswith("Period") else "Edm.String")
                for name in arguments_of(each, function)
            ]
            yield from _function(function, each.name, parameters, returns=_returned(each, function))
    yield "\t\t\t</EntityContainer>"


def _returned(entities: EntitySet, function: str) -> str:
    assert entities.register is not None
    if function.startswith("Slice"):
        return entities.name
    return result_shape(entities.register, function).name


def _function(
    name: str, bound: str, parameters: list[tuple[str, str]], *, changes: bool = False, returns: str = ""
) -> Iterator[str]:
    attributes = {"Name": name, "IsBindable": "true", "IsSideEffecting": _flag(changes)}
    if returns:
        attributes["ReturnType"] = f"Collection({NAMESPACE}{returns})"
    yield from _open(4, "FunctionImport", attributes)
    for parameter, type_ in [("bindingParameter", NAMESPACE + bound), *parameters]:
        yield from _leaf(5, "Parameter", Name=parameter, Type=type_)
    yield "\t\t\t\t</FunctionImport>"
