"""Rows of tabular sections: one row a line, the object's fields repeated, pages and keys count objects."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.onec.odata import OneC, OneCAddress
from foundation.errors import BadAnswer, Impossible, NotPublished
from mappings.model import EMPTY_REF, Field, Kind, Reading, Since
from mappings.profiles.check import check_profile
from mappings.profiles.profile import load_profile, parse_profile
from sandbox.http import serving
from sandbox.onec.service import OneC as Double
from sandbox.running import UT11
from tests.connectors.odata_base import answered, onec, options, ref, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
    import pandas as pd

SALE = "Document_РеализацияТоваровУслуг"
READING = Reading(
    "shipments",
    SALE,
    (
        Field("document", Kind.KEY, "Ref_Key"),
        Field("line", Kind.INTEGER, "Товары/LineNumber"),
        Field("number", Kind.TEXT, "Number"),
        Field("date", Kind.MOMENT, "Date"),
        Field("posted", Kind.FLAG, "Posted"),
        Field("our_good", Kind.KEY, "Товары/Номенклатура_Key"),
        Field("quantity", Kind.MICRO, "Товары/Количество"),
    ),
    ("Date", "Ref_Key"),
    section="Товары",
)


def document(number: int, *quantities: float, **more: Any) -> dict[str, Any]:
    """Return a document as 1C writes it; a quantity a line."""
    lines = [
        {"LineNumber": str(at), "Номенклатура_Key": ref(100 + at), "Количество": quantity, "Сумма": 1.5}
        for at, quantity in enumerate(quantities, start=1)
    ]
    head = {"Ref_Key": ref(number), "Date": f"2026-11-{1 + number % 28:02}T10:00:00", "Number": f"{number}  "}
    return {**head, "Posted": True, "Товары": lines, **more}


class Documents:
    """A base of documents that honours ``$top``, ``$skip``; with ``narrow`` off it refuses ``Section/Property``."""

    def __init__(self, rows: list[dict[str, Any]], *, narrow: bool = True) -> None:
        self.rows, self.narrow = rows, narrow
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = options(request)
        self.asked.append(asked)
        wanted = asked["$select"].split(",")
        if not self.narrow and any("/" in name for name in wanted):
            return refused(400, "6", "Сегмент пути Товары/LineNumber не найден!")
        skip = int(asked.get("$skip", 0))
        return answered({"value": self.rows[skip : skip + int(asked["$top"])]})


def rows_of(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(frame[["document", "line", "quantity"]].astype(object).itertuples(index=False, name=None))


def due(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (row["Ref_Key"], int(line["LineNumber"]), int(Decimal(str(line["Количество"])).scaleb(6)))
        for row in rows
        for line in row["Товары"]
    ]


DOCUMENTS = st.lists(st.lists(st.integers(-5000, 5000).map(lambda n: n / 1000), max_size=4), max_size=25)


@settings(deadline=None, max_examples=50)
@given(DOCUMENTS, st.integers(1, 70), st.integers(1, 4))
def test_every_line_comes_once_with_its_documents_head(
    quantities: list[list[float]], page_rows: int, connections: int
) -> None:
    rows = [document(number, *each) for number, each in enumerate(quantities, start=1)]
    with onec(Documents(rows), page_rows=page_rows, connections=connections) as client:
        frame = client.read(READING)
    assert rows_of(frame) == due(rows)
    numbers = {row["Ref_Key"]: row["Number"].strip() for row in rows}
    assert frame["number"].tolist() == [numbers[key] for key in frame["document"]]


def test_a_page_of_a_section_is_a_tenth_of_the_rows_in_objects() -> None:
    base = Documents([document(number, 1) for number in range(1, 8)])
    with onec(base, page_rows=30, connections=1) as client:
        assert len(client.read(READING)) == 7
    assert [(each["$top"], each.get("$skip")) for each in base.asked] == [("3", None), ("4", "2"), ("4", "5")]
    assert base.asked[0]["$select"] == (
        "Ref_Key,Number,Date,Posted,Товары/LineNumber,Товары/Номенклатура_Key,Товары/Количество"
    )
    assert base.asked[0]["$orderby"] == "Date,Ref_Key"


def test_a_base_that_refuses_paths_is_asked_for_whole_sections_from_then_on() -> None:
    rows = [document(number, 1, 2) for number in range(1, 30)]
    base = Documents(rows, narrow=False)
    with onec(base, page_rows=100) as client:
        assert rows_of(client.read(READING)) == due(rows)
    assert [each["$select"] for each in base.asked[1:]] == ["Ref_Key,Number,Date,Posted,Товары"] * (len(base.asked) - 1)


def test_a_property_that_is_not_there_is_told_all_the_same() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return refused(400, "6", "Сегмент пути Number не найден!")

    with onec(answer) as client, pytest.raises(NotPublished, match="mi1c check"):
        client.read(READING)


@pytest.mark.parametrize("where", ["", "Posted eq true"])
def test_since_is_a_filter_beside_the_readings_own(where: str) -> None:
    base = Documents([])
    reading = replace(READING, where=where, since=Since("Date", datetime(2026, 11, 10)))  # noqa: DTZ001 - 1C's wall clock
    with onec(base) as client:
        assert client.read(reading).empty
    own = f"({where}) and " if where else ""
    limit = "Date ge datetime'2026-11-10T00:00:00'"
    assert base.asked[0]["$filter"] == (f"{own}({limit})" if where else limit)


def test_keyset_goes_on_behind_the_whole_key() -> None:
    rows = [document(number, 1) for number in range(1, 4)]

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(options(request).get("$filter", ""))
        return answered({"value": rows[:2] if len(asked) == 1 else rows[2:]})

    asked: list[str] = []
    with onec(answer, page_rows=20, paging="keyset") as client:
        assert len(client.read(READING)) == 3
    date, key = rows[1]["Date"], rows[1]["Ref_Key"]
    assert asked == ["", f"(Date gt datetime'{date}') or (Date eq datetime'{date}' and Ref_Key gt guid'{key}')"]


def test_pages_and_progress_count_objects() -> None:
    told: list[int] = []
    with onec(Documents([document(number, 1, 2, 3) for number in range(1, 6)]), page_rows=20) as client:
        frames = list(client.pages(READING, progress=told.append))
    assert [len(frame) for frame in frames] == [6, 6, 3]
    assert told == [2, 4, 5]


def test_a_number_that_is_not_exact_names_its_document() -> None:
    rows = [document(1, 1, 2), document(2), document(3, 0.5, 1 / 3)]
    with onec(Documents(rows)) as client, pytest.raises(Impossible) as raised:
        client.read(READING)
    assert raised.value.facts["property"] == "Товары/Количество"
    assert ref(3) in str(raised.value.facts["key"])


@pytest.mark.parametrize("lines", [None, {"LineNumber": "1"}, "x", [{"LineNumber": "1"}], [1]])
def test_a_section_that_is_none_is_a_bad_answer(lines: Any) -> None:
    with onec(Documents([document(1, 1, Товары=lines)])) as client, pytest.raises(BadAnswer):
        client.read(READING)


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"Заказ": ref(7), "Заказ_Type": "StandardODATA.Document_ЗаказКлиента"}, (ref(7), "Document_ЗаказКлиента")),
        ({"Заказ": "", "Заказ_Type": "StandardODATA.Undefined"}, ("", "")),
        ({"Заказ": EMPTY_REF, "Заказ_Type": "StandardODATA.Document_ЗаказКлиента"}, ("", "Document_ЗаказКлиента")),
    ],
)
def test_composites_of_lines_and_heads(row: dict[str, str], key: tuple[str, str]) -> None:
    fields = tuple(
        Field(column, Kind.KEY, source)
        for column, source in (
            ("our_order", "Товары/Заказ"),
            ("order_type", "Товары/Заказ_Type"),
            ("head_order", "Заказ"),
            ("head_type", "Заказ_Type"),
        )
    )
    told = document(1, 1, **row)
    told["Товары"][0] |= row
    with onec(Documents([told])) as client:
        frame = client.read(replace(READING, fields=fields))
    assert tuple(frame.astype(object).iloc[0]) == (*key, *key)


def test_a_head_may_be_named_as_its_section_is() -> None:
    """Only ``Section/…`` is of the line: a field of the object with a slash of another name is left alone."""
    reading = replace(READING, fields=(Field("document", Kind.KEY, "Ref_Key"), Field("line", Kind.INTEGER, "Товары/N")))
    rows = [{"Ref_Key": ref(1), "Date": "2026-11-01T00:00:00", "Товары": [{"N": "3"}, {"N": 4}, {"N": 4.0}]}]
    with onec(Documents(rows)) as client:
        assert client.read(reading)["line"].tolist() == [3, 4, 4]


def test_reading_by_keys_reads_sections_too() -> None:
    base = Documents([document(1, 1, 2)])
    with onec(base) as client:
        assert len(client.read_any(READING, "Ref_Key", [ref(1)])) == 2
    assert base.asked[0]["$filter"] == f"Ref_Key eq guid'{ref(1)}'"


# -- against the double ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client() -> Iterator[OneC]:
    """Give a base of 90 sales, three lines each, and 9 corrections."""
    sales = [
        {
            "Ref_Key": ref(number),
            "Number": f"{number:06}",
            "Date": datetime(2026, 11, 1 + number % 20, number % 24),  # noqa: DTZ001 - 1C's wall clock
            "Posted": number % 3 > 0,
            "Товары": [
                {"LineNumber": line, "Номенклатура_Key": ref(200 + line), "Количество": Decimal(number) / 10}
                for line in range(1, 4)
            ],
        }
        for number in range(1, 91)
    ]
    fixes = [
        {
            "Ref_Key": ref(500 + number),
            "Date": datetime(2026, 11, 5),  # noqa: DTZ001 - as above
            "Расхождения": [{"LineNumber": 1, "Номенклатура_Key": ref(201), "Количество": Decimal(-number)}],
        }
        for number in range(1, 10)
    ]
    double = Double(UT11, {SALE: sales, "Document_КорректировкаРеализации": fixes}, users={"Обмен": "секрет"})
    with (
        serving(double) as running,
        OneC(OneCAddress(f"{running.url}/ut", user="Обмен", password="секрет", page_rows=100)) as client,
    ):
        yield client


@pytest.mark.parametrize("paging", ["skip", "keyset"])
def test_the_double_gives_every_line_in_either_paging(client: OneC, paging: Any) -> None:
    frame = client.read(READING, paging=paging)
    assert len(frame) == 270
    assert frame["quantity"].sum() == 3 * sum(range(1, 91)) * 100_000
    assert frame["date"].is_monotonic_increasing
    assert frame.groupby("document", observed=True)["line"].agg(list).map(lambda lines: lines == [1, 2, 3]).all()


def test_the_double_filters_by_since(client: OneC) -> None:
    moment = datetime(2026, 11, 15)  # noqa: DTZ001 - 1C's wall clock
    frame = client.read(replace(READING, since=Since("Date", moment)))
    assert 0 < len(frame) < 270
    assert frame["date"].min() >= moment
    whole = client.read(READING)
    assert len(frame) == int((whole["date"] >= moment).sum())
    assert client.count(replace(READING, since=Since("Date", moment))) == len(frame) // 3


@pytest.mark.parametrize(("kind", "lines"), [("sale", 270), ("return", 0), ("correction", 9)])
def test_the_profile_reads_every_kind_of_shipment(client: OneC, kind: str, lines: int) -> None:
    profile = load_profile("ut11")
    frame = client.read(profile.reading(profile.sources("shipments")[kind]))
    assert len(frame) == lines
    if kind == "correction":
        assert frame["quantity"].max() == -1_000_000


# -- the check of a profile --------------------------------------------------------------------------------------------


def shipments(change: Callable[[dict[str, Any]], object]) -> Any:
    data = load_profile("ut11").model_dump()
    data["entities"] = {"shipments.sale": data["entities"]["shipments.sale"]}
    change(data["entities"]["shipments.sale"])
    return parse_profile(data, "ut11")


def test_the_check_looks_into_the_sections_row_type(client: OneC) -> None:
    metadata = client.metadata()
    assert check_profile(shipments(lambda _: None), {}, metadata) == []

    def misspelt(entity: dict[str, Any]) -> None:
        entity["fields"] |= {"our_good": "Товары/Товар_Key", "quantity": "Товары/Номенклатура_Key", "number": "Номер"}

    at = f"shipments: {SALE}"
    paths = {fault.path for fault in check_profile(shipments(misspelt), {}, metadata)}
    assert paths == {f"{at}.Товары/Товар_Key", f"{at}.Товары/Номенклатура_Key", f"{at}.Номер"}


@pytest.mark.parametrize("section", ["Услуги", "Статус"])
def test_a_section_that_is_not_there_is_one_fault(client: OneC, section: str) -> None:
    def other(entity: dict[str, Any]) -> None:
        entity["section"] = section
        moved = {name: source.replace("Товары/", f"{section}/") for name, source in entity["fields"].items()}
        entity["fields"] = moved

    [fault] = check_profile(shipments(other), {}, client.metadata())
    assert fault.path == f"shipments: {SALE}.{section}"
    assert "табличной части нет" in fault.said
