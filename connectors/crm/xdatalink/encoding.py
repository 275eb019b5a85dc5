"""Frames into messages: the document of one scheme, in as many parts as the cap asks for.

Rows are poured into the slots of the document (tree.py) dataset by dataset. When the next row would pass the cap, what
is open is closed, the part is given out, and the next one opens with the same heads and goes on with the next row. So
every row is in exactly one part, while heads and parameters are repeated for the rows that they carry.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from connectors.crm.xdatalink.limits import CAP, ENVELOPE_BYTES
from connectors.crm.xdatalink.shape import check
from connectors.crm.xdatalink.text import BadValueError, attribute, wire_size
from connectors.crm.xdatalink.tree import Node, Tree
from foundation.errors import Impossible, TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from connectors.crm.xdatalink.rows import Taken
    from mappings.model import Dataset, Scheme

_PROLOG: Final = '<?xml version="1.0" encoding="windows-1251"?>'
_TAIL: Final = "</o></data></scheme></extdata>"


@dataclass(frozen=True, slots=True)
class Encoded:
    """One message.

    ``wire_bytes`` is the size of the whole SOAP request as it leaves: the payload escaped, UTF-8, the envelope of the
    larger of the two SOAP versions. ``part`` counts from 1. ``counts`` are the rows by dataset, each row once in all
    parts (a repeated head counts in its first part, parameters never); ``rows`` is their sum over datasets that have
    no details. ``sums`` are exact sums in millionths by ``dataset.field`` over the rows that ``counts`` counts.
    """

    body: str = field(repr=False)
    wire_bytes: int
    rows: int
    part: int
    sums: dict[str, int]
    counts: dict[str, int]


def encode(
    scheme: Scheme,
    user: str,
    tables: Mapping[str, pd.DataFrame],
    *,
    cap: int = CAP,
    attributes: Mapping[str, str] | None = None,
) -> Iterator[Encoded]:
    """Yield the messages of one scheme, at least one, each within ``cap`` bytes on the wire.

    ``tables`` holds a frame for each dataset by name, with the columns that its WireColumns name as ``field`` and those
    of the ``link`` to its head; a dataset with constants needs none and has one row then. ``user`` is the database
    code; ``attributes`` are further attributes of the root. A get scheme makes a request without data.

    Raises Faults (frames and scheme do not fit together), Impossible (a value that cannot travel), TooLarge (one row
    passes the cap). Source: reference xdatalink, "Envelope", rules 1 and 8.
    """
    root = {"user": user, **(attributes or {})}
    try:
        said = "".join(f' {name}="{attribute(value)}"' for name, value in root.items())
    except BadValueError as bad:
        raise Impossible(
            f"Код базы данных или атрибут запроса нельзя отправить: {bad.said}.",
            en=f"The database code or an attribute of the request cannot be sent: {bad.en}.",
            todo="Введите код базы данных заново в настройках связи.",
            todo_en="Enter the database code anew in the link's settings.",
        ) from None
    opening = f'{_PROLOG}<extdata{said}><scheme name="{attribute(scheme.name)}" request="{scheme.request}"'
    if scheme.request == "get":
        body = f"{opening}/></extdata>"
        return iter([Encoded(body, wire_size(body) + ENVELOPE_BYTES, 0, 1, {}, {})])
    check(scheme, tables)
    columns = "".join(_described(dataset) for dataset in scheme.datasets)
    return _Message(f"{opening}><data><s>{columns}</s><o>", Tree(scheme, tables), cap).parts()


def _described(dataset: Dataset) -> str:
    # DateTime is our name for a Date with its time: the service has been seen to know Date only.
    columns = "".join(
        f'<f name="{attribute(column.name)}" type="{"Date" if column.type == "DateTime" else column.type}"/>'
        for column in dataset.columns
    )
    details = "".join(_described(detail) for detail in dataset.details)
    start = _begun(dataset)
    return f"{start}{columns}{details}</d>" if dataset.nested else f"{start}{columns}</d>{details}"


def _begun(dataset: Dataset) -> str:
    return f'<d name="{attribute(dataset.name)}">'


@dataclass(slots=True)
class _Open:
    """Something open in a part, closed at its end and opened again in the next: a head's row or a nested dataset."""

    slot: int
    ending: str
    text: str = ""
    row: tuple[Node, int] | None = None

    def said(self, part: int) -> str:
        if self.row is None:
            return self.text
        node, at = self.row
        return node.rows(part).take(at, at + 1).text


@dataclass(slots=True)
class _Part:
    """The part that is being filled; ``size`` is what it would be on the wire, were all that is open closed now."""

    number: int
    size: int
    slots: list[list[str]]
    fresh: bool = True
    sums: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    rows: int = 0


