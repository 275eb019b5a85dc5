"""Correspondences from a table and into one: wholly or not at all, every fault with its row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import xlsxwriter

from foundation.errors import Faults, NotFound
from ledger.links import link_id
from mappings.catalog import store_ours, store_theirs
from mappings.correspondences import active, confirm, confirm_many, history
from mappings.pair_export import HEAD, export_file
from mappings.pair_import import Imported, import_file
from mappings.pairs import Pair
from mappings.tabular import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from foundation.database import Database

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
UNITS = [
    ("pc", "796", "шт", ""),
    ("lt", "112", "л", ""),
    ("box-a", "", "кор", "a"),
    ("box", "", "кор", ""),
    ("pal-1", "", "пал", ""),
    ("pal-2", "", "пал", ""),
]
GOODS = [
    ("a", "00-01", "Квас", "K-1", "pc", False, False),
    ("b", "00-02", "=Пиво", "P-1", "pc", False, False),
    ("c", "00-03", "Сидр", "S", "lt", False, False),
    ("d", "00-04", "Сидр 2", "S", "lt", False, False),
    ("old", "00-01", "Квас старый", "K-1", "pc", True, False),
    ("e", "00-05", "Без единицы", "", "", False, False),
    ("folder", "00-06", "Папка", "", "", False, True),
]
THEIRS = [("0100", "ea", "шт", 1_000_000), ("0100", "box", "кор", 12_000_000), ("200", "l", "л", 1_000_000)]


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Open a session for writing."""
    with database.begin() as opened:
        yield opened


@pytest.fixture
def link(session: Session) -> int:
    """Make a link whose both sides are known."""
    made = link_id(session, "north")
    units = pd.DataFrame(UNITS, columns=["our_unit", "code", "name", "our_good"])
    columns = ["our_good", "code", "name", "article", "our_unit", "deleted", "is_group"]
    store_ours(session, made, "unit", units, AT)
    store_ours(session, made, "good", pd.DataFrame(GOODS, columns=columns), AT)
    store_ours(session, made, "warehouse", pd.DataFrame({"our_warehouse": ["w"], "name": ["Склад"]}), AT)
    theirs = pd.DataFrame(THEIRS, columns=["their_good", "their_unit", "unit_name", "factor"])
    store_theirs(session, made, theirs.assign(name="N"), AT)
    return made


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "pairs.csv"
    path.write_bytes(text.encode(encoding))
    return path


def excel(folder: Path, *rows: list[Any]) -> Path:
    path = folder / "pairs.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    return path


def pairs(session: Session, link: int) -> set[tuple[Any, ...]]:
    frames = [active(session, link, "good"), active(session, link, "unit"), active(session, link, "warehouse")]
    return {tuple(row)[:5] for frame in frames for row in frame.to_numpy().tolist()}


def faults(session: Session, link: int, path: Path) -> dict[str, str]:
    """Import, expect faults and that nothing was imported, and return them."""
    before = pairs(session, link)
    with pytest.raises(Faults) as caught:
        import_file(session, link, path, author="x")
    assert pairs(session, link) == before
    assert "pairs" in caught.value.said
    return {fault.path: fault.said for fault in caught.value.faults}


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_csv_of_every_making_is_read(
    session: Session, link: int, tmp_path: Path, separator: str, encoding: str
) -> None:
    rows = [["Наш код", "Их код", "Единица", "Числитель", "Знаменатель"], ["00-01", "0100", "box", "1", "12"]]
    path = written(tmp_path, "\r\n".join(separator.join(row) for row in rows), encoding)
    assert import_file(session, link, path, author="Иванова", at=AT) == Imported(rows=1, made=2, replaced=0, same=0)
    assert pairs(session, link) == {("a", "", "0100", 1, 1), ("pc", "a", "box", 1, 12)}
    (made,) = history(session, link, "good", "a")
    assert (made.source, made.author) == ("import", "Иванова")


def test_excel_is_read_below_a_title_and_with_codes_typed_as_numbers(
    session: Session, link: int, tmp_path: Path
) -> None:
    path = excel(
        tmp_path,
        ["Соответствия на 24.11"],
        [],
        ["Артикул", "Наименование", "Код производителя", "Единица", "Коэффициент"],
        ["P-1", "любое", 200, "l", 0.5],
        [],
        ["K-1", "любое", "0100", None, None],
    )
    assert import_file(session, link, path, author="x").rows == 2
    assert pairs(session, link) == {("b", "", "200", 1, 1), ("pc", "b", "l", 1, 2), ("a", "", "0100", 1, 1)}


