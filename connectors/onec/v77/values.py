"""Cells of DBF columns as values: exact numbers, dates, times of day, texts; a column at a time.

Cells are arrays of fixed-width byte strings (``S9``), as ``connectors.onec.v77.dbf`` yields them. Numbers never pass
through a binary float: digits are weighed as whole numbers, and what is not written in DBF's own layout is looked at
one by one.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from connectors.onec.v77 import words
from foundation.errors import BadAnswer
from mappings.model import MICRO

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_BLANK: Final = ord(" ")
_MINUS: Final = ord("-")
_DOT: Final = ord(".")
_ZERO: Final = ord("0")
_BASE: Final = 10
_MOST_DIGITS: Final = 18
"""Whole numbers of 18 digits fit an int64."""

_INT64: Final = 2**63
_NUMBER: Final = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)")
_MICRO_DIGITS: Final = 6
_DATE: Final = 8
_SHOWN: Final = 40
_TICKS: Final = 10_000
"""1C 7.7 keeps the time of day in ten-thousandths of a second."""

_DAY: Final = 24 * 60 * 60


class Unfit(BadAnswer):
    """Cell number ``at`` is not what its column promises; ``exact``: a number, but not one that can be carried.

    Readings tell it anew with the entity, the field and the row; where nobody can, this is what the operator reads.
    """

    def __init__(self, at: int, text: str, *, exact: bool = False) -> None:
        super().__init__(**words.unfit_cell(text[:_SHOWN]))
        self.at, self.text, self.exact = at, text[:_SHOWN], exact


def grid(cells: Array) -> Array:
    """Return cells as a matrix of bytes, a row a cell."""
    import numpy as np

    width = cells.dtype.itemsize
    return np.ascontiguousarray(cells).view(np.uint8).reshape(len(cells), width)


def texts(cells: Array, code_page: str, *, strip: bool = True) -> list[str]:
    """Return cells as text, by default without the spaces that pad them on the right; a NUL is a space."""
    width = cells.dtype.itemsize
    whole = cells.tobytes().decode(code_page, "replace").replace("\0", " ")
    pieces = [whole[at : at + width] for at in range(0, len(whole), width)]
    return [piece.rstrip() for piece in pieces] if strip else pieces


def scaled(cells: Array, decimals: int) -> Array:
    """Return numbers as whole ones, each ``10**decimals`` times itself (int64); a blank cell is 0. Raises Unfit."""
    import numpy as np

    matrix = grid(cells)
    width = matrix.shape[1]
    plain = np.ones(len(matrix), bool)
    if decimals:
        dot = width - decimals - 1
        plain = matrix[:, dot] == _DOT
        matrix = np.delete(matrix, dot, axis=1)
    digits = matrix - _ZERO  # unsigned: what stands below the digits wraps to the far side of them
    other = digits >= _BASE
    minus = matrix == _MINUS
    plain &= ~other[:, -1]
    plain &= ~(other & ~minus & (matrix != _BLANK)).any(axis=1)
    plain &= ~((other[:, 1:] & ~other[:, :-1]) | (minus[:, :-1] & other[:, 1:])).any(axis=1)
    digits[other] = 0
    if digits.shape[1] > _MOST_DIGITS:
        plain &= ~digits[:, :-_MOST_DIGITS].any(axis=1)
        digits = digits[:, -_MOST_DIGITS:]
    weights = np.array([_BASE**power for power in range(digits.shape[1] - 1, -1, -1)], np.int64)
    total: Array = digits.astype(np.int64) @ weights
    np.negative(total, out=total, where=minus.any(axis=1))
    for at in np.flatnonzero(~plain).tolist():
        total[at] = _looked_at(at, cells[at], decimals)
    return total


def _looked_at(at: int, cell: bytes, decimals: int) -> int:
    """Return a number that is not laid out as DBF's own: blank, left-aligned, without its fraction."""
    text = bytes(cell).strip(b" \0")
    if not text:
        return 0
    if not _NUMBER.fullmatch(text):
        raise Unfit(at, text.decode("ascii", "replace"))
    exact = Decimal(text.decode("ascii")) * _BASE**decimals
    if exact != int(exact) or not -_INT64 <= exact < _INT64:
        raise Unfit(at, text.decode("ascii"), exact=True)
    return int(exact)


def decimals_of(cells: Array, decimals: int) -> list[Decimal]:
    """Return numbers as decimals with the column's own digits after the point."""
    exponent = -decimals
    return [Decimal(value).scaleb(exponent) for value in scaled(cells, decimals).tolist()]


