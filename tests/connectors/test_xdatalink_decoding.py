"""Answers become frames: by the answer's own schema, in every dialect; a bad answer is an error of our tree."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd
import pytest

from connectors.crm.xdatalink.envelope import Answer, confirm, decode
from foundation.errors import BadAnswer, MI1CError, Refused
from mappings.model import Dataset, Kind, Scheme, WireColumn
from tests.connectors.xdatalink_help import BALANCE, GOODS, answered, extdata

NAMES = ("WareId", "WareName", "UnitId", "UnitName", "Quantity")
ROW = {"WareId": "46", "WareName": "Квас", "UnitId": "ea", "UnitName": "шт", "Quantity": "1"}


def declared(*names: str, dataset: str = "CRMWare", inside: str = "") -> str:
    """Return a dataset's declaration."""
    columns = "".join(f'<f name="{name}" type="String"/>' for name in names)
    return f'<d name="{dataset}">{columns}{inside}</d>'


def objects(*rows: str, dataset: str = "CRMWare") -> str:
    """Return a dataset's rows."""
    return f'<d name="{dataset}">{"".join(rows)}</d>'


def row(*values: str, inside: str = "") -> str:
    """Return a row."""
    return f"<r>{''.join(f'<f>{value}</f>' for value in values)}{inside}</r>"


def goods(*rows: str, names: tuple[str, ...] = NAMES) -> Answer:
    """Decode an answer to CRMWare."""
    return decode(answered(declared(*names), objects(*rows)), GOODS)


def one(kind: Kind, text: str) -> Any:
    """Return the value that a cell's text becomes."""
    scheme = Scheme("S", "get", (Dataset("D", (WireColumn("C", "String", "c", kind),)),))
    answer = decode(answered(declared("C", dataset="D"), objects(row(text), dataset="D"), scheme="S"), scheme)
    return answer.tables["D"]["c"].iloc[0]


@pytest.mark.parametrize("names", list(itertools.permutations(NAMES)))
def test_columns_are_found_by_name_in_any_order(names: tuple[str, ...]) -> None:
    table = goods(row(*(ROW[name] for name in names)), names=names).tables["CRMWare"]
    assert table.iloc[0].to_dict() == {
        "their_good": "46",
        "name": "Квас",
        "their_unit": "ea",
        "unit_name": "шт",
        "factor": 1_000_000,
    }


def test_frames_have_the_dtypes_of_their_kinds_even_when_empty() -> None:
    for answer in (goods(row(*ROW.values())), goods(), decode(extdata('<scheme name="CRMWare"/>'), GOODS)):
        assert [str(dtype) for dtype in answer.tables["CRMWare"].dtypes] == [
            "category",
            "object",
            "category",
            "object",
            "int64",
        ]


def test_an_unknown_column_is_kept_and_a_missing_one_is_empty() -> None:
    answer = goods(row("46", "новое", "Квас"), names=("WareId", "Extra", "WareName"))
    assert answer.unknown == ("CRMWare.Extra",)
    assert answer.missing == ("CRMWare.UnitId", "CRMWare.UnitName", "CRMWare.Quantity")
    assert answer.tables["CRMWare"].iloc[0].to_dict() == {
        "their_good": "46",
        "name": "Квас",
        "their_unit": "",
        "unit_name": "",
        "factor": 0,
        "Extra": "новое",
    }


def test_an_unknown_column_does_not_hide_a_field_of_its_name() -> None:
    answer = goods(row("46", "чужое"), names=("WareId", "name"))
    assert answer.tables["CRMWare"][["name", "name*"]].iloc[0].tolist() == ["", "чужое"]


