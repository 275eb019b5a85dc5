"""``python -m bench.v77``: how fast a 7.7 table is read, whole and by columns, and how much memory that takes.

The table has 14 fields in the manner of register movements (ids, numbers, a date, a text). Each reading runs in a
process of its own, so that its peak memory is its own; ``dbfread``, where it is installed, reads the same file.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.stock import RESULTS, machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIBRARY_ROWS: Final = 200_000
NAMES: Final = ("arrays", "rows", "three", "strings", "dbfread")


def fields() -> list[Any]:
    """Return the 14 fields of the table."""
    from sandbox.v77.dbf import Field

    return [
        Field("IDDOC", "C", 9),
        Field("LINENO", "N", 4),
        Field("ACTNO", "N", 6),
        Field("DEBKRED", "N", 1),
        Field("DATE", "D", 8),
        Field("TIME", "C", 6),
        Field("SP1", "C", 9),
        Field("SP2", "C", 9),
        Field("SP3", "C", 13),
        Field("SP4", "N", 15, 3),
        Field("SP5", "N", 15, 2),
        Field("SP6", "N", 15, 2),
        Field("SP7", "C", 9),
        Field("DESCR", "C", 50),
    ]


def written(path: Path, rows: int, seed: int = 1) -> None:
    """Write the table."""
    from sandbox.v77.dbf import write_dbf
    from sandbox.v77.ids import any_kind, object_id, time_of_day

    dice = random.Random(seed)  # noqa: S311 - numbers for a bench, no cryptography
    start = date(2025, 4, 1)

    def row(number: int) -> tuple[Any, ...]:
        quantity, price = Decimal(dice.randrange(10**7)).scaleb(-3), Decimal(dice.randrange(10**6)).scaleb(-2)
        return (
            object_id(number // 5 + 1),
            number % 5 + 1,
            number % 7,
            number % 2,
            start + timedelta(days=number * 600 // rows),
            time_of_day(dice.randrange(86_400)),
            object_id(dice.randrange(1, 30_000)),
            object_id(dice.randrange(1, 40)),
            any_kind(77, object_id(dice.randrange(1, 3_000))),
            quantity,
            price,
            (quantity * price).quantize(Decimal("0.01")),
            object_id(1),
            f"Лимонад грушевый 0,5 л № {dice.randrange(30_000)}",
        )

    write_dbf(path, fields(), map(row, range(rows)), "cp1251")


def arrays(path: Path) -> int:
    """Read all 14 fields as typed arrays and texts, block by block."""
    return _typed(path, None)


def three(path: Path) -> int:
    """Read three fields as typed arrays and texts."""
    return _typed(path, ["IDDOC", "SP1", "SP4"])


def _typed(path: Path, names: list[str] | None) -> int:
    from connectors.onec.v77.dbf import Dbf
    from connectors.onec.v77.values import days, micro, texts

    table, read = Dbf(path), 0
    for block in table.blocks(names):
        for name in names or table.columns:
            column = table.columns[name]
            match column.type:
                case "N":
                    micro(block[name], column.decimals)
                case "D":
                    days(block[name])
                case _:
                    texts(block[name], "cp1251", strip=False)
        read += len(block)
    return read


def rows(path: Path) -> int:
    """Read all rows as tuples of texts, Decimal and dates."""
    from connectors.onec.v77.dbf import Dbf
    from connectors.onec.v77.rows import typed_rows

    return sum(1 for _ in typed_rows(Dbf(path)))


def strings(path: Path) -> int:
    """Read all fields as texts alone."""
    from connectors.onec.v77.dbf import Dbf
    from connectors.onec.v77.values import texts

    table, read = Dbf(path), 0
    for block in table.blocks():
        for name in table.columns:
            texts(block[name], "cp1251", strip=False)
        read += len(block)
    return read


def dbfread(path: Path) -> int:
    """Read all rows with the library."""
    import dbfread as library

    return sum(1 for _ in library.DBF(str(path), encoding="cp1251"))


READERS: Final[dict[str, Callable[[Path], int]]] = {
    "arrays": arrays,
    "rows": rows,
    "three": three,
    "strings": strings,
    "dbfread": dbfread,
}


def once(name: str, path: Path) -> dict[str, float]:
    """Run one reading in this process: its seconds, rows, and the peak memory beyond what the imports took."""
    import numpy as np  # noqa: F401 - loaded before the memory is measured

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, worked = time.perf_counter(), time.process_time()
    count = READERS[name](path)
    took, cpu = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": took, "cpu": cpu, "rows": count, "peak_mib": peak / 1024, "grown_mib": (peak - before) / 1024}


def measured(name: str, path: Path, rounds: int) -> dict[str, float]:
    """Run a reading ``rounds`` times, each in a process of its own; return medians and the largest memory."""
    command = [sys.executable, "-m", "bench.v77", "--once", name, "--file", str(path)]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(rounds)]
    seconds, cpu = (statistics.median(run[name] for run in runs) for name in ("seconds", "cpu"))
    return {
        "rows_a_second": round(runs[0]["rows"] / seconds),
        "rows_a_cpu_second": round(runs[0]["rows"] / cpu),
        "seconds": round(seconds, 3),
        "grown_mib": round(max(run["grown_mib"] for run in runs), 1),
    }


def _readers(rows: int) -> Iterator[str]:
    """Yield what is measured: the library only where it is there, and not for minutes."""
    for name in NAMES:
        if name != "dbfread" or (rows <= LIBRARY_ROWS and importlib.util.find_spec("dbfread")):
            yield name


def main() -> None:
    """Measure 200,000 and 1,000,000 rows and print a table; the figures go to ``bench/results/v77.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", choices=NAMES)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--rows", type=int, nargs="*", default=[200_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    if given.once:
        print(json.dumps(once(given.once, given.file)))
        return
    shown: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory() as folder:
        for count in given.rows:
            path = Path(folder) / f"{count}.dbf"
            written(path, count)
            print(f"\n{count:,} rows × {len(fields())} fields, {path.stat().st_size / 1e6:.0f} MB")
            print(f"{'':10}{'rows/s':>12}{'rows/cpu s':>12}{'seconds':>10}{'grown MiB':>11}")
            for name in _readers(count):
                figures = shown.setdefault(str(count), {})[name] = measured(name, path, given.rounds)
                print(
                    f"{name:10}{figures['rows_a_second']:>12,}{figures['rows_a_cpu_second']:>12,}"
                    f"{figures['seconds']:>10.3f}{figures['grown_mib']:>11.1f}"
                )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "v77.json").write_text(json.dumps(shown, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
