"""Identifiers as 1C 7.7 writes them: base 36, right-justified, with the code of the distributed base after."""

from __future__ import annotations

from typing import Final

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
EMPTY: Final = "     0   "
EMPTY_ANY: Final = "   0     0   "
EMPTY_UNDEFINED: Final = "U"


def base36(number: int, width: int) -> str:
    """Return a number in base 36, right-justified with spaces."""
    digits = ""
    while number or not digits:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
    return digits.rjust(width)


def object_id(number: int, base: str = "") -> str:
    """Return the id of an object: six digits and the three characters of its base."""
    return base36(number, 6) + base.ljust(3)


def any_kind(kind: int, identity: str) -> str:
    """Return a reference to an object of a kind that is not fixed: 13 characters."""
    return base36(kind, 4) + identity


def undefined(letter: str, kind: int, identity: str) -> str:
    """Return a value of an attribute of no fixed type: letter, ``1``, kind, id."""
    return f"{letter}1{base36(kind, 4)}{identity}"


def time_of_day(seconds: int, ticks: int = 0) -> str:
    """Return a time of day in ten-thousandths of a second, base 36."""
    return base36(seconds * 10_000 + ticks, 6)
