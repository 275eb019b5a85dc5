"""Virtual tables: balances now and at a moment, turnovers, both together, slices of prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.onec.service import OneC
from tests.sandbox.onec_base import (
    BEER,
    CONFIGURATION,
    DEFECT,
    KVASS,
    MAIN,
    ORDER,
    RETAIL,
    SALE,
    SNACKS,
    ask,
    at,
    base,
    line,
    ref,
)

STOCK = "AccumulationRegister_ТоварыНаСкладах"
PRICES = "InformationRegister_Цены_RecordType"


def stock(onec: OneC, arguments: str = "", **query: Any) -> dict[str, Any]:
    """Return the balance of what is on hand by good."""
    rows = ask(onec, f"{STOCK}/Balance({arguments})", **query).value
    return {row["Номенклатура_Key"]: row["ВНаличииBalance"] for row in rows}


def test_balance_now_is_what_was_posted() -> None:
    """Receipts less expenses, exact in the store, numbers in JSON; unposted documents do not count."""
    onec = base()
    assert stock(onec) == {BEER: 7.5, KVASS: 0.2}
    assert onec.store.balance("ТоварыНаСкладах") == {
        (BEER, MAIN): {"ВНаличии": Decimal("7.5"), "КОтгрузке": Decimal(0)},
        (KVASS, MAIN): {"ВНаличии": Decimal("0.2"), "КОтгрузке": Decimal(0)},
    }
    assert onec.store.balance("ТоварыНаСкладах", ["Склад"])[MAIN,]["ВНаличии"] == Decimal("7.7")


@pytest.mark.parametrize("path", [f"{STOCK}/Balance", f"{STOCK}/Balance()", f"{STOCK}/Balance( )"])
def test_brackets_are_optional_without_arguments(path: str) -> None:
    """A function without arguments may stand without brackets."""
    assert len(ask(base(), path).value) == 2


@pytest.mark.parametrize(
    ("period", "inclusive", "found"),
    [
        ("2026-11-01T09:00:00", False, {}),
        ("2026-11-01T09:00:00", True, {BEER: 10, KVASS: 0.3}),
        ("2026-11-01T09:00:01", False, {BEER: 10, KVASS: 0.3}),
        ("2026-11-02T12:00:01", False, {BEER: 7.5, KVASS: 0.2}),
        ("2020-01-01T00:00:00", True, {}),
    ],
)
def test_balance_at_a_moment_excludes_or_includes_it_by_setting(
    period: str, inclusive: bool, found: dict[str, float]
) -> None:
    """Whether the very moment belongs to a balance nobody measured: both can be set."""
    assert stock(base(balance_inclusive=inclusive), f"Period=datetime'{period}'") == found


@pytest.mark.parametrize(
    "condition",
    [
        f"Склад_Key eq guid''{MAIN}'' and Номенклатура_Key eq guid''{BEER}''",
        f"Склад_Key eq guid'{MAIN}' and Номенклатура_Key eq guid'{BEER}'",
        "Номенклатура/Code eq '00-00000001'",
        "Номенклатура/Description eq ''Пиво светлое''",
        "startswith(Номенклатура/Description,''Пиво'')",
        "startswith(Номенклатура/Description,'Пиво')",
        "Номенклатура/Description ne 'Квас O''Neil'",
        "Номенклатура/Description ne ''Квас O''''Neil''",
        "Номенклатура/Марка_Key eq guid'00000000-0000-0000-0000-000000000000' and Номенклатура/Артикул ne ''",
    ],
)
def test_a_condition_may_double_its_inner_quotes_or_not(condition: str) -> None:
    """Clients send both; paths over references work as in a filter."""
    assert stock(base(), f"Condition='{condition}',Dimensions='Номенклатура'") == {BEER: 7.5}


def test_arguments_may_come_in_the_query_string() -> None:
    """What is no option is an argument of the function."""
    told = ask(base(), f"{STOCK}/Balance", raw=f"$format=json&Condition='Номенклатура_Key%20eq%20guid''{BEER}'''")
    assert [row["ВНаличииBalance"] for row in told.value] == [7.5]


def test_dimensions_fold_the_rest_and_come_without_key_in_the_argument() -> None:
    """Only the named dimensions come back, and sums run over the others."""
    onec = base()
    rows = ask(onec, f"{STOCK}/Balance(Dimensions='Склад')").value
    assert rows == [{"Склад_Key": MAIN, "ВНаличииBalance": 7.7, "КОтгрузкеBalance": 0}]
    assert ask(onec, f"{STOCK}/Balance(Dimensions='Склад_Key')").refusal == (400, "4")


def test_results_take_options_on_their_own_columns() -> None:
    """Filter, order, selection, pages and expansion work on resulting columns; Ref_Key is none of them."""
    onec = base()
    assert stock(onec, filter="ВНаличииBalance gt 1") == {BEER: 7.5}
    rows = ask(onec, f"{STOCK}/Balance()", orderby="ВНаличииBalance", select="ВНаличииBalance", top=1).value
    assert rows == [{"ВНаличииBalance": 0.2}]
    row = ask(onec, f"{STOCK}/Balance()", expand="Номенклатура", top=1).value[0]
    assert row["Номенклатура"]["Артикул"] == "П-1"
    assert ask(onec, f"{STOCK}/Balance()", orderby="Ref_Key").refusal == (400, "6")
    assert ask(onec, f"{STOCK}/Balance()", select="ВНаличииОстаток").refusal == (400, "6")
    plain = ask(onec, f"{STOCK}/Balance()", form="")
    assert b"<d:" in plain.body


def test_a_composite_dimension_keeps_its_type() -> None:
    """A reserve by order: the dimension is a pair, and a condition on it needs a cast; cancelled lines do not count."""
    onec = base()
    reserves = "AccumulationRegister_Резервы/Balance"
    (row,) = ask(onec, f"{reserves}()").value
    assert (row["Заказ"], row["Заказ_Type"], row["КоличествоBalance"]) == (
        ORDER,
        "StandardODATA.Document_ЗаказКлиента",
        3,
    )
    assert (
        len(ask(onec, f"{reserves}(Condition='Заказ eq cast(guid''{ORDER}'',''Document_ЗаказКлиента'')')").value) == 1
    )
    assert ask(onec, f"{reserves}(Condition='Заказ eq guid''{ORDER}''')").value == []


def test_zero_balances_do_not_come_back() -> None:
    """A good that is sold out is not in the table: a missing row means zero."""
    onec = base()
    body = {"Date": "2026-11-05T10:00:00", "Posted": True, "Склад_Key": MAIN, "Товары": []}
    body["Товары"] = [{"LineNumber": 1, "Номенклатура_Key": BEER, "Количество": 7.5}]
    assert ask(onec, "Document_Реализация", method="POST", body=body).status == 201
    assert stock(onec) == {KVASS: 0.2}


def test_turnovers_have_what_came_and_what_went_with_both_ends_included() -> None:
    """Turnover is receipts less expenses; the period's ends belong to it."""
    onec = base()
    beer = ask(onec, f"{STOCK}/Turnovers(Condition='Номенклатура_Key eq guid''{BEER}''')").value[0]
    assert [beer[f"ВНаличии{name}"] for name in ("Turnover", "Receipt", "Expense")] == [7.5, 10, 2.5]
    span = "StartPeriod=datetime'2026-11-02T12:00:00',EndPeriod=datetime'2026-11-02T12:00:00'"
    (beer, kvass) = ask(onec, f"{STOCK}/Turnovers({span})").value
    assert (beer["ВНаличииTurnover"], kvass["ВНаличииExpense"]) == (-2.5, 0.1)
    assert ask(onec, "AccumulationRegister_Выручка/Turnovers()").value == []


