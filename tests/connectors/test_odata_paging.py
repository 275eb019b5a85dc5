"""Paging: every row comes once, in the base's order, whatever the page size; a base that moves is noticed."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.onec.odata import Retry
from connectors.onec.odata.reading import Moving
from foundation.errors import BadAnswer, Busy, NotPublished, Retriable, TooLarge
from mappings.model import Field, Kind
from tests.connectors.odata_base import GOODS, STOCK, Base, answered, goods, onec, options, path, ref, refused

if TYPE_CHECKING:
    from collections.abc import Callable


@settings(deadline=None, max_examples=60)
@given(rows=st.integers(0, 40), size=st.integers(1, 12), connections=st.integers(1, 5))
def test_every_row_comes_once_and_in_order(rows: int, size: int, connections: int) -> None:
    base = Base(goods(rows))
    with onec(base, page_rows=size, connections=connections) as client:
        frame = client.read(GOODS)
    assert frame["our_good"].tolist() == [row["Ref_Key"] for row in base.rows]
    assert base.most_at_once <= connections


@settings(deadline=None, max_examples=30)
@given(rows=st.integers(0, 40), size=st.integers(1, 12))
def test_keyset_paging_reads_the_same(rows: int, size: int) -> None:
    base = Base(goods(rows))
    with onec(base, page_rows=size, paging="keyset") as client:
        frame = client.read(GOODS)
    assert frame["our_good"].tolist() == [row["Ref_Key"] for row in base.rows]
    assert not any("$skip" in options(request) for request in base.requests)


def test_what_a_request_says() -> None:
    """``$select`` with just the fields, ``$orderby`` by the key, one row of overlap, and no ``+`` for a space."""
    base = Base(goods(5))
    with onec(base, page_rows=2, connections=1) as client:
        client.read(replace(GOODS, where="DeletionMark eq false"))
    asked = [options(request) for request in base.requests]
    assert asked[0] == {
        "$format": "application/json;odata=nometadata",
        "$select": "Ref_Key,Description,ЕдиницаИзмерения_Key",
        "$filter": "DeletionMark eq false",
        "$orderby": "Ref_Key",
        "$top": "2",
    }
    assert [(each["$top"], each.get("$skip")) for each in asked[:3]] == [("2", None), ("3", "1"), ("3", "3")]
    assert path(base.requests[0]) == "/Catalog_Номенклатура"
    assert b"%20eq%20" in base.requests[0].url.raw_path


def test_a_balance_is_ordered_by_its_dimensions() -> None:
    rows = [
        {"Склад_Key": ref(1 + number % 2), "Номенклатура_Key": ref(number), "ВНаличииBalance": number / 10}
        for number in range(1, 8)
    ]
    base = Base(rows)
    with onec(base, page_rows=3) as client:
        frame = client.read(STOCK)
    assert frame["quantity"].tolist() == [number * 100_000 for number in range(1, 8)]
    assert options(base.requests[0])["$orderby"] == "Склад_Key,Номенклатура_Key"
    assert path(base.requests[0]) == ("/AccumulationRegister_ТоварыНаСкладах/Balance(Dimensions='Номенклатура,Склад')")


def test_a_small_set_takes_one_request() -> None:
    base = Base(goods(3))
    with onec(base) as client:
        assert len(client.read(GOODS)) == 3
    assert len(base.requests) == 1


def test_pages_come_at_once_but_not_more_than_the_setting() -> None:
    """Four requests wait for each other: fewer lanes would never let the barrier pass."""
    barrier = threading.Barrier(4)

    def together(number: int) -> None:
        if 2 <= number <= 5:
            barrier.wait(10)

    base = Base(goods(100), together)
    with onec(base, page_rows=5, connections=4) as client:
        assert len(client.read(GOODS)) == 100
    assert base.most_at_once == 4


def test_nothing_is_asked_for_beyond_a_page_known_to_be_the_last() -> None:
    base = Base(goods(10))
    with onec(base, page_rows=4, connections=1) as client:
        client.read(GOODS)
    assert len(base.requests) == 3


def changed_once(change: Callable[[list[dict[str, Any]]], object]) -> Base:
    """Return a base of 30 goods that changes after its first page, once."""

    def before(number: int) -> None:
        if number == 2:
            change(base.rows)

    base = Base(goods(30), before)
    return base


def test_a_row_that_vanishes_between_pages_is_noticed_and_all_is_read_again() -> None:
    """Without the overlap the row behind the vanished one would be missing, silently."""
    base = changed_once(lambda rows: rows.pop(0))
    with onec(base, page_rows=10, connections=1) as client:
        frame = client.read(GOODS)
    assert frame["our_good"].tolist() == [ref(number) for number in range(2, 31)]


def test_a_row_that_appears_between_pages_is_noticed_and_all_is_read_again() -> None:
    base = changed_once(lambda rows: rows.insert(0, {**rows[0], "Ref_Key": ref(0)}))
    with onec(base, page_rows=10, connections=1) as client:
        frame = client.read(GOODS)
    assert frame["our_good"].tolist() == [ref(number) for number in range(31)]


def test_a_base_that_shrinks_to_nothing_is_noticed() -> None:
    base = changed_once(lambda rows: rows.clear())
    with onec(base, page_rows=10, connections=1) as client:
        assert client.read(GOODS).empty


def test_a_base_that_never_rests_is_a_retriable_error() -> None:
    def before(number: int) -> None:
        del number
        base.rows.pop(0)

    base = Base(goods(30), before)
    with onec(base, page_rows=10, connections=1) as client, pytest.raises(Retriable, match="менялись") as caught:
        client.read(GOODS)
    assert caught.value.facts["entity"] == "Catalog_Номенклатура"


def test_pages_are_frames_with_progress() -> None:
    told: list[int] = []
    with onec(Base(goods(25)), page_rows=10) as client:
        frames = list(client.pages(GOODS, progress=told.append))
    assert [len(frame) for frame in frames] == [10, 10, 5]
    assert told == [10, 20, 25]
    assert frames[2]["our_good"].tolist()[-1] == ref(25)


def test_streamed_pages_that_do_not_meet_are_an_error_at_once() -> None:
    """What was yielded cannot be taken back."""
    base = changed_once(lambda rows: rows.pop(0))
    with onec(base, page_rows=10, connections=1) as client, pytest.raises(Moving):
        list(client.pages(GOODS))


def test_a_reading_that_is_left_early_ends_its_threads() -> None:
    before = threading.active_count()
    with onec(Base(goods(100)), page_rows=5) as client:
        pages = client.pages(GOODS)
        assert len(next(pages)) == 5
        assert len(next(pages)) == 5
        pages.close()  # type: ignore[attr-defined]  # a generator, though the signature promises an iterator
    assert threading.active_count() == before


def test_a_failing_page_fails_the_reading() -> None:
    base = Base(goods(100), lambda number: refused(404, "8", "Сущность не найдена") if number == 4 else None)
    with onec(base, page_rows=10) as client, pytest.raises(NotPublished):
        client.read(GOODS)


def test_a_server_that_ignores_the_page_is_a_bad_answer() -> None:
    with onec(lambda _: answered({"value": goods(50)}), page_rows=10) as client, pytest.raises(BadAnswer):
        client.read(GOODS)


def test_a_server_that_ignores_the_filter_does_not_loop_for_ever() -> None:
    with (
        onec(lambda _: answered({"value": goods(1)}), page_rows=1, paging="keyset") as client,
        pytest.raises(BadAnswer),
    ):
        client.read(GOODS)


def test_a_reading_without_a_key_comes_in_one_piece() -> None:
    base = Base(goods(30))
    with onec(base, page_rows=10) as client:
        assert len(client.read(replace(GOODS, key=()))) == 30
    assert "$top" not in options(base.requests[0])


@pytest.mark.parametrize(
    ("field", "values", "condition"),
    [
        (Field("n", Kind.INTEGER, "Номер"), ["1", "2"], "Номер gt 1"),
        (Field("n", Kind.MICRO, "Номер"), [1.5, 2.5], "Номер gt 1.5"),
        (Field("n", Kind.MOMENT, "Номер"), ["2026-01-01T00:00:00"] * 2, "Номер gt datetime'2026-01-01T00:00:00'"),
        (Field("n", Kind.KEY, "Номер"), ["а'б", "в"], "Номер gt 'а''б'"),
        (Field("n", Kind.KEY, "Номер_Key"), [ref(1), ref(2)], f"Номер_Key gt guid'{ref(1)}'"),
    ],
)
def test_keyset_conditions_by_type(field: Field, values: list[Any], condition: str) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(options(request).get("$filter", ""))
        rows = [{field.source: values[0]}] if len(seen) == 1 else []
        return answered({"value": rows})

    with onec(answer, page_rows=1, paging="keyset") as client:
        client.read(replace(GOODS, fields=(field,), key=(field.source,)))
    assert seen == ["", condition]


def test_a_composite_key_goes_by_number_even_where_keyset_is_set() -> None:
    base = Base([{"Склад_Key": ref(1), "Номенклатура_Key": ref(n), "ВНаличииBalance": 1} for n in range(5)])
    with onec(base, page_rows=2, paging="keyset") as client:
        assert len(client.read(STOCK)) == 5
    assert any("$skip" in options(request) for request in base.requests)


def test_a_full_pool_of_1c_makes_the_reader_go_on_alone() -> None:
    """406 drops the connections to one for good, and the page is asked for again."""
    base = Base(goods(60), lambda number: httpx.Response(406) if number == 3 else None)
    with onec(base, page_rows=5, connections=4) as client:
        assert len(client.read(GOODS)) == 60
        assert client.connections == 1
        base.most_at_once = 0
        assert len(client.read(GOODS)) == 60
    assert base.most_at_once == 1


def test_a_pool_that_stays_full_is_busy() -> None:
    with onec(lambda _: httpx.Response(429), retry=Retry(attempts=2, wait=0, wait_max=0, jitter=0)) as client:
        with pytest.raises(Busy):
            client.read(GOODS)
        assert client.connections == 1


def test_long_lists_of_keys_are_cut() -> None:
    asked: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        condition = options(request)["$filter"]
        asked.append(condition.count(" eq guid"))
        return answered({"value": [row for row in goods(120) if row["Ref_Key"] in condition]})

    with onec(answer) as client:
        keys = [ref(number) for number in range(1, 101)]
        frame = client.read_any(GOODS, "Ref_Key", [*keys, *keys])
    assert sorted(frame["our_good"]) == sorted(keys)
    assert asked == [40, 40, 20]


def test_a_list_too_long_for_the_server_is_halved() -> None:
    longest = 7

    def answer(request: httpx.Request) -> httpx.Response:
        condition = options(request)["$filter"]
        if condition.count(" eq guid") > longest:
            return httpx.Response(414)
        return answered({"value": [row for row in goods(60) if row["Ref_Key"] in condition]})

    with onec(answer) as client:
        keys = [ref(number) for number in range(1, 51)]
        frame = client.read_any(replace(GOODS, where="DeletionMark eq false"), "Ref_Key", keys)
    assert frame["our_good"].tolist() == keys


def test_one_key_that_is_too_long_is_an_error() -> None:
    with onec(lambda _: httpx.Response(414)) as client, pytest.raises(TooLarge):
        client.read_any(GOODS, "Ref_Key", [ref(1), ref(2)])


def test_a_count_comes_behind_a_byte_order_mark() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert path(request) == "/Catalog_Номенклатура/$count"
        assert options(request) == {"$filter": "DeletionMark eq false"}
        return httpx.Response(200, content=b"\xef\xbb\xbf6000", headers={"Content-Type": "text/plain"})

    with onec(answer) as client:
        assert client.count(replace(GOODS, where="DeletionMark eq false")) == 6000


def test_a_count_that_is_no_number_is_a_bad_answer() -> None:
    with onec(lambda _: httpx.Response(200, content=b"many")) as client, pytest.raises(BadAnswer):
        client.count(GOODS)
