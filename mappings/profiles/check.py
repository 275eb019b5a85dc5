"""What a profile needs against what a base publishes: everything that is missing, and the 1C step that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from foundation.errors import Fault
from mappings.model import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from mappings.model import Reading
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
    profile: Profile, parameters: Mapping[str, str], published: Published, *, also: Collection[str] = ()
) -> list[Fault]:
    """Return every fault: sets that are not published, virtual tables, fields, and fields of another type.

    ``also`` are the optional entities that the link's settings ask for.
    """
    return [
        fault
        for table in profile.used(parameters, also)
        for fault in _check_reading(profile.reading(table, parameters), published)
    ]


def _check_reading(reading: Reading, published: Published) -> Iterator[Fault]:
    at = f"{reading.table}: {reading.entity}"
    if published.properties(reading.entity) is None:
        yield Fault(
            at,
            "не опубликовано. В 1С: Администрирование → Синхронизация данных → Настройка автоматического REST-сервиса "
            f"(или обработка «Настройка OData»), отметьте «{_human(reading.entity)}»",
            "is not published: add it to the composition of the standard OData interface",
        )
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
        section, _, name = field.source.partition("/")
        of_line = bool(reading.section) and section == reading.section
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
