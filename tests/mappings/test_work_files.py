"""The work list as a file: out, edited, in again; a dry run keeps nothing and names every fault with its row."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from mappings.batches import undo_batch
from mappings.correspondences import active, confirm
from mappings.pairs import Pair
from mappings.proposing import Proposal, refresh
from mappings.work_files import COLUMNS, export_work, import_work
from mappings.worklist import Filter, Queue, counts
from tests.mappings.work_help import AT, candidate, fill, proposal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from foundation.database import Database

HEAD = [title for title, _ in COLUMNS]
LATER = AT + timedelta(hours=1)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Open a session for writing."""
    with database.begin() as opened:
        yield opened


def read(path: Path) -> list[list[Any]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def write(path: Path, rows: list[list[Any]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write_string(place, column, str(value))
    return path


def edited(path: Path, **by_name: dict[str, str]) -> Path:
    """Fill cells of a file: «Наименование» → column → value."""
    rows = read(path)
    names = HEAD.index("Наименование")
    for row in rows[1:]:
        for column, value in by_name.get(str(row[names]).replace(" ", "_"), {}).items():
            row[HEAD.index(column)] = value
    return write(path, rows)


def pairs(session: Session, link: int, kind: Any = "good") -> dict[str, str]:
    frame = active(session, link, kind)
    return dict(zip(frame["our_id"], frame["their_id"], strict=True))


def test_a_file_with_the_proposals_filled_in_confirms_them(session: Session, tmp_path: Path) -> None:
    link = fill(session, [proposal("a"), proposal("b"), proposal("c", Queue.CHECK)])
    path = tmp_path / "work.xlsx"
    assert export_work(session, link, "good", Filter(), path, at=AT, filled=True) == 2
    assert read(path)[0] == HEAD
    dry = import_work(session, link, "good", path, author="И", at=LATER, dry=True)
    assert (dry.rows, dry.same, len(dry.changes), dry.faults, dry.batch) == (2, 0, 4, (), 0)
    assert pairs(session, link) == {}, "a dry run keeps nothing"
    done = import_work(session, link, "good", path, author="И", at=LATER, dry=False)
    assert done.changes == dry.changes
    assert pairs(session, link) == {"a": "T-a", "b": "T-b"}
    units = active(session, link, "unit")
    assert list(zip(units["scope"], units["their_id"], units["numerator"], strict=True)) == [
        ("a", "pcs", 12),
        ("b", "pcs", 12),
    ]
    assert counts(session, link, "good")[Queue.DONE] == 2
    again = import_work(session, link, "good", path, author="И", at=LATER, dry=True)
    assert (again.same, again.changes) == (4, [])
    _, left = undo_batch(session, link, done.batch, author="П", at=LATER + timedelta(hours=1))
    assert left == 0
    assert pairs(session, link) == pairs(session, link, "unit") == {}


def test_empty_decisions_are_nobodys(session: Session, tmp_path: Path) -> None:
    link = fill(session, [proposal("a"), proposal("b")])
    path = tmp_path / "work.xlsx"
    export_work(session, link, "good", Filter(), path, at=AT, filled=False)
    nothing = import_work(session, link, "good", path, author="И", at=LATER, dry=False)
    assert (nothing.rows, nothing.changes, nothing.batch) == (0, [], 0)
    edited(path, Товар_a={"Их код": "T-b", "Единица": "box", "Коэффициент": "1"})
    done = import_work(session, link, "good", path, author="И", at=LATER, dry=False)
    assert [(each.kind, each.our_name, each.before, each.after) for each in done.changes] == [
        ("good", "Товар a", "", "T-b Их T-b"),
        ("unit", "кор", "", "box × 1"),
    ]
    assert pairs(session, link) == {"a": "T-b"}


def test_a_change_tells_what_it_was(session: Session, tmp_path: Path) -> None:
    link = fill(session, [proposal("a"), proposal("b")])
    confirm(session, link, Pair("good", "a", "T-a"), author="x", at=AT)
    path = tmp_path / "work.xlsx"
    export_work(session, link, "good", Filter(), path, at=AT, filled=False)
    edited(path, Товар_a={"Их код": "T-b"})
    dry = import_work(session, link, "good", path, author="И", at=LATER, dry=True)
    assert [(each.before, each.after) for each in dry.changes] == [("T-a", "T-b Их T-b")]
    assert pairs(session, link) == {"a": "T-a"}


def test_every_fault_is_told_with_its_row_and_nothing_is_taken(session: Session, tmp_path: Path) -> None:
    link = fill(session, [proposal(name) for name in "abcd"])
    path = tmp_path / "work.xlsx"
    export_work(session, link, "good", Filter(), path, at=AT, filled=True)
    edited(
        path,
        Товар_a={"Их код": "нет-такого"},
        Товар_b={"Единица": "bottle"},
        Товар_c={"Коэффициент": "ноль"},
    )
    for dry in (True, False):
        found = import_work(session, link, "good", path, author="И", at=LATER, dry=dry)
        rows = {fault.path for fault in found.faults}
        assert rows == {"строка 5, их код", "строка 4, единица", "строка 3, коэффициент"}
        assert pairs(session, link) == {}


def test_units_and_outlets_go_by_file_too(session: Session, tmp_path: Path) -> None:
    link = fill(session, [proposal("a")])
    confirm(session, link, Pair("good", "a", "T-a"), author="x", at=AT)
    unit = Proposal("u-box", "Товар a", Queue.CHECK, scope="a", unit_name="кор", candidates=(candidate("T-a"),))
    refresh(session, link, "unit", [unit], at=AT)
    path = tmp_path / "units.xlsx"
    export_work(session, link, "unit", Filter(Queue.CHECK), path, at=AT, filled=True)
    done = import_work(session, link, "unit", path, author="И", at=LATER, dry=False)
    assert [(each.kind, each.after) for each in done.changes] == [("unit", "pcs × 12")]
    assert counts(session, link, "unit")[Queue.DONE] == 1


def test_outlets_by_file(session: Session, tmp_path: Path) -> None:
    rows = [
        proposal("a", Queue.CHECK, candidate("C1"), unit_id=""),
        proposal("b", Queue.CHECK, candidate("C1"), unit_id=""),
    ]
    link = fill(session, rows, kind="outlet")
    path = tmp_path / "outlets.xlsx"
    export_work(session, link, "outlet", Filter(Queue.CHECK), path, at=AT, filled=True)
    shared = import_work(session, link, "outlet", path, author="И", at=LATER, dry=True)
    assert [fault.path for fault in shared.faults] == ["строка 3, их код"]
    edited(path, Товар_b={"Их код": ""})
    done = import_work(session, link, "outlet", path, author="И", at=LATER, dry=False)
    assert done.faults == ()
    assert pairs(session, link, "outlet") == {"a": "C1"}
    assert done.batch > 0
