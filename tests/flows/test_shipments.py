"""Shipments as a flow against both doubles: the manufacturer holds exactly the window that 1C has."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from foundation.errors import BadAnswer, Faults, MI1CError
from ledger import reading
from tests.flows.shipment_truth import agree, kept, rows_held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.running import Sandbox
    from tasks.links import Link
    from tests.flows.conftest import Stand

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.filterwarnings("default")]  # prefect's own warnings

ROOT = Path(__file__).parent.parent.parent
SALE, RETURN, FIX = (
    f"Document_{name}" for name in ("РеализацияТоваровУслуг", "ВозвратТоваровОтКлиента", "КорректировкаРеализации")
)
NAME = "shipping"


@pytest.fixture(scope="module")
def link(stand: Stand) -> Link:
    """Give the link ``shipping``: all that the world knows to be the same is matched, parts are small."""
    from flows.catalogs import catalogs
    from flows.goods import goods
    from tasks.block import save_link
    from tasks.links import open_link

    save_link(NAME, stand.values(cap_mib=0.2))
    goods(link=NAME)
    catalogs(link=NAME)
    opened = open_link(NAME)
    match(stand.doubles, opened)
    return opened


def match(doubles: Sandbox, link: Link) -> None:
    """Confirm the world's own pairs, units with their factors."""
    from mappings.correspondences import confirm_many
    from mappings.pairs import Pair

    units = {
        each["Ref_Key"]: each["ЕдиницаИзмерения_Key"] for each in doubles.onec.store.objects("Catalog_Номенклатура")
    }
    pairs = []
    for each in doubles.world.pairs:
        if each.kind in ("good", "outlet", "counterparty"):
            pairs.append(Pair(each.kind, each.our_id, each.their_id))  # type: ignore[arg-type]  # narrowed just above
        if each.kind == "good":
            factor = each.numerator, each.denominator
            pairs.append(Pair("unit", units[each.our_id], each.their_unit, each.our_id, *factor))
    with link.database.begin() as session:
        confirm_many(session, link.id, pairs, author="тест")


@contextmanager
def settings(stand: Stand, **more: Any) -> Iterator[Link]:
    """Give the link with other settings for the length of the block."""
    from tasks.block import save_link
    from tasks.links import open_link

    save_link(NAME, stand.values(**{"cap_mib": 0.2, **more}))
    try:
        yield open_link(NAME)
    finally:
        save_link(NAME, stand.values(cap_mib=0.2))


def run(days: int | None = None) -> dict[str, Any]:
    from flows.shipments import shipments

    result: dict[str, Any] = shipments(link=NAME, days=days)
    return result


def start(link: Link, days: int = 14) -> Any:
    return link.now().date() - timedelta(days=days)


def sent_documents(link: Link, days: int = 14) -> list[dict[str, Any]]:
    """Return the documents of sale of which something is held, oldest first, as the ledger knows them."""
    from ledger.documents import held

    with link.database.session() as session:
        items = held(session, link.id, "shipments", since=start(link, days).isoformat())
    sales = [item for item in items.values() if item.identity["kind"] == "sale"]
    return [{"key": item.key, **item.identity} for item in sorted(sales, key=lambda item: item.moment)]


def window(link: Link, result: dict[str, Any]) -> dict[str, Any]:
    return reading.parcel(link.database, result["parcel"]).window


def test_the_window_arrives_to_the_last_digit_in_parts(doubles: Sandbox, link: Link) -> None:
    """Sales, returns and corrections, converted; several messages, of which only the first deletes."""
    result = run()
    assert agree(doubles, link, start(link))
    assert result["lines"] == len(rows_held(doubles)) > 1500
    messages = reading.messages(link.database, result["parcel"])
    assert len(messages) > 2
    bodies = [reading.body(link.database, each.id) for each in messages]
    marks = [body.partition('<d name="CRMDespatchParam"><r>')[2].partition("</r>")[0] for body in bodies]
    day = f"<f>{start(link).isoformat()}T00:00:00</f>"
    assert marks == [f"{day}<f>{0 if part == 0 else 1}</f><f>0</f>" for part in range(len(bodies))]
    assert sum(each.rows for each in messages) == result["lines"] + len(set(outlets_of(bodies)))
    types = Counter(row["DocumentTypeId"] for row in rows_held(doubles))
    assert set(types) == {"CustInvoice", "CustReturn"}


def outlets_of(bodies: list[str]) -> list[str]:
    """Return the rows of outlets that messages carry."""
    inner = [body.rpartition('<d name="CRMClientAddress">')[2].partition("</d>")[0] for body in bodies]
    return [row for part in inner for row in part.split("<r>")[1:]]


