"""Decoding: each form in which 1C writes a value becomes the kind's value, exactly, or is named."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.onec.odata.decoding import MICRO_BELOW, Columns, Shape, key_text, micro
from connectors.onec.odata.faults import Ask
from foundation.errors import AccessDenied, BadAnswer, Impossible
from mappings.model import EMPTY_REF, Field, Kind, Reading
from tests.connectors.odata_base import ref

ASK = Ask("http://1c.example/ut/odata/standard.odata", entity="Catalog_Товары")


def reading(*fields: Field) -> Reading:
    return Reading("goods", "Catalog_Товары", fields, ("Ref_Key",))


def body_of(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"odata.metadata": "x", "value": list(rows)}, ensure_ascii=False).encode()


def column(kind: Kind, *values: Any, source: str = "Поле") -> pd.Series[Any]:
    """Decode one column of values as they stand in JSON."""
    read = reading(Field("it", kind, source))
    shape = Shape(read)
    columns = Columns(read, shape)
    columns.add(shape.rows(body_of(*({"Ref_Key": ref(1), source: value} for value in values)), ASK))
    frame = columns.frame()
    return frame["it"]


@given(st.decimals(min_value=-(2**33) + 1, max_value=2**33 - 1, places=6, allow_nan=False, allow_infinity=False))
@example(Decimal("0.1"))
@example(Decimal("-0.000001"))
@example(Decimal("8589934591.999999"))
@example(Decimal("4503599627.370497"))
def test_a_number_becomes_exactly_its_millionths(number: Decimal) -> None:
    """Through the double that JSON carries, for every number of up to 6 digits below 2**33."""
    [value] = micro([float(number)]).tolist()
    assert value == int(number.scaleb(6))


@given(st.lists(st.decimals(min_value=-(10**6), max_value=10**6, places=3), max_size=50))
def test_sums_of_columns_are_exact(numbers: list[Decimal]) -> None:
    """What pandas sums over millionths is what Decimal sums over the texts."""
    assert int(column(Kind.MICRO, *map(float, numbers)).sum()) == int(sum(numbers, Decimal(0)).scaleb(6))


@pytest.mark.parametrize("value", [MICRO_BELOW, -MICRO_BELOW, 1e15, 0.1234567, 1e-7, 1 / 3, "1.23456789", "NaN"])
def test_a_number_that_is_not_exact_is_named(value: Any) -> None:
    """Entity, key and value stand in the error, so that a person finds the row."""
    with pytest.raises(Impossible) as caught:
        column(Kind.MICRO, 1.5, value)
    assert caught.value.facts["entity"] == "Catalog_Товары"
    assert caught.value.facts["key"] == ref(1)
    assert caught.value.facts["property"] == "Поле"
    assert str(value) in str(caught.value)


def test_quantities_come_as_numbers_and_texts() -> None:
    assert column(Kind.MICRO, 5, 142.36, "1", "2.5", "", None, -0.0).tolist() == [
        5_000_000,
        142_360_000,
        1_000_000,
        2_500_000,
        0,
        0,
        0,
    ]
    assert column(Kind.MICRO, 1, None).tolist() == [1_000_000, 0]


def test_integers_come_as_texts_and_numbers() -> None:
    values = column(Kind.INTEGER, "12", 5, 7.0, "", None, "-9007199254740993")
    assert values.tolist() == [12, 5, 7, 0, 0, -9007199254740993]
    assert str(values.dtype) == "int64"


@pytest.mark.parametrize("value", [0.5, "1e30", "Infinity", 2**63])
def test_an_integer_that_is_none_is_named(value: Any) -> None:
    with pytest.raises(Impossible):
        column(Kind.INTEGER, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.MICRO, "много"),
        (Kind.INTEGER, "много"),
        (Kind.MOMENT, "вчера"),
        (Kind.MOMENT, "2026-13-01T00:00:00"),
        (Kind.MOMENT, "2026-01-01T00:00:00+03:00"),
        (Kind.MOMENT, "2026-01-01T00:00:00.5Z"),
    ],
)
def test_a_value_of_another_kind_is_a_bad_answer(kind: Kind, value: Any) -> None:
    """It names field and row, not the value: that may be somebody's data."""
    with pytest.raises(BadAnswer) as caught:
        column(kind, value)
    assert "Поле" in str(caught.value)
    assert value not in str(caught.value)


def test_dates_are_the_wall_clock_and_the_year_one_is_empty() -> None:
    values = column(Kind.MOMENT, "2022-12-04T12:00:00", "0001-01-01T00:00:00", None, "", "3999-12-31T23:59:59")
    assert str(values.dtype) == "datetime64[s]"
    assert values.isna().tolist() == [False, True, True, True, False]
    assert values[0] == pd.Timestamp("2022-12-04T12:00:00")
    assert column(Kind.MOMENT, "2022-12-04T12:00:00.5")[0] == pd.Timestamp("2022-12-04T12:00:00")


