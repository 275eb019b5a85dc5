"""A 1C base that only serves prepared bytes of shipments: documents with their lines, as fast as a socket takes them.

As ``bench.onec_bytes``, whose server it is: a page is a slice of one block, ``$top`` and ``$skip`` count documents, what
``$select`` names stands ready. ``python -m bench.onec_documents --lines 280000`` prints its address as JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import uuid
from array import array
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bench.onec_bytes import EMPTY, Rows, Server, good_key, warehouse_key

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES: Final = 10
"""Lines of a document."""

OUTLETS: Final = 4_000
GOODS: Final = 10_000
BOX: Final = 12
"""Pieces in a package; every third line is sold in packages."""

DAYS: Final = 14


def outlet_key(number: int) -> str:
    """Return the reference of outlet ``number``: the same in every run."""
    return str(uuid.UUID(int=(0x33 << 120) | number))


def company_key(number: int) -> str:
    """Return the reference of the company of outlet ``number``."""
    return str(uuid.UUID(int=(0x44 << 120) | number % (OUTLETS // 4)))


def _line(dice: random.Random, number: int, good: int) -> tuple[str, int]:
    packs = dice.randrange(1, 9) if number % 3 == 0 else 0
    quantity = packs * BOX if packs else dice.randrange(1, 400)
    kopecks = dice.randrange(1_000, 90_000)
    price = kopecks * BOX if packs else kopecks
    amount = kopecks * quantity
    text = (
        f'{{\n"LineNumber": "{number}",\n"Номенклатура_Key": "{good_key(good)}",\n'
        f'"Упаковка_Key": "{company_key(1) if packs else EMPTY}",\n"КоличествоУпаковок": {packs or quantity},\n'
        f'"Количество": {quantity},\n"Цена": {price / 100},\n"СуммаНДС": {amount // 6 / 100},\n'
        f'"СуммаСНДС": {amount / 100},\n"Склад_Key": "{warehouse_key(0)}",\n"ЗаказКлиента": "{EMPTY}"\n}}'
    )
    return text, quantity


def prepare(lines: int, *, seed: int = 1) -> Rows:
    """Build documents of ten lines each, evenly over the last days; ``total`` is the sum of quantities."""
    dice = random.Random(seed)  # noqa: S311 - numbers for a bench, no cryptography
    documents = lines // LINES
    first = datetime.now().replace(microsecond=0) - timedelta(days=DAYS - 1)  # noqa: DTZ005 - 1C's wall clock
    step = timedelta(days=DAYS - 1) / documents
    starts, parts, at, total = array("Q", [0]), [], 0, 0
    for number in range(documents):
        outlet = dice.randrange(OUTLETS)
        inside = []
        for line, good in enumerate(dice.sample(range(GOODS), LINES), start=1):
            text, quantity = _line(dice, line, good)
            inside.append(text)
            total += quantity
        when = (first + step * number).isoformat(timespec="seconds")
        document = (
            f'{{\n"Ref_Key": "{uuid.UUID(int=(0x55 << 120) | number)}",\n"DataVersion": "AAAAAAAAAAE=",\n'
            f'"DeletionMark": false,\n"Number": "ПД00-{number:06}",\n"Date": "{when}",\n"Posted": true,\n'
            f'"Статус": "Отгружено",\n"Партнер_Key": "{outlet_key(outlet)}",\n'
            f'"Контрагент_Key": "{company_key(outlet)}",\n"Склад_Key": "{warehouse_key(0)}",\n'
            f'"ЗаказКлиента": "{EMPTY}",\n"ЦенаВключаетНДС": true,\n"Товары": [\n{",".join(inside)}\n]\n}}'
        ).encode()
        document += b",\n" if number < documents - 1 else b""
        at += len(document)
        starts.append(at)
        parts.append(document)
    return Rows(b"".join(parts), starts, total)


@contextmanager
def serving(lines: int) -> Iterator[str]:
    """Serve in a process of its own for the length of the block; yields the OData root."""
    command = [sys.executable, "-m", "bench.onec_documents", f"--lines={lines}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["onec"]
        finally:
            process.terminate()


def main() -> None:
    """Prepare, print the address as one line of JSON, serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=280_000)
    given = parser.parse_args()
    server = Server(prepare(given.lines))
    print(json.dumps({"onec": server.url}), flush=True)
    server.serve()


if __name__ == "__main__":
    main()
