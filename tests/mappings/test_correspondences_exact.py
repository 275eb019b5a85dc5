"""Exact keys make pairs, and only where nothing speaks against them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from ledger.links import link_id
from mappings.barcodes import check_digit
from mappings.catalog import store_ours, store_theirs
from mappings.correspondences import active, confirm, end, history, undo
from mappings.exact import Proposed, propose_exact
from mappings.pairs import Pair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from foundation.database import Database

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def ean(number: int) -> str:
    digits = f"4600682{number:05d}"
    return digits + str(check_digit(digits))


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Open a session for writing."""
    with database.begin() as opened:
        yield opened


@pytest.fixture
def link(session: Session) -> int:
    """Make a link whose only units are pieces and litres."""
    made = link_id(session, "north")
    units = pd.DataFrame({"our_unit": ["pc", "lt"], "code": ["796", "112"], "name": ["шт", "л"]})
    store_ours(session, made, "unit", units, AT)
    return made


def ours(session: Session, link: int, *rows: dict[str, Any]) -> None:
    """Store our goods; a row may hold barcodes (a list), code, unit, deleted and is_group."""
    frame = pd.DataFrame(
        [
            {
                "our_good": row["id"],
                "name": f"Товар {row['id']}",
                "our_unit": row.get("unit", "pc"),
                "their_code": row.get("code", ""),
                "deleted": row.get("deleted", False),
                "is_group": row.get("is_group", False),
            }
            for row in rows
        ]
    )
    codes = [(code, row["id"], "") for row in rows for code in row.get("barcodes", [])]
    store_ours(
        session, link, "good", frame, AT, barcodes=pd.DataFrame(codes, columns=["barcode", "our_good", "our_unit"])
    )


def theirs(session: Session, link: int, *rows: tuple[str, str]) -> None:
    """Store goods of theirs (id, barcode), each in pieces."""
    frame = pd.DataFrame(rows, columns=["their_good", "barcode"])
    store_theirs(session, link, frame.assign(name="N", their_unit="ea", unit_name="шт", factor=1_000_000), AT)


def pairs(session: Session, link: int, kind: Any = "good") -> dict[str, str]:
    frame = active(session, link, kind)
    return dict(zip(frame["scope" if kind == "unit" else "our_id"], frame["their_id"], strict=True))


def reasons(proposed: Proposed) -> dict[str, str]:
    return {each.our_id: each.reason for each in proposed.conflicts}


def test_barcodes_and_codes_make_pairs_and_their_units(session: Session, link: int) -> None:
    ours(session, link, {"id": "a", "barcodes": [ean(1)]}, {"id": "b", "code": "200"}, {"id": "c"})
    theirs(session, link, ("100", ean(1)), ("200", ean(2)))
    assert propose_exact(session, link, at=AT) == Proposed(by_barcode=1, by_code=1, units=2)
    assert pairs(session, link) == {"a": "100", "b": "200"}
    assert pairs(session, link, "unit") == {"a": "ea", "b": "ea"}
    (made,) = history(session, link, "good", "a")
    assert (made.source, made.author, made.made_at) == ("barcode", "МИ1С", AT)
    assert history(session, link, "good", "b")[0].source == "code"
    assert propose_exact(session, link) == Proposed(), "a second time there is nothing to do"


def test_an_id_that_is_an_ean_counts_where_their_goods_have_no_barcode(session: Session, link: int) -> None:
    ours(session, link, {"id": "a", "barcodes": [ean(1)]}, {"id": "b", "barcodes": [ean(2)]})
    theirs(session, link, (ean(1), ""), (ean(2), ean(7)))
    propose_exact(session, link)
    assert pairs(session, link) == {"a": ean(1)}


def test_both_keys_agreeing_is_one_pair(session: Session, link: int) -> None:
    ours(session, link, {"id": "a", "barcodes": [ean(1), "junk"], "code": "100"})
    theirs(session, link, ("100", ean(1)))
    proposed = propose_exact(session, link)
    assert (proposed.by_barcode + proposed.by_code, proposed.conflicts) == (1, ())


def test_keys_that_disagree_are_told_and_not_made(session: Session, link: int) -> None:
    ours(session, link, {"id": "a", "barcodes": [ean(1)], "code": "200"}, {"id": "b", "barcodes": [ean(1), ean(2)]})
    theirs(session, link, ("100", ean(1)), ("200", ean(2)))
    proposed = propose_exact(session, link)
    assert pairs(session, link) == {}
    assert reasons(proposed) == {"a": "shared ours", "b": "shared ours"}
    ours(session, link, {"id": "a", "barcodes": [ean(1)], "code": "200"}, {"id": "b", "barcodes": [ean(2)]})
    proposed = propose_exact(session, link)
    assert reasons(proposed) == {"a": "keys disagree"}
    assert proposed.conflicts[0].candidates == ("100", "200")
    assert "100, 200" in proposed.conflicts[0].said


