"""The writer of test bases: the same base for the same seed, with the oddities that real ones have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.v77 import write_base
from sandbox.v77.dbf import Field, cell

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.v77 import TestBase


def content(folder: Path) -> dict[str, bytes]:
    """Return the bytes of a base's files."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_seed_gives_the_same_base(tmp_path: Path) -> None:
    bases = [
        write_base(tmp_path / str(number), seed=seed, goods=5, months=2, documents=4)
        for number, seed in enumerate((4, 4, 5))
    ]
    first, second, other = (content(base.folder) for base in bases)
    assert first == second
    assert first.keys() == other.keys()
    assert first != other


def test_headers_say_neither_language_nor_anything_new(trade_base: TestBase) -> None:
    for path in trade_base.folder.glob("*.DBF"):
        head = path.read_bytes()[:32]
        assert (head[0], head[29]) == (3, 0)


def test_the_base_has_what_makes_real_ones_hard(trade_base: TestBase) -> None:
    """Deleted records, marks, groups, distributed ids, an unsorted journal, stale bytes after long strings, cut names."""
    journal = (trade_base.folder / "1SJOURN.DBF").read_bytes()
    start, size = int.from_bytes(journal[8:10], "little"), int.from_bytes(journal[10:12], "little")
    records = [journal[at : at + size] for at in range(start, len(journal) - 1, size)]
    assert {record[:1] for record in records} == {b" ", b"*"}
    dates = [record[22:30] for record in records]
    assert dates != sorted(dates)
    assert any(good.endswith(("CIB", "PIB")) for good in trade_base.shelf.goods)
    assert any(card["ISMARK"] for card in trade_base.shelf.goods.values())
    assert "остаток".encode("cp1251") in (trade_base.folder / "1SBLOB.DBF").read_bytes()
    dictionary = (trade_base.folder / "1Cv7.DD").read_bytes().decode("cp1251")
    assert dictionary.count("|(P)ПервоначальнаяСто|") == 2
    assert "|(P)СтранаПроисхожден|" in dictionary
    assert "|Справочник СоответствияОбъекто|" in dictionary
    assert max(map(len, dictionary.split("\r\n"))) < 130


def test_a_value_that_does_not_fit_is_not_cut() -> None:
    with pytest.raises(ValueError, match="longer"):
        cell(Field("X", "C", 3), "длинный", "cp1251")
    with pytest.raises(ValueError, match="longer"):
        cell(Field("X", "N", 3), 12345, "cp1251")
