"""Identifiers of 1C 7.7: objects, references of one kind, of any kind, of no fixed type (reference onec-v77, 1.2).

An id is nine characters: a number in base 36, right-justified in six, and three characters of the distributed base
that made the object (blank for the base itself). Both kinds of space count, and a text that is stripped on its way
would lose them: a **key** in our frames is therefore the id with ``_`` for every space, nine characters of which none
is a space; the empty reference is ``""``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ID: Final = 9
ANY_KIND: Final = 13
UNDEFINED: Final = 23

_NUMBER: Final = 6
_KIND: Final = 4
_OBJECTS: Final = {"B": "Справочник", "O": "Документ", "E": "Перечисление"}
"""Letters of values of no fixed type that lead to an object; each is followed by ``1``, the kind and the id."""


def from36(text: str) -> int:
    """Return a number in base 36 whose spaces stand on the left only; blank is 0. Raises ValueError."""
    digits = text.lstrip(" ")
    number = 0
    for digit in digits:
        place = DIGITS.find(digit)
        if place < 0:
            raise ValueError(text)
        number = number * 36 + place
    return number


def to36(number: int, width: int) -> str:
    """Return a number in base 36, right-justified; raises ValueError where it is negative or wider than that."""
    if number < 0:
        raise ValueError(number)
    digits = ""
    while number or not digits:
        number, place = divmod(number, 36)
        digits = DIGITS[place] + digits
    if len(digits) > width:
        raise ValueError(digits)
    return digits.rjust(width)


def is_empty(identity: str) -> bool:
    """Whether an id is the empty reference: blank, or number 0 of any base."""
    return identity[:_NUMBER].strip(" ") in ("", "0")


def key_of(identity: str) -> str:
    """Return the key of an id: ``_`` for each space, ``""`` for the empty reference."""
    return "" if is_empty(identity) else identity.replace(" ", "_")


def id_of(key: str) -> str:
    """Return the id that a key stands for; the empty key is the empty reference."""
    return key.replace("_", " ") if key else to36(0, _NUMBER) + " " * (ID - _NUMBER)


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference with its kind: ``object`` is Справочник, Документ, Перечисление or "", ``kind`` a metadata id.

    ``text`` is what a value that is no reference says, as it stands in the base.
    """

    identity: str
    kind: int = 0
    object: str = ""
    text: str = ""

    @property
    def key(self) -> str:
        """The key of the object, "" where the value leads to none."""
        return key_of(self.identity)


def any_kind(value: str) -> Reference:
    """Return a reference to an object of any kind (13 characters: kind, id). Raises ValueError."""
    identity = value[_KIND:ANY_KIND]
    if is_empty(identity):
        return Reference("")
    return Reference(identity, from36(value[:_KIND]))


def undefined(value: str) -> Reference:
    """Return a value of no fixed type (23 characters). Raises ValueError.

    ``B`` catalogs, ``O`` documents, ``E`` enumerations were verified on real bases; numbers, texts and dates (N, S, D)
    are given as the text after their letter, unverified.
    """
    letter, rest = value[:1], value[1:]
    if letter in _OBJECTS and rest[:1] == "1":
        kind, identity = from36(rest[1 : 1 + _KIND]), rest[1 + _KIND : 1 + _KIND + ID]
        return Reference("") if is_empty(identity) else Reference(identity, kind, _OBJECTS[letter])
    return Reference("", text=rest.strip(" ") if letter not in ("U", " ", "") else "")


def reference(value: str) -> Reference:
    """Return a reference of the width that a column has: 9, 13 or 23 characters; raises ValueError for another."""
    match len(value):
        case 9:
            return Reference("" if is_empty(value) else value)
        case 13:
            return any_kind(value)
        case 23:
            return undefined(value)
    raise ValueError(len(value))


def is_posted(closed: int) -> bool:
    """Whether a journal's CLOSED says "posted": bit 0; accounting documents carry bit 2 beside it."""
    return bool(closed & 1)
