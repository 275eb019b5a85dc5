"""The development data of matching, read from a folder beside the project; it is public, and not part of it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mappings.matching.learning import Lesson
from mappings.matching.model import Model
from mappings.matching.names import Normaliser, Steps
from mappings.matching.ranking import ranked
from mappings.matching.records import Item
from mappings.matching.views import prepared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mappings.matching.ranking import Ranked

FILES: Final = ("manufacturer_goods.csv", "dealer_goods.csv")
KEEP: Final = 30
"""Candidates that are kept of every good: learning looks further than an operator."""


@dataclass(frozen=True, slots=True)
class Dealers:
    """A manufacturer's goods, and for every dealer its goods and the answers: place among theirs, -1 where unknown."""

    theirs: list[Item]
    ours: dict[str, list[Item]]
    answers: dict[str, list[int]]


def read(folder: Path) -> Dealers:
    """Read the dealers' goods and their links; the folder must have :data:`FILES`."""
    with (folder / FILES[0]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    theirs = [
        Item(row["id"], tuple(filter(None, (row["name"], row["name_1c"]))), (row["article"], row["ean13"]))
        for row in rows
    ]
    places = {item.id: place for place, item in enumerate(theirs)}
    made = Dealers(theirs, {}, {})
    with (folder / FILES[1]).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            made.ours.setdefault(row["dealer"], []).append(Item(row["code"], (row["name"],)))
            made.answers.setdefault(row["dealer"], []).append(places.get(row["manufacturer_good_id"], -1))
    return made


def lessons(dealers: Dealers, steps: Steps | None = None) -> dict[str, Lesson]:
    """Return each dealer's ranked candidates with the answers."""
    made = {}
    for dealer, ours in dealers.ours.items():
        answers = np.array(dealers.answers[dealer])
        made[dealer] = Lesson(candidates(ours, dealers.theirs, steps), answers)
    return made


def candidates(ours: Sequence[Item], theirs: Sequence[Item], steps: Steps | None = None) -> Ranked:
    """Return the candidates of goods by what was known before any learning."""
    here, there = prepared(ours, theirs, Normaliser(steps=steps or Steps()))
    return ranked(here, there, Model().row, keep=KEEP)
