"""Lists and single objects: options, order, pages, expansion, presentations, representations."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from tests.sandbox.onec_base import (
    BEER,
    BOX,
    DRAFT,
    EMPTY,
    FOLDER,
    KIOSK,
    KVASS,
    MAIN,
    MARKED,
    ORDER,
    PIECE,
    RECEIPT,
    SALE,
    SHOP,
    ask,
    base,
    names,
)

GOODS, SALES = "Catalog_Номенклатура", "Document_Реализация"
ATOM = "{http://www.w3.org/2005/Atom}"
DATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
META = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"


def test_a_list_names_its_metadata_and_writes_one_property_a_line() -> None:
    """The context names the set, Cyrillic is raw, the type is JSON in UTF-8, the version of the protocol is told."""
    told = ask(base(), "Catalog_Склады")
    assert told.json["odata.metadata"] == "http://base.example/ut/odata/standard.odata/$metadata#Catalog_Склады"
    assert '\n"Description": "Основной",\n' in told.text
    assert told.content_type == "application/json;charset=utf-8"
    assert told.headers["DataServiceVersion"] == "3.0"


def test_a_single_object_has_its_properties_beside_the_context() -> None:
    """No ``value`` around one object, and the context ends in ``/@Element``."""
    told = ask(base(), f"Catalog_Склады(guid'{MAIN}')").json
    assert told["odata.metadata"].endswith("#Catalog_Склады/@Element")
    assert told["Ref_Key"] == MAIN
    assert "value" not in told


def test_properties_of_a_list_come_in_1c_order_and_empty_values_are_1c_empty() -> None:
    """Ref_Key, DataVersion, DeletionMark, …, Predefined last; references, dates and enumerations have empty values."""
    row = ask(base(), GOODS, form="application/json;odata=nometadata").value[3]
    assert list(row)[:6] == ["Ref_Key", "DataVersion", "DeletionMark", "Parent_Key", "IsFolder", "Code"]
    assert list(row)[-2:] == ["Predefined", "PredefinedDataName"]
    assert row["Единица_Key"] == EMPTY
    assert row["Поступил"] == "0001-01-01T00:00:00"
    assert row["Вид"] == ""
    assert row["Картинка_Base64Data"] == ""
    assert "Картинка" not in row
    assert row["КодТНВЭД"] == " " * 11


def test_nometadata_leaves_out_the_context_and_the_links() -> None:
    """With nometadata only the rows and the count are there; fullmetadata has what the default has."""
    onec = base()
    told = ask(onec, GOODS, form="application/json;odata=nometadata", inlinecount="allpages").json
    assert set(told) == {"odata.count", "value"}
    assert "@" not in "".join(told["value"][1])
    full = ask(onec, GOODS, form="application/json;odata=fullmetadata").value[1]
    assert "Единица@navigationLinkUrl" in full
    header = ask(onec, GOODS, form="", headers={"accept": "application/json;odata=nometadata"}).json
    assert set(header) == {"value"}
    single = ask(onec, f"{GOODS}(guid'{BEER}')", form="application/json;odata=nometadata").json
    assert next(iter(single)) == "Ref_Key"


def test_composites_tell_their_type_and_the_undefined_one_too() -> None:
    """A reference, a number and nothing in one composite attribute."""
    rows = {row["Ref_Key"]: row for row in ask(base(), SALES).value}
    assert (rows[SALE]["Основание"], rows[SALE]["Основание_Type"]) == (ORDER, "StandardODATA.Document_ЗаказКлиента")
    assert (rows[DRAFT]["Основание"], rows[DRAFT]["Основание_Type"]) == ("42.5", "Edm.Double")
    assert (rows[MARKED]["Основание"], rows[MARKED]["Основание_Type"]) == ("", "StandardODATA.Undefined")
    assert "Основание_Key" not in rows[SALE]
    assert rows[MARKED]["Товары"] == []


def test_lines_carry_their_owner_and_their_number_and_link_with_a_blank_in_the_key() -> None:
    """Rows of a section have Ref_Key and LineNumber; the set of all lines has the same rows."""
    onec = base()
    line = ask(onec, SALES, filter=f"Ref_Key eq guid'{SALE}'").value[0]["Товары"][1]
    assert (line["Ref_Key"], line["LineNumber"], line["Количество"], line["Цена"]) == (SALE, "2", 0.1, 7.5)
    link = line["Номенклатура@navigationLinkUrl"]
    assert link == f"Document_Реализация_Товары(Ref_Key=guid'{SALE}', LineNumber=2)/Номенклатура"
    assert len(ask(onec, f"{SALES}_Товары").value) == 3
    one = ask(onec, f"{SALES}_Товары(Ref_Key=guid'{SALE}',LineNumber=2)").json
    assert one["Номенклатура_Key"] == KVASS


@pytest.mark.parametrize(
    ("select", "columns"),
    [
        ("Ref_Key,Description", {"Ref_Key", "Description"}),
        ("Description, Ref_Key", {"Ref_Key", "Description"}),
        ("Единица_Key", {"Единица_Key"}),
        ("Единица", set()),
    ],
)
def test_select_takes_what_it_names(select: str, columns: set[str]) -> None:
    """Only the named properties come, in whatever order they were named."""
    row = ask(base(), GOODS, select=select, filter=f"Ref_Key eq guid'{BEER}'").value[0]
    assert {name for name in row if "@" not in name} == columns


def test_select_of_stars_and_of_columns_of_a_section() -> None:
    """``*`` is everything, ``**`` everything but sections, ``Товары/X`` one column of them."""
    onec = base()
    assert "Товары" in ask(onec, SALES, select="*").value[0]
    two = ask(onec, SALES, select="**").value[0]
    assert "Товары" not in two
    assert "Основание_Type" in two
    lines = ask(onec, SALES, select="Ref_Key,Товары/Номенклатура_Key,Товары/Количество").value[0]["Товары"]
    assert [{name for name in each if "@" not in name} for each in lines] == [{"Номенклатура_Key", "Количество"}] * 2
    records = ask(onec, "AccumulationRegister_ТоварыНаСкладах", select="RecordSet/ВНаличии").value
    assert records[1]["RecordSet"] == [{"ВНаличии": 2.5}, {"ВНаличии": 0.1}]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("Description", ["Квас O'Neil", "Напитки", "Пиво светлое", "Снеки"]),
        ("Description desc", ["Снеки", "Пиво светлое", "Напитки", "Квас O'Neil"]),
        ("Порядок", ["Напитки", "Пиво светлое", "Квас O'Neil", "Снеки"]),
        ("Порядок desc,Code asc", ["Снеки", "Квас O'Neil", "Пиво светлое", "Напитки"]),
        ("Единица/Code desc,Порядок desc", ["Квас O'Neil", "Пиво светлое", "Снеки", "Напитки"]),
        ("IsFolder desc,Ref_Key desc", ["Напитки", "Снеки", "Квас O'Neil", "Пиво светлое"]),
    ],
)
def test_orderby_sorts_by_properties_and_paths(order: str, found: list[str]) -> None:
    """Nulls come first; directions are per property; equal rows keep their order."""
    assert names(ask(base(), GOODS, orderby=order)) == found


def test_references_sort_as_the_base_stores_them_not_as_text() -> None:
    """The groups of a GUID are stored the other way round; comparing and ordering agree with each other."""
    low, high = "ffffffff-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
    for setting, first in ((True, low), (False, high)):
        onec = base(stored_order=setting)
        for key in (low, high):
            onec.store.put(
                onec.configuration.set("Catalog_ВидыЦен"),
                (key, *onec.configuration.set("Catalog_ВидыЦен").shape.empty[1:]),
            )
        rows = ask(onec, "Catalog_ВидыЦен", orderby="Ref_Key", filter="Description eq ''").value
        assert rows[0]["Ref_Key"] == first
        after = ask(onec, "Catalog_ВидыЦен", filter=f"Ref_Key gt guid'{first}' and Description eq ''").value
        assert [row["Ref_Key"] for row in after] == [rows[1]["Ref_Key"]]


def test_pages_follow_each_other_and_skip_comes_before_top() -> None:
    """``$skip`` then ``$top``; a top of nothing is an empty 200; past the end is empty too."""
    onec = base()
    pages = [names(ask(onec, GOODS, orderby="Code", top=2, skip=skip)) for skip in (0, 2, 4)]
    assert pages == [["Пиво светлое", "Квас O'Neil"], ["Снеки", "Напитки"], []]
    assert ask(onec, GOODS, top=0).value == []


def test_a_page_after_a_write_shows_what_was_written() -> None:
    """What is remembered of a query is forgotten with the next write."""
    onec = base()
    query: dict[str, Any] = {"orderby": "Description", "filter": "DeletionMark eq false"}
    assert len(ask(onec, GOODS, **query).value) == 3
    assert ask(onec, GOODS, method="POST", body={"Description": "Авокадо"}).status == 201
    assert names(ask(onec, GOODS, **query))[0] == "Авокадо"


def test_inlinecount_ignores_paging_by_the_book_or_respects_it_by_setting() -> None:
    """The vendor's book says that the whole set comes; nobody measured it, so it is a setting."""
    query: dict[str, Any] = {"inlinecount": "allpages", "top": 1, "filter": "IsFolder eq false"}
    told = ask(base(), GOODS, **query).json
    assert (told["odata.count"], len(told["value"])) == ("3", 3)
    told = ask(base(inlinecount_whole=False), GOODS, **query).json
    assert (told["odata.count"], len(told["value"])) == ("3", 1)


