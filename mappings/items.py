"""A table of items brought to a reading: what is new, changed, gone or back, written in bulk and with its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import Table, bindparam, insert, select, update

from foundation.errors import BadAnswer
from mappings.tables import ItemChangeRow, OurItemRow, TheirItemRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

BATCH: Final = 10_000
"""Rows handed to the driver at once: enough to be quick, few enough to lie in memory as dictionaries."""

NO_HISTORY: Final = frozenset({"price"})
"""Fields that change daily by nature."""

Key = tuple[str, ...]
Values = tuple[Any, ...]


@dataclass(slots=True)
class Difference:
    """How a reading differs from what is stored: keys, and for changed ones the values before (None = back again)."""

    new: list[Key]
    changed: dict[Key, Values | None]
    vanished: list[Key]


@dataclass(frozen=True, slots=True)
class Items:
    """A table of items of one link and kind: the columns of its key beside these two, and the fields compared."""

    row: type[OurItemRow | TheirItemRow]
    link_id: int
    kind: str
    key: tuple[str, ...]
    fields: tuple[str, ...]

    @property
    def table(self) -> Table:
        """The table as the statements know it."""
        return cast("Table", self.row.__table__)

    def store(
        self, session: Session, incoming: dict[Key, Values], at: datetime
    ) -> tuple[Difference, dict[Key, Values]]:
        """Bring the table to a reading; return the difference and what was there and had not vanished."""
        stored, gone = self._read(session)
        if stored and not incoming:
            raise _empty(self.kind, len(stored), ours=self.row is OurItemRow)
        difference = Difference(
            new=[key for key in incoming if key not in stored and key not in gone],
            changed={
                key: stored.get(key) for key, values in incoming.items() if self._differs(key, values, stored, gone)
            },
            vanished=[key for key in stored if key not in incoming],
        )
        self._insert(session, incoming, difference.new, at)
        self._update(session, incoming, difference, at)
        self._note(session, incoming, difference, at)
        return difference, stored

    def _differs(self, key: Key, values: Values, stored: dict[Key, Values], gone: set[Key]) -> bool:
        return key in gone or (key in stored and stored[key] != values)

    def _read(self, session: Session) -> tuple[dict[Key, Values], set[Key]]:
        columns = [self.table.c[name] for name in (*self.key, *self.fields, "vanished_at")]
        asked = select(*columns).where(self.table.c.link_id == self.link_id, self.table.c.kind == self.kind)
        stored: dict[Key, Values] = {}
        gone: set[Key] = set()
        width = len(self.key)
        for row in session.execute(asked):
            key, values = tuple(row[:width]), row[width:-1]
            if row[-1] is not None:
                gone.add(key)
            else:
                stored[key] = tuple(tuple(each) if isinstance(each, list) else each for each in values)
        return stored, gone

    def _named(self, key: Key, values: Values) -> dict[str, Any]:
        named = dict(zip(self.fields, values, strict=True))
        return named | dict(zip(self.key, key, strict=True))

    def _insert(self, session: Session, incoming: dict[Key, Values], new: Sequence[Key], at: datetime) -> None:
        common = {"link_id": self.link_id, "kind": self.kind, "seen_at": at, "changed_at": at, "vanished_at": None}
        for batch in _batches(new):
            session.execute(insert(self.table), [self._named(key, incoming[key]) | common for key in batch])

    def _update(self, session: Session, incoming: dict[Key, Values], difference: Difference, at: datetime) -> None:
        mine = [self.table.c.link_id == self.link_id, self.table.c.kind == self.kind]
        one = [self.table.c[name] == bindparam(f"key_{name}") for name in self.key]
        names = [f"key_{name}" for name in self.key]
        change = (
            update(self.table)
            .where(*mine, *one)
            .values({name: bindparam(name) for name in self.fields} | {"changed_at": at, "vanished_at": None})
        )
        for batch in _batches(list(difference.changed)):
            values = [dict(zip(self.fields, incoming[key], strict=True)) for key in batch]
            keys = [dict(zip(names, key, strict=True)) for key in batch]
            session.execute(change, [each | key for each, key in zip(values, keys, strict=True)])
        vanish = update(self.table).where(*mine, *one).values(vanished_at=at)
        for batch in _batches(difference.vanished):
            session.execute(vanish, [dict(zip(names, key, strict=True)) for key in batch])
        session.execute(update(self.table).where(*mine, self.table.c.vanished_at.is_(None)).values(seen_at=at))

    def _note(self, session: Session, incoming: dict[Key, Values], difference: Difference, at: datetime) -> None:
        side = "ours" if self.row is OurItemRow else "theirs"
        common = {"link_id": self.link_id, "side": side, "kind": self.kind, "at": at}
        changes: list[tuple[Key, str, Any, Any]] = [(key, "vanished", "", "исчез") for key in difference.vanished]
        for key, old in difference.changed.items():
            if old is None:
                changes.append((key, "vanished", "исчез", ""))
                continue
            fields = zip(self.fields, old, incoming[key], strict=True)
            changes += [(key, name, a, b) for name, a, b in fields if a != b and name not in NO_HISTORY]
        for batch in _batches(changes):
            rows = [
                common
                | {"item_id": key[0], "scope": "".join(key[1:]), "field": name, "old": _text(old), "new": _text(new)}
                for key, name, old, new in batch
            ]
            session.execute(insert(cast("Table", ItemChangeRow.__table__)), rows)


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _empty(kind: str, before: int, *, ours: bool) -> BadAnswer:
    source, en = ("1С", "1C") if ours else ("сервиса производителя", "the manufacturer's service")
    return BadAnswer(
        f"Получен пустой справочник ({kind}) из {source}, хотя раньше в нём было {before} строк. Ничего не изменено.",
        en=f"The catalog ({kind}) came empty from {en}, though it had {before} rows before. Nothing was changed.",
        todo="Проверьте права пользователя, под которым идёт обмен, и повторите.",
        todo_en="Check the rights of the exchange's user and try again.",
        kind=kind,
        before=before,
    )
