"""Which price type each outlet buys at, from the agreements in force, where they leave no doubt.

The first that names one price type: an agreement of the outlet itself, of its counterparty, of the partner above it;
else the typical agreements, where all of them name one. Otherwise the outlet is left out and counted:
``нет соглашения``, ``несколько соглашений`` or ``вид цены не выгружается``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from mappings.translate.prices import NOT_SENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

    from mappings.outlet_cards import Cards, Outlet
    from mappings.translate.outlets import Row

NONE: Final = "нет соглашения"
SEVERAL: Final = "несколько соглашений"
COLUMNS: Final = ("key", "outlet_code", "company_code", "price_type")


class Agreement(NamedTuple):
    """An agreement in force; ``partner`` and ``counterparty`` are whose, "" = anybody's."""

    partner: str
    counterparty: str
    typical: bool
    price_type: str


def translate(
    cards: Cards, rows: Iterable[Row], agreements: pd.DataFrame, price_types: Mapping[str, str]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the price type of each outlet that leaves (``rows``) as a frame, and how many have none, by reason.

    ``agreements``: ``model.AGREEMENTS`` in force; ``price_types``: ours (reference) → theirs.
    """
    import pandas as pd

    known = _Agreements(_agreements(agreements))
    outlets = {outlet.id: outlet for outlet in cards.outlets}
    lines = []
    left: Counter[str] = Counter()
    for row in rows:
        found = known.types(outlets[row.our_outlet])
        theirs = {price_types.get(each, "") for each in found}
        reason = NONE if not found else NOT_SENT if theirs == {""} else SEVERAL if len(theirs) > 1 else ""
        if reason:
            left[reason] += 1
        else:
            lines.append((f"address/{row.our_outlet}", row.outlet_code, row.company_code, theirs.pop()))
    return pd.DataFrame(lines, columns=list(COLUMNS), dtype=object), dict(left)


class _Agreements:
    def __init__(self, agreements: Iterable[Agreement]) -> None:
        self._of: dict[tuple[str, str], set[str]] = defaultdict(set)
        for each in agreements:
            if each.price_type:
                self._of["", ""] |= {each.price_type} if each.typical else set()
                if not each.typical and (each.partner or each.counterparty):
                    self._of[each.partner, each.counterparty].add(each.price_type)

    def types(self, outlet: Outlet) -> set[str]:
        """Return the price types of the nearest agreements of an outlet."""
        company = outlet.counterparty
        for key in (
            (outlet.id, company),
            (outlet.id, ""),
            (outlet.parent, company),
            ("", company),
            (outlet.parent, ""),
            ("", ""),
        ):
            if self._of.get(key):
                return self._of[key]
        return set()


def _agreements(frame: pd.DataFrame) -> Iterator[Agreement]:
    names = ("partner", "counterparty", "typical", "price_type")
    for partner, counterparty, typical, price_type in zip(*(frame[name].astype(object) for name in names), strict=True):
        yield Agreement(partner, counterparty, bool(typical), price_type)
