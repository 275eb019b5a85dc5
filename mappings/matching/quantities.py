"""Quantities inside trade names, each in one form: 0,5 л is 500 мл, 1/12 and 12 шт/кор are 12 уп, 3,2 % is 3.2%.

:func:`canonical` rewrites them within a text, so that every comparison after it sees one spelling; :func:`measure`
reads such a token back as a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

UNITS: Final = {
    unit: (base, Decimal(factor))
    for base, factor, words in (
        ("мл", "1", "мл ml миллилитр миллилитра миллилитров"),
        ("мл", "10", "сл cl"),
        ("мл", "1000", "л l lt ltr литр литра литров литровый литровая литра"),
        ("мл", "29.5735", "floz"),
        ("г", "1", "г гр g gr грамм грамма граммов"),
        ("г", "0.001", "мг mg"),
        ("г", "1000", "кг kg kgs килограмм килограмма килограммов"),
        ("г", "28.3495", "oz"),
        ("г", "453.592", "lb lbs"),
        ("мм", "1", "мм mm"),
        ("мм", "10", "см cm"),
        ("мм", "1000", "м m метр метра метров"),
        ("мм", "25.4", "inch in"),
        ("шт", "1", "шт штук штука штуки pcs pc ct пак пакетик пакетика пакетиков таб табл таблеток капс капсул"),
        ("мб", "1", "мб mb"),
        ("мб", "1024", "гб gb"),
        ("мб", "1048576", "тб tb"),
        ("вт", "1", "вт w watt"),
        ("вт", "1000", "квт kw"),
    )
    for unit in words.split()
}
"""A unit as it is written → the unit it is counted in, and how many of it."""

UNIT: Final = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_NUMBER: Final = r"\d{1,7}(?:[.,]\d{1,4})?"
_BOX: Final = r"(?:упак[а-я]*|уп|кор[а-я]*|ящ[а-я]*|бл|блок[а-я]*|ctn|box|case|pack)\b\.?"
_END: Final = r"(?![a-zа-я])"

TIMES: Final = re.compile(rf"(?<![\d.,#])(\d{{1,4}}) ?(шт[а-я]*)? ?[xх*×] ?(?={_NUMBER} ?(?:{UNIT}){_END})")
"""Pieces before a size: 24х0,5 л."""

SIZE: Final = re.compile(rf"(?<![\d#])(?<!\d[.,])({_NUMBER}) ?({UNIT}){_END}")
AFTER: Final = re.compile(r"(?<![\d.,:*xх])(?:[xх*×] ?|/ ?)(\d{1,4})(?: ?шт[а-я]*)?(?![\d:.,%/*xхa-zа-я])")
"""Pieces in a box after a size or a word: 500мл*20, ж/б /24."""

SHARE: Final = re.compile(r"(?<![\d:/.,#])1 ?/ ?(\d{1,4})(?: ?шт)?(?![\d/:.,%a-zа-я])")
INSIDE: Final = re.compile(rf"\b(\d{{1,4}})шт *(?:/|в|per)? *{_BOX}")
BOXED: Final = re.compile(rf"\b{_BOX} ?(?:по|-|=|/)? ?(\d{{1,4}})(?:шт| ?шт\b)?(?![\d.,%a-zа-я])")
PERCENT: Final = re.compile(r"(?<![\d#])(?<!\d[.,])(\d{1,3}(?:[.,]\d{1,3})?) ?(?:%|проц[а-я]*\b)")
RATIO: Final = re.compile(r"(?<![\d.,:#])(\d{1,4}) ?: ?(\d{1,5})(?![\d:])")

MEASURE: Final = re.compile(r"(\d+(?:\.\d+)?)(мл|г|мм|шт|уп|мб|вт|%)")


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity out of a canonical token: ``unit`` is one of мл, г, мм, шт, уп, мб, вт, %.

    ``шт`` is how many a good consists of, or what is said so (a set of 2 шт); ``уп`` is how many the box holds that it
    is shipped in (1/12), which does not make it another good.
    """

    value: Decimal
    unit: str


def number(text: str) -> str:
    """Return a decimal number in its shortest form: ``0,50`` and ``.5`` are ``0.5``."""
    value = Decimal(text.replace(",", "."))
    return f"{value.normalize():f}" if value else "0"


def canonical(text: str) -> str:
    """Return a lower-case text with its quantities as tokens (``500мл 12шт 3.2% 1:10``), apart from what is around.

    What is written already so stays as it is.
    """
    text = RATIO.sub(r" \1:\2 ", text)
    text = PERCENT.sub(lambda found: f" {number(found[1])}% ", text)
    text = TIMES.sub(lambda found: f" {found[1]}{'шт' if found[2] else 'уп'} ", text)
    text = SIZE.sub(_sized, text)
    text = SHARE.sub(r" \1уп ", text)
    text = INSIDE.sub(r" \1уп ", text)
    text = BOXED.sub(r" \1уп ", text)
    return AFTER.sub(r" \1уп ", text)


def _sized(found: re.Match[str]) -> str:
    base, factor = UNITS[found[2]]
    value = Decimal(found[1].replace(",", ".")) * factor
    return f" {number(f'{value:.3f}')}{base} "


def measure(token: str) -> Measure | None:
    """Return the quantity that a canonical token is, or None."""
    found = MEASURE.fullmatch(token)
    return Measure(Decimal(found[1]), found[2]) if found else None
