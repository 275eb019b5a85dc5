"""Our outlets out of what 1C has of them: cards, addresses, counterparties. What an outlet is, the link chose.

Each outlet gets its address and its legal person by a named rule, or the reason why it has none:

* ``карточка``: the outlet's own card (or document) names the counterparty;
* ``единственный``: the outlet's partner, or else the partner above it, has exactly one;
* ``головной``: of several, the one head office, where the link takes it;
* ``документы``: of several, the only one that shipments to the outlet name, where the link looks there.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from mappings.same_places import normal_address

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

Several = Literal["park", "main", "documents"]
"""What to do with a partner of several counterparties."""

PLACES: Final = frozenset({"delivery_address", "contact_address"})
"""Choices of the profile where an outlet is an address of a partner, and has no reference of its own."""

CHILDREN: Final = frozenset({"child_partner", "branch"})
"""Choices where what others hang under is no outlet itself: partners, counterparties with branches."""

HEAD: Final = "головной партнёр, точки — его подчинённые"
NO_CUSTOMER: Final = "адрес не клиента"
REPEATED: Final = "тот же адрес того же партнёра"
NO_ADDRESS: Final = "адрес не заполнен"


class Counterparty(NamedTuple):
    """A legal person as far as outlets need it; ``head`` is its head office, itself or "" where it is one."""

    id: str
    name: str
    inn: str
    kpp: str
    partner: str
    head: str
    code: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet: ``counterparty`` by the ``rule`` named, or "" with the reason in ``rule``."""

    id: str
    name: str
    code: str = ""
    parent: str = ""
    counterparty: str = ""
    rule: str = ""
    address: str = ""
    their_code: str = ""
    blocked: bool = False
    deleted: bool = False


@dataclass(slots=True)
class Cards:
    """Outlets, the counterparties by reference, how many rows were read, and which of them are no outlets."""

    outlets: list[Outlet]
    counterparties: dict[str, Counterparty]
    read: int
    left_out: dict[str, int] = field(default_factory=dict)

    def frame(self, stopped: Collection[str] = ()) -> pd.DataFrame:
        """Return the outlets as a frame of ``model.OUTLETS``; ``stopped`` are blocked whatever their cards say."""
        import pandas as pd

        names = ("code", "name", "parent", "counterparty", "address", "their_code", "blocked", "deleted")
        columns = {"our_outlet": [each.id for each in self.outlets]}
        frame = pd.DataFrame(columns | {name: [getattr(each, name) for each in self.outlets] for name in names})
        frame["blocked"] = frame["blocked"].astype(bool) | frame["our_outlet"].isin(list(stopped))
        return frame


def place_id(partner: str, address: str) -> str:
    """Return the identity of an address as an outlet of a partner: the same for every way to write the address."""
    digest = hashlib.sha256(normal_address(address).encode()).hexdigest()[:12]
    return f"{partner}/{digest}"


def compose(
    choice: str,
    outlets: pd.DataFrame,
    *,
    counterparties: pd.DataFrame,
    addresses: pd.DataFrame | None = None,
    address_kind: str = "",
    several: Several = "park",
    payers: pd.DataFrame | None = None,
    partners: pd.DataFrame | None = None,
) -> Cards:
    """Compose outlets from readings of ``model.OUTLETS``, ``COUNTERPARTIES`` and ``OUTLET_ADDRESSES``.

    ``choice`` is the profile's word for what an outlet is; ``payers`` are rows of outlet and counterparty that
    documents name, asked only with ``several="documents"``; ``partners`` are the cards of the customers, where outlets
    are their addresses (:data:`PLACES`).
    """
    known = {each.id: each for each in _counterparties(counterparties)}
    cards = list(_cards(outlets))
    if choice in PLACES:
        kept, left_out = _places(cards, {} if partners is None else {card.id: card for card in _cards(partners)})
    else:
        kept, left_out = _without_heads(choice, cards)
    companies = _Companies(known.values(), several, payers)
    lines = _addresses(addresses, address_kind)
    made = []
    for card in kept:
        counterparty, rule = companies.of(card, choice)
        address = card.address or lines.get(card.id, "")
        outlet = replace(card, counterparty=counterparty, rule=rule, address=address)
        made.append(replace(outlet, id=place_id(card.id, address), parent=card.id) if choice in PLACES else outlet)
    return Cards(made, known, len(cards), {reason: count for reason, count in left_out.items() if count})


def _without_heads(choice: str, cards: list[Outlet]) -> tuple[list[Outlet], dict[str, int]]:
    """Leave partners out that others hang under, where the outlets are those others."""
    if choice not in CHILDREN:
        return cards, {}
    above = {card.parent for card in cards if card.parent and card.parent != card.id and not card.deleted}
    kept = [card for card in cards if card.id not in above]
    return kept, {HEAD: len(cards) - len(kept)}


