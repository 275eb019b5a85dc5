"""Suggestions for goods: exact keys, then names; probabilities, states, reasons, unit factors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from mappings.matching.certainty import best, probabilities
from mappings.matching.exact_keys import Proof, goods_keys, proofs
from mappings.matching.factors import proposed_factor
from mappings.matching.model import shipped
from mappings.matching.names import Normaliser
from mappings.matching.ranking import ranked
from mappings.matching.reasons import Reason, reasons
from mappings.matching.suggestion import Candidate, Suggestion
from mappings.matching.views import prepared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mappings.matching.certainty import Best
    from mappings.matching.model import Model
    from mappings.matching.ranking import Ranked
    from mappings.matching.records import Item
    from mappings.matching.suggestion import State
    from mappings.matching.vectors import Array
    from mappings.matching.views import Views

PROVEN: Final = 0.999
"""The probability of what a key proves: cards with a wrong barcode are met, too."""

PLAINLY_WEAKER: Final = 1.0
KEEP: Final = 8


@dataclass(frozen=True, slots=True)
class Judged:
    """The names' word on every one of ours: candidates, the probability of the first, and the spellings compared."""

    ranked: Ranked
    best: Best
    probability: Array
    ours: Views
    theirs: Views


def judged(ours: Sequence[Item], theirs: Sequence[Item], model: Model, normaliser: Normaliser, *, keep: int) -> Judged:
    """Rank the candidates of all of ours and say how sure the first ones are."""
    here, there = prepared(ours, theirs, normaliser)
    found = ranked(here, there, model.row, outbid=model.outbid, keep=keep)
    first = best(found)
    return Judged(found, first, probabilities(first.figures, model.certainty), here, there)


def suggest_goods(
    ours: Sequence[Item],
    theirs: Sequence[Item],
    *,
    model: Model | None = None,
    confirmed: Mapping[str, str] | None = None,
    normaliser: Normaliser | None = None,
    top: int = 5,
) -> list[Suggestion]:
    """Return a suggestion for each of our goods, in their order, with at most ``top`` candidates.

    ``confirmed``: names of ours that were confirmed before → ids of theirs. Raises Faults where the libraries of the
    extra ``match`` are missing.
    """
    if not ours or not theirs:
        return [Suggestion(item.id, item.name, "none") for item in ours]
    model, normaliser = model or shipped(), normaliser or Normaliser()
    proven = proofs(ours, theirs, goods_keys(normaliser, confirmed or {}))
    scene = _Scene(theirs, judged(ours, theirs, model, normaliser, keep=max(KEEP, top)), model, top)
    return contested([_suggestion(scene, place, item, proven.get(place)) for place, item in enumerate(ours)])


@dataclass(frozen=True, slots=True)
class _Scene:
    """What every suggestion is made from."""

    theirs: Sequence[Item]
    word: Judged
    model: Model
    top: int


def _suggestion(scene: _Scene, row: int, item: Item, proof: Proof | None) -> Suggestion:
    word, theirs = scene.word, scene.theirs
    places = [int(word.ranked.goods[place]) for place in word.ranked.of(row)]
    state, note = _state(row, word, scene.model)
    keys = proof.found if proof is not None else {}
    if proof is not None:
        state, note = proven_state(proof, state, note, theirs)
        places = [*keys, *(place for place in places if place not in keys)]
    chances = _chances(row, word)
    made = tuple(_candidate(scene, row, place, chances, keys.get(place, [])) for place in places[: scene.top])
    if not made:
        return Suggestion(item.id, item.name, "none")
    first = places[0]
    factor, factor_note = proposed_factor(item.unit, theirs[first].unit, word.ours.of(row), word.theirs.of(first))
    return Suggestion(item.id, item.name, state, made, note, factor, factor_note)


def _chances(row: int, word: Judged) -> dict[int, tuple[float, int]]:
    """Return their place → (probability, place among the pairs).

    That of the first is calibrated; the others share what it leaves, by their scores.
    """
    pairs = word.ranked.of(row)
    if not pairs:
        return {}
    first = float(word.probability[row])
    odds = np.exp(word.ranked.score[pairs.start + 1 : pairs.stop] - word.ranked.score[pairs.start])
    shares = odds / max(float(odds.sum()), 1e-9)
    chances = [first, *(min(first, (1 - first) * float(share)) for share in shares)]
    return {int(word.ranked.goods[pair]): (chance, pair) for pair, chance in zip(pairs, chances, strict=True)}


def _state(row: int, word: Judged, model: Model) -> tuple[State, str]:
    chance = word.probability[row]
    if word.best.place[row] < 0 or chance < model.none:
        return "none", ""
    if chance < model.green:
        return "check", ""
    if word.best.margin[row] < model.margin:
        return "check", "есть почти такой же товар: сравните размер, вкус, упаковку"
    if word.best.clear[row] < model.margin:
        return "check", "размер, упаковка или процент не совпали или не указаны у нас"
    return "green", ""


def proven_state(proof: Proof, state: State, note: str, theirs: Sequence[Item]) -> tuple[State, str]:
    """Return the state of what keys lead to: green for one, a conflict for several or for a key that is not single."""
    if proof.doubts:
        return "conflict", f"ключ не единственный: {', '.join(proof.doubts)}"
    if len(proof.found) > 1:
        told = "; ".join(f"{', '.join(keys)} → {theirs[place].id}" for place, keys in proof.found.items())
        return "conflict", f"ключи ведут к разным: {told}"
    return ("green", "") if proof.found else (state, note)


def _candidate(
    scene: _Scene, row: int, place: int, chances: dict[int, tuple[float, int]], keys: list[str]
) -> Candidate:
    word, theirs = scene.word, scene.theirs
    proof = [Reason(key, agrees=True) for key in keys]
    probability, pair = chances.get(place, (0.0, -1))
    said: tuple[Reason, ...] = ()
    if pair >= 0:
        said = reasons(word.ranked.figures[pair], word.ours.of(row)[0], word.theirs.of(place))
    return Candidate(
        theirs[place].id,
        theirs[place].name,
        round(max(probability, PROVEN if keys else 0.0), 4),
        round(float(word.ranked.score[pair]), 3) if pair >= 0 else 0.0,
        (*proof, *said),
        ", ".join(keys),
    )


def contested(made: list[Suggestion]) -> list[Suggestion]:
    """Flag the suggestions that claim one of theirs that another green one claims: the weaker, or both where equal.

    What a key proves may well be one of several cards of the same good; it is left alone.
    """
    claims: dict[str, list[int]] = {}
    for place, each in enumerate(made):
        if each.state == "green" and each.best is not None:
            claims.setdefault(each.best.their_id, []).append(place)
    for places in claims.values():
        if len(places) > 1:
            _contest(made, places)
    return made


def _contest(made: list[Suggestion], places: list[int]) -> None:
    strength = {place: (bool(best.key), best.score) for place in places if (best := made[place].best) is not None}
    order = sorted(places, key=lambda place: strength[place], reverse=True)
    first, second = strength[order[0]], strength[order[1]]
    plain = first[0] > second[0] or first[1] - second[1] >= PLAINLY_WEAKER
    for place in order[1:] if plain else order:
        if strength[place][0]:
            continue
        others = [made[other].name for other in order if other != place]
        more = f" и ещё {len(others) - 1}" if others[1:] else ""
        made[place] = replace(made[place], state="conflict", note=f"на этот же товар претендует «{others[0]}»{more}")