def test_every_line_read_ends_in_one_place(link: Link) -> None:
    result = run()
    ended = sum(result["left_out"].values()) + sum(result["unmatched"].values()) + result["sent"]
    assert ended == result["read"]
    assert {"не проведён", "помечен на удаление", "склад не выгружается"} <= set(result["left_out"])
    assert {"нет соответствия товара", "нет соответствия торговой точки"} <= set(result["unmatched"])
    aside = reading.set_aside(link.database, result["parcel"])
    assert {each.kind for each in aside} == {"good", "outlet"}
    assert [each.value for each in aside] == sorted((each.value for each in aside), reverse=True)


@pytest.mark.usefixtures("link")
def test_outlets_travel_along_with_their_codes(doubles: Sandbox) -> None:
    run()
    book = doubles.crm.holdings(doubles.world.crm.user).book("clients")
    named = {(row["CompanyId"], row["AddressId"]) for row in rows_held(doubles)}
    assert named <= {(row["CompanyId"], row["AddressId"]) for row in book}
    known = {pair.their_id for pair in doubles.world.pairs if pair.kind == "outlet"}
    assert {code for _, code in named} <= known
    assert all(row["CRMClientId"] == row["AddressId"] and row["AddressName"] for row in book if row["CRMClientId"])


def test_at_the_manufacturers_side_our_codes_travel(stand: Stand, doubles: Sandbox, link: Link) -> None:
    with settings(stand, matching_side="manufacturer", cap_mib=4) as other:
        result = run()
        assert agree(doubles, other, start(link))
        [message] = reading.messages(link.database, result["parcel"])
        assert "<f>0</f><f>1</f></r>" in reading.body(link.database, message.id)
        assert "нет соответствия торговой точки" not in result["unmatched"]
    run()


def test_prices_are_of_their_unit(doubles: Sandbox, link: Link) -> None:
    """Price times quantity is what the line of 1C says was paid, whatever unit and package it was sold in."""
    result = run()
    assert float(result_totals(link, result)["rounding"]) < 0.001
    paid = sum(float(row["Price"]) * float(row["Quantity"]) for row in rows_held(doubles))
    assert paid == pytest.approx(float(result_totals(link, result)["amount_sent"]), rel=1e-6)


def result_totals(link: Link, result: dict[str, Any]) -> dict[str, Any]:
    return reading.parcel(link.database, result["parcel"]).totals


@pytest.mark.usefixtures("link")
def test_orders_are_named_where_the_customer_gave_their_number(doubles: Sandbox) -> None:
    run()
    named = {str(row["CRMOrderNumber"]) for row in rows_held(doubles) if row["CRMOrderNumber"]}
    given = {each["НомерПоДаннымКлиента"].strip() for each in doubles.onec.store.objects("Document_ЗаказКлиента")}
    assert named
    assert named <= given


def test_the_second_run_changes_nothing(doubles: Sandbox, link: Link) -> None:
    run()
    result = run()
    assert (result["documents_added"], result["documents_changed"], result["documents_gone"]) == (0, 0, 0)
    assert result["documents"] > 500
    assert agree(doubles, link, start(link))


def test_unposting_takes_a_document_away_and_posting_brings_it_back(doubles: Sandbox, link: Link) -> None:
    run()
    document = sent_documents(link)[-1]
    with link.onec() as onec:
        onec.unpost(SALE, document["key"])
        result = run()
        assert (result["documents_gone"], result["documents_added"]) == (1, 0)
        assert document["number"] not in {row["DocumentNumber"] for row in rows_held(doubles)}
        assert agree(doubles, link, start(link))
        onec.patch(SALE, document["key"], {"DeletionMark": True})
        assert run()["documents_gone"] == 0
        onec.patch(SALE, document["key"], {"DeletionMark": False})
        onec.post(SALE, document["key"])
    assert run()["documents_added"] == 1
    assert agree(doubles, link, start(link))