def test_count_is_plain_text_with_a_byte_order_mark() -> None:
    """``/$count`` counts what the filter keeps, also of a virtual table."""
    onec = base()
    told = ask(onec, f"{GOODS}/$count", filter="IsFolder eq false")
    assert told.body == "\ufeff3".encode()
    assert told.content_type.startswith("text/plain")
    assert ask(onec, "AccumulationRegister_ТоварыНаСкладах/Balance()/$count").text == "\ufeff2"


def test_without_an_order_nothing_promises_one() -> None:
    """With the setting, lists without ``$orderby`` come in another order each time, ordered ones do not."""
    onec = base(shuffle=True)
    assert len({tuple(names(ask(onec, GOODS))) for _ in range(12)}) > 1
    assert len({tuple(names(ask(onec, GOODS, orderby="Code"))) for _ in range(6)}) == 1
    assert len(ask(onec, GOODS, filter="IsFolder eq false").value) == 3


def test_expand_puts_objects_in_and_nests_them() -> None:
    """Without ``$select`` everything named is expanded; a path goes deeper; ``*`` takes all; links give way."""
    onec = base()
    row = ask(onec, SALES, expand="Контрагент/Parent").value[0]
    assert row["Контрагент"]["Description"] == "Ларёк"
    assert row["Контрагент"]["Parent"]["ИНН"] == "7700000001"
    assert "Контрагент@navigationLinkUrl" not in row
    row = ask(onec, SALES, expand="*").value[0]
    assert (row["Склад"]["Description"], row["Контрагент"]["Ref_Key"]) == ("Основной", KIOSK)
    row = ask(onec, SALES, select="Ref_Key,Контрагент/Parent/ИНН", expand="Контрагент/Parent").value[0]
    assert row["Контрагент"] == {"Parent": {"ИНН": "7700000001"}}


