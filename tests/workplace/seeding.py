"""A database as the workplace meets it: the sandbox world's goods, outlets and orders, parcels, a trial half-way."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from ledger.links import link_id
from ledger.tables import OrderEventRow, OrderRow
from mappings.correspondences import confirm_many
from mappings.pairs import Pair
from mappings.proposing import Blocks, Proposal, index_words, refresh, sync
from mappings.tables import OurItemRow, TheirItemRow
from mappings.worklist import Queue
from tests.workplace.seed_ledger import message_text, seed_parcels, seed_rollout
from tests.workplace.seed_values import LINK, MILLION, NOW, PASSWORD
from workplace.access import Role, add_user

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from foundation.database import Database
    from sandbox.content import World


OUR_EMPTY: dict[str, Any] = {
    "code": "",
    "full_name": "",
    "article": "",
    "barcodes": [],
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
    "vanished_at": None,
}


def seed_users(session: Session) -> None:
    """Add one user of each role."""
    for login, name, role in (
        ("ivanova", "Иванова А.", Role.OPERATOR),
        ("petrov", "Петров Б.", Role.OPERATOR),
        ("admin", "Администратор", Role.ADMIN),
        ("guest", "Наблюдатель", Role.VIEWER),
    ):
        add_user(session, login, role, password=PASSWORD, name=name, at=NOW)


def our_rows(link: int, kind: str, rows: Sequence[Mapping[str, Any]], at: datetime = NOW) -> list[dict[str, Any]]:
    common = {**OUR_EMPTY, "link_id": link, "kind": kind, "seen_at": at, "changed_at": at}
    return [{**common, **row} for row in rows]


def their_rows(link: int, kind: str, rows: Sequence[Mapping[str, Any]], at: datetime = NOW) -> list[dict[str, Any]]:
    common = {"unit_name": "", "factor": MILLION, "barcode": "", "address": "", "inn": "", "their_unit": ""}
    common |= {"link_id": link, "kind": kind, "seen_at": at, "changed_at": at, "vanished_at": None}
    return [{**common, **row} for row in rows]


def order_row(link: int, number: str, state: str, **more: Any) -> dict[str, Any]:
    """Return an order's row; columns that this schema does not have are left out."""
    base: dict[str, Any] = {
        "link_id": link,
        "number": number,
        "state": state,
        "hash": "",
        "content": {},
        "pending": {},
        "reasons": [],
        "written": {},
        "message_id": 1,
        "entity": "",
        "document": "",
        "document_number": "",
        "amount": 0,
        "received_at": NOW,
        "changed_at": NOW,
        "created_at": None,
        "answered_at": None,
    }
    return {name: value for name, value in {**base, **more}.items() if name in OrderRow.__table__.columns}


def seed(database: Database, world: World) -> int:
    """Fill a database with everything that pages show; returns the link's id."""
    with database.begin() as session:
        seed_users(session)
        link = link_id(session, LINK)
        seed_items(session, link, world)
        seed_work(session, link, world)
        seed_orders(session, link, world)
    seed_parcels(database, link, world)
    seed_rollout(database, link)
    return link


# -- things ------------------------------------------------------------------------------------------------------------


def seed_items(session: Session, link: int, world: World) -> None:
    units = {each["Ref_Key"]: each["Description"] for each in world.onec["Catalog_УпаковкиЕдиницыИзмерения"]}
    groups = {
        each["Ref_Key"]: each["Description"] for each in world.onec["Catalog_Номенклатура"] if each.get("IsFolder")
    }
    goods = [
        {
            "our_id": each["Ref_Key"],
            "name": each["Description"],
            "code": each["Code"],
            "unit_id": each.get("ЕдиницаИзмерения_Key", ""),
            "parent": groups.get(each.get("Parent_Key", ""), ""),
            "price": 100 * MILLION,
        }
        for each in world.onec["Catalog_Номенклатура"]
        if not each.get("IsFolder")
    ]
    session.execute(insert(OurItemRow), our_rows(link, "good", goods))
    session.execute(
        insert(OurItemRow), our_rows(link, "unit", [{"our_id": id_, "name": name} for id_, name in units.items()])
    )
    stores = [{"our_id": each["Ref_Key"], "name": each["Description"]} for each in world.onec["Catalog_Склады"]]
    session.execute(insert(OurItemRow), our_rows(link, "warehouse", stores))
    outlets = [
        {"our_id": each["Ref_Key"], "name": each["Description"], "code": each["Code"], "address": "Москва"}
        for each in world.onec["Catalog_Партнеры"]
    ]
    session.execute(insert(OurItemRow), our_rows(link, "outlet", outlets))
    parties = [
        {
            "our_id": each["Ref_Key"],
            "name": each["Description"],
            "code": each.get("Code", ""),
            "inn": each.get("ИНН", ""),
        }
        for each in world.onec["Catalog_Контрагенты"]
    ]
    session.execute(insert(OurItemRow), our_rows(link, "counterparty", parties))
    theirs = [
        {
            "their_id": good.ware_id,
            "their_unit": unit.unit_id,
            "name": good.name,
            "unit_name": unit.name,
            "factor": int(unit.factor * MILLION),
            "barcode": good.barcode,
        }
        for good in world.crm.goods
        for unit in good.units
    ]
    session.execute(insert(TheirItemRow), their_rows(link, "good", theirs))
    clients = {order.crm_client_id: order for order in world.crm.orders}
    points = [
        {"their_id": id_, "name": order.client_name, "address": order.client_address} for id_, order in clients.items()
    ]
    session.execute(insert(TheirItemRow), their_rows(link, "outlet", points))
    index_words(
        session,
        link,
        "theirs",
        "good",
        was={},
        becomes={good.ware_id: f"{good.name} {good.ware_id}" for good in world.crm.goods},
    )