def test_balance_and_turnovers_add_up() -> None:
    """Opening, movements and closing of one period."""
    span = "StartPeriod=datetime'2026-11-02T00:00:00',EndPeriod=datetime'2026-11-30T00:00:00'"
    beer = ask(base(), f"{STOCK}/BalanceAndTurnovers({span})").value[0]
    names = ("OpeningBalance", "Receipt", "Expense", "Turnover", "ClosingBalance")
    assert [beer[f"ВНаличии{name}"] for name in names] == [10, 0, 2.5, -2.5, 7.5]
    whole = ask(base(), f"{STOCK}/BalanceAndTurnovers()").value[0]
    assert [whole[f"ВНаличии{name}"] for name in names] == [0, 10, 2.5, 7.5, 7.5]


def test_slices_give_the_last_and_the_first_record_by_dimensions() -> None:
    """The last price up to a moment, the first from one on; conditions and options work."""
    onec = base()

    def price(function: str, arguments: str = "") -> list[float]:
        return [row["Цена"] for row in ask(onec, f"{PRICES}/{function}({arguments})").value]

    assert price("SliceLast") == [105]
    assert price("SliceLast", "Period=datetime'2026-10-31T00:00:00'") == [99.9]
    assert price("SliceLast", "Period=datetime'2026-11-01T00:00:00'") == [105]
    assert price("SliceLast", "Period=datetime'2026-01-01T00:00:00'") == []
    assert price("SliceFirst") == [99.9]
    assert price("SliceFirst", "Period=datetime'2026-10-02T00:00:00'") == [105]
    assert price("SliceLast", f"Condition='Вид_Key eq guid''{RETAIL}'''") == [105]
    assert price("SliceLast", "Condition='Цена lt 100'") == [99.9]
    row = ask(onec, f"{PRICES}/SliceLast()", expand="Номенклатура", select="Цена,Номенклатура/Code").value[0]
    assert row == {"Цена": 105, "Номенклатура": {"Code": "00-00000001"}}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{STOCK}/SliceLast()", 400, "6"),
        (f"{PRICES}/Balance()", 400, "6"),
        ("AccumulationRegister_Выручка/Balance()", 400, "6"),
        (f"{STOCK}_RecordType/Balance()", 400, "6"),
        ("InformationRegister_Цены/SliceLast()", 400, "6"),
        (f"{STOCK}/НетТакого()", 400, "6"),
        (f"{STOCK}/Balance()/НетТакого", 400, "6"),
        ("Catalog_Склады/Balance()", 400, "6"),
        (f"{STOCK}/Balance(Неведомо='x')", 400, "21"),
        (f"{STOCK}/Balance(Period=datetime'завтра')", 400, "1"),
        (f"{STOCK}/Balance(Condition='Склад_Key eq')", 400, "14"),
        (f"{STOCK}/Balance(Condition='НетТакого eq 1')", 400, "6"),
        (f"{STOCK}/Balance(Condition='ВНаличии eq 1')", 400, "6"),
        ("InformationRegister_Штрихкоды/SliceLast()", 500, "-1"),
    ],
)
def test_wrong_functions_and_arguments_are_refused(path: str, status: int, code: str) -> None:
    """Method not found, bad argument, bad condition, a slice of a register without periods."""
    assert ask(base(), path).refusal == (status, code)


