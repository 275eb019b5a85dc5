"""Statuses of orders: what the ledger and the 1C document say becomes one word of ours, its value there, a comment.

The word: an order without a document is received, parked or refused. A document that is gone or marked for deletion is
``deleted``. What was shipped decides next: all lines ``shipped``, some ``partly``. Else the configuration's own words
by the profile (``created``, ``working``), a posted document at least ``posted``, and a closed one of which nothing was
shipped ``cancelled``. An order that is in conflict with its document is ``parked`` until something is shipped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from foundation.errors import Fault, Faults
from mappings.translate.order_lines import divided, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mappings.profiles.orders import OrderDocument

ANSWERING: Final = ("created", "posted", "working", "partly", "shipped")
"""Words that may end an order's repetition; the value of no other word may be one of theirs."""

LONGEST: Final = 1000
"""Characters of a comment; a longer one is cut visibly."""

_STANDING: Final = frozenset({"conflict", "changed"})
_HELD: Final = {"received": "received", "creating": "received", "parked": "parked", "conflict": "parked"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an order: the ledger's state and, where it has a document, how that stands in 1C.

    ``lines``: what the document was written with; ``shipped``: our good → quantity in millionths; ``there``: the
    document exists; ``status`` and ``progress`` are the configuration's own words.
    """

    number: str
    state: str
    document: str = ""
    title: str = ""
    document_number: str = ""
    reasons: Sequence[Mapping[str, Any]] = ()
    lines: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = ()
    there: bool = True
    posted: bool = False
    deleted: bool = False
    status: str = ""
    progress: str = ""
    shipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """A status to be told: our word, the comment, and whether nothing more will happen to the order."""

    number: str
    word: str
    comment: str
    final: bool = False


@dataclass(frozen=True, slots=True)
class LineProgress:
    """A line of the manufacturer's in his unit: ordered and shipped, millionths."""

    line: int
    name: str
    unit: str
    ordered: int
    shipped: int


def status_of(facts: Facts, document: OrderDocument | None) -> Status:
    """Return what the manufacturer is told of an order; ``document`` describes its kind, None = it has none."""
    if not facts.document or document is None:
        return _without_document(facts)
    if not facts.there or facts.deleted:
        how = "помечен на удаление" if facts.there else "удалён"
        return Status(facts.number, "deleted", _cut([f"{_called(facts)} {how} в 1С."]))
    progress = line_progress(facts)
    shipped = [line for line in progress if line.shipped > 0]
    own = document.words.get(facts.status, "")
    computed = document.progress.get(facts.progress, "")
    closed = "closed" in {own, computed}
    if shipped and all(line.shipped >= line.ordered for line in progress):
        word, final = "shipped", True
    elif shipped:
        word, final = "partly", closed
    elif closed:
        word, final = "cancelled", True
    else:
        word, final = _by_words(facts, own, computed)
    if facts.state in _STANDING and word in {"created", "posted", "working"}:
        word = "parked"  # the order as the manufacturer has it now is not what the document holds
    return Status(facts.number, word, _comment(facts, word, progress, closed=closed), final)


def _by_words(facts: Facts, own: str, computed: str) -> tuple[str, bool]:
    """Return the word of a document of which no shipment is known; an unposted one is only there."""
    if not facts.posted:
        return "created", False
    word = own if own and own != "created" else computed or "posted"
    return ("posted", False) if word == "created" else (word, word in {"shipped", "cancelled"})


def _without_document(facts: Facts) -> Status:
    said = [str(reason["said"]) for reason in facts.reasons]
    if facts.state == "refused":
        return Status(facts.number, "refused", _cut(said or ["Отказано."]))
    if facts.state == "deleted":
        return Status(facts.number, "deleted", _cut(["Документ заказа удалён в 1С."]))
    word = _HELD.get(facts.state, "received")
    if word == "parked":
        return Status(facts.number, word, _cut([f"Заказ отложен, причин: {len(said)}.", *said]))
    return Status(facts.number, word, "Заказ получен.")


def line_progress(facts: Facts) -> list[LineProgress]:
    """Return what of each line was shipped; what was shipped of a good fills its lines in their order."""
    left = dict(facts.shipped)
    found = []
    for place, line in enumerate(facts.lines):
        last = all(other["good"] != line["good"] for other in facts.lines[place + 1 :])
        there = left.get(line["good"], 0)
        taken = there if last else min(there, line["quantity"])
        left[line["good"]] = there - taken
        above, below = line["per"]
        shipped = divided(taken * below, above)
        found.append(LineProgress(line["line"], line["name"], line["their_unit"], line["their_quantity"], shipped))
    return found


def _called(facts: Facts) -> str:
    return f"{facts.title or 'Документ'} № {facts.document_number}"


def _comment(facts: Facts, word: str, progress: Sequence[LineProgress], *, closed: bool) -> str:
    parts = [f"{_called(facts)}{', проведён' if facts.posted else ', не проведён'}{', закрыт' if closed else ''}."]
    parts += [f"{note[:1].upper()}{note[1:]}." for note in facts.notes]
    if word == "partly":
        lines = "; ".join(
            f"строка {line.line} «{line.name}» {plain(line.shipped)} из {plain(line.ordered)} {line.unit}"
            for line in progress
        )
        parts.append(f"Отгружено: {lines}.")
    if facts.state in _STANDING:
        parts += [str(reason["said"]) for reason in facts.reasons]
    return _cut(parts)


def _cut(parts: Sequence[str]) -> str:
    text = " ".join(part.strip() for part in parts if part.strip())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def check_values(values: Mapping[str, str]) -> None:
    """Raise Faults where a word that must not end an order's repetition has the value of one that may."""
    ending = {values[word]: word for word in ANSWERING if word in values}
    faults = [
        Fault(
            f"statuses.{word}",
            f"значение «{values[word]}» означает принятый заказ ({ending[values[word]]}): производитель перестал бы "
            "присылать заказ, который ещё не оформлен",
            f"the value {values[word]!r} answers an order that is not taken over yet",
        )
        for word in ("received", "parked")
        if values.get(word) in ending
    ]
    missing = [
        word for word in ("received", "parked", "refused", *ANSWERING, "cancelled", "deleted") if word not in values
    ]
    faults += [Fault(f"statuses.{word}", "значение производителя не задано", "has no value") for word in missing]
    if faults:
        raise Faults(
            "Статусы заказов заданы с ошибками.",
            faults,
            en="The statuses of orders are wrong.",
            todo="Исправьте «Статусы заказов у производителя» в связи или values.status раскладки.",
            todo_en="Correct the statuses of the link or values.status of the layout.",
        )
