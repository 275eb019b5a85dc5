"""Documents of shipments written by hand, for the tests of their translation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd

from mappings.model import MICRO
from mappings.translate.shipments import Parties, Party, ShipmentRules, translate
from mappings.translate.stock import Named, micro_text
from mappings.translate.targets import Target, Targets
from mappings.units import Factor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mappings.translate.result import Translation

TODAY = date(2026, 11, 24)
RULES = ShipmentRules(
    work_date=date(2026, 11, 10),
    today=TODAY,
    types={"sale": "CustInvoice", "return": "CustReturn", "correction": "CustFix"},
    prefixes={"return": "В", "correction": "К"},
    waiting_statuses=frozenset({"КПредоплате"}),
)
TARGETS = {
    "beer": Target("B1", "ea"),
    "keg": Target("B2", "l", Factor(30)),
    "pack": Target("B3", "box", Factor(1, 12)),
    "beer2": Target("B1", "ea"),
}
PARTIES = Parties(
    {"shop": Party("shop", "C1", "Магазин", "ул. Мира"), "new": Party("N-7", "", "Новый")},
    {"firm": Party("F-1", "K1", "ООО"), "other": Party("F-2", "", "ИП")},
)
KEYS = ("document", "our_outlet", "counterparty", "our_warehouse", "line_warehouse", "our_order", "head_order")
MICROS = ("quantity", "packages", "price", "amount", "vat")


@dataclass(frozen=True)
class Row:
    """A line with its document's head; numbers as text of decimals. ``amount`` "" = price times count."""

    document: str = "d1"
    good: str = "beer"
    quantity: str = "2"
    price: str = "10"
    amount: str = ""
    vat: str = "0"
    number: str = "000001"
    day: str = "2026-11-20"
    posted: bool = True
    deleted: bool = False
    status: str = ""
    outlet: str = "shop"
    firm: str = "firm"
    warehouse: str = "main"
    line_warehouse: str = ""
    order: str = ""
    head_order: str = ""
    unit: str = ""
    packages: str = "0"
    vat_included: bool = True
    version: str = "v1"

    def numbers(self) -> dict[str, int]:
        """Return its numbers in millionths."""
        count = Decimal(self.packages if self.unit else self.quantity)
        amount = Decimal(self.amount) if self.amount else round(Decimal(self.price) * count, 2)
        told = {"quantity": self.quantity, "packages": self.packages, "price": self.price, "vat": self.vat}
        return {name: int(Decimal(text) * MICRO) for name, text in told.items()} | {"amount": int(amount * MICRO)}


def frame(rows: Iterable[Row]) -> pd.DataFrame:
    """Return rows as a reading gives them; lines are numbered as they come."""
    rows = list(rows)
    keys = {
        "document": "document",
        "our_outlet": "outlet",
        "counterparty": "firm",
        "our_warehouse": "warehouse",
        "line_warehouse": "line_warehouse",
        "our_order": "order",
        "head_order": "head_order",
        "our_good": "good",
        "our_unit": "unit",
    }
    columns: dict[str, Any] = {name: pd.Categorical([getattr(row, own) for row in rows]) for name, own in keys.items()}
    for name in ("number", "status", "version"):
        columns[name] = pd.Series([getattr(row, name) for row in rows], dtype=object)
    for name in ("posted", "deleted", "vat_included"):
        columns[name] = pd.Series([getattr(row, name) for row in rows], dtype=bool)
    for name in MICROS:
        columns[name] = pd.Series([row.numbers()[name] for row in rows], dtype="int64")
    dates = [datetime.fromisoformat(f"{row.day}T10:00:00") for row in rows]
    columns["date"] = pd.Series(dates, dtype="datetime64[s]")
    columns["line"] = pd.Series(range(1, len(rows) + 1), dtype="int64")
    return pd.DataFrame(columns)


def run(
    *sales: Row,
    returns: Sequence[Row] = (),
    fixes: Sequence[Row] = (),
    targets: dict[str, Target] | None = None,
    **more: Any,
) -> Translation:
    """Translate; ``more`` are rules, ``orders``, ``parties`` or ``without_unit``."""
    orders, parties = more.pop("orders", {}), more.pop("parties", PARTIES)
    return translate(
        {"sale": frame(sales), "return": frame(returns), "correction": frame(fixes)},
        warehouses={"main": "1", "van": "2"},
        targets=Targets.of(TARGETS if targets is None else targets, more.pop("without_unit", None)),
        parties=parties,
        orders=orders,
        named=lambda _: {"nuts": Named("Орехи", 3 * MICRO)},
        rules=replace(RULES, **more),
    )


def sent(translation: Translation, *columns: str) -> list[tuple[str, ...]]:
    """Return what leaves, a tuple a line: quantity and price as text, dates as ISO days."""
    lines = translation.tables["lines"]
    names = columns or ("document_number", "their_good", "their_unit", "quantity", "price")

    def text(name: str, value: Any) -> str:
        if name in ("quantity", "price"):
            return micro_text(int(value))
        if name.endswith("date"):
            return "" if value is pd.NaT else str(value.date())
        return str(value)

    rows = zip(*(lines[name].astype(object) for name in names), strict=True)
    return [tuple(text(name, value) for name, value in zip(names, row, strict=True)) for row in rows]


def hashes(translation: Translation) -> dict[str, str]:
    """Return the fingerprints: document → hash."""
    documents = translation.tables["documents"]
    return dict(zip(documents["document"], documents["hash"], strict=True))


def exact(row: Row, targets: dict[str, Target]) -> Fraction:
    """Return a row's quantity in their unit."""
    factor = targets[row.good].factor
    return Fraction(Decimal(row.quantity)) * Fraction(factor.numerator, factor.denominator)
