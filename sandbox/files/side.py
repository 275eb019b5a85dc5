"""1C at its end of the folder: uploads its books, loads orders as its exchange does, answers with their states."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from sandbox.files.upload import Writer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sandbox.files.books import Books, Good
    from sandbox.files.dialects import Dialect

NAMESPACE: Final = "{urn:1C.ru:commerceml_210}"
_IN_ORDER: Final = (
    "Ид", "Номер", "Дата", "ХозОперация", "Роль", "Валюта", "Курс", "Сумма", "Контрагенты", "Время", "Комментарий",
    "Склады", "Товары", "ЗначенияРеквизитов",
)  # fmt: skip
"""The standard's order of a document's elements, as far as orders have them."""


class BadOrderError(ValueError):
    """An order's file is not what 1C's exchange accepts."""


@dataclass(slots=True)
class LoadedOrder:
    """An order as the base has it: its own number, the lines (good, quantity, price, sum), its states."""

    ref: str
    number: str
    onec_number: str
    lines: list[tuple[str, Decimal, Decimal, Decimal]]
    loads: int = 1
    posted: bool = True
    states: dict[str, str] = field(default_factory=dict)


class FileSide:
    """A base with a folder: ``inbox`` is where it writes, ``outbox`` where it finds orders."""

    def __init__(self, root: Path, books: Books, dialect: Dialect) -> None:
        self.inbox, self.outbox = root / "inbox", root / "outbox"
        self.books, self.dialect = books, dialect
        self.orders: dict[str, LoadedOrder] = {}
        self._formed = books.moment

    def _writer(self) -> Writer:
        """Return a writer that forms its file a minute after the last one."""
        self._formed += timedelta(minutes=1)
        return Writer(self.dialect, self._formed)

    def files(self, goods: Iterable[Good] | None = None, *, changes: bool = False) -> dict[str, bytes]:
        """Return an upload of goods, prices and stock: name → content; by default of all, whole."""
        chosen = list(self.books.goods.values() if goods is None else goods)
        made = {"import0_1.xml": self._writer().catalog(self.books, chosen, changes=changes)}
        if self.dialect.split:
            writer = self._writer()
            made["prices0_1.xml"] = writer.offers(self.books, chosen, changes=changes, stock=False)
            made["rests0_1.xml"] = self._writer().offers(self.books, chosen, changes=changes, prices=False)
        else:
            made["offers0_1.xml"] = self._writer().offers(self.books, chosen, changes=changes)
        return made

    def upload(self, goods: Iterable[Good] | None = None, *, changes: bool = False, packed: bool = False) -> list[Path]:
        """Write goods, prices and stock into the inbox; ``packed`` in one ZIP."""
        files = self.files(goods, changes=changes)
        if not packed:
            return [self.put(name, content) for name, content in files.items()]
        path = self.inbox / f"upload_{self._formed:%H%M%S}.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("import_files/07/picture.jpg", b"\xff\xd8\xff")
            for name, content in files.items():
                archive.writestr(name, content)
        return [path]

    def upload_parties(self) -> Path:
        """Write the counterparties into the inbox."""
        return self.put("contragents.xml", self._writer().parties(self.books.parties.values()))

    def upload_documents(self) -> Path:
        """Write the shipments, and what became of the orders that were loaded, into the inbox."""
        writer = self._writer()
        documents = [writer.shipment(each) for each in self.books.shipments]
        documents += [self._status(writer, order) for order in self.orders.values()]
        return self.put("documents.xml", writer.documents(documents))

    def put(self, name: str, content: bytes) -> Path:
        """Write a file into the inbox."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        path = self.inbox / name
        path.write_bytes(content)
        return path

    @staticmethod
    def _status(writer: Writer, order: LoadedOrder) -> str:
        named = {"Проведен": str(order.posted).lower(), "ПометкаУдаления": "false", "Статус заказа": "К отгрузке"}
        return writer.order_status(order.ref, order.number, order.onec_number, named | order.states)

    def take_orders(self) -> list[LoadedOrder]:
        """Load every order of the outbox and delete its file; an Ид that is known already changes that order."""
        loaded = []
        for path in sorted(self.outbox.glob("*.xml")):
            loaded += [self._load(document) for document in _documents(path.read_bytes())]
            path.unlink()
        return loaded

    def _load(self, document: ET.Element) -> LoadedOrder:
        ref, lines = _text(document, "Ид"), [_line(each) for each in document.iter(f"{NAMESPACE}Товар")]
        if ref in self.orders:
            order = self.orders[ref]
            order.lines, order.loads = lines, order.loads + 1
            return order
        number = f"ПД00-{len(self.orders) + 1:06d}"
        order = self.orders[ref] = LoadedOrder(ref, _text(document, "Номер"), number, lines)
        if Decimal(_text(document, "Сумма")) != sum(each[3] for each in lines):
            raise BadOrderError("Сумма")
        return order


def _documents(content: bytes) -> list[ET.Element]:
    root = ET.fromstring(content)  # noqa: S314 - as at the import
    if root.tag != f"{NAMESPACE}КоммерческаяИнформация" or root.get("ВерсияСхемы") != "2.10":
        raise BadOrderError(root.tag)
    datetime.strptime(root.get("ДатаФормирования", ""), "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - 1C has no zones
    documents = list(root)
    for document in documents:
        names = [each.tag.removeprefix(NAMESPACE) for each in document]
        if names != [name for name in _IN_ORDER if name in names]:
            raise BadOrderError(", ".join(names))
        if _text(document, "ХозОперация") != "Заказ товара":
            raise BadOrderError("ХозОперация")
    return documents


def _line(element: ET.Element) -> tuple[str, Decimal, Decimal, Decimal]:
    quantity, price, amount = (Decimal(_text(element, name)) for name in ("Количество", "ЦенаЗаЕдиницу", "Сумма"))
    return _text(element, "Ид"), quantity, price, amount


def _text(element: ET.Element, name: str) -> str:
    found = element.find(f"{NAMESPACE}{name}")
    if found is None or not found.text:
        raise BadOrderError(name)
    return found.text
