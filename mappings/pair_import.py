"""Correspondences from a table that people fill: a file is imported wholly or not at all, all faults told at once."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

from sqlalchemy import select

from foundation.errors import Fault, Impossible
from mappings.correspondences import confirm_many
from mappings.pairs import Pair
from mappings.tables import CorrespondenceRow, OurItemRow, TheirItemRow
from mappings.tabular import file_faults, read_lines
from mappings.translate.targets import NO_PAIR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from mappings.pairs import PairKind
    from mappings.tabular import Line

HEADS: Final = {
    "kind": ("вид", "kind"),
    "reference": ("ссылка", "our_ref", "ref"),
    "ours": ("наш код", "our_id", "our_code", "код", "код 1с", "наш товар"),
    "article": ("артикул", "article"),
    "inn": ("инн", "inn"),
    "kpp": ("кпп", "kpp"),
    "theirs": ("их код", "their_id", "their_code", "код производителя", "код товара производителя", "wareid"),
    "our_unit": ("наша единица", "our_unit"),
    "their_unit": ("единица", "their_unit", "их единица", "единица производителя", "unitid"),
    "numerator": ("числитель", "numerator"),
    "denominator": ("знаменатель", "denominator"),
    "factor": ("коэффициент", "factor"),
    "note": ("примечание", "note"),
}
"""Columns and how people head them; other columns are left alone."""

KINDS: Final[dict[str, PairKind]] = {
    "": "good",
    "товар": "good",
    "единица": "unit",
    "склад": "warehouse",
    "контрагент": "counterparty",
    "точка": "outlet",
    "торговая точка": "outlet",
    "good": "good",
    "unit": "unit",
    "warehouse": "warehouse",
    "counterparty": "counterparty",
    "outlet": "outlet",
}

NUMBER: Final = re.compile(r"\d{1,18}(?:\.\d{1,12})?")
ZEROS: Final = "Если код начинается с нулей, задайте колонке в Excel формат «Текстовый»."


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file did: rows read; pairs made, put in the place of others, found there already."""

    rows: int
    made: int
    replaced: int
    same: int


class Wrong(Exception):
    """What is wrong with one row, in Russian and English."""

    def __init__(self, column: str, said: str, en: str) -> None:
        super().__init__(said)
        self.column, self.said, self.en = column, said, en


def import_file(
    session: Session,
    link_id: int,
    path: Path,
    *,
    author: str,
    kind: PairKind = "good",
    at: datetime | None = None,
    open_rows: bool = False,
) -> Imported:
    """Import pairs from a CSV or Excel file; columns by :data:`HEADS`, ours by reference, code, article or ИНН and КПП.

    A row without a kind is of ``kind``. ``open_rows``: rows without a code of theirs are nobody's decision yet and are
    passed over, as in a work list that is filled step by step; else they are faults.

    A row pairs a good, and with a unit and factor (``12``, ``0,5``, ``1/3``: their
    units in one of ours) its unit too. An outlet of theirs is one of ours only, as an order has one place to go.
    Raises Faults with every fault and its row; nothing is imported then.
    """
    names = {head: column for column, heads in HEADS.items() for head in heads}
    lines, columns = read_lines(path, names)
    if open_rows:
        lines = [line for line in lines if line.get("theirs")]
    for line in lines:
        line.cells["kind"] = line.get("kind") or kind
    lookup = Lookup(session, link_id)
    faults = _missing_columns(columns) or lookup.missing(lines)
    pairs: dict[tuple[str, str, str], Pair] = {}
    rows_of: dict[tuple[str, str, str], int] = {}
    for line in [] if faults else lines:
        try:
            for pair in _pairs(line, lookup):
                key = (pair.kind, *pair.key)
                if key in pairs and pairs[key].target != pair.target:
                    said = f"противоречит строке {rows_of[key]}: то же самое сопоставлено с другим"
                    raise Wrong("их код", said, f"contradicts row {rows_of[key]}")  # noqa: TRY301 - told with the rest
                pairs.setdefault(key, pair)
                rows_of.setdefault(key, line.number)
        except Wrong as wrong:
            faults.append(Fault(f"строка {line.number}, {wrong.column}", wrong.said, wrong.en))
    faults += _shared(session, link_id, pairs, rows_of)
    if faults:
        raise file_faults(path, faults)
    done = confirm_many(session, link_id, list(pairs.values()), author=author, at=at)
    return Imported(len(lines), done.made, done.replaced, done.same)


