"""Outlets as the manufacturer gets them: codes, the ban list by named rules, and what a person should look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.codes import leaving
from mappings.outlet_cards import Cards, Counterparty, Outlet
from mappings.translate.outlets import Classifier, Identity, Stops, Told, blocked, expired_companies, translate

INN = "7707083893"
COMPANY = Counterparty("k1", "Ромашка ООО", INN, "770701001", "p", "", "К-1")
OUTLET = Outlet("o1", "Магазин у дома", "Т-1", "p", "k1", "единственный", "г Бор, ул Мира, д 1")


def cards(*outlets: Outlet, companies: tuple[Counterparty, ...] = (COMPANY,)) -> Cards:
    return Cards(list(outlets), {each.id: each for each in companies}, len(outlets))


def translated(read: Cards, *, told: Told | None = None, identity: Any = "ref", **stops: Any) -> Classifier:
    return translate(
        read,
        outlet_codes=leaving([(each.id, each.code) for each in read.outlets], identity),
        company_codes=leaving([(each.id, each.code) for each in read.counterparties.values()], identity),
        stopped=blocked(read, Stops(**stops)),
        told=told or Told(),
    )


def test_a_row_has_codes_names_address_and_inn() -> None:
    (row,) = translated(cards(OUTLET)).rows
    assert row == ("o1", "o1", "k1", "Магазин у дома", "Ромашка ООО", "г Бор, ул Мира, д 1", INN)


def test_codes_leave_where_the_link_says_so() -> None:
    (row,) = translated(cards(OUTLET), identity="code").rows
    assert row.identity == ("К-1", "Т-1")


def test_a_catalog_without_codes_sends_references_among_codes() -> None:
    """Контрагенты of УТ 11 have no codes at all."""
    (row,) = translated(cards(OUTLET, companies=(COMPANY._replace(code=""),)), identity="code").rows
    assert row.identity == ("k1", "Т-1")


def test_an_outlet_without_a_code_waits_where_others_have_one() -> None:
    found = translated(cards(OUTLET, replace(OUTLET, id="o2", code="", name="Без кода")), identity="code")
    assert [row.our_outlet for row in found.rows] == ["o1"]
    assert found.counts.unmatched == {"нет кода": 1}
    assert found.set_aside["said"][0].startswith("У точки в 1С нет кода.")


def test_an_outlet_without_counterparty_waits_with_the_rule_that_failed() -> None:
    found = translated(cards(replace(OUTLET, counterparty="", rule="у партнёра несколько контрагентов (2): А, Б")))
    assert found.counts.unmatched == {"контрагент не определён": 1}
    assert found.set_aside["said"][0].startswith("У партнёра несколько контрагентов (2): А, Б. Укажите")


def test_a_deleted_outlet_is_not_told_and_banned_only_where_it_is_known() -> None:
    gone = replace(OUTLET, deleted=True)
    assert translated(cards(gone)).bans == []
    found = translated(cards(gone), told=Told({"o1": Identity("k1", "o1")}))
    assert found.counts.left_out == {"помечена на удаление": 1}
    assert [(ban.identity, ban.reason) for ban in found.bans] == [(("k1", "o1"), "помечена на удаление")]


@pytest.mark.parametrize(
    ("outlet", "stops", "reason"),
    [
        (replace(OUTLET, blocked=True), {}, "флажок в карточке"),
        (OUTLET, {"expired": {"k1"}}, "договор истёк"),
        (OUTLET, {"listed": {"магазин у дома"}}, "стоп-лист связи"),
        (OUTLET, {"listed": {"т-1"}}, "стоп-лист связи"),
        (OUTLET, {"listed": {INN}}, "стоп-лист связи"),
        (replace(OUTLET, blocked=True), {"listed": {"ромашка ооо"}, "expired": {"k1"}}, "стоп-лист связи"),
        (OUTLET, {"listed": {"другой"}, "expired": {"k2"}}, ""),
    ],
)
def test_an_outlet_is_banned_by_the_first_rule_that_holds(outlet: Outlet, stops: dict[str, Any], reason: str) -> None:
    """Domain, row 18: an expired contract blocks an outlet. It stays in the classifier."""
    found = translated(cards(outlet), **stops)
    assert [ban.reason for ban in found.bans] == ([reason] if reason else [])
    assert len(found.rows) == 1


def test_what_vanished_from_1c_is_banned_by_the_codes_that_were_told() -> None:
    found = translated(cards(OUTLET), told=Told({"o1": Identity("k1", "o1"), "o9": Identity("k9", "o9")}))
    assert [(ban.identity, ban.reason) for ban in found.bans] == [(("k9", "o9"), "больше не точка в 1С")]


def test_a_pair_that_was_replaced_is_banned_for_ever_unless_it_comes_back() -> None:
    old = Identity("k0", "o1")
    found = translated(cards(OUTLET), told=Told({"o1": old}))
    assert [(ban.identity, ban.reason) for ban in found.bans] == [(old, "код или контрагент сменились")]
    later = translated(cards(OUTLET), told=Told({"o1": Identity("k1", "o1")}, [old]))
    assert [ban.identity for ban in later.bans] == [old]
    back = translated(cards(OUTLET), told=Told({"o1": Identity("k1", "o1")}, [Identity("k1", "o1")]))
    assert back.bans == []


def test_an_outlet_that_waits_is_not_taken_for_a_vanished_one() -> None:
    waits = replace(OUTLET, counterparty="", rule="у партнёра нет контрагента")
    assert translated(cards(waits), told=Told({"o1": Identity("k1", "o1")})).bans == []


def test_only_what_changed_leaves_and_the_rest_is_counted() -> None:
    whole = translated(cards(OUTLET, replace(OUTLET, id="o2"), replace(OUTLET, id="o3", deleted=True)))
    found = whole.only({"o2"})
    assert [row.our_outlet for row in found.rows] == ["o2"]
    assert found.counts.left_out == {"помечена на удаление": 1, "без изменений": 1}
    assert found.counts.sent == 1


@pytest.mark.parametrize("name", ["-", "А", "", "...", "нет", "ххх"])
def test_a_name_that_says_nothing_is_flagged_and_still_sent(name: str) -> None:
    """Domain, rows 18 and 19: names of one letter, or fillers."""
    found = translated(cards(replace(OUTLET, name=name)))
    assert [(flag.our_id, flag.flag) for flag in found.flags] == [("o1", "имя-заглушка")]
    assert len(found.rows) == 1


def test_a_missing_address_and_a_wrong_inn_are_flagged() -> None:
    wrong = COMPANY._replace(inn="7707083890")
    found = translated(cards(replace(OUTLET, address=" ,"), companies=(wrong,)))
    assert {flag.flag for flag in found.flags} == {"нет адреса", "ИНН с ошибкой"}


def test_one_place_of_one_company_twice_is_told_as_a_double() -> None:
    twin = replace(OUTLET, id="o2", name="Магазин «У дома»", address="603000, Г. Бор, улица Мира, дом 1")
    other = replace(OUTLET, id="o3", name="Ларёк", address="г Бор, ул Мира, д 2")
    found = translated(cards(OUTLET, twin, other))
    assert {flag.our_id for flag in found.flags if flag.flag == "возможный дубль"} == {"o1", "o2"}
    assert len(found.rows) == 3


def test_one_address_of_two_companies_is_two_outlets() -> None:
    """The payer and the outlet together are the key (domain, row 19)."""
    second = Counterparty("k2", "Лютик ООО", "7830002293", "", "q", "")
    found = translated(
        cards(OUTLET, replace(OUTLET, id="o2", name="Кафе", counterparty="k2"), companies=(COMPANY, second))
    )
    assert {row.identity for row in found.rows} == {("k1", "o1"), ("k2", "o2")}
    assert found.flags == []


def test_the_frames_have_the_layouts_columns() -> None:
    outlets, bans = translated(cards(replace(OUTLET, blocked=True))).tables()
    assert list(outlets.columns) == ["outlet_code", "company_code", "outlet_name", "company_name", "address", "inn"]
    assert bans.to_dict("records") == [{"company_code": "k1", "outlet_code": "o1"}]


def contracts(*ends: tuple[str, str | None]) -> pd.DataFrame:
    until = pd.Series([end for _, end in ends], dtype="datetime64[s]")
    return pd.DataFrame({"counterparty": [company for company, _ in ends], "until": until})


def test_a_company_is_expired_when_all_its_contracts_are() -> None:
    today = date(2026, 11, 24)
    ends = contracts(
        ("over", "2026-11-23"), ("last day", "2026-11-24"), ("renewed", "2025-01-01"), ("renewed", "2027-01-01"),
        ("endless", "2025-01-01"), ("endless", None), ("", "2025-01-01"),
    )  # fmt: skip
    assert expired_companies(ends, today) == {"over"}


@given(
    st.lists(
        st.builds(
            Outlet,
            id=st.sampled_from([f"o{number}" for number in range(8)]),
            name=st.sampled_from(["Магазин", "-", "Кафе"]),
            code=st.sampled_from(["", "1", "2"]),
            counterparty=st.sampled_from(["k1", "k2", ""]),
            rule=st.just("у партнёра нет контрагента"),
            blocked=st.booleans(),
            deleted=st.booleans(),
        ),
        unique_by=lambda outlet: outlet.id,
    ),
    st.sampled_from(["ref", "code"]),
    st.sets(st.sampled_from([f"o{number}" for number in range(8)])),
    st.dictionaries(
        st.sampled_from(["o1", "o2", "o99"]), st.builds(Identity, st.sampled_from("ab"), st.sampled_from("12"))
    ),
)
def test_every_outlet_ends_once_and_every_pair_is_banned_once(
    outlets: list[Outlet], identity: str, keys: set[str], known: dict[str, Identity]
) -> None:
    found = translated(cards(*outlets), told=Told(known), identity=identity)
    assert found.counts.read == len(outlets)
    assert len(found.set_aside) == sum(found.counts.unmatched.values())
    assert len({ban.identity for ban in found.bans}) == len(found.bans)
    assert {row.our_outlet for row in found.only(keys).rows} == {row.our_outlet for row in found.rows} & keys
