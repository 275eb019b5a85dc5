"""The gates of the trial, the guide's second stage: what is evidence, what is passed, what to say and do. Pure rules.

The order is the guide's: the classifier came → goods and units are matched → balances are sent and confirmed → outlets
by the chosen side → orders came → their documents are right → statuses are seen by the manufacturer → shipments are.
A rule looks at :class:`Facts` only; who gathers them is :mod:`tasks.trial_facts`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal

from ledger.rollout import GateRecord, GateState
from mappings.translate.coverage import Coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


class Gate(StrEnum):
    """The gates in their order."""

    GOODS = "goods"
    CORRESPONDENCES = "correspondences"
    STOCK = "stock"
    OUTLETS = "outlets"
    ORDERS = "orders"
    DOCUMENTS = "documents"
    STATUSES = "statuses"
    SHIPMENTS = "shipments"


TITLES: Final[dict[Gate, str]] = {
    Gate.GOODS: "Классификатор товаров получен",
    Gate.CORRESPONDENCES: "Товары и единицы сопоставлены",
    Gate.STOCK: "Остатки выгружены и подтверждены",
    Gate.OUTLETS: "Торговые точки готовы",
    Gate.ORDERS: "Заказы получены",
    Gate.DOCUMENTS: "Документы заказов проверены",
    Gate.STATUSES: "Статусы заказов видит производитель",
    Gate.SHIPMENTS: "Отгрузки видит производитель",
}

STATES: Final[dict[GateState, str]] = {
    GateState.OPEN: "не начат",
    GateState.WAITS: "ждёт человека",
    GateState.FAILED: "обмен не выполнен",
    GateState.ABSENT: "обмена ещё нет",
    GateState.PASSED: "пройден",
    GateState.BROKEN: "был пройден, больше нет",
}

LABELS: Final[dict[str, str]] = {
    "goods": "товаров",
    "units": "единиц",
    "parcel": "посылка",
    "rows": "строк",
    "stock_goods": "товаров с остатком",
    "matched": "из них сопоставлено",
    "count_share": "доля товаров, %",
    "value_share": "доля стоимости, %",
    "no_good": "нет пары товара",
    "no_unit": "нет пары единицы",
    "unpriced": "цена неизвестна",
    "foreign": "отмечено «нет пары»",
    "confirmed_by": "подтвердил(а)",
    "confirmed_at": "когда",
    "remark": "замечание",
    "refused": "отклонено",
    "side": "сопоставляет",
    "outlets": "торговых точек",
    "counterparties": "контрагентов",
    "document": "документ заказа",
    "received": "заказов получено",
    "created": "документов создано",
    "parked": "отложено",
    "documents": "документы",
    "days": "дней",
    "reason": "основание",
}
"""What evidence is called where people read it."""

SIDES: Final = {"distributor": "дистрибутор", "manufacturer": "производитель"}
DOCUMENTS: Final = {"request": "заказ клиента (заявка)", "realization": "реализация"}


# -- facts -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """The manufacturer's word on a parcel; states as in the ledger's table ``confirmation``."""

    state: str
    parcel: int
    said_by: str = ""
    said_at: datetime | None = None
    remark: str = ""
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """How an export of the link stands: its newest answered parcel (0 = none) and the newest words on it.

    ``failed`` is a newer parcel that was not taken. ``word`` is the newest yes or no, ``waiting`` a later question.
    """

    parcel: int = 0
    rows: int = 0
    failed: int = 0
    word: Word | None = None
    waiting: Word | None = None


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders of the link; ``documents`` names some that were created: number, document in 1C, sum."""

    received: int = 0
    created: int = 0
    parked: int = 0
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at."""

    their_goods: int = 0
    their_units: int = 0
    goods_parcel: int = 0
    our_goods: int = 0
    our_outlets: int = 0
    our_counterparties: int = 0
    coverage: Coverage = field(default_factory=Coverage)
    sent: Mapping[str, Sent] = field(default_factory=dict)
    orders: Orders = field(default_factory=Orders)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the link's settings say of the trial; shares in per cent."""

    link: str
    count_share: float = 90.0
    value_share: float = 95.0
    side: Literal["distributor", "manufacturer"] = "distributor"
    document: Literal["request", "realization"] = "request"
    warehouses: int = 1
    days: int = 14


