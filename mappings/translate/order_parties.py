"""Whose order it is: outlet, payer, contract and agreement, each by a correspondence or a named rule of the link.

Nothing is put in for what is not known: every doubt is a reason with what there is to choose from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mappings.model import Override
from mappings.translate.order_books import found
from mappings.translate.order_values import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from foundation.order_settings import OrderSettings
    from mappings.profiles.orders import Active
    from mappings.translate.order_books import Books, Counterparty, Outlet, Terms
    from mappings.translate.order_values import Order

PAYER: Final = re.compile(r"(?:^|\s)ю\.\s*(\d{5,12})\b", re.IGNORECASE)


Decided = Mapping[Override, Sequence[str]]
"""What a person put in the place of a rule."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What all orders of a run are resolved on: books, the link's rules, the words in force, the day."""

    books: Books
    settings: OrderSettings
    active: Active
    on: datetime


@dataclass(slots=True)
class Parties:
    """What was found of an order's parties, and every reason why something was not."""

    outlet: Outlet | None = None
    counterparty: Counterparty | None = None
    contract: Terms | None = None
    agreement: Terms | None = None
    organization: str = ""
    reasons: list[Reason] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def parties(order: Order, ground: Ground, decided: Decided) -> Parties:
    """Resolve the parties of an order; ``decided``: what a person put in the place of a rule."""
    made = Parties()
    books, settings = ground.books, ground.settings
    made.outlet = _outlet(order, ground, decided, made.reasons)
    if made.outlet is None:
        return made
    made.counterparty = _counterparty(order, made.outlet, ground, decided, made)
    if made.counterparty is None:
        return made
    organizations = found(books.organizations, settings.organization) if settings.organization else []
    own = organizations[0].ref if len(organizations) == 1 else ""
    made.contract = _contract(made.counterparty, ground, decided, own, made.reasons)
    made.agreement = _agreement(made, ground, decided)
    made.organization = _organization(made, books, settings)
    return made


# -- outlet ------------------------------------------------------------------------------------------------------------


def _outlet(order: Order, ground: Ground, decided: Decided, reasons: list[Reason]) -> Outlet | None:
    books, settings = ground.books, ground.settings
    name = order.option("ClientName")
    paired = books.outlets_of.get(order.their_outlet, ())
    ref = ""
    if order.outlet_code:
        ref = books.outlets_by_code.get(order.outlet_code, order.outlet_code.lower())
        if ref not in books.outlets:
            said = f"Нашей торговой точки с кодом {order.outlet_code} в 1С нет."
            todo = "Проверьте соответствие точки у производителя и обновите справочники."
            reasons.append(Reason("outlet", order.outlet_code, said, todo, name=name))
            return None
        if paired and ref not in paired:
            said = f"У производителя точка сопоставлена с «{books.outlets[ref].name}», а у нас с другой."
            todo = f"Приведите в порядок соответствие точки {order.their_outlet} у нас или у производителя."
            reasons.append(Reason("outlet_conflict", order.their_outlet, said, todo, name=name))
            return None
    elif len(paired) == 1:
        ref = paired[0]
    if not ref:
        reasons.append(_no_outlet(order, paired, books, name))
        return None
    outlet = books.outlets.get(ref)
    if outlet is None or outlet.deleted:
        shown = outlet.name if outlet else ref
        said = f"Торговая точка «{shown}» помечена на удаление или удалена в 1С."
        reasons.append(Reason("outlet", ref, said, "Сопоставьте точку заново.", name=shown))
        return None
    if outlet.blocked and settings.order_blocked == "park" and "blocked" not in decided.get(Override.ACCEPT, ()):
        said = f"Торговая точка «{outlet.name}» закрыта для продаж."
        todo = "Снимите запрет в 1С или примите этот заказ (accept blocked)."
        reasons.append(Reason("blocked", ref, said, todo, name=outlet.name))
    return outlet


