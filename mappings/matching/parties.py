"""Suggestions for counterparties and trade outlets: keys first, then addresses and names.

The probabilities here are set, not learnt: no set of pairs with two sides was there to learn from. Green therefore
needs plain facts that agree (a key, or a house with its street and town), never a likeness alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mappings.matching.addresses import Address, parsed, same_house
from mappings.matching.exact_keys import Proof, proofs
from mappings.matching.goods import PROVEN, contested, proven_state
from mappings.matching.identifiers import gln, inn, kpp
from mappings.matching.needs import need
from mappings.matching.reasons import Reason
from mappings.matching.suggestion import Candidate, Suggestion
from mappings.matching.vectors import letters, rarity, scaled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mappings.matching.exact_keys import Keys
    from mappings.matching.records import Item
    from mappings.matching.suggestion import State

FORMS: Final = re.compile(
    r"\b(?:общество с ограниченной ответственностью|индивидуальный предприниматель|акционерное общество|"
    r"ооо|оао|зао|пао|ао|ип|чп|гк|фгуп|муп|тоо|ltd|llc|торговый дом|тд)\b"
)
GENERIC: Final = frozenset(
    (
        "магазин",
        "маг",
        "супермаркет",
        "минимаркет",
        "киоск",
        "павильон",
        "ларек",
        "продукты",
        "кафе",
        "бар",
        "ресторан",
        "аптека",
        "универсам",
        "торговый",
        "центр",
    )
)  # fmt: skip
"""What shops are called by what they are."""

FOUND: Final = 20
STREET_ALIKE, NAME_ALIKE = 85.0, 80.0
GREEN, CHECK, FAINT = 0.985, 0.6, 0.15


@dataclass(frozen=True, slots=True)
class Party:
    """What of a counterparty or an outlet is compared."""

    inn: str
    kpp: str
    gln: str
    name: str
    address: Address

    @classmethod
    def of(cls, item: Item) -> Party:
        """Take an item apart; numbers whose check digits are wrong prove nothing and are left out."""
        return cls(inn(item.inn), kpp(item.kpp), gln(item.gln), plain_name(item.name), parsed(item.address))


def plain_name(text: str) -> str:
    """Return a company's or an outlet's name without legal form, quotes and signs."""
    lowered = re.sub(r"[^\w\s]", " ", text.lower().replace("ё", "е"))
    return " ".join(FORMS.sub(" ", " ".join(lowered.split())).split()) or " ".join(lowered.split())


def suggest_counterparties(
    ours: Sequence[Item], theirs: Sequence[Item], *, confirmed: Mapping[str, str] | None = None, top: int = 5
) -> list[Suggestion]:
    """Return a suggestion for each of our counterparties, in their order."""
    return _suggest(ours, theirs, company_keys(confirmed or {}), top, outlets=False)


def suggest_outlets(
    ours: Sequence[Item], theirs: Sequence[Item], *, confirmed: Mapping[str, str] | None = None, top: int = 5
) -> list[Suggestion]:
    """Return a suggestion for each of our outlets, in their order."""
    return _suggest(ours, theirs, outlet_keys(confirmed or {}), top, outlets=True)


def company_keys(confirmed: Mapping[str, str]) -> Keys:
    """Return the keys of counterparties: INN with KPP, INN where neither side has a KPP, GLN, the confirmed name."""

    def with_kpp(item: Item) -> list[str]:
        return [f"{inn(item.inn)}/{kpp(item.kpp)}"] if inn(item.inn) and kpp(item.kpp) else []

    def bare(item: Item) -> list[str]:
        return [inn(item.inn)] if inn(item.inn) and not kpp(item.kpp) else []

    return (("ИНН + КПП", with_kpp, with_kpp), ("ИНН", bare, bare), *outlet_keys(confirmed))


def outlet_keys(confirmed: Mapping[str, str]) -> Keys:
    """Return the keys of outlets: GLN, the manufacturer's code kept in 1C, the name that was confirmed."""
    by_name: dict[str, set[str]] = defaultdict(set)
    for name, their_id in confirmed.items():
        by_name[_whole_name(name)].add(their_id)

    def code(item: Item) -> list[str]:
        return [item.their_code.strip()] if item.their_code.strip() else []

    def number(item: Item) -> list[str]:
        return list(filter(None, [gln(item.gln)]))

    def before(item: Item) -> list[str]:
        ids = by_name.get(_whole_name(item.name), set())
        return list(ids) if len(ids) == 1 else []

    return (
        ("GLN", number, number),
        ("код производителя", code, lambda item: [item.id]),
        ("подтверждено раньше", before, lambda item: [item.id]),
    )


