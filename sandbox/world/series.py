"""Series: a third of the manufacturer's goods are kept by series, with production dates and best before.

Documents are made without them and stay as they were, number by number: here their rows are told which series they
move. What is sold is of the old one; a part of what is left, and every later receipt, is of the fresh one. Of every
twentieth good somebody picked from the wrong series, as happens: the old one ends below zero, the good does not.
"""

# ruff: noqa: PLR2004 - shares of an invented world; a name would say no more than the number

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from sandbox.world.numbers import reference, thousandths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sandbox.world.basics import Basics
    from sandbox.world.ours import OurGood

Documents = dict[str, list[dict[str, Any]]]
Place = tuple[str, str]
"""A good and a warehouse."""

RECEIPTS = "ПриобретениеТоваровУслуг"
OUTGOING = {"РеализацияТоваровУслуг": "Товары", "КорректировкаРеализации": "Расхождения"}
RETURNS = "ВозвратТоваровОтКлиента"


@dataclass(frozen=True, slots=True)
class Pair:
    """The two series of a good; ``step`` in thousandths of its unit, ``wrong`` where somebody mixed them up."""

    old: str
    fresh: str
    step: int
    wrong: bool


def with_series(
    seed: int, basics: Basics, goods: Sequence[OurGood], documents: Documents, now: datetime
) -> list[dict[str, Any]]:
    """Tell the rows of documents their series, and return the cards of these."""
    rng = Random(f"{seed}:series")
    kept = [good for good in goods if good.maker is not None and not good.deleted and rng.random() < 0.33]
    pairs = {
        good.ref: Pair(reference(rng), reference(rng), good.step, wrong=number % 20 == 0)
        for number, good in enumerate(kept)
    }
    ends = _ends(documents, pairs)
    for kind, section in (*OUTGOING.items(), (RETURNS, "Товары"), ("КорректировкаРеализации", "Товары")):
        for document in documents[kind]:
            for row in document[section]:
                if row["Номенклатура_Key"] in pairs:
                    row["Серия_Key"] = pairs[row["Номенклатура_Key"]].old
    _receive(documents[RECEIPTS], pairs, ends)
    return [card for good in kept for card in _cards(rng, basics, good, pairs[good.ref], now)]


def _ends(documents: Documents, pairs: Mapping[str, Pair]) -> dict[Place, int]:
    """Return what is left of each good in each warehouse, in thousandths."""
    left: dict[Place, int] = defaultdict(int)
    signs = [(RECEIPTS, "Товары", 1), (RETURNS, "Товары", 1), *((kind, name, -1) for kind, name in OUTGOING.items())]
    for kind, section, sign in signs:
        for document in documents[kind]:
            for row in document[section] if document["Posted"] else ():
                if row["Номенклатура_Key"] in pairs:
                    left[row["Номенклатура_Key"], document["Склад_Key"]] += sign * int(row["Количество"] * 1000)
    return left


def _receive(receipts: list[dict[str, Any]], pairs: Mapping[str, Pair], ends: Mapping[Place, int]) -> None:
    """Share receipts out: the first of a good in a warehouse brings both series, later ones the fresh one."""
    seen: set[Place] = set()
    for document in sorted(receipts, key=lambda each: each["Date"]):
        rows: list[dict[str, Any]] = []
        for row in document["Товары"]:
            place = (row["Номенклатура_Key"], document["Склад_Key"])
            pair = pairs.get(place[0])
            if pair is None:
                rows.append(row)
            elif place in seen:
                rows.append(row | {"Серия_Key": pair.fresh})
            else:
                rows += _shared(row, pair, ends[place])
            seen.add(place)
        for number, row in enumerate(rows, start=1):
            row["LineNumber"] = row["КодСтроки"] = number
        document["Товары"] = rows


def _shared(row: dict[str, Any], pair: Pair, end: int) -> Iterator[dict[str, Any]]:
    """Divide a row between both series, its sums to the kopeck."""
    whole = int(row["Количество"] * 1000)
    fresh = (end + 3 * pair.step if pair.wrong else end // 2) // pair.step * pair.step
    if end <= 0 or not 0 < fresh < whole:
        yield row | {"Серия_Key": pair.old}
        return
    share = Decimal(fresh) / whole
    parts = {name: (row[name] * share).quantize(Decimal("0.01")) for name in ("Сумма", "СуммаНДС", "СуммаСНДС")}
    quantity = thousandths(fresh)
    one = {"Количество": quantity, "КоличествоУпаковок": quantity, "Серия_Key": pair.fresh, **parts}
    rest = {name: row[name] - one[name] for name in ("Количество", "КоличествоУпаковок", *parts)}
    yield row | rest | {"Серия_Key": pair.old}
    yield row | one


def _cards(rng: Random, basics: Basics, good: OurGood, pair: Pair, now: datetime) -> Iterator[dict[str, Any]]:
    for ref, age in ((pair.old, rng.randint(60, 110)), (pair.fresh, rng.randint(10, 50))):
        made = now - timedelta(days=age)
        expires = made + timedelta(days=180)
        number = f"{made:%d%m}{rng.randrange(1000):03d}"
        yield {
            "Ref_Key": ref,
            "Description": f"{number} до {expires:%d.%m.%Y}",
            "ВидНоменклатуры_Key": basics.kinds[0 if good.alcohol else 1],
            "Номер": number,
            "ДатаПроизводства": made,
            "ГоденДо": expires,
        }
