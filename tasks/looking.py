"""A look at a 1C base before a link is made, or when it is checked: what it is, what it lacks, how fast it answers.

Everything is read, nothing is written. What a person should do comes with each finding.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from connectors.onec.odata.metadata_cache import metadata_through
from connectors.onec.odata.urls import both
from foundation.errors import AccessDenied, Fault, Faults, MI1CError
from foundation.settings import ProcessSettings
from mappings.model import EMPTY_REF
from mappings.profiles.check import check_profile, unpublished
from mappings.profiles.profile import load_profile, table_of
from mappings.profiles.publishing import steps
from mappings.table_names import SAID
from tasks.recognising import recognise

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from connectors.onec.odata import OneC
    from connectors.onec.odata.metadata import Metadata
    from mappings.profiles.profile import Profile
    from mappings.profiles.signs import Likeness

OUTLETS: Final = "outlets"
"""The parameter that says what an outlet is."""

_OWN_CATALOGS: Final = (
    *("торговыеточки", "торговаяточка", "точкидоставки", "пунктыдоставки", "пунктыразгрузки", "зоныдоставки"),
)
"""How catalogs are called that distributors add for their outlets, and 1C's own ones that come near."""

SAMPLE: Final = 1000
"""Rows of the page that is timed."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may count as an outlet: the parameter's value, what it means, how many there are (None = cannot be read)."""

    value: str
    meaning: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Speed:
    """How a base answers: seconds of a small request and of ``SAMPLE`` goods, and what a link should ask for."""

    small: float
    page: float
    rows: int
    page_rows: int
    connections: int


@dataclass(slots=True)
class Look:
    """What was found of a base; ``faults`` must be mended, the rest is for a person to read.

    ``likely``: profiles, the likeliest first; ``missing``: sets that the link needs and the base does not publish;
    ``steps``: how to publish them; ``outlet``: the proposed value of the outlets parameter.
    """

    profile: Profile
    likely: list[Likeness]
    faults: list[Fault] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    outlets: list[Candidate] = field(default_factory=list)
    outlet: str = ""
    speed: Speed | None = None
    cached: bool = False

    @property
    def title(self) -> str:
        """Which configuration the base was taken for, with the others that would do as well."""
        return self.profile.title