def test_an_unknown_dataset_is_kept_as_text() -> None:
    inside = declared("Note", dataset="Deep")
    schema = declared(*NAMES) + declared("A", dataset="Other", inside=inside)
    rows = objects() + objects(row("1", inside=objects(row("x"), row("y"), dataset="Deep")), dataset="Other")
    answer = decode(answered(schema, rows), GOODS)
    assert answer.unknown == ("Deep.Note", "Other.A")
    assert answer.tables["Deep"].to_dict("list") == {"Note": ["x", "y"], "head": [0, 0]}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.MICRO, "1,5", 1_500_000),
        (Kind.MICRO, "-0.1", -100_000),
        (Kind.MICRO, "1 234,50", 1_234_500_000),
        (Kind.MICRO, "1\xa0234.5", 1_234_500_000),
        (Kind.MICRO, "1E-05", 10),
        (Kind.MICRO, "12.0000000000", 12_000_000),
        (Kind.MICRO, "", 0),
        (Kind.INTEGER, "12", 12),
        (Kind.INTEGER, "12.0", 12),
        (Kind.INTEGER, "", 0),
        (Kind.FLAG, "True", True),
        (Kind.FLAG, "-1", True),
        (Kind.FLAG, "нет", False),
        (Kind.FLAG, "", False),
        (Kind.KEY, " 007 ", " 007 "),
        (Kind.TEXT, "a &lt; b<![CDATA[ & c]]><!-- no -->!", "a < b & c!"),
        (Kind.MOMENT, "2026-11-23", pd.Timestamp("2026-11-23")),
        (Kind.MOMENT, "2026-11-23T00:00:00", pd.Timestamp("2026-11-23")),
        (Kind.MOMENT, "2026-11-23T08:15:09.123+03:00", pd.Timestamp("2026-11-23 08:15:09")),
        (Kind.MOMENT, "2026-11-23 08:15Z", pd.Timestamp("2026-11-23 08:15")),
        (Kind.MOMENT, "23.11.2026 8:15:09", pd.Timestamp("2026-11-23 08:15:09")),
    ],
)
def test_a_cell_is_read_in_every_form_that_occurs(kind: Kind, text: str, value: Any) -> None:
    assert one(kind, text) == value


