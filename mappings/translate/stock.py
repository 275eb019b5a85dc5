"""Stock: balances of our warehouses become lines of theirs.

Rules, each with the name under which the report counts it:

* ``склад не выгружается``: the link does not name the warehouse;
* ``резерв``: with ``reserved: subtract`` what is promised is taken off first;
* ``нулевой остаток`` / ``отрицательный остаток``: by the link's rules, on the row as 1C holds it, before goods that
  share a code are summed, so that an error in one card never hides another card's stock;
* many of our goods on one of theirs are summed; units are exact, rounded once a line (:mod:`mappings.units`);
* with ``zeros: listed`` every matched good of ours gets a line in every warehouse that is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from mappings.model import MICRO
from mappings.translate.result import SET_ASIDE_COLUMNS, Counts, Translation
from mappings.units import Factor, common_denominator, divided, weighted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

Numbers = np.ndarray[Any, np.dtype[Any]]

SENT, NOT_SENT, ZERO, NEGATIVE, NO_GOOD, NO_UNIT = range(6)
LEFT_OUT: Final = {NOT_SENT: "склад не выгружается", ZERO: "нулевой остаток", NEGATIVE: "отрицательный остаток"}
UNMATCHED: Final = {NO_GOOD: "нет соответствия товара", NO_UNIT: "нет соответствия единицы"}


@dataclass(frozen=True, slots=True)
class StockRules:
    """What the link says of zero, negative and reserved balances."""

    zeros: Literal["omit", "send", "listed"] = "omit"
    negatives: Literal["omit", "zero", "send"] = "omit"
    reserved: Literal["include", "subtract"] = "include"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a good of ours goes: their good and unit, and how many of that unit one of our base unit is."""

    their_good: str
    their_unit: str
    factor: Factor


@dataclass(frozen=True, slots=True)
class Named:
    """What the report says of a good: its name and its price in millionths of money (0 = unknown)."""

    name: str
    price: int = 0


def translate(
    balances: pd.DataFrame,
    *,
    warehouses: Mapping[str, str],
    targets: Mapping[str, Target],
    goods_without_unit: Mapping[str, str],
    named: Mapping[str, Named],
    rules: StockRules,
    on: date,
) -> Translation:
    """Translate balances (columns of ``model.STOCK``) into the datasets ``CRMWhBalance`` and its lines.

    ``warehouses``: ours → theirs; ``targets``: our good → :class:`Target`; ``goods_without_unit``: goods that are
    matched but whose unit is not → why, in Russian; ``named``: our good → how the report names and values it.
    Frames come back as ``heads`` (their_warehouse, date) and ``lines`` (their_warehouse, their_good, their_unit,
    quantity).
    """
    goods = list(balances["our_good"].cat.categories)
    lanes, lane_of, weights, common = _lanes(goods, targets)
    theirs = sorted(set(warehouses.values()))
    place = {name: index for index, name in enumerate(theirs)}
    warehouse_of = np.array(
        [place.get(warehouses.get(ours, ""), -1) for ours in balances["our_warehouse"].cat.categories] or [-1]
    )
    unit_missing = np.array([good in goods_without_unit for good in goods] or [False])

    good = balances["our_good"].cat.codes.to_numpy()
    warehouse = warehouse_of[balances["our_warehouse"].cat.codes.to_numpy()]
    quantity = _quantity(balances, rules)
    fate = _fates(quantity, warehouse, lane_of[good], unit_missing[good], rules)

    kept = fate == SENT
    quantity = np.maximum(quantity, 0) if rules.negatives == "zero" else quantity
    amount = weighted(quantity[kept], weights, good[kept])
    sums = _summed(warehouse[kept] * max(len(lanes), 1) + lane_of[good[kept]], amount)
    lines, added = _lines(sums, lanes, theirs, common, listed=rules.zeros == "listed")

    counts = Counts(read=len(balances), sent=int(kept.sum()), lines=len(lines), added=added)
    counts.left_out = {name: n for code, name in LEFT_OUT.items() if (n := int((fate == code).sum()))}
    counts.unmatched = {name: n for code, name in UNMATCHED.items() if (n := int((fate == code).sum()))}
    counts.check()
    waits = fate >= NO_GOOD
    return Translation(
        tables={"heads": _heads(lines, on), "lines": lines},
        counts=counts,
        totals=_totals(balances, amount, lines, common),
        set_aside=_set_aside(_summed(good[waits], quantity[waits]), goods, named, goods_without_unit),
    )


