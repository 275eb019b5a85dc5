"""Rows of 1C's JSON as columns: typed decoding of the selected fields only, no Python object a row is kept.

A reading gets its own msgspec struct with just its properties; a page of structs becomes compact arrays and is dropped.
For a reading of a tabular section the objects' structs hold a list of line structs: lines are laid end to end, and what
is of the object is taken once an object and repeated as an array.
Forms of values: reference onec-odata, 4. Int64 comes as a string, Double as a number, a folder's missing attribute as
``null``, an empty date as the year 1, fixed strings padded with spaces; each becomes the kind's empty value or its own.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from itertools import chain, repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from connectors.onec.odata import words
from connectors.onec.odata.faults import Ask, not_json, without_mark
from connectors.onec.odata.urls import is_guid
from foundation.errors import BadAnswer, Impossible
from mappings.model import EMPTY_REF, MICRO, Field, Kind, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    import pandas as pd

Row = Any
"""A struct made for one reading."""

MICRO_BELOW: Final = float(2**33)
"""Up to here a double still tells decimals of 6 digits apart (its steps are below a millionth): some 8.59 milliards."""

_NAMESPACE: Final = "StandardODATA."
_FIRST_YEAR: Final = "0001-01-01"
_SCALAR: Final = str | int | float | bool | None
_TYPES: Final[dict[Kind, Any]] = {
    Kind.KEY: _SCALAR,
    Kind.TEXT: _SCALAR,
    Kind.MICRO: float | str | None,
    Kind.INTEGER: int | str | float | None,
    Kind.FLAG: bool | None,
    Kind.MOMENT: str | None,
}


class Shape:
    """The struct of one reading: which properties it selects, and how a page's bytes become rows.

    The properties of ``reading.key`` are always among them: pages are held together by their keys. ``select`` names
    the properties of a section's lines one by one, ``select_whole`` the section as a whole.
    """

    def __init__(self, reading: Reading) -> None:
        self.section = reading.section
        heads: dict[str, Any] = {}
        lines: dict[str, Any] = {}
        for field in reading.fields:
            name = self.line_property(field.source)
            _note(lines if name else heads, name or field.source, _TYPES[field.kind])
        for source in reading.key:
            heads.setdefault(source, _SCALAR)
        self._names = {source: f"f{number}" for number, source in enumerate(heads)}
        self._names |= {f"{self.section}/{name}": f"f{number}" for number, name in enumerate(lines)}
        row: Any = _struct("Row", heads)
        if self.section:
            line: Any = _struct("Line", lines)
            row = msgspec.defstruct("Object", [("lines", list[line])], rename={"lines": self.section}, bases=(row,))
        self.select = (*heads, *(f"{self.section}/{name}" for name in lines))
        self.select_whole = (*heads, *([self.section] if self.section else []))
        page = msgspec.defstruct("Page", [("value", list[row])], gc=False)
        self._decoder = msgspec.json.Decoder(page)
        self._key = [self.getter(source) for source in reading.key]

    def line_property(self, source: str) -> str:
        """Return a field's property of the section's line, "" where the field is of the object."""
        section, _, name = source.partition("/")
        return name if self.section and section == self.section else ""

    def getter(self, source: str) -> Callable[[Row], Any]:
        """Return what takes a property out of a row."""
        return attrgetter(self._names[source])

    def key_of(self, row: Row) -> tuple[Any, ...]:
        """Return a row's key as it came."""
        return tuple(get(row) for get in self._key)

    def rows(self, body: bytes, ask: Ask) -> list[Row]:
        """Decode a page; raises BadAnswer (AccessDenied for a login page) where it is not what was asked for."""
        try:
            page: Any = self._decoder.decode(without_mark(body))
        except msgspec.ValidationError as error:  # its text names the field and the place, no value
            raise not_json(body, ask, where=str(error).replace("`", "")) from None
        except (msgspec.DecodeError, UnicodeDecodeError):  # their texts and objects may hold the data: not chained
            raise not_json(body, ask) from None
        rows: list[Row] = page.value
        return rows


def _note(types: dict[str, Any], name: str, kind: Any) -> None:
    types[name] = kind if types.get(name, kind) == kind else _SCALAR


def _struct(name: str, types: dict[str, Any]) -> type[msgspec.Struct]:
    names = {f"f{number}": source for number, source in enumerate(types)}
    return msgspec.defstruct(name, list(zip(names, types.values(), strict=True)), rename=names, gc=False)


class _Column(Protocol):
    def add(self, values: Sequence[Any], times: np.ndarray[Any, Any] | None = None) -> None:
        """Take values, each as often as ``times`` says."""

    def made(self) -> Any: ...


