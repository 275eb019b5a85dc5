"""What a unit is, by its name or code: шт, ea, pcs and 796 are one; a box says nothing until its contents are known.

Codes are those of ОКЕИ, the Russian classifier of units, beside the words that people write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final


@dataclass(frozen=True, slots=True)
class Meaning:
    """A unit's meaning: 1 of it is ``size`` of the unit that its dimension counts in.

    ``container``: how much is in it differs from good to good, so its name alone proves nothing.
    """

    dimension: str
    size: Fraction = Fraction(1)
    container: bool = False


_WORDS: Final = (
    (Meaning("piece"), "шт штука штук штуки ea each pc pcs pce piece 796"),
    (Meaning("bottle"), "бут бутылка бутылки бутылок btl bottle 868"),
    (Meaning("can"), "бан банка банки банок can"),
    (Meaning("litre"), "л литр литры литров l ltr litre liter 112"),
    (Meaning("litre", Fraction(1, 1000)), "мл миллилитр миллилитров ml 111"),
    (Meaning("litre", Fraction(10)), "дал декалитр декалитров dal 116"),
    (Meaning("litre", Fraction(100)), "гл гектолитр гектолитров hl"),
    (Meaning("kilogram"), "кг килограмм килограммов kg kgm 166"),
    (Meaning("kilogram", Fraction(1, 1000)), "г гр грамм граммов g gr 163"),
    (Meaning("kilogram", Fraction(1000)), "т тн тонна тонн t 168"),
    (Meaning("metre"), "м метр метров m 006"),
    (Meaning("pack", container=True), "уп упак упаковка упаковок pack pck pk 778"),
    (Meaning("block", container=True), "бл блок блоков block"),
    (Meaning("box", container=True), "кор короб коробка коробок ящ ящик ящиков box bx case ctn cs 812"),
    (Meaning("pallet", container=True), "пал паллет паллета поддон pal pallet"),
    (Meaning("keg", container=True), "кег кега keg"),
    (Meaning("bag", container=True), "меш мешок мешков bag"),
    (Meaning("set", container=True), "набор компл комплект set 839"),
)
_MEANINGS: Final = {word: meaning for meaning, words in _WORDS for word in words.split()}


def normalised(text: str) -> str:
    """Return a unit's name without case, dots and superfluous blanks."""
    return " ".join(text.casefold().replace("ё", "е").replace(".", " ").split())


def meaning(text: str) -> Meaning | None:
    """Return what a unit's name or code means, or None.

    A container may carry its contents (``кор (20)``, ``кег 30 л``); any other name must be the word and nothing else.
    """
    whole = normalised(text)
    known = _MEANINGS.get(whole)
    if known is not None:
        return known
    word = _MEANINGS.get(re.split(r"[\s(/\d]", whole, maxsplit=1)[0])
    return word if word is not None and word.container else None


def agreed(name: str, code: str) -> Meaning | None:
    """Return what a unit is whose name and code do not contradict each other, or None.

    A name that is not understood proves nothing, whatever the code is: ``ea`` called ``уп (3 шт)`` is no piece.
    """
    by_code = meaning(code)
    if not name.strip():
        return by_code
    by_name = meaning(name)
    return by_name if by_name is not None and by_code in {None, by_name} else None
