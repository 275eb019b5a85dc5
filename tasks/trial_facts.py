"""Gathering what the trial's gates look at: the catalogs of both sides, parcels, the manufacturer's word, orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from ledger import standing
from ledger.states import ParcelState
from mappings.tables import OurItemRow, TheirItemRow
from mappings.translate.coverage import Coverage
from tasks.gates import Facts, Orders, Sent, Terms, Word
from tasks.wording import money

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ledger.standing import Asked
    from ledger.values import Parcel
    from tasks.links import Link

EXPORTS: Final = ("stock", "outlets", "statuses", "shipments")
"""Exports whose receipt the manufacturer confirms."""


def terms(link: Link) -> Terms:
    """Return what the link's settings say of the trial."""
    settings = link.settings
    return Terms(
        link=link.name,
        count_share=settings.matched_count_share,
        value_share=settings.matched_value_share,
        side=settings.matching_side,
        document=settings.order_document,
        warehouses=len(settings.warehouses),
        days=settings.days,
    )


def facts(link: Link, weighed: Coverage | None = None) -> Facts:
    """Return the facts as the database has them now; ``weighed`` is the coverage of a fresh reading of 1C."""
    with link.database.session() as session:
        answered = standing.newest(session, link.id, ParcelState.ANSWERED)
        newest = standing.newest(session, link.id)
        words = standing.confirmations(session, link.id, standing.SAID)
        waiting = standing.confirmations(session, link.id, standing.WAITING)
        goods, units = _theirs(session, link.id)
        ours = _ours(session, link.id)
        orders = _orders(session, link.id)
    return Facts(
        their_goods=goods,
        their_units=units,
        goods_parcel=answered["goods"].id if "goods" in answered else 0,
        our_goods=ours.get("good", 0),
        our_outlets=ours.get("outlet", 0),
        our_counterparties=ours.get("counterparty", 0),
        coverage=weighed or Coverage(),
        sent={each: _sent(each, answered.get(each), newest.get(each), words, waiting) for each in EXPORTS},
        orders=orders,
    )


def _sent(
    exchange: str, answered: Parcel | None, newest: Parcel | None, words: list[Asked], waiting: list[Asked]
) -> Sent:
    failed = newest is not None and newest.state is not ParcelState.ANSWERED
    return Sent(
        parcel=answered.id if answered else 0,
        rows=int(answered.counts.get("sent", 0)) if answered else 0,
        failed=newest.id if newest is not None and failed else 0,
        word=next((_word(each) for each in words if each.exchange == exchange), None),
        waiting=next((_word(each) for each in waiting if each.exchange == exchange), None),
    )


def _word(asked: Asked) -> Word:
    return Word(asked.state, asked.parcel_id, asked.said_by, asked.said_at, asked.remark, asked.refused)


def _theirs(session: Session, link_id: int) -> tuple[int, int]:
    """Return how many goods and how many different units the manufacturer has now."""
    row = TheirItemRow
    asked = select(func.count(row.their_id.distinct()), func.count(row.their_unit.distinct())).where(
        row.link_id == link_id, row.kind == "good", row.vanished_at.is_(None)
    )
    goods, units = session.execute(asked).one()
    return goods, units


def _ours(session: Session, link_id: int) -> dict[str, int]:
    """Return how many things of each kind 1C has now, without groups and what is marked for deletion."""
    row = OurItemRow
    asked = select(row.kind, func.count()).where(
        row.link_id == link_id, row.vanished_at.is_(None), row.is_group.is_(False), row.deleted.is_(False)
    )
    return dict(session.execute(asked.group_by(row.kind)).tuples().all())


def _orders(session: Session, link_id: int) -> Orders:
    count = standing.order_count(session, link_id)
    documents = standing.order_documents(session, link_id)
    told = tuple(f"{number} → {ours or 'без номера'}, {money(amount)}" for number, ours, amount in documents)
    return Orders(count.received, count.created, count.parked, told)
