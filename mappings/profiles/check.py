"""What a profile needs against what a base publishes: everything that is missing, and the 1C step that mends it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

from foundation.errors import Fault
from mappings.model import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from mappings.model import Reading
    from mappings.profiles.orders import OrderDocument
    from mappings.profiles.profile import Profile

NUMBERS: Final = {"Edm.Double", "Edm.Decimal", "Edm.Int16", "Edm.Int32", "Edm.Int64"}
FITS: Final[dict[Kind, set[str]]] = {
    Kind.KEY: {"Edm.Guid", "Edm.String"},
    Kind.TEXT: {"Edm.String", *NUMBERS},
    Kind.MICRO: NUMBERS,
    Kind.INTEGER: NUMBERS - {"Edm.Double", "Edm.Decimal"},
    Kind.FLAG: {"Edm.Boolean"},
    Kind.MOMENT: {"Edm.DateTime"},
}
"""The EDM types that a column of a kind can be read from."""


class Published(Protocol):
    """What a base publishes, as far as a profile asks."""

    def properties(self, entity: str, function: str = "") -> Mapping[str, str] | None:
        """Return the properties of a set, a virtual table's rows or a row type, with EDM types; None = not there."""


def check_profile(
    profile: Profile,
    parameters: Mapping[str, str],
    published: Published,
    *,
    also: Collection[str] = (),
    documents: Collection[str] | None = None,
) -> list[Fault]:
    """Return every fault: sets that are not published, virtual tables, fields, and fields of another type.

    ``also`` are the optional entities that the link's settings ask for, ``documents`` the kinds of documents that it
    writes (``request``, ``return``); None checks them all.
    """
    faults = [
        fault
        for table in profile.used(parameters, also)
        for fault in _check_reading(profile.reading(table, parameters), published)
    ]
    filled = profile.filled(parameters)
    faults += [
        fault
        for name, document in profile.orders.items()
        if documents is None or name in documents
        for fault in _check_document(f"orders.{name}", document.filled(filled), published)
    ]
    return list({(fault.path, fault.said): fault for fault in faults}.values())


def unpublished(
    profile: Profile,
    parameters: Mapping[str, str],
    published: Published,
    *,
    also: Collection[str] = (),
    documents: Collection[str] = (),
) -> list[str]:
    """Return the sets that a link needs and the base does not publish, each once, in the profile's order."""
    wanted = [profile.reading(table, parameters).entity for table in profile.used(parameters, also)]
    for name, document in profile.orders.items():
        if name in documents:
            wanted += [document.entity, *([document.shipments.entity] if document.shipments else [])]
    return [entity for entity in dict.fromkeys(wanted) if published.properties(entity) is None]


def _check_document(at: str, document: OrderDocument, published: Published) -> Iterator[Fault]:
    """Tell what a document that is written lacks, and what the one that ships it lacks."""
    yield from _check_paths(at, document.entity, document.section, document.properties(), published)
    if about := document.shipments:
        paths = {about.head_order: "заказ в шапке", f"{about.section}/{about.our_good}": "товар"}
        paths[f"{about.section}/{about.quantity}"] = "количество"
        if about.line_order:
            paths[f"{about.section}/{about.line_order}"] = "заказ в строке"
        yield from _check_paths(f"{at}.shipments", about.entity, about.section, paths, published)


def _check_paths(at: str, entity: str, section: str, paths: Mapping[str, str], published: Published) -> Iterator[Fault]:
    fields = published.properties(entity)
    if fields is None:
        yield _not_published(f"{at}: {entity}", entity)
        return
    lines = _lines_of(section, fields, published)
    if lines is None:
        yield _no_section(f"{at}: {entity}.{section}")
    for path, meant in paths.items():
        inside, _, name = path.partition("/")
        known = lines if name and inside == section else fields
        if known is not None and (name or path) not in known:
            yield _no_property(f"{at}: {entity}.{path}", meant)


