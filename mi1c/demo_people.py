"""The people of the demo: what a trial asks of an operator, of the manufacturer's staff and of a storekeeper.

They use what real people use: pairs are confirmed, a word is written into the ledger or given by the manufacturer's
service, an order is decided on, goods are shipped in 1C. Nothing here knows what the product made of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from foundation.errors import Fatal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ledger.order_values import Record
    from ledger.rollout import GateRecord
    from mappings.pairs import Pair
    from sandbox.running import Sandbox
    from tasks.links import Link

OPERATOR: Final = "Иванова, оператор"
STAFF: Final = "Кравцов, ИТ-служба производителя"
SHIPPED: Final = 5
"""How many of the orders the storekeeper ships before the last gate."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One roll-out of the demo: a link between two doubles; ``service``: the manufacturer confirms by its service."""

    name: str
    title: str
    doubles: Sandbox
    service: bool

    def link(self) -> Link:
        """Open the link."""
        from tasks.links import open_link

        return open_link(self.name)


def act(stage: Stage, gate: GateRecord, run: Callable[[str], object]) -> str:
    """Do what a gate asks of a person and say it in Russian; ``run`` starts an exchange of the link."""
    match gate.gate:
        case "correspondences":
            return match_goods(stage)
        case "orders":
            return settle_orders(stage, run)
        case "documents":
            return check_documents(stage)
        case "stock" | "outlets" | "statuses" | "shipments":
            return give_word(stage, gate, run)
    raise Fatal(
        f"Этап «{gate.gate}» ждёт человека, а в демонстрации его некому пройти: {gate.said}",
        en=f"Nobody in the demo passes the gate {gate.gate}.",
        todo=gate.todo,
    )


def match_goods(stage: Stage) -> str:
    """Match every good as the world knows it, and mark the other makers' goods."""
    from mappings.correspondences import confirm_many
    from mappings.pairs import Pair

    link, world = stage.link(), stage.doubles.world
    cards = {card["Ref_Key"]: card for card in world.onec["Catalog_Номенклатура"] if not card.get("IsFolder")}
    pairs: list[Pair] = []
    for pair in world.pairs:
        if pair.kind == "good":
            unit = cards[pair.our_id]["ЕдиницаИзмерения_Key"]
            pairs.append(Pair("good", pair.our_id, pair.their_id))
            pairs.append(Pair("unit", unit, pair.their_unit, pair.our_id, pair.numerator, pair.denominator))
    theirs = {pair.our_id for pair in pairs if pair.kind == "good"}
    foreign = [Pair("good", ours, "", note="товар другого производителя") for ours in cards if ours not in theirs]
    with link.database.begin() as session:
        confirm_many(session, link.id, [*pairs, *foreign], author=OPERATOR)
    return f"сопоставлено товаров {len(theirs)}, отмечено чужих {len(foreign)}"


def match_outlets(stage: Stage) -> str:
    """Match outlets where the link has them matched: here, or at the manufacturer."""
    from mappings.correspondences import confirm_many
    from mappings.pairs import Pair

    link, world = stage.link(), stage.doubles.world
    known = [pair for pair in world.pairs if pair.kind == "outlet"]
    if link.settings.matching_side == "distributor":
        with link.database.begin() as session:
            confirm_many(
                session, link.id, [Pair("outlet", each.our_id, each.their_id) for each in known], author=OPERATOR
            )
        return f"сопоставлено торговых точек {len(known)}"
    sent = stage.doubles.crm.users[world.crm.user].book("outlets")
    held = {str(row["AddressId"]): str(row["CompanyId"]) for row in sent}
    found = {each.their_id: (held[each.our_id], each.our_id) for each in known if each.our_id in held}
    stage.doubles.crm.match(world.crm.user, outlets=found)
    return f"производитель сопоставил торговых точек {len(found)}"


def settle_orders(stage: Stage, run: Callable[[str], object]) -> str:
    """Match outlets, renew contracts that ran out, decide what no pair can settle: each with its name and reason."""
    from ledger.order_queries import orders
    from ledger.order_values import OrderState
    from ledger.orders import Orders

    link = stage.link()
    told = match_outlets(stage)
    run("orders")
    book, decided, renewed = Orders(link.database, link.id), 0, set()
    for record in orders(link.database, link.id, states=(OrderState.PARKED,), limit=1000):
        renewed |= {reason["key"] for reason in record.reasons if reason["kind"] == "contract_expired"}
        for action, value, line in _decisions(record):
            book.override(record.number, action, value=value, line=line, author=OPERATOR, reason="тестовый запуск")
            decided += 1
    renew_contracts(stage, renewed)
    return f"{told}, решений по заказам {decided}, продлено договоров с контрагентами {len(renewed)}"


