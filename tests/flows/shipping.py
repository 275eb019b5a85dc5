"""The link ``shipping`` of the stand, whose goods and outlets are matched, and what its tests do with it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ledger import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.running import Sandbox
    from tasks.links import Link
    from tests.flows.conftest import Stand

SALE, RETURN, FIX = (
    f"Document_{name}" for name in ("РеализацияТоваровУслуг", "ВозвратТоваровОтКлиента", "КорректировкаРеализации")
)
NAME = "shipping"


def shipping(stand: Stand) -> Link:
    """Return the link: all that the world knows to be the same is matched, parts are small; made once a stand."""
    from flows.catalogs import catalogs
    from flows.goods import goods
    from tasks.block import link_names, save_link
    from tasks.links import open_link

    if NAME in link_names():
        return open_link(NAME)
    save_link(NAME, stand.values(cap_mib=0.2))
    goods(link=NAME)
    catalogs(link=NAME)
    opened = open_link(NAME)
    match(stand.doubles, opened)
    return opened


def match(doubles: Sandbox, link: Link) -> None:
    """Confirm the world's own pairs, units with their factors."""
    from mappings.correspondences import confirm_many
    from mappings.pairs import Pair

    units = {
        each["Ref_Key"]: each["ЕдиницаИзмерения_Key"] for each in doubles.onec.store.objects("Catalog_Номенклатура")
    }
    pairs = []
    for each in doubles.world.pairs:
        if each.kind in ("good", "outlet", "counterparty"):
            pairs.append(Pair(each.kind, each.our_id, each.their_id))  # type: ignore[arg-type]  # narrowed just above
        if each.kind == "good":
            factor = each.numerator, each.denominator
            pairs.append(Pair("unit", units[each.our_id], each.their_unit, each.our_id, *factor))
    with link.database.begin() as session:
        confirm_many(session, link.id, pairs, author="тест")


@contextmanager
def settings(stand: Stand, **more: Any) -> Iterator[Link]:
    """Give the link with other settings for the length of the block."""
    from tasks.block import save_link
    from tasks.links import open_link

    save_link(NAME, stand.values(**{"cap_mib": 0.2, **more}))
    try:
        yield open_link(NAME)
    finally:
        save_link(NAME, stand.values(cap_mib=0.2))


def run(days: int | None = None) -> dict[str, Any]:
    from flows.shipments import shipments

    result: dict[str, Any] = shipments(link=NAME, days=days)
    return result


def start(link: Link, days: int = 14) -> Any:
    return link.now().date() - timedelta(days=days)


def sent_documents(link: Link, days: int = 14) -> list[dict[str, Any]]:
    """Return the documents of sale of which something is held, oldest first, as the ledger knows them."""
    from ledger.documents import held

    with link.database.session() as session:
        items = held(session, link.id, "shipments", since=start(link, days).isoformat())
    sales = [item for item in items.values() if item.identity["kind"] == "sale"]
    return [{"key": item.key, **item.identity} for item in sorted(sales, key=lambda item: item.moment)]


def window(link: Link, result: dict[str, Any]) -> dict[str, Any]:
    return reading.parcel(link.database, result["parcel"]).window
