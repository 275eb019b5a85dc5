"""What came of each dataset, and the frames that it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from connectors.crm.xdatalink.reading import Cells
from connectors.crm.xdatalink.rows import places
from connectors.crm.xdatalink.shape import link_of, walk
from connectors.crm.xdatalink.verdict import untrusted

if TYPE_CHECKING:
    from connectors.crm.xdatalink.values import Ints
    from mappings.model import Dataset, Scheme

HEAD: Final = "head"
"""The column of a detail that holds the number of its head's row."""

_SHOWN: Final = 40


@dataclass(slots=True)
class Came:
    """A dataset as the answer's schema declares it, and the cells that have been read."""

    name: str
    cells: list[Cells]
    parent: Came | None
    details: list[Came] = field(default_factory=list)
    waiting: list[str | None] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    rows: int = 0

    def __post_init__(self) -> None:
        if self.parent:
            self.parent.details.append(self)

    @property
    def names(self) -> set[str]:
        """Its columns by the answer's names."""
        return {cells.column.name for cells in self.cells}

    def add(self, texts: list[str | None], *, inside: bool) -> None:
        """Take a row at its end; ``inside`` tells that it stands in a row of its head, which ends later."""
        if len(texts) != len(self.cells):
            raise untrusted(
                f"строка {self.rows + 1} набора {self.name} имеет значений {len(texts)} вместо {len(self.cells)}",
                f"row {self.rows + 1} of {self.name} has {len(texts)} values instead of {len(self.cells)}",
                dataset=self.name,
            )
        self.waiting += texts
        for detail in self.details:
            detail.heads += [self.rows] * (detail.rows - len(detail.heads))
        self.rows += 1
        if not inside:
            self.heads.append(-1)

    def flush(self) -> None:
        """Turn the cells that wait into values."""
        width = len(self.cells)
        for number, cells in enumerate(self.cells):
            try:
                cells.add(self.waiting[number::width])
            except ValueError as error:
                shown, name = str(error), f"{self.name}.{cells.column.name}"
                shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"
                raise untrusted(
                    f"значение «{shown}» не подходит для колонки {name}",
                    f"the value “{shown}” does not fit the column {name}",
                    dataset=self.name,
                    column=cells.column.name,
                ) from None
        self.waiting.clear()


def framed(scheme: Scheme, came: dict[str, Came]) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the frames by dataset, and the columns of the scheme that did not come."""
    missing: list[str] = []
    tables = {dataset.name: _frame(dataset, came.get(dataset.name), missing) for dataset, _ in walk(scheme)}
    tables |= {name: _foreign(each) for name, each in came.items() if name not in tables}
    for detail, head in walk(scheme):
        if head is not None:
            found = came.get(detail.name)
            _tie(tables, detail.name, head.name, link_of(detail, head), found)
    for name, each in came.items():
        if each.parent is not None and HEAD not in tables[name]:
            _tie(tables, name, each.parent.name, (), each)
    return tables, missing


def _frame(dataset: Dataset, came: Came | None, missing: list[str]) -> pd.DataFrame:
    rows = came.rows if came else 0
    there = {cells.column.name: cells for cells in came.cells} if came else {}
    columns: dict[str, pd.Series[Any]] = {}
    for column in dataset.columns:
        cells = there.pop(column.name, None)
        if cells is None:
            missing.append(f"{dataset.name}.{column.name}")
            cells = Cells(column)
            cells.add([None] * rows)
        columns[column.field or column.name] = cells.series()
    for name, cells in there.items():
        columns[name if name not in columns else f"{name}*"] = cells.series()
    return pd.DataFrame(columns)


def _foreign(came: Came) -> pd.DataFrame:
    return pd.DataFrame({cells.column.name: cells.series() for cells in came.cells})


def _tie(tables: dict[str, pd.DataFrame], detail: str, head: str, link: tuple[str, ...], came: Came | None) -> None:
    """Give a detail its head's link columns and the numbers of its head's rows, by nesting or else by the link."""
    frame, heads = tables[detail], tables[head]
    nested = came is not None and came.parent is not None and came.parent.name == head and -1 not in came.heads
    if came is not None and nested:
        at: Ints = np.array(came.heads, np.int64)
    else:
        at = _by_link(heads, frame, link)
    for name in link:
        if name in heads and (nested or name not in frame):
            whole = heads[name] if len(heads) else heads[name].reindex([])
            frame[name] = whole.iloc[at].reset_index(drop=True) if (at >= 0).all() else None
    frame[HEAD] = at


def _by_link(heads: pd.DataFrame, frame: pd.DataFrame, link: tuple[str, ...]) -> Ints:
    if not all(name in heads and name in frame for name in link):
        return np.full(len(frame), -1, np.int64)
    at, unique = places(heads, frame, link)
    return at if unique else np.full(len(frame), -1, np.int64)
