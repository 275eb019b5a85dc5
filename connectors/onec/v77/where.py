"""Conditions of a reading: ``Проведен = да и Шапка.Дата >= 2026-11-01 и Склад = '____24___'``.

Conditions are joined by ``и`` (``and``); there are no brackets and no ``или``. Values: a text in apostrophes (doubled
inside), a number, a date or a moment as ISO writes them, ``да`` and ``нет``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from connectors.onec.v77 import words
from foundation.errors import Fault, Faults
from mappings.model import MICRO, Kind

_MOST: Final = 10_000
_CONDITION: Final = re.compile(
    r"\s*(?P<source>[^\s<>='][^<>=']*?)\s*(?P<sign><>|<=|>=|=|<|>)\s*(?P<value>'(?:[^']|'')*'|[^\s']+)\s*"
)
_AND: Final = re.compile(r"(?:и|and)\s", re.IGNORECASE)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?")
_FLAGS: Final = {"да": True, "нет": False, "true": True, "false": False}
_INT64: Final = 2**63


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison: ``kind`` is that of the value (TEXT, MICRO, MOMENT or FLAG); numbers are millionths.

    The sign ``in`` takes a set of texts; it is not written in conditions.
    """

    source: str
    sign: str
    kind: Kind
    value: Any


def conditions(text: str) -> list[Condition]:
    """Return the conditions of a text, none for an empty one; raises Faults for what is not understood."""
    found: list[Condition] = []
    rest = text.strip()
    if len(rest) > _MOST:
        raise _not_understood(text)
    while rest:
        if found:
            joint = _AND.match(rest)
            if joint is None:
                raise _not_understood(text)
            rest = rest[joint.end() :]
        match = _CONDITION.match(rest)
        if match is None:
            raise _not_understood(text)
        found.append(_condition(match["source"], match["sign"], match["value"], text))
        rest = rest[match.end() :]
    return found


def _condition(source: str, sign: str, value: str, text: str) -> Condition:
    if value.startswith("'"):
        return Condition(source, sign, Kind.TEXT, value[1:-1].replace("''", "'"))
    if value.casefold() in _FLAGS:
        return Condition(source, sign, Kind.FLAG, _FLAGS[value.casefold()])
    try:
        if _MOMENT.fullmatch(value):
            return Condition(source, sign, Kind.MOMENT, datetime.fromisoformat(value))
        exact = Decimal(value) * MICRO
        whole = int(exact)
    except (ValueError, InvalidOperation, OverflowError):
        raise _not_understood(text) from None
    if exact != whole or abs(whole) >= _INT64:
        raise _not_understood(text)
    return Condition(source, sign, Kind.MICRO, whole)


def moment_of(text: str) -> datetime:
    """Return the moment of an argument, bare or as OData writes it (``datetime'…'``); raises Faults."""
    bare = text.strip().removeprefix("datetime").strip("'")
    if not _MOMENT.fullmatch(bare):
        raise _not_understood(text)
    try:
        return datetime.fromisoformat(bare)
    except ValueError:
        raise _not_understood(text) from None


def _not_understood(text: str) -> Faults:
    shown = text if len(text) <= 200 else text[:200] + "…"  # noqa: PLR2004 - enough to find it by
    return Faults(**words.bad_condition(shown), faults=[Fault("where", "не понято", "not understood")])
