"""Correspondences of outlets and counterparties from exact keys; nothing is guessed, the rest waits for a person.

An outlet: the manufacturer's code kept in a field of its card, or the same INN and the same address in one form
(:mod:`mappings.same_places`), unique on both sides. A counterparty: the same INN and КПП; where they tell no КПП, the
INN that only one of ours has (one INN has many branches). An INN counts only with correct check digits. What an
operator ended is not made again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mappings.correspondences import confirm_many
from mappings.exact import AUTHOR, Conflict
from mappings.pairs import Pair
from mappings.same_places import normal_address
from mappings.tables import CorrespondenceRow, OurItemRow, TheirItemRow
from mappings.tax_codes import inn, kpp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from mappings.pairs import PairKind, Source

Keys = dict[str, set[str]]
"""Key → the ids that have it."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Pairs made, and what keys point at several things of."""

    outlets: int = 0
    counterparties: int = 0
    conflicts: tuple[Conflict, ...] = ()


def propose_parties(session: Session, link_id: int, *, author: str = AUTHOR, at: datetime | None = None) -> Matched:
    """Make the pairs of outlets and counterparties that exact keys prove; may be called again after each reading."""
    companies = {row.our_id: row for row in _ours(session, link_id, "counterparty")}
    outlets = _ours(session, link_id, "outlet")
    made, conflicts = _pairs(session, link_id, "outlet", [(row, _outlet_keys(row, companies)) for row in outlets])
    payers = [(row, _company_keys(row)) for row in companies.values()]
    paid, more = _pairs(session, link_id, "counterparty", payers)
    confirm_many(session, link_id, [*made, *paid], author=author, at=at)
    return Matched(len(made), len(paid), (*conflicts, *more))


def _pairs(
    session: Session, link_id: int, kind: PairKind, keyed: list[tuple[Row[Any], dict[str, Source]]]
) -> tuple[list[Pair], list[Conflict]]:
    """Return the pairs of a kind; a key that leads to several things on a side is told and makes none."""
    ended, matched, taken = _history(session, link_id, kind)
    theirs, ours = _their_keys(session, link_id, kind), _index((key, row.our_id) for row, keys in keyed for key in keys)
    pairs: list[Pair] = []
    conflicts: list[Conflict] = []
    for row, keys in keyed:
        if row.our_id in matched:
            continue
        found = {their_id: source for key, source in keys.items() for their_id in theirs.get(key, ())}
        found = {
            each: source for each, source in found.items() if each not in taken and (row.our_id, each) not in ended
        }
        rivals = {other for key in keys if theirs.get(key) for other in ours[key]} - matched
        if len(found) == 1 and len(rivals) == 1:
            pairs += [Pair(kind, row.our_id, their_id, source=source) for their_id, source in found.items()]
        elif found:
            said = f"Ключи ведут к нескольким: у производителя {len(found)}, у нас {len(rivals)}. Решите сами."
            conflicts.append(Conflict(kind, row.our_id, row.name, "keys disagree", said, tuple(sorted(found))))
    leading = _index((pair.their_id, pair.our_id) for pair in pairs)
    return [pair for pair in pairs if len(leading[pair.their_id]) == 1], conflicts


def _outlet_keys(row: Row[Any], companies: Mapping[str, Row[Any]]) -> dict[str, Source]:
    keys: dict[str, Source] = {}
    if row.their_code.strip():
        keys[f"code {row.their_code.strip()}"] = "code"
    company = companies.get(row.owner_id)
    place = _place(company.inn if company else "", row.address)
    if place:
        keys[place] = "address"
    return keys


def _place(tax_code: str, address: str) -> str:
    number, place = inn(tax_code), normal_address(address)
    return f"{number} {place}" if number and place else ""


def _company_keys(row: Row[Any]) -> dict[str, Source]:
    number = inn(row.inn)
    if not number:
        return {}
    return {number: "inn", f"{number}/{kpp(row.kpp)}": "inn"} if kpp(row.kpp) else {number: "inn"}


def _their_keys(session: Session, link_id: int, kind: str) -> Keys:
    """Return the keys of theirs; a counterparty's ``inn`` may be ``ИНН/КПП``."""
    item = TheirItemRow
    asked = select(item.their_id, item.address, item.inn).where(
        item.link_id == link_id, item.kind == kind, item.vanished_at.is_(None)
    )
    rows = session.execute(asked).tuples().all()
    if kind == "outlet":
        coded = [(f"code {their_id}", their_id) for their_id, _, _ in rows]
        return _index([*coded, *((_place(tax_code, address), their_id) for their_id, address, tax_code in rows)])
    return _index((_company_key(tax_code), their_id) for their_id, _, tax_code in rows)


def _company_key(told: str) -> str:
    number, _, branch = told.partition("/")
    return "" if not inn(number) else f"{inn(number)}/{kpp(branch)}" if kpp(branch) else inn(number)


def _index(pairs: Iterable[tuple[str, str]]) -> Keys:
    found: Keys = defaultdict(set)
    for key, thing in pairs:
        if key:
            found[key].add(thing)
    return found


def _ours(session: Session, link_id: int, kind: str) -> list[Row[Any]]:
    item = OurItemRow
    columns = (item.our_id, item.name, item.their_code, item.owner_id, item.address, item.inn, item.kpp)
    asked = select(*columns).where(
        item.link_id == link_id, item.kind == kind, item.deleted.is_(False), item.vanished_at.is_(None)
    )
    return list(session.execute(asked.order_by(item.our_id)))


def _history(session: Session, link_id: int, kind: str) -> tuple[set[tuple[str, str]], set[str], set[str]]:
    """Return the pairs that were ended, and what of ours and of theirs is matched."""
    pair = CorrespondenceRow
    asked = select(pair.our_id, pair.their_id, pair.ended_at).where(pair.link_id == link_id, pair.kind == kind)
    rows = session.execute(asked).tuples().all()
    ended = {(our_id, their_id) for our_id, their_id, ended_at in rows if ended_at is not None}
    in_force = [(our_id, their_id) for our_id, their_id, ended_at in rows if ended_at is None]
    return ended, {our_id for our_id, _ in in_force}, {their_id for _, their_id in in_force}
