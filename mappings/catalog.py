"""What both sides have: whole readings are compared with what is stored, changes are kept, correspondences reopened.

A reading is complete: what is not in it has vanished. So an empty one is refused where there was something before:
a 1C user without rights reads an empty catalog, and every correspondence would fall silent.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import or_, select

from mappings import model
from mappings.items import Items
from mappings.model import Kind
from mappings.reopening import reopen
from mappings.tables import OurItemRow, TheirItemRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import pandas as pd
    from sqlalchemy.orm import Session

    from mappings.items import Difference, Key, Values

OurKind = Literal["good", "unit", "warehouse", "counterparty", "outlet"]

OURS: Final[dict[OurKind, tuple[model.Table, dict[str, str]]]] = {
    "good": (model.GOODS, {"our_good": "our_id", "our_unit": "unit_id"}),
    "unit": (model.UNITS, {"our_unit": "our_id", "our_good": "owner_id", "base_unit": "unit_id"}),
    "warehouse": (model.WAREHOUSES, {"our_warehouse": "our_id"}),
    "counterparty": (model.COUNTERPARTIES, {"our_counterparty": "our_id", "partner": "parent", "head": "owner_id"}),
    "outlet": (model.OUTLETS, {"our_outlet": "our_id", "counterparty": "owner_id"}),
}
"""Kind → canonical table, and those of its columns that have another name in ``our_item``."""

OUR_DEFAULTS: Final[dict[str, Any]] = {
    "code": "",
    "name": "",
    "full_name": "",
    "article": "",
    "barcodes": (),
    "unit_id": "",
    "owner_id": "",
    "numerator": 0,
    "denominator": 0,
    "their_code": "",
    "inn": "",
    "kpp": "",
    "parent": "",
    "price": 0,
    "is_group": False,
    "deleted": False,
    "address": "",
    "blocked": False,
}
THEIR_FIELDS: Final = ("name", "unit_name", "factor", "barcode")


@dataclass(frozen=True, slots=True)
class Stored:
    """What a reading changed, in rows; ``changed`` holds those that came back too, ``reopened`` is correspondences."""

    new: int = 0
    changed: int = 0
    vanished: int = 0
    unchanged: int = 0
    reopened: int = 0


def store_ours(
    session: Session,
    link_id: int,
    kind: OurKind,
    frame: pd.DataFrame,
    at: datetime,
    *,
    barcodes: pd.DataFrame | None = None,
    prices: pd.DataFrame | None = None,
) -> Stored:
    """Store a whole reading of our things; ``frame`` has the columns of the kind's canonical table.

    Goods take their ``barcodes`` (``model.BARCODES``) and ``prices`` (``model.PRICES``) along; of several prices of a
    good in its own unit the highest is kept. Raises BadAnswer for an empty reading after a full one.
    """
    table, names = OURS[kind]
    columns = {names.get(column.name, column.name): _column(frame, column) for column in table.columns}
    ids = columns.pop("our_id")
    if kind == "good":
        columns["barcodes"] = _barcodes(ids, barcodes)
        columns["price"] = _prices(ids, columns["unit_id"], prices)
    fields = tuple(OUR_DEFAULTS)
    rows = zip(*(columns.get(name) or [OUR_DEFAULTS[name]] * len(ids) for name in fields), strict=True)
    incoming: dict[Key, Values] = {(our_id,): values for our_id, values in zip(ids, rows, strict=True)}
    target = Items(OurItemRow, link_id, kind, ("our_id",), fields)
    difference, _ = target.store(session, incoming, at)
    return _stored(incoming, difference)


def store_theirs(session: Session, link_id: int, frame: pd.DataFrame, at: datetime) -> Stored:
    """Store a whole reading of their goods and units (``model.THEIR_GOODS``).

    A good that changed its name or units, or vanished, reopens its correspondences. Raises BadAnswer for an empty
    reading after a full one.
    """
    columns = {column.name: _column(frame, column) for column in model.THEIR_GOODS.columns}
    keys = zip(columns["their_good"], columns["their_unit"], strict=True)
    rows = zip(*(columns[name] for name in THEIR_FIELDS), strict=True)
    incoming: dict[Key, Values] = dict(zip(keys, rows, strict=True))
    target = Items(TheirItemRow, link_id, "good", ("their_id", "their_unit"), THEIR_FIELDS)
    difference, stored = target.store(session, incoming, at)
    names, units = _reopened(incoming, difference, known={their_id for their_id, _ in stored})
    return _stored(incoming, difference, reopened=reopen(session, link_id, names, units, at))


def _stored(incoming: dict[Key, Values], difference: Difference, reopened: int = 0) -> Stored:
    new, changed = len(difference.new), len(difference.changed)
    return Stored(new, changed, len(difference.vanished), len(incoming) - new - changed, reopened)


def _reopened(
    incoming: dict[Key, Values], difference: Difference, known: set[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return their goods whose pair a person should look at again, and those whose units' pairs too: good → why."""
    names: dict[str, str] = {}
    units: dict[str, str] = {}
    for (their_id, unit), old in difference.changed.items():
        name, unit_name, factor, _ = incoming[their_id, unit]
        if old is None:
            units[their_id] = f"единица {unit} появилась снова"
        elif (unit_name, factor) != (old[1], old[2]):
            units[their_id] = f"изменилась единица {unit}"
        if old is not None and name != old[0]:
            names[their_id] = f"изменилось наименование: «{old[0]}» → «{name}»"
    units |= {their_id: f"появилась единица {unit}" for their_id, unit in difference.new if their_id in known}
    left = {their_id for their_id, _ in incoming}
    for their_id, unit in difference.vanished:
        units[their_id] = f"исчезла единица {unit}" if their_id in left else "товар исчез из классификатора"
    return units | names, units