def test_a_renumbered_and_a_redated_document_are_found_by_their_reference(doubles: Sandbox, link: Link) -> None:
    run()
    first, second = sent_documents(link)[-2:]
    with link.onec() as onec:
        onec.patch(SALE, first["key"], {"Number": "ЯЯ00-999999"})
        moved = f"{link.now().date() - timedelta(days=2)}T11:22:33"
        before = onec.load(SALE, second["key"])["Date"]
        onec.patch(SALE, second["key"], {"Date": moved})
        result = run()
        assert (result["documents_changed"], result["documents_added"], result["documents_gone"]) == (
            (2, 0, 0) if before[:10] != moved[:10] else (1, 0, 0)
        )
        numbers = {row["DocumentNumber"] for row in rows_held(doubles)}
        assert f"{link.now():%y}-ЯЯ00-999999" in numbers
        assert first["number"] not in numbers
        assert agree(doubles, link, start(link))
        onec.patch(SALE, first["key"], {"Number": first["own_number"]})
        onec.patch(SALE, second["key"], {"Date": before})
    run()
    assert agree(doubles, link, start(link))


def test_two_documents_of_one_number_wait_and_the_rest_goes(link: Link) -> None:
    run()
    first, second = sent_documents(link)[:2]
    with link.onec() as onec:
        onec.patch(SALE, first["key"], {"Number": second["own_number"]})
        result = run()
        onec.patch(SALE, first["key"], {"Number": first["own_number"]})
    assert result["unmatched"]["номер документа повторяется"] > 1
    assert result["documents_gone"] == 2
    assert {each.our_id for each in reading.set_aside(link.database, result["parcel"]) if each.kind == "document"} == {
        first["key"],
        second["key"],
    }
    assert run()["documents_added"] == 2


def test_a_late_change_is_told_until_a_wider_window_mends_it(
    doubles: Sandbox, link: Link, caplog: pytest.LogCaptureFixture
) -> None:
    run(30)
    assert agree(doubles, link, start(link, 30))
    document = next(each for each in sent_documents(link, 30) if each["date"] < start(link).isoformat())
    with link.onec() as onec:
        lines = onec.load(SALE, document["key"])["Товары"]
        onec.patch(
            SALE, document["key"], {"Товары": [{**line, "Количество": line["Количество"] + 1} for line in lines]}
        )
        for _ in range(2):
            with caplog.at_level(logging.WARNING, "tasks.shipments"):
                result = run()
            assert result["late"] == 1
            told = window(link, result)
            assert told["late"][0]["number"] == document["own_number"]
            assert told["late"][0]["why"] == "изменён"
            assert told["wider"] > 14
        assert f"mi1c run shipments --link {NAME} --days {told['wider']}" in caplog.text
        assert not agree(doubles, link, start(link, 30))
        assert run(told["wider"])["late"] == 0
        assert agree(doubles, link, start(link, told["wider"]))
        assert run()["late"] == 0
        onec.patch(SALE, document["key"], {"Товары": lines})
    run(30)


def test_writing_an_old_document_unchanged_is_no_late_change(link: Link) -> None:
    """1C counts the version up whenever a document is written."""
    run(30)
    document = next(each for each in sent_documents(link, 30) if each["date"] < start(link).isoformat())
    with link.onec() as onec:
        version = onec.load(SALE, document["key"])["DataVersion"]
        onec.patch(SALE, document["key"], {"Комментарий": "x"})
        assert onec.load(SALE, document["key"])["DataVersion"] != version
    assert run()["late"] == 0


@pytest.mark.parametrize(
    ("days_ago", "to_days_ago", "why"),
    [(20, 3, "перенесён внутрь окна"), (5, 25, "перенесён за начало окна"), (20, 80, "перенесён на более раннюю дату")],
)
def test_a_document_moved_over_the_windows_edge_is_told(
    doubles: Sandbox, link: Link, days_ago: int, to_days_ago: int, why: str
) -> None:
    run(30)
    day = (link.now().date() - timedelta(days=days_ago)).isoformat()
    document = next(each for each in sent_documents(link, 30) if each["date"] >= day)
    moved = f"{link.now().date() - timedelta(days=to_days_ago)}T10:00:00"
    with link.onec() as onec:
        before = onec.load(SALE, document["key"])["Date"]
        onec.patch(SALE, document["key"], {"Date": moved})
        for _ in range(2):
            [late] = window(link, run())["late"]
            assert why in late["why"]
            assert late["number"] == document["own_number"]
        onec.patch(SALE, document["key"], {"Date": before})
    run(30)
    assert run()["late"] == 0
    assert agree(doubles, link, start(link, 30))


def test_a_document_entered_with_an_old_date_is_told(doubles: Sandbox, link: Link) -> None:
    run(30)
    document = next(each for each in sent_documents(link, 30) if each["date"] < start(link).isoformat())
    with link.onec() as onec:
        onec.unpost(SALE, document["key"])
        run(30)
        assert run()["late"] == 0
        onec.post(SALE, document["key"])
        [late] = window(link, run())["late"]
    assert late["why"].startswith("не выгружен")
    assert late["amount"] > 0
    run(30)
    assert agree(doubles, link, start(link, 30))


