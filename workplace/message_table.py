"""A stored message as tables: its datasets with the names of their columns, a page of rows at a time.

Any message of the protocol can be shown, of every manufacturer: names stand in the message itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from connectors.crm.xdatalink.xml import events

if TYPE_CHECKING:
    from lxml import etree

ROWS: Final = 100
"""Rows of a dataset that are shown at once."""


@dataclass(slots=True)
class Table:
    """A dataset: its columns, how many rows it has, and those that are shown, each with its number from 1."""

    name: str
    columns: list[str]
    count: int = 0
    rows: list[tuple[int, list[str]]] = field(default_factory=list)


def tables(text: str, *, dataset: str = "", first: int = 0, limit: int = ROWS) -> list[Table]:
    """Return the datasets of a message; of ``dataset`` the rows from ``first`` on, of others the first ones.

    Raises BadAnswer for what is no message.
    """
    found: dict[str, Table] = {}
    for element in events(text, ("s", "r", "scheme")):
        if element.tag == "s":
            for each in element.iter("d"):
                name = each.get("name", "")
                columns = [column.get("name", "") for column in each.iterchildren("f")]
                found.setdefault(name, Table(name, columns))
        elif element.tag == "r":
            _take(element, found, dataset, first, limit)
    return list(found.values())


def _take(element: etree._Element, found: dict[str, Table], dataset: str, first: int, limit: int) -> None:
    head = element.getparent()
    name = head.get("name", "") if head is not None else ""
    table = found.setdefault(name, Table(name, []))
    table.count += 1
    start = first if name == dataset else 0
    if start < table.count <= start + limit:
        cells = [cell.text or "" for cell in element.iterchildren("f")]
        table.rows.append((table.count, cells))
    for cell in list(element.iterchildren("f")):
        element.remove(cell)
