"""Two languages: the pages are written in Russian, and each of their sentences has its English one here.

A sentence without an English one is shown in Russian; a test sees that the templates have none.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from foundation.errors import MI1CError

Lang = Literal["ru", "en"]


def _read() -> dict[str, str]:
    """Return the dictionary: a Russian line, the English one indented below it."""
    found: dict[str, str] = {}
    russian = ""
    for line in (Path(__file__).parent / "english.txt").read_text("utf-8").splitlines():
        if line.startswith("  "):
            found[russian] = line.strip()
        elif line.strip():
            russian = line.strip()
    return found


ENGLISH: Final[Mapping[str, str]] = _read()


class Words:
    """The words of one language: called with a Russian sentence, and with values for its ``{places}``."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang

    def __call__(self, said: str, /, **values: object) -> str:
        """Return the sentence in this language."""
        text = ENGLISH.get(said, said) if self.lang == "en" else said
        return text.format(**values) if values else text

    def count(self, number: int, one: str, few: str, many: str) -> str:
        """Return a number with its noun: 1 товар, 2 товара, 5 товаров; the English one follows ``many``."""
        from workplace.numbers import integer

        if self.lang == "en":
            return f"{integer(number, self.lang)} {ENGLISH.get(one if number == 1 else many, many)}"
        return f"{integer(number, self.lang)} {plural(number, one, few, many)}"

    def error(self, error: MI1CError) -> tuple[str, str]:
        """Return what happened and what to do."""
        return (error.en, error.todo_en) if self.lang == "en" else (error.said, error.todo)


def plural(number: int, one: str, few: str, many: str) -> str:
    """Return the Russian form of a noun after a number."""
    tens, ones = abs(number) % 100, abs(number) % 10
    if 10 < tens < 20:  # noqa: PLR2004 - одиннадцать to девятнадцать
        return many
    if ones == 1:
        return one
    return few if 1 < ones < 5 else many  # noqa: PLR2004 - два, три, четыре


def lang_of(told: str) -> Lang:
    """Return a language by its name; Russian for whatever is none."""
    return "en" if told == "en" else "ru"
