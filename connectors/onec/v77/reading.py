"""Readings carried out: the blocks of an entity's table, joined, filtered, turned into a frame."""

from __future__ import annotations

import logging
import operator
from typing import TYPE_CHECKING, Any, Final

from connectors.onec.v77 import words
from connectors.onec.v77.columns import Conversions
from connectors.onec.v77.dbf import Dbf
from connectors.onec.v77.ids import key_of
from connectors.onec.v77.joins import LongTexts, Lookup, identities
from connectors.onec.v77.plan import OWN, Form
from connectors.onec.v77.values import Unfit
from connectors.onec.v77.where import conditions
from foundation.errors import BadAnswer, Fault, Faults, Impossible
from mappings.model import MICRO, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    import pandas as pd

    from connectors.onec.v77.columns import Growing
    from connectors.onec.v77.dbf import Block, Cells, CodePage, Column
    from connectors.onec.v77.names import Names
    from connectors.onec.v77.plan import Plan, Source
    from connectors.onec.v77.request import Request
    from connectors.onec.v77.snapshot import Folder
    from connectors.onec.v77.where import Condition
    from mappings.model import Field

    Array = np.ndarray[Any, Any]

log = logging.getLogger(__name__)

SIGNS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda value, values: value in values,
}


class Tables:
    """A plan's tables in a snapshot's folder, open for one reading."""

    def __init__(self, plan: Plan, folder: Folder, code_page: CodePage) -> None:
        self.plan = plan
        self._dbf = {name: Dbf(folder.file(f"{name}.DBF"), code_page=code_page) for name in plan.tables}
        self._lookups: dict[str, Lookup] = {}
        self._texts: dict[str, LongTexts] = {}
        self._dbf[plan.table].known(plan.columns(OWN))
        for name, join in plan.joins.items():
            dbf = self._dbf[join.table]
            if any(source.form is Form.TEXT and source.join == name for source in plan.sources.values()):
                self._texts[name] = LongTexts(dbf, join)
            else:
                self._lookups[name] = Lookup(dbf, join, plan.columns(name))

    def columns(self, source: Source) -> list[Column]:
        """Return how the file describes a source's columns."""
        table = self.plan.joins[source.join].table if source.join else self.plan.table
        return [self._dbf[table].columns[name] for name in source.columns]

    def parts(self) -> Iterator[Part]:
        """Yield the entity's rows block by block, without those that the journal does not know."""
        orphans = 0
        needed = self.plan.columns(OWN) or list(self._dbf[self.plan.table].columns)[:1]
        for block in self._dbf[self.plan.table].blocks(needed):
            part = Part(self, block)
            for name, join in self.plan.joins.items():
                if join.required:
                    found = part.found(name)
                    orphans += int(len(found) - found.sum())
                    part = part if found.all() else Part(self, block[found])
            yield part
        if orphans:
            log.warning("%s: строк без документа в журнале: %d, пропущены", self.plan.entity, orphans)

    def lookup(self, join: str) -> Lookup:
        """Return a join's rows."""
        return self._lookups[join]

    def long_texts(self, join: str) -> LongTexts:
        """Return a join's long strings."""
        return self._texts[join]


class Part:
    """Some rows of the entity with their joins; ``block`` is what its own table has of them."""

    def __init__(self, tables: Tables, block: Block) -> None:
        self._tables, self.block = tables, block
        self._places: dict[str, tuple[Array, Array]] = {}

    def __len__(self) -> int:
        return len(self.block)

    def cells(self, source: Source) -> list[Cells]:
        """Return the cells of a source's columns."""
        if not source.join:
            return [self.block[name] for name in source.columns]
        positions, found = self._positions(source.join)
        lookup = self._tables.lookup(source.join)
        return [lookup.take(name, positions, found) for name in source.columns]

    def texts(self, source: Source) -> list[str]:
        """Return the long strings of a source."""
        by = self.cells(self._tables.plan.joins[source.join].by)[0]
        return self._tables.long_texts(source.join).take(by)

    def found(self, join: str) -> Array:
        """Return which rows have one in a join."""
        return self._positions(join)[1]

    def kept(self, mask: Array) -> Part:
        """Return the rows that a mask keeps."""
        return self if mask.all() else Part(self._tables, self.block[mask])

    def _positions(self, join: str) -> tuple[Array, Array]:
        if join not in self._places:
            by = self._tables.plan.joins[join].by
            cells = identities(self.cells(by)[0], history=by.form is Form.HISTORY)
            self._places[join] = self._tables.lookup(join).positions(cells)
        return self._places[join]


