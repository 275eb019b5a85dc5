"""Rows of files as a frame: later versions of a row replace earlier ones, and no Python object a row is kept.

A row's identity is held as integers; values are compact arrays, texts aside. What is overwritten or deleted is taken
out at the end, so that a table made of many files costs what its rows cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from connectors.onec.files import values
from connectors.onec.files.words import cannot
from foundation.errors import Impossible
from mappings.model import Field, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd

    from connectors.onec.files.entities import Entity
    from connectors.onec.files.records import Row
    from mappings.model import Reading

    Integers = np.ndarray[Any, np.dtype[Any]]

_CHUNK: Final = 8192


class _Column(Protocol):
    def add(self, text: str) -> None: ...

    def made(self, kept: Integers) -> Any: ...


class Columns:
    """The growing columns of one table: ``add`` rows in the order of the files, ``frame`` at the end."""

    def __init__(self, reading: Reading, entity: Entity) -> None:
        self._reading, self._entity = reading, entity
        self._fields = [(field, field.source, _column_for(field)) for field in reading.fields]
        self._keys = [(source, _Codes()) for source in entity.key]
        self._asked = [] if reading.function else [(source, _Codes()) for source in _other_key(reading, entity)]
        self._group = [(source, _Codes()) for source in dimensions(reading)]
        self._owners = _Codes()
        self._gone: dict[int, int] = {}
        self.rows = 0

    def add(self, row: Row) -> None:
        """Take a row over, or the word that an owner's earlier rows are gone; raises Impossible, naming the row."""
        found = row.cells
        if found is None:
            self._gone[self._owners.code(row.owner)] = self.rows
            return
        get = found.get
        for _, source, column in self._fields:
            try:
                column.add(get(source, ""))
            except values.Unreadable:
                raise self._told(source, get) from None
        for source, codes in self._keys:
            codes.add(get(source, ""))
        for source, codes in (*self._group, *self._asked):
            codes.add(get(source, ""))
        if self._gone or row.owner:
            self._owners.fill(self.rows)
            self._owners.add(row.owner)
        self.rows += 1

    def _told(self, source: str, get: Callable[[str, str], str]) -> Exception:
        key = ", ".join(get(part, "") for part in self._entity.key)[:200]
        return Impossible(
            f"«{source}» в файле 1С не того вида: таблица «{self._entity.name}», ключ {key}.",
            en=f"{source} is not of its kind in 1C's file: {self._entity.name}, key {key}.",
            todo="Исправьте значение в 1С и повторите выгрузку, либо выберите в профиле другое поле.",
            todo_en="Mend the value in 1C and upload again, or name another field in the profile.",
            entity=self._entity.name,
            key=key,
            property=source,
        )

    def frame(self) -> pd.DataFrame:
        """Return the frame: dtypes by the table of kinds in ``mappings.model``."""
        import pandas as pd

        kept = self._kept()
        made = {field.column: column.made(kept) for field, _, column in self._fields}
        frame = pd.DataFrame(made, copy=False)
        return self._summed(frame, kept) if self._group else frame

    def _kept(self) -> Integers:
        """Return the numbers of the rows that count: the last of each key, not deleted by its owner since."""
        import numpy as np
        import pandas as pd

        numbers = np.arange(self.rows)
        if not self.rows:
            return numbers
        alive = np.ones(self.rows, dtype=bool)
        if self._gone:
            self._owners.fill(self.rows)
            since = np.zeros(len(self._owners.codes), dtype=np.int64)
            for owner, row in self._gone.items():
                since[owner] = row
            alive = numbers >= since[self._owners.array()]
        last = ~pd.Series(_joint([codes.array() for _, codes in self._keys])).duplicated(keep="last").to_numpy()
        kept = numbers[alive & last]
        if self._asked:
            joint = _joint([codes.array()[kept] for _, codes in self._asked])
            kept = kept[~pd.Series(joint).duplicated(keep="last").to_numpy()]
        return kept

    def _summed(self, frame: pd.DataFrame, kept: Integers) -> pd.DataFrame:
        """Sum quantities over what the reading's dimensions do not name; the other columns are those dimensions."""
        groups = _joint([codes.array()[kept] for _, codes in self._group])
        sums = [field.column for field in self._reading.fields if field.kind is Kind.MICRO]
        first = {name: "first" for name in frame.columns if name not in sums}
        made = frame.groupby(groups, sort=False).agg(first | dict.fromkeys(sums, "sum"))
        return made[list(frame.columns)].reset_index(drop=True).astype(frame.dtypes.to_dict())


