"""URLs: literals survive the way to 1C, and what cannot travel is refused before it leaves."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.onec.odata import urls
from foundation.errors import Faults

GUID = "0d0c9b60-1c2d-11ee-8000-00155d010203"


@given(st.text())
def test_a_string_literal_comes_back_as_it_was(text: str) -> None:
    """Doubled apostrophes undo to the text, and no lone one ends the literal early."""
    quoted = urls.quoted(text)
    inner = quoted[1:-1]
    assert quoted[0] == quoted[-1] == "'"
    assert inner.replace("''", "'") == text
    assert "'" not in inner.replace("''", "")


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_an_option_comes_back_as_it_was(text: str) -> None:
    """Whatever a filter holds, percent-decoding alone gives it back; no plus stands for a space."""
    encoded = urls.with_options("/X", {"$filter": text}).partition("$filter=")[2]
    assert unquote(encoded) == text
    assert not set("+ &#?\\") & set(encoded)
    assert encoded.isascii()


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_a_number_is_written_without_exponent(number: Decimal) -> None:
    text = urls.literal(number)
    assert Decimal(text) == number
    assert "E" not in text.upper()


@given(st.datetimes())
def test_a_moment_is_written_to_the_second(moment: datetime) -> None:
    text = urls.literal(moment)
    assert datetime.fromisoformat(text.removeprefix("datetime'").removesuffix("'")) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "true"),
        (False, "false"),
        (5, "5"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        ("O'Neil", "'O''Neil'"),
        (UUID(GUID), f"guid'{GUID}'"),
        (date(2026, 1, 2), "datetime'2026-01-02T00:00:00'"),
        (datetime(1, 1, 1, tzinfo=UTC), "datetime'0001-01-01T00:00:00'"),
    ],
)
def test_literals(value: urls.Value, expected: str) -> None:
    assert urls.literal(value) == expected


@pytest.mark.parametrize("value", [float("nan"), Decimal("Infinity")])
def test_what_is_no_number_is_refused(value: urls.Value) -> None:
    with pytest.raises(Faults):
        urls.literal(value)


def test_a_virtual_table_is_called_with_doubled_quotes() -> None:
    path = urls.call_path(
        "AccumulationRegister_ТоварыНаСкладах",
        "Balance",
        {
            "Period": "2026-01-01T00:00:00",
            "Condition": f"Склад_Key eq guid'{GUID}'",
            "Dimensions": "Номенклатура,Склад",
            "Empty": "",
        },
    )
    assert "%20eq%20" in path
    assert path.isascii()
    assert unquote(path) == (
        "/AccumulationRegister_ТоварыНаСкладах/Balance(Period=datetime'2026-01-01T00:00:00',"
        f"Condition='Склад_Key eq guid''{GUID}''',Dimensions='Номенклатура,Склад')"
    )


def test_bare_and_ready_arguments_stay_as_they_are() -> None:
    path = urls.call_path("Document_X", "Post", {"PostingModeOperational": "false", "Period": "datetime'2026-01-01'"})
    assert unquote(path) == "/Document_X/Post(PostingModeOperational=false,Period=datetime'2026-01-01')"


@pytest.mark.parametrize("text", ["a?b", "1+2", "a\\b", "a\nb", "\x00"])
def test_what_a_path_cannot_carry_is_refused(text: str) -> None:
    """The message says where it stands and that ``$filter`` is the place for it."""
    with pytest.raises(Faults) as caught:
        urls.call_path("R", "Balance", {"Condition": f"Код eq '{text}'"})
    assert caught.value.faults[0].path == "Condition"
    assert "$filter" in str(caught.value)


def test_keys_of_objects_and_records() -> None:
    assert urls.entity_path("Catalog_X") == "/Catalog_X"
    assert urls.entity_path("Catalog_X", GUID.upper()) == f"/Catalog_X(guid'{GUID}')"
    record = urls.entity_path(
        "InformationRegister_X", {"Склад_Key": GUID, "Штрихкод": "46'0", "Period": date(2026, 1, 1)}
    )
    assert unquote(record) == (
        f"/InformationRegister_X(Склад_Key=guid'{GUID}',Штрихкод='46''0',Period=datetime'2026-01-01T00:00:00')"
    )
    with pytest.raises(Faults):
        urls.entity_path("Catalog_X", "not a reference")


def test_filters_are_joined_and_long_lists_cut() -> None:
    keys = [GUID, GUID.replace("0", "1")]
    assert urls.any_of("Ref_Key", keys) == f"Ref_Key eq guid'{keys[0]}' or Ref_Key eq guid'{keys[1]}'"
    assert urls.any_of("Code", ["a"]) == "Code eq 'a'"
    assert urls.both("a eq 1", "b eq 2") == "(a eq 1) and (b eq 2)"
    assert urls.both("", "b eq 2") == "b eq 2"
    assert [len(some) for some in urls.chunks(["k"] * 95)] == [40, 40, 15]


def test_empty_options_are_left_out() -> None:
    assert urls.with_options("/X", {"$filter": "", "$top": 5}) == "/X?$top=5"
    assert urls.with_options("/X", {"$filter": ""}) == "/X"
