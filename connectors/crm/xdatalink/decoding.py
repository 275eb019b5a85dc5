"""An answer into frames: cells are mapped by the answer's own schema, names and kinds come from ours.

The document is read as a stream; a row is dropped from memory soon after its cells are taken, so that what remains is
the columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from connectors.crm.xdatalink.frames import Came, framed
from connectors.crm.xdatalink.reading import Cells
from connectors.crm.xdatalink.shape import walk
from connectors.crm.xdatalink.verdict import expect_root, refuse_error, untrusted
from connectors.crm.xdatalink.xml import events
from mappings.model import WireColumn

if TYPE_CHECKING:
    import pandas as pd
    from lxml import etree

    from mappings.model import Scheme

_KEPT: Final = 512  # rows that are read before they are dropped: one deletion for many


@dataclass(frozen=True, slots=True)
class Answer:
    """What a get scheme answered.

    ``tables``: a frame for each dataset of the scheme, and for each other one that came. Columns are named by the
    scheme's fields (by their own names where it gives none) and have the dtypes of their kinds; a detail has its head's
    link columns and ``head``, the number of its head's row from 0 (-1 = there is none). ``unknown``: columns that came
    and the scheme does not know, kept as text under their own names. ``missing``: columns of the scheme that did not
    come, empty. ``rounded``: columns of which so many distinct values had over 6 digits after the point and were
    rounded to 6. All named ``dataset.column``. ``text`` is the answer as it came, for the ledger.
    """

    text: str = field(repr=False)
    tables: dict[str, pd.DataFrame] = field(repr=False)
    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    rounded: dict[str, int]


def decode(text: str, scheme: Scheme) -> Answer:
    """Read the answer to a get scheme.

    Raises Refused (``extdata/error`` or ``scheme/error``, its words shortened) and BadAnswer: empty, HTML, no XML, half
    of it, no ``extdata``, another scheme, a row that does not match its schema, a cell that is no value of its type.
    Source: reference xdatalink, "Envelope".
    """
    reader = _Reader(scheme)
    for element in events(text, ("r", "s", "scheme", "error")):
        reader.take(element)
        last = element
    expect_root(last)
    return reader.answer(text)


class _Reader:
    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._ours = {dataset.name: dataset for dataset, _ in walk(scheme)}
        self._declared: dict[str, Came] | None = None  # by the schema of the scheme that is being read
        self._came: dict[str, Came] | None = None  # by that of our scheme

    def take(self, element: etree._Element) -> None:
        match element.tag:
            case "r":
                self._row(element)
            case "s":
                self._declared = {}
                for dataset in element.iterchildren("d"):
                    self._declare(dataset, None)
            case "scheme":
                self._close(element)
            case _:
                refuse_error(element)

    def answer(self, text: str) -> Answer:
        if self._came is None:
            raise untrusted(
                f"в нём нет запрошенной схемы {self._scheme.name}", f"the scheme {self._scheme.name} is not in it"
            )
        for came in self._came.values():
            came.flush()
        tables, missing = framed(self._scheme, self._came)
        unknown = [f"{name}.{column}" for name, came in self._came.items() for column in came.names - self._known(name)]
        rounded = {
            f"{name}.{cells.column.name}": cells.rounded
            for name, came in self._came.items()
            for cells in came.cells
            if cells.rounded
        }
        return Answer(text, tables, tuple(sorted(unknown)), tuple(missing), rounded)

    def _known(self, dataset: str) -> set[str]:
        ours = self._ours.get(dataset)
        return {column.name for column in ours.columns} if ours else set()

    def _close(self, scheme: etree._Element) -> None:
        if scheme.get("name") == self._scheme.name:
            if self._came is not None:
                raise untrusted(f"схема {self._scheme.name} дана дважды", f"it gives {self._scheme.name} twice")
            self._came = self._declared or {}
        self._declared = None

    def _declare(self, element: etree._Element, parent: Came | None) -> None:
        name = element.get("name", "")
        names = [column.get("name", "") for column in element.iterchildren("f")]
        if self._declared is None or name in self._declared or len(set(names)) < len(names):
            raise untrusted(f"набор {name} или его колонка описаны дважды", f"{name} or a column of it is given twice")
        ours = {column.name: column for column in self._ours[name].columns} if name in self._ours else {}
        came = Came(name, [Cells(ours.get(each) or WireColumn(each, "String")) for each in names], parent)
        self._declared[name] = came
        for detail in element.iterchildren("d"):
            self._declare(detail, came)

    def _row(self, row: etree._Element) -> None:
        block = row.getparent()
        came = self._declared.get(block.get("name", "")) if self._declared and block is not None else None
        if came is None or block is None:
            raise untrusted("есть строки без описания их колонок", "it has rows whose columns it does not describe")
        above = block.getparent() if came.parent else None
        came.add([cell.text for cell in row.iterchildren("f")], inside=above is not None and above.tag == "r")
        if came.rows % _KEPT == 0:
            came.flush()
            del block[: block.index(row)]  # what follows may have been parsed, and is still to be read
