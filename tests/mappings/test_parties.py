"""Outlets and counterparties out of the database: our code as the link sends it, their code where a pair is in force."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from ledger.links import link_id
from mappings import parties
from mappings.catalog import store_ours
from mappings.correspondences import confirm_many
from mappings.pairs import Pair
from mappings.parties import load_parties
from mappings.translate.shipment_rules import Parties, Party

if TYPE_CHECKING:
    from foundation.database import Database

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def link(database: Database) -> int:
    """Give a link with three outlets and two counterparties; one of each is matched."""
    outlets = pd.DataFrame({"our_outlet": ["a", "b", "c"], "code": ["001", "", "003"], "name": ["А", "Б", "В"]})
    outlets["address"] = ["ул. Мира", "", ""]
    firms = pd.DataFrame({"our_counterparty": ["f", "g"], "code": ["Ф1", "Ф2"], "name": ["ООО", "ИП"]})
    with database.begin() as session:
        link = link_id(session, "одна")
        store_ours(session, link, "outlet", outlets, NOW)
        store_ours(session, link, "counterparty", firms, NOW)
        pairs = [Pair("outlet", "a", "C1"), Pair("outlet", "gone", "C9"), Pair("counterparty", "f", "K1")]
        confirm_many(session, link, pairs, author="тест")
    return link


def loaded(database: Database, link: int, outlets: list[str], firms: list[str], codes: str = "ref") -> Parties:
    with database.session() as session:
        return load_parties(session, link, outlets, firms, codes=codes)  # type: ignore[arg-type]  # one of Codes


def test_only_those_asked_for_with_their_pairs(database: Database, link: int) -> None:
    found = loaded(database, link, ["a", "b", "x"], ["f"])
    assert found.outlets == {"a": Party("a", "C1", "А", "ул. Мира"), "b": Party("b", "", "Б")}
    assert found.counterparties == {"f": Party("f", "K1", "ООО")}


def test_codes_of_the_catalog_where_there_are_any(database: Database, link: int) -> None:
    found = loaded(database, link, ["a", "b", "c"], ["f", "g"], "code")
    assert {key: party.ours for key, party in found.outlets.items()} == {"a": "001", "b": "b", "c": "003"}
    assert {key: party.ours for key, party in found.counterparties.items()} == {"f": "Ф1", "g": "Ф2"}


def test_a_matched_outlet_that_is_in_no_catalog_keeps_its_pair(database: Database, link: int) -> None:
    assert loaded(database, link, ["gone"], []).outlets == {"gone": Party("gone", "C9")}


def test_another_link_knows_nothing_of_it(database: Database, link: int) -> None:
    with database.begin() as session:
        other = link_id(session, "другая")
    assert other != link
    assert loaded(database, other, ["a"], ["f"]) == Parties({}, {})


def test_many_are_read_whole_and_the_same(database: Database, link: int, monkeypatch: pytest.MonkeyPatch) -> None:
    few = loaded(database, link, ["a", "b"], ["f", "g"])
    monkeypatch.setattr(parties, "WHOLE", 1)
    many = loaded(database, link, ["a", "b"], ["f", "g"])
    assert {key: many.outlets[key] for key in ("a", "b")} == few.outlets
    assert many.counterparties == few.counterparties
