"""How one column's values become text in ``<f>…</f>``, and how many bytes that text takes on the wire.

Work is done a distinct value at a time: a column is factorised, its distinct values are rendered once, and rows are
made by taking. The wire forms are those of the service's public clients: a decimal point and no needless zeros,
``YYYY-MM-DDT00:00:00``, an empty value as ``<f/>``.
"""

from __future__ import annotations

from operator import add
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from connectors.crm.xdatalink.text import BadValueError, escape_all, wire_sizes
from mappings.model import MICRO, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mappings.model import WireColumn

    Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

_DIGITS: Final = 6
_FRACTIONS: Final = ["", *(f".{number:03d}".rstrip("0") for number in range(1, 1000))]
_NUMPY_KINDS: Final = {Kind.MICRO: "iu", Kind.INTEGER: "iu", Kind.FLAG: "b", Kind.MOMENT: "M"}


def fits(values: pd.Series[Any], kind: Kind) -> bool:
    """Tell whether a frame's column has the dtype that its kind promises (mappings.model's table)."""
    wanted = _NUMPY_KINDS.get(kind)
    return wanted is None or getattr(values.dtype, "kind", "O") in wanted


def coded(values: pd.Series[Any]) -> tuple[Ints, list[Any]]:
    """Return a column as codes and its distinct values in order of appearance; a null's value is None."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, used = pd.factorize(values.cat.codes.to_numpy())
        names = values.cat.categories.tolist()
        return codes, [names[code] if code >= 0 else None for code in used.tolist()]
    codes, distinct = pd.factorize(values)
    found = distinct.tolist()
    missing = codes < 0
    if missing.any():
        codes = np.where(missing, len(found), codes)
        found.append(None)
    return codes, found


def texts(column: WireColumn, distinct: Sequence[Any]) -> tuple[list[str], Ints]:
    """Return distinct values as inner text ("" = empty) and the bytes each takes on the wire, tags not counted."""
    match column.kind:
        case Kind.MICRO:
            plain = _decimals(distinct, whole=column.type == "Integer")
        case Kind.INTEGER:
            plain = [str(value) for value in distinct]
        case Kind.FLAG:
            plain = ["1" if value else "0" for value in distinct]
        case Kind.MOMENT:
            plain = _moments(distinct, date_only=column.type == "Date")
        case Kind.KEY | Kind.TEXT:
            escaped = escape_all(["" if value is None else str(value) for value in distinct])
            return escaped, np.fromiter(wire_sizes(escaped), np.int64, len(escaped))
    return plain, np.fromiter(map(len, plain), np.int64, len(plain))


def _decimals(micros: Sequence[int], *, whole: bool) -> list[str]:
    if whole:
        for at, micro in enumerate(micros):
            if micro % MICRO:
                raise BadValueError(at, "дробное число в целой колонке", "a fraction in a whole-number column")
        return [str(micro // MICRO) for micro in micros]
    values = np.array(micros, np.int64)
    thousandths, finer = np.divmod(values, MICRO // 1000)
    if len(values) and values.min() >= 0 and not finer.any():  # as 1C keeps quantities: 3 digits, above zero
        units, rest = np.divmod(thousandths, 1000)
        return list(map(add, map(str, units.tolist()), map(_FRACTIONS.__getitem__, rest.tolist())))
    return [_decimal(micro) for micro in micros]


def _decimal(micro: int) -> str:
    if micro % MICRO == 0:
        return str(micro // MICRO)
    digits = f"{abs(micro):07d}"
    sign = "-" if micro < 0 else ""
    return f"{sign}{digits[:-_DIGITS]}.{digits[-_DIGITS:].rstrip('0')}"


def _moments(moments: Sequence[Any], *, date_only: bool) -> list[str]:
    if date_only:
        return ["" if moment is None else f"{moment.date().isoformat()}T00:00:00" for moment in moments]
    return ["" if moment is None else moment.isoformat(timespec="seconds") for moment in moments]