# -- rules -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the facts say of a gate; ``ground`` are the settings that a person's word on it holds under."""

    state: GateState
    said: str
    todo: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    ground: Mapping[str, str] = field(default_factory=dict)


def judge(gate: Gate, facts: Facts, terms: Terms) -> Judgement:
    """Return how a gate stands by the facts alone: passed or waiting."""
    return _RULES[gate](facts, terms)


def needed(gate: Gate, facts: Facts, terms: Terms) -> str:
    """Return the exchange that has to run before the gate can be judged, or "" where the facts are there."""
    match gate:
        case Gate.GOODS:
            return "" if facts.their_goods else "goods"
        case Gate.CORRESPONDENCES:
            return "" if facts.our_goods else "catalogs"
        case Gate.STOCK:
            return "stock" if terms.warehouses and _unsent(facts, "stock") else ""
        case Gate.OUTLETS if terms.side == "manufacturer":
            return "outlets" if _unsent(facts, "outlets") else ""
        case Gate.OUTLETS:
            return "" if facts.our_outlets else "catalogs"
        case Gate.ORDERS:
            return "orders"
        case Gate.STATUSES | Gate.SHIPMENTS:
            return gate.value if _unsent(facts, gate.value) else ""
        case Gate.DOCUMENTS:
            return ""


def exchange_of(gate: Gate, terms: Terms) -> str:
    """Return the exchange that belongs to a gate, for an operator who asks to run it again."""
    if gate is Gate.CORRESPONDENCES or (gate is Gate.OUTLETS and terms.side == "distributor"):
        return "catalogs"
    return "orders" if gate is Gate.DOCUMENTS else gate.value


def _unsent(facts: Facts, exchange: str) -> bool:
    """Whether an export has to go: never taken yet, failed since, or its newest parcel was refused."""
    sent = facts.sent.get(exchange, Sent())
    refused = sent.word is not None and sent.word.state == "refused" and sent.word.parcel >= sent.parcel
    return not sent.parcel or bool(sent.failed) or (refused and sent.waiting is None)


def _goods(facts: Facts, terms: Terms) -> Judgement:
    evidence = {"goods": facts.their_goods, "units": facts.their_units, "parcel": facts.goods_parcel}
    if facts.their_goods:
        said = f"Получено товаров: {facts.their_goods}, единиц измерения: {facts.their_units}."
        return Judgement(GateState.PASSED, said, evidence=evidence)
    todo = "Спросите у ИТ-службы производителя, открыт ли классификатор для этого кода БД, и повторите: "
    return Judgement(GateState.WAITS, "Классификатор производителя пуст.", todo + _again(terms), evidence)


def _correspondences(facts: Facts, terms: Terms) -> Judgement:
    found = facts.coverage
    evidence = {
        "stock_goods": found.goods,
        "matched": found.matched,
        "count_share": f"{found.count_share:g}",
        "value_share": f"{found.value_share:g}",
        "no_good": found.no_good,
        "no_unit": found.no_unit,
        "unpriced": found.unpriced,
        "foreign": found.foreign,
    }
    if not found.goods:
        todo = f"Проверьте настройку «Склады» связи и права пользователя 1С, затем {_again(terms)}"
        return Judgement(GateState.WAITS, "На складах связи нет ни одного товара с остатком.", todo, evidence)
    reached = f"{_told(found.count_share)} % товаров с остатком и {_told(found.value_share)} % их стоимости"
    if found.count_share >= terms.count_share and found.value_share >= terms.value_share:
        return Judgement(GateState.PASSED, f"Сопоставлено {reached}.", evidence=evidence)
    said = f"Сопоставлено {reached}; пороги связи {_told(terms.count_share)} % и {_told(terms.value_share)} %."
    todo = (
        f"Сопоставьте товары ({found.no_good}) и единицы ({found.no_unit}), начиная с самых дорогих, и отметьте чужие "
        f"товары «нет пары»: в рабочем месте «Сопоставление» или файлом (mi1c match export, import). "
        f"Затем {_again(terms)}"
    )
    return Judgement(GateState.WAITS, said, todo, evidence)


def _stock(facts: Facts, terms: Terms) -> Judgement:
    if not terms.warehouses:
        todo = f"Выберите склады в настройке «Склады» связи, затем {_again(terms)}"
        return Judgement(GateState.WAITS, "Не выбраны склады для выгрузки остатков.", todo)
    return _confirmed(Gate.STOCK, facts, terms, "остатков")


