"""What the tests of the exchange folder share: small files by hand, a folder with a clock of its own, readings."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

from connectors.onec.files import FolderAddress, Limits, OneCFiles
from connectors.onec.files.commerceml import Contents, Reader, inspect
from mappings.model import Field, Kind, Reading

if TYPE_CHECKING:
    from io import BytesIO
    from pathlib import Path

    from connectors.onec.files.flat import Values

NOW = datetime.fromisoformat("2026-11-24T10:00:00")
LIMITS = Limits()
GOOD = "6c4e0c4b-6c2c-11e7-81d6-38d547224d22"
PLACE = "40a509b5-2a20-11e7-8ec8-38d547224d22"


class Clock:
    """A clock that only sleeping, or a test, moves on."""

    def __init__(self) -> None:
        self.now = NOW.timestamp()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Base:
    """An exchange folder and the connector to it; ``put`` writes a file as 1C would."""

    def __init__(self, root: Path, **settings: object) -> None:
        self.clock = Clock()
        self.address = FolderAddress(root, **settings)  # type: ignore[arg-type]  # the test knows the names
        self.onec = OneCFiles(self.address, clock=self.clock, sleep=self.clock.sleep)

    def put(self, name: str, content: bytes | str) -> Path:
        self.address.coming.mkdir(parents=True, exist_ok=True)
        path = self.address.coming / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (self.clock.now, self.clock.now))
        return path

    def again(self) -> OneCFiles:
        """Return a new connector, as the next run makes one, with the stored state."""
        state = type(self.onec.state).from_json(self.onec.state.to_json())
        self.onec = OneCFiles(self.address, state=state, clock=self.clock, sleep=self.clock.sleep)
        return self.onec


def whole(body: str, *, attributes: str = 'ВерсияСхемы="2.10" ДатаФормирования="2026-11-24T10:00:00"') -> str:
    """Return a file around a body."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<КоммерческаяИнформация {attributes}>{body}</КоммерческаяИнформация>'
    )


def formed(body: str, at: str) -> str:
    """Return a file around a body, formed at an hour and minute of the day."""
    return whole(body, attributes=f'ВерсияСхемы="2.10" ДатаФормирования="2026-11-24T{at}:00"')


def catalog(goods: str, *, changes: bool = False, ref: str = "cat") -> str:
    """Return the section of a catalog."""
    flag = "true" if changes else "false"
    return f'<Каталог СодержитТолькоИзменения="{flag}"><Ид>{ref}</Ид><Товары>{goods}</Товары></Каталог>'


def good(ref: str, name: str = "Вода", more: str = "") -> str:
    """Return a good."""
    return f'<Товар><Ид>{ref}</Ид><Наименование>{name}</Наименование><БазоваяЕдиница Код="796">шт</БазоваяЕдиница>{more}</Товар>'


def package(offers: str, *, changes: bool = False, ref: str = "cat") -> str:
    """Return the section of offers."""
    flag = "true" if changes else "false"
    return (
        f'<ПакетПредложений СодержитТолькоИзменения="{flag}"><Ид>{ref}#</Ид><ИдКаталога>{ref}</ИдКаталога>'
        f"<Предложения>{offers}</Предложения></ПакетПредложений>"
    )


def offer(ref: str, stock: dict[str, str] | None = None, more: str = "") -> str:
    """Return an offer with stock by warehouse."""
    places = "".join(
        f'<Склад ИдСклада="{place}" КоличествоНаСкладе="{much}"/>' for place, much in (stock or {}).items()
    )
    return f"<Предложение><Ид>{ref}</Ид>{places}{more}</Предложение>"


def rows(content: BytesIO, entity: str) -> list[Values]:
    """Return the rows of a table of one file."""
    found = Reader(content, LIMITS).rows()
    return [row.cells for _, row in found if row.entity == entity and row.cells is not None]


def contents(content: BytesIO) -> Contents:
    """Inspect one file."""
    return inspect(content, LIMITS)


def reading(entity: str, *fields: tuple[str, Kind], function: str = "", **arguments: str) -> Reading:
    """Return a reading whose columns are named like their sources."""
    made = tuple(Field(source, kind, source) for source, kind in fields)
    return Reading("table", entity, made, (), function, dict(arguments))


STOCK = reading("Остатки", ("Товар", Kind.KEY), ("Склад", Kind.KEY), ("Количество", Kind.MICRO))
GOODS = reading("Товары", ("Товар", Kind.KEY), ("Наименование", Kind.TEXT), ("Удален", Kind.FLAG))


def stock_of(onec: OneCFiles) -> dict[tuple[str, str], int]:
    """Return the stock as (good, warehouse) → millionths."""
    frame = onec.read(STOCK)
    return {(row[0], row[1]): row[2] for row in frame.itertuples(index=False, name=None)}


def names_of(onec: OneCFiles) -> dict[str, str]:
    """Return the goods' names."""
    frame = onec.read(GOODS)
    return dict(zip(frame["Товар"].astype(str), frame["Наименование"], strict=True))