# -- frames to values --------------------------------------------------------------------------------------------------


def _column(frame: pd.DataFrame, column: model.Column) -> list[Any]:
    """Return a column of a frame as Python values; one that is optional and missing is filled with empty ones."""
    if column.name not in frame.columns and not column.required:
        empty: Any = {Kind.MICRO: 0, Kind.INTEGER: 0, Kind.FLAG: False}.get(column.kind, "")
        return [empty] * len(frame)
    values = frame[column.name].astype(object).tolist()
    match column.kind:
        case Kind.KEY | Kind.TEXT:
            return [value.strip() if isinstance(value, str) else "" for value in values]
        case Kind.FLAG:
            return [bool(value) for value in values]
    return [int(value) for value in values]


def _barcodes(ids: Sequence[str], frame: pd.DataFrame | None) -> list[Values]:
    found: dict[str, set[str]] = defaultdict(set)
    if frame is not None:
        codes, goods = (_column(frame, model.BARCODES.column(name)) for name in ("barcode", "our_good"))
        for barcode, good in zip(codes, goods, strict=True):
            found[good].add(barcode)
    return [tuple(sorted(found.get(our_id, ()))) for our_id in ids]


def _prices(ids: Sequence[str], units: Sequence[str], frame: pd.DataFrame | None) -> list[int]:
    found: dict[tuple[str, str], int] = {}
    if frame is not None:
        columns = [_column(frame, model.PRICES.column(name)) for name in ("our_good", "our_unit", "price")]
        for good, unit, price in zip(*columns, strict=True):
            found[good, unit] = max(price, found.get((good, unit), 0))
    pairs = zip(ids, units, strict=True)
    return [max(found.get((our_id, ""), 0), found.get((our_id, unit), 0)) for our_id, unit in pairs]


# -- reading back ------------------------------------------------------------------------------------------------------


def our_goods(session: Session, link_id: int) -> pd.DataFrame:
    """Return our goods that are there: our_id, name, unit_id, unit_name, price (millionths of money)."""
    import pandas as pd

    units = dict(
        session.execute(
            select(OurItemRow.our_id, OurItemRow.name).where(OurItemRow.link_id == link_id, OurItemRow.kind == "unit")
        )
        .tuples()
        .all()
    )
    asked = select(OurItemRow.our_id, OurItemRow.name, OurItemRow.unit_id, OurItemRow.price).where(
        OurItemRow.link_id == link_id,
        OurItemRow.kind == "good",
        OurItemRow.is_group.is_(False),
        OurItemRow.vanished_at.is_(None),
    )
    rows = [(our_id, name, unit, units.get(unit, ""), price) for our_id, name, unit, price in session.execute(asked)]
    return pd.DataFrame(rows, columns=["our_id", "name", "unit_id", "unit_name", "price"])


def good_names(session: Session, link_id: int, codes: Sequence[str]) -> dict[str, str]:
    """Return what goods of an order are called: a code is our reference, our code, or ``CRM`` and theirs."""
    ours, theirs = OurItemRow, TheirItemRow
    here = (ours.link_id == link_id, ours.kind == "good", or_(ours.our_id.in_(codes), ours.code.in_(codes)))
    names: dict[str, str] = {}
    for our_id, code, name in session.execute(select(ours.our_id, ours.code, ours.name).where(*here)):
        names |= {our_id: name, code: name}
    wanted = [code.removeprefix("CRM") for code in codes if code.startswith("CRM")]
    there = (theirs.link_id == link_id, theirs.kind == "good", theirs.their_id.in_(wanted))
    named = session.execute(select(theirs.their_id, theirs.name).where(*there))
    names |= {f"CRM{their_id}": name for their_id, name in named}
    return {code: names[code] for code in codes if code in names}


def their_units(session: Session, link_id: int) -> set[tuple[str, str]]:
    """Return (their good, their unit) that the manufacturer has now."""
    asked = select(TheirItemRow.their_id, TheirItemRow.their_unit).where(
        TheirItemRow.link_id == link_id, TheirItemRow.kind == "good", TheirItemRow.vanished_at.is_(None)
    )
    return {(their_id, unit) for their_id, unit in session.execute(asked)}
