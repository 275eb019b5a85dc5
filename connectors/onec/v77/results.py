"""What 7.7 answers to an order: ``*.result.xml`` by ``result.xsd``, read safely: no entities, no DTD, no network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal

from lxml import etree

from connectors.onec.v77.ids import key_of

if TYPE_CHECKING:
    from pathlib import Path

State = Literal["created", "refused", "posted", "shipped", "cancelled"]

STATES: Final[dict[str, State]] = {
    "создан": "created",
    "отказ": "refused",
    "проведен": "posted",
    "отгружен": "shipped",
    "отменен": "cancelled",
}
MOST_BYTES: Final = 1 << 20
_SAID: Final = 300


class Unreadable(Exception):
    """A result cannot be read; ``unfinished``: it may be one that is still being written."""

    def __init__(self, reason: str, *, unfinished: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.unfinished = reason, unfinished


@dataclass(frozen=True, slots=True)
class OrderResult:
    """7.7's word about an order: its ``number`` (the manufacturer's), ``state``, the document's key and number.

    ``reason`` is 7.7's own text for a refusal; ``path`` is the file it came in.
    """

    path: Path
    number: str
    state: State
    document: str = ""
    document_number: str = ""
    moment: datetime | None = None
    reason: str = ""


def parse_result(content: bytes, path: Path) -> OrderResult:
    """Return a result from its bytes; raises Unreadable with the reason in Russian."""
    if len(content) > MOST_BYTES:
        raise Unreadable(f"файл больше {MOST_BYTES} байт")
    root = _parsed(content)
    schema = result_schema()
    if not schema.validate(root):
        first = schema.error_log[0]
        raise Unreadable(f"строка {first.line}: {first.message[:_SAID]}")
    moment = root.get("Дата")
    reason = root.findtext("Причина") or ""
    return OrderResult(
        path=path,
        number=root.get("Заказ", ""),
        state=STATES[root.get("Состояние", "")],
        document=key_of(root.get("Документ", "").replace("_", " ")),
        document_number=root.get("НомерДок", "").strip(),
        moment=datetime.fromisoformat(moment).replace(tzinfo=None) if moment else None,
        reason=" ".join(reason.split())[:_SAID],
    )


def _parsed(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        place = f", строка {line}" if line else ""
        raise Unreadable(f"это не XML или только его часть{place}", unfinished=True) from None
    document_type = root.getroottree().docinfo
    if document_type.doctype or document_type.internalDTD is not None:
        raise Unreadable("описание типа документа (DOCTYPE) не принимается")
    return root


@cache
def result_schema() -> etree.XMLSchema:
    """Return the schema of results."""
    return _schema("result.xsd")


@cache
def order_schema() -> etree.XMLSchema:
    """Return the schema of orders."""
    return _schema("order.xsd")


def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(files(__package__ or "").joinpath(name).read_bytes()))
