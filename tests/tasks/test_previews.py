"""What a preview of stock by batch compares and shows: each batch is a row of its own."""

from __future__ import annotations

import pandas as pd
import pytest

from mappings.model import MICRO
from mappings.translate.result import Counts, Translation
from tasks.preview import BATCH_LINE, _changes, batch_rows

Row = tuple[str, int, str, str]
"""Number of a batch, how much of it, made, best before."""


def lines(*rows: Row) -> pd.DataFrame:
    """Return rows of one good as the translation gives them."""
    frame = pd.DataFrame(rows, columns=["batch_number", "quantity", "made", "expires"])
    for name in ("made", "expires"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    date = pd.Series(pd.to_datetime(["2026-11-24"] * len(rows)))
    return frame.assign(their_warehouse="1", their_good="B1", their_unit="ea", date=date.astype("datetime64[s]"))


def changes(ours: pd.DataFrame, theirs: pd.DataFrame) -> tuple[int, ...]:
    """Return new, changed, gone, same."""
    empty = pd.DataFrame()
    return tuple(_changes(Translation({"lines": ours}, Counts(), {}, empty), theirs, BATCH_LINE).values())


OLD: Row = ("A-1", 5 * MICRO, "2026-01-10", "2026-07-10")
FRESH: Row = ("A-2", 7 * MICRO, "2026-10-01", "2027-04-01")
NAMELESS: Row = ("", 3 * MICRO, "", "")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ([OLD, FRESH, NAMELESS], (0, 0, 0, 3)),
        ([OLD, ("A-2", 6 * MICRO, *FRESH[2:]), NAMELESS], (0, 1, 0, 2)),
        ([OLD, ("A-3", *FRESH[1:]), NAMELESS], (1, 0, 1, 2)),
        ([OLD, (*FRESH[:3], "2027-04-02"), NAMELESS], (1, 0, 1, 2)),
        ([OLD], (0, 0, 2, 1)),
        ([], (0, 0, 3, 0)),
    ],
)
def test_a_batch_is_known_by_number_and_dates(now: list[Row], expected: tuple[int, ...]) -> None:
    assert changes(lines(*now), lines(OLD, FRESH, NAMELESS)) == expected


def test_the_time_of_a_date_does_not_travel_and_makes_no_difference() -> None:
    timed = (*OLD[:3], "2026-07-10 11:30:00")
    assert changes(lines(OLD), lines(timed)) == (0, 0, 0, 1)


def test_rows_are_shown_exactly_and_without_an_invented_date() -> None:
    first, second = batch_rows(lines(("A-1", 1_250_001, "2026-01-10", "2026-07-10"), NAMELESS))
    assert (first["quantity"], first["made"], first["expires"], first["date"]) == (
        "1.250001",
        "2026-01-10",
        "2026-07-10",
        "2026-11-24",
    )
    assert (second["quantity"], second["batch_number"], second["made"], second["expires"]) == ("3", "", "", "")
    assert batch_rows(lines()) == []
