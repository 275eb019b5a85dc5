"""Registers: totals are the sum of their movements in every period, and a base where they are not is told."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.onec.v77 import V77, V77Address
from connectors.onec.v77.balances import OutOfStep
from connectors.onec.v77.periods import Step, step_of
from foundation.errors import Faults, Impossible, NotFound, Retriable
from sandbox.v77 import write_base
from tests.v77.v77_help import K, key_of, micro, read_of, rows_of, spoiled, table_of, write_dbf

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from sandbox.v77 import TestBase

REGISTER = "Регистр.ОстаткиТМЦ"
STOCK = (("our_warehouse", K.KEY, "Склад"), ("our_good", K.KEY, "Номенклатура"), ("quantity", K.MICRO, "Количество"))


def opened(base: TestBase, tmp_path: Path, *, check: bool = True) -> V77:
    """Open a base."""
    return V77(V77Address(base.folder, scratch=tmp_path, wait=0, check_totals=check))


def stock(v77: V77, **more: Any) -> pd.DataFrame:
    """Read the balances of goods."""
    return v77.read(read_of(REGISTER, *STOCK, function="Balance", **more))


def known_at(base: TestBase, at: datetime | None = None) -> dict[tuple[str, str], int]:
    """Return what the writer knows to be on hand, by warehouse and good, without zeros."""
    if at is None:
        found = {(key_of(place), key_of(good)): micro(value) for (good, place), value in base.trade.stock.items()}
    else:
        moments = _moments(base)
        sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for number, move in enumerate(base.movements["ОстаткиТМЦ"]):
            if moments[number] <= at:
                sums[key_of(move.dimensions[2]), key_of(move.dimensions[1])] += move.sign * move.resources[0]
        found = {key: micro(value) for key, value in sums.items()}
    return {key: value for key, value in found.items() if value}


def _moments(base: TestBase) -> list[datetime]:
    """Return the moment of each movement of stock: the writer's movements know the day, the journal the time."""
    return [datetime(move.day.year, move.day.month, move.day.day) for move in base.movements["ОстаткиТМЦ"]]  # noqa: DTZ001 - wall clock


# -- the control -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ОстаткиТМЦ", "ПартииНаличие", "РезервыТМЦ", "Продажи"])
def test_totals_of_every_period_are_reproduced(v77: V77, trade_base: TestBase, name: str) -> None:
    found = v77.totals_reproduced(name)
    assert found.whole
    assert found.turnover is (name == "Продажи")
    assert (found.register, found.later, found.orphans) == (f"Регистр.{name}", 0, 0)
    assert found.movements == len(trade_base.movements[name])
    assert [each.period for each in found.periods][:2] == [date(2025, 4, 1), date(2025, 5, 1)]
    assert len(found.periods) == 20
    assert all(each.rows for each in found.periods)


def test_all_registers_of_a_base_are_named(v77: V77) -> None:
    assert v77.registers() == ["ОстаткиТМЦ", "ПартииНаличие", "РезервыТМЦ", "Продажи"]
    assert all(v77.totals_reproduced(name).whole for name in v77.registers())


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_any_trade_is_reproduced(tmp_path_factory: pytest.TempPathFactory, seed: int, months: int) -> None:
    folder = tmp_path_factory.mktemp("any")
    base = write_base(folder / "base", seed=seed, goods=6, months=months, documents=5)
    v77 = opened(base, folder)
    for name in v77.registers():
        found = v77.totals_reproduced(name)
        assert found.whole, (name, found)


def _one_more(base: TestBase, kind: str, name: str, field: str, add: Decimal) -> None:
    """Change a number of the first live record of a register's table."""
    register = base.configuration.registers[name]
    path = base.folder / f"{table_of(base, kind, name)}.DBF"
    table = base.configuration.tables()[f"{kind}{register.id}"]
    content = path.read_bytes()
    start, size = int.from_bytes(content[8:10], "little"), int.from_bytes(content[10:12], "little")
    place = next(number for number, each in enumerate(table.layout) if each.name == field)
    offset = 1 + sum(each.width for each in table.layout[:place])
    at = next(at for at in range(start, len(content), size) if content[at] == ord(" ")) + offset
    each = table.layout[place]
    value = Decimal(content[at : at + each.width].decode().strip()) + add
    spoiled(path, at, f"{value:.{each.decimals}f}".rjust(each.width).encode())


def test_one_wrong_total_is_found(own_base: TestBase, tmp_path: Path) -> None:
    resource = own_base.configuration.registers["ОстаткиТМЦ"].resources[0].column
    _one_more(own_base, "RG", "ОстаткиТМЦ", resource, Decimal("0.001"))
    found = opened(own_base, tmp_path).totals_reproduced("ОстаткиТМЦ")
    assert not found.whole
    assert sum(each.differing for each in found.periods) == 1


