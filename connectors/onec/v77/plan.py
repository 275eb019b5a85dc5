"""The plan of a reading: the entity's own table, the joins, and where the cells of every source are."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

CONSTANTS: Final = "1SCONST"
TEXTS: Final = "1SBLOB"
OWN: Final = ""
"""The join of a row's own table."""


class Form(StrEnum):
    """How cells become a value, beyond their column's type."""

    PLAIN = "plain"
    CODE = "code"
    MARK = "mark"
    FOLDER = "folder"
    POSTED = "posted"
    RECEIPT = "receipt"
    MOMENT = "moment"
    KIND = "kind"
    DOCUMENT_KIND = "document kind"
    HISTORY = "history"
    TEXT = "text"
    CONSTANT = "constant"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field's cells are: columns of a join's table; ``value`` is what a constant says, as conditions do."""

    columns: tuple[str, ...]
    form: Form = Form.PLAIN
    join: str = OWN
    value: str = ""


@dataclass(frozen=True, slots=True)
class Join:
    """Rows of another table, looked up by ``key`` with the cells that ``by`` gives; ``only``: column and value kept."""

    table: str
    key: str
    by: Source
    only: tuple[str, str] = ("", "")
    required: bool = False


@dataclass(slots=True)
class Plan:
    """How an entity is read: its own table, the joins by name, the sources by what a reading calls them.

    ``only`` is a column and a value that a row of the own table must have.
    """

    entity: str
    table: str
    joins: dict[str, Join] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)

    @property
    def tables(self) -> list[str]:
        """The tables that the plan needs, its own first."""
        return list(dict.fromkeys([self.table, *(join.table for join in self.joins.values())]))

    def columns(self, join: str) -> list[str]:
        """Return the columns that are needed of a join's table, its key first."""
        needed = [self.joins[join].key] if join else []
        every = [*self.sources.values(), *(other.by for other in self.joins.values())]
        needed += [column for source in every if source.join == join for column in source.columns]
        return list(dict.fromkeys(needed))