def _shared(
    session: Session,
    link_id: int,
    pairs: Mapping[tuple[str, str, str], Pair],
    rows_of: Mapping[tuple[str, str, str], int],
) -> list[Fault]:
    """Return a fault for each outlet of theirs that would be two of ours, in the file or with what is in force."""
    pair = CorrespondenceRow
    asked = select(pair.their_id, pair.our_id).where(
        pair.link_id == link_id, pair.kind == "outlet", pair.ended_at.is_(None)
    )
    renewed = {our_id for kind, our_id, _ in pairs if kind == "outlet"}
    taken = {their_id: our_id for their_id, our_id in session.execute(asked) if our_id not in renewed}
    faults = []
    for key, each in pairs.items():
        if each.kind == "outlet" and taken.setdefault(each.their_id, each.our_id) != each.our_id:
            said = f"точка {each.their_id} производителя уже сопоставлена с другой нашей точкой: {taken[each.their_id]}"
            faults.append(Fault(f"строка {rows_of[key]}, их код", said, "their outlet is paired with another of ours"))
    return faults


def _missing_columns(columns: set[str]) -> list[Fault]:
    faults = []
    if not columns & {"ours", "reference", "article", "inn"}:
        said = "нет колонки «Наш код», «Ссылка», «Артикул» или «ИНН»"
        faults.append(Fault("шапка", said, "no column for our side"))
    if "theirs" not in columns:
        faults.append(Fault("шапка", "нет колонки «Их код»", "no column for their side"))
    return faults


NO_PAIR_WORDS: Final = frozenset({"нет пары", "no pair"})
"""What stands in the column of their codes where a person says that the manufacturer has no such good."""


def _pairs(line: Line, lookup: Lookup) -> list[Pair]:
    kind = KINDS.get(line.get("kind").lower())
    if kind is None:
        raise Wrong("вид", f"неизвестный вид «{line.get('kind')}»", "unknown kind")
    our_id = lookup.ours(kind, line)
    their_id = line.get("theirs")
    if not their_id:
        raise Wrong("их код", "не заполнен", "is empty")
    factor = _factor(line)
    note = line.get("note")
    if kind != "good":
        factor = factor or Fraction(1)
        return [_pair(kind, our_id, their_id, factor, note=note)]
    if their_id.lower() in NO_PAIR_WORDS:
        return [Pair("good", our_id, NO_PAIR, source="import", note=note)]
    if their_id not in lookup.their_units:
        raise Wrong("их код", f"товара «{their_id}» нет в классификаторе производителя. {ZEROS}", "unknown good")
    made = [Pair("good", our_id, their_id, source="import", note=note)]
    their_unit = line.get("their_unit")
    if not their_unit:
        if factor is not None or line.get("our_unit"):
            raise Wrong("единица", "не заполнена, а коэффициент или наша единица указаны", "is empty beside a factor")
        return made
    if their_unit not in lookup.their_units[their_id]:
        known = ", ".join(sorted(lookup.their_units[their_id]))
        raise Wrong("единица", f"у товара {their_id} нет единицы «{their_unit}», есть {known}", "unknown unit")
    if factor is None:
        raise Wrong("коэффициент", "не заполнен: сколько их единиц в одной нашей", "is empty")
    unit = lookup.unit(our_id, line.get("our_unit"))
    return [*made, _pair("unit", unit, their_unit, factor, scope=our_id, note=note)]


def _pair(kind: PairKind, our_id: str, their_id: str, factor: Fraction, *, scope: str = "", note: str = "") -> Pair:
    try:
        return Pair(kind, our_id, their_id, scope, factor.numerator, factor.denominator, source="import", note=note)
    except Impossible as error:
        raise Wrong("коэффициент", error.russian, error.english) from error


def _factor(line: Line) -> Fraction | None:
    """Return the factor of a row, from one cell or from numerator and denominator; None where there is none."""
    told = line.get("factor")
    above, below = line.get("numerator"), line.get("denominator")
    found = []
    if told:
        numerator, _, denominator = told.partition("/")
        found.append(_ratio("коэффициент", numerator, denominator))
    if above or below:
        found.append(_ratio("числитель", above, below))
    if len(set(found)) > 1:
        raise Wrong("коэффициент", "не равен числителю, делённому на знаменатель", "differs from the fraction")
    return found[0] if found else None


def _ratio(column: str, above: str, below: str) -> Fraction:
    parts = [re.sub(r"\s", "", part).replace(",", ".") for part in (above, below or "1")]
    if not all(NUMBER.fullmatch(part) for part in parts) or not all(map(Fraction, parts)):
        raise Wrong(column, "нужно число больше нуля: 12, 0,5 или 1/3", "a number above zero is needed")
    return Fraction(parts[0]) / Fraction(parts[1])