def seed_work(session: Session, link: int, world: World) -> None:
    """Make the work list: the true pair first for most goods, a wrong one first for some, none for others."""
    lot = Random(7)  # noqa: S311 - the same data each time
    ours = {each["Ref_Key"]: each for each in world.onec["Catalog_Номенклатура"] if not each.get("IsFolder")}
    units = {each["Ref_Key"]: each["Description"] for each in world.onec["Catalog_УпаковкиЕдиницыИзмерения"]}
    groups = {
        each["Ref_Key"]: each["Description"] for each in world.onec["Catalog_Номенклатура"] if each.get("IsFolder")
    }
    theirs = {good.ware_id: good for good in world.crm.goods}
    listed = sorted(theirs)
    true = {pair.our_id: pair for pair in world.pairs if pair.kind == "good"}
    stores = [each["Ref_Key"] for each in world.onec["Catalog_Склады"]]
    proposals, blocks = [], {}
    for place, (our_id, card) in enumerate(sorted(ours.items())):
        pair = true.get(our_id)
        queue = (Queue.GREEN, Queue.GREEN, Queue.GREEN, Queue.CHECK, Queue.CONFLICT, Queue.LATER)[place % 6]
        found = [] if pair is None else [pair.their_id]
        found += [each for each in lot.sample(listed, 4) if each not in found]
        chances = [9_980 if queue is Queue.GREEN else 7_400, 1_200, 800, 400, 200]
        candidates = tuple(
            _candidate(theirs[their_id], chance, pair if pair and their_id == pair.their_id else None)
            for their_id, chance in zip(found, chances, strict=False)
        )
        proposals.append(
            Proposal(
                our_id=our_id,
                name=card["Description"],
                code=card["Code"],
                queue=Queue.NONE if pair is None else queue,
                unit_id=card.get("ЕдиницаИзмерения_Key", ""),
                unit_name=units.get(card.get("ЕдиницаИзмерения_Key", ""), ""),
                group_name=groups.get(card.get("Parent_Key", ""), ""),
                candidates=candidates if pair is not None else (),
                note="на этот же товар претендует ещё одна карточка" if queue is Queue.CONFLICT and pair else "",
            )
        )
        value = lot.randrange(0, 90_000) * MILLION
        blocks[our_id] = Blocks(value, *lot.choice(((0, 0), (0, 0), (1, 3), (4, 9))), tuple(lot.sample(stores, 2)))
    refresh(session, link, "good", proposals, at=NOW, ours=blocks)
    _seed_parties(session, link, world)


def _candidate(good: Any, chance: int, pair: Any) -> dict[str, Any]:
    unit = good.units[0]
    chosen = next((each for each in good.units if pair is not None and each.unit_id == pair.their_unit), unit)
    return {
        "their_id": good.ware_id,
        "their_unit": chosen.unit_id,
        "name": good.name,
        "unit_name": chosen.name,
        "chance": chance,
        "numerator": pair.numerator if pair is not None else 1,
        "denominator": pair.denominator if pair is not None else 1,
        "reasons": [
            {"name": "размер", "agrees": True, "detail": "500 мл"},
            {"name": "вид", "agrees": None, "detail": "только у них: light"},
            {"name": "слова", "agrees": pair is not None, "detail": "83 %"},
        ],
        "units": [[each.unit_id, each.name] for each in good.units],
    }


