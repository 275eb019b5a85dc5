"""``python -m sandbox`` and ``sandbox.start`` serve both doubles over one world, and end as they are told."""

from __future__ import annotations

import base64
import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

import sandbox
from sandbox import running
from sandbox.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def served() -> Iterator[sandbox.Sandbox]:
    """Serve a world for the tests of this module."""
    with sandbox.start(seed=1) as started:
        yield started


def _get(url: str, *, user: str = running.ONEC_USER, password: str = running.ONEC_PASSWORD) -> bytes:
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {token}", "Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        body: bytes = answer.read()
    return body


def test_the_base_is_served_with_the_worlds_goods(served: sandbox.Sandbox) -> None:
    page = f"{served.onec_url.rstrip('/')}/Catalog_%D0%A1%D0%BA%D0%BB%D0%B0%D0%B4%D1%8B?$format=json"
    rows = json.loads(_get(page))["value"]
    expected = {row["Description"] for row in served.world.onec["Catalog_Склады"]}
    assert {row["Description"] for row in rows} == expected


def test_the_base_asks_for_the_password(served: sandbox.Sandbox) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        _get(served.onec_url, password="другой")
    refused.value.close()
    assert refused.value.code == 401


def test_the_balances_of_the_double_are_those_of_the_documents(served: sandbox.Sandbox) -> None:
    """What the documents move, counted here by hand, is what the register of the double holds."""
    moves = (
        ("Document_ПриобретениеТоваровУслуг", "Товары", 1),
        ("Document_РеализацияТоваровУслуг", "Товары", -1),
        ("Document_ВозвратТоваровОтКлиента", "Товары", 1),
        ("Document_КорректировкаРеализации", "Расхождения", -1),
    )
    expected: dict[tuple[str, ...], Decimal] = {}
    for kind, section, sign in moves:
        for document in served.world.onec[kind]:
            for row in document[section] if document["Posted"] else ():
                key = row["Номенклатура_Key"], document["Склад_Key"]
                expected[key] = expected.get(key, Decimal(0)) + sign * row["Количество"]
    held = served.onec.store.balance("ТоварыНаСкладах", ("Номенклатура", "Склад"))
    assert {key: sums["ВНаличии"] for key, sums in held.items()} == {
        key: sum_ for key, sum_ in expected.items() if sum_
    }


def test_open_orders_reserve_in_both_ways_and_closed_ones_in_none(served: sandbox.Sandbox) -> None:
    waiting = [
        (row["ВариантОбеспечения"], row["Количество"])
        for order in served.world.onec["Document_ЗаказКлиента"]
        if order["Posted"] and order["Статус"] != "Закрыт"
        for row in order["Товары"]
        if not row["Отменено"]
    ]
    held = served.onec.store.balance("ТоварыКОтгрузке", ("Склад",))
    (sums,) = held.values()
    assert sums["ВРезерве"] == sum(quantity for way, quantity in waiting if way == "СоСклада") > 0
    assert sums["КОтгрузке"] == sum(quantity for way, quantity in waiting if way == "Отгрузить") > 0


def test_the_manufacturer_is_served_with_a_page_for_people(served: sandbox.Sandbox) -> None:
    assert served.crm_url.endswith("/xDataLink/xDataLink.asmx")
    assert "DS108" in _get(served.holdings_url).decode()
    assert b"definitions" in _get(f"{served.crm_url}?WSDL")


def test_once_names_both_addresses_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--once", "--json", "--seed", "2"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["onec"].startswith("http://127.0.0.1:")
    assert told["crm"].endswith(".asmx")
    assert (told["crm_user"], told["seed"], told["scale"]) == ("DS108", 2, 1)
    with pytest.raises(urllib.error.URLError):
        _get(told["onec"])


def test_people_are_told_in_russian(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--once"]) == 0
    told = capsys.readouterr().out
    assert "Песочница работает" in told
    assert "/odata/standard.odata" in told
    assert "код БД DS108" in told


def test_a_taken_port_is_told_and_frees_the_other_one(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["--once", "--crm-port", str(taken.getsockname()[1])]) == 2
    assert "--crm-port" in capsys.readouterr().err


def test_a_scale_below_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--once", "--scale", "0"])
    assert ended.value.code == 2
    assert "нужно число от 1" in capsys.readouterr().err


def test_a_signal_ends_it_with_zero() -> None:
    """The module run as people run it serves until SIGTERM and then says goodbye with 0."""
    command = [sys.executable, "-m", "sandbox", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert _get(told["onec"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
