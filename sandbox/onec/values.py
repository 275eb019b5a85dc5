"""Values as the base keeps them: GUIDs and moments as text, numbers as int or Decimal, empty values by kind."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from sandbox.onec.errors import unparsed

EMPTY_REF: Final = "00000000-0000-0000-0000-000000000000"
EMPTY_MOMENT: Final = "0001-01-01T00:00:00"
UNDEFINED: Final = "StandardODATA.Undefined"
NAMESPACE: Final = "StandardODATA."

Row = tuple[Any, ...]
"""One object, line or record: values by slot of its shape. A written object is a new row, so a reader never waits."""

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?")


class Kind(StrEnum):
    """How a property is kept and compared."""

    GUID = "guid"
    TEXT = "text"
    ENUM = "enum"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    MOMENT = "moment"
    PAIR = "pair"  # the value of a composite type; its type stands in the TAG beside it
    TAG = "tag"
    ROWS = "rows"
    BINARY = "binary"
    STREAM = "stream"


EMPTY: Final[dict[Kind, Any]] = {
    Kind.GUID: EMPTY_REF,
    Kind.TEXT: "",
    Kind.ENUM: "",
    Kind.INTEGER: 0,
    Kind.NUMBER: Decimal(0),
    Kind.FLAG: False,
    Kind.MOMENT: EMPTY_MOMENT,
    Kind.PAIR: "",
    Kind.TAG: UNDEFINED,
    Kind.ROWS: (),
    Kind.BINARY: "",
    Kind.STREAM: "",
}


def parse_guid(text: object) -> str:
    """Return the GUID in lower case; refuses with code 1."""
    if not isinstance(text, str) or not _GUID.fullmatch(text):
        raise unparsed(text, "Edm.Guid")
    return text.lower()


def parse_moment(text: object) -> str:
    """Return the moment as ``YYYY-MM-DDThh:mm:ss``; fractions are cut, as 1C has none; refuses with code 1."""
    found = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise unparsed(text, "Edm.DateTime")
    parts = [int(part or 0) for part in found.groups()]
    try:
        moment = datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - six integers; 1C knows no zones
    except ValueError:
        raise unparsed(text, "Edm.DateTime") from None
    return moment_text(moment)


def moment_text(moment: datetime) -> str:
    """Write a moment; ``isoformat`` keeps the year at four digits, so texts compare as moments do."""
    return moment.replace(microsecond=0, tzinfo=None).isoformat()


@lru_cache(maxsize=200_000)
def number_text(number: Decimal) -> str:
    """Write a number as 1C does in JSON: ``5``, ``142.36``, never an exponent or trailing zeros."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def stored_order(guid: str) -> str:
    """Return what a reference sorts by: a base keeps it with its groups turned round (D, E, C, B, A)."""
    return guid[19:23] + guid[24:] + guid[14:18] + guid[9:13] + guid[:8]


def simple_text(value: Any) -> str:
    """Write a simple value as a composite property holds it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(Decimal(value)) if isinstance(value, (int, Decimal)) else str(value)
