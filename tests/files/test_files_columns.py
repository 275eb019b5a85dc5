"""Rows become columns: the last version of a row counts, owners take their rows along, sums are exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.onec.files.columns import Columns, _joint, dimensions
from connectors.onec.files.entities import ENTITIES, Entity
from connectors.onec.files.records import Row
from connectors.onec.files.values import micro_text
from foundation.errors import NotPublished
from mappings.model import Field, Kind, Reading
from tests.files.files_help import reading

if TYPE_CHECKING:
    from connectors.onec.files.flat import Values

unhurried = settings(deadline=None)
"""A busy machine is no fault of the code."""

STOCK = reading("Остатки", ("Предложение", Kind.KEY), ("Склад", Kind.KEY), ("Количество", Kind.MICRO))
TABLE = ENTITIES["Остатки"]


def _frame(rows: list[Row], asked: Reading = STOCK, table: Entity = TABLE) -> list[tuple[object, ...]]:
    columns = Columns(asked, table)
    for row in rows:
        columns.add(row)
    return list(columns.frame().itertuples(index=False, name=None))


def _row(offer: str, place: str, much: int, **more: str) -> Row:
    return Row("Остатки", offer, {"Предложение": offer, "Склад": place, "Количество": micro_text(much), **more})


events = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("vwx"), st.integers(-(10**12), 10**12)) | st.sampled_from("abc"),
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(events)
def test_any_rows_and_deletions_give_what_a_dictionary_would(events: list[tuple[str, str, int] | str]) -> None:
    truth: dict[tuple[str, str], int] = {}
    rows = []
    for event in events:
        if isinstance(event, str):
            rows.append(Row("Остатки", event, None))
            truth = {key: much for key, much in truth.items() if key[0] != event}
        else:
            offer, place, much = event
            rows.append(_row(offer, place, much))
            truth[offer, place] = much
    found = _frame(rows)
    assert {(offer, place): much for offer, place, much in found} == truth
    assert len(found) == len(truth)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from("vw"), st.sampled_from("xyz"), st.integers(-(10**12), 10**12)),
        max_size=30,
    )
)
def test_sums_over_varieties_are_exact(rows: list[tuple[str, str, str, int]]) -> None:
    asked = reading(
        "Остатки",
        ("Товар", Kind.KEY),
        ("Склад", Kind.KEY),
        ("Количество", Kind.MICRO),
        function="Balance",
        Dimensions="Товар,Склад",
    )
    last = {(good, place, variety): much for good, place, variety, much in rows}
    truth: dict[tuple[str, str], int] = {}
    for (good, place, _), much in last.items():
        truth[good, place] = truth.get((good, place), 0) + much
    made = [_row(f"{good}{variety}", place, much, Товар=good) for good, place, variety, much in rows]
    assert {(good, place): much for good, place, much in _frame(made, asked)} == truth


@unhurried
@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=30)
)
def test_one_number_stands_for_several_codes(codes: list[tuple[int, int, int]]) -> None:
    joint = _joint([np.array(column, np.int32) for column in zip(*codes, strict=True)])
    assert len({*joint.tolist()}) == len({*codes})
    assert all((joint[a] == joint[b]) == (codes[a] == codes[b]) for a in range(len(codes)) for b in range(len(codes)))


def test_more_rows_than_a_chunk_keep_their_order() -> None:
    rows = [_row(f"o{number}", "w", number) for number in range(20_000)]
    found = _frame([*rows, _row("o7", "w", 1)])
    assert len(found) == 20_000
    assert found[0] == ("o0", "w", 0)
    assert found[-1] == ("o7", "w", 1)
    assert found[7] == ("o8", "w", 8)


def test_keys_are_one_whatever_their_letters() -> None:
    upper, lower = "6C4E0C4B-6C2C-11E7-81D6-38D547224D22", "6c4e0c4b-6c2c-11e7-81d6-38d547224d22"
    assert _frame([_row(upper, "w", 1), _row(lower, "w", 2), _row(f" {upper} ", "w ", 3)]) == [(lower, "w", 3)]


def test_only_categories_that_are_left_are_there() -> None:
    columns = Columns(STOCK, TABLE)
    for row in (_row("a", "v", 1), _row("b", "w", 2), Row("Остатки", "a", None)):
        columns.add(row)
    frame = columns.frame()
    assert list(frame["Предложение"].cat.categories) == ["b"]
    assert list(frame["Склад"].cat.categories) == ["w"]


def test_a_reading_may_want_fewer_rows_than_the_table_has() -> None:
    def row(document: str, role: str, ref: str, name: str) -> Row:
        cells: Values = {"ХозОперация": "x", "Документ": document, "Роль": role, "Ид": ref, "Наименование": name}
        return Row("УчастникиДокументов", f"x/{document}", cells)

    made = [
        row("1", "Покупатель", "p", "старое"),
        row("2", "Покупатель", "q", "Кью"),
        row("3", "Плательщик", "p", "новое"),
    ]
    fields = (Field("ref", Kind.KEY, "Ид"), Field("name", Kind.TEXT, "Наименование"))
    asked = Reading("outlets", "УчастникиДокументов", fields, ("Ид",))
    assert _frame(made, asked, ENTITIES["УчастникиДокументов"]) == [("q", "Кью"), ("p", "новое")]
    everything = Reading("parties", "УчастникиДокументов", fields, ("ХозОперация", "Документ", "Роль", "Ид"))
    assert len(_frame(made, everything, ENTITIES["УчастникиДокументов"])) == 3


def test_dimensions_of_a_balance() -> None:
    asked = reading(
        "Остатки", ("Товар", Kind.KEY), ("Количество", Kind.MICRO), function="Balance", Dimensions=" Товар , Склад "
    )
    assert dimensions(asked) == ("Товар", "Склад")
    assert dimensions(STOCK) == ()
    bare = reading("Остатки", ("Товар", Kind.KEY), function="Balance")
    assert dimensions(bare) == ()
    wrong = reading("Остатки", ("Характеристика", Kind.KEY), function="Balance", Dimensions="Товар")
    with pytest.raises(NotPublished, match="Характеристика"):
        dimensions(wrong)
