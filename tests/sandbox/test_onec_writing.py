"""Creating, changing, deleting, posting: what is given, what is bent, what is refused."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.onec_base import (
    BEER,
    DRAFT,
    FOLDER,
    KVASS,
    MAIN,
    MARKED,
    ORDER,
    PIECE,
    SALE,
    SHOP,
    Told,
    ask,
    at,
    base,
    ref,
)

if TYPE_CHECKING:
    from sandbox.onec.service import OneC

GOODS, SALES, CODES = "Catalog_Номенклатура", "Document_Реализация", "InformationRegister_Штрихкоды"


def create(onec: OneC, name: str, **body: Any) -> Told:
    """Create an object."""
    return ask(onec, name, method="POST", body=body)


def change(onec: OneC, path: str, **body: Any) -> Told:
    """Change an object by PATCH."""
    return ask(onec, path, method="PATCH", body=body)


def test_a_new_document_gets_reference_number_date_and_version() -> None:
    """201 with the whole object; the Location is raw Cyrillic; the number goes on from the highest plain one."""
    onec = base(clock=lambda: at("2026-11-24T10:11:12.999"))
    told = create(onec, SALES, Склад_Key=MAIN, Ref_Key=ref(99), Товары=[{"LineNumber": "1", "Количество": 1.5}])
    made = told.json
    assert told.status == 201
    assert made["Ref_Key"] != ref(99)
    assert told.headers["Location"] == f"http://base.example/ut/odata/standard.odata/{SALES}(guid'{made['Ref_Key']}')"
    assert (made["Number"], made["Date"]) == ("00000000001", "2026-11-24T10:11:12")
    assert (made["DataVersion"], made["Posted"], made["DeletionMark"]) == ("AAAAAAAAAAA=", False, False)
    assert made["Товары"][0]["Количество"] == 1.5
    assert made["Товары"][0]["Ref_Key"] == made["Ref_Key"]
    assert create(onec, SALES).json["Number"] == "00000000002"
    assert create(onec, SALES, Date="2027-01-01T00:00:00").json["Number"] == "00000000001"
    assert create(onec, SALES, Number="мой").json["Number"] == "мой"


def test_a_new_catalog_item_gets_a_code_where_the_catalog_has_codes() -> None:
    """Codes go on; a catalog without codes gives none; a folder holds nulls and keeps them."""
    onec = base()
    assert create(onec, "Catalog_Единицы", Description="л").json["Code"] == "0797"
    assert "Code" not in create(onec, "Catalog_Склады", Description="Ещё").json
    folder = create(onec, GOODS, Description="Папка", IsFolder=True, Артикул="x").json
    assert folder["Артикул"] is None
    assert change(onec, f"{GOODS}(guid'{folder['Ref_Key']}')", Вес=5).json["Вес"] is None


def test_every_write_moves_the_version_by_one_also_without_a_change() -> None:
    """PATCH with nothing, PATCH again, Post and Post again."""
    onec = base()
    path = f"{SALES}(guid'{DRAFT}')"
    assert [change(onec, path).json["DataVersion"] for _ in range(2)] == ["AAAAAAAAAAE=", "AAAAAAAAAAI="]
    for _ in range(2):
        assert ask(onec, f"{path}/Post", method="POST").status == 200
    assert ask(onec, path).json["DataVersion"] == "AAAAAAAAAAQ="


def test_put_needs_everything_and_takes_bound_references() -> None:
    """A property that is missing is code 5; ``X@odata.bind`` stands for ``X_Key``."""
    onec = base()
    path = f"Catalog_Контрагенты(guid'{SHOP}')"
    assert ask(onec, path, method="PUT", body={"Description": "x"}).refusal == (400, "5")
    whole = {
        "Description": "Новый",
        "ИНН": "1",
        "Отгружать": "2026-11-24T15:00:00",
        "DeletionMark": False,
        "Parent@odata.bind": f"Catalog_Контрагенты(guid'{ref(2, 3)}')",
    }
    told = ask(onec, path, method="PUT", body=whole)
    assert (told.status, told.json["Parent_Key"], told.json["Отгружать"]) == (200, ref(2, 3), "2026-11-24T00:00:00")
    whole["Parent@odata.bind"] = "что-то"
    assert ask(onec, path, method="PUT", body=whole).refusal == (400, "4")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"Единица_Key": "кривой"}, 400, "1"),
        ({"Единица_Key": 5}, 400, "1"),
        ({"Весовой": "да"}, 400, "1"),
        ({"Весовой": 1}, 400, "1"),
        ({"Поступил": "завтра"}, 400, "1"),
        ({"Вид": "НетТакого"}, 400, "4"),
        ({"Артикул": ["а"]}, 500, "-1"),
        ({"Артикул": {"а": 1}}, 500, "-1"),
    ],
)
def test_values_that_cannot_be_read_are_refused_and_nothing_changes(body: Any, status: int, code: str) -> None:
    """GUIDs, flags, moments and enumerations are checked; a list where a text belongs fails inside."""
    onec = base()
    path = f"{GOODS}(guid'{BEER}')"
    before = ask(onec, path).json
    assert change(onec, path, Description="не должно остаться", **body).refusal == (status, code)
    assert ask(onec, path).json == before


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        ({"Кратность": "7"}, {"Кратность": "7"}),
        ({"Кратность": 7.6}, {"Кратность": "8"}),
        ({"Кратность": "NaN"}, {"Кратность": "0"}),
        ({"Порядок": 12345}, {"Порядок": 0}),
        ({"Вес": "0.12345"}, {"Вес": 0.123}),
        ({"Вес": 0.1}, {"Вес": 0.1}),
        ({"Вес": None}, {"Вес": 0}),
        ({"Артикул": 12}, {"Артикул": "12"}),
        ({"Артикул": True}, {"Артикул": "true"}),
        ({"Весовой": "true"}, {"Весовой": True}),
        ({"Единица_Key": PIECE.upper()}, {"Единица_Key": PIECE}),
        ({"Поступил": "2026-11-24T10:11:12.5"}, {"Поступил": "2026-11-24T10:11:12"}),
        ({"Поступил": "2026-11-24"}, {"Поступил": "2026-11-24T00:00:00"}),
        ({"КодТНВЭД": "22"}, {"КодТНВЭД": "22         "}),
        ({"Картинка_Base64Data": "AAEC"}, {"Картинка_Base64Data": "AAEC"}),
        ({"Predefined": True, "Code": "7"}, {"Predefined": False, "Code": "7"}),
    ],
)
def test_other_values_are_bent_to_fit(body: dict[str, Any], stored: dict[str, Any]) -> None:
    """Numbers from texts, rounding to the attribute's digits, padding, empty for null."""
    told = change(base(), f"{GOODS}(guid'{BEER}')", **body)
    assert told.status == 200
    assert {name: told.json[name] for name in stored} == stored


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        (
            {"Основание": ORDER, "Основание_Type": "StandardODATA.Document_ЗаказКлиента"},
            (ORDER, "Document_ЗаказКлиента"),
        ),
        ({"Основание": ORDER.upper(), "Основание_Type": "Document_ЗаказКлиента"}, (ORDER, "Document_ЗаказКлиента")),
        ({"Основание": "текст", "Основание_Type": "Edm.String"}, ("текст", "Edm.String")),
        ({"Основание": "текст"}, ("текст", "Edm.String")),
        ({"Основание": 1.5}, ("1.5", "Edm.Double")),
        ({"Основание": True}, ("", "Undefined")),
        ({"Основание": "", "Основание_Type": "StandardODATA.Undefined"}, ("", "Undefined")),
    ],
)
def test_composites_are_written_as_value_and_type(body: dict[str, Any], stored: tuple[str, str]) -> None:
    """A reference with its type, a simple value with or without one, and nothing."""
    told = change(base(), f"{SALES}(guid'{SALE}')", **body).json
    assert (told["Основание"], told["Основание_Type"].removeprefix("StandardODATA.")) == stored


