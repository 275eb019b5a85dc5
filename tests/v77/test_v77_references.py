"""The control of references: all of a sound base lead somewhere, and one that does not is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.onec.v77 import V77, V77Address
from tests.v77.v77_help import spoiled, table_of

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.onec.v77.references import ColumnReferences
    from sandbox.v77 import TestBase


def by_path(found: list[ColumnReferences]) -> dict[str, ColumnReferences]:
    """Return the columns by their table and attribute."""
    return {f"{each.path.partition('.')[0]} {each.path.rpartition(')')[2]}": each for each in found}


def test_every_reference_of_a_base_is_resolved(v77: V77, trade_base: TestBase) -> None:
    found = v77.references()
    assert [each for each in found if each.dangling] == []
    assert sum(each.found for each in found) > 1_000
    columns = by_path(found)
    goods, units = table_of(trade_base, "SC", "Номенклатура"), table_of(trade_base, "SC", "Единицы")
    assert columns[f"{goods} ОсновнаяЕдиница"].targets == ("Справочник.Единицы",)
    assert columns[f"{units} ШтрихКод"].unknown == columns[f"{units} ШтрихКод"].distinct == 40


def test_references_of_any_kind_tell_their_kinds(v77: V77, trade_base: TestBase) -> None:
    columns = by_path(v77.references())
    head = table_of(trade_base, "DH", "Реализация")
    assert set(columns[f"{head} ДокументОснование"].targets) <= {"Документ.Реализация", "Документ.ВозвратОтПокупателя"}
    loose = columns[f"{head} ДополнительноеСве"]
    assert "Справочник.Номенклатура" in loose.targets
    assert loose.unknown == 1  # the value of an enumeration: those have no table
    lots = columns[f"{table_of(trade_base, 'RA', 'ПартииНаличие')} Партия"]
    assert lots.targets == ("Документ.ПоступлениеТМЦ",)


def test_a_reference_that_leads_nowhere_is_found(own_base: TestBase, tmp_path: Path) -> None:
    path = own_base.folder / f"{table_of(own_base, 'DT', 'Реализация')}.DBF"
    content = path.read_bytes()
    start, size = int.from_bytes(content[8:10], "little"), int.from_bytes(content[10:12], "little")
    live = next(at for at in range(start, len(content), size) if content[at] == ord(" "))
    spoiled(path, live + 1 + 9 + 4, b"  ZZZZ   ")
    found = V77(V77Address(own_base.folder, scratch=tmp_path, wait=0)).references()
    (wrong,) = [each for each in found if each.dangling]
    assert wrong.path.endswith("(P)Номенклатура")
    assert (wrong.dangling, wrong.targets[0]) == (1, "Справочник.Номенклатура")


def test_a_group_of_another_catalog_is_no_parent(own_base: TestBase, tmp_path: Path) -> None:
    path = own_base.folder / f"{table_of(own_base, 'SC', 'Номенклатура')}.DBF"
    content = path.read_bytes()
    start, size = int.from_bytes(content[8:10], "little"), int.from_bytes(content[10:12], "little")
    live = [at for at in range(start, len(content) - 1, size) if content[at] == ord(" ")]
    spoiled(path, live[-1] + 1 + 9, b"   ZZZ   ")
    found = V77(V77Address(own_base.folder, scratch=tmp_path, wait=0)).references()
    assert [each.path.split()[0].rpartition(".")[2] for each in found if each.dangling] == ["PARENTID"]
