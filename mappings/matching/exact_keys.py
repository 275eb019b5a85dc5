"""Pairs that a key proves: barcodes, the manufacturer's code kept in 1C, what was confirmed under the same name.

A key that leads to several things proves nothing, and keys that lead to different ones are a conflict: both are told.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mappings.barcodes import gtin
from mappings.matching.names import compact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mappings.matching.names import Normaliser
    from mappings.matching.records import Item


@dataclass(frozen=True, slots=True)
class Proof:
    """Where the keys of one of ours lead: place among theirs → the keys' names.

    ``shared``: keys that several things have, with the places they lead to.
    """

    found: dict[int, list[str]]
    shared: tuple[tuple[str, frozenset[int]], ...] = ()

    @property
    def doubts(self) -> list[str]:
        """The shared keys that no other key settles: a code that names one of a barcode's goods does."""
        return list(dict.fromkeys(title for title, places in self.shared if not places & self.found.keys()))

    @property
    def sure(self) -> int | None:
        """The one place that the keys prove, or None."""
        return next(iter(self.found)) if len(self.found) == 1 else None


Keys = tuple[tuple[str, "Callable[[Item], Iterable[str]]", "Callable[[Item], Iterable[str]]"], ...]
"""Name of a key, the values that one of ours has, the values that one of theirs has."""


def goods_keys(normaliser: Normaliser, confirmed: Mapping[str, str]) -> Keys:
    """Return the keys of goods; ``confirmed``: a name of ours → the id of theirs that it was confirmed for."""
    by_name: dict[str, set[str]] = defaultdict(set)
    for name, their_id in confirmed.items():
        by_name[normaliser.canonical(name)].add(their_id)
    names = {name: next(iter(ids)) for name, ids in by_name.items() if len(ids) == 1 and name}

    def same_name(item: Item) -> list[str]:
        return [names[text] for name in item.names if (text := normaliser.canonical(name)) in names] if names else []

    return (
        ("EAN", _barcodes, lambda item: _barcodes(item) or filter(None, [gtin(item.id)])),
        ("код производителя", _their_code, lambda item: {compact(item.id), *map(compact, item.codes)} - {""}),
        ("подтверждено раньше", same_name, lambda item: [item.id]),
    )


def _barcodes(item: Item) -> list[str]:
    return list(filter(None, map(gtin, item.barcodes)))


def _their_code(item: Item) -> list[str]:
    return list(filter(None, [compact(item.their_code)]))


def proofs(ours: Sequence[Item], theirs: Sequence[Item], keys: Keys) -> dict[int, Proof]:
    """Return what keys prove about ours, by place; those without any key that leads somewhere are left out."""
    made: dict[int, Proof] = {}
    for title, values, others in keys:
        there, here = _index(theirs, others), _index(ours, values)
        for value, rows in here.items():
            goods = there.get(value, set())
            if not goods:
                continue
            # One name confirmed before may stand on many of our cards; a barcode on many of them proves none.
            doubtful = len(goods) > 1 or (len(rows) > 1 and title == "EAN")
            for row in rows:
                before = made.get(row, Proof({}))
                if doubtful:
                    made[row] = Proof(before.found, (*before.shared, (title, frozenset(goods))))
                else:
                    found = before.found | {good: [*before.found.get(good, []), title] for good in goods}
                    made[row] = Proof(found, before.shared)
    return made


def _index(items: Sequence[Item], values: Callable[[Item], Iterable[str]]) -> dict[str, set[int]]:
    made: dict[str, set[int]] = defaultdict(set)
    for place, item in enumerate(items):
        for value in values(item):
            made[value].add(place)
    return made