@pytest.mark.parametrize("text", ["", "0001-01-01T00:00:00", "1899-12-30T00:00:00"])
def test_an_empty_date_is_no_date(text: str) -> None:
    assert one(Kind.MOMENT, text) is pd.NaT


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.MICRO, "abc"),
        (Kind.MICRO, "NaN"),
        (Kind.MICRO, "Infinity"),
        (Kind.MICRO, "1" * 60),
        (Kind.MICRO, "9" * 19),
        (Kind.INTEGER, "1.5"),
        (Kind.FLAG, "может быть"),
        (Kind.MOMENT, "2026-13-01"),
        (Kind.MOMENT, "завтра"),
    ],
)
def test_a_cell_that_is_no_value_of_its_column_is_a_bad_answer(kind: Kind, text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        one(kind, text)
    assert caught.value.facts["column"] == "C"
    assert text[:20] in caught.value.said


def test_digits_beyond_the_sixth_are_rounded_and_told() -> None:
    answer = goods(row("46", "", "ea", "", "0.33333333333"), row("46", "", "box", "", "2.5"))
    assert answer.tables["CRMWare"]["factor"].tolist() == [333_333, 2_500_000]
    assert answer.rounded == {"CRMWare.Quantity": 1}


LINES = (row("g1", "ea", "1.5"), row("g2", "ea", "2"), row("g3", "box", "3"))
LINE_NAMES = ("WareId", "UnitId", "Quantity")
HEAD_NAMES = ("WareHouseId", "DocumentDate")
ASKED = Scheme("CRMWhBalanceEx", "get", (BALANCE,))


def balance(schema: str, rows: str) -> dict[str, pd.DataFrame]:
    """Decode an answer with balances and return its frames."""
    return decode(answered(schema, rows, scheme="CRMWhBalanceEx"), ASKED).tables


def test_nested_details_have_their_heads_number_and_key() -> None:
    inside = declared(*LINE_NAMES, dataset="CRMWhBalanceLine")
    rows = objects(
        row("W1", "2026-11-23", inside=objects(*LINES[:2], dataset="CRMWhBalanceLine")),
        row("W2", "2026-11-23", inside=objects(dataset="CRMWhBalanceLine")),
        row("W3", "2026-11-23", inside=objects(LINES[2], dataset="CRMWhBalanceLine")),
        dataset="CRMWhBalance",
    )
    table = balance(declared(*HEAD_NAMES, dataset="CRMWhBalance", inside=inside), rows)["CRMWhBalanceLine"]
    assert table["head"].tolist() == [0, 0, 2]
    assert table["their_warehouse"].tolist() == ["W1", "W1", "W3"]
    assert table["quantity"].tolist() == [1_500_000, 2_000_000, 3_000_000]


def test_the_same_details_are_found_flat_beside_their_heads() -> None:
    """The scheme says nested, the answer is flat and even names the lines first."""
    flat = Dataset("CRMWhBalanceLine", (*BALANCE.details[0].columns, BALANCE.columns[0]))
    asked = Scheme("CRMWhBalanceEx", "get", (Dataset("CRMWhBalance", BALANCE.columns, (flat,), BALANCE.link),))
    schema = declared("WareHouseId", *LINE_NAMES, dataset="CRMWhBalanceLine") + declared(
        *HEAD_NAMES, dataset="CRMWhBalance"
    )
    lines = objects(
        row("W2", "g1", "ea", "1"), row("W1", "g2", "ea", "2"), row("W9", "g3", "ea", "3"), dataset="CRMWhBalanceLine"
    )
    heads = objects(row("W1", "2026-11-23"), row("W2", "2026-11-23"), dataset="CRMWhBalance")
    table = decode(answered(schema, lines + heads, scheme="CRMWhBalanceEx"), asked).tables["CRMWhBalanceLine"]
    assert table["head"].tolist() == [1, 0, -1]
    assert table["their_warehouse"].tolist() == ["W2", "W1", "W9"]


def test_flat_details_that_repeat_no_key_have_no_head() -> None:
    schema = declared(*HEAD_NAMES, dataset="CRMWhBalance") + declared(*LINE_NAMES, dataset="CRMWhBalanceLine")
    rows = objects(row("W1", ""), dataset="CRMWhBalance") + objects(*LINES, dataset="CRMWhBalanceLine")
    table = balance(schema, rows)["CRMWhBalanceLine"]
    assert table["head"].tolist() == [-1, -1, -1]
    assert table["their_warehouse"].isna().all()


def test_heads_with_one_key_twice_are_nobodys() -> None:
    flat = Dataset("L", (WireColumn("K", "String", "k"),))
    asked = Scheme("S", "get", (Dataset("H", (WireColumn("K", "String", "k"),), (flat,), ("k",), nested=False),))
    rows = objects(row("1"), row("1"), dataset="H") + objects(row("1"), dataset="L")
    answer = decode(answered(declared("K", dataset="H") + declared("K", dataset="L"), rows, scheme="S"), asked)
    assert answer.tables["L"]["head"].tolist() == [-1]


def test_a_dataset_nested_elsewhere_is_found_by_its_name() -> None:
    """One client hangs the shipments under the parameters; our scheme has them at the top."""
    asked = Scheme("S", "get", (Dataset("CRMWare", GOODS.datasets[0].columns),))
    schema = declared("P", dataset="Param", inside=declared("WareId", "Quantity"))
    rows = objects(row("x", inside=objects(row("46", "1,5"))), dataset="Param")
    table = decode(answered(schema, rows, scheme="S"), asked).tables["CRMWare"]
    assert table[["their_good", "factor", "head"]].iloc[0].tolist() == ["46", 1_500_000, 0]


def test_rows_declared_as_details_may_stand_beside_their_heads() -> None:
    inside = declared("WareHouseId", *LINE_NAMES, dataset="CRMWhBalanceLine")
    rows = objects(row("W1", ""), row("W2", ""), dataset="CRMWhBalance") + objects(
        row("W2", "g", "ea", "1"), dataset="CRMWhBalanceLine"
    )
    table = balance(declared(*HEAD_NAMES, dataset="CRMWhBalance", inside=inside), rows)["CRMWhBalanceLine"]
    assert len(table) == 1
    assert table["head"].tolist() == [-1]
    assert table["WareHouseId"].tolist() == ["W2"]


def test_a_long_answer_is_read_row_by_row() -> None:
    """Over 1,000 rows, so that rows are dropped while later ones have been parsed already."""
    answer = goods(*(row(str(number), "Квас", "ea", "шт", str(number)) for number in range(5000)))
    table = answer.tables["CRMWare"]
    assert table["their_good"].tolist() == [str(number) for number in range(5000)]
    assert table["factor"].sum() == sum(range(5000)) * 1_000_000


def test_a_text_over_ten_megabytes_is_read() -> None:
    assert len(goods(row("46", "x" * 11_000_000, "", "", "")).tables["CRMWare"]["name"].iloc[0]) == 11_000_000


def test_other_schemes_of_an_answer_are_passed_over() -> None:
    other = '<scheme name="Other"><data><s><d name="X"><f name="A"/></d></s><o><d name="X"><r><f>1</f></r></d></o></data></scheme>'
    ours = answered(declared("WareId"), objects(row("46"))).partition('user="DS108">')[2]
    answer = decode(extdata(other + ours.removesuffix("</extdata>")), GOODS)
    assert list(answer.tables) == ["CRMWare"]
    assert len(answer.tables["CRMWare"]) == 1


@pytest.mark.parametrize("label", ["windows-1251", "cp866", "utf-16", "no-such-page"])
def test_the_encoding_that_a_text_names_is_only_a_label(label: str) -> None:
    text = answered(declared("WareName"), objects(row("Пиво «Ё»"))).replace("windows-1251", label)
    assert decode(f"\ufeff{text}", GOODS).tables["CRMWare"]["name"].tolist() == ["Пиво «Ё»"]


@pytest.mark.parametrize(
    ("inside", "answer"),
    [
        ("<error>Нет  такого\n пользователя</error>", "Нет такого пользователя"),
        ('<scheme name="CRMWare" request="get"><error>Схема <b>закрыта</b></error></scheme>', "Схема закрыта"),
        ('<error code="5" text="Занято"/>', "5 Занято"),
        ("<error/>", ""),
        ("<error>Сбой\n   at System.Web.Foo()\n   at Bar</error>", "Сбой"),
    ],
)
def test_an_error_in_the_answer_is_a_refusal_in_its_words(inside: str, answer: str) -> None:
    for read in (lambda text: decode(text, GOODS), confirm):
        with pytest.raises(Refused) as caught:
            read(extdata(inside))
        assert caught.value.facts["answer"] == answer


def test_the_words_of_a_refusal_are_shortened() -> None:
    with pytest.raises(Refused) as caught:
        confirm(extdata(f"<error>{'слово ' * 1000}</error>"))
    assert len(str(caught.value.facts["answer"])) == 300


def test_a_column_or_a_cell_named_error_is_data() -> None:
    text = extdata('<scheme name="CRMWare"><data><o><error>x</error></o></data></scheme>')
    confirm(text)
    assert decode(text, GOODS).tables["CRMWare"].empty


BAD = {
    "empty": "",
    "blank": " \n ",
    "words": "OK",
    "html": "<!DOCTYPE html><html><body>Вход</body></html>",
    "html without a doctype": "<HTML><body>Вход<br></body></HTML>",
    "well-formed html": "<html><body/></html>",
    "half": answered(declared(*NAMES), objects(row(*ROW.values())))[:-40],
    "cut in a word": extdata("<scheme name")[:-20],
    "something else": "<answer>1</answer>",
    "two roots": "<extdata/><extdata/>",
    "illegal character": extdata("<a>\x01</a>"),
    "bare ampersand": extdata("<a>A & B</a>"),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_what_is_no_answer_is_never_a_success(text: str) -> None:
    for read in (lambda text: decode(text, GOODS), confirm):
        with pytest.raises(BadAnswer) as caught:
            read(text)
        assert caught.value.todo


CONTRADICTORY = {
    "no scheme": extdata(""),
    "another scheme": answered(declared("A"), objects(row("1")), scheme="CRMOrder"),
    "rows without a schema": answered("", objects(row("1"))),
    "rows of an undeclared dataset": answered(declared("A"), objects(row("1"), dataset="B")),
    "a row too short": answered(declared("WareId", "WareName"), objects(row("1"))),
    "a row too long": answered(declared("WareId"), objects(row("1", "2"))),
    "a column twice": answered(declared("WareId", "WareId"), objects()),
    "a dataset twice": answered(declared("WareId") * 2, objects()),
    "the scheme twice": extdata('<scheme name="CRMWare"/>' * 2),
    "a row at the root": "<r><f>1</f></r>",
}


@pytest.mark.parametrize("text", CONTRADICTORY.values(), ids=CONTRADICTORY.keys())
def test_an_answer_that_contradicts_itself_is_not_taken(text: str) -> None:
    with pytest.raises(BadAnswer):
        decode(text, GOODS)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ATTACKS = {
    "billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><extdata>&l9;</extdata>',
    "laughs in an attribute": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><extdata a="&l9;"/>',
    "external entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><extdata>&e;</extdata>',
    "external document type": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><extdata/>',
    "after a comment": '<?xml version="1.0"?><!-- <extdata> --><?p?>\n<!DOCTYPE x []><extdata/>',
}


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS.keys())
def test_attacks_by_document_type_are_refused_before_they_are_parsed(text: str) -> None:
    for read in (lambda text: decode(text, GOODS), confirm):
        with pytest.raises(BadAnswer, match="DOCTYPE"):
            read(text)


def test_an_undefined_entity_is_refused() -> None:
    with pytest.raises(MI1CError):
        decode(answered(declared("WareId"), objects("<r><f>&e;</f></r>")), GOODS)
