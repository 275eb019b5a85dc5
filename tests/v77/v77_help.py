"""How the tests of the 7.7 connector make readings and spoil files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.onec.v77.ids import key_of
from mappings.model import Field, Kind, Reading
from sandbox.v77.dbf import Field as DbfField
from sandbox.v77.dbf import write_dbf

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal
    from pathlib import Path

    import pandas as pd

    from sandbox.v77 import TestBase

K = Kind
__all__ = ["DbfField", "K", "column", "key_of", "micro", "read_of", "rows_of", "table_of", "write_dbf"]


def read_of(entity: str, *fields: tuple[str, Kind, str], key: str = "", function: str = "", **more: Any) -> Reading:
    """Make a reading; a field is (column, kind, source), the key is the first source unless it is given."""
    made = tuple(Field(*each) for each in fields)
    return Reading("test", entity, made, (key or fields[0][2],), function=function, **more)


def micro(value: Decimal) -> int:
    """Return a decimal in millionths."""
    return int(value * 10**6)


def rows_of(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return a frame's rows as tuples."""
    return list(frame.itertuples(index=False, name=None))


def table_of(base: TestBase, kind: str, name: str) -> str:
    """Return the table of an object of the test base: ``SC``, ``DH``, ``DT``, ``RG`` or ``RA`` and its name."""
    known: dict[str, Any] = {
        "SC": base.configuration.catalogs,
        "DH": base.configuration.documents,
        "DT": base.configuration.documents,
        "RG": base.configuration.registers,
        "RA": base.configuration.registers,
    }
    return f"{kind}{known[kind][name].id}"


def column(base: TestBase, name: str) -> str:
    """Return the column of an attribute of goods."""
    found = next(each for each in base.configuration.catalogs["Номенклатура"].attributes if each.name == name)
    return found.column


def one_column(path: Path, field: DbfField, values: Iterable[Any], code_page: str = "cp1251") -> Path:
    """Write a file of one column."""
    write_dbf(path, [field], [(value,) for value in values], code_page)
    return path


def spoiled(path: Path, at: int, content: bytes) -> None:
    """Overwrite bytes of a file."""
    whole = bytearray(path.read_bytes())
    whole[at : at + len(content)] = content
    path.write_bytes(bytes(whole))


def names(columns: Sequence[Any]) -> list[str]:
    """Return the names of columns."""
    return [each.name for each in columns]
