"""By what a configuration is recognised: sets that it publishes and properties that only it has.

A publication shows what somebody ticked, so a set that is not there says nothing; a property of a published set that is
not there says that it is another configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mappings.profiles.check import Published

_SET: Final = 1
_PROPERTY: Final = 2


class Signs(BaseModel):
    """Each sign is a set (``Document_ЗаказКлиента``) or a property of one (``Catalog_Номенклатура.СтавкаНДС_Key``).

    ``has``: what the configuration has; ``own``: what tells it from those that share the former; ``lacks``: what rules
    it out. A profile without ``has`` is never recognised.
    """

    model_config = ConfigDict(extra="forbid")

    has: list[str] = Field(default_factory=list)
    own: list[str] = Field(default_factory=list)
    lacks: list[str] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like a base is to a profile: the signs that it bears and those that speak against it."""

    profile: str
    found: tuple[str, ...]
    against: tuple[str, ...] = ()

    @property
    def score(self) -> int:
        """More is more alike; a sign of a property counts for more than a set's name."""
        weight = sum(_PROPERTY if "." in sign else _SET for sign in self.found)
        return weight - 100 * len(self.against)


def likeness(name: str, signs: Signs, published: Published) -> Likeness:
    """Return how the signs of a profile stand in what a base publishes."""
    states = {sign: _state(sign, published) for sign in (*signs.has, *signs.own)}
    found = tuple(sign for sign, state in states.items() if state)
    against = [sign for sign in signs.has if states[sign] is False]
    against += [sign for sign in signs.lacks if _state(sign, published)]
    return Likeness(name, found, tuple(against))


def recognised(all_signs: Mapping[str, Signs], published: Published) -> list[Likeness]:
    """Return the profiles that a base may be of, the likeliest first; none where nothing speaks for any."""
    found = [likeness(name, signs, published) for name, signs in all_signs.items() if signs.has]
    fit = [each for each in found if each.found and not each.against]
    # Of two that bear as much, the one that bears more of its own is meant: УТ has none, ERP has more than КА.
    lacking = {each.profile: sum(not _state(sign, published) for sign in all_signs[each.profile].own) for each in fit}
    return sorted(fit, key=lambda each: (-each.score, lacking[each.profile], each.profile))


def _state(sign: str, published: Published) -> bool | None:
    """Return whether a sign is borne; None where its set is not published and nobody can tell."""
    entity, _, name = sign.partition(".")
    properties = published.properties(entity)
    if properties is None:
        return None
    return not name or name in properties
