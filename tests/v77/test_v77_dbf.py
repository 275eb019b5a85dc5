"""DBF files: bytes come back as they were written, in blocks; a damaged file is an error of ours, never a crash."""

from __future__ import annotations

import tracemalloc
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import dbfread
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.onec.v77.dbf import Dbf
from connectors.onec.v77.rows import typed_rows
from connectors.onec.v77.values import Unfit
from foundation.errors import BadAnswer, Busy, Faults, MI1CError, NotFound
from sandbox.v77.dbf import Deleted, Field, write_dbf
from tests.v77.v77_help import one_column, spoiled, table_of

if TYPE_CHECKING:
    from sandbox.v77 import TestBase

FIELDS = [
    Field("ID", "C", 9),
    Field("NAME", "C", 20),
    Field("QTY", "N", 13, 3),
    Field("BIG", "N", 19),
    Field("DAY", "D", 8),
]
IDS = st.from_regex(r"[ ]{0,5}[0-9A-Z]{1,6}[A-Z]{0,3}[ ]{0,3}", fullmatch=True).map(lambda text: f"{text:<9}"[:9])
RUSSIAN = st.text(st.sampled_from("АБВГДЕЖЗИКЛМНОПабвгдежзиклмноп №«»ё0123456789-\"'"), max_size=20)
QUANTITIES = st.decimals(-(10**7), 10**7, places=3, allow_nan=False, allow_infinity=False)
DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))
ROWS = st.lists(
    st.tuples(IDS, RUSSIAN, QUANTITIES, st.integers(-(10**17), 10**18 - 1), st.one_of(st.none(), DAYS), st.booleans()),
    max_size=30,
)


