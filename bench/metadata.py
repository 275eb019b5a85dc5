"""``python -m bench.metadata``: reading and recognising a ``$metadata`` of a real base's size, cold and from the cache.

The document is made here: as many sets, properties and functions as УТ 11 publishes (reference: 16.8 MB, 4,237 sets,
2,584 functions), around the sets of the sandbox's УТ 11.5. Prints seconds and MiB; the wanted is 3 s and 150 MiB.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SETS = 4_237
SIZE = 17_000_000


def document(path: Path, size: int = SIZE) -> int:
    """Write a document of about ``size`` bytes and return how many it has."""
    from sandbox.onec.configuration import load
    from sandbox.onec.metadata import metadata
    from sandbox.world.bases import configuration

    own = metadata(load(configuration("ut11"))).decode()
    head, _, rest = own.partition("\t\t\t<EntityType")
    types, _, tail = ("\t\t\t<EntityType" + rest).partition("\t\t\t<EntityContainer")
    sample = types[: types.index("</EntityType>") + len("</EntityType>")]
    name = sample.split('Name="', 1)[1].split('"', 1)[0]
    wanted = size - len(own.encode())
    each = len(sample.encode()) + 200
    with path.open("w", encoding="utf-8") as file:
        file.write(head + types)
        number = 0
        names = []
        while number * each < wanted:
            names.append(f"Catalog_Справочник{number}")
            file.write("\n" + sample.replace(f'"{name}"', f'"{names[-1]}"', 1))
            number += 1
        container, _, end = ("\t\t\t<EntityContainer" + tail).partition("</EntityContainer>")
        sets = "".join(f'<EntitySet Name="{each}"\n\t\tEntityType="StandardODATA.{each}"/>\n' for each in names)
        file.write(container + sets + "</EntityContainer>" + end)
    return path.stat().st_size


def measure(path: Path) -> dict[str, Any]:
    """Read and recognise a document in this process; seconds and the peak of memory since it began."""
    from connectors.onec.odata import metadata_of
    from tasks.recognising import recognise

    before = _peak()
    began = time.perf_counter()
    found = metadata_of(path)
    read = time.perf_counter() - began
    likely = recognise(found)
    whole = time.perf_counter() - began
    return {
        "sets": len(found.sets),
        "read_s": round(read, 2),
        "recognised_s": round(whole, 2),
        "profile": likely[0].profile if likely else "",
        "peak_mib": round(_peak(), 1),
        "before_mib": round(before, 1),
    }


def warm(path: Path) -> dict[str, Any]:
    """Write a copy as the cache does and read it again."""
    import msgspec

    from connectors.onec.odata import metadata_of
    from connectors.onec.odata.metadata_cache import Kept

    copy = path.with_suffix(".kept")
    copy.write_bytes(msgspec.msgpack.encode(Kept(1, "", 0.0, metadata_of(path))))
    began = time.perf_counter()
    msgspec.msgpack.decode(copy.read_bytes(), type=Kept)
    return {"kept_mib": round(copy.stat().st_size / 2**20, 1), "cached_s": round(time.perf_counter() - began, 3)}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Print the figures as JSON lines; 1 where the wanted is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, help="a document to measure instead of the one that is made")
    parser.add_argument("--inside", choices=("cold", "warm"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        print(json.dumps((measure if asked.inside == "cold" else warm)(asked.file), ensure_ascii=False))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = asked.file or Path(folder) / "metadata.xml"
        size = path.stat().st_size if asked.file else document(path)
        told: dict[str, Any] = {"mb": round(size / 1e6, 1)}
        for inside in ("cold", "warm"):
            # A process of its own: the peak of memory is a process's, and making the document would be in it.
            command = [sys.executable, "-m", "bench.metadata", "--inside", inside, "--file", str(path)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            told |= json.loads(done.stdout)
    print(json.dumps(told, ensure_ascii=False))
    return 0 if told["recognised_s"] < 3 and told["peak_mib"] < 150 else 1


if __name__ == "__main__":
    sys.exit(main())
