"""Readings of both sides: what is new, changed, gone and back, with its history, on each database."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from sqlalchemy import select

from foundation.errors import BadAnswer
from ledger.links import link_id
from mappings import catalog, model
from mappings.catalog import Stored, good_names, store_ours, store_theirs
from mappings.correspondences import confirm, confirm_many, reopened
from mappings.pairs import Pair
from mappings.reopening import waiting
from mappings.tables import ItemChangeRow, OurItemRow, TheirItemRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from foundation.database import Database

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Open a session for writing."""
    with database.begin() as opened:
        yield opened


@pytest.fixture
def link(session: Session) -> int:
    """Make a link."""
    return link_id(session, "north")


def goods(*rows: tuple[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["our_good", "name"], dtype=object)
    frame["our_good"] = frame["our_good"].astype("category")
    frame["our_unit"] = pd.Categorical(["u1"] * len(rows))
    return frame


def theirs(*rows: tuple[str, str, str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["their_good", "name", "their_unit", "unit_name", "factor"])


KVASS = ("100", "Квас", "ea", "шт", 1_000_000)
BOX = ("100", "Квас", "box", "кор", 12_000_000)
BEER = ("200", "Пиво", "l", "л", 1_000_000)


def changes(session: Session) -> list[tuple[str, str, str, str, str]]:
    row = ItemChangeRow
    asked = select(row.item_id, row.scope, row.field, row.old, row.new).order_by(row.id)
    return [tuple(each) for each in session.execute(asked)]


def test_every_row_of_a_reading_is_new_changed_vanished_or_unchanged(session: Session, link: int) -> None:
    first = store_ours(session, link, "good", goods(("a", "A"), ("b", "B"), ("c", "C")), AT)
    again = store_ours(session, link, "good", goods(("a", "A"), ("b", "B"), ("c", "C")), AT)
    third = store_ours(session, link, "good", goods(("a", "A"), ("b", "Б"), ("d", "D")), LATER)
    assert first == Stored(new=3)
    assert again == Stored(unchanged=3)
    assert third == Stored(new=1, changed=1, vanished=1, unchanged=1)
    assert changes(session) == [("c", "", "vanished", "", "исчез"), ("b", "", "name", "B", "Б")]
    rows = session.execute(
        select(OurItemRow.our_id, OurItemRow.seen_at, OurItemRow.changed_at, OurItemRow.vanished_at)
    ).all()
    assert {row[0]: tuple(row[1:]) for row in rows} == {
        "a": (LATER, AT, None),
        "b": (LATER, LATER, None),
        "c": (AT, AT, LATER),
        "d": (LATER, LATER, None),
    }


def test_what_comes_back_is_changed_and_its_return_noted(session: Session, link: int) -> None:
    for rows in ([("a", "A"), ("b", "B")], [("a", "A")], [("a", "A"), ("b", "B2")]):
        stored = store_ours(session, link, "good", goods(*rows), AT)
    assert stored == Stored(changed=1, unchanged=1)
    assert changes(session) == [("b", "", "vanished", "", "исчез"), ("b", "", "vanished", "исчез", "")]
    assert session.execute(select(OurItemRow.name).where(OurItemRow.our_id == "b")).scalar_one() == "B2"


def test_an_empty_reading_after_a_full_one_changes_nothing(session: Session, link: int) -> None:
    """A user without rights reads an empty catalog; a first empty reading is simply empty."""
    assert store_ours(session, link, "good", goods(), AT) == Stored()
    store_ours(session, link, "good", goods(("a", "A")), AT)
    store_theirs(session, link, theirs(KVASS), AT)
    with pytest.raises(BadAnswer, match="пустой справочник"):
        store_ours(session, link, "good", goods(), AT)
    with pytest.raises(BadAnswer, match="производителя"):
        store_theirs(session, link, theirs(), AT)
    assert session.execute(select(OurItemRow.vanished_at)).scalar_one() is None


def test_all_columns_of_goods_are_kept(session: Session, link: int) -> None:
    """Barcodes are listed in order, and of the prices in the good's own unit the highest is kept."""
    frame = pd.DataFrame(
        {
            "our_good": ["a", "b"], "code": ["00-1", None], "name": [" Квас ", "B"], "full_name": ["Квас 0,5", ""],
            "article": ["K1", float("nan")], "our_unit": ["u1", "u2"], "their_code": ["100", ""], "parent": ["f", ""],
            "is_group": [False, True], "deleted": [False, True],
        }
    )  # fmt: skip
    barcodes = pd.DataFrame(
        {"barcode": ["46002", "46001", "46001"], "our_good": ["a", "a", "a"], "our_unit": ["", "", ""]}
    )
    prices = pd.DataFrame(
        {
            "our_good": ["a", "a", "a", "b"], "price_type": ["x", "y", "x", "x"],
            "price": [50, 70, 900, 5], "our_unit": ["", "u1", "box", "box"],
        }
    )  # fmt: skip
    store_ours(session, link, "good", frame, AT, barcodes=barcodes, prices=prices)
    columns = [getattr(OurItemRow, name) for name in ("our_id", *catalog.OUR_DEFAULTS)]
    rows = [tuple(row) for row in session.execute(select(*columns).order_by(OurItemRow.our_id))]
    assert rows == [
        ("a", "00-1", "Квас", "Квас 0,5", "K1", ["46001", "46002"], "u1", "", 0, 0, "100", "", "", "f", 70, False, False, "", False),
        ("b", "", "B", "", "", [], "u2", "", 0, 0, "", "", "", "", 0, True, True, "", False),
    ]  # fmt: skip
    store_ours(session, link, "good", frame, LATER, barcodes=barcodes.head(1), prices=prices.tail(1))
    assert changes(session) == [("a", "", "barcodes", "46001, 46002", "46002")]


@pytest.mark.parametrize("kind", list(catalog.OURS))
def test_each_kind_is_stored_from_its_canonical_table(session: Session, link: int, kind: Any) -> None:
    table, names = catalog.OURS[kind]
    value: dict[model.Kind, Any] = {model.Kind.MICRO: 3_000_000, model.Kind.FLAG: True}
    frame = pd.DataFrame({column.name: [value.get(column.kind, f"of {column.name}")] for column in table.columns})
    assert store_ours(session, link, kind, frame, AT) == Stored(new=1)
    assert store_ours(session, link, kind, frame, AT) == Stored(unchanged=1)
    row = session.execute(select(OurItemRow)).scalar_one()
    for column in table.columns:
        stored = getattr(row, names.get(column.name, column.name))
        assert stored == frame[column.name][0], column.name
    assert row.kind == kind


def test_links_and_kinds_do_not_meet(session: Session, link: int) -> None:
    south = link_id(session, "south")
    store_ours(session, link, "good", goods(("a", "A")), AT)
    store_ours(session, south, "good", goods(("b", "B")), AT)
    units = pd.DataFrame({"our_unit": ["u1"], "name": ["шт"]})
    store_ours(session, link, "unit", units, AT)
    assert store_ours(session, link, "good", goods(("a", "A")), AT) == Stored(unchanged=1)
    assert list(catalog.our_goods(session, link)["our_id"]) == ["a"]


def test_goods_for_translation_carry_their_units_name_and_price(session: Session, link: int) -> None:
    prices = pd.DataFrame({"our_good": ["a"], "price_type": ["x"], "price": [7], "our_unit": [""]})
    frame = goods(("a", "A"), ("gone", "G"), ("folder", "F"))
    frame["is_group"] = [False, False, True]
    store_ours(session, link, "good", frame, AT, prices=prices)
    store_ours(session, link, "good", frame[frame["our_good"] != "gone"], AT, prices=prices)
    assert catalog.our_goods(session, link).to_dict("records") == [
        {"our_id": "a", "name": "A", "unit_id": "u1", "unit_name": "", "price": 7}
    ]
    store_ours(session, link, "unit", pd.DataFrame({"our_unit": ["u1"], "name": ["шт"]}), AT)
    assert list(catalog.our_goods(session, link)["unit_name"]) == ["шт"]


# -- theirs ------------------------------------------------------------------------------------------------------------


def test_their_units_are_those_that_are_there_now(session: Session, link: int) -> None:
    store_theirs(session, link, theirs(KVASS, BOX, BEER), AT)
    assert store_theirs(session, link, theirs(KVASS, BEER), LATER) == Stored(vanished=1, unchanged=2)
    assert catalog.their_units(session, link) == {("100", "ea"), ("200", "l")}
    assert changes(session) == [("100", "box", "vanished", "", "исчез")]


@pytest.mark.parametrize(
    ("rows", "reason", "with_units"),
    [
        ([("100", "Квас 2", "ea", "шт", 1_000_000), ("100", "Квас 2", "box", "кор", 12_000_000), BEER], "«Квас» → «Квас 2»", False),
        ([KVASS, ("100", "Квас", "box", "кор", 20_000_000), BEER], "изменилась единица box", True),
        ([KVASS, ("100", "Квас", "box", "ящик", 12_000_000), BEER], "изменилась единица box", True),
        ([KVASS, BEER], "исчезла единица box", True),
        ([KVASS, BOX, ("100", "Квас", "pal", "пал", 900_000_000), BEER], "появилась единица pal", True),
        ([BEER], "товар исчез", True),
    ],
)  # fmt: skip
def test_a_good_that_changed_reopens_its_pairs(
    session: Session, link: int, rows: list[Any], reason: str, with_units: bool
) -> None:
    store_theirs(session, link, theirs(KVASS, BOX, BEER), AT)
    pairs = [Pair("good", "a", "100"), Pair("good", "b", "100"), Pair("good", "c", "200")]
    units = [Pair("unit", "u", "ea", "a"), Pair("unit", "u", "l", "c"), Pair("warehouse", "a", "100")]
    confirm_many(session, link, [*pairs, *units], author="x", at=AT)
    stored = store_theirs(session, link, theirs(*rows), LATER)
    found = reopened(session, link)
    assert stored.reopened == len(found)
    assert {(each.kind, each.our_id) for each in found} == {("good", "a"), ("good", "b")} | (
        {("unit", "u")} if with_units else set()
    )
    assert all(reason in each.reopened_reason and each.reopened_at == LATER for each in found)
    confirm(session, link, Pair("good", "a", "100"), author="y")
    assert "a" not in {each.our_id for each in reopened(session, link)}, "confirming it again settles it"


def test_reopened_pairs_are_listed_by_the_names_of_both_sides(session: Session, link: int) -> None:
    store_ours(session, link, "good", goods(("a", "Квас наш"), ("b", "Пиво наше")), AT)
    store_theirs(session, link, theirs(KVASS, BOX, BEER), AT)
    pairs = [Pair("good", "a", "100"), Pair("good", "b", "200"), Pair("unit", "u", "box", "a")]
    confirm_many(session, link, pairs, author="Иванова", at=AT)
    assert waiting(session, link) == []
    store_theirs(session, link, theirs(("100", "Квас 2", "ea", "шт", 1_000_000), BEER), LATER)
    first, second = waiting(session, link)
    assert (first.kind, first.our_name, first.good, first.their_name) == ("good", "Квас наш", "", "Квас 2")
    assert "«Квас» → «Квас 2»" in first.reason
    assert (first.since, first.author) == (LATER, "Иванова")
    assert (second.kind, second.our_name, second.good) == ("unit", "", "Квас наш"), "our unit u is in no catalog"
    assert waiting(session, link_id(session, "south")) == []
    confirm_many(session, link, pairs, author="Петрова")
    assert waiting(session, link) == [], "what was confirmed again waits for nobody"


def test_goods_of_an_order_are_named_by_any_of_their_codes(session: Session, link: int) -> None:
    store_ours(session, link, "good", goods(("ref-a", "Квас наш"), ("ref-b", "Пиво наше")), AT)
    store_theirs(session, link, theirs(KVASS, BOX), AT)
    named = good_names(session, link, ["ref-a", "CRM100", "CRM999", "ref-z"])
    assert named == {"ref-a": "Квас наш", "CRM100": "Квас"}
    assert good_names(session, link, []) == {}


def test_a_good_that_comes_back_is_looked_at_again(session: Session, link: int) -> None:
    store_theirs(session, link, theirs(KVASS, BEER), AT)
    store_theirs(session, link, theirs(BEER), AT)
    confirm(session, link, Pair("good", "a", "100"), author="x", at=AT)
    assert store_theirs(session, link, theirs(KVASS, BEER), LATER) == Stored(changed=1, unchanged=1, reopened=1)
    assert "появилась снова" in reopened(session, link)[0].reopened_reason


def test_barcodes_and_new_goods_reopen_nothing(session: Session, link: int) -> None:
    store_theirs(session, link, theirs(KVASS), AT)
    confirm(session, link, Pair("good", "a", "100"), author="x", at=AT)
    frame = theirs(KVASS, BEER)
    frame["barcode"] = ["4600682000013", ""]
    assert store_theirs(session, link, frame, LATER) == Stored(new=1, changed=1)
    assert reopened(session, link) == []
    assert session.execute(select(TheirItemRow.barcode).where(TheirItemRow.their_id == "100")).scalar_one()


def test_many_rows_take_seconds(session: Session, link: int) -> None:
    """30,000 goods are stored, read again unchanged, and half of them changed."""
    count = 30_000
    frame = goods(*[(f"{n:036d}", f"Товар {n}") for n in range(count)])
    began = time.process_time()
    assert store_ours(session, link, "good", frame, AT) == Stored(new=count)
    assert store_ours(session, link, "good", frame, AT) == Stored(unchanged=count)
    frame.loc[frame.index % 2 == 0, "name"] = "Другой"
    assert store_ours(session, link, "good", frame, LATER) == Stored(changed=count // 2, unchanged=count // 2)
    assert time.process_time() - began < 10
