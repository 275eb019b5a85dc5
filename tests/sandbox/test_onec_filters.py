"""``$filter``: every operator and function of the reference, NULLs of folders, and generated filters against Python."""

from __future__ import annotations

import operator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.onec.service import OneC
from tests.sandbox.onec_base import BEER, BOX, DRAFT, KVASS, ORDER, SALE, SHOP, ask, base, catalog, ref

GOODS = "Catalog_Номенклатура"
SALES = "Document_Реализация"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Code eq '00-00000001'", ["Пиво светлое"]),
        ("Code ne '00-00000001'", ["Напитки", "Квас O'Neil", "Снеки"]),
        ("Description eq 'Квас O''Neil'", ["Квас O'Neil"]),
        (f"Ref_Key eq guid'{BEER}'", ["Пиво светлое"]),
        (f"Ref_Key eq guid'{BEER.upper()}'", ["Пиво светлое"]),
        (f"Ref_Key gt guid'{BEER}' and Ref_Key le guid'{KVASS}'", ["Квас O'Neil"]),
        ("Порядок ge 2", ["Квас O'Neil", "Снеки"]),
        ("Порядок lt 2", ["Пиво светлое"]),
        ("Вес gt 0.4 and Вес lt 1", ["Пиво светлое"]),
        ("Вес eq -1", []),
        ("Порядок add 1 eq 3", ["Квас O'Neil"]),
        ("Кратность div Порядок eq 12", ["Пиво светлое", "Квас O'Neil"]),
        ("Порядок mul 2 sub 1 eq 5", ["Снеки"]),
        ("1 add 2 mul 3 eq 7 and Порядок eq 1", ["Пиво светлое"]),
        ("(1 add 2) mul 3 eq 9 and Порядок eq 1", ["Пиво светлое"]),
        ("Весовой", ["Квас O'Neil"]),
        ("Весовой eq true", ["Квас O'Neil"]),
        ("not Весовой", ["Пиво светлое", "Снеки"]),
        ("not (Порядок eq 1 or Порядок eq 2)", ["Снеки"]),
        ("not Порядок eq 1", ["Квас O'Neil", "Снеки"]),
        ("Порядок eq 1 or Порядок eq 2 and Весовой", ["Пиво светлое", "Квас O'Neil"]),
        ("(Порядок eq 1 or Порядок eq 2) and Весовой", ["Квас O'Neil"]),
        ("Порядок eq 1 or Порядок eq 2 or Порядок eq 9", ["Пиво светлое", "Квас O'Neil"]),
        ("Порядок eq 1 or Порядок eq 3 or Весовой", ["Пиво светлое", "Квас O'Neil", "Снеки"]),
        ("startswith(Description,'Пи')", ["Пиво светлое"]),
        ("endswith(Description, 'ки') eq true", ["Напитки", "Снеки"]),
        ("substringof('вет',Description)", ["Пиво светлое"]),
        ("like(Description,'%в_с%')", ["Квас O'Neil"]),
        ("like(Description,'[КС]%')", ["Квас O'Neil", "Снеки"]),
        ("like(Description,'К.%')", []),
        ("concat(Артикул,'!') eq 'П-1!'", ["Пиво светлое"]),
        ("substring(Description,5) eq 'светлое'", ["Пиво светлое"]),
        ("substring(Description,0,4) eq 'Квас'", ["Квас O'Neil"]),
        ("Поступил eq datetime'2026-11-01T08:30:00'", ["Пиво светлое"]),
        ("year(Поступил) eq 2026 and quarter(Поступил) eq 4 and month(Поступил) eq 11", ["Пиво светлое"]),
        ("day(Поступил) eq 1 and dayofweek(Поступил) eq 7 and dayofyear(Поступил) eq 305", ["Пиво светлое"]),
        ("hour(Поступил) eq 8 and minute(Поступил) eq 30 and second(Поступил) eq 0", ["Пиво светлое"]),
        ("dateadd(Поступил,'day',30) eq datetime'2026-12-01T08:30:00'", ["Пиво светлое"]),
        ("dateadd(Поступил,'month',3) eq datetime'2027-02-01T08:30:00'", ["Пиво светлое"]),
        ("datedifference(datetime'2026-10-31T23:59:00',Поступил,'day') eq 1", ["Пиво светлое"]),
        ("datedifference(datetime'2026-01-31T00:00:00',Поступил,'quarter') eq 3", ["Пиво светлое"]),
        ("round(Вес) eq 142", ["Квас O'Neil"]),
        ("round(Вес,1) eq 142.4", ["Квас O'Neil"]),
        ("cast(Порядок,'Edm.String') eq '3'", ["Снеки"]),
        ("cast('3','Edm.Int64') eq Порядок", ["Снеки"]),
        ("isof(Description,'Edm.String') and Порядок eq 1", ["Пиво светлое"]),
        ("isof(Description,'Edm.Double')", []),
        ("Вид eq 'Товар'", ["Пиво светлое", "Квас O'Neil"]),
        ("Единица/Code eq '796'", ["Пиво светлое", "Квас O'Neil"]),
        ("Parent/Description eq 'Напитки' and Весовой eq false", ["Пиво светлое"]),
        ("Артикул eq null", ["Напитки"]),
        ("Артикул ne null and Порядок eq 3", ["Снеки"]),
        ("IsFolder", ["Напитки"]),
        (f"{'(' * 30}Порядок eq 1{')' * 30}", ["Пиво светлое"]),
    ],
)
def test_a_filter_finds_exactly_its_rows(text: str, found: list[str]) -> None:
    """Operators, precedence, functions and paths mean what the reference says."""
    assert [row["Description"] for row in ask(base(), GOODS, filter=text).value] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Товары/any(d: d/Цена gt 50)", [SALE]),
        ("Товары/all(d: d/Цена gt 50)", [ref(4, 5)]),
        ("Товары/any()", [SALE, DRAFT]),
        ("not Товары/any()", [ref(4, 5)]),
        (f"Товары/any(d: d/Номенклатура_Key eq guid'{KVASS}')", [SALE]),
        ("Товары/any(d: d/Номенклатура/Артикул eq 'П-1' and d/Количество lt 2)", [DRAFT]),
        ("Товары/any(d: d/LineNumber eq 2 and Posted)", [SALE]),
        (f"Основание eq guid'{ORDER}'", []),
        (f"Основание eq cast(guid'{ORDER}','Document_ЗаказКлиента')", [SALE]),
        (f"Основание eq cast(guid'{ORDER}','Document_Поступление')", []),
        (f"Основание ne cast(guid'{ORDER}','Document_ЗаказКлиента')", [DRAFT, ref(4, 5)]),
        ("isof(Основание,'Document_ЗаказКлиента')", [SALE]),
        ("isof(Основание,'Edm.Double')", [DRAFT]),
        ("Основание eq 42.5", [DRAFT]),
        ("Основание eq '42.5'", []),
        ("cast(Основание,'Edm.Double') gt 42", [DRAFT]),
        ("Основание/Document_ЗаказКлиента/НомерПоДаннымКлиента eq 'CRM-1'", [SALE]),
        (f"Контрагент/Parent_Key eq guid'{SHOP}'", [SALE]),
        (f"Контрагент/Parent eq cast(guid'{SHOP}','Catalog_Контрагенты')", [SALE]),
        ("Date ge datetime'2026-11-03T00:00:00' and DeletionMark eq false", [DRAFT]),
        ("Date ge datetime'2026-11-03'", [DRAFT, ref(4, 5)]),
        ("Number eq datetime'2026-11-03T00:00:00'", []),
    ],
)
def test_documents_are_found_by_lines_and_composites(text: str, found: list[str]) -> None:
    """Lambdas, casts, type tests and a literal of another type: 200 and what it finds."""
    assert [row["Ref_Key"] for row in ask(base(), SALES, filter=text).value] == found


