"""Cells to the columns of a frame: dtypes by the table of kinds in ``mappings.model``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from connectors.onec.v77 import values
from connectors.onec.v77.ids import ANY_KIND, ID, UNDEFINED, from36, is_posted, key_of, reference
from connectors.onec.v77.plan import Form
from connectors.onec.v77.values import Unfit
from mappings.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    import numpy as np

    from connectors.onec.v77.dbf import Cells, Column

    Values = Any
    Array = np.ndarray[Any, Any]

REFERENCES: Final = (ID, ANY_KIND, UNDEFINED)
_NUMBERS: Final = ("N", "F")
_FLAGS: Final = {b"*": True, b"1": True, b"T": True, b"t": True, b"Y": True, b"y": True}
_UNSET: Final = (b"", b"0", b"F", b"f", b"N", b"n", b"?")
_ELEMENT: Final = 2
_OBJECTS: Final = {"Перечисление": "Перечисление"}


class Codes(dict[bytes, int]):
    """Cell → code of its text; a cell not seen before gets its text's code, so that asking is one C call."""

    def __init__(self, text: Callable[[bytes], str]) -> None:
        super().__init__()
        self._text = text
        self.texts: dict[str, int] = {}

    def __missing__(self, cell: bytes) -> int:
        code = self[cell] = self.texts.setdefault(self._text(cell), len(self.texts))
        return code


class Growing(Protocol):
    """A column that grows block by block."""

    def add(self, cells: Sequence[Cells]) -> None:
        """Take the cells of a block's rows; raises Unfit."""

    def made(self) -> Any:
        """Return the column for the frame."""


class KeyColumn:
    """Identities, as a categorical of texts; ``values`` gives a block's texts alone."""

    def __init__(self, text: Callable[[bytes], str]) -> None:
        self._codes = Codes(text)
        self._parts: list[Array] = []

    def add(self, cells: Sequence[Cells]) -> None:
        """Take a block's cells over."""
        import numpy as np

        found = cells[0].tolist()
        self._parts.append(np.fromiter(map(self._codes.__getitem__, found), np.int32, len(found)))

    def made(self) -> Any:
        """Return the categorical."""
        import numpy as np
        import pandas as pd

        codes = np.concatenate(self._parts) if self._parts else np.empty(0, np.int32)
        return pd.Categorical.from_codes(codes, pd.Index(list(self._codes.texts), dtype=object))


class TextColumn:
    """Texts, as objects."""

    def __init__(self, convert: Callable[[Sequence[Cells]], list[str]]) -> None:
        self._convert = convert
        self._values: list[str] = []

    def add(self, cells: Sequence[Cells]) -> None:
        """Take a block's cells over."""
        self._values.extend(self._convert(cells))

    def made(self) -> Any:
        """Return the series."""
        import pandas as pd

        return pd.Series(self._values, dtype=object)


class ArrayColumn:
    """Numbers, flags, moments, as an array."""

    def __init__(self, dtype: str, convert: Callable[[Sequence[Cells]], Array]) -> None:
        self._dtype, self._convert = dtype, convert
        self._parts: list[Array] = []

    def add(self, cells: Sequence[Cells]) -> None:
        """Take a block's cells over."""
        self._parts.append(self._convert(cells))

    def made(self) -> Any:
        """Return the array."""
        import numpy as np

        return np.concatenate(self._parts) if self._parts else np.empty(0, self._dtype)


