"""Outlets: our classifier of trade outlets, and the list of those that nothing may be sold to.

Where a row ends, each by the name under which the report counts it:

* ``помечена на удаление``: not told to the manufacturer; where it knows the outlet, it is banned there;
* ``контрагент не определён``: the legal person cannot be told (the rule that failed stands in the reason): it waits;
* ``нет кода``: codes leave instead of references, and the outlet or its counterparty has none: it waits.

Why an outlet is banned, the first that holds: it is marked for deletion; the link's stop list names it; its card's flag
says so; every contract of its counterparty has expired; it is no outlet in 1C any more; its code or counterparty
changed, and the pair that was sent before must not be ordered for. The list is sent whole: the last one holds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from mappings.same_places import filler, normal_address, normal_name
from mappings.tax_codes import inn
from mappings.translate.result import SET_ASIDE_COLUMNS, Counts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import date

    import pandas as pd

    from mappings.outlet_cards import Cards, Counterparty, Outlet

DELETED: Final = "помечена на удаление"
STOPPED: Final = "стоп-лист связи"
FLAGGED: Final = "флажок в карточке"
EXPIRED: Final = "договор истёк"
VANISHED: Final = "больше не точка в 1С"
REPLACED: Final = "код или контрагент сменились"
UNCHANGED: Final = "без изменений"
NO_COMPANY: Final = "контрагент не определён"
NO_CODE: Final = "нет кода"

ROW: Final = ("outlet_code", "company_code", "outlet_name", "company_name", "address", "inn")
BAN: Final = ("company_code", "outlet_code")


class Identity(NamedTuple):
    """What the manufacturer knows an outlet by: the codes of its counterparty and of itself."""

    company: str
    outlet: str


class Row(NamedTuple):
    """A row of the classifier."""

    our_outlet: str
    outlet_code: str
    company_code: str
    outlet_name: str
    company_name: str
    address: str
    inn: str

    @property
    def identity(self) -> Identity:
        """What the manufacturer knows it by."""
        return Identity(self.company_code, self.outlet_code)


class Ban(NamedTuple):
    """An outlet that nothing may be sold to, and why."""

    identity: Identity
    name: str
    reason: str


class Flag(NamedTuple):
    """Something that a person should look at; it stops nothing."""

    our_id: str
    name: str
    flag: str
    said: str


@dataclass(frozen=True, slots=True)
class Stops:
    """What is blocked: outlets or counterparties by reference, code, name or INN; and whose contracts have expired."""

    listed: Collection[str] = ()
    expired: Collection[str] = ()

    def names(self, *words: str) -> bool:
        """Whether the stop list has one of these."""
        return any(word and word.strip().casefold() in self.listed for word in words)


@dataclass(frozen=True, slots=True)
class Told:
    """What the manufacturer was told before: outlet → identity, and the pairs that were banned as replaced."""

    outlets: Mapping[str, Identity] = field(default_factory=dict)
    replaced: Collection[Identity] = ()


@dataclass(slots=True)
class Classifier:
    """The classifier and the ban list as they should stand at the manufacturer, and where each row that was read ended.

    ``counts.sent`` counts ``rows``; :meth:`only` takes those out that need not leave.
    """

    rows: list[Row]
    bans: list[Ban]
    flags: list[Flag]
    counts: Counts
    set_aside: pd.DataFrame

    def only(self, keys: Collection[str]) -> Classifier:
        """Return it with the rows of some outlets; the others are counted as unchanged."""
        rows = [row for row in self.rows if row.our_outlet in keys]
        counts = Counts(self.counts.read, len(rows), dict(self.counts.left_out), dict(self.counts.unmatched))
        counts.lines = len(rows)
        if len(rows) < len(self.rows):
            counts.left_out[UNCHANGED] = len(self.rows) - len(rows)
        counts.check()
        return Classifier(rows, self.bans, self.flags, counts, self.set_aside)

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the frames of both schemes: the classifier's and the ban list's."""
        import pandas as pd

        outlets = pd.DataFrame([row[1:] for row in self.rows], columns=list(ROW), dtype=object)
        return outlets, pd.DataFrame([tuple(ban.identity) for ban in self.bans], columns=list(BAN), dtype=object)


def expired_companies(contracts: pd.DataFrame, today: date) -> set[str]:
    """Return the counterparties all of whose contracts (``model.CONTRACTS``, with customers) ended before ``today``.

    A contract without an end is in force for ever; who has no contract at all is not blocked by this rule.
    """
    import pandas as pd

    ends: dict[str, bool] = {}
    for counterparty, until in zip(contracts["counterparty"].astype(object), contracts["until"], strict=True):
        over = not pd.isna(until) and until.date() < today
        ends[counterparty] = ends.get(counterparty, True) and over
    return {counterparty for counterparty, over in ends.items() if over and counterparty}


def blocked(cards: Cards, stops: Stops) -> dict[str, str]:
    """Return the outlets that nothing may be sold to, each with the first rule that says so."""
    found = {
        outlet.id: _stopped(outlet, cards.counterparties.get(outlet.counterparty), stops) for outlet in cards.outlets
    }
    return {our_id: reason for our_id, reason in found.items() if reason}


