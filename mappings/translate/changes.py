"""What of a translation need not be sent because the other side has it: rows by key, counted as unchanged.

Tables that go by key (own goods, prices) have the column ``key``, and ``rows`` where a line was made of several rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mappings.translate.result import Counts, Translation

if TYPE_CHECKING:
    from collections.abc import Collection

UNCHANGED: Final = "без изменений"


def only(translation: Translation, table: str, keys: Collection[str]) -> Translation:
    """Return a translation whose ``table`` has the lines of ``keys`` alone; the rest is left out as unchanged."""
    frame = translation.tables[table]
    kept = frame["key"].isin(list(keys))
    rows = frame["rows"] if "rows" in frame.columns else None
    before = translation.counts
    left = int(rows[~kept].sum()) if rows is not None else int((~kept).sum())
    counts = Counts(before.read, before.sent - left, dict(before.left_out), before.unmatched, before.refused)
    counts.lines = int(kept.sum())
    if left:
        counts.left_out[UNCHANGED] = left
    counts.check()
    tables = {**translation.tables, table: frame[kept].reset_index(drop=True)}
    return replace(translation, tables=tables, counts=counts)