def test_a_wrong_digit_beyond_the_millionth_is_found(own_base: TestBase, tmp_path: Path) -> None:
    """Quantities of lots have eight digits, and the control compares all of them."""
    resource = own_base.configuration.registers["ПартииНаличие"].resources[0].column
    _one_more(own_base, "RG", "ПартииНаличие", resource, Decimal("0.00000001"))
    assert not opened(own_base, tmp_path).totals_reproduced("ПартииНаличие").whole


def test_one_wrong_movement_is_found_in_every_later_period(own_base: TestBase, tmp_path: Path) -> None:
    resource = own_base.configuration.registers["ОстаткиТМЦ"].resources[0].column
    _one_more(own_base, "RA", "ОстаткиТМЦ", resource, Decimal(1))
    found = opened(own_base, tmp_path).totals_reproduced("ОстаткиТМЦ")
    differing = [bool(each.differing) for each in found.periods]
    assert any(differing)
    assert differing == sorted(differing)


def test_movements_without_a_document_are_counted(own_base: TestBase, tmp_path: Path) -> None:
    path = own_base.folder / f"{table_of(own_base, 'RA', 'ОстаткиТМЦ')}.DBF"
    content = path.read_bytes()
    start, size = int.from_bytes(content[8:10], "little"), int.from_bytes(content[10:12], "little")
    live = next(at for at in range(start, len(content), size) if content[at] == ord(" "))
    spoiled(path, live + 1, b"   ZZZ   ")
    found = opened(own_base, tmp_path).totals_reproduced("ОстаткиТМЦ")
    assert (found.orphans, found.whole) == (1, False)


def _emptied(base: TestBase, table: str) -> None:
    structure = base.configuration.tables()[table]
    write_dbf(base.folder / f"{table}.DBF", structure.layout, [], "cp1251")


def test_a_register_without_totals_reproduces_nothing(own_base: TestBase, tmp_path: Path) -> None:
    _emptied(own_base, table_of(own_base, "RG", "ОстаткиТМЦ"))
    found = opened(own_base, tmp_path).totals_reproduced("ОстаткиТМЦ")
    assert found.periods == ()
    assert found.later == found.movements > 0


def test_a_register_that_is_not_there_is_told(v77: V77) -> None:
    with pytest.raises(Faults, match="нет того"):
        v77.totals_reproduced("ОстаткиТоваров")


def test_a_register_is_found_by_its_table_too(v77: V77, trade_base: TestBase) -> None:
    assert v77.totals_reproduced(table_of(trade_base, "RG", "ОстаткиТМЦ")).register == REGISTER


# -- balances ----------------------------------------------------------------------------------------------------------


def test_the_balance_now_is_what_is_on_hand(v77: V77, trade_base: TestBase) -> None:
    frame = stock(v77)
    assert list(frame.dtypes.astype(str)) == ["category", "category", "int64"]
    assert {(place, good): value for place, good, value in rows_of(frame)} == known_at(trade_base)
    assert not frame.duplicated(["our_warehouse", "our_good"]).any()


def test_dimensions_that_are_not_asked_for_are_summed_over(v77: V77, trade_base: TestBase) -> None:
    frame = v77.read(
        read_of(REGISTER, ("our_good", K.KEY, "Номенклатура"), ("quantity", K.MICRO, "Количество"), function="Balance")
    )
    sums: dict[str, int] = defaultdict(int)
    for (_, good), value in known_at(trade_base).items():
        sums[good] += value
    assert dict(rows_of(frame)) == {good: value for good, value in sums.items() if value}


def test_a_field_of_the_good_beside_its_balance(v77: V77, trade_base: TestBase) -> None:
    frame = v77.read(
        read_of(
            REGISTER,
            *STOCK,
            ("article", K.TEXT, "Номенклатура[Номенклатура].Артикул"),
            ("one", K.INTEGER, "=1"),
            function="Balance",
        )
    )
    known = {key_of(good): card["article"] for good, card in trade_base.shelf.goods.items()}
    assert [known[good] for good in frame["our_good"]] == frame["article"].tolist()
    assert set(frame["one"]) == {1}


def test_a_condition_on_a_dimension(v77: V77, trade_base: TestBase) -> None:
    main = key_of(trade_base.shelf.warehouses[0])
    expected = {key: value for key, value in known_at(trade_base).items() if key[0] == main}
    by_where = stock(v77, where=f"Склад = '{main}'")
    by_argument = stock(v77, arguments={"Condition": f"Склад = '{main}'", "Dimensions": "Номенклатура,Склад"})
    assert {row[:2]: row[2] for row in rows_of(by_where)} == expected
    assert rows_of(by_where) == rows_of(by_argument)


