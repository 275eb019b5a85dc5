"""The rules that resolve an order: every doubt is a reason, nothing is put in for what is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from foundation.order_settings import OrderSettings
from mappings.model import MICRO, Override
from mappings.profiles.profile import load_profile
from mappings.translate.order_books import Books, Counterparty, Good, Named, Outlet, Package, Terms
from mappings.translate.order_values import Decision, Line, Order
from mappings.translate.orders import Outcome, Resolver
from mappings.units import Factor

ON = datetime(2026, 11, 24)  # noqa: DTZ001 - a wall clock of 1C
GOOD, PIECE, VAT, SHOP, FIRM, PAYER, CONTRACT, AGREED, OWN, HOUSE, RUB, KIND, MAN = (
    f"{number:08x}-0000-0000-0000-000000000000" for number in range(1, 14)
)
SECOND = "000000ff-0000-0000-0000-000000000000"
SETTINGS: dict[str, Any] = {
    "order_agents": {"101": "Иванов"},
    "order_price_types": {"1": "Оптовая"},
    "order_pay_kinds": {"2": "Безналичная"},
}


def books() -> Books:
    made = Books(
        goods={GOOD: Good(GOOD, "Квас", PIECE, VAT)},
        paired={"W1": (GOOD,)},
        theirs={GOOD: "W1"},
        their_names={"W1": "Квас"},
        packages={PIECE: Package(PIECE, "шт")},
        vat_rates={VAT: Named(VAT, "22%", rate=22 * MICRO)},
        outlets={SHOP: Outlet(SHOP, "Магазин", parent=FIRM, address="ул. Мира, 1")},
        outlets_of={"C1": (SHOP,)},
        contracts={
            PAYER: [Terms(CONTRACT, "Договор 1", PAYER, organization=OWN, status="Действует", sort="СПокупателем")]
        },
        agreements=[Terms(AGREED, "Типовое", typical=True, status="Действует", price_type=KIND, pay_kind="Наличная")],
        warehouses=[Named(HOUSE, "Основной склад"), Named(SECOND, "Второй склад")],
        organizations=[Named(OWN, "ООО Своя")],
        currencies=[Named(RUB, "RUB", "643")],
        price_types=[Named(KIND, "Оптовая")],
        agents=[Named(MAN, "Иванов")],
    )
    made.add(Counterparty(PAYER, "ООО Покупатель", FIRM, "7701234567", "К-1"))
    made.add_unit(GOOD, PIECE, "ea", Factor())
    return made


def order(**more: Any) -> Order:
    made = Order(
        "N-1", datetime(2026, 11, 20, 10, 15), ON, "", "", "C1", "2", "1", "1", "101", "1", "CustOrder", 252 * MICRO,  # noqa: DTZ001 - as above
        (Line(1, "CRMW1", "ea", 10_500_000, 24 * MICRO),),
        (("ClientName", "", "Уют"), ("ClientAddress", "", "ул. Мира, 1")),
    )  # fmt: skip
    return replace(made, **more)


def resolve(made: Books | None = None, asked: Order | None = None, *decisions: Decision, **settings: Any) -> Outcome:
    profile = load_profile("ut11")
    resolver = Resolver(
        made or books(),
        OrderSettings(**{**SETTINGS, **settings}),
        documents={"order": profile.orders["request"], "return": profile.orders["return"]},
        kinds={"order": "CustOrder", "return": "CustReturn"},
        warehouses={"1": [HOUSE]},
        on=ON,
    )
    return resolver.resolve(asked or order(), decisions)


def kinds(outcome: Outcome) -> list[str]:
    assert (outcome.draft is None) is bool(outcome.reasons)
    assert all(reason.said.endswith((".", "!")) and reason.todo for reason in outcome.reasons)
    return [reason.kind for reason in outcome.reasons]


def head(outcome: Outcome) -> Any:
    assert outcome.draft is not None, outcome.reasons
    return outcome.draft.head


def decide(action: Override, value: str = "", line: int = 0) -> Decision:
    return Decision(action, line, value, "Иванова", "так надо")


def test_an_order_that_is_known_in_everything_becomes_a_draft() -> None:
    found = head(resolve())
    assert found == {
        "outlet": SHOP, "counterparty": PAYER, "consignee": PAYER, "contract": CONTRACT, "agreement": AGREED,
        "organization": OWN, "currency": RUB, "warehouse": HOUSE, "vat_included": True, "wanted": ON, "agent": MAN,
        "address": "ул. Мира, 1", "comment": "Заказ производителя N-1 от 20.11.2026", "price_type": KIND,
        "pay_kind": "Безналичная", "amount": 252 * MICRO,
    }  # fmt: skip


def test_all_that_is_wrong_is_told_at_once() -> None:
    asked = order(their_outlet="C9", warehouse_code="9", their_warehouse="9", agent="9", price_type="9", pay_kind="9",
                  lines=(Line(1, "CRMW8", "ea", 1, MICRO), Line(2, "CRMW9", "ea", 1, MICRO)))  # fmt: skip
    found = kinds(resolve(asked=asked))
    assert sorted(found) == ["agent", "good", "good", "outlet", "pay_kind", "price_type", "warehouse"]


def change(**more: Any) -> Books:
    made = books()
    for name, value in more.items():
        setattr(made, name, value)
    return made


OUTLETS = books().outlets
MINE = books().contracts[PAYER][0]
TYPICAL = books().agreements[0]

BAD: list[tuple[str, Books, Order, dict[str, Any]]] = [
    ("outlet", change(outlets_of={}), order(), {}),
    ("outlet_choice", change(outlets_of={"C1": (SHOP, SECOND)}), order(), {}),
    ("outlet", change(outlets={SHOP: replace(OUTLETS[SHOP], deleted=True)}), order(), {}),
    ("outlet", books(), order(outlet_code=SECOND), {}),
    ("blocked", change(outlets={SHOP: replace(OUTLETS[SHOP], blocked=True)}), order(), {}),
    ("counterparty", change(counterparties={}, by_partner={}), order(), {}),
    ("counterparty", books(), order(company_code=SECOND), {}),
    ("contract", change(contracts={}), order(), {}),
    ("contract", change(contracts={PAYER: [MINE, replace(MINE, ref=SECOND)]}), order(), {}),
    ("contract", change(contracts={PAYER: [replace(MINE, status="Закрыт")]}), order(), {}),
    ("contract", change(contracts={PAYER: [replace(MINE, sort="СПоставщиком")]}), order(), {}),
    ("contract_expired", change(contracts={PAYER: [replace(MINE, until=datetime(2026, 11, 23))]}), order(), {}),  # noqa: DTZ001 - as above
    ("organization", change(contracts={PAYER: [replace(MINE, organization=SECOND)]}), order(), {}),
    ("agreement", change(agreements=[]), order(), {}),
    ("agreement", change(agreements=[TYPICAL, replace(TYPICAL, ref=SECOND)]), order(), {}),
    ("agreement", books(), order(), {"order_agreement": "single_active"}),
    ("agreement", books(), order(), {"order_agreement": "named", "order_agreement_name": "Нет"}),
    ("currency", books(), order(), {"order_currency": "USD"}),
    ("warehouse", books(), order(), {"order_warehouse": "Нет такого"}),
    ("agent", books(), order(), {"order_agents": {"101": "Нет такого"}}),
    ("sum", books(), order(amount=300 * MICRO), {}),
    ("sum", books(), order(amount=252_010_000), {}),
    ("lines", books(), order(lines=(), amount=0), {}),
    ("lines", books(), order(lines=order().lines * 2, amount=0), {}),
    ("return", books(), order(kind="CustReturn"), {}),
    ("kind", books(), order(kind="CustGift"), {}),
    ("number", books(), order(number="9" * 51), {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "made", "asked", "settings"), BAD, ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_doubt_parks(kind: str, made: Books, asked: Order, settings: dict[str, Any]) -> None:
    assert kinds(resolve(made, asked, **settings)) == [kind]


FINE: list[tuple[str, Books, Order, dict[str, Any], str, Any]] = [
    ("the card's owner", change(outlets={SHOP: replace(OUTLETS[SHOP], owner=PAYER)}), order(), {}, "counterparty", PAYER),
    ("our outlet", change(outlets_of={}), order(outlet_code=SHOP), {}, "outlet", SHOP),
    ("both agree", books(), order(outlet_code=SHOP, company_code=PAYER), {}, "counterparty", PAYER),
    ("blocked, taken", change(outlets={SHOP: replace(OUTLETS[SHOP], blocked=True)}), order(), {"order_blocked": "accept"}, "outlet", SHOP),
    ("no contract", change(contracts={}), order(), {"order_contract": "none"}, "contract", ""),
    ("last day", change(contracts={PAYER: [replace(MINE, until=ON)]}), order(), {}, "contract", CONTRACT),
    ("by organization", change(contracts={PAYER: [MINE, replace(MINE, ref=SECOND, organization=SECOND)]}), order(),
     {"order_contract": "by_organization", "organization": "ООО Своя"}, "contract", CONTRACT),
    ("own before typical", change(agreements=[TYPICAL, replace(TYPICAL, ref=SECOND, typical=False, counterparty=PAYER)]),
     order(), {}, "agreement", SECOND),
    ("named", books(), order(), {"order_agreement": "named", "order_agreement_name": "типовое"}, "agreement", AGREED),
    ("no agreement", change(agreements=[]), order(), {"order_agreement": "none"}, "agreement", ""),
    ("one warehouse", books(), order(warehouse_code="77"), {"order_warehouse": "Второй склад"}, "warehouse", SECOND),
    ("its warehouse", books(), order(warehouse_code="77"), {}, "warehouse", HOUSE),
    ("our warehouse", books(), order(warehouse_code=SECOND.upper(), their_warehouse=""), {}, "warehouse", SECOND),
    ("agent left out", books(), order(agent="9"), {"order_agent": "ignore"}, "agent", ""),
    ("no agent", books(), order(agent=""), {}, "agent", ""),
    ("price by agreement", books(), order(price_type="9"), {"order_price_type": "agreement"}, "price_type", KIND),
    ("pay by agreement", books(), order(pay_kind="9"), {"order_pay_kind": "agreement"}, "pay_kind", "Наличная"),
    ("no kind", books(), order(kind=""), {}, "outlet", SHOP),
    ("within tolerance", books(), order(amount=252_010_000), {"order_tolerance": 1}, "amount", 252 * MICRO),
    ("no sum", books(), order(amount=0), {}, "amount", 252 * MICRO),
]  # fmt: skip


@pytest.mark.parametrize("case", FINE, ids=[each[0] for each in FINE])
def test_every_rule_says_what_it_takes(case: tuple[str, Books, Order, dict[str, Any], str, Any]) -> None:
    told, made, asked, settings, name, value = case
    assert head(resolve(made, asked, **settings))[name] == value, told


def test_a_pair_of_outlet_and_payer_that_do_not_belong_together_parks() -> None:
    made = books()
    made.add(Counterparty(SECOND, "ООО Чужой", "чужой"))
    asked = order(outlet_code=SHOP, company_code=SECOND)
    assert kinds(resolve(made, asked)) == ["counterparty_conflict"]


def test_an_outlet_that_is_another_one_at_the_manufacturer_parks() -> None:
    made = books()
    made.outlets[SECOND] = Outlet(SECOND, "Другой", parent=FIRM)
    assert kinds(resolve(made, order(outlet_code=SECOND))) == ["outlet_conflict"]


DECIDED: list[tuple[Override, str, Books, Order, str, Any]] = [
    (Override.ACCEPT, "sum", books(), order(amount=300 * MICRO), "amount", 252 * MICRO),
    (Override.ACCEPT, "blocked", change(outlets={SHOP: replace(OUTLETS[SHOP], blocked=True)}), order(), "outlet", SHOP),
    (Override.ACCEPT, "return", books(), order(kind="CustReturn"), "outlet", SHOP),
    (Override.CONTRACT, SECOND, change(contracts={PAYER: [MINE, replace(MINE, ref=SECOND)]}), order(), "contract", SECOND),
    (Override.AGREEMENT, AGREED, change(agreements=[TYPICAL, replace(TYPICAL, ref=SECOND)]), order(), "agreement", AGREED),
    (Override.WAREHOUSE, "Второй склад", books(), order(), "warehouse", SECOND),
    (Override.COUNTERPARTY, "7701234567", books(), order(), "counterparty", PAYER),
]  # fmt: skip


@pytest.mark.parametrize("case", DECIDED, ids=[f"{each[0]} {each[1][:8]}" for each in DECIDED])
def test_a_person_decides_in_the_place_of_a_rule(case: tuple[Override, str, Books, Order, str, Any]) -> None:
    action, value, made, asked, name, expected = case
    assert head(resolve(made, asked, decide(action, value)))[name] == expected


def test_a_line_that_is_left_out_takes_the_sum_check_with_it() -> None:
    lines = (*order().lines, Line(2, "CRMW9", "ea", MICRO, MICRO))
    assert kinds(resolve(asked=order(lines=lines, amount=253 * MICRO))) == ["good"]
    found = resolve(None, order(lines=lines, amount=253 * MICRO), decide(Override.LEAVE_OUT, line=2))
    assert found.draft is not None
    assert found.draft.amount == 252 * MICRO
    assert found.notes == ("строка 2 исключена: так надо (Иванова)",)


def test_a_sum_that_only_rounding_changes_is_a_note() -> None:
    lines = tuple(Line(number, "CRMW1", "ea", 1_005_000, MICRO) for number in (1, 2))
    found = resolve(asked=order(lines=lines, amount=2_010_000))
    assert found.draft is not None
    assert found.draft.amount == 2_020_000
    assert any("из-за округления" in note for note in found.notes)


def test_a_text_that_is_too_long_is_cut_visibly() -> None:
    made = change(outlets={SHOP: replace(OUTLETS[SHOP], address="д" * 600)})
    found = resolve(made)
    assert head(found)["address"] == "д" * 499 + "…"
    assert any("обрезано" in note for note in found.notes)


def test_prices_without_vat_get_it_added() -> None:
    found = resolve(order_vat_included=False)
    assert found.draft is not None
    assert found.draft.lines[0].vat == 55_440_000
    assert found.draft.amount == 307_440_000


def test_tare_of_no_vat_has_none() -> None:
    """VAT comes from the good's card, whatever the order says."""
    found = resolve(change(vat_rates={VAT: Named(VAT, "Без НДС", rate=0)}))
    assert found.draft is not None
    assert (found.draft.lines[0].vat, found.draft.amount) == (0, 252 * MICRO)
