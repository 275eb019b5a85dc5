"""What leaves of the lines of shipments: converted, merged, in the datasets of the manufacturer's scheme."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mappings.translate.shipment_prices import Priced, prices
from mappings.translate.shipment_rules import Party
from mappings.translate.targets import ONE
from mappings.units import common_denominator, divided, weighted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mappings.translate.shipment_lines import Lines
    from mappings.translate.shipment_rules import Orders, Parties, ShipmentRules
    from mappings.translate.targets import Targets

Numbers = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Goes:
    """Where each line goes: a lane of ``targets``, a place in the list of their warehouses; -1 = nowhere."""

    targets: Targets
    lane: Numbers
    warehouse: Numbers


class Theirs:
    """The lines that are sent, in their codes and units."""

    def __init__(self, lines: Lines, kept: Numbers, *, goes: Goes, orders: Orders, rules: ShipmentRules) -> None:
        targets, lane, warehouse = goes.targets, goes.lane[kept], goes.warehouse[kept]
        self._head, self._lane, self._warehouse, self._lanes = lines.head[kept], lane, warehouse, targets.lanes
        self._dates = lines.heads.date.astype("datetime64[D]").astype("datetime64[s]")
        good = lines.good.codes[kept]
        factors = [*map(targets.factor_of.get, lines.good.names, repeat(ONE))]
        used = common_denominator(targets.factor_of.values())
        weights = [factor.numerator * (used // factor.denominator) for factor in factors]
        signs = np.array([rules.signs.get(kind, 1) for kind in lines.kinds], np.int64)
        sign = signs[lines.heads.kind[self._head]]
        self.common = used
        self.exact = weighted(lines.quantity[kept] * sign, weights, good)
        """Quantities in their units, times ``common``."""
        self.amount = lines.amount[kept] * sign
        """Sums of the lines, with the sign that their quantities travel with."""
        self._price = prices(
            Priced(
                price=lines.price[kept],
                packed=lines.packed[kept],
                packages=lines.packages[kept],
                quantity=lines.quantity[kept],
                amount=lines.amount[kept],
                vat=lines.vat[kept],
                vat_included=lines.heads.vat_included[self._head],
                factors=factors,
                which=good,
            ),
            with_vat=rules.price == "with_vat",
        )
        self._orders = [orders.get(name, ("", None)) for name in lines.order.names]
        self._order = _renamed(lines.order.codes[kept], self._orders)

    def lines(self, of_head: Mapping[str, Sequence[str]], warehouses: list[str]) -> pd.DataFrame:
        """Return the merged lines in order of appearance, with ``head``: the place of their document."""
        group, first = _groups(self._head, self._lane, self._price, self._warehouse, self._order)
        head, lane, order = self._head[first], self._lane[first], self._order[first]
        quantity = self.exact if len(first) == len(group) else _summed(self.exact, group, len(first))
        columns: dict[str, Any] = {name: _spread(values, head) for name, values in of_head.items()}
        dates = np.array([moment or np.datetime64("NaT") for _, moment in self._orders], "datetime64[s]")
        columns |= {
            "head": head,
            "document_date": self._dates[head],
            "due": np.full(len(first), np.datetime64("NaT"), "datetime64[s]"),
            "order_number": _spread([number for number, _ in self._orders], order),
            "order_date": dates[order],
            "their_warehouse": _spread(warehouses, self._warehouse[first]),
            "their_good": _spread([good for good, _ in self._lanes], lane),
            "their_unit": _spread([unit for _, unit in self._lanes], lane),
            "price": self._price[first],
            "quantity": divided(quantity, self.common),
        }
        return pd.DataFrame(columns, copy=False)


def _renamed(codes: Numbers, values: Sequence[Any]) -> Numbers:
    """Return codes that are the same where the values are: orders that nothing is known of do not tell lines apart."""
    first: dict[Any, int] = {}
    same = np.fromiter((first.setdefault(value, at) for at, value in enumerate(values)), np.int64, len(values))
    renamed: Numbers = same[codes]
    return renamed


def _groups(*codes: Numbers) -> tuple[Numbers, Numbers]:
    """Return the group of each row by all columns together, and the first row of each group, in order."""
    key = codes[0]
    for column in codes[1:]:
        place, distinct = pd.factorize(column)
        key, _ = pd.factorize(key.astype(np.int64) * max(len(distinct), 1) + place)
    group, distinct = pd.factorize(key)
    first = np.empty(len(distinct), np.int64)
    first[group[::-1]] = np.arange(len(group) - 1, -1, -1)
    return group, first


def _summed(values: Numbers, group: Numbers, count: int) -> Numbers:
    """Return exact sums by group, of int64 or of Python's integers."""
    sums = np.zeros(count, values.dtype)
    np.add.at(sums, group, values)
    return sums


def _spread(values: Sequence[str], places: Numbers) -> pd.Categorical:
    """Return texts as a category column: ``values[places]``."""
    codes, distinct = pd.factorize(np.array(values, dtype=object))
    return pd.Categorical.from_codes(codes.astype(np.int32)[places], categories=pd.Index(distinct, dtype=object))


def parameters_frame(rules: ShipmentRules) -> pd.DataFrame:
    """Return the one row of parameters: where the window begins, and who converts outlet codes."""
    moment = pd.Series([np.datetime64(rules.work_date, "s")], dtype="datetime64[s]")
    return pd.DataFrame({"work_date": moment, "convert_clients": pd.Series([int(rules.converts)], dtype="int64")})


def outlets_frame(
    lines: Lines, merged: pd.DataFrame, outlet: list[str], company: list[str], parties: Parties
) -> pd.DataFrame:
    """Return the outlets that the lines name, one row a company and outlet."""
    heads = lines.heads
    rows: dict[tuple[str, str], tuple[str, ...]] = {}
    for at in pd.unique(merged["head"].to_numpy()).tolist():
        key = (company[at], outlet[at])
        if key in rows:
            continue
        place_id = heads.outlet.names[heads.outlet.codes[at]]
        firm_id = heads.counterparty.names[heads.counterparty.codes[at]]
        place = parties.outlets.get(place_id, Party(place_id))
        firm = parties.counterparties.get(firm_id, Party(firm_id))
        rows[key] = (place.theirs, *key, firm.name, place.name, place.address)
    names = ("their_outlet", "company_code", "outlet_code", "company_name", "outlet_name", "address")
    return pd.DataFrame(list(rows.values()), columns=list(names), dtype=object)
