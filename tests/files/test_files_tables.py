"""Tables over many files: whole uploads, changes since, portions, deletions, in the order 1C formed them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.onec.files import OneCFiles
from connectors.onec.files.entities import ALL_WAREHOUSES
from connectors.onec.files.plan import needless
from foundation.errors import NotPublished
from mappings.model import Kind
from tests.files.files_help import Base, catalog, formed, good, names_of, offer, package, reading, stock_of, whole

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = (f"{letter * 8}-0000-0000-0000-000000000001" for letter in "abc")
MICRO = 1_000_000


@pytest.fixture
def base(tmp_path: Path) -> Base:
    return Base(tmp_path)


def _goods(base: Base) -> set[str]:
    return set(names_of(base.onec))


def test_a_whole_upload_replaces_the_one_before(base: Base) -> None:
    base.put("import0_1.xml", formed(catalog(good(A) + good(B)), "08:00"))
    base.onec.take()
    base.put("import0_1.xml", formed(catalog(good(B) + good(C)), "09:00"))
    base.onec.take()
    assert _goods(base) == {B, C}


def test_changes_come_on_top(base: Base) -> None:
    base.put("import0_1.xml", formed(catalog(good(A) + good(B)), "08:00"))
    base.put("import1_1.xml", formed(catalog(good(B, "Квас") + good(C, "Сок"), changes=True), "09:00"))
    base.onec.take()
    assert names_of(base.onec) == {A: "Вода", B: "Квас", C: "Сок"}


def test_changes_from_before_the_whole_upload_do_not_count(base: Base) -> None:
    base.put("z.xml", formed(catalog(good(A, "старое"), changes=True), "07:00"))
    base.put("a.xml", formed(catalog(good(A, "новое") + good(B)), "08:00"))
    base.onec.take()
    assert names_of(base.onec) == {A: "новое", B: "Вода"}


def test_the_order_is_that_of_forming_whatever_order_they_come_in(base: Base) -> None:
    uploads = [
        formed(catalog(good(A, "1") + good(B, "1")), "08:00"),
        formed(catalog(good(A, "2"), changes=True), "09:00"),
        formed(catalog(good(A, "3"), changes=True), "10:00"),
    ]
    for number, order in enumerate(itertools.permutations(uploads)):
        base.onec.take()
        for place, upload in enumerate(order):
            base.put(f"{number}_{place}.xml".replace("_", "-"), upload)
            base.onec.take()
    assert names_of(base.onec) == {A: "3", B: "1"}
    assert len(base.onec.state.taken) == 3


@pytest.mark.parametrize("together", [True, False])
def test_portions_of_one_whole_upload_belong_together(base: Base, together: bool) -> None:
    for name, goods, at in (
        ("import0_2.xml", good(B), "08:01"),
        ("import0_1.xml", good(A), "08:00"),
        ("import0_10.xml", good(C), "08:02"),
    ):
        base.put(name, formed(catalog(goods), at))
        if not together:
            base.onec.take()
    base.onec.take()
    assert _goods(base) == {A, B, C}
    base.put("import0_1.xml", formed(catalog(good(B)), "12:00"))
    base.onec.take()
    assert _goods(base) == {B}


def test_files_by_groups_of_one_whole_upload_belong_together(base: Base) -> None:
    base.put("import___11.xml", formed(catalog(good(A)), "08:00"))
    base.put("import___22.xml", formed(catalog(good(B)), "08:20"))
    base.onec.take()
    assert _goods(base) == {A, B}
    base.put("import___33.xml", formed(catalog(good(C)), "12:00"))
    base.onec.take()
    assert _goods(base) == {C}


def test_catalogs_are_renewed_each_on_its_own(base: Base) -> None:
    base.put("a.xml", formed(catalog(good(A), ref="1"), "08:00"))
    base.put("b.xml", formed(catalog(good(B), ref="2"), "08:10"))
    base.put("c.xml", formed(catalog(good(C), ref="1"), "08:20"))
    base.onec.take()
    assert _goods(base) == {B, C}


def test_prices_and_stock_in_files_of_their_own(base: Base) -> None:
    price = "<Цены><Цена><ИдТипаЦены>t</ИдТипаЦены><ЦенаЗаЕдиницу>5</ЦенаЗаЕдиницу></Цена></Цены>"
    base.put("rests0_1.xml", formed(package(offer(A, {"w": "7"})), "08:00"))
    base.put("prices0_1.xml", formed(package(offer(A, more=price)), "08:30"))
    base.put("offers0_1.xml", formed(package(offer(A)), "09:00"))
    base.onec.take()
    assert stock_of(base.onec) == {(A, "w"): 7 * MICRO}
    prices = base.onec.read(reading("Цены", ("Товар", Kind.KEY), ("Цена", Kind.MICRO)))
    assert prices["Цена"].tolist() == [5 * MICRO]


def test_changed_stock_of_an_offer_is_all_of_its_stock(base: Base) -> None:
    base.put("a.xml", formed(package(offer(A, {"w": "7", "v": "1"}) + offer(B, {"w": "2"})), "08:00"))
    base.put("b.xml", formed(package(offer(A, {"w": "5"}), changes=True), "09:00"))
    base.onec.take()
    assert stock_of(base.onec) == {(A, "w"): 5 * MICRO, (B, "w"): 2 * MICRO}
    base.put("c.xml", formed(package(offer(B, more="<Количество>0</Количество>"), changes=True), "10:00"))
    base.onec.take()
    assert stock_of(base.onec) == {(A, "w"): 5 * MICRO}


def test_a_deleted_offer_takes_its_stock_along(base: Base) -> None:
    base.put("a.xml", formed(package(offer(A, {"w": "7"}) + offer(B, {"w": "2"})), "08:00"))
    gone = f"<Предложение><Ид>{A}</Ид><ПометкаУдаления>true</ПометкаУдаления></Предложение>"
    base.put("b.xml", formed(package(gone, changes=True), "09:00"))
    base.onec.take()
    assert stock_of(base.onec) == {(B, "w"): 2 * MICRO}
    base.put("c.xml", formed(package(offer(A, {"w": "1"}), changes=True), "10:00"))
    base.onec.take()
    assert stock_of(base.onec) == {(A, "w"): MICRO, (B, "w"): 2 * MICRO}


def test_a_deleted_good_stays_with_its_mark(base: Base) -> None:
    base.put("a.xml", formed(catalog(good(A) + good(B)), "08:00"))
    base.put("b.xml", formed(catalog(good(A, more="<Статус>Удален</Статус>"), changes=True), "09:00"))
    frame = base.onec.read(reading("Товары", ("Товар", Kind.KEY), ("Удален", Kind.FLAG)))
    assert dict(zip(frame["Товар"], frame["Удален"], strict=True)) == {A: True, B: False}


def test_a_barcode_that_was_taken_off_is_gone(base: Base) -> None:
    base.put("a.xml", formed(catalog(good(A, more="<Штрихкод>1</Штрихкод><Штрихкод>2</Штрихкод>")), "08:00"))
    base.put("b.xml", formed(catalog(good(A, more="<Штрихкод>2</Штрихкод>"), changes=True), "09:00"))
    assert base.onec.read(reading("Штрихкоды", ("Штрихкод", Kind.TEXT)))["Штрихкод"].tolist() == ["2"]
    base.put("c.xml", formed(catalog(good(A), changes=True), "10:00"))
    base.onec.take()
    assert base.onec.read(reading("Штрихкоды", ("Штрихкод", Kind.TEXT))).empty


def test_lines_of_a_document_are_those_of_its_last_version(base: Base) -> None:
    def document(*goods: str) -> str:
        lines = "".join(f"<Товар><Ид>{ref}</Ид><Количество>1</Количество></Товар>" for ref in goods)
        return f"<Документ><Ид>1</Ид><ХозОперация>Отпуск товара</ХозОперация><Товары>{lines}</Товары></Документ>"

    base.put("a.xml", formed(document(A, B, C), "08:00"))
    base.put("b.xml", formed(document(C, A), "09:00"))
    lines = base.onec.read(reading("СтрокиДокументов", ("Товар", Kind.KEY), ("НомерСтроки", Kind.INTEGER)))
    assert list(zip(lines["Товар"], lines["НомерСтроки"], strict=True)) == [(C, 1), (A, 2)]


def test_stock_without_warehouses_has_a_warehouse_of_its_own(base: Base) -> None:
    base.put("a.xml", formed(package(offer(A, more="<Количество>7</Количество>") + offer(B, {"w": "1"})), "08:00"))
    places = "<ПакетПредложений><Ид>x</Ид><Склады><Склад><Ид>w</Ид><Наименование>Основной</Наименование></Склад></Склады></ПакетПредложений>"
    base.put("b.xml", formed(places, "08:30"))
    assert stock_of(base.onec) == {(A, ALL_WAREHOUSES): 7 * MICRO, (B, "w"): MICRO}
    names = base.onec.read(reading("Склады", ("Ид", Kind.KEY), ("Наименование", Kind.TEXT)))
    assert set(names["Ид"]) == {"w", ALL_WAREHOUSES}


def test_varieties_are_summed_by_good_where_the_reading_says_so(base: Base) -> None:
    base.put(
        "a.xml", formed(package(offer(f"{A}#{B}", {"w": "7"}) + offer(f"{A}#{C}", {"w": "0,5", "v": "1"})), "08:00")
    )
    asked = reading(
        "Остатки",
        ("Товар", Kind.KEY),
        ("Склад", Kind.KEY),
        ("Количество", Kind.MICRO),
        function="Balance",
        Dimensions="Товар,Склад",
    )
    frame = base.onec.read(asked)
    assert sorted(frame.itertuples(index=False, name=None)) == [(A, "v", MICRO), (A, "w", 7 * MICRO + 500_000)]
    assert [str(dtype) for dtype in frame.dtypes] == ["category", "category", "int64"]


def test_changes_alone_are_refused_unless_the_link_says_they_are_enough(base: Base) -> None:
    base.put("a.xml", formed(package(offer(A, {"w": "7"}), changes=True), "08:00"))
    base.onec.take()
    with pytest.raises(NotPublished, match="полной выгрузки ещё не было"):
        stock_of(base.onec)
    trusting = OneCFiles(
        base.address, state=base.onec.state, changes_enough=True, clock=base.clock, sleep=base.clock.sleep
    )
    assert stock_of(trusting) == {(A, "w"): 7 * MICRO}


def test_what_never_came_is_told_with_the_section(base: Base) -> None:
    base.put("a.xml", formed(catalog(good(A)), "08:00"))
    with pytest.raises(NotPublished, match="ПакетПредложений"):
        stock_of(base.onec)


def test_an_empty_whole_upload_empties_nothing(base: Base) -> None:
    base.put("a.xml", formed(package(offer(A, {"w": "7"})), "08:00"))
    base.put("b.xml", formed(package(""), "09:00"))
    assert stock_of(base.onec) == {(A, "w"): 7 * MICRO}


def test_files_that_nothing_needs_are_deleted_after_their_time(base: Base) -> None:
    for hour in range(3):
        base.put(f"import{hour}.xml", formed(catalog(good(A) + good(B, str(hour))), f"0{hour}:00"))
    base.put("offers.xml", formed(package(offer(A, {"w": "7"})), "01:00"))
    base.onec.take()
    before = names_of(base.onec), stock_of(base.onec)
    assert sorted(file.came_as for file in needless(base.onec.state)) == ["import0.xml", "import1.xml"]
    assert base.onec.tidy(days=10) == []
    base.clock.sleep(11 * 86_400)
    assert len(base.onec.tidy(days=10)) == 2
    assert (names_of(base.onec), stock_of(base.onec)) == before
    assert len(list(base.address.taken.iterdir())) == 2


changes = st.lists(
    st.tuples(
        st.booleans(),
        st.dictionaries(
            st.sampled_from("abcd"), st.dictionaries(st.sampled_from("vw"), st.integers(0, 9), min_size=1), max_size=3
        ),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uploads=changes)
def test_any_row_of_uploads_gives_what_a_table_kept_by_hand_would(
    tmp_path_factory: pytest.TempPathFactory, uploads: list[tuple[bool, dict[str, dict[str, int]]]]
) -> None:
    base = Base(tmp_path_factory.mktemp("folder"))
    truth: dict[tuple[str, str], int] = {}
    begun = False
    for number, (whole_one, offers) in enumerate(uploads):
        text = "".join(offer(ref, {place: str(much) for place, much in stock.items()}) for ref, stock in offers.items())
        base.put(f"upload-{number}.xml", formed(package(text, changes=not whole_one), f"{number:02d}:00"))
        if whole_one and offers:
            truth, begun = {}, True
        for ref, stock in offers.items():
            truth = {key: much for key, much in truth.items() if key[0] != ref}
            truth |= {(ref, place): much * MICRO for place, much in stock.items()}
    base.onec.take()
    if begun:
        assert stock_of(base.onec) == truth
    else:
        with pytest.raises(NotPublished):
            stock_of(base.onec)


def test_a_whole_file_without_a_date_takes_the_time_it_was_written(base: Base) -> None:
    base.put("a.xml", whole(catalog(good(A)), attributes='ВерсияСхемы="2.05"'))
    base.onec.take()
    base.clock.sleep(3600)
    base.put("b.xml", whole(catalog(good(B)), attributes='ВерсияСхемы="2.05" ДатаФормирования="2026-11-24"'))
    base.onec.take()
    assert _goods(base) == {B}
