"""Trade names in one form: look-alike letters, glued words, abbreviations, quantities, word stems.

:class:`Normaliser` turns a name as somebody typed it into a :class:`Name`: the parts that names are compared by. The
order is fixed by what depends on what: letters are mended before words are split, words before abbreviations are
written out, quantities last, as only they may hold digits together with letters.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mappings.matching.quantities import UNIT, canonical, measure, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ABBREVIATIONS: Final = Path(__file__).parent / "abbreviations.txt"

_CYRILLIC: Final = "АВЕКМНОРСТУХІаеорсухкі"
_LATIN: Final = "ABEKMHOPCTYXIaeopcyxki"
TO_LATIN: Final = str.maketrans(_CYRILLIC, _LATIN)
TO_CYRILLIC: Final = str.maketrans(_LATIN, _CYRILLIC)
_ALIKE: Final = frozenset(_CYRILLIC + _LATIN)
_SIGNS: Final = str.maketrans(
    {
        **dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}\t\r\n_|", " "),
        **dict.fromkeys("–—−‐‑", "-"),
        **dict.fromkeys("×✕", "x"),
        "ё": "е",
        "Ё": "Е",
        "½": "1/2",
        "¼": "1/4",
    }
)

LETTERS: Final = re.compile(r"[A-Za-zА-Яа-яІі]+")
RUNS: Final = re.compile(r"[A-Za-z]+|[А-Яа-яІі]+")
CAMEL: Final = re.compile(r"(?<=[a-zа-я]{2})(?=[A-ZА-Я][A-Za-zА-Яа-я])|(?<=[A-Z]{2})(?=[A-Z][a-z]{2})")
PLUS: Final = re.compile(r"(?<=[A-Za-zА-Яа-я]) ?\+(?![\d+])")
MODEL: Final = re.compile(r"(?<![\w-])([a-zа-я]{2,5})-([1-9]\d)(?!\d)")
ROMAN: Final = re.compile(r"(?<![\w-])(?:I{1,3}|IV|VI{0,3}|(?<=[A-Z]{3} )l)(?![\w-])")
ORDINAL: Final = re.compile(
    r"(?<=\d)(?:-(?:ая|ой|ый|ий|го|ого|ых|й|я|х)|(?:ая|ой|ый|ий|го|ого|ых))(?![а-я])", re.IGNORECASE
)
NUMERALS: Final = {"I": "1", "II": "2", "III": "3", "IV": "4", "V": "5", "VI": "6", "VII": "7", "VIII": "8", "l": "1"}
GLUED_SIZE: Final = re.compile(r"(?<=[A-Za-zА-Яа-я])(\d{2,3}),(?=\d)")
GLUED_NUMBER: Final = re.compile(r"(?<=[A-Za-zА-Яа-я]{3})(?=\d)")
CODE: Final = re.compile(
    r"(?<![\w.:%/-])(?<!\d,)(?=[\w/-]*\d{2})(?:[a-zа-я]{0,3}\d{2,}[a-zа-я]{0,3})(?:[-/][a-zа-я0-9]{1,6})+"
)
DECIMAL: Final = re.compile(r"(?<![\d.,:])(\d{1,3}),(\d{1,3})(?![\d,.:])")
MARKED: Final = re.compile(r"(#[0-9A-Za-zА-Яа-я]+)")
LONG: Final = re.compile(rf"(?<![\d#])\d{{6,14}}(?!\d)(?! ?(?:уп|%|{UNIT})(?![a-zа-я]))")
TOKEN: Final = re.compile(
    r"\d+(?:\.\d+)?(?:мл|г|мм|шт|уп|мб|вт|%)(?![a-zа-я])|\d+:\d+|#[0-9a-zа-я]+|\d+(?:\.\d+)?|[a-zа-я]+"
)
SPLITTABLE: Final = 7
"""Only words longer than this are tried as several words written together."""

SURELY_GLUED: Final = 16
"""From this length on a word is tried even where their side has it."""


@dataclass(frozen=True, slots=True)
class Name:
    """A trade name taken apart.

    ``text``: everything in one form, joined by blanks. ``words``: stems. ``latin``: those of them in Latin letters.
    ``measures``: tokens such as 500мл. ``numbers``: bare numbers and ratios. ``codes``: what looks like an article or a
    barcode, without signs.
    """

    text: str
    words: tuple[str, ...] = ()
    latin: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Steps:
    """Which steps are taken; all of them, but for measuring what each is worth."""

    glued: bool = True
    alike: bool = True
    quantities: bool = True
    abbreviations: bool = True
    vocabulary: bool = True
    stems: bool = True


@dataclass(slots=True)
class Normaliser:
    """Brings names to one form.

    ``words`` are those met on both sides, ``theirs`` those of their catalog, by which words written together are told
    apart.
    """

    abbreviations: dict[str, str] = field(default_factory=lambda: read_abbreviations(ABBREVIATIONS))
    words: Counter[str] = field(default_factory=Counter)
    theirs: Counter[str] = field(default_factory=Counter)
    steps: Steps = Steps()
    _split: dict[str, str] = field(default_factory=dict)
    _short: re.Pattern[str] | None = None

    def __post_init__(self) -> None:
        listed = sorted(self.abbreviations, key=len, reverse=True)
        if listed and self.steps.abbreviations:
            self._short = re.compile(rf"(?<![\w/-])(?:{'|'.join(map(re.escape, listed))})(?:(?<=/)|(?![\w/-])\.?)")

    def learn(self, ours: Iterable[str], theirs: Iterable[str]) -> None:
        """Take the words of these names for known."""
        for names, known in ((ours, self.words), (theirs, self.theirs)):
            for name in names:
                known.update(word for word in self.canonical(name).split() if word.isalpha())
        self.words.update(self.theirs)
        self._split.clear()

    def canonical(self, text: str) -> str:
        """Return a name in one form; doing so twice changes nothing more."""
        # What is marked as a code already is left as it is.
        parts = MARKED.split(_cleaned(text))
        text = "".join(part.lower() if place % 2 else self._mended(part) for place, part in enumerate(parts))
        text = CODE.sub(_code, LONG.sub(r" #\g<0> ", text))
        text = self._rewritten(MODEL.sub(r"\1 \2 ", text))
        for _ in range(FIXED):  # what stood between a number and a word is gone now: they may belong together
            before, text = text, self._rewritten(text)
            if text == before:
                break
        return text

    def _mended(self, text: str) -> str:
        """Return a text in lower case with its letters mended and its words apart."""
        if self.steps.alike:
            text = LETTERS.sub(_in_one_alphabet, text)
        if self.steps.glued:
            text = _apart(text)
        return ORDINAL.sub(" ", ROMAN.sub(lambda found: NUMERALS[found[0]], PLUS.sub(" plus ", text))).lower()

    def _rewritten(self, text: str) -> str:
        """Return a lower-case text with abbreviations written out and quantities as tokens."""
        if self._short is not None:
            text = self._short.sub(self._written_out, text)
        if self.steps.quantities:
            text = canonical(text)
        text = DECIMAL.sub(r"\1.\2", text)
        return " ".join(_shortest(token) for token in TOKEN.findall(text))

    def name(self, text: str) -> Name:
        """Return a name taken apart."""
        tokens = self._known(self.canonical(text)).split()
        stem = stemmer() if self.steps.stems else str
        words = [stem(token) for token in tokens if token.isalpha()]
        return Name(
            " ".join(tokens),
            tuple(dict.fromkeys(words)),
            tuple(dict.fromkeys(word for word in words if word.isascii())),
            tuple(dict.fromkeys(token for token in tokens if measure(token))),
            tuple(dict.fromkeys(token for token in tokens if _plain_number(token))),
            tuple(dict.fromkeys(token[1:] for token in tokens if token[0] == "#")),
        )

    def _written_out(self, found: re.Match[str]) -> str:
        return f" {self.abbreviations[found[0].rstrip('.')]} "

    def _known(self, text: str) -> str:
        if not self.theirs or not self.steps.vocabulary:
            return text
        return " ".join(self._pieces(token) if token.isalpha() else token for token in text.split())

    def _pieces(self, word: str) -> str:
        if word not in self._split:
            self._split[word] = self._unglued(self._in_other_letters(word))
        return self._split[word]

    def _in_other_letters(self, word: str) -> str:
        """Return a word of nothing but look-alike letters in the alphabet that it is more usual in: есо → eco."""
        if not self.steps.alike or not set(word) <= _ALIKE:
            return word
        other = word.translate(TO_CYRILLIC if word.isascii() else TO_LATIN)
        return other if self.words[other] > self.words[word] else word

    def _unglued(self, word: str) -> str:
        """Return a word that their side does not have as the known words it is made of, the fewest and most usual."""
        if len(word) <= SPLITTABLE or self.theirs[word] > (len(word) >= SURELY_GLUED):
            return word
        best: list[tuple[int, int, str]] = [(0, 0, "")]
        worst = (len(word), 0, "")
        for end in range(1, len(word) + 1):
            found = worst
            for start in range(max(0, end - 20), end):
                piece = word[start:end]
                if best[start] is worst or not (price := self._price(piece, word, inner=start > 0 and end < len(word))):
                    continue
                count, known, before = best[start]
                made = (count + price, known - min(self.theirs[piece], 50), f"{before} {piece}".strip())
                found = min(found, made)
            best.append(found)
        return best[-1][2] if best[-1] is not worst and best[-1][0] > 1 else word

    def _price(self, piece: str, whole: str, *, inner: bool) -> int:
        """Return how many pieces a part of a word counts as, 0 where it can be none."""
        if len(piece) < MIN_PIECE or piece in SMALL_WORDS:
            return int(piece in SMALL_WORDS)
        if piece != whole and self.theirs[piece] > (1 if len(piece) > MIN_PIECE else 4):
            return 1
        return STRANGE if not inner and len(whole) >= SURELY_GLUED and MIN_PIECE < len(piece) < len(whole) / 2 else 0


STRANGE: Final = 3
"""An unknown word among known ones written together with it is dearer than they are."""

MIN_PIECE: Final = 3
SMALL_WORDS: Final = frozenset(
    ["и", "с", "в", "к", "о", "у", "из", "от", "до", "по", "на", "за", "для", "без", "под", "при"]
)


def read_abbreviations(path: Path) -> dict[str, str]:
    """Return abbreviation → words from a file of lines ``ср-во = средство``; ``#`` starts a remark."""
    made = {}
    for line in path.read_text("utf-8-sig").splitlines():
        short, equals, long = line.partition("#")[0].partition("=")
        if equals and short.strip() and long.strip():
            made[short.strip().lower().rstrip(".")] = " ".join(long.lower().split())
    return made


