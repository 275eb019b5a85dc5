"""Stock by batch: what a good's balance in a warehouse is made of, and the sum is that balance to the last digit.

The rules of :mod:`mappings.translate.stock` are applied to the balance of a good in a warehouse, not to its batches, so
that both exchanges tell the same sums. Within a balance a batch below zero (somebody picked from another one) is taken
off the others, those that expire first first. Rounding to their unit is done on running sums, so it never adds up.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mappings.translate.result import Counts, Translation
from mappings.translate.stock import (
    FOREIGN,
    LEFT_OUT,
    NEGATIVE,
    NO_GOOD,
    NO_UNIT,
    NOT_SENT,
    UNMATCHED,
    ZERO,
    micro_text,
)
from mappings.translate.stock import set_aside as stock_aside
from mappings.units import common_denominator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    import pandas as pd

    from mappings.translate.stock import Named, StockRules
    from mappings.translate.targets import Targets

COLUMNS: Final = ("their_warehouse", "date", "their_good", "their_unit", "quantity", "batch_number", "made", "expires")
NEVER: Final = datetime.max  # noqa: DTZ901 - 1C's dates have no zone


class Batch(NamedTuple):
    """A batch: number, production date and best before, None where there is none."""

    number: str = ""
    made: datetime | None = None
    expires: datetime | None = None

    @property
    def order(self) -> tuple[datetime, str, datetime]:
        """What expires first comes first, what never does last."""
        return self.expires or NEVER, self.number, self.made or NEVER


Parts = dict[Batch, int]
"""How much of each batch there is, in millionths over the common denominator of all factors."""
Lane = tuple[str, str, str]
"""Their warehouse, good and unit."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Where warehouses and goods go, and what the link says of zeros, negatives and reserves."""

    warehouses: Mapping[str, str]
    targets: Targets
    stock: StockRules

    def fate(self, warehouse: str, good: str, total: int) -> int:
        """Return where a balance ends, as one of the codes of stock.py; 0 = it is sent."""
        if warehouse not in self.warehouses:
            return NOT_SENT
        if total == 0 and self.stock.zeros == "omit":
            return ZERO
        if total < 0 and self.stock.negatives == "omit":
            return NEGATIVE
        if good in self.targets.foreign:
            return FOREIGN
        if good in self.targets.without_unit:
            return NO_UNIT
        return 0 if self.targets.get(good) else NO_GOOD