def test_flags_and_a_folders_nulls() -> None:
    values = column(Kind.FLAG, *(True, False, None))
    assert values.tolist() == [True, False, False]
    assert values.dtype == bool


def test_texts_are_right_stripped_objects() -> None:
    values = column(Kind.TEXT, "Вода  ", "           ", None, " слева", 5, 2.5, 3.0, *(True, False))
    assert values.tolist() == ["Вода", "", "", " слева", "5", "2.5", "3", "true", "false"]
    assert values.dtype == object


def test_keys_are_lower_case_categories_and_empty_references_are_empty() -> None:
    upper = ref(0xAB).upper()
    values = column(Kind.KEY, upper, ref(0xAB), EMPTY_REF, None, "", "Код  ")
    assert values.tolist() == [ref(0xAB), ref(0xAB), "", "", "", "Код"]
    assert values.cat.categories.tolist() == [ref(0xAB), "", "Код"]
    assert values.cat.categories.dtype == object


def test_a_composite_value_and_its_type() -> None:
    """``X`` holds a reference, a number or nothing; ``X_Type`` says which, without 1C's namespace."""
    assert column(Kind.KEY, ref(5), "", source="Owner").tolist() == [ref(5), ""]
    types = column(
        Kind.KEY, "StandardODATA.Catalog_Товары", "StandardODATA.Undefined", "Edm.Double", source="Owner_Type"
    )
    assert types.tolist() == ["Catalog_Товары", "", "Edm.Double"]
    assert column(Kind.TEXT, "StandardODATA.Undefined", source="Owner_Type").tolist() == [""]


def test_an_empty_page_has_all_dtypes() -> None:
    read = reading(*(Field(kind.value, kind, f"П{kind.value}") for kind in Kind))
    frame = Columns(read, Shape(read)).frame()
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        "key": "category",
        "text": "object",
        "micro": "int64",
        "integer": "int64",
        "flag": "bool",
        "moment": "datetime64[s]",
    }


def test_one_property_may_fill_two_columns() -> None:
    read = reading(Field("key", Kind.KEY, "Код"), Field("count", Kind.INTEGER, "Код"), Field("on", Kind.FLAG, "Код"))
    shape = Shape(read)
    assert shape.select == ("Код", "Ref_Key")
    columns = Columns(read, shape)
    with pytest.raises(BadAnswer):
        columns.add(shape.rows(body_of({"Ref_Key": ref(1), "Код": "7"}), ASK))
    two = reading(*read.fields[:2])
    shape = Shape(two)
    columns = Columns(two, shape)
    columns.add(shape.rows(body_of({"Ref_Key": ref(1), "Код": "7"}), ASK))
    assert columns.frame().to_dict("records") == [{"key": "7", "count": 7}]


@pytest.mark.parametrize(
    "body",
    [
        b'{"value": [{"Ref_Key": "',
        b"",
        b"null",
        b'{"value": [{"Ref_Key": "a"}]}',
        b'{"value": [{"Ref_Key": "a", "\xd0\x9f\xd0\xbe\xd0\xbb\xd0\xb5": {"a": 1}}]}',
        '{"value": [{"Ref_Key": "Тара"}]}'.encode("cp1251"),
        b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"/>',
        b"<html><body>hello</body></html>",
    ],
)
def test_a_body_that_is_not_the_page_is_a_bad_answer(body: bytes) -> None:
    shape = Shape(reading(Field("it", Kind.TEXT, "Поле")))
    with pytest.raises(BadAnswer) as caught:
        shape.rows(body, ASK)
    assert caught.value.__cause__ is None


def test_a_missing_field_is_named() -> None:
    shape = Shape(reading(Field("it", Kind.TEXT, "Поле")))
    with pytest.raises(BadAnswer, match="Поле"):
        shape.rows(b'{"value": [{"Ref_Key": "a"}]}', ASK)


def test_a_login_page_is_a_matter_of_access() -> None:
    shape = Shape(reading(Field("it", Kind.TEXT, "Поле")))
    with pytest.raises(AccessDenied):
        shape.rows(b"<html><form><input type='password'></form></html>", ASK)


def test_a_byte_order_mark_is_no_obstacle() -> None:
    shape = Shape(reading(Field("it", Kind.TEXT, "Ref_Key")))
    assert len(shape.rows(b"\xef\xbb\xbf" + body_of({"Ref_Key": "a"}), ASK)) == 1


def test_key_text_of_numbers() -> None:
    assert [key_text(value) for value in (5, 5.0, 0.5, True)] == ["5", "5", "0.5", "true"]
