"""Writing: what 1C insists on is sent, a write leaves once, and a version that changed stops it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from foundation.errors import Ambiguous, BadAnswer, Faults, NotFound, NotPublished, Refused
from tests.connectors.odata_base import answered, onec, options, path, ref, refused

ORDER = "Document_ЗаказКлиента"


class Script:
    """A base that answers one prepared thing a request and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answers.pop(0)

    def sent(self, number: int = -1) -> Any:
        return json.loads(self.asked[number].content)


def test_a_document_is_created_with_numbered_rows() -> None:
    base = Script(answered({"Ref_Key": ref(1), "Number": "МИ-1"}, 201))
    rows = [{"Количество": Decimal("0.1"), "LineNumber": "7"}, {"Количество": Decimal(12)}]
    values = {
        "Date": datetime(2026, 11, 24, 8, 15, 0, 123, tzinfo=UTC),
        "Партнер_Key": ref(5),
        "Товары": rows,
    }
    with onec(base) as client:
        assert client.create(ORDER, values)["Number"] == "МИ-1"
    assert base.asked[0].method == "POST"
    assert path(base.asked[0]) == f"/{ORDER}"
    assert base.asked[0].headers["Content-Type"] == "application/json;charset=utf-8"
    assert base.sent() == {
        "Date": "2026-11-24T08:15:00",
        "Партнер_Key": ref(5),
        "Товары": [{"Количество": 0.1, "LineNumber": "1"}, {"Количество": 12, "LineNumber": "2"}],
    }
    assert (
        b'"\xd0\x9a\xd0\xbe\xd0\xbb\xd0\xb8\xd1\x87\xd0\xb5\xd1\x81\xd1\x82\xd0\xb2\xd0\xbe":0.1'
        in base.asked[0].content
    )
    assert rows[1] == {"Количество": Decimal(12)}


def test_a_business_error_is_refused_in_1cs_words_and_not_repeated() -> None:
    base = Script(refused(500, "-1", "Ошибка при выполнении обработчика - 'ПередЗаписью'"))
    with onec(base) as client, pytest.raises(Refused, match="ПередЗаписью"):
        client.create(ORDER, {})
    assert len(base.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(201),
        httpx.Response(201, content=b'{"Ref_Key": "'),
        httpx.Response(502),
        httpx.Response(504),
    ],
)
def test_a_write_whose_answer_is_lost_is_ambiguous(answer: httpx.Response) -> None:
    """It may have been carried out: the caller looks the object up."""
    base = Script(answer)
    with onec(base) as client, pytest.raises(Ambiguous, match="найти в 1С"):
        client.create(ORDER, {})
    assert len(base.asked) == 1


def test_an_unpublished_document_is_named() -> None:
    with onec(Script(refused(404, "8", "x"))) as client, pytest.raises(NotPublished, match="Документ «ЗаказКлиента»"):
        client.create(ORDER, {})


def test_a_change_without_a_version_is_one_request() -> None:
    base = Script(answered({"Ref_Key": ref(1)}))
    with onec(base) as client:
        client.patch(ORDER, ref(1), {"Статус": "Закрыт"})
    assert (base.asked[0].method, path(base.asked[0])) == ("PATCH", f"/{ORDER}(guid'{ref(1)}')")
    assert base.sent() == {"Статус": "Закрыт"}
    assert "If-Match" not in base.asked[0].headers


def test_a_change_of_the_version_that_was_read() -> None:
    base = Script(answered({"DataVersion": "AAE="}), answered({"DataVersion": "AAI="}))
    with onec(base) as client:
        assert client.patch(ORDER, ref(1), {"Статус": "Закрыт"}, version="AAE=")["DataVersion"] == "AAI="
    assert options(base.asked[0])["$select"] == "DataVersion"
    assert base.asked[1].headers["If-Match"] == "AAE="


