"""``make bench-shipments``: the shipment job of the product beside its floor, interleaved, checked."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, Final
from urllib.request import urlopen

from bench.crm_sink import sinking
from bench.onec_documents import serving
from bench.stock import RESULTS, Contender, contender, machine, report

NAMES: Final = ("floor", "mi1c")
LIMIT: Final = 4.0
"""How many times the floor's CPU the product may take."""


def measured(lines: int, rounds: int) -> tuple[list[Contender], dict[str, float]]:
    """Run both in turn; each run must carry every line, and both the same quantity.

    The first round stands apart, its CPU seconds by name: there all documents are new to the ledger, and code is cold.
    """
    first: dict[str, float] = {}
    with ExitStack() as stack:
        onec, crm = stack.enter_context(serving(lines)), stack.enter_context(sinking())
        commands = [[sys.executable, "-m", "bench.shipment_contenders", name, onec, crm] for name in NAMES]
        running = [stack.enter_context(contender(command[3], onec, crm, command)) for command in commands]
        carried: set[tuple[int, int]] = set()
        for number in range(rounds + 1):
            for each in running:
                took = each.run()
                with urlopen(crm) as answer:
                    counted = json.load(answer)
                # Each part's one row of parameters ends in a 0, as a line ends in its quantity.
                carried.add((counted["lines"] - counted["requests"], counted["micro"]))
                if len(carried) > 1 or counted["largest"] > 4 * 1024 * 1024 or min(carried)[0] != lines:
                    raise SystemExit(f"{each.name} carried {counted}, before {carried}")
                took["requests"], took["largest"] = counted["requests"], counted["largest"]
                if number:
                    each.runs.append(took)
                else:
                    first[each.name] = round(took["cpu"], 3)
        return running, first


def main() -> None:
    """Measure a window of 280,000 lines; write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lines", type=int, default=280_000)
    given = parser.parse_args()
    running, first = measured(given.lines, given.rounds)
    title = f"{given.lines:,} lines, {running[1].runs[0]['requests']:.0f} parts"
    results: dict[str, Any] = {"machine": machine(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
    results[str(given.lines)] = report(title, running)
    results["first_window_cpu"] = first
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "shipments.json"
    path.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")
    ratio = results[str(given.lines)]["mi1c"]["cpu_ratio"]
    print(f"first window, all documents new: cpu s {first}")
    print(f"\n{path.name}: {ratio} of {LIMIT} times the floor's CPU")


if __name__ == "__main__":
    main()
