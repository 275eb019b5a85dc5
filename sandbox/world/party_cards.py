"""How 1C keeps parties: the cards of partners and counterparties, contact information, contracts and agreements."""

# ruff: noqa: PLR2004 - shares of an invented world; a name would say no more than the number

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sandbox.world import words
from sandbox.world.numbers import EMPTY_REF, code, reference

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from sandbox.world.basics import Basics
    from sandbox.world.parties import Counterparty, Outlet

ADDRESS_KIND: Final = "0a9d4f5e-3c1b-4f0e-9a51-6d2f8e7b1c01"
LEGAL_ADDRESS_KIND: Final = "0a9d4f5e-3c1b-4f0e-9a51-6d2f8e7b1c02"
PHONE_KIND: Final = "0a9d4f5e-3c1b-4f0e-9a51-6d2f8e7b1c03"
"""Kinds of contact information; their catalog is not published, so only the references are seen."""


def address(rng: Random, town: tuple[str, str, str]) -> str:
    """Write an address as people type it: with an index or without, ``д`` or ``д.``, now and then no region."""
    region, settlement, number = town
    house = f"{rng.choice(('д ', 'д.', 'д. ', 'дом '))}{rng.randint(1, 180)}"
    house += rng.choice(("", "", "", "А", ", корп 2", "/1"))
    street = rng.choice(words.STREETS)
    index = f"6{number}{rng.randint(0, 170):03d}, "
    head = rng.choice((f"{index}{region}, {settlement}", f"{region}, {settlement}", settlement.replace("г ", "г. ")))
    return f"{head}, {street}, {house}"


def _contact(line: int, kind: str, sort: str, text: str, town: tuple[str, str, str]) -> dict[str, Any]:
    place = sort == "Адрес"
    return {
        "LineNumber": line,
        "Тип": sort,
        "Вид_Key": kind,
        "ВидДляСписка_Key": kind,
        "Представление": text,
        "Страна": "РОССИЯ" if place else "",
        "Регион": town[0] if place else "",
        "Город": town[1] if place else "",
        "НомерТелефона": "" if place else "".join(filter(str.isdigit, text)),
        "Значение": json.dumps({"value": text, "type": sort, "country": "РОССИЯ" if place else ""}, ensure_ascii=False),
    }


def _phone(rng: Random) -> str:
    return f"+7 (9{rng.randint(10, 99)}) {rng.randint(100, 999)}-{rng.randint(10, 99)}-{rng.randint(10, 99)}"


def partner_cards(
    rng: Random, basics: Basics, everybody: list[Counterparty], suppliers: list[Counterparty], now: datetime
) -> list[dict[str, Any]]:
    """Make a card for every partner and, under it, for each of its outlets."""
    made: list[dict[str, Any]] = []
    supplying = {each.partner for each in suppliers}
    common = {"Клиент": True, "ОбслуживаетсяТорговымиПредставителями": True}
    for each in everybody:
        if each.head is None:
            made.append(
                {
                    "Ref_Key": each.partner,
                    "Code": code(len(made) + 1),
                    "Description": each.name,
                    "НаименованиеПолное": each.name,
                    "Parent_Key": EMPTY_REF,
                    "БизнесРегион_Key": rng.choice(basics.regions),
                    "ОсновнойМенеджер_Key": rng.choice(basics.users),
                    "ДатаРегистрации": now - timedelta(days=rng.randint(60, 2500)),
                    "ЮрФизЛицо": "ЧастноеЛицо" if each.person else "Компания",
                    **common,
                }
            )
            if each.partner in supplying:
                made[-1] |= {"Клиент": False, "Поставщик": True, "ОбслуживаетсяТорговымиПредставителями": False}
        made += [_outlet_card(rng, basics, outlet, len(made) + place, now) | common
                 for place, outlet in enumerate(each.outlets, start=1)]  # fmt: skip
    return made


def _outlet_card(rng: Random, basics: Basics, outlet: Outlet, number: int, now: datetime) -> dict[str, Any]:
    owner = outlet.counterparty
    contacts = [_contact(1, ADDRESS_KIND, "Адрес", outlet.address, owner.town)]
    if rng.random() < 0.6:
        contacts.append(_contact(2, PHONE_KIND, "Телефон", _phone(rng), owner.town))
    return {
        "Ref_Key": outlet.ref,
        "Code": code(number),
        "Description": outlet.name,
        "НаименованиеПолное": outlet.name,
        "Parent_Key": owner.partner,
        "DeletionMark": rng.random() < 0.015,
        "БизнесРегион_Key": rng.choice(basics.regions),
        "ОсновнойМенеджер_Key": rng.choice(basics.users),
        "ДатаРегистрации": now - timedelta(days=rng.randint(40, 2000)),
        "ЮрФизЛицо": "ЧастноеЛицо" if owner.person else "Компания",
        "КонтактнаяИнформация": contacts,
    }


