"""The development data of matching, read from a folder beside the project; it is public, and not part of it."""

from __future__ import annotations

import csv
import re
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

FILES: Final = ("manufacturer_goods.csv", "dealer_goods.csv", "addresses.csv")
KEEP: Final = 30
"""Candidates that are kept of every good: learning looks further than an operator."""


@dataclass(frozen=True, slots=True)
class Dealers:
    """A manufacturer's goods, and for every dealer its goods and the answers: place among theirs, -1 where unknown."""

    theirs: list[Item]
    ours: dict[str, list[Item]]
    answers: dict[str, list[int]]


def read(folder: Path) -> Dealers:
    """Read the dealers' goods and their links."""
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


def addresses(folder: Path) -> tuple[list[Item], list[Item], dict[str, str]]:
    """Return outlets by addresses as they were typed, the same composed from their parts among neighbours, the truth.

    Neighbours: the houses two before and after, the same with a letter, and with a block. Only the typed side is real.
    """
    with (folder / FILES[2]).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter=";") if any(map(str.isdigit, row["house"]))]
    ours: list[Item] = []
    theirs: dict[str, Item] = {}
    truth: dict[str, str] = {}
    for number, row in enumerate(rows):
        composed = _composed(row, row["house"])
        ours.append(Item(f"O{number}", ("",), address=row["address"]))
        truth[f"O{number}"] = composed
        for house in (row["house"], *_neighbours(row["house"])):
            text = _composed(row, house)
            theirs.setdefault(text, Item(text, ("",), address=text))
    return ours, list(theirs.values()), truth


def _composed(row: dict[str, str], house: str) -> str:
    town = f"город {row['region']}" if row["region_type"] == "город" else ""
    parts = [
        f"{row['region']} {row['region_type']}" if row["region_type"] != "город" else "",
        f"{row['municipality']} {row['municipality_type']}",
        f"{row['settlement_type']} {row['settlement']}" if row["settlement"] else town,
        f"{row['location_type']} {row['location']}" if row["location_type"] else "",
        f"{row['street_type']} {row['street']}" if row["street"] else "",
        house,
    ]
    return ", ".join(part.strip() for part in parts if part.strip())


def _neighbours(house: str) -> list[str]:
    found = re.search(r"\d+", house)
    if found is None:
        return []
    number = int(found[0])
    plain = [f"дом {number + step}" for step in (-2, 2) if number + step > 0]
    return [each for each in (*plain, f"дом {number}А", f"дом {number} корпус 2") if each.lower() != house.lower()]