class Columns:
    """The growing columns of one reading: ``add`` a page of rows, ``frame`` at the end."""

    def __init__(self, reading: Reading, shape: Shape) -> None:
        self._reading, self._shape = reading, shape
        columns = [(field, shape.getter(field.source), _column_for(field)) for field in reading.fields]
        self._columns = columns
        self._heads = [each for each in columns if not shape.line_property(each[0].source)]
        self._lines = [each for each in columns if shape.line_property(each[0].source)]

    def add(self, rows: list[Row]) -> None:
        """Take a page over. Raises Impossible for a number that is not exact, naming entity, key and value."""
        if not self._shape.section:
            self._fill(self._heads, rows, rows.__getitem__)
            return
        import numpy as np

        groups = [row.lines for row in rows]
        counts = np.fromiter(map(len, groups), np.int64, len(groups))
        ends = np.cumsum(counts)
        self._fill(self._heads, rows, rows.__getitem__, counts)
        lines = list(chain.from_iterable(groups))
        self._fill(self._lines, lines, lambda at: rows[int(np.searchsorted(ends, at, side="right"))])

    def _fill(
        self,
        columns: Sequence[tuple[Field, Callable[[Row], Any], _Column]],
        rows: list[Row],
        owner: Callable[[int], Row],
        times: np.ndarray[Any, Any] | None = None,
    ) -> None:
        for field, get, column in columns:
            values = list(map(get, rows))
            try:
                column.add(values, times)
            except _Unfit as unfit:
                raise self._told(field, owner(unfit.at), unfit.value, exact=unfit.exact) from None

    def frame(self) -> pd.DataFrame:
        """Return the frame: dtypes by the table of kinds in ``mappings.model``."""
        import pandas as pd

        return pd.DataFrame({field.column: column.made() for field, _, column in self._columns}, copy=False)

    def _told(self, field: Field, row: Row, value: Any, *, exact: bool) -> Exception:
        entity, key = self._reading.entity, ", ".join(key_text(part) for part in self._shape.key_of(row))
        facts: dict[str, Any] = {"entity": entity, "key": key, "property": field.source}
        if exact:
            return Impossible(**words.not_exact(entity, field.source, key, str(value)), **facts, value=str(value))
        return BadAnswer(**words.unfit(entity, field.source, key), **facts)


class _Unfit(Exception):
    """Value number ``at`` of a page does not fit its kind; ``exact``: it is a number, but not one we can carry."""

    def __init__(self, at: int, value: Any, *, exact: bool) -> None:
        super().__init__(at)
        self.at, self.value, self.exact = at, value, exact


def key_text(value: Any) -> str:
    """Return a value as a key: right-stripped, GUIDs in lower case, the empty reference and null as ``""``."""
    text = value if type(value) is str else value_text(value)
    if len(text) == len(EMPTY_REF) and is_guid(text):
        text = text.lower()
        return "" if text == EMPTY_REF else text
    return text.rstrip()


def value_text(value: Any) -> str:
    """Return a value as text, right-stripped; null as ``""``, numbers without an exponent or an empty fraction."""
    match value:
        case str():
            return value.rstrip()
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{int(value)}" if value.is_integer() else f"{Decimal(repr(value)):f}"
        case _:
            return str(value)


def type_text(value: Any) -> str:
    """Return the type beside a composite value without its namespace: ``Catalog_Партнеры``; undefined as ``""``."""
    text = value_text(value).removeprefix(_NAMESPACE)
    return "" if text == "Undefined" else text


class _Codes(dict[Any, int]):
    """Raw value → code of its text; a value not seen before gets its text's code, so that asking is one C call."""

    def __init__(self, text: Callable[[Any], str]) -> None:
        super().__init__()
        self._text = text
        self.texts: dict[str, int] = {}

    def __missing__(self, value: Any) -> int:
        code = self[value] = self.texts.setdefault(self._text(value), len(self.texts))
        return code


class _Keys:
    def __init__(self, text: Callable[[Any], str]) -> None:
        self._codes = _Codes(text)
        self._parts: list[np.ndarray[Any, Any]] = []

    def add(self, values: Sequence[Any], times: np.ndarray[Any, Any] | None = None) -> None:
        import numpy as np

        self._parts.append(_spread(np.fromiter(map(self._codes.__getitem__, values), np.int32, len(values)), times))

    def made(self) -> Any:
        import numpy as np
        import pandas as pd

        codes = _joined(self._parts, np.int32)
        return pd.Categorical.from_codes(codes, pd.Index(list(self._codes.texts), dtype=object))


class _Texts:
    def __init__(self, text: Callable[[Any], str]) -> None:
        self._text = text
        self._values: list[str] = []

    def add(self, values: Sequence[Any], times: np.ndarray[Any, Any] | None = None) -> None:
        texts = map(self._text, values)
        self._values += texts if times is None else chain.from_iterable(map(repeat, texts, times.tolist()))

    def made(self) -> Any:
        import pandas as pd

        return pd.Series(self._values, dtype=object)


