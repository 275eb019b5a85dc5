"""Shipments follow what an outlet is for the link: each choice names other outlets of the same documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from foundation.errors import Faults
from ledger import reading
from mappings.outlet_cards import place_id
from sandbox.onec.values import EMPTY_REF
from tests.flows.shipment_truth import agree, kept, rows_held
from tests.flows.shipping import FIX, RETURN, SALE, match, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.running import Sandbox
    from tasks.links import Link
    from tests.flows.conftest import Stand

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.filterwarnings("default")]  # prefect's own warnings


@pytest.fixture(autouse=True)
def _own_outlets(doubles: Sandbox) -> Iterator[None]:
    """Take back the outlets that these links told of: they share their user with the links of other tests."""
    books = doubles.crm.holdings(doubles.world.crm.user).books
    before = {name: dict(book) for name, book in books.items()}
    yield
    books.clear()
    books.update(before)


def made(stand: Stand, name: str, choice: str, **more: Any) -> Link:
    """Make a link whose outlets are of a choice, with goods matched and its outlets read."""
    from flows.catalogs import catalogs
    from flows.goods import goods
    from flows.outlets import outlets
    from tasks.block import save_link
    from tasks.links import open_link

    parameters = {"code_field": "КодПроизводителя", "outlets": choice}
    chosen = {"matching_side": "manufacturer", "several_counterparties": "main", **more}
    save_link(name, stand.values(profile_parameters=parameters, **chosen))
    goods(link=name)
    catalogs(link=name)
    outlets(link=name)
    link = open_link(name)
    match(stand.doubles, link)
    return link


def run(link: Link) -> dict[str, Any]:
    from flows.shipments import shipments

    result: dict[str, Any] = shipments(link=link.name)
    return result


class Places:
    """Says the outlet of a document where outlets are addresses; returns and corrections go by their shipment."""

    def __init__(self, doubles: Sandbox) -> None:
        self.addresses = {each["Ref_Key"]: each["АдресДоставки"] for each in doubles.onec.store.objects(SALE)}

    def __call__(self, document: dict[str, Any]) -> str:
        rows = document["Товары"]
        based = [document.get("ДокументОснование", ""), *(row.get("ДокументРеализации", "") for row in rows)]
        named = (self.addresses[ref] for ref in (document["Ref_Key"], *based) if self.addresses.get(ref))
        address = next(named, "")
        return place_id(document["Партнер_Key"], address) if address else ""


def told(doubles: Sandbox) -> dict[str, str]:
    """Return the outlets that travelled along: code → address."""
    book = doubles.crm.holdings(doubles.world.crm.user).book("clients")
    return {str(row["AddressId"]): str(row["Location"]) for row in book}


def number_of(returned: dict[str, Any]) -> str:
    """Return the number that a return leaves under."""
    return f"В{returned['Date'][2:4]}-{returned['Number'].strip()}"


def test_where_outlets_are_addresses_documents_find_theirs(stand: Stand, doubles: Sandbox) -> None:
    """Sales by their own address, returns and corrections by that of the shipment they name, also an older one."""
    link = made(stand, "places-ours", "delivery_address")
    result = run(link)
    assert result["unmatched"].get("нет соответствия торговой точки", 0) == 0
    assert agree(doubles, link, start(link), Places(doubles))
    kinds = {key[2] for key in kept(doubles, start(link))}
    assert kinds == {"CustInvoice", "CustReturn"}
    older = [each for each in doubles.onec.store.objects(SALE) if each["Date"][:10] < start(link).isoformat()]
    named = {row["ДокументРеализации"] for each in doubles.onec.store.objects(RETURN) for row in each["Товары"]
             if each["Date"][:10] >= start(link).isoformat()}  # fmt: skip
    assert named & {each["Ref_Key"] for each in older}, "a return whose shipment has left the window is among them"
    book = told(doubles)
    assert {row["AddressId"] for row in rows_held(doubles, start(link))} <= set(book)
    assert all(book[str(row["AddressId"])] for row in rows_held(doubles, start(link)))


def test_another_address_of_a_partner_is_another_outlet(stand: Stand, doubles: Sandbox) -> None:
    """It travels along with its address although no card of it was read yet; what it returns goes there too."""
    link = made(stand, "places-moved", "delivery_address")
    run(link)
    numbers = {row["DocumentNumber"] for row in rows_held(doubles, start(link))}
    returned = next(each for each in doubles.onec.store.objects(RETURN) if number_of(each) in numbers)
    sale = doubles.onec.store.object(SALE, returned["Товары"][0]["ДокументРеализации"])
    assert sale is not None
    with link.onec() as onec:
        onec.patch(SALE, sale["Ref_Key"], {"АдресДоставки": "г Бор, ул Новая, д 77"})
        try:
            run(link)
            moved = place_id(sale["Партнер_Key"], "603000, г. Бор, улица Новая, дом 77")
            assert agree(doubles, link, start(link), Places(doubles))
            there = [row for row in rows_held(doubles, start(link)) if row["AddressId"] == moved]
            assert number_of(returned) in {row["DocumentNumber"] for row in there}
            assert told(doubles)[moved] == "г Бор, ул Новая, д 77"
            onec.patch(SALE, sale["Ref_Key"], {"АдресДоставки": ""})
            result = run(link)
            assert agree(doubles, link, start(link), Places(doubles))
        finally:
            onec.patch(SALE, sale["Ref_Key"], {"АдресДоставки": sale["АдресДоставки"]})
    assert result["unmatched"]["нет соответствия торговой точки"] > 0, "no address, no outlet: not the partner"
    aside = [each for each in reading.set_aside(link.database, result["parcel"]) if each.kind == "outlet"]
    assert [(each.our_id, each.name) for each in aside] == [("", "документы без торговой точки")]


def test_where_the_distributor_matches_addresses_have_their_codes(stand: Stand, doubles: Sandbox) -> None:
    from mappings.correspondences import confirm_many
    from mappings.pairs import Pair

    link = made(stand, "places-theirs", "delivery_address", matching_side="distributor")
    place = Places(doubles)
    ids = sorted({place(each) for entity in (SALE, RETURN, FIX) for each in doubles.onec.store.objects(entity)} - {""})
    pairs = [Pair("outlet", ours, f"T{number}") for number, ours in enumerate(ids) if number % 5]
    with link.database.begin() as session:
        confirm_many(session, link.id, pairs, author="тест")
    result = run(link)
    assert result["unmatched"]["нет соответствия торговой точки"] > 0
    assert agree(doubles, link, start(link), place)
    assert {row["AddressId"] for row in rows_held(doubles, start(link))} <= {pair.their_id for pair in pairs}


def test_where_outlets_are_consignees_an_empty_one_is_the_counterparty(stand: Stand, doubles: Sandbox) -> None:
    link = made(stand, "consignees", "consignee")
    sale = next(
        each
        for each in doubles.onec.store.objects(SALE)
        if each["Posted"] and not each["DeletionMark"] and each["Date"][:10] >= start(link).isoformat()
    )
    other = next(
        each["Ref_Key"]
        for each in doubles.onec.store.objects("Catalog_Контрагенты")
        if each["Ref_Key"] != sale["Грузополучатель_Key"]
    )

    def consignee(document: dict[str, Any]) -> str:
        found = document["Грузополучатель_Key"]
        return str(document["Контрагент_Key"] if found == EMPTY_REF else found)

    with link.onec() as onec:
        for reference in (EMPTY_REF, other, sale["Грузополучатель_Key"]):
            onec.patch(SALE, sale["Ref_Key"], {"Грузополучатель_Key": reference})
            run(link)
            assert agree(doubles, link, start(link), consignee)


def test_a_catalog_of_outlets_needs_the_property_that_names_them(stand: Stand, doubles: Sandbox) -> None:
    from tasks.block import save_link
    from tasks.links import open_link

    link = made(stand, "catalogued", "Catalog_Партнеры")
    before = len(doubles.crm.journal.arrivals)
    with pytest.raises(Faults) as raised:
        run(link)
    assert [fault.path for fault in raised.value.faults] == ["profile_parameters.shipment_outlet"]
    assert "Catalog_Партнеры" in raised.value.faults[0].said
    assert len(doubles.crm.journal.arrivals) == before
    named = {**link.settings.profile_parameters, "shipment_outlet": "Партнер_Key"}
    save_link(link.name, stand.values(profile_parameters=named, matching_side="manufacturer"))
    run(link)
    assert agree(doubles, open_link(link.name), start(link))
