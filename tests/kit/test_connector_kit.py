"""The behaviours that every connector of 1C must show: OData, the files of 7.7 and the exchange folder alike."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from foundation.errors import MI1CError
from mappings.model import TABLES, Kind
from mappings.profiles.profile import load_profile
from tests.kit.connector_kit import SUBJECTS, Balances, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

DTYPES = {
    Kind.KEY: "category",
    Kind.TEXT: "object",
    Kind.MICRO: "int64",
    Kind.INTEGER: "int64",
    Kind.FLAG: "bool",
    Kind.MOMENT: "datetime64[s]",
}


@pytest.fixture(scope="module", params=SUBJECTS)
def subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    with SUBJECTS[request.param](tmp_path_factory.mktemp(f"kit-{request.param}")) as made:
        yield made


def balances_of(frame: pd.DataFrame) -> Balances:
    found: Balances = {}
    for good, place, quantity in zip(frame["our_good"], frame["our_warehouse"], frame["quantity"], strict=True):
        found[good, place] = found.get((good, place), 0) + quantity
    return {key: value for key, value in found.items() if value}


def test_all_rows_come_once(subject: Subject) -> None:
    reading = subject.reading("goods")
    frame = subject.connector.read(reading)
    assert len(frame) == len(set(frame["our_good"]))
    assert set(frame["our_good"]) >= subject.goods
    assert subject.connector.count(reading) == len(frame)


def test_columns_have_the_dtypes_of_their_kinds(subject: Subject) -> None:
    for table in ("goods", "units", "warehouses", "counterparties", "stock"):
        frame = subject.connector.read(subject.reading(table))
        for name in frame.columns:
            assert str(frame[name].dtype) == DTYPES[TABLES[table].column(name).kind], f"{table}.{name}"


def test_reading_twice_gives_the_same(subject: Subject) -> None:
    first, second = (subject.connector.read(subject.reading("stock")) for _ in range(2))
    assert balances_of(first) == balances_of(second)
    assert len(first) > 20


def test_progress_ends_with_all_rows(subject: Subject) -> None:
    seen: list[int] = []
    frame = subject.connector.read(subject.reading("goods"), progress=seen.append)
    assert seen[-1] == len(frame)


def test_current_balances_are_the_truth(subject: Subject) -> None:
    assert balances_of(subject.connector.read(subject.reading("stock"))) == subject.balances


def test_balances_at_a_moment_are_the_truth_or_refused(subject: Subject) -> None:
    literal = f"datetime'{subject.moment.replace(hour=23, minute=59, second=59):%Y-%m-%dT%H:%M:%S}'"
    if subject.profile == "ut11":
        literal = f"datetime'{subject.moment:%Y-%m-%dT%H:%M:%S}'"
    reading = subject.reading("stock", arguments={"Period": literal})
    if subject.at_moment is None:
        with pytest.raises(MI1CError) as raised:
            subject.connector.read(reading)
        assert raised.value.todo
        return
    assert balances_of(subject.connector.read(reading)) == subject.at_moment


def test_only_what_changed_since_is_read(subject: Subject) -> None:
    """A window of documents: those from a moment on, no other; where shipments are read at all."""
    sources = load_profile(subject.profile).sources("shipments")
    if "sale" not in sources:
        pytest.fail("no profile without shipments") if subject.profile != "files" else None
        return
    whole = subject.connector.read(subject.reading(sources["sale"]))
    since = subject.moment - timedelta(days=3)
    part = subject.connector.read(subject.reading(sources["sale"], since=("date", since)))
    assert 0 < len(part) < len(whole)
    assert part["date"].min() >= since
    assert set(part["document"]) == set(whole.loc[whole["date"] >= since, "document"])
    if subject.dated:
        assert set(part["document"]) == {ref for ref, at in subject.dated.items() if at >= since}


def test_an_order_is_created_once_and_found_by_its_number(subject: Subject) -> None:
    number = "DS108-KIT-1"
    assert subject.found(number) == []
    first, second = subject.order(number), subject.order(number)
    assert first == second
    assert len(subject.found(number)) == 1
    assert subject.found("DS108-KIT-2") == []


def test_what_cannot_be_done_is_refused_with_what_to_do(subject: Subject) -> None:
    assert subject.refused
    for what, call in subject.refused.items():
        with pytest.raises(MI1CError) as raised:
            call()
        assert raised.value.russian, what
        assert raised.value.todo, what
