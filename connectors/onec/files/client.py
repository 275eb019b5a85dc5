"""The connector's front: one 1C base behind an exchange folder, read by readings, given orders as files.

Tables, columns and paths of a reading: :mod:`connectors.onec.files.entities`. The calls are those of the OData
connector where files can carry them; what they cannot is refused with NotPublished and what to do instead: a balance
at a moment, a filter, one object of the base.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Self

from connectors.onec.files import outgoing, words
from connectors.onec.files.archive import part_stream
from connectors.onec.files.columns import Columns
from connectors.onec.files.commerceml import Reader
from connectors.onec.files.disk import reaching
from connectors.onec.files.documents import ORDER
from connectors.onec.files.entities import ALL_WAREHOUSES, ENTITIES
from connectors.onec.files.folder import Folder
from connectors.onec.files.plan import has_nameless_stock, plan
from connectors.onec.files.records import Row
from connectors.onec.files.state import FolderState
from mappings.model import Field, Kind, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    import pandas as pd

    from connectors.onec.files.address import FolderAddress
    from connectors.onec.files.entities import Entity
    from connectors.onec.files.folder import Delivery
    from connectors.onec.files.orders import Order
    from connectors.onec.files.outgoing import OrderOut
    from connectors.onec.files.plan import Piece

_STEP = 10_000


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """What 1C says of an order: ``ref`` is the Ид it was sent with, ``onec_number`` the number 1C gave it."""

    ref: str
    number: str
    onec_number: str
    moment: datetime | None
    posted: bool
    deleted: bool
    cancelled: bool
    status: str


class OneCFiles:
    """One 1C base behind an exchange folder; a context manager like the other connectors of 1C.

    ``state`` is what an earlier call left in the attribute of that name and the caller stored; without it every file
    of ``taken`` is looked at anew. ``changes_enough``: tables of which no whole upload ever comes are made of the
    changes. Failures are errors of ``foundation.errors``: Unreachable (the folder), NotPublished (not in the files),
    Impossible (a value of another kind), BadAnswer (a file of ``taken`` was damaged later).
    """

    def __init__(
        self,
        address: FolderAddress,
        *,
        state: FolderState | None = None,
        changes_enough: bool = False,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.address = address
        self.state = state or FolderState()
        self.delivery: Delivery | None = None
        self._changes_enough = changes_enough
        self._folder = Folder(address, clock=clock, sleep=sleep)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End nothing: files are closed as soon as they are read."""

    def take(self, *, wait: bool = True) -> Delivery:
        """Take the files that have come; afterwards ``state`` is to be stored."""
        self.state, self.delivery = self._folder.take(self.state, wait=wait)
        return self.delivery

    def tidy(self, days: int = 30) -> list[str]:
        """Delete files older than ``days`` that later whole uploads replaced; returns their names."""
        self.state, gone = self._folder.tidy(self.state, days=days, changes_enough=self._changes_enough)
        return gone

    def read(
        self, reading: Reading, *, progress: Callable[[int], None] | None = None, paging: object = None
    ) -> pd.DataFrame:
        """Read a table into a frame, dtypes by the table of kinds in ``mappings.model``.

        The first reading of a connector takes the files that have come. ``progress`` is told the rows read so far;
        ``paging`` is there for likeness with OData and does nothing.
        """
        del paging
        entity = self._entity(reading)
        if self.delivery is None:
            self.take()
        columns = Columns(reading, entity)
        for row in self._rows(entity):
            columns.add(row)
            if progress and columns.rows % _STEP == 0:
                progress(columns.rows)
        if progress:
            progress(columns.rows)
        return columns.frame()

    def count(self, reading: Reading) -> int:
        """Return how many rows a reading has."""
        return len(self.read(reading))

    def _entity(self, reading: Reading) -> Entity:
        entity = ENTITIES.get(reading.entity)
        if entity is None:
            raise words.unknown_entity(reading.entity, ", ".join(ENTITIES))
        if reading.where:
            raise words.cannot("отбирать строки фильтром", "filters", reading)
        if "Period" in reading.arguments:
            raise words.no_period(reading.entity)
        if reading.function not in {"", "Balance"} or (reading.function and entity.name != "Остатки"):
            raise words.cannot(f"виртуальную таблицу {reading.function}", f"virtual table {reading.function}", reading)
        if set(reading.arguments) - {"Dimensions"}:
            raise words.cannot("отбирать строки условием", "conditions", reading)
        return entity

    def _rows(self, entity: Entity) -> Iterator[Row]:
        pieces: dict[tuple[str, str], set[int]] = {}
        found: dict[tuple[str, str], Piece] = {}
        for piece in plan(self.state, entity, changes_enough=self._changes_enough):
            place = (piece.file.file, piece.part.name)
            pieces.setdefault(place, set()).add(piece.section)
            found[place] = piece
        nameless = has_nameless_stock(self.state)
        for place, sections in pieces.items():
            for row in self._rows_of(found[place], entity.name, sections):
                if nameless or entity.name != "Остатки" or row.cells is None or row.cells["Склад"] != ALL_WAREHOUSES:
                    yield row
        if entity.name == "Склады" and nameless:
            yield Row("Склады", "", {"Ид": ALL_WAREHOUSES, "Наименование": "Все склады (остаток без разбивки)"})

    def _rows_of(self, piece: Piece, entity: str, sections: set[int]) -> Iterator[Row]:
        path = self.address.taken / piece.file.file
        member = piece.part.name if path.suffix.lower() == ".zip" else path.name
        with reaching(self.address), part_stream(path, member) as stream:
            reader = Reader(stream, self.address.limits, wanted=frozenset({entity}))
            for section, row in reader.rows():
                if row.entity == entity and section in sections:
                    yield row

    def orders_out(self, orders: Iterable[Order], *, again: bool = False) -> list[OrderOut]:
        """Write orders for 1C, a file each, none twice; see :func:`connectors.onec.files.outgoing.orders_out`."""
        return outgoing.orders_out(self.address, orders, again=again)

    def statuses(self) -> list[OrderStatus]:
        """Return what 1C said last of every order; none where no documents have come yet."""
        if self.delivery is None:
            self.take()
        if not any("Документы" in rows for file in self.state.taken for part in file.parts for rows in part.rows):
            return []
        frame = self.read(_STATUSES)
        orders = frame[frame["operation"] == ORDER]
        return [_status(row) for row in orders.to_dict("records")]

    def find(self, entity: str, where: str, **_: Any) -> NoReturn:
        """Refuse: an object of the base cannot be looked up through files (use :meth:`statuses`)."""
        del where
        raise words.one_object(entity)

    def load(self, entity: str, key: object, **_: Any) -> NoReturn:
        """Refuse: one object of the base cannot be read through files."""
        del key
        raise words.one_object(entity)

    def create(self, entity: str, values: object) -> NoReturn:
        """Refuse: objects are not created through files (use :meth:`orders_out`)."""
        del values
        raise words.one_object(entity)

    def patch(self, entity: str, key: object, values: object, **_: Any) -> NoReturn:
        """Refuse: objects are not changed through files."""
        del key, values
        raise words.one_object(entity)

    def post(self, entity: str, ref: str) -> NoReturn:
        """Refuse: documents are posted by 1C itself."""
        del ref
        raise words.one_object(entity)


def _status(row: dict[Any, Any]) -> OrderStatus:
    import pandas as pd

    moment = None if pd.isna(row["moment"]) else row["moment"].to_pydatetime()
    return OrderStatus(
        row["ref"], row["number"], row["onec_number"], moment, row["posted"], row["deleted"], row["cancelled"],
        row["status"],
    )  # fmt: skip


_STATUSES = Reading(
    table="statuses",
    entity="Документы",
    fields=(
        Field("ref", Kind.KEY, "Ид"),
        Field("number", Kind.TEXT, "Номер"),
        Field("onec_number", Kind.TEXT, "Номер1С"),
        Field("operation", Kind.TEXT, "ХозОперация"),
        Field("moment", Kind.MOMENT, "Момент"),
        Field("posted", Kind.FLAG, "Проведен"),
        Field("deleted", Kind.FLAG, "Удален"),
        Field("cancelled", Kind.FLAG, "Отменен"),
        Field("status", Kind.TEXT, "Статус"),
    ),
    key=("ХозОперация", "Ид"),
)
