"""The table of refusals, row by row: HTTP status, 1C's code, where the text comes from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.onec_base import BEER, SALE, SHOP, ask, base, basic, ref

GOODS = "Catalog_Номенклатура"


@pytest.mark.parametrize(
    ("path", "query", "status", "code", "said"),
    [
        (f"{GOODS}(guid'кривой')", {}, 400, "1", "'кривой' как значение типа Edm.Guid!"),
        (f"{GOODS}('00-00000001')", {}, 400, "1", "Edm.Guid"),
        (GOODS, {"filter": "Ref_Key eq guid'x'"}, 400, "1", "Edm.Guid"),
        (f"Document_Реализация_Товары(Ref_Key=guid'{SALE}',LineNumber=x)", {}, 400, "1", "Edm.Int64"),
        (GOODS, {"select": "НетТакого"}, 400, "6", "Сегмент пути НетТакого не найден!"),
        (GOODS, {"select": "НетТакого/Code"}, 400, "6", "НетТакого"),
        (GOODS, {"select": "Code/Description"}, 400, "6", "Code"),
        (GOODS, {"orderby": "НетТакого"}, 400, "6", "НетТакого"),
        (GOODS, {"expand": "НетТакого"}, 400, "6", "НетТакого"),
        (GOODS, {"expand": "Code"}, 400, "6", "Code"),
        ("Document_Реализация", {"expand": "Основание/Catalog_Склады"}, 400, "6", "Catalog_Склады"),
        (f"{GOODS}/НетТакого", {}, 400, "6", "Метод не найден"),
        (f"{GOODS}(guid'{BEER}')/НетТакого", {}, 400, "6", "НетТакого"),
        (f"{GOODS}(guid'{BEER}'", {}, 400, "6", "не найден"),
        (f"{GOODS}(Code='1')", {}, 400, "6", "Code"),
        (f"Document_Реализация_Товары(Ref_Key=guid'{SALE}',)x", {}, 400, "6", "не найден"),
        (f"Document_Реализация_Товары(Ref_Key=guid'{SALE}')", {}, 400, "7", "LineNumber"),
        (f"{GOODS}()", {}, 400, "7", "Ref_Key"),
        (GOODS, {"filter": "Code eq"}, 400, "14", "Ошибка при разборе опции запроса $filter"),
        (GOODS, {"orderby": "Code DESC"}, 400, "14", "$orderby"),
        (GOODS, {"orderby": "Code,,Description"}, 400, "14", "$orderby"),
        ("Document_Реализация", {"orderby": "Товары"}, 400, "14", "$orderby"),
        (GOODS, {"top": "много"}, 400, "14", "$top"),
        (GOODS, {"skip": "-1"}, 400, "14", "$skip"),
        (GOODS, {"inlinecount": "somepages"}, 400, "14", "$inlinecount"),
        ("Catalog_НетТакого", {}, 404, "8", "Сущность 'Catalog_НетТакого' не найдена"),
        ("Enum_Виды", {}, 404, "8", "Enum_Виды"),
        (f"Catalog_НетТакого(guid'{BEER}')", {}, 404, "8", "Catalog_НетТакого"),
        (f"{GOODS}(guid'{ref(77)}')", {}, 404, "9", "Экземпляр сущности не найден"),
        ("InformationRegister_Штрихкоды(Штрихкод='0')", {}, 404, "9", "не найден"),
        (GOODS, {"expan": "Единица"}, 501, "0", "The $expan parameter is not supported"),
        (GOODS, {"apply": "x"}, 501, "0", "$apply"),
        (GOODS, {"search": "x"}, 501, "0", "$search"),
        (GOODS, {"compute": "x"}, 501, "0", "$compute"),
        (GOODS, {"select": "Картинка"}, 501, "0", "неподдерживаемый тип"),
        (f"{GOODS}(guid'{BEER}')/Картинка", {}, 501, "0", "неподдерживаемый тип"),
        ("Document_Реализация", {"expand": "Товары/Номенклатура"}, 501, "0", "табличных частей"),
        (f"{GOODS}(guid'{BEER}')", {"expand": "Единица"}, 501, "0", "одиночных сущностей"),
        ("$batch", {}, 501, "0", "не поддерживаются"),
    ],
)
def test_a_read_is_refused_with_status_code_and_text(
    path: str, query: dict[str, Any], status: int, code: str, said: str
) -> None:
    """Each row of the table that a read can meet."""
    told = ask(base(), path, **query)
    assert told.refusal == (status, code)
    assert said in told.json["odata.error"]["message"]["value"]
    assert told.json["odata.error"]["message"]["lang"] == "ru"


def test_a_format_that_does_not_exist_is_not_represented() -> None:
    """``$format=csv`` is code 3, told in the representation that the Accept header asks for."""
    told = ask(base(), GOODS, form="csv", headers={"accept": "application/json"})
    assert told.refusal == (501, "3")


def test_errors_are_laid_out_line_by_line_or_as_atom() -> None:
    """JSON with a line for each brace, or ``m:error``; both say which protocol they are of."""
    told = ask(base(), "Catalog_НетТакого")
    assert told.text.startswith('{\n"odata.error": {\n"code": "8",\n"message": {\n"lang": "ru",\n"value": ')
    assert told.content_type == "application/json;charset=utf-8"
    atom = ask(base(), "Catalog_НетТакого", form="")
    assert atom.content_type == "application/xml;charset=utf-8"
    assert "<m:code>8</m:code>" in atom.text


def test_values_of_text_literals_do_not_come_back_in_errors() -> None:
    """Names, keys and bare numbers are echoed; what stands in quotes is not."""
    told = ask(base(), GOODS, filter="Code eq 'тайна' тайна")
    assert told.refusal == (400, "14")
    assert "тайна" not in told.text


@pytest.mark.parametrize(
    "header",
    [
        "",
        basic(password="не тот"),
        basic(user="Никто"),
        basic(encoding="cp1251"),
        "Basic не-base64",
        "Bearer abc",
    ],
)
def test_bad_credentials_are_the_web_servers_401(header: str) -> None:
    """No 1C error in it: a page, and the challenge; a name in cp1251 is not the name."""
    told = ask(base(), GOODS, headers={"authorization": header})
    assert told.status == 401
    assert told.content_type.startswith("text/html")
    assert told.headers["WWW-Authenticate"].startswith("Basic")
    assert "секрет" not in told.text


def test_a_set_without_rights_is_code_20_for_that_user_alone() -> None:
    """Rights are a user's: another one reads; lines of a forbidden document are forbidden too."""
    onec = base(users={"А": "1", "Б": "2"}, forbidden={"А": ["Document_Реализация"]})
    for path in ("Document_Реализация", "Document_Реализация_Товары", f"Document_Реализация(guid'{SALE}')/Post"):
        assert ask(onec, path, headers={"authorization": basic("А", "1")}).refusal == (401, "20")
    assert ask(onec, "Document_Реализация", headers={"authorization": basic("Б", "2")}).status == 200
    assert ask(onec, GOODS, headers={"authorization": basic("А", "1")}).status == 200


