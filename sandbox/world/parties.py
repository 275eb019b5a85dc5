"""Whom the distributor sells to: partners, their outlets as child partners, counterparties, contracts, agreements."""

# ruff: noqa: PLR2004 - shares of an invented world; a name would say no more than the number

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final

from sandbox.world import party_cards, words
from sandbox.world.numbers import EMPTY_REF, inn_company, inn_person, kpp, reference

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.content import BaseContent
    from sandbox.world.basics import Basics

SUPPLIERS: Final = ("Волжские напитки АО", "Торговый дом Хрустик ООО", "Рыбный ряд ООО")
"""The first is the manufacturer itself."""

BRANCHES: Final = 30
"""How many counterparties at scale 1 are branches that share an INN with their head office."""


@dataclass(slots=True)
class Outlet:
    """A place where the distributor delivers: a child partner."""

    ref: str
    name: str
    address: str
    counterparty: Counterparty


@dataclass(slots=True)
class Counterparty:
    """A legal person or an entrepreneur, with the partner it belongs to and its outlets."""

    ref: str
    partner: str
    name: str
    inn: str
    kpp: str
    town: tuple[str, str, str]
    person: bool = False
    head: Counterparty | None = None
    contract: str = EMPTY_REF
    agreement: str = EMPTY_REF
    outlets: list[Outlet] = field(default_factory=list)


@dataclass(slots=True)
class Parties:
    """Everybody; ``suppliers`` are among ``counterparties`` and have no outlets."""

    counterparties: list[Counterparty]
    suppliers: list[Counterparty]
    outlets: list[Outlet]
    content: BaseContent


def parties(seed: int, scale: int, basics: Basics, now: datetime) -> Parties:
    """Make 900 counterparties and 1,400 outlets a scale, with their contracts and agreements."""
    rng = Random(f"{seed}:parties")
    everybody = _counterparties(rng, 900 * scale, BRANCHES * scale)
    suppliers = everybody[: len(SUPPLIERS)]
    outlets = _outlets(rng, everybody[len(SUPPLIERS) :], 1400 * scale)
    typical = reference(rng)
    for each in everybody:
        each.contract, each.agreement = reference(rng), typical
    content: BaseContent = {
        "Catalog_Партнеры": party_cards.partner_cards(rng, basics, everybody, suppliers, now),
        "Catalog_Контрагенты": [party_cards.counterparty_card(rng, each) for each in everybody],
        "Catalog_ДоговорыКонтрагентов": [
            party_cards.contract(rng, basics, each, number, now, supplier=number <= len(SUPPLIERS))
            for number, each in enumerate(everybody, start=1)
        ],
        "Catalog_СоглашенияСКлиентами": [party_cards.typical_agreement(basics, typical, now)],
    }
    content["Catalog_СоглашенияСКлиентами"] += party_cards.own_agreements(rng, basics, everybody[len(SUPPLIERS) :], now)
    return Parties(everybody, suppliers, outlets, content)


def _counterparties(rng: Random, count: int, branches: int) -> list[Counterparty]:
    taken: set[str] = set()
    made = [_company(rng, name, words.TOWNS[0], taken) for name in SUPPLIERS]
    while len(made) < count - branches:
        town = rng.choice(words.TOWNS)
        if rng.random() < 0.55:
            made.append(_entrepreneur(rng, town, taken))
            continue
        firm = rng.choice(words.FIRMS)
        second = f"-{rng.choice(words.FIRMS)}" if rng.random() < 0.5 else ""
        made.append(_company(rng, f"{firm}{second} ООО", town, taken))
    heads = [each for each in made[len(SUPPLIERS) :] if not each.person][: max(1, branches // 5)]
    for number in range(branches):
        head = heads[number % len(heads)]
        town = rng.choice(words.TOWNS)
        serial = number // len(heads) + 1
        name = f"{head.name} (обособленное подразделение {serial})"
        ref, tax_code = reference(rng), kpp(head.inn, serial, branch=True)
        made.append(Counterparty(ref, head.partner, name, head.inn, tax_code, town, head=head))
    return made


def _company(rng: Random, name: str, town: tuple[str, str, str], taken: set[str]) -> Counterparty:
    inn = inn_company(rng, town[2])
    while inn in taken:
        inn = inn_company(rng, town[2])
    taken.add(inn)
    return Counterparty(reference(rng), reference(rng), name, inn, kpp(inn), town)


def _entrepreneur(rng: Random, town: tuple[str, str, str], taken: set[str]) -> Counterparty:
    inn = inn_person(rng, town[2])
    while inn in taken:
        inn = inn_person(rng, town[2])
    taken.add(inn)
    surname, initials = rng.choice(words.SURNAMES), rng.choice(words.INITIALS)
    name = rng.choice((f"{surname} {initials} ИП", f"ИП {surname} {initials}", f"{surname} ИП"))
    return Counterparty(reference(rng), reference(rng), name, inn, "", town, person=True)


def _outlets(rng: Random, customers: list[Counterparty], count: int) -> list[Outlet]:
    """Share the outlets out: a few chains with dozens, most customers with one, some with none."""
    owners: list[Counterparty] = []
    chains = rng.sample([each for each in customers if not each.person and not each.head], k=max(1, count // 175))
    for number, chain in enumerate(chains):
        owners += [chain] * max(8, 60 - number * 7)
    singles = [each for each in customers if rng.random() < 0.9]
    owners += singles[: count - len(owners)]
    owners += rng.choices(customers, k=max(0, count - len(owners)))
    labels = {id(chain): words.CHAINS[number % len(words.CHAINS)] for number, chain in enumerate(chains)}
    made = []
    for owner in owners[:count]:
        address = party_cards.address(rng, owner.town if rng.random() < 0.6 else rng.choice(words.TOWNS))
        label = labels.get(id(owner))
        outlet = Outlet(reference(rng), _outlet_name(rng, owner, address, label), address, owner)
        owner.outlets.append(outlet)
        made.append(outlet)
    return made


def _outlet_name(rng: Random, owner: Counterparty, address: str, label: str | None) -> str:
    street = ", ".join(address.split(", ")[-2:])
    if label:
        return f"{label} №{len(owner.outlets) + 1} {street}"[:100]
    shop = rng.choice(words.SHOPS)
    return rng.choice(
        (f"{owner.name} {shop}", f"{shop} {street}", f"{owner.name} ({street})", f"{owner.name} {street}")
    )[:100]