def test_expand_of_a_composite_names_the_type() -> None:
    """The object stands under ``X_Expanded``; rows that hold another type have null there."""
    rows = ask(base(), SALES, expand="Основание/Document_ЗаказКлиента").value
    assert rows[0]["Основание_Expanded"]["НомерПоДаннымКлиента"] == "CRM-1"
    assert rows[1]["Основание_Expanded"] is None
    field = "Основание/Document_ЗаказКлиента/Number"
    row = ask(base(), SALES, select=f"Ref_Key,{field}", expand="Основание/Document_ЗаказКлиента").value[0]
    assert row["Основание_Expanded"] == {"Number": "ТД-000001"}


def test_presentations_are_there_when_selected() -> None:
    """``X____Presentation`` and ``Presentation`` are no part of the metadata and come only when asked for."""
    onec = base()
    select = "Ref_Key,Контрагент____Presentation,Основание____Presentation,Presentation"
    row = ask(onec, SALES, select=select).value[0]
    assert row["Контрагент____Presentation"] == "Ларёк"
    assert row["Основание____Presentation"] == "ЗаказКлиента ТД-000001 от 2026-11-01 15:00:00"
    assert row["Presentation"] == "Реализация ТД-000001 от 2026-11-02 12:00:00"
    assert ask(onec, GOODS, select="*,Вес____Presentation,Presentation").value[1]["Вес____Presentation"] == "0.5"
    assert "Presentation" not in ask(onec, "$metadata", form="").text
    assert ask(onec, GOODS, select="НетТакого____Presentation").refusal == (400, "6")


def test_navigation_reaches_objects_and_properties() -> None:
    """A path after a key walks over references and ends at an object, a value, a section."""
    onec = base()
    one = f"{SALES}(guid'{SALE}')"
    assert ask(onec, f"{one}/Контрагент/Parent").json["Ref_Key"] == SHOP
    told = ask(onec, f"{one}/Контрагент/Description").json
    assert told["value"] == "Ларёк"
    assert told["odata.metadata"].endswith("#Edm.String")
    assert ask(onec, f"{one}/Контрагент/Description/$value").text == "Ларёк"
    assert ask(onec, f"{GOODS}(guid'{BEER}')/Вес/$value").text == "0.5"
    assert [row["LineNumber"] for row in ask(onec, f"{one}/Товары").value] == ["1", "2"]
    assert ask(onec, f"{GOODS}(guid'{SNACK}')/Единица").refusal == (404, "9")


SNACK = "00000003-0000-4000-8000-000100000003"


