"""The manufacturer's own side: what it holds as JSON and as a page for people, and its word on what came."""

from __future__ import annotations

import hashlib
from datetime import datetime
from html.parser import HTMLParser
from xml.sax.saxutils import escape

import pytest

from sandbox.crm.pages import PAGES
from sandbox.crm.service import Manufacturer
from tests.sandbox.crm_client import calling, content, envelope, good, o, order, r, s, shipments, shipped, stock

WARE = "4600682000001"


def test_stock_is_shown_with_plain_names_and_exact_texts() -> None:
    with calling(Manufacturer([content()])) as client:
        client.call(stock((WARE, "ea", "120,50"), (WARE, "box", "0.333333")))
        assert client.view("holdings/DS108/stock") == [
            {
                "ware": WARE,
                "unit": "ea",
                "quantity": "120.5",
                "warehouse": "1",
                "date": "2026-11-23T00:00:00",
                "number": "",
                "person": "",
            },
            {
                "ware": WARE,
                "unit": "box",
                "quantity": "0.333333",
                "warehouse": "1",
                "date": "2026-11-23T00:00:00",
                "number": "",
                "person": "",
            },
        ]


def test_totals_are_by_scheme() -> None:
    with calling(Manufacturer([content(orders=[order("N-1")])])) as client:
        client.call(stock((WARE, "ea", "0.1"), (WARE, "ea", "0.2")))
        client.call(
            shipments(
                "2026-11-01",
                shipped("N1", "2026-11-09", WARE, "60.105", "3"),
                shipped("N1", "2026-11-09", WARE, "1", "-1"),
            )
        )
        totals = client.view("holdings/DS108/totals")
    assert totals["CRMWhBalanceEx"] == {"rows": 2, "quantity": "0.3", "amount": "0"}
    assert totals["CRMDespatchEx"] == {"rows": 2, "quantity": "2", "amount": "179.315"}
    assert totals["CRMOrderStatus"]["rows"] == 0


def test_every_page_is_there_and_others_are_not() -> None:
    with calling(Manufacturer([content()])) as client:
        assert all(client.view(f"holdings/DS108/{page}") == [] for page in (*PAGES, "orders"))
        assert client.view("users") == ["DS108"]
        for tail in ("holdings/DS999", "holdings/DS108/nothing", "holdings/DS108/stock/1", "messages/1", "nothing"):
            assert client.http.get(f"{client.base}/_sandbox/{tail}").status_code == 404
        assert client.tell("orders/DS999", {"random": 1}).status_code == 404


def test_every_request_is_in_the_list_of_messages() -> None:
    """Number, when, bytes on the wire, hash of the payload, outcome; the payload itself can be read back."""
    double = Manufacturer([content()], clock=lambda: datetime(2026, 11, 23, 8, 0))  # noqa: DTZ001 - a wall clock
    payload = stock((WARE, "ea", "1"))
    with calling(double) as client:
        client.call(payload)
        client.call(payload)
        client.get("CRMWare")
        client.get("CRMNothing")
        found = client.view("messages")
        assert client.http.get(f"{client.base}/_sandbox/messages/2").text == payload
    assert [
        (each["number"], each["scheme"], each["request"], each["outcome"], each["rows"], each["dropped"])
        for each in found
    ] == [
        (1, "CRMWhBalanceEx", "set", "accepted", 1, 0),
        (2, "CRMWhBalanceEx", "set", "accepted", 1, 1),
        (3, "CRMWare", "get", "given", 6, 0),
        (4, "CRMNothing", "get", "refused", 0, 0),
    ]
    assert found[0]["sha256"] == found[1]["sha256"] == hashlib.sha256(payload.encode()).hexdigest()
    assert (found[0]["bytes"], found[0]["at"]) == (len(envelope(payload)), "2026-11-23T08:00:00")
    assert found[3]["error"] == "Схема «CRMNothing» неизвестна"


def test_the_answer_to_a_set_tells_the_messages_number() -> None:
    with calling(Manufacturer([content()])) as client:
        client.get("CRMWare")
        answered = client.call(client_payload())
    assert answered.root is not None
    (scheme,) = answered.root
    assert (scheme.get("name"), scheme.get("request"), scheme.get("message"), len(scheme)) == (
        "CRMWhBalanceEx",
        "set",
        "2",
        0,
    )


def client_payload() -> str:
    """Return any payload that is taken."""
    return stock((WARE, "ea", "1"))