def test_a_recorder_of_several_kinds_needs_a_cast_and_has_no_key() -> None:
    """``Recorder eq cast(…)`` finds the records, ``Recorder_Key`` is no field there."""
    onec, records = base(), "AccumulationRegister_ТоварыНаСкладах_RecordType"
    found = ask(onec, records, filter=f"Recorder eq cast(guid'{SALE}','Document_Реализация')").value
    assert [row["LineNumber"] for row in found] == ["1", "2"]
    assert ask(onec, records, filter=f"Recorder_Key eq guid'{SALE}'").refusal == (400, "6")


def test_a_line_cannot_be_asked_for_by_its_whole_key_but_by_its_owner() -> None:
    """All elements of a compound key in a filter are refused, the owner alone is fine."""
    onec = base()
    assert len(ask(onec, f"{SALES}_Товары", filter=f"Ref_Key eq guid'{SALE}'").value) == 2
    refused = ask(onec, f"{SALES}_Товары", filter=f"Ref_Key eq guid'{SALE}' and LineNumber eq 1")
    assert refused.refusal == (500, "-1")
    owner = ask(onec, "Catalog_Единицы", filter=f"Owner eq cast(guid'{BEER}','Catalog_Номенклатура')").value
    assert [row["Ref_Key"] for row in owner] == [BOX]


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("Code eq", 400, "14"),
        ("Code eq 'x", 400, "14"),
        ("(Code eq 'x'", 400, "14"),
        ("Code eq 'x')", 400, "14"),
        ("Code", 400, "14"),
        ("Code = 'x'", 400, "14"),
        ("Code eq 'x' and", 400, "14"),
        ("and eq 1", 400, "14"),
        ("Порядок eq 1e5", 400, "14"),
        ("Порядок add 'x' eq 1", 400, "14"),
        ("Code in ('1','2')", 400, "14"),
        ("Товары/any(d d/Цена eq 1)", 400, "14"),
        ("contains(Description,'x')", 400, "14"),
        (f"{'(' * 300}Порядок eq 1{')' * 300}", 400, "14"),
        ("НетТакого eq 1", 400, "6"),
        ("Единица/НетТакого eq 1", 400, "6"),
        ("Code/Code eq '1'", 400, "6"),
        ("Марка/Description eq 'x'", 400, "6"),
        ("Code/any(d: d/Цена eq 1)", 400, "6"),
        ("Ref_Key eq guid'кривой'", 400, "1"),
        ("Поступил eq datetime'2026-13-01T00:00:00'", 400, "1"),
        ("length(Description) eq 3", 501, "21"),
        ("tolower(Description) eq 'x'", 501, "21"),
        ("indexof(Description,'x') eq 1", 501, "21"),
        ("startswith(Description)", 400, "21"),
        ("startswith(Порядок,'1')", 400, "21"),
        ("like(Description,'[z-a]')", 400, "21"),
        ("dateadd(Поступил,'век',1) eq Поступил", 400, "21"),
        ("datedifference(Поступил,Поступил,'век') eq 1", 400, "21"),
        ("cast(Code,'Catalog_НетТакого') eq Code", 400, "21"),
        ("cast(Code) eq Code", 400, "21"),
        ("cast(Code,'Edm.Byte') eq Code", 400, "21"),
        ("Порядок div 0 eq 1", 500, "-1"),
        ("dateadd(Поступил,'year',9999) eq Поступил", 500, "-1"),
        ("round(Вес,99) eq 1", 500, "-1"),
        ("Картинка eq 'x'", 501, "0"),
        ("Description eq 'a' + 'b'", 500, "-1"),
    ],
)
def test_what_cannot_be_asked_is_refused_as_1c_refuses_it(text: str, status: int, code: str) -> None:
    """Status and code of every kind of fault in a filter; nothing of it is a failure of the double."""
    assert ask(base(), GOODS, filter=text).refusal == (status, code)