@pytest.mark.parametrize(
    ("told", "expected"),
    [("12", (12, 1)), ("0,5", (1, 2)), ("1/3", (1, 3)), ("2,5 / 10", (1, 4)), ("1 000", (1000, 1)), ("0.125", (1, 8))],
)
def test_factors_are_exact(session: Session, link: int, tmp_path: Path, told: str, expected: tuple[int, int]) -> None:
    path = written(tmp_path, f"our_id;their_id;their_unit;factor\na;0100;ea;{told}")
    import_file(session, link, path, author="x")
    assert ("pc", "a", "ea", *expected) in pairs(session, link)


@pytest.mark.parametrize(("told", "expected"), [("", "pc"), ("ШТ", "pc"), ("кор", "box-a"), ("LT", "lt"), ("л", "lt")])
def test_our_unit_is_the_goods_own_its_package_or_a_general_one(
    session: Session, link: int, tmp_path: Path, told: str, expected: str
) -> None:
    path = written(tmp_path, f"our_id;our_unit;their_id;their_unit;factor\na;{told};0100;ea;1")
    import_file(session, link, path, author="x")
    assert (expected, "a", "ea", 1, 1) in pairs(session, link)


def test_a_good_that_is_not_theirs_is_marked_and_comes_back_from_an_export(
    session: Session, link: int, tmp_path: Path
) -> None:
    """«нет пары» is a pair in force like any other: it is exported, and can be replaced by a real one."""
    import_file(session, link, written(tmp_path, "ссылка;их код\na;Нет пары\n"), author="x")
    assert pairs(session, link) == {("a", "", "", 1, 1)}
    file = tmp_path / "out.csv"
    export_file(session, link, file)
    assert "нет пары" in file.read_text("utf-8-sig")
    assert import_file(session, link, file, author="y") == Imported(rows=1, made=0, replaced=0, same=1)
    import_file(session, link, written(tmp_path, "ссылка;их код\na;200\n"), author="x")
    assert pairs(session, link) == {("a", "", "200", 1, 1)}


def test_other_kinds_stand_in_the_same_file(session: Session, link: int, tmp_path: Path) -> None:
    path = written(tmp_path, "Вид;Ссылка;Их код;Коэффициент\nСклад;W;1;\nТовар;A;0100;\nединица;pc;ea;2")
    assert import_file(session, link, path, author="x").made == 3
    assert pairs(session, link) == {("w", "", "1", 1, 1), ("a", "", "0100", 1, 1), ("pc", "", "ea", 2, 1)}


def test_an_import_says_what_it_replaced_and_what_was_there(session: Session, link: int, tmp_path: Path) -> None:
    confirm(session, link, Pair("good", "a", "0100"), author="x")
    confirm(session, link, Pair("good", "b", "0100"), author="x")
    path = written(tmp_path, "our_id;their_id\na;0100\nb;200\nc;200\nc;200")
    assert import_file(session, link, path, author="x") == Imported(rows=4, made=1, replaced=1, same=1)


# -- faults ------------------------------------------------------------------------------------------------------------


def test_all_faults_are_told_at_once_with_their_rows(session: Session, link: int, tmp_path: Path) -> None:
    head = "вид;наш код;артикул;наша единица;их код;единица;числитель;знаменатель;коэффициент"
    rows = {
        2: ";a;;;0100;;;;",
        3: "товары;a;;;0100;;;;",
        4: ";;;;0100;;;;",
        5: ";nobody;;;0100;;;;",
        6: ";;S;;0100;;;;",
        7: ";b;;;;;;;",
        8: ";b;;;100;;;;",
        9: ";b;;;0100;;;;12",
        10: ";b;;;0100;pal;;;1",
        11: ";b;;;0100;ea;;;",
        12: ";b;;;0100;ea;;;дюжина",
        13: ";b;;;0100;ea;;;0",
        14: ";b;;;0100;ea;1;0;",
        15: ";b;;;0100;ea;1;2;0,6",
        16: ";b;;пачка;0100;ea;;;1",
        17: ";e;;;0100;ea;;;1",
        18: ";a;;;200;;;;",
        19: ";c;;;0100;ea;;3;",
        20: ";c;;;0100;ea;;;0,000000000001/999999999999999999",
        21: ";folder;;;0100;;;;",
    }
    path = written(tmp_path, "\n".join([head, *rows.values()]))
    found = faults(session, link, path)
    assert {int(where.split(",")[0].removeprefix("строка ")) for where in found} == set(rows) - {2}
    expected = {
        "строка 3, вид": "неизвестный вид «товары»",
        "строка 4, наш код": "не заполнен",
        "строка 5, наш код": "не найден в справочниках 1С",
        "строка 6, артикул": "есть у нескольких (2)",
        "строка 8, их код": "начинается с нулей",
        "строка 9, единица": "не заполнена",
        "строка 10, единица": "есть box, ea",
        "строка 11, коэффициент": "сколько их единиц",
        "строка 13, коэффициент": "больше нуля",
        "строка 15, коэффициент": "не равен",
        "строка 16, наша единица": "не найдена",
        "строка 17, наша единица": "укажите её",
        "строка 18, их код": "противоречит строке 2",
        "строка 20, коэффициент": "слишком длинный",
    }
    for where, said in expected.items():
        assert said in found[where], where


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "нет известных заголовков"),
        ("a;b\n1;2", "нет известных заголовков"),
        ("наш код;единица\na;ea", "нет колонки «Их код»"),
        ("их код;единица\n1;ea", "нет колонки «Наш код»"),
        ("наш код;our_id;их код\na;a;1", "встречается дважды"),
        ('наш код;их код\n"' + "x" * 140_000 + '";1', "не читается как CSV"),
        ("PK\0\0;;", "не CSV"),
    ],
)
def test_a_file_that_is_none_is_told(session: Session, link: int, tmp_path: Path, text: str, said: str) -> None:
    assert any(said in each for each in faults(session, link, written(tmp_path, text)).values())


