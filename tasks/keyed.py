"""Exchanges whose rows go by key: what they hold is compared with what we have, and only the difference leaves.

Such a scheme has no word for "gone": what we no longer have stays with them, and is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ledger.documents import Difference, Item, compare, digest, held
from mappings.translate.changes import only

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from mappings.model import Exchange
    from mappings.translate.result import Translation
    from tasks.links import Link

APART: Final = frozenset({"key", "rows", "date"})
"""Columns that are no part of what a row says: the day a price is sent does not change it."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """What leaves of a translation, how that differs from what they hold, and how many they hold that we have not."""

    translation: Translation
    difference: Difference
    gone: int

    @property
    def changes(self) -> dict[str, int]:
        """The difference as a preview shows it."""
        found = self.difference
        return {
            "новых строк": len(found.added),
            "изменится": len(found.changed),
            "исчезло у нас, у них останется": self.gone,
            "без изменений": found.same,
        }


def against_held(
    link: Link, exchange: Exchange, translation: Translation, tables: tuple[str, ...], *, everything: bool
) -> Keyed:
    """Compare the ``tables`` of a translation with what the ledger says they hold; ``everything`` keeps all rows.

    Rows of the first table are counted; the others travel with it.
    """
    with link.database.session() as session:
        known = held(session, link.id, exchange)
    items = [item for table in tables for item in _items(translation.tables[table])]
    difference = compare(known, items)
    gone = len(set(known) - {item.key for item in items})
    if everything:
        return Keyed(translation, difference, gone)
    changed = {item.key for item in difference.added} | {new.key for _, new in difference.changed}
    for table in tables[1:]:
        frame = translation.tables[table]
        translation.tables[table] = frame[frame["key"].isin(changed)].reset_index(drop=True)
    return Keyed(only(translation, tables[0], changed), difference, gone)


def _items(frame: pd.DataFrame) -> Iterator[Item]:
    names = [name for name in frame.columns if name not in APART]
    columns = [frame[name].astype(object).tolist() for name in names]
    for key, *values in zip(frame["key"], *columns, strict=True):
        yield Item(key, digest(*values))
