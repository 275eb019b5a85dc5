"""A large file costs what its table costs: the reader itself stays flat."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest

from bench.files import offers_file
from connectors.onec.files.commerceml import Reader
from tests.files.files_help import LIMITS, contents

ROOT = Path(__file__).parents[2]
OFFERS = 200_000
MIB = 1024 * 1024


def _peak(read: object) -> float:
    """Return the peak of a call in MiB of Python's own memory."""
    assert callable(read)
    tracemalloc.start()
    try:
        read()
        return tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()


def _drained(path: Path, entity: str) -> int:
    with path.open("rb") as stream:
        return sum(1 for _ in Reader(stream, LIMITS, wanted=frozenset({entity})).rows())


def test_the_reader_is_flat(tmp_path: Path) -> None:
    small, large = tmp_path / "small.xml", tmp_path / "large.xml"
    offers_file(small, 2_000)
    offers_file(large, 20_000)
    few, many = (_peak(lambda path=path: _drained(path, "Остатки")) for path in (small, large))
    assert many < few + 1
    assert many < 6


@pytest.mark.slow
def test_two_hundred_thousand_offers_are_read_under_a_stated_peak(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    offers_file(tmp_path / "inbox" / "offers0_1.xml", OFFERS, prices=1, places=1)
    command = [sys.executable, "-m", "bench.files", "--inside", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    made = json.loads(done.stdout)
    assert [made[step]["rows"] for step in ("take", "stock", "prices")] == [OFFERS, OFFERS, OFFERS]
    assert made["take"]["peak_mib"] < 100, "the check of a file keeps no row"
    assert made["prices"]["peak_mib"] < 300, "pandas itself takes about 90 MiB"


def test_what_is_left_out_of_the_tables_is_not_kept() -> None:
    unknown = "<Запись><Поле>значение</Поле></Запись>" * 20_000
    text = f"<КоммерческаяИнформация><Классификатор>{'<Свойство><Ид>1</Ид></Свойство>' * 20_000}</Классификатор><Журнал>{unknown}</Журнал></КоммерческаяИнформация>"
    content = text.encode()
    assert _peak(lambda: contents(BytesIO(content))) < 8