def micro(cells: Array, decimals: int) -> Array:
    """Return numbers as millionths (int64). Raises Unfit for what has more digits or is out of range."""
    import numpy as np

    whole = scaled(cells, decimals)
    if decimals > _MICRO_DIGITS:
        whole, rest = np.divmod(whole, _BASE ** (decimals - _MICRO_DIGITS))
        wrong = rest != 0
    else:
        factor = _BASE ** (_MICRO_DIGITS - decimals)
        wrong = np.abs(whole) > (_INT64 - 1) // factor
        whole = whole * factor
    if wrong.any():
        at = int(wrong.argmax())
        raise Unfit(at, bytes(cells[at]).decode("ascii", "replace").strip(), exact=True)
    return whole


def micro_product(one: tuple[Array, int], other: tuple[Array, int]) -> Array:
    """Return the products of two columns (cells, decimals) as millionths; raises Unfit for one that is not exact."""
    import numpy as np

    left, right = scaled(*one).tolist(), scaled(*other).tolist()
    divisor = _BASE ** (one[1] + other[1])
    products = [a * b * MICRO for a, b in zip(left, right, strict=True)]
    for at, product in enumerate(products):
        if product % divisor or not -_INT64 <= product // divisor < _INT64:
            raise Unfit(at, f"{Decimal(product) / MICRO / divisor:f}", exact=True)
    return np.fromiter((product // divisor for product in products), np.int64, len(products))


def micro_of_texts(cells: Array) -> Array:
    """Return numbers that stand in text columns (values of 1SCONST) as millionths."""
    import numpy as np

    return np.fromiter((_looked_at(at, cell, _MICRO_DIGITS) for at, cell in enumerate(cells)), np.int64, len(cells))


def integers(cells: Array, decimals: int) -> Array:
    """Return whole numbers (int64); raises Unfit for one with a fraction."""
    import numpy as np

    whole, rest = np.divmod(scaled(cells, decimals), _BASE**decimals)
    if rest.any():
        at = int((rest != 0).argmax())
        raise Unfit(at, bytes(cells[at]).decode("ascii", "replace").strip(), exact=True)
    return whole


def days(cells: Array) -> Array:
    """Return dates (``datetime64[D]``), a blank one as NaT. Few dates differ: each is parsed once."""
    import numpy as np

    different, places = np.unique(cells, return_inverse=True)
    parsed = np.empty(len(different), "datetime64[D]")
    for number, cell in enumerate(different.tolist()):
        try:
            parsed[number] = _day(cell)
        except ValueError:
            at = int((places == number).argmax())
            raise Unfit(at, cell.decode("ascii", "replace")) from None
    return parsed[places]


def _day(cell: bytes) -> Any:
    import numpy as np

    text = cell.strip(b" \0")
    if not text.strip(b"0"):
        return np.datetime64("NaT", "D")
    if len(text) != _DATE or not text.isdigit():
        raise ValueError(text)
    return np.datetime64(date(int(text[:4]), int(text[4:6]), int(text[6:])), "D")


def seconds(cells: Array) -> Array:
    """Return times of day (base 36 of ten-thousandths of a second) in whole seconds; blank as 0. Raises Unfit."""
    import numpy as np

    digits = _digits36()[grid(cells)]
    weights = np.array([36**power for power in range(digits.shape[1] - 1, -1, -1)], np.int64)
    wrong = (digits < 0).any(axis=1)
    total = np.maximum(digits, 0).astype(np.int64) @ weights // _TICKS
    wrong |= total >= _DAY
    if wrong.any():
        at = int(wrong.argmax())
        raise Unfit(at, bytes(cells[at]).decode("ascii", "replace"))
    return np.asarray(total, np.int64)


def _digits36() -> Array:
    import numpy as np

    table = np.full(256, -1, np.int8)
    for value, letter in enumerate(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        table[letter] = value
    for blank in b" \0":
        table[blank] = 0
    return table


def moments(dates: Array, times: Array | None = None) -> Array:
    """Return dates, with times of day where they have some, as ``datetime64[s]``; no date is NaT."""
    whole = days(dates).astype("datetime64[s]")
    return whole if times is None else whole + seconds(times).astype("timedelta64[s]")


def exact(value: int) -> Decimal:
    """Return millionths as the decimal they stand for."""
    return Decimal(value) / MICRO