def test_a_composite_takes_only_its_own_types_and_real_references() -> None:
    """A type that the attribute has not is refused, and so is a reference that is no GUID."""
    onec, path = base(), f"{SALES}(guid'{SALE}')"
    assert change(onec, path, Основание=ORDER, Основание_Type="Catalog_Склады").refusal == (400, "4")
    assert change(onec, path, Основание="x", Основание_Type="Document_ЗаказКлиента").refusal == (400, "1")


def test_a_section_is_replaced_sorted_and_must_be_a_list_of_lines() -> None:
    """Lines may come in any order of their numbers; something else than lines fails inside."""
    onec, path = base(), f"{SALES}(guid'{DRAFT}')"
    lines = [{"LineNumber": 2, "Номенклатура_Key": KVASS}, {"LineNumber": "1", "Номенклатура_Key": BEER}]
    assert [each["Номенклатура_Key"] for each in change(onec, path, Товары=lines).json["Товары"]] == [BEER, KVASS]
    assert change(onec, path, Товары=[]).json["Товары"] == []
    assert change(onec, path, Товары="нет").refusal == (500, "-1")
    assert change(onec, path, Товары=["нет"]).refusal == (500, "-1")
    assert ask(onec, f"{SALES}_Товары", method="POST", body={"LineNumber": 1}).refusal == (400, "13")