def _whole_name(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())


def _suggest(ours: Sequence[Item], theirs: Sequence[Item], keys: Keys, top: int, *, outlets: bool) -> list[Suggestion]:
    if not ours or not theirs:
        return [Suggestion(item.id, item.name, "none") for item in ours]
    here, there = [Party.of(item) for item in ours], [Party.of(item) for item in theirs]
    proven = proofs(ours, theirs, keys)
    made = []
    for row, places in enumerate(_near(here, there, outlets=outlets)):
        proof = proven.get(row)
        found = [_compared(here[row], there[place], place, theirs, outlets=outlets) for place in places]
        found.sort(key=lambda each: (-each[1].score, each[0]))
        candidates, state, note = _decided(found, theirs, proof)
        if not note and ours[row].inn.strip() and not here[row].inn:
            note = "наш ИНН неверен: контрольная цифра не сходится"
        made.append(Suggestion(ours[row].id, ours[row].name, state, tuple(candidates[:top]), note))
    return contested(made)


def _decided(
    found: list[tuple[int, Candidate]], theirs: Sequence[Item], proof: Proof | None
) -> tuple[list[Candidate], State, str]:
    """Return the candidates in their final order, the state and what is to be noted."""
    candidates = [candidate for _, candidate in found]
    state, note = _state(candidates)
    if proof is None:
        return candidates, state, note
    state, note = proven_state(proof, state, note, theirs)
    first = [_proven(place, names, theirs, dict(found)) for place, names in proof.found.items()]
    return first + [candidate for place, candidate in found if place not in proof.found], state, note


def _proven(place: int, names: list[str], theirs: Sequence[Item], found: dict[int, Candidate]) -> Candidate:
    said = found[place].reasons if place in found else ()
    reasons = (*(Reason(name, agrees=True) for name in names), *said)
    score = found[place].score if place in found else 0.0
    return Candidate(theirs[place].id, theirs[place].name, PROVEN, score, reasons, ", ".join(names))


def _state(candidates: list[Candidate]) -> tuple[State, str]:
    if not candidates or candidates[0].probability < FAINT:
        return "none", ""
    best = candidates[0]
    if best.probability < GREEN:
        return "check", ""
    if len(candidates) > 1 and candidates[1].probability >= GREEN:
        return "check", "по этому адресу у производителя несколько точек"
    return "green", ""


def _near(ours: Sequence[Party], theirs: Sequence[Party], *, outlets: bool) -> Iterator[set[int]]:
    """Yield for each of ours the places of theirs that are worth a look: by INN, by house and street, by likeness."""
    by_inn: dict[str, list[int]] = defaultdict(list)
    by_house: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, party in enumerate(theirs):
        if party.inn:
            by_inn[party.inn].append(place)
        for key in _house_keys(party):
            by_house[key].append(place)
    alike = _alike(
        [_text(party, outlets=outlets) for party in ours], [_text(party, outlets=outlets) for party in theirs]
    )
    for party, near in zip(ours, alike, strict=True):
        known = set(by_inn[party.inn][:FOUND]) if party.inn in by_inn else set()
        houses = {place for key in _house_keys(party) for place in by_house.get(key, [])[:FOUND]} if outlets else set()
        yield known | houses | set(near)


def _house_keys(party: Party) -> list[tuple[str, str]]:
    house = re.match(r"\d*", party.address.house)
    return [(house[0], word[:5]) for word in party.address.street if len(word) > 2] if house and house[0] else []  # noqa: PLR2004 - initials


def _text(party: Party, *, outlets: bool) -> str:
    return f"{party.address.text} {party.name}".strip() if outlets else party.name


def _alike(ours: Sequence[str], theirs: Sequence[str]) -> list[list[int]]:
    a, b = letters(ours, (3, 4)), letters(theirs, (3, 4))
    weight = rarity(a, b)
    found = need("sparse_dot_topn").sp_matmul_topn(
        scaled(a, weight), scaled(b, weight).T.tocsr(), top_n=FOUND, sort=False, n_threads=1
    )
    return [found.indices[low:high].tolist() for low, high in zip(found.indptr, found.indptr[1:], strict=False)]