def test_a_change_of_an_older_version_writes_nothing() -> None:
    base = Script(answered({"DataVersion": "AAI="}))
    with onec(base) as client, pytest.raises(Refused, match="изменили"):
        client.patch(ORDER, ref(1), {"Статус": "Закрыт"}, version="AAE=")
    assert [request.method for request in base.asked] == ["GET"]


def test_a_base_that_honours_if_match_refuses_too() -> None:
    base = Script(answered({"DataVersion": "AAE="}), httpx.Response(412))
    with onec(base) as client, pytest.raises(Refused, match="изменили"):
        client.patch(ORDER, ref(1), {}, version="AAE=")


def test_posting_and_its_undoing() -> None:
    base = Script(httpx.Response(200), httpx.Response(200))
    with onec(base) as client:
        client.post(ORDER, ref(1))
        client.unpost(ORDER, ref(1))
    assert [(request.method, path(request)) for request in base.asked] == [
        ("POST", f"/{ORDER}(guid'{ref(1)}')/Post"),
        ("POST", f"/{ORDER}(guid'{ref(1)}')/Unpost"),
    ]
    assert options(base.asked[0]) == {"PostingModeOperational": "false"}


def test_posting_a_deleted_document_is_refused() -> None:
    base = Script(refused(500, "-1", "Помеченный на удаление документ не может быть проведен!"))
    with onec(base) as client, pytest.raises(Refused, match="не может быть проведен"):
        client.post(ORDER, ref(1))


def test_an_object_is_found_by_its_external_number() -> None:
    base = Script(answered({"value": [{"Ref_Key": ref(1)}]}))
    with onec(base) as client:
        found = client.find(ORDER, "НомерПоДаннымКлиента eq 'A 1'", select=("Ref_Key", "DataVersion"))
    assert found == [{"Ref_Key": ref(1)}]
    assert options(base.asked[0]) == {
        "$format": "application/json;odata=nometadata",
        "$select": "Ref_Key,DataVersion",
        "$filter": "НомерПоДаннымКлиента eq 'A 1'",
        "$top": "2",
    }


def test_a_find_is_repeated_as_any_read() -> None:
    base = Script(httpx.Response(503), answered({"value": []}))
    with onec(base) as client:
        assert client.find(ORDER, "Number eq '1'") == []


def test_an_answer_without_a_list_is_a_bad_answer() -> None:
    with onec(Script(answered({"Ref_Key": ref(1)}))) as client, pytest.raises(BadAnswer):
        client.find(ORDER, "Number eq '1'")


def test_an_object_by_reference_and_a_record_by_key() -> None:
    base = Script(answered({"Ref_Key": ref(1)}), answered({"Цена": 1.5}), refused(404, "9", "Нет"))
    with onec(base) as client:
        assert client.load(ORDER, ref(1)) == {"Ref_Key": ref(1)}
        assert client.load("InformationRegister_Цены", {"Товар_Key": ref(2), "Код": "x"}) == {"Цена": 1.5}
        with pytest.raises(NotFound):
            client.load(ORDER, ref(2))
    assert path(base.asked[1]) == f"/InformationRegister_Цены(Товар_Key=guid'{ref(2)}',Код='x')"


def test_a_reference_that_is_none_does_not_leave() -> None:
    base = Script()
    with onec(base) as client, pytest.raises(Faults):
        client.post(ORDER, "1; drop")
    assert not base.asked


def test_the_service_document_is_the_composition() -> None:
    base = Script(answered({"value": [{"name": "Catalog_Товары", "url": "Catalog_Товары"}]}), answered({"value": []}))
    with onec(base) as client:
        assert client.service_document() == {"Catalog_Товары"}
        assert client.service_document() == set()
    assert path(base.asked[0]) == "/"


@pytest.mark.parametrize("value", [{"value": 5}, {"value": [1]}, {}])
def test_another_document_is_a_bad_answer(value: Any) -> None:
    with onec(Script(answered(value))) as client, pytest.raises(BadAnswer):
        client.service_document()
