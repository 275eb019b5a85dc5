"""What a profile needs against what a base publishes: everything that is missing, and the 1C step that mends it."""

from __future__ import annotations

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

    ``also`` are the optional entities that the link's settings ask for; ``documents``: the kinds of order documents
    that are written (request, realization, return), None checks them all.
    """
    faults = [
        fault
        for table in profile.used(parameters, also)
        for fault in _check_reading(profile.reading(table, parameters), published)
    ]
    for kind, document in profile.orders.items():
        if documents is None or kind in documents:
            faults += _check_document(kind, document, published)
    return faults


def _check_document(kind: str, document: OrderDocument, published: Published) -> Iterator[Fault]:
    """Yield what a document lacks that orders are written into; sets that are missing are told once."""
    at = f"orders.{kind}: {document.entity}"
    head = published.properties(document.entity)
    if head is None:
        yield _unpublished(at, document.entity)
        return
    rows = published.properties(f"{document.entity}_{document.section}")
    if rows is None:
        yield Fault(f"{at}.{document.section}", "такой табличной части нет", "no such tabular section")
    for path, name in document.properties().items():
        section, _, source = path.rpartition("/")
        known = rows if section else head
        if known is not None and source not in known:
            yield Fault(
                f"{at}.{path}",
                f"реквизита нет (нужен для «{name}»): укажите другой в разделе orders профиля",
                f"no such property, needed for {name}: name another one in the profile",
            )


def _unpublished(at: str, entity: str) -> Fault:
    return Fault(
        at,
        "не опубликовано. В 1С: Администрирование → Синхронизация данных → Настройка автоматического REST-сервиса "
        f"(или обработка «Настройка OData»), отметьте «{_human(entity)}»",
        "is not published: add it to the composition of the standard OData interface",
    )


def _check_reading(reading: Reading, published: Published) -> Iterator[Fault]:
    at = f"{reading.table}: {reading.entity}"
    if published.properties(reading.entity) is None:
        yield _unpublished(at, reading.entity)
        return
    fields = published.properties(reading.entity, reading.function)
    if fields is None:
        yield Fault(
            f"{at}/{reading.function}",
            "такой виртуальной таблицы нет: выбран не тот регистр или профиль другой конфигурации",
            "no such virtual table: another register or another configuration's profile",
        )
        return
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
            yield Fault(
                f"{at}.{field.source}",
                f"реквизита нет (нужен для «{field.column}»): укажите другой реквизит в профиле связи",
                f"no such property, needed for {field.column}: name another one in the profile",
            )
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
    declared = fields.get(reading.section, "")
    inside = declared.removeprefix("Collection(").removesuffix(")")
    found = published.properties(inside) if inside != declared else None
    if found is not None:
        return found, None
    return {}, Fault(
        f"{reading.table}: {reading.entity}.{reading.section}",
        "табличной части нет: выбран не тот документ или профиль другой конфигурации",
        "no such tabular section: another document or another configuration's profile",
    )


def _human(entity: str) -> str:
    kind, _, name = entity.partition("_")
    return f"{_KINDS.get(kind, kind)} → {name.removesuffix('_RecordType')}"


_KINDS: Final = {
    "Catalog": "Справочники",
    "Document": "Документы",
    "InformationRegister": "Регистры сведений",
    "AccumulationRegister": "Регистры накопления",
    "AccountingRegister": "Регистры бухгалтерии",
}
