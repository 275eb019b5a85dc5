"""What resolving orders looks things up in: our cards as 1C holds them now, pairs in force, and the small catalogs.

A task fills it for the orders at hand; the rules read it. Quantities are millionths.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from mappings.units import Factor


@dataclass(frozen=True, slots=True)
class Good:
    """A card of ours; ``unit`` is the one that quantities are kept in."""

    ref: str
    name: str
    unit: str
    vat_rate: str = ""
    gone: str = ""
    """Why it cannot be sold: a folder, marked for deletion; "" = it can."""


@dataclass(frozen=True, slots=True)
class Package:
    """A unit of ours: one of it is numerator/denominator of ``base``; ``owner`` is the good it belongs to, or ""."""

    ref: str
    name: str
    owner: str = ""
    base: str = ""
    numerator: int = 0
    denominator: int = 0


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet of ours; ``parent`` is the partner that it is a branch of, ``owner`` its counterparty where known."""

    ref: str
    name: str
    parent: str = ""
    owner: str = ""
    address: str = ""
    blocked: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Counterparty:
    """A legal person of ours."""

    ref: str
    name: str
    partner: str = ""
    inn: str = ""
    code: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """A contract or an agreement; ``until`` is the last day it is in force, None = without end."""

    ref: str
    name: str
    counterparty: str = ""
    partner: str = ""
    organization: str = ""
    until: datetime | None = None
    status: str = ""
    sort: str = ""
    typical: bool = False
    price_type: str = ""
    pay_kind: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A row of a small catalog; ``rate`` is a VAT rate's per cent in millionths."""

    ref: str
    name: str
    code: str = ""
    deleted: bool = False
    rate: int = 0


@dataclass(slots=True)
class Books:
    """Everything that the orders at hand are resolved with.

    ``paired``: their good → goods of ours; ``theirs``: our good → their good; ``their_units``: (their good, unit) →
    base units in one; ``units``: (our good or "" for any, our unit) → (their unit, how many of it one of ours is);
    ``stock``: (good, warehouse) → free quantity; ``outlets_of``: CRMClientId → outlets of ours.
    ``goods_by_code`` and ``outlets_by_code`` are filled where the link's codes are no references.
    """

    goods: dict[str, Good] = field(default_factory=dict)
    goods_by_code: dict[str, str] = field(default_factory=dict)
    paired: dict[str, tuple[str, ...]] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)
    their_names: dict[str, str] = field(default_factory=dict)
    their_units: dict[tuple[str, str], int] = field(default_factory=dict)
    units: dict[tuple[str, str], tuple[str, Factor]] = field(default_factory=dict)
    units_of: dict[str, list[str]] = field(default_factory=dict)
    packages: dict[str, Package] = field(default_factory=dict)
    stock: dict[tuple[str, str], int] = field(default_factory=dict)
    outlets: dict[str, Outlet] = field(default_factory=dict)
    outlets_by_code: dict[str, str] = field(default_factory=dict)
    outlets_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    counterparties: dict[str, Counterparty] = field(default_factory=dict)
    counterparties_by_code: dict[str, str] = field(default_factory=dict)
    contracts: dict[str, list[Terms]] = field(default_factory=dict)
    agreements: list[Terms] = field(default_factory=list)
    warehouses: list[Named] = field(default_factory=list)
    organizations: list[Named] = field(default_factory=list)
    currencies: list[Named] = field(default_factory=list)
    price_types: list[Named] = field(default_factory=list)
    agents: list[Named] = field(default_factory=list)
    vat_rates: dict[str, Named] = field(default_factory=dict)
    by_partner: dict[str, list[str]] = field(default_factory=dict)

    def add_unit(self, scope: str, our_unit: str, their_unit: str, factor: Factor) -> None:
        """Take a pair of units in, under its good too."""
        if scope and (scope, our_unit) not in self.units:
            self.units_of.setdefault(scope, []).append(our_unit)
        self.units[scope, our_unit] = (their_unit, factor)

    def add(self, counterparty: Counterparty) -> None:
        """Take a counterparty in, under its partner too."""
        self.counterparties[counterparty.ref] = counterparty
        mine = self.by_partner.setdefault(counterparty.partner, [])
        if counterparty.partner and counterparty.ref not in mine:
            mine.append(counterparty.ref)

    def payers(self, outlet: Outlet) -> list[Counterparty]:
        """Return the counterparties that an outlet may be served for: its card's, else those of its partners."""
        if outlet.owner:
            return [self.counterparties[outlet.owner]] if outlet.owner in self.counterparties else []
        near = dict.fromkeys(each for each in (outlet.ref, outlet.parent) if each)
        refs = [ref for partner in near for ref in self.by_partner.get(partner, ())]
        return [self.counterparties[ref] for ref in refs if not self.counterparties[ref].deleted]


def found(rows: list[Named], wanted: str) -> list[Named]:
    """Return the rows that a name, a code or a reference names; deleted ones do not count."""
    text = wanted.strip().casefold()
    return [
        row for row in rows if not row.deleted and text in {row.ref, row.code.casefold(), row.name.strip().casefold()}
    ]
