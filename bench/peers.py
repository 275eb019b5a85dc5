"""``make bench-peers``: the stock job of the product beside a plain script and dlt, interleaved, all checked alike.

Three peers: ``strings`` is what an integrator writes first for this protocol (requests, json, dicts, lxml, one string
through zeep); ``objects`` does the same with zeep's typed objects, as SOAP services usually want them; ``dlt`` goes in
and out through dlt. The peers live in an environment of their own (``.venv-peers``), made at the first call; they are no dependencies of the
product.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.crm_sink import sinking
from bench.onec_bytes import serving
from bench.stock import RESULTS, checked_rounds, contender, machine, report

HOME: Final = Path(__file__).parent.parent / ".venv-peers"
PEERS: Final = ("requests==2.*", "zeep==4.3.*", "lxml>=6", "dlt[duckdb]==1.*", "pyarrow", "pandas")
"""What the peers need, at the newest that their majors give."""


def environment() -> Path:
    """Return the Python of the peers' environment, made where it is not there."""
    python = HOME / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (HOME / "made").exists():
        venv.create(HOME, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEERS], check=True)
        (HOME / "made").touch()
    return python


def main() -> None:
    """Measure 200,000 rows for each peer and the product; write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=200_000)
    given = parser.parse_args()
    python = str(environment())
    with ExitStack() as stack:
        onec = stack.enter_context(serving(given.rows))
        crm = stack.enter_context(sinking())
        running = [stack.enter_context(contender("mi1c", onec, crm))]
        for peer in ("strings", "objects", "dlt"):
            command = [python, str(Path(__file__).parent / "peer_jobs.py"), peer, onec, crm]
            running.append(stack.enter_context(contender(peer, onec, crm, command=command)))
        checked_rounds(running, crm, given.rounds)
        results: dict[str, Any] = {"machine": machine(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
        results["versions"] = versions(python)
        results[str(given.rows)] = report(f"{given.rows:,} rows", running)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "peers.json").write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")


def versions(python: str) -> dict[str, str]:
    """Return the versions of the peers that were measured."""
    names = ["requests", "zeep", "dlt", "duckdb", "lxml"]
    code = f"import json; from importlib.metadata import version as v; print(json.dumps({{n: v(n) for n in {names}}}))"
    done = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
