"""УТ 11.4: VAT rates are an enumeration, some attributes of 11.5 are not there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.world.bases.rows import WORDS, Ground, ground

if TYPE_CHECKING:
    from sandbox.content import BaseContent, World

_NOT_YET: Final = {
    "Catalog_Номенклатура": ("КодПроизводителя",),
    "Document_РеализацияТоваровУслуг": ("КурсЧислитель", "КурсЗнаменатель"),
}
"""Attributes that 11.4 does not have."""

_SECTIONS: Final = ("Товары", "Расхождения")


def content(world: World) -> BaseContent:
    """Return the world as УТ 11.4 holds it."""
    known = ground(world)
    made = {name: rows for name, rows in world.onec.items() if name != "Catalog_СтавкиНДС"}
    for name, rows in made.items():
        if name == "Catalog_Номенклатура" or name.startswith("Document_"):
            made[name] = [_converted(known, row, _NOT_YET.get(name, ())) for row in rows]
    return made


def _converted(known: Ground, row: dict[str, Any], gone: tuple[str, ...]) -> dict[str, Any]:
    own = {name: value for name, value in row.items() if name not in gone}
    for section in _SECTIONS:
        if section in own:
            own[section] = [_rate(known, line) for line in own[section]]
    return _rate(known, own)


def _rate(known: Ground, row: dict[str, Any]) -> dict[str, Any]:
    if "СтавкаНДС_Key" not in row:
        return row
    return {
        **{name: value for name, value in row.items() if name != "СтавкаНДС_Key"},
        "СтавкаНДС": WORDS[known.rate(row)],
    }
