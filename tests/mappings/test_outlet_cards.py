"""What an outlet is, where its address comes from, and whose it is: each by a named rule, or it waits with a reason."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from mappings.outlet_cards import HEAD, NO_ADDRESS, NO_CUSTOMER, REPEATED, Cards, Outlet, compose, place_id


def outlets(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{"name": f"Точка {row['our_outlet']}", **row} for row in rows])


def companies(*rows: dict[str, Any]) -> pd.DataFrame:
    empty = {"our_counterparty": "", "name": "", "inn": "", "kpp": "", "partner": "", "head": "", "deleted": False}
    return pd.DataFrame([empty | {"name": row["our_counterparty"].upper()} | row for row in rows], columns=list(empty))


def composed(choice: str, cards: pd.DataFrame, *parties: dict[str, Any], **more: Any) -> Cards:
    return compose(choice, cards, counterparties=companies(*parties), **more)


def one(cards: Cards, our_id: str) -> Outlet:
    return next(each for each in cards.outlets if each.id == our_id)


ONE = {"our_counterparty": "k1", "partner": "p"}
TREE = (
    {"our_outlet": "p", "parent": ""},
    {"our_outlet": "o1", "parent": "p"},
    {"our_outlet": "o2", "parent": "p"},
    {"our_outlet": "lone", "parent": ""},
)


def test_child_partners_are_outlets_and_their_head_is_none() -> None:
    """A partner that nobody hangs under is its own outlet."""
    found = composed("child_partner", outlets(*TREE), ONE)
    assert [each.id for each in found.outlets] == ["o1", "o2", "lone"]
    assert found.left_out == {HEAD: 1}
    assert found.read == 4


def test_a_head_whose_only_branches_are_deleted_is_an_outlet_again() -> None:
    rows = outlets({"our_outlet": "p", "parent": ""}, {"our_outlet": "o", "parent": "p", "deleted": True})
    assert [each.id for each in composed("child_partner", rows.fillna({"deleted": False}), ONE).outlets] == ["p", "o"]


def test_every_partner_may_be_an_outlet() -> None:
    found = composed("partner", outlets(*TREE), ONE)
    assert len(found.outlets) == 4
    assert found.left_out == {}


def test_the_counterparty_is_the_partners_own_or_that_of_the_partner_above() -> None:
    own = {"our_counterparty": "k2", "partner": "o2"}
    found = composed("child_partner", outlets(*TREE), ONE, own)
    assert (one(found, "o1").counterparty, one(found, "o1").rule) == ("k1", "единственный")
    assert one(found, "o2").counterparty == "k2"
    assert (one(found, "lone").counterparty, one(found, "lone").rule) == ("", "у партнёра нет контрагента")


def test_a_deleted_counterparty_is_nobodys() -> None:
    gone = {"our_counterparty": "k0", "partner": "p", "deleted": True}
    assert one(composed("child_partner", outlets(*TREE), ONE, gone), "o1").counterparty == "k1"


BRANCHES = (
    {"our_counterparty": "main", "partner": "p", "inn": "7707083893", "kpp": "770701001", "head": "main"},
    {"our_counterparty": "north", "partner": "p", "inn": "7707083893", "kpp": "780143001", "head": "main"},
    {"our_counterparty": "south", "partner": "p", "inn": "7707083893", "kpp": "616243001", "head": "main"},
)


def test_of_one_inn_with_many_branches_none_is_guessed() -> None:
    """Domain, row 19: the outlet waits, and the reason names those that it may be."""
    outlet = one(composed("child_partner", outlets(*TREE), *BRANCHES), "o1")
    assert outlet.counterparty == ""
    assert outlet.rule == "у партнёра несколько контрагентов (3): MAIN, NORTH, SOUTH"


def test_the_link_may_take_the_head_office() -> None:
    outlet = one(composed("child_partner", outlets(*TREE), *BRANCHES, several="main"), "o1")
    assert (outlet.counterparty, outlet.rule) == ("main", "головной")


def test_two_heads_are_no_head() -> None:
    other = {"our_counterparty": "other", "partner": "p", "head": ""}
    assert one(composed("child_partner", outlets(*TREE), *BRANCHES, other, several="main"), "o1").counterparty == ""


def test_the_link_may_ask_the_documents() -> None:
    payers = pd.DataFrame(
        {"our_outlet": ["o1", "o1", "o2", "o2"], "counterparty": ["north", "north", "north", "south"]}
    )
    found = composed("child_partner", outlets(*TREE), *BRANCHES, several="documents", payers=payers)
    assert (one(found, "o1").counterparty, one(found, "o1").rule) == ("north", "документы")
    assert one(found, "o2").counterparty == ""


def test_a_counterparty_that_documents_name_but_the_partner_has_not_is_not_taken() -> None:
    payers = pd.DataFrame({"our_outlet": ["o1"], "counterparty": ["stranger"]})
    found = composed("child_partner", outlets(*TREE), *BRANCHES, several="documents", payers=payers)
    assert one(found, "o1").counterparty == ""


def test_a_consignee_is_its_own_counterparty() -> None:
    cards = outlets({"our_outlet": "k1", "parent": "p", "counterparty": "k1"})
    outlet = one(composed("consignee", cards, ONE), "k1")
    assert (outlet.counterparty, outlet.rule) == ("k1", "карточка")


def test_a_catalog_of_ones_own_names_counterparty_and_address_itself() -> None:
    cards = outlets({"our_outlet": "t1", "counterparty": "k1", "address": " ул. Мира, 1 "}, {"our_outlet": "t2"})
    found = composed("catalog", cards.fillna(""), ONE)
    assert one(found, "t1").address == "ул. Мира, 1"
    assert one(found, "t2").rule == "в карточке точки нет контрагента"


PARTNERS = (
    {"our_outlet": "p", "name": "Ромашка", "parent": "", "code": "7", "deleted": False},
    {"our_outlet": "q", "name": "Лютик", "parent": "p", "code": "8", "deleted": True},
)


def places(choice: str, *rows: tuple[str, str, str]) -> Cards:
    """Compose addresses: partner, address and the counterparty that the document names."""
    cards = pd.DataFrame(rows, columns=["our_outlet", "address", "counterparty"]).assign(name="")
    return composed(choice, cards, ONE, partners=outlets(*PARTNERS))


def test_addresses_of_a_customer_are_outlets_each_once() -> None:
    """The same address written in two ways is one outlet, as it was written last, with the customer's name."""
    found = places(
        "delivery_address",
        ("p", "603000, г Бор, ул Мира, д 1", "k1"),
        ("p", "г. Бор, улица Мира, дом 1", "k1"),
        ("p", "Бор, ул Ленина, 5", "k1"),
        ("q", "Бор, ул Ленина, 5", "k1"),
        ("p", " ", "k1"),
        ("supplier", "Бор, ул Ленина, 5", "k1"),
    )
    assert [(each.name, each.address, each.deleted) for each in found.outlets] == [
        ("Ромашка", "г. Бор, улица Мира, дом 1", False),
        ("Ромашка", "Бор, ул Ленина, 5", False),
        ("Лютик", "Бор, ул Ленина, 5", True),
    ]
    assert found.left_out == {REPEATED: 1, NO_ADDRESS: 1, NO_CUSTOMER: 1}
    assert found.read == len(found.outlets) + 3


