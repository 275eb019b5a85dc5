"""Rows of other tables looked up by id: the journal, heads, catalogs, history, long strings.

A lookup keeps only the columns that are asked for, as arrays, sorted by key: ten bytes or so a row and column.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from connectors.onec.v77 import words
from connectors.onec.v77.ids import ANY_KIND, ID, UNDEFINED
from connectors.onec.v77.plan import CONSTANTS
from connectors.onec.v77.values import grid, integers, texts
from foundation.errors import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from connectors.onec.v77.dbf import Cells, Column, Dbf
    from connectors.onec.v77.plan import Join

_ORDER: Final = ("DATE", "TIME", "DOCID", "ACTNO", "LINENO")
"""Values of 1SCONST follow one another by date, time, document and line; of one value's parts the first is taken."""

_BLOCK: Final = 80
_LENGTH: Final = 9
_UNDEFINED_ID: Final = slice(6, 15)


def identities(cells: Cells, *, history: bool = False) -> Cells:
    """Return the ids in reference cells of 9, 13 or 23 characters; a value of 1SCONST begins with its id."""
    width = cells.dtype.itemsize
    if width == ID:
        return cells
    place = slice(0, ID) if history else {ANY_KIND: slice(4, ANY_KIND), UNDEFINED: _UNDEFINED_ID}.get(width)
    if place is None:
        return cells.astype(f"S{ID}")
    import numpy as np

    return np.ascontiguousarray(grid(cells)[:, place]).view(f"S{ID}").ravel()


class Lookup:
    """The rows of a join: ``positions`` finds them, ``take`` gives their cells, blank where there is none."""

    def __init__(self, dbf: Dbf, join: Join, names: Sequence[str]) -> None:
        import numpy as np

        history = join.table == CONSTANTS
        only, value = join.only
        asked = [*names, *([only] if only else []), *((*_ORDER, "PARTNO") if history else ())]
        parts: dict[str, list[Cells]] = defaultdict(list)
        for whole in dbf.blocks(asked):
            block = whole[whole[only] == value.encode("ascii")] if only else whole
            for name in dict.fromkeys(asked):
                parts[name].append(np.ascontiguousarray(block[name]))
        arrays = {
            name: np.concatenate(each) if (each := parts[name]) else np.empty(0, f"S{dbf.columns[name].width}")
            for name in dict.fromkeys(asked)
        }
        key = arrays[join.key]
        order = np.lexsort(_history_order(arrays, key)) if history else np.argsort(key, kind="stable")
        self.columns: dict[str, Column] = dbf.columns
        self._keys = key[order]
        self._arrays = {name: arrays[name][order] for name in names}

    def positions(self, cells: Cells) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return where each cell's row is, and whether there is one; of several the last."""
        import numpy as np

        if not len(self._keys):
            return np.zeros(len(cells), np.int64), np.zeros(len(cells), bool)
        found = np.searchsorted(self._keys, cells, side="right") - 1
        return found, (self._keys[found] == cells) & (found >= 0)

    def take(self, name: str, positions: np.ndarray[Any, Any], found: np.ndarray[Any, Any]) -> Cells:
        """Return a column's cells at those positions."""
        import numpy as np

        column = self._arrays[name]
        if not len(column):
            return np.full(len(positions), b" " * self.columns[name].width, column.dtype)
        cells: Cells = column[positions]
        cells[~found] = b" " * self.columns[name].width
        return cells


def _history_order(arrays: dict[str, Cells], key: Cells) -> tuple[Any, ...]:
    """Return what to sort history by, the first last as lexsort wants it: of equal ones the first part comes last."""
    return (-integers(arrays["PARTNO"], 0), *(arrays[name] for name in reversed(_ORDER)), key)


class LongTexts:
    """The long strings of one attribute by the id of their object."""

    def __init__(self, dbf: Dbf, join: Join) -> None:
        only, value = join.only
        self._field, self._code_page = value.strip(), dbf.code_page
        self._blocks: dict[bytes, dict[int, str]] = defaultdict(dict)
        for whole in dbf.blocks(["OBJID", "FIELDID", "BLOCKNO", "BLOCK"]):
            block = whole[whole[only] == value.encode("ascii")]
            numbers = integers(block["BLOCKNO"], 0).tolist()
            pieces = texts(block["BLOCK"], dbf.code_page, strip=False)
            for owner, number, piece in zip(block["OBJID"].tolist(), numbers, pieces, strict=True):
                self._blocks[owner][number] = piece

    def take(self, cells: Cells) -> list[str]:
        """Return the texts of objects, "" where one has none; raises BadAnswer for a text with missing blocks."""
        return [self._text(owner) for owner in cells.tolist()]

    def _text(self, owner: bytes) -> str:
        """Cut by the length in nine hexadecimal digits that the first block begins with: what follows is stale."""
        blocks = self._blocks.get(owner)
        if not blocks:
            return ""
        numbers = sorted(blocks)
        whole = "".join(blocks[number] for number in numbers)
        try:
            length = int(whole[:_LENGTH].strip() or "0", 16)
        except ValueError:
            length = -1
        gap = numbers[-1] - numbers[0] + 1 != len(numbers)
        if length < 0 or len(whole) < _LENGTH + length or (gap and length > _BLOCK):
            shown = owner.decode("ascii", "replace")
            raise BadAnswer(**words.half_a_text(self._field, shown), key=shown, property=self._field)
        return whole[_LENGTH : _LENGTH + length]