def _compared(ours: Party, theirs: Party, place: int, items: Sequence[Item], *, outlets: bool) -> tuple[int, Candidate]:
    said: list[Reason] = []
    key = _key_score(ours, theirs, said)
    name = _name_score(ours.name, theirs.name, said)
    where, certain = _address_score(ours.address, theirs.address, said)
    if outlets:
        score = 3 * key + 6 * where + 3 * name
        probability = _outlet_probability(key, where, name, certain=certain)
    else:
        score = 6 * key + 2 * where + 5 * name
        probability = CHECK + 0.3 * key if key > 0 else 0.0 if key < 0 else max(0.0, name - 0.25) ** 2
    item = items[place]
    return place, Candidate(item.id, item.name, round(min(probability, 0.99), 4), round(score, 3), tuple(said))


def _key_score(ours: Party, theirs: Party, said: list[Reason]) -> float:
    if not ours.inn or not theirs.inn:
        return 0.0
    if ours.inn != theirs.inn:
        said.append(Reason("ИНН", agrees=False, detail=f"{ours.inn} и {theirs.inn}"))
        return -1.0
    said.append(Reason("ИНН", agrees=True, detail=ours.inn))
    if ours.kpp and theirs.kpp and ours.kpp != theirs.kpp:
        said.append(Reason("КПП", agrees=False, detail=f"{ours.kpp} и {theirs.kpp}"))
        return 0.5
    return 1.0


def _name_score(ours: str, theirs: str, said: list[Reason]) -> float:
    """Return the likeness of names, 0…1, by the words that are not what every shop is called."""
    fuzz = need("rapidfuzz.fuzz")
    a, b = ([word for word in name.split() if word not in GENERIC] or name.split() for name in (ours, theirs))
    if not a or not b:
        return 0.0
    likeness = float(fuzz.token_sort_ratio(" ".join(a), " ".join(b)))
    contained = float(fuzz.token_set_ratio(" ".join(a), " ".join(b))) if min(len(a), len(b)) > 1 else likeness
    share = max(likeness, 0.9 * contained)
    agrees = True if share >= NAME_ALIKE else None if share >= NAME_ALIKE / 2 else False
    said.append(Reason("название", agrees=agrees, detail=f"{share:.0f} %"))
    return share / 100


def _address_score(ours: Address, theirs: Address, said: list[Reason]) -> tuple[float, bool]:
    """Return how far addresses agree (-1…1), and whether house, street and town all do."""
    if not ours.text or not theirs.text:
        return 0.0, False
    house, street, town = same_house(ours, theirs), _street(ours, theirs), _town(ours, theirs)
    for title, agrees, detail in (
        ("дом", house, " ".join(filter(None, (ours.house, ours.block, ours.building)))),
        ("улица", street, " ".join(sorted(ours.street))),
        ("город", town, " ".join(sorted(ours.towns))),
    ):
        if agrees is not None:
            said.append(Reason(title, agrees=agrees, detail=detail))
    weights = ((house, 0.4), (street, 0.35), (town, 0.25))
    score = sum(weight if agrees else -weight for agrees, weight in weights if agrees is not None)
    # Villages have houses without streets; a city's house without one says nothing.
    placed = street is True or (street is None and not ours.street and not theirs.street and bool(ours.towns))
    return score, house is True and placed and town is True


def _street(ours: Address, theirs: Address) -> bool | None:
    if not ours.street or not theirs.street:
        return None
    a, b = ({word for word in address.street if word not in ("им", "имени")} for address in (ours, theirs))
    numbers = [{word for word in side if word[:1].isdigit()} for side in (a, b)]
    if numbers[0] != numbers[1]:
        return False
    likeness = need("rapidfuzz.fuzz").token_sort_ratio(" ".join(sorted(a)), " ".join(sorted(b)))
    return a <= b or b <= a or bool(likeness >= STREET_ALIKE)


def _town(ours: Address, theirs: Address) -> bool | None:
    if not ours.towns or not theirs.towns:
        if ours.postcode and theirs.postcode:
            return ours.postcode == theirs.postcode or None
        return None
    common = ours.towns & theirs.towns
    if common and ours.regions and theirs.regions and not ours.regions & theirs.regions:
        return False
    return bool(common)


def _outlet_probability(key: float, where: float, name: float, *, certain: bool) -> float:
    if key < 0:
        return 0.05 if not certain else CHECK / 2
    if certain:
        return 0.995 if key > 0 else GREEN
    if where < 0:
        return 0.05
    base = 0.35 * (key > 0) + 0.35 * where + 0.35 * name
    return float(np.clip(base, 0.0, 0.9))