def _decisions(record: Record) -> Iterator[tuple[Any, str, int]]:
    """Yield what an operator decides about the lines of a parked order: one of the choices, or the line is left out."""
    from mappings.model import Override

    for reason in record.reasons:
        line, choice = int(reason.get("line") or 0), list(reason.get("choice") or ())
        if line:
            yield (Override.REPLACE_GOOD, choice[0], line) if choice else (Override.LEAVE_OUT, "", line)


def renew_contracts(stage: Stage, counterparties: set[str]) -> None:
    """Prolong the contracts of some counterparties in 1C, as their manager does."""
    entity = "Catalog_ДоговорыКонтрагентов"
    contracts = [each for each in stage.doubles.onec.store.objects(entity) if each["Контрагент_Key"] in counterparties]
    with stage.link().onec() as onec:
        for each in contracts:
            onec.patch(entity, each["Ref_Key"], {"ДатаОкончанияДействия": datetime(2099, 12, 31)})  # noqa: DTZ001 - 1C's clock


def check_documents(stage: Stage) -> str:
    """Compare the documents with the orders, as an operator does in 1C, and say so."""
    from tasks.gates import Gate
    from tasks.trial import pass_gate

    pass_gate(stage.link(), Gate.DOCUMENTS, author=OPERATOR, reason="документы сверены с заказами")
    return "документы сверены"


def give_word(stage: Stage, gate: GateRecord, run: Callable[[str], object]) -> str:
    """Let the manufacturer confirm every parcel of an exchange that waits, by its service or to a person."""
    from ledger.confirmations import Confirmations
    from ledger.verdicts import Verdict, Word

    link = stage.link()
    words = Confirmations(link.database, link.id)
    parcels = [each.parcel_id for each in words.waiting() if each.exchange == gate.gate]
    extra = f", {match_outlets(stage)}" if gate.gate == "outlets" else ""
    if gate.gate == "statuses":
        extra = f", отгружено заказов {ship_orders(stage)}"
    listed = ", ".join(map(str, parcels))
    if stage.service:
        judge(stage, parcels)
        run("confirmations")
        return f"сервис производителя подтвердил посылки: {listed}{extra}"
    word = Word(Verdict.ACCEPTED, by=STAFF, remark="данные верны", author=OPERATOR)
    for parcel in parcels:
        words.say(parcel, word)
    return f"производитель подтвердил посылки: {listed}{extra}"


def judge(stage: Stage, parcels: Sequence[int]) -> None:
    """Let the manufacturer's service say yes to every message of some parcels, each by the number in its receipt."""
    from ledger import reading

    link = stage.link()
    number = re.compile(link.layout.receipt_number)
    for message in (each for parcel in parcels for each in reading.messages(link.database, parcel)):
        found = number.search(message.receipt)
        told = int(found[1]) if found else None
        stage.doubles.crm.judge(stage.doubles.world.crm.user, message.scheme, "accepted", remark="верно", message=told)


def ship_orders(stage: Stage) -> int:
    """Ship some of the orders in 1C by their documents; realizations that came of orders are shipped already."""
    link = stage.link()
    if link.settings.order_document != "request":
        return 0
    from ledger.order_queries import orders

    done = 0
    with link.onec() as onec:
        for record in orders(link.database, link.id, limit=1000):
            if record.document and done < SHIPPED:
                made = onec.create(
                    "Document_РеализацияТоваровУслуг", _shipment(onec.load(record.entity, record.document))
                )
                onec.post("Document_РеализацияТоваровУслуг", made["Ref_Key"])
                done += 1
    return done


def _shipment(order: dict[str, Any]) -> dict[str, Any]:
    """Return a realization for everything that an order asks for."""
    head = ("Партнер_Key", "Контрагент_Key", "Договор_Key", "Соглашение_Key", "Организация_Key", "Склад_Key")
    more = ("Валюта_Key", "ЦенаВключаетНДС", "Грузополучатель_Key", "СуммаДокумента", "НалогообложениеНДС")
    line = ("Номенклатура_Key", "Упаковка_Key", "КоличествоУпаковок", "Количество", "ВидЦены_Key", "Цена", "Сумма")
    sums = ("СтавкаНДС_Key", "СуммаНДС", "СуммаСНДС", "КодСтроки", "Склад_Key")
    link = {"ЗаказКлиента": order["Ref_Key"], "ЗаказКлиента_Type": "StandardODATA.Document_ЗаказКлиента"}
    rows = [{name: row[name] for name in (*line, *sums)} | link for row in order["Товары"]]
    kept = {name: order[name] for name in (*head, *more)}
    return kept | link | {"Статус": "Отгружено", "РеализацияПоЗаказам": True, "Товары": rows}
