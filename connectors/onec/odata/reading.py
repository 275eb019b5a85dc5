"""Readings page by page: ordered ``$top/$skip`` with several pages at once, or one after the other by key.

1C has no server paging and no snapshot: rows that appear or vanish while a set is read shift its later pages. With
``$skip`` each page therefore begins one row early, with the last row of the page before; where the two are not the same
row, the base has changed. No order of keys is assumed: 1C sorts references by its own bytes and texts by a collation.

A reading of a tabular section is a reading of its objects: pages, keys and the overlap count objects.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from connectors.onec.odata import words
from connectors.onec.odata.decoding import Columns, Row, Shape
from connectors.onec.odata.faults import without_mark
from connectors.onec.odata.urls import any_of, both, call_path, chunks, entity_path, literal, literal_for, with_options
from connectors.onec.odata.wire import JSON
from foundation.errors import BadAnswer, NotPublished, Retriable, TooLarge
from mappings.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from connectors.onec.odata.address import Paging
    from connectors.onec.odata.faults import Ask
    from connectors.onec.odata.wire import Wire
    from mappings.model import Reading

    Progress = Callable[[int], None]

_ATTEMPTS: Final = 2
"""A base that changes between the pages is read once more; then it is the operator's turn."""

_LINES: Final = 10
"""How many lines an object is taken to have: so many fewer objects make a page of a tabular section."""

_NO_SEGMENT: Final = "6"
"""1C's code for a path of ``$select`` that it does not understand."""


class Moving(Retriable):
    """The base changed between the pages of one reading."""


