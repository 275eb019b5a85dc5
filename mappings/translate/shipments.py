"""Shipments: documents that shipped, returned or corrected within a window become lines of theirs.

Rules, each with the name under which the report counts its lines. Of a document:

* ``помечен на удаление``, ``не проведён``, ``ещё не отгружен`` (a status of the link's list): it does not travel, and
  what they hold of it in the window vanishes;
* ``раньше окна``, ``дата в будущем`` (where the link leaves such out);
* ``нет соответствия торговой точки``: the distributor matches outlets, this one is not matched, and the link says that
  it waits; ``номер документа повторяется``: two documents would leave under one number; both wait for a person.

Of a line: ``склад не выгружается``, ``нулевое количество``, ``нет соответствия товара`` or ``единицы``; where the link
asks for whole documents, the rest of such a document waits too (``документ ждёт другую строку``).

Lines of one document are merged where good, unit, warehouse, order and converted price are the same; quantities are
summed before they are rounded (:mod:`mappings.units`), prices are in :mod:`mappings.translate.shipment_prices`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from mappings.translate.result import Counts, Translation
from mappings.translate.shipment_lines import laid_out
from mappings.translate.shipment_reports import Waiting, documents_frame, set_aside, totals
from mappings.translate.shipment_rules import Parties, Party, ShipmentRules, codes, numbers
from mappings.translate.shipment_sending import Goes, Theirs, outlets_frame, parameters_frame
from mappings.translate.targets import FOREIGN_SAID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mappings.translate.shipment_lines import Heads, Lines
    from mappings.translate.shipment_rules import Orders
    from mappings.translate.stock import Named
    from mappings.translate.targets import Targets

__all__ = ["Parties", "Party", "ShipmentRules", "translate"]

Numbers = np.ndarray[Any, np.dtype[Any]]

(SENT, DELETED, UNPOSTED, STATUS, EARLY, FUTURE, NOT_SENT, ZERO, FOREIGN) = range(9)
(NO_OUTLET, TWICE, NO_GOOD, NO_UNIT, WAITS) = range(9, 14)
LEFT_OUT: Final = {
    DELETED: "помечен на удаление",
    UNPOSTED: "не проведён",
    STATUS: "ещё не отгружен",
    EARLY: "раньше окна",
    FUTURE: "дата в будущем",
    NOT_SENT: "склад не выгружается",
    ZERO: "нулевое количество",
    FOREIGN: FOREIGN_SAID,
}
UNMATCHED: Final = {
    NO_OUTLET: "нет соответствия торговой точки",
    TWICE: "номер документа повторяется",
    NO_GOOD: "нет соответствия товара",
    NO_UNIT: "нет соответствия единицы",
    WAITS: "документ ждёт другую строку",
}
LISTED: Final = {NO_GOOD: "good", NO_UNIT: "good", NO_OUTLET: "outlet", TWICE: "document", WAITS: "document"}
"""By what the report lists the lines that wait."""

NOWHERE: Final = (
    "документы без торговой точки",
    "Заполните в документах 1С торговую точку; где точки это адреса, адрес доставки отгрузки.",
)
"""What is said of lines whose documents name no outlet at all."""

VALUE_SIGN: Final = {"return": -1}
"""What a kind does to the sum of shipments: a return takes away, whatever sign it travels with."""


def translate(
    frames: Mapping[str, pd.DataFrame],
    *,
    warehouses: Mapping[str, str],
    targets: Targets,
    parties: Parties,
    orders: Orders,
    named: Callable[[Sequence[str]], Mapping[str, Named]],
    rules: ShipmentRules,
) -> Translation:
    """Translate lines (columns of ``model.SHIPMENTS``) by kind into the datasets of ``CRMDespatchEx``.

    Frames come back as ``lines``, ``outlets`` (those that lines name), ``parameters`` (one row) and ``documents``:
    what is sent of each document (document, kind, number, date, version, hash, lines, quantity, amount).
    """
    lines = laid_out(frames)
    heads = lines.heads
    sent_numbers = numbers(lines, rules)
    outlet, company = codes(heads.outlet, heads.counterparty, parties, rules)
    lane = lines.good.mapped(targets.lane_of)
    place = {theirs: at for at, theirs in enumerate(dict.fromkeys(warehouses.values()))}
    warehouse = lines.warehouse.mapped({ours: place[theirs] for ours, theirs in warehouses.items()})
    goes = Goes(targets, lane, warehouse)
    fate = _fates(lines, _fates_of_heads(lines, outlet, rules), goes)
    _wait(fate, lines, sent_numbers, rules)

    kept = np.flatnonzero(fate == SENT)
    theirs = Theirs(lines, kept, goes=goes, orders=orders, rules=rules)
    merged = theirs.lines(
        {
            "document_number": sent_numbers,
            "document_type": [rules.types[lines.kinds[kind]] for kind in heads.kind.tolist()],
            "outlet_code": outlet,
            "company_code": company,
        },
        list(place),
    )
    return Translation(
        tables={
            "parameters": parameters_frame(rules),
            "lines": merged.drop(columns=["head"]),
            "outlets": outlets_frame(lines, merged, outlet, company, parties),
            "documents": documents_frame(lines, merged, kept, VALUE_SIGN),
        },
        counts=_counted(fate, len(merged)),
        totals=totals(lines, kept, theirs, merged),
        set_aside=set_aside(
            lines,
            [Waiting(kind, np.flatnonzero(fate == code), UNMATCHED[code]) for code, kind in LISTED.items()],
            _Sayings(lines, named, targets.without_unit, parties),
        ),
    )


# -- where lines end ---------------------------------------------------------------------------------------------------


def _fates_of_heads(lines: Lines, outlet: list[str], rules: ShipmentRules) -> Numbers:
    heads = lines.heads
    waiting = np.fromiter((status in rules.waiting_statuses for status in heads.status), bool, len(heads))
    tomorrow = np.datetime64(rules.today, "D") + 1
    future = heads.date >= tomorrow if rules.future == "omit" else np.zeros(len(heads), bool)
    unknown = np.fromiter((not code for code in outlet), bool, len(heads))
    return np.select(
        [heads.deleted, ~heads.posted, waiting, heads.date < np.datetime64(rules.work_date, "s"), future, unknown],
        [np.int8(DELETED), np.int8(UNPOSTED), np.int8(STATUS), np.int8(EARLY), np.int8(FUTURE), np.int8(NO_OUTLET)],
        default=np.int8(SENT),
    )


def _fates(lines: Lines, of_head: Numbers, goes: Goes) -> Numbers:
    """Return where each line ends by its document, warehouse, quantity and good; the first rule that applies wins."""
    head = of_head[lines.head]
    own = (head != SENT) & (head != NO_OUTLET)
    good = _fates_of_goods(lines, goes.targets)
    return np.select(
        [own, goes.warehouse < 0, lines.quantity == 0, good == FOREIGN, head == NO_OUTLET, good != SENT, goes.lane < 0],
        [head, np.int8(NOT_SENT), np.int8(ZERO), good, np.int8(NO_OUTLET), good, np.int8(NO_GOOD)],
        default=np.int8(SENT),
    )


def _fates_of_goods(lines: Lines, targets: Targets) -> Numbers:
    """Return what the good of each line alone says: another manufacturer's, or without a unit."""
    names = lines.good.names
    foreign = np.fromiter(map(targets.foreign.__contains__, names), bool, len(names))
    unit_missing = np.fromiter(map(targets.without_unit.__contains__, names), bool, len(names))
    fates = np.select([foreign, unit_missing], [np.int8(FOREIGN), np.int8(NO_UNIT)], np.int8(SENT))
    of_lines: Numbers = fates[lines.good.codes]
    return of_lines


