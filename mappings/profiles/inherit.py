"""Inheritance of descriptions: a profile or a layout takes another one over and says only where it differs.

``extends`` names the one below. A mapping is merged key by key, whatever else stands there replaces what was there, and
``null`` takes it away. A link's own overrides are the last layer, one field each: ``goods.article``,
``outlets.partner.name``, ``stock.entity``, ``orders.request.head.agent``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from foundation.errors import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BASE: Final = "extends"

_OWN: Final = frozenset({"entity", "function", "where", "section"})
"""What of an entity a link may name besides its fields."""


def resolved(data: Any, load: Callable[[str], Any], *, above: tuple[str, ...] = ()) -> Any:
    """Return a description with everything that it inherits; ``load`` gives another one's data by name.

    Raises :class:`Faults` for a circle, and whatever ``load`` raises.
    """
    if not isinstance(data, dict) or BASE not in data:
        return data
    name = str(data[BASE])
    if name in above:
        circle = " → ".join((*above, name))
        raise Faults(
            "Описание наследует само себя.",
            [Fault(BASE, circle, circle)],
            en="The description inherits itself.",
            todo="Уберите лишнее extends.",
            todo_en="Take one extends away.",
        )
    below = resolved(load(name), load, above=(*above, name))
    own = {key: value for key, value in data.items() if key != BASE}
    return merged(below, own)


def merged(below: Any, above: Any) -> Any:
    """Return ``above`` laid over ``below``; the arguments stay as they are."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    made = dict(below)
    for key, value in above.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = merged(made.get(key), value)
    return without_null(made)


def without_null(data: Any) -> Any:
    """Return a description without its empty keys: what was taken away need not have been there."""
    if not isinstance(data, dict):
        return data
    return {key: without_null(value) for key, value in data.items() if value is not None}


def overridden(data: dict[str, Any], overrides: Mapping[str, str]) -> dict[str, Any]:
    """Return a profile's data with single values of a link in the place of its own; "" takes a field away.

    Raises :class:`Faults` with every path that leads nowhere.
    """
    faults, layer = [], dict[str, Any]()
    for path, value in overrides.items():
        place = _place(data, path)
        if place is None:
            said = "такого места в профиле нет: пишите «таблица.колонка», например goods.article"
            faults.append(Fault(f"profile_overrides.{path}", said, "the profile has no such place"))
            continue
        _put(layer, place, value or None)
    if faults:
        raise Faults(
            "Замены профиля указаны с ошибками.",
            faults,
            en="The overrides of the profile are wrong.",
            todo="Исправьте «Замены реквизитов профиля» связи.",
            todo_en="Correct the link's overrides of the profile.",
        )
    made: dict[str, Any] = merged(data, layer)
    return made


def _place(data: Mapping[str, Any], path: str) -> tuple[str, ...] | None:
    """Return where a link's path leads: into an entity (the longest name counts) or into the documents of orders."""
    if path.startswith("orders."):
        parts = tuple(path.split("."))
        document = data.get("orders", {}).get(parts[1])
        inside = document is not None and 3 <= len(parts) <= 4  # noqa: PLR2004 - orders.request.head.agent
        return parts if inside and (len(parts) == 3 or isinstance(document.get(parts[2], {}), dict)) else None  # noqa: PLR2004 - as above
    entity, _, name = path.rpartition(".")
    if entity not in data.get("entities", {}) or not name:
        return None
    return ("entities", entity, name) if name in _OWN else ("entities", entity, "fields", name)


def _put(layer: dict[str, Any], place: tuple[str, ...], value: str | None) -> None:
    for part in place[:-1]:
        layer = layer.setdefault(part, {})
    layer[place[-1]] = value