class Reader:
    """Carries out one reading over a wire; ``paging`` as in :data:`connectors.onec.odata.address.Paging`."""

    def __init__(self, wire: Wire, reading: Reading, *, paging: Paging) -> None:
        self._wire, self._reading = wire, reading
        self._shape = Shape(reading)
        self._select = self._shape.select
        self._by_key = paging == "keyset" and (len(reading.key) == 1 or bool(reading.section))
        self._ask: Ask = wire.ask(entity=reading.entity, function=reading.function)
        self._size = max(1, wire.address.page_rows // (_LINES if reading.section else 1))

    def frame(self, progress: Progress | None = None) -> pd.DataFrame:
        """Read everything into one frame; a base that changed between the pages is read once more."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._frame(progress)
            except Moving:
                continue
        return self._frame(progress)

    def frames(self, progress: Progress | None = None) -> Iterator[pd.DataFrame]:
        """Yield a frame a page; key columns have categories of their own on each. Raises Moving at once."""
        for rows in self.rows(progress):
            columns = Columns(self._reading, self._shape)
            columns.add(rows)
            yield columns.frame()

    def _frame(self, progress: Progress | None) -> pd.DataFrame:
        columns = Columns(self._reading, self._shape)
        for rows in self.rows(progress):
            columns.add(rows)
        return columns.frame()

    def rows(self, progress: Progress | None = None) -> Iterator[list[Row]]:
        """Yield the rows of each page as they are decoded. Raises Moving where the pages do not meet."""
        if not self._reading.key:
            pages = iter([self._fetch()])
        else:
            pages = self._pages_by_key() if self._by_key else self._pages_by_number()
        read = 0
        for rows in pages:
            read += len(rows)
            if progress:
                progress(read)
            yield rows

    def _fetch(self, *, top: int = 0, skip: int = 0, where: str = "") -> list[Row]:
        """Read a page; a base that does not know ``Section/Property`` in ``$select`` is asked for whole sections."""
        try:
            return self._fetch_selected(top, skip, where)
        except NotPublished as error:
            narrow = self._reading.section and self._select == self._shape.select
            if not narrow or error.facts.get("code") != _NO_SEGMENT:
                raise
        self._select = self._shape.select_whole
        return self._fetch_selected(top, skip, where)

    def _fetch_selected(self, top: int, skip: int, where: str) -> list[Row]:
        options: dict[str, str | int] = {
            "$format": JSON,
            "$select": ",".join(self._select),
            "$filter": both(condition(self._reading), where),
            "$orderby": ",".join(self._reading.key),
            "$top": top or "",
            "$skip": skip or "",
        }
        path = with_options(reading_path(self._reading), options)
        rows = self._shape.rows(self._wire.get(path, self._ask), self._ask)
        if top and len(rows) > top:
            raise BadAnswer(**words.no_paging(self._reading.entity), **self._ask.facts)
        return rows

    def _pages_by_key(self) -> Iterator[list[Row]]:
        """One page after the other, each beyond the last key of the one before."""
        rows = self._fetch(top=self._size)
        while len(rows) == self._size:
            yield rows
            last = self._shape.key_of(rows[-1])
            rows = self._fetch(top=self._size, where=self._beyond(last))
            if rows and self._shape.key_of(rows[0]) == last:
                raise BadAnswer(**words.no_paging(self._reading.entity), **self._ask.facts)
        yield rows

    def _beyond(self, last: tuple[Any, ...]) -> str:
        """Return what is behind a key in its order: ``a gt x or a eq x and b gt y``."""
        told = [(source, self._literal(source, value)) for source, value in zip(self._reading.key, last, strict=True)]
        cases = []
        for place, (source, value) in enumerate(told):
            equal = [f"{name} eq {same}" for name, same in told[:place]]
            cases.append(" and ".join([*equal, f"{source} gt {value}"]))
        return cases[0] if len(cases) == 1 else " or ".join(f"({case})" for case in cases)

    def _literal(self, source: str, value: Any) -> str:
        kinds = {field.source: field.kind for field in self._reading.fields}
        if kinds.get(source) is Kind.MOMENT:
            return f"datetime'{value}'"
        numeric = kinds.get(source) in (Kind.INTEGER, Kind.MICRO) or not isinstance(value, str)
        return literal_number(value) if numeric else literal_for(source, value)

    def _pages_by_number(self) -> Iterator[list[Row]]:
        """Several pages at once, in their order. The first comes alone: most sets have no second, and 1C wakes up."""
        before = self._fetch(top=self._size)
        yield before
        if len(before) < self._size:
            return
        with _Ahead(self._page, self._wire.address.connections) as ahead:
            for overlapping in ahead:
                if not overlapping or self._shape.key_of(overlapping[0]) != self._shape.key_of(before[-1]):
                    raise Moving(**words.moving(self._reading.entity), **self._ask.facts)
                before = overlapping
                if len(overlapping) > 1:
                    yield overlapping[1:]
                if len(overlapping) <= self._size:
                    return

    def _page(self, number: int) -> tuple[list[Row], bool]:
        """Return page ``number`` with the row before it, and whether it is the last."""
        rows = self._fetch(top=self._size + 1, skip=self._size * number - 1)
        return rows, len(rows) <= self._size


class _Ahead:
    """Pages 1, 2, 3, … in their order, fetched by ``connections`` threads that keep busy while a page is used.

    Once any page turned out to be the last, none beyond it is asked for.
    """

    def __init__(self, page: Callable[[int], tuple[list[Row], bool]], connections: int) -> None:
        self._page = page
        self._pool = ThreadPoolExecutor(connections, thread_name_prefix="onec")
        self._waiting: deque[Future[list[Row]]] = deque()
        self._window = 2 * connections
        self._next = 1
        self._last: int | None = None

    def __enter__(self) -> Iterator[list[Row]]:
        return self._in_order()

    def __exit__(self, *_: object) -> None:
        self._last = 0
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _in_order(self) -> Iterator[list[Row]]:
        while True:
            while len(self._waiting) < self._window:
                self._waiting.append(self._pool.submit(self._fetch, self._next))
                self._next += 1
            yield self._waiting.popleft().result()

    def _fetch(self, number: int) -> list[Row]:
        if self._last is not None and number > self._last:
            return []
        rows, last = self._page(number)
        if last and (self._last is None or number < self._last):
            self._last = number
        return rows


def condition(reading: Reading) -> str:
    """Return the filter of a reading: its own, and the moment from which on rows are wanted."""
    since = reading.since
    return both(reading.where, f"{since.source} ge {literal(since.moment)}" if since else "")


def reading_path(reading: Reading) -> str:
    """Return the path of a reading's set or virtual table."""
    if reading.function:
        return call_path(reading.entity, reading.function, reading.arguments)
    return entity_path(reading.entity)


def literal_number(value: Any) -> str:
    """Return a number of an answer (Int64 comes as a string) as a literal."""
    return value if isinstance(value, str) else literal(value)


def read_any(wire: Wire, reading: Reading, source: str, keys: Sequence[str], *, paging: Paging) -> pd.DataFrame:
    """Read the rows whose property ``source`` is one of ``keys``, by filters that fit a URL, halved on HTTP 414."""
    unique = list(dict.fromkeys(keys))
    columns = Columns(reading, Shape(reading))
    waiting = deque(chunks(unique))
    while waiting:
        some = waiting.popleft()
        part = replace(reading, where=both(reading.where, any_of(source, some)))
        reader = Reader(wire, part, paging=paging)
        try:
            pages = list(reader.rows())
        except TooLarge:
            if len(some) == 1:
                raise
            half = len(some) // 2
            waiting.extendleft((some[half:], some[:half]))
            continue
        for rows in pages:
            columns.add(rows)
    return columns.frame()


def count(wire: Wire, reading: Reading) -> int:
    """Return how many rows (of a section: objects) a reading of a set has, by ``/$count``; virtual tables have none."""
    path = with_options(reading_path(reading) + "/$count", {"$filter": condition(reading)})
    ask = wire.ask(entity=reading.entity, function=reading.function)
    text = without_mark(wire.get(path, ask)).strip()
    if not text.isdigit():
        raise BadAnswer(**words.half(ask.root, "$count"), **ask.facts)
    return int(text)
