"""Goods: keys first, then names; siblings, conflicts and strangers are never green; every suggestion says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mappings.matching.goods import suggest_goods
from mappings.matching.model import Model, shipped
from mappings.matching.records import Item
from sandbox.world.numbers import gtin

if TYPE_CHECKING:
    from mappings.matching.suggestion import Suggestion

LINE = [
    ("Лак яхтный Marina глянцевый", ("0,9 л", "2,7 л", "9 л")),
    ("Гель для посуды Lumo лимон", ("0,5 л", "1 л", "5 л")),
    ("Гель для посуды Lumo яблоко", ("0,5 л", "1 л", "5 л")),
    ("Гель для посуды Lumo", ("0,5 л", "1 л", "5 л")),
    ("Средство для стёкол Klar спрей", ("500 мл", "750 мл")),
    ("Краска фасадная Fassado белая", ("1 кг", "7 кг", "14 кг")),
    ("Краска фасадная Fassado серая", ("1 кг", "7 кг", "14 кг")),
    ("Отбеливатель Blanco концентрат 1:10", ("1 л", "5 л")),
    ("Очиститель камня Stonex концентрат 1:2", ("1 л", "5 л", "10 л")),
    ("Антисептик для бань Sauna Bio", ("1 л", "5 л", "10 л")),
    ("Грунт глубокого проникновения Fundax", ("3 л", "10 л")),
    ("Кондиционер для белья Softin лаванда", ("1 л", "2 л")),
    ("Кондиционер для белья Softin альпийская свежесть", ("1 л", "2 л")),
    ("Удалитель ржавчины Rostex", ("0,5 л", "1 л", "5 л")),
    ("Шампунь для ковров Tapeto", ("0,5 л", "1 л")),
]  # fmt: skip
CATALOG = [
    Item(f"T{place}{number}", (f"{name} / {size}",), (f"{100 + place}-{number + 1}",), unit="шт")
    for place, (name, sizes) in enumerate(LINE)
    for number, size in enumerate(sizes)
]


def one(name: str, *, theirs: list[Item] | None = None, **fields: object) -> Suggestion:
    """Return the suggestion for one good of ours."""
    return suggest_goods([Item("O1", (name,), **fields)], CATALOG if theirs is None else theirs)[0]  # type: ignore[arg-type]


def test_a_good_is_found_by_its_name_in_another_spelling() -> None:
    found = one("ЛакЯхтныйMarina глянц.,2,7л")
    assert found.best is not None
    assert found.best.name == "Лак яхтный Marina глянцевый / 2,7 л"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Гель д/посуды Люмо Лимон 500мл", "Гель для посуды Lumo лимон / 0,5 л"),
        ("Очист. камня СТОНЕКС конц. 1:2 10л", "Очиститель камня Stonex концентрат 1:2 / 10 л"),
        ("Краска Fasado фасадная серый 7000 г", "Краска фасадная Fassado серая / 7 кг"),
        ("УДАЛИТЕЛЬ РЖАВЧИНЫ ROSTEX 1000 мл", "Удалитель ржавчины Rostex / 1 л"),
        ("Softin кондиц. альпийск. свежесть (2 л)", "Кондиционер для белья Softin альпийская свежесть / 2 л"),
    ],
)
def test_spellings(ours: str, theirs: str) -> None:
    found = one(ours)
    assert found.best is not None
    assert found.best.name == theirs


def test_plain_agreement_is_green_and_says_why() -> None:
    found = one("Средство для стекол Klar спрей, 750мл")
    assert found.state == "green"
    assert found.best is not None
    assert found.best.probability >= shipped().green
    assert "размер ✓ 750 мл" in [str(reason) for reason in found.best.reasons]
    assert "марка ✓ klar" in [str(reason) for reason in found.best.reasons]


def test_what_differs_is_said() -> None:
    found = one("Гель для посуды Lumo лимон 5 л")
    other = next(each for each in found.candidates if "яблоко" in each.name and each.name.endswith("5 л"))
    assert "вид ✗ лимон и яблоко" in [str(reason) for reason in other.reasons]
    smaller = next(each for each in found.candidates if "лимон" in each.name and each.name.endswith("1 л"))
    assert "размер ✗ 5 л и 1 л" in [str(reason) for reason in smaller.reasons]


@pytest.mark.parametrize(
    "name",
    [
        "Гель для посуды Lumo",  # which size?
        "Гель для посуды Lumo лимон",
        "Краска фасадная Fassado 7 кг",  # which colour?
        "Кондиционер для белья Softin 1 л",  # which scent?
        "Лак яхтный Marina",
        "Очиститель камня Stonex",
    ],
)
def test_siblings_that_differ_in_size_or_taste_are_never_green(name: str) -> None:
    assert one(name).state != "green"


@pytest.mark.parametrize(
    "name",
    [
        "Лак яхтный Marina глянцевый 5 л",
        "Гель для посуды Lumo вишня 5 л",
        "Краска фасадная Fassado зелёная 7 кг",
        "Кондиционер Softin для белья роза 2 л",
    ],
)
def test_the_missing_sibling_is_not_green(name: str) -> None:
    assert one(name).state != "green"


@pytest.mark.parametrize(
    "name",
    [
        "Пиво Старый Причал светлое 0,5 л",
        "Чипсы сметана и зелень 140 г",
        "Стакан одноразовый 100 шт",
        "Ноутбук 15 дюймов",
    ],
)
def test_strangers_have_no_pair(name: str) -> None:
    assert one(name).state == "none"


def test_a_twin_in_the_catalog_forbids_green() -> None:
    twin = Item("TWIN", ("Средство для стёкол Klar спрей / 750 мл",))
    assert one("Средство для стекол Klar спрей, 750мл", theirs=[*CATALOG, twin]).state != "green"


def test_two_of_ours_that_claim_one_are_a_conflict() -> None:
    ours = [Item("A", ("Удалитель ржавчины Rostex 5 л",)), Item("B", ("Удалитель ржавчины ROSTEX, 5л",))]
    found = suggest_goods(ours, CATALOG)
    assert [each.state for each in found] == ["conflict", "conflict"]
    assert "Удалитель ржавчины ROSTEX, 5л" in found[0].note


def test_a_barcode_goes_before_the_name() -> None:
    code = gtin("460708300001")
    theirs = [Item(each.id, each.names, barcodes=(code,) if each.id == "T10" else ()) for each in CATALOG]
    found = one("Что-то своё", theirs=theirs, barcodes=(code,))
    assert (found.state, found.best and found.best.their_id, found.best and found.best.key) == ("green", "T10", "EAN")
    assert str(found.best.reasons[0]) == "EAN ✓" if found.best else False


def test_a_wrong_check_digit_proves_nothing() -> None:
    code = gtin("460708300001")
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    theirs = [Item(each.id, each.names, barcodes=(wrong,) if each.id == "T10" else ()) for each in CATALOG]
    assert one("Что-то своё", theirs=theirs, barcodes=(wrong,)).state == "none"


def test_a_barcode_of_two_goods_is_a_conflict() -> None:
    code = gtin("460708300001")
    theirs = [Item(each.id, each.names, barcodes=(code,) if each.id in {"T10", "T11"} else ()) for each in CATALOG]
    found = one("Гель для посуды Lumo лимон 0,5 л", theirs=theirs, barcodes=(code,))
    assert found.state == "conflict"
    assert "EAN" in found.note


def test_a_code_settles_whose_a_shared_barcode_is() -> None:
    code = gtin("460708300001")
    theirs = [Item(each.id, each.names, barcodes=(code,) if each.id in {"T10", "T11"} else ()) for each in CATALOG]
    found = one("Гель", theirs=theirs, barcodes=(code,), their_code="T11")
    assert found.state == "green"
    assert found.best is not None
    assert found.best.their_id == "T11"
    elsewhere = one("Гель", theirs=theirs, barcodes=(code,), their_code="T20")
    assert elsewhere.state == "conflict"


def test_keys_that_disagree_are_a_conflict() -> None:
    code = gtin("460708300001")
    theirs = [Item(each.id, each.names, each.codes, barcodes=(code,) if each.id == "T10" else ()) for each in CATALOG]
    found = one("Гель", theirs=theirs, barcodes=(code,), their_code="T20")
    assert found.state == "conflict"
    assert {each.their_id for each in found.candidates[:2]} == {"T10", "T20"}


@pytest.mark.parametrize("code", ["T132", "113-3", "113-3 "])
def test_the_manufacturers_code_in_a_field_of_the_card(code: str) -> None:
    found = one("Совсем другое имя", their_code=code)
    assert found.state == "green"
    assert found.best is not None
    assert found.best.their_id == "T132"
    assert found.best.key == "код производителя"


def test_an_article_within_the_name_leads() -> None:
    found = one("Лак Marina 100-2")
    assert found.best is not None
    assert found.best.their_id == "T01"
    assert "артикул в наименовании ✓ 1002" in [str(reason) for reason in found.best.reasons]


def test_what_was_confirmed_under_the_same_name_is_confirmed_again() -> None:
    ours = [Item("A", ("гель  «наш любимый»",))]
    found = suggest_goods(ours, CATALOG, confirmed={"Гель наш любимый": "T11"})
    assert found[0].state == "green"
    assert found[0].best is not None
    assert (found[0].best.their_id, found[0].best.key) == ("T11", "подтверждено раньше")


def test_a_name_that_was_confirmed_for_two_proves_nothing() -> None:
    found = suggest_goods(
        [Item("A", ("Гель любимый",))], CATALOG, confirmed={"Гель любимый": "T11", "гель, любимый": "T12"}
    )
    assert all(not candidate.key for candidate in found[0].candidates)


def test_the_factor_comes_with_the_suggestion() -> None:
    theirs = [Item("X1", ("Пиво Светлое Причал 0,5 л 1/20",), unit="кор"), *CATALOG]
    found = suggest_goods([Item("O", ("Пиво Светлое Причал 500мл",), unit="шт")], theirs)[0]
    assert found.factor is not None
    assert (found.factor.numerator, found.factor.denominator) == (1, 20)


def test_probabilities_fall_and_stay_within_bounds() -> None:
    for found in suggest_goods([Item(str(n), (name,)) for n, (name, _) in enumerate(LINE)], CATALOG, top=5):
        chances = [each.probability for each in found.candidates]
        assert len(chances) <= 5
        assert all(0 <= chance <= 1 for chance in chances)
        assert max(chances) == chances[0]


def test_a_model_that_promises_nothing_makes_nothing_green() -> None:
    ours = [Item(str(n), (item.name,)) for n, item in enumerate(CATALOG)]
    found = suggest_goods(ours, CATALOG, model=Model(certainty=shipped().certainty))
    assert not any(each.state == "green" for each in found)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([], CATALOG),
        ([Item("O", ("Гель",))], []),
        ([Item("O", ("",))], CATALOG),
        ([Item("O", ("!!!",))], [Item("T", ("",))]),
    ],
)
def test_empty_sides_and_names(ours: list[Item], theirs: list[Item]) -> None:
    found = suggest_goods(ours, theirs)
    assert [each.state for each in found] == ["none"] * len(ours)


def test_the_order_of_ours_says_nothing() -> None:
    ours = [Item(str(n), (f"{name} {sizes[0]}",)) for n, (name, sizes) in enumerate(LINE)]
    there = {each.our_id: each for each in suggest_goods(ours, CATALOG)}
    back = {each.our_id: each for each in suggest_goods(ours[::-1], CATALOG)}
    assert {key: each.best and each.best.their_id for key, each in there.items()} == {
        key: each.best and each.best.their_id for key, each in back.items()
    }
