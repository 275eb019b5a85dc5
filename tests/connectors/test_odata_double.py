"""The connector against the 1C double: the protocol as a base speaks it, on real sockets, with its bad days."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from connectors.onec.odata import OneC, OneCAddress, Retry
from foundation.errors import AccessDenied, Ambiguous, BadAnswer, Busy, MI1CError, NotPublished, Refused, TooLarge
from mappings.model import Field, Kind, Reading
from mappings.profiles.profile import load_profile
from sandbox.http import serving
from sandbox.onec.configuration import load
from sandbox.onec.service import OneC as Double
from sandbox.running import UT11
from tests.connectors.odata_base import ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.content import BaseContent

USER, PASSWORD = "Обмен", "секрет-девять"
QUICK = Retry(attempts=4, wait=0.01, wait_max=0.02, jitter=0.01)
ONCE = Retry(attempts=1)
GOODS = load_profile("ut11").reading("goods")
STOCK = load_profile("ut11").reading("stock")
GOOD_COUNT = 400


def scattered(number: int) -> str:
    """Return a reference whose order as text is not its order in the base."""
    return f"{number * 2654435761 % 2**32:08x}-0000-4000-8000-{number * 40503 % 65536:012x}"


def content() -> BaseContent:
    """Return goods in a folder, two warehouses, and receipts of tenths that give every good a balance in both."""
    goods: list[dict[str, Any]] = [{"Ref_Key": ref(9), "IsFolder": True, "Description": "Группа"}]
    goods += [
        {
            "Ref_Key": scattered(number),
            "Description": f"Вода «{number}» & Ко'",
            "Code": f"{number:05}",
            "Parent_Key": ref(9),
            "ЕдиницаИзмерения_Key": ref(1),
        }
        for number in range(1, GOOD_COUNT)
    ]
    receipts = [
        {
            "Ref_Key": ref(100 + warehouse),
            "Number": str(warehouse),
            "Date": datetime(2026, 1, 1),  # noqa: DTZ001 - 1C's wall clock has no zone
            "Posted": True,
            "Склад_Key": ref(200 + warehouse),
            "Товары": [
                {"LineNumber": number, "Номенклатура_Key": scattered(number), "Количество": Decimal(number) / 10}
                for number in range(1, GOOD_COUNT)
            ],
        }
        for warehouse in (1, 2)
    ]
    return {
        "Catalog_Номенклатура": goods,
        "Catalog_Склады": [{"Ref_Key": ref(200 + number), "Description": f"Склад {number}"} for number in (1, 2)],
        "Catalog_УпаковкиЕдиницыИзмерения": [{"Ref_Key": ref(1), "Description": "шт", "Числитель": Decimal(1)}],
        "Document_ПриобретениеТоваровУслуг": receipts,
    }


@contextmanager
def serving_base(**settings: Any) -> Iterator[tuple[Double, str]]:
    """Serve a base; yields it and its address."""
    double = Double(UT11, content(), users={USER: PASSWORD}, **settings)
    with serving(double) as running:
        yield double, f"{running.url}/ut"


@contextmanager
def connected(
    *, retry: Retry = QUICK, address: dict[str, Any] | None = None, **settings: Any
) -> Iterator[tuple[Double, OneC]]:
    """Serve a base and open the connector on it."""
    given: dict[str, Any] = {"user": USER, "password": PASSWORD, "page_rows": 50, **(address or {})}
    with serving_base(**settings) as (double, url), OneC(OneCAddress(url, **given), retry=retry) as client:
        yield double, client


@pytest.mark.parametrize("paging", ["skip", "keyset"])
@pytest.mark.parametrize("stored_order", [True, False])
def test_a_catalog_in_pages_whatever_the_order_of_references(paging: str, stored_order: bool) -> None:
    """1C sorts references by their stored bytes: nothing here may compare GUIDs."""
    with connected(address={"paging": paging}, stored_order=stored_order, shuffle=True) as (_, client):
        frame = client.read(GOODS)
    assert len(frame) == GOOD_COUNT
    assert frame["our_good"].nunique() == GOOD_COUNT
    folder = frame[frame["is_group"]].iloc[0]
    assert (folder["our_unit"], folder["article"], folder["name"]) == ("", "", "Группа")


def test_every_table_of_the_profile_can_be_read() -> None:
    profile = load_profile("ut11")
    with connected() as (_, client):
        for table in profile.used(profile.filled({})):
            reading = profile.reading(table)
            assert list(client.read(reading).columns) == [field.column for field in reading.fields]


@pytest.mark.parametrize("paging", ["skip", "keyset"])
def test_balances_are_exact(paging: str) -> None:
    with connected(address={"paging": paging}) as (double, client):
        frame = client.read(STOCK)
        held = double.store.balance("ТоварыНаСкладах")
    assert len(frame) == 2 * (GOOD_COUNT - 1) == len(held)
    assert frame["quantity"].sum() == 2 * sum(range(1, GOOD_COUNT)) * 100_000
    assert set(frame["our_warehouse"]) == {ref(201), ref(202)}


def test_a_condition_reaches_the_virtual_table() -> None:
    reading = load_profile("ut11").reading("stock", arguments={"Condition": f"Склад_Key eq guid'{ref(201)}'"})
    with connected() as (_, client):
        frame = client.read(reading)
    assert len(frame) == GOOD_COUNT - 1
    assert set(frame["our_warehouse"]) == {ref(201)}


def test_goods_by_their_keys_behind_a_server_of_short_urls() -> None:
    with connected(url_limit=900) as (_, client):
        keys = [scattered(number) for number in range(1, 60)]
        frame = client.read_any(GOODS, "Ref_Key", keys)
        assert sorted(frame["our_good"]) == sorted(keys)
    with connected(url_limit=200) as (_, client), pytest.raises(TooLarge):
        client.read_any(GOODS, "Ref_Key", keys)


def test_counts_names_and_metadata() -> None:
    with connected() as (double, client):
        assert client.count(GOODS) == GOOD_COUNT
        metadata = client.metadata()
        assert client.service_document() == metadata.sets
        assert {*double.configuration.sets} == metadata.sets
    stock = metadata.properties(STOCK.entity, STOCK.function)
    assert stock is not None
    assert stock["ВНаличииBalance"] == "Edm.Double"
    assert set(STOCK.key) <= set(stock)
    assert metadata.entities["Catalog_Номенклатура"].properties["Ref_Key"] == "Edm.Guid"


@pytest.mark.parametrize(
    ("settings", "address", "kind"),
    [
        ({}, {"password": "другой"}, AccessDenied),
        ({"forbidden": {USER: ["Catalog_Номенклатура"]}}, {}, AccessDenied),
        ({"enabled": False}, {}, NotPublished),
        ({"publication": "other"}, {}, NotPublished),
    ],
)
def test_refusals(settings: dict[str, Any], address: dict[str, Any], kind: type[MI1CError]) -> None:
    with connected(address=address, **settings) as (_, client), pytest.raises(kind) as caught:
        client.read(GOODS)
    assert PASSWORD not in str(caught.value)
    assert "другой" not in str(caught.value)


def test_an_entity_outside_the_composition() -> None:
    double = Double(load(UT11, unpublished=["Catalog_Номенклатура"]), users={USER: PASSWORD})
    with serving(double) as running, OneC(OneCAddress(f"{running.url}/ut", USER, PASSWORD)) as client:
        with pytest.raises(NotPublished, match="Справочник «Номенклатура»"):
            client.read(GOODS)
        assert "Catalog_Номенклатура" not in client.service_document()


def test_a_field_that_is_not_there_and_a_table_that_is_not_there() -> None:
    with connected() as (_, client):
        unknown = Reading("goods", GOODS.entity, (Field("x", Kind.TEXT, "НетТакого"),), ("Ref_Key",))
        with pytest.raises(NotPublished, match="НетТакого"):
            client.read(unknown)
        with pytest.raises(NotPublished, match="SliceLast"):
            client.read(Reading("x", STOCK.entity, STOCK.fields, STOCK.key, "SliceLast"))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "html"}, AccessDenied),
        ({"kind": "empty"}, BadAnswer),
        ({"kind": "status", "status": 500}, BadAnswer),
        ({"kind": "status", "status": 503, "times": -1}, Busy),
        ({"kind": "status", "status": 406, "times": -1}, Busy),
        ({"kind": "half", "times": -1}, Ambiguous),
        ({"kind": "cut_before", "times": -1}, Ambiguous),
        ({"kind": "hold_before", "times": -1}, Ambiguous),
    ],
)
def test_bad_days(fault: dict[str, Any], kind: type[MI1CError]) -> None:
    """In the middle of a reading: it fails as a whole, with a sentence and without a secret."""
    with connected(retry=ONCE, address={"timeout": 0.5}) as (double, client):
        double.faults.arm(skip=2, **fault)
        with pytest.raises(kind) as caught:
            client.read(GOODS)
        double.faults.clear()
        with OneC(OneCAddress(client.address.url, USER, PASSWORD)) as afterwards:
            assert len(afterwards.read(GOODS)) == GOOD_COUNT
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("kind", ["half", "cut_before", "cut_after", "hold_before"])
def test_bad_moments_are_survived(kind: str) -> None:
    with connected(address={"timeout": 0.5}) as (double, client):
        double.faults.arm(kind=kind, skip=3, times=2)
        assert len(client.read(GOODS)) == GOOD_COUNT


def test_a_small_pool_of_sessions_makes_the_reader_go_on_alone() -> None:
    with connected(address={"connections": 4, "use_session": True}, pool_size=1) as (double, client):
        double.faults.arm(kind="delay", seconds=0.3, skip=1)  # the one session is busy while others are asked for
        assert len(client.read(GOODS)) == GOOD_COUNT
        assert client.connections == 1


def test_sessions_are_kept_and_ended() -> None:
    ticks = [0.0]
    with connected(address={"use_session": True, "connections": 1}, ticks=lambda: ticks[0]) as (double, client):
        client.read(GOODS)
        assert double.pool.kept == 1
        ticks[0] = 1000.0
        assert len(client.read(GOODS)) == GOOD_COUNT
        assert double.pool.kept == 1
        client.close()
        assert double.pool.kept == 0


def test_an_order_is_created_found_changed_and_posted() -> None:
    with connected() as (double, client):
        values = {
            "НомерПоДаннымКлиента": "CRM 7+8",
            "Склад_Key": ref(201),
            "Товары": [{"Номенклатура_Key": scattered(1), "Количество": Decimal("0.1")}],
        }
        made = client.create("Document_ЗаказКлиента", values)
        [found] = client.find("Document_ЗаказКлиента", "НомерПоДаннымКлиента eq 'CRM 7+8'")
        assert found["Ref_Key"] == made["Ref_Key"]
        assert found["Товары"][0]["LineNumber"] == "1"
        changed = client.patch(
            "Document_ЗаказКлиента", made["Ref_Key"], {"Комментарий": "x"}, version=made["DataVersion"]
        )
        with pytest.raises(Refused, match="изменили"):
            client.patch("Document_ЗаказКлиента", made["Ref_Key"], {"Комментарий": "y"}, version=made["DataVersion"])
        client.post("Document_ЗаказКлиента", made["Ref_Key"])
        assert client.load("Document_ЗаказКлиента", made["Ref_Key"])["Posted"] is True
        client.unpost("Document_ЗаказКлиента", made["Ref_Key"])
        assert client.load("Document_ЗаказКлиента", made["Ref_Key"])["Posted"] is False
        assert changed["Комментарий"] == "x"
        assert len(double.store.objects("Document_ЗаказКлиента")) == 1


def test_a_write_cut_after_it_was_stored_is_found_again() -> None:
    """Ambiguous, sent once, and the look-up by the external number tells that it is there."""
    with connected() as (double, client):
        double.faults.arm(kind="cut_after", method="POST")
        with pytest.raises(Ambiguous):
            client.create("Document_ЗаказКлиента", {"НомерПоДаннымКлиента": "77"})
        assert len(client.find("Document_ЗаказКлиента", "НомерПоДаннымКлиента eq '77'")) == 1