def _seed_parties(session: Session, link: int, world: World) -> None:
    clients = {order.crm_client_id: order for order in world.crm.orders}
    true = {pair.our_id: pair.their_id for pair in world.pairs if pair.kind == "outlet"}
    outlets = [
        Proposal(
            each["Ref_Key"],
            each["Description"],
            Queue.CHECK if true.get(each["Ref_Key"]) in clients else Queue.NONE,
            code=each["Code"],
            candidates=tuple(
                {"their_id": id_, "name": clients[id_].client_name, "chance": 8_600, "reasons": []}
                for id_ in [true.get(each["Ref_Key"], "")]
                if id_ in clients
            ),
        )
        for each in world.onec["Catalog_Партнеры"]
    ]
    refresh(session, link, "outlet", outlets, at=NOW)
    parties = [
        Proposal(each["Ref_Key"], each["Description"], Queue.NONE, code=each.get("Code", ""))
        for each in world.onec["Catalog_Контрагенты"][:60]
    ]
    refresh(session, link, "counterparty", parties, at=NOW)
    done = [pair for pair in world.pairs if pair.kind == "good"][:6]
    confirm_many(
        session, link, [Pair("good", p.our_id, p.their_id, source="barcode") for p in done], author="МИ1С", at=NOW
    )
    sync(session, link, "good")
    names = {each["Ref_Key"]: each for each in world.onec["Catalog_Номенклатура"]}
    theirs = {good.ware_id: good for good in world.crm.goods}
    units = [
        Proposal(
            names[pair.our_id].get("ЕдиницаИзмерения_Key", "") or "796",
            names[pair.our_id]["Description"],
            Queue.CHECK,
            scope=pair.our_id,
            unit_name="шт",
            candidates=tuple(
                {
                    **_candidate(theirs[pair.their_id], 0, None),
                    "name": unit.name,
                    "their_unit": unit.unit_id,
                    "reasons": [],
                }
                for unit in theirs[pair.their_id].units
            ),
        )
        for pair in done
    ]
    refresh(session, link, "unit", units, at=NOW)


# -- orders ------------------------------------------------------------------------------------------------------------


def seed_orders(session: Session, link: int, world: World) -> None:
    states = ("parked", "created", "answered", "conflict", "answered", "received", "refused")
    for place, order in enumerate(world.crm.orders[:70]):
        state = states[place % len(states)]
        lines: list[dict[str, Any]] = [
            {
                "line": number,
                "good_code": f"CRM{line.ware_id}",
                "their_unit": line.unit_id,
                "price": int(line.price * MILLION),
                "quantity": int(line.quantity * MILLION),
            }
            for number, line in enumerate(order.lines, start=1)
        ]
        amount = sum(line["price"] * line["quantity"] // MILLION for line in lines)
        first = order.lines[0].ware_id
        reason = {
            "kind": "good",
            "key": first,
            "line": 1,
            "name": next((good.name for good in world.crm.goods if good.ware_id == first), ""),
            "said": f"Товар {first} не сопоставлен с нашим.",
            "todo": "Сопоставьте его с нашим товаром: заказ оформится сам.",
        }
        written = state in {"created", "answered"}
        at = NOW - timedelta(hours=5 * place)
        row = order_row(
            link,
            order.number,
            state,
            content={
                "number": order.number,
                "their_outlet": order.crm_client_id,
                "amount": amount,
                "lines": lines,
                "options": [
                    ["ClientName", "Клиент", order.client_name],
                    ["ClientAddress", "Адрес", order.client_address],
                ],
            },
            reasons=[reason] if state in {"parked", "conflict"} else [],
            document=f"00000000-0000-0000-0000-{place:012d}" if written else "",
            document_number=f"ПД00-{place:06d}" if written else "",
            amount=amount if written else 0,
            received_at=at,
            created_at=at if written else None,
        )
        id_ = session.execute(insert(OrderRow).values(**row).returning(OrderRow.id)).scalar_one()
        events = (
            [("received", ""), ("parked", reason["said"])] if state == "parked" else [("received", ""), (state, "")]
        )
        values = [{"order_id": id_, "at": at, "event": event, "note": note, "author": ""} for event, note in events]
        session.execute(insert(OrderEventRow), values)


__all__ = ["LINK", "MILLION", "NOW", "PASSWORD", "message_text", "seed", "seed_parcels", "seed_rollout"]
