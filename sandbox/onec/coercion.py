"""What the base makes of values that come in a body: much is bent to fit without a word, little is refused."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from sandbox.onec.errors import Refusal, bad_value, internal, unparsed
from sandbox.onec.values import EMPTY_MOMENT, NAMESPACE, UNDEFINED, Kind, Row, parse_guid, parse_moment, simple_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.onec.shapes import Property, Shape

_BOUND: Final = re.compile(r"[^()]+\(guid'([^']*)'\)")
_OURS: Final = frozenset({"Ref_Key", "DataVersion", "Predefined", "PredefinedDataName", "LineNumber", "Posted"})
"""Properties that a body does not set: the base gives them, or posting does."""


def apply(shape: Shape, row: Row, body: Mapping[str, Any], *, owner: str) -> Row:
    """Return the row with the body's values; properties that do not exist are ignored, sections are replaced.

    ``owner`` is the reference that new lines of sections get.
    """
    fresh = list(row)
    for name, value in _bound(body).items():
        slot = shape.index.get(name)
        if slot is None or name in _OURS:
            continue
        told = shape.properties[slot]
        if fresh[slot] is None or told.kind in (Kind.PAIR, Kind.TAG):
            continue  # an attribute that folders do not have; a composite takes its two halves together
        fresh[slot] = _section(told.rows, value, owner) if told.rows is not None else coerce(told, value)
    for name, slot in shape.index.items():
        tag = f"{name}_Type"
        if shape.properties[slot].kind is Kind.PAIR and fresh[slot] is not None and (name in body or tag in body):
            pair = (body.get(name, fresh[slot]), body.get(tag))
            fresh[slot], fresh[shape.index[tag]] = _pair(shape.properties[slot], *pair)
    return tuple(fresh)


def _bound(body: Mapping[str, Any]) -> dict[str, Any]:
    made = {}
    for name, value in body.items():
        if not name.endswith("@odata.bind"):
            made[name] = value
            continue
        found = _BOUND.fullmatch(str(value))
        if found is None:
            raise bad_value(name.removesuffix("@odata.bind"))
        made[f"{name.removesuffix('@odata.bind')}_Key"] = found[1]
    return made


def coerce(told: Property, value: Any) -> Any:
    """Return a value as it is stored.

    A string too long is cut; what is no number, or one that the attribute cannot hold, is 0. A GUID, a moment or a
    flag that cannot be read is refused with code 1, a list where a value belongs fails inside.
    """
    if isinstance(value, (list, dict)):
        raise internal()
    if value is None:
        return told.empty
    match told.kind:
        case Kind.GUID:
            return parse_guid(value)
        case Kind.FLAG:
            return _flag(value)
        case Kind.INTEGER | Kind.NUMBER:
            return _number(told, value)
        case Kind.MOMENT:
            return _moment(told, value)
        case Kind.ENUM:
            if value and told.allowed and value not in told.allowed:
                raise bad_value(told.name)
            return str(value)
    text = simple_text(value)
    if told.length:
        text = text[: told.length].ljust(told.length if told.fixed else 0)
    return text


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise unparsed(value, "Edm.Boolean")


def _number(told: Property, value: Any) -> Any:
    try:
        exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-told.scale), ROUND_HALF_UP)
    except InvalidOperation:
        exact = Decimal(0)
    if not exact.is_finite() or (told.digits and exact.adjusted() >= told.digits - told.scale):
        exact = Decimal(0)
    return int(exact) if told.kind is Kind.INTEGER else exact


def _moment(told: Property, value: Any) -> str:
    moment = parse_moment(value)
    if told.part == "Date":
        return moment[:10] + EMPTY_MOMENT[10:]
    return EMPTY_MOMENT[:10] + moment[10:] if told.part == "Time" else moment


def _pair(told: Property, value: Any, tag: Any) -> tuple[str, str]:
    text = "" if value is None else simple_text(value)
    if tag is None:
        tag = _type_by_itself(told, value)
    type_ = str(tag) if "." in str(tag) else NAMESPACE + str(tag)
    if type_ == UNDEFINED or not tag:
        return "", UNDEFINED
    if type_ not in told.allowed:
        raise bad_value(f"{told.name}_Type")
    if type_.startswith(NAMESPACE) and type_.removeprefix(NAMESPACE).startswith(("Catalog_", "Document_")):
        text = parse_guid(text)
    return text, type_


def _type_by_itself(told: Property, value: Any) -> str:
    simple = {str: "Edm.String", bool: "Edm.Boolean", int: "Edm.Double", Decimal: "Edm.Double"}
    found = simple.get(type(value), UNDEFINED)
    return found if found in told.allowed else UNDEFINED


def _section(shape: Shape, lines: Any, owner: str) -> tuple[Row, ...]:
    if not isinstance(lines, list):
        raise internal()
    made = []
    line_slot, owner_slot = shape.slot("LineNumber"), shape.index.get("Ref_Key")
    for line in lines:
        if not isinstance(line, dict) or "LineNumber" not in line:
            raise internal()
        row = list(apply(shape, shape.empty, line, owner=owner))
        row[line_slot] = coerce(shape.properties[line_slot], line["LineNumber"])
        if owner_slot is not None:
            row[owner_slot] = owner
        made.append(tuple(row))
    made.sort(key=lambda row: row[line_slot])
    if [row[line_slot] for row in made] != list(range(1, len(made) + 1)):
        raise Refusal(400, "4", "Неверные номера строк табличной части: должны идти подряд с 1")
    return tuple(made)