def _lanes(goods: list[str], targets: Mapping[str, Target]) -> tuple[list[tuple[str, str]], Numbers, list[int], int]:
    """Return (their good, their unit) pairs, each good's index among them (-1 = none), weights, their divisor."""
    found = [targets.get(good) for good in goods]
    common = common_denominator(target.factor for target in found if target)
    index: dict[tuple[str, str], int] = {}
    lane_of = [index.setdefault((each.their_good, each.their_unit), len(index)) if each else -1 for each in found]
    weights = [each.factor.numerator * (common // each.factor.denominator) if each else 0 for each in found]
    return list(index), np.array(lane_of or [-1]), weights or [0], common


def _quantity(balances: pd.DataFrame, rules: StockRules) -> Numbers:
    quantity: Numbers = balances["quantity"].to_numpy()
    if rules.reserved == "subtract" and "reserved" in balances:
        quantity = quantity - balances["reserved"].to_numpy()
    return quantity


def _fates(quantity: Numbers, warehouse: Numbers, lane: Numbers, unit_missing: Numbers, rules: StockRules) -> Numbers:
    """Return where each row ends; the first rule that applies wins."""
    never = np.zeros(len(quantity), dtype=bool)
    return np.select(
        [
            warehouse < 0,
            (quantity == 0) if rules.zeros == "omit" else never,
            (quantity < 0) if rules.negatives == "omit" else never,
            unit_missing,
            lane < 0,
        ],
        [NOT_SENT, ZERO, NEGATIVE, NO_UNIT, NO_GOOD],
        default=SENT,
    )


def _summed(keys: Numbers, amounts: Numbers) -> pd.Series[Any]:
    return pd.Series(amounts, copy=False).groupby(keys, sort=True).sum()


def _lines(
    sums: pd.Series[Any], lanes: list[tuple[str, str]], theirs: list[str], common: int, *, listed: bool
) -> tuple[pd.DataFrame, int]:
    """Return the lines in order of warehouse and good, and how many zero lines were added."""
    width = max(len(lanes), 1)
    keys, quantities = sums.index.to_numpy(dtype=np.int64), divided(sums.to_numpy(), common)
    added = 0
    if listed and lanes:
        everything = np.arange(len(theirs) * width)
        full = np.zeros(len(everything), dtype=np.int64)
        full[keys] = quantities
        added = len(everything) - len(keys)
        keys, quantities = everything, full
    codes = pd.Index([good for good, _ in lanes], dtype=object)
    units = pd.Index([unit for _, unit in lanes], dtype=object)
    frame = pd.DataFrame(
        {
            "their_warehouse": pd.Index(theirs, dtype=object).take(keys // width),
            "their_good": codes.take(keys % width),
            "their_unit": units.take(keys % width),
            "quantity": quantities,
        }
    )
    return frame, added


def _heads(lines: pd.DataFrame, on: date) -> pd.DataFrame:
    names = list(dict.fromkeys(lines["their_warehouse"]))
    moment = pd.Timestamp(on).as_unit("s")
    return pd.DataFrame({"their_warehouse": names, "date": pd.Series([moment] * len(names), dtype="datetime64[s]")})


def _totals(balances: pd.DataFrame, amount: Numbers, lines: pd.DataFrame, common: int) -> dict[str, str]:
    """Return what was read, what it is in their units, what is sent, and the difference that rounding made."""
    exact = Fraction(int(amount.sum()) if len(amount) else 0, common)
    sent = int(lines["quantity"].sum()) if len(lines) else 0
    return {
        "read": micro_text(int(balances["quantity"].sum()) if len(balances) else 0),
        "converted": micro_text(round(exact)),
        "sent": micro_text(sent),
        "rounding": f"{float((Fraction(sent) - exact) / MICRO):.9f}",
    }


def micro_text(micro: int) -> str:
    """Return millionths as the shortest decimal: 120500000 → ``120.5``."""
    return format(Decimal(micro).scaleb(-6).normalize(), "f") if micro else "0"


def _set_aside(
    sums: pd.Series[Any], goods: list[str], named: Mapping[str, Named], without_unit: Mapping[str, str]
) -> pd.DataFrame:
    """Return what is unmatched (good's index → quantity), a row a good, the dearest first."""
    rows = []
    for code, micro in sums.items():
        our_id = goods[int(str(code))]
        known = named.get(our_id, Named(our_id))
        reason = NO_UNIT if our_id in without_unit else NO_GOOD
        said = without_unit.get(our_id) or "Сопоставьте товар с товаром производителя или отметьте «нет пары»."
        value = int(micro) * known.price // MICRO
        rows.append(("good", our_id, known.name, UNMATCHED[reason], said, int(micro), value))
    rows.sort(key=lambda row: (-row[6], -row[5], row[2]))
    return pd.DataFrame(rows, columns=list(SET_ASIDE_COLUMNS))
