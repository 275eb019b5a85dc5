"""What a world puts into the doubles: plain values, so that a test can also write them by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

BaseContent = dict[str, list[dict[str, Any]]]
"""A 1C base: published set name → objects by OData property name (``Ref_Key``, ``Номенклатура_Key``, ``Товары``: list).

Values are Python's: str for GUID, text and enums, int, Decimal for fractional numbers, bool, naive datetime, list of
dict for a tabular section. A property left out takes the empty value of its type. A document with ``Posted`` true gets
its movements when it is loaded. Records of a subordinate register stand under ``R_RecordType``.
"""


@dataclass(frozen=True, slots=True)
class CrmUnit:
    """A unit of one of the manufacturer's goods: one of it is ``factor`` base units."""

    unit_id: str
    name: str
    factor: Decimal


@dataclass(frozen=True, slots=True)
class CrmGood:
    """One of the manufacturer's goods; ``units`` has the base unit (factor 1) first."""

    ware_id: str
    name: str
    units: tuple[CrmUnit, ...]
    barcode: str = ""


@dataclass(frozen=True, slots=True)
class CrmOrderLine:
    """A line of an order; ``ware_id`` is the manufacturer's code; the double turns it into ours by match."""

    ware_id: str
    unit_id: str
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class CrmOrder:
    """An order for the distributor; ``crm_client_id`` names the outlet at the manufacturer and is always there."""

    number: str
    date: datetime
    action_date: datetime
    crm_client_id: str
    client_name: str
    client_address: str
    person_id: str
    warehouse_id: str
    document_type: str
    pay_kind: str
    price_type: str
    lines: tuple[CrmOrderLine, ...]
    options: tuple[tuple[str, str, str], ...] = ()


@dataclass(slots=True)
class CrmContent:
    """What the manufacturer keeps for one distributor.

    ``ware_matches`` (their ware id → the distributor's code) and ``outlet_matches`` (CRM client id → company id and
    address id of the distributor) are the matches made at the manufacturer.
    """

    user: str
    goods: list[CrmGood] = field(default_factory=list)
    orders: list[CrmOrder] = field(default_factory=list)
    ware_matches: dict[str, str] = field(default_factory=dict)
    outlet_matches: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TruePair:
    """A pair that the world knows to be the same thing: one ``our_unit`` of ours is ``factor`` (num, den) of theirs."""

    kind: str
    our_id: str
    their_id: str
    their_unit: str = ""
    numerator: int = 1
    denominator: int = 1


@dataclass(slots=True)
class World:
    """A distributor and a manufacturer that belong together, made from one seed."""

    seed: int
    scale: int
    now: datetime
    onec: BaseContent
    crm: CrmContent
    pairs: list[TruePair]
