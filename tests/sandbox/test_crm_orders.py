"""Orders: repeated until they are answered, with the codes of whoever has the match, columns in any order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from sandbox.content import CrmContent, CrmOrderLine
from sandbox.crm.service import Manufacturer
from tests.sandbox.crm_client import Answered, calling, content, good, o, order, r, s

if TYPE_CHECKING:
    from sandbox.crm.answers import Details

STATUS = s("CRMOrderStatus", "CRMOrderNumber StatusId OperationTime:Date")
LINES = (
    CrmOrderLine("4600682000001", "ea", Decimal("1.5"), Decimal("60.10")),
    CrmOrderLine("CRM77", "box", Decimal(2), Decimal("700.005")),
)


def numbers(answered: Answered) -> list[str]:
    return [row["CRMOrderNumber"] for row in answered.rows("CRMOrder")]


def nested(answered: Answered, dataset: str) -> list[dict[str, str]]:
    """Return the rows of a detail that stands inside its heads' rows, by the answer's own schema."""
    assert answered.root is not None
    columns = answered.root.xpath(f"scheme/data/s/d[@name='CRMOrder']/d[@name='{dataset}']/f/@name")
    rows = answered.root.xpath(f"scheme/data/o/d[@name='CRMOrder']/r/d[@name='{dataset}']/r")
    return [dict(zip(columns, [f.text or "" for f in row], strict=True)) for row in rows]


@pytest.mark.parametrize(("status", "answers"), [("Transfered", True), ("Dispatched", True), ("Entered", False)])
def test_orders_repeat_in_every_get_until_a_status_answers_them(status: str, answers: bool) -> None:
    double = Manufacturer([content(orders=[order("N-1"), order("N-2")])])
    with calling(double) as client:
        assert numbers(client.get("CRMOrder")) == numbers(client.get("CRMOrder")) == ["N-1", "N-2"]
        row = r("N-1", status, "2026-11-23T11:00:00")
        assert client.take("CRMOrderStatus", STATUS, o("CRMOrderStatus", row)) == ""
        assert numbers(client.get("CRMOrder")) == (["N-2"] if answers else ["N-1", "N-2"])
    assert [row["answered"] for row in double.rows("DS108", "orders")] == [answers, False]


def test_codes_are_the_distributors_where_matched_and_crm_codes_elsewhere() -> None:
    """WareId: ours where the manufacturer matched it, else theirs with CRM before it (never twice)."""
    given = content(orders=[order("N-1", *LINES)], ware_matches={"4600682000001": "00-000123"})
    double = Manufacturer([given])
    with calling(double) as client:
        assert [line["WareId"] for line in nested(client.get("CRMOrder"), "CRMOrderLine")] == ["00-000123", "CRM77"]
        client.tell("matches/DS108", {"wares": {"4600682000001": None, "CRM77": "00-000077"}})
        found = [line["WareId"] for line in nested(client.get("CRMOrder"), "CRMOrderLine")]
        assert found == ["CRM4600682000001", "00-000077"]
    assert given.ware_matches == {"4600682000001": "00-000123"}, "the given content is left as it was"


def test_an_unmatched_outlet_comes_empty_but_with_its_crm_client() -> None:
    double = Manufacturer(
        [content(orders=[order("N-1"), order("N-2", client="CL2")], outlet_matches={"CL1": ("C1", "A1")})]
    )
    with calling(double) as client:
        rows = client.get("CRMOrder").rows("CRMOrder")
        assert [(row["CompanyId"], row["AddressId"], row["CRMClientId"]) for row in rows] == [
            ("C1", "A1", "CL1"),
            ("", "", "CL2"),
        ]
        client.tell("matches/DS108", {"outlets": {"CL1": None, "CL2": ["C2", "A2"]}})
        rows = client.get("CRMOrder").rows("CRMOrder")
        assert [(row["CompanyId"], row["AddressId"]) for row in rows] == [("", ""), ("C2", "A2")]


@pytest.mark.parametrize("details", ["nested", "flat"])
def test_lines_and_options_come_inside_their_order_or_beside_it_with_its_number(details: Details) -> None:
    double = Manufacturer([content(orders=[order("N-1", *LINES), order("N-2")])], details=details)
    with calling(double) as client:
        answered = client.get("CRMOrder")
    (head, _) = answered.rows("CRMOrder")
    expected = {
        "CRMOrderNumber": "N-1",
        "CRMOrderDate": "2026-11-23T10:30:00",
        "ActionDate": "2026-11-24T00:00:00",
        "Summa": "1490.16",
        "DocumentTypeId": "CustOrder",
        "PersonId": "17",
        "StatusId": "Entered",
        "CRMDbId": "DS108",
    }
    assert {name: head[name] for name in expected} == expected
    flat = details == "flat"
    lines = answered.rows("CRMOrderLine") if flat else nested(answered, "CRMOrderLine")
    assert [(line["LineNumber"], line["UnitId"], line["Quantity"], line["Price"]) for line in lines] == [
        ("1", "ea", "1.5", "60.1"),
        ("2", "box", "2", "700.005"),
        ("1", "ea", "1.5", "60.1"),
    ]
    assert [line.get("CRMOrderNumber") for line in lines] == (["N-1", "N-1", "N-2"] if flat else [None] * 3)
    options = answered.rows("CRMOrderOption") if flat else nested(answered, "CRMOrderOption")
    assert {option["OptionTypeId"]: option["Value"] for option in options} == {
        "Comment": "звонить < 10:00 & позже",
        "ClientName": "Продукты «У дома»",
        "ClientAddress": "г. Тверь, ул. Новая, 5",
    }


def test_each_answer_deals_its_columns_anew_and_slips_in_an_unknown_one_now_and_then() -> None:
    """Who reads by position breaks here; who reads by the answer's own schema gets the same rows each time."""
    with calling(Manufacturer([content()], column_order_seed=7)) as client:
        answers = [client.get("CRMWare") for _ in range(12)]
    orders = {
        tuple(answered.root.xpath("scheme/data/s/d/f/@name")) for answered in answers if answered.root is not None
    }
    assert len(orders) > 6
    extra = [columns for columns in orders if len(columns) == 6]
    assert 0 < len(extra) < len(orders)
    known = ("WareId", "UnitId", "Quantity")
    assert len({str([[row[name] for name in known] for row in answered.rows("CRMWare")]) for answered in answers}) == 1