def test_records_and_record_sets_are_read_by_key() -> None:
    """An independent record by all its fields, a record set by its recorder, a record with its expansion."""
    onec = base()
    path = "InformationRegister_Штрихкоды(Штрихкод='4600000000015')"
    assert ask(onec, path).json["Номенклатура_Key"] == BEER
    assert ask(onec, path, expand="Номенклатура").json["Номенклатура"]["Артикул"] == "П-1"
    prices = ask(onec, "InformationRegister_Цены").value
    assert [len(each["RecordSet"]) for each in prices] == [1, 1]
    assert "Recorder_Key" in prices[0]
    recorder = f"Recorder=guid'{RECEIPT}',Recorder_Type='StandardODATA.Document_Поступление'"
    told = ask(onec, f"AccumulationRegister_ТоварыНаСкладах({recorder})").json
    assert [row["RecordType"] for row in told["RecordSet"]] == ["Receipt", "Receipt"]
    assert "Recorder" not in told["RecordSet"][0]
    assert told["RecordSet"][0]["Period"] == "2026-11-01T09:00:00"


def test_the_service_document_lists_what_is_published() -> None:
    """As Atom by default, as JSON when asked; enumerations are no sets."""
    onec = base(unpublished=["Catalog_Склады", "Document_Реализация"])
    listed = [row["name"] for row in ask(onec, "").value]
    assert GOODS in listed
    assert "Catalog_Склады" not in listed
    assert "Document_Реализация_Товары" not in listed
    assert not [name for name in listed if "Виды" in name and not name.startswith("Catalog_ВидыЦен")]
    atom = etree.fromstring(ask(onec, "", form="").body)
    assert atom.tag == "{http://www.w3.org/2007/app}service"
    assert [each.get("href") for each in atom.iter("{http://www.w3.org/2007/app}collection")] == listed


def test_the_default_representation_is_atom() -> None:
    """Feeds with typed properties, nulls, nested lines; ``m:count`` at the end; entries; errors."""
    onec = base()
    told = ask(onec, GOODS, form="", inlinecount="allpages")
    assert told.content_type.startswith("application/atom+xml;type=feed")
    feed = etree.fromstring(told.body)
    assert [each.tag for each in feed][-1] == f"{META}count"
    rows = [each.find(f"{ATOM}content/{META}properties") for each in feed.iter(f"{ATOM}entry")]
    folder, beer = rows[0], rows[1]
    assert folder is not None
    assert beer is not None
    assert folder.find(f"{DATA}Артикул").get(f"{META}null") == "true"  # type: ignore[union-attr] # it is there or the test fails
    assert beer.find(f"{DATA}Кратность").get(f"{META}type") == "Edm.Int64"  # type: ignore[union-attr] # as above
    assert beer.findtext(f"{DATA}Вес") == "0.5"
    assert beer.findtext(f"{DATA}IsFolder") == "false"
    entry = etree.fromstring(ask(onec, f"{SALES}(guid'{SALE}')", form="atom").body)
    assert entry.tag == f"{ATOM}entry"
    assert len(list(entry.iter(f"{DATA}element"))) == 2
    links = [each.get("href") for each in entry.iter(f"{ATOM}link")]
    assert f"{SALES}(guid'{SALE}')/Контрагент" in links
    inline = etree.fromstring(ask(onec, SALES, form="", expand="Контрагент").body)
    assert inline.find(f".//{META}inline/{ATOM}entry") is not None
    error = etree.fromstring(ask(onec, "Catalog_НетТакого", form="").body)
    assert (error.tag, error.findtext(f"{META}code")) == (f"{META}error", "8")
    value = etree.fromstring(ask(onec, f"{GOODS}(guid'{BEER}')/Артикул", form="").body)
    assert (value.tag, value.text) == (f"{DATA}Артикул", "П-1")


def test_rows_that_record_security_hides_fail_the_whole_list_unless_allowed_only() -> None:
    """One forbidden row in a result is 401 with code 20; ``allowedOnly=true`` leaves it out."""
    onec = base(hidden_rows={GOODS: {KVASS}})
    assert ask(onec, GOODS).refusal == (401, "20")
    assert ask(onec, f"{GOODS}(guid'{KVASS}')").refusal == (401, "20")
    assert ask(onec, GOODS, filter="Порядок eq 1").status == 200
    rows = ask(onec, GOODS, raw="$format=json&allowedOnly=true").value
    assert [row["Ref_Key"] for row in rows] == [FOLDER, BEER, SNACK]
    assert len(ask(onec, GOODS, allowedOnly="true").value) == 3


def test_a_package_tells_its_owner_as_a_composite() -> None:
    """An owner of several kinds is a pair; one that has none is undefined."""
    rows = {row["Ref_Key"]: row for row in ask(base(), "Catalog_Единицы").value}
    assert (rows[BOX]["Owner"], rows[BOX]["Owner_Type"]) == (BEER, "StandardODATA.Catalog_Номенклатура")
    assert (rows[PIECE]["Owner"], rows[PIECE]["Owner_Type"]) == ("", "StandardODATA.Undefined")