def translate(
    cards: Cards,
    *,
    outlet_codes: Mapping[str, str],
    company_codes: Mapping[str, str],
    stopped: Mapping[str, str],
    told: Told,
) -> Classifier:
    """Translate our outlets.

    ``…_codes``: what of ours leaves (:mod:`mappings.codes`), "" = it has to wait; ``stopped`` is from :func:`blocked`.
    """
    rows: list[Row] = []
    bans: list[Ban] = []
    waiting: list[tuple[Outlet, str, str]] = []
    left_out = Counter(cards.left_out)
    for outlet in cards.outlets:
        company = cards.counterparties.get(outlet.counterparty)
        row, reason, said = _row(outlet, company, outlet_codes, company_codes)
        known = row.identity if row and not outlet.deleted else told.outlets.get(outlet.id)
        if known and outlet.id in stopped:
            bans.append(Ban(known, outlet.name, stopped[outlet.id]))
        if outlet.deleted:
            left_out[DELETED] += 1
        elif row:
            rows.append(row)
        else:
            waiting.append((outlet, reason, said))
    bans += _strays(cards, rows, told)
    unmatched = Counter(reason for _, reason, _ in waiting)
    counts = Counts(cards.read, len(rows), dict(left_out), dict(unmatched), lines=len(rows))
    counts.check()
    flags = [*_flags(cards, rows), *_twins(rows)]
    return Classifier(rows, _once(bans), flags, counts, _aside(waiting))


def _row(
    outlet: Outlet, company: Counterparty | None, outlet_codes: Mapping[str, str], company_codes: Mapping[str, str]
) -> tuple[Row | None, str, str]:
    """Return an outlet's row, or why it waits: the rule's name and a sentence."""
    if company is None:
        said = outlet.rule or "контрагента из карточки нет в справочнике"
        todo = "Укажите контрагента в 1С или правило «Если у партнёра несколько контрагентов» в настройках связи."
        return None, NO_COMPANY, f"{said[0].upper()}{said[1:]}. {todo}"
    outlet_code, company_code = outlet_codes.get(outlet.id, ""), company_codes.get(company.id, "")
    if not outlet_code or not company_code:
        whose = "точки" if not outlet_code else f"контрагента «{company.name}»"
        return None, NO_CODE, f"У {whose} в 1С нет кода. Заполните код или отправляйте ссылки (настройка «Наши коды»)."
    return Row(outlet.id, outlet_code, company_code, outlet.name, company.name, outlet.address, company.inn), "", ""


def _stopped(outlet: Outlet, company: Counterparty | None, stops: Stops) -> str:
    """Return why nothing may be sold to an outlet, "" where nothing speaks against it."""
    words = (outlet.id, outlet.code, outlet.name)
    if outlet.deleted:
        return DELETED
    if stops.names(*words) or (company and stops.names(company.id, company.inn, company.name)):
        return STOPPED
    if outlet.blocked:
        return FLAGGED
    return EXPIRED if company and company.id in stops.expired else ""


def _strays(cards: Cards, rows: Iterable[Row], told: Told) -> Iterator[Ban]:
    """Yield bans of what the manufacturer knows and 1C has no more, or has under another code."""
    now = {row.our_outlet: row.identity for row in rows}
    there = {outlet.id for outlet in cards.outlets}
    in_use = set(now.values())
    for our_outlet, identity in told.outlets.items():
        if our_outlet not in there and identity not in in_use:
            yield Ban(identity, "", VANISHED)
        elif now.get(our_outlet, identity) != identity and identity not in in_use:
            yield Ban(identity, "", REPLACED)
    yield from (Ban(identity, "", REPLACED) for identity in told.replaced if identity not in in_use)


def _once(bans: Iterable[Ban]) -> list[Ban]:
    """Return each banned pair once, in the order of its codes, by the first reason given."""
    found: dict[Identity, Ban] = {}
    for ban in bans:
        found.setdefault(ban.identity, ban)
    return [found[identity] for identity in sorted(found)]


def _flags(cards: Cards, rows: Iterable[Row]) -> Iterator[Flag]:
    rows = list(rows)
    wrong = {each.id for each in cards.counterparties.values() if each.inn and not inn(each.inn)}
    owner = {outlet.id: outlet.counterparty for outlet in cards.outlets}
    for row in rows:
        if filler(row.outlet_name):
            yield Flag(
                row.our_outlet, row.outlet_name, "имя-заглушка", "Дайте точке наименование, по которому её узнают."
            )
        if not normal_address(row.address):
            yield Flag(
                row.our_outlet, row.outlet_name, "нет адреса", "Без адреса точку трудно сопоставить: заполните его."
            )
        if owner[row.our_outlet] in wrong:
            said = f"ИНН {row.inn} контрагента «{row.company_name}» не проходит проверку: исправьте его в 1С."
            yield Flag(row.our_outlet, row.outlet_name, "ИНН с ошибкой", said)


def _twins(rows: Iterable[Row]) -> Iterator[Flag]:
    """Yield outlets that look like one: same address and the same counterparty, INN or name."""
    same: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        address = normal_address(row.address)
        if address:
            for key in {row.inn or row.company_code, normal_name(row.outlet_name)}:
                same[address, key].append(row)
    told: set[str] = set()
    for twins in same.values():
        for row in twins if len(twins) > 1 else ():
            if row.our_outlet not in told:
                told.add(row.our_outlet)
                others = ", ".join(f"«{each.outlet_name}»" for each in twins if each is not row)[:200]
                yield Flag(row.our_outlet, row.outlet_name, "возможный дубль", f"Тот же адрес, что у {others}.")


def _aside(waiting: Iterable[tuple[Outlet, str, str]]) -> pd.DataFrame:
    import pandas as pd

    rows = [("outlet", outlet.id, outlet.name, reason, said, 0, 0) for outlet, reason, said in waiting]
    return pd.DataFrame(rows, columns=list(SET_ASIDE_COLUMNS))
