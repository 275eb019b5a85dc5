"""Correspondences from exact keys: a barcode that both sides print, the manufacturer's code kept in a field of 1C.

Nothing is guessed. Keys that disagree, a barcode that two goods share, a unit that is not surely the same: each is
told, none is made. What an operator ended is not made again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from mappings.barcodes import gtin
from mappings.correspondences import WITH_GOOD, confirm_many
from mappings.model import MICRO
from mappings.pairs import Pair
from mappings.same_units import OurUnit, TheirUnit, same_unit
from mappings.tables import CorrespondenceRow, OurItemRow, TheirItemRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

AUTHOR: Final = "МИ1С"
EAN13: Final = 13


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why no pair was made of something: ``reason`` is a rule's name, ``said`` tells the operator.

    Reasons of goods: ``keys disagree``, ``shared ours``, ``shared theirs``, ``unknown code``; of units: ``unit``.
    """

    kind: str
    our_id: str
    name: str
    reason: str
    said: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposed:
    """What was made: pairs of goods by source, pairs of units; and what was not, and why."""

    by_barcode: int = 0
    by_code: int = 0
    units: int = 0
    conflicts: tuple[Conflict, ...] = ()
    units_left: tuple[Conflict, ...] = ()


def propose_exact(session: Session, link_id: int, *, author: str = AUTHOR, at: datetime | None = None) -> Proposed:
    """Make the pairs that exact keys prove, goods first, then the units of all matched goods; tell the rest.

    May be called again after each reading: what is there already is left alone.
    """
    goods = _our(session, link_id, "good")
    theirs = _theirs(session, link_id)
    ended, matched = _history(session, link_id, "good")
    open_goods = [row for row in goods if (row.our_id, "") not in matched]
    pairs, conflicts = _good_pairs(open_goods, goods, theirs, ended)
    confirm_many(session, link_id, pairs, author=author, at=at)
    targets = {our_id: their_id for (our_id, _), their_id in matched.items()}
    targets |= {pair.our_id: pair.their_id for pair in pairs}
    unit_pairs, units_left = _unit_pairs(session, link_id, goods, targets, _units_of(theirs))
    confirm_many(session, link_id, unit_pairs, author=author, at=at)
    by_barcode = sum(pair.source == "barcode" for pair in pairs)
    return Proposed(by_barcode, len(pairs) - by_barcode, len(unit_pairs), tuple(conflicts), tuple(units_left))


# -- goods -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Keys:
    """Where keys lead: barcode → ours and theirs that carry it, and the ids that they have."""

    ours: Mapping[str, set[str]]
    theirs: Mapping[str, set[str]]
    ids: frozenset[str]


def _good_pairs(
    wanted: Iterable[Row[Any]],
    all_ours: Iterable[Row[Any]],
    theirs: Iterable[Row[Any]],
    ended: set[tuple[str, str, str]],
) -> tuple[list[Pair], list[Conflict]]:
    keys = _Keys(
        _index((code, row.our_id) for row in all_ours for code in map(gtin, row.barcodes)),
        _index((code, row.their_id) for row in theirs for code in _their_barcodes(row)),
        frozenset(row.their_id for row in theirs),
    )
    pairs: list[Pair] = []
    conflicts: list[Conflict] = []
    for row in wanted:
        found, told = _candidates(row, keys)
        found = {their_id: source for their_id, source in found.items() if (row.our_id, "", their_id) not in ended}
        conflicts += told
        if len(found) == 1 and not told:
            pairs += [Pair("good", row.our_id, their_id, source=source) for their_id, source in found.items()]
        elif len(found) > 1:
            said = f"Ключи указывают на разные товары производителя: {', '.join(sorted(found))}."
            conflicts.append(_conflict(row, "keys disagree", said, found))
    return pairs, conflicts


def _candidates(row: Row[Any], keys: _Keys) -> tuple[dict[str, Any], list[Conflict]]:
    """Return their goods that the keys of one of ours lead to, with the key's source, and what speaks against."""
    found: dict[str, Any] = {}
    told: list[Conflict] = []
    code = row.their_code.strip()
    if code in keys.ids:
        found[code] = "code"
    elif code:
        said = f"Код производителя «{code}» в карточке товара не найден в его классификаторе."
        told.append(_conflict(row, "unknown code", said))
    for barcode in filter(None, map(gtin, row.barcodes)):
        theirs = keys.theirs.get(barcode, set())
        shown = barcode.lstrip("0")
        if len(theirs) > 1:
            said = f"Штрихкод {shown} стоит у нескольких товаров производителя: {', '.join(sorted(theirs))}."
            told.append(_conflict(row, "shared theirs", said, theirs))
        elif theirs and len(keys.ours[barcode]) > 1:
            said = f"Штрихкод {shown} стоит у нескольких наших товаров ({len(keys.ours[barcode])})."
            told.append(_conflict(row, "shared ours", said, theirs))
        else:
            found |= dict.fromkeys(theirs, "barcode")
    # A shared barcode is no doubt where the code names one of its goods, nor is a dead code where a barcode leads on.
    doubts = [each for each in told if not (each.candidates and found.keys() & set(each.candidates))]
    if "barcode" in found.values():
        doubts = [each for each in doubts if each.reason != "unknown code"]
    return found, doubts