@pytest.mark.parametrize(
    "at", ["2025-04-30T23:59:59", "2025-06-15T23:59:59", "2025-12-31T23:59:59", "2026-11-20T23:59:59"]
)
def test_the_balance_at_a_moment(v77: V77, trade_base: TestBase, at: str) -> None:
    frame = stock(v77, arguments={"Period": f"datetime'{at}'"})
    assert {row[:2]: row[2] for row in rows_of(frame)} == known_at(trade_base, datetime.fromisoformat(at))


def test_the_moment_itself_counts(v77: V77, trade_base: TestBase) -> None:
    """The last second of a month and the first of the next are two days and two periods."""
    before, after = (stock(v77, arguments={"Period": at}) for at in ("2025-04-30T23:59:58", "2025-04-30T23:59:59"))
    midnight = stock(v77, arguments={"Period": "2025-05-01T00:00:00"})
    moves = [move for move in trade_base.movements["ОстаткиТМЦ"] if move.day == date(2025, 4, 30)]
    added = sum(micro(move.resources[0]) * move.sign for move in moves)
    assert added
    assert after["quantity"].sum() - before["quantity"].sum() == added
    assert midnight["quantity"].sum() > after["quantity"].sum()


def test_a_moment_in_the_far_future_is_now(v77: V77) -> None:
    assert rows_of(stock(v77, arguments={"Period": "2030-01-01"})) == rows_of(stock(v77))


def test_a_moment_before_everything_is_told(v77: V77) -> None:
    with pytest.raises(NotFound, match="нет итогов"):
        stock(v77, arguments={"Period": "2020-01-01"})


def test_an_argument_that_is_not_known_is_told(v77: V77) -> None:
    with pytest.raises(Faults) as raised:
        stock(v77, arguments={"Colour": "red", "Period": "2026-01-01"})
    assert [fault.path for fault in raised.value.faults] == ["arguments.Colour"]


def test_a_quantity_finer_than_a_millionth_is_told(v77: V77) -> None:
    reading = read_of(
        "Регистр.ПартииНаличие",
        ("g", K.KEY, "Номенклатура"),
        ("p", K.KEY, "Партия"),
        ("q", K.MICRO, "Количество"),
        function="Balance",
    )
    with pytest.raises(Impossible) as raised:
        v77.read(reading)
    assert str(raised.value.facts["value"]).endswith("E-8")


def test_sums_of_money_beside_them_are_read(v77: V77, trade_base: TestBase) -> None:
    frame = v77.read(
        read_of(
            "Регистр.ПартииНаличие",
            ("g", K.KEY, "Номенклатура"),
            ("s", K.MICRO, "СуммаРуб"),
            ("kind", K.KEY, "Партия.Вид"),
            function="Balance",
        )
    )
    expected = sum(micro(move.resources[1]) * move.sign for move in trade_base.movements["ПартииНаличие"])
    assert frame["s"].sum() == expected
    assert set(frame["kind"].astype(str)) == {"Документ.ПоступлениеТМЦ"}


def test_totals_that_are_not_their_movements_stop_the_reading(own_base: TestBase, tmp_path: Path) -> None:
    """It is an error that may pass: documents may be being posted anew. The check can be switched off."""
    resource = own_base.configuration.registers["ОстаткиТМЦ"].resources[0].column
    path = own_base.folder / f"{table_of(own_base, 'RG', 'ОстаткиТМЦ')}.DBF"
    _raise_last_total(own_base, path, resource)
    with pytest.raises(OutOfStep, match="не сходятся с движениями") as raised:
        stock(opened(own_base, tmp_path))
    assert isinstance(raised.value, Retriable)
    trusted = stock(opened(own_base, tmp_path, check=False))
    assert trusted["quantity"].sum() == sum(known_at(own_base).values()) + 1_000_000


def _raise_last_total(base: TestBase, path: Path, resource: str) -> None:
    register = base.configuration.registers["ОстаткиТМЦ"]
    table = base.configuration.tables()[f"RG{register.id}"]
    content = path.read_bytes()
    start, size = int.from_bytes(content[8:10], "little"), int.from_bytes(content[10:12], "little")
    live = [at for at in range(start, len(content) - 1, size) if content[at] == ord(" ")]
    last = max(live, key=lambda at: content[at + 1 : at + 9])
    offset = 1 + sum(each.width for each in table.layout[: [each.name for each in table.layout].index(resource)])
    each = next(each for each in table.layout if each.name == resource)
    at = last + offset
    value = Decimal(content[at : at + each.width].decode().strip()) + 1
    spoiled(path, at, f"{value:.{each.decimals}f}".rjust(each.width).encode())