def _no_outlet(order: Order, paired: Sequence[str], books: Books, name: str) -> Reason:
    address = order.option("ClientAddress")
    if paired:
        names = tuple(f"{books.outlets[ref].name} ({ref})" for ref in paired if ref in books.outlets)
        said = f"Точке производителя {order.their_outlet} «{name}» соответствует наших точек: {len(paired)}."
        return Reason("outlet_choice", order.their_outlet, said, "Оставьте одно соответствие.", name=name, choice=names)
    said = f"Точка производителя {order.their_outlet} «{name}»{f', {address},' if address else ''} не сопоставлена."
    return Reason("outlet", order.their_outlet, said, "Сопоставьте её с нашей торговой точкой.", name=name)


# -- payer -------------------------------------------------------------------------------------------------------------


def _counterparty(order: Order, outlet: Outlet, ground: Ground, decided: Decided, made: Parties) -> Counterparty | None:
    books, settings = ground.books, ground.settings
    for value in decided.get(Override.COUNTERPARTY, ()):
        return _named_payer(value, books, made.reasons, "В решении оператора")
    typed = PAYER.search(order.option("Comment"))
    if typed and settings.order_comment_payer:
        return _named_payer(typed[1], books, made.reasons, "В комментарии заказа")
    if typed:
        made.notes.append(f"комментарий называет плательщика {typed[1]}, правило связи выключено")
    candidates = books.payers(outlet)
    if order.company_code:
        return _told_payer(order, outlet, candidates, books, made.reasons)
    if len(candidates) == 1:
        return candidates[0]
    names = tuple(f"{each.name}, ИНН {each.inn} ({each.ref})" for each in candidates)
    if candidates:
        said = f"У точки «{outlet.name}» контрагентов: {len(candidates)}, заказ не говорит, кто платит."
        todo = "Укажите плательщика в карточке точки или для этого заказа (counterparty)."
    else:
        said = f"У точки «{outlet.name}» нет контрагента."
        todo = "Укажите контрагента в карточке партнёра 1С."
    made.reasons.append(Reason("counterparty", outlet.ref, said, todo, name=outlet.name, choice=names))
    return None


def _told_payer(
    order: Order, outlet: Outlet, candidates: Sequence[Counterparty], books: Books, reasons: list[Reason]
) -> Counterparty | None:
    ref = books.counterparties_by_code.get(order.company_code, order.company_code.lower())
    told = books.counterparties.get(ref)
    if told is None or told.deleted:
        said = f"Нашего контрагента с кодом {order.company_code} в 1С нет, или он помечен на удаление."
        todo = "Проверьте соответствие точки у производителя."
        reasons.append(Reason("counterparty", order.company_code, said, todo, name=outlet.name))
        return None
    if candidates and told not in candidates:
        said = f"Заказ называет плательщика «{told.name}», а точка «{outlet.name}» принадлежит другому."
        todo = "Исправьте пару точки и плательщика у производителя или укажите плательщика для заказа (counterparty)."
        reasons.append(Reason("counterparty_conflict", order.their_outlet, said, todo, name=outlet.name))
        return None
    return told


def _named_payer(value: str, books: Books, reasons: list[Reason], where: str) -> Counterparty | None:
    text = value.strip().casefold()
    fit = [
        each
        for each in books.counterparties.values()
        if not each.deleted and text in {each.ref, each.code.casefold(), each.inn, each.name.strip().casefold()}
    ]
    if len(fit) == 1:
        return fit[0]
    said = f"{where} указан плательщик «{value}»: таких контрагентов {len(fit)}."
    reasons.append(Reason("comment_payer", value, said, "Укажите плательщика для заказа ссылкой (counterparty)."))
    return None


# -- contract, agreement, organization ---------------------------------------------------------------------------------


def _contract(payer: Counterparty, ground: Ground, decided: Decided, own: str, reasons: list[Reason]) -> Terms | None:
    settings, active = ground.settings, ground.active
    if settings.order_contract == "none" and Override.CONTRACT not in decided:
        return None
    mine = [
        each
        for each in ground.books.contracts.get(payer.ref, ())
        if not each.deleted
        and (not active.contracts or each.status in active.contracts)
        and (not active.sorts or each.sort in active.sorts)
    ]
    for value in decided.get(Override.CONTRACT, ()):
        mine = _called(mine, value)
    if settings.order_contract == "by_organization" and own:
        mine = [each for each in mine if each.organization == own]
    good, expired = _in_force(mine, ground.on)
    if len(good) == 1:
        return good[0]
    reasons.append(_no_contract(payer, good, expired))
    return None


