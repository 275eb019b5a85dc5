"""Copies belong together: a base that changed meanwhile is copied again, and nothing of it is ever written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from connectors.onec.v77 import V77, V77Address
from connectors.onec.v77.snapshot import Folder, Moving, copied_file, fingerprint, snapshot
from foundation.errors import BadAnswer, Busy, Faults, NotFound
from tests.v77.v77_help import K, read_of, spoiled, table_of

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.v77 import TestBase

JOURNAL = "1SJOURN"


def address(base: TestBase, scratch: Path, **more: object) -> V77Address:
    """Return the address of a base whose copies go to ``scratch``."""
    return V77Address(base.folder, scratch=scratch, wait=0, **more)  # type: ignore[arg-type]  # the fields of the address


def test_copies_are_there_for_the_block_and_gone_after(own_base: TestBase, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with snapshot(address(own_base, scratch), [JOURNAL, "1SCONST"]) as folder:
        copied = sorted(path.name for path in folder.path.iterdir())
        assert copied == ["1SCONST.DBF", "1SJOURN.DBF"]
        assert folder.file("1sjourn.dbf").read_bytes() == (own_base.folder / "1SJOURN.DBF").read_bytes()
    assert list(scratch.iterdir()) == []


def test_copies_are_gone_after_an_error_too(own_base: TestBase, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(ZeroDivisionError), snapshot(address(own_base, scratch), [JOURNAL]):
        raise ZeroDivisionError
    assert list(scratch.iterdir()) == []


def test_a_backup_may_be_read_where_it_lies(own_base: TestBase, tmp_path: Path) -> None:
    with snapshot(address(own_base, tmp_path, copy=False), [JOURNAL]) as folder:
        assert folder.path == own_base.folder


class Working:
    """Somebody who works in the base while its tables are copied, the first ``times`` times."""

    def __init__(self, base: TestBase, times: int, *, hidden: bool = False) -> None:
        self._base, self._left, self._hidden = base, times, hidden
        self.copies = 0
        self.pauses: list[float] = []

    def copy(self, source: Path, target: Path) -> None:
        """Copy a file, then change a document's counter in the journal."""
        copied_file(source, target)
        self.copies += 1
        if self._left and source.name == "1SJOURN.DBF":
            self._left -= 1
            state = source.stat()
            start = int.from_bytes(source.read_bytes()[8:10], "little")
            offset = 1 + 4 + 9 + 4 + 3 + 8 + 6 + 18 + 10 + 1 + 1  # what stands before ACTCNT
            spoiled(source, start + offset, f"{self._left + 90:6}".encode())
            if self._hidden:  # a share that holds file times back
                os.utime(source, ns=(state.st_atime_ns, state.st_mtime_ns))


def test_a_base_that_changed_is_copied_again(own_base: TestBase, tmp_path: Path) -> None:
    working = Working(own_base, times=2)
    with snapshot(
        address(own_base, tmp_path, attempts=3), [JOURNAL, "1SCONST"], pause=working.pauses.append, copy=working.copy
    ) as folder:
        assert folder.file("1SJOURN.DBF").read_bytes() == (own_base.folder / "1SJOURN.DBF").read_bytes()
    assert (working.copies, working.pauses) == (6, [0, 0])


def test_a_change_is_seen_although_the_file_times_stand_still(own_base: TestBase, tmp_path: Path) -> None:
    working = Working(own_base, times=1, hidden=True)
    with snapshot(address(own_base, tmp_path), [JOURNAL], pause=working.pauses.append, copy=working.copy) as folder:
        assert folder.file("1SJOURN.DBF").read_bytes() == (own_base.folder / "1SJOURN.DBF").read_bytes()
    assert working.pauses == [0]


def test_a_base_that_never_stands_still_is_told(own_base: TestBase, tmp_path: Path) -> None:
    working = Working(own_base, times=9)
    with (
        pytest.raises(Moving, match="каждой из 2 попыток"),
        snapshot(address(own_base, tmp_path, attempts=2), [JOURNAL], pause=working.pauses.append, copy=working.copy),
    ):
        raise AssertionError
    assert working.pauses == [0]


def test_a_new_object_anywhere_changes_the_fingerprint(own_base: TestBase) -> None:
    before = fingerprint(Folder(own_base.folder), ["1SCONST"])
    path = own_base.folder / "1SUIDCTL.DBF"
    state = path.stat()
    spoiled(path, state.st_size - 5, b"Z")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert fingerprint(Folder(own_base.folder), ["1SCONST"]) != before


def test_a_card_that_was_changed_changes_the_fingerprint(own_base: TestBase) -> None:
    goods = table_of(own_base, "SC", "Номенклатура")
    before = fingerprint(Folder(own_base.folder), [goods])
    path = own_base.folder / f"{goods}.DBF"
    state, content = path.stat(), path.read_bytes()
    start = int.from_bytes(content[8:10], "little")
    spoiled(path, start + 1 + 9 + 9 + 8 + 50 + 1 + 1, b"ZZZZZZ")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert fingerprint(Folder(own_base.folder), [goods]) != before


def test_a_damaged_file_is_told_after_the_last_attempt(own_base: TestBase, tmp_path: Path) -> None:
    (own_base.folder / "1SJOURN.DBF").write_bytes(b"\x03 half a file")
    pauses: list[float] = []
    with (
        pytest.raises(BadAnswer, match="1SJOURN"),
        snapshot(address(own_base, tmp_path, attempts=3), [JOURNAL], pause=pauses.append),
    ):
        raise AssertionError
    assert pauses == [0, 0]


def test_names_of_files_are_found_in_any_case(own_base: TestBase, tmp_path: Path) -> None:
    """A base copied to Linux keeps whatever case its names had."""
    for path in list(own_base.folder.iterdir()):
        path.rename(path.with_name(path.name.lower()))
    base = V77(address(own_base, tmp_path))
    assert base.count(read_of("Журнал", ("x", K.KEY, "Ссылка"))) > 0


def test_two_files_of_one_name_are_told(own_base: TestBase) -> None:
    (own_base.folder / "1sjourn.dbf").write_bytes(b"")
    with pytest.raises(BadAnswer, match="1SJOURN"):
        Folder(own_base.folder)


def test_a_folder_that_is_none_is_told(own_base: TestBase, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Folder(tmp_path / "nowhere")
    with pytest.raises(NotFound):
        Folder(own_base.folder / "1SJOURN.DBF")
    (own_base.folder / "1Cv7.DD").unlink()
    with pytest.raises(NotFound, match=r"1Cv7\.DD"):
        Folder(own_base.folder).dictionary()


def test_a_table_that_is_held_is_told(own_base: TestBase, tmp_path: Path) -> None:
    (own_base.folder / "1SCONST.DBF").unlink()
    (own_base.folder / "1SCONST.DBF").mkdir()
    with pytest.raises(Busy, match="занят"), snapshot(address(own_base, tmp_path), ["1SCONST"]):
        raise AssertionError


def test_all_faults_of_an_address_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Faults) as raised:
        V77Address(tmp_path, code_page="utf-8", attempts=0, wait=-1)  # type: ignore[arg-type]  # what a link may say
    assert {fault.path for fault in raised.value.faults} == {"code_page", "attempts", "wait"}


def test_the_base_is_as_it_was(own_base: TestBase, tmp_path: Path) -> None:
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in own_base.folder.iterdir()}
    base = V77(address(own_base, tmp_path))
    base.read(read_of("Справочник.Номенклатура", ("x", K.KEY, "Ссылка")))
    assert base.totals_reproduced("ОстаткиТМЦ").whole
    assert before == {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in own_base.folder.iterdir()}
