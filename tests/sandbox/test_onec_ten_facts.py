"""The ten facts that a simulator of 1C's OData most often gets wrong, each a test named after it."""

from __future__ import annotations

from decimal import Decimal

from tests.sandbox.onec_base import BEER, DRAFT, EMPTY, FOLDER, KVASS, MAIN, SALE, SHOP, ask, base, names, ref


def test_1_int64_is_a_json_string_double_a_number_and_there_is_no_decimal() -> None:
    """LineNumber and Int64 come quoted, Int16 and Double do not, and $metadata knows no Edm.Decimal."""
    onec = base()
    beer = ask(onec, f"Catalog_Номенклатура(guid'{BEER}')").json
    assert beer["Кратность"] == "12"
    assert beer["Порядок"] == 1
    assert beer["Вес"] == 0.5
    lines = ask(onec, f"Document_Реализация(guid'{SALE}')").json["Товары"]
    assert [each["LineNumber"] for each in lines] == ["1", "2"]
    assert '"Количество": 2.5,' in ask(onec, f"Document_Реализация(guid'{SALE}')").text
    assert '"Цена": 100,' in ask(onec, f"Document_Реализация(guid'{SALE}')").text
    assert "Edm.Decimal" not in ask(onec, "$metadata", form="").text


def test_2_columns_end_in_balance_and_virtual_tables_are_function_imports() -> None:
    """Columns are ВНаличииBalance, never …Остаток; Balance is no set but a FunctionImport bound to the register."""
    onec = base()
    row = ask(onec, "AccumulationRegister_ТоварыНаСкладах/Balance(Dimensions='Номенклатура,Склад')").value[0]
    assert set(row) == {"Номенклатура_Key", "Склад_Key", "ВНаличииBalance", "КОтгрузкеBalance"}
    metadata = ask(onec, "$metadata", form="").text
    assert "Остаток" not in metadata
    assert '<FunctionImport Name="Balance"' in metadata
    assert '<EntitySet Name="AccumulationRegister_ТоварыНаСкладах_Balance"' not in metadata
    assert "Balance" not in " ".join(row["name"] for row in ask(onec, "").value)


def test_3_if_match_is_ignored_as_it_was_measured_live() -> None:
    """A wrong DataVersion in If-Match overwrites all the same; 412 is there in the strict mode only."""
    wrong = {"if-match": '"AAAAAAAAAP8="'}
    path = f"Catalog_Номенклатура(guid'{BEER}')"
    onec = base()
    told = ask(onec, path, method="PATCH", body={"Артикул": "новый"}, headers=wrong)
    assert (told.status, told.json["Артикул"]) == (200, "новый")
    strict = base(strict_if_match=True)
    assert ask(strict, path, method="PATCH", body={"Артикул": "новый"}, headers=wrong).status == 412
    version = ask(strict, path).json["DataVersion"]
    told = ask(strict, path, method="PATCH", body={"Артикул": "новый"}, headers={"if-match": version})
    assert told.status == 200


def test_4_a_plus_is_not_a_space() -> None:
    """A plus in the query is an addition, which no filter may use; %20 is the blank."""
    onec = base()
    refused = ask(onec, "Catalog_Номенклатура", raw="$format=json&$filter=Code+eq+'00-00000001'")
    assert refused.refusal == (500, "-1")
    assert "Операция не разрешена" in refused.text
    assert len(ask(onec, "Catalog_Номенклатура", raw="$format=json&$filter=Code%20eq%20'00-00000001'").value) == 1


def test_5_strange_bodies_are_bent_to_fit_with_200() -> None:
    """Unknown fields are ignored, long strings cut, an Int64 that is none becomes 0, a dangling reference stays."""
    onec = base()
    body = {"НетТакого": 1, "Артикул": "очень длинный артикул", "Кратность": "много", "Единица_Key": ref(77, 4)}
    told = ask(onec, f"Catalog_Номенклатура(guid'{BEER}')", method="PATCH", body=body)
    assert told.status == 200
    assert told.json["Артикул"] == "очень длин"
    assert told.json["Кратность"] == "0"
    assert told.json["Единица_Key"] == ref(77, 4)
    assert "НетТакого" not in told.json


def test_6_patch_gives_the_whole_object_and_replaces_sections_numbered_from_one() -> None:
    """PATCH answers 200 with everything; a section is replaced; LineNumber must be there and run from 1."""
    onec = base()
    path = f"Document_Реализация(guid'{DRAFT}')"
    told = ask(onec, path, method="PATCH", body={"Товары": [{"LineNumber": "1", "Номенклатура_Key": KVASS}]})
    assert told.status == 200
    assert told.json["Number"] == "ТД-000002"
    assert [each["Номенклатура_Key"] for each in told.json["Товары"]] == [KVASS]
    gap = ask(onec, path, method="PATCH", body={"Товары": [{"LineNumber": 1}, {"LineNumber": 3}]})
    assert gap.status == 400
    missing = ask(onec, path, method="PATCH", body={"Товары": [{"Номенклатура_Key": BEER}]})
    assert missing.refusal == (500, "-1")
    assert [each["Номенклатура_Key"] for each in ask(onec, path).json["Товары"]] == [KVASS]


