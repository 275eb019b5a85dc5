"""A base is known by what it publishes, however little that is; what it lacks is told with the steps that mend it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from connectors.onec.odata import OneC, OneCAddress, metadata_of
from connectors.onec.odata.metadata_cache import MAX_AGE, fingerprint, metadata_through
from foundation.errors import Faults
from mappings.profiles.check import check_profile, named_in, unpublished
from mappings.profiles.profile import load_profile
from mappings.profiles.publishing import steps
from sandbox.http import serving
from sandbox.onec.configuration import load
from sandbox.onec.metadata import metadata
from sandbox.onec.service import OneC as Double
from sandbox.world.bases import BASES, configuration
from tasks.looking import look, proposed_pages, same_books
from tasks.recognising import recognise

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.onec.odata.metadata import Metadata

USER = {"users": {"u": "p"}}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Metadata]:
    """Return what each configuration of the sandbox publishes, through its own document."""
    folder, found = tmp_path_factory.mktemp("edmx"), {}
    for name in BASES:
        path = folder / f"{name}.xml"
        path.write_bytes(metadata(load(configuration(name))))
        found[name] = metadata_of(path)
    return found


@pytest.mark.parametrize("name", BASES)
def test_every_configuration_is_recognised(published: dict[str, Metadata], name: str) -> None:
    assert recognise(published[name])[0].profile == name


@pytest.mark.parametrize("name", BASES)
def test_no_false_alarm_and_no_miss(published: dict[str, Metadata], name: str) -> None:
    """A whole base lacks nothing; without any one of the needed sets, or properties, exactly that is told."""
    profile, whole = load_profile(name), published[name]
    also = [each for each, entity in profile.entities.items() if entity.optional]
    documents = tuple(profile.orders)
    assert check_profile(profile, profile.filled({}), whole, also=also, documents=documents) == []
    needed = {profile.reading(table).entity for table in profile.used({}, also)}
    for entity in sorted(needed):
        less = replace(whole, sets=whole.sets - {entity}, rows={k: v for k, v in whole.rows.items() if k != entity})
        faults = check_profile(profile, profile.filled({}), less, also=also, documents=documents)
        assert {fault.said.split(".")[0] for fault in faults} == {"не опубликовано"}, entity
        assert entity in unpublished(profile, profile.filled({}), less, also=also, documents=documents)


@pytest.mark.parametrize("name", BASES)
def test_every_property_that_a_profile_names_is_looked_for(published: dict[str, Metadata], name: str) -> None:
    profile, whole = load_profile(name), published[name]
    for table in profile.used({}):
        reading = profile.reading(table)
        if reading.function:
            continue
        for field in reading.fields:
            section, _, inside = field.source.partition("/")
            holder = whole.entities[reading.entity].properties
            row = holder if not inside else whole.rows[holder[section].removeprefix("Collection(").removesuffix(")")]
            kept = row.pop(inside or field.source)
            try:
                told = check_profile(profile, profile.filled({}), whole)
                assert any(fault.path.endswith(f".{field.source}") for fault in told), (table, field.source)
            finally:
                row[inside or field.source] = kept


def test_a_handful_of_sets_is_enough(published: dict[str, Metadata]) -> None:
    whole = published["unf"]
    few = replace(whole, sets={"Catalog_Номенклатура", "Catalog_СтруктурныеЕдиницы"})
    assert recognise(few)[0].profile == "unf"
    nothing = replace(whole, sets=set(), rows={})
    assert recognise(nothing) == []


def test_11_4_and_11_5_are_told_apart_by_one_property(published: dict[str, Metadata]) -> None:
    only = {"Catalog_Номенклатура", "Catalog_УпаковкиЕдиницыИзмерения"}
    assert recognise(replace(published["ut11"], sets=only))[0].profile == "ut11"
    assert recognise(replace(published["ut114"], sets=only))[0].profile == "ut114"


def test_ka_and_erp_are_kept_as_ut_keeps_its_books() -> None:
    assert same_books(load_profile("ka2"), load_profile("ut11"))
    assert same_books(load_profile("erp2"), load_profile("ka2"))
    assert not same_books(load_profile("ut114"), load_profile("ut11"))


def test_the_properties_of_a_filter_are_known() -> None:
    assert named_in("Posted eq true and АдресДоставки ne 'a eq b'") == ["Posted", "АдресДоставки"]
    assert named_in("Партнер/Клиент eq true") == ["Партнер/Клиент"]
    assert named_in("") == []


def test_the_steps_name_what_to_tick_and_give_1c_code() -> None:
    told = steps(
        "unf", ["Catalog_Контрагенты", "Catalog_Контрагенты_КонтактнаяИнформация", "InformationRegister_Ц_RecordType"]
    )
    text = "\n".join(told)
    assert "Настройки → Ещё больше возможностей" in text
    assert "«Справочники → Контрагенты»; «Регистры сведений → Ц»" in text
    assert text.count("Метаданные.Справочники.Контрагенты") == 1
    assert "Состав.Добавить(Метаданные.РегистрыСведений.Ц);" in text
    assert steps("ut11", []) == []


# -- a look at a base --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(world: Any) -> Double:
    return Double(configuration("ut11"), world.onec, **USER)


def opened(url: str) -> OneC:
    return OneC(OneCAddress(url, "u", "p", page_rows=1000))


def test_a_look_tells_everything_and_keeps_the_metadata(small: Double, tmp_path: Path) -> None:
    with serving(small) as served, opened(f"{served.url}{small.root}") as onec:
        first = look(onec, {}, folder=tmp_path)
        second = look(onec, {}, folder=tmp_path)
    assert (first.cached, second.cached) == (False, True)
    assert first.profile.name == "ut11"
    assert first.faults == second.faults == []
    counts = {each.value: each.count for each in first.outlets}
    assert counts["child_partner"] == counts["partner"] == 2267
    assert counts["delivery_address"]
    assert first.outlet == "child_partner"
    assert first.speed is not None
    assert 1000 <= first.speed.page_rows <= 8000


def test_what_is_not_published_comes_with_steps(world: Any, tmp_path: Path) -> None:
    hidden = {"Catalog_Партнеры", "Catalog_СоглашенияСКлиентами"}
    double = Double(configuration("ut11"), world.onec, unpublished=hidden, **USER)
    with serving(double) as served, opened(f"{served.url}{double.root}") as onec:
        found = look(onec, {}, folder=tmp_path)
    assert set(found.missing) >= hidden
    assert any("Партнеры" in step for step in found.steps)
    assert {each.value: each.count for each in found.outlets}["partner"] is None
    assert found.outlet == "delivery_address"


def test_a_right_that_is_missing_is_told(small: Double, tmp_path: Path) -> None:
    with serving(small) as served, opened(f"{served.url}{small.root}") as onec:
        small.faults.arm("status", status=401, match="Catalog_Склады", times=9)
        try:
            faults = look(onec, {}, folder=tmp_path).faults
        finally:
            small.faults.clear()
    assert [fault.path for fault in faults] == ["склады: Catalog_Склады"]


def test_a_fault_of_a_kept_copy_is_looked_for_anew(world: Any, tmp_path: Path) -> None:
    """An attribute that was added since does not change the list of sets: the copy is not believed when it accuses."""
    double = Double(configuration("ut11"), world.onec, **USER)
    with serving(double) as served, opened(f"{served.url}{double.root}") as onec:
        kept, _ = metadata_through(onec, tmp_path)
        del kept.entities["Catalog_Склады"].properties["Description"]
        import msgspec

        from connectors.onec.odata.metadata_cache import Kept

        path = next(tmp_path.glob("*.metadata"))
        old = msgspec.msgpack.decode(path.read_bytes(), type=Kept)
        path.write_bytes(msgspec.msgpack.encode(msgspec.structs.replace(old, metadata=kept)))
        found = look(onec, {}, folder=tmp_path)
    assert found.faults == []
    assert not found.cached


def test_a_copy_is_good_for_its_composition_and_its_age(small: Double, tmp_path: Path) -> None:
    now = [1000.0]
    with serving(small) as served, opened(f"{served.url}{small.root}") as onec:
        assert not metadata_through(onec, tmp_path, clock=lambda: now[0])[1]
        found, cached = metadata_through(onec, tmp_path, clock=lambda: now[0])
        assert cached
        assert found == onec.metadata()
        now[0] += MAX_AGE + 1
        assert not metadata_through(onec, tmp_path, clock=lambda: now[0])[1]
        next(tmp_path.glob("*.metadata")).write_bytes(b"\xc1 damaged")
        assert not metadata_through(onec, tmp_path, clock=lambda: now[0])[1]
    assert fingerprint(["b", "a"]) == fingerprint({"a", "b"}) != fingerprint(["a"])


def test_a_base_of_no_known_configuration_is_told(tmp_path: Path) -> None:
    unknown = {
        "Configuration": {"Name": "Своя", "Version": "1"},
        "Catalogs/Свой": {"CodeLength": "9", "DescriptionLength": "25", "Attributes": {}, "TabularSections": {}},
    }
    double = Double(unknown, {}, **USER)
    with (
        serving(double) as served,
        opened(f"{served.url}{double.root}") as onec,
        pytest.raises(Faults, match="не распознана"),
    ):
        look(onec, {}, folder=tmp_path)


@pytest.mark.parametrize(
    ("small_s", "page_s", "page_rows", "connections"),
    [(0.05, 0.35, 2000, 4), (1.0, 2.0, 8000, 4), (0.2, 10.2, 1000, 2), (0.01, 0.01, 8000, 4)],
)
def test_pages_are_proposed_by_what_a_request_costs(
    small_s: float, page_s: float, page_rows: int, connections: int
) -> None:
    assert proposed_pages(small_s, page_s, 1000) == (page_rows, connections)
