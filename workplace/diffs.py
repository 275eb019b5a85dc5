"""What differs between two names, letter by letter, so that the eye need not read both."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache
from html import escape
from typing import Final

from markupsafe import Markup

TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+|\s+|.", re.DOTALL)
SAID: Final = re.compile(r"[^\W_](?:.*[^\W_])?%?", re.DOTALL)
LIKE: Final = 0.6
"""Words at least so alike are one word spelt in two ways: only its letters are marked."""


@lru_cache(maxsize=8_192)
def marked(ours: str, theirs: str) -> tuple[Markup, Markup]:
    """Return both names with what only one of them says marked as ``<mark>``; case and ё are no difference."""
    a, b = TOKEN.findall(ours), TOKEN.findall(theirs)
    blocks = SequenceMatcher(None, list(map(_plain, a)), list(map(_plain, b)), autojunk=False).get_opcodes()
    left, right = "", ""
    for tag, a0, a1, b0, b1 in blocks:
        one, other = "".join(a[a0:a1]), "".join(b[b0:b1])
        if tag == "equal":
            left, right = left + escape(one), right + escape(other)
        elif a1 - a0 == b1 - b0 == 1 and _alike(one, other):
            here, there = _letters(one, other)
            left, right = left + here, right + there
        else:
            left, right = left + _mark(one), right + _mark(other)
    return Markup(left), Markup(right)  # noqa: S704 - every text in it is escaped


def _plain(token: str) -> str:
    return token.casefold().replace("ё", "е").replace(",", ".") if not token.isspace() else " "


def _alike(one: str, other: str) -> bool:
    letters = one.isalpha() and other.isalpha()
    return letters and SequenceMatcher(None, _plain(one), _plain(other), autojunk=False).ratio() >= LIKE


def _letters(one: str, other: str) -> tuple[str, str]:
    left, right = "", ""
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, _plain(one), _plain(other), autojunk=False).get_opcodes():
        same = tag == "equal"
        left += escape(one[a0:a1]) if same else _mark(one[a0:a1])
        right += escape(other[b0:b1]) if same else _mark(other[b0:b1])
    return left, right


def _mark(text: str) -> str:
    """Mark a text but for the spaces and signs around it: quotes and brackets are no difference."""
    found = SAID.search(text)
    if found is None:
        return escape(text)
    before, inner, after = text[: found.start()], found[0], text[found.end() :]
    return f"{escape(before)}<mark>{escape(inner)}</mark>{escape(after)}"
