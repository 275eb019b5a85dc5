"""Rows 21 to 27 of the domain's edge cases: encodings, several users, 7.7, windows, sizes, answers that are none."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from connectors.crm.xdatalink.service import XDataLink
from connectors.onec.v77.ids import id_of, key_of
from foundation.errors import BadAnswer, Faults
from foundation.settings import link_settings
from ledger import reading
from ledger.states import ParcelState
from mappings.model import Exchange
from sandbox.content import CrmContent
from sandbox.crm.holdings import Holdings
from tests.matrix import small
from tests.matrix.fragile import database_of
from tests.matrix.small import NOW, RECEIPT, SALE, ref
from tests.matrix.stage import told
from tests.matrix.subjects import shipments_held, stock_held, stock_truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.matrix.workbench import Bench

    Make = Callable[..., Bench]


def test_row_21_the_prologs_charset_is_a_label_and_signs_survive_both_ways(make: Make) -> None:
    bench = make()
    name = 'Пиво & "Ко" <тёмное> №1 ½ ‰ 啤酒'  # the last two are not in windows-1251
    told(bench.doubles, "Catalog_Номенклатура", ref("lager"), Description=name)
    bench.run_whole("own_goods")
    assert {row["ware"]: row["name"] for row in bench.rows("goods")}[ref("lager")] == name
    with bench.opened() as link, link.crm() as crm:
        assert isinstance(crm, XDataLink)
        answer = crm.fetch(link.layout.scheme(Exchange.GOODS))
        named = crm.get(link.layout.scheme(Exchange.GOODS)).tables["CRMWare"]["name"].tolist()
    assert "windows-1251" in answer.text[:60]
    assert "Их товар W1" in named


def test_row_22_each_legal_id_of_a_distributor_has_its_own_messages(make: Make) -> None:
    bench = make(crm_user="DS109")
    bench.doubles.crm.users["DS109"] = Holdings.of(CrmContent("DS109", list(bench.holdings.goods)))
    bench.run_whole("stock")
    assert bench.rows("stock") == []  # DS108, the other one, was told nothing
    other = bench.doubles.crm.rows("DS109", "stock")
    assert len(other) == len(stock_truth(bench))
    assert {each.user for each in bench.doubles.crm.journal.arrivals if each.request == "set"} == {"DS109"}


def test_row_23_ids_of_7_7_keep_their_padding_and_the_branch_they_are_of() -> None:
    own, branch = " 24CIB   ", "    24CIB"  # one text when it is stripped, two objects
    assert own.strip() == branch.strip()
    assert key_of(own) != key_of(branch)
    assert [id_of(key_of(each)) for each in (own, branch)] == [own, branch]
    assert key_of("     0   ") == ""  # the empty reference


@pytest.mark.parametrize("days", [0, 400])
def test_row_24_the_window_has_limits(make: Make, days: int) -> None:
    values = make().settings.model_dump()
    with pytest.raises(Faults, match="N дней"):
        link_settings(values | {"days": days, "page_rows": 100, "onec_timeout": 60, "crm_timeout": 60})


def test_row_24_a_narrow_window_replaces_its_own_days_and_no_others(make: Make) -> None:
    bench = make()
    bench.run_whole("shipments")
    before = shipments_held(bench)
    told(bench.doubles, SALE, ref("s-1"), "Unpost")  # yesterday
    told(bench.doubles, SALE, ref("s-5"), "Unpost")  # five days ago
    ended = bench.run_whole("shipments", days=2)
    held = shipments_held(bench)
    gone = {row for row in before if row not in held}
    assert {row[1] for row in gone} == {(NOW.date() - timedelta(days=1)).isoformat()}
    assert ended.result["late"] == 1  # s-5 is theirs still: told, until a wider window is sent


def test_row_25_goods_without_vat_keep_one_price_and_the_link_says_which_price_goes(make: Make) -> None:
    """What a bottle's price holds by date is 1C's own: we send what the document says was paid."""
    found = {}
    for wanted in ("with_vat", "without_vat"):
        bench = make(shipment_price=wanted)
        tare = small.sale("tare", "shop-1", [("nuts", "10", "12.20"), ("kvass", "10", "12.20")], days=0)
        tare["Товары"][0] |= {"СтавкаНДС_Key": small.BASICS.vat[0], "СуммаНДС": Decimal(0)}
        bench.add(SALE, tare | {"Number": "ТАРА"})
        bench.run_whole("shipments")
        rows = [row for row in bench.rows("shipments") if row["number"] == "26-ТАРА"]
        found[wanted] = {row["ware"]: Decimal(row["price"]) for row in rows}
    assert found["with_vat"] == {"W4": Decimal("12.2"), "W3": Decimal("12.2")}
    assert found["without_vat"] == {"W4": Decimal("12.2"), "W3": Decimal(10)}


def test_row_26_a_huge_first_load_goes_in_parts_under_the_cap_and_each_row_once(make: Make) -> None:
    bench = make(cap_mib=0.0019)
    cap = bench.settings.cap_bytes
    for number in range(3):
        bench.add(RECEIPT, small.receipt(f"more-{number}", small.CASH, [(name, "5") for name in small.GOODS], days=1))
    bench.run_whole("stock")
    with closing(database_of(bench.path)) as database:
        messages = reading.messages(database, bench.parcel("stock").id)
    assert len(messages) > 1
    assert all(0 < each.wire_size <= cap for each in messages)
    sizes = [each.bytes for each in bench.doubles.crm.journal.arrivals if each.request == "set"]
    assert sizes == [each.wire_size for each in messages]
    assert stock_held(bench) == stock_truth(bench)


@pytest.mark.parametrize("kind", ["empty", "html", "half"])
def test_row_27_an_answer_that_is_empty_or_a_page_is_a_failure(make: Make, kind: str) -> None:
    bench = make()
    bench.doubles.crm.faults.arm(kind, match="CRMWhBalanceEx")
    ended = bench.run("stock", "first")
    if kind != "half":  # half an answer is a broken connection: nobody knows
        assert isinstance(ended.result, BadAnswer)
    assert not ended.done
    assert bench.parcel("stock").state is ParcelState.FAILED
    bench.stage.settle()
    bench.run_whole("stock", "first")
    assert bench.parcel("stock").state is ParcelState.ANSWERED
    assert stock_held(bench) == stock_truth(bench)