def test_7_post_and_unpost_answer_an_empty_200_also_to_get() -> None:
    """Posting moves balances and answers nothing, GET does it too, and a posted document cannot be marked."""
    onec = base()
    path = f"Document_Реализация(guid'{DRAFT}')"
    told = ask(onec, f"{path}/Post", raw="PostingModeOperational=false")
    assert (told.status, told.body) == (200, b"")
    assert onec.store.balance("ТоварыНаСкладах")[BEER, MAIN]["ВНаличии"] == Decimal("6.5")
    marked = ask(onec, path, method="PATCH", body={"DeletionMark": True})
    assert marked.refusal == (500, "-1")
    assert "Проведенный документ не может быть помечен на удаление!" in marked.text
    assert (told := ask(onec, f"{path}/Unpost()", method="POST")).status == 200
    assert told.body == b""
    assert onec.store.balance("ТоварыНаСкладах")[BEER, MAIN]["ВНаличии"] == Decimal("7.5")


def test_8_business_errors_are_500_with_the_string_minus_one_under_odata_error() -> None:
    """What a handler of the configuration refuses is 500; the code is a string and the key is odata.error."""
    onec = base(handlers={"Catalog_Номенклатура": lambda item: "Не заполнен артикул" if not item["Артикул"] else None})
    told = ask(onec, "Catalog_Номенклатура", method="POST", body={"Description": "Новый"})
    assert told.status == 500
    assert set(told.json) == {"odata.error"}
    error = told.json["odata.error"]
    assert error["code"] == "-1"
    assert error["message"]["lang"] == "ru"
    assert "ПередЗаписью" in error["message"]["value"]
    assert "Не заполнен артикул" in error["message"]["value"]
    assert onec.store.objects("Catalog_Номенклатура")[-1]["Description"] == "Снеки"


def test_9_no_paging_links_counts_are_strings_folders_have_nulls_and_links_need_published_targets() -> None:
    """Lists come whole; odata.count is a string; folders hold null; no Code of length 0; links to what is published."""
    onec = base()
    told = ask(onec, "Catalog_Номенклатура", inlinecount="allpages").json
    assert told["odata.count"] == "4"
    assert not [key for key in told if "nextLink" in key]
    rows = {row["Ref_Key"]: row for row in told["value"]}
    assert rows[FOLDER]["Артикул"] is None
    assert rows[FOLDER]["Единица_Key"] is None
    assert None not in rows[BEER].values()
    assert rows[BEER]["Единица@navigationLinkUrl"] == f"Catalog_Номенклатура(guid'{BEER}')/Единица"
    assert rows[KVASS]["Марка_Key"] != EMPTY
    assert "Марка@navigationLinkUrl" not in rows[KVASS]
    assert "Code" not in ask(onec, "Catalog_Склады").value[0]
    metadata = ask(onec, "$metadata", form="").text
    assert "StandardODATA.Catalog_Номенклатура_Единица" in metadata
    assert "StandardODATA.Catalog_Номенклатура_Марка" not in metadata
    assert '"Марка_Key"' in metadata


def test_10_expand_needs_a_list_and_a_selected_path_and_composites_need_a_cast() -> None:
    """$expand is refused for one object and silently does nothing beside a $select without the path."""
    onec = base()
    single = ask(onec, f"Document_Реализация(guid'{SALE}')", expand="Контрагент")
    assert single.refusal == (501, "0")
    assert "Опция $expand не поддерживается при запросе одиночных сущностей" in single.text
    silent = ask(onec, "Document_Реализация", select="Ref_Key", expand="Контрагент").value
    assert set(silent[0]) == {"Ref_Key"}
    told = ask(onec, "Document_Реализация", select="Ref_Key,Контрагент/Description", expand="Контрагент").value
    assert told[0]["Контрагент"] == {"Description": "Ларёк"}
    assert told[1]["Контрагент"] is None
    order = ask(onec, "Document_Реализация", select="Основание").value[0]["Основание"]
    assert ask(onec, "Document_Реализация", filter=f"Основание eq guid'{order}'").value == []
    found = ask(onec, "Document_Реализация", filter=f"Основание eq cast(guid'{order}','Document_ЗаказКлиента')")
    assert [row["Ref_Key"] for row in found.value] == [SALE]
    assert names(ask(onec, "Catalog_Контрагенты", filter=f"Parent_Key eq guid'{SHOP}'")) == ["Ларёк"]
