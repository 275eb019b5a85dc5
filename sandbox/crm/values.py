"""Values of a message: text of the wire to Python and back, exact."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Final

from sandbox.crm.schemes import Type

Value = str | int | Decimal | datetime | None
"""A text ("" = empty), an integer, a number, a wall-clock moment without zone; None = empty, where it is no text."""

_NUMBER: Final = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?\d+", re.ASCII)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?", re.ASCII)

SAID: Final = {Type.INTEGER: "целое число", Type.NUMBER: "число", Type.MOMENT: "дата вида ГГГГ-ММ-ДДTЧЧ:ММ:СС"}
"""How the service names what it expected."""


def read(text: str | None, kind: Type) -> Value:
    """Return the value of a cell's text; raises ValueError. A number has a point or a comma, no exponent."""
    if kind is Type.TEXT:
        return text or ""
    stripped = (text or "").strip()
    if not stripped:
        return None
    match kind:
        case Type.INTEGER if _INTEGER.fullmatch(stripped):
            return int(stripped)
        case Type.NUMBER if _NUMBER.fullmatch(stripped):
            return Decimal(stripped.replace(",", "."))
        case Type.MOMENT if _MOMENT.fullmatch(stripped):
            with suppress(ValueError):  # a day that the calendar has not
                return datetime.fromisoformat(stripped)
    raise ValueError(text)


class Reader(dict[str | None, Value]):
    """The values of one column by their text, each read once: a column has few different texts.

    ``declared`` is what the message says of the column and must hold; ``known`` is what the service makes of it.
    """

    def __init__(self, declared: Type, known: Type) -> None:
        super().__init__()
        self._kinds = (declared, known) if declared is not known else (known,)

    def __missing__(self, text: str | None) -> Value:
        """Read a text that is met for the first time; raises ValueError."""
        value: Value = None
        for kind in self._kinds:
            value = read(text, kind)
        self[text] = value
        return value


def write(value: Value, *, comma: bool = False) -> str:
    """Return a value as it stands in an answer: no exponent, no needless zeros, ``2026-11-23T00:00:00``."""
    match value:
        case None:
            return ""
        case Decimal():
            text = plain(value)
            return text.replace(".", ",") if comma else text
        case datetime():
            return value.isoformat(timespec="seconds")
    return str(value)


def plain(number: Decimal) -> str:
    """Return a number exactly, without exponent and needless zeros: ``120.5``, ``0``."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def public(value: Value) -> str | int | None:
    """Return a value for JSON: numbers as exact text, moments in ISO form."""
    return value if isinstance(value, str | int) or value is None else write(value)
