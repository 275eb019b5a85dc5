"""1C's side of the folder: uploads that are what they say, orders loaded as strictly as 1C does."""

from __future__ import annotations

import zipfile
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from sandbox.files import DIALECTS, Books, Dialect, FileSide, books_of
from sandbox.files.side import BadOrderError
from sandbox.world import build

if TYPE_CHECKING:
    from pathlib import Path

NAMESPACE = "urn:1C.ru:commerceml_210"
ORDER = (
    f'<КоммерческаяИнформация xmlns="{NAMESPACE}" ВерсияСхемы="2.10" ДатаФормирования="2026-11-24T10:00:00"><Документ>'
    "<Ид>М-1</Ид><Номер>М-1</Номер><Дата>2026-11-24</Дата><ХозОперация>Заказ товара</ХозОперация><Сумма>20</Сумма>"
    "<Время>10:00:00</Время><Товары><Товар><Ид>g</Ид><ЦенаЗаЕдиницу>10</ЦенаЗаЕдиницу><Количество>2</Количество>"
    "<Сумма>20</Сумма></Товар></Товары></Документ></КоммерческаяИнформация>"
)


@pytest.fixture(scope="module")
def books() -> Books:
    return books_of(build(1, now=datetime.fromisoformat("2026-11-24")), goods=30, shipments=5)


@pytest.fixture
def side(tmp_path: Path, books: Books) -> FileSide:
    made = FileSide(tmp_path, books, DIALECTS[7])
    made.outbox.mkdir()
    return made


def test_books_are_those_of_the_world(books: Books) -> None:
    again = books_of(build(1, now=datetime.fromisoformat("2026-11-24")), goods=30, shipments=5)
    assert again == books
    assert len(books.goods) == 30
    assert any(good.stock for good in books.goods.values())
    assert any(good.prices for good in books.goods.values())
    assert all(isinstance(much, Decimal) for good in books.goods.values() for much in good.stock.values())
    assert all(line.good.ref in books.goods for shipment in books.shipments for line in shipment.lines)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_uploads_are_well_formed_and_in_their_encoding(tmp_path: Path, books: Books, dialect: Dialect) -> None:
    side = FileSide(tmp_path, books, dialect)
    for name, content in side.files().items():
        root = ET.fromstring(content.decode(dialect.encoding).removeprefix("\ufeff").partition("?>")[2])  # noqa: S314 - our own text
        assert root.get("ВерсияСхемы") == dialect.version, name
        assert root.tag.startswith("{" if dialect.namespace else "К")
    assert ("rests0_1.xml" in side.files()) == dialect.split


def test_dialects_cover_the_versions_and_encodings() -> None:
    assert {dialect.version for dialect in DIALECTS} == {f"2.{number:02d}" for number in range(3, 11)}
    assert {dialect.encoding for dialect in DIALECTS} == {"UTF-8", "windows-1251", "UTF-16"}
    assert {dialect.stock for dialect in DIALECTS} == {"whole", "attribute", "element"}


def test_files_are_formed_one_after_the_other(side: FileSide) -> None:
    first, second = (ET.fromstring(side.files()["import0_1.xml"]).get("ДатаФормирования", "") for _ in range(2))  # noqa: S314 - our own text
    assert first < second


def test_a_packed_upload_has_the_files_and_a_picture(side: FileSide) -> None:
    (path,) = side.upload(packed=True)
    with zipfile.ZipFile(path) as archive:
        assert {"import0_1.xml", "prices0_1.xml", "rests0_1.xml"} < set(archive.namelist())


def test_an_order_is_loaded_once_and_changed_after(side: FileSide) -> None:
    (side.outbox / "1.xml").write_text(ORDER, "utf-8")
    (order,) = side.take_orders()
    assert (order.ref, order.onec_number, order.lines) == (
        "М-1",
        "ПД00-000001",
        [("g", Decimal(2), Decimal(10), Decimal(20))],
    )
    assert not list(side.outbox.iterdir())
    (side.outbox / "1.xml").write_text(ORDER.replace("<Ид>g<", "<Ид>h<"), "utf-8")
    (changed,) = side.take_orders()
    assert changed is order
    assert (order.loads, order.lines[0][0], len(side.orders)) == (2, "h", 1)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ('ВерсияСхемы="2.05"', 'ВерсияСхемы="2.10"'),
        ("urn:1C.ru:commerceml_2", NAMESPACE),
        ("<Ид></Ид>", "<Ид>М-1</Ид>"),
        ("<Сумма>21</Сумма><Время>", "<Сумма>20</Сумма><Время>"),
        ("<Номер>М-1</Номер><Ид>М-1</Ид>", "<Ид>М-1</Ид><Номер>М-1</Номер>"),
        ("<Чужое/><Товары>", "<Товары>"),
        ("Отпуск товара", "Заказ товара"),
    ],
)
def test_what_1c_would_not_load_is_refused(side: FileSide, wrong: str, right: str) -> None:
    (side.outbox / "1.xml").write_text(ORDER.replace(right, wrong), "utf-8")
    with pytest.raises(BadOrderError):
        side.take_orders()
