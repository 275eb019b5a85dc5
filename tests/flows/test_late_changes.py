"""Documents that change when their date has left the window: told by every run until a wider window mends it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.flows.shipment_truth import agree
from tests.flows.shipping import NAME, SALE, run, sent_documents, shipping, start, window

if TYPE_CHECKING:
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
