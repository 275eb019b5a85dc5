"""The engine's door: suggestions for goods, outlets or counterparties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mappings.matching.goods import suggest_goods
from mappings.matching.names import ABBREVIATIONS, Normaliser, read_abbreviations
from mappings.matching.parties import suggest_counterparties, suggest_outlets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mappings.matching.model import Model
    from mappings.matching.records import Item, Kind
    from mappings.matching.suggestion import Suggestion


def suggest(
    kind: Kind,
    ours: Sequence[Item],
    theirs: Sequence[Item],
    *,
    model: Model | None = None,
    confirmed: Mapping[str, str] | None = None,
    abbreviations: Path | None = None,
    top: int = 5,
) -> list[Suggestion]:
    """Return a suggestion for each of ours, in their order, with at most ``top`` candidates.

    ``model`` (for goods) is the shipped one where none is given; ``confirmed``: names of ours that were confirmed
    before → ids of theirs; ``abbreviations``: a file of further abbreviations. Raises Faults where the libraries of
    the extra ``match`` are missing.
    """
    if kind == "outlets":
        return suggest_outlets(ours, theirs, confirmed=confirmed, top=top)
    if kind == "counterparties":
        return suggest_counterparties(ours, theirs, confirmed=confirmed, top=top)
    known = read_abbreviations(ABBREVIATIONS) | (read_abbreviations(abbreviations) if abbreviations else {})
    return suggest_goods(ours, theirs, model=model, confirmed=confirmed, normaliser=Normaliser(known), top=top)
