"""``$metadata`` in 1C's manner."""

from __future__ import annotations

from collections import Counter

import pytest
from lxml import etree

from sandbox.onec.configuration import load
from sandbox.onec.service import OneC
from sandbox.running import UT11
from tests.sandbox.onec_base import CONFIGURATION, ask, base, catalog

EDM = "{http://schemas.microsoft.com/ado/2009/11/edm}"


def schema(onec: OneC) -> etree._Element:
    """Read the one schema of the document."""
    root = etree.fromstring(ask(onec, "$metadata", form="").body)
    (found,) = root.iter(f"{EDM}Schema")
    return found


def properties(onec: OneC, type_: str, kind: str = "EntityType") -> dict[str, str]:
    """Return the properties of a type in their order."""
    found = schema(onec).find(f"{EDM}{kind}[@Name='{type_}']")
    assert found is not None
    return {str(each.get("Name")): str(each.get("Type")) for each in found.iter(f"{EDM}Property")}


def test_types_follow_the_map_of_the_reference() -> None:
    """Strings, dates, flags, references, enumerations, small and large integers, fractions, storages, composites."""
    goods = properties(base(), "Catalog_Номенклатура")
    assert goods == {
        "Ref_Key": "Edm.Guid",
        "Predefined": "Edm.Boolean",
        "PredefinedDataName": "Edm.String",
        "DataVersion": "Edm.String",
        "Description": "Edm.String",
        "Code": "Edm.String",
        "Parent_Key": "Edm.Guid",
        "IsFolder": "Edm.Boolean",
        "DeletionMark": "Edm.Boolean",
        "Артикул": "Edm.String",
        "Единица_Key": "Edm.Guid",
        "Вид": "Edm.String",
        "Кратность": "Edm.Int64",
        "Порядок": "Edm.Int16",
        "Вес": "Edm.Double",
        "Весовой": "Edm.Boolean",
        "Поступил": "Edm.DateTime",
        "Марка_Key": "Edm.Guid",
        "Картинка_Base64Data": "Edm.Binary",
        "Картинка": "Edm.Stream",
        "КодТНВЭД": "Edm.String",
        "Картинка_Type": "Edm.String",
    }
    assert list(goods)[:9] == [
        *("Ref_Key", "Predefined", "PredefinedDataName", "DataVersion", "Description", "Code"),
        *("Parent_Key", "IsFolder", "DeletionMark"),
    ]
    sale = list(properties(base(), "Document_Реализация"))
    assert sale[:6] == ["Ref_Key", "DataVersion", "Number", "Date", "DeletionMark", "Posted"]
    assert sale[-1] == "Основание_Type"


def test_code_owner_and_folders_depend_on_the_catalog() -> None:
    """No Code of length 0, an owner of several kinds is composite, a hierarchy of items has no IsFolder."""
    assert "Code" not in properties(base(), "Catalog_Склады")
    units = properties(base(), "Catalog_Единицы")
    assert (units["Owner"], units["Owner_Type"]) == ("Edm.String", "Edm.String")
    partners = properties(base(), "Catalog_Контрагенты")
    assert "Parent_Key" in partners
    assert "IsFolder" not in partners
    owned = OneC({"Catalogs/А": catalog(), "Catalogs/Б": catalog(owners=("Catalog.А",))})
    assert properties(owned, "Catalog_Б")["Owner_Key"] == "Edm.Guid"


def test_a_type_with_a_composite_is_open() -> None:
    """OpenType stands where a composite is and nowhere else."""
    open_ = {each.get("Name") for each in schema(base()).iter(f"{EDM}EntityType") if each.get("OpenType") == "true"}
    assert "Document_Реализация" in open_
    assert "Catalog_Единицы" in open_
    assert "Catalog_Номенклатура" not in open_


