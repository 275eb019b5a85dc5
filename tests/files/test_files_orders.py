"""Orders out: strict in form, exact in sums, never twice, never lost while 1C is away."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors.onec.files import FolderAddress, OneCFiles, Order, OrderLine, OrderParty, order_xml, outgoing
from connectors.onec.files.disk import write_whole
from connectors.onec.files.outgoing import file_name, orders_out
from connectors.onec.files.values import micro
from foundation.errors import Faults, Unreachable
from mappings.model import MICRO
from sandbox.files import DIALECTS, Books, Dialect, FileSide, books_of
from sandbox.world import build
from tests.files.files_help import NOW, Clock, contents, rows

unhurried = settings(deadline=None)
"""A busy machine is no fault of the code."""

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "order_2_10.xsd"))
BUYER = OrderParty("b0a1", "Ромашка ООО", "7705260699", "770501001", "Москва, 1905 года ул, 10")
LINE = OrderLine("6c4e0c4b-6c2c-11e7-81d6-38d547224d22", "Вода «Ключ» & лёд", 3 * MICRO, 12_340_000)
ORDER = Order("М-000123", NOW, BUYER, (LINE,), comment="до 12:00", warehouse="w1", warehouse_name="Основной")


@pytest.fixture(scope="module")
def books() -> Books:
    return books_of(build(1, now=datetime.fromisoformat("2026-11-24")), goods=20, shipments=4)


words_of_people = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=30,
).filter(str.strip)
parties = st.builds(
    OrderParty, words_of_people, words_of_people, st.sampled_from(["", "7705260699", "770526069912"]),
    st.sampled_from(["", "770501001"]), st.just("") | words_of_people,
)  # fmt: skip
order_lines = st.builds(
    OrderLine, words_of_people, words_of_people, st.integers(1, 10**11), st.integers(0, 10**12),
    unit=st.sampled_from(["796", "112"]), unit_name=words_of_people, factor=st.integers(1, 10**9),
)  # fmt: skip
orders = st.builds(
    Order, words_of_people, st.datetimes(datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("2100-01-01")), parties,
    st.lists(order_lines, min_size=1, max_size=5).map(tuple), comment=st.just("") | words_of_people,
    warehouse=st.just("") | words_of_people, requisites=st.lists(st.tuples(words_of_people, words_of_people), max_size=3).map(tuple),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(orders)
def test_every_order_is_valid_and_is_read_back_as_it_was(order: Order) -> None:
    content = order_xml(order)
    SCHEMA.assertValid(etree.fromstring(content))
    (head,) = rows(BytesIO(content), "Документы")
    assert (head["Номер"], head["Комментарий"] if order.comment else "") == (
        order.number.strip(),
        order.comment.strip(),
    )
    assert head["Момент"] == f"{order.moment:%Y-%m-%dT%H:%M:%S}"
    assert head["Покупатель.Наименование"] == order.buyer.name.strip()
    made = rows(BytesIO(content), "СтрокиДокументов")
    assert [(micro(row["Количество"]), micro(row["Цена"]), micro(row["Сумма"])) for row in made] == [
        (line.quantity, line.price, line.money) for line in order.lines
    ]
    assert micro(head["Сумма"]) == sum(line.money for line in order.lines)
    assert contents(BytesIO(content)).left_out == 0


@unhurried
@given(st.integers(1, 10**13), st.integers(0, 10**12))
def test_a_line_is_rounded_to_kopecks(quantity: int, price: int) -> None:
    exact = Decimal(quantity).scaleb(-6) * Decimal(price).scaleb(-6)
    expected = int(exact.quantize(Decimal("0.01"), ROUND_HALF_UP).scaleb(6))
    assert replace(LINE, quantity=quantity, price=price).money == expected


def test_an_order_has_no_faults_of_its_own() -> None:
    found = contents(BytesIO(order_xml(ORDER)))
    assert (found.version, found.encoding, found.faults) == ("2.10", "utf-8", ())


def test_everything_wrong_is_told_at_once() -> None:
    wrong = Order(
        "", NOW, OrderParty("", "Ро\x01машка", "12"),
        (OrderLine("", "Вода", 0, -1, factor=0), replace(LINE, name="\x00")), currency=" ",
    )  # fmt: skip
    with pytest.raises(Faults) as raised:
        order_xml(wrong)
    assert {fault.path for fault in raised.value.faults} == {
        "номер", "валюта", "покупатель.Ид", "покупатель.ИНН", "покупатель.наименование", "строка 1, товар",
        "строка 1, количество", "строка 1, цена", "строка 1, коэффициент", "строка 2, наименование",
    }  # fmt: skip
    assert "\x01" not in str(raised.value)
    with pytest.raises(Faults, match="слишком велика"):
        order_xml(replace(ORDER, lines=(replace(LINE, quantity=10**13, price=10**12),)))
    with pytest.raises(Faults, match="нет ни одной"):
        order_xml(replace(ORDER, lines=()))
    with pytest.raises(Faults, match="длиннее 80"):
        order_xml(replace(ORDER, number="я" * 81))


def test_one_file_an_order_and_never_twice(tmp_path: Path) -> None:
    address = FolderAddress(tmp_path)
    assert [out.fate for out in orders_out(address, [ORDER])] == ["written"]
    path = address.going / file_name(ORDER.number)
    first = path.read_bytes()
    assert [out.fate for out in orders_out(address, [ORDER])] == ["waiting"]
    changed = replace(ORDER, comment="до 15:00")
    assert [out.fate for out in orders_out(address, [changed])] == ["replaced"]
    assert path.read_bytes() != first
    path.unlink()  # 1C has loaded it
    assert [out.fate for out in orders_out(address, [changed])] == ["taken"]
    assert [out.fate for out in orders_out(address, [ORDER])] == ["differs"]
    assert not path.exists()
    assert [out.fate for out in orders_out(address, [ORDER], again=True)] == ["written"]
    assert path.read_bytes() == first


def test_a_wrong_order_stops_no_other(tmp_path: Path) -> None:
    address = FolderAddress(tmp_path)
    fates = orders_out(
        address, [replace(ORDER, number="1"), replace(ORDER, number="2", lines=()), replace(ORDER, number="3")]
    )
    assert [out.fate for out in fates] == ["written", "refused", "written"]
    assert fates[1].reason is not None
    assert sorted(path.name for path in address.going.glob("*.xml")) == sorted(file_name(each) for each in "13")


def test_numbers_that_look_alike_have_files_of_their_own(tmp_path: Path) -> None:
    numbers = ["a/b", "a\\b", "a b", "a-b", "А-Б", "..", "con", "x" * 79, "x" * 80]
    assert len({file_name(number) for number in numbers}) == len(numbers)
    address = FolderAddress(tmp_path)
    assert {out.fate for out in orders_out(address, [replace(ORDER, number=each) for each in numbers])} == {"written"}
    assert len(list(address.going.glob("*.xml"))) == len(numbers)


def test_nobody_sees_half_a_file(tmp_path: Path) -> None:
    class Half(Exception):
        pass

    def failing(_: int) -> None:
        raise Half

    path = tmp_path / "order.xml"
    write_whole(path, b"one")
    with pytest.raises(Half):
        write_whole(path, b"two", sync=failing)
    assert path.read_bytes() == b"one"
    assert list(tmp_path.glob("*.xml")) == [path]


def test_a_crash_between_the_two_writes_loses_no_order(tmp_path: Path) -> None:
    address = FolderAddress(tmp_path)
    orders_out(address, [ORDER])
    (address.written / file_name(ORDER.number)).unlink()  # the copy was never written
    assert [out.fate for out in orders_out(address, [ORDER])] == ["waiting"]
    assert (address.written / file_name(ORDER.number)).exists()
    (address.going / file_name(ORDER.number)).unlink()
    assert [out.fate for out in orders_out(address, [ORDER])] == ["taken"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="недоступна"):
        orders_out(FolderAddress(tmp_path / "нет"), [ORDER])
    assert outgoing.orders_out(FolderAddress(tmp_path), []) == []


def _orders(books: Books, count: int, start: int = 0) -> list[Order]:
    goods = list(books.goods.values())
    return [
        Order(
            f"М-{number:06d}",
            NOW,
            BUYER,
            tuple(
                OrderLine(each.ref, each.name, (number + 1) * MICRO, 10 * MICRO, each.unit, each.unit_name)
                for each in goods[:3]
            ),
        )
        for number in range(start, start + count)
    ]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_orders_go_and_their_states_come_back(tmp_path: Path, books: Books, dialect: Dialect) -> None:
    side = FileSide(tmp_path, books, dialect)
    clock = Clock()
    onec = OneCFiles(FolderAddress(tmp_path), clock=clock, sleep=clock.sleep)
    onec.take()
    assert onec.statuses() == []
    onec.orders_out(_orders(books, 3))
    loaded = side.take_orders()
    assert [len(order.lines) for order in loaded] == [3, 3, 3]
    assert loaded[1].lines[0][1:] == (Decimal(2), Decimal(10), Decimal(20))
    side.orders["М-000001"].states["Отменен"] = "true"
    side.orders["М-000002"].posted = False
    side.upload_documents()
    onec.take()
    states = {state.ref: state for state in onec.statuses()}
    assert set(states) == {"М-000000", "М-000001", "М-000002"}
    assert [state.onec_number for state in states.values()] == ["ПД00-000001", "ПД00-000002", "ПД00-000003"]
    assert [(state.posted, state.cancelled, state.deleted) for state in states.values()] == [
        (True, False, False), (True, True, False), (False, False, False),
    ]  # fmt: skip
    assert {state.status for state in states.values()} == {"К отгрузке"}


def test_days_without_1c_lose_nothing(tmp_path: Path, books: Books) -> None:
    side = FileSide(tmp_path, books, DIALECTS[-3])
    clock = Clock()
    onec = OneCFiles(FolderAddress(tmp_path), clock=clock, sleep=clock.sleep)
    for day in range(5):  # 1C is switched off; every run offers all orders again
        onec.orders_out(_orders(books, 4 * (day + 1)))
        clock.sleep(86_400)
    assert len(side.take_orders()) == 20
    onec.orders_out(_orders(books, 20))
    assert side.take_orders() == []
    assert {order.loads for order in side.orders.values()} == {1}
    for _ in range(3):  # MI1C is switched off; 1C goes on writing
        side.upload_documents()
    onec.take()
    assert len(onec.statuses()) == 20