def test_bodies_that_are_no_objects_fail_inside() -> None:
    """Broken JSON and a list where an object belongs are 500 with code -1."""
    onec = base()
    for body in (b"{", b"[]", b"", b"\xff"):
        assert ask(onec, GOODS, method="POST", body=body).refusal == (500, "-1")


def test_posting_by_every_spelling_moves_the_balance_once() -> None:
    """Post, Post(), with the mode in brackets or in the query, and by PATCH of Posted: the same movements each time."""
    onec, path = base(), f"{SALES}(guid'{DRAFT}')"
    spellings: list[tuple[str, str]] = [
        *(("Post", ""), ("Post()", ""), ("Post", "PostingModeOperational=false")),
        ("Post(PostingModeOperational=false)", ""),
    ]
    for action, query in spellings:
        told = ask(onec, f"{path}/{action}", method="POST", raw=query or "$format=json")
        assert (told.status, told.body) == (200, b"")
        assert onec.store.balance("ТоварыНаСкладах")[BEER, MAIN]["ВНаличии"] == Decimal("6.5")
    assert change(onec, path, Posted=False).json["Posted"] is False
    assert onec.store.balance("ТоварыНаСкладах")[BEER, MAIN]["ВНаличии"] == Decimal("7.5")
    assert change(onec, path, Posted=True).json["Posted"] is True
    assert onec.store.balance("ТоварыНаСкладах")[BEER, MAIN]["ВНаличии"] == Decimal("6.5")
    assert ask(onec, f"{path}/Post(PostingModeOperational=может)", method="POST").refusal == (400, "1")
    assert ask(onec, f"{path}/Post", method="PUT", body={}).refusal == (405, "19")
    assert ask(onec, f"{GOODS}(guid'{BEER}')/Post", method="POST").refusal == (400, "6")
    assert ask(onec, f"{SALES}(guid'{ref(77)}')/Post", method="POST").refusal == (404, "9")


def test_a_posted_document_that_is_changed_moves_its_movements() -> None:
    """PATCH of a section of a posted document replaces what it wrote."""
    onec = base()
    lines = [{"LineNumber": 1, "Номенклатура_Key": BEER, "Количество": "0.1"}]
    assert change(onec, f"{SALES}(guid'{SALE}')", Товары=lines).json["Posted"] is True
    held = onec.store.balance("ТоварыНаСкладах")
    assert (held[BEER, MAIN]["ВНаличии"], held[KVASS, MAIN]["ВНаличии"]) == (Decimal("9.9"), Decimal("0.3"))


def test_marking_and_posting_exclude_each_other() -> None:
    """A posted document cannot be marked, a marked one cannot be posted, in any way; both at once is fine."""
    onec = base()
    assert change(onec, f"{SALES}(guid'{SALE}')", DeletionMark=True).refusal == (500, "-1")
    assert ask(onec, f"{SALES}(guid'{MARKED}')/Post", method="POST").refusal == (500, "-1")
    assert change(onec, f"{SALES}(guid'{MARKED}')", Posted=True).refusal == (500, "-1")
    assert create(onec, SALES, DeletionMark=True, Posted=True).refusal == (500, "-1")
    assert ask(onec, f"{SALES}(guid'{SALE}')/Unpost", method="POST").status == 200
    assert change(onec, f"{SALES}(guid'{SALE}')", DeletionMark=True).json["DeletionMark"] is True


def test_delete_is_for_good_with_movements() -> None:
    """204, then 404; what the document wrote is gone too; a second time there is nothing."""
    onec, path = base(), f"{SALES}(guid'{SALE}')"
    told = ask(onec, path, method="DELETE")
    assert (told.status, told.body) == (204, b"")
    assert ask(onec, path).refusal == (404, "9")
    assert ask(onec, path, method="DELETE").refusal == (404, "9")
    assert onec.store.balance("ТоварыНаСкладах")[BEER, MAIN]["ВНаличии"] == Decimal(10)
    assert len(ask(onec, f"{SALES}_Товары").value) == 1