def test_a_preview_sends_nothing_and_tells_the_change_in_value(
    doubles: Sandbox, link: Link, capsys: pytest.CaptureFixture[str]
) -> None:
    from mi1c.cli.shipments import preview_shipments

    run()
    before = len(doubles.crm.journal.arrivals)
    document = sent_documents(link)[-1]
    with link.onec() as onec:
        onec.unpost(SALE, document["key"])
        try:
            assert preview_shipments(link, None, as_json=True) == 0
            told = json.loads(capsys.readouterr().out)
            assert preview_shipments(link, 20, as_json=False) == 0
            shown = capsys.readouterr().out
        finally:
            onec.post(SALE, document["key"])
    [gone] = told["documents"]
    assert (gone["what"], gone["number"], gone["becomes"]) == ("gone", document["number"], 0)
    assert told["amount"] == -gone["was"] < 0
    assert "исчезнет 1" in shown
    assert "(20 дн.)" in shown
    assert len(doubles.crm.journal.arrivals) == before


def test_a_window_that_was_broken_off_is_never_narrowed(doubles: Sandbox, link: Link) -> None:
    """The first part of 30 days was taken, then the service failed: a run of 14 days sends 30."""
    run(30)
    doubles.crm.faults.arm("status", status=500, match="CRMDespatchEx", skip=1)
    with pytest.raises(MI1CError):
        run(30)
    assert not agree(doubles, link, start(link, 30))
    result = run()
    assert window(link, result)["days"] == 30
    assert agree(doubles, link, start(link, 30))
    assert window(link, run())["days"] == 14


def test_an_empty_reading_never_empties_the_window(stand: Stand, doubles: Sandbox, link: Link) -> None:
    run()
    held_before = kept(doubles, start(link))
    with settings(stand, shipment_kinds=["correction"]), link.onec() as onec:
        fixes = [each for each in doubles.onec.store.objects(FIX) if each["Date"][:10] >= start(link).isoformat()]
        dates = {each["Ref_Key"]: each["Date"] for each in fixes}
        for ref in dates:
            onec.patch(FIX, ref, {"Date": "2020-01-01T00:00:00"})
        with pytest.raises(BadAnswer, match="не отдала ни одного документа"):
            run()
        for ref, date in dates.items():
            onec.patch(FIX, ref, {"Date": date})
    assert kept(doubles, start(link)) == held_before


def test_wrong_days_are_told() -> None:
    from mi1c.cli.exchanges import _days

    assert _days("shipments", 30) == {"days": 30}
    assert _days("stock", None) == {}
    for exchange, days in (("shipments", 0), ("stock", 14), ("shipments", 1000)):
        with pytest.raises(Faults, match="Число дней"):
            _days(exchange, days)


# -- killed processes --------------------------------------------------------------------------------------------------


def started(stand: Stand, run_id: str, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **stand.environment, "PREFECT__RUNTIME__FLOW_RUN__ID": run_id}
    command = [sys.executable, "-m", "tests.flows.shipments_process", NAME, *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("again", ["the same run", "a new run"])
@pytest.mark.parametrize("text", ["подготовлена", "принято производителем"], ids=["prepare", "first receipt"])
def test_a_run_killed_after_a_step(stand: Stand, doubles: Sandbox, link: Link, text: str, again: str) -> None:
    run_id = str(uuid4())
    assert started(stand, run_id, text).wait(60) == -signal.SIGKILL
    assert started(stand, run_id if again == "the same run" else str(uuid4())).wait(60) == 0
    assert agree(doubles, link, start(link))


@pytest.mark.parametrize("again", ["the same run", "a new run"])
@pytest.mark.parametrize("kind", ["hold_before", "hold_after"], ids=["during the send", "before the receipt"])
def test_a_run_killed_between_parts(stand: Stand, doubles: Sandbox, link: Link, kind: str, again: str) -> None:
    """The second part has left when the process dies; it appends blindly, so the window goes again from the first."""
    run_id = str(uuid4())
    fault = doubles.crm.faults.arm(kind, match="CRMDespatchEx", skip=1)
    process = started(stand, run_id)
    assert fault.held.wait(60)
    process.kill()
    process.wait()
    doubles.crm.faults.clear()
    assert started(stand, run_id if again == "the same run" else str(uuid4())).wait(60) == 0
    assert agree(doubles, link, start(link))
