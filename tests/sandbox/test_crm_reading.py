"""Messages are read strictly by their own schema, in every dialect of nesting that the field has."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.crm.schemes import Type
from sandbox.crm.service import Manufacturer
from sandbox.crm.values import plain, read, write
from tests.sandbox.crm_client import (
    BALANCE,
    LINE,
    PARAM,
    SHIPMENT,
    WINDOW,
    calling,
    content,
    data,
    extdata,
    o,
    r,
    s,
    shipped,
    stock,
)

WARE = "4600682000001"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_numbers_go_there_and_back_exactly_with_point_or_comma(number: Decimal) -> None:
    assert read(write(number), Type.NUMBER) == number
    assert read(write(number, comma=True), Type.NUMBER) == number
    assert Decimal(plain(number)) == number


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("1,5", Type.NUMBER, Decimal("1.5")),
        (" -0.125 ", Type.NUMBER, Decimal("-0.125")),
        (".5", Type.NUMBER, Decimal("0.5")),
        ("", Type.NUMBER, None),
        (None, Type.TEXT, ""),
        (" a ", Type.TEXT, " a "),
        ("-7", Type.INTEGER, -7),
        ("2026-11-23", Type.MOMENT, datetime(2026, 11, 23)),  # noqa: DTZ001 - the wire has no zone
        ("2026-11-23T08:15:00.5", Type.MOMENT, datetime(2026, 11, 23, 8, 15, 0, 500_000)),  # noqa: DTZ001 - as above
    ],
)
def test_values_are_read(text: str | None, kind: Type, value: object) -> None:
    assert read(text, kind) == value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1e3", Type.NUMBER),
        ("1 000", Type.NUMBER),
        ("NaN", Type.NUMBER),
        ("1.2.3", Type.NUMBER),
        ("1.0", Type.INTEGER),
        ("٣", Type.INTEGER),
        ("23.11.2026", Type.MOMENT),
        ("2026-02-30", Type.MOMENT),
        ("2026-11-23T00:00:00Z", Type.MOMENT),
    ],
)
def test_what_is_no_value_is_refused(text: str, kind: Type) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(text, kind)


def test_a_plain_number_has_no_exponent_and_no_needless_zeros() -> None:
    assert [plain(Decimal(text)) for text in ("1E+3", "120.500", "0.000", "-0", "1E-7")] == [
        "1000",
        "120.5",
        "0",
        "0",
        "0.0000001",
    ]


FLAT_LINE = s("CRMWhBalanceLine", "Quantity:Currency WareId UnitId WareHouseId")
DIALECTS = {
    "nested": (
        PARAM + BALANCE,
        o("CRMWhBalanceParam", r(0))
        + o("CRMWhBalance", r(1, "2026-11-23", "", "", inner=o("CRMWhBalanceLine", r(WARE, "ea", "1,5")))),
    ),
    "nested, without parameter and units": (
        s("CRMWhBalance", "WareHouseId DocumentDate:Date", s("CRMWhBalanceLine", "WareId Quantity:Currency")),
        o("CRMWhBalance", r(1, "2026-11-23", inner=o("CRMWhBalanceLine", r(WARE, "1.5")))),
    ),
    "flat, by key": (
        PARAM + s("CRMWhBalance", "DocumentDate:Date WareHouseId") + FLAT_LINE,
        o("CRMWhBalanceParam", r(0))
        + o("CRMWhBalanceLine", r("1.5", WARE, "ea", 1))
        + o("CRMWhBalance", r("2026-11-24", 2), r("2026-11-23", 1)),
    ),
    "under the parameter": (
        s("CRMWhBalanceParam", "SkipDelete:Integer", BALANCE),
        o(
            "CRMWhBalanceParam",
            r(
                0,
                inner=o("CRMWhBalance", r(1, "2026-11-23", "", "", inner=o("CRMWhBalanceLine", r(WARE, "ea", "1.5")))),
            ),
        ),
    ),
    "two levels below the head": (
        s("CRMWhBalance", "WareHouseId DocumentDate:Date", s("CRMWhBalanceParam", "SkipDelete:Integer", LINE)),
        o(
            "CRMWhBalance",
            r(2, "2026-11-24"),
            r(
                1,
                "2026-11-23",
                inner=o("CRMWhBalanceParam", r(0, inner=o("CRMWhBalanceLine", r(WARE, "ea", "1.5")))),
            ),
        ),
    ),
    "one table": (
        s("CRMWhBalance", "WareHouseId WareId UnitId Quantity:Decimal DocumentDate:DateTime"),
        o("CRMWhBalance", r(1, WARE, "ea", "1.5", "2026-11-23T00:00:00")),
    ),
    "number declared as text": (
        s("CRMWhBalance", "WareHouseId DocumentDate", s("CRMWhBalanceLine", "WareId Quantity")),
        o("CRMWhBalance", r(1, "2026-11-23", inner=o("CRMWhBalanceLine", r(WARE, "1.5")))),
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_balances_are_the_same_in_every_dialect(dialect: str) -> None:
    """Nested, flat, under the parameter dataset, in one table, with or without units: the same row is held."""
    double = Manufacturer([content()])
    with calling(double) as client:
        assert client.take("CRMWhBalanceEx", *DIALECTS[dialect]) == ""
    (row,) = double.rows("DS108")
    assert {name: row[name] for name in ("warehouse", "ware", "quantity", "date")} == {
        "warehouse": "1",
        "ware": WARE,
        "quantity": "1.5",
        "date": "2026-11-23T00:00:00",
    }


def test_shipments_may_hang_under_the_parameter_with_the_outlets_beside_them() -> None:
    """The seen dialect: rows under CRMDespatchParam, and the outlet block named CRMExtClientAddressDef."""
    double = Manufacturer([content()])
    schema = s(
        "CRMDespatchParam",
        "WorkDate:Date SkipDelete:Integer",
        SHIPMENT,
        s("CRMExtClientAddressDef", "AddressId CompanyId AddressName"),
    )
    inner = o("CRMDespatch", shipped("N1", "2026-11-20", WARE, "60.10", "2")) + o(
        "CRMExtClientAddressDef", r("A1", "C1", "Магазин")
    )
    with calling(double) as client:
        assert client.take("CRMDespatchEx", schema, o("CRMDespatchParam", r("2026-11-01", 0, inner=inner))) == ""
    assert [row["number"] for row in double.rows("DS108", "shipments")] == ["N1"]
    assert double.rows("DS108", "clients") == [{"address": "A1", "company": "C1", "address_name": "Магазин"}]


WRONG = {
    "too few values": (PARAM + BALANCE, o("CRMWhBalance", r(1, "2026-11-23")), "значений 2, а столбцов 4"),
    "too many values": (PARAM, o("CRMWhBalanceParam", r(0), r(0, 0)), "строка 2: значений 2, а столбцов 1"),
    "unknown dataset": (s("CRMWhBalanse", "WareHouseId"), "", "«CRMWhBalanse» неизвестен"),
    "undeclared dataset": (PARAM, o("CRMWhBalance", r(1)), "«CRMWhBalance» не описан"),
    "dataset in another place": (
        PARAM + BALANCE,
        o("CRMWhBalanceLine", r(WARE, "ea", 1)),
        "«CRMWhBalanceLine» не описан",
    ),
    "declared twice": (PARAM + PARAM, "", "описан дважды"),
    "column twice": (s("CRMWhBalance", "WareId WareId"), "", "описан дважды"),
    "unknown type": (s("CRMWhBalance", "WareId:Text"), "", "тип «Text» неизвестен"),
    "bad number": (
        DIALECTS["nested"][0],
        DIALECTS["nested"][1].replace("1,5", "1 5"),
        "CRMWhBalanceLine, строка 1, столбец Quantity: «1 5» не число",
    ),
    "bad date": (DIALECTS["nested"][0], DIALECTS["nested"][1].replace("2026-11-23", "23.11.26"), "не дата"),
    "bad date declared as text": (
        DIALECTS["number declared as text"][0],
        DIALECTS["number declared as text"][1].replace("2026-11-23", "вчера"),
        "столбец DocumentDate: «вчера» не дата",
    ),
    "fraction in an integer": (PARAM, o("CRMWhBalanceParam", r("0.5")), "не целое число"),
    "empty number": (
        DIALECTS["nested"][0],
        DIALECTS["nested"][1].replace("1,5", ""),
        "Quantity: значение не заполнено",
    ),
    "empty code": (DIALECTS["nested"][0], DIALECTS["nested"][1].replace(WARE, ""), "WareId: значение не заполнено"),
    "no such column": (
        s("CRMWhBalance", "WareHouseId", s("CRMWhBalanceLine", "WareId")),
        "",
        "CRMWhBalanceLine: нет столбца Quantity",
    ),
    "no warehouse": (s("CRMWhBalanceLine", "WareId Quantity:Currency"), "", "нет столбца WareHouseId"),
    "no lines": (PARAM, o("CRMWhBalanceParam", r(0)), "Нет набора данных CRMWhBalanceLine"),
    "no head for a line": (
        DIALECTS["flat, by key"][0],
        DIALECTS["flat, by key"][1].replace("<f>ea</f><f>1</f>", "<f>ea</f><f>7</f>"),
        "нет строки с ключом (7)",
    ),
    "two heads for a line": (
        DIALECTS["flat, by key"][0],
        DIALECTS["flat, by key"][1].replace("<f>2</f>", "<f>1</f>"),
        "ключ повторяется",
    ),
    "two parameters": (PARAM + BALANCE, o("CRMWhBalanceParam", r(0), r(1)), "ожидается одна строка, пришло 2"),
    "odd parameter": (PARAM + BALANCE, o("CRMWhBalanceParam", r(2)), "SkipDelete может быть 0 или 1, пришло «2»"),
    "elements in a value": (PARAM, o("CRMWhBalanceParam", "<r><f><b/></f></r>"), "вложенные элементы"),
    "no row": (PARAM, o("CRMWhBalanceParam", "<x/>"), "не <r>"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_message_is_refused_whole_and_changes_nothing(case: str) -> None:
    """The refusal stands in extdata/scheme/error, names the place, and what was held before is held after."""
    schema, objects, said = WRONG[case]
    double = Manufacturer([content()])
    with calling(double) as client:
        client.call(stock((WARE, "ea", "7")))
        answered = client.call(extdata("CRMWhBalanceEx", data(schema, objects)))
        assert answered.root is not None
        assert said in (answered.root.findtext("scheme/error") or "")
    assert [row["quantity"] for row in double.rows("DS108")] == ["7"]
    assert [arrival.outcome for arrival in double.journal.arrivals] == ["accepted", "refused"]


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ("", "Ошибка разбора XML"),
        ("<extdata", "Ошибка разбора XML"),
        ("<html/>", "корневой элемент не extdata"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hosts">]><extdata user="DS108">&e;</extdata>', "DTD"),
        ('<extdata user="DS108"/>', "ни одной схемы"),
        ('<extdata user="DS999"><scheme name="CRMWare" request="get"/></extdata>', "«DS999» не зарегистрирован"),
    ],
)
def test_a_document_that_cannot_be_taken_is_answered_with_extdata_error(payload: str, said: str) -> None:
    with calling(Manufacturer([content()])) as client:
        answered = client.call(payload)
        assert answered.root is not None
        assert said in (answered.root.findtext("error") or "")
        assert [each["outcome"] for each in client.view("messages")] == ["refused"]


@pytest.mark.parametrize(
    ("scheme", "request_kind", "said"),
    [
        ("CRMNothing", "get", "«CRMNothing» неизвестна"),
        ("CRMNothing", "set", "«CRMNothing» неизвестна"),
        ("CRMWhBalanceEx", "get", "«CRMWhBalanceEx» не отдаётся"),
        ("CRMWare", "set", "неизвестна или не принимается"),
        ("CRMWare", "put", "«put» неизвестен"),
    ],
)
def test_unknown_schemes_and_requests_are_refused(scheme: str, request_kind: str, said: str) -> None:
    with calling(Manufacturer([content()])) as client:
        assert said in client.call(extdata(scheme, request=request_kind)).error


def test_a_scheme_without_data_is_refused() -> None:
    with calling(Manufacturer([content()])) as client:
        assert "нет данных" in client.call(extdata("CRMWhBalanceEx")).error


def test_two_schemes_of_one_message_are_answered_each() -> None:
    """One is refused, the other is carried out all the same."""
    double = Manufacturer([content()])
    good = stock((WARE, "ea", "7")).partition("?>")[2]
    both = good.replace("<scheme ", '<scheme name="CRMNothing" request="set"/><scheme ', 1)
    with calling(double) as client:
        answered = client.call(both)
    assert answered.root is not None
    first, second = answered.root.findall("scheme")
    assert (first.findtext("error"), second.findtext("error")) == (
        "Схема «CRMNothing» неизвестна или не принимается",
        None,
    )
    assert len(double.rows("DS108")) == 1


def test_a_column_that_the_service_does_not_know_is_kept_and_remarked() -> None:
    double = Manufacturer([content()])
    line = LINE.replace("</d>", "<f name='Shelf' type='String'/></d>")
    schema = PARAM + BALANCE.replace(LINE, line)
    objects = o("CRMWhBalanceParam", r(0)) + o(
        "CRMWhBalance", r(1, "2026-11-23", "", "", inner=o("CRMWhBalanceLine", r(WARE, "ea", 1, "А-5")))
    )
    with calling(double) as client:
        assert client.take("CRMWhBalanceEx", schema, objects) == ""
        assert client.view("messages")[0]["remarks"] == [
            "CRMWhBalanceLine: столбец Shelf службе неизвестен, сохранён как есть"
        ]
    assert double.rows("DS108")[0]["Shelf"] == "А-5"


def test_all_that_xml_can_carry_arrives_as_it_was() -> None:
    """Quotes, ampersands, letters outside windows-1251 and a line break survive the double escaping."""
    double = Manufacturer([content()])
    name = "Пиво <Ω> & \"Ко\" 'ж'\n№ 5 ]]> 🍺"
    with calling(double) as client:
        assert client.take("CRMWareSUP", s("CRMWareSUP", "WareId WareName"), o("CRMWareSUP", r("1", name))) == ""
    assert double.rows("DS108", "goods") == [{"ware": "1", "name": name}]


def test_the_window_is_needed() -> None:
    with calling(Manufacturer([content()])) as client:
        rows = o("CRMDespatch", shipped("N1", "2026-11-20", WARE, 1, 1))
        assert "Нет набора данных CRMDespatchParam" in client.take("CRMDespatchEx", SHIPMENT, rows)
        assert "CRMDespatch или CRMDespatchParts" in client.take(
            "CRMDespatchEx", WINDOW, o("CRMDespatchParam", r("2026-11-01", 0, 0))
        )
        short = s("CRMDespatchParam", "SkipDelete:Integer")
        assert "нет столбца WorkDate" in client.take("CRMDespatchEx", short + SHIPMENT, o("CRMDespatchParam", r(0)))
        assert "ожидается одна строка, пришло 0" in client.take("CRMDespatchEx", WINDOW + SHIPMENT, rows)