def _no_contract(payer: Counterparty, good: Sequence[Terms], expired: Sequence[Terms]) -> Reason:
    if good:
        said = f"У контрагента «{payer.name}» действующих договоров: {len(good)}."
        names = tuple(f"{each.name} ({each.ref})" for each in good)
        return Reason(
            "contract", payer.ref, said, "Выберите договор для заказа (contract).", name=payer.name, choice=names
        )
    if expired:
        last = max(expired, key=lambda each: str(each.until))
        said = f"Договор «{last.name}» контрагента «{payer.name}» истёк {last.until:%d.%m.%Y}."
        return Reason("contract_expired", payer.ref, said, "Продлите договор в 1С или заведите новый.", name=payer.name)
    said = f"У контрагента «{payer.name}» нет действующего договора с покупателем."
    return Reason("contract", payer.ref, said, "Заведите договор в 1С.", name=payer.name)


def _agreement(made: Parties, ground: Ground, decided: Decided) -> Terms | None:
    settings, active, on = ground.settings, ground.active, ground.on
    rule = settings.order_agreement
    if rule == "none" and Override.AGREEMENT not in decided:
        return None
    usable = [
        each
        for each in ground.books.agreements
        if not each.deleted and (not active.agreements or each.status in active.agreements)
    ]
    mine, expired = _in_force([each for each in usable if not each.typical and _belongs(each, made)], on)
    typical, _ = _in_force([each for each in usable if each.typical], on)
    chosen = {"single_active": mine, "typical": typical, "named": _called(usable, settings.order_agreement_name)}.get(
        rule, mine or typical
    )
    for value in decided.get(Override.AGREEMENT, ()):
        chosen = _called([*mine, *typical], value)
    if len(chosen) == 1:
        return chosen[0]
    payer = made.counterparty
    name = payer.name if payer else ""
    names = tuple(f"{each.name} ({each.ref})" for each in chosen)
    said = f"Для контрагента «{name}» подходит соглашений: {len(chosen)} (правило {rule})."
    if not chosen and expired and rule == "single_active":
        said = f"Соглашение «{expired[0].name}» истекло {expired[0].until:%d.%m.%Y}."
    todo = "Выберите соглашение для заказа (agreement) или измените правило в связи."
    made.reasons.append(Reason("agreement", payer.ref if payer else "", said, todo, name=name, choice=names))
    return None


def _belongs(terms: Terms, made: Parties) -> bool:
    if terms.counterparty:
        return made.counterparty is not None and terms.counterparty == made.counterparty.ref
    return made.outlet is not None and terms.partner in {made.outlet.ref, made.outlet.parent} - {""}


def _in_force(terms: Iterable[Terms], on: datetime) -> tuple[list[Terms], list[Terms]]:
    """Return what is in force on a day, and what has run out."""
    good: list[Terms] = []
    expired: list[Terms] = []
    for each in terms:
        (expired if each.until is not None and each.until.date() < on.date() else good).append(each)
    return good, expired


def _called(terms: Sequence[Terms], value: str) -> list[Terms]:
    text = value.strip().casefold()
    return [each for each in terms if text in {each.ref, each.name.strip().casefold()}]


def _organization(made: Parties, books: Books, settings: OrderSettings) -> str:
    """Return our legal person: the setting's, else the contract's, the agreement's, or the only one there is."""
    if settings.organization:
        rows = found(books.organizations, settings.organization)
    else:
        told = (made.contract.organization if made.contract else "") or (
            made.agreement.organization if made.agreement else ""
        )
        rows = [each for each in books.organizations if not each.deleted and (not told or each.ref == told)]
    if len(rows) != 1:
        said = f"Организация заказа не определена: подходит {len(rows)}."
        todo = "Укажите «Организация» в настройках связи."
        names = tuple(row.name for row in rows)
        made.reasons.append(Reason("organization", settings.organization, said, todo, choice=names))
        return ""
    contract = made.contract
    if contract and contract.organization and contract.organization != rows[0].ref:
        said = f"Договор «{contract.name}» заключён с другой организацией."
        made.reasons.append(Reason("organization", rows[0].ref, said, "Исправьте договор или организацию связи."))
    return rows[0].ref
