"""A damaged base, as a whole: whatever bytes change, readings give rows or an error of ours, and they end."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.onec.v77 import V77, V77Address
from foundation.errors import MI1CError
from sandbox.v77 import TestBase, write_base
from tests.v77.v77_help import K, read_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def small_base(tmp_path_factory: pytest.TempPathFactory) -> TestBase:
    """Write a base of a few kilobytes."""
    return write_base(tmp_path_factory.mktemp("fuzz") / "base", seed=2, goods=8, months=2, documents=8)


def everything(base: TestBase, v77: V77) -> list[Callable[[], object]]:
    """Return a reading of every sort."""
    text, price = base.configuration.loose["Комментарий"], base.configuration.loose["Цена"]
    goods = read_of(
        "Справочник.Номенклатура",
        ("id", K.KEY, "Ссылка"),
        ("name", K.TEXT, "Наименование"),
        ("group", K.FLAG, "ЭтоГруппа"),
        ("since", K.MOMENT, "ДатаВвода"),
        ("text", K.TEXT, f"Текст.{text}"),
        ("unit", K.TEXT, "ОсновнаяЕдиница[Единицы].ОКЕИ[ОКЕИ].Наименование"),
    )
    lines = read_of(
        "Документ.Реализация.Строки",
        ("document", K.KEY, "Документ"),
        ("line", K.INTEGER, "НомерСтроки"),
        ("amount", K.MICRO, "Сумма"),
        ("date", K.MOMENT, "Шапка.Дата"),
        ("what", K.KEY, "Шапка.ДополнительноеСведение"),
        ("kind", K.KEY, "Шапка.ДополнительноеСведение.Вид"),
        where="Шапка.Проведен = да и Сумма > 0",
    )
    stock = read_of(
        "Регистр.ОстаткиТМЦ", ("good", K.KEY, "Номенклатура"), ("quantity", K.MICRO, "Количество"), function="Balance"
    )
    prices = read_of("Справочник.Цены", ("id", K.KEY, "Ссылка"), ("price", K.MICRO, f"История.{price}"))
    return [
        lambda: v77.read(goods),
        lambda: v77.read(lines),
        lambda: v77.read(stock),
        lambda: v77.read(prices),
        lambda: v77.totals_reproduced("ПартииНаличие"),
        v77.references,
        lambda: v77.metadata().properties("Справочник.Номенклатура"),
    ]


@given(st.data())
@settings(
    max_examples=60,
    deadline=timedelta(seconds=20),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_base_with_some_bytes_changed_is_read_or_refused(
    small_base: TestBase, tmp_path: Path, data: st.DataObject
) -> None:
    folder = tmp_path / "damaged"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(small_base.folder, folder)
    paths = sorted(folder.iterdir())
    for _ in range(data.draw(st.integers(1, 4), label="files")):
        path = data.draw(st.sampled_from(paths))
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 8), label="bytes")):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(bytes(content))
    v77 = V77(V77Address(folder, scratch=tmp_path, attempts=1, wait=0))
    outcomes = []
    for reading in everything(small_base, v77):
        try:
            reading()
            outcomes.append("read")
        except MI1CError as error:
            assert error.russian != error.english  # noqa: PT017 - it may as well be read
            outcomes.append("refused")
    assert len(outcomes) == 7


def test_the_base_as_it_was_is_read(small_base: TestBase, tmp_path: Path) -> None:
    v77 = V77(V77Address(small_base.folder, scratch=tmp_path, attempts=1, wait=0))
    assert all(reading() is not None for reading in everything(small_base, v77))
