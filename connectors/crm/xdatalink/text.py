"""Text as it stands in the inner document, and how many bytes it takes on the wire.

The document says windows-1251, so a character that this page lacks goes as a character reference; one that XML forbids
cannot go at all (reference xdatalink, "Transport").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SEPARATOR: Final = "\0"  # XML forbids it, so no value that passes the check holds it


class BadValueError(ValueError):
    """A value cannot travel: ``at`` is its number among those given; both sentences say why."""

    def __init__(self, at: int, said: str, en: str) -> None:
        super().__init__(en)
        self.at, self.said, self.en = at, said, en


def wire_size(text: str) -> int:
    """Return the bytes of inner XML inside ``XMLData``: UTF-8, its ``& < >`` escaped once more."""
    return len(text.encode()) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def wire_sizes(texts: list[str]) -> Iterator[int]:
    """Return the :func:`wire_size` of many texts; codes and numbers, which nothing escapes, cost their length only."""
    joined = "".join(texts)
    plain = joined.isascii() and not any(sign in joined for sign in "&<>")
    return map(len, texts) if plain else map(wire_size, texts)


def escape(text: str) -> str:
    """Return text as it stands in the inner document; raises BadValueError for what XML forbids."""
    return escape_all([text])[0]


def attribute(text: str) -> str:
    """Return text as it stands inside a double-quoted attribute; raises BadValueError for what XML forbids."""
    return escape(text).replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")


def escape_all(values: list[str]) -> list[str]:
    """Return texts (one or more) as they stand in the document, in one pass; raises BadValueError as :func:`escape`."""
    joined = _SEPARATOR.join(values)
    if joined.count(_SEPARATOR) >= len(values) or _ILLEGAL.search(joined.replace(_SEPARATOR, "")):
        at, found = next((at, found) for at, value in enumerate(values) if (found := _ILLEGAL.search(value)))
        code = f"U+{ord(found[0]):04X}"
        raise BadValueError(at, f"в значении есть недопустимый символ {code}", f"the value has the illegal {code}")
    joined = joined.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    if not joined.isascii():
        joined = joined.encode("cp1251", "xmlcharrefreplace").decode("cp1251")
    return joined.split(_SEPARATOR)
