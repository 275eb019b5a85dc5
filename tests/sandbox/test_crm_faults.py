"""Every fault of the manufacturer's double, and whether the data was stored behind it."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from sandbox.crm.service import Manufacturer
from tests.sandbox.crm_client import SOAP12, calling, content, stock

MESSAGE = stock(("4600682000001", "ea", "5"))


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_soap_fault_comes_in_the_version_of_the_call_and_stores_nothing(version: str) -> None:
    double = Manufacturer([content()])
    with calling(double) as client:
        double.faults.arm("soap_fault")
        answer = client.call(MESSAGE, version=version).response
        assert answer.status_code == 500
        assert ("<faultcode>soap:Server</faultcode>" if version == "1.1" else "soap:Receiver") in answer.text
        assert (SOAP12 in answer.text) == (version == "1.2")
        assert double.rows("DS108") == []
        assert client.call(MESSAGE).error == ""


def test_an_extdata_error_comes_with_http_200_and_stores_nothing() -> None:
    double = Manufacturer([content()])
    with calling(double) as client:
        client.tell("faults", {"kind": "extdata_error", "match": "CRMWhBalanceEx"})
        assert client.get("CRMWare").error == ""
        answered = client.call(MESSAGE)
        assert answered.response.status_code == 200
        assert answered.error.startswith("Внутренняя ошибка службы обмена")
    assert double.rows("DS108") == []


@pytest.mark.parametrize(("kind", "stored"), [("cut_before", 0), ("cut_after", 1), ("half", 1)])
def test_a_cut_is_before_or_after_the_data_was_stored(kind: str, stored: int) -> None:
    double = Manufacturer([content()])
    with calling(double) as client:
        double.faults.arm(kind)
        with pytest.raises(httpx.TransportError):
            client.call(MESSAGE)
        assert len(double.rows("DS108")) == stored
        assert client.call(MESSAGE).error == ""
    assert len(double.rows("DS108")) == 1, "a replacement that is sent again holds its rows once"


@pytest.mark.parametrize(
    ("fault", "status", "begin"),
    [
        ({"kind": "status", "status": 503}, 503, "<html>"),
        ({"kind": "status", "status": 500}, 500, "<html>"),
        ({"kind": "html"}, 200, "<!DOCTYPE html>"),
        ({"kind": "empty"}, 200, ""),
    ],
)
def test_answers_that_are_none_store_nothing(fault: dict[str, object], status: int, begin: str) -> None:
    double = Manufacturer([content()])
    with calling(double) as client:
        assert client.tell("faults", fault).status_code == 201
        answer = client.call(MESSAGE).response
        assert (answer.status_code, answer.text[: len(begin)] == begin, "extdata" in answer.text) == (
            status,
            True,
            False,
        )
    assert double.rows("DS108") == []


def test_a_delay_is_only_a_delay() -> None:
    double = Manufacturer([content()])
    with calling(double) as client:
        double.faults.arm("delay", seconds=0.05)
        began = time.monotonic()
        assert client.call(MESSAGE).error == ""
        assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize(("kind", "stored"), [("hold_before", 0), ("hold_after", 1)])
def test_a_held_message_waits_before_or_after_it_is_stored(kind: str, stored: int) -> None:
    double = Manufacturer([content()])
    with calling(double) as client:
        fault = double.faults.arm(kind)
        errors: list[str] = []
        sender = threading.Thread(target=lambda: errors.append(client.call(MESSAGE).error))
        sender.start()
        assert fault.held.wait(10)
        assert len(double.rows("DS108")) == stored
        double.faults.release()
        sender.join(10)
    assert (errors, len(double.rows("DS108"))) == ([""], 1)


def test_many_senders_at_once_lose_nothing() -> None:
    """Appends from many threads all arrive, each with a number of its own."""
    double = Manufacturer([content()])
    with calling(double) as client:
        senders = [
            threading.Thread(target=client.call, args=(stock((f"W{number}", "ea", 1), skip=1),)) for number in range(12)
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join(30)
    assert sorted(row["ware"] for row in double.rows("DS108")) == sorted(f"W{number}" for number in range(12))
    assert [arrival.number for arrival in double.journal.arrivals] == list(range(1, 13))
