"""Shipments as a flow against both doubles: the manufacturer holds exactly the window that 1C has."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from foundation.errors import BadAnswer, Faults, MI1CError
from ledger import reading
from tests.flows.shipment_truth import agree, kept, rows_held
from tests.flows.shipping import FIX, NAME, SALE, run, sent_documents, settings, shipping, start, window

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.running import Sandbox
    from tasks.links import Link
    from tests.flows.conftest import Stand

pytestmark = [
    pytest.mark.xdist_group("prefect-shipments"),
    pytest.mark.filterwarnings("default"),
]  # prefect's own warnings


@pytest.fixture(scope="module")
def link(stand: Stand) -> Link:
    return shipping(stand)


def test_the_window_arrives_to_the_last_digit_in_parts(doubles: Sandbox, link: Link) -> None:
    """Sales, returns and corrections, converted; several messages, of which only the first deletes."""
    result = run()
    assert agree(doubles, link, start(link))
    assert result["lines"] == len(rows_held(doubles, start(link))) > 1500
    messages = reading.messages(link.database, result["parcel"])
    assert len(messages) > 2
    bodies = [reading.body(link.database, each.id) for each in messages]
    marks = [body.partition('<d name="CRMDespatchParam"><r>')[2].partition("</r>")[0] for body in bodies]
    day = f"<f>{start(link).isoformat()}T00:00:00</f>"
    assert marks == [f"{day}<f>{0 if part == 0 else 1}</f><f>0</f>" for part in range(len(bodies))]
    assert sum(each.rows for each in messages) == result["lines"] + len(set(outlets_of(bodies)))
    types = Counter(row["DocumentTypeId"] for row in rows_held(doubles, start(link)))
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


def test_outlets_travel_along_with_their_codes(doubles: Sandbox, link: Link) -> None:
    run()
    book = doubles.crm.holdings(doubles.world.crm.user).book("clients")
    named = {(row["CompanyId"], row["AddressId"]) for row in rows_held(doubles, start(link))}
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
    paid = sum(float(row["Price"]) * float(row["Quantity"]) for row in rows_held(doubles, start(link)))
    assert paid == pytest.approx(float(result_totals(link, result)["amount_sent"]), rel=1e-6)


def result_totals(link: Link, result: dict[str, Any]) -> dict[str, Any]:
    return reading.parcel(link.database, result["parcel"]).totals


def test_orders_are_named_where_the_customer_gave_their_number(doubles: Sandbox, link: Link) -> None:
    run()
    named = {str(row["CRMOrderNumber"]) for row in rows_held(doubles, start(link)) if row["CRMOrderNumber"]}
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
        assert document["number"] not in {row["DocumentNumber"] for row in rows_held(doubles, start(link))}
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
        numbers = {row["DocumentNumber"] for row in rows_held(doubles, start(link))}
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


# -- settings, orders, artifacts ---------------------------------------------------------------------------------------


def test_wrong_kinds_are_told_all_at_once_and_nothing_is_sent(stand: Stand, doubles: Sandbox, link: Link) -> None:
    before = len(doubles.crm.journal.arrivals)
    wrong = {
        "layout_values": {"shipment_kind": {"return": ""}, "shipment_sign": {"sale": "minus"}},
        "number_prefixes": {"sales": "Р"},
    }
    with settings(stand, **wrong), pytest.raises(Faults) as raised:
        run()
    assert {fault.path for fault in raised.value.faults} == {
        "layout_values.shipment_kind.return",
        "layout_values.shipment_sign.sale",
        "number_prefixes.sales",
    }
    assert len(doubles.crm.journal.arrivals) == before
    assert link.values("shipment_kind")["return"] == "CustReturn"


def test_the_links_own_words_for_kinds_and_signs(stand: Stand, doubles: Sandbox, link: Link) -> None:
    own = {"shipment_kind": {"return": "4"}, "shipment_sign": {"return": "-1"}}
    with settings(stand, layout_values=own, shipment_kinds=["return"]):
        run()
        rows = rows_held(doubles, start(link))
        assert {row["DocumentTypeId"] for row in rows} == {"4"}
        assert all(row["Quantity"] < 0 < row["Price"] for row in rows)
    assert run()["documents_added"] > 0
    assert agree(doubles, link, start(link))


def test_an_order_of_the_ledger_comes_before_what_1c_says(doubles: Sandbox, link: Link) -> None:
    """An order that MI1C created is known by its document, with the manufacturer's own number and date."""
    from foundation.database import utc_now
    from ledger.tables import OrderRow

    run()
    sent = {each["key"] for each in sent_documents(link)}
    sales = doubles.onec.store.objects(SALE)
    order = next(each["ЗаказКлиента"] for each in sales if each["ЗаказКлиента"] and each["Ref_Key"] in sent)
    texts = dict.fromkeys(("state", "hash", "entity", "document_number"), "")
    about = {
        "content": {"date": "2026-11-02T08:15:00"},
        "pending": {},
        "written": {},
        "reasons": [],
        "message_id": 0,
        "amount": 0,
    }
    when = {"received_at": utc_now(), "changed_at": utc_now()}
    row = OrderRow(link_id=link.id, number="M-77", document=order, **texts, **about, **when)
    with link.database.begin() as session:
        session.add(row)
        session.flush()
        made = row.id
    result = run()
    assert result["documents_changed"] == 1
    mine = [each for each in rows_held(doubles, start(link)) if each["CRMOrderNumber"] == "M-77"]
    assert mine
    assert {str(each["CRMOrderDate"])[:10] for each in mine} == {"2026-11-02"}
    with link.database.begin() as session:
        session.delete(session.get(OrderRow, made))
    assert run()["documents_changed"] == 1


def test_artifacts_show_days_documents_late_changes_and_what_waits(link: Link) -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
    from prefect.client.schemas.sorting import ArtifactSort

    run(30)
    document = next(each for each in sent_documents(link, 30) if each["date"] < start(link).isoformat())
    with link.onec() as onec:
        onec.unpost(SALE, document["key"])
        run()
        onec.post(SALE, document["key"])
    found: dict[str, str] = {}
    with get_client(sync_client=True) as client:
        for name in ("counts", "totals", "days", "late", "unmatched"):
            key = ArtifactFilter(key=ArtifactFilterKey(any_=[f"shipments-{NAME}-{name}"]))
            newest = client.read_artifacts(artifact_filter=key, sort=ArtifactSort.UPDATED_DESC, limit=1)[0]
            rows = json.dumps(json.loads(str(newest.data)), ensure_ascii=False)
            found[name] = f"{newest.description}\n{rows}"
    assert document["own_number"] in found["late"]
    assert f"mi1c run shipments --link {NAME} --days" in found["late"]
    assert '"документов": 0' in found["days"]
    assert "нет соответствия товара" in found["unmatched"]
    assert "сумма с НДС, выгружается" in found["totals"]
    assert "склад не выгружается" in found["counts"]
    run(30)


def test_documents_of_1c_are_saved_in_canonical_columns(link: Link, tmp_path: Path) -> None:
    from tasks.extract import read_table
    from tasks.preview import save_frame

    for source in ("shipments.sale", "shipments.correction", "orders_shipped"):
        frame = read_table(link, source)
        file = tmp_path / f"{source}.csv"
        save_frame(frame, source, file)
        lines = file.read_text("utf-8-sig").splitlines()
        assert lines[0].split(";") == list(frame.columns)
        assert len(lines) > 40