def _wait(fate: Numbers, lines: Lines, sent_numbers: Sequence[str], rules: ShipmentRules) -> None:
    """Keep lines back that could leave by themselves, for the sake of their documents."""
    _wait_for_numbers(fate, lines, sent_numbers)
    if rules.unmatched == "document":
        _wait_for_lines(fate, lines)


def _wait_for_numbers(fate: Numbers, lines: Lines, numbers: Sequence[str]) -> None:
    """Two documents under one number would become one at the manufacturer: neither leaves."""
    codes, _ = pd.factorize(np.array(numbers, dtype=object))
    leaving = np.unique(lines.head[fate == SENT])
    once = np.bincount(codes[leaving], minlength=len(numbers) or 1)
    twice = np.zeros(len(numbers), bool)
    twice[leaving] = once[codes[leaving]] > 1
    fate[(fate == SENT) & twice[lines.head]] = TWICE


def _wait_for_lines(fate: Numbers, lines: Lines) -> None:
    waiting = np.zeros(len(lines.heads), bool)
    waiting[lines.head[(fate == NO_GOOD) | (fate == NO_UNIT)]] = True
    fate[(fate == SENT) & waiting[lines.head]] = WAITS


def _counted(fate: Numbers, merged: int) -> Counts:
    """Return how many lines ended where, ``merged`` being the lines that leave; they add up."""
    counts = Counts(read=len(fate), sent=int((fate == SENT).sum()), lines=merged)
    counts.left_out = {name: n for code, name in LEFT_OUT.items() if (n := int((fate == code).sum()))}
    counts.unmatched = {name: n for code, name in UNMATCHED.items() if (n := int((fate == code).sum()))}
    counts.check()
    return counts


# -- what is said of what waits ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sayings:
    """Gives name and what to do for what waits."""

    lines: Lines
    named: Callable[[Sequence[str]], Mapping[str, Named]]
    without_unit: Mapping[str, str]
    parties: Parties

    def __call__(self, kind: str, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        match kind:
            case "good":
                names = self.named(ids)
                said = "Сопоставьте товар с товаром производителя или отметьте «нет пары»."
                return {
                    each: (names[each].name if each in names else each, self.without_unit.get(each, said))
                    for each in ids
                }
            case "outlet":
                said = "Сопоставьте торговую точку, или разрешите связи выгружать наш код."
                outlets = self.parties.outlets
                named = {each: (outlets.get(each, Party(each)).name or each, said) for each in ids}
                return named | ({"": NOWHERE} if "" in named else {})
            case _:
                heads = self.lines.heads
                places = {document: at for at, document in enumerate(heads.document)}
                said = "Откройте документ в 1С: исправьте номер, либо сопоставьте его остальные строки."
                return {each: (_called(heads, places[each]), said) for each in ids}


def _called(heads: Heads, at: int) -> str:
    return f"{heads.number[at]} от {pd.Timestamp(heads.date[at]):%d.%m.%Y}"
