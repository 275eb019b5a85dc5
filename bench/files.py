"""``python -m bench.files``: an exchange folder with 200,000 offers: taken, then read, rows a second and peak memory."""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS: Final = Path(__file__).parent / "results" / "files.json"
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_210" ВерсияСхемы="2.10" '
    'ДатаФормирования="2026-11-24T10:00:00">\n<ПакетПредложений СодержитТолькоИзменения="false"><Ид>0d5c3f57#</Ид>'
    "<ИдКаталога>0d5c3f57</ИдКаталога><Предложения>\n"
)
_TAIL: Final = "</Предложения></ПакетПредложений></КоммерческаяИнформация>\n"


def _reference(kind: int, number: int) -> str:
    """Return a GUID that tells what it is of and which."""
    digest = hashlib.md5(f"{kind}/{number}".encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"


def offers_file(path: Path, offers: int, *, prices: int = 2, places: int = 3) -> None:
    """Write a package of offers, each with so many prices and warehouses; stock is 0.5, 1.5, … 999.5."""
    kinds = [_reference(1, number) for number in range(prices)]
    stores = [_reference(2, number) for number in range(places)]
    with path.open("w", encoding="utf-8") as stream:
        stream.write(_HEAD)
        for number in range(offers):
            cost = "".join(
                f"<Цена><Представление>12,5 руб. за шт</Представление><ИдТипаЦены>{kind}</ИдТипаЦены><ЦенаЗаЕдиницу>"
                f"{number % 1000}.25</ЦенаЗаЕдиницу><Валюта>руб</Валюта><Единица>шт</Единица><Коэффициент>1</Коэффициент></Цена>"
                for kind in kinds
            )
            stock = "".join(f'<Склад ИдСклада="{store}" КоличествоНаСкладе="{number % 1000}.5"/>' for store in stores)
            stream.write(
                f"<Предложение><Ид>{_reference(3, number)}</Ид><Наименование>Товар номер {number}</Наименование>"
                f'<БазоваяЕдиница Код="796" НаименованиеПолное="Штука">шт</БазоваяЕдиница>'
                f"<Цены>{cost}</Цены>{stock}</Предложение>\n"
            )
        stream.write(_TAIL)


def measured(work: Callable[[], int]) -> dict[str, float]:
    """Return what a piece of work took: rows, seconds (wall and CPU), rows a CPU second, the process's peak in MiB."""
    began, began_cpu = time.perf_counter(), time.process_time()
    rows = work()
    seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    figures = {"rows": rows, "seconds": round(seconds, 2), "cpu": round(cpu, 2)}
    return figures | {"rows_per_cpu_second": round(rows / cpu), "peak_mib": round(peak_mib())}


def peak_mib() -> float:
    """Return this process's peak memory; ru_maxrss would count that of the process it was started from too."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(each for each in status.read_text("utf-8").splitlines() if each.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(root: Path) -> dict[str, dict[str, float]]:
    """Take the folder's file and read its tables, each step measured."""
    from connectors.onec.files import FolderAddress, OneCFiles
    from mappings.profiles.profile import load_profile

    profile = load_profile("files")
    onec = OneCFiles(FolderAddress(root, quiet=0))

    def take() -> int:
        (file,) = onec.take().taken
        return file.parts[0].rows[0]["Предложения"]

    def read(table: str) -> int:
        return len(onec.read(profile.reading(table)))

    return {"take": measured(take)} | {table: measured(partial(read, table)) for table in ("stock", "prices")}


def main() -> None:
    """Measure in a process of its own each time, print medians, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offers", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        print(json.dumps(run(Path(given.inside))))
        return
    rounds = [_round(given.offers) for _ in range(given.rounds)]
    shown = {
        step: sorted((each[step] for each in rounds), key=itemgetter("cpu"))[len(rounds) // 2] for step in rounds[0]
    }
    print(f"{'':8}{'rows':>10}{'wall s':>9}{'cpu s':>9}{'rows/cpu s':>12}{'MiB':>7}")
    for step, made in shown.items():
        print(
            f"{step:8}{made['rows']:10,}{made['seconds']:9.2f}{made['cpu']:9.2f}{made['rows_per_cpu_second']:12,}"
            f"{made['peak_mib']:7}"
        )
    at = datetime.now(UTC).isoformat(timespec="seconds")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(
        json.dumps({"at": at, "offers": given.offers, "median": shown, "rounds": rounds}, indent=1) + "\n", "utf-8"
    )


def _round(offers: int) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder) / "inbox"
        inbox.mkdir()
        offers_file(inbox / "offers0_1.xml", offers)
        command = [sys.executable, "-m", "bench.files", "--inside", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    made: dict[str, dict[str, float]] = json.loads(done.stdout)
    return made


if __name__ == "__main__":
    main()
