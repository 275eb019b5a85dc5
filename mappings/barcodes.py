"""Barcodes that identify a good anywhere in the world, in one form.

The check digit is the GS1 one; numbers that every shop may give for itself (weighed goods, own labels) are left out:
two companies use the same ones for different goods.
"""

from __future__ import annotations

from typing import Final

LENGTHS: Final = (8, 12, 13, 14)


def check_digit(digits: str) -> int:
    """Return the GS1 check digit of the digits before it."""
    return -sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))) % 10


def gtin(text: str) -> str:
    """Return a barcode as 14 digits (EAN-8, UPC-A, EAN-13 and GTIN-14 alike), or "" when it does not identify.

    "" stands for a wrong length or check digit, something else than digits, and numbers of a shop's own (EAN-13 from
    2, EAN-8 from 0 or 2, UPC-A from 2 or 4).
    """
    digits = text.strip()
    if len(digits) not in LENGTHS or not (digits.isascii() and digits.isdigit()):
        return ""
    if check_digit(digits[:-1]) != int(digits[-1]):
        return ""
    whole = digits.zfill(14)
    own = whole[6] in "02" if whole.startswith("000000") else whole[1] == "2" or whole[1:3] in {"02", "04"}
    return "" if own else whole
