"""Prices: our prices of chosen types become prices for their units, exact and rounded once to five digits.

Where a row ends: ``вид цены не выгружается`` and ``нулевая цена`` are left out; ``нет соответствия товара``, ``нет
соответствия единицы`` and ``единица цены`` (the price is for a package whose contents 1C does not tell in the good's
own unit) wait; so does ``разные цены одного кода``: several goods of ours (or characteristics of one) stand on one code
of theirs at different prices, unless the link takes the highest or the lowest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from mappings.translate.result import SET_ASIDE_COLUMNS, Counts, Translation
from mappings.translate.stock import Named, micro_text
from mappings.translate.targets import FOREIGN_SAID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    import pandas as pd

    from mappings.translate.targets import Target, Targets

NOT_SENT: Final = "вид цены не выгружается"
ZERO: Final = "нулевая цена"
NO_GOOD: Final = "нет соответствия товара"
NO_UNIT: Final = "нет соответствия единицы"
PACKAGE: Final = "единица цены"
CONFLICT: Final = "разные цены одного кода"
SAID: Final = {
    NO_GOOD: "Сопоставьте товар с товаром производителя или отметьте «нет пары».",
    NO_UNIT: "Сопоставьте единицу этого товара с единицей производителя.",
    PACKAGE: "Цена назначена за упаковку, состав которой в 1С не указан в единице хранения товара. Заполните его.",
    CONFLICT: "На один код производителя приходится несколько цен. Выровняйте их в 1С или выберите правило в связи.",
}
STEP: Final = 10
"""Five digits, in millionths (reference: xDataLink, rule 7)."""

COLUMNS: Final = ("key", "price_type", "their_good", "their_unit", "price", "rows", "date")


class Price(NamedTuple):
    """A price of ours: millionths of money for ``our_unit`` ("" = the good's own)."""

    our_good: str
    price_type: str
    our_unit: str
    price: int


@dataclass(frozen=True, slots=True)
class OurUnits:
    """Our units: good → its own; package → (the unit its factor counts in, how many of that)."""

    own: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, tuple[str, Fraction]] = field(default_factory=dict)

    def content(self, price: Price) -> Fraction | None:
        """Return how many of the good's own units a price is for; None where 1C does not tell."""
        own = self.own.get(price.our_good, "")
        if price.our_unit in {"", own}:
            return Fraction(1)
        base, content = self.packages.get(price.our_unit, ("", Fraction(0)))
        return content if base == own and content > 0 else None


Lane = tuple[str, str, str]
"""Their price type, good and unit."""


def translate(
    prices: pd.DataFrame,
    *,
    price_types: Mapping[str, str],
    targets: Targets,
    units: OurUnits,
    named: Callable[[Sequence[str]], Mapping[str, Named]],
    conflict: Literal["park", "highest", "lowest"],
    on: date,
) -> Translation:
    """Translate our prices (``model.PRICES``) into table ``prices``; ``price_types``: ours (reference) → theirs."""
    fates: Counter[str] = Counter()
    waiting: dict[str, tuple[str, int]] = {}
    lanes: dict[Lane, list[tuple[int, Price]]] = defaultdict(list)
    for price in _rows(prices):
        target = targets.get(price.our_good)
        reason = _reason(price, price_types, target, targets, units)
        if reason or target is None:
            fates[reason] += 1
            if reason in SAID:
                waiting.setdefault(price.our_good, (reason, price.price))
            continue
        lane = (price_types[price.price_type], target.their_good, target.their_unit)
        lanes[lane].append((converted(price, target, units.content(price) or Fraction(1)), price))
    lines = []
    for lane, found in sorted(lanes.items()):
        chosen = _chosen([each for each, _ in found], conflict)
        if chosen is None:
            fates[CONFLICT] += len(found)
            waiting |= {price.our_good: (CONFLICT, price.price) for _, price in found}
        else:
            lines.append(("/".join(lane), *lane, chosen, len(found), on))
    return _translation(len(prices), lines, fates, _set_aside(waiting, named(list(waiting)), targets))


def converted(price: Price, target: Target, content: Fraction) -> int:
    """Return the price for one of their units in millionths, rounded half up to five digits.

    ``content``: how many of the good's own units the price is for; the target's factor: their units in one of ours.
    """
    above = price.price * content.denominator * target.factor.denominator
    below = content.numerator * target.factor.numerator * STEP
    return (2 * above + below) // (2 * below) * STEP


def _reason(price: Price, types: Mapping[str, str], target: Target | None, targets: Targets, units: OurUnits) -> str:
    if price.price_type not in types:
        return NOT_SENT
    if price.price <= 0:
        return ZERO
    if price.our_good in targets.foreign:
        return FOREIGN_SAID
    if target is None:
        return NO_UNIT if price.our_good in targets.without_unit else NO_GOOD
    return PACKAGE if units.content(price) is None else ""


def _chosen(found: Sequence[int], conflict: str) -> int | None:
    """Return the price of a lane, or None where a person has to decide."""
    if len(set(found)) == 1:
        return found[0]
    return {"highest": max, "lowest": min}[conflict](found) if conflict != "park" else None


def _translation(
    read: int, lines: Sequence[tuple[object, ...]], fates: Mapping[str, int], set_aside: pd.DataFrame
) -> Translation:
    import pandas as pd

    frame = pd.DataFrame(lines, columns=list(COLUMNS)).astype({"price": "int64", "rows": "int64"})
    frame["date"] = pd.to_datetime(frame["date"]).astype("datetime64[s]")
    counts = Counts(read=read, sent=int(frame["rows"].sum()), lines=len(frame))
    counts.left_out = {name: fates[name] for name in (NOT_SENT, ZERO, FOREIGN_SAID) if fates.get(name)}
    counts.unmatched = {name: fates[name] for name in SAID if fates.get(name)}
    counts.check()
    totals = {"prices": str(len(frame)), "sum": micro_text(int(frame["price"].sum()))}
    return Translation({"prices": frame}, counts, totals, set_aside)


def _rows(frame: pd.DataFrame) -> Iterator[Price]:
    units = frame["our_unit"].astype(object) if "our_unit" in frame.columns else [""] * len(frame)
    columns = (frame["our_good"].astype(object), frame["price_type"].astype(object), units, frame["price"])
    for good, price_type, unit, price in zip(*columns, strict=True):
        yield Price(good, price_type, unit, int(price))


def _set_aside(waiting: Mapping[str, tuple[str, int]], named: Mapping[str, Named], targets: Targets) -> pd.DataFrame:
    """Return what waits, a row a good, the dearest first."""
    import pandas as pd

    rows = []
    for our_id, (reason, price) in waiting.items():
        said = targets.without_unit.get(our_id, SAID[reason]) if reason == NO_UNIT else SAID[reason]
        rows.append(("good", our_id, named.get(our_id, Named(our_id)).name, reason, said, 0, price))
    rows.sort(key=lambda row: (-row[6], row[2]))
    return pd.DataFrame(rows, columns=list(SET_ASIDE_COLUMNS))
