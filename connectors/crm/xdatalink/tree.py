"""A scheme and its frames as a tree of datasets whose rows know their head's rows.

A *slot* is a place at the top of the document: every dataset of the scheme's top level has one, and every detail that
travels flat, beside its head.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from connectors.crm.xdatalink.rows import Rows, places
from connectors.crm.xdatalink.shape import link_of
from foundation.errors import Impossible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.crm.xdatalink.values import Ints
    from mappings.model import Dataset, Scheme


@dataclass(slots=True, eq=False)
class Node:
    """A dataset with its rows in sending order: those of its head's row i are ``starts[i]:starts[i + 1]``.

    ``first`` and ``rest`` are the same rows as part 1 and the later ones say them; only the mark of parts differs.
    """

    dataset: Dataset
    first: Rows
    rest: Rows
    slot: int
    nested: bool
    starts: Ints
    details: list[Node] = field(default_factory=list)

    @property
    def ending(self) -> str:
        """What ends a row of it after its details."""
        return "</r>" if self.details and self.dataset.nested else ""

    def rows(self, part: int) -> Rows:
        """Return the rows as that part says them."""
        return self.first if part == 1 else self.rest


class Tree:
    """The datasets of a scheme: ``slots`` in the order of the document, ``nodes`` those of the top level."""

    def __init__(self, scheme: Scheme, tables: Mapping[str, pd.DataFrame]) -> None:
        self._scheme, self._tables = scheme, tables
        self._marks = scheme.parts.dataset if scheme.parts else ""
        self.slots: list[Dataset] = []
        top = [self._node(dataset, self._frame(dataset), None) for dataset in scheme.datasets]
        self.repeated = [node for node in top if not node.details and self.is_parameter(node)]
        """Parameters: written whole into every part."""
        poured = [node for node in top if node not in self.repeated]
        ahead = scheme.parts.ahead if scheme.parts else ()
        self.poured = sorted(poured, key=lambda node: (not self.marks(node), node.dataset.name not in ahead))
        """The others; one that marks the parts comes first, so that no part can leave without it."""

    def is_parameter(self, node: Node) -> bool:
        """Tell whether a dataset says how to take the message, and is no data of it."""
        return self.marks(node) or node.dataset.name not in self._tables

    def marks(self, node: Node) -> bool:
        """Tell whether a dataset holds the mark of parts."""
        return node.dataset.name == self._marks

    def _frame(self, dataset: Dataset) -> pd.DataFrame:
        frame = self._tables.get(dataset.name)
        if frame is not None:
            return frame
        lone = dataset.name == self._marks or any(column.constant for column in dataset.columns)
        empty = tuple(column for column in dataset.columns if column.field)
        return pd.DataFrame({column.field: [None] * lone for column in empty}, index=range(int(lone)), dtype=object)

    def _node(
        self, dataset: Dataset, frame: pd.DataFrame, above: tuple[Dataset, pd.DataFrame] | None, *, nested: bool = False
    ) -> Node:
        order, starts = (None, np.zeros(1, np.int64)) if above is None else _under(dataset, frame, *above)
        if not nested:
            self.slots.append(dataset)
        slot = len(self.slots) - 1
        first, rest = (
            Rows(said, frame, order, closing="" if dataset.details and dataset.nested else "</r>")
            for said in self._said(dataset)
        )
        node = Node(dataset, first, rest, slot, nested, starts)
        links = sorted({name for detail in dataset.details for name in link_of(detail, dataset)})
        for detail in dataset.details:
            sent = frame[links] if order is None else frame[links].iloc[order]
            node.details.append(self._node(detail, self._frame(detail), (dataset, sent), nested=dataset.nested))
        return node

    def _said(self, dataset: Dataset) -> tuple[Dataset, Dataset]:
        parts = self._scheme.parts
        if parts is None or parts.dataset != dataset.name:
            return dataset, dataset
        first, rest = (
            replace(
                dataset,
                columns=tuple(
                    replace(column, field="", constant=word) if column.name == parts.column else column
                    for column in dataset.columns
                ),
            )
            for word in (parts.first, parts.rest)
        )
        return first, rest


def _under(detail: Dataset, frame: pd.DataFrame, head: Dataset, heads: pd.DataFrame) -> tuple[Ints | None, Ints]:
    """Return the order that groups a detail's rows by head (None = it is so already) and where each head's begin."""
    link = link_of(detail, head)
    at, unique = places(heads, frame, link)
    lost = int((at < 0).sum())
    if len(at) and (lost or not unique):
        columns = ", ".join(link) or "—"
        raise Impossible(
            f"Строки набора {detail.name} нельзя отнести к строкам набора {head.name} по колонкам {columns}: "
            + (f"без пары {lost}." if unique else "ключ повторяется."),
            en=f"Rows of {detail.name} cannot be tied to rows of {head.name} by {columns}: "
            + (f"{lost} have no match." if unique else "the key is not unique."),
            todo="Проверьте раскладку и данные; ничего не отправлено.",
            todo_en="Check the layout and the data; nothing was sent.",
            dataset=detail.name,
            head=head.name,
        )
    starts = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=len(heads)))]).astype(np.int64)
    return (np.argsort(at, kind="stable") if (np.diff(at) < 0).any() else None), starts