APART: Final = dict.fromkeys(("белье", "белья", "белью", "бельем"), "белье")
"""Words that the stemmer would throw together with others: linen is not white."""


@lru_cache(maxsize=1)
def stemmer() -> Callable[[str], str]:
    """Return the function that brings a Russian word to its stem; other words stay as they are."""
    from mappings.matching.needs import need

    russian = need("Stemmer").Stemmer("russian", 0)
    known: dict[str, str] = {}

    def stem(word: str) -> str:
        if word not in known:
            known[word] = APART.get(word) or (word if word.isascii() else russian.stemWord(word))
        return known[word]

    return stem


def _cleaned(text: str) -> str:
    if "&" in text:
        text = html.unescape(text)
    return unicodedata.normalize("NFC", text).translate(_SIGNS)


def _in_one_alphabet(found: re.Match[str]) -> str:
    """Return a word whose few letters of the other alphabet only look like its own in its own: Сement → Cement."""
    word = found[0]
    runs = RUNS.findall(word)
    if len(runs) == 1:
        return word
    latin, cyrillic = [run for run in runs if run.isascii()], [run for run in runs if not run.isascii()]
    few = min(latin, cyrillic, key=lambda side: sum(map(len, side)))
    scattered = len(few) > 1 and set("".join(few)) <= _ALIKE
    return "".join(
        _turned(run, runs[max(0, place - 1) : place + 2], scattered and run in few) for place, run in enumerate(runs)
    )


