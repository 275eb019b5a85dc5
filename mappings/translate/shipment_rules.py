"""What a link says of shipments, and what documents, outlets and companies are called by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from mappings.translate.shipment_lines import Key, Lines


@dataclass(frozen=True, slots=True)
class ShipmentRules:
    """What the link and its layout say; ``types`` and ``signs`` are by kind of document: sale, return, correction.

    The window begins with ``work_date``; ``today`` is the base's own date. ``converts``: the manufacturer matches
    outlets, so our codes travel. ``prefixes``: kind → what stands before the document's number.
    """

    work_date: date
    today: date
    types: Mapping[str, str]
    signs: Mapping[str, int] = field(default_factory=dict)
    future: Literal["send", "omit"] = "omit"
    price: Literal["with_vat", "without_vat"] = "with_vat"
    unmatched: Literal["line", "document"] = "line"
    no_outlet: Literal["wait", "ours"] = "wait"
    converts: bool = False
    waiting_statuses: frozenset[str] = frozenset()
    year: bool = True
    prefixes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Party:
    """An outlet or a counterparty: our code as it is sent, their code ("" = not matched), name and address."""

    ours: str
    theirs: str = ""
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Parties:
    """Everybody that documents may name, by our reference; who is in no catalog goes by the reference."""

    outlets: Mapping[str, Party] = field(default_factory=dict)
    counterparties: Mapping[str, Party] = field(default_factory=dict)


Orders = dict[str, tuple[str, "datetime | None"]]
"""Reference of an order in 1C → the manufacturer's number and date of it."""


def numbers(lines: Lines, rules: ShipmentRules) -> list[str]:
    """Return the number that each document is sent under: ``В26-ПД00-000017`` with year and kind in front."""
    heads = lines.heads
    prefix = [rules.prefixes.get(kind, "") for kind in lines.kinds]
    years = heads.date.astype("datetime64[Y]").astype(np.int64) + 1970
    told = zip(heads.kind.tolist(), years.tolist(), heads.number, strict=True)
    if rules.year:
        return [f"{prefix[kind]}{year % 100:02}-{number}" for kind, year, number in told]
    return [f"{prefix[kind]}{number}" for kind, _, number in told]


def codes(outlet: Key, counterparty: Key, parties: Parties, rules: ShipmentRules) -> tuple[list[str], list[str]]:
    """Return the outlet's and the company's code of each document, "" for an outlet that has to wait.

    Codes of one document are all ours or all theirs; a company that is not matched is left to their outlet's card.
    """
    places = [parties.outlets.get(name, Party(name)) for name in outlet.names]
    firms = [parties.counterparties.get(name, Party(name)) for name in counterparty.names]
    own = [rules.converts or (not place.theirs and rules.no_outlet == "ours") for place in places]
    of_place = [place.ours if ours else place.theirs for place, ours in zip(places, own, strict=True)]
    pairs = zip(outlet.codes.tolist(), counterparty.codes.tolist(), strict=True)
    companies = [firms[firm].ours if own[place] else firms[firm].theirs for place, firm in pairs]
    return [of_place[place] for place in outlet.codes.tolist()], companies
