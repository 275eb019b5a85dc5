"""The price of one of their units on a line of a document, exact until it is rounded once to 5 digits.

A document's price is of its own unit or of a package, with VAT or without, before discounts. Where it gives the line's
sum and is of the kind that the link asks for, it is the price; else (a discount, VAT on the other side) the price is
the line's sum through its quantity. So price times quantity is what the document says was paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mappings.model import MICRO
from mappings.units import SAFE

if TYPE_CHECKING:
    from mappings.units import Factor

Numbers = np.ndarray[Any, np.dtype[Any]]

STEP: Final = 10
"""Prices are rounded to 5 digits: to ten millionths (reference: xDataLink, rule 7)."""

HALF_KOPECK: Final = 5_000
"""How far 1C's own rounding may take a sum from price times quantity, in millionths."""


@dataclass(frozen=True, slots=True)
class Priced:
    """What prices are made of, an array a column: millionths, quantities not zero; ``factors`` by ``which``."""

    price: Numbers
    packed: Numbers
    packages: Numbers
    quantity: Numbers
    amount: Numbers
    vat: Numbers
    vat_included: Numbers
    factors: list[Factor]
    which: Numbers


def prices(of: Priced, *, with_vat: bool) -> Numbers:
    """Return the price of one of their units on each line, in millionths, rounded to 5 digits."""
    count = np.where(of.packed, of.packages, of.quantity)
    own_sum = np.where(of.vat_included, of.amount, of.amount - of.vat)
    fit = ((of.vat_included == with_vat) | (of.vat == 0)) & explained(of.price, count, own_sum)
    common = np.gcd(count, of.quantity)
    step = gcd(_divisor(of.quantity), MICRO)
    wanted = of.amount if with_vat else of.amount - of.vat
    above = _product(np.where(fit, of.price, wanted), np.where(fit, count // common, MICRO // step))
    below = np.where(fit, of.quantity // common, of.quantity // step)
    up = np.array([factor.denominator for factor in of.factors], np.int64)[of.which]
    down = np.array([factor.numerator for factor in of.factors], np.int64)[of.which]
    return _rounded(_product(above, up), _product(_product(below, down), np.array(STEP))) * STEP


def explained(price: Numbers, count: Numbers, amount: Numbers) -> Numbers:
    """Return where price times count is the sum, but for the rounding to whole kopecks."""
    one, other = _divisor(price), _divisor(count)
    shared = gcd(one * other, MICRO)
    found = _product(_product(price // one, count // other), np.array(one * other // shared))
    near: Numbers = np.abs(found - _product(amount, np.array(MICRO // shared))) <= HALF_KOPECK * (MICRO // shared)
    return near.astype(bool)


def _divisor(values: Numbers) -> int:
    """Return what all values can be divided by: 1C's numbers of 2 and 3 digits leave room in 64 bits."""
    return int(np.gcd.reduce(values)) or 1 if len(values) else 1


def _product(one: Numbers, other: Numbers) -> Numbers:
    """Return the product: int64, or Python's integers where it might not fit."""
    if one.dtype == other.dtype != object and _largest(one) * _largest(other) < SAFE:
        fast: Numbers = one * other
        return fast
    exact: Numbers = one.astype(object) * other.astype(object)
    return exact


def _largest(values: Numbers) -> float:
    return float(np.abs(values).max()) if values.size else 0.0


def _rounded(above: Numbers, below: Numbers) -> Numbers:
    """Return ``above / below`` as int64, rounded half away from zero; ``below`` is not zero."""
    if object in (above.dtype, below.dtype):
        above, below = above.astype(object), below.astype(object)
    sign = np.where((above < 0) == (below < 0), 1, -1)
    size = np.abs(below)
    whole: Numbers = (sign * ((2 * np.abs(above) + size) // (2 * size))).astype(np.int64)
    return whole
