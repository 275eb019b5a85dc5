"""What is matched: one thing of either side with everything that may tell what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["goods", "outlets", "counterparties"]


@dataclass(frozen=True, slots=True)
class Item:
    """A good, an outlet or a counterparty; a field that a side does not keep is empty.

    ``names``: the usual name first, then others (full name, name in 1C). ``codes``: articles. ``their_code``: the
    manufacturer's code that stands in a field of the 1C good. ``unit``: the unit that quantities are counted in.
    """

    id: str
    names: tuple[str, ...]
    codes: tuple[str, ...] = ()
    barcodes: tuple[str, ...] = ()
    their_code: str = ""
    unit: str = ""
    inn: str = ""
    kpp: str = ""
    gln: str = ""
    address: str = ""

    @property
    def name(self) -> str:
        """The usual name."""
        return self.names[0] if self.names else ""