def translate(
    balances: pd.DataFrame,
    *,
    batches: pd.DataFrame,
    rules: Rules,
    named: Callable[[Sequence[str]], Mapping[str, Named]],
    on: date,
) -> Translation:
    """Translate balances (``model.STOCK_BATCHES``) into table ``lines``.

    ``batches`` are ``model.BATCHES``, or the balances themselves where their rows tell number and dates; ``named`` as
    for the stock. A batch that is not among them goes without number and dates, and is counted in the totals.
    """
    known = _batches(batches)
    read: dict[tuple[str, str], dict[Batch, int]] = defaultdict(lambda: defaultdict(int))
    rows: Counter[tuple[str, str]] = Counter()
    for warehouse, good, batch, quantity in _rows(balances, subtract=rules.stock.reserved == "subtract"):
        read[warehouse, good][known.get(batch, Batch())] += quantity
        rows[warehouse, good] += 1
    fates: Counter[int] = Counter()
    waiting: Counter[str] = Counter()
    lanes: dict[Lane, Parts] = defaultdict(lambda: defaultdict(int))
    common = common_denominator(rules.targets.factor_of.values())
    for (warehouse, good), parts in read.items():
        fate = rules.fate(warehouse, good, sum(parts.values()))
        fates[fate] += rows[warehouse, good]
        target = rules.targets.get(good)
        if fate in UNMATCHED:
            waiting[good] += sum(parts.values())
        elif fate == 0 and target is not None:
            lane = lanes[rules.warehouses[warehouse], target.their_good, target.their_unit]
            weight = target.factor.numerator * (common // target.factor.denominator)
            for each, sent in _sent(parts, rules.stock.negatives).items():
                lane[each] += sent * weight
    exact = Fraction(sum(quantity for parts in lanes.values() for quantity in parts.values()), common)
    added = _listed(lanes, rules) if rules.stock.zeros == "listed" else 0
    lines = [line for lane in sorted(lanes) for line in _lines(lane, lanes[lane], common)]
    counts = Counts(read=len(balances), sent=fates[0], lines=len(lines), added=added)
    counts.left_out = {name: fates[code] for code, name in LEFT_OUT.items() if fates[code]}
    counts.unmatched = {name: fates[code] for code, name in UNMATCHED.items() if fates[code]}
    counts.check()
    return Translation(
        {"lines": _frame(lines, on)},
        counts,
        _totals(balances, exact, sum(line[3] for line in lines)) | _unknown(balances, known),
        stock_aside(waiting, named(list(waiting)), rules.targets.without_unit),
    )


def netted(parts: Mapping[Batch, int]) -> dict[Batch, int]:
    """Return batches whose signs agree: those of the other sign are taken off, what expires first first."""
    total = sum(parts.values())
    sign = -1 if total < 0 else 1
    against = -sum(quantity for quantity in parts.values() if quantity * sign < 0)
    kept: dict[Batch, int] = {}
    for batch in sorted(parts, key=lambda each: each.order):
        quantity = parts[batch]
        if quantity * sign <= 0:
            continue
        taken = sign * min(abs(quantity), abs(against))
        against -= taken
        if quantity != taken:
            kept[batch] = quantity - taken
    return kept


def _sent(parts: Mapping[Batch, int], negatives: str) -> dict[Batch, int]:
    """Return what is sent of a balance; nothing left is one line of zero."""
    total = sum(parts.values())
    if total == 0 or (total < 0 and negatives == "zero"):
        return {Batch(): 0}
    return netted(parts)


def _listed(lanes: dict[Lane, Parts], rules: Rules) -> int:
    """Add a zero for every matched good in every warehouse where it has no line; return how many."""
    wanted = {(theirs, *lane) for theirs in set(rules.warehouses.values()) for lane in rules.targets.lanes}
    missing = wanted - set(lanes)
    for lane in missing:
        lanes[lane][Batch()] = 0
    return len(missing)


def _lines(lane: Lane, parts: Parts, common: int) -> Iterator[tuple[str, str, str, int, Batch]]:
    """Yield the lines of a lane, rounded on running sums: together they are the rounded whole."""
    exact = told = 0
    for batch in sorted(parts, key=lambda each: each.order):
        exact += parts[batch]
        now = _rounded(exact, common)
        if now != told or len(parts) == 1:
            yield (*lane, now - told, batch)
        told = now


def _rounded(above: int, below: int) -> int:
    """Return ``above / below`` as an integer, half away from zero."""
    sign = -1 if above < 0 else 1
    return sign * ((2 * abs(above) + below) // (2 * below))


# -- frames ------------------------------------------------------------------------------------------------------------


def _rows(balances: pd.DataFrame, *, subtract: bool) -> Iterator[tuple[str, str, str, int]]:
    names = ("our_warehouse", "our_good", "batch")
    texts = [balances[name].astype(object).tolist() for name in names]
    quantity = balances["quantity"]
    if subtract and "reserved" in balances:
        quantity = quantity - balances["reserved"]
    yield from zip(*texts, quantity.tolist(), strict=True)


def _batches(frame: pd.DataFrame) -> dict[str, Batch]:
    def moments(name: str) -> Iterable[datetime | None]:
        if name not in frame.columns:
            return [None] * len(frame)
        return [None if value != value else value.to_pydatetime() for value in frame[name]]  # noqa: PLR0124 - NaT

    ids = frame["batch"].astype(object)
    numbers = frame["batch_number"] if "batch_number" in frame.columns else [""] * len(frame)
    rows = zip(ids, numbers, moments("made"), moments("expires"), strict=True)
    return {ref: Batch(number.strip(), made, expires) for ref, number, made, expires in rows}


def _frame(lines: Sequence[tuple[str, str, str, int, Batch]], on: date) -> pd.DataFrame:
    import pandas as pd

    rows: list[tuple[Any, ...]] = [
        (warehouse, on, good, unit, quantity, *batch) for warehouse, good, unit, quantity, batch in lines
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"quantity": "int64"})
    for name in ("date", "made", "expires"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    return frame


def _unknown(balances: pd.DataFrame, known: Mapping[str, Batch]) -> dict[str, str]:
    missing = {str(ref) for ref in balances["batch"]} - {"", *known}
    return {"unknown batches": str(len(missing))} if missing else {}


def _totals(balances: pd.DataFrame, exact: Fraction, sent: int) -> dict[str, str]:
    return {
        "read": micro_text(int(balances["quantity"].sum()) if len(balances) else 0),
        "converted": micro_text(round(exact)),
        "sent": micro_text(sent),
        "rounding": f"{float((sent - exact) / 1_000_000):.9f}",
    }