def counterparty_card(rng: Random, each: Counterparty) -> dict[str, Any]:
    """Make the card of a legal person or an entrepreneur."""
    form = "ИП" if each.person else "ООО"
    bare = each.name.replace("ООО", "").replace("ИП", "").strip()
    return {
        "Ref_Key": each.ref,
        "Description": each.name,
        "НаименованиеПолное": f'{form} "{bare}"' if not each.person else f"Индивидуальный предприниматель {bare}",
        "ИНН": each.inn,
        "КПП": each.kpp,
        "Партнер_Key": each.partner,
        "ОбособленноеПодразделение": each.head is not None,
        "ГоловнойКонтрагент_Key": (each.head or each).ref,
        "ЮридическоеФизическоеЛицо": "ФизическоеЛицо" if each.person else "ЮридическоеЛицо",
        "ЮрФизЛицо": "ИндивидуальныйПредприниматель" if each.person else "ЮрЛицо",
        "КодПоОКПО": f"{rng.randrange(10**7, 10**8)}",
        "КонтактнаяИнформация": [_contact(1, LEGAL_ADDRESS_KIND, "Адрес", address(rng, each.town), each.town)],
    }


def contract(
    rng: Random, basics: Basics, each: Counterparty, number: int, now: datetime, *, supplier: bool
) -> dict[str, Any]:
    """Make the contract with a counterparty; now and then it has expired."""
    signed = now - timedelta(days=rng.randint(30, 1200))
    return {
        "Ref_Key": each.contract,
        "Description": f"Договор №{number} от {signed:%d.%m.%Y}",
        "Номер": str(number),
        "Дата": signed,
        "ДатаНачалаДействия": signed,
        "ДатаОкончанияДействия": signed + timedelta(days=365 * rng.randint(1, 5)),
        "Партнер_Key": each.partner,
        "Контрагент_Key": each.ref,
        "Организация_Key": basics.organization,
        "ВалютаВзаиморасчетов_Key": basics.rouble,
        "Статус": "Действует",
        "Согласован": True,
        "ТипДоговора": "СПоставщиком" if supplier else "СПокупателем",
        "ХозяйственнаяОперация": "ЗакупкаУПоставщика" if supplier else "РеализацияКлиенту",
        "СрокОплаты": rng.choice((0, 7, 14, 21, 30)),
        "Менеджер_Key": rng.choice(basics.users),
        "ВидЦенПродажи_Key": basics.price_types["wholesale"],
    }


def typical_agreement(basics: Basics, ref: str, now: datetime) -> dict[str, Any]:
    """Make the agreement that most customers buy under."""
    return {
        "Ref_Key": ref,
        "Description": "Оптовые продажи, отсрочка 14 дней",
        "Номер": "1",
        "Дата": now - timedelta(days=1500),
        "Типовое": True,
        "Организация_Key": basics.organization,
        "Валюта_Key": basics.rouble,
        "ВидЦен_Key": basics.price_types["wholesale"],
        "ЦенаВключаетНДС": True,
        "ИспользуетсяВРаботеТорговыхПредставителей": True,
        "Статус": "Действует",
        "Согласован": True,
        "ХозяйственнаяОперация": "РеализацияКлиенту",
        "ФормаОплаты": "Безналичная",
        "Склад_Key": basics.warehouses["main"],
    }


def own_agreements(rng: Random, basics: Basics, customers: list[Counterparty], now: datetime) -> list[dict[str, Any]]:
    """Give every tenth customer an agreement of its own."""
    made = []
    for number, each in enumerate(customers[::10], start=2):
        each.agreement = reference(rng)
        made.append(
            typical_agreement(basics, each.agreement, now)
            | {
                "Description": f"Индивидуальное соглашение {each.name}"[:100],
                "Номер": str(number),
                "Дата": now - timedelta(days=rng.randint(30, 900)),
                "Типовое": False,
                "Партнер_Key": each.partner,
                "Контрагент_Key": each.ref,
                "ИспользуютсяДоговорыКонтрагентов": True,
            }
        )
    return made
