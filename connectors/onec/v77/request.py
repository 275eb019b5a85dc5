"""A reading in the words of 7.7: lines of documents as an entity of their own, conditions parsed, arguments checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from connectors.onec.v77 import words
from connectors.onec.v77.sources import HEAD, LINES
from connectors.onec.v77.where import Condition, conditions, moment_of
from foundation.errors import Fault, Faults
from mappings.model import Field, Kind

if TYPE_CHECKING:
    from datetime import datetime

    from mappings.model import Reading

ARGUMENTS: Final = ("Period", "Condition", "Dimensions")
"""What a reading of balances may say: a moment, a condition on dimensions; which dimensions is said by its fields."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for; ``moment`` is that of balances, None = now."""

    entity: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    function: str = ""
    moment: datetime | None = None

    @property
    def sources(self) -> list[str]:
        """Every source that is needed: of fields, of the key, of conditions."""
        return [*(each.source for each in self.fields), *self.key, *(each.source for each in self.conditions)]


def request_of(reading: Reading) -> Request:
    """Return a reading as a request; raises Faults for a condition or an argument that is not understood.

    A reading with a ``section`` names the line's fields ``Строки/Номенклатура`` and the head's by their bare names; one
    with ``since`` wants rows from a moment on. Both become what ``connectors.onec.v77.sources`` knows.
    """
    asked = [*conditions(reading.where), *conditions(_arguments(reading).get("Condition", ""))]
    since = reading.since
    if since is not None:
        asked.append(Condition(since.source, ">=", Kind.MOMENT, since.moment))
    period = reading.arguments.get("Period", "")
    request = Request(
        entity=reading.entity,
        fields=reading.fields,
        key=reading.key,
        conditions=tuple(asked),
        function=reading.function,
        moment=moment_of(period) if period else None,
    )
    section = reading.section
    return _of_lines(request, section) if section else request


def _arguments(reading: Reading) -> dict[str, str]:
    unknown = [name for name in reading.arguments if name not in ARGUMENTS]
    if unknown:
        known = ", ".join(ARGUMENTS)
        raise Faults(
            **words.bad_condition(", ".join(unknown)),
            faults=[Fault(f"arguments.{name}", f"есть только: {known}", f"known: {known}") for name in unknown],
        )
    return reading.arguments


def _of_lines(request: Request, section: str) -> Request:
    """Documents of 7.7 have one table of lines, whatever a reading calls its section."""

    def named(source: str) -> str:
        one, star, other = source.partition("*")
        if star:
            return f"{named(one.strip())} * {named(other.strip())}"
        line = source.removeprefix(f"{section}/")
        return line if line != source else HEAD + source

    return replace(
        request,
        entity=request.entity + LINES,
        fields=tuple(replace(each, source=named(each.source)) for each in request.fields),
        key=tuple(map(named, request.key)),
        conditions=tuple(replace(each, source=named(each.source)) for each in request.conditions),
    )
