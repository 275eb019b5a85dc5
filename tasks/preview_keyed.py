"""What the exchanges of outlets, own goods and prices would send, against what the ledger says that they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mappings.translate.outlets import VANISHED
from tasks.extract import read_table
from tasks.outlets import outlet_counts, read_cards, read_stops, translate_outlets
from tasks.own_goods import translate_own_goods
from tasks.preview import Preview
from tasks.prices import price_counts, read_prices, translate_prices

if TYPE_CHECKING:
    from tasks.links import Link


def preview_keyed(link: Link, exchange: str) -> Preview:
    """Read and translate one of the three exchanges, send nothing."""
    return {"outlets": _outlets, "own_goods": _own_goods, "prices": _prices}[exchange](link)


def _outlets(link: Link) -> Preview:
    going = translate_outlets(
        link, read_cards(link, read=read_table), read_stops(link, read=read_table), everything=True
    )
    counts = going.outlets
    gone = sum(ban.reason == VANISHED for ban in going.classifier.bans)
    changes = {
        "новых строк": len(counts.added),
        "изменится": len(counts.changed),
        "исчезло из 1С": gone,
        "без изменений": counts.same,
        "добавится в заблокированные": len(going.bans.added),
        "уйдёт из заблокированных": len(going.bans.gone),
    }
    totals = {"outlets": str(len(going.classifier.rows)), "banned": str(len(going.classifier.bans))}
    return Preview(outlet_counts(going), totals, changes, going.classifier.set_aside)


def _own_goods(link: Link) -> Preview:
    going = translate_own_goods(link, read_table(link, "goods"))
    found = going.translation
    return Preview(found.counts.as_json(), found.totals, going.changes, found.set_aside)


def _prices(link: Link) -> Preview:
    priced = translate_prices(link, read_prices(link, read=read_table))
    found = priced.keyed.translation
    return Preview(price_counts(priced), found.totals, priced.keyed.changes, found.set_aside)