class Conversions:
    """How cells of a source become values; ``kind_name`` gives an object's name by the metadata id of its kind."""

    def __init__(self, code_page: str, kind_name: Callable[[int], str]) -> None:
        self._code_page, self._kind_name = code_page, kind_name

    def growing(self, kind: Kind, form: Form, columns: Sequence[Column]) -> Growing:
        """Return the growing column for a source."""
        match kind:
            case Kind.KEY:
                return KeyColumn(self.key_text(form, columns[0]))
            case Kind.TEXT:
                return TextColumn(self.values(kind, form, columns))
            case Kind.FLAG:
                return ArrayColumn("bool", self.values(kind, form, columns))
            case Kind.MOMENT:
                return ArrayColumn("datetime64[s]", self.values(kind, form, columns))
        return ArrayColumn("int64", self.values(kind, form, columns))

    def values(self, kind: Kind, form: Form, columns: Sequence[Column]) -> Callable[[Sequence[Cells]], Values]:
        """Return what turns a source's cells into a block's values: an array, or a list of texts."""
        column = columns[0]
        match kind:
            case Kind.KEY:
                text = self.key_text(form, column)
                return lambda cells: [text(cell) for cell in cells[0].tolist()]
            case Kind.TEXT:
                return lambda cells: self._texts(form, column, cells)
            case Kind.FLAG:
                return lambda cells: flags(form, column, cells[0])
            case Kind.MOMENT:
                return lambda cells: _moments(column, cells)
            case Kind.MICRO if form is Form.PRODUCT:
                return lambda cells: _product(columns, cells)
            case Kind.INTEGER:
                return lambda cells: _numbers(column, cells[0], values.integers)
        return lambda cells: _numbers(column, cells[0], values.micro)

    def key_text(self, form: Form, column: Column) -> Callable[[bytes], str]:
        """Return what turns a cell into a key."""
        if form in (Form.KIND, Form.DOCUMENT_KIND):
            return self._kind_text(form)
        if form is Form.HISTORY:
            return lambda cell: _reference_key(cell.decode(self._code_page, "replace")[:ID].ljust(ID))
        if form is Form.PLAIN and column.type == "C" and column.width in REFERENCES:
            return lambda cell: _reference_key(cell.decode(self._code_page, "replace").ljust(column.width))
        return lambda cell: cell.decode(self._code_page, "replace").strip(" \0")

    def _kind_text(self, form: Form) -> Callable[[bytes], str]:
        def text(cell: bytes) -> str:
            shown = cell.decode(self._code_page, "replace")
            try:
                if form is Form.DOCUMENT_KIND:
                    return self._kind_name(from36(shown))
                found = reference(shown.ljust(UNDEFINED if len(shown) > ANY_KIND else ANY_KIND))
            except ValueError:
                return ""
            return self._kind_name(found.kind) or _OBJECTS.get(found.object, "") if found.identity else ""

        return text

    def _texts(self, form: Form, column: Column, cells: Sequence[Cells]) -> list[str]:
        if form in (Form.KIND, Form.DOCUMENT_KIND):
            text = self._kind_text(form)
            return [text(cell) for cell in cells[0].tolist()]
        if form is Form.CODE:
            return [each.strip() for each in values.texts(cells[0], self._code_page)]
        if form is Form.MOMENT or column.type == "D":
            found = _moments(column, cells)
            return ["" if each is None else each.isoformat(" ") for each in found.tolist()]
        if column.type in _NUMBERS and form is Form.PLAIN:
            numbers = values.decimals_of(cells[0], column.decimals)
            return [f"{_short(number):f}" for number in numbers]
        return values.texts(cells[0], self._code_page)


def _short(number: Decimal) -> Decimal:
    """Return a number without an empty fraction."""
    return number.to_integral_value() if number == number.to_integral_value() else number.normalize()


def _reference_key(cell: str) -> str:
    try:
        return reference(cell).key
    except ValueError:  # not a reference, though as wide as one
        return key_of(cell.strip())


def flags(form: Form, column: Column, cells: Cells) -> Array:
    """Return yes or no for each cell; raises Unfit for one that says neither."""
    import numpy as np

    if form is Form.POSTED:
        numbers = values.integers(cells, 0).tolist()
        return np.fromiter(map(is_posted, numbers), np.bool_, len(numbers))
    if form is Form.FOLDER:
        return np.asarray(values.integers(cells, 0) == 1)
    if form is Form.RECEIPT:
        return np.asarray(values.integers(cells, 0) == 0)
    if column.type in _NUMBERS:
        return np.asarray(values.scaled(cells, column.decimals) != 0)
    bare = [cell.strip(b" \0") for cell in cells.tolist()]
    for at, cell in enumerate(bare):
        if cell not in _FLAGS and cell not in _UNSET:
            raise Unfit(at, cell.decode("ascii", "replace"))
    return np.fromiter((cell in _FLAGS for cell in bare), np.bool_, len(bare))


def _numbers(column: Column, cells: Cells, convert: Callable[[Cells, int], Array]) -> Array:
    if column.type in _NUMBERS:
        return convert(cells, column.decimals)
    return values.micro_of_texts(cells) if convert is values.micro else values.integers(cells, 0)


def _product(columns: Sequence[Column], cells: Sequence[Cells]) -> Array:
    if any(column.type not in _NUMBERS for column in columns):
        raise Unfit(0, "")
    return values.micro_product(*zip(cells, (column.decimals for column in columns), strict=True))


def _moments(column: Column, cells: Sequence[Cells]) -> Array:
    if column.type not in ("D", "C"):
        raise Unfit(0, "")
    return values.moments(cells[0], cells[1] if len(cells) > 1 else None)
