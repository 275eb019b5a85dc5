"""A client that we did not write works against the double: python-1c-odata reads, iterates, creates, changes, posts."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from python_1c_odata import Document, Infobase, ODataError
from python_1c_odata.accumulation_register import AccumulationRegister
from python_1c_odata.catalog import Catalog
from python_1c_odata.errors import EntityNotFound
from python_1c_odata.filter import F
from python_1c_odata.information_register import InformationRegister
from python_1c_odata.posting import PostingMode

from sandbox.http import serving
from sandbox.onec.service import OneC
from sandbox.running import UT11
from sandbox.world import build
from tests.sandbox.onec_base import BEER, KVASS, MAIN, PASSWORD, SALE, USER, base, ref

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

FORMATS = pytest.mark.parametrize("format_", ["json", "atom"])


@asynccontextmanager
async def infobase(onec: OneC, format_: str = "json") -> AsyncIterator[Infobase]:
    """Serve the double and open the foreign client on it."""
    with serving(onec) as running:
        async with Infobase(running.url, "ut", USER, PASSWORD, format=format_) as opened:
            yield opened


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine to its end."""
    asyncio.run(work())


@FORMATS
def test_it_reads_lists_with_filter_order_and_selection(format_: str) -> None:
    """Rows in both representations; its filter builder's lambda works too."""

    async def work() -> None:
        async with infobase(base(), format_) as opened:
            goods = Catalog(opened, "Номенклатура")
            page = await goods.query(odata_filter=F("Порядок") > 1, orderby="Code desc", select="Code,Порядок,Вес")
            assert [row["Code"] for row in page.value] == ["00-00000003", "00-00000002"]
            assert page.value[1]["Вес"] == 142.36
            sales = Document(opened, "Реализация")
            found = await sales.query(odata_filter=F("Товары").any(F("Цена") > 50))
            assert [row["Ref_Key"] for row in found.value] == [SALE]

    run(work)


@FORMATS
def test_it_counts_and_iterates(format_: str) -> None:
    """Its count asks for ``$top=0`` with the count, its iteration goes by pages until a short one."""

    async def work() -> None:
        async with infobase(base(), format_) as opened:
            goods = Catalog(opened, "Номенклатура")
            assert await goods.count(odata_filter="IsFolder eq false") == 3
            rows = [row async for row in goods.iterate(page_size=3, orderby="Code")]
            assert [row["Code"][-1] for row in rows] == ["1", "2", "3", "4"]

    run(work)


def test_it_reads_metadata_with_the_doubled_enumeration() -> None:
    """Sets and their properties as its parser sees them."""

    async def work() -> None:
        async with infobase(OneC(UT11)) as opened:
            assert await opened.has_entity_set("Document_ЗаказКлиента")
            assert not await opened.has_entity_set("AccumulationRegister_ТоварыНаСкладах_Balance")
            told = await opened.entity_type_for_set("InformationRegister_ШтрихкодыНоменклатуры")
            assert told.keys == ("Штрихкод",)

    run(work)


@FORMATS
def test_it_creates_changes_and_posts_a_document(format_: str) -> None:
    """Create with posting, change, unpost; the balance follows."""

    async def work() -> None:
        onec = base()
        async with infobase(onec, format_) as opened:
            sales = Document(opened, "Реализация")
            made = await sales.create(
                {"Date": "2026-11-24T10:00:00", "Склад_Key": MAIN, "Number": "Ч-1"}, posting_mode=PostingMode.POST
            )
            assert (made["Number"], made["Posted"]) == ("Ч-1", False)
            assert (await sales.get(made["Ref_Key"]))["Posted"] is True
            changed = await sales.edit(made["Ref_Key"], {"Number": "Ч-2"})
            assert changed["Number"] == "Ч-2"
            await sales.unpost(made["Ref_Key"])
            assert (await sales.get(made["Ref_Key"]))["Posted"] is False

    run(work)


def test_it_writes_lines_and_moves_the_balance() -> None:
    """Lines of a new document, posted at once, are gone from the stock."""

    async def work() -> None:
        onec = base()
        async with infobase(onec) as opened:
            line = {"LineNumber": "1", "Номенклатура_Key": BEER, "Количество": 0.1}
            await Document(opened, "Реализация").create(
                {"Date": "2026-11-24T10:00:00", "Склад_Key": MAIN, "Товары": [line]}, posting_mode=PostingMode.OPER
            )
            stock = await AccumulationRegister(opened, "ТоварыНаСкладах").balance(
                condition=F("Номенклатура_Key").eq(f"guid'{BEER}'")
            )
            assert [row["ВНаличииBalance"] for row in stock["value"]] == [7.4]
        assert onec.store.balance("ТоварыНаСкладах")[BEER, MAIN]["ВНаличии"] == Decimal("7.4")

    run(work)


def test_it_calls_virtual_tables_with_undoubled_quotes() -> None:
    """Turnovers of a period and the last prices, with conditions as this client writes them."""

    async def work() -> None:
        async with infobase(base()) as opened:
            stock = AccumulationRegister(opened, "ТоварыНаСкладах")
            moved = await stock.turnovers(
                "2026-11-02T00:00:00", "2026-11-03T00:00:00", F("Номенклатура/Code").eq("00-00000002")
            )
            assert [row["ВНаличииExpense"] for row in moved["value"]] == [0.1]
            prices = InformationRegister(opened, "Цены", record_type=True)
            last = await prices.slice_last(condition=F("Номенклатура_Key").eq(f"guid'{BEER}'"), select="Цена")
            assert last["value"] == [{"Цена": 105}]

    run(work)


@FORMATS
def test_it_understands_our_errors(format_: str) -> None:
    """Codes and texts arrive as its own errors."""

    async def work() -> None:
        async with infobase(base(), format_) as opened:
            with pytest.raises(EntityNotFound) as missing:
                await Catalog(opened, "Номенклатура").get(ref(77))
            assert missing.value.internal_code == "9"
            with pytest.raises(ODataError, match="помечен на удаление") as refused:
                await Document(opened, "Реализация").edit(SALE, {"DeletionMark": True})
            assert (refused.value.status, refused.value.internal_code) == (500, "-1")

    run(work)


def test_it_deletes_and_keeps_records_of_registers() -> None:
    """A record by its key of a text, created, read and deleted."""

    async def work() -> None:
        async with infobase(base()) as opened:
            codes = InformationRegister(opened, "Штрихкоды")
            await codes.create({"Штрихкод": "46", "Номенклатура_Key": KVASS})
            assert (await codes.get({"Штрихкод": "46"}))["Номенклатура_Key"] == KVASS
            await codes.delete({"Штрихкод": "46"})
            assert await codes.count() == 1

    run(work)


def test_it_reads_the_whole_world() -> None:
    """The distributor of the sandbox: every good by pages, and the stock as the store has it."""

    async def work() -> None:
        onec = OneC(UT11, build(1).onec)
        async with infobase(onec) as opened:
            goods = Catalog(opened, "Номенклатура")
            keys = [row["Ref_Key"] async for row in goods.iterate(page_size=2000, select="Ref_Key", orderby="Ref_Key")]
            assert len(set(keys)) == len(keys) == len(onec.store.tables["Catalog_Номенклатура"])
            stock = await AccumulationRegister(opened, "ТоварыНаСкладах").balance(select="ВНаличииBalance")
            total = sum(Decimal(str(row["ВНаличииBalance"])) for row in stock["value"])
        assert total == sum(each["ВНаличии"] for each in onec.store.balance("ТоварыНаСкладах").values())

    run(work)