def _check_reading(reading: Reading, published: Published) -> Iterator[Fault]:
    at = f"{reading.table}: {reading.entity}"
    if published.properties(reading.entity) is None:
        yield _not_published(at, reading.entity)
        return
    fields = published.properties(reading.entity, reading.function)
    if fields is None:
        yield Fault(
            f"{at}/{reading.function}",
            "такой виртуальной таблицы нет: выбран не тот регистр или профиль другой конфигурации",
            "no such virtual table: another register or another configuration's profile",
        )
        return
    for name in (*named_in(reading.where), *reading.key):
        source = name.partition("/")[0]
        if source == reading.section:  # of the line: its own fields tell what it lacks
            continue
        if source not in fields and not ("/" in name and f"{source}_Key" in fields):
            yield _no_property(f"{at}.{source}", "отбор и порядок строк")
    lines, missing = _lines(reading, fields, published)
    if missing is not None:
        yield missing
    for field in reading.fields:
        name = field.source.replace(f"{reading.section}/", "")
        of_line = bool(reading.section) and name != field.source
        if of_line and missing is not None:
            continue
        found = lines.get(name) if of_line else fields.get(field.source)
        if found is None:
            yield _no_property(f"{at}.{field.source}", field.column)
        elif found not in FITS[field.kind]:
            expected = ", ".join(sorted(FITS[field.kind]))
            yield Fault(
                f"{at}.{field.source}",
                f"тип {found}, а нужен {expected}: укажите другой реквизит в профиле связи",
                f"is {found} where {expected} is needed",
            )


def _lines(reading: Reading, fields: Mapping[str, str], published: Published) -> tuple[Mapping[str, str], Fault | None]:
    """Return the properties of a section's lines, by the row type that its ``Collection(…)`` names, or the fault."""
    if not reading.section:
        return {}, None
    found = _lines_of(reading.section, fields, published)
    if found is not None:
        return found, None
    return {}, _no_section(f"{reading.table}: {reading.entity}.{reading.section}")


def _lines_of(section: str, fields: Mapping[str, str], published: Published) -> Mapping[str, str] | None:
    declared = fields.get(section, "")
    inside = declared.removeprefix("Collection(").removesuffix(")")
    return published.properties(inside) if inside != declared else None


def named_in(where: str) -> list[str]:
    """Return the properties that a filter compares, as they stand in it: ``Клиент``, ``Партнер/Клиент``."""
    return [found[1] for found in _COMPARED.finditer(_QUOTED.sub("''", where))]


def _not_published(at: str, entity: str) -> Fault:
    return Fault(
        at,
        "не опубликовано. В 1С: Администрирование → Синхронизация данных → Настройка автоматического REST-сервиса "
        f"(или обработка «Настройка OData»), отметьте «{human(entity)}»",
        "is not published: add it to the composition of the standard OData interface",
    )


def _no_property(at: str, meant: str) -> Fault:
    return Fault(
        at,
        f"реквизита нет (нужен для «{meant}»): укажите другой реквизит в профиле связи",
        f"no such property, needed for {meant}: name another one in the profile",
    )


def _no_section(at: str) -> Fault:
    return Fault(
        at,
        "табличной части нет: выбран не тот документ или профиль другой конфигурации",
        "no such tabular section: another document or another configuration's profile",
    )


_QUOTED: Final = re.compile(r"'(?:[^']|'')*'")
_COMPARED: Final = re.compile(r"([^\W\d][\w/]*) (?:eq|ne|gt|ge|lt|le) ")


def human(entity: str) -> str:
    """Return how a set is found in 1C's own lists: ``Справочники → Склады``."""
    kind, _, name = entity.partition("_")
    return f"{_KINDS.get(kind, kind)} → {name.removesuffix('_RecordType')}"


_KINDS: Final = {
    "Catalog": "Справочники",
    "Document": "Документы",
    "InformationRegister": "Регистры сведений",
    "AccumulationRegister": "Регистры накопления",
    "AccountingRegister": "Регистры бухгалтерии",
}