def test_an_address_keeps_its_identity_however_it_is_written() -> None:
    (outlet,) = places("delivery_address", ("p", "г. Бор, улица Мира, дом 1", "k1")).outlets
    assert outlet.id == place_id("p", "603000, г Бор, ул Мира, д 1") != place_id("q", "г Бор, ул Мира, д 1")
    assert (outlet.parent, outlet.code) == ("p", "")


def test_an_address_of_contact_information_belongs_to_the_customers_counterparty() -> None:
    """Its own, or that of the partner above it."""
    found = places("contact_address", ("p", "ул Мира, 1", ""), ("q", "ул Мира, 2", ""))
    assert [each.counterparty for each in found.outlets] == ["k1", "k1"]


@pytest.mark.parametrize(
    ("kind", "address"), [("", "ул Первая, 1"), ("delivery", "ул Вторая, 2"), ("no", "ул Первая, 1")]
)
def test_the_address_is_of_the_kind_that_the_link_names_else_the_first(kind: str, address: str) -> None:
    lines = pd.DataFrame(
        {
            "our_outlet": ["o1", "o1", "o1"],
            "line": [2, 3, 1],
            "address_kind": ["legal", "delivery", "legal"],
            "address": ["ул Первая, 1", "ул Вторая, 2", " "],
        }
    )
    found = composed("child_partner", outlets(*TREE), ONE, addresses=lines, address_kind=kind)
    assert one(found, "o1").address == address
    assert one(found, "o2").address == ""


def test_the_frame_has_the_columns_of_the_model_and_says_who_is_blocked() -> None:
    cards = outlets(
        {"our_outlet": "a", "blocked": True},
        {"our_outlet": "b", "blocked": False},
        {"our_outlet": "c", "blocked": False},
    )
    frame = composed("partner", cards, ONE).frame({"b"})
    assert list(frame["blocked"]) == [True, True, False]
    assert set(frame.columns) >= {"our_outlet", "code", "name", "parent", "counterparty", "address", "deleted"}


def test_nothing_read_is_nothing_composed() -> None:
    found = composed("child_partner", pd.DataFrame({"our_outlet": [], "name": []}))
    assert (found.outlets, found.read, found.left_out) == ([], 0, {})
    assert len(found.frame()) == 0