def test_a_comparison_with_a_folders_null_is_unknown_either_way() -> None:
    """A row whose attribute is null is found neither by a condition nor by its negation."""
    onec = base()
    found = {row["Description"] for text in ("Артикул eq 'П-1'", "not (Артикул eq 'П-1')") for row in _rows(onec, text)}
    assert found == {"Пиво светлое", "Квас O'Neil", "Снеки"}
    assert {row["Description"] for row in _rows(onec, "not (Артикул eq 'П-1') or IsFolder")} == {
        *("Напитки", "Квас O'Neil", "Снеки")
    }
    assert _rows(onec, "startswith(Артикул,'П') eq false and IsFolder") == []
    assert _rows(onec, "Порядок add 1 gt 0 and IsFolder") == []
    assert _rows(onec, "Порядок gt null") == []
    assert _rows(onec, "Артикул eq 5 and IsFolder") == []


def _rows(onec: OneC, text: str) -> list[dict[str, Any]]:
    return ask(onec, GOODS, filter=text).value


def test_hundreds_of_keys_joined_by_or_are_one_look_up() -> None:
    """Clients ask for chunks of 200 keys; the filter answers them like any other."""
    keys = [ref(number) for number in range(1, 200, 2)]
    text = " or ".join(f"Ref_Key eq guid'{key}'" for key in keys)
    onec = base(url_limit=1_000_000)
    assert [row["Ref_Key"] for row in ask(onec, GOODS, filter=text).value] == [BEER, ref(3)]
    mixed = " or ".join(f"(Порядок eq {number} and Весовой)" for number in range(150))
    assert [row["Ref_Key"] for row in ask(onec, GOODS, filter=mixed).value] == [KVASS]


