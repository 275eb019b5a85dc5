"""Where every order of a run ended; the counts add up, or the run says so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

FATES: Final = {
    "created": "создано документов",
    "found": "найдено в 1С",
    "updated": "изменено документов",
    "repeated": "прислано повторно",
    "parked": "отложено",
    "conflict": "спорных",
    "refused": "отказано",
    "deleted": "документ удалён в 1С",
    "unposted": "создано, не проведено",
    "unclear": "неясно, создан ли документ",
    "left": "не дошла очередь",
    "twice": "повторов в одном ответе",
    "rejected": "не принято: ошибки сообщения",
}
"""Every fate of an order, as the report calls it."""

ORDERS: Final = {"read": "получено заказов", "waited": "ждали в журнале", "lost_lines": "строк без заказа"}
"""What a run counts besides fates, as the report calls it."""


@dataclass(slots=True)
class OrderCounts:
    """``read``: orders of the answer; ``waited``: those that waited in the ledger besides; then where they ended."""

    read: int = 0
    waited: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    lost_lines: int = 0

    def check(self) -> None:
        """Raise ArithmeticError when an order has been lost or counted twice (data rule 5)."""
        ended = sum(self.fates.values())
        if ended != self.read + self.waited or set(self.fates) - set(FATES):
            raise ArithmeticError(f"{self.read} orders were read, {self.waited} waited and {ended} accounted for")

    def as_json(self) -> dict[str, object]:
        """Return them for the ledger."""
        fates = {name: self.fates[name] for name in FATES if self.fates[name]}
        return {"read": self.read, "waited": self.waited, "fates": fates, "lost_lines": self.lost_lines}

    def rows(self) -> list[dict[str, object]]:
        """Return them as a table: what → how many."""
        rows: list[dict[str, object]] = [{"что": ORDERS["read"], "сколько": self.read}]
        if self.waited:
            rows.append({"что": ORDERS["waited"], "сколько": self.waited})
        rows += [{"что": said, "сколько": self.fates[name]} for name, said in FATES.items() if self.fates[name]]
        if self.lost_lines:
            rows.append({"что": ORDERS["lost_lines"], "сколько": self.lost_lines})
        return rows