def test_what_is_not_published_does_not_exist() -> None:
    """The same 404 for a set that was taken out of the composition; an address without interface is another page."""
    onec = base(unpublished=["Catalog_Контрагенты"])
    assert ask(onec, "Catalog_Контрагенты").refusal == (404, "8")
    row = ask(onec, "Document_Реализация", filter=f"Ref_Key eq guid'{SALE}'").value[0]
    assert row["Контрагент_Key"] != SHOP
    assert "Контрагент@navigationLinkUrl" not in row
    assert ask(onec, "Document_Реализация", filter="Контрагент/ИНН eq '1'").refusal == (400, "6")
    off = ask(base(enabled=False), GOODS)
    assert off.status == 404
    assert "1C:Enterprise 8 application error" in off.text


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE"])
def test_other_methods_are_not_allowed(method: str) -> None:
    """405 with code 19."""
    assert ask(base(), GOODS, method=method).refusal == (405, "19")


def test_methods_that_do_not_fit_the_address_are_not_allowed() -> None:
    """Changing a set, creating at a key, writing to the service document or to a function."""
    onec = base()
    for method, path in [
        ("PATCH", GOODS),
        ("DELETE", GOODS),
        ("POST", f"{GOODS}(guid'{BEER}')"),
        ("POST", ""),
        ("POST", f"{GOODS}/$count"),
        ("POST", "AccumulationRegister_ТоварыНаСкладах/Balance()"),
    ]:
        assert ask(onec, path, method=method, body={}).refusal == (405, "19")
    assert ask(onec, f"{GOODS}(guid'{BEER}')/Единица", method="PATCH", body={}).refusal == (400, "6")


def test_an_address_that_is_too_long_is_414() -> None:
    """The web server cuts it off before 1C sees it."""
    text = " or ".join(f"Ref_Key eq guid'{ref(number)}'" for number in range(200))
    told = ask(base(), GOODS, filter=text)
    assert told.status == 414
    assert told.content_type.startswith("text/html")


@pytest.mark.parametrize("sign", ["?", "+", "\\", "\n"])
def test_some_signs_cannot_be_carried_in_a_path(sign: str) -> None:
    """Not even percent-encoded: the condition belongs into ``$filter`` then, where they can."""
    onec = base()
    condition = f"Condition='Номенклатура/Code eq ''{sign}'''"
    told = ask(onec, f"AccumulationRegister_ТоварыНаСкладах/Balance({condition})")
    assert told.status == 400
    assert told.content_type.startswith("text/html")
    told = ask(onec, "AccumulationRegister_ТоварыНаСкладах/Balance()", filter=f"Номенклатура/Code eq '{sign}'")
    assert told.value == []