def test_the_same_seed_deals_the_same_columns() -> None:
    texts = []
    for _ in range(2):
        with calling(Manufacturer([content()], column_order_seed=7)) as client:
            texts.append([client.get("CRMWare").response.text for _ in range(4)])
    assert texts[0] == texts[1]


def test_without_a_seed_columns_stand_as_in_the_reference() -> None:
    with calling(Manufacturer([content()], column_order_seed=None)) as client:
        answered = client.get("CRMWare")
    assert answered.root is not None
    assert answered.root.xpath("scheme/data/s/d/f/@name") == ["WareId", "WareName", "UnitId", "UnitName", "Quantity"]


def test_numbers_may_come_with_a_comma() -> None:
    with calling(Manufacturer([content(orders=[order("N-1")])], decimal_comma=True)) as client:
        assert [line["Price"] for line in nested(client.get("CRMOrder"), "CRMOrderLine")] == ["60,1"]


def test_a_letter_that_windows_1251_lacks_comes_as_a_character_reference() -> None:
    with calling(Manufacturer([content(goods=[good(1, name="Сидр Ω")])], column_order_seed=None)) as client:
        answered = client.get("CRMWare")
    assert "Сидр &amp;#937;" in answered.response.text
    assert answered.rows("CRMWare")[0]["WareName"] == "Сидр Ω"


def test_barcodes_come_where_the_service_has_a_column_for_them() -> None:
    goods = [good(1, barcode="4600000000011")]
    with calling(Manufacturer([content(goods=goods)], barcode_column="BarCode")) as client:
        assert {row["BarCode"] for row in client.get("CRMWare").rows("CRMWare")} == {"4600000000011"}


def test_no_goods_and_no_orders_is_an_empty_table_and_no_error() -> None:
    with calling(Manufacturer([CrmContent("DS108")])) as client:
        for scheme in ("CRMWare", "CRMOrder"):
            answered = client.get(scheme)
            assert (answered.error, answered.rows(scheme)) == ("", [])
            assert answered.root is not None
            assert answered.root.xpath("count(scheme/data/s/d/f)") > 4


def test_orders_are_added_from_json_and_made_up() -> None:
    double = Manufacturer([content(orders=[order("N-1")])])
    line = {"ware_id": "4600682000002", "unit_id": "box", "quantity": "0.1", "price": "720.30"}
    with calling(double) as client:
        assert client.tell("orders/DS108", {"crm_client_id": "CL9", "lines": [line]}).json() == ["CRM0000002"]
        added = client.tell("orders/DS108", {"random": 3})
        assert (added.status_code, len(added.json())) == (201, 3)
        given = {
            "number": "X-1",
            "crm_client_id": "CL9",
            "date": "2026-11-20T09:00:00",
            "action_date": "2026-11-21",
            "document_type": "CustReturn",
            "options": [["PaymType", "Оплата", "1"]],
            "lines": [line, line],
        }
        assert client.tell("orders/DS108", [given]).json() == ["X-1"]
        rows = client.get("CRMOrder").rows("CRMOrder")
    assert [row["CRMOrderNumber"] for row in rows][-1] == "X-1"
    assert (len(rows), rows[-1]["Summa"], rows[-1]["DocumentTypeId"]) == (6, "144.06", "CustReturn")
    made_up = double.rows("DS108", "orders")[2]
    assert 1 <= len(made_up["lines"]) <= 3, "three goods are all there are"
    assert made_up["client_name"] == "Продукты «У дома»"


@pytest.mark.parametrize(
    "value",
    [
        {"crm_client_id": "CL1", "lines": []},
        {"crm_client_id": "CL1"},
        {"crm_client_id": "CL1", "lines": [{"ware_id": "W", "unit_id": "ea", "quantity": "x", "price": "1"}]},
        [
            {
                "number": "N-9",
                "crm_client_id": "CL1",
                "lines": [{"ware_id": 1, "unit_id": 1, "quantity": 1, "price": 1}],
            },
            {
                "number": "N-1",
                "crm_client_id": "CL1",
                "lines": [{"ware_id": 1, "unit_id": 1, "quantity": 1, "price": 1}],
            },
        ],
        "x",
        ["x"],
    ],
)
def test_orders_that_cannot_be_understood_add_nothing(value: object) -> None:
    double = Manufacturer([content(orders=[order("N-1")])])
    with calling(double) as client:
        assert client.tell("orders/DS108", value).status_code == 400
    assert [row["number"] for row in double.rows("DS108", "orders")] == ["N-1"]


def test_made_up_orders_need_goods_and_take_any_matched_outlet() -> None:
    with pytest.raises(ValueError, match="no goods"):
        Manufacturer([CrmContent("DS108")]).add_orders("DS108", random=1)
    double = Manufacturer([content(outlet_matches={"CL5": ("C5", "A5")})])
    double.add_orders("DS108", random=1)
    assert double.rows("DS108", "orders")[0]["client"] == "CL5"
