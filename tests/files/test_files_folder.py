"""The inbox: taken when whole, kept, set aside with a reason; every file ends in exactly one fate."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from connectors.onec.files import FolderAddress, FolderState, Limits
from connectors.onec.files.commerceml import inspect
from foundation.errors import BadAnswer, Faults, Unreachable
from tests.files.files_help import GOOD, PLACE, Base, catalog, good, names_of, offer, package, stock_of, whole

if TYPE_CHECKING:
    from pathlib import Path

GOODS = whole(catalog(good(GOOD)))


@pytest.fixture
def base(tmp_path: Path) -> Base:
    return Base(tmp_path)


def _left(base: Base) -> list[str]:
    return sorted(path.name for path in base.address.coming.iterdir() if path.is_file())


def test_a_file_is_taken_after_two_looks(base: Base) -> None:
    base.put("import0_1.xml", GOODS)
    first = base.onec.take(wait=False)
    assert list(first.waiting) == ["import0_1.xml"]
    assert base.onec.take(wait=False).waiting
    base.clock.sleep(base.address.quiet)
    delivery = base.onec.take(wait=False)
    assert [file.came_as for file in delivery.taken] == ["import0_1.xml"]
    assert _left(base) == []
    assert names_of(base.onec) == {GOOD: "Вода"}
    assert [path.name for path in base.address.taken.iterdir()] == [delivery.taken[0].file]


def test_one_call_waits_by_itself(base: Base) -> None:
    base.put("import0_1.xml", GOODS)
    before = base.clock.now
    assert base.onec.take().taken
    assert base.clock.now - before == base.address.quiet


def test_nothing_is_taken_while_an_upload_goes_on(base: Base) -> None:
    base.put("import0_1.xml", GOODS)
    for length in range(3):
        base.put("offers0_1.xml", b"x" * (length + 1))
        base.clock.sleep(60)
        delivery = base.onec.take(wait=False)
        assert set(delivery.waiting) == {"import0_1.xml", "offers0_1.xml"}
        assert "offers0_1.xml" in delivery.waiting["import0_1.xml"]
    base.put("offers0_1.xml", whole(package(offer(GOOD, {PLACE: "1"}))))
    base.onec.take(wait=False)
    base.clock.sleep(60)
    assert len(base.onec.take(wait=False).taken) == 2


def test_what_never_rests_stops_the_others_for_a_while_only(base: Base) -> None:
    base.put("import0_1.xml", GOODS)
    taken = []
    for length in range(40):
        base.put("log.xml", b"x" * (length + 1))
        taken += [file.came_as for file in base.onec.take(wait=False).taken]
        base.clock.sleep(30)
    assert taken == ["import0_1.xml"]


def test_a_file_of_readiness(tmp_path: Path) -> None:
    base = Base(tmp_path, ready="готово.flg")
    base.put("import0_1.xml", GOODS)
    delivery = base.onec.take()
    assert "готово.flg" in delivery.waiting["import0_1.xml"]
    base.put("готово.flg", "")
    assert base.onec.take().taken
    assert _left(base) == []


def test_the_state_goes_through_json_to_the_next_run(base: Base) -> None:
    base.put("import0_1.xml", GOODS)
    base.onec.take(wait=False)
    base.again()
    base.clock.sleep(base.address.quiet)
    assert base.onec.take(wait=False).taken
    assert names_of(base.again()) == {GOOD: "Вода"}


def test_the_same_bytes_are_taken_once(base: Base) -> None:
    base.put("import0_1.xml", GOODS)
    base.onec.take()
    base.put("import0_1.xml", GOODS)
    base.put("copy of import.xml", GOODS)
    delivery = base.onec.take()
    assert delivery.again == ("copy of import.xml", "import0_1.xml")
    assert _left(base) == []
    assert len(base.onec.state.taken) == 1


def test_the_same_bytes_without_a_time_of_their_own_may_be_meant_again(base: Base) -> None:
    undated = [whole(catalog(good(ref)), attributes='ВерсияСхемы="2.05"') for ref in ("a", "b")]
    for content, expected in ((undated[0], "a"), (undated[1], "b"), (undated[0], "a")):
        base.clock.sleep(3600)
        base.put("import0_1.xml", content)
        assert base.onec.take().taken
        assert set(names_of(base.onec)) == {expected}
    base.clock.now -= base.address.quiet  # a copy of the same file, with its time
    base.put("import0_1.xml", undated[0])
    base.clock.sleep(base.address.quiet)
    assert base.onec.take().again == ("import0_1.xml",)


def test_a_lost_state_is_made_again_from_what_was_taken(base: Base) -> None:
    base.put("import0_1.xml", GOODS)
    base.put("offers0_1.xml", whole(package(offer(GOOD, {PLACE: "3"}))))
    base.onec.take()
    kept = base.onec.state
    base.onec.state = FolderState()
    base.onec.take()
    assert {(file.file, file.sha256) for file in base.onec.state.taken} == {
        (file.file, file.sha256) for file in kept.taken
    }
    assert stock_of(base.onec) == {(GOOD, PLACE): 3_000_000}


def test_a_damaged_file_is_set_aside_and_stops_nobody(base: Base) -> None:
    base.put("a_damaged.xml", whole("<Каталог></Склад>"))
    base.put("import0_1.xml", GOODS)
    base.put("page.xml", "<html></html>")
    delivery = base.onec.take()
    assert [file.came_as for file in delivery.taken] == ["import0_1.xml"]
    assert len(delivery.aside) == 2
    assert _left(base) == []
    for aside in delivery.aside:
        assert (base.address.aside / aside.file).exists()
        told = (base.address.aside / f"{aside.file}.txt").read_text("utf-8-sig")
        assert aside.reason.said in told
        assert aside.reason.todo in told
        assert "Отложен: 24.11.2026" in told


def test_the_same_damaged_file_again_has_a_name_of_its_own(base: Base) -> None:
    for _ in range(2):
        base.put("page.xml", "<html></html>")
        base.onec.take(wait=True)
        base.clock.now -= base.address.quiet
    assert len(list(base.address.aside.glob("*.xml"))) == 2
    assert len(list(base.address.aside.glob("*.txt"))) == 2


def test_a_file_that_ends_too_early_is_waited_for(base: Base) -> None:
    base.put("import0_1.xml", GOODS[:-30])
    delivery = base.onec.take()
    assert "обрывается" in delivery.waiting["import0_1.xml"]
    base.put("import0_1.xml", GOODS)
    assert base.onec.take().taken
    base.put("offers0_1.xml", GOODS[:-40])
    base.onec.take()
    base.clock.sleep(base.address.patience)
    assert [aside.file.endswith("offers0_1.xml") for aside in base.onec.take().aside] == [True]


def test_a_file_that_changes_while_it_is_read_waits(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    path = base.put("import0_1.xml", GOODS)

    def meddling(*arguments: Any) -> object:
        found = inspect(*arguments)
        path.write_bytes(b"something else")
        return found

    # 1C writes between our reading and our renaming: no argument could do that.
    monkeypatch.setattr("connectors.onec.files.folder.inspect", meddling)
    assert base.onec.take().waiting == {"import0_1.xml": "файл изменился, пока читался"}
    assert path.read_bytes() == b"something else"


def test_a_crash_after_the_move_is_made_good(base: Base) -> None:
    base.put("import0_1.xml", GOODS)
    before = base.onec.state
    base.onec.take()
    base.onec.state = before  # the run died before its state was stored
    base.onec.take()
    assert names_of(base.onec) == {GOOD: "Вода"}
    assert len(base.onec.state.taken) == 1


def test_a_zip_as_1c_makes_it(base: Base) -> None:
    path = base.address.coming / "v8_upload.zip"
    base.address.coming.mkdir()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("import_files/aa/1.jpg", b"\xff")
        archive.writestr("webdata/import0_1.xml", GOODS)
        archive.writestr("webdata/offers0_1.xml", whole(package(offer(GOOD, {PLACE: "4,5"}))))
    os.utime(path, (base.clock.now, base.clock.now))
    (taken,) = base.onec.take().taken
    assert [part.name for part in taken.parts] == ["webdata/import0_1.xml", "webdata/offers0_1.xml"]
    assert stock_of(base.again()) == {(GOOD, PLACE): 4_500_000}


def test_a_zip_with_one_bad_member_is_refused_whole(base: Base) -> None:
    base.address.coming.mkdir()
    path = base.address.coming / "upload.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("import0_1.xml", GOODS)
        archive.writestr("offers0_1.xml", "<html/>")
    delivery = base.onec.take()
    assert len(delivery.aside) == 1
    assert not base.onec.state.taken


def test_a_zip_cut_short_or_empty(base: Base) -> None:
    base.address.coming.mkdir()
    with zipfile.ZipFile(base.address.coming / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    base.put("b.zip", b"PK\x03\x04half")
    delivery = base.onec.take()
    assert "нет ни одного файла XML" in delivery.aside[0].reason.said
    assert "не распаковывается" in delivery.waiting["b.zip"]


def test_a_zip_of_too_many_files(tmp_path: Path) -> None:
    base = Base(tmp_path, limits=Limits(members=3))
    base.address.coming.mkdir()
    with zipfile.ZipFile(base.address.coming / "a.zip", "w") as archive:
        for number in range(4):
            archive.writestr(f"import0_{number}.xml", GOODS)
    assert "больше 3 файлов" in base.onec.take().aside[0].reason.said


def test_other_files_are_left_where_they_are(base: Base) -> None:
    base.put("readme.txt", "x")
    base.put("~$import.xml", "x")
    base.put(".import.xml.tmp", "x")
    (base.address.coming / "import_files").mkdir()
    delivery = base.onec.take()
    assert delivery.passed == ("readme.txt",)
    assert _left(base) == [".import.xml.tmp", "readme.txt", "~$import.xml"]


def test_files_with_faults_are_taken_and_told(base: Base) -> None:
    base.put("import0_1.xml", whole(catalog(good(GOOD, ""))))
    (taken,) = base.onec.take().taken
    assert [str(fault) for fault in taken.faults] == [
        f"import0_1.xml: Товар № 1 (Ид {GOOD}), Наименование: пусто / is empty"
    ]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    base = Base(tmp_path / "нет")
    with pytest.raises(Unreachable, match="недоступна"):
        base.onec.take()


def test_a_taken_file_damaged_later_is_told_when_it_is_read(base: Base) -> None:
    base.put("import0_1.xml", GOODS)
    base.onec.take()
    (base.address.taken / base.onec.state.taken[0].file).write_bytes(GOODS.encode()[:-50])
    with pytest.raises(BadAnswer, match="обрывается"):
        names_of(base.onec)
    (base.address.taken / base.onec.state.taken[0].file).unlink()
    with pytest.raises(Unreachable):
        names_of(base.onec)


def test_all_faults_of_the_settings_at_once(tmp_path: Path) -> None:
    with pytest.raises(Faults) as raised:
        FolderAddress(tmp_path, inbox="a/b", outbox="", quiet=-1, patience=float("nan"), ready="../x")
    assert {fault.path for fault in raised.value.faults} == {"inbox", "outbox", "quiet", "patience", "ready"}
    with pytest.raises(Faults, match="совпадает"):
        FolderAddress(tmp_path, inbox="a", outbox="a")
    with pytest.raises(Faults, match="не меньше 1"):
        Limits(record_bytes=0)