class _Arrays:
    """A column of numbers: each page becomes an array by ``convert``."""

    def __init__(self, dtype: str, convert: Callable[[Sequence[Any]], np.ndarray[Any, Any]]) -> None:
        self._dtype, self._convert = dtype, convert
        self._parts: list[np.ndarray[Any, Any]] = []

    def add(self, values: Sequence[Any], times: np.ndarray[Any, Any] | None = None) -> None:
        self._parts.append(_spread(self._convert(values), times))

    def made(self) -> Any:
        return _joined(self._parts, self._dtype)


def _spread(values: np.ndarray[Any, Any], times: np.ndarray[Any, Any] | None) -> np.ndarray[Any, Any]:
    import numpy as np

    return values if times is None else np.repeat(values, times)


def _joined(parts: list[np.ndarray[Any, Any]], dtype: Any) -> np.ndarray[Any, Any]:
    import numpy as np

    return np.concatenate(parts) if parts else np.empty(0, dtype)


def _column_for(field: Field) -> _Column:
    typed = field.source.endswith("_Type")
    match field.kind:
        case Kind.KEY:
            return _Keys(type_text if typed else key_text)
        case Kind.TEXT:
            return _Texts(type_text if typed else value_text)
        case Kind.MICRO:
            return _Arrays("int64", micro)
        case Kind.INTEGER:
            return _Arrays("int64", _integers)
        case Kind.FLAG:
            return _Arrays("bool", _flags)
        case Kind.MOMENT:
            return _Arrays("datetime64[s]", _moments)


def micro(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Return numbers as exact millionths (int64), null and "" as 0; raises for what is out of range or not exact.

    ``n / 10**6`` of an integer below 2**53 rounds once, to the double nearest that decimal: where it gives back the
    number that came, that number stands for ``n`` millionths. The few that the product misses are looked at by digits.
    """
    import numpy as np

    try:
        numbers = np.fromiter(values, np.float64, len(values))
    except (ValueError, TypeError):
        numbers = np.fromiter((_double(at, value) for at, value in enumerate(values)), np.float64, len(values))
    absent = np.isnan(numbers)
    if absent.any():
        for at in np.flatnonzero(absent).tolist():
            if values[at] is not None:
                raise _Unfit(at, values[at], exact=True)
        numbers[absent] = 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        whole = np.rint(numbers * MICRO)
        wrong = (whole / MICRO != numbers) | (np.abs(numbers) >= MICRO_BELOW)
    if not wrong.any():
        return whole.astype(np.int64)
    whole[wrong] = 0
    result: np.ndarray[Any, Any] = whole.astype(np.int64)
    for at in np.flatnonzero(wrong).tolist():
        result[at] = _by_digits(at, float(numbers[at]), values[at])
    return result


def _double(at: int, value: Any) -> float:
    if value == "":
        return 0.0
    try:
        return float("nan") if value is None else float(value)
    except ValueError:
        raise _Unfit(at, value, exact=False) from None


def _by_digits(at: int, number: float, value: Any) -> int:
    exact = Decimal(repr(number)).scaleb(6) if abs(number) < MICRO_BELOW else Decimal("NaN")
    if not exact.is_finite() or exact != exact.to_integral_value():
        raise _Unfit(at, value, exact=True)
    return int(exact)


def _integers(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    known: dict[Any, int] = {}  # line numbers: a few values, each met thousands of times
    for at, value in enumerate(values):
        if value not in known:
            known[value] = _integer(at, value)
    return np.fromiter(map(known.__getitem__, values), np.int64, len(values))


def _integer(at: int, value: Any) -> int:
    if value is None or value == "":
        return 0
    try:
        exact = Decimal(value)
    except InvalidOperation:
        raise _Unfit(at, value, exact=False) from None
    if not exact.is_finite() or exact != exact.to_integral_value() or not -(2**63) <= exact < 2**63:
        raise _Unfit(at, value, exact=True)
    return int(exact)


def _flags(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    for at, value in enumerate(values):
        if value is not None and not isinstance(value, bool):
            raise _Unfit(at, value, exact=False)
    return np.fromiter(map(bool, values), np.bool_, len(values))


def _moments(values: Iterable[Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    return np.array([_moment(at, value) for at, value in enumerate(values)], "datetime64[s]")


def _moment(at: int, value: Any) -> Any:
    import numpy as np

    if value is None or value == "" or str(value).startswith(_FIRST_YEAR):
        return np.datetime64("NaT", "s")
    try:
        # A zone would shift the clock: 1C sends none, and what has one is not read (19 characters, or a fraction).
        whole, _, fraction = value.partition(".")
        if len(whole) != len("2026-11-24T00:00:00") or (fraction and not fraction.isdigit()):
            raise _Unfit(at, value, exact=False)
        return np.datetime64(whole, "s")
    except (ValueError, AttributeError):
        raise _Unfit(at, value, exact=False) from None
