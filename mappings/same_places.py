"""Whether two addresses surely are one, and whether a name says anything at all.

Only what is written differently is made equal (case, ё, points, ``улица`` and ``ул``, a postcode that one side has);
nothing is guessed: two streets of one name in two kinds (ул, пл) stay two.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_POSTCODE: Final = re.compile(r"(?<!\d)\d{6}(?!\d)")
_BREAK: Final = re.compile(r"[^\w/]+|_+")
_HOUSE: Final = re.compile(r"(?<=\d) (?=[а-я]\b)")

_SHORT: Final = {
    "улица": "ул", "проспект": "пр-кт", "пр": "пр-кт", "просп": "пр-кт", "площадь": "пл", "переулок": "пер",
    "шоссе": "ш", "бульвар": "б-р", "бул": "б-р", "набережная": "наб", "проезд": "пр-д", "город": "г", "гор": "г",
    "область": "обл", "республика": "респ", "район": "р-н", "поселок": "п", "пос": "п", "село": "с", "деревня": "д",
    "дом": "д", "корпус": "корп", "к": "корп", "строение": "стр", "литера": "лит", "помещение": "пом", "офис": "оф",
}  # fmt: skip
_HYPHENED: Final = re.compile(r"\b(пр(?= кт\b| д\b)|б(?= р\b)|р(?= н\b)) ")
"""The first halves of ``пр-кт``, ``пр-д``, ``б-р`` and ``р-н`` where the dash is gone."""
_FILLERS: Final = frozenset({"нет", "неуказано", "неуказан", "безназвания", "бн", "тест", "точка"})


@lru_cache(maxsize=200_000)
def normal_address(text: str) -> str:
    """Return an address in one form, "" for one that is empty."""
    words = " ".join(_BREAK.sub(" ", _POSTCODE.sub(" ", text.casefold().replace("ё", "е"))).split())
    words = _HYPHENED.sub(r"\1-", words)
    return _HOUSE.sub("", " ".join(_SHORT.get(word, word) for word in words.split()))


def normal_name(text: str) -> str:
    """Return a name without case, quotes, points and superfluous blanks."""
    return " ".join(_BREAK.sub(" ", text.casefold().replace("ё", "е")).split())


def filler(name: str) -> bool:
    """Whether a name says nothing: one letter, ``-``, ``нет`` (domain: rows 18 and 19)."""
    letters = "".join(sign for sign in name.casefold() if sign.isalnum())
    return len(letters) < 2 or letters in _FILLERS or letters.strip(letters[0]) == ""  # noqa: PLR2004 - one letter
