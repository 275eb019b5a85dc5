"""Orders: what the manufacturer ordered becomes our document, or stays parked with every reason at once.

Rules, each a setting of the link with its own name: which of several goods stands for one of theirs
(``order_good_choice``), contract and agreement (``order_contract``, ``order_agreement``), warehouse (``warehouses``
read backwards, or ``order_warehouse``), price type, agent and pay kind (their maps, ``agreement``, or ``ignore``),
stop-listed outlets (``order_blocked``), parts of indivisible units (``order_fractions``), the sum
(``order_tolerance``), returns (``order_returns``). Nothing has a default that a correspondence should have said.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from mappings.model import MICRO, Override
from mappings.translate.order_books import found
from mappings.translate.order_lines import KOPECK, Arithmetic, Choice, Lane, Lanes, divided, draft_line, in_stock, plain
from mappings.translate.order_parties import PAYER, Ground, parties
from mappings.translate.order_values import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from foundation.order_settings import OrderSettings
    from mappings.profiles.orders import OrderDocument
    from mappings.translate.order_books import Books, Named
    from mappings.translate.order_lines import DraftLine
    from mappings.translate.order_parties import Parties
    from mappings.translate.order_values import Decision, Line, Order

CUT: Final = "…"


@dataclass(frozen=True, slots=True)
class Draft:
    """A document as it is to be written: ``head`` by the names of ``profiles.orders.HEAD``; ``amount`` with VAT."""

    number: str
    date: datetime | None
    head: Mapping[str, Any]
    lines: tuple[DraftLine, ...]
    amount: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A draft, or the reasons why there is none yet; notes are for people either way."""

    draft: Draft | None
    reasons: tuple[Reason, ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Work:
    """One order on its way."""

    order: Order
    reasons: list[Reason] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    decided: dict[Override, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_line: dict[int, Decision] = field(default_factory=dict)


class Resolver:
    """Resolves the orders of one run; what orders have in common is looked up once.

    ``kinds``: our word (order, return) → theirs; ``documents``: order or return → how the document is described;
    ``warehouses``: their code → our warehouses; ``on``: the day that contracts must be in force.
    """

    def __init__(
        self,
        books: Books,
        settings: OrderSettings,
        *,
        documents: Mapping[str, OrderDocument],
        kinds: Mapping[str, str],
        warehouses: Mapping[str, Sequence[str]],
        on: datetime,
    ) -> None:
        self._books, self._settings, self._on = books, settings, on
        self._documents, self._kinds, self._warehouses = documents, kinds, warehouses
        self._lanes = Lanes(books, settings)
        self._parties: dict[tuple[str, str, str], Parties] = {}
        self._named: dict[tuple[str, str], list[Named]] = {}

    def kind(self, order: Order) -> str:
        """Return ``order`` or ``return``, or "" for a kind that nobody knows; no kind at all is an order."""
        if not order.kind:
            return "order"
        return next((ours for ours, theirs in self._kinds.items() if theirs == order.kind), "")

    def resolve(self, order: Order, decisions: Sequence[Decision] = ()) -> Outcome:
        """Return the document that an order becomes, or every reason why it does not."""
        work = _Work(order)
        for decision in decisions:
            if decision.line:
                work.by_line[decision.line] = decision
            else:
                work.decided[decision.action].append(decision.value)
        document = self._document(work)
        if document is None:
            return Outcome(None, tuple(work.reasons))
        if len(order.number) > document.external.length:
            said = f"Номер заказа длиннее {document.external.length} знаков: 1С обрежет его, и заказ не найти."
            work.reasons.append(Reason("number", order.number, said, "Договоритесь с производителем о номерах."))
        whose = self._whose(work, document)
        warehouse = self._warehouse(work)
        lines = self._lines(work, document, warehouse)
        head = self._head(work, document, whose, warehouse)
        self._check_sum(work, lines)
        if work.reasons:
            return Outcome(None, tuple(work.reasons), tuple(work.notes))
        amount = sum(line.total for line in lines)
        head["amount"] = amount
        return Outcome(
            Draft(order.number, order.date, head, tuple(lines), amount, tuple(work.notes)), (), tuple(work.notes)
        )

    # -- what it is ----------------------------------------------------------------------------------------------------

    def _document(self, work: _Work) -> OrderDocument | None:
        kind = self.kind(work.order)
        accepted = work.decided.get(Override.ACCEPT, ())
        if kind == "return" and self._settings.order_returns == "park" and "return" not in accepted:
            said = "Это возврат, а связь не принимает возвраты сама."
            todo = "Оформите возврат в 1С с этим номером по данным клиента, или включите «Возвраты» в связи."
            work.reasons.append(Reason("return", work.order.kind, said, todo))
        elif not kind:
            said = f"Вид документа «{work.order.kind}» неизвестен."
            work.reasons.append(Reason("kind", work.order.kind, said, "Дополните словарь order_kind раскладки."))
        document = self._documents.get(kind or "order")
        if document is None:
            said = "Профиль 1С не описывает документ для такого заказа."
            work.reasons.append(Reason("kind", kind, said, "Дополните раздел orders профиля."))
        return document

    def _whose(self, work: _Work, document: OrderDocument) -> Parties:
        order = work.order
        personal = bool(work.decided) or PAYER.search(order.option("Comment")) is not None
        key = (order.outlet_code, order.company_code, order.their_outlet)
        made = None if personal else self._parties.get(key)
        if made is None:
            made = parties(order, Ground(self._books, self._settings, document.active, self._on), work.decided)
            if not personal:
                self._parties[key] = made
        work.reasons += made.reasons
        work.notes += made.notes
        return made

    def _warehouse(self, work: _Work) -> str:
        order, books = work.order, self._books
        wanted = next(iter(work.decided.get(Override.WAREHOUSE, ())), "") or self._settings.order_warehouse
        if wanted:
            rows = self._found("warehouse", books.warehouses, wanted)
            if len(rows) == 1:
                return rows[0].ref
            said = f"Склад «{wanted}»: таких в 1С {len(rows)}."
            work.reasons.append(Reason("warehouse", wanted, said, "Исправьте «Склад заказов» в настройках связи."))
            return ""
        code = order.warehouse_code or order.their_warehouse
        ours = self._warehouses.get(code) or self._warehouses.get(order.their_warehouse) or ()
        if len(ours) == 1:
            return ours[0]
        if not ours and any(row.ref == code.lower() and not row.deleted for row in books.warehouses):
            return code.lower()
        names = tuple(row.name for row in books.warehouses if row.ref in ours)
        said = f"Складу производителя «{code}» соответствует наших складов: {len(ours)}."
        todo = "Дополните «Склады» связи, задайте «Склад заказов» или склад этого заказа (warehouse)."
        work.reasons.append(Reason("warehouse", code, said, todo, choice=names))
        return ""

    # -- lines ---------------------------------------------------------------------------------------------------------

    def _lines(self, work: _Work, document: OrderDocument, warehouse: str) -> list[DraftLine]:
        how = Arithmetic(document.quantity_digits, document.price_digits, self._settings.order_vat_included)
        accepted = "quantity" in work.decided.get(Override.ACCEPT, ())
        fractions = accepted or self._settings.order_fractions == "accept"
        made: list[DraftLine] = []
        taken: set[int] = set()
        for line in work.order.lines:
            if line.line in taken:
                said = f"Номер строки {line.line} повторяется: неизвестно, одна это строка или две."
                work.reasons.append(Reason("lines", str(line.line), said, "Сообщите производителю.", line.line))
            taken.add(line.line)
            lane = self._lane(work, line, warehouse)
            if lane is None:
                continue
            if isinstance(lane, Reason):
                work.reasons.append(replace(lane, line=line.line))
                continue
            drafted = draft_line(line, lane, how, fractions=fractions)
            if isinstance(drafted, Reason):
                work.reasons.append(drafted)
                continue
            made.append(drafted[0])
            work.notes += drafted[1]
        if not made and (not work.reasons or not work.order.lines):
            said = "В заказе не осталось ни одной строки."
            work.reasons.append(Reason("lines", "", said, "Откажите в заказе (refuse) или верните строку."))
        return made

    def _lane(self, work: _Work, line: Line, warehouse: str) -> Lane | Reason | None:
        """Return how a line is taken over; None where a person left it out."""
        decision = work.by_line.get(line.line)
        if decision is not None and decision.action is Override.LEAVE_OUT:
            work.notes.append(f"строка {line.line} исключена: {decision.reason} ({decision.author})")
            return None
        if decision is not None and decision.action is Override.REPLACE_GOOD:
            instead = self._lanes.replaced(decision.value, line.good_code, line.their_unit)
            if isinstance(instead, Lane):
                told = f"товар заменён на «{instead.good.name}»"
                work.notes.append(f"строка {line.line}: {told}: {decision.reason} ({decision.author})")
            return instead
        lane = self._lanes.find(line.good_code, line.their_unit)
        if isinstance(lane, Choice):
            free = self._books.stock
            return in_stock(lane, line, lambda good: free.get((good, warehouse), 0)) or lane.reason
        return lane

    def _check_sum(self, work: _Work, lines: Sequence[DraftLine]) -> None:
        """Compare the sum of the lines with what the order says it is; a difference is told or parks, never silent."""
        order = work.order
        left_out = any(decision.action is Override.LEAVE_OUT for decision in work.by_line.values())
        if not order.amount or left_out:
            return
        exact = sum((Fraction(line.price * line.quantity, MICRO) for line in order.lines), Fraction(0))
        ours = sum(line.amount for line in lines)
        if ours == order.amount or (work.reasons and len(lines) < len(order.lines)):
            return
        off = plain(ours - order.amount)
        if divided(exact.numerator, exact.denominator * KOPECK) * KOPECK == order.amount:
            work.notes.append(f"сумма строк отличается от суммы заказа на {off} из-за округления строк до копейки")
            return
        if abs(ours - order.amount) <= self._settings.order_tolerance * KOPECK:
            work.notes.append(f"сумма строк отличается от суммы заказа на {off}, в пределах допуска")
            return
        if "sum" in work.decided.get(Override.ACCEPT, ()):
            work.notes.append(f"сумма строк отличается от суммы заказа на {off}, принято оператором")
            return
        said = f"Сумма строк {plain(ours)} отличается от суммы заказа {plain(order.amount)} на {off}."
        todo = "Сверьте заказ с производителем; примите его (accept sum) или увеличьте допуск в связи."
        work.reasons.append(Reason("sum", order.number, said, todo))

    # -- head ----------------------------------------------------------------------------------------------------------

    def _head(self, work: _Work, document: OrderDocument, whose: Parties, warehouse: str) -> dict[str, Any]:
        settings, order, books = self._settings, work.order, self._books
        agreed = whose.agreement
        currencies = self._found("currency", books.currencies, settings.order_currency)
        if len(currencies) != 1:
            said = f"Валюта «{settings.order_currency}»: таких в 1С {len(currencies)}."
            work.reasons.append(Reason("currency", settings.order_currency, said, "Исправьте «Валюта заказов» связи."))
        head: dict[str, Any] = {
            "outlet": whose.outlet.ref if whose.outlet else "",
            "counterparty": whose.counterparty.ref if whose.counterparty else "",
            "consignee": whose.counterparty.ref if whose.counterparty else "",
            "contract": whose.contract.ref if whose.contract else "",
            "agreement": agreed.ref if agreed else "",
            "organization": whose.organization,
            "currency": currencies[0].ref if len(currencies) == 1 else "",
            "warehouse": warehouse,
            "vat_included": settings.order_vat_included,
            "wanted": order.wanted,
            "agent": self._mapped(work, "agent", order.agent, settings.order_agent, settings.order_agents),
            "address": (whose.outlet.address if whose.outlet else "") or order.option("ClientAddress"),
            "comment": _comment(order),
        }
        price_type, pay_kind = settings.order_price_type, settings.order_pay_kind
        if price_type == "agreement":
            head["price_type"] = agreed.price_type if agreed else ""
        else:
            head["price_type"] = self._mapped(
                work, "price_type", order.price_type, price_type, settings.order_price_types
            )
        if pay_kind == "agreement":
            head["pay_kind"] = agreed.pay_kind if agreed else ""
        else:
            head["pay_kind"] = self._mapped(work, "pay_kind", order.pay_kind, pay_kind, settings.order_pay_kinds)
        self._require(work, document, head)
        for name, length in document.lengths.items():
            if len(str(head.get(name, ""))) > length:
                head[name] = f"{head[name][: length - 1]}{CUT}"
                work.notes.append(f"{_TITLES.get(name, name)} длиннее {length} знаков, обрезано")
        return head

    def _mapped(self, work: _Work, name: str, theirs: str, rule: str, values: Mapping[str, str]) -> str:
        """Return what a map of the link says of a value of theirs: a reference, or the pay kind's own word."""
        if rule == "ignore" or not theirs:
            return ""
        title = _TITLES[name]
        ours = values.get(theirs)
        if ours is None:
            said = f"{title} производителя «{theirs}» не сопоставлен(а)."
            todo = f"Дополните настройку связи «{_SETTINGS[name]}» или разрешите не передавать это значение (ignore)."
            work.reasons.append(Reason(name, theirs, said, todo))
            return ""
        if name == "pay_kind":
            return ours
        rows: list[Named] = self._books.price_types if name == "price_type" else self._books.agents
        fit = self._found(name, rows, ours)
        if len(fit) == 1:
            return fit[0].ref
        said = f"{title} «{ours}»: таких в 1С {len(fit)}."
        work.reasons.append(Reason(name, theirs, said, f"Исправьте настройку связи «{_SETTINGS[name]}».", name=ours))
        return ""

    def _found(self, catalog: str, rows: list[Named], wanted: str) -> list[Named]:
        """Return the rows that a text names, looked up once a run."""
        key = (catalog, wanted)
        if key not in self._named:
            self._named[key] = found(rows, wanted)
        return self._named[key]

    def _require(self, work: _Work, document: OrderDocument, head: Mapping[str, Any]) -> None:
        """Add a reason for each value that the document must have and nothing else has complained of."""
        if work.reasons:
            return
        for name in document.required:
            if not head.get(name):
                said = f"Не заполнено: {_TITLES.get(name, name)}."
                work.reasons.append(Reason("required", name, said, "Дополните настройки связи или карточки 1С."))


def _comment(order: Order) -> str:
    date = f" от {order.date:%d.%m.%Y}" if order.date else ""
    text = f"Заказ производителя {order.number}{date}"
    said = order.option("Comment")
    return f"{text}. {said}" if said else text


_TITLES: Final = {
    "agent": "Агент",
    "price_type": "Вид цены",
    "pay_kind": "Вид оплаты",
    "address": "адрес доставки",
    "outlet": "торговая точка",
    "counterparty": "контрагент",
    "organization": "организация",
    "currency": "валюта",
    "warehouse": "склад",
    "contract": "договор",
    "agreement": "соглашение",
}
_SETTINGS: Final = {"agent": "Агенты", "price_type": "Виды цен", "pay_kind": "Виды оплаты"}
