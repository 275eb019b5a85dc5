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
from connectors.onec.v77.sources import OWN, Form, Planner
from connectors.onec.v77.values import Unfit
from connectors.onec.v77.where import Condition, conditions
from foundation.errors import BadAnswer, Impossible
from mappings.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    import pandas as pd

    from connectors.onec.v77.columns import Growing
    from connectors.onec.v77.dbf import Block, Cells, CodePage, Column
    from connectors.onec.v77.names import Names
    from connectors.onec.v77.snapshot import Folder
    from connectors.onec.v77.sources import Plan, Source
    from mappings.model import Field, Reading

    Array = np.ndarray[Any, Any]

log = logging.getLogger(__name__)

SIGNS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def planned(planner: Planner, reading: Reading) -> Plan | None:
    """Return the plan of a reading: its fields, its key and what its condition compares."""
    asked = [field.source for field in reading.fields]
    return planner.plan([*asked, *reading.key, *(each.source for each in conditions(reading.where))])


class Tables:
    """A plan's tables in a snapshot's folder, open for one reading."""

    def __init__(self, plan: Plan, folder: Folder, code_page: CodePage) -> None:
        self.plan = plan
        self._dbf = {name: Dbf(folder.file(f"{name}.DBF"), code_page=code_page) for name in plan.tables}
        self._lookups: dict[str, Lookup] = {}
        self._texts: dict[str, LongTexts] = {}
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
    """One reading over its tables."""

    def __init__(self, reading: Reading, tables: Tables, code_page: CodePage, names: Names) -> None:
        self._reading, self._tables = reading, tables
        self._conversions = Conversions(code_page, names.of_kind)
        self._conditions = conditions(reading.where)
        self._sources = tables.plan.sources

    def frame(self, progress: Callable[[int], None] | None = None) -> pd.DataFrame:
        """Return the frame; raises Impossible and BadAnswer with the entity, the source and the row's key."""
        import pandas as pd

        columns = [(field, self._growing(field)) for field in self._reading.fields]
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
            yield kept(part, self._conditions, self._sources, self._tables.columns, self._conversions)

    def _growing(self, field: Field) -> Growing:
        source = self._sources[field.source]
        if source.form is Form.TEXT:
            return _LongTextColumn()
        return self._conversions.growing(field.kind, source.form, self._tables.columns(source))

    def _add(self, field: Field, column: Growing, part: Part) -> None:
        source = self._sources[field.source]
        if isinstance(column, _LongTextColumn):
            column.extend(part.texts(source))
            return
        try:
            column.add(part.cells(source))
        except Unfit as unfit:
            raise self._told(field.source, part, unfit) from None

    def _told(self, source: str, part: Part, unfit: Unfit) -> Exception:
        key = ", ".join(self._key(part, each, unfit.at) for each in self._reading.key)
        facts: dict[str, Any] = {"entity": self._reading.entity, "key": key, "property": source}
        if unfit.exact:
            return Impossible(**words.not_exact(self._reading.entity, source, key, unfit.text), **facts)
        return BadAnswer(**words.unfit(self._reading.entity, source, key, unfit.text), **facts)

    def _key(self, part: Part, source: str, at: int) -> str:
        cell: bytes = part.cells(self._sources[source])[0][at]
        return key_of(cell.decode("cp1251", "replace")) if self._sources[source].form is Form.PLAIN else cell.decode()


class _LongTextColumn:
    """Long strings, which come as texts already."""

    def __init__(self) -> None:
        self._values: list[str] = []

    def add(self, cells: Sequence[Cells]) -> None:
        """There are no cells."""
        raise NotImplementedError

    def extend(self, texts: Iterable[str]) -> None:
        """Take a block's texts over."""
        self._values.extend(texts)

    def made(self) -> Any:
        """Return the series."""
        import pandas as pd

        return pd.Series(self._values, dtype=object)


def kept(
    part: Part,
    asked: Sequence[Condition],
    sources: dict[str, Source],
    columns: Callable[[Source], list[Column]],
    conversions: Conversions,
) -> Part:
    """Return the rows of a part that all conditions keep."""
    for condition in asked:
        source = sources[condition.source]
        described, cells = columns(source), part.cells(source)
        mask = _compared(condition, source.form, described, cells, conversions)
        part = part.kept(mask)
    return part


def _compared(
    condition: Condition, form: Form, columns: list[Column], cells: list[Cells], conversions: Conversions
) -> Array:
    """Return which rows a condition keeps; a text is compared with the key too, a row without a value is kept by <>."""
    import numpy as np

    compare = SIGNS[condition.sign]
    kinds = [Kind.KEY, Kind.TEXT] if condition.kind is Kind.TEXT else [condition.kind]
    masks = []
    for kind in kinds:
        found = conversions.values(kind, form, columns)(cells)
        if kind is Kind.MOMENT:
            masks.append(compare(found, np.datetime64(condition.value, "s")))
        elif kind in (Kind.KEY, Kind.TEXT):
            masks.append(np.fromiter((compare(each, condition.value) for each in found), np.bool_, len(found)))
        else:
            masks.append(compare(found, condition.value))
    if len(masks) == 1:
        return np.asarray(masks[0])
    return np.asarray(masks[0] & masks[1] if condition.sign == "<>" else masks[0] | masks[1])
