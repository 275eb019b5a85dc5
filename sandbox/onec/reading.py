"""Carrying out a query: rows in order, filtered, cut to a page. Steps are remembered by the store's version.

Page 17 of a query is a slice of the list that page 1 has made: the list is kept until something is written.
"""

from __future__ import annotations

import random
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from sandbox.onec.errors import Refusal, not_allowed_here
from sandbox.onec.query.compiler import compile_filter
from sandbox.onec.query.paths import resolve
from sandbox.onec.query.syntax import parse_filter, properties_named
from sandbox.onec.values import Kind, stored_order
from sandbox.onec.virtual import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sandbox.onec.query.options import Options
    from sandbox.onec.query.paths import Value
    from sandbox.onec.schema import EntitySet
    from sandbox.onec.store import Store
    from sandbox.onec.values import Row

_REMEMBERED: Final = 48


class _Entry:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rows: list[Row] | None = None


class Memory:
    """The last results by key; of several threads that want the same one, one makes it and the others wait."""

    def __init__(self, size: int = _REMEMBERED) -> None:
        self._size, self._lock = size, threading.Lock()
        self._entries: OrderedDict[Any, _Entry] = OrderedDict()

    def get(self, key: Any, make: Callable[[], list[Row]]) -> list[Row]:
        """Return what was made under this key, or make it; a refusal is not remembered."""
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)
        with entry.lock:
            if entry.rows is None:
                entry.rows = make()
            return entry.rows


class Reader:
    """Runs queries over one store. ``shuffle`` gives lists without an order in another order each time."""

    def __init__(self, store: Store, *, shuffle: bool = False) -> None:
        self._store, self._shuffle = store, shuffle
        self._memory = Memory()
        self._dice = random.Random(1)

    def set_source(self, entities: EntitySet) -> Source:
        """Return a set as a source of rows."""
        return Source(entities.shape, ("set", entities.name), lambda: self._store.all_rows(entities))

    def matching(self, source: Source, options: Options) -> list[Row]:
        """Return all rows that the filter keeps, in the order asked for."""
        version, key = self._store.version, source.key
        rows = self._memory.get((version, *key), source.load)
        if options.orderby:
            key = (*key, options.orderby)
            plain = rows
            rows = self._memory.get((version, *key), lambda: self._sorted(source, plain, options))
        elif self._shuffle:
            rows = self._dice.sample(rows, len(rows))
            key = (*key, self._dice.random())
        if options.filter:
            holds = self._filter(source, options.filter)
            ordered = rows
            rows = self._memory.get((version, *key, options.filter), lambda: list(filter(holds, ordered)))
        return rows

    def page(self, source: Source, options: Options, *, paging: bool) -> tuple[list[Row], int]:
        """Return the rows of a page and how many there are without paging."""
        rows = self.matching(source, options)
        if not paging:
            return rows, len(rows)
        end = None if options.top is None else options.skip + options.top
        return rows[options.skip : end], len(rows)

    def _filter(self, source: Source, text: str) -> Callable[[Row], Any]:
        tree = parse_filter(text)
        key = set(source.shape.key)
        if "LineNumber" in key and key <= properties_named(tree):
            # One row of a section or of a record set cannot be asked for by its whole key in a filter.
            raise not_allowed_here()
        return compile_filter(tree, source.shape, self._store)

    def _sorted(self, source: Source, rows: list[Row], options: Options) -> list[Row]:
        ordered = rows
        for path, descending in reversed(options.orderby):
            value = resolve(source.shape, path, self._store)
            ordered = sorted(ordered, key=_sort_key(value, by_storage=self._store.stored_order), reverse=descending)
        return ordered


def _sort_key(value: Value, *, by_storage: bool) -> Callable[[Row], Any]:
    get = value.get
    if value.kind is Kind.ROWS:
        raise Refusal(400, "14", "Ошибка при разборе опции запроса $orderby")
    if value.kind is Kind.PAIR:
        return lambda row: ("", "") if (pair := get(row)) is None else (pair[1], pair[0])
    if value.kind is Kind.GUID and by_storage:
        return lambda row: "" if (guid := get(row)) is None else stored_order(guid)
    if value.nullable:
        return lambda row: (False,) if (known := get(row)) is None else (True, known)
    return get


def check_rights(rows: list[Row], hidden: Collection[str], *, allowed_only: bool) -> list[Row]:
    """Leave out rows that the user may not see where ``allowedOnly`` asks for it; otherwise refuse all with code 20."""
    if not hidden:
        return rows
    seen = [row for row in rows if row[0] not in hidden]
    if len(seen) < len(rows) and not allowed_only:
        raise Refusal(401, "20", "Недостаточно прав доступа")
    return seen