@given(ROWS, st.integers(1, 400))
@settings(max_examples=60, deadline=None)
def test_rows_come_back_as_they_were_written(rows: list[tuple[Any, ...]], block_bytes: int) -> None:
    """Ids keep every space, numbers are exact, deleted rows stay out; the size of a block changes nothing."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "T.DBF"
        write_dbf(path, FIELDS, [Deleted(row[:5]) if row[5] else row[:5] for row in rows], "cp1251")
        table = Dbf(path)
        read = list(typed_rows(table))
        assert read == [(i, f"{name:<20}", qty, big, day) for i, name, qty, big, day, deleted in rows if not deleted]
        assert [type(each) for row in read for each in row[2:4]] == [Decimal, int] * len(read)
        small = sum(len(block) for block in table.blocks(["ID"], block_bytes=block_bytes))
        assert small == len(read)


def test_a_whole_base_reads_as_another_library_reads_it(trade_base: TestBase) -> None:
    """The same rows and values as dbfread, except for what that one loses: spaces of ids, the digits of numbers."""
    compared = 0
    for path in trade_base.folder.glob("*.DBF"):
        ours = list(typed_rows(Dbf(path)))
        theirs = list(dbfread.DBF(str(path), encoding="cp1251"))
        assert len(ours) == len(theirs)
        for row, other in zip(ours, theirs, strict=True):
            for value, known in zip(row, other.values(), strict=True):
                if isinstance(value, str):
                    assert value.rstrip() == known
                elif isinstance(value, Decimal):
                    assert known == pytest.approx(float(value))
                else:
                    assert value == known
                compared += 1
    assert compared > 5_000


def test_a_projection_reads_only_its_columns(trade_base: TestBase) -> None:
    table = Dbf(trade_base.folder / f"{table_of(trade_base, 'SC', 'Номенклатура')}.DBF")
    block = next(table.blocks(["DESCR", "ID", "DESCR"]))
    assert block.dtype.names == ("\0", "DESCR", "ID")
    assert len(block) == 42


def test_all_fields_that_a_file_lacks_are_told_at_once(trade_base: TestBase) -> None:
    table = Dbf(trade_base.folder / "1SJOURN.DBF")
    with pytest.raises(Faults) as raised:
        list(table.blocks(["IDDOC", "NONE", "OTHER"]))
    assert [fault.path for fault in raised.value.faults] == ["1SJOURN.DBF.NONE", "1SJOURN.DBF.OTHER"]


def test_the_code_page_is_a_setting(tmp_path: Path) -> None:
    path = one_column(tmp_path / "T.DBF", Field("NAME", "C", 12), ["Квас ё"], "cp866")
    assert next(typed_rows(Dbf(path, code_page="cp866"))) == ("Квас ё      ",)
    assert next(typed_rows(Dbf(path)))[0].rstrip() != "Квас ё"


def test_a_byte_without_a_letter_does_not_move_the_others(tmp_path: Path) -> None:
    """0x98 is no letter in cp1251: its place is kept, so that every other cell is cut where it begins."""
    path = one_column(tmp_path / "T.DBF", Field("NAME", "C", 4), [b"\x98abc", "квас"])
    assert list(typed_rows(Dbf(path))) == [("\ufffdabc",), ("квас",)]


def test_strings_over_255_have_their_whole_length(tmp_path: Path) -> None:
    path = one_column(tmp_path / "T.DBF", Field("NAME", "C", 300), ["х" * 299])
    assert next(typed_rows(Dbf(path))) == ("х" * 299 + " ",)


@pytest.mark.parametrize(
    ("letter", "cell", "value"),
    [("L", "T", True), ("L", "F", False), ("L", "?", None), ("M", "         7", "         7")],
)
def test_other_types_are_taken_as_they_are(tmp_path: Path, letter: str, cell: str, value: object) -> None:
    path = one_column(tmp_path / "T.DBF", Field("X", letter, len(cell)), [cell])
    assert list(typed_rows(Dbf(path))) == [(value,)]


def test_blank_numbers_and_dates_are_none(tmp_path: Path) -> None:
    write_dbf(tmp_path / "T.DBF", FIELDS, [(None,) * 5], "cp1251")
    assert next(typed_rows(Dbf(tmp_path / "T.DBF")))[2:] == (None, None, None)


def test_an_empty_table_has_no_rows(tmp_path: Path) -> None:
    write_dbf(tmp_path / "T.DBF", FIELDS, [], "cp1251")
    table = Dbf(tmp_path / "T.DBF")
    assert (table.records, list(table.blocks())) == (0, [])


def test_records_beyond_the_header_are_not_read(tmp_path: Path) -> None:
    """1C adds a record before it counts it: what the header does not count is not there yet."""
    path = one_column(tmp_path / "T.DBF", Field("X", "C", 3), ["one", "two"])
    path.write_bytes(path.read_bytes() + b" new")
    assert list(typed_rows(Dbf(path))) == [("one",), ("two",)]


# -- damage ------------------------------------------------------------------------------------------------------------


def test_a_file_with_fewer_records_than_promised_is_told(tmp_path: Path) -> None:
    path = one_column(tmp_path / "T.DBF", Field("X", "C", 3), ["one", "two", "six"])
    path.write_bytes(path.read_bytes()[:-6])
    with pytest.raises(BadAnswer, match="оборван"):
        Dbf(path)


def test_a_file_that_is_cut_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = one_column(tmp_path / "T.DBF", Field("X", "C", 100), ["one"] * 50)
    table = Dbf(path)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(BadAnswer, match="оборван"):
        list(table.blocks())


def test_a_record_without_its_mark_is_told_by_number(tmp_path: Path) -> None:
    path = one_column(tmp_path / "T.DBF", Field("X", "C", 3), ["one", "two", "six"])
    table = Dbf(path)
    spoiled(path, table.header.start + 4, b"?")
    with pytest.raises(BadAnswer, match="запись 2"):
        list(table.blocks())


@pytest.mark.parametrize(
    "content", [b"", b"\x03", b"PK\x03\x04" + b"x" * 60, b"\x03" + b"\0" * 31, b"\x03" + b"\xff" * 400]
)
def test_what_is_no_dbf_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "T.DBF").write_bytes(content)
    with pytest.raises(BadAnswer, match=r"T\.DBF"):
        Dbf(tmp_path / "T.DBF")


def test_files_that_are_not_there_or_held_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="нет"):
        Dbf(tmp_path / "NONE.DBF")
    (tmp_path / "FOLDER.DBF").mkdir()
    with pytest.raises(Busy, match="занят"):
        Dbf(tmp_path / "FOLDER.DBF")


@given(st.binary(max_size=600))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Whatever a file holds: an error of ours, or rows that the file has room for."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "T.DBF"
        path.write_bytes(content)
        _read_or_refused(path)


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_dbf_with_some_bytes_changed_is_read_or_refused(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "T.DBF"
        row = ("    24CIB", "Квас", Decimal("1.5"), 7, date(2026, 1, 1))
        write_dbf(path, FIELDS, [row] * 3, "cp1251")
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 6))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(bytes(content[: data.draw(st.integers(1, len(content)))]))
        _read_or_refused(path)


def _read_or_refused(path: Path) -> None:
    tracemalloc.start()
    try:
        table = Dbf(path)
        assert table.records * table.header.record_bytes <= path.stat().st_size
        assert len(list(typed_rows(table))) <= table.records
    except (MI1CError, Unfit):
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 16 << 20


def test_memory_does_not_grow_with_the_table(tmp_path: Path) -> None:
    """Ten times the rows take no more memory: one block is in it at a time."""
    peaks = []
    for rows in (4_000, 40_000):
        path = tmp_path / f"{rows}.DBF"
        write_dbf(path, FIELDS, [("     1   ", "Квас", Decimal("1.5"), 7, date(2026, 1, 1))] * rows, "cp1251")
        tracemalloc.start()
        assert sum(len(block) for block in Dbf(path).blocks(block_bytes=1 << 16)) == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + (1 << 16)


def test_nothing_of_a_base_is_changed_by_reading(trade_base: TestBase) -> None:
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in trade_base.folder.iterdir()}
    for path in trade_base.folder.glob("*.DBF"):
        assert list(Dbf(path).blocks()) is not None
    assert before == {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in trade_base.folder.iterdir()}
