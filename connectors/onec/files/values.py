"""Texts of CommerceML as values: numbers as exact millionths, moments, flags, keys, codes of units.

1C and the shops around it write them in many ways (reference onec-v77-and-files, 3): a decimal comma, spaces between
thousands, ``2014-06-01T0:36:33``, a date without a time, a unit's code padded with spaces.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Final

from mappings.model import EMPTY_REF, MICRO

DIGITS: Final = 6
"""Digits after the point that a millionth can hold."""

_NUMBER: Final = re.compile(r"([+-]?)(\d{1,12})?(?:[.,](\d{0,40}))?", re.ASCII)
_SPACES: Final = re.compile("[\\s\u00a0\u2007\u202f']+")
_GUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_CLOCK: Final = r"(?:[T ]\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d\d:?\d\d)?)?"
_ISO: Final = re.compile(rf"(\d{{4}})[-.](\d{{1,2}})[-.](\d{{1,2}}){_CLOCK}", re.ASCII)
_RUSSIAN: Final = re.compile(rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}){_CLOCK}", re.ASCII)
_YES: Final = {"true", "1", "да", "истина"}
_NO: Final = {"", "false", "0", "нет", "ложь"}
_OKEI: Final = 3
_SHORT: Final = {
    "006": "м", "055": "м2", "112": "л", "113": "м3", "163": "г", "166": "кг", "168": "т", "625": "лист",
    "715": "пар", "736": "рул", "778": "упак", "796": "шт", "868": "бут", "872": "флак",
}  # fmt: skip
"""Short names of the codes of ОКЕИ that come without a name."""


class Unreadable(ValueError):
    """A text is not the value that it should be."""


@lru_cache(maxsize=8192)
def micro(text: str) -> int:
    """Return a number in millionths, "" as 0, rounded half away from zero at the sixth digit; raises Unreadable."""
    found = _NUMBER.fullmatch(text) or _NUMBER.fullmatch(_SPACES.sub("", text))
    if found is None or (not found[2] and not found[3] and text.strip()):
        raise Unreadable(text)
    fraction = found[3] or ""
    kept = int((fraction[:DIGITS] or "0").ljust(DIGITS, "0")) + (fraction[DIGITS : DIGITS + 1] >= "5")
    value = int(found[2] or "0") * MICRO + kept
    if value >= 2**63:
        raise Unreadable(text)
    return -value if found[1] == "-" else value


def is_exact(text: str) -> bool:
    """Tell whether a number that :func:`micro` reads needs no rounding."""
    if len(text) <= DIGITS:
        return True
    fraction = re.split("[.,]", text)[-1].strip() if re.search("[.,]", text) else ""
    return not fraction[DIGITS:].strip("0")


def micro_text(value: int) -> str:
    """Return millionths as a decimal number without an exponent or trailing zeros: ``12.5``."""
    whole, part = divmod(abs(value), MICRO)
    fraction = f".{part:06d}".rstrip("0").rstrip(".") if part else ""
    return f"{'-' if value < 0 else ''}{whole}{fraction}"


def integer(text: str) -> int:
    """Return a whole number, "" as 0; raises Unreadable."""
    value = micro(text)
    if value % MICRO:
        raise Unreadable(text)
    return value // MICRO


def flag(text: str) -> bool:
    """Return yes or no, "" as no; raises Unreadable."""
    word = text.strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unreadable(text)


def moment(text: str) -> datetime | None:
    """Return the wall clock that a text says, a zone left off; "" and 1C's empty date as None; raises Unreadable."""
    text = text.strip()
    if not text:
        return None
    if found := _ISO.fullmatch(text):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    elif found := _RUSSIAN.fullmatch(text):
        year, month, day = int(found[3]), int(found[2]), int(found[1])
    else:
        raise Unreadable(text)
    try:
        made = datetime(year, month, day, int(found[4] or 0), int(found[5] or 0), int(found[6] or 0))  # noqa: DTZ001 - 1C has no zones
    except ValueError:
        raise Unreadable(text) from None
    return None if year == 1 else made


def has_time(text: str) -> bool:
    """Tell whether a moment's text has a time of day."""
    return ":" in text


def key(text: str) -> str:
    """Return an identity: stripped, GUIDs in lower case, empty ones (also beside ``#``) left off."""
    text = text.strip()
    if _GUID.fullmatch(text):
        text = text.lower()
        return "" if text == EMPTY_REF else text
    if "#" not in text:
        return text
    good, _, rest = text.partition("#")
    if not _GUID.fullmatch(good):
        return text
    variety = key(rest)
    return f"{key(good)}#{variety}" if variety else key(good)


def halves(offer: str) -> tuple[str, str]:
    """Return the good and the variety (характеристика) of ``good#variety``; what is no such pair is the good."""
    good, _, variety = offer.partition("#")
    return (good, variety) if variety and _GUID.fullmatch(good) else (offer, "")


def unit_key(code: str, name: str) -> str:
    """Return a unit's identity: its code of ОКЕИ in three digits or more, else its name in lower case."""
    code = code.strip()
    if code.isascii() and code.isdigit():
        return code.zfill(_OKEI)
    return code.lower() or name.strip().lower()


def unit_name(unit: str, name: str) -> str:
    """Return a unit's name, that of ОКЕИ where the file has none."""
    return name.strip() or _SHORT.get(unit, unit)
