"""What the flow that suggests pairs does: reads both sides and what they hold up, asks the engine, renews the list."""

from __future__ import annotations

import logging
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, cast

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import insert, select

from foundation.database import utc_now
from foundation.errors import NotFound, Retriable
from ledger import reading
from ledger.order_pages import blocking, settled_at
from mappings.audits import labels, least_green
from mappings.matching_tables import ModelRow
from mappings.proposing import Blocks, index_words, refresh, sync
from mappings.work_sides import proposals, read_sides, unit_proposals
from tasks.artifacts import lead_back, show
from tasks.extract import extract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mappings.proposing import Refreshed
    from mappings.work_sides import Sides
    from mappings.worklist import WorkKind
    from tasks.links import Link

log = logging.getLogger(__name__)

ENGINE: Final = "mappings.matching"
ENGINE_KINDS: Final[dict[WorkKind, str]] = {"good": "goods", "counterparty": "counterparties", "outlet": "outlets"}
STOCK_KINDS: Final = frozenset({"good", "unit"})
MICRO: Final = 1_000_000


def engine(part: str, name: str = ENGINE) -> Any:
    """Return a module of the matching engine; raises NotFound where this installation has none."""
    if find_spec(name) is None:
        raise NotFound(
            "Подбор соответствий в этой установке не установлен.",
            en="This installation has no matching engine.",
            todo="Установите его: pip install 'mi1c[match]'. Сопоставлять можно и файлом: mi1c match import.",
            todo_en="Install it: pip install 'mi1c[match]'. Files can be matched without it: mi1c match import.",
            module=name,
        )
    return import_module(f"{name}.{part}")


@task(name="Что ждёт пары", task_run_name="Что ждёт пары", cache_policy=NO_CACHE, persist_result=False)
def what_blocks(link: Link) -> tuple[dict[str, Blocks], dict[str, dict[str, Blocks]]]:
    """Return what things hold up: goods of ours by their stock, and by kind things of theirs by the orders they stop.

    Where 1C does not answer, the stock is what the last parcel of balances had to leave out.
    """
    try:
        stock = _stock(link)
    except Retriable as error:
        log.warning("%s Стоимость взята из последней посылки остатков.", error.said)
        stock = _aside(link)
    with link.database.session() as session:
        waits = blocking(session, link.id)
    theirs: dict[str, dict[str, Blocks]] = {}
    for (kind, key), (orders, lines, value, _) in waits.items():
        known, thing = theirs.setdefault(kind, {}), settled_at(kind, key)
        before = known.get(thing, Blocks())
        known[thing] = Blocks(before.value + value, before.orders + orders, before.lines + lines)
    return stock, theirs


def _stock(link: Link) -> dict[str, Blocks]:
    """Return the value of each good's stock at its last price, and the warehouses where it lies."""
    from mappings.tables import OurItemRow

    frame = extract(link, "stock")
    with link.database.session() as session:
        asked = select(OurItemRow.our_id, OurItemRow.price).where(
            OurItemRow.link_id == link.id, OurItemRow.kind == "good"
        )
        prices = dict(session.execute(asked).tuples().all())
    found: dict[str, Blocks] = {}
    held = frame[frame["quantity"] > 0].groupby(["our_good", "our_warehouse"], observed=True)["quantity"].sum()
    for key, quantity in held.items():
        good, warehouse = cast("tuple[str, str]", key)
        known = found.get(good, Blocks())
        worth = int(quantity) * prices.get(good, 0) // MICRO
        found[good] = Blocks(known.value + worth, warehouses=(*known.warehouses, warehouse))
    return found


def _aside(link: Link) -> dict[str, Blocks]:
    newest = reading.summary(link.database, link.name).get("stock")
    if newest is None:
        return {}
    found: dict[str, int] = {}
    for row in reading.set_aside(link.database, newest.id):
        found[row.our_id] = found.get(row.our_id, 0) + row.value
    return {our_id: Blocks(value) for our_id, value in found.items()}


@task(name="Подобрать пары", task_run_name="Подобрать пары: {kind}", cache_policy=NO_CACHE, persist_result=False)
def suggest_kind(
    link: Link,
    kind: WorkKind,
    stock: Mapping[str, Blocks],
    orders: Mapping[str, Mapping[str, Blocks]],
    *,
    name: str = ENGINE,
) -> Refreshed:
    """Bring the work list of a kind up to date; ``name`` is the package of the engine."""
    with link.database.session() as session:
        sides = read_sides(session, link.id, kind)
        least = least_green(labels(session, link.id, kind))
    units = kind == "unit"
    found = unit_proposals(sides) if units else proposals(sides, _asked(link, sides, name), least_green=least)
    waits = orders.get(kind, {})
    with link.database.begin() as session:
        if kind != "unit":
            texts = {each.id: f"{each.name} {each.id} {each.address} {each.inn}" for each in sides.theirs}
            index_words(session, link.id, "theirs", kind, was=_indexed(session, link.id, kind), becomes=texts)
        own = stock if kind in STOCK_KINDS else {}
        done = refresh(session, link.id, kind, found, at=utc_now(), ours=own, theirs=waits)
        sync(session, link.id, kind)
    log.info("%s: новых строк %d, изменено %d, исчезло %d", kind, done.new, done.changed, done.gone)
    return done


def _indexed(session: Any, link_id: int, kind: str) -> dict[str, str]:
    """Return what is indexed of theirs: their words, which is as good as the text."""
    from mappings.matching_tables import WordRow

    row = WordRow
    asked = select(row.item_id, row.word).where(row.link_id == link_id, row.side == "theirs", row.kind == kind)
    found: dict[str, str] = {}
    for item, word in session.execute(asked):
        found[item] = f"{found.get(item, '')} {word}"
    return found


