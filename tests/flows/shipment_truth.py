"""What the manufacturer should hold of shipments, counted from the 1C double with fractions, independent of the product.

Only correspondences are asked of the product; rules and arithmetic are done again here, line by line.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.running import Sandbox
    from tasks.links import Link

    OutletOf = Callable[[dict[str, Any]], str]

SECTIONS = {
    "Document_РеализацияТоваровУслуг": ("Товары", "CustInvoice", ""),
    "Document_ВозвратТоваровОтКлиента": ("Товары", "CustReturn", "В"),
    "Document_КорректировкаРеализации": ("Расхождения", "CustInvoice", "К"),
}
Key = tuple[str, ...]


def partner(document: dict[str, Any]) -> str:
    """Return the outlet of a document where outlets are partners."""
    return str(document["Партнер_Key"])


def expected(doubles: Sandbox, link: Link, since: date, outlet_of: OutletOf = partner) -> dict[Key, Fraction]:
    """Return what is due of the window: (number, date, type, outlet, warehouse, good, unit) → exact quantity."""
    from mappings.parties import load_parties
    from mappings.targets import load_targets
    from tasks.transform import our_warehouses

    with link.database.session() as session:
        warehouses, targets = our_warehouses(session, link), load_targets(session, link.id)
        everybody = [outlet_of(each) for entity in SECTIONS for each in doubles.onec.store.objects(entity)]
        outlets = load_parties(session, link.id, everybody, [], codes="ref").outlets
    ours = link.settings.matching_side == "manufacturer"
    due: dict[Key, Fraction] = defaultdict(Fraction)
    for entity, (section, kind, prefix) in SECTIONS.items():
        for document in doubles.onec.store.objects(entity):
            if not document["Posted"] or document["DeletionMark"] or document["Date"][:10] < since.isoformat():
                continue
            outlet = outlets.get(outlet_of(document))
            code = outlet_of(document) if ours else (outlet.theirs if outlet else "")
            day = document["Date"][:10]
            number = f"{prefix}{day[2:4]}-{document['Number'].strip()}"
            for row in document[section]:
                target = targets.get(row["Номенклатура_Key"])
                place = warehouses.get(row["Склад_Key"])
                if target is None or place is None or not code:
                    continue
                factor = Fraction(target.factor.numerator, target.factor.denominator)
                key = (number, day, kind, code, place, target.their_good, target.their_unit)
                due[key] += Fraction(row["Количество"]) * factor
    return dict(due)


def rows_held(doubles: Sandbox, since: date) -> list[dict[str, Any]]:
    """Return the rows of shipments that the manufacturer's double holds from a date on."""
    rows = doubles.crm.holdings(doubles.world.crm.user).rows("CRMDespatch")
    return [row for row in rows if isinstance(when := row["DocumentDate"], datetime) and when.date() >= since]


def kept(doubles: Sandbox, since: date) -> dict[Key, Fraction]:
    """Return what the manufacturer holds from a date on, summed as :func:`expected` does."""
    found: dict[Key, Fraction] = defaultdict(Fraction)
    for row in rows_held(doubles, since):
        names = ("DocumentTypeId", "AddressId", "WareHouseId", "WareId", "UnitId")
        key = (str(row["DocumentNumber"]), str(row["DocumentDate"])[:10], *(str(row[name]) for name in names))
        found[key] += Fraction(str(row["Quantity"]))
    return dict(found)


def agree(doubles: Sandbox, link: Link, since: date, outlet_of: OutletOf = partner) -> bool:
    """Tell whether both doubles agree about the window, good by good and document by document."""
    due, there = expected(doubles, link, since, outlet_of), kept(doubles, since)
    slack = Fraction(20, 1_000_000)  # each line is rounded to a millionth, a document's good has a few
    return due.keys() == there.keys() and all(abs(there[key] - exact) <= slack for key, exact in due.items())
