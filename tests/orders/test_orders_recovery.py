"""Bad days: whatever breaks while documents are made, there is one document an order, and the manufacturer knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from foundation.errors import Ambiguous, MI1CError
from ledger.order_values import OrderState
from tasks import order_creating

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.running import Sandbox
    from tests.orders.order_help import Shop

    Make = Callable[..., Shop]

POST = {"method": "POST", "match": "/Document_ЗаказКлиента"}


def settled(shop: Shop, *numbers: str, posted: bool = False) -> None:
    """See that each order has exactly one document, as it was written, and that the manufacturer was told."""
    for number in numbers:
        documents = shop.documents(number)
        assert len(documents) == 1
        assert documents[0]["Posted"] is posted
        record = shop.record(number)
        assert record.state is OrderState.ANSWERED
        assert record.document == documents[0]["Ref_Key"]
        assert shop.told(number)["status"] == "Transfered"


FAULTS: list[dict[str, Any]] = [
    {"kind": "cut_after"},
    {"kind": "cut_before"},
    {"kind": "half"},
    {"kind": "cut_after", "skip": 1, "times": 2},
    {"kind": "cut_before", "times": 2},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(map(str, fault.values())))
@pytest.mark.parametrize("connections", [1, 3])
def test_a_create_that_breaks_off_is_looked_up_in_the_same_run(
    make: Make, doubles: Sandbox, fault: dict[str, Any], connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_creating, "SETTLE", 0.0)
    shop = make(order_connections=connections)
    numbers = [shop.order((place, "ea", "2", "1")) for place in range(4)]
    doubles.onec.faults.arm(**POST, **fault)
    counts, error = shop.run()
    assert (error, counts.fates["created"]) == (None, 4)
    settled(shop, *numbers)


LATER: list[dict[str, Any]] = [
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 401},
    {"kind": "html"},
    {"kind": "empty"},
    {"kind": "cut_before", "times": 4},
]


@pytest.mark.parametrize("fault", LATER, ids=lambda fault: "-".join(map(str, fault.values())))
def test_a_day_that_is_too_bad_ends_the_run_and_the_next_one_finds_its_way(
    make: Make, doubles: Sandbox, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_creating, "SETTLE", 0.0)
    shop = make()
    numbers = [shop.order((place, "ea", "2", "1")) for place in range(3)]
    doubles.onec.faults.arm(**POST, skip=0 if fault.get("times") else 1, **fault)
    counts, error = shop.run()
    counts.check()
    if error is not None:
        assert error.said
        assert error.todo
        assert counts.fates["unclear"] > 0
    doubles.onec.faults.clear()
    counts, error = shop.run()
    assert error is None
    settled(shop, *numbers)


def test_a_time_out_is_left_to_the_next_run(make: Make, doubles: Sandbox) -> None:
    """1C may still be writing: creating at once could make a twin."""
    shop = make(onec_timeout=5)
    number = shop.order()
    fault = doubles.onec.faults.arm("hold_before", **POST)
    counts, error = shop.run()
    assert isinstance(error, Ambiguous)
    assert counts.fates["unclear"] == 1
    assert shop.record(number).state is OrderState.CREATING
    assert shop.documents(number) == []
    fault.released.set()  # now the base carries it out after all
    for _ in range(100):
        if shop.documents(number):
            break
        fault.held.wait(0.05)
    counts, error = shop.run()
    assert (error, counts.fates["found"]) == (None, 1)
    settled(shop, number)


def test_a_base_that_is_down_leaves_everything_as_it_was(make: Make, doubles: Sandbox) -> None:
    shop = make()
    number = shop.order()
    doubles.onec.faults.arm("status", status=503, times=99)
    counts, error = shop.run()
    assert isinstance(error, MI1CError)
    assert counts.fates["left"] == 1
    assert shop.record(number).state is OrderState.RECEIVED
    doubles.onec.faults.clear()
    shop.run()
    settled(shop, number)


def test_a_document_that_1c_will_not_post_is_posted_by_the_next_run(make: Make, doubles: Sandbox) -> None:
    shop = make(order_posting=True)
    number, other = shop.order(), shop.order((1, "ea", "1", "1"))
    doubles.onec.faults.arm("cut_before", method="POST", match="/Post", times=1)
    counts, error = shop.run()
    assert (error, counts.fates["unposted"], counts.fates["created"]) == (None, 1, 1)
    waiting = {each: shop.record(each).state for each in (number, other)}
    assert sorted(waiting.values()) == [OrderState.ANSWERED, OrderState.WRITTEN]
    counts, error = shop.run()
    assert error is None
    settled(shop, number, other, posted=True)


def test_a_status_that_is_not_taken_is_told_by_the_next_run(make: Make, doubles: Sandbox) -> None:
    shop = make()
    number = shop.order()
    doubles.crm.faults.arm("cut_after", match="CRMOrderStatus")
    with pytest.raises(MI1CError):
        shop.run()
    assert shop.record(number).state is OrderState.CREATED
    counts, _ = shop.run()
    assert counts.fates["created"] == 0
    settled(shop, number)


def test_a_repeated_order_is_answered_again_and_not_made_again(make: Make) -> None:
    shop = make()
    number = shop.order()
    shop.run()
    for times in (2, 3):
        shop.repeat(number)
        counts, _ = shop.run()
        assert counts.fates["repeated"] == 1
        settled(shop, number)
        assert shop.times_told(number) == times


def test_a_document_that_people_have_typed_is_taken_over(make: Make) -> None:
    shop = make()
    number = shop.order((45, "ea", "3", "10"))
    shop.run()
    assert shop.record(number).state is OrderState.PARKED
    with shop.link.onec() as onec:
        made = onec.create("Document_ЗаказКлиента", {"НомерПоДаннымКлиента": number, "Товары": []})
    counts, _ = shop.run()
    assert counts.fates["found"] == 1
    assert shop.record(number).document == made["Ref_Key"]
    settled(shop, number)


def test_two_documents_with_one_number_are_a_conflict_that_names_both(make: Make) -> None:
    shop = make()
    number = shop.order()
    with shop.link.onec() as onec:
        twins = [onec.create("Document_ЗаказКлиента", {"НомерПоДаннымКлиента": number}) for _ in range(2)]
    counts, _ = shop.run()
    assert counts.fates["conflict"] == 1
    record = shop.record(number)
    assert record.state is OrderState.CONFLICT
    assert all(twin["Ref_Key"] in record.reasons[0]["said"] for twin in twins)
    assert all(twin["Number"] in shop.told(number)["comment"] for twin in twins)
    assert shop.told(number)["status"] == "Entered"
    shop.patch("Document_ЗаказКлиента", twins[0]["Ref_Key"], DeletionMark=True)
    counts, _ = shop.run()
    assert counts.fates["found"] == 1
    assert shop.record(number).document == twins[1]["Ref_Key"]


def test_a_number_of_another_year_is_another_order(make: Make) -> None:
    shop = make()
    number = shop.order()
    with shop.link.onec() as onec:
        old = {"НомерПоДаннымКлиента": number, "ДатаПоДаннымКлиента": "2025-11-20T00:00:00"}
        onec.create("Document_ЗаказКлиента", old)
    counts, _ = shop.run()
    assert counts.fates["created"] == 1
    assert len(shop.documents(number)) == 2


def test_a_document_of_another_payer_is_a_conflict(make: Make, doubles: Sandbox) -> None:
    shop = make()
    number = shop.order()
    stranger = doubles.world.onec["Catalog_Контрагенты"][0]["Ref_Key"]
    with shop.link.onec() as onec:
        onec.create("Document_ЗаказКлиента", {"НомерПоДаннымКлиента": number, "Контрагент_Key": stranger})
    counts, _ = shop.run()
    assert counts.fates["conflict"] == 1
    assert "payer" in shop.reasons(number)


@pytest.mark.parametrize("how", ["marked", "deleted"])
def test_a_deleted_document_is_told_and_not_made_again_unless_released(make: Make, how: str) -> None:
    shop = make()
    number = shop.order()
    shop.run()
    ref = shop.record(number).document
    if how == "marked":
        shop.patch("Document_ЗаказКлиента", ref, DeletionMark=True)
    else:
        with shop.link.onec() as onec:
            url = f"{onec.address.root}/Document_ЗаказКлиента(guid'{ref}')"
            onec._wire._client.delete(url).raise_for_status()
    shop.tell()
    assert shop.record(number).state is OrderState.DELETED
    assert shop.told(number)["status"] == "Cancelled"
    shop.repeat(number)
    counts, _ = shop.run()
    assert counts.fates["deleted"] == 1
    assert len([each for each in shop.documents(number) if not each["DeletionMark"]]) == 0
    shop.orders.release(number, author="Иванова", reason="удалили по ошибке")
    counts, _ = shop.run()
    assert counts.fates["created"] == 1
    alive = [each for each in shop.documents(number) if not each["DeletionMark"]]
    assert len(alive) == 1
    assert shop.told(number)["status"] == "Transfered"


def test_a_document_that_is_not_what_was_written_is_a_conflict(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """1C says 201 and keeps 0 for what it cannot hold: the read back sees it."""
    from mappings.profiles.orders import OrderDocument

    shop = make()
    number = shop.order()
    whole = OrderDocument.filled

    def wrong(self: OrderDocument, parameters: Any) -> OrderDocument:
        filled = whole(self, parameters)
        return filled.model_copy(update={"constants": {**filled.constants, "МаксимальныйКодСтроки": "не число"}})

    monkeypatch.setattr(OrderDocument, "filled", wrong)
    counts, _ = shop.run()
    assert counts.fates["conflict"] == 1
    assert "МаксимальныйКодСтроки" in shop.reasons(number)["read_back"]["said"]
    monkeypatch.undo()
    shop.run()
    assert len(shop.documents(number)) == 1
    shop.orders.release(number, author="Иванова", reason="проверено", keep=True)
    shop.run()
    settled(shop, number)
