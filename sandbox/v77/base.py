"""A whole test base on disk, and what stands in it, for a test to compare with."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from sandbox.v77.books import Books
from sandbox.v77.cards import shelf
from sandbox.v77.dbf import Deleted, write_dbf
from sandbox.v77.dictionary import dd_text
from sandbox.v77.ids import EMPTY, base36, object_id, time_of_day
from sandbox.v77.trade import configuration
from sandbox.v77.trading import trade, with_deleted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sandbox.v77.books import Movement
    from sandbox.v77.cards import Shelf
    from sandbox.v77.structure import Configuration, Register, Table
    from sandbox.v77.trading import Trade

START = date(2025, 4, 1)


@dataclass(frozen=True)
class TestBase:
    """A written base: its folder, its structure and the truth about it."""

    __test__ = False  # no test, whatever pytest makes of the name

    folder: Path
    configuration: Configuration
    shelf: Shelf
    trade: Trade
    movements: dict[str, list[Movement]]


def write_base(
    folder: Path,
    seed: int = 1,
    *,
    goods: int = 40,
    months: int = 20,
    documents: int = 12,
    code_page: str = "cp1251",
    shift: int = 0,
) -> TestBase:
    """Write a base into ``folder`` and return it with its truth; ``shift`` moves all metadata ids."""
    structure = configuration(shift)
    books = Books(structure, Random(f"{seed}:v77"))
    cards = shelf(books, goods, START, code_page)
    made = trade(books, cards, START, months, documents)
    for register in structure.registers.values():
        books.rows[f"RG{register.id}"] += totals(register, books.movements[register.name], START, months)
    _system(books, START, months)
    with_deleted(books)
    folder.mkdir(parents=True, exist_ok=True)
    tables = structure.tables()
    for name, table in tables.items():
        rows = (_in_order(table, row) for row in books.rows.get(name, ()))
        write_dbf(folder / f"{name}.DBF", table.layout, rows, code_page)
    (folder / "1Cv7.DD").write_bytes(dd_text(tables.values()).encode("cp1251"))
    return TestBase(folder, structure, cards, made, dict(books.movements))


def _in_order(table: Table, row: Any) -> Sequence[Any] | Deleted:
    if isinstance(row, Deleted):
        inner = _in_order(table, row.row[0])
        return Deleted(inner)  # type: ignore[arg-type]  # a live row, so a sequence
    unknown = set(row) - {field.name for field in table.layout} - {"PARENTID", "ISFOLDER"}
    if unknown:
        raise ValueError(f"{table.name}: {unknown}")
    return [row.get(field.name, 0 if field.kind == "N" else None) for field in table.layout]


def totals(register: Register, movements: Sequence[Movement], start: date, months: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of totals: balances at the end of each month, or a month's turnovers."""
    running: dict[tuple[str, ...], list[Decimal]] = {}
    by_month: dict[tuple[int, int], list[Movement]] = defaultdict(list)
    for movement in movements:
        by_month[movement.day.year, movement.day.month].append(movement)
    for number in range(months):
        first = _month(start, number)
        if register.turnover:
            running = {}
        for movement in by_month[first.year, first.month]:
            sums = running.setdefault(movement.dimensions, [Decimal(0)] * len(register.resources))
            for place, value in enumerate(movement.resources):
                sums[place] += movement.sign * value
        for dimensions, sums in running.items():
            if any(sums):
                cells = zip((*register.dimensions, *register.resources), (*dimensions, *sums), strict=True)
                yield {"PERIOD": first} | {attribute.column: value for attribute, value in cells}


def _month(start: date, number: int) -> date:
    place = start.month - 1 + number
    return date(start.year + place // 12, place % 12 + 1, 1)


def _system(books: Books, start: date, months: int) -> None:
    last = _month(start, months) - timedelta(days=1)
    books.rows["1SSYSTEM"].append(
        {"CURDATE": last, "CURTIME": time_of_day(86_399), "EVENTIDTA": EMPTY, "SNAPSHPER": "M", "ACCDATE": last}
    )
    books.rows["1SUSERS"].append({"USRSCNT": 1, "NETCHGCN": books.stamp})
    books.rows["1SUIDCTL"] += [
        {"TYPEID": base36(kind, 4), "MAXID": object_id(number)} for kind, number in sorted(books.last.items())
    ]
    books.periodic("ОсновнойСклад", EMPTY, start, object_id(1))