def _turned(run: str, around: list[str], scattered: bool) -> str:
    """Return a run in the other alphabet where it only looks like its own.

    Letters of that sort all over a word, one among others, or capitals among capitals: ECO after small letters is a
    word of its own.
    """
    lonely = len(run) == 1 and sum(map(len, around)) > 2  # noqa: PLR2004 - itself and one more
    capitals = (
        len(run) <= MOST_ALIKE and all(each.isupper() for each in around) and sum(map(len, around)) > 2 * len(run)
    )
    if set(run) <= _ALIKE and (scattered or lonely or capitals):
        return run.translate(TO_CYRILLIC if run.isascii() else TO_LATIN)
    return run


MOST_ALIKE: Final = 3
FIXED: Final = 3
"""Rewriting is repeated until nothing changes, and it settles at once or nearly so."""


def _apart(text: str) -> str:
    """Return a text with words apart that were written together: alphabets, capitals within, a number after a word."""
    text = LETTERS.sub(lambda found: " ".join(RUNS.findall(found[0])), text)
    return GLUED_NUMBER.sub(" ", GLUED_SIZE.sub(r"\1 , ", CAMEL.sub(" ", text)))


def _code(found: re.Match[str]) -> str:
    if SHARE_LIKE.fullmatch(found[0]):
        return found[0]
    return f" #{compact(found[0])} "


SHARE_LIKE: Final = re.compile(
    r"\d{1,4}(?:[-/][1-9]\d{0,3})?(?:мл|г|л|кг|шт|мм|см|м)|\d+[a-zа-я]{1,3}/\d{1,3}(?:шт)?|\d+(?:шт|уп|кор|бл)/[а-я]+"
)
"""What looks like a code and is a range, a size with a box, or pieces in a box."""


def compact(code: str) -> str:
    """Return an article or a code without signs and blanks, in lower case and Latin letters where they look alike."""
    return "".join(letter for letter in code.lower().translate(TO_LATIN) if letter.isalnum())


def _shortest(token: str) -> str:
    return number(token) if "." in token and token[-1].isdigit() else token


def _plain_number(token: str) -> bool:
    return token[0].isdigit() and token[-1].isdigit()
