"""ИНН and КПП: the numbers that the tax office gives, checked by their form and their own check digits."""

from __future__ import annotations

import re
from typing import Final

COMPANY: Final = 10
PERSON: Final = 12
WEIGHTS: Final = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
"""Weights of an INN's digits before a check digit, counted from its end (приказ ФНС ММВ-7-6/435)."""

KPP: Final = re.compile(r"\d{4}[\dA-Z]{2}\d{3}")


def inn(text: str) -> str:
    """Return an INN of 10 or 12 digits whose check digits agree, or "" when it is none."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()) or not digits.strip("0"):
        return ""
    match len(digits):
        case 10:
            agrees = _check(digits[:9]) == digits[9]
        case 12:
            agrees = _check(digits[:10]) == digits[10] and _check(digits[:11]) == digits[11]
        case _:
            return ""
    return digits if agrees else ""


def kpp(text: str) -> str:
    """Return a KPP of nine signs, or "" when it is none."""
    told = text.strip()
    return told if KPP.fullmatch(told) else ""


def _check(digits: str) -> str:
    weights = WEIGHTS[len(WEIGHTS) - len(digits) :]
    return str(sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 % 10)
