"""Numbers that have to be right: references, barcodes, INN and KPP with check digits, 1C codes, exact decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

EMPTY_REF: Final = "00000000-0000-0000-0000-000000000000"
_INN10: Final = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN11: Final = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN12: Final = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


def reference(rng: Random) -> str:
    """Return a new reference: a lower-case GUID."""
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def gtin(body: str) -> str:
    """Add the GS1 check digit: 12 digits make an EAN-13, 13 digits a GTIN-14."""
    # Counted from the right of the body, the first digit weighs 3, the second 1, and so on.
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


def _control(digits: str, weights: tuple[int, ...]) -> str:
    return str(sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 % 10)


def inn_company(rng: Random, region: str) -> str:
    """Return a ten-digit INN of a legal person of the region."""
    body = f"{region}{rng.randint(1, 64):02d}{rng.randint(10_000, 99_999)}"
    return body + _control(body, _INN10)


def inn_person(rng: Random, region: str) -> str:
    """Return a twelve-digit INN of an entrepreneur of the region."""
    body = f"{region}{rng.randint(1, 64):02d}{rng.randint(100_000, 999_999)}"
    body += _control(body, _INN11)
    return body + _control(body, _INN12)


def kpp(inn: str, serial: int = 1, *, branch: bool = False) -> str:
    """Return a KPP: tax office of the INN, reason (01 head office, 43 branch), serial number."""
    return f"{inn[:4]}{'43' if branch else '01'}{serial:03d}"


def code(number: int) -> str:
    """Return a catalog code of 11 characters as 1C counts them."""
    return f"00-{number:08d}"


def thousandths(value: int) -> Decimal:
    """Return an exact quantity from its thousandths."""
    return Decimal(value).scaleb(-3)


def hundredths(value: int) -> Decimal:
    """Return an exact sum of money from its kopecks."""
    return Decimal(value).scaleb(-2)