def test_a_base_whose_history_was_cut_off_is_still_checked(own_base: TestBase, tmp_path: Path) -> None:
    """Documents before a year may have been deleted with their movements: the last period still adds up."""
    first = min(move.day for move in own_base.movements["ОстаткиТМЦ"])
    cut = date(first.year, first.month + 1, 1)
    _without_documents_before(own_base, cut)
    v77 = opened(own_base, tmp_path)
    assert not v77.totals_reproduced("ОстаткиТМЦ").whole
    frame = stock(v77)
    assert {row[:2]: row[2] for row in rows_of(frame)} == known_at(own_base)


def _without_documents_before(base: TestBase, cut: date) -> None:
    path = base.folder / "1SJOURN.DBF"
    content = bytearray(path.read_bytes())
    start, size = int.from_bytes(content[8:10], "little"), int.from_bytes(content[10:12], "little")
    for at in range(start, len(content) - 1, size):
        if content[at + 21 : at + 29] < f"{cut:%Y%m%d}".encode():
            content[at] = ord("*")
    path.write_bytes(bytes(content))


def test_balances_that_all_went_to_zero_leave_no_totals(own_base: TestBase, tmp_path: Path) -> None:
    """The last months of such a register have no totals at all: the movements since the last ones say so."""
    register = own_base.configuration.registers["РезервыТМЦ"]
    table = own_base.configuration.tables()[f"RG{register.id}"]
    rows = [row for row in _totals(own_base, "РезервыТМЦ") if row["PERIOD"] < date(2025, 7, 1)]
    write_dbf(
        own_base.folder / f"RG{register.id}.DBF",
        table.layout,
        [[row[each.name] for each in table.layout] for row in rows],
        "cp1251",
    )
    frame = opened(own_base, tmp_path).read(
        read_of("Регистр.РезервыТМЦ", ("g", K.KEY, "Номенклатура"), ("q", K.MICRO, "Количество"), function="Balance")
    )
    moves = own_base.movements["РезервыТМЦ"]
    assert any(move.day >= date(2025, 7, 1) for move in moves)
    assert frame["q"].sum() == sum(micro(move.resources[0]) * move.sign for move in moves)


def _totals(base: TestBase, name: str) -> list[dict[str, Any]]:
    from sandbox.v77.base import START, totals

    return list(totals(base.configuration.registers[name], base.movements[name], START, 4))


def test_an_empty_register_has_an_empty_balance(own_base: TestBase, tmp_path: Path) -> None:
    for kind in ("RG", "RA"):
        _emptied(own_base, table_of(own_base, kind, "ОстаткиТМЦ"))
    frame = stock(opened(own_base, tmp_path))
    assert len(frame) == 0
    assert list(frame.dtypes.astype(str)) == ["category", "category", "int64"]


# -- periods -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "starts", "following"),
    [
        ("M", [date(2026, 1, 1), date(2026, 2, 1)], date(2026, 3, 1)),
        ("", [date(2026, 12, 1)], date(2027, 1, 1)),
        ("Q", [date(2026, 1, 1), date(2026, 10, 1)], date(2027, 1, 1)),
        ("Y", [date(2026, 1, 1)], date(2027, 1, 1)),
        ("D", [date(2026, 2, 1), date(2026, 2, 27), date(2026, 2, 28)], date(2026, 3, 1)),
        ("?", [date(2026, 1, 1), date(2026, 1, 16)], date(2026, 2, 1)),
        ("?", [date(2026, 1, 11), date(2026, 1, 21)], date(2026, 2, 1)),
        ("?", [date(2026, 1, 6), date(2026, 1, 26)], date(2026, 2, 1)),
    ],
)
def test_periods_are_as_long_as_the_base_keeps_them(setting: str, starts: list[date], following: date) -> None:
    assert step_of(setting, starts).next(starts[-1]) == following


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    st.sampled_from([Step(), Step(3), Step(12), Step(days=(1, 16)), Step(days=(1, 11, 21)), Step(days=())]),
    st.integers(1, 30),
)
def test_periods_follow_one_another_without_a_gap(start: date, step: Step, count: int) -> None:
    first = start.replace(day=1)
    last = first
    for _ in range(count):
        last = step.next(last)
    found = step.all(first, last)
    assert (found[0], found[-1], len(found)) == (first, last, count + 1)
    assert found == sorted(set(found))