def test_a_broken_excel_file_is_told(session: Session, link: int, tmp_path: Path) -> None:
    path = tmp_path / "pairs.xlsx"
    path.write_bytes(b"no table")
    assert "Excel" in faults(session, link, path)["файл"]


def test_a_file_that_is_not_there_is_told(session: Session, link: int, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"gone\.csv"):
        import_file(session, link, tmp_path / "gone.csv", author="x")


def test_before_the_catalogs_are_read_nothing_can_be_imported(session: Session, tmp_path: Path) -> None:
    found = faults(session, link_id(session, "new"), written(tmp_path, "our_id;their_id\na;1"))
    assert "goods" in str(found) or "catalogs" in str(found)
    with pytest.raises(Faults) as caught:
        import_file(session, link_id(session, "new"), tmp_path / "pairs.csv", author="x")
    assert [word in str(caught.value) for word in ("обмен goods", "обмен catalogs")] == [True, True]


# -- writing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out.xlsx", "out.csv"])
def test_what_is_exported_can_be_imported_and_changes_nothing(
    session: Session, link: int, tmp_path: Path, name: str
) -> None:
    many = 10**17 + 1
    confirm_many(
        session,
        link,
        [
            Pair("good", "a", "0100", note="проверено"),
            Pair("unit", "pc", "ea", "a", 1, 3),
            Pair("unit", "box-a", "box", "a"),
            Pair("unit", "box", "box", "a", 3, many),
            Pair("good", "b", "200"),
            Pair("good", "c", "200"),
            Pair("unit", "lt", "l", "c"),
            Pair("unit", "pal-2", "l", "c", 500, 1),
            Pair("unit", "pc", "ea"),
            Pair("warehouse", "w", "01"),
        ],
        author="Иванова",
        at=AT,
    )
    path = tmp_path / name
    assert export_file(session, link, path) == 8
    before = pairs(session, link)
    assert import_file(session, link, path, author="y") == Imported(rows=8, made=0, replaced=0, same=10)
    assert pairs(session, link) == before
    lines, _ = read_lines(path, {head.lower(): head for head in HEAD})
    first = next(line.cells for line in lines if line.get("Ссылка") == "a" and line.get("Единица") == "ea")
    assert first == {
        "Вид": "товар", "Ссылка": "a", "Наш код": "00-01", "Артикул": "K-1", "Наименование": "Квас",
        "Их код": "0100", "Их наименование": "N", "Наша единица": "шт", "Единица": "ea", "Числитель": "1",
        "Знаменатель": "3", "Источник": "person", "Автор": "Иванова", "Дата": "24.11.2026", "Примечание": "проверено",
    }  # fmt: skip


def test_a_name_is_never_a_formula(session: Session, link: int, tmp_path: Path) -> None:
    confirm(session, link, Pair("good", "b", "200"), author="x")
    export_file(session, link, tmp_path / "a.csv")
    assert ";'=Пиво;" in (tmp_path / "a.csv").read_text("utf-8-sig")
    export_file(session, link, tmp_path / "a.xlsx")
    (line,), _ = read_lines(tmp_path / "a.xlsx", {"ссылка": "ref", "наименование": "name"})
    assert line.get("name") == "=Пиво"


def test_what_a_side_has_no_more_is_left_out(session: Session, link: int, tmp_path: Path) -> None:
    """A good of theirs, a unit of each side and a good of ours vanish; the file can still be imported."""
    confirm_many(
        session,
        link,
        [
            Pair("good", "a", "0100"),
            Pair("unit", "pc", "box", "a"),
            Pair("good", "b", "200"),
            Pair("good", "x", "0100"),
        ],
        author="x",
    )
    frame = pd.DataFrame(THEIRS[:1], columns=["their_good", "their_unit", "unit_name", "factor"])
    store_theirs(session, link, frame.assign(name="N"), AT)
    path = tmp_path / "out.csv"
    assert export_file(session, link, path) == 1
    assert import_file(session, link, path, author="y") == Imported(rows=1, made=0, replaced=0, same=1)
