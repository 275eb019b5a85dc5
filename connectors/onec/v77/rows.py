"""A DBF table row by row, typed: for looking at a base, for tests, for jobs of a few thousand rows.

Frames do not come this way: ``connectors.onec.v77.reading`` keeps columns as arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.onec.v77.values import days, decimals_of, grid, scaled, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connectors.onec.v77.dbf import Cells, Column, Dbf


def typed_rows(table: Dbf, names: Sequence[str] | None = None) -> Iterator[tuple[Any, ...]]:
    """Yield live rows as tuples: texts with every space they have, ``int`` or ``Decimal``, ``date`` or None, ``bool``.

    A blank number is None. Memory is one block, whatever the table's length. Raises what ``Dbf.blocks`` raises, and
    ``values.Unfit`` for a cell that is not of its column's type.
    """
    columns = [table.columns[name] for name in names or table.columns if name in table.columns]
    for block in table.blocks(names):
        yield from zip(*(_typed(column, block[column.name], table.code_page) for column in columns), strict=True)


def _typed(column: Column, cells: Cells, code_page: str) -> list[Any]:
    match column.type:
        case "N" | "F":
            numbers: list[Any] = decimals_of(cells, column.decimals) if column.decimals else scaled(cells, 0).tolist()
            blank = (grid(cells) == ord(" ")).all(axis=1)
            for at in blank.nonzero()[0].tolist():
                numbers[at] = None
            return numbers
        case "D":
            dates: list[Any] = days(cells).tolist()
            return dates
        case "L":
            return [
                {"T": True, "Y": True, "F": False, "N": False}.get(text.upper()) for text in texts(cells, code_page)
            ]
        case _:
            return texts(cells, code_page, strip=False)
