"""An element as a flat mapping of dotted paths, by local names: ``БазоваяЕдиница.Код``, ``Контакты.Контакт.Значение``.

An attribute stands beside a child of that name. What comes twice is taken the first time. Named values have their own
paths: ``ЗначенияРеквизитов.<наименование>`` and ``ЗначенияСвойств.<ид>``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.onec.files import words
from connectors.onec.files.xml import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from lxml import etree

    from connectors.onec.files.xml import Names

Values = dict[str, str]
"""Dotted path → text, stripped."""

_NAMED: Final = {"ЗначениеРеквизита": "Наименование", "ЗначенияСвойства": "Ид"}
"""Element that is a name and a value → the child that is the name."""


def flat(element: etree._Element, names: Names, leave: Container[str] = ()) -> Values:
    """Return what an element holds; children of the local names ``leave`` are left out. Raises BadAnswer (too deep)."""
    found: Values = {}
    _into(found, element, "", names, leave, depth=DEEPEST)
    return found


def _into(
    found: Values, element: etree._Element, prefix: str, names: Names, leave: Container[str], *, depth: int
) -> None:
    if not depth:
        raise words.too_deep(DEEPEST)
    for name, value in element.items():
        found.setdefault(prefix + names[name], value.strip())
    for child in element:
        name = names.of(child)
        if not name or name in leave:
            continue
        path = prefix + name
        if not len(child):
            text = child.text
            found.setdefault(path, text.strip() if text else "")
            for attribute, value in child.items():
                found.setdefault(f"{path}.{names[attribute]}", value.strip())
        elif name in _NAMED:
            _named(found, child, prefix, names, _NAMED[name])
        else:
            found.setdefault(path, own_text(child))
            _into(found, child, path + ".", names, (), depth=depth - 1)


def _named(found: Values, element: etree._Element, prefix: str, names: Names, by: str) -> None:
    parts = {names.of(child): (child.text or "").strip() for child in element}
    found.setdefault(prefix + parts.get(by, ""), parts.get("Значение", ""))


def own_text(element: etree._Element) -> str:
    """Return an element's own text, before, between and after its children: ``<Пересчет>…</Пересчет>шт``."""
    texts = [element.text, *(child.tail for child in element)]
    return " ".join(text.strip() for text in texts if text and not text.isspace())


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Return the children of a local name, in any namespace."""
    return element.iterchildren(f"{{*}}{name}")
