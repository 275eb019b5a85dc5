"""Orders become documents: heads, lines, units, prices, sums, both kinds of document, posted or not, nested or flat."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from ledger.order_values import OrderState
from tests.orders.order_help import Shop, box_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.running import Sandbox

    Make = Callable[..., Shop]


def only(shop: Shop, number: str, entity: str = "Document_ЗаказКлиента") -> dict[str, Any]:
    found = shop.documents(number, entity)
    assert len(found) == 1
    return found[0]


def test_a_matched_order_becomes_a_document_and_is_answered(make: Make) -> None:
    shop = make()
    number = shop.order(
        (0, "ea", "24", "10.50"), (1, "ea", "5", "99.99"), options=[["Comment", "Комментарий", "До 12"]]
    )
    counts, error = shop.run()
    assert (error, counts.fates["created"], counts.read) == (None, 1, 1)
    document = only(shop, number)
    assert document["ДатаПоДаннымКлиента"].startswith("2026-11-20")
    assert document["Партнер_Key"] == shop.outlets[0].our_id
    assert Decimal(document["СуммаДокумента"]) == Decimal("751.95")
    assert document["Комментарий"] == f"Заказ производителя {number} от 20.11.2026. До 12"
    assert document["ФормаОплаты"] == "Безналичная"
    assert document["ЦенаВключаетНДС"] is True
    assert document["Posted"] is False
    rows = document["Товары"]
    assert [row["Номенклатура_Key"] for row in rows] == [good.our_id for good in shop.goods[:2]]
    assert [Decimal(row["Количество"]) for row in rows] == [24, 5]
    assert [Decimal(row["Сумма"]) for row in rows] == [252, Decimal("499.95")]
    rates = {rate["Ref_Key"]: rate["Ставка"] for rate in shop.doubles.world.onec["Catalog_СтавкиНДС"]}
    for row in rows:
        rate, total = rates[row["СтавкаНДС_Key"]], Decimal(row["СуммаСНДС"])
        assert row["СтавкаНДС_Key"] == shop.cards[row["Номенклатура_Key"]]["СтавкаНДС_Key"]
        assert abs(Decimal(row["СуммаНДС"]) - total * rate / (100 + rate)) <= Decimal("0.005")
    assert shop.told(number)["status"] == "Transfered"
    assert shop.record(number).state is OrderState.ANSWERED
    assert shop.events(number) == ["received", "created", "told"]


def test_a_box_becomes_pieces_and_the_price_follows(make: Make) -> None:
    shop = make()
    box = box_of(shop, 0)
    price = box * Decimal("12.34")
    number = shop.order((0, "box", "3", str(price)))
    shop.run()
    (row,) = only(shop, number)["Товары"]
    assert Decimal(row["Количество"]) == 3 * box
    assert Decimal(row["Цена"]) == Decimal("12.34")
    assert Decimal(row["Сумма"]) == 3 * price


def test_a_price_that_does_not_divide_is_rounded_and_told(make: Make) -> None:
    shop = make()
    number = shop.order((0, "box", "1", "100.01"))
    shop.run()
    document = only(shop, number)
    assert Decimal(document["СуммаДокумента"]) == Decimal("100.01")
    assert "округлена" in shop.told(number)["comment"]


@pytest.mark.parametrize("details", ["nested", "flat"])
@pytest.mark.parametrize("comma", [False, True], ids=["point", "comma"])
def test_details_come_nested_or_flat_and_numbers_with_either_mark(
    make: Make, doubles: Sandbox, details: Any, comma: bool
) -> None:
    shop = make()
    doubles.crm.details, doubles.crm.decimal_comma = details, comma
    numbers = [shop.order((0, "ea", "2", "1.55"), (1, "ea", "1", "7")), shop.order((2, "ea", "4", "0.25"))]
    counts, _ = shop.run()
    assert counts.fates["created"] == 2
    assert [Decimal(only(shop, number)["СуммаДокумента"]) for number in numbers] == [Decimal("10.1"), 1]
    assert shop.record(numbers[0]).content["options"]


@pytest.mark.parametrize("mode", ["request", "realization"])
@pytest.mark.parametrize("posting", [False, True], ids=["not posted", "posted"])
def test_both_kinds_of_document_posted_or_not(make: Make, mode: str, posting: bool) -> None:
    shop = make(order_document=mode, order_posting=posting)
    number = shop.order((0, "ea", "24", "10.50"))
    counts, error = shop.run()
    assert (error, counts.fates["created"]) == (None, 1)
    entity = {"request": "Document_ЗаказКлиента", "realization": "Document_РеализацияТоваровУслуг"}[mode]
    document = only(shop, number, entity)
    assert document["Posted"] is posting
    assert Decimal(document["СуммаДокумента"]) == 252
    record = shop.record(number)
    assert (record.document, record.entity) == (document["Ref_Key"], entity)
    assert record.written["version"] == document["DataVersion"]
    assert shop.told(number)["status"] == "Transfered"


def test_our_own_code_is_taken_as_it_is(make: Make, doubles: Sandbox) -> None:
    """Where the manufacturer has the match, the line carries our code and the head our outlet and payer."""
    shop = make()
    good, outlet = shop.goods[3], shop.outlets[2]
    parent = next(each for each in doubles.world.onec["Catalog_Партнеры"] if each["Ref_Key"] == outlet.our_id)
    payer = next(
        each for each in doubles.world.onec["Catalog_Контрагенты"] if each["Партнер_Key"] == parent["Parent_Key"]
    )
    wares, outlets = {good.their_id: good.our_id}, {outlet.their_id: [payer["Ref_Key"], outlet.our_id]}
    doubles.crm.match(shop.user, wares=wares, outlets=outlets)
    try:
        number = shop.order((3, "ea", "6", "5"), outlet=2)
        counts, _ = shop.run()
    finally:
        doubles.crm.match(shop.user, wares=dict.fromkeys(wares), outlets=dict.fromkeys(outlets))
    assert counts.fates["created"] == 1
    assert shop.record(number).content["lines"][0]["good_code"] == good.our_id
    assert only(shop, number)["Контрагент_Key"] == payer["Ref_Key"]


def test_our_codes_may_be_codes(make: Make, doubles: Sandbox) -> None:
    shop = make(our_codes="code")
    good, outlet = shop.goods[3], shop.outlets[2]
    partner = next(each for each in doubles.world.onec["Catalog_Партнеры"] if each["Ref_Key"] == outlet.our_id)
    wares = {good.their_id: shop.cards[good.our_id]["Code"]}
    outlets = {outlet.their_id: ["", partner["Code"]]}
    doubles.crm.match(shop.user, wares=wares, outlets=outlets)
    try:
        number = shop.order((3, "ea", "6", "5"), outlet=2)
        counts, _ = shop.run()
    finally:
        doubles.crm.match(shop.user, wares=dict.fromkeys(wares), outlets=dict.fromkeys(outlets))
    assert counts.fates["created"] == 1
    document = only(shop, number)
    assert document["Товары"][0]["Номенклатура_Key"] == good.our_id
    assert document["Партнер_Key"] == outlet.our_id


def test_documents_are_made_several_at_a_time(make: Make) -> None:
    shop = make(order_connections=4, order_posting=True)
    numbers = [shop.order((place % 10, "ea", str(place + 1), "3.10")) for place in range(90)]
    counts, error = shop.run()
    assert (error, counts.fates["created"]) == (None, 90)
    assert all(len(shop.documents(number)) == 1 for number in numbers)
    assert all(shop.record(number).state is OrderState.ANSWERED for number in numbers)


def test_a_return_becomes_a_return_where_the_link_takes_them(make: Make) -> None:
    shop = make(order_returns="document")
    number = shop.order((0, "ea", "2", "10"), document_type="CustReturn")
    counts, _ = shop.run()
    assert counts.fates["created"] == 1
    document = only(shop, number, "Document_ВозвратТоваровОтКлиента")
    assert document["ХозяйственнаяОперация"] == "ВозвратТоваровОтКлиента"
    assert shop.documents(number) == []


def test_their_outlets_are_kept_for_matching(make: Make) -> None:
    from sqlalchemy import select

    from mappings.tables import TheirItemRow

    shop = make()
    shop.order(client_name="Дворик", client_address="ул. Лесная, д. 7", outlet=5)
    shop.run()
    with shop.link.database.session() as session:
        asked = select(TheirItemRow).where(TheirItemRow.kind == "outlet")
        rows = {row.their_id: row for row in session.execute(asked).scalars()}
    row = rows[shop.outlets[5].their_id]
    assert (row.name, row.address, row.their_unit) == ("Дворик", "ул. Лесная, д. 7", "")
