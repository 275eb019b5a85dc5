"""How the text of a cell becomes a value of its column's kind, a distinct text at a time."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from mappings.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mappings.model import WireColumn

_NAT: Final = int(np.iinfo(np.int64).min)
_LARGEST: Final = int(np.iinfo(np.int64).max)
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock without a zone, as everywhere in our frames
_NO_DATES: Final = ("0001-01-01", "1899-12-30")  # how .NET and Delphi write an empty date
_MOMENT: Final = re.compile(
    r"(?:(\d{4})-(\d\d)-(\d\d)|(\d\d)\.(\d\d)\.(\d{4}))(?:[T ](\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?)?"
    r"(?:Z|[+-]\d\d:?\d\d)?"
)
_TRUE: Final = frozenset({"1", "-1", "true", "yes", "да", "истина"})
_FALSE: Final = frozenset({"0", "false", "no", "нет", "ложь"})


class Cells(dict[str | None, Any]):
    """The values of one column: text → value, read once a distinct text; ``rounded`` counts those cut to 6 digits."""

    def __init__(self, column: WireColumn) -> None:
        super().__init__()
        self.column = column
        self.rounded = 0
        self.found: list[Any] = []

    def __missing__(self, text: str | None) -> Any:
        try:
            value = self[text] = self._read(text or "")
        except ValueError:
            raise ValueError(text) from None
        return value

    def add(self, texts: Iterable[str | None]) -> None:
        """Read more cells of the column; raises ValueError with the text that is no value of its kind."""
        self.found.extend(map(self.__getitem__, texts))

    def series(self) -> pd.Series[Any]:
        """Return the column with the dtype of its kind (mappings.model's table)."""
        match self.column.kind:
            case Kind.KEY:
                return pd.Series(self._category())
            case Kind.TEXT:
                return pd.Series(self.found, dtype=object)
            case Kind.FLAG:
                return pd.Series(self.found, dtype=bool)
            case Kind.MOMENT:
                return pd.Series(np.array(self.found, np.int64).view("datetime64[s]"))
        return pd.Series(np.array(self.found, np.int64))

    def _category(self) -> pd.Categorical:
        place = {text: code for code, text in enumerate(dict.fromkeys(self.found))}
        codes = [place[text] for text in self.found]
        return pd.Categorical.from_codes(codes, pd.Index(list(place), dtype=object))

    def _read(self, text: str) -> Any:
        match self.column.kind:
            case Kind.KEY | Kind.TEXT:
                return text
            case Kind.MICRO:
                return self._number(text, scale=6)
            case Kind.INTEGER:
                return self._number(text, scale=0)
            case Kind.FLAG:
                return _flag(text)
            case Kind.MOMENT:
                return _moment(text)

    def _number(self, text: str, *, scale: int) -> int:
        bare = text.strip().replace("\xa0", "").replace(" ", "").replace(",", ".")
        if not bare:
            return 0
        try:
            exact = Decimal(bare).scaleb(scale)
            whole = exact.to_integral_value()
        except InvalidOperation as error:
            raise ValueError from error
        if not exact.is_finite() or abs(whole) > _LARGEST or (scale == 0 and whole != exact):
            raise ValueError
        self.rounded += whole != exact
        return int(whole)


def _flag(text: str) -> bool:
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE or not word:
        return False
    raise ValueError


def _moment(text: str) -> int:
    bare = text.strip()
    if not bare or bare.startswith(_NO_DATES):
        return _NAT
    found = _MOMENT.fullmatch(bare)
    if not found:
        raise ValueError
    year, month, day, day_, month_, year_, *clock = found.groups()
    numbers = [int(part or 0) for part in (year or year_, month or month_, day or day_, *clock)]
    seconds = (datetime(*numbers) - _EPOCH).total_seconds()  # type: ignore[arg-type]  # noqa: DTZ001 - see _EPOCH; six ints by the pattern
    return int(seconds)
