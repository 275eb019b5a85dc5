"""A draft as the 1C document that the profile describes, and what 1C made of it.

1C answers success and cuts a text that is too long, stores a reference to nothing, makes 0 of what is no number
(reference: onec-odata, 7). So what was written is read back and compared value by value.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from mappings.model import EMPTY_REF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mappings.profiles.orders import OrderDocument
    from mappings.translate.order_lines import DraftLine
    from mappings.translate.orders import Draft

NO_DATE: Final = "0001-01-01T00:00:00"
_MICRO: Final = frozenset({"packages", "quantity", "price", "amount", "vat", "total"})
_LINE_OF_HEAD: Final = frozenset({"price_type", "warehouse", "wanted"})
SHOWN: Final = 5
"""How many differences an operator is shown at once."""


def document_values(draft: Draft, document: OrderDocument) -> dict[str, Any]:
    """Return a draft as properties of the document; numbers are Decimal, empty values are written as empty."""
    values: dict[str, Any] = {
        **document.constants,
        document.external.number: draft.number,
        **{source: _value(name, source, draft.head.get(name)) for name, source in document.head.items()},
    }
    if document.external.date:
        values[document.external.date] = _day(draft.date)
    shared = {
        **document.line_constants,
        **{
            source: _value(name, source, draft.head.get(name))
            for name, source in document.lines.items()
            if name in _LINE_OF_HEAD
        },
    }
    own = [(name, source) for name, source in document.lines.items() if name not in _LINE_OF_HEAD]
    values[document.section] = [
        shared | _line(line, place, own) | _unit(line, document) for place, line in enumerate(draft.lines, 1)
    ]
    return values


def _unit(line: DraftLine, document: OrderDocument) -> dict[str, Any]:
    """Return a line's unit with its type, where the configuration wants to be told even the good's own."""
    types = document.unit_types
    if types is None:
        return {}
    source = document.lines["our_unit"]
    unit, type_ = (line.our_unit, types.package) if line.our_unit else (line.own_unit, types.own)
    return {source: unit, f"{source}_Type": f"StandardODATA.{type_}"}


def _line(line: DraftLine, place: int, own: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {source: place if name == "code" else _value(name, source, getattr(line, name)) for name, source in own}


def _value(name: str, source: str, value: Any) -> Any:
    if name in _MICRO:
        return number(value or 0)
    if name == "wanted":
        return _day(value)
    if source.endswith("_Key"):
        return value or EMPTY_REF
    return "" if value is None else value


@lru_cache(maxsize=16_384)
def number(micro: int) -> Decimal:
    """Return millionths as a Decimal without needless zeros."""
    whole, rest = divmod(micro, 10_000)
    return Decimal(micro).scaleb(-6).normalize() if rest else Decimal(whole).scaleb(-2)


def _day(value: datetime | None) -> datetime | str:
    return value.replace(hour=0, minute=0, second=0, microsecond=0) if value else NO_DATE


def identity_of(document: OrderDocument) -> tuple[str, ...]:
    """Return the properties that tell which document it is and how it stands, without its contents."""
    own = ("Ref_Key", "Number", "Date", "DataVersion", "Posted", "DeletionMark")
    return tuple(name for name in (*own, document.external.number, document.external.date) if name)


def select_of(document: OrderDocument) -> tuple[str, ...]:
    """Return the properties that a document is read back with."""
    written = (*document.constants, document.status, *document.head.values())
    return tuple(dict.fromkeys(name for name in (*identity_of(document), *written, document.section) if name))


def differences(values: Mapping[str, Any], found: Mapping[str, Any], section: str) -> list[str]:
    """Return where a document is not what was written: path, what was written, what is there."""
    told = [
        _told(name, sent, found.get(name))
        for name, sent in values.items()
        if name != section and not _same(sent, found.get(name))
    ]
    rows: Sequence[Mapping[str, Any]] = found.get(section) or []
    if len(rows) != len(values[section]):
        told.append(f"строк {len(rows)} вместо {len(values[section])}")
    for place, (sent_row, row) in enumerate(zip(values[section], rows, strict=False), 1):
        told += [
            _told(f"{section}[{place}].{name}", sent, row.get(name))
            for name, sent in sent_row.items()
            if not _same(sent, row.get(name))
        ]
    return told


def _same(sent: Any, found: Any) -> bool:
    if sent == found:
        return True
    match sent:
        case bool():
            return sent is found
        case Decimal() | int():
            return _as_number(found) == sent
        case datetime():
            return str(found) == sent.isoformat(timespec="seconds")
        case str():
            return str("" if found is None else found).strip().lower() == sent.strip().lower()
    return False


def _as_number(found: Any) -> Decimal | None:
    if isinstance(found, bool) or not isinstance(found, (int, float, str, Decimal)):
        return None
    try:
        return Decimal(repr(found) if isinstance(found, float) else str(found))
    except ArithmeticError:
        return None


def _told(path: str, sent: Any, found: Any) -> str:
    return f"{path}: записано «{_short(sent)}», в 1С «{_short(found)}»"


def _short(value: Any) -> str:
    text = (
        value.isoformat() if isinstance(value, datetime) else f"{value:f}" if isinstance(value, Decimal) else str(value)
    )
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004 - a line of a message