class _Message:
    def __init__(self, opening: str, tree: Tree, cap: int) -> None:
        self._opening, self._tree, self._cap = opening, tree, cap
        self._open: list[_Open] = []
        self._pinned: Node | None = None
        self._part = self._begin(1)

    def parts(self) -> Iterator[Encoded]:
        for node in self._tree.poured:
            yield from self._pour(node, 0, len(node.first))
            if self._tree.marks(node):
                self._pinned = node
        yield self._done()

    def _pour(self, node: Node, start: int, stop: int) -> Iterator[Encoded]:
        if not node.details:
            yield from self._pour_rows(node, start, stop)
            return
        for at in range(start, stop):
            yield from self._make_room(node, at)
            self._enter(_Open(node.slot, node.ending, row=(node, at)))
            self._count(node, node.first.take(at, at + 1))
            for detail in node.details:
                first, last = int(detail.starts[at]), int(detail.starts[at + 1])
                if first == last:
                    continue
                yield from self._make_room(detail, first, _wrapped(detail))
                if detail.nested:
                    self._enter(_Open(detail.slot, "</d>", _begun(detail.dataset)))
                yield from self._pour(detail, first, last)
                if detail.nested:
                    self._leave()
            self._leave()

    def _pour_rows(self, node: Node, start: int, stop: int) -> Iterator[Encoded]:
        while start < stop:
            taken = node.rows(self._part.number).take(start, stop, self._cap - self._part.size)
            if not taken.count:
                yield self._next(node, start)
                continue
            self._put(node.slot, taken.text, taken.size)
            self._count(node, taken)
            start += taken.count

    def _make_room(self, node: Node, at: int, more: int = 0) -> Iterator[Encoded]:
        """Begin a new part where a row would stand alone here, without the first of its details."""
        while self._part.size + more + self._need(node, at) > self._cap:
            yield self._next(node, at)

    def _need(self, node: Node, at: int) -> int:
        size = node.rows(self._part.number).size(at) + wire_size(node.ending)
        for detail in node.details:
            first, last = int(detail.starts[at]), int(detail.starts[at + 1])
            if first < last:
                return size + _wrapped(detail) + self._need(detail, first)
        return size

    def _enter(self, opened: _Open) -> None:
        text = opened.said(self._part.number)
        self._put(opened.slot, text, wire_size(text) + wire_size(opened.ending))
        self._open.append(opened)

    def _leave(self) -> None:
        opened = self._open.pop()
        self._part.slots[opened.slot].append(opened.ending)

    def _put(self, slot: int, text: str, size: int) -> None:
        self._part.slots[slot].append(text)
        self._part.size += size
        self._part.fresh = False

    def _count(self, node: Node, taken: Taken) -> None:
        if self._tree.marks(node):
            return
        part, name = self._part, node.dataset.name
        part.counts[name] = part.counts.get(name, 0) + taken.count
        for column, total in taken.sums.items():
            part.sums[f"{name}.{column}"] = part.sums.get(f"{name}.{column}", 0) + total
        if not node.details:
            part.rows += taken.count

    def _begin(self, number: int) -> _Part:
        part = self._part = _Part(number, ENVELOPE_BYTES, [[] for _ in self._tree.slots])
        part.size += wire_size(self._opening) + wire_size(_TAIL)
        part.size += sum(wire_size(_begun(dataset)) + wire_size("</d>") for dataset in self._tree.slots)
        for node in self._tree.repeated:
            whole = node.rows(number).take(0, len(node.first))
            self._put(node.slot, whole.text, whole.size)
        if self._pinned is not None:
            bare = self._pinned.rows(number).take(0, 1).text + self._pinned.ending
            self._put(self._pinned.slot, bare, wire_size(bare))
        opened, self._open = self._open, []
        for each in opened:
            self._enter(each)
        part.fresh = True
        return part

    def _next(self, node: Node, at: int) -> Encoded:
        if self._part.fresh:
            raise self._too_large(node, at)
        done = self._done()
        self._begin(self._part.number + 1)
        return done

    def _done(self) -> Encoded:
        part = self._part
        if part.size > self._cap:
            raise self._too_large(None, 0)
        for opened in reversed(self._open):
            part.slots[opened.slot].append(opened.ending)
        filled = zip(self._tree.slots, part.slots, strict=True)
        datasets = [piece for dataset, slot in filled for piece in (_begun(dataset), *slot, "</d>")]
        body = "".join([self._opening, *datasets, _TAIL])
        return Encoded(body, part.size, part.rows, part.number, part.sums, part.counts)

    def _too_large(self, node: Node | None, at: int) -> TooLarge:
        what, what_en = "Параметры сообщения", "The message's parameters"
        if node is not None:
            key = node.first.key(at)
            what, what_en = f"Строка «{key}» набора {node.dataset.name}", f"The row “{key}” of {node.dataset.name}"
        return TooLarge(
            f"{what} не помещается в одно сообщение: предел {self._cap} байт.",
            en=f"{what_en} does not fit one message: the limit is {self._cap} bytes.",
            todo="Увеличьте в настройках связи предел сообщения, если сервис производителя принимает больше.",
            todo_en="Raise the message limit in the link's settings, if the manufacturer's service takes more.",
            cap=self._cap,
            dataset=node.dataset.name if node else None,
        )


def _wrapped(node: Node) -> int:
    """Return the bytes of what opens and closes a nested dataset inside a row."""
    return wire_size(_begun(node.dataset)) + wire_size("</d>") if node.nested else 0
