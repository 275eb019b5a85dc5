"""What is told of translated shipments: documents with their fingerprints, control totals, what waits and its value."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from mappings.model import MICRO
from mappings.translate.result import SET_ASIDE_COLUMNS
from mappings.translate.stock import micro_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mappings.translate.shipment_lines import Key, Lines
    from mappings.translate.shipment_sending import Theirs

Numbers = np.ndarray[Any, np.dtype[Any]]

DOCUMENT_COLUMNS: Final = (
    *("document", "kind", "own_number", "number", "date", "version"),
    *("hash", "lines", "quantity", "amount", "orders"),
)
_TEXTS: Final = ("their_good", "their_unit", "their_warehouse", "order_number")
_NUMBERS: Final = ("order_date", "price", "quantity")
_HEADS: Final = ("document_number", "document_type", "outlet_code", "company_code")


def documents_frame(lines: Lines, merged: pd.DataFrame, kept: Numbers, value_sign: Mapping[str, int]) -> pd.DataFrame:
    """Return the documents of the merged lines: what each is called and a hash of everything that is sent of it.

    ``amount`` is the sum with VAT of the lines of 1C that are sent, ``quantity`` of what is sent, both in millionths
    and below zero for what takes away.
    """
    heads = lines.heads
    head = merged["head"].to_numpy()
    order = _canonical_order(merged)
    starts = np.flatnonzero(np.diff(head[order], prepend=-1))
    places = head[order][starts]
    signs = np.array([value_sign.get(kind, 1) for kind in lines.kinds], np.int64)
    sign = signs[heads.kind]
    amounts = _summed(lines.amount[kept], lines.head[kept], len(heads)) * sign
    sent = _summed(merged["quantity"].to_numpy(), head, len(heads))
    size = np.bincount(head, minlength=len(heads))
    first = order[starts]
    columns = {
        "document": [heads.document[at] for at in places.tolist()],
        "kind": [lines.kinds[kind] for kind in heads.kind[places].tolist()],
        "own_number": [heads.number[at] for at in places.tolist()],
        "number": merged["document_number"].iloc[first].astype(object).tolist(),
        "date": np.datetime_as_string(heads.date[places], "D").tolist(),
        "version": [heads.version[at] for at in places.tolist()],
        "hash": _fingerprints(merged, order, starts),
        "lines": size[places],
        "quantity": np.where(sign[places] < 0, -np.abs(sent[places]), sent[places]),
        "amount": amounts[places],
        "orders": _orders(merged, order, starts),
    }
    return pd.DataFrame(columns, columns=list(DOCUMENT_COLUMNS))


def _orders(merged: pd.DataFrame, order: Numbers, starts: Numbers) -> list[str]:
    """Return the manufacturer's orders that the lines of each document come from, with commas between."""
    numbers = merged["order_number"].iloc[order].astype(object).tolist()
    ends = [*starts[1:].tolist(), len(numbers)][: len(starts)]
    parts = (numbers[begin:end] for begin, end in zip(starts.tolist(), ends, strict=True))
    return [",".join(sorted(filter(None, set(part)))) for part in parts]


def _summed(values: Numbers, group: Numbers, count: int) -> Numbers:
    sums = np.zeros(count, np.int64)
    np.add.at(sums, group, values)
    return sums


def _stable(merged: pd.DataFrame) -> list[Numbers]:
    """Return a document's line as numbers that mean the same in every run: texts by 64 bits of their hash."""
    columns = []
    for name in _TEXTS:
        values = merged[name].cat
        codes = [hashlib.blake2b(text.encode(), digest_size=8).digest() for text in values.categories]
        hashed = np.frombuffer(b"".join(codes), "<i8") if codes else np.empty(0, "<i8")
        columns.append(hashed[values.codes.to_numpy()])
    return [*columns, *(merged[name].to_numpy().astype("<i8") for name in _NUMBERS)]


def _canonical_order(merged: pd.DataFrame) -> Numbers:
    """Return the lines by document and within it by what is sent of them, so that a hash knows no other order."""
    order: Numbers = np.lexsort((*_stable(merged), merged["head"].to_numpy()))
    return order


def _fingerprints(merged: pd.DataFrame, order: Numbers, starts: Numbers) -> list[str]:
    """Return a hash of everything that is sent of each document."""
    body = np.column_stack(_stable(merged))[order].tobytes() if len(merged) else b""
    width = 8 * (len(_TEXTS) + len(_NUMBERS))
    first = order[starts]
    heads = zip(*(merged[name].iloc[first].astype(object) for name in _HEADS), strict=True)
    dates = np.datetime_as_string(merged["document_date"].to_numpy()[first], "D").tolist()
    ends = [*starts[1:].tolist(), len(order)][: len(starts)]
    found = []
    for begin, end, date, head in zip(starts.tolist(), ends, dates, heads, strict=True):
        said = "\x00".join((date, *head)).encode()
        found.append(hashlib.sha256(said + b"\x00" + body[begin * width : end * width]).hexdigest())
    return found


def totals(lines: Lines, kept: Numbers, theirs: Theirs, merged: pd.DataFrame) -> dict[str, str]:
    """Return what was read, what of it is sent in their units, what the rounding of lines made, and the money."""
    converted = Fraction(int(theirs.exact.sum()) if len(kept) else 0, theirs.common)
    sent = int(merged["quantity"].sum()) if len(merged) else 0
    return {
        "read": micro_text(int(lines.quantity.sum()) if len(lines) else 0),
        "kept": micro_text(int(lines.quantity[kept].sum()) if len(kept) else 0),
        "converted": micro_text(round(converted)),
        "sent": micro_text(sent),
        "rounding": f"{float((Fraction(sent) - converted) / MICRO):.9f}",
        "amount_read": micro_text(int(lines.amount.sum()) if len(lines) else 0),
        "amount_sent": micro_text(int(theirs.amount.sum()) if len(kept) else 0),
    }


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits: which lines, under which name, by what it is listed and what a person should do."""

    kind: str
    rows: Numbers
    reason: str


def set_aside(
    lines: Lines, waiting: Sequence[Waiting], say: Callable[[str, Sequence[str]], Mapping[str, tuple[str, str]]]
) -> pd.DataFrame:
    """Return what waits by good, outlet or document, the dearest first: quantity and sum of its lines.

    ``say`` gives name and what to do for our ids of a kind.
    """
    rows: list[tuple[Any, ...]] = []
    for each in waiting:
        key, names = _listed(lines, each.kind)
        codes = key[each.rows]
        used, place = np.unique(codes, return_inverse=True)
        quantity = _summed(lines.quantity[each.rows], place, len(used)).tolist()
        value = _summed(np.abs(lines.amount[each.rows]), place, len(used)).tolist()
        ids = [names[code] for code in used.tolist()]
        told = say(each.kind, ids)
        rows += [
            (each.kind, our_id, told[our_id][0], each.reason, told[our_id][1], many, worth)
            for our_id, many, worth in zip(ids, quantity, value, strict=True)
        ]
    rows.sort(key=lambda row: (-row[6], -row[5], row[2]))
    return pd.DataFrame(rows, columns=list(SET_ASIDE_COLUMNS))


def _listed(lines: Lines, kind: str) -> tuple[Numbers, list[str]]:
    """Return what lines are listed by: numbers a line, and the ids that they stand for."""
    if kind == "good":
        return lines.good.codes, lines.good.names
    if kind == "outlet":
        outlet: Key = lines.heads.outlet
        return outlet.codes[lines.head], outlet.names
    return lines.head, lines.heads.document
