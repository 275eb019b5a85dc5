"""Frames become messages: exact text forms, heads and details, parts under the cap, and what is refused."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from connectors.crm.xdatalink.envelope import Encoded, encode
from connectors.crm.xdatalink.rows import exact_sum
from foundation.errors import Faults, Impossible, TooLarge
from mappings.model import Dataset, Kind, Parts, Scheme, WireColumn
from tests.connectors.xdatalink_help import (
    HEAD_COLUMNS,
    LINE,
    PARAM,
    STOCK,
    moments,
    on_the_wire,
    parsed,
    rows,
    stock_tables,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def one_column(kind: Kind, wire: Any, values: Any) -> list[str]:
    """Return the texts that a column of these values becomes."""
    scheme = Scheme("S", "set", (Dataset("D", (WireColumn("C", wire, "c", kind),)),))
    (message,) = encode(scheme, "1", {"D": pd.DataFrame({"c": values})})
    return [row[0] for row in rows(message.body, "d[@name='D']")]


def texts(encoded: list[Encoded], path: str) -> list[list[str]]:
    """Return the rows of all parts at a path, in order."""
    return [row for each in encoded for row in rows(each.body, path)]


def test_the_reference_message_is_written_to_the_letter() -> None:
    (message,) = encode(STOCK, "DS108", stock_tables({"1": 1}, good="4600682000013"))
    assert message.body == (
        '<?xml version="1.0" encoding="windows-1251"?><extdata user="DS108"><scheme name="CRMWhBalanceEx" request="set">'
        '<data><s><d name="CRMWhBalanceParam"><f name="SkipDelete" type="Integer"/></d><d name="CRMWhBalance">'
        '<f name="WareHouseId" type="String"/><f name="DocumentDate" type="Date"/><f name="DocumentNumber"'
        ' type="String"/><f name="PersonId" type="String"/><d name="CRMWhBalanceLine"><f name="WareId" type="String"/>'
        '<f name="UnitId" type="String"/><f name="Quantity" type="Currency"/></d></d></s><o>'
        '<d name="CRMWhBalanceParam"><r><f>0</f></r></d><d name="CRMWhBalance"><r><f>1</f><f>2026-11-23T00:00:00</f>'
        '<f/><f/><d name="CRMWhBalanceLine"><r><f>4600682000013</f><f>ea</f><f>1.5</f></r></d></r></d></o></data>'
        "</scheme></extdata>"
    )
    assert message.wire_bytes == on_the_wire(message.body)
    assert (message.rows, message.part) == (1, 1)
    assert message.counts == {"CRMWhBalance": 1, "CRMWhBalanceLine": 1}
    assert message.sums == {"CRMWhBalanceLine.quantity": 1_500_000}


@pytest.mark.parametrize(
    ("kind", "wire", "value", "text"),
    [
        (Kind.MICRO, "Currency", 100_000, "0.1"),
        (Kind.MICRO, "Decimal", 120_500_000, "120.5"),
        (Kind.MICRO, "Currency", -3_000_000, "-3"),
        (Kind.MICRO, "Currency", 0, "0"),
        (Kind.MICRO, "Currency", -1, "-0.000001"),
        (Kind.MICRO, "Currency", 333_333, "0.333333"),
        (Kind.MICRO, "Currency", 9_000_000_000_000_000, "9000000000"),
        (Kind.MICRO, "Currency", 1_050_000, "1.05"),
        (Kind.MICRO, "Integer", 12_000_000, "12"),
        (Kind.INTEGER, "Integer", 7, "7"),
        (Kind.FLAG, "Integer", True, "1"),
        (Kind.FLAG, "Integer", False, "0"),
        (Kind.TEXT, "String", "", ""),
        (Kind.TEXT, "String", "a<b & c>d]]>", "a<b & c>d]]>"),
        (Kind.TEXT, "String", "Пиво «Ё» 0,5 л № 1", "Пиво «Ё» 0,5 л № 1"),
        (Kind.TEXT, "String", "Қант 饮 🍺", "Қант 饮 🍺"),
        (Kind.TEXT, "String", " \tв две\r\nстроки ", " \tв две\r\nстроки "),
    ],
)
def test_a_value_has_the_form_that_the_service_reads(kind: Kind, wire: str, value: Any, text: str) -> None:
    assert one_column(kind, wire, [value]) == [text]


@pytest.mark.parametrize(
    ("wire", "texts"),
    [("Date", ["2026-11-23T00:00:00", ""]), ("DateTime", ["2026-11-23T08:15:09", ""])],
)
def test_a_moment_is_a_date_or_a_date_and_time(wire: str, texts: list[str]) -> None:
    assert one_column(Kind.MOMENT, wire, moments("2026-11-23T08:15:09", "")) == texts


def test_a_time_is_declared_as_the_date_that_the_service_knows() -> None:
    scheme = Scheme("S", "set", (Dataset("D", (WireColumn("C", "DateTime", "c", Kind.MOMENT),)),))
    (message,) = encode(scheme, "1", {"D": pd.DataFrame({"c": moments("2026-11-23")})})
    assert [f.get("type") for f in parsed(message.body).iter("f") if f.get("name")] == ["Date"]


def test_columns_of_many_fractions_and_signs_keep_every_digit() -> None:
    values = [*range(-3_000_000, 3_000_000, 1_234_567), *range(0, 2_000_000, 1000)]
    assert [Decimal(text) for text in one_column(Kind.MICRO, "Currency", values)] == [
        Decimal(value).scaleb(-6) for value in values
    ]


def test_a_category_and_a_null_are_text_like_any_other() -> None:
    values = pd.Categorical(["б", "а", None, "б"], categories=["нет", "а", "б"])
    assert one_column(Kind.KEY, "String", values) == ["б", "а", "", "б"]
    assert one_column(Kind.TEXT, "String", pd.Series(["x", None], dtype=object)) == ["x", ""]


def test_what_windows_1251_lacks_goes_as_a_reference() -> None:
    scheme = Scheme("S", "set", (Dataset("D", (WireColumn("C", "String", "c"),)),))
    (message,) = encode(scheme, "1", {"D": pd.DataFrame({"c": ["Қ"]})})
    assert "<f>&#1178;</f>" in message.body
    message.body.encode("cp1251")


def test_names_and_attributes_are_escaped() -> None:
    (message,) = encode(STOCK, 'D"<&\n', stock_tables({"1": 1}), attributes={"version": "2"})
    assert dict(parsed(message.body).attrib) == {"user": 'D"<&\n', "version": "2"}


def test_a_get_asks_and_brings_no_data() -> None:
    (message,) = encode(Scheme("CRMOrder", "get", ()), "DS108", {})
    assert message.body == (
        '<?xml version="1.0" encoding="windows-1251"?><extdata user="DS108"><scheme name="CRMOrder" request="get"/>'
        "</extdata>"
    )
    assert message.wire_bytes == on_the_wire(message.body)


def test_nothing_to_send_is_still_a_message_for_it_replaces() -> None:
    (message,) = encode(STOCK, "DS108", stock_tables({}))
    assert rows(message.body, "d[@name='CRMWhBalanceParam']") == [["0"]]
    assert message.rows == 0


def test_a_window_in_parts_says_so_and_repeats_the_heads_of_its_lines() -> None:
    tables = stock_tables({"1": 40, "2": 0, "3": 50})
    messages = list(encode(STOCK, "DS108", tables, cap=4000))
    assert len(messages) > 3
    assert [rows(each.body, "d[@name='CRMWhBalanceParam']") for each in messages] == [
        [["0"]],
        *[[["1"]]] * (len(messages) - 1),
    ]
    assert [each.part for each in messages] == list(range(1, len(messages) + 1))
    assert all(each.wire_bytes == on_the_wire(each.body) <= 4000 for each in messages)
    sent = [
        (head.findtext("f"), line.findtext("f"))
        for each in messages
        for head in parsed(each.body).findall("scheme/data/o/d[@name='CRMWhBalance']/r")
        for line in head.findall("d/r")
    ]
    lines = tables["CRMWhBalanceLine"]
    assert sent == list(zip(lines["their_warehouse"], lines["their_good"], strict=True))
    assert sum(each.rows for each in messages) == 90
    assert sum(each.counts.get("CRMWhBalance", 0) for each in messages) == 3
    assert sum(each.sums["CRMWhBalanceLine.quantity"] for each in messages) == int(lines["quantity"].sum())


def test_no_head_stands_alone_at_the_end_of_a_part() -> None:
    tables = stock_tables({str(number): 1 for number in range(60)})
    for cap in range(1900, 2300, 7):
        for each in encode(STOCK, "DS108", tables, cap=cap):
            heads = parsed(each.body).findall("scheme/data/o/d[@name='CRMWhBalance']/r")
            assert all(head.find("d/r") is not None for head in heads)


def test_lines_in_any_order_find_their_heads() -> None:
    tables = stock_tables({"1": 3, "2": 3})
    tables["CRMWhBalanceLine"] = tables["CRMWhBalanceLine"].iloc[[5, 0, 3, 1, 4, 2]]
    (message,) = encode(STOCK, "DS108", tables)
    found = parsed(message.body).findall("scheme/data/o/d[@name='CRMWhBalance']/r")
    assert [[line.findtext("f") for line in head.findall("d/r")] for head in found] == [
        ["4600682000000", "4600682000001", "4600682000002"],
        ["4600682000002", "4600682000000", "4600682000001"],
    ]


def test_flat_details_stand_beside_their_heads() -> None:
    line = replace(LINE, columns=(HEAD_COLUMNS[0], *LINE.columns))
    flat = Dataset("CRMWhBalance", HEAD_COLUMNS, details=(line,), link=("their_warehouse",), nested=False)
    scheme = replace(STOCK, datasets=(PARAM, flat))
    tables = stock_tables({"1": 30, "2": 30})
    messages = list(encode(scheme, "DS108", tables, cap=4000))
    assert len(messages) > 1
    for each in messages:
        heads = {row[0] for row in rows(each.body, "d[@name='CRMWhBalance']")}
        assert {row[0] for row in rows(each.body, "d[@name='CRMWhBalanceLine']")} == heads
        assert each.wire_bytes == on_the_wire(each.body) <= 4000
    assert len(texts(messages, "d[@name='CRMWhBalanceLine']")) == 60
    schema = parsed(messages[0].body).findall("scheme/data/s/d")
    assert [each.get("name") for each in schema] == ["CRMWhBalanceParam", "CRMWhBalance", "CRMWhBalanceLine"]


def window(details: int) -> tuple[Scheme, Mapping[str, pd.DataFrame]]:
    """Return the dialect that hangs shipments under the parameters, followed by the outlets they name."""
    shipment = Dataset("CRMDespatch", (WireColumn("DocumentNumber", "String", "number"),))
    param = Dataset(
        "CRMDespatchParam",
        (WireColumn("WorkDate", "Date", "work_date", Kind.MOMENT), WireColumn("SkipDelete", "Integer", "skip")),
        details=(shipment,),
    )
    outlet = Dataset("CRMClientAddress", (WireColumn("AddressId", "String", "address"),))
    scheme = Scheme("CRMDespatchEx", "set", (outlet, param), Parts("CRMDespatchParam", "SkipDelete"))
    tables = {
        "CRMDespatchParam": pd.DataFrame({"work_date": moments("2026-11-01"), "skip": ["?"]}),
        "CRMDespatch": pd.DataFrame({"number": [f"УТ-{number:06d}" for number in range(details)]}),
        "CRMClientAddress": pd.DataFrame({"address": [f"A{number}" for number in range(60)]}),
    }
    return scheme, tables


@pytest.mark.parametrize("details", [0, 100])
def test_rows_under_the_parameters_repeat_these_in_every_part(details: int) -> None:
    scheme, tables = window(details)
    messages = list(encode(scheme, "DS108", tables, cap=3000))
    assert len(messages) > 1
    marks = [rows(each.body, "d[@name='CRMDespatchParam']") for each in messages]
    assert marks == [[["2026-11-01T00:00:00", "0" if part == 0 else "1"]] for part in range(len(messages))]
    assert len(texts(messages, "d[@name='CRMDespatchParam']/r/d[@name='CRMDespatch']")) == details
    assert len(texts(messages, "d[@name='CRMClientAddress']")) == 60
    assert all(each.wire_bytes == on_the_wire(each.body) <= 3000 for each in messages)
    assert "CRMDespatchParam" not in messages[0].counts


def test_two_details_of_a_head_are_both_carried_over_parts() -> None:
    option = Dataset("Option", (WireColumn("Value", "String", "value"),))
    line = Dataset("Line", (WireColumn("WareId", "String", "ware"),))
    head = Dataset("Order", (WireColumn("Number", "String", "number"),), (line, option), link=("number",))
    heads = pd.DataFrame({"number": ["1", "2"]})
    lines = pd.DataFrame({"number": ["1", "2"] * 30, "ware": [f"w{number}" for number in range(60)]})
    options = pd.DataFrame({"number": ["2"] * 40, "value": [f"o{number}" for number in range(40)]})
    tables = {"Order": heads, "Line": lines, "Option": options}
    messages = list(encode(Scheme("S", "set", (head,)), "1", tables, cap=1800))
    assert len(messages) > 2
    assert sorted(row[0] for row in texts(messages, "d/r/d[@name='Line']")) == sorted(lines["ware"])
    assert [row[0] for row in texts(messages, "d/r/d[@name='Option']")] == list(options["value"])
    assert sum(each.counts.get("Order", 0) for each in messages) == 2
    assert sum(each.rows for each in messages) == 100


def test_a_scheme_without_marks_is_split_freely() -> None:
    scheme = Scheme("CRMWareSUP", "set", (Dataset("CRMWareSUP", (WireColumn("WareId", "String", "ware"),)),))
    messages = list(encode(scheme, "1", {"CRMWareSUP": pd.DataFrame({"ware": [str(n) for n in range(200)]})}, cap=2000))
    assert texts(messages, "d") == [[str(number)] for number in range(200)]
    assert len(messages) > 2


def test_a_row_over_the_cap_is_told_by_its_key() -> None:
    tables = stock_tables({"1": 3})
    tables["CRMWhBalanceLine"].loc[1, "their_unit"] = "x" * 5000
    with pytest.raises(TooLarge) as caught:
        list(encode(STOCK, "DS108", tables, cap=4000))
    assert "4600682000001" in caught.value.said
    assert caught.value.facts["cap"] == 4000


def test_parameters_over_the_cap_are_too_large() -> None:
    with pytest.raises(TooLarge, match="Параметры"):
        list(encode(STOCK, "DS108" * 1000, stock_tables({}), cap=4000))


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\x1f", "\ufffe", "\ud800"])
def test_a_character_that_xml_forbids_names_column_and_key(bad: str) -> None:
    tables = stock_tables({"1": 3})
    tables["CRMWhBalanceLine"].loc[2, "their_unit"] = f"ш{bad}т"
    with pytest.raises(Impossible) as caught:
        list(encode(STOCK, "DS108", tables))
    assert caught.value.facts["column"] == "UnitId"
    assert "4600682000002" in str(caught.value.facts["key"])
    assert f"U+{ord(bad):04X}" in caught.value.said
    assert str(caught.value).isprintable() or "\n" in str(caught.value)


def test_a_code_of_the_base_that_xml_forbids_is_refused() -> None:
    with pytest.raises(Impossible, match="Код базы"):
        encode(STOCK, "DS\x00", stock_tables({}))


def test_a_fraction_does_not_go_into_a_whole_column() -> None:
    with pytest.raises(Impossible, match="дробное"):
        one_column(Kind.MICRO, "Integer", [1_500_000])


@pytest.mark.parametrize(("keys", "why"), [(["9"], "без пары 1"), (["1", "1"], "повторяется")])
def test_lines_without_one_head_are_refused(keys: list[str], why: str) -> None:
    tables = stock_tables({"1": 1})
    heads = pd.DataFrame({"their_warehouse": keys, "date": moments(*["2026-11-23"] * len(keys))})
    with pytest.raises(Impossible, match=why):
        list(encode(STOCK, "DS108", tables | {"CRMWhBalance": heads}))


def test_everything_that_does_not_fit_is_told_at_once() -> None:
    tables = stock_tables({"1": 1})
    tables["CRMWhBalance"] = tables["CRMWhBalance"].drop(columns=["date"])
    tables["CRMWhBalanceLine"] = tables["CRMWhBalanceLine"].astype({"quantity": "float64"})
    tables["Unknown"] = pd.DataFrame()
    tables["CRMWhBalanceParam"] = pd.DataFrame(index=range(2))
    scheme = replace(STOCK, parts=Parts("CRMWhBalanceParam", "Other"))
    with pytest.raises(Faults) as caught:
        encode(scheme, "DS108", tables)
    assert [fault.path for fault in caught.value.faults] == [
        "Unknown",
        "CRMWhBalance.date",
        "CRMWhBalanceLine.quantity",
        "CRMWhBalanceParam.Other",
        "CRMWhBalanceParam",
    ]


def test_a_missing_frame_is_a_fault_and_no_empty_message() -> None:
    """An empty window deletes what the service holds, so a forgotten frame must not become one."""
    tables = stock_tables({"1": 1})
    del tables["CRMWhBalanceLine"]
    with pytest.raises(Faults) as caught:
        encode(STOCK, "DS108", tables)
    assert [fault.path for fault in caught.value.faults] == ["CRMWhBalanceLine"]


def test_a_layout_that_cannot_be_written_is_a_fault() -> None:
    deep = Dataset("Deep", (WireColumn("C", "String", constant="1"),))
    inner = Dataset("Inner", (WireColumn("C", "String", constant="1"),), (deep,), nested=False)
    outer = Dataset("Outer", (WireColumn("C", "String", constant="1"),), (inner,))
    with pytest.raises(Faults) as caught:
        encode(Scheme("S", "set", (outer, Dataset("Outer", ()))), "1", {})
    assert sorted(fault.path for fault in caught.value.faults) == ["Inner", "Outer", "Outer"]


def test_a_dataset_of_constants_has_one_row() -> None:
    columns = (WireColumn("A", "String", constant="<a>"), WireColumn("B", "String", "b"), WireColumn("C", "String"))
    (message,) = encode(Scheme("S", "set", (Dataset("D", columns),)), "1", {})
    assert rows(message.body, "d") == [["<a>", "", ""]]


def test_sums_go_beyond_64_bits() -> None:
    values = np.full(3000, 9 * 10**15, np.int64)
    assert exact_sum(values) == 27 * 10**18
    assert exact_sum(values[:0]) == 0


def test_memory_does_not_grow_with_the_rows() -> None:
    """A window is given out part by part: twice the rows take no more memory than once."""

    def peak(count: int) -> int:
        tables = stock_tables({"1": count})
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        for _ in encode(STOCK, "DS108", tables, cap=200_000):
            pass
        return tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    try:
        peak(1000)  # what is loaded once
        once, twice = peak(30_000), peak(60_000)
    finally:
        tracemalloc.stop()
    assert twice < once * 1.3
