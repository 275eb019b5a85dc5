"""``make bench``: the stock job of the product beside its floor, interleaved, checked, written to ``bench/results``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.request import urlopen

from bench.contenders import CODES
from bench.crm_sink import sinking
from bench.onec_bytes import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RESULTS: Final = Path(__file__).parent / "results"


@dataclass
class Contender:
    """A contender's process and what its runs took."""

    name: str
    process: subprocess.Popen[bytes]
    runs: list[dict[str, float]] = field(default_factory=list)

    def say(self) -> dict[str, Any]:
        """Return the next line of its output."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended with {self.process.wait()}")
        said: dict[str, Any] = json.loads(line)
        return said

    def run(self) -> dict[str, Any]:
        """Let it do the job once."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        return self.say()

    def median(self, figure: str) -> float:
        """Return the median of a figure over its runs."""
        return statistics.median(run[figure] for run in self.runs)


@contextmanager
def contender(name: str, onec: str, crm: str, command: Sequence[str] = ()) -> Iterator[Contender]:
    """Start a contender (of ours, or by its command) and wait until it is ready; it ends with the block."""
    command = command or [sys.executable, "-m", "bench.contenders", name, onec, crm]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            found = Contender(name, process)
            found.say()
            yield found
        finally:
            process.kill()


def measured(names: Sequence[str], rows: int, rounds: int, latency: float = 0.0) -> list[Contender]:
    """Run the contenders in turn, one unmeasured round first; every run must carry the same lines and sum."""
    with ExitStack() as stack:
        onec = stack.enter_context(serving(rows, latency=latency))
        crm = stack.enter_context(sinking(latency))
        running = [stack.enter_context(contender(name, onec, crm)) for name in names]
        checked_rounds(running, crm, rounds)
        return running


def checked_rounds(running: Sequence[Contender], crm: str, rounds: int) -> None:
    """Run all in turn, one unmeasured round first; every run must carry the same lines and the same sum."""
    expected: tuple[int, int] | None = None
    for number in range(rounds + 1):
        for each in running:
            took = each.run()
            with urlopen(crm) as answer:
                counted = json.load(answer)
            carried = (counted["lines"], counted["micro"])
            expected = expected or carried
            if carried != expected or carried[0] != CODES:
                raise SystemExit(f"{each.name} carried {carried}, expected {expected}")
            took["requests"], took["largest"] = counted["requests"], counted["largest"]
            if number:
                each.runs.append(took)


def machine() -> str:
    """Return what the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def report(title: str, running: Sequence[Contender]) -> dict[str, Any]:
    """Print medians and ratios to the first contender, and return them."""
    first = running[0]
    print(f"\n{title}")
    print(f"{'':8}{'cpu s':>9}{'wall s':>9}{'MiB':>8}{'cpu x':>8}{'wall x':>8}")
    shown: dict[str, Any] = {}
    for each in running:
        ratios = [a["cpu"] / b["cpu"] for a, b in zip(each.runs, first.runs, strict=True)]
        figures = {name: round(each.median(name), 3) for name in ("cpu", "wall", "peak_mib")}
        figures |= {"cpu_ratio": round(statistics.median(ratios), 2)}
        figures |= {"wall_ratio": round(each.median("wall") / first.median("wall"), 2)}
        print(
            f"{each.name:8}{figures['cpu']:9.3f}{figures['wall']:9.3f}{figures['peak_mib']:8.0f}"
            f"{figures['cpu_ratio']:8.2f}{figures['wall_ratio']:8.2f}"
        )
        shown[each.name] = figures | {"runs": each.runs}
    return shown


def main() -> None:
    """Measure 200,000 and 1,000,000 rows, and 200,000 with 100 ms a request; write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, nargs="*", default=[200_000, 1_000_000])
    parser.add_argument("--no-latency", action="store_true")
    given = parser.parse_args()
    results: dict[str, Any] = {"machine": machine(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
    for rows in given.rows:
        running = measured(["floor", "mi1c"], rows, given.rounds)
        results[str(rows)] = report(f"{rows:,} rows, {CODES:,} lines", running)
    if not given.no_latency:
        running = measured(["floor", "mi1c"], given.rows[0], 2, latency=0.1)
        results["latency_100ms"] = report(
            f"{given.rows[0]:,} rows, 100 ms a request (the floor has one connection)", running
        )
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "stock.json"
    path.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"\n{path.relative_to(Path(__file__).parent.parent)}")


if __name__ == "__main__":
    main()
