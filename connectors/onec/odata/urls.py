"""URLs as 1C reads them: a space is ``%20`` (``+`` would be an addition), an apostrophe in a literal doubles.

Nothing here knows HTTP: text in, text out. Paths are relative to the OData root and begin with ``/``.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from uuid import UUID

from foundation.errors import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Value = str | bool | int | float | Decimal | date | UUID

KEYS_A_REQUEST: Final = 40
"""Keys OR-ed in one filter: 40 GUIDs are some 3 KB of URL, below every web server's limit known."""

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UNTRAVELLED = re.compile(r"[?+\\\x00-\x1f\x7f]")
_BARE = re.compile(r"true|false|-?[0-9]+(\.[0-9]+)?")
_DATE_ARGUMENTS: Final = frozenset({"Period", "StartPeriod", "EndPeriod"})
_BARE_ARGUMENTS: Final = frozenset({"PostingModeOperational", "Top"})
_PATH_SAFE: Final = "/(),='"
_QUERY_SAFE: Final = "(),='/:*$"


def is_guid(text: str) -> bool:
    """Tell whether a text is a 1C reference."""
    return _GUID.fullmatch(text) is not None


def guid(text: str) -> str:
    """Return ``guid'…'``; raises Faults where the text is none."""
    if not is_guid(text):
        raise _faulty("guid", "не похоже на ссылку 1С", "does not look like a 1C reference")
    return f"guid'{text.lower()}'"


def quoted(text: str) -> str:
    """Return a string literal."""
    return "'" + text.replace("'", "''") + "'"


def literal(value: Value) -> str:
    """Return a value as a literal of ``$filter``: naive dates to the second, numbers without an exponent."""
    match value:
        case bool():
            return "true" if value else "false"
        case UUID():
            return guid(str(value))
        case datetime():
            return f"datetime'{value.replace(tzinfo=None).isoformat(timespec='seconds')}'"
        case date():
            return f"datetime'{value.isoformat()}T00:00:00'"
        case int():
            return str(value)
        case float() | Decimal():
            return _number(value)
        case _:
            return quoted(value)


def _number(value: float | Decimal) -> str:
    exact = Decimal(repr(value)) if isinstance(value, float) else value
    if not exact.is_finite():
        raise _faulty("number", "не число", "not a number")
    return f"{exact:f}"


def literal_for(source: str, text: str) -> str:
    """Return the literal that compares the property ``source`` with a key: ``…_Key`` is a GUID, else a string."""
    return guid(text) if source.endswith("_Key") else quoted(text)


def entity_path(entity: str, key: str | Mapping[str, Value] | None = None) -> str:
    """Return ``/Catalog_X``, ``/Catalog_X(guid'…')`` or ``/InformationRegister_X(A_Key=guid'…',Period=…)``."""
    if key is None:
        inner = ""
    elif isinstance(key, str):
        inner = f"({guid(key)})"
    else:
        inner = "(" + ",".join(f"{name}={_key_literal(name, value)}" for name, value in key.items()) + ")"
    return "/" + quote(_travels(entity, "entity") + _travels(inner, "key"), safe=_PATH_SAFE)


def _key_literal(name: str, value: Value) -> str:
    return literal_for(name, value) if isinstance(value, str) else literal(value)


def call_path(entity: str, function: str, arguments: Mapping[str, str]) -> str:
    """Return ``/R/Balance(Condition='…',Dimensions='…')``; texts come without outer quotes, dates bare or literal.

    Raises Faults for what a path cannot carry behind IIS even when encoded: ``?``, ``+``, backslash, control
    characters. Such a condition goes into ``$filter`` (reference: onec-odata, 2).
    """
    given = ",".join(f"{name}={_argument(name, text)}" for name, text in arguments.items() if text)
    return entity_path(entity) + "/" + quote(f"{function}({given})", safe=_PATH_SAFE)


def _argument(name: str, text: str) -> str:
    _travels(text, name)
    if name in _DATE_ARGUMENTS:
        return text if text.startswith("datetime'") else f"datetime'{text}'"
    if name in _BARE_ARGUMENTS and _BARE.fullmatch(text):
        return text
    return quoted(text)


def with_options(path: str, options: Mapping[str, str | int]) -> str:
    """Add query options in their order; empty ones are left out, spaces travel as ``%20``."""
    given = [f"{name}={quote(str(value), safe=_QUERY_SAFE)}" for name, value in options.items() if value != ""]
    return path + ("?" + "&".join(given) if given else "")


def any_of(source: str, keys: Sequence[str]) -> str:
    """Return ``a eq x or a eq y``: 1C's dialect has no ``in``."""
    return " or ".join(f"{source} eq {literal_for(source, key)}" for key in keys)


def both(one: str, other: str) -> str:
    """Join two filters by ``and``; an empty one does not count."""
    return f"({one}) and ({other})" if one and other else one or other


def chunks(keys: Sequence[str], size: int = KEYS_A_REQUEST) -> Iterator[Sequence[str]]:
    """Cut a list of keys into pieces that fit a URL."""
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def _travels(text: str, where: str) -> str:
    if found := _UNTRAVELLED.search(text):
        raise _faulty(
            where,
            f"знак {found[0]!r} не передаётся в пути запроса: перенесите условие в where ($filter)",
            f"the character {found[0]!r} cannot travel in a path: put the condition into where ($filter)",
        )
    return text


def _faulty(path: str, said: str, en: str) -> Faults:
    return Faults(
        "Запрос к 1С составлен неверно.",
        [Fault(path, said, en)],
        en="The request to 1C is composed wrongly.",
        todo="Исправьте профиль или настройки связи.",
        todo_en="Correct the profile or the link's settings.",
    )