def _outlets(facts: Facts, terms: Terms) -> Judgement:
    ground = {"side": terms.side}
    if terms.side == "manufacturer":
        judged = _confirmed(Gate.OUTLETS, facts, terms, "торговых точек и окончания их сопоставления")
        return replace(judged, evidence={"side": SIDES[terms.side], **judged.evidence}, ground=ground)
    evidence = {
        "side": SIDES[terms.side],
        "outlets": facts.our_outlets,
        "counterparties": facts.our_counterparties,
    }
    if facts.our_outlets and facts.our_counterparties:
        said = (
            f"Точки сопоставляет дистрибутор. Прочитано контрагентов: {facts.our_counterparties}, "
            f"торговых точек: {facts.our_outlets}."
        )
        return Judgement(GateState.PASSED, said, evidence=evidence, ground=ground)
    todo = (
        "Укажите в настройке «Параметры профиля», какие справочники 1С считать контрагентами и торговыми точками, "
        f"затем {_again(terms, Gate.OUTLETS)}"
    )
    return Judgement(GateState.WAITS, "В 1С не найдено контрагентов или торговых точек.", todo, evidence, ground)


def _orders(facts: Facts, terms: Terms) -> Judgement:
    orders = facts.orders
    evidence = {"received": orders.received, "created": orders.created, "parked": orders.parked}
    ground = {"document": terms.document}
    if not orders.received:
        todo = f"Попросите производителя ввести несколько заказов, затем {_again(terms)}"
        return Judgement(GateState.WAITS, "Заказов от производителя ещё нет.", todo, evidence, ground)
    if orders.parked:
        where = (
            "Сопоставьте торговые точки, товары и единицы этих заказов в рабочем месте"
            if terms.side == "distributor"
            else "Попросите производителя закончить сопоставление точек; товары и единицы сопоставьте в рабочем месте"
        )
        said = f"Получено заказов: {orders.received}, из них отложено: {orders.parked}."
        return Judgement(GateState.WAITS, said, f"{where}, затем {_again(terms)}", evidence, ground)
    if not orders.created:
        said = f"Получено заказов: {orders.received}, документов в 1С нет."
        return Judgement(GateState.WAITS, said, f"Посмотрите журнал обмена «Заказы», затем {_again(terms)}", evidence)
    said = f"Получено заказов: {orders.received}, создано документов «{DOCUMENTS[terms.document]}»: {orders.created}."
    return Judgement(GateState.PASSED, said, evidence=evidence, ground=ground)


def _documents(facts: Facts, terms: Terms) -> Judgement:
    mode = DOCUMENTS[terms.document]
    evidence = {"document": mode, "created": facts.orders.created, "documents": "; ".join(facts.orders.documents)}
    ground = {"document": terms.document}
    todo = (
        "Сверьте в 1С контрагента, точку, товары, единицы, цены, количества и сумму. Если всё верно: "
        f"{_pass(Gate.DOCUMENTS, terms)}"
    )
    said = f"Документы заказов («{mode}», {facts.orders.created}) ждут проверки."
    return Judgement(GateState.WAITS, said, todo, evidence, ground)


def _statuses(facts: Facts, terms: Terms) -> Judgement:
    return _confirmed(Gate.STATUSES, facts, terms, "изменённых статусов заказов")


def _shipments(facts: Facts, terms: Terms) -> Judgement:
    judged = _confirmed(Gate.SHIPMENTS, facts, terms, f"отгрузок за {terms.days} дней")
    return replace(judged, evidence={"days": terms.days, **judged.evidence})


_RULES: Final[dict[Gate, Callable[[Facts, Terms], Judgement]]] = {
    Gate.GOODS: _goods,
    Gate.CORRESPONDENCES: _correspondences,
    Gate.STOCK: _stock,
    Gate.OUTLETS: _outlets,
    Gate.ORDERS: _orders,
    Gate.DOCUMENTS: _documents,
    Gate.STATUSES: _statuses,
    Gate.SHIPMENTS: _shipments,
}


