"""Counterparties and outlets: numbers with check digits, houses exactly, streets loosely."""

from __future__ import annotations

from random import Random

import pytest

from mappings.matching.parties import plain_name, suggest_counterparties, suggest_outlets
from mappings.matching.records import Item
from sandbox.world.numbers import gtin, inn_company

RNG = Random(7)  # noqa: S311 - a seeded world
INN = [inn_company(RNG, "77") for _ in range(4)]
COMPANIES = [
    Item("K1", ("Общество с ограниченной ответственностью «Ромашка»",), inn=INN[0], kpp="770101001"),
    Item("K2", ('ООО "Ромашка" филиал Самара',), inn=INN[0], kpp="631201001"),
    Item("K3", ("ИП Петров П.П.",), inn=INN[1]),
    Item("K4", ("АО Северный ветер",), inn=INN[2], kpp="770201001"),
    Item("K5", ("ТД Лагуна",)),
]
OUTLETS = [
    Item("C1", ("Магазин Берёзка",), address="443099, Самарская обл, г Самара, ул Ленинская, д. 12", inn=INN[0]),
    Item(
        "C2", ("Магазин Берёзка",), address="443099, Самарская обл, г Самара, ул Ленинская, д. 12, корп 2", inn=INN[0]
    ),
    Item("C3", ("Продукты",), address="443099, Самарская обл, г Самара, ул Ленинская, д. 14", inn=INN[0]),
    Item("C4", ("Киоск 7",), address="Самарская обл, г Тольятти, ул Ленинская, д. 12", inn=INN[1]),
    Item("C5", ("Кафе Волна",), address="Самарская обл, с. Липки, д. 3", gln=gtin("460708300002")),
    Item("C6", ("Минимаркет у дома",), address="г Самара, пр-кт Кирова, д 100А"),
]


@pytest.mark.parametrize(
    ("ours", "their_id", "key"),
    [
        (Item("1", ("Ромашка ООО",), inn=INN[0], kpp="631201001"), "K2", "ИНН + КПП"),
        (Item("1", ("Ромашка ООО",), inn=INN[0], kpp="770101001"), "K1", "ИНН + КПП"),
        (Item("1", ("Петров",), inn=f" {INN[1]} "), "K3", "ИНН"),
    ],
)
def test_companies_by_their_numbers(ours: Item, their_id: str, key: str) -> None:
    found = suggest_counterparties([ours], COMPANIES)[0]
    assert found.state == "green"
    assert found.best is not None
    assert (found.best.their_id, found.best.key) == (their_id, key)


def test_an_inn_with_another_kpp_is_to_be_checked() -> None:
    found = suggest_counterparties([Item("1", ("Северный ветер",), inn=INN[2], kpp="999901001")], COMPANIES)[0]
    assert found.state == "check"
    assert found.best is not None
    said = [str(reason) for reason in found.best.reasons]
    assert f"ИНН ✓ {INN[2]}" in said
    assert "КПП ✗ 999901001 и 770201001" in said


def test_an_inn_with_a_wrong_digit_is_told_and_proves_nothing() -> None:
    wrong = INN[1][:-1] + str((int(INN[1][-1]) + 1) % 10)
    found = suggest_counterparties([Item("1", ("Петров",), inn=wrong)], COMPANIES)[0]
    assert found.state != "green"
    assert "ИНН неверен" in found.note


def test_a_name_alone_is_never_green() -> None:
    found = suggest_counterparties([Item("1", ("Лагуна, торговый дом",))], COMPANIES)[0]
    assert found.state == "check"
    assert found.best is not None
    assert found.best.their_id == "K5"


def test_another_inn_under_the_same_name_is_no_pair() -> None:
    found = suggest_counterparties([Item("1", ("ИП Петров П.П.",), inn=INN[3])], COMPANIES)[0]
    assert found.state == "none"


@pytest.mark.parametrize(
    "name", ['ООО "Ромашка"', "«Ромашка» ООО", "Общество с ограниченной ответственностью Ромашка", "РОМАШКА"]
)
def test_legal_forms_say_nothing(name: str) -> None:
    assert plain_name(name) == "ромашка"


@pytest.mark.parametrize(
    ("address", "their_id"),
    [
        ("г. Самара, Ленинская ул., 12", "C1"),
        ("Самара, ул. Ленинская, дом 12 к. 2", "C2"),
        ("Самара, ул. Ленинская, 12/2", "C2"),
        ("г.Самара, ул.Ленинскaя, д.14", "C3"),
        ("г Тольятти, ул Ленинская, 12", "C4"),
        ("Самара, проспект Кирова, 100а", "C6"),
        ("Самарская область, с Липки, дом 3", "C5"),
    ],
)
def test_outlets_by_house_street_and_town(address: str, their_id: str) -> None:
    found = suggest_outlets([Item("1", ("Точка",), address=address)], OUTLETS)[0]
    assert found.state == "green", found
    assert found.best is not None
    assert found.best.their_id == their_id
    assert next(str(reason) for reason in found.best.reasons if reason.name == "дом").startswith("дом ✓")


@pytest.mark.parametrize(
    "address",
    [
        "г. Самара, ул. Ленинская, 13",
        "г. Самара, ул. Ленинская, 12, корп. 3",
        "г. Самара, ул. Ленинская, 12а",
        "г. Саратов, ул. Ленинская, 12",
        "ул. Ленинская",
        "Самара",
    ],
)
def test_a_house_that_differs_or_is_missing_is_never_green(address: str) -> None:
    assert suggest_outlets([Item("1", ("Точка",), address=address)], OUTLETS)[0].state != "green"


def test_the_owner_must_not_be_another() -> None:
    ours = Item("1", ("Точка",), address="г. Самара, ул. Ленинская, 12", inn=INN[3])
    found = suggest_outlets([ours], OUTLETS)[0]
    assert found.state != "green"


def test_two_outlets_at_one_address_are_looked_at() -> None:
    theirs = [*OUTLETS, Item("C9", ("Аптека",), address="г Самара, ул Ленинская, д 12")]
    found = suggest_outlets([Item("1", ("Точка",), address="г. Самара, ул. Ленинская, 12")], theirs)[0]
    assert found.state == "check"
    assert "несколько точек" in found.note


def test_two_of_ours_at_one_of_theirs_are_a_conflict() -> None:
    ours = [Item(str(n), ("Точка",), address="г. Самара, ул. Ленинская, 14") for n in range(2)]
    assert [each.state for each in suggest_outlets(ours, OUTLETS)] == ["conflict", "conflict"]


def test_a_gln_and_a_code_go_first() -> None:
    by_gln = suggest_outlets([Item("1", ("Что-то",), gln=gtin("460708300002"))], OUTLETS)[0]
    by_code = suggest_outlets([Item("1", ("Что-то",), their_code="C4")], OUTLETS)[0]
    assert by_gln.best is not None
    assert by_code.best is not None
    assert (by_gln.best.their_id, by_gln.best.key, by_gln.state) == ("C5", "GLN", "green")
    assert (by_code.best.their_id, by_code.best.key) == ("C4", "код производителя")


def test_an_outlet_without_anything_has_no_pair() -> None:
    assert suggest_outlets([Item("1", ("Совсем другое",))], OUTLETS)[0].state == "none"
    assert suggest_outlets([Item("1", ())], [])[0].state == "none"
