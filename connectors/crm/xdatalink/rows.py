"""The rows of one dataset in the order they are sent: rendered a block at a time, taken as many as fit.

A block is rendered by columns (values.py) and kept as a flat list of pieces with the running size of its rows, so that
a part of a message is one join and memory does not grow with the frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from connectors.crm.xdatalink.text import BadValueError, escape, wire_size
from connectors.crm.xdatalink.values import coded, texts
from foundation.errors import Impossible
from mappings.model import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.crm.xdatalink.values import Ints
    from mappings.model import Dataset, WireColumn

BLOCK: Final = 16_384
"""Rows rendered at once: enough to hide the cost of a numpy call, few enough that a block stays a few megabytes."""

NAMING: Final = 3
"""Columns that name a row in an error where the layout tells no keys."""

_SAFE: Final = 2**62


@dataclass(slots=True)
class _Block:
    start: int
    pieces: list[str]  # row by row, one piece a column
    ends: Ints  # running wire size after each row
    micros: dict[str, Ints]


@dataclass(slots=True)
class Taken:
    """Some rows as inner XML: how many, their bytes on the wire, exact sums of their micro columns by field."""

    text: str
    size: int
    count: int
    sums: dict[str, int]


class Rows:
    """The rows of a dataset; ``closing`` ends each row ("" where details follow inside it)."""

    def __init__(
        self, dataset: Dataset, frame: pd.DataFrame, order: Ints | None = None, *, closing: str = "</r>"
    ) -> None:
        self.dataset, self._frame, self._order, self._closing = dataset, frame, order, closing
        self._block = _Block(0, [], np.empty(0, np.int64), {})

    def __len__(self) -> int:
        return len(self._frame)

    def size(self, at: int) -> int:
        """Return the bytes that one row takes on the wire."""
        block = self._at(at)
        inside = at - block.start
        return int(block.ends[inside] - (block.ends[inside - 1] if inside else 0))

    def take(self, start: int, stop: int, room: int | None = None) -> Taken:
        """Return the rows from ``start`` that fit into ``room`` bytes, before ``stop``; None = all of them."""
        found: list[str] = []
        size, at, sums = 0, start, dict[str, int]()
        while at < stop:
            block = self._at(at)
            first, last = at - block.start, min(stop - block.start, len(block.ends))
            before = int(block.ends[first - 1]) if first else 0
            if room is not None:
                last = min(last, int(np.searchsorted(block.ends, before + room - size, side="right")))
            if last <= first:
                break
            width = len(self.dataset.columns)
            found += block.pieces[first * width : last * width]
            size += int(block.ends[last - 1]) - before
            for name, values in block.micros.items():
                sums[name] = sums.get(name, 0) + exact_sum(values[first:last])
            at = block.start + last
        return Taken("".join(found), size, at - start, sums)

    def key(self, at: int) -> str:
        """Return what names a row to a person: its key columns, or its first ones where none is a key."""
        row = self._frame.iloc[at if self._order is None else int(self._order[at])]
        filled = [column for column in self.dataset.columns if column.field]
        keys = [column for column in filled if column.kind is Kind.KEY] or filled[:NAMING]
        return " / ".join(str(row[column.field]) for column in keys)

    def _at(self, at: int) -> _Block:
        block = self._block
        if not block.start <= at < block.start + len(block.ends):
            block = self._block = self._render(at - at % BLOCK)
        return block

    def _render(self, start: int) -> _Block:
        stop = min(start + BLOCK, len(self._frame))
        chosen = np.arange(start, stop) if self._order is None else self._order[start:stop]
        count, columns = stop - start, self.dataset.columns
        pieces: list[str] = [""] * (count * len(columns))
        sizes = np.zeros(count, np.int64)
        micros: dict[str, Ints] = {}
        for number, column in enumerate(columns):
            before = "<r>" if number == 0 else ""
            after = self._closing if number == len(columns) - 1 else ""
            if column.field:
                values = self._frame[column.field].iloc[chosen]
                if column.kind is Kind.MICRO:
                    micros[column.field] = values.to_numpy()
                codes, distinct = coded(values)
            else:
                codes, distinct = np.zeros(count, np.int64), [column.constant]
            try:
                rendered, lengths = _pieces(column, distinct, before, after)
            except BadValueError as bad:
                raise self._impossible(column, start + int(np.argmax(codes == bad.at)), bad) from None
            pieces[number :: len(columns)] = rendered[codes].tolist()
            sizes += lengths[codes]
        return _Block(start, pieces, np.cumsum(sizes), micros)

    def _impossible(self, column: WireColumn, at: int, bad: BadValueError) -> Impossible:
        name, key = f"{self.dataset.name}.{column.name}", self.key(at)
        return Impossible(
            f"Строку «{key}» нельзя отправить: {bad.said} (колонка {name}).",
            en=f"The row “{key}” cannot be sent: {bad.en} (column {name}).",
            todo="Исправьте значение в 1С и повторите обмен.",
            todo_en="Correct the value in 1C and run the exchange again.",
            dataset=self.dataset.name,
            column=column.name,
            key=key,
        )


def _pieces(column: WireColumn, distinct: Sequence[Any], before: str, after: str) -> tuple[Any, Ints]:
    if column.field:
        escaped, lengths = texts(column, distinct)
    else:  # a constant is text, whatever the column's kind
        escaped = [escape(column.constant)]
        lengths = np.array([wire_size(escaped[0])])
    opening, ending, empty = f"{before}<f>", f"</f>{after}", f"{before}<f/>{after}"
    rendered = np.empty(len(escaped), object)
    rendered[:] = [f"{opening}{text}{ending}" if text else empty for text in escaped]
    full, bare = wire_size(opening + ending), wire_size(empty)
    return rendered, np.where(lengths > 0, lengths + full, bare)


def exact_sum(values: Ints) -> int:
    """Return the sum of int64 values beyond the range of int64."""
    if not len(values):
        return 0
    if max(abs(int(values.max())), abs(int(values.min()))) < _SAFE // len(values):
        return int(values.sum())
    return sum(values.tolist())


def places(head: pd.DataFrame, detail: pd.DataFrame, link: Sequence[str]) -> tuple[Ints, bool]:
    """Return for each row of a detail the number of its head's row (-1 = none), and whether heads are all different.

    ``link`` names the columns that both frames share; without one all details belong to the only head.
    """
    if not link:
        return np.zeros(len(detail), np.int64), len(head) == 1
    heads, wanted = np.zeros(len(head), np.int64), np.zeros(len(detail), np.int64)
    for name in link:
        head_codes, head_values = coded(head[name])
        detail_codes, detail_values = coded(detail[name])
        known = {value: code for code, value in enumerate(head_values)}
        codes = np.array([known.get(value, -1) for value in detail_values], np.int64)[detail_codes]
        heads = heads * len(head_values) + head_codes
        wanted = np.where((wanted < 0) | (codes < 0), -1, wanted * len(head_values) + codes)
    index = pd.Index(heads)
    if not index.is_unique:
        return np.full(len(detail), -1), False
    return index.get_indexer(pd.Index(wanted)).astype(np.int64), True