def _confirmed(gate: Gate, facts: Facts, terms: Terms, of_what: str) -> Judgement:
    """Judge an export that the manufacturer has to confirm: the newest yes or no counts."""
    sent = facts.sent.get(gate.value, Sent())
    evidence: dict[str, Any] = {"parcel": sent.parcel, "rows": sent.rows}
    if not sent.parcel:
        todo = f"Посмотрите журнал обмена: mi1c ledger list --link {terms.link}. Затем {_again(terms)}"
        return Judgement(GateState.WAITS, "Производитель ещё не принял ни одной посылки обмена.", todo, evidence)
    if sent.word is not None:
        evidence |= {"parcel": sent.word.parcel, "confirmed_by": sent.word.said_by, "remark": sent.word.remark}
        evidence |= {"confirmed_at": f"{sent.word.said_at:%d.%m.%Y %H:%M}"} if sent.word.said_at else {}
        if sent.word.state != "refused":
            remark = f" Замечание: {sent.word.remark}" if sent.word.remark else ""
            said = f"Производитель подтвердил посылку {sent.word.parcel}.{remark}"
            return Judgement(GateState.PASSED, said, evidence=evidence)
        if sent.word.parcel >= sent.parcel:
            evidence["refused"] = sent.word.refused
            said = f"Производитель не подтвердил посылку {sent.word.parcel}: {sent.word.remark or 'без пояснения'}"
            todo = f"Исправьте то, что он отклонил ({sent.word.refused}), затем {_again(terms)}"
            return Judgement(GateState.WAITS, said, todo, evidence)
    said = f"Посылка {sent.parcel} (строк: {sent.rows}) принята сервисом, подтверждения производителя нет."
    todo = (
        f"Получите от производителя подтверждение приёма и корректности {of_what} и внесите его: в запуске Prefect "
        f"(Resume), в рабочем месте или командой {_pass(gate, terms)}"
    )
    return Judgement(GateState.WAITS, said, todo, evidence)


def _told(share: float) -> str:
    """Return a share as it is read: 93,2."""
    return f"{share:g}".replace(".", ",")


def _again(terms: Terms, gate: Gate | None = None) -> str:
    again = f" --again {gate.value}" if gate else ""
    return f"продолжите: mi1c trial --link {terms.link}{again}"


def _pass(gate: Gate, terms: Terms) -> str:
    return f'mi1c trial pass {gate.value} --link {terms.link} --by ИМЯ --reason "кто и когда подтвердил"'


# -- what becomes of a stored gate -------------------------------------------------------------------------------------


def settle(gate: Gate, before: GateRecord | None, now: Judgement) -> GateRecord:
    """Return the gate as it is to be stored, from what stood there and what the facts say now.

    What a person passed stays passed, unless the manufacturer refused since or a setting that it rests on changed.
    What was passed and is not any more is *broken*: it says what it was and what it is.
    """
    passed_before = before is not None and before.state is GateState.PASSED
    if before is not None and passed_before and before.author and not _withdrawn(before, now):
        return before
    fresh = GateRecord(gate.value, now.state, now.said, now.todo, {**now.evidence, "ground": dict(now.ground)})
    if now.state is GateState.PASSED or before is None:
        return fresh
    if passed_before or before.state is GateState.BROKEN:
        return replace(fresh, state=GateState.BROKEN, said=f"Было пройдено, теперь нет. {now.said}")
    return fresh


def _withdrawn(before: GateRecord, now: Judgement) -> bool:
    """Whether a person's word no longer holds: its ground changed, or a parcel was refused after it was given."""
    if before.evidence.get("ground", {}) != dict(now.ground):
        return True
    refused = now.evidence.get("refused") is not None and now.state is not GateState.PASSED
    return refused and now.evidence["parcel"] != before.evidence.get("refused_parcel")


def passed_by(gate: Gate, now: Judgement, *, author: str, reason: str) -> GateRecord:
    """Return the gate as a person passes it, with the evidence of the moment."""
    said = f"Пройдено решением оператора: {author}. Основание: {reason}"
    known = {"refused_parcel": now.evidence["parcel"]} if now.evidence.get("refused") is not None else {}
    evidence = {**now.evidence, "reason": reason, "ground": dict(now.ground), **known}
    return GateRecord(gate.value, GateState.PASSED, said, "", evidence, author)


def left(records: Mapping[str, GateRecord]) -> list[GateRecord]:
    """Return the gates that are not passed, in their order; an empty list = the trial is complete."""
    found = [records.get(gate.value, GateRecord(gate.value)) for gate in Gate]
    return [each for each in found if each.state is not GateState.PASSED]