def test_allowed_length_is_declared_twice_and_members_have_no_values() -> None:
    """A strict parser fails on the doubled enumeration, as it does on every real base."""
    enums = list(schema(base()).iter(f"{EDM}EnumType"))
    assert Counter(str(each.get("Name")) for each in enums) == {"AllowedLength": 2, "Виды": 1, "Статусы": 1}
    members = [dict(member.attrib) for each in enums for member in each]
    assert {"Name": "Товар"} in members


def test_properties_have_no_lengths_and_sets_no_association_sets() -> None:
    """Only Name, Type and Nullable; keys are not nullable; the container is EnterpriseV8."""
    found = schema(base())
    assert {name for each in found.iter(f"{EDM}Property") for name in each.attrib} == {"Name", "Type", "Nullable"}
    assert not list(found.iter(f"{EDM}AssociationSet"))
    (container,) = found.iter(f"{EDM}EntityContainer")
    assert container.get("Name") == "EnterpriseV8"
    assert container[0].get("Name") == "Catalog_Номенклатура"
    for each in found.iter(f"{EDM}EntityType"):
        nullable = {str(p.get("Name")): p.get("Nullable") for p in each.iter(f"{EDM}Property")}
        assert all(nullable[str(key.get("Name"))] == "false" for key in each.iter(f"{EDM}PropertyRef"))


def test_navigations_lead_to_published_sets_only() -> None:
    """An association for each navigation, both ends resolve; taking a set out takes its navigations out."""
    full, cut = schema(base()), schema(base(unpublished=["Catalog_Склады"]))
    types = {each.get("Name") for each in cut.iter(f"{EDM}EntityType")}
    ends = {str(each.get("Type")).removeprefix("StandardODATA.") for each in cut.iter(f"{EDM}End")}
    assert ends <= types
    named = [{str(each.get("Name")) for each in one.iter(f"{EDM}NavigationProperty")} for one in (full, cut)]
    assert "Склад" in named[0]
    assert "Склад" not in named[1]
    associations = {f"StandardODATA.{each.get('Name')}" for each in cut.iter(f"{EDM}Association")}
    assert {each.get("Relationship") for each in cut.iter(f"{EDM}NavigationProperty")} == associations


def test_functions_are_bound_with_alphabetical_parameters() -> None:
    """Balance and its kin to the register, slices to records, Post and Unpost to documents; turnovers have no Balance."""
    found: dict[str, dict[str, list[str]]] = {}
    for each in schema(base()).iter(f"{EDM}FunctionImport"):
        names = [str(parameter.get("Name")) for parameter in each]
        bound = str(each[0].get("Type")).removeprefix("StandardODATA.")
        found.setdefault(bound, {})[str(each.get("Name"))] = names[1:]
    stock = found["AccumulationRegister_ТоварыНаСкладах"]
    assert stock["Balance"] == ["Condition", "Dimensions", "Period"]
    assert stock["Turnovers"] == ["Condition", "Dimensions", "EndPeriod", "StartPeriod"]
    assert "AccumulationRegister_ТоварыНаСкладах_RecordType" not in found
    assert set(found["AccumulationRegister_Выручка"]) == {"Turnovers"}
    assert set(found["InformationRegister_Цены_RecordType"]) == {"SliceFirst", "SliceLast"}
    assert set(found["InformationRegister_Штрихкоды"]) == {"SliceFirst", "SliceLast"}
    assert found["Document_Реализация"]["Post"] == ["PostingModeOperational"]
    assert "Catalog_Номенклатура" not in found


def test_sections_and_registers_have_their_row_types() -> None:
    """A section is a Collection of its RowType and a set of its own; a record set has rows without the recorder."""
    onec = base()
    assert (
        properties(onec, "Document_Реализация")["Товары"]
        == "Collection(StandardODATA.Document_Реализация_Товары_RowType)"
    )
    assert list(properties(onec, "Document_Реализация_Товары_RowType", "ComplexType"))[:2] == ["Ref_Key", "LineNumber"]
    assert list(properties(onec, "AccumulationRegister_ТоварыНаСкладах")) == ["Recorder", "RecordSet", "Recorder_Type"]
    assert "Recorder" not in properties(onec, "AccumulationRegister_ТоварыНаСкладах_RowType", "ComplexType")
    assert "Recorder_Key" in properties(onec, "InformationRegister_Цены_RecordType")
    balance = properties(onec, "AccumulationRegister_ТоварыНаСкладах_Balance", "ComplexType")
    assert balance["ВНаличииBalance"] == "Edm.Double"
    both = properties(onec, "AccumulationRegister_ТоварыНаСкладах_BalanceAndTurnovers", "ComplexType")
    assert {"Period", "YearPeriod", "Recorder_Type", "ВНаличииOpeningBalance", "ВНаличииClosingBalance"} <= set(both)


