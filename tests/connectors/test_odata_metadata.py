"""``$metadata``: 1C's own manner is understood, a whole base is read quickly, an attack is not."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from connectors.onec.odata import EntityType, Function, metadata_of
from connectors.onec.odata.metadata import Pieces
from foundation.errors import AccessDenied, Ambiguous, BadAnswer, NotFound, NotPublished
from tests.connectors.odata_base import onec, path, refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<edmx:Edmx Version="1.0"
\txmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">
\t<edmx:DataServices m:DataServiceVersion="3.0"
\t\tm:MaxDataServiceVersion="3.0"
\t\txmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">
\t\t<Schema Namespace="StandardODATA"
\t\t\txmlns="http://schemas.microsoft.com/ado/2009/11/edm">
"""
TYPES = """
<EntityType Name="Catalog_Товары" OpenType="true">
\t<Key>
\t\t<PropertyRef Name="Ref_Key"/>
\t</Key>
\t<Property Name="Ref_Key"
\t\tType="Edm.Guid"
\t\tNullable="false"/>
\t<Property Name="Owner" Type="Edm.String" Nullable="true"/>
\t<Property Name="Единицы" Type="Collection(StandardODATA.Catalog_Товары_Единицы_RowType)" Nullable="true"/>
\t<Property Name="Owner_Type" Type="Edm.String" Nullable="true"/>
\t<NavigationProperty Name="Склад" Relationship="StandardODATA.Catalog_Товары_Склад" FromRole="Begin" ToRole="End"/>
</EntityType>
<EntityType Name="AccumulationRegister_Остатки">
\t<Key><PropertyRef Name="Recorder"/><PropertyRef Name="Recorder_Type"/></Key>
\t<Property Name="Recorder" Type="Edm.String" Nullable="false"/>
\t<Property Name="Recorder_Type" Type="Edm.String" Nullable="false"/>
</EntityType>
<ComplexType Name="AccumulationRegister_Остатки_Balance">
\t<Property Name="Товар_Key" Type="Edm.Guid" Nullable="false"/>
\t<Property Name="КоличествоBalance" Type="Edm.Double" Nullable="true"/>
</ComplexType>
<Association Name="Catalog_Товары_Склад">
\t<End Role="Begin" Type="StandardODATA.Catalog_Товары" Multiplicity="*"/>
</Association>
<EnumType Name="AllowedLength" UnderlyingType="Edm.Int32"><Member Name="Variable"/><Member Name="Fixed"/></EnumType>
<EnumType Name="AllowedLength" UnderlyingType="Edm.Int32"><Member Name="Variable"/><Member Name="Fixed"/></EnumType>
<EntityContainer Name="EnterpriseV8">
\t<EntitySet Name="Catalog_Товары" EntityType="StandardODATA.Catalog_Товары"/>
\t<EntitySet Name="AccumulationRegister_Остатки" EntityType="StandardODATA.AccumulationRegister_Остатки"/>
\t<FunctionImport Name="Balance" IsBindable="true" IsSideEffecting="false"
\t\tReturnType="Collection(StandardODATA.AccumulationRegister_Остатки_Balance)">
\t\t<Parameter Name="bindingParameter" Type="StandardODATA.AccumulationRegister_Остатки"/>
\t\t<Parameter Name="Condition" Type="Edm.String"/>
\t\t<Parameter Name="Period" Type="Edm.DateTime"/>
\t</FunctionImport>
\t<FunctionImport Name="Post" IsBindable="true" IsSideEffecting="true">
\t\t<Parameter Name="bindingParameter" Type="StandardODATA.Catalog_Товары"/>
\t\t<Parameter Name="PostingModeOperational" Type="Edm.Boolean"/>
\t</FunctionImport>
</EntityContainer>
"""
TAIL = "</Schema></edmx:DataServices></edmx:Edmx>"
WHOLE = (HEAD + TYPES + TAIL).encode()


def served(body: bytes) -> httpx.Response:
    return httpx.Response(200, content=body, headers={"Content-Type": "application/xml"})


def test_what_a_base_publishes() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert path(request) == "/$metadata"
        return served(WHOLE)

    with onec(answer) as client:
        metadata = client.metadata()
    goods = metadata.entities["Catalog_Товары"]
    assert goods == EntityType(
        "Catalog_Товары",
        ("Ref_Key",),
        {
            "Ref_Key": "Edm.Guid",
            "Owner": "Edm.String",
            "Единицы": "Collection(Catalog_Товары_Единицы_RowType)",
            "Owner_Type": "Edm.String",
        },
        ("Склад",),
        is_open=True,
    )
    assert metadata.entities["AccumulationRegister_Остатки"].key == ("Recorder", "Recorder_Type")
    assert metadata.sets == {"Catalog_Товары", "AccumulationRegister_Остатки"}
    assert metadata.functions["AccumulationRegister_Остатки"]["Balance"] == Function(
        "Balance", "AccumulationRegister_Остатки", ("Condition", "Period"), "AccumulationRegister_Остатки_Balance"
    )
    assert metadata.functions["Catalog_Товары"]["Post"].changes
    assert metadata.enums == {"AllowedLength": ("Variable", "Fixed")}


