"""The path of a request: segments, keys in brackets, arguments of functions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox.onec.errors import Refusal, no_segment, unparsed
from sandbox.onec.values import NAMESPACE, Kind, parse_guid, parse_moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.onec.shapes import Property, Shape

_PART: Final = re.compile(
    r"""\s*(?:(?P<name>[^\W\d]\w*)\s*=\s*)?(?P<value>(?:guid|datetime)?'(?:[^']|'')*'|[^,']+)\s*(?:,|$)"""
)


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a path; ``inside`` is what stands in its brackets, None where there are none."""

    name: str
    inside: str | None = None


def split(path: str) -> list[Segment]:
    """Cut a decoded path at slashes outside brackets and quotes; refuses brackets that do not close with code 6."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, sign in enumerate(path):
        if sign == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        elif sign == "/" and depth == 0:
            parts.append(path[start:place])
            start = place + 1
    parts.append(path[start:])
    return [_segment(part) for part in parts if part]


def _segment(part: str) -> Segment:
    name, bracket, inside = part.partition("(")
    if not bracket:
        return Segment(part)
    if not inside.endswith(")"):
        raise no_segment(part)
    return Segment(name, inside[:-1])


def call_arguments(inside: str, names: Sequence[str]) -> dict[str, str]:
    """Return the arguments of a function as they stand, quotes included.

    The text is cut at the known names: a Condition may hold commas and quotes that are not doubled.
    """
    if not inside.strip():
        return {}
    starts = list(re.finditer(rf"(?:^|,)\s*({'|'.join(names) or '(?!)'})\s*=", inside))
    if not starts or starts[0].start():
        raise Refusal(400, "21", f"Неверные параметры метода: {inside.partition('=')[0]}")
    ends = [*(each.start() for each in starts[1:]), len(inside)]
    return {each[1]: inside[each.end() : end].strip() for each, end in zip(starts, ends, strict=True)}


def parse_key(inside: str, shape: Shape) -> dict[str, Any]:
    """Return key values by property; refuses a missing element (7), an unknown one (6), a bad value (1)."""
    given: dict[str, str] = {}
    place = 0
    while place < len(inside):
        match = _PART.match(inside, place)
        if match is None:
            raise Refusal(400, "6", "Неверный формат адреса")
        name = match["name"] or ("" if given else shape.key[0])
        if name not in shape.key:
            raise no_segment(name or match["value"])
        given[name] = match["value"].strip()
        place = match.end()
    values: dict[str, Any] = {}
    for name in shape.key:
        told = shape.properties[shape.slot(name)]
        if name in given:
            values[name] = key_value(given[name], told)
        else:
            raise Refusal(400, "7", f"Отсутствует элемент ключа {name}")
    return values


def key_value(text: str, told: Property) -> Any:
    """Return one key literal as the store keeps it; refuses with code 1."""
    prefix, _, rest = text.partition("'")
    plain = rest.removesuffix("'").replace("''", "'") if rest else text
    match told.kind:
        case Kind.GUID:
            return parse_guid(plain)
        case Kind.MOMENT:
            return parse_moment(plain)
        case Kind.INTEGER:
            if not plain.isdecimal():
                raise unparsed(plain, told.edm)
            return int(plain)
        case Kind.FLAG:
            if plain not in ("true", "false"):
                raise unparsed(plain, told.edm)
            return plain == "true"
        case Kind.PAIR:
            return parse_guid(plain) if prefix == "guid" else plain
        case Kind.TAG:
            return plain if "." in plain else NAMESPACE + plain
    return plain
