"""Stock: balances of our warehouses become lines of theirs.

Rules, each with the name under which the report counts it:

* ``склад не выгружается``: the link does not name the warehouse;
* ``товар не этого производителя``: a person marked the good as having no pair;
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
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from mappings.model import MICRO
from mappings.translate.result import SET_ASIDE_COLUMNS, Counts, Translation
from mappings.translate.targets import FOREIGN_SAID, ONE
from mappings.units import common_denominator, divided, weighted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from mappings.translate.targets import Targets

Numbers = np.ndarray[Any, np.dtype[Any]]

SENT, NOT_SENT, ZERO, NEGATIVE, FOREIGN, NO_GOOD, NO_UNIT = range(7)
LEFT_OUT: Final = {
    NOT_SENT: "склад не выгружается",
    ZERO: "нулевой остаток",
    NEGATIVE: "отрицательный остаток",
    FOREIGN: FOREIGN_SAID,
}
UNMATCHED: Final = {NO_GOOD: "нет соответствия товара", NO_UNIT: "нет соответствия единицы"}


@dataclass(frozen=True, slots=True)
class StockRules:
    """What the link says of zero, negative and reserved balances."""

    zeros: Literal["omit", "send", "listed"] = "omit"
    negatives: Literal["omit", "zero", "send"] = "omit"
    reserved: Literal["include", "subtract"] = "include"


@dataclass(frozen=True, slots=True)
class Named:
    """What the report says of a good: its name and its price in millionths of money (0 = unknown)."""

    name: str
    price: int = 0


def translate(
    balances: pd.DataFrame,
    *,
    warehouses: Mapping[str, str],
    targets: Targets,
    named: Callable[[Sequence[str]], Mapping[str, Named]],
    rules: StockRules,
    on: date,
) -> Translation:
    """Translate balances (columns of ``model.STOCK``) into the datasets ``CRMWhBalance`` and its lines.

    ``warehouses``: ours → theirs; ``targets``: where goods go; ``named`` gives names and prices of those that are
    unmatched. Frames come back as ``heads`` (their_warehouse, date) and ``lines`` (their_warehouse, their_good,
    their_unit, quantity).
    """
    goods = list(balances["our_good"].cat.categories)
    lane_of = np.fromiter(map(targets.lane_of.get, goods, repeat(-1)), np.int32, len(goods))
    unit_missing = np.fromiter(map(targets.without_unit.__contains__, goods), bool, len(goods))
    foreign = np.fromiter(map(targets.foreign.__contains__, goods), bool, len(goods))
    theirs = sorted(set(warehouses.values()))
    place = {name: index for index, name in enumerate(theirs)}
    warehouse_of = np.array(
        [place.get(warehouses.get(ours, ""), -1) for ours in balances["our_warehouse"].cat.categories], dtype=np.int32
    )

    good = balances["our_good"].cat.codes.to_numpy()
    warehouse, lane = warehouse_of[balances["our_warehouse"].cat.codes.to_numpy()], lane_of[good]
    quantity = _quantity(balances, rules)
    fate = _fates(quantity, warehouse, lane, _Goods(foreign[good], unit_missing[good]), rules)

    kept = fate == SENT
    quantity = np.maximum(quantity, 0) if rules.negatives == "zero" else quantity
    common = common_denominator(targets.factor_of.values())
    amount = weighted(quantity[kept], _weights(goods, targets, common), good[kept])
    sums = _summed(warehouse[kept].astype(np.int64) * max(len(targets.lanes), 1) + lane[kept], amount)
    lines, added = _lines(sums, targets.lanes, theirs, common, listed=rules.zeros == "listed")

    counts = Counts(read=len(balances), sent=int(kept.sum()), lines=len(lines), added=added)
    counts.left_out = {name: n for code, name in LEFT_OUT.items() if (n := int((fate == code).sum()))}
    counts.unmatched = {name: n for code, name in UNMATCHED.items() if (n := int((fate == code).sum()))}
    counts.check()
    waits = fate >= NO_GOOD
    waiting = {goods[int(str(code))]: int(micro) for code, micro in _summed(good[waits], quantity[waits]).items()}
    return Translation(
        tables={"heads": _heads(lines, on), "lines": lines},
        counts=counts,
        totals=_totals(balances, amount, lines, common),
        set_aside=set_aside(waiting, named(list(waiting)), targets.without_unit),
    )


def _weights(goods: list[str], targets: Targets, common: int) -> list[int]:
    """Return what each good's quantity is multiplied with before the sum is divided by ``common``."""
    if not targets.factor_of:
        return [common] * len(goods)
    factors = map(targets.factor_of.get, goods, repeat(ONE))
    return [factor.numerator * (common // factor.denominator) for factor in factors]


def _quantity(balances: pd.DataFrame, rules: StockRules) -> Numbers:
    quantity: Numbers = balances["quantity"].to_numpy()
    if rules.reserved == "subtract" and "reserved" in balances:
        quantity = quantity - balances["reserved"].to_numpy()
    return quantity


@dataclass(frozen=True, slots=True)
class _Goods:
    """What is known of each row's good besides where it goes."""

    foreign: Numbers
    unit_missing: Numbers


def _fates(quantity: Numbers, warehouse: Numbers, lane: Numbers, goods: _Goods, rules: StockRules) -> Numbers:
    """Return where each row ends; the first rule that applies wins."""
    never = np.zeros(len(quantity), dtype=bool)
    return np.select(
        [
            warehouse < 0,
            (quantity == 0) if rules.zeros == "omit" else never,
            (quantity < 0) if rules.negatives == "omit" else never,
            goods.foreign,
            goods.unit_missing,
            lane < 0,
        ],
        [np.int8(NOT_SENT), np.int8(ZERO), np.int8(NEGATIVE), np.int8(FOREIGN), np.int8(NO_UNIT), np.int8(NO_GOOD)],
        default=np.int8(SENT),
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


def set_aside(waiting: Mapping[str, int], named: Mapping[str, Named], without_unit: Mapping[str, str]) -> pd.DataFrame:
    """Return what is unmatched (good → quantity), a row a good, the dearest first."""
    rows = []
    for our_id, micro in waiting.items():
        known = named.get(our_id, Named(our_id))
        reason = NO_UNIT if our_id in without_unit else NO_GOOD
        said = without_unit.get(our_id) or "Сопоставьте товар с товаром производителя или отметьте «нет пары»."
        value = micro * known.price // MICRO
        rows.append(("good", our_id, known.name, UNMATCHED[reason], said, micro, value))
    rows.sort(key=lambda row: (-row[6], -row[5], row[2]))
    return pd.DataFrame(rows, columns=list(SET_ASIDE_COLUMNS))
