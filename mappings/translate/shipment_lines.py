"""Lines of shipments of every kind laid end to end, and the documents that they stand in, as columns.

Frames come from readings of different sets, each with categories of its own. A document's head is taken once, from
the first of its lines; whatever belongs to a line is an array over all lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Numbers = np.ndarray[Any, np.dtype[Any]]

_MICROS: Final = ("quantity", "packages", "price", "amount", "vat")


@dataclass(slots=True)
class Key:
    """A key column: ``codes`` point into ``names``, where ``""`` is the empty key."""

    codes: Numbers
    names: list[str]

    def mapped(self, values: Mapping[str, int], default: int = -1) -> Numbers:
        """Return for each row what its name stands for."""
        each = np.fromiter((values.get(name, default) for name in self.names), np.int64, len(self.names))
        mapped: Numbers = each[self.codes]
        return mapped

    def empty(self) -> Numbers:
        """Return where the key is empty."""
        blank = np.fromiter((not name for name in self.names), bool, len(self.names))
        found: Numbers = blank[self.codes]
        return found

    def take(self, rows: Numbers) -> Key:
        """Return the key of some rows."""
        return Key(self.codes[rows], self.names)


@dataclass(slots=True)
class Heads:
    """The documents, in order of appearance; every column has one value a document."""

    kind: Numbers
    """Number of the kind in ``Lines.kinds``."""
    document: list[str]
    number: list[str]
    date: Numbers
    version: list[str]
    status: list[str]
    posted: Numbers
    deleted: Numbers
    vat_included: Numbers
    outlet: Key
    counterparty: Key

    def __len__(self) -> int:
        return len(self.document)


@dataclass(slots=True)
class Lines:
    """All lines; ``head`` is the place of a line's document in ``heads``.

    ``warehouse`` and ``order`` are the line's own where it names one, else the head's. Quantities and money are
    millionths; ``packed`` tells where the price is of a package.
    """

    kinds: list[str]
    heads: Heads
    head: Numbers
    good: Key
    warehouse: Key
    order: Key
    packed: Numbers
    quantity: Numbers
    packages: Numbers
    price: Numbers
    amount: Numbers
    vat: Numbers

    def __len__(self) -> int:
        return len(self.head)


def laid_out(frames: Mapping[str, pd.DataFrame]) -> Lines:
    """Lay out frames of ``model.SHIPMENTS`` by kind; columns that a frame lacks are empty. The lines keep their order.

    A document's lines need not stand together; a reference is unique over kinds, as references of 1C are.
    """
    kinds = list(frames)
    all_frames = list(frames.values())
    keys = {name: _key(all_frames, name) for name in ("document", "our_outlet", "counterparty", "our_good", "our_unit")}
    head, used = pd.factorize(keys["document"].codes)
    first = _first(head, len(used))
    lengths = [len(frame) for frame in all_frames]
    names = keys["document"].names
    heads = Heads(
        kind=np.repeat(np.arange(len(kinds)), lengths)[first],
        document=[names[code] for code in used.tolist()],
        number=_texts(all_frames, "number", first),
        date=_array(all_frames, "date", "datetime64[s]", np.datetime64("NaT"))[first],
        version=_texts(all_frames, "version", first),
        status=_texts(all_frames, "status", first),
        posted=_array(all_frames, "posted", "bool", fill=False)[first],
        deleted=_array(all_frames, "deleted", "bool", fill=False)[first],
        vat_included=_array(all_frames, "vat_included", "bool", fill=True)[first],
        outlet=keys["our_outlet"].take(first),
        counterparty=keys["counterparty"].take(first),
    )
    micros = {name: _array(all_frames, name, "int64", 0) for name in _MICROS}
    return Lines(
        kinds=kinds,
        heads=heads,
        head=head,
        good=keys["our_good"],
        warehouse=_either(_key(all_frames, "line_warehouse"), _key(all_frames, "our_warehouse")),
        order=_either(_key(all_frames, "our_order"), _key(all_frames, "head_order")),
        packed=~keys["our_unit"].empty(),
        **micros,
    )


def _first(codes: Numbers, count: int) -> Numbers:
    """Return where each code stands first: of several values put into one place, the last one stays."""
    first = np.empty(count, np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return first


def _key(frames: Sequence[pd.DataFrame], name: str) -> Key:
    """Return a key column of all frames with one set of names."""
    known: dict[str, int] = {"": 0}
    parts = []
    for frame in frames:
        if name not in frame:
            parts.append(np.zeros(len(frame), np.int64))
            continue
        values = frame[name].cat
        places = [known.setdefault(each, len(known)) for each in values.categories]
        parts.append(np.array([*places, 0], np.int64)[values.codes.to_numpy()])  # a null has the code -1: the last
    return Key(np.concatenate(parts) if parts else np.empty(0, np.int64), list(known))


def _either(own: Key, head: Key) -> Key:
    """Return the line's key, and the head's where the line's is empty."""
    places = {name: place for place, name in enumerate(own.names)}
    names = list(own.names)
    for name in head.names:
        if name not in places:
            places[name] = len(names)
            names.append(name)
    moved = np.fromiter((places[name] for name in head.names), np.int64, len(head.names))
    return Key(np.where(own.codes == 0, moved[head.codes], own.codes), names)


def _array(frames: Sequence[pd.DataFrame], name: str, dtype: str, fill: Any) -> Numbers:
    parts = [
        frame[name].to_numpy().astype(dtype, copy=False) if name in frame else np.full(len(frame), fill, dtype)
        for frame in frames
    ]
    joined: Numbers = np.concatenate(parts) if parts else np.empty(0, dtype)
    return joined


def _texts(frames: Sequence[pd.DataFrame], name: str, rows: Numbers) -> list[str]:
    texts: list[str] = _array(frames, name, "object", "")[rows].tolist()
    return texts