# Generated filters: a small language that Python evaluates by itself.
PLAIN: dict[str, Any] = {
    "Catalogs/Опыты": catalog(
        0, Число=["xs:decimal", "num=10.2"], Целое=["xs:decimal", "num=2.0"], Да=["xs:boolean"], Строка=["xs:string"]
    )
}
ROWS = [
    {
        "Ref_Key": ref(number),
        "Description": f"о{number}",
        "Число": Decimal(number * 7 % 11) / 4,
        "Целое": number % 5,
        "Да": number % 3 == 0,
        "Строка": "абв"[: number % 4] + "'" * (number % 2),
    }
    for number in range(1, 25)
]
COMPARE = {name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")}
Pair = tuple[str, Any]


def _numbers() -> st.SearchStrategy[Pair]:
    fields = st.sampled_from(["Число", "Целое"]).map(lambda name: (name, lambda row: Decimal(row[name])))
    values = st.decimals(-3, 6, places=2, allow_nan=False).map(lambda value: (format(value, "f"), lambda _: value))
    plain = st.one_of(fields, values)
    work = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}
    return st.one_of(
        plain,
        st.tuples(plain, st.sampled_from(sorted(work)), plain).map(
            lambda made: (
                f"({made[0][0]} {made[1]} {made[2][0]})",
                lambda row: work[made[1]](made[0][1](row), made[2][1](row)),
            )
        ),
    )


def _texts() -> st.SearchStrategy[Pair]:
    values = st.text("абв' (),", max_size=3)
    quoted = values.map(lambda value: ("'" + value.replace("'", "''") + "'", lambda _: value))
    return st.one_of(st.just(("Строка", lambda row: row["Строка"])), quoted)


def _compared(left: Pair, name: str, right: Pair) -> Pair:
    return f"{left[0]} {name} {right[0]}", lambda row: COMPARE[name](left[1](row), right[1](row))


def _searched(name: str, left: Pair, right: Pair) -> Pair:
    return f"{name}({left[0]},{right[0]})", lambda row: getattr(left[1](row), name)(right[1](row))


FLAGS: st.SearchStrategy[Pair] = st.recursive(
    st.one_of(
        st.just(("Да", lambda row: row["Да"])),
        st.builds(_compared, _numbers(), st.sampled_from(sorted(COMPARE)), _numbers()),
        st.builds(_compared, _texts(), st.sampled_from(sorted(COMPARE)), _texts()),
        st.builds(_searched, st.sampled_from(["startswith", "endswith"]), _texts(), _texts()),
    ),
    lambda inner: st.one_of(
        inner.map(lambda one: (f"not ({one[0]})", lambda row: not one[1](row))),
        st.tuples(inner, inner).map(lambda two: (f"({two[0][0]}) and {two[1][0]}", _both(two))),
        st.tuples(inner, inner).map(lambda two: (f"({two[0][0]} or {two[1][0]})", _either(two))),
    ),
    max_leaves=8,
)


def _both(two: tuple[Pair, Pair]) -> Any:
    return lambda row: two[0][1](row) and two[1][1](row)


def _either(two: tuple[Pair, Pair]) -> Any:
    return lambda row: two[0][1](row) or two[1][1](row)


TRIED = OneC(PLAIN, {"Catalog_Опыты": ROWS}, url_limit=100_000)


@settings(max_examples=150, deadline=None)
@given(FLAGS)
def test_generated_filters_find_what_python_finds(made: Pair) -> None:
    """Any filter of the small language keeps the rows that the same condition in Python keeps."""
    text, holds = made
    # "and" binds closer than "or", so a right side that is a bare "or" was put into brackets when it was made.
    found = [row["Ref_Key"] for row in ask(TRIED, "Catalog_Опыты", filter=text, select="Ref_Key").value]
    assert found == [row["Ref_Key"] for row in ROWS if holds(row)]