def test_properties_of_sets_and_of_virtual_tables(tmp_path: Path) -> None:
    file = tmp_path / "metadata.xml"
    file.write_bytes(WHOLE)
    metadata = metadata_of(file)
    balance = metadata.properties("AccumulationRegister_Остатки", "Balance")
    assert balance == {"Товар_Key": "Edm.Guid", "КоличествоBalance": "Edm.Double"}
    assert "Owner" in (metadata.properties("Catalog_Товары") or {})
    assert metadata.properties("Catalog_Нет") is None
    assert metadata.properties("AccumulationRegister_Остатки", "SliceLast") is None
    assert metadata.properties("Catalog_Товары", "Post") is None


def test_a_base_that_publishes_nothing_is_read(tmp_path: Path) -> None:
    file = tmp_path / "metadata.xml"
    file.write_text(HEAD + TAIL, encoding="utf-8")
    assert metadata_of(file).sets == set()


@pytest.mark.parametrize("cut", [0, 10, len(HEAD), len(WHOLE) // 2, len(WHOLE) - 3])
def test_half_an_xml_is_a_bad_answer(cut: int, tmp_path: Path) -> None:
    file = tmp_path / "metadata.xml"
    file.write_bytes(WHOLE[:cut])
    with pytest.raises(BadAnswer, match="не читается"):
        metadata_of(file)


@pytest.mark.parametrize("body", ["<html><body>Вход</body></html>", "<feed/>", '{"value": []}', "<html><br></html>"])
def test_something_else_is_a_bad_answer(body: str) -> None:
    with onec(lambda _: served(body.encode())) as client, pytest.raises(BadAnswer):
        client.metadata()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        metadata_of(tmp_path / "none.xml")


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    """Neither a file's text nor a billion laughs get into the tables."""
    secret = tmp_path / "secret.txt"
    secret.write_text("СЕКРЕТ", encoding="utf-8")
    laughs = "".join(f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "ha"}{"x" * 50}">' for n in range(10))
    declared = f'<!DOCTYPE e [{laughs}<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    body = HEAD.replace("<edmx:Edmx", declared + "<edmx:Edmx", 1) + "&x;&l9;" + TYPES + TAIL
    file = tmp_path / "metadata.xml"
    file.write_text(body, encoding="utf-8")
    metadata = metadata_of(file)
    assert "СЕКРЕТ" not in repr(metadata)
    assert "Catalog_Товары" in metadata.sets


def test_refusals_of_a_stream_are_errors_of_the_tree() -> None:
    with onec(lambda _: httpx.Response(401)) as client, pytest.raises(AccessDenied):
        client.metadata()
    with onec(lambda _: httpx.Response(404)) as client, pytest.raises(NotPublished):
        client.metadata()
    with onec(lambda _: refused(401, "20", "Нет прав")) as client, pytest.raises(AccessDenied):
        client.metadata()


def test_a_stream_that_breaks_is_begun_again() -> None:
    """The base falls silent in the middle once; the second reading is whole."""
    tried = []

    class Breaking(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield WHOLE[:500]
            tried.append(1)
            if len(tried) == 1:
                raise httpx.ReadError("cut")
            yield WHOLE[500:]

    with onec(lambda _: httpx.Response(200, stream=Breaking())) as client:
        assert len(client.metadata().sets) == 2
    assert len(tried) == 2


def test_a_stream_that_always_breaks_is_ambiguous() -> None:
    class Breaking(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield WHOLE[:500]
            raise httpx.ReadError("cut")

    with (
        onec(lambda _: httpx.Response(200, stream=Breaking()), use_session=True) as client,
        pytest.raises(Ambiguous),
    ):
        client.metadata()


def test_pieces_of_any_size_make_a_file() -> None:
    pieces = Pieces([b"", b"ab", b"", b"c"])
    assert [pieces.read(1), pieces.read(1), pieces.read(1), pieces.read()] == [b"ab", b"c", b"", b""]


MEASURE = """
import json, sys, time
from pathlib import Path
from connectors.onec.odata.metadata import metadata_of
start = time.process_time()
metadata = metadata_of(sys.argv[1])
spent = time.process_time() - start
status = Path("/proc/self/status")
peak = int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024 if status.exists() else 0
print(json.dumps({"seconds": spent, "mib": peak, "sets": len(metadata.sets)}))
"""


def test_a_whole_base_is_read_quickly_and_in_little_memory(tmp_path: Path) -> None:
    """17 MB, 4,200 sets as in УТ: under 3 s of CPU, under 150 MiB at the peak of the whole process."""
    columns = "".join(
        f'\t\t\t\t<Property Name="Реквизит{number}"\n\t\t\t\t\tType="Edm.String"\n\t\t\t\t\tNullable="true"/>\n'
        for number in range(45)
    )
    file = tmp_path / "metadata.xml"
    with file.open("w", encoding="utf-8") as out:
        out.write(HEAD)
        for number in range(4200):
            key = '<Key><PropertyRef Name="Реквизит1"/></Key>'
            out.write(f'\t\t\t<EntityType Name="Catalog_Справочник{number}">{key}\n{columns}\t\t\t</EntityType>\n')
        out.write('<EntityContainer Name="EnterpriseV8">')
        for number in range(4200):
            out.write(f'<EntitySet Name="Catalog_Справочник{number}" EntityType="StandardODATA.X{number}"/>\n')
        out.write("</EntityContainer>" + TAIL)
    assert file.stat().st_size > 16_800_000
    done = subprocess.run([sys.executable, "-c", MEASURE, str(file)], capture_output=True, check=True, text=True)
    measured = json.loads(done.stdout)
    assert measured["sets"] == 4200
    assert measured["mib"] < 150
    assert measured["seconds"] < 3