class Lookup:
    """Finds what a row names among the things of a link that are there."""

    def __init__(self, session: Session, link_id: int) -> None:
        self._session, self._link_id = session, link_id
        self._kinds: dict[str, _Names] = {}
        self.their_units: dict[str, set[str]] = defaultdict(set)
        theirs = select(TheirItemRow.their_id, TheirItemRow.their_unit).where(
            TheirItemRow.link_id == link_id, TheirItemRow.kind == "good", TheirItemRow.vanished_at.is_(None)
        )
        for their_id, unit in session.execute(theirs):
            self.their_units[their_id].add(unit)

    def missing(self, lines: Iterable[Line]) -> list[Fault]:
        """Return what must be read before these rows can be checked at all."""
        kinds = {KINDS.get(line.get("kind").lower()) for line in lines} - {None}
        faults = []
        if "good" in kinds and not self.their_units:
            faults.append(
                Fault("файл", "сначала выполните обмен goods: товаров производителя ещё нет", "run goods first")
            )
        if any(not self.names(cast("PairKind", kind)).ids for kind in kinds):
            faults.append(
                Fault("файл", "сначала выполните обмен catalogs: справочников 1С ещё нет", "run catalogs first")
            )
        return faults

    def names(self, kind: PairKind) -> _Names:
        """Return our things of a kind."""
        if kind not in self._kinds:
            self._kinds[kind] = _Names.read(self._session, self._link_id, kind)
        return self._kinds[kind]

    def ours(self, kind: PairKind, line: Line) -> str:
        """Return the id of what a row names on our side; raises Wrong."""
        names = self.names(kind)
        for column, title, tried in (
            ("reference", "ссылка", (names.ids,)),
            ("ours", "наш код", (names.ids, names.codes, names.articles)),
            ("article", "артикул", (names.articles,)),
            ("inn", "ИНН", (names.inns,)),
        ):
            told = line.get(column)
            if column == "inn" and told and line.get("kpp"):
                told = f"{told}/{line.get('kpp')}"
            if not told:
                continue
            found = next((each[key] for each in tried for key in (told, told.lower()) if key in each), [])
            found = [our_id for our_id in found if our_id not in names.deleted] or found
            if len(found) > 1:
                raise Wrong(title, f"«{told}» есть у нескольких ({len(found)}): укажите ссылку", "is not unique")
            if not found:
                raise Wrong(title, f"«{told}» не найден в справочниках 1С. {ZEROS}", "is not in 1C's catalogs")
            return found[0]
        raise Wrong("наш код", "не заполнен", "is empty")

    def unit(self, our_good: str, told: str) -> str:
        """Return our unit of a good by reference or name: its own, a package of it, any; its own when none is told."""
        own = self.names("good").units.get(our_good, "")
        units = self.names("unit")
        if not told and not own:
            raise Wrong("наша единица", "у товара в 1С нет единицы хранения: укажите её", "the good has no unit in 1C")
        if not told:
            return own
        if told.lower() in units.ids:
            return told.lower()
        named = [our_id for our_id in units.ids if units.titles[our_id].lower() == told.lower()]
        for found in (
            [our_id for our_id in named if our_id == own],
            [our_id for our_id in named if units.owners[our_id] == our_good],
            [our_id for our_id in named if not units.owners[our_id]],
        ):
            if len(found) == 1:
                return found[0]
        raise Wrong("наша единица", f"«{told}» у этого товара не найдена", "is not found")


@dataclass(frozen=True, slots=True)
class _Names:
    """Our things of one kind: how they can be named, and what belongs to them."""

    ids: dict[str, list[str]]
    codes: dict[str, list[str]]
    articles: dict[str, list[str]]
    inns: dict[str, list[str]]
    titles: dict[str, str]
    units: dict[str, str]
    owners: dict[str, str]
    deleted: set[str]

    @classmethod
    def read(cls, session: Session, link_id: int, kind: str) -> _Names:
        item = OurItemRow
        made = cls({}, defaultdict(list), defaultdict(list), defaultdict(list), {}, {}, {}, set())
        columns = (item.our_id, item.code, item.article, item.name, item.unit_id, item.owner_id, item.deleted)
        asked = select(*columns, item.inn, item.kpp).where(
            item.link_id == link_id, item.kind == kind, item.is_group.is_(False), item.vanished_at.is_(None)
        )
        for our_id, code, article, name, unit, owner, deleted, inn, kpp in session.execute(asked):
            made.ids[our_id] = [our_id]
            made.titles[our_id], made.units[our_id], made.owners[our_id] = name, unit, owner
            if code:
                made.codes[code].append(our_id)
            for tax_code in {inn, f"{inn}/{kpp}"} if inn else ():
                made.inns[tax_code].append(our_id)
            if article:
                made.articles[article].append(our_id)
            if deleted:
                made.deleted.add(our_id)
        return made
