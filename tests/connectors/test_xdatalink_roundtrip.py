"""Whatever goes in comes out: any scheme, any text, in any number of parts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.crm.xdatalink.envelope import decode, encode
from mappings.model import Dataset, Kind, Parts, Scheme, WireColumn
from tests.connectors.xdatalink_help import on_the_wire

NASTY = [
    "]]>",
    "&amp;",
    "<f/>",
    "</r>",
    "\r\n",
    " ",
    "'\"",
    "&#65;",
    "<!DOCTYPE x>",
    "Ё№«»",
    "饮🍺",
    "\x85\u2028",
    "\ufeff",
]
LEGAL = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
TEXTS = (
    st.text(LEGAL, max_size=8)
    | st.sampled_from(NASTY)
    | st.builds(str.__add__, st.sampled_from(NASTY), st.text(LEGAL, max_size=4))
)
OLDEST, NEWEST = datetime.fromisoformat("1950-01-01"), datetime.fromisoformat("2200-01-01")
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.KEY: TEXTS,
    Kind.TEXT: TEXTS,
    Kind.MICRO: st.integers(-(10**16), 10**16) | st.integers(-3, 3).map(lambda whole: whole * 500_000),
    Kind.INTEGER: st.integers(-(10**9), 10**9),
    Kind.FLAG: st.booleans(),
    Kind.MOMENT: st.datetimes(OLDEST, NEWEST).map(lambda at: at.replace(microsecond=0)),
}
WIRE: dict[Kind, Any] = {
    Kind.KEY: "String",
    Kind.TEXT: "String",
    Kind.MICRO: "Currency",
    Kind.INTEGER: "Integer",
    Kind.FLAG: "Integer",
    Kind.MOMENT: "DateTime",
}
DTYPES: dict[Kind, str] = {
    Kind.KEY: "category",
    Kind.TEXT: "object",
    Kind.MICRO: "int64",
    Kind.INTEGER: "int64",
    Kind.FLAG: "bool",
    Kind.MOMENT: "datetime64[s]",
}
KINDS = st.lists(st.sampled_from(list(Kind)), min_size=1, max_size=4)


def columns(prefix: str, kinds: list[Kind]) -> tuple[WireColumn, ...]:
    """Return columns of these kinds."""
    return tuple(
        WireColumn(f"{prefix}{number}", WIRE[kind], f"{prefix.lower()}_{number}", kind)
        for number, kind in enumerate(kinds)
    )


def frame(described: tuple[WireColumn, ...], values: list[list[Any]]) -> pd.DataFrame:
    """Return a frame of rows with the dtypes of the kinds."""
    return pd.DataFrame(
        {
            column.field: pd.Series([row[number] for row in values], dtype=object).astype(DTYPES[column.kind])  # type: ignore[call-overload]  # dtypes by name
            for number, column in enumerate(described)
        }
    )


def plain(table: pd.DataFrame, names: list[str]) -> list[tuple[Any, ...]]:
    """Return a frame's rows as plain values."""
    return list(table[names].astype(object).itertuples(index=False, name=None))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Scheme, dict[str, pd.DataFrame], int]:
    """Return a scheme, its frames and a cap."""
    nested = draw(st.booleans())
    key = WireColumn("Key", "String", "key", Kind.KEY)
    head_columns = (key, *columns("Head", draw(KINDS)))
    line_columns = (*(() if nested else (key,)), *columns("Line", draw(KINDS)))
    head_keys = draw(st.lists(TEXTS, max_size=5, unique=True))
    heads = [[name, *(draw(VALUES[column.kind]) for column in head_columns[1:])] for name in head_keys]
    count = draw(st.integers(0, 40)) if heads else 0
    owners = [draw(st.sampled_from(head_keys)) for _ in range(count)]
    own = line_columns if nested else line_columns[1:]
    lines = [[draw(VALUES[column.kind]) for column in own] for _ in range(count)]
    scheme = Scheme(
        "Схема",
        "set",
        (
            Dataset("Param", (WireColumn("Skip", "Integer", constant="0"),)),
            Dataset("Head", head_columns, (Dataset("Line", line_columns),), ("key",), nested),
        ),
        Parts("Param", "Skip"),
    )
    line_frame = frame(own, lines)
    line_frame["key"] = pd.Series(owners, dtype=object)
    return scheme, {"Head": frame(head_columns, heads), "Line": line_frame}, draw(st.sampled_from([4000, 6000, 2**22]))


@settings(max_examples=120, deadline=None)
@given(cases())
def test_what_is_encoded_is_decoded(case: tuple[Scheme, dict[str, pd.DataFrame], int]) -> None:
    """All rows come out once, with their heads; no part passes the cap; every size and every sum is true."""
    scheme, tables, cap = case
    messages = list(encode(scheme, "DS108", tables, cap=cap))
    asked = Scheme(scheme.name, "get", scheme.datasets)
    answers = [decode(each.body, asked) for each in messages]
    assert all(each.wire_bytes == on_the_wire(each.body) <= cap for each in messages)
    assert not any(answer.unknown or answer.missing or answer.rounded for answer in answers)

    names = [column.field for column in scheme.datasets[1].columns]
    came = dict.fromkeys(row for answer in answers for row in plain(answer.tables["Head"], names))
    assert sorted(map(repr, came)) == sorted(map(repr, plain(tables["Head"], names)))

    details = scheme.datasets[1].details[0].columns
    fields = list(dict.fromkeys(["key", *(column.field for column in details)]))
    lines = [row for answer in answers for row in plain(answer.tables["Line"], fields)]
    order = {key: number for number, key in enumerate(tables["Head"]["key"])}
    expected = sorted(plain(tables["Line"], fields), key=lambda row: order[row[0]])
    assert lines == expected
    assert sum(each.rows for each in messages) == len(expected)

    for answer in answers:
        table, heads = answer.tables["Line"], answer.tables["Head"]["key"].astype(object)
        assert list(heads.iloc[table["head"]]) == list(table["key"].astype(object))
    for column in details:
        if column.kind is Kind.MICRO:
            total = sum(each.sums.get(f"Line.{column.field}", 0) for each in messages)
            assert total == sum(map(int, tables["Line"][column.field]))
