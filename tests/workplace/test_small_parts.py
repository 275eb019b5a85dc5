"""The small parts of the pages: differences of names, pictures, numbers, plurals, tables of messages, memories."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from foundation.errors import BadAnswer
from tests.workplace.seeding import message_text
from workplace import charts, numbers
from workplace.charts import Series
from workplace.diffs import marked
from workplace.i18n import Words, plural
from workplace.message_table import tables
from workplace.site import Memory
from workplace.work_view import choice

if TYPE_CHECKING:
    from mappings.worklist import Work

TAGS = re.compile(r"</?mark>")
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=40)


def plain(markup: str) -> str:
    """Return what a reader sees."""
    return str(etree.HTML(f"<p>{markup}</p>").xpath("string()")) if markup else ""


# -- differences -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs", "left", "right"),
    [
        ("Пиво светлое 0,5", "Пиво светлое 0.5", "Пиво светлое 0,5", "Пиво светлое 0.5"),
        ("Пиво 0,5 л", "Пиво 0,45 л", "Пиво <mark>0,5</mark> л", "Пиво <mark>0,45</mark> л"),
        ("МОЛОКО Тёплое", "молоко теплое", "МОЛОКО Тёплое", "молоко теплое"),
        ("квас хлебный", "квас хлебной", "квас хлебн<mark>ы</mark>й", "квас хлебн<mark>о</mark>й"),
        ("сок «Сад» яблоко", "сок Сад яблоко", "сок «Сад» яблоко", "сок Сад яблоко"),
        ("<b>сок</b>", "<b>сок</b>", "&lt;b&gt;сок&lt;/b&gt;", "&lt;b&gt;сок&lt;/b&gt;"),
    ],
)
def test_what_differs_is_marked(ours: str, theirs: str, left: str, right: str) -> None:
    assert marked(ours, theirs) == (left, right)


@given(TEXT, TEXT)
def test_marks_change_no_letter_and_let_no_markup_through(ours: str, theirs: str) -> None:
    for markup, name in zip(marked(ours, theirs), (ours, theirs), strict=True):
        bare = TAGS.sub("", str(markup))
        assert "<" not in bare
        assert (
            bare.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&#x27;", "'")
            .replace("&quot;", '"')
            .replace("&amp;", "&")
            == name
        )


@given(TEXT)
def test_equal_names_have_no_mark(name: str) -> None:
    assert "<mark>" not in "".join(marked(name, name))


def test_a_candidate_shows_its_factor(work_row: Work) -> None:
    made = choice(work_row, {"their_id": "T", "name": "x", "numerator": 1, "denominator": 24}, 1)
    assert made.factor == "1/24"
    assert choice(work_row, {"their_id": "T", "name": "x", "numerator": 12}, 1).factor == "12"
    assert choice(work_row, {"their_id": "T"}, 1).name == "T"


@pytest.fixture
def work_row() -> Work:
    from mappings.worklist import Queue, Work

    texts: dict[str, Any] = dict.fromkeys(
        ("scope", "code", "unit_id", "unit_name", "group_name", "their_id", "their_unit", "note"), ""
    )
    figures: dict[str, Any] = dict.fromkeys(("chance", "numerator", "denominator", "value", "orders", "lines"), 1)
    return Work(our_id="a", name="Товар", queue=Queue.GREEN, candidates=[], **texts, **figures)


# -- pictures ----------------------------------------------------------------------------------------------------------


def svg(markup: str) -> etree._Element:
    return etree.fromstring(f"<div>{markup}</div>".encode())


NAMES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12), min_size=1, max_size=40
)


@given(NAMES, st.lists(st.one_of(st.none(), st.floats(0, 1e12)), min_size=40, max_size=40))
def test_any_figures_make_a_well_formed_picture_within_its_frame(labels: list[str], values: list[float | None]) -> None:
    series = [Series("в <1С>", values[: len(labels)]), Series("у них", values[-len(labels) :])]
    drawn = svg(charts.pairs("Отгрузки & суммы", labels, series, str))
    for bar in drawn.iter("rect"):
        if "c-bar" in (bar.get("class") or "") and bar.get("y"):
            assert 0 <= float(bar.get("y", "0")) <= charts.HEIGHT
            assert float(bar.get("height", "0")) >= 0
    assert drawn.xpath("string(.//title)") == "Отгрузки & суммы"
    assert not drawn.xpath(".//@style|.//script|.//style")
    assert "в <1С>" in drawn.xpath("string(ul)")


def test_lines_are_told_apart_without_colour() -> None:
    series = [Series("по стоимости", [50.0, 75.0]), Series("по числу", [40.0, None])]
    drawn = svg(charts.lines("Доля", ["1", "2"], series, lambda value: f"{value:.0f} %", lambda value: f"{value:.0f}"))
    assert [each.get("class") for each in drawn.iter("polyline")] == ["c-line c-line-0", "c-line c-line-1"]
    assert [each.tag for each in drawn.xpath("svg/*[contains(@class, 'c-mark')]")] == ["circle", "rect"]
    assert "75 %" in drawn.xpath("string(.)")
    assert svg(charts.lines("Доля", ["1"], [Series("x", [None])], str, str)).xpath("count(svg/polyline)") == 0


def test_bars_that_lie_have_their_names_and_values() -> None:
    drawn = svg(charts.lying("Почему", [("Нет пары", 10.0, "10 строк"), ("Н" * 200, 0.0, "0")]))
    widths = [float(each.get("width", "0")) for each in drawn.xpath(".//rect[contains(@class, 'c-bar')]")]
    assert widths[0] > widths[1] > 0
    assert "10 строк" in drawn.xpath("string(.)")
    assert svg(charts.lying("Пусто", [])) is not None


def test_a_strip_marks_what_failed() -> None:
    drawn = svg(charts.strip("Остатки", [(5.0, "№ 1: 5", False), (0.0, "№ 2: 0", True)]))
    assert [each.get("class") for each in drawn.iter("rect")] == ["c-bar c-bar-0", "c-bar c-bar-1"]
    assert drawn.xpath("string(.//text)") == "×"


# -- numbers -----------------------------------------------------------------------------------------------------------


def test_numbers_in_both_languages() -> None:
    thin = numbers.THIN
    assert numbers.integer(1_234_567) == f"1{thin}234{thin}567"
    assert numbers.integer(1_234_567, "en") == "1,234,567"
    assert numbers.money(1_234_500_000) == f"1{thin}234,50"
    assert numbers.money(-500_000, "en") == "-0.50"
    assert numbers.quantity(2_147_963_000) == f"2{thin}147,963"
    assert numbers.quantity(-1_500_000, "en") == "−1.5"
    assert numbers.percent(93.25) == "93,2\u00a0%"
    assert numbers.percent(93.25, "en") == "93.2%"
    assert numbers.short_money(1_250_000 * 10**6) == "1,2\u00a0млн"
    assert numbers.short_money(900 * 10**6) == "900"
    assert numbers.size(500) == "500\u00a0Б"
    assert numbers.size(3 * 1024 * 1024, "en") == "3.0\u00a0MiB"
    assert numbers.seconds(None) == ""
    assert numbers.seconds(1.234) == "1,2\u00a0с"
    assert numbers.seconds(150.0, "en") == "2.5\u00a0min"
    assert numbers.day("2026-11-24T00:00") == "24.11.2026"
    assert numbers.day("когда-то") == "когда-то"
    assert numbers.moment(None) == numbers.clock(None) == numbers.iso(None) == ""
    assert numbers.iso(datetime(2026, 11, 24, 8, 15, tzinfo=UTC)) == "2026-11-24T08:15:00+00:00"
    assert numbers.told("1250000.50") == f"1{thin}250{thin}000,50"
    assert numbers.told("—") == "—"
    assert numbers.told("1E+3", "en") == "1,000"


@given(st.integers(-(10**15), 10**15))
def test_no_digit_of_money_or_quantity_is_lost(micro: int) -> None:
    def back(text: str) -> Decimal:
        return Decimal(text.replace(",", "").replace("−", "-")) * 1_000_000

    assert back(numbers.quantity(micro, "en")) == micro
    assert abs(back(numbers.money(micro, "en")) - micro) <= 5_000


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "строк"),
        (1, "строка"),
        (2, "строки"),
        (5, "строк"),
        (11, "строк"),
        (14, "строк"),
        (21, "строка"),
        (112, "строк"),
        (1_004, "строки"),
    ],
)
def test_nouns_follow_their_numbers(number: int, said: str) -> None:
    assert plural(number, "строка", "строки", "строк") == said


def test_words_of_both_languages() -> None:
    russian, english = Words("ru"), Words("en")
    assert russian("Журнал") == "Журнал"
    assert english("Журнал") == "Ledger"
    assert english("чего нет в словаре") == "чего нет в словаре"
    assert english("решает {who}", who="<b>") == "<b> is deciding"
    assert english.count(1, "строка", "строки", "строк") == "1 row"
    assert english.count(5, "строка", "строки", "строк") == "5 rows"
    assert russian.count(1_002, "строка", "строки", "строк") == f"1{numbers.THIN}002 строки"


# -- messages ----------------------------------------------------------------------------------------------------------


def test_a_nested_message_is_two_tables() -> None:
    head, lines = tables(message_text(3))
    assert (head.name, head.columns, head.rows) == (
        "CRMWhBalance",
        ["WareHouseId", "DocumentDate"],
        [(1, ["1", "2026-11-24T00:00:00"])],
    )
    assert (lines.name, lines.columns, lines.count) == ("CRMWhBalanceLine", ["WareId", "UnitId", "Quantity"], 3)
    assert lines.rows[2] == (3, ["4600002", "ea", "2.5"])


@given(st.integers(0, 30), st.integers(0, 35), st.integers(1, 12))
def test_pages_of_a_message_are_its_rows(rows: int, first: int, limit: int) -> None:
    found = {
        table.name: table for table in tables(message_text(rows), dataset="CRMWhBalanceLine", first=first, limit=limit)
    }
    lines = found["CRMWhBalanceLine"]
    assert lines.count == rows
    assert [number for number, _ in lines.rows] == list(range(1, rows + 1))[first : first + limit]


@pytest.mark.parametrize("text", ["", "<html></html>", "<!DOCTYPE x><extdata/>", "<extdata><scheme>"])
def test_what_is_no_message_is_told(text: str) -> None:
    with pytest.raises(BadAnswer):
        tables(text)


# -- memories ----------------------------------------------------------------------------------------------------------


def test_a_memory_forgets_in_time_and_does_not_grow() -> None:
    now = [0.0]
    memory: Memory[int] = Memory(10.0, most=4, clock=lambda: now[0])
    assert memory.take("a", lambda: 5) == 5
    assert memory.take("a", lambda: 6) == 5
    now[0] = 10.1
    assert memory.take("a", lambda: 7) == 7
    for key in range(20):
        memory.put(key, key)
    assert memory.get(19) == 19
    assert memory.get(0) is None
    memory.put("b", 1)
    memory.forget("b")
    assert memory.get("b") is None
    memory.forget()
    assert memory.get(19) is None