def test_one_attribute_stands_on_a_line() -> None:
    """The text is laid out as 1C does, which matters to whoever reads it line by line."""
    text = ask(base(), "$metadata", form="").text
    assert '<Property Name="Артикул"\n\t\t\t\t\t\tType="Edm.String"\n\t\t\t\t\t\tNullable="true"/>' in text


def test_metadata_is_xml_only_and_head_is_not_allowed() -> None:
    """JSON is refused when it is asked for; a mere Accept is not held against the client; HEAD is 405."""
    onec = base()
    assert ask(onec, "$metadata", form="json").refusal == (501, "3")
    told = ask(onec, "$metadata", form="", headers={"accept": "application/json"})
    assert (told.status, told.content_type) == (200, "application/xml;charset=utf-8")
    assert ask(onec, "$metadata", form="", method="HEAD").status == 405


def test_the_trade_configuration_has_what_the_reference_names() -> None:
    """УТ 11.5 as the project carries it: stock, orders with the client's number, barcodes by barcode alone."""
    onec = OneC(UT11)
    order = properties(onec, "Document_ЗаказКлиента")
    assert order["НомерПоДаннымКлиента"] == "Edm.String"
    stock = properties(onec, "AccumulationRegister_ТоварыНаСкладах_Balance", "ComplexType")
    assert stock["ВНаличииBalance"] == "Edm.Double"
    barcodes = load(UT11).sets["InformationRegister_ШтрихкодыНоменклатуры"]
    assert barcodes.shape.key == ("Штрихкод",)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Catalogs/А": catalog(Поле=["xs:hexBinary"])}, "Поле"),
        ({"Catalogs/А": catalog(Поле=["SET:cfg:DefinedType.ИНН"])}, "Поле"),
        ({"Catalogs/А": catalog(Поле=["xs:string", "xs:hexBinary"])}, "hexBinary"),
        ({"Documents/Д": {"Movements": [{"register": "Р", "sums": {}}]}}, "sums"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused(change: dict[str, object], said: str) -> None:
    """Types and movements that the double does not know are told by name, not guessed."""
    with pytest.raises(ValueError, match=said):
        load(change)


def test_movements_and_content_must_name_what_there_is() -> None:
    """A source that is no attribute, a set or a property that is not there: each is told."""
    bad = {**CONFIGURATION, "Documents/Поступление": {**CONFIGURATION["Documents/Поступление"]}}
    for source in ("row.НетТакого", "line.Количество"):
        rule = {
            "register": "ТоварыНаСкладах",
            "record": "Receipt",
            "resources": {"ВНаличии": source},
            "section": "Товары",
        }
        bad["Documents/Поступление"] = {**bad["Documents/Поступление"], "Movements": [rule]}
        with pytest.raises(ValueError, match=source.partition(".")[2]):
            OneC(bad)
    with pytest.raises(ValueError, match="Catalog_НетТакого"):
        OneC(CONFIGURATION, {"Catalog_НетТакого": []})
    with pytest.raises(ValueError, match="НетТакого"):
        OneC(CONFIGURATION, {"Catalog_Склады": [{"НетТакого": 1}]})
    with pytest.raises(ValueError, match=r"Catalog_Номенклатура\.Вес"):
        OneC(CONFIGURATION, {"Catalog_Номенклатура": [{"Вес": "много"}]})