def look(
    onec: OneC,
    parameters: Mapping[str, str],
    *,
    profile: str = "",
    described: Profile | None = None,
    also: Collection[str] = (),
    documents: Collection[str] = ("request",),
    folder: Path | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Look:
    """Look at a base: with the profile that is named, described, or else the one that it is recognised by.

    A fault that a kept copy of the metadata gives is looked for in a fresh one. Raises what the base raises, and
    Faults where it is of no known configuration.
    """
    where = folder or ProcessSettings().data / "metadata"
    metadata, cached = metadata_through(onec, where)
    found = _checked(metadata, parameters, profile, described, also=also, documents=documents)
    if cached and (found is None or found.faults):
        metadata, cached = metadata_through(onec, where, fresh=True)
        found = _checked(metadata, parameters, profile, described, also=also, documents=documents)
    if found is None:
        raise unknown_base(metadata)
    found.cached = cached
    found.faults += _rights(onec, found, parameters, also)
    found.outlets = _candidates(onec, found.profile, metadata)
    found.outlet = _proposed(found.outlets, onec, found.profile)
    found.speed = _speed(onec, found, parameters, clock)
    return found


def _checked(
    metadata: Metadata,
    parameters: Mapping[str, str],
    name: str,
    described: Profile | None,
    *,
    also: Collection[str],
    documents: Collection[str],
) -> Look | None:
    likely = recognise(metadata)
    chosen = name or (likely[0].profile if likely else "")
    if described is None and not chosen:
        return None
    profile = described or load_profile(chosen)
    known = {key: value for key, value in parameters.items() if key in profile.parameters}
    missing = unpublished(profile, known, metadata, also=also, documents=documents)
    made = Look(
        profile, likely, check_profile(profile, known, metadata, also=also, documents=documents), missing,
        steps(profile.name, missing),
    )  # fmt: skip
    made.faults += _another(profile, likely)
    return made


def unknown_base(metadata: Metadata) -> MI1CError:
    """Return the error of a base that is like none of the profiles."""
    shown = ", ".join(sorted(metadata.sets)[:5]) or "ни одного объекта"
    return Faults(
        "Конфигурация базы не распознана.",
        [Fault("1С", f"опубликовано: {shown}…", f"published are {shown}")],
        en="The base's configuration is none of the known ones.",
        todo="Опубликуйте номенклатуру и документы продаж или выберите профиль сами: mi1c check --profile.",
        todo_en="Publish goods and documents of sale, or name the profile yourself.",
    )


def _rights(onec: OneC, found: Look, parameters: Mapping[str, str], also: Collection[str]) -> list[Fault]:
    """Read one object of every set that the link needs: a right that is missing shows only there."""
    profile, faults = found.profile, []
    known = {key: value for key, value in parameters.items() if key in profile.parameters}
    tables: dict[str, str] = {}
    for name in profile.used(known, also):
        tables.setdefault(profile.reading(name, known).entity, table_of(name))
    for entity, table in tables.items():
        if entity in found.missing:
            continue
        try:
            onec.find(entity, "", top=1)
        except AccessDenied:
            said = "у пользователя 1С нет права чтения: добавьте его в роль пользователя и проверьте ограничения (RLS)"
            faults.append(Fault(f"{SAID.get(table, table)}: {entity}", said, "the 1C user may not read it"))
        except MI1CError as error:
            faults.append(Fault(f"{SAID.get(table, table)}: {entity}", error.russian, error.english))
    return faults


# -- outlets -----------------------------------------------------------------------------------------------------------


def _candidates(onec: OneC, profile: Profile, metadata: Metadata) -> list[Candidate]:
    """Return everything that may count as an outlet, with how many there are of it."""
    parameter = profile.parameters.get(OUTLETS)
    if parameter is None or not parameter.choices:
        return []
    made = [
        Candidate(choice, meaning, _count(onec, profile, {OUTLETS: choice}, metadata))
        for choice, meaning in parameter.choices.items()
        if choice != "catalog"
    ]
    own = [
        name
        for name in sorted(metadata.sets)
        if name.startswith("Catalog_") and any(word in name.replace("_", "").lower() for word in _OWN_CATALOGS)
    ]
    return made + [
        Candidate(name, "свой справочник", _count(onec, profile, {OUTLETS: name}, metadata))
        for name in own
        if name.count("_") == 1
    ]


def _count(onec: OneC, profile: Profile, parameters: Mapping[str, str], metadata: Metadata) -> int | None:
    reading = profile.reading(OUTLETS, parameters)
    if metadata.properties(reading.entity) is None:
        return None
    try:
        return onec.count(reading)
    except MI1CError:
        return None


def _proposed(candidates: Iterable[Candidate], onec: OneC, profile: Profile) -> str:
    """Return what an outlet most likely is: an own catalog, what hangs under something, else every customer."""
    counts = {each.value: each.count or 0 for each in candidates}
    for value, count in counts.items():
        if value.startswith("Catalog_") and "зоныдоставки" not in value.lower() and count:
            return value
    for value in ("child_partner", "branch"):
        if counts.get(value) and _children(onec, profile, value):
            return value
    return next((value for value in ("partner", "delivery_address") if counts.get(value)), "")


def _children(onec: OneC, profile: Profile, choice: str) -> int:
    """Return how many of a catalog's rows hang under another one."""
    reading = profile.reading(OUTLETS, {OUTLETS: choice})
    source = next((each.source for each in reading.fields if each.column == "parent"), "")
    if not source:
        return 0
    try:
        return onec.count(replace(reading, where=both(reading.where, f"{source} ne guid'{EMPTY_REF}'")))
    except MI1CError:
        return 0


# -- speed -------------------------------------------------------------------------------------------------------------


def _speed(onec: OneC, found: Look, parameters: Mapping[str, str], clock: Callable[[], float]) -> Speed | None:
    """Time a small request and a page of goods; None where goods cannot be read."""
    known = {key: value for key, value in parameters.items() if key in found.profile.parameters}
    reading = found.profile.reading("goods", known)
    if reading.entity in found.missing:
        return None
    select = tuple(each.source for each in reading.fields)
    try:
        small = statistics.median(_timed(onec, reading.entity, select, 1, clock)[0] for _ in range(3))
        page, rows = _timed(onec, reading.entity, select, SAMPLE, clock)
    except MI1CError:
        return None
    return Speed(small, page, rows, *proposed_pages(small, page, rows))


def _timed(onec: OneC, entity: str, select: tuple[str, ...], top: int, clock: Callable[[], float]) -> tuple[float, int]:
    began = clock()
    found = onec.find(entity, "", select=select, top=top)
    return clock() - began, len(found)


def proposed_pages(small: float, page: float, rows: int) -> tuple[int, int]:
    """Return rows a page and connections: a page should take ten times what any request costs, and some 10 s at most.

    ``small`` and ``page`` are seconds of a request for one row and for ``rows``. A base that needs long for a row is
    asked by fewer connections: each of them is work for its server.
    """
    each = max(page - small, 1e-6) / max(rows, 1)
    wanted = min(10 * small, 10.0) / each
    page_rows = int(min(max(round(wanted, -3), 1000), 8000))
    return page_rows, 4 if each < 0.002 else 2  # noqa: PLR2004 - 500 rows a second


def _another(profile: Profile, likely: list[Likeness]) -> list[Fault]:
    """Say where the base is likelier of another configuration, which holds things otherwise."""
    if not likely or not profile.signs.has:
        return []
    best = likely[0]
    if best.profile == profile.name or same_books(profile, load_profile(best.profile)):
        return []
    title = load_profile(best.profile).title
    said = f"база похожа на «{title}»: проверьте профиль связи ({best.profile})"
    return [Fault("profile", said, f"the base looks like {best.profile}")]


def same_books(one: Profile, other: Profile) -> bool:
    """Whether two profiles read and write the same: КА and ERP hold what we need as УТ 11.5 does."""
    mine: dict[str, Any] = one.model_dump(include={"entities", "orders", "vat"})
    return mine == other.model_dump(include={"entities", "orders", "vat"})
