"""The whole world from one seed."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any, Final

from sandbox.content import World
from sandbox.world import sales as selling
from sandbox.world import stocking, theirs
from sandbox.world.basics import basics as make_basics
from sandbox.world.goods import prices, shelf
from sandbox.world.maker import assortment
from sandbox.world.numbering import Numbering
from sandbox.world.ours import all_goods
from sandbox.world.parties import parties as make_parties
from sandbox.world.series import with_series

if TYPE_CHECKING:
    from sandbox.content import BaseContent

MAKER_GOODS: Final = 1500
OUR_GOODS: Final = 6000


def build(seed: int = 1, scale: int = 1, now: datetime | None = None) -> World:
    """Make the distributor and the manufacturer; the same arguments make the same world.

    ``scale`` multiplies goods, parties and documents (1: 1,500 of 6,000 goods, 900 counterparties, 1,400 outlets,
    1,500 shipments). ``now`` is the naive moment that the last 30 days end at; today's midnight unless given.
    """
    moment = now or datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)  # noqa: DTZ005 - 1C has no zones
    small = make_basics(seed)
    makers = assortment(seed, MAKER_GOODS * scale)
    goods = all_goods(seed, scale, makers, OUR_GOODS * scale)
    stock = shelf(seed, small, goods)
    parties = make_parties(seed, scale, small, moment)
    rng = Random(f"{seed}:trade")
    market = selling.Market(small, stock.packages, parties, moment, stocking.shelves(rng, small, goods))
    sold = selling.sales(rng, market, scale)
    ends = stocking.closing(rng, market, sold, scale)
    received = stocking.receipts(rng, market, sold, ends)
    stocking.open_orders(rng, market, sold, ends, scale)
    numbering = Numbering()
    kinds: dict[str, list[dict[str, Any]]] = {"ПриобретениеТоваровУслуг": received, **sold.documents}
    series = with_series(seed, small, goods, kinds, moment)
    content: BaseContent = {
        "Catalog_СерииНоменклатуры": series,
        **small.content,
        **stock.content,
        **parties.content,
        **{f"Document_{kind}": _numbered(kind, documents, numbering) for kind, documents in kinds.items()},
        "Document_УстановкаЦенНоменклатуры": prices(seed, small, goods, numbering, moment),
        "InformationRegister_СостоянияЗаказовКлиентов": sold.states,
    }
    pairs = theirs.good_pairs(goods) + theirs.other_pairs(seed, small, parties)
    return World(seed, scale, moment, content, theirs.crm(seed, scale, makers, parties, pairs=pairs, now=moment), pairs)


def _numbered(kind: str, documents: list[dict[str, Any]], numbering: Numbering) -> list[dict[str, Any]]:
    documents.sort(key=lambda document: (document["Date"], document["Ref_Key"]))
    for document in documents:
        document["Number"] = numbering.next(kind, document["Date"])
    return documents