def test_records_of_an_independent_register() -> None:
    """POST is 200, again it is code 15; PATCH keeps the key; DELETE works."""
    onec = base()
    told = create(onec, CODES, Штрихкод="46", Номенклатура_Key=KVASS)
    assert (told.status, told.json["Номенклатура_Key"]) == (200, KVASS)
    assert "DataVersion" not in told.json
    assert create(onec, CODES, Штрихкод="46").refusal == (400, "15")
    path = f"{CODES}(Штрихкод='46')"
    assert change(onec, path, Номенклатура_Key=BEER).json["Номенклатура_Key"] == BEER
    assert change(onec, path, Штрихкод="47").refusal == (400, "4")
    assert ask(onec, path, method="DELETE").status == 204
    assert ask(onec, path).refusal == (404, "9")


def test_registers_of_documents_are_written_by_documents_only() -> None:
    """The double does not take record sets from outside: 405."""
    onec = base()
    assert create(onec, "AccumulationRegister_ТоварыНаСкладах", RecordSet=[]).refusal == (405, "19")
    records = f"AccumulationRegister_ТоварыНаСкладах(Recorder=guid'{SALE}',Recorder_Type='Document_Реализация')"
    assert ask(onec, records, method="DELETE").refusal == (405, "19")
    assert change(onec, records, RecordSet=[]).refusal == (405, "19")


def test_the_load_mode_keeps_the_handlers_out() -> None:
    """With ``1C_OData-DataLoadMode: true`` the configuration's own checks do not run."""
    onec = base(handlers={GOODS: lambda _: "Нельзя"})
    told = ask(onec, GOODS, method="POST", body={}, headers={"1c_odata-dataloadmode": "true"})
    assert told.status == 201
    assert create(onec, GOODS).refusal == (500, "-1")
    assert change(onec, f"{GOODS}(guid'{BEER}')").refusal == (500, "-1")


def test_an_entry_in_atom_is_taken_too() -> None:
    """The default representation works for writing; sections are elements; a broken document fails inside."""
    onec = base()
    data, meta = "http://schemas.microsoft.com/ado/2007/08/dataservices", "/metadata"
    body = f"""<entry xmlns="http://www.w3.org/2005/Atom" xmlns:d="{data}" xmlns:m="{data}{meta}"><content>
    <m:properties><d:Number>A1</d:Number><d:Склад_Key>{MAIN}</d:Склад_Key><d:Posted>true</d:Posted>
    <d:Контрагент_Key m:null="true"/><d:Товары m:type="Collection(x)"><d:element><d:LineNumber>1</d:LineNumber>
    <d:Номенклатура_Key>{BEER}</d:Номенклатура_Key><d:Количество>1</d:Количество></d:element></d:Товары>
    </m:properties></content></entry>""".encode()
    kind = {"content-type": "application/atom+xml"}
    told = ask(onec, SALES, method="POST", body=body, headers=kind)
    assert (told.status, told.json["Number"]) == (201, "A1")
    assert onec.store.balance("ТоварыНаСкладах")[BEER, MAIN]["ВНаличии"] == Decimal("6.5")
    assert ask(onec, SALES, method="POST", body=b"<entry", headers=kind).refusal == (500, "-1")
    assert ask(onec, SALES, method="POST", body=b"<entry/>", headers=kind).status == 201


def test_writes_from_many_threads_are_each_whole() -> None:
    """Eight threads create and post documents: every number once, and the balance is exact."""
    onec = base()
    made: list[Told] = []

    def work() -> None:
        for _ in range(10):
            body = {"Posted": True, "Склад_Key": MAIN, "Date": "2026-11-24T00:00:00"}
            lines = [{"LineNumber": 1, "Номенклатура_Key": BEER, "Количество": "0.1"}]
            made.append(create(onec, "Document_Поступление", **body, Товары=lines))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({told.json["Number"] for told in made}) == 80
    assert onec.store.balance("ТоварыНаСкладах")[BEER, MAIN]["ВНаличии"] == Decimal("15.5")


def test_an_item_can_move_between_folders_and_a_dangling_reference_stays() -> None:
    """References are not checked, as in a base."""
    told = change(base(), f"{GOODS}(guid'{BEER}')", Parent_Key=ref(55), Единица_Key=FOLDER).json
    assert (told["Parent_Key"], told["Единица_Key"]) == (ref(55), FOLDER)