class Reader(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data + "|"


def test_the_page_for_people_is_russian_escaped_and_without_scripts() -> None:
    double = Manufacturer([content(goods=[good(1, name="Сидр <script>alert(1)</script>")], orders=[order("N-1")])])
    with calling(double) as client:
        empty = client.http.get(f"{client.base}/_sandbox/holdings/DS108")
        client.call(stock((WARE, "ea", "1234567.5"), ("<b>x</b>", "ea", "-0.5")))
        client.call(shipments("2026-11-01", shipped("N1", "2026-11-09", WARE, "60.10", "3")))
        client.tell("verdicts/DS108", {"scheme": "CRMDespatchEx", "verdict": "refused"})
        page = client.http.get(f"{client.base}/_sandbox/holdings/DS108")
    assert "Обращений ещё не было." in empty.text
    assert page.headers["Content-Type"] == "text/html;charset=utf-8"
    read = Reader(page.text)
    assert read.tags.isdisjoint({"script", "b", "link", "img"})
    for shown in ("Остатки", "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567,5", "-0,5", "23.11.2026", "<b>x</b>"):
        assert shown in read.text
    for shown in ("Сидр <script>alert(1)</script>", "✓ принято", "✕ отклонено", "ждёт ответа", "Продукты «У дома»"):
        assert shown in read.text
    assert escape("<b>x</b>") in page.text


def test_the_page_shows_the_first_rows_and_says_how_many_there_are() -> None:
    with calling(Manufacturer([content()])) as client:
        client.call(stock(*((f"W{number}", "ea", number) for number in range(1_500))))
        text = Reader(client.http.get(f"{client.base}/_sandbox/holdings/DS108").text).text
    assert "строк: 1\N{NO-BREAK SPACE}500, показаны 200" in text
    assert ("W199|" in text, "W200|" in text) == (True, False)


def test_verdicts_come_back_through_the_confirmation_scheme() -> None:
    """The manufacturer's word, by message and by document, as the service gives it out."""
    double = Manufacturer([content()], clock=lambda: datetime(2026, 11, 23, 8, 0))  # noqa: DTZ001 - a wall clock
    with calling(double) as client:
        client.call(stock((WARE, "ea", "1")))
        client.call(shipments("2026-11-01", shipped("N1", "2026-11-09", WARE, 60, 3)))
        assert client.get("CRMConfirm").rows("CRMConfirm") == []
        told = client.tell("verdicts/DS108", {"scheme": "CRMWhBalanceEx", "verdict": "accepted", "message": 1})
        assert (told.status_code, told.json()) == (201, {"message": 1})
        refusal = {"scheme": "CRMDespatchEx", "verdict": "refused", "remark": "цена?", "documents": ["N1", "N2"]}
        assert client.tell("verdicts/DS108", refusal).json() == {"message": 2}
        rows = client.get("CRMConfirm").rows("CRMConfirm")
    columns = ("MessageId", "SchemeName", "DocumentNumber", "Verdict", "Remark", "ConfirmDate")
    assert [tuple(row[name] for name in columns) for row in rows] == [
        ("1", "CRMWhBalanceEx", "", "accepted", "", "2026-11-23T08:00:00"),
        ("2", "CRMDespatchEx", "N1", "refused", "цена?", "2026-11-23T08:00:00"),
        ("2", "CRMDespatchEx", "N2", "refused", "цена?", "2026-11-23T08:00:00"),
    ]


@pytest.mark.parametrize("name", ["", "CRMReceipt"])
def test_the_confirmation_scheme_has_the_name_of_the_setting_or_is_not_there(name: str) -> None:
    with calling(Manufacturer([content()], confirm_scheme=name)) as client:
        assert "неизвестна" in client.get("CRMConfirm").error
        assert client.get("CRMReceipt").error == ("" if name else "Схема «CRMReceipt» неизвестна")


@pytest.mark.parametrize(
    "value",
    [
        {"scheme": "CRMWhBalanceEx", "verdict": "perhaps"},
        {"scheme": "CRMDespatchEx", "verdict": "accepted"},
        {"scheme": "CRMWhBalanceEx", "verdict": "accepted", "message": 2},
        {"verdict": "accepted"},
        ["accepted"],
    ],
)
def test_a_verdict_on_nothing_is_refused(value: object) -> None:
    double = Manufacturer([content()])
    with calling(double) as client:
        client.call(stock((WARE, "ea", "1")))
        assert client.tell("verdicts/DS108", value).status_code == 400
    assert double.holdings("DS108").verdicts == []


def test_matches_that_cannot_be_understood_change_nothing() -> None:
    double = Manufacturer([content()])
    with calling(double) as client:
        wrong: tuple[object, ...] = ({"outlets": {"CL1": ["C1"]}}, {"wares": [1]}, {"other": {}})
        for value in wrong:
            assert client.tell("matches/DS108", value).status_code == 400
    assert (double.holdings("DS108").ware_matches, double.holdings("DS108").outlet_matches) == ({}, {})


def test_what_is_no_json_is_refused() -> None:
    with calling(Manufacturer([content()])) as client:
        assert client.http.post(f"{client.base}/_sandbox/orders/DS108", content=b"{").status_code == 400


def test_a_page_keeps_what_the_wire_called_otherwise() -> None:
    """A column that has no plain name keeps its own."""
    double = Manufacturer([content()])
    schema = s("CRMSaldoWare", "CompanyId AddressId WareId FACode Quantity:Currency Summ:Currency")
    with calling(double) as client:
        client.take("CRMSaldoEx", schema, o("CRMSaldoWare", r("C1", "A1", "KEG", "F", 4, "8000.00")))
    (row,) = double.rows("DS108", "debt-tare")
    assert (row["FACode"], row["Summ"], row["quantity"]) == ("F", "8000", "4")
