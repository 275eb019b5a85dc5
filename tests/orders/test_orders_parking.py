"""Orders wait with every reason at once, go on by themselves, and what a person decides reaches the manufacturer."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from foundation.errors import NotFound, Occupied
from ledger.order_queries import blockers
from ledger.order_values import OrderState
from mappings.model import Override
from mappings.pairs import Pair
from tests.orders.order_help import Shop, unit_pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.running import Sandbox

    Make = Callable[..., Shop]


def parked(shop: Shop, number: str, *kinds: str) -> dict[str, dict[str, Any]]:
    """See that an order waits for exactly these reasons, that nothing was made, and that its repetition goes on."""
    record = shop.record(number)
    assert record.state is OrderState.PARKED
    assert sorted(reason["kind"] for reason in record.reasons) == sorted(kinds)
    assert all(reason["said"] and reason["todo"] for reason in record.reasons)
    assert shop.documents(number) == []
    assert shop.told(number)["status"] == "Entered"
    assert number not in shop.doubles.crm.users[shop.user].answered
    return shop.reasons(number)


def test_everything_that_is_missing_is_told_at_once_and_the_order_goes_on_by_itself(make: Make) -> None:
    shop = make(order_agents={}, order_price_types={}, order_pay_kinds={}, warehouses={}, order_warehouse="Нет такого")
    good, outlet = shop.goods[45], shop.outlets[15]
    number = shop.order((45, "ea", "3", "10"), (0, "ea", "1", "1"), outlet=15)
    counts, error = shop.run()
    assert (error, counts.fates["parked"]) == (None, 1)
    reasons = parked(shop, number, "good", "outlet", "warehouse", "agent", "price_type", "pay_kind")
    assert reasons["good"]["key"] == good.their_id
    assert reasons["good"]["line"] == 1
    assert "Магазин Уют" in reasons["outlet"]["said"]
    comment = shop.told(number)["comment"]
    assert "причин: 6" in comment
    assert all(reason["said"] in comment for reason in reasons.values())

    whole = make()  # the settings are mended, the pairs are not there yet
    whole.run()
    reasons = parked(whole, number, "good", "outlet")
    whole.match(Pair("good", good.our_id, good.their_id), unit_pair(good, shop.cards))
    whole.match(Pair("outlet", outlet.our_id, outlet.their_id))
    counts, _ = whole.run()
    assert counts.fates["created"] == 1
    assert len(whole.documents(number)) == 1
    assert whole.told(number)["status"] == "Transfered"
    assert whole.events(number).count("parked") == 2  # once for each set of reasons, not once a run


def test_a_parked_order_that_stands_still_is_told_once(make: Make) -> None:
    shop = make()
    number = shop.order((45, "ea", "3", "10"))
    for _ in range(3):
        shop.run()
    assert shop.times_told(number) == 1
    assert shop.events(number).count("parked") == 1


def test_what_a_pair_unblocks_is_counted(make: Make) -> None:
    shop = make()
    shop.order((45, "ea", "3", "10"), (45, "ea", "2", "10"))
    shop.order((45, "ea", "5", "10"))
    shop.order((46, "ea", "100", "10"))
    shop.run()
    first, second = (each for each in blockers(shop.link.database, shop.link.id) if each.kind == "good")
    assert (first.key, first.lines, len(first.orders), first.value) == (shop.goods[46].their_id, 1, 1, 1000 * 10**6)
    assert (second.key, second.lines, len(second.orders), second.value) == (shop.goods[45].their_id, 3, 2, 100 * 10**6)


def test_an_expired_contract_parks(make: Make) -> None:
    shop = make()
    with shop.link.onec() as onec:
        partner = onec.load("Catalog_Партнеры", shop.outlets[1].our_id)
        (payer,) = onec.find("Catalog_Контрагенты", f"Партнер_Key eq guid'{partner['Parent_Key']}'")
        (contract,) = onec.find("Catalog_ДоговорыКонтрагентов", f"Контрагент_Key eq guid'{payer['Ref_Key']}'")
    whose, until = contract["Ref_Key"], contract["ДатаОкончанияДействия"]
    shop.patch("Catalog_ДоговорыКонтрагентов", whose, ДатаОкончанияДействия="2025-01-31T00:00:00")
    try:
        number = shop.order(outlet=1)
        shop.run()
        assert "31.01.2025" in parked(shop, number, "contract_expired")["contract_expired"]["said"]
    finally:
        shop.patch("Catalog_ДоговорыКонтрагентов", whose, ДатаОкончанияДействия=until)
    shop.run()
    assert shop.record(number).state is OrderState.ANSWERED


def test_a_return_parks_unless_the_link_takes_returns(make: Make) -> None:
    shop = make()
    number = shop.order(document_type="CustReturn")
    shop.run()
    parked(shop, number, "return")
    shop.orders.override(number, Override.ACCEPT, value="return", author="Иванова", reason="договорились")
    shop.run()
    assert len(shop.documents(number, "Document_ВозвратТоваровОтКлиента")) == 1


def test_a_kind_that_nobody_knows_parks(make: Make) -> None:
    shop = make()
    number = shop.order(document_type="CustGift")
    shop.run()
    parked(shop, number, "kind")


def test_a_number_that_1c_would_cut_parks(make: Make) -> None:
    shop = make()
    number = shop.order(number="X" * 51)
    shop.run()
    parked(shop, number, "number")


@pytest.mark.parametrize("rule", ["only_one", "preferred", "in_stock"])
def test_several_goods_of_ours_on_one_of_theirs(make: Make, rule: str) -> None:
    probe = make()
    their_id, ours = next(iter(probe.twins.items()))
    shop = make(order_good_choice=rule, preferred_goods={their_id: ours[1]})
    pairs = [pair for pair in shop.doubles.world.pairs if pair.kind == "good" and pair.their_id == their_id]
    for pair in pairs:
        shop.match(Pair("good", pair.our_id, their_id), unit_pair(pair, shop.cards))
    number = shop.order((their_id, "ea", "1", "10"))
    shop.run()
    if rule == "only_one":
        assert len(parked(shop, number, "good_choice")["good_choice"]["choice"]) == 2
        shop.orders.override(number, Override.REPLACE_GOOD, line=1, value=ours[0], author="Иванова", reason="свежий")
        shop.run()
        assert "заменён" in shop.told(number)["comment"]
        assert "Иванова" in shop.told(number)["comment"]
        assert shop.documents(number)[0]["Товары"][0]["Номенклатура_Key"] == ours[0]
    elif rule == "preferred":
        assert shop.documents(number)[0]["Товары"][0]["Номенклатура_Key"] == ours[1]
    else:
        free = stock_of(shop, ours)
        wanted = max(ours, key=lambda ref: free.get(ref, Decimal(0)))
        if free.get(wanted, Decimal(0)) >= 1:
            assert shop.documents(number)[0]["Товары"][0]["Номенклатура_Key"] == wanted
        else:
            assert "не хватает" in parked(shop, number, "good_choice")["good_choice"]["said"]


def stock_of(shop: Shop, goods: list[str]) -> dict[str, Decimal]:
    main = next(pair.our_id for pair in shop.doubles.world.pairs if pair.kind == "warehouse" and pair.their_id == "1")
    found: dict[str, Decimal] = {}
    for key, resources in shop.doubles.onec.store.balance("AccumulationRegister_ТоварыНаСкладах").items():
        named = dict(
            zip(
                shop.doubles.onec.configuration.registers["AccumulationRegister_ТоварыНаСкладах"].dimensions,
                key,
                strict=True,
            )
        )
        text = str(named)
        for good in goods:
            if good in text and main in text:
                found[good] = found.get(good, Decimal(0)) + Decimal(str(resources["ВНаличии"]))
    return found


def test_a_line_that_is_left_out_is_told_with_name_and_reason(make: Make) -> None:
    shop = make()
    number = shop.order((0, "ea", "1", "10"), (45, "ea", "3", "10"))
    shop.run()
    parked(shop, number, "good")
    shop.orders.override(number, Override.LEAVE_OUT, line=2, author="Иванова О.П.", reason="снят с производства")
    counts, _ = shop.run()
    assert counts.fates["created"] == 1
    assert len(shop.documents(number)[0]["Товары"]) == 1
    comment = shop.told(number)["comment"]
    assert "Строка 2 исключена: снят с производства (Иванова О.П.)" in comment
    assert shop.told(number)["status"] == "Transfered"


def test_a_decision_about_a_line_that_changes_does_not_hold_for_the_new_one(make: Make) -> None:
    shop = make()
    number = shop.order((0, "ea", "1", "10"), (45, "ea", "3", "10"), (46, "ea", "3", "10"))
    shop.run()
    for line in (2, 3):
        shop.orders.override(number, Override.LEAVE_OUT, line=line, author="Иванова", reason="нет")
    shop.change(number, lines=[(0, "ea", "1", "10"), (45, "ea", "300", "10"), (46, "ea", "3", "10")])
    shop.run()
    assert parked(shop, number, "good")["good"]["line"] == 2
    assert [each.line for each in shop.record(number).overrides] == [3]


def test_a_refused_order_is_told_and_stays_refused(make: Make) -> None:
    shop = make()
    number = shop.order((45, "ea", "3", "10"))
    shop.run()
    shop.orders.refuse(number, author="Иванова", reason="клиент в стоп-листе")
    counts, _ = shop.run()
    assert counts.fates["refused"] == 1
    assert shop.told(number) | {"time": ""} == shop.told(number) | {"time": "", "status": "Refused"}
    assert "клиент в стоп-листе" in shop.told(number)["comment"]
    shop.run()
    assert shop.times_told(number) == 2
    assert shop.orders.release(number, author="Иванова", reason="ошиблись") is OrderState.RECEIVED
    shop.run()
    parked(shop, number, "good")


def test_decisions_come_too_late_once_there_is_a_document(make: Make) -> None:
    shop = make()
    number = shop.order()
    shop.run()
    with pytest.raises(Occupied):
        shop.orders.override(number, Override.LEAVE_OUT, line=1, author="x", reason="y")
    with pytest.raises(Occupied):
        shop.orders.refuse(number, author="x", reason="y")
    with pytest.raises(Occupied):
        shop.orders.release(number, author="x", reason="y")
    with pytest.raises(NotFound):
        shop.orders.refuse("нет такого", author="x", reason="y")


def test_what_1c_refuses_parks_with_its_words_and_the_next_goes_on(make: Make, doubles: Sandbox) -> None:
    """A handler of the configuration says no to one order: the others are made, the next run tries again."""
    shop = make()
    bad, good = shop.order((0, "ea", "13", "1")), shop.order((1, "ea", "2", "1"))
    handlers = doubles.onec.settings.handlers
    doubles.onec._interface._writer._handlers = {
        "Document_ЗаказКлиента": lambda row: "Тринадцать нельзя" if row["НомерПоДаннымКлиента"] == bad else None
    }
    try:
        counts, error = shop.run()
        assert (error, counts.fates["created"], counts.fates["parked"]) == (None, 1, 1)
        assert "Тринадцать нельзя" in parked(shop, bad, "onec")["onec"]["said"]
        assert len(shop.documents(good)) == 1
    finally:
        doubles.onec._interface._writer._handlers = handlers
    shop.run()
    assert len(shop.documents(bad)) == 1


def test_a_payer_typed_into_the_comment_counts_only_where_the_link_says_so(make: Make, doubles: Sandbox) -> None:
    shop = make()
    partners = {each["Ref_Key"]: each for each in doubles.world.onec["Catalog_Партнеры"]}
    own = partners[shop.outlets[0].our_id]["Parent_Key"]
    partner = next(card for each in shop.outlets if (card := partners[each.our_id])["Parent_Key"] != own)
    payer = next(
        each for each in doubles.world.onec["Catalog_Контрагенты"] if each["Партнер_Key"] == partner["Parent_Key"]
    )
    comment = [["Comment", "Комментарий", f"срочно ю.{payer['ИНН']}"]]
    plain = shop.order(options=comment)
    shop.run()
    assert shop.documents(plain)[0]["Контрагент_Key"] != payer["Ref_Key"]
    assert "правило связи выключено" in shop.told(plain)["comment"]
    allowed = make(order_comment_payer=True)
    number = allowed.order(options=comment)
    allowed.run()
    assert allowed.documents(number)[0]["Контрагент_Key"] == payer["Ref_Key"]