def _places(cards: list[Outlet], partners: Mapping[str, Outlet]) -> tuple[list[Outlet], dict[str, int]]:
    """Keep each address of each customer once, as it was written last, with what the customer's card says."""
    last: dict[tuple[str, str], Outlet] = {}
    left: Counter[str] = Counter()
    for card in cards:
        address, partner = normal_address(card.address), partners.get(card.id)
        if partner is None or not address:
            left[NO_ADDRESS if partner else NO_CUSTOMER] += 1
            continue
        left[REPEATED] += (card.id, address) in last
        last[card.id, address] = replace(partner, code="", counterparty=card.counterparty, address=card.address)
    return list(last.values()), dict(left)


class _Companies:
    """Finds the counterparty of an outlet."""

    def __init__(self, known: Iterable[Counterparty], several: Several, payers: pd.DataFrame | None) -> None:
        self._several = several
        self._of: dict[str, list[Counterparty]] = defaultdict(list)
        for each in known:
            if each.partner and not each.deleted:
                self._of[each.partner].append(each)
        self._payers: dict[str, set[str]] = defaultdict(set)
        if payers is not None and several == "documents":
            for outlet, counterparty in _rows(payers, ("our_outlet", "counterparty")):
                self._payers[outlet].add(counterparty)

    def of(self, card: Outlet, choice: str) -> tuple[str, str]:
        """Return the counterparty and the rule that gave it, or "" and why there is none."""
        if card.counterparty:
            return card.counterparty, "карточка"
        if choice == "branch":
            # The branch of a legal person is served for that person; one that stands alone pays for itself.
            return (card.parent, "головной") if card.parent else (card.id, "карточка")
        found = self._of.get(card.id) or self._of.get(card.parent) or []
        if not found:
            return "", "в карточке точки нет контрагента" if choice == "catalog" else "у партнёра нет контрагента"
        if len(found) == 1:
            return found[0].id, "единственный"
        return self._one_of(found, card)

    def _one_of(self, found: Sequence[Counterparty], card: Outlet) -> tuple[str, str]:
        ids = {each.id for each in found}
        if self._several == "main":
            heads = [each for each in found if each.head in {"", each.id} or each.head not in ids]
            if len(heads) == 1:
                return heads[0].id, "головной"
        if self._several == "documents":
            named = self._payers.get(card.id, set()) & ids
            if len(named) == 1:
                return next(iter(named)), "документы"
        listed = ", ".join(sorted(each.name for each in found)[:5])
        return "", f"у партнёра несколько контрагентов ({len(found)}): {listed}"


# -- frames to values --------------------------------------------------------------------------------------------------


def _rows(
    frame: pd.DataFrame, names: Sequence[str], empty: Mapping[str, Any] | None = None
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of some columns; one that is missing is filled with ``empty`` or ""."""
    filled = empty or {}
    columns = [
        frame[name].astype(object).tolist() if name in frame.columns else [filled.get(name, "")] * len(frame)
        for name in names
    ]
    yield from zip(*columns, strict=True)


def _cards(frame: pd.DataFrame) -> Iterator[Outlet]:
    names = ("our_outlet", "name", "code", "parent", "counterparty", "address", "their_code", "blocked", "deleted")
    flags = {"blocked": False, "deleted": False}
    for own, name, code, parent, counterparty, address, theirs, blocked, deleted in _rows(frame, names, flags):
        texts = (own, name.strip(), code.strip(), parent, counterparty)
        yield Outlet(*texts, "", address.strip(), theirs.strip(), bool(blocked), bool(deleted))


def _counterparties(frame: pd.DataFrame) -> Iterator[Counterparty]:
    names = ("our_counterparty", "name", "inn", "kpp", "partner", "head", "code", "deleted")
    for own, name, tax_code, branch, partner, head, code, deleted in _rows(frame, names, {"deleted": False}):
        yield Counterparty(
            own, name.strip(), tax_code.strip(), branch.strip(), partner, head, code.strip(), bool(deleted)
        )


def _addresses(frame: pd.DataFrame | None, kind: str) -> dict[str, str]:
    """Return the address of each outlet: of the kind that the link names, else the first of its card."""
    if frame is None:
        return {}
    rows = sorted(
        _rows(frame, ("our_outlet", "line", "address_kind", "address")), key=lambda row: (row[2] != kind, row[1])
    )
    found: dict[str, str] = {}
    for outlet, _, _, address in rows:
        if address.strip():
            found.setdefault(outlet, address.strip())
    return found