def _other_key(reading: Reading, entity: Entity) -> tuple[str, ...]:
    """Return what a reading wants unique, where that is less than the table's own key: the last row counts."""
    return () if set(reading.key) >= set(entity.key) else reading.key


def dimensions(reading: Reading) -> tuple[str, ...]:
    """Return what a Balance is grouped by; raises NotPublished where a column is neither that nor a number."""
    if reading.function != "Balance":
        return ()
    asked = tuple(part.strip() for part in reading.arguments.get("Dimensions", "").split(",") if part.strip())
    if not asked:
        return ()
    for field in reading.fields:
        if field.kind is not Kind.MICRO and field.source not in asked:
            raise cannot(f"складывать по колонке {field.source}", f"sum over {field.source}", reading)
    return asked


def _joint(codes: list[Integers]) -> Integers:
    """Return one integer for each row of several columns of codes."""
    import numpy as np

    joint = codes[0].astype(np.int64)
    for each in codes[1:]:
        # After every step the codes are made dense again, so that a product stays below 2**63.
        joint = joint * (int(each.max(initial=0)) + 1) + each
        joint = np.unique(joint, return_inverse=True)[1].astype(np.int64)
    return joint


class _Codes:
    """A column of identities as integers."""

    def __init__(self) -> None:
        import numpy as np

        self.codes: dict[str, int] = {}
        self._raw: dict[str, int] = {}
        self._waiting: list[int] = []
        self._parts: list[Integers] = []
        self._dtype = np.dtype(np.int32)
        self._count = 0

    def code(self, text: str) -> int:
        """Return the code of an identity, a new one where it was never seen."""
        code = self.codes.get(text)
        if code is None:
            code = self._raw.get(text)
        if code is None:
            whole = values.key(text)
            code = self.codes.setdefault(whole, len(self.codes))
            if whole != text:
                self._raw[text] = code
        return code

    def add(self, text: str) -> None:
        """Take the identity of the next row over."""
        self._waiting.append(self.code(text))
        self._count += 1
        if len(self._waiting) == _CHUNK:
            self._flush()

    def fill(self, rows: int) -> None:
        """Give the rows before number ``rows`` that have none the empty identity."""
        while self._count < rows:
            self.add("")

    def _flush(self) -> None:
        import numpy as np

        self._parts.append(np.array(self._waiting, self._dtype))
        self._waiting = []

    def array(self) -> Integers:
        """Return the codes of all rows."""
        import numpy as np

        self._flush()
        self._parts = [np.concatenate(self._parts)]
        return self._parts[0]

    def made(self, kept: Integers) -> Any:
        """Return the column: a categorical of the identities that are left."""
        import pandas as pd

        made = pd.Categorical.from_codes(self.array()[kept], pd.Index(list(self.codes), dtype=object))
        return made.remove_unused_categories()


class _Texts:
    def __init__(self) -> None:
        self._values: list[str] = []

    def add(self, text: str) -> None:
        self._values.append(text)

    def made(self, kept: Integers) -> Any:
        import pandas as pd

        return pd.Series([self._values[row] for row in kept.tolist()], dtype=object)


class _Numbers:
    """A column of numbers: each text becomes one by ``convert``."""

    def __init__(self, dtype: str, convert: Callable[[str], Any]) -> None:
        self._dtype, self._convert = dtype, convert
        self._waiting: list[Any] = []
        self._parts: list[Integers] = []

    def add(self, text: str) -> None:
        self._waiting.append(self._convert(text))
        if len(self._waiting) == _CHUNK:
            self._flush()

    def _flush(self) -> None:
        import numpy as np

        self._parts.append(np.array(self._waiting, dtype=self._dtype))
        self._waiting = []

    def made(self, kept: Integers) -> Any:
        import numpy as np

        self._flush()
        return np.concatenate(self._parts)[kept]


def _moment(text: str) -> Any:
    """Return a moment; a text that is no date is empty here, and was told when the file was taken."""
    import numpy as np

    try:
        found = values.moment(text)
    except values.Unreadable:
        found = None
    return np.datetime64(found, "s") if found else np.datetime64("NaT", "s")


def _flag(text: str) -> bool:
    try:
        return values.flag(text)
    except values.Unreadable:
        return False


def _column_for(field: Field) -> _Column:
    match field.kind:
        case Kind.KEY:
            return _Codes()
        case Kind.TEXT:
            return _Texts()
        case Kind.MICRO:
            return _Numbers("int64", values.micro)
        case Kind.INTEGER:
            return _Numbers("int64", values.integer)
        case Kind.FLAG:
            return _Numbers("bool", _flag)
        case Kind.MOMENT:
            return _Numbers("datetime64[s]", _moment)