def _their_barcodes(row: Row[Any]) -> set[str]:
    """Return what a good of theirs can be scanned by; where their layout has no barcode, an id that is an EAN-13."""
    if row.barcode:
        return {gtin(row.barcode)}
    return {gtin(row.their_id)} if len(row.their_id) == EAN13 else set()


def _index(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for barcode, good in pairs:
        if barcode:
            found[barcode].add(good)
    return found


def _conflict(row: Row[Any], reason: str, said: str, candidates: Iterable[str] = ()) -> Conflict:
    return Conflict("good", row.our_id, row.name, reason, said, tuple(sorted(candidates)))


# -- units -------------------------------------------------------------------------------------------------------------


def _unit_pairs(
    session: Session,
    link_id: int,
    goods: Iterable[Row[Any]],
    targets: Mapping[str, str],
    units_of: Mapping[str, list[TheirUnit]],
) -> tuple[list[Pair], list[Conflict]]:
    units = {row.our_id: _our_unit(row) for row in _our(session, link_id, "unit")}
    ended, matched = _history(session, link_id, "unit")
    pairs: list[Pair] = []
    left: list[Conflict] = []
    for row in goods:
        theirs = units_of.get(targets.get(row.our_id, ""), [])
        if not theirs or (row.unit_id, row.our_id) in matched or (row.unit_id, "") in matched:
            continue
        unit = units.get(row.unit_id, OurUnit(row.unit_id, ""))
        found = same_unit(unit, units.get(unit.base), theirs)
        if found is not None and (row.unit_id, row.our_id, found[0]) not in ended:
            factor = found[1]
            pairs.append(
                Pair("unit", unit.id, found[0], row.our_id, factor.numerator, factor.denominator, source="code")
            )
        else:
            listed = ", ".join(f"{each.id} «{each.name}» × {float(each.factor):g}" for each in theirs)
            said = f"Единица «{unit.name or unit.id}» не определяется однозначно среди единиц производителя: {listed}."
            left.append(Conflict("unit", row.our_id, row.name, "unit", said, tuple(each.id for each in theirs)))
    return pairs, left


def _our_unit(row: Row[Any]) -> OurUnit:
    factor = Fraction(row.numerator, row.denominator) if row.numerator > 0 and row.denominator > 0 else Fraction(0)
    return OurUnit(row.our_id, row.name, row.code, row.unit_id, factor)


def _units_of(theirs: Iterable[Row[Any]]) -> dict[str, list[TheirUnit]]:
    found: dict[str, list[TheirUnit]] = defaultdict(list)
    for row in theirs:
        found[row.their_id].append(TheirUnit(row.their_unit, row.unit_name, Fraction(row.factor, MICRO)))
    return found


# -- reading -----------------------------------------------------------------------------------------------------------


def _our(session: Session, link_id: int, kind: str) -> list[Row[Any]]:
    """Return what of a kind is there: no folders, nothing deleted or vanished."""
    item = OurItemRow
    asked = select(
        item.our_id,
        item.name,
        item.code,
        item.barcodes,
        item.their_code,
        item.unit_id,
        item.numerator,
        item.denominator,
    ).where(
        item.link_id == link_id,
        item.kind == kind,
        item.is_group.is_(False),
        item.deleted.is_(False),
        item.vanished_at.is_(None),
    )
    return list(session.execute(asked.order_by(item.our_id)))


def _theirs(session: Session, link_id: int) -> list[Row[Any]]:
    item = TheirItemRow
    asked = select(item.their_id, item.their_unit, item.unit_name, item.factor, item.barcode).where(
        item.link_id == link_id, item.kind == "good", item.vanished_at.is_(None)
    )
    return list(session.execute(asked.order_by(item.their_id, item.factor, item.their_unit)))


def _history(session: Session, link_id: int, kind: str) -> tuple[set[tuple[str, str, str]], dict[tuple[str, str], str]]:
    """Return the pairs that were ended (ours, scope, theirs), and those in force ((ours, scope) → theirs)."""
    pair = CorrespondenceRow
    asked = select(pair.our_id, pair.scope, pair.their_id, pair.ended_at).where(
        pair.link_id == link_id, pair.kind == kind, pair.end_reason != WITH_GOOD
    )
    ended: set[tuple[str, str, str]] = set()
    matched: dict[tuple[str, str], str] = {}
    for our_id, scope, their_id, ended_at in session.execute(asked):
        if ended_at is None:
            matched[our_id, scope] = their_id
        else:
            ended.add((our_id, scope, their_id))
    return ended, matched
