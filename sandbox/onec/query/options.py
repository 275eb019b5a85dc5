"""The query options after the question mark, taken apart and checked; a plus is a plus, never a space."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from sandbox.onec.errors import Refusal, bad_option, unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

_KNOWN: Final = frozenset(
    {"format", "filter", "select", "expand", "orderby", "top", "skip", "inlinecount", "allowedOnly"}
)
_JSON: Final = "application/json"
_FORMATS: Final = frozenset({"json", "atom", _JSON, "application/atom+xml", "application/xml"})
LEVELS: Final = frozenset({"minimalmetadata", "nometadata", "fullmetadata"})


@dataclass(frozen=True, slots=True)
class Options:
    """What a query asks for. ``orderby`` holds paths with "descending"; ``arguments`` whatever is no option.

    ``given`` are the names of the options that were there.
    """

    json: bool = False
    level: str = "minimalmetadata"
    filter: str = ""
    select: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    orderby: tuple[tuple[tuple[str, ...], bool], ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    allowed_only: bool = False
    arguments: Mapping[str, str] = field(default_factory=dict)
    given: frozenset[str] = frozenset()


def representation(query: str, accept: str) -> tuple[bool, str]:
    """Tell whether JSON is wanted and with how much metadata, before anything can be refused in it."""
    given = dict(_pairs(query)).get("$format", "").lower()
    wanted = given if _plain(given) in _FORMATS else accept.lower()
    if wanted == "json" or _JSON in wanted:
        level = wanted.partition("odata=")[2].partition(";")[0].partition(",")[0]
        return True, level if level in LEVELS else "minimalmetadata"
    return False, "minimalmetadata"


def parse_options(query: str, accept: str) -> Options:
    """Take a query string apart; refuses unknown options with 501, bad values with code 14."""
    given: dict[str, str] = {}
    arguments: dict[str, str] = {}
    for name, value in _pairs(query):
        if name == "allowedOnly":
            given[name] = value
        elif not name.startswith("$"):
            arguments[name] = value
        elif name[1:] in _KNOWN:
            given[name[1:]] = value
        else:
            raise unsupported(f"The {name} parameter is not supported")
    _check_format(given.get("format", ""))
    json, level = representation(query, accept)
    return Options(
        json=json,
        level=level,
        filter=given.get("filter", "").strip(),
        select=_names(given, "select"),
        expand=_names(given, "expand"),
        orderby=_order(given.get("orderby", "")),
        top=_number(given, "top"),
        skip=_number(given, "skip") or 0,
        count=_count(given.get("inlinecount", "none")),
        allowed_only=given.get("allowedOnly", "false").lower() == "true",
        arguments=arguments,
        given=frozenset(given),
    )


def _pairs(query: str) -> list[tuple[str, str]]:
    parts = (part.partition("=") for part in query.split("&") if part)
    return [(unquote(name), unquote(value)) for name, _, value in parts]


def _plain(given: str) -> str:
    return given.lower().partition(";")[0].strip()


def _check_format(given: str) -> None:
    if given and _plain(given) not in _FORMATS:
        raise Refusal(501, "3", f"Представление {given} не поддерживается")


def _names(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in given.get(name, "").split(",") if part.strip())


def _order(text: str) -> tuple[tuple[tuple[str, ...], bool], ...]:
    order = []
    for part in text.split(","):
        words = part.split()
        if not words:
            if text.strip():
                raise bad_option("$orderby")
            continue
        if len(words) > 2 or (len(words) == 2 and words[1] not in ("asc", "desc")):  # noqa: PLR2004 - a path and a direction
            raise bad_option("$orderby")
        order.append((tuple(words[0].split("/")), words[-1] == "desc" and len(words) > 1))
    return tuple(order)


def _number(given: Mapping[str, str], name: str) -> int | None:
    if name not in given:
        return None
    if not given[name].isdecimal():
        raise bad_option(f"${name}")
    return int(given[name])


def _count(text: str) -> bool:
    if text not in ("none", "allpages"):
        raise bad_option("$inlinecount")
    return text == "allpages"
