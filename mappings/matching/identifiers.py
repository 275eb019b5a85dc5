"""Numbers that name a company or a place in Russia: ИНН, КПП, GLN; "" where check digit or form are wrong.

The rules of ИНН are those of order ММВ-7-6/435@ of the Federal Tax Service (2012); GLN has the GS1 check digit.
"""

from __future__ import annotations

import re
from typing import Final

from mappings.barcodes import check_digit

COMPANY: Final = (2, 4, 10, 3, 5, 9, 4, 6, 8)
PERSON: Final = ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
COMPANY_LENGTH, PERSON_LENGTH, GLN_LENGTH = 10, 12, 13
KPP: Final = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}")


def inn(text: str) -> str:
    """Return an ИНН (10 digits a company, 12 a person) whose check digits are right, or ""."""
    digits = _digits(text)
    if len(digits) in (COMPANY_LENGTH - 1, PERSON_LENGTH - 1):  # Excel took a leading zero away
        digits = "0" + digits
    if not digits.strip("0"):
        return ""
    if len(digits) == COMPANY_LENGTH:
        return digits if _control(digits, COMPANY) == digits[9] else ""
    if len(digits) == PERSON_LENGTH:
        right = _control(digits, PERSON[0]) + _control(digits, PERSON[1]) == digits[10:]
        return digits if right else ""
    return ""


def kpp(text: str) -> str:
    """Return a КПП of the right form (four digits, two of the reason, three), or ""."""
    code = re.sub(r"\s", "", text).upper()
    code = code.zfill(9) if len(code) == 8 and code.isdigit() else code  # noqa: PLR2004 - a leading zero lost
    return code if KPP.fullmatch(code) and code.strip("0") else ""


def gln(text: str) -> str:
    """Return a GLN (13 digits) whose check digit is right, or ""."""
    digits = _digits(text)
    if len(digits) != GLN_LENGTH or not digits.strip("0"):
        return ""
    return digits if check_digit(digits[:-1]) == int(digits[-1]) else ""


def _digits(text: str) -> str:
    whole = re.sub(r"\s", "", text).removesuffix(".0")
    return whole if whole.isascii() and whole.isdigit() else ""


def _control(digits: str, weights: tuple[int, ...]) -> str:
    return str(sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10)