def test_an_unknown_argument_in_the_query_is_refused_too() -> None:
    """An argument that the function has not is told, wherever it stands."""
    assert ask(base(), f"{STOCK}/Balance", raw="$format=json&Periodicity=Day").refusal == (400, "21")


MOVE = st.tuples(
    st.sampled_from(["Поступление", "Реализация"]),
    st.sampled_from([BEER, KVASS, SNACKS]),
    st.sampled_from([MAIN, DEFECT]),
    st.decimals(-5, 50, places=3, allow_nan=False),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(MOVE, max_size=12), st.lists(st.integers(0, 11), max_size=6))
def test_totals_are_the_sum_of_posted_lines_whatever_was_posted_and_undone(
    moves: list[Any], switched: list[int]
) -> None:
    """Running totals equal the sum over what is posted, after any posting and undoing, to the last digit."""
    content: dict[str, list[dict[str, Any]]] = {"Document_Поступление": [], "Document_Реализация": []}
    posted = []
    for number, (kind, good, warehouse, quantity, is_posted) in enumerate(moves, start=1):
        head = {"Ref_Key": ref(number, 5), "Date": at("2026-11-01T09:00"), "Posted": is_posted, "Склад_Key": warehouse}
        content[f"Document_{kind}"].append({**head, "Товары": [line(good, str(quantity))]})
        posted.append(is_posted)
    onec = OneC(CONFIGURATION, content)
    for number in switched:
        if number < len(moves):
            posted[number] = not posted[number]
            action = "Post" if posted[number] else "Unpost"
            ask(onec, f"Document_{moves[number][0]}(guid'{ref(number + 1, 5)}')/{action}", method="POST")
    expected: dict[tuple[str, str], Decimal] = {}
    for (kind, good, warehouse, quantity, _), counts in zip(moves, posted, strict=True):
        if counts:
            sign = 1 if kind == "Поступление" else -1
            expected[good, warehouse] = expected.get((good, warehouse), Decimal(0)) + sign * quantity
    held = {key: value["ВНаличии"] for key, value in onec.store.balance("ТоварыНаСкладах").items()}
    assert held == {key: value for key, value in expected.items() if value}
    moment = "Period=datetime'2027-01-01T00:00:00'"
    assert stock(onec, f"{moment},Dimensions='Номенклатура'") == stock(onec, "Dimensions='Номенклатура'")