class Reader:
    """One request over its tables."""

    def __init__(self, request: Request, tables: Tables, code_page: CodePage, names: Names) -> None:
        self._request, self._tables = request, tables
        self._conversions = Conversions(code_page, names.of_kind)
        self._sources = tables.plan.sources

    def frame(self, progress: Callable[[int], None] | None = None) -> pd.DataFrame:
        """Return the frame; raises Impossible and BadAnswer with the entity, the source and the row's key."""
        import pandas as pd

        columns = [(field, FieldColumn(field, self._tables, self._conversions)) for field in self._request.fields]
        read = 0
        for part in self.parts():
            for field, column in columns:
                self._add(field, column, part)
            read += len(part)
            if progress:
                progress(read)
        return pd.DataFrame({field.column: column.made() for field, column in columns}, copy=False)

    def parts(self) -> Iterator[Part]:
        """Yield the rows that the condition keeps."""
        for part in self._tables.parts():
            yield kept(part, self._request.conditions, self._sources, self._tables.columns, self._conversions)

    def _add(self, field: Field, column: FieldColumn, part: Part) -> None:
        try:
            column.add(part)
        except Unfit as unfit:
            raise self._told(field.source, part, unfit) from None

    def _told(self, source: str, part: Part, unfit: Unfit) -> Exception:
        key = ", ".join(self._key(part, each, unfit.at) for each in self._request.key)
        facts: dict[str, Any] = {"entity": self._request.entity, "key": key, "property": source}
        if unfit.exact:
            return Impossible(**words.not_exact(self._request.entity, source, key, unfit.text), **facts)
        return BadAnswer(**words.unfit(self._request.entity, source, key, unfit.text), **facts)

    def _key(self, part: Part, source: str, at: int) -> str:
        cell: bytes = part.cells(self._sources[source])[0][at]
        return key_of(cell.decode("cp1251", "replace")) if self._sources[source].form is Form.PLAIN else cell.decode()


class FieldColumn:
    """A field's column as it grows part by part. Raises Faults for a constant that is not of the field's kind."""

    def __init__(self, field: Field, tables: Tables, conversions: Conversions) -> None:
        self._source = tables.plan.sources[field.source]
        self._kind, self._rows, self._texts = field.kind, 0, list[str]()
        self._growing: Growing | None = None
        match self._source.form:
            case Form.CONSTANT:
                self._value = constant_of(field, self._source.value)
            case Form.TEXT:
                pass
            case form:
                self._growing = conversions.growing(field.kind, form, tables.columns(self._source))

    def add(self, part: Part) -> None:
        """Take a part's rows over; raises Unfit."""
        self._rows += len(part)
        if not len(part):
            return
        if self._growing is not None:
            self._growing.add(part.cells(self._source))
        elif self._source.form is Form.TEXT:
            self._texts.extend(part.texts(self._source))

    def made(self) -> Any:
        """Return the column for the frame."""
        import pandas as pd

        if self._growing is not None:
            return self._growing.made()
        if self._source.form is Form.TEXT:
            return pd.Series(self._texts, dtype=object)
        if self._kind is Kind.KEY:
            return pd.Categorical.from_codes([0] * self._rows, pd.Index([self._value], dtype=object))
        dtypes: dict[Kind, Any] = {Kind.TEXT: object, Kind.FLAG: "bool", Kind.MOMENT: "datetime64[s]"}
        return pd.Series([self._value] * self._rows, dtype=dtypes.get(self._kind, "int64"))


def constant_of(field: Field, text: str) -> Any:
    """Return a constant's value for the field's kind; raises Faults where it is not of that kind."""
    import numpy as np

    found = conditions(f"x = {text}")
    value: Any = found[0].value
    match field.kind, found[0].kind if len(found) == 1 else None:
        case (Kind.KEY | Kind.TEXT, Kind.TEXT) | (Kind.FLAG, Kind.FLAG) | (Kind.MICRO, Kind.MICRO):
            return value
        case Kind.INTEGER, Kind.MICRO if value % MICRO == 0:
            return value // MICRO
        case Kind.MOMENT, Kind.MOMENT:
            return np.datetime64(value, "s")
    raise Faults(**words.bad_condition(field.source), faults=[Fault(field.column, "не того вида", "of another kind")])


def kept(
    part: Part,
    asked: Sequence[Condition],
    sources: dict[str, Source],
    columns: Callable[[Source], list[Column]],
    conversions: Conversions,
) -> Part:
    """Return the rows of a part that all conditions keep."""
    for condition in asked:
        part = part.kept(_compared(condition, sources[condition.source], part, columns, conversions))
    return part


def _compared(
    condition: Condition,
    source: Source,
    part: Part,
    columns: Callable[[Source], list[Column]],
    conversions: Conversions,
) -> Array:
    """Return which rows a condition keeps; a text is compared with what a cell says and with the key it stands for."""
    import numpy as np

    compare = SIGNS[condition.sign]
    if source.form is Form.CONSTANT:
        value = conditions(f"x = {source.value}")[0].value
        return np.full(len(part), bool(compare(value, condition.value)))
    if source.form is Form.TEXT:
        return _each(compare, part.texts(source), condition.value)
    described, cells = columns(source), part.cells(source)
    if condition.kind is Kind.MOMENT:
        found = conversions.values(Kind.MOMENT, source.form, described)(cells)
        return np.asarray(compare(found, np.datetime64(condition.value, "s")))
    if condition.kind is not Kind.TEXT:
        return np.asarray(compare(conversions.values(condition.kind, source.form, described)(cells), condition.value))
    texts, keys = (conversions.values(kind, source.form, described)(cells) for kind in (Kind.TEXT, Kind.KEY))
    one, other = _each(compare, texts, condition.value), _each(compare, keys, condition.value)
    return one & other if condition.sign == "<>" else one | other


def _each(compare: Callable[[Any, Any], Any], values: Sequence[str], value: Any) -> Array:
    import numpy as np

    return np.fromiter((compare(each, value) for each in values), np.bool_, len(values))
