"""The engine's things, as in ``mappings.matching.records``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
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