def test_records_of_a_register_can_be_loaded_without_a_document() -> None:
    """Content may hold records of a subordinate register; they are numbered and counted."""
    record = {"Recorder": SALE, "Recorder_Type": "Document_Реализация", "Period": at("2026-11-01T09:00")}
    row = {**record, "RecordType": "Receipt", "Номенклатура_Key": BEER, "Склад_Key": MAIN, "ВНаличии": Decimal("0.1")}
    onec = OneC(CONFIGURATION, {f"{STOCK}_RecordType": [row, {**row, "RecordType": "Expense", "ВНаличии": 3}]})
    assert onec.store.balance("ТоварыНаСкладах")[BEER, MAIN]["ВНаличии"] == Decimal("-2.9")
    assert [each["LineNumber"] for each in ask(onec, f"{STOCK}_RecordType").value] == ["1", "2"]


def test_a_movement_may_negate_a_number_and_take_a_composite() -> None:
    """``-row.X`` writes the negated number; a composite of the document becomes the composite of the register."""
    rule = {
        "register": "Резервы",
        "record": "Receipt",
        "section": "Товары",
        "dimensions": {"Номенклатура": "row.Номенклатура", "Заказ": "head.Основание"},
        "resources": {"Количество": "-row.Количество"},
    }
    sale = {**CONFIGURATION["Documents/Реализация"], "Movements": [rule]}
    head = {"Ref_Key": SALE, "Date": at("2026-11-01T09:00"), "Posted": True}
    basis = {"Основание": ORDER, "Основание_Type": "Document_ЗаказКлиента"}
    content = {"Document_Реализация": [{**head, **basis, "Товары": [line(BEER, "0.3"), line(BEER, "0.3")]}]}
    onec = OneC({**CONFIGURATION, "Documents/Реализация": sale}, content)
    assert onec.store.balance("Резервы") == {(BEER, ORDER): {"Количество": Decimal("-0.6")}}
    types = [row["Заказ_Type"] for row in ask(onec, "AccumulationRegister_Резервы_RecordType").value]
    assert types == ["StandardODATA.Document_ЗаказКлиента"] * 2