def test_a_barcode_that_several_share_proves_nothing(session: Session, link: int) -> None:
    ours(
        session,
        link,
        {"id": "a", "barcodes": [ean(1)]},
        {"id": "b", "barcodes": [ean(2)]},
        {"id": "c", "barcodes": [ean(2)]},
    )
    theirs(session, link, ("100", ean(1)), ("101", ean(1)), ("200", ean(2)))
    proposed = propose_exact(session, link)
    assert reasons(proposed) == {"a": "shared theirs", "b": "shared ours", "c": "shared ours"}
    assert pairs(session, link) == {}


def test_a_code_decides_among_goods_that_share_a_barcode(session: Session, link: int) -> None:
    """Ten of ours on one of theirs carry its code; that some share its barcode too is no contradiction."""
    ours(session, link, *({"id": f"a{n}", "barcodes": [ean(1)], "code": "100"} for n in range(10)))
    theirs(session, link, ("100", ean(1)), ("101", ean(1)))
    assert propose_exact(session, link) == Proposed(by_code=10, units=10)


def test_a_code_that_leads_nowhere_is_told_unless_a_barcode_leads_on(session: Session, link: int) -> None:
    ours(session, link, {"id": "a", "code": "10О"}, {"id": "b", "code": "10О", "barcodes": [ean(1)]})
    theirs(session, link, ("100", ean(1)))
    proposed = propose_exact(session, link)
    assert reasons(proposed) == {"a": "unknown code"}
    assert pairs(session, link) == {"b": "100"}


def test_what_is_deleted_a_folder_or_gone_takes_no_part(session: Session, link: int) -> None:
    """An old card with the same barcode is not a second good; a good of theirs that vanished is no target."""
    theirs(session, link, ("100", ean(1)), ("200", ean(2)), ("300", ""))
    theirs(session, link, ("100", ean(1)), ("300", ""))
    ours(
        session,
        link,
        {"id": "a", "barcodes": [ean(1)]},
        {"id": "old", "barcodes": [ean(1)], "deleted": True},
        {"id": "folder", "code": "300", "is_group": True},
        {"id": "b", "barcodes": [ean(2)]},
    )
    propose_exact(session, link)
    assert pairs(session, link) == {"a": "100"}


def test_what_an_operator_decided_stands(session: Session, link: int) -> None:
    """An ended pair is not made again, another one he made is not replaced, and undo counts as ending."""
    rows = [{"id": name, "barcodes": [ean(number)]} for number, name in enumerate("abc", start=1)]
    ours(session, link, *rows)
    theirs(session, link, *((f"{number}00", ean(number)) for number in range(1, 4)))
    confirm(session, link, Pair("good", "c", "100"), author="Иванова")
    propose_exact(session, link)
    end(session, link, history(session, link, "good", "a")[0].id, author="Иванова", reason="не тот")
    undo(session, link, history(session, link, "good", "b")[0].id, author="Иванова")
    assert propose_exact(session, link) == Proposed()
    assert pairs(session, link) == {"c": "100"}


def test_another_key_of_a_good_whose_pair_was_ended_still_counts(session: Session, link: int) -> None:
    ours(session, link, {"id": "a", "code": "200"})
    theirs(session, link, ("100", ean(1)), ("200", ""))
    propose_exact(session, link)
    end(session, link, history(session, link, "good", "a")[0].id, author="x", reason="код неверный")
    ours(session, link, {"id": "a", "code": "200", "barcodes": [ean(1)]})
    propose_exact(session, link)
    assert pairs(session, link) == {"a": "100"}
    assert pairs(session, link, "unit") == {"a": "ea"}, "the unit ended with the good, nobody rejected it"


def test_a_unit_that_is_not_certain_is_left_and_told(session: Session, link: int) -> None:
    ours(session, link, {"id": "a", "code": "100", "unit": "lt"}, {"id": "b", "code": "100", "unit": "none"})
    theirs(session, link, ("100", ""))
    proposed = propose_exact(session, link)
    assert (proposed.by_code, proposed.units) == (2, 0)
    assert [each.our_id for each in proposed.units_left] == ["a", "b"]
    assert "«л»" in proposed.units_left[0].said
    assert "ea «шт» × 1" in proposed.units_left[0].said


def test_a_unit_is_paired_once_its_good_is_whoever_paired_it(session: Session, link: int) -> None:
    ours(session, link, {"id": "a"}, {"id": "b"}, {"id": "c"})
    theirs(session, link, ("100", ""))
    for our_id in "abc":
        confirm(session, link, Pair("good", our_id, "100"), author="Иванова")
    confirm(session, link, Pair("unit", "pc", "ea", "c", 1, 2), author="Иванова")
    assert propose_exact(session, link).units == 2
    frame = active(session, link, "unit").set_index("scope")
    assert dict(frame["denominator"]) == {"a": 1, "b": 1, "c": 2}
    end(session, link, history(session, link, "unit", "pc", "a")[0].id, author="Иванова", reason="мультипак")
    proposed = propose_exact(session, link)
    assert (proposed.units, [each.our_id for each in proposed.units_left]) == (0, ["a"])


def test_a_pair_of_the_unit_for_any_good_is_enough(session: Session, link: int) -> None:
    ours(session, link, {"id": "a", "code": "100"})
    theirs(session, link, ("100", ""))
    confirm(session, link, Pair("unit", "pc", "ea"), author="x")
    assert propose_exact(session, link) == Proposed(by_code=1)