def _asked(link: Link, sides: Sides, name: str) -> list[Any]:
    """Return what the engine suggests for both sides."""
    item = engine("records", name).Item
    ours = [_our_item(item, each, sides) for each in sides.ours]
    theirs = [_their_item(item, each) for each in sides.theirs]
    more = {"model": _model(link, sides.kind, name)} if sides.kind == "good" else {}
    made: list[Any] = engine("suggesting", name).suggest(
        ENGINE_KINDS[sides.kind], ours, theirs, confirmed=_confirmed(sides), **more
    )
    return made


def _confirmed(sides: Sides) -> dict[str, str]:
    """Return the names of ours that have a pair → their id; a name that has several proves none of them."""
    found: dict[str, str] = {}
    several = set()
    for each in sides.ours:
        their_id = sides.pairs.get(each.id)
        if their_id and found.setdefault(each.name, their_id) != their_id:
            several.add(each.name)
    return {name: their_id for name, their_id in found.items() if name not in several}


def _our_item(item: Any, each: Any, sides: Sides) -> Any:
    unit = sides.units.get(each.unit_id)
    names = tuple(dict.fromkeys(filter(None, (each.name, each.full_name))))
    return item(
        id=each.id,
        names=names,
        codes=(each.article,) if each.article else (),
        barcodes=each.barcodes,
        their_code=each.their_code,
        unit=unit.name if unit else "",
        inn=each.inn,
        kpp=each.kpp,
        address=each.address,
    )


def _their_item(item: Any, each: Any) -> Any:
    barcodes = (each.barcode,) if each.barcode else ()
    unit = each.units[0].name if each.units else ""
    return item(id=each.id, names=(each.name,), barcodes=barcodes, unit=unit, inn=each.inn, address=each.address)


def _model(link: Link, kind: str, name: str) -> Any:
    """Return the newest model that the link's own confirmations taught, or None for the shipped one."""
    with link.database.session() as session:
        asked = select(ModelRow.model).where(ModelRow.link_id == link.id, ModelRow.kind == kind)
        text = session.execute(asked.order_by(ModelRow.id.desc()).limit(1)).scalar()
    return engine("model", name).Model.loads(text) if text else None


@task(name="Учесть подтверждённое", task_run_name="Учесть подтверждённое", cache_policy=NO_CACHE, persist_result=False)
def learn(link: Link, *, name: str = ENGINE) -> str:
    """Teach the engine what operators confirmed and what checks by lot left standing; returns the model's version.

    "" where nothing new was learnt: too few pairs, or a model that would not be better.
    """
    with link.database.session() as session:
        sides = read_sides(session, link.id, "good")
        checked = labels(session, link.id, "good")
    item, goods = engine("records", name).Item, engine("goods", name)
    known = [each for each in sides.ours if each.id in sides.pairs]
    taught = {"known": len(known), "checked": len(checked)}
    if len(known) < engine("learning", name).LEAST or taught.items() <= _figures(link).items():
        return ""
    current = _model(link, "good", name) or engine("model", name).shipped()
    places = {each.id: place for place, each in enumerate(sides.theirs)}
    ours, theirs = [_our_item(item, each, sides) for each in known], [_their_item(item, each) for each in sides.theirs]
    ranked = goods.judged(ours, theirs, current, engine("names", name).Normaliser(), keep=goods.KEEP).ranked
    answers = _array([places.get(sides.pairs[each.id], -1) for each in known])
    lesson = engine("learning", name).Lesson(ranked, answers)
    at = utc_now()
    made = engine("fitting", name).refitted(current, [lesson], version=f"{link.name} {at:%Y-%m-%d %H:%M}")
    if made is current:
        return ""
    figures = {**made.figures, **taught, "checked_right": sum(right for _, right in checked)}
    values = {"kind": "good", "version": made.version, "model": made.dumps(), "figures": figures, "made_at": at}
    with link.database.begin() as session:
        session.execute(insert(ModelRow).values(link_id=link.id, green=least_green(checked), **values))
    return str(made.version)


def _figures(link: Link) -> dict[str, Any]:
    """Return the figures of the newest model, which say what it was taught: the same again would only shake it."""
    with link.database.session() as session:
        asked = select(ModelRow.figures).where(ModelRow.link_id == link.id, ModelRow.kind == "good")
        return session.execute(asked.order_by(ModelRow.id.desc()).limit(1)).scalar() or {}


def _array(values: list[int]) -> Any:
    import numpy as np

    return np.array(values, dtype=np.int64)


TITLES: Final[dict[WorkKind, str]] = {
    "good": "товары",
    "unit": "единицы",
    "counterparty": "контрагенты",
    "outlet": "торговые точки",
}


def report_suggestions(link: Link, done: Mapping[WorkKind, Refreshed], version: str) -> None:
    """Keep beside the run what changed in the work list, and the way to it."""
    rows: list[dict[str, object]] = [
        {
            "что": TITLES[kind],
            "новых строк": each.new,
            "изменено": each.changed,
            "исчезло": each.gone,
            "без изменений": each.same,
        }
        for kind, each in done.items()
    ]
    about = f", модель «{version}»" if version else ""
    show(f"suggest-{link.name}", rows, f"Список сопоставления обновлён{about}")
    lead_back(f"suggest-{link.name}", f"/links/{link.name}/matching", "Открыть сопоставление")
